//! The best of many hits, without sorting the many.

use std::cmp::Ordering;

use super::Hit;

/// Keeps the best hits it is offered.
pub(super) struct Best {
    limit: usize,
    /// Up to twice as many as wanted; the rest is thrown out when it is full.
    hits: Vec<Hit>,
    /// Below this nothing can be among the best.
    from: f32,
}

impl Best {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, hits: Vec::with_capacity(limit.saturating_mul(2)), from: f32::NEG_INFINITY }
    }

    pub(super) fn offer(&mut self, hit: Hit) {
        if hit.score < self.from {
            return;
        }
        self.hits.push(hit);
        if self.hits.len() >= self.limit.saturating_mul(2) {
            self.throw_out();
        }
    }

    /// The best hits, best first; ties by place.
    pub(super) fn into_hits(mut self) -> Vec<Hit> {
        self.throw_out();
        self.hits.sort_by(order);
        self.hits
    }

    fn throw_out(&mut self) {
        if self.hits.len() <= self.limit {
            return;
        }
        self.hits.select_nth_unstable_by(self.limit, order);
        self.hits.truncate(self.limit);
        let worst = self.hits.iter().map(|it| it.score).fold(f32::INFINITY, f32::min);
        self.from = worst;
    }
}

fn order(a: &Hit, b: &Hit) -> Ordering {
    b.score.total_cmp(&a.score).then(a.document.cmp(&b.document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_those_that_sorting_all_would_give() {
        // Few scores, so that many tie.
        let all: Vec<Hit> = (0..1000_u32)
            .map(|document| Hit { document, score: f32::from((document * 7_919 % 97) as u8) })
            .collect();
        let mut sorted = all.clone();
        sorted.sort_by(order);
        for limit in [0, 1, 15, 400, 999, 1000, 2000] {
            let mut best = Best::new(limit);
            all.iter().for_each(|it| best.offer(*it));
            assert_eq!(best.into_hits(), sorted[..limit.min(1000)], "{limit}");
        }
    }
}
