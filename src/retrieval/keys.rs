//! Keys: sorted hashes, found by their leading bits.
//!
//! What a hash table of numbers would do, in four bytes a key and read back as fast as memory
//! allows.

use serde::{Deserialize, Serialize};

use super::flat;

/// Keys in a bucket, about.
const BUCKET: usize = 4;

/// A set of keys, each with its place in rising order.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Keys {
    keys: Vec<u32>,
    /// Where each bucket starts, and the end of the last.
    starts: Vec<u32>,
    /// By how many bits a key is shifted to give its bucket.
    shift: u32,
}

/// The keys as they are written.
#[derive(Serialize, Deserialize)]
struct Stored(#[serde(with = "flat::u32s")] Vec<u32>);

impl From<Stored> for Keys {
    fn from(stored: Stored) -> Self {
        Self::indexed(stored.0)
    }
}

impl From<Keys> for Stored {
    fn from(keys: Keys) -> Self {
        Self(keys.keys)
    }
}

impl Keys {
    /// A set of the keys given, in any order, but for those given more than `most` times.
    #[must_use]
    pub fn of(mut keys: Vec<u32>, most: usize) -> Self {
        keys.sort_unstable();
        let equal = keys.chunk_by(|a, b| a == b).filter(|it| it.len() <= most);
        Self::indexed(equal.filter_map(|it| it.first().copied()).collect())
    }

    /// Prepares rising keys.
    fn indexed(keys: Vec<u32>) -> Self {
        let bits = (keys.len() / BUCKET).max(1).next_power_of_two().trailing_zeros().min(24);
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
        Self { keys, starts, shift }
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The place of a key. O(1) for hashes.
    #[must_use]
    pub fn find(&self, key: u32) -> Option<u32> {
        let bucket = bucket(key, self.shift);
        let (start, end) = (*self.starts.get(bucket)?, *self.starts.get(bucket + 1)?);
        let within = self.keys.get(start as usize..end as usize)?;
        let at = within.iter().position(|it| *it == key)?;
        Some(start + u32::try_from(at).ok()?)
    }
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
