//! Recommending approaches: from a challenge, in the words of programme staff, to one to three
//! programmatic approaches with the words that speak for them.
//!
//! Approaches have phrasings like entries, so the same kind of model is learnt from them when the
//! index is built. What it finds first also names the challenge, whose reviewed list of approaches
//! fills up what the model is not sure of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::Date;

use super::features::{Counts, Terms};
use super::matcher::stem_in;
use super::model::{EntryModel, Scored};
use super::space::Space;
use super::train::{Others, Separator, Texts};
use super::vectors::Rows;
use crate::analysis::{Analysis, Lang, Word};
use crate::corpus::{Approach, Challenge, Corpus};

/// Most approaches that are recommended at once.
pub const MAX_APPROACHES: usize = 3;
/// How much a description counts beside a phrasing.
const DESCRIPTION_WEIGHT: f32 = 0.3;
/// Words of a description that are read.
const DESCRIPTION_WORDS: usize = 60;
/// Score from which an approach fits; 1 is the middle of its phrasings, -1 that of the others. Of
/// 25 challenges and 13 other sentences written for it, it lets 20 and none through.
const FITS_FROM: f32 = -0.5;
/// Score from which it fits where at least two whole words speak for it: 3 more and none of the same.
const FITS_WITH_WORDS: f32 = -0.8;
/// Letters from which a word is a whole one here: shorter ones are mostly `who` and `the`.
const WHOLE_WORD: usize = 4;
/// How far behind the first the others may be.
const CLOSE: f32 = 0.25;
/// Share of the approaches above which a word speaks for none of them.
const COMMON: f32 = 0.25;
/// Most words of the person that are given as the reason.
const REASON_WORDS: usize = 4;

/// What to recommend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advice {
    /// One to three approaches, the most fitting first; empty when none fits.
    pub approaches: Vec<Advised>,
    /// The challenge that was probably meant; its `ask` is the one question to ask back.
    pub challenge: Option<String>,
}

/// An approach with the reason for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advised {
    /// The approach.
    pub approach: String,
    /// Its score; good for order only.
    pub score: f32,
    /// The words of the person that speak for it, as they were typed; never empty.
    pub reason: Vec<String>,
}

/// Scores approaches for challenges.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Advisor {
    space: Space,
    model: EntryModel,
    /// For each stem the places of the approaches whose texts have it.
    stems: BTreeMap<String, Vec<u32>>,
}

/// A text to learn from.
struct Text {
    approach: u32,
    weight: f32,
    terms: Terms,
}

impl Advisor {
    /// Learns from the approaches of a corpus. Deterministic; a tenth of a second for thirty.
    #[must_use]
    pub fn learn(approaches: &[Approach]) -> Self {
        let texts: Vec<Text> =
            (0..).zip(approaches).flat_map(|(place, it)| texts_of(place, it)).collect();
        let counts: Vec<Counts> = texts.iter().map(|it| Counts::of(&it.terms)).collect();
        let counts: Vec<&Counts> = counts.iter().collect();
        let places: Vec<u32> = texts.iter().map(|it| it.approach).collect();
        let space = Space::learn(&counts, &places, approaches.len());
        let mut stems: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for text in &texts {
            for stem in &text.terms.stems {
                let places = stems.entry(stem.clone()).or_default();
                // Texts come in the order of their approaches.
                if places.last() != Some(&text.approach) {
                    places.push(text.approach);
                }
            }
        }
        let mut rows = Rows::default();
        counts.iter().for_each(|it| rows.push(space.vector_of(it).iter()));
        let labels = texts.iter().map(|it| (it.approach, it.weight)).collect();
        let n_features = space.len() as usize;
        let texts = Texts::new(rows, labels, approaches.len(), n_features);
        let solutions = texts.train(|_| Others::All);
        let separators: Vec<&Separator> = solutions.iter().map(|it| &it.separator).collect();
        Self { model: EntryModel::new(&separators, n_features), space, stems }
    }

    /// The approaches that fit a challenge whose languages are known, among those served today.
    #[must_use]
    pub fn advise(
        &self,
        corpus: &Corpus,
        challenge: &str,
        languages: &[(Lang, f64)],
        today: Date,
    ) -> Advice {
        let approaches = &corpus.catalogue.approaches;
        let words = Analysis::of(challenge).words;
        let stems: Vec<String> =
            words.iter().map(|it| stem_in(&self.space, it, languages)).collect();
        let terms = Terms { words: words.clone(), stems: stems.clone(), ..Terms::default() };
        let (vector, known) = self.space.vector_and_known_grams(&terms);
        let is_served = |it: &Scored| {
            let served = |it: &Approach| it.texts.values().any(|it| it.approval.until >= today);
            approaches.get(it.entry as usize).is_some_and(served)
        };
        // The more of the text is unknown, the closer to what is no challenge at all.
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let sure = |it: Scored| Scored { score: (it.score + 1.0) * known as f32 - 1.0, ..it };
        let mut scored: Vec<Scored> = (0..)
            .zip(self.model.scores(&vector))
            .map(|(entry, score)| sure(Scored { entry, score }))
            .collect();
        scored.retain(|it| is_served(it) && it.score >= FITS_WITH_WORDS);
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry)));
        let reasons = Reasons { text: challenge, words: &words, stems: &stems, advisor: self };
        let telling =
            scored.first().map_or(0, |it| reasons.whole_words(it.entry, approaches.len()));
        let best = scored.first().map_or(0.0, |it| it.score);
        if best < FITS_FROM && telling < 2 {
            return Advice::default();
        }
        let found: Vec<Advised> = scored
            .iter()
            .filter(|it| it.score >= best - CLOSE)
            .filter_map(|it| {
                let approach = approaches.get(it.entry as usize)?.id.clone();
                let reason = reasons.of(it.entry, approaches.len());
                (!reason.is_empty()).then_some(Advised { approach, score: it.score, reason })
            })
            .take(MAX_APPROACHES)
            .collect();
        filled(found, corpus, today)
    }
}

