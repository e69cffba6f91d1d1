//! The space: the vocabulary of features, and how a text becomes a sparse vector of three blocks.
//!
//! Words (stems and pairs) and concepts are weighted by how unevenly they are spread over entries
//! (what distinguishes), n-grams by how rare they are; the blocks of words and of n-grams are of
//! unit length. It is the space in which [`super::train`] learns and [`super::model`] scores.

use serde::{Deserialize, Serialize};

use super::features::{Count, Counts, Kind, Terms, gram_counts, stem_key};
use super::flat;
use super::keys::Keys;
use super::vectors::Vector;
use crate::analysis::Word;

/// Length of the concept block, beside blocks of length 1, of a text in which every word names a
/// concept; it shrinks with the square root of their share, so that one "today" in a text about
/// something else does not speak for all of it. On the programme's dev questions concepts gain
/// 4.7 points of R@1, on the public sets nothing is lost.
const CONCEPT_WEIGHT: f32 = 0.6;
/// Added to the weight of a stem that says nothing, so that it still counts for a little.
const FLOOR: f32 = 0.1;
/// Steps of a stored weight in one; the highest weight, of a gram that one text in a million has,
/// is below 16.
const STEPS: f32 = 4096.0;

/// Texts from which on n-grams that very many of them have are left out: there they say next to
/// nothing, and each would be looked up for tens of thousands of entries.
const LARGE: usize = 20_000;
/// Of so many texts one has such an n-gram.
const COMMON: usize = 20;

/// The vocabulary: each feature's number and weight.
///
/// Features are numbered stems first, then pairs, concepts and grams, each in the order of the keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Space {
    stems: Keys,
    pairs: Keys,
    concepts: Keys,
    grams: Keys,
    /// Weights in [`STEPS`]; a feature with none is hidden, as if it had never been seen.
    #[serde(with = "flat::u16s")]
    weights: Vec<u16>,
    /// For each stem `ln((1 + n) / (1 + df))`.
    #[serde(with = "flat::f32s")]
    rarity: Vec<f32>,
    /// Number of texts it was learnt from.
    n_texts: u32,
}

impl Space {
    /// Learns the vocabulary of texts, each with the entry it belongs to.
    #[must_use]
    pub fn learn(counts: &[&Counts], entries: &[u32], n_entries: usize) -> Self {
        let most = if counts.len() > LARGE { counts.len() / COMMON } else { usize::MAX };
        let keys = |list: fn(&Counts) -> &[Count], most: usize| {
            Keys::of(counts.iter().flat_map(|it| list(it)).map(|(key, _)| *key).collect(), most)
        };
        let mut space = Self {
            stems: keys(|it| &it.stems, usize::MAX),
            pairs: keys(|it| &it.pairs, usize::MAX),
            concepts: keys(|it| &it.concepts, usize::MAX),
            grams: keys(|it| &it.grams, most),
            n_texts: u32::try_from(counts.len()).unwrap_or(u32::MAX),
            ..Self::default()
        };
        space.weights = vec![1; space.len() as usize];
        let mut weights = space.word_weights(counts, entries, n_entries);
        let (rarity, grams) = space.rarities(counts);
        weights.extend(grams.into_iter().map(|it| it + 1.0));
        space.rarity = rarity;
        space.weights = weights.into_iter().map(stored).collect();
        space
    }

