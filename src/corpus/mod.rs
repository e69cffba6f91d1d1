//! The corpus: the closed set of reviewed texts, read from a folder of plain files.
//!
//! [`load`] reads the folder, reports every problem of every file, and keeps what is approved on
//! the given day. What leaves this layer is a [`Corpus`] in which everything may be served; the
//! reasons for what is missing travel beside it.

mod approved;
mod catalogue;
mod catalogue_file;
pub mod condition;
pub mod day;
pub mod diagram;
mod digest;
mod due;
mod entry;
mod expiry;
mod jsonl;
mod key_file;
mod lexicon;
mod load;
mod message;
mod pair;
mod parallel;
mod parse;
mod phrasing_approval;
mod problem;
mod raw;
mod redflag;
mod referral;
mod review;
mod review_log;
mod reviewed_text;
mod reviewer;
mod rule;
mod serving;
mod settings;
mod signature;
mod source;
mod table;
mod taught;
mod toml_file;
mod translation;
mod tree;
mod tree_file;
mod tree_lint;
mod unit;
mod validate;
mod whole_file;
mod written;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::Date;

pub use catalogue::{
    APPROACH_CATEGORIES, About, Approach, ApproachFacts, Catalogue, Challenge, Collection,
    Description, EVIDENCE_GRADES, RESOURCE_TYPES, Resource,
};
pub use digest::{Digest, UnknownDigest, canonical, fields_of};
pub use due::{Due, DueKind, due};
pub use entry::{Citation, Entry, EntryId, Gender, Neutral, Phrasing, Role, Text};
pub use entry::{MAX_ANSWER_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS};
pub use jsonl::is_bulk;
pub use key_file::{KeyError, MIN_PASSPHRASE_CHARS, Randomness, create_key, open_key};
pub use lexicon::{Lexicon, LexiconForm, ReadFolder, read_folder as read_lexicon};
pub use message::{ANSWER_IN, COMMAND_IDS, COUNTRY, MESSAGE_IDS, Messages, OPTIONAL_IDS};
pub use parallel::{SentencePair, pairs_of, read_pairs};
pub use phrasing_approval::{Approver, PhrasingApproval, Refusal};
pub use problem::{Problem, Problems, Severity};
pub use redflag::{DangerClass, RedFlag};
pub use referral::Referral;
pub use review::{Approval, Demand, ReviewLine, Reviews, Standing, Verdict};
pub use review_log::{DecisionOn, Head, Logged, Seal, append_reviews, lock_reviews, log_origin};
pub use reviewed_text::ReviewedTexts;
pub use reviewer::Reviewer;
pub use rule::{Phrase, Rule, RuleGroup, RuleWord};
pub use settings::{DEFAULT_TIER, Policy, Settings, Tier, Topic};
pub use signature::{PrivateKey, PublicKey, UnknownKey};
pub use source::{SourceFile, SourceTree};
pub use table::{Row, Struck, Table, read_file as read_table};
pub use taught::{Bound, TAUGHT_FILE, Taught};
pub use translation::{Source, Tie, source_of};
pub use tree::{Choice, ChoiceText, MAX_CHOICES, Node, NodeId, NodeText, Target};
pub use unit::{Unit, UnitPhrasing, Unserved, phrasing_text};
pub use whole_file::{sync_folder, write_whole};
pub use written::{Written, WrittenEntry, WrittenText, is_entry_id, read_neutral, read_text};

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
    /// Nodes of the decision tree in the order of their ids; empty when there is no tree.
    pub tree: Vec<Node>,
    /// What can be read on: resources, collections, approaches, challenges.
    pub catalogue: Catalogue,
}

impl Corpus {
    /// The entry of that id.
    #[must_use]
    pub fn entry(&self, id: &EntryId) -> Option<&Entry> {
        self.entries.get(self.place(id)? as usize)
    }

    /// The place of an entry among all.
    #[must_use]
    pub fn place(&self, id: &EntryId) -> Option<u32> {
        let at = self.entries.binary_search_by(|it| it.id.cmp(id)).ok()?;
        u32::try_from(at).ok()
    }

    /// The node of that id.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        let at = self.tree.binary_search_by(|it| it.id.cmp(id)).ok()?;
        self.tree.get(at)
    }

    /// Languages in which to look for a text, first the one to read best: what the person stated,
    /// then the likeliest language of the question that the corpus speaks, then their fallbacks.
    #[must_use]
    pub fn reply_chain<'a>(
        &'a self,
        stated: Option<&Lang>,
        languages: &[(Lang, f64)],
    ) -> Vec<&'a Lang> {
        let asked = languages.iter().map(|(lang, _)| lang).find(|it| self.settings.speaks(it));
        let wanted: Vec<&Lang> = stated.into_iter().chain(asked).collect();
        self.chain(&wanted)
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
        self.reviews.standing(unit, &self.corpus.settings, today).is_full()
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
    Ok(load::load(&tree, today, Vec::new(), problems))
}

/// A file of the corpus as it might be: its path from the corpus folder, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// `entries/<topic>/<id>.<lang>.md` or `entries/<topic>/<id>.toml`.
    pub path: String,
    /// What it would say.
    pub text: String,
}

/// Reads a corpus of files as if `proposals` stood in it and what they change were approved.
///
/// # Errors
///
/// [`Error`] when the folder cannot be read; problems of the files, the proposed ones among them,
/// are part of the result.
pub fn load_with(root: &Path, proposals: &[Proposal], today: Date) -> Result<Loaded, Error> {
    let mut problems = Problems::default();
    let mut tree = SourceTree::read(root, &mut problems)?;
    let mut vouched = Vec::new();
    for Proposal { path, text } in proposals {
        tree.put(path, text);
        vouched.extend(raw::units_of(path));
    }
    Ok(load::load(&tree, today, vouched, problems))
}

/// Loads files that are in memory, as [`load`] those of a folder: what a change would give.
#[must_use]
pub fn load_tree(tree: &SourceTree, today: Date) -> Loaded {
    load::load(tree, today, Vec::new(), Problems::default())
}

/// Digest of the files of a corpus folder, without reading what they say.
///
/// # Errors
///
/// [`Error`] when the folder cannot be read.
pub fn digest(root: &Path) -> Result<Digest, Error> {
    SourceTree::digest_of(root)
}
