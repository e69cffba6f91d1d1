//! Translation: what a question's words stand for in a language of the corpus.
//!
//! Read between analysis and the matcher. Each word becomes a distribution over stems of the
//! pivot, by the tables of the languages the question may be in, weighed by how likely each is and
//! how much the corpus needs it. A word no table has borrows from those spelt alike and also stands
//! for itself: names, brands and numbers are the same in many languages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::flat;
use super::tabulate::stem_of;
use crate::analysis::{Analysis, Lang, Word, stem};
use crate::corpus::{Corpus, Entry, Lexicon, Table};

/// Languages with less probability are not translated from.
const LIKELY_FROM: f32 = 0.03;
/// A question less of which may be in such languages is not read through tables at all.
const READ_FROM: f32 = 0.5;
/// Languages translated from at once.
const AT_ONCE: usize = 3;
/// Phrasings an entry from which likeness to single texts counts nothing.
const FEW: f32 = 3.0;
/// Words spelt alike from which an unknown one borrows, and how alike they must be.
const NEIGHBOURS: usize = 4;
const ALIKE_FROM: f32 = 0.5;
/// How often a word counts as seen that a person has written down.
const CERTAIN: u32 = 255;
/// Words looked at in each direction of each order of spelling.
const LOOKED_AT: usize = 24;

/// Texts one behind the other, in rising order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Pool {
    text: String,
    #[serde(with = "flat::u32s")]
    ends: Vec<u32>,
}

impl Pool {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> &str {
        let end = self.ends.get(at).copied().unwrap_or(0) as usize;
        let start = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or(0);
        self.text.get(start as usize..end).unwrap_or_default()
    }

    /// The first place whose text is not below `text`.
    fn place(&self, text: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle) < text { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// A table made for one corpus: only what leads to its stems.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Compact {
    lang: Lang,
    /// Whether the corpus has nothing in the language.
    is_foreign: bool,
    /// Otherwise the entries without phrasings in it, in rising order.
    #[serde(with = "flat::u32s")]
    lacking: Vec<u32>,
    words: Pool,
    /// How often each word was seen, 255 at most.
    #[serde(with = "flat::u8s")]
    counts: Vec<u8>,
    /// Places of the words in the order of their spelling read backwards.
    #[serde(with = "flat::u32s")]
    backwards: Vec<u32>,
    /// Where the translations of each word end.
    #[serde(with = "flat::u32s")]
    ends: Vec<u32>,
    /// Numbers of stems.
    #[serde(with = "flat::u16s")]
    stems: Vec<u16>,
    /// Their shares in hundredths.
    #[serde(with = "flat::u8s")]
    shares: Vec<u8>,
}

/// All tables of a corpus.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Translator {
    /// Stems of the corpus that any table leads to.
    stems: Pool,
    tables: Vec<Compact>,
    /// How much likeness to single texts counts.
    likeness: f32,
}

/// What a question stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Translation {
    /// Stems with how often they are expected, 0 to 1, in rising order.
    pub stems: Vec<(String, f32)>,
    /// How much each word of the question still stands for itself, 0 to 1.
    pub itself: Vec<f32>,
    /// How much of the question is read through tables, 0 to 1.
    pub share: f32,
    /// Words that a table has.
    pub known: usize,
    /// How much likeness to single texts counts beside what was learnt.
    pub likeness: f32,
    /// Entries that nothing but this reading finds, in rising order; none means all.
    pub lacking: Option<Vec<u32>>,
}

impl Translation {
    /// The stems beside those of the question itself, each once, in rising order.
    #[must_use]
    pub fn beside(&self, own: &[String]) -> Vec<(String, f32)> {
        let own = own.iter().zip(&self.itself).map(|(stem, itself)| (stem.clone(), *itself));
        let mut all: Vec<(String, f32)> = self.stems.iter().cloned().chain(own).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        all.dedup_by(|again, first| {
            let is_same = again.0 == first.0;
            if is_same {
                first.1 = 1.0 - (1.0 - first.1) * (1.0 - again.1);
            }
            is_same
        });
        all.retain(|it| it.1 > 0.0);
        all
    }
}

