//! Learns a translation table from sentence pairs.
//!
//! Both directions are learnt by `alignment` and multiplied, so that a rare word does not become
//! the dump of a whole sentence. Words with one stem share a row, which shows their most frequent
//! spelling.

use std::collections::{BTreeMap, HashMap};
use std::thread;

use super::alignment::{EMPTY, Pair, Shares};
use crate::analysis::{Analysis, Lang, stem};
use crate::corpus::{Row, Table};

/// Words of a sentence that are read.
const MAX_WORDS: usize = 60;
/// Translations kept a word, and the least share of one.
const KEPT: (usize, f64) = (10, 0.01);
/// Translations kept of a word that was seen once.
const KEPT_OF_RARE: usize = 5;
/// Takes the place of the other direction's share where it is nothing.
const LEAST: f64 = 1e-9;

/// What a table was learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learnt {
    /// Sentence pairs in which both sides have words.
    pub pairs: usize,
    /// Different words of the language, by stem.
    pub words: usize,
}

/// Steps that [`learn`] reports.
pub const STEPS: u64 = 12;

/// Learns what the words of `lang` stand for in `pivot` from pairs of sentences, `lang` first.
///
/// Deterministic: the order of the pairs matters, the number of threads does not. About a second
/// for three thousand sentences. `step` is called [`STEPS`] times.
#[must_use]
pub fn learn(
    lang: &Lang,
    pivot: &Lang,
    sentences: &[(String, String)],
    step: impl Fn() + Sync,
) -> (Table, Learnt) {
    let (mut source, mut target) = (Vocabulary::new(lang), Vocabulary::new(pivot));
    let mut pairs = Vec::new();
    for (of_source, of_target) in sentences {
        let pair = Pair { source: source.read(of_source), target: target.read(of_target) };
        if !pair.source.is_empty() && !pair.target.is_empty() {
            pairs.push(pair);
        }
    }
    let there = || Shares::learn(pairs.iter().map(|it| (&it.source[..], &it.target[..])), &step);
    let back = || Shares::learn(pairs.iter().map(|it| (&it.target[..], &it.source[..])), &step);
    let (there, back) = thread::scope(|scope| {
        let back = scope.spawn(back);
        (there(), back.join().unwrap_or_default())
    });
    let (sources, targets) = (source.shown(), target.shown());
    let mut rows: Vec<Row> = there
        .rows()
        .filter(|(word, _)| *word != EMPTY)
        .filter_map(|(word, row)| row_of(word, &row, &back, (&sources, &targets)))
        .collect();
    rows.sort_by(|a, b| a.word.cmp(&b.word));
    let learnt = Learnt { pairs: pairs.len(), words: rows.len() };
    (Table { lang: lang.clone(), pivot: pivot.clone(), rows, struck: [].into() }, learnt)
}

/// How a word is written in the table, and how often it was seen; nothing when it cannot be.
type Shown = Option<(String, u32)>;

/// A row with the likeliest translations, ties by number.
fn row_of(
    word: u32,
    row: &[(u32, f64)],
    back: &Shares,
    (sources, targets): (&[Shown], &[Shown]),
) -> Option<Row> {
    let (shown, count) = sources.get(word as usize)?.clone()?;
    let score = |target: u32, share: f64| share * (back.get(target, word) + LEAST).sqrt();
    let mut scored: Vec<(u32, f64)> =
        row.iter().map(|(target, share)| (*target, score(*target, *share))).collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let sum: f64 = scored.iter().map(|it| it.1).sum();
    let kept = if count > 1 { KEPT.0 } else { KEPT_OF_RARE };
    let translations: Vec<(String, u8)> = scored
        .into_iter()
        .take(kept)
        .map(|(target, score)| (target, score / sum))
        .take_while(|(_, share)| *share >= KEPT.1)
        .filter_map(|(target, share)| {
            let (shown, _) = targets.get(target as usize)?.clone()?;
            Some((shown, hundredths(share)))
        })
        .collect();
    (!translations.is_empty()).then_some(Row { word: shown, count, translations })
}

