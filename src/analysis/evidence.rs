//! Evidence for languages: what is read off a text, and the table of what each piece is worth.
//!
//! Pieces are character n-grams of the normal forms, whole words, and the letters that
//! normalisation takes away (ñ, ą, ے), since these tell languages apart. The table is flat: it is
//! written and read back in a few milliseconds and is the same for the built-in profiles and for
//! what a corpus teaches.

use super::number;
use super::tokenize::{Word, grams};

/// Longest n-gram; 4 and whole words measured worse than 3 and whole words at the same size.
const MAX_GRAM: usize = 3;
/// Longest n-gram of the original spelling.
const MAX_SPELT: usize = 2;
/// Kinds of pieces; shares are counted within a kind.
pub(super) const N_KINDS: usize = MAX_GRAM + 1 + MAX_SPELT;
/// Kind of a whole word.
const WORD: usize = MAX_GRAM;

/// Share below which a piece is as good as unseen; the weight of a share is `ln(share / UNSEEN + 1)`.
pub(super) const UNSEEN: f64 = 1e-5;
/// Steps of a stored weight in one natural logarithm.
pub(super) const STEPS: f64 = 16.0;
/// Pieces are looked up by these leading bits first.
const BUCKET_BITS: u32 = 12;

/// Whether pieces of this kind are whole words.
pub(super) fn is_word(kind: usize) -> bool {
    kind == WORD
}

/// Calls `each` with the kind and the hash of every piece of evidence in a text.
pub(super) fn pieces(words: &[Word], mut each: impl FnMut(usize, u32)) {
    let has_digit = |text: &str| text.bytes().any(|it| it.is_ascii_digit());
    grams(words, 1, MAX_GRAM, |gram| {
        if gram != " " && !has_digit(gram) {
            each(gram.chars().count() - 1, hash(gram));
        }
    });
    for word in words.iter().filter(|it| !has_digit(&it.form)) {
        each(WORD, hash(&word.form) ^ 0x5555_5555);
    }
    let spelt: Vec<Word> = words
        .iter()
        .filter(|it| it.form != it.lower)
        .map(|it| Word { form: it.lower.clone(), ..it.clone() })
        .collect();
    if !spelt.is_empty() {
        grams(&spelt, 1, MAX_SPELT, |gram| {
            if !gram.is_ascii() {
                each(WORD + gram.chars().count(), hash(gram) ^ 0xaaaa_aaaa);
            }
        });
    }
}

/// FNV-1a folded to 32 bits. Collisions are harmless: some 10⁵ pieces among 4·10⁹ values.
fn hash(text: &str) -> u32 {
    let long = super::identify::hash(text);
    #[expect(clippy::cast_possible_truncation, reason = "the upper half is folded in")]
    let short = (long ^ (long >> 32)) as u32;
    short
}

/// The weight of a share, as it is stored.
pub(super) fn weight(share: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 255 after the clamp"
    )]
    let stored = ((share / UNSEEN).ln_1p() * STEPS).round().clamp(0.0, 255.0) as u8;
    stored
}

/// The share a stored weight stands for.
pub(super) fn share(weight: u8) -> f64 {
    (f64::from(weight) / STEPS).exp_m1() * UNSEEN
}

/// For each piece its weight in each language that has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Hashes of the pieces, rising.
    pieces: Vec<u32>,
    /// Where the marks of each piece end.
    ends: Vec<u32>,
    /// Language and weight.
    marks: Vec<(u8, u8)>,
    /// Where each bucket of pieces starts, and the end of the last.
    buckets: Vec<u32>,
}

impl Table {
    /// Makes a table of pieces with language and weight, in any order; weights of 0 are left out.
    pub(super) fn new(mut all: Vec<(u32, u8, u8)>) -> Self {
        all.retain(|it| it.2 > 0);
        all.sort_unstable();
        // Two pieces of one hash: the heavier one counts, and sorting has put it last.
        all.reverse();
        all.dedup_by_key(|it| (it.0, it.1));
        all.reverse();
        let mut table = Self::default();
        for (piece, language, weight) in all {
            table.push(piece, (language, weight));
        }
        table.into_indexed()
    }

