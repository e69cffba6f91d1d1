//! A glossary: one learned table made for a corpus, with what is needed to look words up.
//!
//! It holds only what leads to stems of the corpus. A word it does not have, or that was seldom
//! seen, borrows from those spelt alike. [`super::translation`] puts glossaries together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::flat;
use super::likeness::Grams;
use super::numbers::Numbers;
use super::pool::Pool;
use super::tabulate::stem_of;
use super::translation::is_written_like;
use crate::analysis::{Analysis, Lang, Word, stem};
use crate::corpus::{Lexicon, Table};

/// Words spelt alike from which an unknown one borrows, and how alike they must be.
const NEIGHBOURS: usize = 4;
const ALIKE_FROM: f32 = 0.5;
/// Words looked at in each direction of each order of spelling.
const LOOKED_AT: u32 = 24;
/// A word borrows while it is trusted less: until it was seen nine times.
const TRUSTED_FROM: f32 = 0.9;
/// How often a word counts as seen that a person has written down.
const CERTAIN: u32 = 255;

/// Stems of a corpus, and which words give them.
pub(super) struct Stems<F> {
    is_known: F,
    /// Of each language, words with the stem the corpus has.
    seen: HashMap<Lang, HashMap<String, Option<String>>>,
}

impl<F: Fn(&str) -> bool> Stems<F> {
    pub(super) fn new(is_known: F) -> Self {
        Self { is_known, seen: HashMap::new() }
    }

    /// The stem of what is one word, if the corpus has it.
    fn of(&mut self, word: &str, lang: &Lang) -> Option<String> {
        let seen = self.seen.entry(lang.clone()).or_default();
        if let Some(stem) = seen.get(word) {
            return stem.clone();
        }
        let stem = stem_of(word, lang).filter(|it| (self.is_known)(it));
        seen.insert(word.to_owned(), stem.clone());
        stem
    }
}

/// A table on the way to its glossary.
pub(super) struct Draft<'a> {
    lang: &'a Lang,
    /// Word by stem, with its count and its translations.
    rows: BTreeMap<String, (u32, Vec<(String, f32)>)>,
}

impl<'a> Draft<'a> {
    pub(super) fn of<F: Fn(&str) -> bool>(
        table: &'a Table,
        lexicon: &Lexicon,
        known: &mut Stems<F>,
    ) -> Self {
        let mut rows: BTreeMap<String, (u32, Vec<(String, f32)>)> = BTreeMap::new();
        let by_hand = by_hand(table, lexicon, known);
        for (plain, translations) in &by_hand {
            let word = stem_of(plain, &table.lang).unwrap_or_else(|| plain.clone());
            rows.insert(word, (CERTAIN, translations.clone()));
        }
        for row in &table.rows {
            let words = Analysis::of(&row.word);
            let [word] = words.words.as_slice() else { continue };
            let stem = stem::stem(word, &table.lang);
            if let Some(translations) = by_hand.get(&words.plain()) {
                rows.insert(stem, (CERTAIN, translations.clone()));
                continue;
            }
            let (count, translations) = rows.entry(stem).or_default();
            *count += row.count;
            for (translation, hundredths) in &row.translations {
                let stem = known.of(translation, &table.pivot);
                translations.extend(stem.map(|it| (it, f32::from(*hundredths) / 100.0)));
            }
        }
        Self { lang: &table.lang, rows }
    }

    /// The stems it leads to.
    pub(super) fn stems(&self) -> impl Iterator<Item = &str> {
        self.rows.values().flat_map(|it| it.1.iter().map(|it| it.0.as_str()))
    }
}

/// What the lexicon says of single words of a table's language: they stand for the words that name
/// the same concept in the pivot, all alike.
fn by_hand<F: Fn(&str) -> bool>(
    table: &Table,
    lexicon: &Lexicon,
    known: &mut Stems<F>,
) -> BTreeMap<String, Vec<(String, f32)>> {
    let mut by_hand = BTreeMap::new();
    for form in lexicon.forms.iter().filter(|it| is_written_like(&it.lang, &table.lang)) {
        if form.is_brand || form.plain.contains(' ') {
            continue;
        }
        let same = lexicon.forms.iter().filter(|it| it.concept == form.concept && !it.is_brand);
        let of_pivot = same.filter(|it| it.lang == table.pivot);
        let stems: BTreeSet<String> =
            of_pivot.filter_map(|it| known.of(&it.plain, &table.pivot)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a number of forms")]
        let share = 1.0 / stems.len().max(1) as f32;
        if !stems.is_empty() {
            by_hand.insert(form.plain.clone(), stems.into_iter().map(|it| (it, share)).collect());
        }
    }
    by_hand
}

/// A table made for one corpus: only what leads to its stems.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Glossary {
    pub(super) lang: Lang,
    words: Pool,
    /// How often each word was seen, 255 at most.
    #[serde(with = "flat::u8s")]
    counts: Vec<u8>,
    /// Places of the words in the order of their spelling read backwards.
    backwards: Numbers,
    /// Where the translations of each word end.
    ends: Ends,
    /// Numbers of stems.
    #[serde(with = "flat::u16s")]
    stems: Vec<u16>,
    /// Their shares in hundredths.
    #[serde(with = "flat::u8s")]
    shares: Vec<u8>,
}

