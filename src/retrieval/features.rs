//! Features: a text becomes a sparse vector of three blocks.
//!
//! *Concepts*: what the lexicon knows the words to mean, in any language, alone and in pairs.
//! *Words*: stems, and unordered pairs of the first letters of words, weighted by how unevenly they
//! are spread over entries (what distinguishes), each block of unit length. *Grams*: character 2-
//! to 4-grams across word ends, weighted by how rare they are. Together they are the space in
//! which [`super::train`] learns and [`super::model`] scores.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::flat;
use super::translation::Translation;
use crate::analysis::identify::hash;
use crate::analysis::tokenize::grams;
use crate::analysis::{Lang, Word, stem};

/// Shortest and longest character n-gram.
const GRAMS: (usize, usize) = (2, 4);
/// Letters of a word that go into a pair: enough to tell words apart, few enough to survive
/// endings and late typing errors. 4 beat 3, 5 and whole stems on the dev splits.
const PAIR_LETTERS: usize = 4;
/// Words of a text that are paired: every pair of a long story would cost more than it tells.
const PAIRED_WORDS: usize = 30;
/// Stems that are paired of a question read through tables, where each word has several.
const PAIRED_EXPECTED: usize = 60;
/// Length of the block of n-grams of such a question: they are those of guessed words.
const EXPECTED_GRAMS: f32 = 0.5;
/// Stems of a text that are read; an answer's first sentences say what it is about.
const MAX_STEMS: usize = 60;
/// Length of the concept block, beside blocks of length 1, of a text in which every word names a
/// concept; it shrinks with the square root of their share, so that one "today" in a text about
/// something else does not speak for all of it. On the programme's dev questions concepts gain
/// 4.7 points of R@1, on the public sets nothing is lost.
const CONCEPT_WEIGHT: f32 = 0.6;
/// Added to the weight of a stem that says nothing, so that it still counts for a little.
const FLOOR: f32 = 0.1;

/// A sparse vector: features in rising order, each with its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vector {
    /// Feature numbers, rising.
    pub features: Vec<u32>,
    /// Their values.
    pub values: Vec<f32>,
}

impl Vector {
    /// The features with their values.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.features.iter().copied().zip(self.values.iter().copied())
    }

    /// Sum of the squared values.
    #[must_use]
    pub fn norm2(&self) -> f32 {
        self.values.iter().map(|it| it * it).sum()
    }

    /// The inner product with another vector. O(length of both).
    #[must_use]
    pub fn dot(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.iter().peekable(), other.iter().peekable());
        let mut sum = 0.0;
        while let (Some((fa, va)), Some((fb, vb))) = (a.peek().copied(), b.peek().copied()) {
            if fa == fb {
                sum += va * vb;
            }
            if fa <= fb {
                a.next();
            }
            if fb <= fa {
                b.next();
            }
        }
        sum
    }
}

/// A text as the feature space sees it: words and, beside each, its stem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// The words, with their spelling corrected.
    pub words: Vec<Word>,
    /// Their stems.
    pub stems: Vec<String>,
    /// The words as they were typed, where that differs.
    pub typed: Option<Vec<Word>>,
    /// Concepts of the lexicon, in the order of the text.
    pub concepts: Vec<u32>,
}

impl Terms {
    /// Terms of a text of a known language.
    #[must_use]
    pub fn of(words: &[Word], lang: &Lang) -> Self {
        let stems = words.iter().map(|it| stem::stem(it, lang)).collect();
        Self { words: words.to_vec(), stems, ..Self::default() }
    }
}

/// The block a feature belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Words,
    Concepts,
    Grams,
}

/// Keys and counts of the features of a text, by block, in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    words: Vec<(u64, f32)>,
    concepts: Vec<(u64, f32)>,
    /// How many concepts the text names a word.
    concept_share: f32,
    grams: Vec<(u64, f32)>,
    /// Length of the block of n-grams.
    gram_size: f32,
}

