//! Confusions: the wrong first candidates the engine was surest of, each beside the right one.

use super::catalogue::closest;
use super::judgment::Judgment;
use super::measure::first_rank;
use super::summary::{Pair, is_right, ordinary, ranking};
use crate::corpus::{Corpus, EntryId};

/// One wrong first candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion<'a> {
    /// The question.
    pub judgment: &'a Judgment,
    /// Probability that was stated for the wrong candidate.
    pub confidence: f64,
    /// The entry given.
    pub given: Named<'a>,
    /// The right entry and its rank; `None` when the question is out of scope.
    pub right: Option<(Named<'a>, Option<usize>)>,
}

/// An entry with its phrasing that looks most like the question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Named<'a> {
    /// The entry.
    pub entry: &'a EntryId,
    /// The phrasing; empty when the corpus has no such entry.
    pub phrasing: &'a str,
}

/// The `n` worst confusions, highest confidence first, ties in order of the questions' names.
#[must_use]
pub fn worst<'a>(pairs: &[Pair<'a>], corpus: &'a Corpus, n: usize) -> Vec<Confusion<'a>> {
    let mut wrong: Vec<Pair<'a>> = ordinary(pairs);
    wrong.retain(|(judgment, line)| line.entry.is_some() && !is_right(judgment, line));
    wrong.sort_by(|a, b| {
        b.1.confidence.total_cmp(&a.1.confidence).then_with(|| a.0.id.cmp(&b.0.id))
    });
    wrong.into_iter().take(n).filter_map(|pair| confusion(pair, corpus)).collect()
}

fn confusion<'a>((judgment, line): Pair<'a>, corpus: &'a Corpus) -> Option<Confusion<'a>> {
    let named = |entry: &'a EntryId| Named {
        entry,
        phrasing: corpus
            .entry(entry)
            .and_then(|it| closest(it, &judgment.text))
            .unwrap_or_default(),
    };
    let rank = first_rank(&ranking(line), &judgment.relevant, usize::MAX);
    // Of several right entries the one that was ranked best.
    let found = rank.and_then(|rank| line.ranked.get(rank - 1)).map(|(entry, _)| entry);
    let right = found.or_else(|| judgment.relevant.first());
    Some(Confusion {
        judgment,
        confidence: line.confidence,
        given: named(line.entry.as_ref()?),
        right: right.map(|entry| (named(entry), rank)),
    })
}
