//! Input: what a person sends, and what it is before it is a question.

use std::collections::BTreeMap;

use time::Date;

use super::moves::Move;
use crate::analysis::{Analysis, Lang};
use crate::corpus::{COMMAND_IDS, Corpus};

/// Longest text that is read as a question, in characters.
pub const MAX_TEXT_CHARS: usize = 4_096;

/// One thing a person sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// What was typed.
    Text(String),
    /// The id of a choice.
    Choice(String),
}

/// The command words of a corpus, in all its languages.
#[derive(Debug, Clone, Default)]
pub struct Commands(BTreeMap<String, Vec<Meaning>>);

/// What a word stands for in a language.
#[derive(Debug, Clone)]
struct Meaning {
    lang: Lang,
    until: Date,
    meant: Move,
}

impl Commands {
    /// The command words of a corpus.
    #[must_use]
    pub fn of(corpus: &Corpus) -> Self {
        let mut commands: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
        for id in COMMAND_IDS {
            let Some(meant) = command(id) else { continue };
            for (lang, words, until) in corpus.messages.command_words(id) {
                for word in words {
                    let meaning = Meaning { lang: lang.clone(), until, meant: meant.clone() };
                    commands.entry(plain(word)).or_default().push(meaning);
                }
            }
        }
        commands.remove("");
        Self(commands)
    }

    /// The command a whole text is; where languages differ, the first of `chain` decides.
    pub(super) fn read(&self, text: &str, chain: &[&Lang], today: Date) -> Option<Move> {
        let meanings = self.0.get(&plain(text))?;
        let place = |it: &Meaning| chain.iter().position(|lang| **lang == it.lang);
        let valid = meanings.iter().filter(|it| it.until >= today);
        let first = valid.min_by_key(|it| place(it).unwrap_or(usize::MAX))?;
        Some(first.meant.clone())
    }
}

/// The move a command stands for.
fn command(id: &str) -> Option<Move> {
    let id = if id == "lang" { "languages" } else { id };
    Move::parse(id).ok()
}

/// A text without case, marks and signs, to be compared as a whole.
pub(super) fn plain(text: &str) -> String {
    Analysis::of(text).plain()
}

/// The number a whole text is, in the digits of any script: `1`, `1.`, `(1)`, `١`, `१`, `፩`, `1️⃣`.
pub(super) fn number(text: &str) -> Option<usize> {
    let trimmed = text.trim().trim_end_matches(['.', ')', ']', ':', '။', '।']);
    let trimmed = trimmed.trim_start_matches(['(', '[', '#']).trim();
    if let Some(number) = ethiopic(trimmed) {
        return Some(number);
    }
    // A sign that was left, a minus or a point, makes it something else.
    if trimmed.chars().any(|c| !c.is_numeric() && !is_keycap(c)) {
        return None;
    }
    let digits = plain(trimmed);
    let is_short = !digits.is_empty() && digits.len() <= 4;
    let is_digits = is_short && digits.bytes().all(|it| it.is_ascii_digit());
    is_digits.then(|| digits.parse().ok()).flatten()
}

/// What turns a digit into a keycap emoji.
const fn is_keycap(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{20E3}')
}

/// One to ten in Ethiopic numerals, which are no decimal digits.
fn ethiopic(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let (first, rest) = (chars.next()?, chars.next());
    let is_unit = rest.is_none() && ('፩'..='፲').contains(&first);
    is_unit.then(|| usize::try_from(u32::from(first) - u32::from('፩') + 1).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_any_script() {
        for (text, wanted) in [
            ("1", 1),
            (" 2. ", 2),
            ("3)", 3),
            ("(4)", 4),
            ("١", 1),
            ("۲", 2),
            ("१", 1),
            ("১", 1),
            ("፩", 1),
            ("፲", 10),
            ("１", 1),
            ("1\u{FE0F}\u{20E3}", 1),
            ("10", 10),
            ("٢٣", 23),
        ] {
            assert_eq!(number(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_more_than_a_number_is_none() {
        for text in
            ["", "one", "1 day", "2 pills", "1-2", "-1", "1.5", "12345", "🙂", ".", "½", "1a"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn every_command_is_a_move() {
        for id in COMMAND_IDS {
            assert!(command(id).is_some(), "{id}");
        }
    }
}
