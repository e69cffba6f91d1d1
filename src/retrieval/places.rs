//! Places: what stands under a hash, found as [`super::keys`] are.

use serde::{Deserialize, Serialize};

use super::keys::Keys;
use super::numbers::Numbers;

/// Hashes with a place each. Half a hash is enough where what is found is compared.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Places {
    hashes: Keys,
    places: Numbers,
}

impl Places {
    /// Puts pairs of hash and place, in any order; those given twice count once.
    pub(super) fn of(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let highest = pairs.iter().map(|it| it.1).max().unwrap_or(0);
        let (hashes, places) = pairs.into_iter().unzip();
        Self { hashes: Keys::rising(hashes), places: Numbers::of(places, highest as usize + 1) }
    }

    /// The places of a hash, in rising order.
    pub(super) fn get(&self, hash: u64) -> impl Iterator<Item = u32> {
        self.hashes.all(half(hash)).filter_map(|it| self.places.get(it))
    }
}

/// Half a hash.
pub(super) fn half(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or(0) ^ u32::try_from(hash & 0xFFFF_FFFF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_hash_is_found_in_order() {
        let places = Places::of(vec![(9, 70_000), (7, 3), (9, 4), (9, 4)]);
        let of = |hash: u64| places.get(hash).collect::<Vec<u32>>();
        assert_eq!([of(7), of(8), of(9)], [vec![3], vec![], vec![4, 70_000]]);
    }
}
