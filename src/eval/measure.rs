//! Measures: each a function from ranked lists or probabilities to one number.
//!
//! Denominators come from the judgments: a question without a result counts as a miss. Questions
//! without an answer stay out of ranking measures.

use std::collections::BTreeSet;

use crate::corpus::EntryId;

/// Rank from 1 of the first relevant entry, if it is among the first `cutoff`.
#[must_use]
pub fn first_rank(
    ranked: &[EntryId],
    relevant: &BTreeSet<EntryId>,
    cutoff: usize,
) -> Option<usize> {
    ranked.iter().take(cutoff).position(|it| relevant.contains(it)).map(|at| at + 1)
}

/// R@k for one question: 1 when a relevant entry is among the first `k`, else 0.
#[must_use]
pub fn hit_at(ranked: &[EntryId], relevant: &BTreeSet<EntryId>, k: usize) -> f64 {
    f64::from(u8::from(first_rank(ranked, relevant, k).is_some()))
}

/// RR@k: the inverse rank of the first relevant entry, 0 when it is not among the first `k`.
#[must_use]
pub fn reciprocal_rank(ranked: &[EntryId], relevant: &BTreeSet<EntryId>, k: usize) -> f64 {
    first_rank(ranked, relevant, k).map_or(0.0, |rank| 1.0 / number(rank))
}

/// nDCG@k with gains of 1: `Σ 1/log2(rank + 1)` over relevant ranks, as a share of the best order.
///
/// Source: Järvelin and Kekäläinen, ACM TOIS 20(4), 2002.
#[must_use]
pub fn ndcg(ranked: &[EntryId], relevant: &BTreeSet<EntryId>, k: usize) -> f64 {
    let gain = |rank: usize| 1.0 / number(rank + 1).log2();
    let found = (1..).zip(ranked.iter().take(k)).filter(|(_, it)| relevant.contains(it));
    let dcg: f64 = found.map(|(rank, _)| gain(rank)).sum();
    let ideal: f64 = (1..=relevant.len().min(k)).map(gain).sum();
    if ideal > 0.0 { dcg / ideal } else { 0.0 }
}

/// Area under the ROC curve: how often a positive scores above a negative, ties count half.
///
/// `None` when there are no positives or no negatives. O(n log n).
#[must_use]
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = sorted.iter().filter(|it| it.1).count();
    let negatives = sorted.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut rank_sum, mut before) = (0.0, 0);
    for tie in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let mean_rank = number(before) + number(tie.len() + 1) / 2.0;
        rank_sum += mean_rank * number(tie.iter().filter(|it| it.1).count());
        before += tie.len();
    }
    let (p, n) = (number(positives), number(negatives));
    Some((rank_sum - p * (p + 1.0) / 2.0) / (p * n))
}

/// Coverage at a precision: right answers among the longest head of the list, by confidence,
/// whose share of right ones is at least `precision`, divided by the questions in scope.
///
/// Each pair is the confidence and whether the first candidate is right.
#[must_use]
pub fn coverage_at(answers: &[(f64, bool)], in_scope: usize, precision: f64) -> f64 {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut right, mut best) = (0, 0, 0);
    // Answers of one confidence are given together or not at all.
    for tie in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        seen += tie.len();
        right += tie.iter().filter(|it| it.1).count();
        if number(right) >= precision * number(seen) {
            best = right;
        }
    }
    if in_scope == 0 { 0.0 } else { number(best) / number(in_scope) }
}

/// Expected calibration error over `bins` bins of equal size: the mean distance between the mean
/// confidence of a bin and its share of right answers.
///
/// Source: Naeini et al., AAAI 2015, with bins of equal mass.
#[must_use]
pub fn calibration_error(answers: &[(f64, bool)], bins: usize) -> f64 {
    reliability(answers, bins)
        .iter()
        .map(|bin| (bin.confidence - bin.right).abs() * number(bin.n))
        .sum::<f64>()
        / number(answers.len().max(1))
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Bin {
    /// Questions in it.
    pub n: usize,
    /// Mean confidence.
    pub confidence: f64,
    /// Share of right answers.
    pub right: f64,
}

/// Bins of equal size in rising order of confidence; empty ones are left out.
#[must_use]
pub fn reliability(answers: &[(f64, bool)], bins: usize) -> Vec<Bin> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = sorted.len();
    let edge = |bin: usize| bin * n / bins.max(1);
    (0..bins)
        .filter_map(|bin| sorted.get(edge(bin)..edge(bin + 1)))
        .filter(|part| !part.is_empty())
        .map(|part| Bin {
            n: part.len(),
            confidence: mean(part.iter().map(|it| it.0)),
            right: mean(part.iter().map(|it| f64::from(u8::from(it.1)))),
        })
        .collect()
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0);
    for value in values {
        sum += value;
        n += 1;
    }
    if n == 0 { 0.0 } else { sum / number(n) }
}

/// The value below which `share` of the values lie, by rank; 0 of nothing.
#[must_use]
pub fn percentile(values: &[u64], share: f64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank between 0 and the number of values"
    )]
    let rank = (share * number(sorted.len())).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<EntryId> {
        names.iter().map(|it| EntryId::new(it)).collect()
    }

    #[track_caller]
    fn near(value: f64, wanted: f64) {
        assert!((value - wanted).abs() < 1e-9, "{value}, not {wanted}");
    }

    #[test]
    fn ranks_count_from_one() {
        let ranked = ids(&["a", "b", "c"]);
        let relevant = ids(&["c"]).into_iter().collect();
        near(hit_at(&ranked, &relevant, 1), 0.0);
        near(hit_at(&ranked, &relevant, 3), 1.0);
        near(reciprocal_rank(&ranked, &relevant, 10), 1.0 / 3.0);
        near(reciprocal_rank(&ranked, &relevant, 2), 0.0);
        near(ndcg(&ranked, &relevant, 10), 0.5);
    }

    #[test]
    fn auroc_counts_ties_half() {
        near(auroc(&[(0.9, true), (0.1, false)]).unwrap(), 1.0);
        near(auroc(&[(0.5, true), (0.5, false)]).unwrap(), 0.5);
        // Pairs: 0.8 over 0.7 and 0.1; 0.6 under 0.7, over 0.1.
        near(auroc(&[(0.8, true), (0.6, true), (0.7, false), (0.1, false)]).unwrap(), 0.75);
        assert_eq!(auroc(&[(0.5, true)]), None);
    }

    #[test]
    fn coverage_takes_the_longest_precise_head() {
        let answers = [(0.9, true), (0.8, false), (0.7, true), (0.6, true), (0.5, false)];
        near(coverage_at(&answers, 5, 0.75), 0.6);
        near(coverage_at(&answers, 5, 0.9), 0.2);
    }

    #[test]
    fn calibration_error_is_the_mean_gap() {
        let answers = [(0.2, false), (0.2, false), (0.8, true), (0.8, true)];
        near(calibration_error(&answers, 2), 0.2);
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        assert_eq!(percentile(&[5, 1, 9, 3], 0.5), 3);
        assert_eq!(percentile(&[5, 1, 9, 3], 0.99), 9);
        assert_eq!(percentile(&[], 0.5), 0);
    }
}
