//! Labelled questions: a better calibration, and thresholds that carry a bound.
//!
//! A threshold is certain when, of the labelled questions at or above it, so few were answered
//! wrongly that the true share is at most the tolerated one with 95 % confidence (the exact
//! binomial bound of Clopper and Pearson, 1934). Thresholds are tried from the top, the first with
//! enough questions, until one fails: tests in a fixed order need no correction (Angelopoulos et
//! al., Learn then Test, 2021).

use super::calibrate::Calibration;
use super::signals::Signals;
use crate::corpus::{Bound, Taught};

/// Confidence of the bounds.
const CERTAINTY: f64 = 0.95;

/// A labelled question as the engine saw it.
#[derive(Debug, Clone, Copy)]
pub struct Labelled {
    /// What the ranked list showed.
    pub signals: Signals,
    /// Whether the first candidate is right.
    pub right: bool,
    /// Whether the corpus has an answer.
    pub in_scope: bool,
}

/// Learns from labelled questions, for each of the tolerated shares of wrong answers.
#[must_use]
pub fn teach(own: &Calibration, questions: &[Labelled], tolerated: &[f64], on: String) -> Taught {
    let right: Vec<(Signals, bool)> =
        questions.iter().filter(|it| it.in_scope).map(|it| (it.signals, it.right)).collect();
    let scope: Vec<(Signals, bool)> =
        questions.iter().map(|it| (it.signals, it.in_scope)).collect();
    let fitted = own.refit(&right, &scope);
    let mut answers: Vec<(f64, bool)> =
        questions.iter().map(|it| (fitted.apply(&it.signals).1.value(), it.right)).collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let bounds = tolerated.iter().map(|it| bound(&answers, *it)).collect();
    let (right, scope) = fitted.weights();
    Taught { on, questions: questions.len(), right: right.to_vec(), scope: scope.to_vec(), bounds }
}

/// The lowest certain threshold; without one, the lowest whose observed share is low enough.
fn bound(falling: &[(f64, bool)], max_wrong: f64) -> Bound {
    let mut certain: Option<Bound> = None;
    let mut observed: Option<Bound> = None;
    let (mut answered, mut wrong, mut failed) = (0, 0, false);
    for tie in falling.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        answered += tie.len();
        wrong += tie.iter().filter(|(_, right)| !right).count();
        let threshold = tie.first().map_or(1.0, |(confidence, _)| *confidence);
        let at = |certain| Bound { max_wrong, threshold, answered, wrong, certain };
        if count(wrong) <= max_wrong * count(answered) {
            observed = Some(at(false));
        }
        if answered >= questions_needed(max_wrong) && !failed {
            failed = upper_bound(wrong, answered) > max_wrong;
            certain = if failed { certain } else { Some(at(true)) };
        }
    }
    let none = Bound { max_wrong, threshold: 1.0, answered: 0, wrong: 0, certain: false };
    certain.or(observed).unwrap_or(none)
}

/// Questions that must be answered, all rightly, before a share of wrong answers is bounded.
#[must_use]
pub fn questions_needed(max_wrong: f64) -> usize {
    (1..100_000).find(|n| upper_bound(0, *n) <= max_wrong).unwrap_or(100_000)
}

/// The largest true share of wrong answers under which seeing so few is not unlikely.
#[must_use]
pub fn upper_bound(wrong: usize, answered: usize) -> f64 {
    if wrong >= answered {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at_most(wrong, answered, middle) > 1.0 - CERTAINTY {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `k` in `n` when each has probability `p`.
fn at_most(k: usize, n: usize, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 || k >= n { 1.0 } else { 0.0 };
    }
    let mut term = count(n) * (1.0 - p).ln();
    let mut sum = term.exp();
    for i in 1..=k {
        term += (count(n - i + 1) / count(i)).ln() + (p / (1.0 - p)).ln();
        sum += term.exp();
    }
    sum.min(1.0)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_bound_is_that_of_the_tables() {
        // The rule of three, exactly: 1 − 0.05^(1/n).
        assert!((upper_bound(0, 59) - (1.0 - 0.05_f64.powf(1.0 / 59.0))).abs() < 1e-9);
        // Clopper–Pearson, one-sided 95 %: 5 of 100.
        assert!((upper_bound(5, 100) - 0.102_25).abs() < 1e-4);
        assert!((upper_bound(3, 3) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_low_share_needs_many_questions() {
        assert_eq!(questions_needed(0.05), 59);
        assert_eq!(questions_needed(0.10), 29);
    }

    #[test]
    fn a_threshold_is_certain_only_with_enough_right_answers() {
        let answers = |n: usize, wrong_below: f64| -> Vec<(f64, bool)> {
            (0..n).map(|at| 1.0 - count(at) / count(n)).map(|it| (it, it >= wrong_below)).collect()
        };
        let few = bound(&answers(20, 0.5), 0.1);
        assert!(!few.certain);
        let many = bound(&answers(200, 0.5), 0.1);
        assert!(many.certain && many.threshold < 0.5 && many.wrong > 0);
    }
}
