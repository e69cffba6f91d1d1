//! Where each of many lists ends in the one that holds them all: rising numbers in two bytes each.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::flat;
use super::numbers::partition_point;

/// Rising numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Ends {
    /// Their lower halves.
    #[serde(with = "flat::u16s")]
    low: Vec<u16>,
    /// The places from which on the upper half is one more.
    #[serde(with = "flat::u32s")]
    carries: Vec<u32>,
}

impl Ends {
    /// Adds a number that is not below the last; one that is counts as the last.
    pub(super) fn push(&mut self, number: u32) {
        let number = number.max(self.last());
        let place = u32::try_from(self.low.len()).unwrap_or(u32::MAX);
        self.carries.resize((number >> 16) as usize, place);
        self.low.push(half(number));
    }

    pub(super) fn len(&self) -> usize {
        self.low.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<u32> {
        let low = u32::from(*self.low.get(at)?);
        let carries = self.carries.partition_point(|it| *it as usize <= at);
        Some((u32::try_from(carries).unwrap_or(0) << 16) | low)
    }

    /// The list of that number; an empty one where there is none.
    pub(super) fn range(&self, at: usize) -> Range<usize> {
        let before = at.checked_sub(1).and_then(|it| self.get(it)).unwrap_or(0) as usize;
        before..self.get(at).map_or(before, |it| it as usize)
    }

    /// The list that holds a place: the first one that ends behind it.
    pub(super) fn list_of(&self, place: u32) -> usize {
        partition_point(self.len(), |at| self.get(at).is_some_and(|it| it <= place))
    }

    fn last(&self) -> u32 {
        self.len().checked_sub(1).and_then(|it| self.get(it)).unwrap_or(0)
    }
}

impl FromIterator<u32> for Ends {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut ends = Self::default();
        let numbers = numbers.into_iter();
        ends.low.reserve_exact(numbers.size_hint().0);
        numbers.for_each(|it| ends.push(it));
        ends.low.shrink_to_fit();
        ends
    }
}

/// The lower half of a number.
pub(super) fn half(number: u32) -> u16 {
    u16::try_from(number & 0xFFFF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rising_numbers_come_back_and_say_whose_a_place_is(
            mut numbers in prop::collection::vec(0_u32..400_000, 1..100)
        ) {
            numbers.sort_unstable();
            let ends: Ends = numbers.iter().copied().collect();
            let ends: Ends = postcard::from_bytes(&postcard::to_stdvec(&ends).unwrap()).unwrap();
            for (at, number) in numbers.iter().enumerate() {
                prop_assert_eq!(ends.get(at), Some(*number));
                let before = at.checked_sub(1).map_or(0, |it| numbers[it]);
                prop_assert_eq!(ends.range(at), before as usize..*number as usize);
                prop_assert_eq!(ends.list_of(*number), numbers.partition_point(|it| it <= number));
            }
            prop_assert_eq!((ends.get(numbers.len()), ends.len()), (None, numbers.len()));
        }
    }
}