/// Names the challenge and adds what its reviewed list has, for the same reason.
fn filled(mut found: Vec<Advised>, corpus: &Corpus, today: Date) -> Advice {
    let Some(first) = found.first().cloned() else { return Advice::default() };
    let named = |it: &&Challenge| it.approaches.contains(&first.approach);
    let hits = |it: &Challenge| {
        found.iter().filter(|advised| it.approaches.contains(&advised.approach)).count()
    };
    // Of equals the one that names the first approach earliest, then the earlier one.
    let place = |it: &Challenge| it.approaches.iter().position(|id| *id == first.approach);
    let challenge = corpus
        .catalogue
        .challenges
        .iter()
        .filter(named)
        .min_by_key(|it| (std::cmp::Reverse(hits(it)), place(it)));
    for id in challenge.into_iter().flat_map(|it| &it.approaches) {
        let is_new = found.iter().all(|it| it.approach != *id);
        let approach = corpus.catalogue.approach(id).filter(|_| is_new);
        let served = |it: &Approach| it.texts.values().any(|it| it.approval.until >= today);
        if approach.is_some_and(served) && found.len() < MAX_APPROACHES {
            found.push(Advised { approach: id.clone(), ..first.clone() });
        }
    }
    Advice { approaches: found, challenge: challenge.map(|it| it.id.clone()) }
}

/// The texts of an approach: phrasings and names whole, descriptions for a little.
fn texts_of(place: u32, approach: &Approach) -> Vec<Text> {
    let text = |lang: &Lang, text: &str, weight: f32| {
        let mut words = Analysis::of(text).words;
        words.truncate(DESCRIPTION_WORDS);
        Text { approach: place, weight, terms: Terms::of(&words, lang) }
    };
    let phrasings = approach.phrasings.iter().map(|it| text(&it.lang, &it.text, 1.0));
    let descriptions = approach.texts.iter().flat_map(|(lang, it)| {
        let name = format!("{} {}", it.name, it.summary);
        [text(lang, &name, 1.0), text(lang, &it.text, DESCRIPTION_WEIGHT)]
    });
    phrasings.chain(descriptions).collect()
}

/// Finds the words that speak for an approach.
struct Reasons<'a> {
    text: &'a str,
    words: &'a [Word],
    stems: &'a [String],
    advisor: &'a Advisor,
}

impl Reasons<'_> {
    /// The words in the order of the text; those that stand together are given together.
    fn of(&self, approach: u32, n_approaches: usize) -> Vec<String> {
        self.joined(&self.places(approach, n_approaches))
    }

    /// How many of the words are long enough to mean something.
    fn whole_words(&self, approach: u32, n_approaches: usize) -> usize {
        let places = self.places(approach, n_approaches);
        let words = places.iter().filter_map(|at| self.words.get(*at));
        words.filter(|it| it.form.chars().count() >= WHOLE_WORD).count()
    }

    /// Places of the words that speak for an approach, those that few approaches share first
    /// chosen, in the order of the text.
    fn places(&self, approach: u32, n_approaches: usize) -> Vec<usize> {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of approaches"
        )]
        let most = ((n_approaches as f32 * COMMON) as usize).max(1);
        let mut seen = BTreeSet::new();
        let mut telling: Vec<(usize, usize)> = Vec::new();
        for (at, stem) in self.stems.iter().enumerate() {
            let Some(places) = self.advisor.stems.get(stem) else { continue };
            let speaks = places.len() <= most && places.binary_search(&approach).is_ok();
            if speaks && seen.insert(stem) {
                telling.push((places.len(), at));
            }
        }
        telling.sort_unstable();
        telling.truncate(REASON_WORDS);
        let mut places: Vec<usize> = telling.into_iter().map(|(_, at)| at).collect();
        places.sort_unstable();
        places
    }

    fn joined(&self, places: &[usize]) -> Vec<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for at in places {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *at => *last = *at,
                _ => runs.push((*at, *at)),
            }
        }
        let slice = |(first, last): (usize, usize)| {
            let span = self.words.get(first)?.start..self.words.get(last)?.end;
            self.text.get(span).map(str::to_owned)
        };
        runs.into_iter().filter_map(slice).collect()
    }
}
