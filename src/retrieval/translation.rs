//! Translation: what a question's words stand for in a language of the corpus.
//!
//! Read between analysis and the matcher. Each word becomes a distribution over stems of the
//! pivot, by the tables of the languages the question may be in, weighed by how likely each is and
//! how much the corpus needs it. A word no table has borrows from those spelt alike and also stands
//! for itself: names, brands and numbers are the same in many languages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::glossary::{Draft, Glossary, Stems};
use super::pool::Pool;
use crate::analysis::{Lang, Word};
use crate::corpus::{Corpus, Entry, Table};

/// Languages with less probability are not translated from.
const LIKELY_FROM: f32 = 0.03;
/// A question less of which may be in such languages is not read through tables at all.
const READ_FROM: f32 = 0.5;
/// Languages translated from at once.
const AT_ONCE: usize = 3;
/// Words of a question that are read through tables.
const MAX_WORDS: usize = 60;
/// Stems a question is read as; of a long one the likeliest.
const MAX_STEMS: usize = 400;
/// Phrasings an entry from which likeness to single texts counts nothing.
const FEW: f32 = 3.0;
/// A table with what the corpus has in its language.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tongue {
    glossary: Glossary,
    /// Whether the corpus has nothing in the language.
    is_foreign: bool,
    /// Otherwise the entries without phrasings in it, in rising order.
    lacking: Vec<u32>,
}

impl Tongue {
    fn new(glossary: Glossary, corpus: &Corpus) -> Self {
        let lacking = lacking(corpus, &glossary.lang);
        let is_foreign = lacking.len() == corpus.entries.len();
        let lacking = if is_foreign { Vec::new() } else { lacking };
        Self { glossary, is_foreign, lacking }
    }

    fn is_needed(&self) -> bool {
        self.is_foreign || !self.lacking.is_empty()
    }
}

/// All tables of a corpus.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Translator {
    /// Stems of the corpus that any table leads to.
    stems: Pool,
    tables: Vec<Tongue>,
    /// The languages they are read into.
    pivots: BTreeSet<Lang>,
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
        let is_wanted = |it: &&Table| {
            corpus.settings.languages.contains(&it.pivot) && !lacking(corpus, &it.lang).is_empty()
        };
        let wanted: Vec<&Table> = corpus.tables.iter().filter(is_wanted).collect();
        let mut known = Stems::new(is_known);
        let drafts: Vec<Draft<'_>> =
            wanted.iter().map(|it| Draft::of(it, &corpus.lexicon, &mut known)).collect();
        let mut stems: Vec<&str> = drafts.iter().flat_map(Draft::stems).collect();
        stems.sort_unstable();
        stems.dedup();
        // A number has 16 bits; no reviewed corpus has that many stems that tables lead to.
        stems.truncate(usize::from(u16::MAX));
        let mut pool = Pool::default();
        stems.iter().for_each(|it| pool.push(it));
        let number = |stem: &str| stems.binary_search(&stem).ok().and_then(|it| it.try_into().ok());
        let tables =
            drafts.iter().map(|it| Tongue::new(Glossary::of(it, number), corpus)).collect();
        let pivots = wanted.iter().map(|it| it.pivot.clone()).collect();
        let likeness = likeness(corpus, &pivots);
        Self { stems: pool, tables, pivots, likeness }
    }

    /// The same tables beside another corpus.
    #[must_use]
    pub fn beside(&self, corpus: &Corpus) -> Self {
        let tongue = |it: &Tongue| Tongue::new(it.glossary.clone(), corpus);
        let tables = self.tables.iter().map(tongue).filter(Tongue::is_needed).collect();
        Self { tables, likeness: likeness(corpus, &self.pivots), ..self.clone() }
    }

    /// Whether there is a table for a language.
    #[must_use]
    pub fn speaks(&self, lang: &Lang) -> bool {
        self.tables.iter().any(|it| is_written_like(lang, &it.glossary.lang))
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
        for word in words.iter().take(MAX_WORDS) {
            let mut itself = 1.0;
            for (table, weight) in &tables {
                let meaning = table.glossary.meaning(word);
                itself -= if meaning.is_own { *weight } else { 0.0 };
                for (stem, share) in meaning.stems {
                    *missing.entry(stem).or_insert(1.0) *= 1.0 - (weight * share).min(1.0);
                }
            }
            found.known += usize::from(itself < 0.9);
            found.itself.push(itself.max(0.0));
        }
        let stem = |(stem, missing): (u16, f32)| {
            (self.stems.get(stem.into()).unwrap_or_default().to_owned(), 1.0 - missing)
        };
        let mut likely: Vec<(u16, f32)> = missing.into_iter().filter(|it| it.1 < 0.999).collect();
        if likely.len() > MAX_STEMS {
            likely.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            likely.truncate(MAX_STEMS);
            likely.sort_unstable_by_key(|it| it.0);
        }
        found.stems = likely.into_iter().map(stem).collect();
        Some(found)
    }

    /// The tables that apply with their weight: among the corpus's languages and those of tables
    /// only, since a word of any other cannot be understood anyway.
    fn applying(&self, languages: &[(Lang, f64)], own: &[Lang]) -> Vec<(&Tongue, f32)> {
        #[expect(clippy::cast_possible_truncation, reason = "a probability")]
        let small = |it: f64| it as f32;
        let speaks = |lang: &Lang| own.contains(lang) || self.speaks(lang);
        let sum: f32 = languages.iter().filter(|it| speaks(&it.0)).map(|it| small(it.1)).sum();
        let share = |lang: &Lang| {
            let of_lang = languages.iter().filter(|it| is_written_like(&it.0, lang));
            of_lang.map(|it| small(it.1)).sum::<f32>() / sum.max(f32::MIN_POSITIVE)
        };
        let mut found: Vec<(&Tongue, f32)> = self
            .tables
            .iter()
            .map(|it| (it, share(&it.glossary.lang)))
            .filter(|it| it.1 >= LIKELY_FROM)
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.glossary.lang.cmp(&b.0.glossary.lang)));
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
fn likeness(corpus: &Corpus, pivots: &BTreeSet<Lang>) -> f32 {
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
pub(super) fn is_written_like(lang: &Lang, table: &Lang) -> bool {
    lang.same_language(table) && lang.script_subtag() == table.script_subtag()
}
