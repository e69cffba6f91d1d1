//! The corpus: the closed set of reviewed texts, read from a folder of plain files.
//!
//! [`load`] reads the folder, reports every problem of every file, and keeps what is approved on
//! the given day. What leaves this layer is a [`Corpus`] in which everything may be served; the
//! reasons for what is missing travel beside it.

pub mod day;
mod digest;
mod entry;
mod jsonl;
mod lexicon;
mod message;
mod parallel;
mod parse;
mod problem;
mod redflag;
mod referral;
mod review;
mod reviewer;
mod rule;
mod settings;
mod source;
mod table;
mod taught;
mod toml_file;
mod validate;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::Date;

pub use digest::{Digest, UnknownDigest};
pub use entry::{Citation, Entry, EntryId, Gender, Neutral, Phrasing, Role, Text};
pub use entry::{MAX_ANSWER_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS};
pub use jsonl::is_bulk;
pub use lexicon::{Lexicon, LexiconForm, ReadFolder, read_folder as read_lexicon};
pub use message::{ANSWER_IN, COMMAND_IDS, MESSAGE_IDS, Messages};
pub use parallel::{SentencePair, pairs_of, read_pairs};
pub use problem::{Problem, Problems, Severity};
pub use redflag::{DangerClass, RedFlag};
pub use referral::Referral;
pub use review::{
    Approval, DecisionOn, ReviewLine, Reviews, Standing, Unit, Unserved, Verdict, append_reviews,
    lock_reviews, log_origin,
};
pub use reviewer::Reviewer;
pub use rule::{Phrase, Rule, RuleGroup, RuleWord};
pub use settings::{DEFAULT_TIER, Policy, Settings, Tier, Topic};
pub use source::{SourceFile, SourceTree};
pub use table::{Row, Struck, Table, read_file as read_table};
pub use taught::{Bound, TAUGHT_FILE, Taught};

use crate::analysis::Lang;

/// Why a corpus folder cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a file in it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write into {path}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The folder holds more files than any corpus has.
    #[error("{path} holds more than {limit} files; is it the corpus folder?")]
    TooManyFiles {
        /// The folder.
        path: PathBuf,
        /// The most that are read.
        limit: usize,
    },
}

/// A validated corpus: everything in it is approved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Corpus {
    /// What holds for the whole corpus.
    pub settings: Settings,
    /// Topics in the order of `topics.toml`.
    pub topics: Vec<Topic>,
    /// Entries in the order of their ids.
    pub entries: Vec<Entry>,
    /// The program's own sentences.
    pub messages: Messages,
    /// Words that mean the same, within and across languages.
    pub lexicon: Lexicon,
    /// What words of other languages stand for; not in a snapshot, which has its own form of them.
    #[serde(skip)]
    pub tables: Vec<Table>,
    /// What labelled questions taught about confidence.
    pub taught: Option<Taught>,
    /// What marks a person in danger, and what that person is told; most urgent class first.
    pub red_flags: Vec<RedFlag>,
    /// Where such a person finds help, in the order of the file.
    pub referrals: Vec<Referral>,
}

impl Corpus {
    /// The entry of that id.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|it| it.id.cmp(id)).ok()?;
        self.entries.get(at)
    }

    /// The corpus without the texts and phrasings of one language, for measuring what it would be
    /// without them.
    #[must_use]
    pub fn without(mut self, lang: &Lang) -> Self {
        self.settings.languages.retain(|it| it != lang);
        for entry in &mut self.entries {
            entry.texts.retain(|it, _| it != lang);
            entry.phrasings.retain(|it| it.lang != *lang);
        }
        self.entries.retain(|it| !it.texts.is_empty());
        self
    }

    /// The languages of a fallback chain that starts with each of `wanted`, in order, no doubles.
    #[must_use]
    pub fn chain<'a>(&'a self, wanted: &[&Lang]) -> Vec<&'a Lang> {
        let mut chain = Vec::new();
        for lang in wanted.iter().flat_map(|lang| self.settings.chain(lang)) {
            if !chain.contains(&lang) {
                chain.push(lang);
            }
        }
        if chain.is_empty() { self.settings.languages.iter().collect() } else { chain }
    }
}

/// What a folder gave: the corpus, its problems, and what of it is not served.
#[derive(Debug)]
pub struct Loaded {
    /// What may be served; complete only when there are no errors.
    pub corpus: Corpus,
    /// Everything wrong with the files, in the order of the files.
    pub problems: Vec<Problem>,
    /// What is not approved, with the reason, in the order of the units.
    pub unserved: Vec<Unserved>,
    /// Everything that can be approved, in the order of the units.
    pub units: Vec<Unit>,
    /// The review logs.
    pub reviews: Reviews,
    /// Identity of the files.
    pub digest: Digest,
}

impl Loaded {
    /// Whether a unit and all its phrasings may be served.
    #[must_use]
    pub fn is_fully_approved(&self, unit: &Unit, today: Date) -> bool {
        let standing = self.reviews.standing(unit, &self.corpus.settings, today);
        standing.text.is_ok() && standing.phrasings.iter().all(Result::is_ok)
    }

    /// Whether the corpus must not be built.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|it| it.severity == Severity::Error)
    }
}

/// Reads a corpus folder as of `today`.
///
/// A folder with `entries.jsonl` and without `corpus.toml` is a bulk corpus; it has no approvals,
/// so nothing of it is served unless `trust` says that the caller vouches for it.
///
/// # Errors
///
/// [`Error`] when the folder cannot be read; problems of its files are no error but part of the
/// result.
pub fn load(root: &Path, today: Date, trust: bool) -> Result<Loaded, Error> {
    let mut problems = Problems::default();
    let tree = SourceTree::read(root, &mut problems)?;
    if tree.get("corpus.toml").is_none() && is_bulk(&tree) {
        return Ok(jsonl::load(&tree, trust, problems));
    }
    Ok(validate::load(&tree, today, problems))
}

/// Digest of the files of a corpus folder, without reading what they say.
///
/// # Errors
///
/// [`Error`] when the folder cannot be read.
pub fn digest(root: &Path) -> Result<Digest, Error> {
    Ok(SourceTree::read(root, &mut Problems::default())?.digest)
}
