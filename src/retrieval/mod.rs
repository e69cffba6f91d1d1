//! Retrieval: a question becomes one decision.
//!
//! The order of the modules is the order of a question's way: read (spelling, stems, features),
//! score every entry by the learnt model, compare with the closest phrasings, calibrate, decide.

pub mod calibrate;
mod candidate;
mod decide;
pub mod explain;
pub mod features;
mod flat;
mod knowledge;
mod logistic;
pub mod matcher;
pub mod model;
mod negatives;
pub mod profile;
mod query;
pub mod selfsample;
pub mod signals;
pub mod spelling;
pub mod train;
pub mod vectors;

use std::sync::Arc;

pub use explain::Explanation;
pub use knowledge::Knowledge;
pub use profile::{AgeBand, Barrier, Profile};
pub use query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};

use crate::corpus::Corpus;

/// Answers questions from a corpus, its index and what was learnt from them.
#[derive(Debug)]
pub struct Retriever {
    corpus: Arc<Corpus>,
    knowledge: Knowledge,
}

impl Retriever {
    /// Puts the parts of one snapshot together.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, knowledge: Knowledge) -> Self {
        Self { corpus, knowledge }
    }

    /// The corpus that is served.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        &self.corpus
    }

    /// Decides what to do with a question. Pure: the same question gives the same decision.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        decide::decide(self, query)
    }
}
