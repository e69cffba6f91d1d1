//! Twins: questions and answers of different entries that are much alike.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::analysis::{Analysis, Lang};
use crate::corpus::{Corpus, Entry, EntryId};
use crate::retrieval::features::{Counts, Terms};
use crate::retrieval::space::Space;
use crate::retrieval::vectors::Vector;

/// Likeness from which two questions are named. On the sample, pairs above it overlap or differ in
/// one word; below, they ask different things about one method.
const QUESTIONS_FROM: f32 = 0.58;
/// Likeness from which two answers are named; chosen in the same way.
const ANSWERS_FROM: f32 = 0.54;
/// Texts are compared when they share one of that many of their rarest shared n-grams.
const TELLING: usize = 24;
/// N-grams that more texts share are not looked at to find pairs: all texts would be.
const MOST_SHARED: usize = 64;

/// What is alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// The canonical questions.
    Question,
    /// The answers.
    Answer,
}

impl TextKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Answer => "answer",
        }
    }

    const fn from(self) -> f32 {
        match self {
            Self::Question => QUESTIONS_FROM,
            Self::Answer => ANSWERS_FROM,
        }
    }
}

/// Two texts that are much alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Twins {
    /// What is alike.
    pub kind: TextKind,
    /// Their language.
    pub lang: Lang,
    /// The entries, in order.
    pub entries: [EntryId; 2],
    /// Their likeness, 0 to 1: the cosine over character n-grams, weighted by rarity.
    pub cosine: f32,
    /// Whether one names the other under `not`: the author knows.
    pub declared: bool,
}

/// All twins, most alike first. Near linear in the number of texts.
#[must_use]
pub fn find(corpus: &Corpus) -> Vec<Twins> {
    let mut twins = Vec::new();
    for lang in &corpus.settings.languages {
        for kind in [TextKind::Question, TextKind::Answer] {
            twins.extend(of_language(corpus, lang, kind));
        }
    }
    twins.sort_by(|a, b| {
        b.cosine
            .total_cmp(&a.cosine)
            .then_with(|| (a.kind, &a.lang, &a.entries).cmp(&(b.kind, &b.lang, &b.entries)))
    });
    twins
}

fn of_language(corpus: &Corpus, lang: &Lang, kind: TextKind) -> Vec<Twins> {
    let texts: Vec<(&Entry, &str)> = corpus
        .entries
        .iter()
        .filter_map(|entry| {
            let text = entry.texts.get(lang)?;
            let text = if kind == TextKind::Question { &text.question } else { &text.answer };
            (!text.is_empty()).then_some((entry, text.as_str()))
        })
        .collect();
    let vectors = vectors(&texts, lang);
    let mut twins = Vec::new();
    for (a, b) in pairs(&vectors) {
        let (Some((one, _)), Some((other, _))) = (texts.get(a), texts.get(b)) else { continue };
        let (Some(va), Some(vb)) = (vectors.get(a), vectors.get(b)) else { continue };
        let cosine = va.cosine(vb);
        if cosine >= kind.from() {
            let declared =
                one.neutral.not.contains(&other.id) || other.neutral.not.contains(&one.id);
            let entries = [one.id.clone(), other.id.clone()];
            twins.push(Twins { kind, lang: lang.clone(), entries, cosine, declared });
        }
    }
    twins
}

/// The n-grams of each text. Words are left aside: their weight says what tells entries apart, and
/// twins are not told apart.
fn vectors(texts: &[(&Entry, &str)], lang: &Lang) -> Vec<Vector> {
    let counts: Vec<Counts> = texts
        .iter()
        .map(|(_, text)| Counts::of(&Terms::of(&Analysis::of(text).words, lang)))
        .collect();
    let numbers: Vec<u32> = (0..).take(texts.len()).collect();
    let space = Space::learn(&counts.iter().collect::<Vec<_>>(), &numbers, texts.len());
    let grams = |vector: &Vector| {
        let (features, values) = vector.iter().filter(|it| !space.is_word(it.0)).unzip();
        Vector { features, values }
    };
    counts.iter().map(|it| grams(&space.vector_of(it))).collect()
}

/// Pairs of texts that share a telling n-gram, in order.
fn pairs(vectors: &[Vector]) -> BTreeSet<(usize, usize)> {
    let mut with: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, vector) in vectors.iter().enumerate() {
        for feature in &vector.features {
            with.entry(*feature).or_default().push(at);
        }
    }
    with.retain(|_, texts| (2..=MOST_SHARED).contains(&texts.len()));
    let mut pairs = BTreeSet::new();
    for (at, vector) in vectors.iter().enumerate() {
        let mut shared: Vec<(usize, u32)> =
            vector.features.iter().filter_map(|it| Some((with.get(it)?.len(), *it))).collect();
        shared.sort_unstable();
        for (_, feature) in shared.into_iter().take(TELLING) {
            let others = with.get(&feature).into_iter().flatten();
            pairs.extend(others.filter(|it| **it != at).map(|it| (at.min(*it), at.max(*it))));
        }
    }
    pairs
}