impl Translator {
    /// Prepares the tables of a corpus; `is_known` tells the stems that stand in its texts.
    #[must_use]
    pub fn new(corpus: &Corpus, is_known: impl Fn(&str) -> bool) -> Self {
        let drafts: Vec<Draft<'_>> = corpus
            .tables
            .iter()
            .filter(|it| corpus.settings.languages.contains(&it.pivot))
            .map(|table| Draft::of(table, corpus, &is_known))
            .filter(|it| it.is_foreign || !it.lacking.is_empty())
            .collect();
        let mut stems: Vec<&str> = drafts.iter().flat_map(Draft::stems).collect();
        stems.sort_unstable();
        stems.dedup();
        // A number has 16 bits; no reviewed corpus has that many stems that tables lead to.
        stems.truncate(usize::from(u16::MAX));
        let mut pool = Pool::default();
        stems.iter().for_each(|it| pool.push(it));
        let number = |stem: &str| stems.binary_search(&stem).ok().and_then(|it| it.try_into().ok());
        let tables = drafts.iter().map(|it| it.compact(number)).collect();
        let pivots = corpus.tables.iter().map(|it| &it.pivot).collect();
        Self { stems: pool, tables, likeness: likeness(corpus, &pivots) }
    }

    /// Whether there is a table for a language.
    #[must_use]
    pub fn speaks(&self, lang: &Lang) -> bool {
        self.tables.iter().any(|it| is_written_like(lang, &it.lang))
    }

    /// Reads words through the tables of the likeliest languages; nothing when no table applies.
    #[must_use]
    pub fn translate(
        &self,
        words: &[Word],
        languages: &[(Lang, f64)],
        own: &[Lang],
    ) -> Option<Translation> {
        let tables = self.applying(languages, own);
        let share: f32 = tables.iter().map(|it| it.1).sum();
        if share < READ_FROM {
            return None;
        }
        let of_corpus = tables.first().filter(|it| !it.0.is_foreign);
        let lacking = of_corpus.map(|it| it.0.lacking.clone());
        let mut missing: BTreeMap<u16, f32> = BTreeMap::new();
        let share = share.min(1.0);
        let mut found =
            Translation { share, lacking, likeness: self.likeness, ..Translation::default() };
        for word in words {
            let mut itself = 1.0;
            for (table, weight) in &tables {
                let meaning = table.meaning(word);
                itself -= weight * meaning.certainty;
                for (stem, share) in meaning.stems {
                    *missing.entry(stem).or_insert(1.0) *= 1.0 - (weight * share).min(1.0);
                }
            }
            found.known += usize::from(itself < 0.9);
            found.itself.push(itself.max(0.0));
        }
        let stem = |(stem, missing): (u16, f32)| {
            (self.stems.get(usize::from(stem)).to_owned(), 1.0 - missing)
        };
        found.stems = missing.into_iter().map(stem).filter(|it| it.1 > 0.001).collect();
        Some(found)
    }

    /// The tables that apply with their weight: among the corpus's languages and those of tables
    /// only, since a word of any other cannot be understood anyway.
    fn applying(&self, languages: &[(Lang, f64)], own: &[Lang]) -> Vec<(&Compact, f32)> {
        #[expect(clippy::cast_possible_truncation, reason = "a probability")]
        let small = |it: f64| it as f32;
        let speaks = |lang: &Lang| own.contains(lang) || self.speaks(lang);
        let sum: f32 = languages.iter().filter(|it| speaks(&it.0)).map(|it| small(it.1)).sum();
        let share = |lang: &Lang| {
            let of_lang = languages.iter().filter(|it| is_written_like(&it.0, lang));
            of_lang.map(|it| small(it.1)).sum::<f32>() / sum.max(f32::MIN_POSITIVE)
        };
        let mut found: Vec<(&Compact, f32)> = self
            .tables
            .iter()
            .map(|it| (it, share(&it.lang)))
            .filter(|it| it.1 >= LIKELY_FROM)
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.lang.cmp(&b.0.lang)));
        found.truncate(AT_ONCE);
        found
    }
}

/// How many questions and phrasings an entry has in some languages.
fn asked_in(entry: &Entry, is_meant: impl Fn(&Lang) -> bool) -> usize {
    let questions =
        entry.texts.iter().filter(|(lang, it)| is_meant(lang) && !it.question.is_empty());
    questions.count() + entry.phrasings.iter().filter(|it| is_meant(&it.lang)).count()
}

/// How much likeness to single texts counts beside what the model has learnt: less with every
/// phrasing an entry has to learn from, and nothing beyond a few. On dev, likeness gains 9 points
/// of R@1 where entries have one phrasing and loses 4 where they have ten.
fn likeness(corpus: &Corpus, pivots: &BTreeSet<&Lang>) -> f32 {
    let asked: usize =
        corpus.entries.iter().map(|it| asked_in(it, |lang| pivots.contains(lang))).sum();
    #[expect(clippy::cast_precision_loss, reason = "numbers of phrasings")]
    let an_entry = asked as f32 / corpus.entries.len().max(1) as f32;
    if an_entry <= FEW { 1.0 / an_entry.max(1.0) } else { 0.0 }
}

