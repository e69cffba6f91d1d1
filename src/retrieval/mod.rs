//! Retrieval: a question becomes one decision.
//!
//! The order of the modules is the order of a question's way: read (spelling, stems, features),
//! look for red flags, score every entry by the learnt model, compare with the closest phrasings, calibrate, decide.

mod alignment;
pub mod calibrate;
mod candidate;
pub mod concepts;
pub mod danger;
mod decide;
pub mod explain;
pub mod features;
mod flat;
mod knowledge;
pub mod labelled;
mod listening;
mod logistic;
pub mod matcher;
pub mod model;
mod negatives;
pub mod profile;
mod query;
pub mod rulebook;
pub mod safety;
pub mod selfsample;
pub mod signals;
pub mod spelling;
pub mod tabulate;
pub mod train;
pub mod translation;
pub mod vectors;

use std::sync::Arc;

pub use calibrate::Calibration;
pub use explain::Explanation;
pub use knowledge::Knowledge;
pub use profile::{AgeBand, Barrier, Profile};
pub use query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};

use crate::analysis::{Lang, Word};
use crate::corpus::Corpus;
use crate::index::{Index, documents};

/// Answers questions from a corpus, its index and what was learnt from them.
#[derive(Debug)]
pub struct Retriever {
    corpus: Arc<Corpus>,
    index: Index,
    /// The entry of each document of the index.
    entries: Vec<u32>,
    knowledge: Knowledge,
}

impl Retriever {
    /// Puts the parts of one snapshot together.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, index: Index, knowledge: Knowledge) -> Self {
        let entries = documents(&corpus).iter().map(|it| it.entry).collect();
        Self { corpus, index, entries, knowledge }
    }

    /// The corpus that is served.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        &self.corpus
    }

    /// What scores are worth.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.knowledge.calibration
    }

    /// The languages of a text with their probability, most likely first, given the language the
    /// person prefers, if stated.
    #[must_use]
    pub fn languages(&self, words: &[Word], stated: Option<&Lang>) -> Vec<(Lang, f64)> {
        decide::languages(self, words, stated)
    }

    /// Decides what to do with a question. Pure: the same question gives the same decision.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        decide::decide(self, query)
    }
}
