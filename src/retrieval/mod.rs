//! Retrieval: a question becomes one decision.
//!
//! The order of the modules is the order of a question's way: read (spelling, stems, features),
//! look for red flags, score every entry by the learnt model, compare with the closest phrasings,
//! calibrate, decide.

mod alarm;
mod alignment;
pub mod calibrate;
mod candidate;
pub mod cluster;
pub mod concepts;
pub mod danger;
mod danger_texts;
mod decide;
mod ends;
pub mod explain;
pub mod features;
mod flat;
mod glossary;
pub mod keys;
mod knowledge;
pub mod labelled;
mod learner;
mod likeness;
mod listening;
mod logistic;
pub mod matcher;
pub mod model;
mod negatives;
mod numbers;
mod parallel;
mod phrasings;
mod places;
mod pool;
pub mod profile;
mod query;
mod recommend;
pub mod rulebook;
pub mod safety;
pub mod selfsample;
pub mod signals;
pub mod space;
pub mod spelling;
mod suggest;
pub mod tabulate;
pub mod train;
pub mod translation;
pub mod vectors;
mod walk;

use std::sync::Arc;

pub use calibrate::Calibration;
pub use explain::Explanation;
pub use knowledge::Knowledge;
pub use profile::{AgeBand, Barrier, Profile};
pub use query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};
pub use recommend::{Advice, Advised, Advisor, MAX_APPROACHES};
pub use suggest::MAX_RESOURCES;
pub use walk::{Fork, Walk, Way};

use time::Date;

use crate::analysis::{Analysis, Lang, Word};
use crate::corpus::Corpus;
use crate::index::Index;

/// Answers questions from a corpus, its index and what was learnt from them.
#[derive(Debug)]
pub struct Retriever {
    corpus: Arc<Corpus>,
    index: Index,
    knowledge: Knowledge,
}

impl Retriever {
    /// Puts the parts of one snapshot together.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, index: Index, knowledge: Knowledge) -> Self {
        Self { corpus, index, knowledge }
    }

    /// The same on another corpus: the entry model is learnt anew, calibration, languages and red
    /// flags stay.
    #[must_use]
    pub fn on(&self, corpus: Arc<Corpus>, index: Index) -> Self {
        let knowledge = self.knowledge.relearnt(&corpus, &index);
        Self::new(corpus, index, knowledge)
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

    /// The approaches that fit a challenge of a programme, told in the words of its staff; given
    /// the language the person prefers, if stated. Pure, like a decision.
    #[must_use]
    pub fn recommend(&self, challenge: &str, stated: Option<&Lang>, today: Date) -> Advice {
        let words = Analysis::of(challenge).words;
        let languages = self.languages(&words, stated);
        self.knowledge.advisor.advise(&self.corpus, challenge, &languages, today)
    }

    /// Decides what to do with a question. Pure: the same question gives the same decision.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        decide::decide(self, query)
    }

    /// Decides what to do with a message of which the person says that it is only a question: as
    /// [`Self::decide`], without red flags.
    #[must_use]
    pub fn decide_as_question(&self, query: &Query<'_>) -> Decision {
        decide::decide_as_question(self, query)
    }

    /// The numbers behind a decision on a question. Reads the question again, so that questions
    /// nobody wants explained cost nothing more.
    #[must_use]
    pub fn explain(&self, query: &Query<'_>, decision: &Decision) -> Explanation {
        explain::explain(self, query, decision)
    }
}
