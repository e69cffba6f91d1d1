//! The danger model: messages that no rule foresaw, recognised by their likeness to examples.
//!
//! Learnt when the index is built, in the same kind of space and by the same training as the entry
//! model: the examples of every class in all languages, against the look-alikes of the red flags
//! and everything people ask otherwise (`danger_texts`). The concepts of the lexicon let
//! an example in one language teach all others.

use serde::{Deserialize, Serialize};

use super::alarm::{Alarm, Held, Signs};
use super::concepts::Concepts;
use super::danger_texts::{self, ORDINARY, Text};
use super::features::{Counts, Terms};
use super::matcher::stem_in;
use super::model::EntryModel;
use super::parallel;
use super::space::Space;
use super::train::{Others, Separator, Texts};
use super::vectors::Rows;
use crate::analysis::{Lang, Word};
use crate::corpus::DangerClass;

/// Weights smaller than this are left out: half of them, and hardly anything is missed for it.
const NEGLIGIBLE: f32 = 0.05;
/// Of so many texts one is held out to fit the alarm.
const HELD_OUT: usize = 3;

/// Tells danger from ordinary questions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DangerModel {
    space: Space,
    model: EntryModel,
    alarm: Alarm,
}

impl DangerModel {
    /// Learns from the texts of a corpus. Deterministic.
    pub(super) fn learn(texts: &[Text]) -> Self {
        let all: Vec<&Text> = texts.iter().collect();
        let (held, model) = parallel::both(|| held_out(texts), || Self::of(&all));
        Self { alarm: Alarm::fit(&held), ..model }
    }

    fn of(texts: &[&Text]) -> Self {
        let counts: Vec<&Counts> = texts.iter().map(|it| &it.counts).collect();
        // A word tells by how it is spread over the dangers and all else.
        let coarse: Vec<u32> = texts.iter().map(|it| it.kind.min(ORDINARY)).collect();
        let space = Space::learn(&counts, &coarse, ORDINARY as usize + 1);
        let mut rows = Rows::default();
        parallel::map(&counts, |it| space.vector_of(it)).iter().for_each(|it| rows.push(it.iter()));
        let n_features = space.len() as usize;
        let separators = separators(texts, rows, n_features);
        let model = EntryModel::new(&separators.iter().collect::<Vec<_>>(), n_features);
        Self { space, model, alarm: Alarm::default() }
    }

    /// The class of a message that is like danger.
    #[must_use]
    pub fn class(&self, likeness: Likeness) -> Option<DangerClass> {
        (likeness.probability >= self.threshold()).then_some(likeness.class)
    }

    /// The probability from which a message is a red flag.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.alarm.threshold()
    }

    /// How like danger a message is.
    #[must_use]
    pub fn likeness(
        &self,
        words: &[Word],
        languages: &[(Lang, f64)],
        concepts: &Concepts,
    ) -> Likeness {
        let stems = words.iter().map(|it| stem_in(&self.space, it, languages)).collect();
        let concepts = danger_texts::meanings(concepts, words, languages);
        let terms = Terms { words: words.to_vec(), stems, concepts, ..Terms::default() };
        let signs = self.signs(&danger_texts::counts(&terms), words.len());
        let class = DangerClass::ALL.get(signs.first().0).copied();
        Likeness {
            score: signs.score(),
            probability: self.alarm.probability(&signs),
            class: class.unwrap_or(DangerClass::Emergency),
        }
    }

    fn signs(&self, counts: &Counts, n_words: usize) -> Signs {
        let scores = self.model.scores(&self.space.vector_of(counts));
        let (classes, ordinary) = scores.split_at(scores.len().min(ORDINARY as usize));
        Signs {
            classes: std::array::from_fn(|at| classes.get(at).map_or(-1.0, |it| f64::from(*it))),
            ordinary: ordinary.iter().copied().max_by(f32::total_cmp).map_or(1.0, f64::from),
            known: self.space.known_share(&counts.grams),
            concepts: f64::from(counts.concept_share),
            n_words,
        }
    }
}

/// How like danger a message is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// 1 is the middle of the examples, -1 that of ordinary texts.
    pub score: f64,
    /// How likely it is danger.
    pub probability: f64,
    /// The class it is most like.
    pub class: DangerClass,
}

/// Danger told from everything, and what is ordinary from danger alone.
fn separators(texts: &[&Text], rows: Rows, n_features: usize) -> Vec<Separator> {
    let labels = texts.iter().map(|it| (it.kind, it.weight())).collect();
    let n_kinds = texts.iter().map(|it| it.kind + 1).max().unwrap_or(0).max(ORDINARY + 1);
    let dangers: Vec<u32> =
        (0..).zip(texts).filter(|(_, it)| it.is_danger()).map(|(at, _)| at).collect();
    let others = |kind| if kind < ORDINARY { Others::All } else { Others::These(dangers.clone()) };
    let solutions = Texts::new(rows, labels, n_kinds as usize, n_features).train(others);
    let mut separators: Vec<Separator> = solutions.into_iter().map(|it| it.separator).collect();
    for separator in &mut separators {
        separator.weights.retain(|(_, weight)| weight.abs() >= NEGLIGIBLE);
    }
    separators
}

/// The signs of the texts held out, in the eyes of a model that has not seen them.
fn held_out(texts: &[Text]) -> Vec<Held> {
    let is_held = |it: &Text| it.group.is_some_and(|group| group % HELD_OUT == 0);
    let (held, kept): (Vec<&Text>, Vec<&Text>) = texts.iter().partition(|it| is_held(it));
    // Learnt anew, not trained on as the matcher's folds are: that was tried and set the threshold
    // too low.
    let model = DangerModel::of(&kept);
    parallel::map(&held, |it| Held {
        signs: model.signs(&it.counts, it.words.len()),
        is_danger: it.is_danger(),
        is_plain: it.is_plain,
    })
}