    /// Number of features.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.first_gram() + self.grams.len()
    }

    /// Whether nothing was learnt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a feature is a word or a pair of words, not a concept or n-gram.
    #[must_use]
    pub fn is_word(&self, feature: u32) -> bool {
        feature < self.first_concept()
    }

    /// The feature of a stem, if any text has it.
    #[must_use]
    pub fn stem(&self, stem: &str) -> Option<u32> {
        self.known(&self.stems, 0, stem_key(stem)).map(|(feature, _)| feature)
    }

    /// The feature of a key, if any text has it.
    pub(super) fn feature(&self, kind: Kind, key: u32) -> Option<u32> {
        let (keys, first) = match kind {
            Kind::Stem => (&self.stems, 0),
            Kind::Pair => (&self.pairs, self.first_pair()),
            Kind::Gram => (&self.grams, self.first_gram()),
        };
        self.known(keys, first, key).map(|(feature, _)| feature)
    }

    /// Share of the weight of a text's n-grams that is known: the length of its known part.
    #[must_use]
    pub fn known_grams(&self, words: &[Word]) -> f64 {
        self.known_share(&gram_counts(std::iter::once(words)))
    }

    /// The vector of a text with the known share of its n-grams, counted once for both.
    #[must_use]
    pub fn vector_and_known_grams(&self, text: &Terms) -> (Vector, f64) {
        let counts = Counts::of(text);
        (self.vector_of(&counts), self.known_share(&counts.grams))
    }

    /// The vector of a text; unknown features are left out.
    #[must_use]
    pub fn vector(&self, text: &Terms) -> Vector {
        self.vector_of(&Counts::of(text))
    }

    /// The vector of a text whose features are counted.
    #[must_use]
    pub fn vector_of(&self, counts: &Counts) -> Vector {
        let mut vector = Vector::default();
        let words =
            [(&self.stems, 0, &counts.stems), (&self.pairs, self.first_pair(), &counts.pairs)];
        self.push_block(&mut vector, &words, 1.0);
        let size = CONCEPT_WEIGHT * counts.concept_share.sqrt();
        self.push_block(
            &mut vector,
            &[(&self.concepts, self.first_concept(), &counts.concepts)],
            size,
        );
        let grams = [(&self.grams, self.first_gram(), &counts.grams)];
        self.push_block(&mut vector, &grams, counts.gram_size);
        vector
    }

    /// The words and pairs of a text whose features are counted: the first block of its vector.
    pub(super) fn words_of(&self, counts: &Counts) -> Words {
        let kinds =
            [(&self.stems, 0, &counts.stems), (&self.pairs, self.first_pair(), &counts.pairs)];
        let feature = |keys: &Keys, first: u32, (key, count): &Count| {
            self.known(keys, first, *key).map(|(feature, _)| (feature, *count))
        };
        let features = kinds.iter().flat_map(|(keys, first, counts)| {
            counts.iter().filter_map(move |it| feature(keys, *first, it))
        });
        Words {
            features: features.collect(),
            scale: self.push_block(&mut Vector::default(), &kinds, 1.0),
        }
    }

    /// What a feature that stands `count` times in a text counts, before the block gets its length.
    pub(super) fn value(&self, feature: u32, count: f32) -> f32 {
        let weight = self.weights.get(feature as usize).copied().unwrap_or(0);
        times(count) * (f32::from(weight) / STEPS)
    }

    /// How much of a question's stems, each with how much it counts, stands among `own`, the stems
    /// of an entry in rising order.
    #[must_use]
    pub fn coverage(&self, mut stems: Vec<(&str, f32)>, own: &[u32]) -> Coverage {
        stems.sort_unstable_by(|a, b| a.0.cmp(b.0).then(b.1.total_cmp(&a.1)));
        stems.dedup_by(|a, b| a.0 == b.0);
        let unknown = f64::from(self.n_texts).ln_1p();
        let (mut rare, mut distinctive) = (Share::default(), Share::default());
        for (stem, counts) in stems {
            let counts = f64::from(counts);
            let known = self.known(&self.stems, 0, stem_key(stem));
            let inside = known.is_some_and(|(feature, _)| own.binary_search(&feature).is_ok());
            let rarity = known.and_then(|(feature, _)| self.rarity.get(feature as usize));
            rare.add(counts * rarity.map_or(unknown, |it| f64::from(*it)), inside);
            let weight = known.map_or(1.0 + FLOOR, |(_, weight)| weight);
            distinctive.add(counts * f64::from(weight), inside);
        }
        Coverage { rare: rare.value(), distinctive: distinctive.value() }
    }

    /// The same space as if some features had never been seen.
    #[must_use]
    pub fn without(&self, hidden: impl Iterator<Item = u32>) -> Self {
        let mut space = self.clone();
        for feature in hidden {
            if let Some(weight) = space.weights.get_mut(feature as usize) {
                *weight = 0;
            }
        }
        space
    }

    fn first_pair(&self) -> u32 {
        self.stems.len()
    }

    fn first_concept(&self) -> u32 {
        self.first_pair() + self.pairs.len()
    }

    fn first_gram(&self) -> u32 {
        self.first_concept() + self.concepts.len()
    }

    /// The feature of a key with its weight; `first` is the number of the first of its kind.
    fn known(&self, keys: &Keys, first: u32, key: u32) -> Option<(u32, f32)> {
        let feature = first + keys.find(key)?;
        let weight = *self.weights.get(feature as usize)?;
        (weight > 0).then(|| (feature, f32::from(weight) / STEPS))
    }

    /// Share of the weight of counted n-grams that is known.
    pub(super) fn known_share(&self, grams: &[Count]) -> f64 {
        let unknown = f64::from(self.n_texts).ln_1p() + 1.0;
        let (mut known, mut all) = (0.0, 0.0);
        for (key, count) in grams {
            let weight = self.known(&self.grams, self.first_gram(), *key).map(|it| it.1);
            let value = f64::from(1.0 + count.ln()) * weight.map_or(unknown, f64::from);
            all += value * value;
            known += if weight.is_some() { value * value } else { 0.0 };
        }
        if all > 0.0 { (known / all).sqrt() } else { 0.0 }
    }

    /// Adds the known features of some kinds, weighted, their length together `size`; what brought
    /// them to it.
    fn push_block(
        &self,
        vector: &mut Vector,
        kinds: &[(&Keys, u32, &Vec<Count>)],
        size: f32,
    ) -> f32 {
        let start = vector.values.len();
        for (keys, first, counts) in kinds {
            for (key, count) in *counts {
                let Some((feature, weight)) = self.known(keys, *first, *key) else { continue };
                vector.features.push(feature);
                vector.values.push(times(*count) * weight);
            }
        }
        let values = vector.values.get_mut(start..).unwrap_or_default();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let scale = if length > 0.0 { size / length } else { 0.0 };
        values.iter_mut().for_each(|value| *value *= scale);
        scale
    }

    /// Weight of stems, pairs and concepts: one less the entropy over entries, as a share of the
    /// highest.
    ///
    /// Presence is averaged within an entry first, so that an entry with many phrasings does not
    /// outweigh the others.
    fn word_weights(&self, counts: &[&Counts], entries: &[u32], n_entries: usize) -> Vec<f32> {
        let mut sizes = vec![0.0_f32; n_entries];
        for entry in entries {
            if let Some(size) = sizes.get_mut(*entry as usize) {
                *size += 1.0;
            }
        }
        let mut texts: Vec<(u32, &Counts)> =
            entries.iter().copied().zip(counts.iter().copied()).collect();
        texts.sort_by_key(|(entry, _)| *entry);
        let mut spreads = vec![Spread::default(); self.first_gram() as usize];
        for (entry, text) in texts {
            let part = 1.0 / sizes.get(entry as usize).copied().unwrap_or(1.0).max(1.0);
            let kinds = [
                (&self.stems, 0, &text.stems),
                (&self.pairs, self.first_pair(), &text.pairs),
                (&self.concepts, self.first_concept(), &text.concepts),
            ];
            for (keys, first, list) in kinds {
                for feature in list.iter().filter_map(|(key, _)| keys.find(*key)) {
                    if let Some(spread) = spreads.get_mut((first + feature) as usize) {
                        spread.add(entry, part);
                    }
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of entries")]
        let highest = (n_entries.max(2) as f32).ln();
        let weight = |it: Spread| (1.0 - it.entropy() / highest).max(0.0) + FLOOR;
        spreads.into_iter().map(weight).collect()
    }

    /// Smoothed inverse document frequency of stems and of n-grams.
    fn rarities(&self, counts: &[&Counts]) -> (Vec<f32>, Vec<f32>) {
        #[expect(clippy::cast_precision_loss, reason = "a number of texts")]
        let n = counts.len() as f32;
        let rarities = |keys: &Keys, list: fn(&Counts) -> &[Count]| {
            let mut frequency = vec![0.0_f32; keys.len() as usize];
            let found = counts.iter().flat_map(|it| list(it)).filter_map(|it| keys.find(it.0));
            for place in found {
                if let Some(count) = frequency.get_mut(place as usize) {
                    *count += 1.0;
                }
            }
            frequency.into_iter().map(|df| ((1.0 + n) / (1.0 + df)).ln()).collect()
        };
        (rarities(&self.stems, |it| &it.stems), rarities(&self.grams, |it| &it.grams))
    }
}

/// The words and pairs of a text, as [`super::phrasings`] keep them.
pub(super) struct Words {
    /// Known features in rising order, each with how often it stands there.
    pub(super) features: Vec<(u32, f32)>,
    /// What brings them to length 1.
    pub(super) scale: f32,
}

/// How much more a feature counts that stands there several times, or is only expected to.
fn times(count: f32) -> f32 {
    if count > 1.0 { 1.0 + count.ln() } else { count.sqrt() }
}

/// How a feature is spread over entries, seen one entry after the other.
#[derive(Debug, Clone, Copy, Default)]
struct Spread {
    entry: u32,
    /// Presence in that entry.
    share: f32,
    /// Presence in the entries before it, and its sum of `x ln x`.
    sum: f32,
    powers: f32,
}

impl Spread {
    fn add(&mut self, entry: u32, part: f32) {
        if self.entry != entry {
            self.close();
            self.entry = entry;
        }
        self.share += part;
    }

    fn close(&mut self) {
        if self.share > 0.0 {
            self.sum += self.share;
            self.powers += self.share * self.share.ln();
        }
        self.share = 0.0;
    }

    /// `−Σ p ln p` with `p` the shares of the sum.
    fn entropy(mut self) -> f32 {
        self.close();
        if self.sum > 0.0 { (self.sum.ln() - self.powers / self.sum).max(0.0) } else { 0.0 }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 1 and the highest number of its type after the clamp"
)]
fn stored(weight: f32) -> u16 {
    (weight * STEPS).round().clamp(1.0, f32::from(u16::MAX)) as u16
}

/// How much of a question stands in the texts of an entry, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Coverage {
    /// By rarity of the stems.
    pub rare: f64,
    /// By how much the stems tell entries apart.
    pub distinctive: f64,
}

/// A weighted share.
#[derive(Debug, Default)]
struct Share {
    inside: f64,
    all: f64,
}

impl Share {
    fn add(&mut self, weight: f64, inside: bool) {
        self.all += weight;
        self.inside += if inside { weight } else { 0.0 };
    }

    fn value(&self) -> f64 {
        if self.all > 0.0 { self.inside / self.all } else { 0.0 }
    }
}
