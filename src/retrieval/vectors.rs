//! Sparse vectors: one, and many one behind the other without an allocation each.

use serde::{Deserialize, Serialize};

use super::ends::Ends;
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

    /// The value of a feature, 0 where the vector does not have it.
    #[must_use]
    pub fn value(&self, feature: u32) -> f32 {
        let at = self.features.binary_search(&feature).ok();
        at.and_then(|it| self.values.get(it)).copied().unwrap_or(0.0)
    }

    /// The cosine of the angle to another vector; 0 where one of them is empty.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        let norm2 = |it: &Self| -> f32 { it.values.iter().map(|value| value * value).sum() };
        let size = (norm2(self) * norm2(other)).sqrt();
        let other = Row { features: &other.features, values: &other.values };
        if size > 0.0 { self.dot(other) / size } else { 0.0 }
    }

    /// The inner product with a row in rising order. O(length of both).
    #[must_use]
    pub fn dot(&self, row: Row<'_>) -> f32 {
        let mut own = self.iter().peekable();
        let mut sum = 0.0;
        for (feature, value) in row.iter() {
            while own.next_if(|(it, _)| *it < feature).is_some() {}
            match own.peek() {
                None => break,
                Some((it, other)) if *it == feature => sum += value * other,
                Some(_) => (),
            }
        }
        sum
    }
}

/// One of many sparse vectors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// Feature numbers.
    pub features: &'a [u32],
    /// Their values.
    pub values: &'a [f32],
}

impl<'a> Row<'a> {
    /// The features with their values.
    pub fn iter(self) -> impl Iterator<Item = (u32, f32)> + 'a {
        self.features.iter().copied().zip(self.values.iter().copied())
    }
}

/// Many sparse vectors.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rows {
    features: Sets,
    #[serde(with = "flat::f32s")]
    values: Vec<f32>,
}

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.features.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl Iterator<Item = (u32, f32)>) {
        let values = &mut self.values;
        self.features.push(row.map(|(feature, value)| {
            values.push(value);
            feature
        }));
    }

    /// One row; an empty one where there is none.
    #[must_use]
    pub fn get(&self, at: usize) -> Row<'_> {
        let range = self.features.range(at);
        Row {
            features: self.features.numbers.get(range.clone()).unwrap_or_default(),
            values: self.values.get(range).unwrap_or_default(),
        }
    }

    /// Changes every feature number. Rows are no longer in rising order.
    pub(super) fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        self.features.numbers.iter_mut().for_each(|it| *it = number(*it));
    }

    /// All feature numbers of all rows.
    pub(super) fn features(&self) -> &[u32] {
        &self.features.numbers
    }
}

/// Many sets of numbers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sets {
    ends: Ends,
    #[serde(with = "flat::u32s")]
    numbers: Vec<u32>,
}

impl Sets {
    /// Number of sets.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is no set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a set.
    pub fn push(&mut self, set: impl Iterator<Item = u32>) {
        self.numbers.extend(set);
        self.ends.push(u32::try_from(self.numbers.len()).unwrap_or(u32::MAX));
    }

    /// One set; an empty one where there is none.
    #[must_use]
    pub fn get(&self, at: usize) -> &[u32] {
        self.numbers.get(self.range(at)).unwrap_or_default()
    }

    fn range(&self, at: usize) -> std::ops::Range<usize> {
        self.ends.range(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_put() {
        let mut rows = Rows::default();
        rows.push([(3, 0.25), (5, 0.5)].into_iter());
        rows.push([].into_iter());
        rows.push([(7, 1.0)].into_iter());
        let read: Vec<Vec<(u32, f32)>> = (0..4).map(|at| rows.get(at).iter().collect()).collect();
        assert_eq!(read, [vec![(3, 0.25), (5, 0.5)], vec![], vec![(7, 1.0)], vec![]]);
    }

    #[test]
    fn the_inner_product_is_over_common_features() {
        let vector = Vector { features: vec![1, 3, 9], values: vec![1.0, 2.0, 4.0] };
        let row = Row { features: &[0, 3, 4, 9], values: &[5.0, 0.5, 7.0, 0.25] };
        assert!((vector.dot(row) - 2.0).abs() < 1e-6);
    }
}
