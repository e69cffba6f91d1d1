//! Candidates: entries in the order of their scores.

use super::model::Scored;
use crate::index::Index;

/// Documents of the index that are looked at in a large corpus.
const HITS: usize = 400;

/// The entries of the documents the index finds for stems, each once, in order.
pub(super) fn candidates(
    index: &Index,
    stems: &[String],
    entry_of: impl Fn(u32) -> Option<u32>,
) -> Vec<u32> {
    let mut stems = stems.to_vec();
    stems.sort_unstable();
    stems.dedup();
    let hits = index.search(&stems, HITS);
    let mut entries: Vec<u32> = hits.iter().filter_map(|hit| entry_of(hit.document)).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
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
