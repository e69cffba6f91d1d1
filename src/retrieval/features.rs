//! Features: what is counted in a text.
//!
//! *Stems* and *pairs*, unordered, of the first letters of words. *Concepts*: what the lexicon
//! knows the words to mean, in any language, alone and in pairs. *Grams*: character 2- to 4-grams
//! across word ends. Each has a key, half a hash; [`super::space`] numbers and weighs them.

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
/// Their shortest: shorter ones say little of a guessed word, and most entries have them.
const EXPECTED_GRAM: usize = 4;
/// Stems of a text that are read; an answer's first sentences say what it is about.
const MAX_STEMS: usize = 60;

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

/// A key with how often it stands in a text, or is expected to: less than once where it may not.
pub(super) type Count = (u32, f32);

/// Keys and counts of the features of a text, each kind in the order of its keys.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub(super) stems: Vec<Count>,
    pub(super) pairs: Vec<Count>,
    pub(super) concepts: Vec<Count>,
    pub(super) grams: Vec<Count>,
    /// How many concepts the text names a word.
    pub(super) concept_share: f32,
    /// Length of the block of n-grams.
    pub(super) gram_size: f32,
}

impl Counts {
    /// Counts the features of a text.
    #[must_use]
    pub fn of(text: &Terms) -> Self {
        let rows = std::iter::once(text.words.as_slice()).chain(text.typed.as_deref());
        Self {
            stems: count(text.stems.iter().take(MAX_STEMS).map(|it| stem_key(it)).collect()),
            pairs: count(pairs(&text.words)),
            concepts: count(concept_keys(&text.concepts)),
            grams: gram_counts(rows),
            concept_share: share(text.concepts.len(), text.words.len()),
            gram_size: 1.0,
        }
    }

    /// Counts the features of a text that is read as `expected`: stems, each with how often it is
    /// expected to stand there, 0 to 1.
    #[must_use]
    pub fn of_expected(text: &Terms, expected: &[(String, f32)]) -> Self {
        let own = Self::of(text);
        let mut stems: Vec<Count> = expected.iter().map(|(it, q)| (stem_key(it), *q)).collect();
        sort_likeliest(&mut stems);
        let (pairs, grams) = (expected_pairs(expected), expected_grams(expected));
        Self { stems, pairs, grams, gram_size: EXPECTED_GRAMS, ..own }
    }

    /// The same with other concepts, named by `n_words` words.
    #[must_use]
    pub fn with_concepts(self, concepts: &[u32], n_words: usize) -> Self {
        let concept_share = share(concepts.len(), n_words);
        Self { concepts: count(concept_keys(concepts)), concept_share, ..self }
    }

    /// The same without pairs: a long text has hundreds that say nothing.
    #[must_use]
    pub fn without_pairs(self) -> Self {
        Self { pairs: Vec::new(), ..self }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words")]
fn share(n_concepts: usize, n_words: usize) -> f32 {
    n_concepts as f32 / n_words.max(1) as f32
}

/// Stems, pairs and n-grams of a text with what they are, for explanations; each once. Where it is
/// read as `expected`, those stems are meant.
pub(super) fn named(text: &Terms, expected: Option<&[(String, f32)]>) -> Vec<(Kind, u32, String)> {
    let stem = |it: &String| (Kind::Stem, stem_key(it), it.clone());
    let mut named: Vec<(Kind, u32, String)> = match expected {
        Some(expected) => expected.iter().map(|it| stem(&it.0)).collect(),
        None => text.stems.iter().take(MAX_STEMS).map(stem).collect(),
    };
    let heads = match expected {
        Some(expected) => expected_heads(expected).into_iter().map(|it| it.0).collect(),
        None => heads(&text.words),
    };
    for (at, first) in heads.iter().enumerate() {
        let pair =
            |second: &String| (Kind::Pair, pair_key(first, second), format!("{first} + {second}"));
        named.extend(heads.iter().skip(at + 1).map(pair));
    }
    for row in std::iter::once(text.words.as_slice()).chain(text.typed.as_deref()) {
        grams(row, GRAMS.0, GRAMS.1, |gram| {
            named.push((Kind::Gram, half(key(b'c', gram)), gram.replace(' ', "_")));
        });
    }
    named.sort();
    named.dedup();
    named
}

/// What a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A stem.
    Stem,
    /// The beginnings of two words.
    Pair,
    /// A character n-gram.
    Gram,
}

/// The key of a stem.
pub(super) fn stem_key(stem: &str) -> u32 {
    half(key(b's', stem))
}

/// Keys of concepts and of their unordered pairs.
fn concept_keys(concepts: &[u32]) -> Vec<u32> {
    let key_of = |concept: u32| key(b'k', &concept.to_string());
    let mut set = concepts.to_vec();
    set.sort_unstable();
    set.dedup();
    let mut keys: Vec<u32> = set.iter().map(|it| half(key_of(*it))).collect();
    for (at, first) in set.iter().enumerate() {
        let first = key_of(*first);
        keys.extend(set.iter().skip(at + 1).map(|it| half(first.rotate_left(23) ^ key_of(*it))));
    }
    keys
}

/// Keys and counts of the n-grams of some rows of words.
pub(super) fn gram_counts<'a>(rows: impl Iterator<Item = &'a [Word]>) -> Vec<Count> {
    let mut keys = Vec::new();
    for row in rows {
        grams(row, GRAMS.0, GRAMS.1, |gram| keys.push(half(key(b'c', gram))));
    }
    count(keys)
}