/// The entries without questions in a language.
fn lacking(corpus: &Corpus, lang: &Lang) -> Vec<u32> {
    let has_none = |it: &Entry| asked_in(it, |it| is_written_like(it, lang)) == 0;
    let entries = (0_u32..).zip(&corpus.entries);
    entries.filter(|(_, entry)| has_none(entry)).map(|(at, _)| at).collect()
}

/// Whether a table of `table` serves `lang`: the region does not matter, the script does.
fn is_written_like(lang: &Lang, table: &Lang) -> bool {
    lang.same_language(table) && lang.script_subtag() == table.script_subtag()
}

/// A table on the way to its compact form.
struct Draft<'a> {
    lang: &'a Lang,
    is_foreign: bool,
    lacking: Vec<u32>,
    /// Word by stem, with its count and its translations.
    rows: BTreeMap<String, (u32, Vec<(String, f32)>)>,
}

impl<'a> Draft<'a> {
    fn of(table: &'a Table, corpus: &Corpus, is_known: &impl Fn(&str) -> bool) -> Self {
        let mut rows: BTreeMap<String, (u32, Vec<(String, f32)>)> = BTreeMap::new();
        let by_hand = by_hand(table, &corpus.lexicon, is_known);
        for (plain, translations) in &by_hand {
            let word = stem_of(plain, &table.lang).unwrap_or_else(|| plain.clone());
            rows.insert(word, (CERTAIN, translations.clone()));
        }
        for row in &table.rows {
            let Some(word) = stem_of(&row.word, &table.lang) else { continue };
            if let Some(translations) = by_hand.get(&Analysis::of(&row.word).plain()) {
                rows.insert(word, (CERTAIN, translations.clone()));
                continue;
            }
            let (count, translations) = rows.entry(word).or_default();
            *count += row.count;
            for (translation, hundredths) in &row.translations {
                let Some(stem) = stem_of(translation, &table.pivot) else { continue };
                if is_known(&stem) {
                    translations.push((stem, f32::from(*hundredths) / 100.0));
                }
            }
        }
        let lacking = lacking(corpus, &table.lang);
        let is_foreign = lacking.len() == corpus.entries.len();
        let lacking = if is_foreign { Vec::new() } else { lacking };
        Self { lang: &table.lang, is_foreign, lacking, rows }
    }

    fn stems(&self) -> impl Iterator<Item = &str> {
        self.rows.values().flat_map(|it| it.1.iter().map(|it| it.0.as_str()))
    }

    fn compact(&self, number: impl Fn(&str) -> Option<u16>) -> Compact {
        let mut compact = Compact {
            lang: self.lang.clone(),
            is_foreign: self.is_foreign,
            lacking: self.lacking.clone(),
            words: Pool::default(),
            counts: Vec::new(),
            backwards: Vec::new(),
            ends: Vec::new(),
            stems: Vec::new(),
            shares: Vec::new(),
        };
        for (word, (count, translations)) in &self.rows {
            compact.words.push(word);
            compact.counts.push(u8::try_from(*count).unwrap_or(u8::MAX));
            for (stem, share) in translations {
                let Some(stem) = number(stem) else { continue };
                compact.stems.push(stem);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "hundredths again"
                )]
                let hundredths = (share * 100.0).round().clamp(0.0, 100.0) as u8;
                compact.shares.push(hundredths);
            }
            compact.ends.push(u32::try_from(compact.stems.len()).unwrap_or(u32::MAX));
        }
        let n = u32::try_from(compact.words.len()).unwrap_or(u32::MAX);
        let mut backwards: Vec<(String, u32)> =
            (0..n).map(|at| (backwards(compact.words.get(at as usize)), at)).collect();
        backwards.sort_unstable();
        compact.backwards = backwards.into_iter().map(|it| it.1).collect();
        compact
    }
}

/// What the lexicon says of single words of a table's language: they stand for the words that name
/// the same concept in the pivot, all alike.
fn by_hand(
    table: &Table,
    lexicon: &Lexicon,
    is_known: &impl Fn(&str) -> bool,
) -> BTreeMap<String, Vec<(String, f32)>> {
    let mut by_hand = BTreeMap::new();
    for form in lexicon.forms.iter().filter(|it| is_written_like(&it.lang, &table.lang)) {
        if form.is_brand || form.plain.contains(' ') {
            continue;
        }
        let same = lexicon.forms.iter().filter(|it| it.concept == form.concept && !it.is_brand);
        let of_pivot = same.filter(|it| it.lang == table.pivot);
        let stems: BTreeSet<String> = of_pivot
            .filter_map(|it| stem_of(&it.plain, &table.pivot))
            .filter(|it| is_known(it))
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "a number of forms")]
        let share = 1.0 / stems.len().max(1) as f32;
        if !stems.is_empty() {
            by_hand.insert(form.plain.clone(), stems.into_iter().map(|it| (it, share)).collect());
        }
    }
    by_hand
}

