//! Phrasings: the words and pairs of every phrasing, to see which is closest to a question.
//!
//! A value of a phrasing's vector is the weight that the space gives the feature, by how often it
//! stands there, at the length of the whole; so only features, repetitions and the length are kept,
//! in about two bytes a feature.

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::flat;
use super::space::{Space, Words};
use super::vectors::Vector;
use crate::analysis::number;

/// Many phrasings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Phrasings {
    ends: Ends,
    /// For each feature its distance from the last one, doubled, and one more where it is repeated,
    /// which is followed by how often it stands there.
    #[serde(with = "flat::u8s")]
    bytes: Vec<u8>,
    /// What brings each to its length.
    #[serde(with = "flat::f32s")]
    scales: Vec<f32>,
}

impl Phrasings {
    /// Adds a phrasing.
    pub(super) fn push(&mut self, words: &Words) {
        let mut last = 0;
        for (feature, count) in &words.features {
            let is_repeated = *count > 1.0;
            number::write(((feature - last) << 1) | u32::from(is_repeated), &mut self.bytes);
            if is_repeated {
                number::write(times(*count), &mut self.bytes);
            }
            last = *feature;
        }
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        self.scales.push(words.scale);
    }

    /// The inner product of a question with the phrasing at a place, in the space of both.
    pub(super) fn dot(&self, at: usize, question: &Vector, space: &Space) -> f32 {
        let bytes = self.bytes.get(self.ends.range(at)).unwrap_or_default();
        let scale = self.scales.get(at).copied().unwrap_or(0.0);
        let mut own = question.iter().peekable();
        let (mut sum, mut feature) = (0.0, 0);
        let mut bytes = bytes.iter().copied();
        while let Some(number) = number::read(&mut bytes) {
            feature += number >> 1;
            let is_repeated = number & 1 == 1;
            let count = if is_repeated { number::read(&mut bytes).unwrap_or(1) } else { 1 };
            while own.next_if(|(it, _)| *it < feature).is_some() {}
            match own.peek() {
                None => break,
                Some((it, other)) if *it == feature => {
                    sum += space.value(feature, small(count)) * scale * other;
                }
                Some(_) => (),
            }
        }
        sum
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "how often a word stands in a text"
)]
fn times(count: f32) -> u32 {
    count as u32
}

#[expect(clippy::cast_precision_loss, reason = "how often a word stands in a text")]
fn small(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Lang};
    use crate::retrieval::features::{Counts, Terms};

    #[test]
    fn the_inner_product_is_that_of_the_vectors() {
        let lang = Lang::parse("en").unwrap();
        let counts = |text: &str| Counts::of(&Terms::of(&Analysis::of(text).words, &lang));
        let texts =
            ["a pill, a pill and a coil", "my pill is late", "does a coil hurt"].map(counts);
        let space = Space::learn(&texts.each_ref(), &[0, 0, 1], 2);
        let mut phrasings = Phrasings::default();
        texts.iter().for_each(|it| phrasings.push(&space.words_of(it)));
        let question = space.vector_of(&counts("will a pill and a coil hurt a pill"));
        for (at, text) in texts.iter().enumerate() {
            let vector = space.vector_of(text);
            let words = vector.iter().take_while(|it| space.is_word(it.0));
            let wanted: f32 = words.map(|(feature, it)| it * question.value(feature)).sum();
            assert!(wanted > 0.0);
            assert_eq!(phrasings.dot(at, &question, &space).to_bits(), wanted.to_bits());
        }
        assert!(phrasings.dot(3, &question, &space).abs() < f32::EPSILON);
    }
}
