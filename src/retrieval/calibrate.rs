//! Calibration: what the ranked list is worth.
//!
//! Two logistic models over the [`Signals`]: one says whether the corpus has an answer at all, one
//! whether the first candidate is right if it has. Their product is the confidence. The constants
//! were fitted on the dev splits of all public sets together; each corpus then moves them towards
//! what it answered to its own held-out phrasings ([`super::selfsample`]), as far as those are
//! many. A fold knows fewer phrasings than the final model; the last column of a row, 1 for
//! held-out phrasings and 0 for real questions, and the corpus's shape correct for that.

use serde::{Deserialize, Serialize};

use super::logistic::{Case, Logistic, Scale, logit, sigmoid};
use super::query::Confidence;
use super::selfsample::Asked;
use super::signals::Signals;
use crate::corpus::Taught;

const RIGHT_SCALE: Scale<8> = Scale {
    mean: [-0.303_22, 0.379_76, 1.830_29, 0.645_63, 2.192_46, 0.288_40, 0.475_24, 0.469_49],
    deviation: [0.371_18, 0.391_23, 1.270_94, 0.274_08, 0.464_84, 0.173_13, 0.238_69, 0.238_55],
};
/// Constant, signals, shape of the corpus (3), held out.
const RIGHT_PRIOR: [f64; 13] = [
    0.405_57, 0.186_58, 0.739_71, -0.641_58, 0.772_35, 0.417_25, -0.519_73, 0.899_95, -0.486_33,
    0.054_00, 0.185_87, 0.420_32, -0.063_74,
];
const SCOPE_SCALE: Scale<5> = Scale {
    mean: [-0.303_22, 1.830_29, 0.888_15, 0.475_24, 2.192_46],
    deviation: [0.371_18, 1.270_94, 0.125_42, 0.238_69, 0.464_84],
};
/// Constant, signals, shape of the corpus (3), held out.
const SCOPE_PRIOR: [f64; 10] = [
    0.558_99, 0.898_95, 0.045_79, 0.136_55, 0.253_98, 0.101_75, -0.601_81, 0.024_38, 0.046_52,
    -0.089_95,
];
/// How firmly the constants stand against a corpus's own evidence.
const PRECISION: f64 = 30.0;
/// The correction for held-out phrasings is not learnt from them.
const FIXED: f64 = 1e6;
/// Own evidence counts as that many cases at most: it is all of one kind.
const MOST_CASES: f64 = 1_000.0;
/// Tolerated shares of wrong answers for which a threshold is kept, in hundredths.
const TOLERANCES: usize = 50;

/// The calibration of a corpus.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    right: Logistic,
    scope: Logistic,
    /// What the corpus taught itself, where labelled questions taught better.
    own: Option<(Logistic, Logistic)>,
    /// Shape of the corpus: own accuracy, whether it has one phrasing an entry, how many.
    shape: [f64; 3],
    /// Share of the questions asked that have no answer.
    out_of_scope_share: f64,
    /// The threshold for each tolerated share of wrong answers, from 1 in 100.
    thresholds: Vec<f64>,
    /// Thresholds that labelled questions bound: tolerated share of wrong answers, threshold.
    bounds: Vec<(f64, f64)>,
}

impl Calibration {
    /// Puts what labelled questions taught (see [`super::labelled`]) in the place of what the
    /// corpus taught itself.
    #[must_use]
    pub fn with(mut self, taught: &Taught) -> Self {
        let right = Logistic { weights: taught.right.clone() };
        let scope = Logistic { weights: taught.scope.clone() };
        self.own = Some((
            std::mem::replace(&mut self.right, right),
            std::mem::replace(&mut self.scope, scope),
        ));
        let bounds = taught.bounds.iter().map(|it| (it.max_wrong, it.threshold));
        self.bounds = bounds.collect();
        self
    }

