//! The summary of a run: every measure over one group of questions.
//!
//! A measure without a denominator (no question in scope, no direct answer) is absent, not 0.

use serde::Serialize;

use super::judgment::{Judgment, Kind};
use super::measure::{
    auroc, calibration_error, coverage_at, hit_at, mean, ndcg, percentile, reciprocal_rank,
};
use super::run::ResultLine;
use crate::corpus::EntryId;
use crate::retrieval::Outcome;

/// Bins of the calibration error.
pub const BINS: usize = 10;

/// A question with what was answered.
pub type Pair<'a> = (&'a Judgment, &'a ResultLine);

/// Measures over a group of questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Questions with an answer in the corpus.
    pub n_in: usize,
    /// Questions without one.
    pub n_out: usize,
    /// Share of questions in scope whose first candidate is right.
    #[serde(rename = "R@1")]
    pub r1: Option<f64>,
    /// The same within the first three.
    #[serde(rename = "R@3")]
    pub r3: Option<f64>,
    /// The same within the first five.
    #[serde(rename = "R@5")]
    pub r5: Option<f64>,
    /// Mean reciprocal rank within the first ten.
    #[serde(rename = "MRR@10")]
    pub mrr10: Option<f64>,
    /// Normalised discounted cumulative gain within the first ten.
    #[serde(rename = "nDCG@10")]
    pub ndcg10: Option<f64>,
    /// How well `in_scope` separates questions with and without an answer.
    pub auroc: Option<f64>,
    /// Right direct answers per question in scope, at 90 % precision.
    pub coverage90: Option<f64>,
    /// The same at 95 %.
    pub coverage95: Option<f64>,
    /// Share of questions answered directly.
    pub answered: f64,
    /// Share of the direct answers that are wrong.
    pub wrong: Option<f64>,
    /// Share of out-of-scope questions answered directly.
    pub out_answered: Option<f64>,
    /// Share of questions asked back.
    pub clarified: f64,
    /// Share of questions led to the tree.
    pub fallen_back: f64,
    /// Share of questions taken for a red flag.
    pub urgent: f64,
    /// Expected calibration error of the confidence.
    pub ece: Option<f64>,
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
    pub fn of(pairs: &[Pair<'_>]) -> Self {
        let pairs = ordinary(pairs);
        let (with, without): (Vec<Pair<'_>>, Vec<Pair<'_>>) =
            pairs.iter().copied().partition(|(judgment, _)| judgment.kind() == Kind::In);
        let (answers, scopes) = (answers(&pairs), scopes(&pairs));
        let share = |outcome| share(&pairs, |(_, line)| line.decision == outcome).unwrap_or(0.0);
        let direct: Vec<Pair<'_>> = pairs.iter().copied().filter(is_direct).collect();
        let micros: Vec<u64> = pairs.iter().map(|(_, line)| line.micros).collect();
        let coverage =
            |precision| (!with.is_empty()).then(|| coverage_at(&answers, with.len(), precision));
        Self {
            n_in: with.len(),
            n_out: without.len(),
            r1: over(&with, |ranked, j| hit_at(ranked, &j.relevant, 1)),
            r3: over(&with, |ranked, j| hit_at(ranked, &j.relevant, 3)),
            r5: over(&with, |ranked, j| hit_at(ranked, &j.relevant, 5)),
            mrr10: over(&with, |ranked, j| reciprocal_rank(ranked, &j.relevant, 10)),
            ndcg10: over(&with, |ranked, j| ndcg(ranked, &j.relevant, 10)),
            auroc: auroc(&scopes),
            coverage90: coverage(0.9),
            coverage95: coverage(0.95),
            answered: share(Outcome::Answer),
            wrong: self::share(&direct, |(j, line)| !is_right(j, line)),
            out_answered: self::share(&without, is_direct),
            clarified: share(Outcome::Clarify),
            fallen_back: share(Outcome::Tree),
            urgent: share(Outcome::Urgent),
            ece: (!pairs.is_empty()).then(|| calibration_error(&answers, BINS)),
            p50_us: percentile(&micros, 0.5),
            p95_us: percentile(&micros, 0.95),
            p99_us: percentile(&micros, 0.99),
        }
    }

    /// Number of questions.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n_in + self.n_out
    }
}

