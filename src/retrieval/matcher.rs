//! The matcher: reads a question, scores every entry, and reads the signals off the list.
//!
//! Everything it knows is learnt from the texts it was given, so that a part of a corpus can be
//! held out and asked (see [`super::selfsample`]).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::concepts::Concepts;
use super::features::{Counts, Space, Terms, Vector};
use super::model::{self, EntryModel, Scored};
use super::negatives::Near;
use super::signals::Signals;
use super::spelling::Speller;
use super::train::{self, Example};
use super::translation::Translation;
use super::vectors::Lists;
use crate::analysis::{Analysis, Lang, Word, stem};
use crate::index::{Document, Index, Kind};

/// How much an answer counts beside a phrasing. 0.3 gained most on the dev splits.
const ANSWER_WEIGHT: f32 = 0.3;
/// Words of an answer that are read: its first sentences say what it is about.
const ANSWER_WORDS: usize = 60;
/// Languages with less probability than this do not lend their stemmer.
const STEMMING_FROM: f64 = 0.05;
/// A question of which more is read through tables has no spelling to be corrected: its words are
/// foreign, not wrong.
const CORRECTED_BELOW: f32 = 0.5;

/// A document with the words that matching reads.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The entry it belongs to.
    pub entry: u32,
    /// Its language.
    pub lang: Lang,
    /// Whether it is an answer.
    pub is_answer: bool,
    /// Its words.
    pub words: Vec<Word>,
    /// Their stems.
    pub stems: Vec<String>,
    /// Its features.
    pub counts: Counts,
}

impl Sample {
    /// Analyses the documents.
    #[must_use]
    pub fn of(documents: &[Document<'_>], concepts: &Concepts) -> Vec<Self> {
        documents.iter().map(|it| Self::of_one(it, concepts)).collect()
    }

    fn of_one(document: &Document<'_>, concepts: &Concepts) -> Self {
        let is_answer = document.kind == Kind::Answer;
        let mut words = Analysis::of(document.text).words;
        if is_answer {
            words.truncate(ANSWER_WORDS);
        }
        let mut terms = Terms::of(&words, document.lang);
        terms.concepts = concepts.find(&words, |lang| lang == document.lang);
        let (lang, counts) = (document.lang.clone(), Counts::of(&terms));
        Self { entry: document.entry, lang, is_answer, words, stems: terms.stems, counts }
    }
}

/// A sample to learn from, with the number its entry has in this round.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// Place among all documents of the index.
    pub place: u32,
    /// The entry.
    pub entry: u32,
    /// The text.
    pub sample: &'a Sample,
}

/// The languages of a question.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// How likely each of the corpus's languages is.
    pub spoken: &'a [(Lang, f64)],
    /// How likely each language is.
    pub all: &'a [(Lang, f64)],
    /// What the words stand for in the corpus's languages.
    pub translation: Option<&'a Translation>,
}

impl<'a> Heard<'a> {
    /// Languages of a corpus, without any translation.
    #[must_use]
    pub fn only(spoken: &'a [(Lang, f64)]) -> Self {
        Self { spoken, all: spoken, translation: None }
    }
}

/// A question as the matcher sees it.
#[derive(Debug)]
pub struct Reading {
    /// Its features.
    pub vector: Vector,
    /// Its stems with how much each counts, 0 to 1.
    pub stems: Vec<(String, f32)>,
    /// How much of it was read through tables, 0 to 1.
    pub translated: f32,
    /// Words that were taken for others: typed, known.
    pub corrections: Vec<(String, String)>,
    /// Share of the weight of its n-grams, as typed, that the corpus knows.
    pub known_grams: f64,
    /// Words the corpus knows, corrected ones not counted.
    pub known_words: usize,
    /// Number of words.
    pub n_words: usize,
}

