//! Negatives: which texts of other entries an entry is trained against.
//!
//! A small corpus trains against all. A large one trains against the texts the index finds
//! closest, which are hard, and an even spread of all others, which keep the scores of entries
//! comparable: without the spread, 5-shot sets lose 6 points of R@1, with 200 texts nothing.

use super::matcher::Sample;
use super::train::Others;
use crate::index::Index;

/// Up to this many pairs of entry and text, every entry is trained against every text.
const ALL_PAIRS: usize = 150_000;
/// Closest texts, per own text.
const NEIGHBOURS: usize = 15;
/// Own texts whose closest are looked for, at most.
const ASKED: usize = 100;
/// Searches for all entries together: each takes longer the more texts there are.
const SEARCHES: usize = 200_000;
/// Texts of the spread at least.
const SPREAD: usize = 200;

/// The negatives of every entry.
#[derive(Debug)]
pub(super) struct Near<'a> {
    index: &'a Index,
    own: Vec<Vec<&'a Sample>>,
    n_samples: usize,
}

impl<'a> Near<'a> {
    /// `samples` are all documents of the index, in its order.
    pub(super) fn new(samples: &'a [Sample], n_entries: usize, index: &'a Index) -> Self {
        let mut own = vec![Vec::new(); n_entries];
        for sample in samples {
            if let Some(list) = own.get_mut(sample.entry as usize) {
                list.push(sample);
            }
        }
        Self { index, own, n_samples: samples.len() }
    }

    pub(super) fn of(&self, entry: u32) -> Others {
        let n_entries = self.own.len().max(1);
        if self.n_samples * n_entries <= ALL_PAIRS {
            return Others::All;
        }
        let own = self.own.get(entry as usize).map_or(&[][..], Vec::as_slice);
        let asked = own.iter().filter(|it| !it.is_answer).take(asked_of(n_entries));
        let mut others: Vec<u32> = asked
            .flat_map(|sample| {
                self.index.search(sample.stems.iter().map(|it| (it.as_str(), 1.0)), NEIGHBOURS)
            })
            .map(|hit| hit.document)
            .collect();
        others.extend(spread(entry, self.n_samples, (ALL_PAIRS / n_entries).max(SPREAD)));
        Others::These(others)
    }
}

/// Own texts of each of `n_entries` whose closest are looked for.
fn asked_of(n_entries: usize) -> usize {
    (SEARCHES / n_entries).clamp(1, ASKED)
}

/// `wanted` places among `n`, evenly apart; each entry starts elsewhere.
fn spread(entry: u32, n: usize, wanted: usize) -> impl Iterator<Item = u32> {
    let step = (n / wanted.max(1)).max(1);
    let start = (entry as usize).wrapping_mul(7_919) % step;
    (start..n).step_by(step).filter_map(|at| u32::try_from(at).ok())
}
