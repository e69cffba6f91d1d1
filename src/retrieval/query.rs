//! What retrieval is asked and what it decides.

use serde::Serialize;
use time::Date;

use super::profile::{Barrier, Profile};
use super::signals::Signals;
use crate::analysis::Lang;
use crate::corpus::{DangerClass, EntryId};

/// A question with what is known around it.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The question as it was typed.
    pub text: &'a str,
    /// The language the person prefers, if stated.
    pub language: Option<&'a Lang>,
    /// What is known of the person.
    pub profile: &'a Profile,
    /// Most candidates returned.
    pub limit: usize,
    /// The day, for what has expired.
    pub today: Date,
}

/// What to do with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Give the answer of the first candidate.
    Answer,
    /// Ask which of a few questions is meant.
    Clarify,
    /// Lead through the decision tree.
    Tree,
    /// Help first: a red flag.
    Urgent,
}

/// Why it was decided so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The first candidate is right with enough confidence.
    Confident,
    /// Some candidates are likely, none is certain enough.
    NotSure,
    /// Nothing in the corpus is close enough.
    NothingSimilar,
    /// The text holds no word: it is empty, or signs and emoji only.
    NoWords,
    /// None of the words is known, not even with errors.
    UnknownWords,
    /// Everything that fits is not for this person.
    Excluded,
    /// The corpus serves nothing.
    EmptyCorpus,
    /// The person is in danger.
    RedFlag,
}

impl Reason {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confident => "confident",
            Self::NotSure => "not-sure",
            Self::NothingSimilar => "nothing-similar",
            Self::NoWords => "no-words",
            Self::UnknownWords => "unknown-words",
            Self::Excluded => "excluded",
            Self::EmptyCorpus => "empty-corpus",
            Self::RedFlag => "red-flag",
        }
    }
}

/// A probability between 0 and 1, never NaN.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize)]
pub struct Confidence(f64);

impl Confidence {
    /// Clamps into 0 to 1; NaN becomes 0.
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// A constant between 0 and 1.
    pub(super) const fn certain(value: f64) -> Self {
        Self(value)
    }

    /// The larger of two.
    pub(super) fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The probability.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

/// An entry that may be meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryId,
    /// Score of the ranking; good for order only.
    pub score: f32,
    /// Probability that it is the right one.
    pub confidence: Confidence,
}

/// Entries left out, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// What kept them from the person.
    pub reason: Barrier,
    /// How many they are.
    pub entries: usize,
}

/// A decision with all that led to it.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What to do.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// Probability that the first candidate is right.
    pub confidence: Confidence,
    /// Probability that the corpus has an answer at all.
    pub in_scope: Confidence,
    /// Languages of the question, most likely first.
    pub languages: Vec<(Lang, f64)>,
    /// The language in which the first candidate is answered.
    pub answer_language: Option<Lang>,
    /// Candidates, best first, each entry once.
    pub candidates: Vec<Candidate>,
    /// Dangers the message speaks of, most urgent first; any makes the decision urgent.
    pub dangers: Vec<DangerClass>,
    /// Whether the first candidate is given as the answer.
    pub gives_answer: bool,
    /// What was left out.
    pub excluded: Vec<Exclusion>,
    /// What the list shows; the confidence is made of it.
    pub signals: Signals,
}

impl Decision {
    /// The language of the question.
    #[must_use]
    pub fn language(&self) -> Option<&(Lang, f64)> {
        self.languages.first()
    }
}
