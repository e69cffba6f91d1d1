//! Configuration: what was typed becomes what is meant.
//!
//! [`Config`] says where corpus and index are; [`settings`] how the service runs.

pub mod settings;

use std::path::PathBuf;

use time::{Date, OffsetDateTime};

pub use settings::Settings;

use crate::analysis::Lang;
use crate::corpus::Randomness;

/// Where things are, and on which day.
#[derive(Debug, Clone)]
pub struct Config {
    /// The corpus folder.
    pub corpus: PathBuf,
    /// The folder of the index.
    pub index: PathBuf,
    /// The day approvals are looked at.
    pub today: Date,
    /// Whether that day was given, so that a server stays on it instead of following the clock.
    pub day_given: bool,
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
            day_given: false,
            trust: false,
            out_of_scope_share: None,
            lexicon: None,
            without: None,
        }
    }

    /// The day it is now: the given one, else the clock's.
    #[must_use]
    pub fn day(&self) -> Date {
        if self.day_given { self.today } else { today() }
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

/// The millisecond by the clock, counted from 1970 in UTC.
#[must_use]
pub fn now_ms() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

/// The passphrase of the reviewer's key, from `SAHIHI_PASSPHRASE`; `None` when it is to be asked.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the environment is read here")]
pub fn passphrase() -> Option<String> {
    std::env::var("SAHIHI_PASSPHRASE").ok().filter(|it| !it.is_empty())
}

/// The variable that tells glibc how many heaps threads share.
pub const HEAPS: &str = "MALLOC_ARENA_MAX";

/// Whether the environment tells the C library how to allocate.
#[must_use]
pub fn says_how_memory_is_allocated() -> bool {
    [HEAPS, "GLIBC_TUNABLES"].iter().any(|it| std::env::var_os(it).is_some())
}

/// What the environment says of an S3-compatible store: the variables `AWS_…`.
#[must_use]
pub fn cloud() -> Vec<(String, String)> {
    let text = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
    let named = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    let mut found: Vec<_> = named
        .filter(|(name, _)| name.starts_with("AWS_"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    found.sort();
    found
}

/// What is random in a new key file, from the operating system.
///
/// # Errors
///
/// When the operating system gives none.
pub fn key_randomness() -> Result<Randomness, getrandom::Error> {
    let mut random = Randomness { seed: [0; 32], salt: [0; 16], nonce: [0; 24] };
    getrandom::fill(&mut random.seed)?;
    getrandom::fill(&mut random.salt)?;
    getrandom::fill(&mut random.nonce)?;
    Ok(random)
}
