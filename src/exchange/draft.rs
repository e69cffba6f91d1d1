//! What came in, row by row, before it is held against the corpus.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::analysis::Lang;

/// Where something stands in the file that came in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The sheet, or the name of a file without sheets.
    pub sheet: String,
    /// The row as a spreadsheet shows it; of a file without rows the item, from 1.
    pub row: u32,
}

impl Place {
    pub(super) fn new(sheet: &str, row: u32) -> Self {
        Self { sheet: sheet.to_owned(), row }
    }
}

/// Something to tell about one cell: what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The sheet, or the name of a file without sheets.
    pub sheet: String,
    /// The row as a spreadsheet shows it; 0 when it is about all of them.
    pub row: u32,
    /// Name of the column; empty when it is about the whole row.
    pub column: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Remark {
    pub(super) fn new(place: &Place, column: &str, message: impl Into<String>) -> Self {
        let (sheet, row) = (place.sheet.clone(), place.row);
        Self { sheet, row, column: column.to_owned(), message: message.into() }
    }
}

/// A row: one language of an entry, or what is the same in every language. A value that is `None`
/// was not spoken of and stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Where it stands.
    pub place: Place,
    /// The entry.
    pub id: String,
    /// The language; `None` for what is the same in every language.
    pub lang: Option<Lang>,
    /// The canonical question.
    pub question: Option<String>,
    /// Title for lists.
    pub title: Option<String>,
    /// A title for an entry that has none yet, made from the question.
    pub proposed_title: Option<String>,
    /// The topic of an entry that is not in the corpus yet, where the row names none.
    pub proposed_topic: Option<String>,
    /// One line for lists.
    pub summary: Option<String>,
    /// The answer.
    pub answer: Option<String>,
    /// The phrasings.
    pub phrasings: Option<Vec<String>>,
    /// Digest of the text the translator had before her.
    pub made_from: Option<String>,
    /// Whether the translator says that the text fits that source.
    pub fits: bool,
    /// Columns of what is the same in every language.
    pub neutral: BTreeMap<&'static str, String>,
}

impl Draft {
    /// Whether a text of one language stands in the row.
    pub(super) fn has_text(&self) -> bool {
        let texts = [&self.question, &self.title, &self.summary, &self.answer];
        texts.into_iter().flatten().any(|it| !it.is_empty())
            || self.phrasings.as_ref().is_some_and(|it| !it.is_empty())
    }

    /// Whether the row has a column of texts at all.
    pub(super) fn speaks_of_texts(&self) -> bool {
        [&self.question, &self.title, &self.summary, &self.answer].iter().any(|it| it.is_some())
            || self.phrasings.is_some()
    }
}

/// All that came in.
#[derive(Debug, Default)]
pub struct Incoming {
    /// The rows.
    pub drafts: Vec<Draft>,
    /// What cannot be read, in the order of the file.
    pub errors: Vec<Remark>,
    /// What has no place in a corpus and stays behind.
    pub notes: Vec<Remark>,
}

impl Incoming {
    /// Tells of something that stays behind.
    pub(super) fn note(&mut self, place: &Place, column: &str, message: impl Into<String>) {
        self.notes.push(Remark::new(place, column, message));
    }

    /// Tells of something that cannot be taken.
    pub(super) fn error(&mut self, place: &Place, column: &str, message: impl Into<String>) {
        self.errors.push(Remark::new(place, column, message));
    }
}

/// What a file of another system does not say about its texts.
#[derive(Debug, Clone)]
pub struct Assumed {
    /// The language of texts that name none.
    pub language: Lang,
    /// The topic of entries that name none.
    pub topic: Option<String>,
    /// The topics of the corpus, by which a label is recognised as one.
    pub topics: Vec<String>,
}
