//! The alarm: from how like danger a message is to the probability that it is danger.
//!
//! A logistic model over the scores of all classes, fitted to texts that were held out. One
//! threshold on the probability asks less likeness of the classes that ordinary questions seldom
//! come near, and more of a text of which little is known.

use serde::{Deserialize, Serialize};

use super::danger_texts::ORDINARY;
use super::logistic::{Case, Logistic, sigmoid};

/// Numbers a message is weighed by.
const N_WEIGHTS: usize = 13;
/// How firmly the weights stay near zero: with few examples they say little.
const PRECISION: f64 = 1.0;
/// Plain questions in a thousand that may raise the alarm when they are held out.
const FALSE_ALARMS: usize = 10;

/// What is known of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Signs {
    /// Scores of the classes.
    pub(super) classes: [f64; ORDINARY as usize],
    /// Score of what is no danger.
    pub(super) ordinary: f64,
    /// Share of its letters that is known.
    pub(super) known: f64,
    /// How many concepts it names a word.
    pub(super) concepts: f64,
    /// Number of words.
    pub(super) n_words: usize,
}

impl Signs {
    /// The class with the highest score; the most urgent of equals.
    pub(super) fn first(&self) -> (usize, f64) {
        let mut best = (0, f64::NEG_INFINITY);
        for (at, score) in self.classes.iter().enumerate() {
            if *score > best.1 {
                best = (at, *score);
            }
        }
        best
    }

    /// Half says that it is like a class, half that it is unlike ordinary texts. The more of it is
    /// unknown, the closer to ordinary: else a greeting that shares one group of letters with an
    /// example would pass for it.
    pub(super) fn score(&self) -> f64 {
        ((self.first().1 - self.ordinary) / 2.0 + 1.0) * self.known - 1.0
    }

    fn row(&self) -> Vec<f64> {
        let (class, first) = self.first();
        let others = (0..).zip(&self.classes).filter(|(at, _)| *at != class).map(|it| *it.1);
        let second = others.fold(f64::NEG_INFINITY, f64::max);
        let length = f64::from(u32::try_from(self.n_words).unwrap_or(u32::MAX)).ln_1p();
        let mut row = vec![1.0, first, second, self.ordinary, self.known, self.score()];
        row.extend([self.concepts.min(1.0), length]);
        row.extend((0..self.classes.len()).map(|at| f64::from(u8::from(at == class))));
        row
    }
}

/// Tells from the signs of a message how likely it is danger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Alarm {
    model: Logistic,
    /// Probability from which a message is a red flag; more than 1 when nothing was learnt.
    threshold: f64,
}

/// A text that was held out.
pub(super) struct Held {
    pub(super) signs: Signs,
    pub(super) is_danger: bool,
    /// Whether it counts as a false alarm if it is taken for danger.
    pub(super) is_plain: bool,
}

impl Alarm {
    /// Fits the model, and sets the threshold so that [`FALSE_ALARMS`] of the plain texts reach it.
    pub(super) fn fit(held: &[Held]) -> Self {
        let cases: Vec<Case> = held.iter().map(|it| (it.signs.row(), it.is_danger, 1.0)).collect();
        let model = Logistic::fit(&[0.0; N_WEIGHTS], &[PRECISION; N_WEIGHTS], &cases);
        let mut alarm = Self { model, threshold: 0.0 };
        let plain = held.iter().filter(|it| it.is_plain);
        let mut found: Vec<f64> = plain.map(|it| alarm.probability(&it.signs)).collect();
        found.sort_by(|a, b| b.total_cmp(a));
        alarm.threshold = found.get(found.len() * FALSE_ALARMS / 1000).copied().unwrap_or(2.0);
        alarm
    }

    /// The probability that a message is danger, among as many examples as were learnt from.
    pub(super) fn probability(&self, signs: &Signs) -> f64 {
        sigmoid(self.model.logit(&signs.row()))
    }

    /// Probability from which a message is a red flag.
    pub(super) fn threshold(&self) -> f64 {
        self.threshold
    }
}
