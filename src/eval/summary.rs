//! The summary of a run: every measure over one group of questions.

use serde::Serialize;

use super::judgment::{Judgment, Kind};
use super::measure::{
    auroc, calibration_error, coverage_at, hit_at, mean, ndcg, number, percentile, reciprocal_rank,
};
use super::run::ResultLine;
use crate::corpus::EntryId;
use crate::retrieval::Outcome;

/// Bins of the calibration error.
pub const BINS: usize = 10;

/// Measures over a group of questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Questions with an answer in the corpus.
    pub n_in: usize,
    /// Questions without one.
    pub n_out: usize,
    /// Share of questions in scope whose first candidate is right.
    #[serde(rename = "R@1")]
    pub r1: f64,
    /// The same within the first three.
    #[serde(rename = "R@3")]
    pub r3: f64,
    /// The same within the first five.
    #[serde(rename = "R@5")]
    pub r5: f64,
    /// Mean reciprocal rank within the first ten.
    #[serde(rename = "MRR@10")]
    pub mrr10: f64,
    /// Normalised discounted cumulative gain within the first ten.
    #[serde(rename = "nDCG@10")]
    pub ndcg10: f64,
    /// How well `in_scope` separates questions with and without an answer.
    pub auroc: Option<f64>,
    /// Right direct answers per question in scope, at 90 % precision.
    pub coverage90: f64,
    /// The same at 95 %.
    pub coverage95: f64,
    /// Share of questions answered directly.
    pub answered: f64,
    /// Share of the direct answers that are wrong.
    pub wrong: f64,
    /// Share of out-of-scope questions answered directly.
    pub out_answered: Option<f64>,
    /// Share of questions asked back.
    pub clarified: f64,
    /// Share of questions led to the tree.
    pub fallen_back: f64,
    /// Expected calibration error of the confidence.
    pub ece: f64,
    /// Median time inside the engine, in microseconds.
    pub p50_us: u64,
    /// 95th percentile.
    pub p95_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
}

impl Summary {
    /// Measures a group; red flags are no part of it.
    #[must_use]
    pub fn of(pairs: &[(&Judgment, &ResultLine)]) -> Self {
        let pairs: Vec<(&Judgment, &ResultLine)> = pairs
            .iter()
            .copied()
            .filter(|(judgment, _)| judgment.kind() != Kind::Redflag)
            .collect();
        let (with, without): (Vec<(&Judgment, &ResultLine)>, Vec<_>) =
            pairs.iter().copied().partition(|(judgment, _)| judgment.kind() == Kind::In);
        let ranked: Vec<(Vec<EntryId>, &Judgment)> = with
            .iter()
            .map(|(judgment, line)| {
                (line.ranked.iter().map(|(id, _)| id.clone()).collect(), *judgment)
            })
            .collect();
        let over = |measure: &dyn Fn(&[EntryId], &Judgment) -> f64| {
            mean(ranked.iter().map(|(ranked, judgment)| measure(ranked, judgment)))
        };
        let answers: Vec<(f64, bool)> =
            pairs.iter().map(|(j, line)| (line.confidence, is_right(j, line))).collect();
        let scopes: Vec<(f64, bool)> =
            pairs.iter().map(|(j, line)| (line.in_scope, j.kind() == Kind::In)).collect();
        let share =
            |outcome: Outcome| mean(pairs.iter().map(|(_, line)| flag(line.decision == outcome)));
        let direct = pairs.iter().filter(|(_, line)| line.decision == Outcome::Answer);
        let micros: Vec<u64> = pairs.iter().map(|(_, line)| line.micros).collect();
        Self {
            n_in: with.len(),
            n_out: without.len(),
            r1: over(&|ranked, j| hit_at(ranked, &j.relevant, 1)),
            r3: over(&|ranked, j| hit_at(ranked, &j.relevant, 3)),
            r5: over(&|ranked, j| hit_at(ranked, &j.relevant, 5)),
            mrr10: over(&|ranked, j| reciprocal_rank(ranked, &j.relevant, 10)),
            ndcg10: over(&|ranked, j| ndcg(ranked, &j.relevant, 10)),
            auroc: auroc(&scopes),
            coverage90: coverage_at(&answers, with.len(), 0.9),
            coverage95: coverage_at(&answers, with.len(), 0.95),
            answered: share(Outcome::Answer),
            wrong: mean(direct.map(|(j, line)| flag(!is_right(j, line)))),
            out_answered: (!without.is_empty()).then(|| {
                mean(without.iter().map(|(_, line)| flag(line.decision == Outcome::Answer)))
            }),
            clarified: share(Outcome::Clarify),
            fallen_back: share(Outcome::Tree),
            ece: calibration_error(&answers, BINS),
            p50_us: percentile(&micros, 0.5),
            p95_us: percentile(&micros, 0.95),
            p99_us: percentile(&micros, 0.99),
        }
    }

    /// Number of questions.
    #[must_use]
    pub fn n(&self) -> f64 {
        number(self.n_in + self.n_out)
    }
}

/// Whether the first candidate of a result answers the question.
#[must_use]
pub fn is_right(judgment: &Judgment, line: &ResultLine) -> bool {
    line.entry.as_ref().is_some_and(|entry| judgment.relevant.contains(entry))
}

fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}