fn hundredths(share: f64) -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 100 after the clamp"
    )]
    let hundredths = (share * 100.0).round().clamp(1.0, 100.0) as u8;
    hundredths
}

/// Numbers the stems of a language as they come, from 1.
struct Vocabulary<'a> {
    lang: &'a Lang,
    numbers: HashMap<String, u32>,
    stems: Vec<String>,
    /// For each stem how often each spelling was seen.
    spellings: Vec<BTreeMap<String, u32>>,
}

impl<'a> Vocabulary<'a> {
    fn new(lang: &'a Lang) -> Self {
        let (stems, spellings) = (vec![String::new()], vec![BTreeMap::new()]);
        Self { lang, numbers: HashMap::new(), stems, spellings }
    }

    /// The numbers of the words of a sentence. Numerals speak for themselves and are left out.
    fn read(&mut self, sentence: &str) -> Vec<u32> {
        let words = Analysis::of(sentence).words;
        let words = words.iter().filter(|it| !it.form.bytes().any(|b| b.is_ascii_digit()));
        let mut numbers = Vec::new();
        for word in words.take(MAX_WORDS) {
            let next = u32::try_from(self.spellings.len()).unwrap_or(u32::MAX);
            let stem = stem::stem(word, self.lang);
            let number = *self.numbers.entry(stem.clone()).or_insert(next);
            if number == next {
                self.stems.push(stem);
                self.spellings.push(BTreeMap::new());
            }
            if let Some(seen) = self.spellings.get_mut(number as usize) {
                *seen.entry(word.lower.clone()).or_default() += 1;
            }
            numbers.push(number);
        }
        numbers
    }

    /// For each number its most frequent spelling that is read back as it, and how often the stem
    /// was seen.
    fn shown(&self) -> Vec<Shown> {
        let shown = |(stem, seen): (&String, &BTreeMap<String, u32>)| {
            let mut ranked: Vec<(&String, &u32)> = seen.iter().collect();
            ranked.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let is_read_back =
                |it: &&(&String, &u32)| stem_of(it.0, self.lang).as_ref() == Some(stem);
            let (spelling, _) = ranked.iter().find(is_read_back)?;
            Some(((*spelling).clone(), seen.values().sum()))
        };
        self.stems.iter().zip(&self.spellings).map(shown).collect()
    }
}

/// The stem of what is one word.
pub(super) fn stem_of(word: &str, lang: &Lang) -> Option<String> {
    let words = Analysis::of(word).words;
    let [word] = words.as_slice() else { return None };
    Some(stem::stem(word, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(sentences: &[(&str, &str)]) -> Table {
        let tag = |it: &str| Lang::parse(it).unwrap();
        let sentences: Vec<(String, String)> =
            sentences.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        learn(&tag("sw"), &tag("en"), &sentences, || ()).0
    }

    #[test]
    fn words_find_their_translation_and_its_most_frequent_spelling() {
        let sentences = [
            ("kidonge", "pill"),
            ("ni dharura", "emergency"),
            ("kidonge cha dharura", "emergency pills"),
            ("meza kidonge", "swallow pill"),
            ("dawa ya dharura", "emergency medicine"),
            ("meza dawa", "swallow medicine"),
        ];
        let table = table(&sentences);
        let first = |word: &str| {
            let row = table.rows.iter().find(|it| it.word == word).unwrap();
            row.translations[0].0.clone()
        };
        assert_eq!(first("kidonge"), "pill");
        assert_eq!(first("dharura"), "emergency");
        assert_eq!(first("dawa"), "medicine");
        assert!(table.rows.is_sorted_by(|a, b| a.word < b.word));
    }

    #[test]
    fn numerals_and_empty_sides_teach_nothing() {
        let table = table(&[("12", "12"), ("", "pill"), ("dawa 3", "")]);
        assert!(table.rows.is_empty());
    }
}
