//! What the entry files say, approved or not: for sheets that go out to be worked on.
//!
//! A [`super::Corpus`] holds what may be served; here is what stands in the files, unit by unit.
//! What is wrong with the files is reported by [`super::load`].

use std::collections::BTreeMap;

use super::digest::Digest;
use super::entry::{EntryId, Neutral};
use super::pair::PairName;
use super::parse::{self, RawText};
use super::problem::{Problem, Problems};
use super::raw;
use super::settings::{self, Settings, Topic};
use super::source::{SourceFile, SourceTree};
use crate::analysis::Lang;

/// The entries of a corpus folder as they are written.
#[derive(Debug, Default)]
pub struct Written {
    /// What holds for the whole corpus.
    pub settings: Settings,
    /// Topics in the order of `topics.toml`.
    pub topics: Vec<Topic>,
    /// The entries by id; of an id that stands twice the first.
    pub entries: BTreeMap<EntryId, WrittenEntry>,
}

/// An entry as its files say.
#[derive(Debug)]
pub struct WrittenEntry {
    /// The topic it stands under.
    pub topic: String,
    /// Path of its language-neutral file, from the corpus folder.
    pub path: String,
    /// What is the same in every language.
    pub neutral: Neutral,
    /// Its languages.
    pub texts: BTreeMap<Lang, WrittenText>,
}

/// One language of an entry as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenText {
    /// Path of the file, from the corpus folder.
    pub path: String,
    /// Title for lists.
    pub title: String,
    /// One line for lists.
    pub summary: String,
    /// Digest of the text it was translated from.
    pub source: Option<String>,
    /// The canonical question.
    pub question: String,
    /// The phrasings in the order of the file.
    pub phrasings: Vec<String>,
    /// The answer; `None` where the file holds phrasings only.
    pub answer: Option<String>,
    /// Digest of the words that a translation is made from; phrasings alone have none.
    pub words: Option<Digest>,
}

impl Written {
    /// Reads the entries of a folder.
    #[must_use]
    pub fn read(tree: &SourceTree) -> Self {
        let problems = &mut Problems::default();
        let mut written = Self::default();
        if let Some(file) = tree.get("corpus.toml") {
            written.settings = Settings::parse(file, problems);
        }
        if let Some(file) = tree.get("topics.toml") {
            written.topics = settings::parse_topics(file, problems);
        }
        for file in &tree.files {
            let Some((topic, name)) = entry_file(&file.path) else { continue };
            if let Some(PairName::Neutral(id)) = PairName::of(name) {
                let (neutral, _) = parse::neutral(file, problems);
                let entry = WrittenEntry {
                    topic: topic.to_owned(),
                    path: file.path.clone(),
                    neutral,
                    texts: BTreeMap::new(),
                };
                written.entries.entry(EntryId::new(id)).or_insert(entry);
            }
        }
        for file in &tree.files {
            let Some((topic, name)) = entry_file(&file.path) else { continue };
            let Some(PairName::Text(id, tag)) = PairName::of(name) else { continue };
            let Ok(lang) = Lang::parse(tag) else { continue };
            let entry = written.entries.get_mut(&EntryId::new(id));
            if let Some(entry) = entry.filter(|it| it.topic == topic) {
                entry.texts.insert(lang, WrittenText::of(file, parse::text(file, problems)));
            }
        }
        written
    }

    /// The languages a translation may be made from, in the order of the corpus.
    pub fn sources<'a>(
        &'a self,
        entry: &'a WrittenEntry,
    ) -> impl Iterator<Item = (&'a Lang, &'a WrittenText)> {
        let in_order = self.settings.languages.iter();
        in_order
            .filter_map(|lang| entry.texts.get_key_value(lang))
            .filter(|(_, text)| text.answer.is_some())
    }
}

impl WrittenText {
    fn of(file: &SourceFile, text: RawText) -> Self {
        let words = raw::source_digest(&text);
        Self {
            path: file.path.clone(),
            title: text.title,
            summary: text.summary,
            source: text.source.map(|it| it.value),
            question: text.question.map_or_else(String::new, |it| it.value),
            phrasings: text.phrasings.into_iter().map(|it| it.value).collect(),
            answer: text.answer.map(|it| it.value),
            words,
        }
    }
}

/// Topic and file name of a file of `entries/`.
fn entry_file(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("entries/")?.split_once('/').filter(|(_, name)| !name.contains('/'))
}

/// Whether a text may be the id of an entry in a corpus of files.
#[must_use]
pub fn is_entry_id(id: &str) -> bool {
    raw::is_id(id)
}

/// What `<id>.<lang>.md` says, with every problem of the file by itself.
#[must_use]
pub fn read_text(file: &SourceFile) -> (WrittenText, Vec<Problem>) {
    let mut problems = Problems::default();
    let text = parse::text(file, &mut problems);
    (WrittenText::of(file, text), problems.into_sorted())
}

/// What `<id>.toml` says, with every problem of the file by itself.
#[must_use]
pub fn read_neutral(file: &SourceFile) -> (Neutral, Vec<Problem>) {
    let mut problems = Problems::default();
    let (neutral, _) = parse::neutral(file, &mut problems);
    (neutral, problems.into_sorted())
}
