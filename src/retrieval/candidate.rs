//! Candidates: entries in the order of their scores.

use std::collections::BTreeSet;

use super::model::Scored;
use crate::index::Index;

/// Documents of the index that are looked at in a large corpus.
const HITS: usize = 400;
/// Stems of a question read through tables that are expected less are not looked for.
const LIKELY_FROM: f32 = 0.05;

/// The entries of the documents the index finds for stems, each once, in order.
pub(super) fn candidates(
    index: &Index,
    stems: &[(String, f32)],
    entry_of: impl Fn(u32) -> Option<u32>,
) -> Vec<u32> {
    let mut stems: Vec<&(String, f32)> = stems.iter().filter(|it| it.1 >= LIKELY_FROM).collect();
    stems.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    stems.dedup_by(|a, b| a.0 == b.0);
    let hits = index.search(stems.iter().map(|it| (it.0.as_str(), it.1)), HITS);
    let mut entries: Vec<u32> = hits.iter().filter_map(|hit| entry_of(hit.document)).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Adds to each score, times `weight`, how much of a question stands in the closest text of its
/// entry, 1 for the closest of all. Entries that are no candidate stay without.
pub(super) fn liken(
    scores: &mut [Scored],
    index: &Index,
    (stems, weight): (&[(String, f32)], f32),
    entry_of: impl Fn(u32) -> Option<u32>,
) {
    let likely = stems.iter().filter(|it| it.1 >= LIKELY_FROM);
    let hits = index.search(likely.map(|it| (it.0.as_str(), it.1)), HITS);
    let best = hits.first().map_or(1.0, |it| it.score).max(f32::MIN_POSITIVE);
    // Best first, so that the closest text of an entry is the first that is met.
    let mut seen = BTreeSet::new();
    for hit in hits {
        let Some(entry) = entry_of(hit.document).filter(|it| seen.insert(*it)) else { continue };
        // Scores are in the order of the entries.
        let place = scores.binary_search_by(|it| it.entry.cmp(&entry)).ok();
        if let Some(scored) = place.and_then(|it| scores.get_mut(it)) {
            scored.score += weight * hit.score / best;
        }
    }
}

/// The best `limit` of those kept, best first; ties by the order of the corpus. O(n).
pub(super) fn ranked(
    scores: &[Scored],
    limit: usize,
    keep: impl Fn(&Scored) -> bool,
) -> Vec<Scored> {
    let mut ranked: Vec<Scored> = scores.iter().copied().filter(keep).collect();
    let order = |a: &Scored, b: &Scored| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry));
    if ranked.len() > limit {
        ranked.select_nth_unstable_by(limit, order);
        ranked.truncate(limit);
    }
    ranked.sort_unstable_by(order);
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_keep_the_order_of_the_corpus() {
        let scores = [0.5, 0.9, 0.5, 0.9];
        let scores: Vec<Scored> =
            (0..).zip(scores).map(|(entry, score)| Scored { entry, score }).collect();
        let entries: Vec<u32> = ranked(&scores, 3, |_| true).iter().map(|it| it.entry).collect();
        assert_eq!(entries, [1, 3, 0]);
    }
}
