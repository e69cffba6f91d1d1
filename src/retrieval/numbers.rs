//! A list of numbers, each in the fewest bytes that hold the highest.

use serde::{Deserialize, Serialize};

use super::flat;

/// Numbers of one width.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Numbers {
    Tiny(#[serde(with = "flat::u8s")] Vec<u8>),
    Short(#[serde(with = "flat::u16s")] Vec<u16>),
    Long(#[serde(with = "flat::u32s")] Vec<u32>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Tiny(Vec::new())
    }
}

impl Numbers {
    /// Keeps numbers below `n`.
    pub(super) fn of(numbers: Vec<u32>, n: usize) -> Self {
        if n <= usize::from(u8::MAX) + 1 {
            Self::Tiny(numbers.into_iter().filter_map(|it| u8::try_from(it).ok()).collect())
        } else if n <= usize::from(u16::MAX) + 1 {
            Self::Short(numbers.into_iter().filter_map(|it| u16::try_from(it).ok()).collect())
        } else {
            Self::Long(numbers)
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Tiny(all) => all.len(),
            Self::Short(all) => all.len(),
            Self::Long(all) => all.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<u32> {
        match self {
            Self::Tiny(all) => all.get(at).copied().map(u32::from),
            Self::Short(all) => all.get(at).copied().map(u32::from),
            Self::Long(all) => all.get(at).copied(),
        }
    }

    /// The first place at which something that holds at first no longer does.
    pub(super) fn partition_point(&self, holds: impl Fn(u32) -> bool) -> usize {
        partition_point(self.len(), |at| self.get(at).is_some_and(&holds))
    }
}

/// The first of `n` places at which something that holds at first no longer does.
pub(super) fn partition_point(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = usize::midpoint(low, high);
        (low, high) = if holds(middle) { (middle + 1, high) } else { (low, middle) };
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_whatever_their_width() {
        for highest in [255, 256, 65_535, 65_536] {
            let numbers = Numbers::of(vec![0, highest], highest as usize + 1);
            assert_eq!((numbers.get(0), numbers.get(1)), (Some(0), Some(highest)));
            assert_eq!((numbers.get(2), numbers.len()), (None, 2));
        }
    }
}
