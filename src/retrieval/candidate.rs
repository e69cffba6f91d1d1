//! Candidates: entries in the order of their scores.

/// An entry in the ranking, by its place in the corpus.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    pub(super) entry: u32,
    pub(super) score: f32,
}

/// The best `limit` of the scores, best first; ties by the order of the corpus. O(n).
pub(super) fn ranked(scores: &[f32], limit: usize, keep: impl Fn(u32) -> bool) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = (0_u32..)
        .zip(scores)
        .filter(|(entry, _)| keep(*entry))
        .map(|(entry, score)| Ranked { entry, score: *score })
        .collect();
    let order = |a: &Ranked, b: &Ranked| b.score.total_cmp(&a.score).then(a.entry.cmp(&b.entry));
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
        let entries: Vec<u32> =
            ranked(&[0.5, 0.9, 0.5, 0.9], 3, |_| true).iter().map(|it| it.entry).collect();
        assert_eq!(entries, [1, 3, 0]);
    }
}
