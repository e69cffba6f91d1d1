//! Spelling: a word the corpus does not know becomes the closest one it knows.
//!
//! Distances are those of Damerau and Levenshtein (neighbours exchanged count as one error): one
//! error from four letters on, two from eight on. Known words are found through the forms that
//! remain when letters are deleted (Garbe's symmetric deletion), so a look-up does not depend on
//! the size of the vocabulary. A word without its vowels ("wnt", "prgnnt") is the last resort.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::places::{Places, half};
use super::pool::Pool;
use crate::analysis::Word;
use crate::analysis::identify::hash;

/// Letters a word must have for one and for two errors.
const ONE_ERROR_FROM: usize = 4;
const TWO_ERRORS_FROM: usize = 8;
/// Longer words are not looked up.
const LONGEST: usize = 24;
/// Letters are deleted among the first of a word only: an error further on leaves these as they are.
const FIRST: usize = 8;
/// Unknown words of a text that are looked up.
const MAX_LOOKED_UP: usize = 24;

/// The known words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Speller {
    /// Forms, the most frequent first.
    forms: Pool,
    /// Their spelling in lower case.
    spellings: Pool,
    /// Places of words that count as unknown, rising.
    forgotten: Vec<u32>,
    /// Hashes of the forms, of what is left of them without some letters, and without vowels, each
    /// with the place of its word.
    known: Places,
    deletes: Places,
    skeletons: Places,
}

impl Speller {
    /// Learns the words of texts. Frequent words win where several are as close.
    #[must_use]
    pub fn learn<'a>(texts: impl Iterator<Item = &'a [Word]>) -> Self {
        let mut frequency: HashMap<&str, (u32, &Word)> = HashMap::new();
        for word in texts.flatten() {
            frequency.entry(&word.form).or_insert((0, word)).0 += 1;
        }
        let mut ranked: Vec<(u32, &Word)> = frequency.into_values().collect();
        ranked.sort_by(|a, b| (b.0, &a.1.form).cmp(&(a.0, &b.1.form)));
        let (mut known, mut deletes, mut skeletons) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (_, word)) in (0_u32..).zip(&ranked) {
            known.push((half(hash(&word.form)), place));
            let letters: Vec<char> = word.form.chars().collect();
            let short_or_long = letters.len() < 3 || letters.len() > LONGEST;
            if short_or_long || word.form.bytes().any(|b| b.is_ascii_digit()) {
                continue;
            }
            // A question's word may have more letters than the known one: one error is looked for
            // from three known letters on, two from seven on.
            let errors = if letters.len() + 1 >= TWO_ERRORS_FROM { 2 } else { 1 };
            deletes.extend(deletions(&letters, errors).into_iter().map(|it| (half(it), place)));
            skeletons.push((half(hash(&skeleton(&letters))), place));
        }
        let (mut forms, mut spellings) = (Pool::default(), Pool::default());
        for (_, word) in &ranked {
            forms.push(&word.form);
            spellings.push(&word.lower);
        }
        Self {
            forms,
            spellings,
            forgotten: Vec::new(),
            known: Places::of(known),
            deletes: Places::of(deletes),
            skeletons: Places::of(skeletons),
        }
    }

    /// Whether a form is a known word.
    #[must_use]
    pub fn knows(&self, form: &str) -> bool {
        self.place(form).is_some()
    }

    /// Number of words, those that count as unknown among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.forms.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a known word.
    #[must_use]
    pub fn place(&self, form: &str) -> Option<u32> {
        self.known.get(hash(form)).find(|it| self.form(*it) == Some(form))
    }

    /// The same words but for some, by their places in rising order.
    #[must_use]
    pub fn without(&self, forgotten: Vec<u32>) -> Self {
        Self { forgotten, ..self.clone() }
    }

    fn form(&self, place: u32) -> Option<&str> {
        self.forms.get(place).filter(|_| self.forgotten.binary_search(&place).is_err())
    }

    /// The closest known word, or nothing when none is close enough or the word is known.
    #[must_use]
    pub fn correct(&self, form: &str) -> Option<Word> {
        if self.knows(form) || form.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let letters: Vec<char> = form.chars().collect();
        if letters.len() > LONGEST {
            return None;
        }
        let errors = match letters.len() {
            TWO_ERRORS_FROM.. => 2,
            ONE_ERROR_FROM.. => 1,
            _ => 0,
        };
        let near = (errors > 0).then(|| self.nearest(&letters, errors)).flatten();
        let number = near.or_else(|| {
            let bones = letters.iter().skip(1).filter(|c| !is_vowel(**c)).count() + 1;
            (bones >= 3).then(|| self.same_skeleton(&letters)).flatten()
        });
        let (form, lower) =
            (self.form(number?)?.to_owned(), self.spellings.get(number?)?.to_owned());
        Some(Word { form, lower, start: 0, end: 0 })
    }

    /// The most frequent word with the same consonants.
    fn same_skeleton(&self, letters: &[char]) -> Option<u32> {
        let wanted = skeleton(letters);
        let is_same = |place: &u32| {
            self.form(*place)
                .is_some_and(|it| skeleton(&it.chars().collect::<Vec<char>>()) == wanted)
        };
        self.skeletons.get(hash(&wanted)).find(is_same)
    }

    /// Smallest distance first, then the same first letter, then the more frequent word.
    fn nearest(&self, letters: &[char], errors: usize) -> Option<u32> {
        let mut best: Option<(usize, bool, u32)> = None;
        for form in deletions(letters, errors) {
            for number in self.deletes.get(form) {
                let Some(word) = self.form(number) else { continue };
                let known: Vec<char> = word.chars().collect();
                let distance = distance(letters, &known);
                let rank = (distance, known.first() != letters.first(), number);
                if distance <= errors && best.is_none_or(|best| rank < best) {
                    best = Some(rank);
                }
            }
        }
        best.map(|(_, _, number)| number)
    }

    /// The words of a text with those corrected that are not `known`; `None` when nothing was.
    #[must_use]
    pub fn corrected(&self, words: &[Word], known: &[bool]) -> Option<Vec<Word>> {
        let mut left = MAX_LOOKED_UP;
        let mut changed = false;
        let corrected = words
            .iter()
            .zip(known)
            .map(|(word, known)| {
                if left == 0 || *known {
                    return word.clone();
                }
                left -= 1;
                match self.correct(&word.form) {
                    Some(known) => {
                        changed = true;
                        let (start, end) = (word.start, word.end);
                        Word { start, end, ..known }
                    }
                    None => word.clone(),
                }
            })
            .collect();
        changed.then_some(corrected)
    }
}

