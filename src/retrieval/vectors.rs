//! Sparse vectors: one, and many one behind the other without an allocation each.

use serde::{Deserialize, Serialize};

use super::flat;

/// A sparse vector: features in rising order, each with its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vector {
    /// Feature numbers, rising.
    pub features: Vec<u32>,
    /// Their values.
    pub values: Vec<f32>,
}

impl Vector {
    /// The features with their values.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.features.iter().copied().zip(self.values.iter().copied())
    }

    /// Sum of the squared values.
    #[must_use]
    pub fn norm2(&self) -> f32 {
        self.values.iter().map(|it| it * it).sum()
    }

    /// The inner product with another vector. O(length of both).
    #[must_use]
    pub fn dot(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.iter().peekable(), other.iter().peekable());
        let mut sum = 0.0;
        while let (Some((fa, va)), Some((fb, vb))) = (a.peek().copied(), b.peek().copied()) {
            if fa == fb {
                sum += va * vb;
            }
            if fa <= fb {
                a.next();
            }
            if fb <= fa {
                b.next();
            }
        }
        sum
    }
}
/// Many lists of `(number, value)`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lists {
    #[serde(with = "flat::u32s")]
    ends: Vec<u32>,
    #[serde(with = "flat::u32s")]
    numbers: Vec<u32>,
    /// Left out when all values are zero.
    #[serde(with = "flat::f32s")]
    values: Vec<f32>,
}

impl Lists {
    /// Number of lists.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is no list.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a list.
    pub fn push(&mut self, list: impl Iterator<Item = (u32, f32)>) {
        for (number, value) in list {
            if value != 0.0 {
                self.values.resize(self.numbers.len(), 0.0);
                self.values.push(value);
            }
            self.numbers.push(number);
        }
        self.ends.push(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
    }

    /// One list.
    pub fn get(&self, at: usize) -> impl Iterator<Item = (u32, f32)> {
        let end = self.ends.get(at).copied().unwrap_or(0) as usize;
        let before = at.checked_sub(1).and_then(|it| self.ends.get(it)).copied();
        let start = before.unwrap_or(0) as usize;
        let numbers = self.numbers.get(start..end).unwrap_or_default();
        let values = self.values.get(start..).unwrap_or_default();
        numbers
            .iter()
            .enumerate()
            .map(|(at, number)| (*number, values.get(at).copied().unwrap_or(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_as_they_were_put() {
        let mut lists = Lists::default();
        lists.push([(3, 0.0), (5, 0.5)].into_iter());
        lists.push([].into_iter());
        lists.push([(7, 1.0)].into_iter());
        let read: Vec<Vec<(u32, f32)>> = (0..3).map(|at| lists.get(at).collect()).collect();
        assert_eq!(read, [vec![(3, 0.0), (5, 0.5)], vec![], vec![(7, 1.0)]]);
    }
}
