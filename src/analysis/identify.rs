//! Which language a text is in: a distribution, never a verdict.
//!
//! A naive Bayes classifier over character n-grams, trained on samples of each language (the
//! corpus's own texts). Scripts need no rule of their own: their letters are n-grams.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Lang;
use super::tokenize::{Word, grams};

/// Longest n-gram.
const MAX_GRAM: usize = 4;
/// What is added to every count.
const SMOOTHING: f64 = 0.2;
/// Neighbouring n-grams repeat each other's evidence; the sum of logarithms is divided by this.
const OVERLAP: f64 = 4.0;

/// A trained classifier.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Identifier {
    languages: Vec<Lang>,
    /// For each n-gram, by its hash: logarithm of its share in each language, over the floor.
    grams: HashMap<u64, Vec<(u8, f32)>>,
    /// Logarithm of the share of an unseen n-gram in each language.
    floor: Vec<f64>,
}

impl Identifier {
    /// Trains on texts whose language is known. Languages come out in the order given.
    #[must_use]
    pub fn train<'a>(
        languages: &[Lang],
        samples: impl Iterator<Item = (&'a Lang, &'a [Word])>,
    ) -> Self {
        let languages: Vec<Lang> = languages.iter().take(usize::from(u8::MAX)).cloned().collect();
        let mut counts: HashMap<u64, Vec<f64>> = HashMap::new();
        let mut totals = vec![0.0; languages.len()];
        for (lang, words) in samples {
            let Some(at) = languages.iter().position(|it| it == lang) else { continue };
            grams(words, 1, MAX_GRAM, |gram| {
                let row = counts.entry(hash(gram)).or_insert_with(|| vec![0.0; languages.len()]);
                if let (Some(count), Some(total)) = (row.get_mut(at), totals.get_mut(at)) {
                    *count += 1.0;
                    *total += 1.0;
                }
            });
        }
        #[expect(clippy::cast_precision_loss, reason = "the size of a vocabulary")]
        let vocabulary = counts.len() as f64;
        let floor: Vec<f64> = totals
            .iter()
            .map(|total| (SMOOTHING / (total + SMOOTHING * vocabulary.max(1.0))).ln())
            .collect();
        let grams = counts.into_iter().map(|(gram, row)| (gram, weights(&row))).collect();
        Self { languages, grams, floor }
    }

    /// The languages of a text with their probability, most likely first; they sum to 1.
    ///
    /// `prior` weighs each language before the text is read. A text without letters, or none of
    /// whose n-grams is known, gets the prior back.
    #[must_use]
    pub fn identify(&self, words: &[Word], prior: impl Fn(&Lang) -> f64) -> Vec<(Lang, f64)> {
        let mut sums: Vec<f64> = vec![0.0; self.languages.len()];
        grams(words, 1, MAX_GRAM, |gram| {
            // An n-gram no language has seen says nothing about which one it is.
            let Some(row) = self.grams.get(&hash(gram)) else { return };
            for (sum, floor) in sums.iter_mut().zip(&self.floor) {
                *sum += floor;
            }
            for (at, over) in row {
                if let Some(sum) = sums.get_mut(usize::from(*at)) {
                    *sum += f64::from(*over);
                }
            }
        });
        let logits = sums
            .iter()
            .zip(&self.languages)
            .map(|(sum, lang)| sum / OVERLAP + prior(lang).max(1e-9).ln());
        let mut found: Vec<(Lang, f64)> =
            self.languages.iter().cloned().zip(softmax(logits.collect())).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found
    }
}

/// How far each language's share of an n-gram lies over that of an unseen one, as logarithms.
fn weights(row: &[f64]) -> Vec<(u8, f32)> {
    #[expect(clippy::cast_possible_truncation, reason = "a logarithm of a count")]
    let over = |count: f64| ((count + SMOOTHING) / SMOOTHING).ln() as f32;
    (0_u8..)
        .zip(row)
        .filter(|(_, count)| **count > 0.0)
        .map(|(at, count)| (at, over(*count)))
        .collect()
}

fn softmax(logits: Vec<f64>) -> Vec<f64> {
    let best = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.into_iter().map(|it| (it - best).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|it| it / sum).collect()
}

/// FNV-1a, 64 bits: stable over runs and machines, unlike the hashes of the standard library.
#[must_use]
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::Analysis;
    use super::*;

    #[test]
    fn a_text_is_of_the_language_it_resembles() {
        let samples = [
            ("en", "what do i do if i forgot my pill"),
            ("sw", "nifanye nini nikisahau kumeza kidonge changu"),
            ("am", "ክኒን ረሳሁ ምን ላድርግ"),
        ];
        let samples: Vec<(Lang, Analysis)> =
            samples.iter().map(|(l, t)| (Lang::parse(l).unwrap(), Analysis::of(t))).collect();
        let languages: Vec<Lang> = samples.iter().map(|(lang, _)| lang.clone()).collect();
        let identifier = Identifier::train(
            &languages,
            samples.iter().map(|(lang, text)| (lang, text.words.as_slice())),
        );
        for (text, wanted) in [("nimesahau kidonge", "sw"), ("my pill", "en"), ("ክኒን", "am")]
        {
            let found = identifier.identify(&Analysis::of(text).words, |_| 1.0);
            assert_eq!(found[0].0.as_str(), wanted, "{text}: {found:?}");
            assert!((found.iter().map(|it| it.1).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
