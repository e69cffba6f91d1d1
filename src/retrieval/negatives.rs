//! Negatives: which texts of other entries an entry is trained against.
//!
//! A small corpus trains against all. A large one trains against the texts the index finds
//! closest, which are hard, and an even spread of all others, which keep the scores of entries
//! comparable: without the spread, 5-shot sets lose 6 points of R@1, with 200 texts nothing.

use super::matcher::{Placed, Sample};
use super::model::EXHAUSTIVE;
use super::train::Negatives;
use crate::index::Index;

/// Up to this many pairs of entry and text, every entry is trained against every text.
const ALL_PAIRS: usize = 150_000;
/// Closest texts, per own text.
const NEIGHBOURS: usize = 15;
/// Texts of the spread at least.
const SPREAD: usize = 200;
/// The same where only candidates of the index are scored: strangers never meet there.
const SPREAD_OF_CANDIDATES: usize = 30;

/// The negatives of every entry.
#[derive(Debug)]
pub(super) struct Near<'a> {
    index: &'a Index,
    own: Vec<Vec<&'a Sample>>,
    /// Place among all documents → place among the samples.
    places: Vec<Option<u32>>,
    n_samples: usize,
}

impl<'a> Near<'a> {
    pub(super) fn new(samples: &[Placed<'a>], n_entries: usize, index: &'a Index) -> Self {
        let mut own = vec![Vec::new(); n_entries];
        let highest = samples.iter().map(|it| it.place as usize + 1).max().unwrap_or(0);
        let mut places = vec![None; highest];
        for (at, it) in (0_u32..).zip(samples) {
            if let Some(list) = own.get_mut(it.entry as usize) {
                list.push(it.sample);
            }
            if let Some(slot) = places.get_mut(it.place as usize) {
                *slot = Some(at);
            }
        }
        Self { index, own, places, n_samples: samples.len() }
    }
}

impl Negatives for Near<'_> {
    fn of(&self, entry: u32) -> Option<Vec<u32>> {
        let n_entries = self.own.len().max(1);
        if self.n_samples * n_entries <= ALL_PAIRS {
            return None;
        }
        let own = self.own.get(entry as usize).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<u32> = own
            .iter()
            .flat_map(|sample| {
                self.index.search(sample.stems.iter().map(|it| (it.as_str(), 1.0)), NEIGHBOURS)
            })
            .filter_map(|hit| self.places.get(hit.document as usize).copied().flatten())
            .collect();
        let least = if n_entries > EXHAUSTIVE { SPREAD_OF_CANDIDATES } else { SPREAD };
        found.extend(spread(entry, self.n_samples, (ALL_PAIRS / n_entries).max(least)));
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
}

/// `wanted` places among `n`, evenly apart; each entry starts elsewhere.
fn spread(entry: u32, n: usize, wanted: usize) -> impl Iterator<Item = u32> {
    let step = (n / wanted.max(1)).max(1);
    let start = (entry as usize).wrapping_mul(7_919) % step;
    (start..n).step_by(step).filter_map(|at| u32::try_from(at).ok())
}