/// The questions that are no red flags.
#[must_use]
pub fn ordinary<'a>(pairs: &[Pair<'a>]) -> Vec<Pair<'a>> {
    pairs.iter().copied().filter(|(judgment, _)| judgment.kind() != Kind::Redflag).collect()
}

/// For each question the confidence and whether the first candidate is right.
#[must_use]
pub fn answers(pairs: &[Pair<'_>]) -> Vec<(f64, bool)> {
    pairs.iter().map(|(judgment, line)| (line.confidence, is_right(judgment, line))).collect()
}

/// For each question how likely it is in scope, and whether it is.
#[must_use]
pub fn scopes(pairs: &[Pair<'_>]) -> Vec<(f64, bool)> {
    pairs.iter().map(|(j, line)| (line.in_scope, j.kind() == Kind::In)).collect()
}

/// Whether the first candidate of a result answers the question.
#[must_use]
pub fn is_right(judgment: &Judgment, line: &ResultLine) -> bool {
    line.entry.as_ref().is_some_and(|entry| judgment.relevant.contains(entry))
}

/// The entries of a result, best first.
#[must_use]
pub fn ranking(line: &ResultLine) -> Vec<EntryId> {
    line.ranked.iter().map(|(entry, _)| entry.clone()).collect()
}

fn is_direct((_, line): &Pair<'_>) -> bool {
    line.decision == Outcome::Answer
}

fn share(pairs: &[Pair<'_>], holds: impl Fn(&Pair<'_>) -> bool) -> Option<f64> {
    let flags = pairs.iter().map(|pair| f64::from(u8::from(holds(pair))));
    (!pairs.is_empty()).then(|| mean(flags))
}

fn over(pairs: &[Pair<'_>], measure: impl Fn(&[EntryId], &Judgment) -> f64) -> Option<f64> {
    let values = pairs.iter().map(|(judgment, line)| measure(&ranking(line), judgment));
    (!pairs.is_empty()).then(|| mean(values))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A question with a result: relevant entries, ranked entries, confidence.
    pub(in crate::eval) fn pair(
        relevant: &[&str],
        ranked: &[&str],
        confidence: f64,
        decision: Outcome,
    ) -> (Judgment, ResultLine) {
        let id = format!("{}-{}-{confidence}", relevant.join("+"), ranked.join("+"));
        let judgment = serde_json::json!(
            {"id": id, "lang": "en", "text": "a question", "relevant": relevant}
        );
        let ranked: Vec<_> = ranked.iter().map(|it| (EntryId::new(it), 1.0)).collect();
        let line = ResultLine {
            id,
            decision,
            entry: ranked.first().map(|it| it.0.clone()),
            confidence,
            in_scope: confidence,
            language: None,
            ranked,
            micros: 7,
        };
        (serde_json::from_value(judgment).unwrap(), line)
    }

    #[test]
    fn measures_have_their_own_denominators() {
        let mut flag = pair(&["a"], &[], 0.0, Outcome::Urgent);
        flag.0.kind = Some(Kind::Redflag);
        let run = [
            pair(&["a"], &["a", "b"], 0.9, Outcome::Answer),
            pair(&["b"], &["a", "b"], 0.8, Outcome::Answer),
            pair(&["c"], &[], 0.0, Outcome::Tree),
            pair(&[], &["a"], 0.3, Outcome::Clarify),
            flag,
        ];
        let pairs: Vec<Pair<'_>> = run.iter().map(|(j, line)| (j, line)).collect();
        let summary = Summary::of(&pairs);
        assert_eq!((summary.n_in, summary.n_out), (3, 1));
        assert_eq!(summary.r1, Some(1.0 / 3.0));
        assert_eq!(summary.r3, Some(2.0 / 3.0));
        assert_eq!(summary.mrr10, Some(0.5));
        assert_eq!(summary.wrong, Some(0.5));
        assert_eq!(summary.out_answered, Some(0.0));
        assert_eq!((summary.answered, summary.clarified), (0.5, 0.25));
        assert_eq!(summary.coverage90, Some(1.0 / 3.0));
    }

    #[test]
    fn what_has_no_denominator_is_absent() {
        let (judgment, line) = pair(&[], &["a"], 0.3, Outcome::Clarify);
        let summary = Summary::of(&[(&judgment, &line)]);
        assert_eq!((summary.r1, summary.wrong, summary.auroc), (None, None, None));
        assert_eq!(summary.out_answered, Some(0.0));
        assert_eq!(Summary::of(&[]).ece, None);
    }
}
