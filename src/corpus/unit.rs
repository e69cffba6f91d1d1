//! Units: what one reviewer approves at once, and what a person is shown of it.
//!
//! A unit's digest is that of its canonical form, so whoever holds the form can see for himself
//! what was approved.

use serde::Serialize;

use super::digest::{Digest, canonical, fields_of};
use crate::analysis::Lang;

/// Something that is approved at once.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name: `entry/PIL-02/sw`.
    pub name: String,
    /// Language of its text.
    pub lang: Lang,
    /// Topic it belongs to; sentences and the like belong to none.
    pub topic: Option<String>,
    /// Risk tier, which says how many approvals are needed; none outside the entries.
    pub tier: Option<String>,
    /// What is approved: the canonical form of its text and language-neutral part.
    pub canonical: String,
    /// Digest of the canonical form.
    pub digest: Digest,
    /// Its phrasings, each with a digest of its own.
    pub phrasings: Vec<UnitPhrasing>,
    /// Digest of the text it was translated from, as its file says.
    pub source: Option<String>,
    /// The file it stands in.
    pub file: String,
}

/// A phrasing of a unit.
#[derive(Debug, Clone)]
pub struct UnitPhrasing {
    /// What is approved.
    pub canonical: String,
    /// Digest of the canonical form.
    pub digest: Digest,
    /// Its line in the file.
    pub line: usize,
}

impl UnitPhrasing {
    /// A phrasing of an entry in a language, at a line.
    #[must_use]
    pub fn of_entry(line: usize, id: &str, lang: &str, words: &str) -> Self {
        let fields = [("id", id), ("lang", lang), ("text", words)];
        let canonical = canonical("sahihi-phrasing-v1", &fields);
        Self { digest: Digest::of(canonical.as_bytes()), canonical, line }
    }

    /// Its words.
    #[must_use]
    pub fn text(&self) -> &str {
        phrasing_text(&self.canonical)
    }
}

/// The words of a phrasing in canonical form.
#[must_use]
pub fn phrasing_text(canonical: &str) -> &str {
    let fields = fields_of(canonical).unwrap_or_default();
    fields.iter().find(|(name, _)| *name == "text").map_or("", |(_, text)| text)
}

/// Something of the corpus that is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unserved {
    /// The unit; a single phrasing is `entry/PIL-02/sw#12`, with its line.
    pub unit: String,
    /// Why.
    pub reason: String,
}

impl Unit {
    /// A unit of these fields, in no topic and no tier, without phrasings.
    #[must_use]
    pub fn new(
        name: String,
        lang: &Lang,
        file: &str,
        domain: &str,
        fields: &[(&str, &str)],
    ) -> Self {
        let canonical = canonical(domain, fields);
        Self {
            name,
            lang: lang.clone(),
            topic: None,
            tier: None,
            digest: Digest::of(canonical.as_bytes()),
            canonical,
            phrasings: Vec::new(),
            source: None,
            file: file.to_owned(),
        }
    }

    /// The fields it is made of, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<(&str, &str)> {
        fields_of(&self.canonical).unwrap_or_default()
    }

    /// The value of a field, empty when there is none.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.fields().into_iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value)
    }
}