fn backwards(word: &str) -> String {
    word.chars().rev().collect()
}

/// What a word stands for.
#[derive(Default)]
struct Meaning {
    stems: Vec<(u16, f32)>,
    /// How certain it is that the word is one of the table, 0 to 1.
    certainty: f32,
}

impl Compact {
    fn meaning(&self, word: &Word) -> Meaning {
        if word.form.bytes().any(|b| b.is_ascii_digit()) {
            return Meaning::default();
        }
        let stem = stem::stem(word, &self.lang);
        let place = self.words.place(&stem);
        let own = (self.words.get(place) == stem && place < self.words.len()).then_some(place);
        let count = own.and_then(|it| self.counts.get(it)).map_or(0.0, |it| f32::from(*it));
        let trust = count / (count + 1.0);
        let mut stems: Vec<(u16, f32)> = own.map_or_else(Vec::new, |it| self.scaled(it, trust));
        if trust < 0.9 {
            let alike = self.alike(&stem, place);
            let best = alike.first().map_or(0.0, |it| it.1);
            let weight = |(at, alike): (usize, f32)| {
                let count = self.counts.get(at).map_or(1.0, |it| f32::from(*it));
                alike * alike * count.ln_1p()
            };
            let sum: f32 = alike.iter().map(|it| weight(*it)).sum();
            for it in alike {
                stems.extend(self.scaled(it.0, (1.0 - trust) * best * weight(it) / sum));
            }
        }
        let certainty = if own.is_some() { 1.0 } else { 0.0 };
        Meaning { stems, certainty }
    }

    /// The translations of the word at a place, their shares times `scale`.
    fn scaled(&self, at: usize, scale: f32) -> Vec<(u16, f32)> {
        let end = self.ends.get(at).copied().unwrap_or(0) as usize;
        let start = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or(0);
        let range = start as usize..end;
        let stems = self.stems.get(range.clone()).unwrap_or_default();
        let shares = self.shares.get(range).unwrap_or_default();
        stems
            .iter()
            .zip(shares)
            .map(|(it, share)| (*it, f32::from(*share) / 100.0 * scale))
            .collect()
    }

    /// Other words spelt like `word`, most alike first, ties by place. Those are looked at that
    /// begin or end like it.
    fn alike(&self, word: &str, place: usize) -> Vec<(usize, f32)> {
        let reversed = backwards(word);
        let behind =
            self.backwards.partition_point(|it| backwards(self.words.get(*it as usize)) < reversed);
        let around = |place: usize| place.saturating_sub(LOOKED_AT)..place + LOOKED_AT;
        let ends = self.backwards.get(around(behind).start..).unwrap_or_default();
        let mut places: Vec<usize> = around(place).filter(|it| *it < self.words.len()).collect();
        places.extend(ends.iter().take(2 * LOOKED_AT).map(|it| *it as usize));
        places.sort_unstable();
        places.dedup();
        let grams = Grams::of(word);
        let mut alike: Vec<(usize, f32)> = places
            .into_iter()
            .filter(|it| self.words.get(*it) != word)
            .map(|it| (it, grams.likeness(&Grams::of(self.words.get(it)))))
            .filter(|it| it.1 >= ALIKE_FROM)
            .collect();
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        alike.truncate(NEIGHBOURS);
        alike
    }
}

/// Hashes of the character 2- to 5-grams of a word with its ends, sorted.
struct Grams(Vec<u32>);

impl Grams {
    fn of(word: &str) -> Self {
        let letters: Vec<char> =
            std::iter::once('<').chain(word.chars()).chain(std::iter::once('>')).collect();
        let hash = |letters: &[char]| {
            letters
                .iter()
                .fold(0x811c_9dc5_u32, |hash, c| (hash ^ u32::from(*c)).wrapping_mul(0x0100_0193))
        };
        let mut grams: Vec<u32> = (2..=5).flat_map(|n| letters.windows(n).map(hash)).collect();
        grams.sort_unstable();
        grams.dedup();
        Self(grams)
    }

    /// Cosine of the two sets.
    fn likeness(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = 0_u16;
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let order = x.cmp(y);
            shared += u16::from(order.is_eq());
            if order.is_le() {
                a.next();
            }
            if order.is_ge() {
                b.next();
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "numbers of grams")]
        let size = (self.0.len() * other.0.len()) as f32;
        f32::from(shared) / size.sqrt().max(1.0)
    }
}
