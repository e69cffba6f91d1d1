//! BM25 over words: the plain full-text search every gain is shown against.
//!
//! Words are the lower-case words of [`Analysis`], not stemmed; a document is one phrasing, an entry
//! is worth its best phrasing, answers are not searched.
//! Source: Robertson and Zaragoza, Foundations and Trends in IR 3(4), 2009, with Lucene's idf.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use super::catalogue::phrasings;
use super::judgment::Judgment;
use super::measure::number;
use super::run::ResultLine;
use crate::analysis::Analysis;
use crate::corpus::{Corpus, EntryId};
use crate::retrieval::Outcome;

/// Damps how much a repeated word counts.
const K1: f64 = 1.2;
/// How much long documents are discounted.
const B: f64 = 0.75;

/// Where a word stands: the document and how often.
type Posting = (usize, f64);

/// The phrasings of a corpus, ready to be searched.
#[derive(Debug)]
pub struct Bm25<'a> {
    entries: Vec<&'a EntryId>,
    /// For each document its entry and its number of words.
    documents: Vec<(usize, f64)>,
    postings: HashMap<String, Vec<Posting>>,
    mean_words: f64,
}

impl<'a> Bm25<'a> {
    /// Counts the words of every phrasing.
    #[must_use]
    pub fn new(corpus: &'a Corpus) -> Self {
        let entries = corpus.entries.iter().map(|it| &it.id).collect();
        let (mut documents, mut postings) = (Vec::new(), HashMap::new());
        for (at, entry) in corpus.entries.iter().enumerate() {
            for phrasing in phrasings(entry) {
                let words = words(phrasing);
                add(&mut postings, documents.len(), &words);
                documents.push((at, number(words.len())));
            }
        }
        let all: f64 = documents.iter().map(|it| it.1).sum();
        let mean_words = (all / number(documents.len().max(1))).max(1.0);
        Self { entries, documents, postings, mean_words }
    }

    /// The entries that share a word with the question, best first, ties in order of the ids.
    #[must_use]
    pub fn search(&self, question: &str, top: usize) -> Vec<(EntryId, f64)> {
        let mut best = vec![0.0_f64; self.entries.len()];
        for (score, (entry, _)) in self.scores(question).iter().zip(&self.documents) {
            if let Some(best) = best.get_mut(*entry) {
                *best = best.max(*score);
            }
        }
        let mut ranked: Vec<(&EntryId, f64)> =
            self.entries.iter().copied().zip(best).filter(|it| it.1 > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        ranked.into_iter().take(top).map(|(entry, score)| (entry.clone(), score)).collect()
    }

    /// The score of every document.
    fn scores(&self, question: &str) -> Vec<f64> {
        let mut scores = vec![0.0; self.documents.len()];
        for word in words(question) {
            let Some(postings) = self.postings.get(&word) else { continue };
            let idf = idf(self.documents.len(), postings.len());
            for (document, count) in postings {
                let length = self.documents.get(*document).map_or(0.0, |it| it.1);
                let damped = K1 * (1.0 - B + B * length / self.mean_words);
                if let Some(score) = scores.get_mut(*document) {
                    *score += idf * count * (K1 + 1.0) / (count + damped);
                }
            }
        }
        scores
    }

    /// Asks one question. Whatever is found is given as the answer: plain search has no threshold.
    ///
    /// The score, squeezed between 0 and 1, stands for the confidence; only its order means
    /// something.
    #[must_use]
    pub fn ask(&self, judgment: &Judgment, top: usize) -> ResultLine {
        let start = Instant::now();
        let ranked = self.search(&judgment.text, top);
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let confidence = ranked.first().map_or(0.0, |(_, score)| score / (1.0 + score));
        ResultLine {
            id: judgment.id.clone(),
            decision: if ranked.is_empty() { Outcome::Tree } else { Outcome::Answer },
            entry: ranked.first().map(|(entry, _)| entry.clone()),
            confidence,
            in_scope: confidence,
            language: None,
            ranked: ranked.into_iter().map(|(entry, score)| (entry, narrow(score))).collect(),
            micros,
        }
    }
}

fn add(postings: &mut HashMap<String, Vec<Posting>>, document: usize, words: &[String]) {
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    for (word, count) in counts {
        postings.entry(word.clone()).or_default().push((document, number(count)));
    }
}

fn words(text: &str) -> Vec<String> {
    Analysis::of(text).words.into_iter().map(|it| it.lower).collect()
}

/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, never negative.
fn idf(n_documents: usize, n_with: usize) -> f64 {
    let (all, with) = (number(n_documents), number(n_with));
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
}

#[expect(clippy::cast_possible_truncation, reason = "a score written to a file, good for order")]
fn narrow(score: f64) -> f32 {
    score as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_word_weighs_more_than_a_frequent_one() {
        // ln(1 + 1.5 / 2.5) and ln(1 + 2.5 / 1.5).
        assert!((idf(3, 2) - 0.470_003_629).abs() < 1e-8);
        assert!((idf(3, 1) - 0.980_829_253).abs() < 1e-8);
    }

    #[test]
    fn the_score_is_the_formula() {
        let (documents, mut postings) = (vec![(0, 2.0), (1, 4.0)], HashMap::new());
        add(&mut postings, 0, &["pill".to_owned(), "safe".to_owned()]);
        let (a, b) = (EntryId::new("a"), EntryId::new("b"));
        let search = Bm25 { entries: vec![&a, &b], documents, postings, mean_words: 3.0 };
        let found = search.search("Pill", 5);
        // idf = ln(1 + 1.5 / 1.5); damped = 1.2 (0.25 + 0.75 · 2 / 3) = 0.9; · 2.2 / 1.9.
        let wanted = 2.0_f64.ln() * 2.2 / 1.9;
        assert!(found.len() == 1 && found[0].0 == a, "{found:?}");
        assert!((found[0].1 - wanted).abs() < 1e-9, "{found:?}, not {wanted}");
    }
}
