//! The entry model: learnt when the index is built, applied to every question.
//!
//! A score is a sum of weights of the question's features; 1 is the middle of an entry's own
//! phrasings, -1 that of all others. Good for order; what it is worth is said by
//! [`super::calibrate`].

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::flat;
use super::numbers::Numbers;
use super::train::Separator;
use super::vectors::Vector;

/// Steps of a stored weight on either side of zero.
const STEPS: f32 = 127.0;

/// Weights of all entries, listed by feature: an inverted index of what was learnt.
///
/// Every entry is scored for every question, so nothing is lost on the way to the list. A weight
/// is a byte, in steps of its entry's largest; finer ones rank no better.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct EntryModel {
    /// Where the list of each feature ends.
    ends: Ends,
    /// The entries of all lists.
    entries: Numbers,
    /// Their weights, in the steps of the entry.
    #[serde(with = "flat::i8s")]
    weights: Vec<i8>,
    /// The step of each entry.
    #[serde(with = "flat::f32s")]
    steps: Vec<f32>,
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
    pub fn new(separators: &[&Separator], n_features: usize) -> Self {
        let steps: Vec<f32> = separators.iter().map(|it| step(it)).collect();
        let kept = || {
            (0_u32..).zip(separators.iter().zip(&steps)).flat_map(|(entry, (separator, step))| {
                let stored =
                    move |(feature, weight): &(u32, f32)| (*feature, entry, stored(*weight, *step));
                separator.weights.iter().map(stored).filter(|it| it.2 != 0)
            })
        };
        let mut next = vec![0_u32; n_features + 1];
        for (feature, _, _) in kept() {
            if let Some(count) = next.get_mut(feature as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut next {
            sum += *start;
            *start = sum;
        }
        let (mut entries, mut weights) = (vec![0_u32; sum as usize], vec![0_i8; sum as usize]);
        for (feature, entry, weight) in kept() {
            let Some(at) = next.get_mut(feature as usize) else { continue };
            if let (Some(to), Some(of)) =
                (entries.get_mut(*at as usize), weights.get_mut(*at as usize))
            {
                (*to, *of) = (entry, weight);
            }
            *at += 1;
        }
        // Each start has moved on to the end of its list.
        next.truncate(n_features);
        let bias = separators.iter().map(|it| it.bias).collect();
        let entries = Numbers::of(entries, separators.len());
        Self { ends: next.into_iter().collect(), entries, weights, steps, bias }
    }

    /// The scores of all entries, in their order.
    ///
    /// O(weights of the question's features), about 20 µs for a thousand phrasings.
    #[must_use]
    pub fn scores(&self, question: &Vector) -> Vec<f32> {
        let mut sums = vec![0.0_f32; self.bias.len()];
        for (feature, value) in question.iter() {
            let range = self.ends.range(feature as usize);
            let weights = self.weights.get(range.clone()).unwrap_or_default();
            match &self.entries {
                Numbers::Tiny(all) => add(&mut sums, all.get(range), weights, value),
                Numbers::Short(all) => add(&mut sums, all.get(range), weights, value),
                Numbers::Long(all) => add(&mut sums, all.get(range), weights, value),
            }
        }
        for ((sum, step), bias) in sums.iter_mut().zip(&self.steps).zip(&self.bias) {
            *sum = *sum * step + bias;
        }
        sums
    }

    /// The weight of a feature for an entry.
    #[must_use]
    pub fn weight(&self, feature: u32, entry: u32) -> f32 {
        let range = self.ends.range(feature as usize);
        let start = range.start;
        let found = match &self.entries {
            Numbers::Tiny(all) => place(all.get(range), entry),
            Numbers::Short(all) => place(all.get(range), entry),
            Numbers::Long(all) => place(all.get(range), entry),
        };
        let weight = found.and_then(|at| self.weights.get(start + at)).copied().unwrap_or(0);
        f32::from(weight) * self.steps.get(entry as usize).copied().unwrap_or(0.0)
    }
}

/// Adds the weights of a feature that a question has, times its value there.
fn add<N: Copy + Into<u32>>(sums: &mut [f32], entries: Option<&[N]>, weights: &[i8], value: f32) {
    for (entry, weight) in entries.unwrap_or_default().iter().zip(weights) {
        let entry: u32 = (*entry).into();
        if let Some(sum) = sums.get_mut(entry as usize) {
            *sum += f32::from(*weight) * value;
        }
    }
}

/// The place of an entry in a rising list.
fn place<N: Copy + Into<u32>>(entries: Option<&[N]>, entry: u32) -> Option<usize> {
    entries?.binary_search_by_key(&entry, |it| (*it).into()).ok()
}

/// The step in which the weights of an entry are stored.
fn step(separator: &Separator) -> f32 {
    separator.weights.iter().map(|(_, weight)| weight.abs()).fold(0.0, f32::max) / STEPS
}

#[expect(clippy::cast_possible_truncation, reason = "between -127 and 127 after the clamp")]
fn stored(weight: f32, step: f32) -> i8 {
    if step > 0.0 { (weight / step).round().clamp(-STEPS, STEPS) as i8 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_scored_by_its_weights_and_bias() {
        let separators = [
            Separator { weights: vec![(0, 1.27), (2, -0.5)], bias: -0.25 },
            Separator { weights: vec![(2, 0.5)], bias: 0.0 },
        ];
        let model = EntryModel::new(&separators.each_ref(), 3);
        let question = Vector { features: vec![0, 2], values: vec![1.0, 0.5] };
        let scores = model.scores(&question);
        assert!((scores[0] - 0.77).abs() < 1e-5 && (scores[1] - 0.25).abs() < 1e-5, "{scores:?}");
        assert!((model.weight(2, 0) + 0.5).abs() < 1e-5);
        assert!(model.weight(0, 1).abs() < f32::EPSILON && model.weight(9, 9).abs() < f32::EPSILON);
    }
}
