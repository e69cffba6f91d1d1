//! The matcher: reads a question, scores every entry, and reads the signals off the list.
//!
//! Everything it knows is learnt from the texts it was given, so that a part of a corpus can be
//! held out and asked (see [`super::selfsample`]).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::concepts::Concepts;
use super::features::{Counts, Terms};
use super::model::{EntryModel, Scored};
use super::parallel;
use super::phrasings::Phrasings;
use super::signals::Signals;
use super::space::Space;
use super::spelling::Speller;
use super::translation::Translation;
use super::vectors::{Sets, Vector};
use crate::analysis::{Analysis, Lang, Word, stem};
use crate::index::{Document, Kind};

/// Words of an answer that are read: its first sentences say what it is about.
const ANSWER_WORDS: usize = 60;
/// Languages with less probability than this do not lend their stemmer.
pub(super) const STEMMING_FROM: f64 = 0.05;
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
        parallel::map(documents, |it| Self::of_one(it, concepts))
    }

    fn of_one(document: &Document<'_>, concepts: &Concepts) -> Self {
        let is_answer = document.kind == Kind::Answer;
        let mut words = Analysis::of(document.text).words;
        if is_answer {
            words.truncate(ANSWER_WORDS);
        }
        let mut terms = Terms::of(&words, document.lang);
        terms.concepts = concepts.find(&words, |lang| lang == document.lang);
        let counts = Counts::of(&terms);
        let counts = if is_answer { counts.without_pairs() } else { counts };
        let lang = document.lang.clone();
        Self { entry: document.entry, lang, is_answer, words, stems: terms.stems, counts }
    }
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
    /// Its words, corrected, and their stems.
    pub terms: Terms,
    /// The stems it is read as through tables, each with how often it is expected, 0 to 1.
    pub expected: Option<Vec<(String, f32)>>,
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

impl Reading {
    /// What it is read as: stems with how much each counts, 0 to 1.
    #[must_use]
    pub fn stems(&self) -> Vec<(&str, f32)> {
        match &self.expected {
            Some(expected) => expected.iter().map(|(stem, q)| (stem.as_str(), *q)).collect(),
            None => self.terms.stems.iter().map(|it| (it.as_str(), 1.0)).collect(),
        }
    }
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
    pub(super) concepts: Arc<Concepts>,
    /// The words and pairs of every phrasing.
    pub(super) phrasings: Phrasings,
    /// For each entry its phrasings.
    pub(super) of_entry: Sets,
    /// For each entry the stems of all its texts, rising.
    pub(super) stems: Sets,
}

impl Matcher {
    /// Corrects, stems and maps the words into the feature space.
    #[must_use]
    pub fn read(&self, words: &[Word], heard: Heard<'_>) -> Reading {
        let foreign = heard.translation.is_some_and(|it| it.share > CORRECTED_BELOW);
        let stems: Vec<String> = words.iter().map(|it| self.stem(it, heard.spoken)).collect();
        let is_known = |word: &Word, stem: &str| {
            self.speller.knows(&word.form)
                || self.space.stem(stem).is_some()
                || self.concepts.knows(&word.form)
        };
        let known: Vec<bool> =
            words.iter().zip(&stems).map(|(w, s)| foreign || is_known(w, s)).collect();
        let corrected = self.speller.corrected(words, &known);
        let corrections = corrected.as_ref().map_or_else(Vec::new, |corrected| {
            let changed = words.iter().zip(corrected).filter(|(a, b)| a.form != b.form);
            changed.map(|(a, b)| (a.form.clone(), b.form.clone())).collect()
        });
        let stems = match &corrected {
            None => stems,
            Some(read) => read.iter().map(|it| self.stem(it, heard.spoken)).collect(),
        };
        let typed = corrected.is_some().then(|| words.to_vec());
        let read = corrected.unwrap_or_else(|| words.to_vec());
        let likely =
            |lang: &Lang| heard.all.iter().any(|(it, share)| it == lang && *share >= STEMMING_FROM);
        let concepts = self.concepts.find(&read, likely);
        let terms = Terms { words: read, stems, typed, concepts };
        let expected = heard.translation.map(|it| it.beside(&terms.stems));
        let counts = match &expected {
            Some(expected) => Counts::of_expected(&terms, expected),
            None => Counts::of(&terms),
        };
        Reading {
            vector: self.space.vector_of(&counts),
            expected,
            translated: heard.translation.map_or(0.0, |it| it.share),
            known_grams: self.space.known_grams(words),
            terms,
            corrections,
            known_words: heard.translation.map_or(0, |it| it.known)
                + known.iter().filter(|it| **it && !foreign).count(),
            n_words: words.len(),
        }
    }

    fn stem(&self, word: &Word, languages: &[(Lang, f64)]) -> String {
        stem_in(&self.space, word, languages)
    }

    /// The scores of all entries, in their order.
    #[must_use]
    pub fn scores(&self, reading: &Reading) -> Vec<f32> {
        self.model.scores(&reading.vector)
    }

    /// The signals of a list: its best entry, the score of the next, and all scores.
    #[must_use]
    pub fn signals(
        &self,
        reading: &Reading,
        scores: &[f32],
        first: Scored,
        second: Option<f32>,
    ) -> Signals {
        let own = self.stems.get(first.entry as usize);
        let coverage = self.space.coverage(reading.stems(), own);
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
        for phrasing in self.of_entry.get(entry as usize) {
            let cosine = self.phrasings.dot(*phrasing as usize, question, &self.space);
            if best.0.is_none() || cosine > best.1 {
                best = (Some(*phrasing), cosine);
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
