//! The project's own sheet: one row an entry and language, and one row without language for what
//! is the same in every language.

use std::collections::BTreeMap;

use super::ask_a_question;
use super::draft::{Draft, Incoming, Place, Remark};
use super::table::{Row, Table};
use crate::analysis::Lang;

/// The columns with one language of an entry.
pub const TEXT_COLUMNS: [&str; 5] = ["question", "title", "summary", "answer", "phrasings"];
/// The columns with what is the same in every language.
pub const NEUTRAL_COLUMNS: [&str; 14] = [
    "topic",
    "audience",
    "gender",
    "age_min",
    "age_max",
    "countries",
    "exclude_countries",
    "tier",
    "related",
    "not",
    "resources",
    "approaches",
    "alias",
    "sources",
];
/// The columns that show the translator what to translate; they are written, never read.
pub(super) const SHOWN_COLUMNS: [&str; 5] =
    ["source_language", "source_question", "source_title", "source_summary", "source_answer"];

/// Whether a table is one of ours, by its header.
pub(super) fn fits(table: &Table) -> bool {
    let mut known = TEXT_COLUMNS.iter().chain(&NEUTRAL_COLUMNS).chain(&["language"]);
    table.has("id") && !ask_a_question::fits(table) && known.any(|it| table.has(it))
}

/// Reads the rows of our tables.
pub(super) fn read(tables: &[Table]) -> Incoming {
    let mut incoming = Incoming::default();
    for table in tables.iter().filter(|it| !it.header.is_empty() || !it.rows.is_empty()) {
        if fits(table) {
            read_table(table, &mut incoming);
        } else {
            let message = "this sheet has no column `id` beside columns of texts, so it was not \
                           read; see corpus/README.md for the columns";
            incoming.notes.push(Remark::new(&Place::new(&table.sheet, 1), "", message));
        }
    }
    incoming
}

fn read_table(table: &Table, incoming: &mut Incoming) {
    incoming.errors.extend(table.repeated());
    for name in table.header.values().filter(|name| !is_known(name)) {
        let message = format!("the column `{name}` is not known here and was not read");
        incoming.notes.push(Remark::new(&Place::new(&table.sheet, 1), name, message));
    }
    for row in &table.rows {
        let errors = incoming.errors.len();
        let draft = read_row(table, row, &mut incoming.errors);
        if incoming.errors.len() == errors {
            incoming.drafts.push(draft);
        }
    }
}

fn is_known(name: &str) -> bool {
    ["id", "language", "made_from", "status"].contains(&name)
        || TEXT_COLUMNS.contains(&name)
        || NEUTRAL_COLUMNS.contains(&name)
        || SHOWN_COLUMNS.contains(&name)
}

fn read_row(table: &Table, row: &Row, errors: &mut Vec<Remark>) -> Draft {
    let place = table.place(row);
    let mut text = |name: &str| table.text(row, name, errors);
    let id = text("id").unwrap_or_default();
    let mut draft = Draft {
        place: place.clone(),
        id,
        lang: None,
        question: text("question"),
        title: text("title"),
        proposed_title: None,
        proposed_topic: None,
        summary: text("summary"),
        answer: text("answer"),
        phrasings: text("phrasings").map(|it| lines(&it)),
        made_from: text("made_from").filter(|it| !it.is_empty()),
        fits: text("status").is_some_and(|it| it.eq_ignore_ascii_case("fits")),
        neutral: BTreeMap::new(),
    };
    for column in NEUTRAL_COLUMNS {
        draft.neutral.extend(text(column).map(|cell| (column, cell)));
    }
    let tag = text("language");
    if draft.id.is_empty() {
        let message = "the row has no id: write the id of its entry, a new one like PIL-07 for a \
                       new entry";
        errors.push(Remark::new(&place, "id", message));
    }
    match language(table, tag.as_deref()) {
        Ok(lang) => draft.lang = lang,
        Err(message) => errors.push(Remark::new(&place, "language", message)),
    }
    if draft.lang.is_some() {
        // A blank cell beside a text says nothing of what is the same in every language.
        draft.neutral.retain(|_, cell| !cell.is_empty());
    } else if draft.has_text() {
        let message = "the row has texts but no language: write its tag, like sw, into the column \
                       `language`";
        errors.push(Remark::new(&place, "language", message));
    }
    draft
}

/// The language of a row: its own cell, else the name of the sheet where that is a tag.
fn language(table: &Table, tag: Option<&str>) -> Result<Option<Lang>, String> {
    match tag {
        Some("") => Ok(None),
        Some(tag) => Lang::parse(tag).map(Some).map_err(|it| it.to_string()),
        None => Ok(Lang::parse(&table.sheet).ok()),
    }
}

/// The lines of a cell that hold anything.
fn lines(cell: &str) -> Vec<String> {
    cell.lines().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}
