//! The entry model: learnt when the index is built, applied to every question.
//!
//! A score is a sum of weights of the question's features; 1 is the middle of an entry's own
//! phrasings, -1 that of all others. Good for order; what it is worth is said by
//! [`super::calibrate`].

use serde::{Deserialize, Serialize};

use super::features::Vector;
use super::flat;
use super::train::Separator;

/// Weights of all entries, by feature.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EntryModel {
    /// For each feature the end of its list; it starts where the one before ends.
    #[serde(with = "flat::u32s")]
    ends: Vec<u32>,
    #[serde(with = "flat::u32s")]
    entries: Vec<u32>,
    #[serde(with = "flat::f32s")]
    weights: Vec<f32>,
    /// What an entry scores without any feature.
    #[serde(with = "flat::f32s")]
    bias: Vec<f32>,
}

impl EntryModel {
    /// Turns the separators (one an entry) into lists by feature.
    #[must_use]
    pub fn new(separators: &[Separator], n_features: usize) -> Self {
        let mut sizes = vec![0_u32; n_features];
        let all = separators.iter().flat_map(|it| &it.weights);
        for (feature, _) in all.clone() {
            if let Some(size) = sizes.get_mut(*feature as usize) {
                *size += 1;
            }
        }
        let ends: Vec<u32> = sizes
            .iter()
            .scan(0_u32, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect();
        let mut next: Vec<u32> = ends.iter().zip(&sizes).map(|(end, size)| end - size).collect();
        let total = all.count();
        let (mut entries, mut weights) = (vec![0; total], vec![0.0; total]);
        for (entry, separator) in (0_u32..).zip(separators) {
            for (feature, weight) in &separator.weights {
                let Some(at) = next.get_mut(*feature as usize) else { continue };
                if let (Some(e), Some(w)) =
                    (entries.get_mut(*at as usize), weights.get_mut(*at as usize))
                {
                    (*e, *w) = (entry, *weight);
                }
                *at += 1;
            }
        }
        let bias = separators.iter().map(|it| it.bias).collect();
        Self { ends, entries, weights, bias }
    }

    /// The score of every entry, in the order of the entries.
    ///
    /// O(weights of the question's features): about 20 µs for a thousand phrasings.
    #[must_use]
    pub fn scores(&self, question: &Vector) -> Vec<f32> {
        let mut scores = self.bias.clone();
        for (feature, value) in question.iter() {
            let (entries, weights) = self.list(feature);
            for (entry, weight) in entries.iter().zip(weights) {
                if let Some(score) = scores.get_mut(*entry as usize) {
                    *score += weight * value;
                }
            }
        }
        scores
    }

    /// What each feature of a question adds to the score of one entry, for explanations.
    #[must_use]
    pub fn contributions(&self, question: &Vector, entry: u32) -> Vec<(u32, f32)> {
        question
            .iter()
            .filter_map(|(feature, value)| {
                let (entries, weights) = self.list(feature);
                let at = entries.iter().position(|it| *it == entry)?;
                Some((feature, weights.get(at)? * value))
            })
            .collect()
    }

    /// Number of weights.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.weights.len()
    }

    fn list(&self, feature: u32) -> (&[u32], &[f32]) {
        let at = feature as usize;
        let end = self.ends.get(at).copied().unwrap_or(0) as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let range = start.unwrap_or(0) as usize..end;
        (
            self.entries.get(range.clone()).unwrap_or_default(),
            self.weights.get(range).unwrap_or_default(),
        )
    }
}
