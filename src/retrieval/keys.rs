//! Keys: sorted hashes, found by their leading bits.
//!
//! What a hash table of numbers would do, in two to four bytes a key and read back as fast as
//! memory allows.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ends::{Ends, half};
use super::flat;

/// Keys in a bucket, about.
const BUCKET: usize = 4;
/// Keys from which on buckets share so many leading bits that two bytes hold the rest.
const MANY: usize = 1 << 16;
/// Bits of a key that are kept where there are many.
const KEPT: u32 = 16;

/// Keys, each with its place in rising order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Keys {
    keys: Kept,
    /// Where each bucket starts, and the end of the last.
    starts: Ends,
    /// By how many bits a key is shifted to give its bucket.
    shift: u32,
}

/// What is kept of the keys.
#[derive(Debug, Clone)]
enum Kept {
    Whole(Vec<u32>),
    /// The bits that the bucket does not tell, and more.
    Half(Vec<u16>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

/// The keys as they are written.
#[derive(Serialize, Deserialize)]
struct Stored(#[serde(with = "flat::u32s")] Vec<u32>);

impl From<Stored> for Keys {
    fn from(stored: Stored) -> Self {
        Self::rising(stored.0)
    }
}

impl From<Keys> for Stored {
    fn from(keys: Keys) -> Self {
        let halves = match keys.keys {
            Kept::Whole(all) => return Self(all),
            Kept::Half(halves) => halves,
        };
        let buckets = 0..u32::try_from(keys.starts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let upper = buckets.flat_map(|bucket| {
            let n = keys.starts.range(bucket as usize + 1).len();
            std::iter::repeat_n(bucket << keys.shift, n)
        });
        Self(upper.zip(halves).map(|(upper, half)| upper | u32::from(half)).collect())
    }
}

impl Keys {
    /// The set of the keys given, in any order, but for those given more than `most` times.
    #[must_use]
    pub fn of(mut keys: Vec<u32>, most: usize) -> Self {
        keys.sort_unstable();
        let equal = keys.chunk_by(|a, b| a == b).filter(|it| it.len() <= most);
        Self::rising(equal.filter_map(|it| it.first().copied()).collect())
    }

    /// Prepares rising keys, some of which may be equal.
    #[must_use]
    pub fn rising(mut keys: Vec<u32>) -> Self {
        let fewest = if keys.len() < MANY { 0 } else { 32 - KEPT };
        let bits = (keys.len() / BUCKET).max(1).next_power_of_two().trailing_zeros();
        let bits = bits.max(fewest).min(24);
        let shift = 32 - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for key in &keys {
            if let Some(count) = starts.get_mut(bucket(*key, shift) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let starts = starts.into_iter().collect();
        if shift > KEPT {
            keys.shrink_to_fit();
            return Self { keys: Kept::Whole(keys), starts, shift };
        }
        Self { keys: Kept::Half(keys.into_iter().map(half).collect()), starts, shift }
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> u32 {
        let n = match &self.keys {
            Kept::Whole(all) => all.len(),
            Kept::Half(all) => all.len(),
        };
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a key, the first of equal ones. O(1) for hashes.
    #[must_use]
    pub fn find(&self, key: u32) -> Option<u32> {
        self.all(key).next().and_then(|it| u32::try_from(it).ok())
    }

    /// The places of all keys equal to one, rising.
    pub(super) fn all(&self, key: u32) -> Range<usize> {
        let within = self.starts.range(bucket(key, self.shift) + 1);
        match &self.keys {
            Kept::Whole(all) => equal(all, within, key),
            Kept::Half(all) => equal(all, within, half(key)),
        }
    }
}

/// The places within a bucket at which a key stands.
fn equal<N: Copy + Eq>(keys: &[N], within: Range<usize>, key: N) -> Range<usize> {
    let start = within.start;
    let keys = keys.get(within).unwrap_or_default();
    let Some(at) = keys.iter().position(|it| *it == key) else { return 0..0 };
    let n = keys.iter().skip(at).take_while(|it| **it == key).count();
    start + at..start + at + n
}

fn bucket(key: u32, shift: u32) -> usize {
    key.checked_shr(shift).unwrap_or(0) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_given_too_often_is_left_out() {
        let keys = Keys::of(vec![7, 3, 7, 9, 7, 3], 2);
        assert_eq!([3, 7, 9].map(|it| keys.find(it)), [Some(0), None, Some(1)]);
    }

    #[test]
    fn many_keys_are_found_and_written_as_they_were() {
        // A step that shares no factor with 2^32 visits different keys.
        let mut keys: Vec<u32> = (0..70_000).map(|it: u32| it.wrapping_mul(0x9E37_79B1)).collect();
        keys.sort_unstable();
        let found = Keys::rising(keys.clone());
        assert!(matches!(found.keys, Kept::Half(_)));
        assert!((0..).zip(&keys).all(|(place, key)| found.find(*key) == Some(place)));
        assert!(
            keys.iter()
                .all(|key| keys.binary_search(&(key ^ 1)).is_ok() || found.find(key ^ 1).is_none())
        );
        assert_eq!(Stored::from(found).0, keys);
    }

    proptest! {
        #[test]
        fn every_key_is_found_at_its_place_and_no_other(
            wanted in prop::collection::vec(any::<u32>(), 0..300),
            others in prop::collection::vec(any::<u32>(), 0..50),
        ) {
            let keys = Keys::of(wanted.clone(), usize::MAX);
            let bytes = postcard::to_stdvec(&keys).unwrap();
            let keys: Keys = postcard::from_bytes(&bytes).unwrap();
            let mut sorted = wanted;
            sorted.sort_unstable();
            sorted.dedup();
            for (place, key) in (0..).zip(&sorted) {
                prop_assert_eq!(keys.find(*key), Some(place));
            }
            for key in others.iter().filter(|it| sorted.binary_search(it).is_err()) {
                prop_assert_eq!(keys.find(*key), None);
            }
        }
    }
}