/// The vocabulary: each feature's number and weight.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Space {
    numbers: HashMap<u64, u32, Identity>,
    weights: Vec<f32>,
    /// Features below this number are words.
    n_word_features: u32,
    /// Features from there and below this number are concepts, the others n-grams.
    n_meaning_features: u32,
    /// For each word feature `ln((1 + n) / (1 + df))`.
    rarity: Vec<f32>,
    /// Number of texts it was learnt from.
    n_texts: u32,
}

/// The vocabulary as it is written: keys in the order of their numbers.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(with = "flat::u64s")]
    keys: Vec<u64>,
    #[serde(with = "flat::f32s")]
    weights: Vec<f32>,
    n_word_features: u32,
    n_meaning_features: u32,
    #[serde(with = "flat::f32s")]
    rarity: Vec<f32>,
    n_texts: u32,
}

impl From<Stored> for Space {
    fn from(stored: Stored) -> Self {
        let numbers = stored.keys.into_iter().zip(0..).collect();
        Self {
            numbers,
            weights: stored.weights,
            n_word_features: stored.n_word_features,
            n_meaning_features: stored.n_meaning_features,
            rarity: stored.rarity,
            n_texts: stored.n_texts,
        }
    }
}

impl From<Space> for Stored {
    fn from(space: Space) -> Self {
        let mut numbered: Vec<(u32, u64)> =
            space.numbers.into_iter().map(|(key, number)| (number, key)).collect();
        numbered.sort_unstable();
        Self {
            keys: numbered.into_iter().map(|(_, key)| key).collect(),
            weights: space.weights,
            n_word_features: space.n_word_features,
            n_meaning_features: space.n_meaning_features,
            rarity: space.rarity,
            n_texts: space.n_texts,
        }
    }
}

/// Keys are hashes already: they are not hashed again.
pub type Identity = std::hash::BuildHasherDefault<IdentityHasher>;

/// Hands a 64-bit key through.
#[derive(Debug, Default, Clone, Copy)]
pub struct IdentityHasher(u64);

impl std::hash::Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl Space {
    /// Learns the vocabulary of texts, each with the entry it belongs to, and returns their vectors.
    #[must_use]
    pub fn learn(counts: &[&Counts], entries: &[u32], n_entries: usize) -> (Self, Vec<Vector>) {
        let n_texts = u32::try_from(counts.len()).unwrap_or(u32::MAX);
        let mut space = Self { n_texts, ..Self::default() };
        space.number(counts.iter().flat_map(|it| it.words.iter().map(|(key, _)| *key)));
        space.n_word_features = space.len();
        space.number(counts.iter().flat_map(|it| it.concepts.iter().map(|(key, _)| *key)));
        space.n_meaning_features = space.len();
        space.number(counts.iter().flat_map(|it| it.grams.iter().map(|(key, _)| *key)));
        space.weights = vec![0.0; space.numbers.len()];
        space.weigh_words(counts, entries, n_entries);
        space.weigh_grams(counts);
        let vectors = counts.iter().map(|it| space.vector_of(it)).collect();
        (space, vectors)
    }