    /// Fits both models to labelled questions, starting from what the corpus taught itself.
    pub(super) fn refit(&self, right: &[(Signals, bool)], scope: &[(Signals, bool)]) -> Self {
        let rest = rest(&self.shape, false);
        let right: Vec<Case> = right
            .iter()
            .map(|(it, held)| (RIGHT_SCALE.row(&it.of_rightness(), &rest), *held, 1.0))
            .collect();
        let inside = as_number(scope.iter().filter(|(_, held)| *held).count()).max(1.0);
        let outside = (as_number(scope.len()) - inside).max(1.0);
        // The model is of equal shares; the share expected is brought in when it is applied.
        let half = as_number(scope.len()) / 2.0;
        let scope: Vec<Case> = scope
            .iter()
            .map(|(it, held)| {
                let weight = half / if *held { inside } else { outside };
                (SCOPE_SCALE.row(&it.of_scope(), &rest), *held, weight)
            })
            .collect();
        let fit = |prior: &Logistic, cases: &[Case]| {
            Logistic::fit(&prior.weights, &precisions(prior.weights.len()), cases)
        };
        // What an earlier fit taught is left aside: it may rest on the same questions.
        let (own_right, own_scope) = match &self.own {
            Some((right, scope)) => (right, scope),
            None => (&self.right, &self.scope),
        };
        Self { right: fit(own_right, &right), scope: fit(own_scope, &scope), ..self.clone() }
    }

    /// The weights of both models, for writing them down.
    pub(super) fn weights(&self) -> (&[f64], &[f64]) {
        (&self.right.weights, &self.scope.weights)
    }

    /// Fits a corpus's calibration to what it answered to itself.
    #[must_use]
    pub fn fit(asked: &Asked, out_of_scope_share: f64) -> Self {
        let shape = shape(asked);
        let mut calibration = Self {
            right: Logistic { weights: RIGHT_PRIOR.to_vec() },
            scope: Logistic { weights: SCOPE_PRIOR.to_vec() },
            own: None,
            shape,
            out_of_scope_share: out_of_scope_share.clamp(0.001, 0.95),
            thresholds: Vec::new(),
            bounds: Vec::new(),
        };
        if !asked.inside.is_empty() {
            calibration.right = fit_right(asked, &shape);
        }
        if !asked.inside.is_empty() && !asked.outside.is_empty() {
            calibration.scope = fit_scope(asked, &shape);
        }
        calibration.thresholds = calibration.thresholds_of(asked);
        calibration
    }

    /// Probability that the corpus has an answer, and that the first candidate is right.
    #[must_use]
    pub fn apply(&self, signals: &Signals) -> (Confidence, Confidence) {
        let rest = rest(&self.shape, false);
        let odds = logit(1.0 - self.out_of_scope_share);
        let scope = self.scope.logit(&SCOPE_SCALE.row(&signals.of_scope(), &rest)) + odds;
        let right = self.right.logit(&RIGHT_SCALE.row(&signals.of_rightness(), &rest));
        let in_scope = sigmoid(scope);
        (Confidence::new(in_scope), Confidence::new(in_scope * sigmoid(right)))
    }

