//! The index: Tantivy lives here and nowhere else.
//!
//! A `Document` is one text of the corpus that can be matched. [`build`] turns all documents into
//! one Tantivy segment, [`Index::open`] reads its postings into flat arrays and [`Index::search`]
//! scores them by BM25. A [`snapshot`] is the folder in which segment, corpus and models lie
//! together, verified byte by byte when it is opened.

mod best;
mod build;
mod document;
mod manifest;
pub mod marks;
mod schema;
pub mod snapshot;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

pub use build::build;
pub use document::{Document, Kind, documents};
pub use manifest::Manifest;

use crate::corpus::Digest;
use best::Best;
use schema::Postings;

/// Why an index cannot be built or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no index in this folder.
    #[error("there is no index in {path}; run `sahihi build`")]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The index was built from another corpus, or by another version of the program.
    #[error("the index in {path} is stale: {why}; run `sahihi build`")]
    Stale {
        /// The folder.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A file of the index is not what was written.
    #[error("the index is damaged: {path} {why}; run `sahihi build`")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The review logs are shorter than those of what was served before.
    #[error(
        "the log of {by} has {now} lines, {served} were served from here: something was taken \
         back; restore corpus/reviews from version control, or, if the logs were begun anew on \
         purpose, delete {path}"
    )]
    RolledBack {
        /// The file with the marks.
        path: PathBuf,
        /// The reviewer.
        by: String,
        /// Lines that were served.
        served: u64,
        /// Lines there are.
        now: u64,
    },
    /// The file that remembers what was served is not what was written.
    #[error("{path} is damaged; see that corpus/reviews is complete, then delete the file")]
    Marks {
        /// The file.
        path: PathBuf,
    },
    /// Another process builds into the same folder.
    #[error("another process is building the index in {path}; wait until it is done")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}; is the disk full or read-only?")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Tantivy failed.
    #[error("the search index failed")]
    Tantivy(#[from] tantivy::TantivyError),
}

/// Files by name: how a Tantivy segment travels in and out of a snapshot.
pub type Files = Vec<(String, Vec<u8>)>;

/// A document found for a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Place of the document in [`documents`].
    pub document: u32,
    /// BM25 score; good for order only.
    pub score: f32,
}

/// An open index: postings in memory, one list a stem.
#[derive(Debug, Default)]
pub struct Index {
    terms: HashMap<Box<str>, (u32, u32)>,
    documents: Vec<u32>,
    impacts: Vec<f32>,
    /// For each document the entry it belongs to.
    entries: Vec<u32>,
}

impl Index {
    /// Opens the segment in `files`, whose documents are `documents` in order.
    ///
    /// # Errors
    ///
    /// [`Error::Tantivy`] when the files are no segment of this schema.
    pub fn open(files: Files, documents: &[Document<'_>]) -> Result<Self, Error> {
        let mut postings = Postings::read(files)?;
        let terms = postings.take_terms();
        let mut index = Self {
            terms: HashMap::with_capacity(terms.len()),
            documents: Vec::with_capacity(postings.len() as usize),
            impacts: Vec::with_capacity(postings.len() as usize),
            entries: documents.iter().map(|it| it.entry).collect(),
        };
        let mut per_language: HashMap<&str, u32> = HashMap::new();
        for document in documents {
            *per_language.entry(document.lang.as_str()).or_default() += 1;
        }
        let weigher = schema::Weigher::new(&postings, documents, &per_language);
        let mut start = 0;
        for (term, end) in terms {
            for (document, impact) in weigher.impacts(postings.list(start, end)) {
                index.documents.push(document);
                index.impacts.push(impact);
            }
            index.terms.insert(term, (start, end));
            start = end;
        }
        Ok(index)
    }

    /// The entry a document belongs to.
    #[must_use]
    pub fn entry_of(&self, document: u32) -> Option<u32> {
        self.entries.get(document as usize).copied()
    }

    /// The best `limit` documents for a set of stems, each with how much it counts, best first;
    /// ties by place.
    ///
    /// Every document that shares a stem is scored: at the size of a reviewed corpus that is
    /// faster than pruning. O(postings of the stems).
    #[must_use]
    pub fn search<'a>(
        &self,
        stems: impl IntoIterator<Item = (&'a str, f32)>,
        limit: usize,
    ) -> Vec<Hit> {
        let mut scores = vec![0.0_f32; self.entries.len()];
        let mut touched = Vec::new();
        for (stem, weight) in stems {
            let Some(&(start, end)) = self.terms.get(stem) else { continue };
            let range = start as usize..end as usize;
            let documents = self.documents.get(range.clone()).unwrap_or_default();
            let impacts = self.impacts.get(range).unwrap_or_default();
            for (document, impact) in documents.iter().zip(impacts) {
                if let Some(score) = scores.get_mut(*document as usize) {
                    if *score <= 0.0 {
                        touched.push(*document);
                    }
                    *score += impact * weight;
                }
            }
        }
        let mut best = Best::new(limit);
        for document in touched {
            let score = scores.get(document as usize).copied().unwrap_or(0.0);
            best.offer(Hit { document, score });
        }
        best.into_hits()
    }
}

/// Digest of one file of a snapshot.
fn digest_of(bytes: &[u8]) -> Digest {
    Digest::of(bytes)
}