    /// Number of features.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX)
    }

    /// Whether nothing was learnt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether a feature is a word or a pair of words, not an n-gram.
    #[must_use]
    pub fn is_word(&self, feature: u32) -> bool {
        feature < self.n_word_features
    }

    /// The feature of a stem, if any text has it.
    #[must_use]
    pub fn stem(&self, stem: &str) -> Option<u32> {
        self.numbers.get(&key(b's', stem)).copied()
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

    fn known_share(&self, grams: &[(u64, f32)]) -> f64 {
        let unknown = f64::from(self.n_texts).ln_1p() + 1.0;
        let (mut known, mut all) = (0.0, 0.0);
        for (key, count) in grams {
            let weight = self.numbers.get(key).and_then(|it| self.weights.get(*it as usize));
            let value =
                (1.0 + f64::from(*count).ln()) * weight.map_or(unknown, |it| f64::from(*it));
            all += value * value;
            known += if weight.is_some() { value * value } else { 0.0 };
        }
        if all > 0.0 { (known / all).sqrt() } else { 0.0 }
    }

    /// How much of a question's stems stands among `own`, the stems of an entry in rising order.
    #[must_use]
    pub fn coverage(&self, stems: &[(String, f32)], own: &[u32]) -> Coverage {
        let mut seen: Vec<&(String, f32)> = stems.iter().collect();
        seen.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        seen.dedup_by(|a, b| a.0 == b.0);
        let unknown = f64::from(self.n_texts).ln_1p();
        let (mut rare, mut distinctive) = (Share::default(), Share::default());
        for (stem, counts) in seen {
            let counts = f64::from(*counts);
            let feature = self.stem(stem);
            let at = feature.map(|it| it as usize);
            let weigh = |list: &[f32], unknown: f64| {
                at.and_then(|it| list.get(it)).map_or(unknown, |it| f64::from(*it))
            };
            let inside = feature.is_some_and(|it| own.binary_search(&it).is_ok());
            rare.add(counts * weigh(&self.rarity, unknown), inside);
            distinctive.add(counts * weigh(&self.weights, 1.0 + f64::from(FLOOR)), inside);
        }
        Coverage { rare: rare.value(), distinctive: distinctive.value() }
    }

    /// The vector of a text; unknown features are left out.
    #[must_use]
    pub fn vector(&self, text: &Terms) -> Vector {
        self.vector_of(&Counts::of(text))
    }

    fn number(&mut self, keys: impl Iterator<Item = u64>) {
        for key in keys {
            let next = self.len();
            self.numbers.entry(key).or_insert(next);
        }
    }

    /// Weight of a stem or pair: one less its entropy over entries, as a share of the highest.
    ///
    /// Presence is averaged within an entry first, so that an entry with many phrasings does not
    /// outweigh the others.
    fn weigh_words(&mut self, counts: &[&Counts], entries: &[u32], n_entries: usize) {
        let mut sizes = vec![0.0_f32; n_entries];
        for entry in entries {
            if let Some(size) = sizes.get_mut(*entry as usize) {
                *size += 1.0;
            }
        }
        let size = |entry: u32| sizes.get(entry as usize).copied().unwrap_or(1.0).max(1.0);
        let mut presence: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.n_meaning_features as usize];
        for (text, entry) in counts.iter().zip(entries) {
            let meanings = text.words.iter().chain(&text.concepts);
            for feature in meanings.filter_map(|(key, _)| self.numbers.get(key)) {
                let Some(row) = presence.get_mut(*feature as usize) else { continue };
                match row.last_mut() {
                    Some((last, share)) if last == entry => *share += 1.0 / size(*entry),
                    _ => row.push((*entry, 1.0 / size(*entry))),
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of entries")]
        let highest = (n_entries.max(2) as f32).ln();
        for (weight, row) in self.weights.iter_mut().zip(presence) {
            let total: f32 = row.iter().map(|(_, share)| share).sum();
            let entropy: f32 = row
                .iter()
                .map(|(_, share)| share / total)
                .map(|p| if p > 0.0 { -p * p.ln() } else { 0.0 })
                .sum();
            *weight = (1.0 - entropy / highest).max(0.0) + FLOOR;
        }
    }

    /// Rarity of words, and the weight of n-grams: their smoothed inverse document frequency.
    fn weigh_grams(&mut self, counts: &[&Counts]) {
        let mut frequency = vec![0.0_f32; self.weights.len()];
        for feature in counts
            .iter()
            .flat_map(|it| it.words.iter().chain(&it.grams))
            .filter_map(|(key, _)| self.numbers.get(key))
        {
            if let Some(count) = frequency.get_mut(*feature as usize) {
                *count += 1.0;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of texts")]
        let n = counts.len() as f32;
        let rarity = |df: &f32| ((1.0 + n) / (1.0 + df)).ln();
        let first = self.n_meaning_features as usize;
        for (weight, df) in self.weights.iter_mut().zip(&frequency).skip(first) {
            *weight = rarity(df) + 1.0;
        }
        let words = self.n_word_features as usize;
        self.rarity = frequency.iter().take(words).map(rarity).collect();
    }

    /// The vector of what was counted; unknown features are left out.
    #[must_use]
    pub fn vector_of(&self, counts: &Counts) -> Vector {
        let mut pairs = self.block(&counts.words, Block::Words, 1.0);
        pairs.extend(self.block(
            &counts.concepts,
            Block::Concepts,
            CONCEPT_WEIGHT * counts.concept_share.sqrt(),
        ));
        pairs.extend(self.block(&counts.grams, Block::Grams, counts.gram_size));
        Vector {
            features: pairs.iter().map(|(feature, _)| *feature).collect(),
            values: pairs.iter().map(|(_, value)| *value).collect(),
        }
    }

    /// The known features of one block, weighted, of unit length, in rising order.
    fn block(&self, counts: &[(u64, f32)], block: Block, size: f32) -> Vec<(u32, f32)> {
        let mut pairs: Vec<(u32, f32)> = counts
            .iter()
            .filter_map(|(key, count)| {
                let feature = *self.numbers.get(key)?;
                let weight = self.weights.get(feature as usize)?;
                (self.block_of(feature) == block).then(|| (feature, (1.0 + count.ln()) * weight))
            })
            .collect();
        pairs.sort_unstable_by_key(|(feature, _)| *feature);
        let length = pairs.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            let scale = size / length;
            pairs.iter_mut().for_each(|(_, value)| *value *= scale);
        }
        pairs
    }

    fn block_of(&self, feature: u32) -> Block {
        if feature < self.n_word_features {
            Block::Words
        } else if feature < self.n_meaning_features {
            Block::Concepts
        } else {
            Block::Grams
        }
    }
}

impl Counts {
    /// Counts the features of a text.
    #[must_use]
    pub fn of(text: &Terms) -> Self {
        let mut words: Vec<u64> =
            text.stems.iter().take(MAX_STEMS).map(|it| key(b's', it)).collect();
        words.extend(pairs(&text.words));
        let rows = std::iter::once(text.words.as_slice()).chain(text.typed.as_deref());
        let concepts = count(concept_keys(&text.concepts));
        #[expect(clippy::cast_precision_loss, reason = "counts of words")]
        let concept_share = text.concepts.len() as f32 / text.words.len().max(1) as f32;
        Self {
            words: count(words),
            concepts,
            concept_share,
            grams: gram_counts(rows),
            gram_size: 1.0,
        }
    }
}

impl Counts {
    /// Counts the features of a text with what its words stand for in other languages.
    ///
    /// A stem that is expected `q` times, less than once, has the value `√q`; a pair of stems the
    /// product of both.
    #[must_use]
    pub fn translated(text: &Terms, translation: &Translation) -> Self {
        let stems = translation.beside(&text.stems);
        let mut words: Vec<(u64, f32)> =
            stems.iter().map(|(stem, expected)| (key(b's', stem), damped(*expected))).collect();
        words.extend(expected_pairs(&stems));
        words.sort_unstable_by_key(|it| it.0);
        words.dedup_by_key(|it| it.0);
        let own = Self::of(text);
        Self { words, grams: expected_grams(&stems), gram_size: EXPECTED_GRAMS, ..own }
    }
}

/// The count whose damped value, `1 + ln`, is the square root of what is expected.
fn damped(expected: f32) -> f32 {
    (expected.sqrt() - 1.0).exp()
}

/// Keys and counts of the n-grams of expected stems, each stem a row of its own.
fn expected_grams(stems: &[(String, f32)]) -> Vec<(u64, f32)> {
    let mut keys = Vec::new();
    for (stem, expected) in stems {
        let word = Word { form: stem.clone(), lower: String::new(), start: 0, end: 0 };
        grams(&[word], GRAMS.0, GRAMS.1, |gram| keys.push((key(b'c', gram), *expected)));
    }
    keys.sort_unstable_by_key(|it| it.0);
    let counts = keys.chunk_by(|a, b| a.0 == b.0).map(|same| {
        let sum: f32 = same.iter().map(|it| it.1).sum();
        (same.first().map_or(0, |it| it.0), if sum < 1.0 { damped(sum) } else { sum })
    });
    counts.collect()
}

/// Keys of the pairs of the beginnings of expected stems; the likeliest stems are paired.
fn expected_pairs(stems: &[(String, f32)]) -> Vec<(u64, f32)> {
    let mut likely: Vec<&(String, f32)> = stems.iter().collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    likely.truncate(PAIRED_EXPECTED);
    let mut heads: Vec<(String, f32)> =
        likely.iter().map(|(it, q)| (it.chars().take(PAIR_LETTERS).collect(), *q)).collect();
    heads.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    heads.dedup_by(|a, b| a.0 == b.0);
    let mut pairs = Vec::new();
    for (at, (first, q)) in heads.iter().enumerate() {
        let first = key(b'p', first);
        for (second, other) in heads.iter().skip(at + 1) {
            pairs.push((first.rotate_left(17) ^ key(b'q', second), damped(q * other)));
        }
    }
    pairs
}

/// Keys of concepts and of their unordered pairs.
fn concept_keys(concepts: &[u32]) -> Vec<u64> {
    let key_of = |concept: u32| key(b'k', &concept.to_string());
    let mut set = concepts.to_vec();
    set.sort_unstable();
    set.dedup();
    let mut keys: Vec<u64> = set.iter().map(|it| key_of(*it)).collect();
    for (at, first) in set.iter().enumerate() {
        let first = key_of(*first);
        keys.extend(set.iter().skip(at + 1).map(|it| first.rotate_left(23) ^ key_of(*it)));
    }
    keys
}

/// Keys and counts of the n-grams of some rows of words.
fn gram_counts<'a>(rows: impl Iterator<Item = &'a [Word]>) -> Vec<(u64, f32)> {
    let mut keys = Vec::new();
    for row in rows {
        grams(row, GRAMS.0, GRAMS.1, |gram| keys.push(key(b'c', gram)));
    }
    count(keys)
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

/// Keys of the unordered pairs of the beginnings of words.
fn pairs(words: &[Word]) -> Vec<u64> {
    let mut heads: Vec<String> = words
        .iter()
        .take(PAIRED_WORDS)
        .map(|word| word.form.chars().take(PAIR_LETTERS).collect())
        .collect();
    heads.sort_unstable();
    heads.dedup();
    let mut keys = Vec::new();
    for (at, first) in heads.iter().enumerate() {
        let first = key(b'p', first);
        for second in heads.iter().skip(at + 1) {
            keys.push(first.rotate_left(17) ^ key(b'q', second));
        }
    }
    keys
}

fn key(block: u8, text: &str) -> u64 {
    // The multiplication spreads the low bits, which pick the bucket, over the whole key.
    (hash(text) ^ u64::from(block)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Each key once with its count, in the order of the keys.
fn count(mut keys: Vec<u64>) -> Vec<(u64, f32)> {
    keys.sort_unstable();
    let mut counts: Vec<(u64, f32)> = Vec::with_capacity(keys.len());
    for key in keys {
        match counts.last_mut() {
            Some((last, count)) if *last == key => *count += 1.0,
            _ => counts.push((key, 1.0)),
        }
    }
    counts
}