/// Scores entries for questions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Matcher {
    /// The features.
    pub space: Space,
    /// The weights.
    pub model: EntryModel,
    /// The known words.
    pub speller: Speller,
    /// What words mean.
    concepts: Arc<Concepts>,
    /// The words and pairs of every phrasing, by place.
    phrasings: Lists,
    /// For each entry its phrasings.
    of_entry: Lists,
    /// For each entry the stems of all its texts.
    stems: Lists,
}

impl Matcher {
    /// Learns from samples of the entries 0 to `n_entries`.
    #[must_use]
    pub fn learn(
        samples: &[Placed<'_>],
        n_entries: usize,
        index: &Index,
        concepts: Arc<Concepts>,
    ) -> Self {
        let entries: Vec<u32> = samples.iter().map(|it| it.entry).collect();
        let counts: Vec<&Counts> = samples.iter().map(|it| &it.sample.counts).collect();
        let (space, vectors) = Space::learn(&counts, &entries, n_entries);
        let n_features = space.len() as usize;
        let stems = stems_of_entries(&space, samples, n_entries);
        let (phrasings, of_entry) = phrasings(&space, samples, &vectors, n_entries);
        let examples: Vec<Example> = samples
            .iter()
            .zip(vectors)
            .map(|(it, vector)| Example {
                vector,
                entry: it.entry,
                weight: if it.sample.is_answer { ANSWER_WEIGHT } else { 1.0 },
            })
            .collect();
        let near = Near::new(samples, n_entries, index);
        let separators = train::train(&examples, n_entries, n_features, &near);
        let model = EntryModel::new(separators, n_features);
        let speller = Speller::learn(samples.iter().map(|it| it.sample.words.as_slice()));
        Self { space, model, speller, concepts, phrasings, of_entry, stems }
    }

    /// Corrects, stems and maps the words into the feature space.
    #[must_use]
    pub fn read(&self, words: &[Word], heard: Heard<'_>) -> Reading {
        let languages = heard.spoken;
        let foreign = heard.translation.is_some_and(|it| it.share > CORRECTED_BELOW);
        let stems: Vec<String> = words.iter().map(|it| self.stem(it, languages)).collect();
        let is_known = |word: &Word, stem: &str| {
            foreign
                || self.speller.knows(&word.form)
                || self.space.stem(stem).is_some()
                || self.concepts.knows(&word.form)
        };
        let known: Vec<bool> = words.iter().zip(&stems).map(|(w, s)| is_known(w, s)).collect();
        let corrected = self.speller.corrected(words, &known);
        let corrections = corrected.as_ref().map_or_else(Vec::new, |corrected| {
            let changed = words.iter().zip(corrected).filter(|(a, b)| a.form != b.form);
            changed.map(|(a, b)| (a.form.clone(), b.form.clone())).collect()
        });
        let stems = match &corrected {
            None => stems,
            Some(read) => read.iter().map(|it| self.stem(it, languages)).collect(),
        };
        let typed = corrected.is_some().then(|| words.to_vec());
        let read = corrected.unwrap_or_else(|| words.to_vec());
        let likely =
            |lang: &Lang| heard.all.iter().any(|(it, share)| it == lang && *share >= STEMMING_FROM);
        let concepts = self.concepts.find(&read, likely);
        let terms = Terms { words: read, stems, typed, concepts };
        let (counts, stems) = match heard.translation {
            Some(it) => (Counts::translated(&terms, it), it.beside(&terms.stems)),
            None => (Counts::of(&terms), terms.stems.iter().map(|it| (it.clone(), 1.0)).collect()),
        };
        Reading {
            vector: self.space.vector_of(&counts),
            translated: heard.translation.map_or(0.0, |it| it.share),
            known_grams: self.space.known_grams(words),
            stems,
            corrections,
            known_words: heard.translation.map_or(0, |it| it.known)
                + known.iter().filter(|it| **it && !foreign).count(),
            n_words: words.len(),
        }
    }

    fn stem(&self, word: &Word, languages: &[(Lang, f64)]) -> String {
        stem_in(&self.space, word, languages)
    }

    /// The scores of all entries; in a large corpus, of the entries that `find` names for stems.
    #[must_use]
    pub fn scores(
        &self,
        reading: &Reading,
        find: impl Fn(&[(String, f32)]) -> Vec<u32>,
    ) -> Vec<Scored> {
        let candidates = if self.model.is_exhaustive() { Vec::new() } else { find(&reading.stems) };
        self.model.scores(&reading.vector, &candidates)
    }

    /// The signals of a list: its best entry, the score of the next, and all scores.
    #[must_use]
    pub fn signals(
        &self,
        reading: &Reading,
        scores: &[Scored],
        first: Scored,
        second: Option<f32>,
    ) -> Signals {
        let own: Vec<u32> = self.stems.get(first.entry as usize).map(|(stem, _)| stem).collect();
        let coverage = self.space.coverage(&reading.stems, &own);
        Signals {
            best: f64::from(first.score),
            margin: f64::from(first.score - second.unwrap_or(-1.0)),
            crowd: Signals::crowd_of(scores, first.score),
            outlier: Signals::outlier_of(scores, first.score),
            length: length(reading.n_words),
            nearest: self.nearest(&reading.vector, first.entry).1,
            rare: coverage.rare,
            distinctive: coverage.distinctive,
            known_grams: reading.known_grams,
        }
    }

    /// The phrasing of an entry whose words are closest, with the cosine; ties by place.
    #[must_use]
    pub fn nearest(&self, question: &Vector, entry: u32) -> (Option<u32>, f64) {
        let mut best = (None, 0.0_f32);
        for (phrasing, _) in self.of_entry.get(entry as usize) {
            let cosine = model::dot(question, self.phrasings.get(phrasing as usize));
            if best.0.is_none() || cosine > best.1 {
                best = (Some(phrasing), cosine);
            }
        }
        (best.0, f64::from(best.1))
    }
}

/// The stem in the likeliest language that gives a stem the space knows.
///
/// People mix languages within a question, so each word chooses for itself.
pub(super) fn stem_in(space: &Space, word: &Word, languages: &[(Lang, f64)]) -> String {
    let mut first = None;
    for (lang, probability) in languages {
        if *probability < STEMMING_FROM && first.is_some() {
            break;
        }
        let stem = stem::stem(word, lang);
        if space.stem(&stem).is_some() {
            return stem;
        }
        first.get_or_insert(stem);
    }
    first.unwrap_or_else(|| word.form.clone())
}

fn length(n_words: usize) -> f64 {
    f64::from(u32::try_from(n_words).unwrap_or(u32::MAX)).ln_1p()
}

/// For each entry the stems of all its texts, in rising order.
fn stems_of_entries(space: &Space, samples: &[Placed<'_>], n_entries: usize) -> Lists {
    let mut stems: Vec<Vec<u32>> = vec![Vec::new(); n_entries];
    for it in samples {
        if let Some(list) = stems.get_mut(it.entry as usize) {
            list.extend(it.sample.stems.iter().filter_map(|it| space.stem(it)));
        }
    }
    let mut lists = Lists::default();
    for mut list in stems {
        list.sort_unstable();
        list.dedup();
        lists.push(list.into_iter().map(|stem| (stem, 0.0)));
    }
    lists
}

/// The word features of every phrasing by its place, and for each entry the places.
fn phrasings(
    space: &Space,
    samples: &[Placed<'_>],
    vectors: &[Vector],
    n_entries: usize,
) -> (Lists, Lists) {
    let mut phrasings = Lists::default();
    let mut of_entry: Vec<Vec<u32>> = vec![Vec::new(); n_entries];
    for (it, vector) in samples.iter().zip(vectors) {
        if it.sample.is_answer {
            continue;
        }
        let place = phrasings.len();
        phrasings.push(vector.iter().take_while(|(feature, _)| space.is_word(*feature)));
        if let Some(list) = of_entry.get_mut(it.entry as usize) {
            list.push(place);
        }
    }
    let mut places = Lists::default();
    for list in of_entry {
        places.push(list.into_iter().map(|place| (place, 0.0)));
    }
    (phrasings, places)
}