/// What a word stands for.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    /// Numbers of stems with their shares.
    pub(super) stems: Vec<(u16, f32)>,
    /// Whether the word is one of the glossary.
    pub(super) is_own: bool,
}

impl Glossary {
    /// Packs a table; `number` gives the stems it leads to their numbers.
    pub(super) fn of(draft: &Draft<'_>, number: impl Fn(&str) -> Option<u16>) -> Self {
        let mut glossary = Self {
            lang: draft.lang.clone(),
            words: Pool::default(),
            counts: Vec::new(),
            backwards: Numbers::default(),
            ends: Ends::default(),
            stems: Vec::new(),
            shares: Vec::new(),
        };
        for (word, (count, translations)) in &draft.rows {
            glossary.words.push(word);
            glossary.counts.push(u8::try_from(*count).unwrap_or(u8::MAX));
            for (stem, share) in translations {
                let Some(stem) = number(stem) else { continue };
                glossary.stems.push(stem);
                glossary.shares.push(hundredths(*share));
            }
            glossary.ends.push(u32::try_from(glossary.stems.len()).unwrap_or(u32::MAX));
        }
        let words: Vec<&String> = draft.rows.keys().collect();
        let mut backwards: Vec<u32> = (0..).take(words.len()).collect();
        let spelling = |at: &u32| words.get(*at as usize).map(|it| it.chars().rev());
        backwards.sort_by(|a, b| {
            spelling(a).into_iter().flatten().cmp(spelling(b).into_iter().flatten())
        });
        Self { backwards: Numbers::of(backwards, words.len()), ..glossary }
    }

    /// What a word stands for. Numerals stand for themselves.
    pub(super) fn meaning(&self, word: &Word) -> Meaning {
        if word.form.bytes().any(|b| b.is_ascii_digit()) {
            return Meaning::default();
        }
        let stem = stem::stem(word, &self.lang);
        let place = self.words.place(&stem);
        let is_own = self.words.get(place) == Some(stem.as_str());
        let count = if is_own { self.count(place) } else { 0.0 };
        let trust = count / (count + 1.0);
        let mut stems = Vec::new();
        if is_own {
            stems.extend(self.scaled(place, trust));
        }
        if trust < TRUSTED_FROM {
            self.borrow(&stem, place, 1.0 - trust, &mut stems);
        }
        Meaning { stems, is_own }
    }

    /// Adds what words spelt alike stand for, times `scale`.
    fn borrow(&self, word: &str, place: u32, scale: f32, stems: &mut Vec<(u16, f32)>) {
        let alike = self.alike(word, place);
        let best = alike.first().map_or(0.0, |it| it.1);
        let weight = |(at, alike): (u32, f32)| alike * alike * self.count(at).ln_1p();
        let sum: f32 = alike.iter().map(|it| weight(*it)).sum();
        for it in alike {
            stems.extend(self.scaled(it.0, scale * best * weight(it) / sum));
        }
    }

    fn count(&self, at: u32) -> f32 {
        self.counts.get(at as usize).map_or(1.0, |it| f32::from(*it))
    }

    /// The translations of the word at a place, their shares times `scale`.
    fn scaled(&self, at: u32, scale: f32) -> impl Iterator<Item = (u16, f32)> {
        let range = self.ends.range(at as usize);
        let stems = self.stems.get(range.clone()).unwrap_or_default();
        let shares = self.shares.get(range).unwrap_or_default();
        stems.iter().zip(shares).map(move |(it, share)| (*it, f32::from(*share) / 100.0 * scale))
    }

    /// Other words spelt like `word`, most alike first, ties by place. Those are looked at that
    /// begin or end like it.
    fn alike(&self, word: &str, place: u32) -> Vec<(u32, f32)> {
        let spelling = |at: u32| self.words.get(at).unwrap_or_default();
        let is_before = |at: u32| spelling(at).chars().rev().cmp(word.chars().rev()).is_lt();
        let behind = self.backwards.partition_point(is_before);
        let ends =
            (behind.saturating_sub(LOOKED_AT as usize)..).map_while(|at| self.backwards.get(at));
        let n_words = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let mut places: Vec<u32> =
            (place.saturating_sub(LOOKED_AT)..n_words.min(place + LOOKED_AT)).collect();
        places.extend(ends.take(2 * LOOKED_AT as usize));
        places.sort_unstable();
        places.dedup();
        let grams = Grams::of(word);
        let mut alike: Vec<(u32, f32)> = places
            .into_iter()
            .filter(|it| spelling(*it) != word)
            .map(|it| (it, grams.likeness(spelling(it))))
            .filter(|it| it.1 >= ALIKE_FROM)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(NEIGHBOURS);
        alike
    }
}

fn hundredths(share: f32) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100 after the clamp"
    )]
    let hundredths = (share * 100.0).round().clamp(0.0, 100.0) as u8;
    hundredths
}