/// Hashes of the beginning of a word and of all forms of it with up to `errors` letters deleted,
/// sorted.
///
/// Words so many errors apart share one: each error is taken out of both beginnings by a deletion.
fn deletions(letters: &[char], errors: usize) -> Vec<u64> {
    let letters = letters.get(..FIRST).unwrap_or(letters);
    let mut forms: Vec<Vec<char>> = vec![letters.to_vec()];
    let mut last = 0;
    for _ in 0..errors {
        let until = forms.len();
        for at in last..until {
            let Some(form) = forms.get(at).cloned() else { continue };
            for skip in 0..form.len() {
                let shorter = form.iter().enumerate().filter(|(it, _)| *it != skip);
                forms.push(shorter.map(|(_, c)| *c).collect());
            }
        }
        last = until;
    }
    let mut hashes: Vec<u64> =
        forms.iter().map(|form| hash(&form.iter().collect::<String>())).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// The first letter and the consonants behind it.
fn skeleton(letters: &[char]) -> String {
    let (first, rest) = letters.split_at(letters.len().min(1));
    first.iter().chain(rest.iter().filter(|c| !is_vowel(**c))).collect()
}

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, ca) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, cb) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let substituted = cell(&last, column) + usize::from(ca != cb);
            let mut best =
                substituted.min(cell(&last, column + 1) + 1).min(cell(&current, column) + 1);
            let swapped = column > 0
                && previous == Some(cb)
                && b.get(column - 1) == Some(ca)
                && !before.is_empty();
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut last, current);
        previous = Some(ca);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;

    #[track_caller]
    fn check(typed: &str, wanted: Option<&str>) {
        let texts = ["what if i forgot my contraceptive pill", "pregnant after injection"];
        let texts: Vec<Analysis> = texts.iter().map(|it| Analysis::of(it)).collect();
        let speller = Speller::learn(texts.iter().map(|it| it.words.as_slice()));
        assert_eq!(speller.correct(typed).map(|it| it.form).as_deref(), wanted, "{typed}");
    }

    #[test]
    fn a_misspelt_word_becomes_the_known_one() {
        check("frogot", Some("forgot"));
        check("pilll", Some("pill"));
        check("contracpetiv", Some("contraceptive"));
        check("kontracetive", Some("contraceptive"));
        check("njectoin", Some("injection"));
        check("prgnnt", Some("pregnant"));
    }

    #[test]
    fn known_far_and_numbered_words_stay() {
        check("pill", None);
        check("elephant", None);
        check("pil2", None);
    }
}
