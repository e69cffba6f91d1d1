//! Intervals: between which values a measure would lie for another sample of such questions.
//!
//! The bootstrap draws as many questions as there are, with repetition, again and again; the middle
//! 95 % of the values are the interval. The draws are the same in every run.
//! Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.

use serde::Serialize;

use super::judgment::Kind;
use super::measure::{auroc, calibration_error, coverage_at, mean, number, reciprocal_rank};
use super::random::Random;
use super::summary::{BINS, Pair, answers, is_right, ordinary, ranking, scopes};

/// How often questions are drawn.
pub const RESAMPLES: usize = 1_000;

/// A 95 % interval: lower and upper end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval(pub f64, pub f64);

impl Interval {
    /// The interval of the middle 95 % of the values; `None` of nothing.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let low = values.get(values.len() * 25 / 1_000)?;
        let high = values.get((values.len() * 975).div_ceil(1_000).saturating_sub(1))?;
        Some(Self(*low, *high))
    }

    /// The interval of a share, of which zero of a few is not sure to be zero; `None` of nothing.
    ///
    /// Source: Wilson, Probable Inference, JASA 22, 1927.
    #[must_use]
    pub fn of_share(part: usize, n: usize) -> Option<Self> {
        const Z: f64 = 1.959_964;
        let (part, n) = (number(part), (n > 0).then(|| number(n))?);
        let share = part / n;
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Some(Self((middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

/// Intervals of the measures that decide.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Intervals {
    /// Of R@1.
    #[serde(rename = "R@1")]
    pub r1: Option<Interval>,
    /// Of MRR@10.
    #[serde(rename = "MRR@10")]
    pub mrr10: Option<Interval>,
    /// Of the coverage at 90 % precision.
    pub coverage90: Option<Interval>,
    /// Of the AUROC.
    pub auroc: Option<Interval>,
    /// Of the calibration error. Small samples look worse calibrated than large ones, so it lies
    /// somewhat too high.
    pub ece: Option<Interval>,
}

impl Intervals {
    /// Draws [`RESAMPLES`] times. O(n log n + resamples · n).
    #[must_use]
    pub fn of(pairs: &[Pair<'_>]) -> Self {
        let sample = Sample::of(pairs);
        let mut random = Random::new();
        let mut values: [Vec<f64>; 5] = Default::default();
        for _ in 0..RESAMPLES {
            let counts = draw(sample.gains.len(), &mut random);
            for (values, value) in values.iter_mut().zip(sample.measures(&counts)) {
                values.extend(value);
            }
        }
        let [r1, mrr10, coverage90, auroc, ece] = values.map(Interval::of);
        Self { r1, mrr10, coverage90, auroc, ece }
    }
}

/// How often each of `n` questions is drawn, in `n` draws.
fn draw(n: usize, random: &mut Random) -> Vec<usize> {
    let mut counts = vec![0; n];
    for _ in 0..n {
        if let Some(count) = counts.get_mut(random.below(n)) {
            *count += 1;
        }
    }
    counts
}

/// What the measures need of each question. Lists are sorted once, so that the measures, which sort
/// again, have little to do.
struct Sample {
    /// Of questions in scope: whether the first is right, and the reciprocal rank.
    gains: Vec<Option<(f64, f64)>>,
    /// Confidence and rightness by place, highest first.
    answers: Vec<(usize, (f64, bool))>,
    /// In-scope probability and truth by place, lowest first.
    scopes: Vec<(usize, (f64, bool))>,
}

impl Sample {
    fn of(pairs: &[Pair<'_>]) -> Self {
        let pairs = ordinary(pairs);
        let gain = |(judgment, line): &Pair<'_>| {
            let hit = f64::from(u8::from(is_right(judgment, line)));
            let rank = reciprocal_rank(&ranking(line), &judgment.relevant, 10);
            (judgment.kind() == Kind::In).then_some((hit, rank))
        };
        let mut sample = Self {
            gains: pairs.iter().map(gain).collect(),
            answers: answers(&pairs).into_iter().enumerate().collect(),
            scopes: scopes(&pairs).into_iter().enumerate().collect(),
        };
        sample.answers.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
        sample.scopes.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        sample
    }

    /// R@1, MRR@10, coverage at 90 %, AUROC and calibration error of one draw.
    fn measures(&self, counts: &[usize]) -> [Option<f64>; 5] {
        let gains: Vec<(f64, f64)> = self
            .gains
            .iter()
            .zip(counts)
            .filter_map(|(gain, count)| Some(std::iter::repeat_n((*gain)?, *count)))
            .flatten()
            .collect();
        let with = (!gains.is_empty()).then_some(gains.len());
        let mut answers = drawn(&self.answers, counts);
        let coverage = with.map(|n| coverage_at(&answers, n, 0.9));
        answers.reverse();
        [
            with.map(|_| mean(gains.iter().map(|it| it.0))),
            with.map(|_| mean(gains.iter().map(|it| it.1))),
            coverage,
            auroc(&drawn(&self.scopes, counts)),
            (!answers.is_empty()).then(|| calibration_error(&answers, BINS)),
        ]
    }
}

fn drawn(items: &[(usize, (f64, bool))], counts: &[usize]) -> Vec<(f64, bool)> {
    let count = |at: &usize| counts.get(*at).copied().unwrap_or(0);
    items.iter().flat_map(|(at, item)| std::iter::repeat_n(*item, count(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::pair;
    use super::*;
    use crate::retrieval::Outcome;

    #[test]
    fn none_of_a_few_is_not_surely_none() {
        let Interval(low, high) = Interval::of_share(0, 10).unwrap();
        assert!(low.abs() < 1e-12 && (high - 0.277_5).abs() < 1e-3);
        assert!(Interval::of_share(0, 0).is_none());
    }

    #[test]
    fn the_interval_leaves_out_a_fortieth_at_each_end() {
        let values = (0..1_000).rev().map(f64::from).collect();
        assert_eq!(Interval::of(values), Some(Interval(25.0, 974.0)));
        assert_eq!(Interval::of(Vec::new()), None);
    }

    #[test]
    fn an_interval_holds_the_share_and_narrows_with_more_questions() {
        let right = pair(&["a"], &["a"], 0.9, Outcome::Answer);
        let wrong = pair(&["a"], &["b"], 0.2, Outcome::Answer);
        let width = |n: usize| {
            let run: Vec<_> = (0..n).map(|at| if at % 2 == 0 { &right } else { &wrong }).collect();
            let pairs: Vec<Pair<'_>> = run.iter().map(|(j, line)| (j, line)).collect();
            let Interval(low, high) = Intervals::of(&pairs).r1.unwrap();
            assert!(low < 0.5 && 0.5 < high, "{low} to {high}");
            high - low
        };
        // 1.96 · 2 · sqrt(.25 / 100) is .196.
        assert!((width(100) - 0.196).abs() < 0.03, "{}", width(100));
        assert!(width(400) < width(100));
    }

    #[test]
    fn a_group_without_questions_in_scope_has_no_interval_of_rank() {
        let (judgment, line) = pair(&[], &["a"], 0.3, Outcome::Tree);
        let intervals = Intervals::of(&[(&judgment, &line)]);
        assert_eq!((intervals.r1, intervals.auroc), (None, None));
        assert!(intervals.ece.is_some());
    }
}
