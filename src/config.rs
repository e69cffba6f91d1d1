//! Configuration: what was typed becomes what is meant.

use std::path::PathBuf;

use time::{Date, OffsetDateTime};

use crate::analysis::Lang;

/// Where things are, and on which day.
#[derive(Debug, Clone)]
pub struct Config {
    /// The corpus folder.
    pub corpus: PathBuf,
    /// The folder of the index.
    pub index: PathBuf,
    /// The day approvals are looked at.
    pub today: Date,
    /// Whether a bulk corpus is served on the caller's word.
    pub trust: bool,
    /// The share of questions without an answer to expect, instead of what the corpus says.
    pub out_of_scope_share: Option<f64>,
    /// The folder of the lexicon, instead of the corpus's own.
    pub lexicon: Option<PathBuf>,
    /// A language whose texts and phrasings are left out, to see what it would be without them.
    pub without: Option<Lang>,
}

impl Config {
    /// The folders `corpus` and `index` of the folder the command runs in.
    #[must_use]
    pub fn new(today: Date) -> Self {
        Self {
            corpus: "corpus".into(),
            index: "index".into(),
            today,
            trust: false,
            out_of_scope_share: None,
            lexicon: None,
            without: None,
        }
    }
}

/// The day by the clock, in UTC. Read once at the rim; everything below is told.
#[must_use]
pub fn today() -> Date {
    OffsetDateTime::now_utc().date()
}
