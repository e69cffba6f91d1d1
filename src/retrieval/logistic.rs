//! Logistic models with a prior: fitted by Newton's method, the same every time.

use serde::{Deserialize, Serialize};

/// Signals further than this many deviations from their mean are taken as that far.
const FURTHEST: f64 = 4.0;
/// Newton steps; the models have a dozen weights and settle in five.
const STEPS: usize = 25;

/// A weighted case: what was seen, whether it held, how much it counts.
pub(super) type Case = (Vec<f64>, bool, f64);

/// The mean and deviation by which each signal is put on one scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale<const N: usize> {
    pub(super) mean: [f64; N],
    pub(super) deviation: [f64; N],
}

impl<const N: usize> Scale<N> {
    /// One, the scaled signals, then `rest`: what a model weighs.
    pub(super) fn row(&self, signals: &[f64; N], rest: &[f64]) -> Vec<f64> {
        let scaled = signals.iter().zip(self.mean.iter().zip(&self.deviation)).map(
            |(value, (mean, deviation))| ((value - mean) / deviation).clamp(-FURTHEST, FURTHEST),
        );
        std::iter::once(1.0).chain(scaled).chain(rest.iter().copied()).collect()
    }
}

/// A logistic model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Logistic {
    /// One weight for each column of a row.
    pub weights: Vec<f64>,
}

impl Logistic {
    /// The sum of weights and values: the logarithm of the odds.
    #[must_use]
    pub(super) fn logit(&self, row: &[f64]) -> f64 {
        self.weights.iter().zip(row).map(|(weight, value)| weight * value).sum()
    }

    /// The most likely weights for the cases, given that they lie around `prior` with `precision`.
    pub(super) fn fit(prior: &[f64], precision: &[f64], cases: &[Case]) -> Self {
        let n = prior.len();
        let mut model = Self { weights: prior.to_vec() };
        for _ in 0..STEPS {
            let mut gradient: Vec<f64> = model
                .weights
                .iter()
                .zip(prior.iter().zip(precision))
                .map(|(weight, (prior, precision))| precision * (weight - prior))
                .collect();
            let mut hessian = vec![vec![0.0; n]; n];
            for ((row, precision), at) in hessian.iter_mut().zip(precision).zip(0..) {
                if let Some(cell) = row.get_mut::<usize>(at) {
                    *cell = *precision;
                }
            }
            for (row, held, weight) in cases {
                let p = sigmoid(model.logit(row));
                let error = weight * (p - f64::from(u8::from(*held)));
                let curvature = weight * p * (1.0 - p);
                for ((slope, line), a) in gradient.iter_mut().zip(&mut hessian).zip(row) {
                    *slope += error * a;
                    line.iter_mut().zip(row).for_each(|(cell, b)| *cell += curvature * a * b);
                }
            }
            let step = solve(hessian, gradient);
            let furthest = step.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
            model.weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight -= step);
            if furthest < 1e-9 {
                break;
            }
        }
        model
    }
}

/// The logistic function.
pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The logarithm of the odds.
pub(super) fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Solves `matrix · x = right` for a symmetric positive matrix, by elimination.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for at in 0..n {
        let Some(pivot_row) = matrix.get(at).cloned() else { continue };
        let pivot = pivot_row.get(at).copied().unwrap_or(1.0);
        let pivot_right = right.get(at).copied().unwrap_or(0.0);
        for (row, value) in matrix.iter_mut().zip(&mut right).skip(at + 1) {
            let factor = row.get(at).copied().unwrap_or(0.0) / pivot;
            row.iter_mut().zip(&pivot_row).for_each(|(cell, above)| *cell -= factor * above);
            *value -= factor * pivot_right;
        }
    }
    let mut solution = vec![0.0; n];
    for at in (0..n).rev() {
        let Some(row) = matrix.get(at) else { continue };
        let known: f64 =
            row.iter().zip(&solution).skip(at + 1).map(|(cell, value)| cell * value).sum();
        let value =
            (right.get(at).copied().unwrap_or(0.0) - known) / row.get(at).copied().unwrap_or(1.0);
        if let Some(slot) = solution.get_mut(at) {
            *slot = value;
        }
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let solution = solve(vec![vec![2.0, 1.0], vec![1.0, 3.0]], vec![5.0, 10.0]);
        assert!((solution[0] - 1.0).abs() < 1e-12 && (solution[1] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn without_cases_the_prior_stands_and_many_overrule_it() {
        let prior = [0.5];
        assert_eq!(Logistic::fit(&prior, &[1.0], &[]).weights, prior);
        let cases: Vec<Case> = (0..1_000).map(|at| (vec![1.0], at % 4 != 0, 1.0)).collect();
        let fitted = Logistic::fit(&prior, &[1e-3], &cases);
        assert!((sigmoid(fitted.weights[0]) - 0.75).abs() < 1e-3);
    }
}
