//! The rows of a sheet: what stands in each column for one language of an entry.

use crate::analysis::Lang;
use crate::corpus::{EntryId, Written, WrittenEntry};
use crate::exchange::difference::is_bound;
use crate::exchange::{NEUTRAL_COLUMNS, neutral};

/// A row: what stands in a column.
pub(super) type Cells = Vec<(&'static str, String)>;

/// The row with what is the same in every language.
pub(super) fn neutral_row(id: &EntryId, entry: &WrittenEntry) -> Cells {
    let mut cells = vec![("id", id.to_string())];
    for column in NEUTRAL_COLUMNS {
        cells.push((column, neutral::cell_of(&entry.topic, &entry.neutral, column)));
    }
    cells
}

/// The row with one language of an entry, and beside it the text it is translated from.
pub(super) fn text_row(
    written: &Written,
    id: &EntryId,
    entry: &WrittenEntry,
    lang: &Lang,
) -> Cells {
    let mut cells = vec![("id", id.to_string()), ("language", lang.to_string())];
    let text = entry.texts.get(lang);
    if let Some(text) = text {
        cells.push(("question", text.question.clone()));
        cells.push(("title", text.title.clone()));
        cells.push(("summary", text.summary.clone()));
        cells.push(("answer", text.answer.clone().unwrap_or_default()));
        cells.push(("phrasings", text.phrasings.join("\n")));
    }
    let is_first = written.settings.languages.first() == Some(lang);
    let source = written.sources(entry).find(|(of, _)| *of != lang && !is_first);
    let Some((of, source)) = source else { return cells };
    cells.push(("source_language", of.to_string()));
    cells.push(("source_question", source.question.clone()));
    cells.push(("source_title", source.title.clone()));
    cells.push(("source_summary", source.summary.clone()));
    cells.push(("source_answer", source.answer.clone().unwrap_or_default()));
    let status = match text {
        None => "missing",
        Some(text) if text.answer.is_none() => "",
        Some(text) => match &text.source {
            None => "unbound",
            Some(_) if is_bound(entry, lang, text.source.as_ref()) => "fits",
            Some(_) => "stale",
        },
    };
    cells.push(("status", status.to_owned()));
    cells.push(("made_from", source.words.map_or_else(String::new, |it| it.to_string())));
    cells
}

/// What stands in a column of a row.
pub(super) fn cell<'a>(cells: &'a Cells, column: &str) -> &'a str {
    cells.iter().find(|(name, _)| *name == column).map_or("", |(_, text)| text)
}

/// The languages to write, in the order of the corpus.
pub(super) fn languages<'a>(written: &'a Written, only: Option<&'a Lang>) -> Vec<&'a Lang> {
    written.settings.languages.iter().filter(|it| only.is_none_or(|only| only == *it)).collect()
}
