//! Sentence pairs: what stands for the same in two languages.
//!
//! From files, one pair a line with a tab between, and from a corpus's own translations.

use std::fs;
use std::path::Path;

use super::entry::Entry;
use super::{Corpus, Error};
use crate::analysis::Lang;

/// A sentence and what it says in the other language.
pub type SentencePair = (String, String);

/// Reads `<sentence>⇥<sentence in the pivot>` a line. Returns the pairs and the numbers of the
/// lines, from 1, that are none.
///
/// # Errors
///
/// [`Error::Read`] when the file cannot be read or is not UTF-8.
pub fn read_pairs(path: &Path) -> Result<(Vec<SentencePair>, Vec<usize>), Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(read)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let (mut pairs, mut wrong) = (Vec::new(), Vec::new());
    for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let mut fields = line.split('\t').map(str::trim).filter(|it| !it.is_empty());
        match (fields.next(), fields.next()) {
            (Some(sentence), Some(other)) => pairs.push((sentence.to_owned(), other.to_owned())),
            _ => wrong.push(at),
        }
    }
    Ok((pairs, wrong))
}

/// What the texts of a corpus say in both languages: titles, summaries and questions; the
/// paragraphs of answers that have as many in both; and each phrasing with the other question.
#[must_use]
pub fn pairs_of(corpus: &Corpus, lang: &Lang, pivot: &Lang) -> Vec<SentencePair> {
    corpus.entries.iter().flat_map(|entry| pairs_of_entry(entry, lang, pivot)).collect()
}

fn pairs_of_entry(entry: &Entry, lang: &Lang, pivot: &Lang) -> Vec<SentencePair> {
    let mut pairs = Vec::new();
    let Some(other) = entry.texts.get(pivot) else { return pairs };
    let mut pair = |a: &str, b: &str| pairs.push((a.to_owned(), b.to_owned()));
    if let Some(text) = entry.texts.get(lang) {
        pair(&text.question, &other.question);
        pair(&text.title, &other.title);
        pair(&text.summary, &other.summary);
        let (own, others) = (paragraphs(&text.answer), paragraphs(&other.answer));
        if own.len() == others.len() {
            own.iter().zip(&others).for_each(|(a, b)| pair(a, b));
        }
    }
    for phrasing in entry.phrasings.iter().filter(|it| it.lang == *lang) {
        pair(&phrasing.text, &other.question);
    }
    pairs
}

fn paragraphs(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|it| !it.is_empty()).collect()
}
