//! The manifest of a snapshot: what it was built from, by what, and the digest of every file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::corpus::{Digest, Head, day};

/// Version of the layout of a snapshot.
pub(super) const FORMAT: u32 = 5;

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Layout of the snapshot.
    pub format: u32,
    /// Version of this program.
    pub engine: String,
    /// Version of the analysis.
    pub analysis: u32,
    /// Version of Tantivy.
    pub tantivy: String,
    /// Digest of the corpus files.
    pub corpus: Digest,
    /// Whether unapproved entries were taken on the caller's word.
    pub trusted: bool,
    /// The day approvals were looked at.
    #[serde(with = "day")]
    pub built_for: Date,
    /// How far the review logs were, by reviewer.
    pub reviews: BTreeMap<String, Head>,
    /// The files beside the manifest.
    pub files: Vec<FileRecord>,
}

/// One file of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its digest.
    pub digest: Digest,
}

impl Manifest {
    /// A manifest of this program for a corpus, without review logs and files
    /// yet.
    #[must_use]
    pub fn new(corpus: Digest, trusted: bool, built_for: Date) -> Self {
        Self {
            format: FORMAT,
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            analysis: crate::analysis::VERSION,
            tantivy: tantivy::version_string().to_owned(),
            corpus,
            trusted,
            built_for,
            reviews: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    /// What keeps this program from using the snapshot; `None` when nothing does.
    #[must_use]
    pub fn mismatch(&self) -> Option<String> {
        let current = Self::new(self.corpus, self.trusted, self.built_for);
        let differs = |what: &str, built: String, now: String| {
            (built != now).then(|| format!("it was built by {what} {built}, this is {now}"))
        };
        differs("format", self.format.to_string(), current.format.to_string())
            .or_else(|| differs("sahihi", self.engine.clone(), current.engine))
            .or_else(|| {
                differs("analysis", self.analysis.to_string(), current.analysis.to_string())
            })
            .or_else(|| differs("tantivy", self.tantivy.clone(), current.tantivy))
    }
}
