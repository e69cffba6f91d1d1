//! Clusters: questions of one language that ask for the same, by the features of the entry model.

use super::features::{Counts, Terms};
use super::space::Space;
use super::vectors::Vector;
use crate::analysis::{Analysis, Lang};
use crate::corpus::Corpus;

/// Two questions whose vectors have at least this cosine ask for the same.
const ALIKE: f32 = 0.30;

/// Groups questions; each joins the first group whose first question is alike, else begins one.
///
/// Returns the places of the questions, groups in the order of their first. The same questions in
/// the same order give the same groups. O(questions × groups).
#[must_use]
pub fn clusters(corpus: &Corpus, lang: &Lang, questions: &[&str]) -> Vec<Vec<usize>> {
    let vectors = vectors(corpus, lang, questions);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, vector) in vectors.iter().enumerate().take(questions.len()) {
        let is_alike = |group: &&mut Vec<usize>| {
            let first = group.first().and_then(|first| vectors.get(*first));
            first.is_some_and(|first| first.cosine(vector) >= ALIKE)
        };
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups
}

/// The vectors of the questions. The corpus's own questions stand behind them, so that it is known
/// which words are common; those alone would not know what the corpus does not speak of.
fn vectors(corpus: &Corpus, lang: &Lang, questions: &[&str]) -> Vec<Vector> {
    let own = corpus.entries.iter().filter_map(|it| Some(it.texts.get(lang)?.question.as_str()));
    let counts: Vec<Counts> = questions
        .iter()
        .copied()
        .chain(own)
        .map(|text| Counts::of(&Terms::of(&Analysis::of(text).words, lang)))
        .collect();
    let n_texts = u32::try_from(counts.len()).unwrap_or(u32::MAX);
    let each: Vec<u32> = (0..n_texts).collect();
    let space = Space::learn(&counts.iter().collect::<Vec<_>>(), &each, counts.len());
    counts.iter().map(|it| space.vector_of(it)).collect()
}
