//! Likeness of two words by the character n-grams they share.

/// Shortest and longest n-gram.
const GRAMS: (usize, usize) = (2, 5);
/// Letters of a word that are looked at; nothing that is longer is like anything.
const LETTERS: usize = 40;

/// The n-grams of a word with its ends.
#[derive(Debug)]
pub(super) struct Grams {
    /// Their hashes, rising.
    hashes: Vec<u32>,
    /// For each beginning of a hash whether there is one: most others are turned away by it.
    seen: [u64; 16],
}

impl Grams {
    pub(super) fn of(word: &str) -> Self {
        let mut hashes = Vec::new();
        each(word, |hash| hashes.push(hash));
        hashes.sort_unstable();
        hashes.dedup();
        let mut seen = [0; 16];
        for hash in &hashes {
            if let Some(bits) = seen.get_mut((hash >> 28) as usize) {
                *bits |= bit(*hash);
            }
        }
        Self { hashes, seen }
    }

    /// Cosine of the n-grams of both, those that another word repeats counted each time; 1 at most.
    pub(super) fn likeness(&self, other: &str) -> f32 {
        let (mut shared, mut all) = (0_u16, 0_u16);
        each(other, |hash| {
            all += 1;
            let may_be = self.seen.get((hash >> 28) as usize).is_some_and(|it| it & bit(hash) != 0);
            shared += u16::from(may_be && self.hashes.binary_search(&hash).is_ok());
        });
        let own = f32::from(u16::try_from(self.hashes.len()).unwrap_or(u16::MAX));
        (f32::from(shared) / (own * f32::from(all)).sqrt().max(1.0)).min(1.0)
    }
}

/// The bit of a hash among those that begin alike.
fn bit(hash: u32) -> u64 {
    1 << ((hash >> 22) & 63)
}

/// Hashes of all n-grams of a word between its ends.
fn each(word: &str, mut found: impl FnMut(u32)) {
    let mut letters = [0_u32; LETTERS + 2];
    let mut n = 1;
    for (letter, c) in letters.iter_mut().skip(1).zip(word.chars().take(LETTERS)) {
        *letter = c.into();
        n += 1;
    }
    let letters = letters.get(..=n).unwrap_or_default();
    for start in 0..letters.len() {
        let mut hash = 0x811c_9dc5_u32;
        let grams = letters.iter().skip(start).take(GRAMS.1);
        for (at, letter) in grams.enumerate() {
            hash = (hash ^ letter).wrapping_mul(0x9E37_79B1);
            if at + 1 >= GRAMS.0 {
                found(hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_alike_as_they_are_spelt() {
        let grams = Grams::of("kidonge");
        let [same, near, far] = ["kidonge", "vidonge", "dawa"].map(|it| grams.likeness(it));
        assert!((same - 1.0).abs() < 1e-6, "{same}");
        assert!(near > 0.5 && near < same && far < 0.2, "{near} {far}");
        assert!(grams.likeness("").abs() < 0.3 && Grams::of("").likeness("").is_finite());
        assert!(Grams::of(&"a".repeat(100_000)).likeness(&"ba".repeat(9)) <= 1.0);
    }
}