    /// The lowest confidence at which answers given directly are wrong in at most `max_wrong` of
    /// all cases, by the corpus's own evidence.
    #[must_use]
    pub fn threshold(&self, max_wrong: f64) -> f64 {
        let bound = self.bounds.iter().find(|(it, _)| (it - max_wrong).abs() < 1e-9);
        if let Some((_, threshold)) = bound {
            return *threshold;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share in hundredths"
        )]
        let hundredths = (max_wrong.clamp(0.0, 0.99) * 100.0).floor() as usize;
        let at = hundredths
            .checked_sub(1)
            .and_then(|it| self.thresholds.get(it.min(self.thresholds.len().saturating_sub(1))));
        at.copied().unwrap_or(1.0)
    }

    /// For each tolerance the lowest confidence such that the mean confidence of all questions
    /// above it is high enough; the mix of held-out phrasings and entries stands for what is asked.
    fn thresholds_of(&self, asked: &Asked) -> Vec<f64> {
        let tolerances = (1..=TOLERANCES).map(|it| as_number(it) / 100.0);
        if asked.inside.is_empty() || asked.outside.is_empty() {
            // One phrasing an entry teaches no threshold. Where it was measured, confidences lay
            // a tenth too low around 0.8.
            return tolerances.map(|wrong| 1.0 - 2.2 * wrong).map(|it| it.max(0.3)).collect();
        }
        let share = self.out_of_scope_share;
        let inside = asked.inside.iter().map(|(signals, _)| (signals, 1.0 - share));
        let inside = inside.map(|(it, share)| (it, share / as_number(asked.inside.len())));
        let outside = asked.outside.iter().map(|it| (it, share / as_number(asked.outside.len())));
        let mut mixed: Vec<(f64, f64)> = inside
            .chain(outside)
            .map(|(signals, weight)| (self.apply(signals).1.value(), weight))
            .collect();
        mixed.sort_by(|a, b| b.0.total_cmp(&a.0));
        tolerances.map(|wrong| lowest(&mixed, 1.0 - wrong)).collect()
    }
}

/// The lowest confidence of the longest head whose weighted mean is at least `wanted`.
fn lowest(falling: &[(f64, f64)], wanted: f64) -> f64 {
    let (mut sum, mut all, mut lowest) = (0.0, 0.0, wanted);
    for (confidence, weight) in falling {
        sum += confidence * weight;
        all += weight;
        if sum >= wanted * all {
            lowest = lowest.min(*confidence);
        }
    }
    lowest
}

fn shape(asked: &Asked) -> [f64; 3] {
    let right = asked.inside.iter().filter(|(_, right)| *right).count();
    let accuracy = as_number(right) / as_number(asked.inside.len().max(1));
    let own = if asked.inside.is_empty() { 0.0 } else { logit(accuracy.clamp(0.05, 0.97)) };
    let many = (asked.phrasings_an_entry.max(1.0).ln() / 2.0).clamp(0.0, 2.3);
    [own, f64::from(u8::from(asked.one_phrasing)), many]
}

fn rest(shape: &[f64; 3], held_out: bool) -> [f64; 4] {
    let [own, one, many] = *shape;
    [own, one, many, f64::from(u8::from(held_out))]
}

fn precisions(n: usize) -> Vec<f64> {
    let mut precisions = vec![PRECISION; n];
    if let Some(last) = precisions.last_mut() {
        *last = FIXED;
    }
    precisions
}

fn fit_right(asked: &Asked, shape: &[f64; 3]) -> Logistic {
    let n = as_number(asked.inside.len());
    let weight = (MOST_CASES / n).min(1.0);
    let rest = rest(shape, true);
    let cases: Vec<Case> = asked
        .inside
        .iter()
        .map(|(it, right)| (RIGHT_SCALE.row(&it.of_rightness(), &rest), *right, weight))
        .collect();
    Logistic::fit(&RIGHT_PRIOR, &precisions(RIGHT_PRIOR.len()), &cases)
}

fn fit_scope(asked: &Asked, shape: &[f64; 3]) -> Logistic {
    let (inside, outside) = (as_number(asked.inside.len()), as_number(asked.outside.len()));
    let total = (inside + outside).min(MOST_CASES);
    let rest = rest(shape, true);
    let case = |it: &Signals, is_in: bool, n: f64| -> Case {
        (SCOPE_SCALE.row(&it.of_scope(), &rest), is_in, total * 0.5 / n)
    };
    let cases: Vec<Case> = asked
        .inside
        .iter()
        .map(|(it, _)| case(it, true, inside))
        .chain(asked.outside.iter().map(|it| case(it, false, outside)))
        .collect();
    Logistic::fit(&SCOPE_PRIOR, &precisions(SCOPE_PRIOR.len()), &cases)
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
