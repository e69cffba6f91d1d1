//! The entry model: learnt when the index is built, applied to every question.
//!
//! A score is a sum of weights of the question's features; 1 is the middle of an entry's own
//! phrasings, -1 that of all others. Good for order; what it is worth is said by
//! [`super::calibrate`].

use serde::{Deserialize, Serialize};

use super::flat;
use super::train::Separator;
use super::vectors::{Lists, Vector};

/// Up to this many entries, every entry is scored for every question; of more, only candidates.
pub const EXHAUSTIVE: usize = 3_000;

/// Weights of all entries.
///
/// A small model lists entries by feature and scores all of them at once; a large one lists
/// features by entry and scores those it is asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EntryModel {
    by_feature: bool,
    lists: Lists,
    /// What an entry scores without any feature.
    #[serde(with = "flat::f32s")]
    bias: Vec<f32>,
}

/// An entry with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Place of the entry.
    pub entry: u32,
    /// Its score.
    pub score: f32,
}

impl EntryModel {
    /// Turns the separators (one an entry) into lists.
    #[must_use]
    pub fn new(separators: Vec<Separator>, n_features: usize) -> Self {
        let bias = separators.iter().map(|it| it.bias).collect();
        let by_feature = separators.len() <= EXHAUSTIVE;
        let mut lists = Lists::default();
        if by_feature {
            let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_features];
            for (entry, separator) in (0_u32..).zip(&separators) {
                for (feature, weight) in &separator.weights {
                    if let Some(row) = rows.get_mut(*feature as usize) {
                        row.push((entry, *weight));
                    }
                }
            }
            rows.into_iter().for_each(|row| lists.push(row.into_iter()));
        } else {
            separators.into_iter().for_each(|it| lists.push(it.weights.into_iter()));
        }
        Self { by_feature, lists, bias }
    }

    /// Whether every entry is scored for every question.
    #[must_use]
    pub fn is_exhaustive(&self) -> bool {
        self.by_feature
    }

    /// The scores of all entries, or of the `candidates` when the model is too large for that.
    ///
    /// O(weights of the question's features), about 20 µs for a thousand phrasings; for a large
    /// model O(weights of the candidates).
    #[must_use]
    pub fn scores(&self, question: &Vector, candidates: &[u32]) -> Vec<Scored> {
        if self.by_feature {
            return self.all_scores(question);
        }
        let score = |entry: u32| {
            let bias = self.bias.get(entry as usize).copied().unwrap_or(0.0);
            bias + dot(question, self.lists.get(entry as usize))
        };
        candidates.iter().map(|entry| Scored { entry: *entry, score: score(*entry) }).collect()
    }

    fn all_scores(&self, question: &Vector) -> Vec<Scored> {
        let mut scores = self.bias.clone();
        for (feature, value) in question.iter() {
            for (entry, weight) in self.lists.get(feature as usize) {
                if let Some(score) = scores.get_mut(entry as usize) {
                    *score += weight * value;
                }
            }
        }
        (0..).zip(scores).map(|(entry, score)| Scored { entry, score }).collect()
    }
}

/// The inner product of a question with a list in rising order.
pub(super) fn dot(question: &Vector, list: impl Iterator<Item = (u32, f32)>) -> f32 {
    let mut of_question = question.iter().peekable();
    let mut sum = 0.0;
    for (feature, weight) in list {
        while of_question.next_if(|(it, _)| *it < feature).is_some() {}
        match of_question.peek() {
            None => break,
            Some((it, value)) if *it == feature => sum += weight * value,
            Some(_) => (),
        }
    }
    sum
}
