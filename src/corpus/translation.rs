//! Translations: which text a unit was made from, and whether that text has changed since.

use serde::Serialize;

use super::digest::Digest;
use super::unit::Unit;
use crate::analysis::Lang;

/// Digest of the words a translation is made from: not of phrasings or the neutral part.
pub(super) fn source_digest(question: &str, title: &str, summary: &str, answer: &str) -> Digest {
    let fields =
        [("question", question), ("title", title), ("summary", summary), ("answer", answer)];
    Digest::of_fields("sahihi-source-v1", &fields)
}

/// How a translation stands to its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// It was made from the text as it stands.
    Current,
    /// The text has changed since.
    Stale,
    /// It does not say which text it was made from.
    Unbound,
}

/// The text a translation was made from, as it stands now.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The unit of that text.
    pub unit: &'a Unit,
    /// Whether it is still the text that was translated.
    pub tie: Tie,
}

/// What a unit was translated from, among all `units`; `None` for what is no translation.
///
/// Where the text named as source is gone, it is the one in the corpus's first language.
#[must_use]
pub fn source_of<'a>(unit: &Unit, units: &'a [Unit], first: Option<&Lang>) -> Option<Source<'a>> {
    let entry = entry_of(unit)?;
    if Some(&unit.lang) == first || unit.field("answer").is_empty() {
        return None;
    }
    let others = || units.iter().filter(|it| it.lang != unit.lang && entry_of(it) == Some(entry));
    let others = || others().filter(|it| !it.field("answer").is_empty());
    let digest = |it: &Unit| {
        let [question, title, summary, answer] =
            ["question", "title", "summary", "answer"].map(|name| it.field(name));
        source_digest(question, title, summary, answer).to_string()
    };
    let named = unit.source.as_ref();
    if let Some(source) = others().find(|it| Some(&digest(it)) == named) {
        return Some(Source { unit: source, tie: Tie::Current });
    }
    let tie = if named.is_some() { Tie::Stale } else { Tie::Unbound };
    others().find(|it| Some(&it.lang) == first).map(|unit| Source { unit, tie })
}

/// The entry a unit belongs to: `PIL-02` of `entry/PIL-02/sw`.
fn entry_of(unit: &Unit) -> Option<&str> {
    unit.name.strip_prefix("entry/")?.split('/').next()
}
