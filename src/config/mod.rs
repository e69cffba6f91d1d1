//! Configuration: what was typed becomes what is meant.
//!
//! [`Config`] says where corpus and index are; [`settings`] how the service runs.

pub mod settings;

use std::path::PathBuf;

use time::{Date, OffsetDateTime};

pub use settings::Settings;

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
        }
    }
}

/// The day by the clock, in UTC. Read once at the rim; everything below is told.
#[must_use]
pub fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// The second by the clock, counted from 1970 in UTC.
#[must_use]
pub fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
