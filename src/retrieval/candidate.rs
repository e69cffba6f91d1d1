//! Candidates: entries in the order of their scores.

use std::collections::BTreeSet;

use super::model::Scored;
use crate::index::Index;

/// Documents that are looked at for likeness to single texts.
const HITS: usize = 400;
/// Stems of a question read through tables that are expected less are not looked for.
const LIKELY_FROM: f32 = 0.05;

/// Adds to each score, times `weight`, how much of a question stands in the closest text of its
/// entry, 1 for the closest of all.
pub(super) fn liken(scores: &mut [f32], index: &Index, stems: &[(&str, f32)], weight: f32) {
    let likely = stems.iter().copied().filter(|it| it.1 >= LIKELY_FROM);
    let hits = index.search(likely, HITS);
    let best = hits.first().map_or(1.0, |it| it.score).max(f32::MIN_POSITIVE);
    let mut seen = BTreeSet::new();
    for hit in hits {
        // Best first, so that the closest text of an entry is the first that is met.
        let Some(entry) = index.entry_of(hit.document).filter(|it| seen.insert(*it)) else {
            continue;
        };
        if let Some(score) = scores.get_mut(entry as usize) {
            *score += weight * hit.score / best;
        }
    }
}

/// The best `limit` of those kept, best first; ties by the order of the corpus.
///
/// `keep` is asked of the best only, as far as needed. O(n).
pub(super) fn ranked(scores: &[f32], limit: usize, keep: impl Fn(&Scored) -> bool) -> Vec<Scored> {
    let mut all: Vec<Scored> =
        (0..).zip(scores).map(|(entry, score)| Scored { entry, score: *score }).collect();
    let order = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry));
    let mut ranked = Vec::new();
    let mut rest = all.as_mut_slice();
    let mut portion = limit * 2 + 8;
    while ranked.len() < limit && !rest.is_empty() {
        let n = portion.min(rest.len());
        if n < rest.len() {
            rest.select_nth_unstable_by(n, order);
        }
        let (best, others) = rest.split_at_mut(n);
        best.sort_unstable_by(order);
        ranked.extend(best.iter().copied().filter(|it| keep(it)));
        rest = others;
        portion *= 4;
    }
    ranked.truncate(limit);
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_keep_the_order_of_the_corpus() {
        let scores = [0.5, 0.9, 0.5, 0.9];
        let entries: Vec<u32> = ranked(&scores, 3, |_| true).iter().map(|it| it.entry).collect();
        assert_eq!(entries, [1, 3, 0]);
    }

    #[test]
    fn as_many_are_looked_at_as_are_kept() {
        let scores: Vec<f32> = (0_u16..500).map(|it| f32::from(it % 250)).collect();
        let list = ranked(&scores, 5, |it| it.score < 3.0);
        let entries: Vec<u32> = list.iter().map(|it| it.entry).collect();
        assert_eq!(entries, [2, 252, 1, 251, 0]);
    }
}
