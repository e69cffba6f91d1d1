//! What a row asks of a language file, and where that differs from what stands there.

use super::draft::Draft;
use super::markdown::{self, Wanted};
use crate::analysis::Lang;
use crate::corpus;

/// Whether a translation names a text of its entry as it stands now.
pub(super) fn is_bound(entry: &corpus::WrittenEntry, lang: &Lang, source: Option<&String>) -> bool {
    source.is_some_and(|source| {
        let mut others = entry.texts.iter().filter(|(of, _)| *of != lang);
        others.any(|(_, text)| text.words.is_some_and(|it| it.to_string() == *source))
    })
}

/// What the file is to say: what the row says, else what it says now.
pub(super) fn wanted(draft: &Draft, old: &Wanted, is_new: bool) -> Wanted {
    let keep = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    let mut wanted = Wanted {
        title: keep(&draft.title, &old.title),
        summary: keep(&draft.summary, &old.summary),
        source: old.source.clone(),
        question: keep(&draft.question, &old.question),
        phrasings: draft.phrasings.clone().unwrap_or_else(|| old.phrasings.clone()),
        answer: match &draft.answer {
            Some(answer) if answer.is_empty() => old.answer.clone(),
            Some(answer) => Some(answer.clone()),
            None => old.answer.clone(),
        },
    };
    if is_new && wanted.title.is_empty() {
        wanted.title = draft.proposed_title.clone().unwrap_or_default();
    }
    wanted
}

/// The columns in which two texts differ; the order of phrasings has no meaning.
pub(super) fn differing(old: &Wanted, new: &Wanted) -> Vec<&'static str> {
    let differs = [
        ("question", old.question != new.question),
        ("title", old.title != new.title),
        ("summary", old.summary != new.summary),
        ("answer", old.answer != new.answer),
        ("phrasings", markdown::sorted(&old.phrasings) != markdown::sorted(&new.phrasings)),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect()
}