    fn push(&mut self, piece: u32, mark: (u8, u8)) {
        if self.pieces.last() != Some(&piece) {
            self.pieces.push(piece);
            self.ends.push(count(self.marks.len()));
        }
        self.marks.push(mark);
        if let Some(end) = self.ends.last_mut() {
            *end = count(self.marks.len());
        }
    }

    fn into_indexed(mut self) -> Self {
        self.pieces.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.marks.shrink_to_fit();
        let below = |bucket: u32| {
            let first = u64::from(bucket) << (32 - BUCKET_BITS);
            count(self.pieces.partition_point(|it| u64::from(*it) < first))
        };
        self.buckets = (0..=1 << BUCKET_BITS).map(below).collect();
        self
    }

    /// Language and weight of a piece; nothing for a piece no language has.
    pub(super) fn get(&self, piece: u32) -> &[(u8, u8)] {
        let bucket = (piece >> (32 - BUCKET_BITS)) as usize;
        let (Some(start), Some(end)) = (self.buckets.get(bucket), self.buckets.get(bucket + 1))
        else {
            return &[];
        };
        let (start, end) = (*start as usize, *end as usize);
        let Some(found) = self.pieces.get(start..end).and_then(|it| it.binary_search(&piece).ok())
        else {
            return &[];
        };
        let at = start + found;
        let from = at.checked_sub(1).and_then(|it| self.ends.get(it)).map_or(0, |it| *it as usize);
        let to = self.ends.get(at).map_or(0, |it| *it as usize);
        self.marks.get(from..to).unwrap_or_default()
    }

    /// Every piece with language and weight, pieces rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u8, u8)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        self.pieces.iter().zip(starts.zip(&self.ends)).flat_map(|(piece, (from, to))| {
            let marks = self.marks.get(from as usize..*to as usize).unwrap_or_default();
            marks.iter().map(|(language, weight)| (*piece, *language, *weight))
        })
    }

    /// Appends the table to `bytes`: for each piece the distance from the last one (seven bits a
    /// byte, the highest bit says that more follow), then its marks, each a byte for the language,
    /// whose highest bit says that it is the last, and one for the weight.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) {
        let mut marks = self.iter().peekable();
        let mut last = 0;
        let mut is_first = true;
        while let Some((piece, language, weight)) = marks.next() {
            if is_first {
                number::write(piece - last, bytes);
                last = piece;
            }
            is_first = marks.peek().is_none_or(|next| next.0 != piece);
            bytes.push(if is_first { language | 0x80 } else { language });
            bytes.push(weight);
        }
    }

    /// Reads a table that fills the bytes; `None` when they are none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut table = Self::default();
        let mut bytes = bytes.iter().copied();
        let mut piece = 0_u32;
        while bytes.len() > 0 {
            piece = piece.checked_add(number::read(&mut bytes)?)?;
            loop {
                let (language, weight) = (bytes.next()?, bytes.next()?);
                table.push(piece, (language & 0x7f, weight));
                if language & 0x80 != 0 {
                    break;
                }
            }
        }
        Some(table.into_indexed())
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_survives_its_weight() {
        for wanted in [1e-5, 1e-4, 1e-3, 1e-2, 0.2, 1.0] {
            let found = share(weight(wanted));
            assert!((found / wanted - 1.0).abs() < 0.08, "{wanted} came back as {found}");
        }
        assert_eq!(weight(0.0), 0);
    }

    proptest! {
        #[test]
        fn a_table_is_read_as_it_was_written(
            all in prop::collection::vec((any::<u32>(), 0_u8..100, any::<u8>()), 0..200)
        ) {
            let table = Table::new(all.clone());
            let mut bytes = Vec::new();
            table.write(&mut bytes);
            let read = Table::read(&bytes).unwrap();
            prop_assert!(read.iter().eq(table.iter()));
            for (piece, language, weight) in all.into_iter().filter(|it| it.2 > 0) {
                let found = read.get(piece).iter().find(|it| it.0 == language).unwrap();
                prop_assert!(found.1 >= weight);
            }
        }

        #[test]
        fn any_bytes_are_a_table_or_none(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Table::read(&bytes);
        }
    }
}