/// Keys of the unordered pairs of the beginnings of words.
fn pairs(words: &[Word]) -> Vec<u32> {
    let keys: Vec<(u64, u64)> = heads(words).iter().map(|it| head_keys(it)).collect();
    let mut pairs = Vec::with_capacity(keys.len() * keys.len() / 2);
    for (at, (first, _)) in keys.iter().enumerate() {
        pairs.extend(keys.iter().skip(at + 1).map(|(_, second)| half(first ^ second)));
    }
    pairs
}

/// Keys of the pairs of the beginnings of expected stems, each the product of both.
fn expected_pairs(expected: &[(String, f32)]) -> Vec<Count> {
    let heads: Vec<((u64, u64), f32)> =
        expected_heads(expected).iter().map(|(head, q)| (head_keys(head), *q)).collect();
    let mut pairs = Vec::with_capacity(heads.len() * heads.len() / 2);
    for (at, ((first, _), q)) in heads.iter().enumerate() {
        let rest = heads.iter().skip(at + 1);
        pairs.extend(rest.map(|((_, second), other)| (half(first ^ second), q * other)));
    }
    sort_likeliest(&mut pairs);
    pairs
}

/// The beginnings of the likeliest stems, in order, each once.
fn expected_heads(expected: &[(String, f32)]) -> Vec<(String, f32)> {
    let mut likely: Vec<&(String, f32)> = expected.iter().collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    likely.truncate(PAIRED_EXPECTED);
    let mut heads: Vec<(String, f32)> =
        likely.iter().map(|(it, q)| (it.chars().take(PAIR_LETTERS).collect(), *q)).collect();
    heads.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    heads.dedup_by(|a, b| a.0 == b.0);
    heads
}

/// Keys and counts of the n-grams of expected stems, each stem a row of its own.
fn expected_grams(expected: &[(String, f32)]) -> Vec<Count> {
    let mut counts: Vec<Count> = Vec::new();
    for (stem, q) in expected {
        let word = Word { form: stem.clone(), lower: String::new(), start: 0, end: 0 };
        grams(&[word], EXPECTED_GRAM, GRAMS.1, |gram| counts.push((half(key(b'c', gram)), *q)));
    }
    sort_likeliest(&mut counts);
    counts.dedup_by(|again, first| {
        let is_same = again.0 == first.0;
        first.1 += if is_same { again.1 } else { 0.0 };
        is_same
    });
    counts
}

/// Brings counts into the order of the keys; of a key that stands there twice, the higher first.
fn sort_likeliest(counts: &mut [Count]) {
    counts.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
}

/// The beginnings of the first words, in order, each once.
fn heads(words: &[Word]) -> Vec<String> {
    let words = words.iter().take(PAIRED_WORDS);
    let mut heads: Vec<String> =
        words.map(|word| word.form.chars().take(PAIR_LETTERS).collect()).collect();
    heads.sort_unstable();
    heads.dedup();
    heads
}

/// The keys of a beginning as the first and as the second of a pair.
fn head_keys(head: &str) -> (u64, u64) {
    (key(b'p', head).rotate_left(17), key(b'q', head))
}

fn pair_key(first: &str, second: &str) -> u32 {
    half(head_keys(first).0 ^ head_keys(second).1)
}

fn key(block: u8, text: &str) -> u64 {
    // The multiplication spreads the low bits over the upper half, which is what is kept.
    (hash(text) ^ u64::from(block)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Half a hash is enough: of a million features a handful share a key, and a word that is unknown
/// passes for a known one once in four thousand times.
fn half(key: u64) -> u32 {
    (key >> 32) as u32
}

/// Each key once with its count, in the order of the keys.
fn count(mut keys: Vec<u32>) -> Vec<Count> {
    keys.sort_unstable();
    let mut counts: Vec<Count> = Vec::with_capacity(keys.len());
    for key in keys {
        match counts.last_mut() {
            Some((last, count)) if *last == key => *count += 1.0,
            _ => counts.push((key, 1.0)),
        }
    }
    counts
}
