//! What leaves the corpus: sheets to be worked on and taken back, which hold what is written,
//! approved or not; and feeds for others to publish, which hold what is approved and nothing else.

mod catalogue;
mod faqpage;
mod resources;
mod rows;
mod text;
mod workbook;

use serde_json::{Value, json};
use time::Date;

use super::Error;
use crate::analysis::Lang;
use crate::corpus::{Loaded, Severity, SourceTree, Written};
pub use catalogue::Shop;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// A workbook with one sheet a language, for translators.
    Workbook,
    /// The same rows as one text file.
    Text,
    /// A workbook with the columns and no rows, to be filled in.
    Template,
    /// A schema.org `FAQPage` for each language.
    FaqPage,
    /// The resources as schema.org `LearningResource`.
    Resources,
    /// The resources as a table.
    ResourceTable,
    /// The resources as a feed for a catalogue of Meta.
    Catalogue,
}

/// What is written of, and for whom.
#[derive(Debug)]
pub struct Wish {
    /// What is written.
    pub kind: Export,
    /// Only this language.
    pub language: Option<Lang>,
    /// What a catalogue needs besides.
    pub shop: Shop,
    /// The day of the approvals.
    pub today: Date,
}

impl Export {
    /// All of them by the name that is typed.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("xlsx", Self::Workbook),
        ("csv", Self::Text),
        ("template", Self::Template),
        ("faqpage", Self::FaqPage),
        ("resources", Self::Resources),
        ("resources-csv", Self::ResourceTable),
        ("catalogue", Self::Catalogue),
    ];
}

/// Writes an export into memory.
///
/// # Errors
///
/// [`Error::BrokenCorpus`] when the files of the entries hold what a sheet cannot: it would be lost
/// on the way back. [`Error::Workbook`] when a text is longer than a cell can be.
pub fn export(wish: &Wish, tree: &SourceTree, loaded: &Loaded) -> Result<Vec<u8>, Error> {
    let (corpus, only, today) = (&loaded.corpus, wish.language.as_ref(), wish.today);
    match wish.kind {
        Export::FaqPage => Ok(faqpage::write(corpus, only, today)),
        Export::Resources => Ok(resources::linked_data(corpus, only, today)),
        Export::ResourceTable => Ok(resources::table(corpus, only, today)),
        Export::Catalogue => Ok(catalogue::write(corpus, &wish.shop, only, today)),
        Export::Workbook | Export::Template => {
            let template = wish.kind == Export::Template;
            workbook::write(&sound(tree, loaded)?, only, template, today)
        }
        Export::Text => Ok(text::write(&sound(tree, loaded)?, only)),
    }
}

/// What marks texts that nobody has reviewed.
const SAMPLE: &str = "Sample: written for demonstration, not clinically reviewed";

/// A document of schema.org nodes.
fn document(nodes: &[Value]) -> Vec<u8> {
    let document = json!({ "@context": "https://schema.org", "@graph": nodes });
    let mut bytes = serde_json::to_vec_pretty(&document).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The entries as written, unless something of their files would be lost in a sheet.
fn sound(tree: &SourceTree, loaded: &Loaded) -> Result<Written, Error> {
    let loses = [
        "syntax",
        "stray-line",
        "second-question",
        "unknown-key",
        "unknown-file",
        "unknown-language",
        "missing-file",
        "duplicate-id",
        "not-utf8",
        "wrong-type",
        "bad-value",
    ];
    let entries = tree.root.join("entries");
    let errors = loaded.problems.iter().filter(|it| {
        it.severity == Severity::Error
            && loses.contains(&it.code)
            && std::path::Path::new(&it.file).starts_with(&entries)
    });
    match errors.count() {
        0 => Ok(Written::read(tree)),
        errors => Err(Error::BrokenCorpus { errors }),
    }
}
