//! A pool: many short strings in one, without an allocation each.

use serde::{Deserialize, Serialize};

use super::ends::Ends;

/// Numbered strings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Pool {
    text: String,
    ends: Ends,
}

impl Pool {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, at: u32) -> Option<&str> {
        let at = at as usize;
        (at < self.len()).then(|| self.text.get(self.ends.range(at))).flatten()
    }

    /// The first place whose string is not below `text`, in a pool of rising strings.
    pub(super) fn place(&self, text: &str) -> u32 {
        let (mut low, mut high) = (0, u32::try_from(self.len()).unwrap_or(u32::MAX));
        while low < high {
            let middle = u32::midpoint(low, high);
            let is_below = self.get(middle).is_some_and(|it| it < text);
            (low, high) = if is_below { (middle + 1, high) } else { (low, middle) };
        }
        low
    }
}
