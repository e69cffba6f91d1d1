//! Overlap: questions that also stand in the corpus. They measure memory, not understanding.

use std::collections::BTreeSet;

use serde::Serialize;

use super::catalogue::by_plain;
use super::summary::{Pair, Summary, ordinary};
use crate::analysis::Analysis;
use crate::corpus::{Corpus, EntryId};

/// How questions and phrasings overlap.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overlap {
    /// Questions whose normalised text is that of a phrasing.
    pub n: usize,
    /// Those of them whose phrasing stands under no entry that is judged right.
    pub elsewhere: usize,
    /// The measures over all questions; absent when there is no overlap.
    pub with: Option<Summary>,
    /// The measures over the questions that do not stand in the corpus; absent when all do not.
    pub without: Option<Summary>,
}

impl Overlap {
    /// Looks every question up among the phrasings. Red flags are no part of it.
    #[must_use]
    pub fn of(pairs: &[Pair<'_>], corpus: &Corpus) -> Self {
        let owners = by_plain(corpus);
        let of = |pair: &Pair<'_>| owners.get(&Analysis::of(&pair.0.text).plain());
        let pairs = ordinary(pairs);
        let (same, rest): (Vec<Pair<'_>>, Vec<Pair<'_>>) =
            pairs.iter().copied().partition(|pair| of(pair).is_some());
        let is_elsewhere = |pair: &&Pair<'_>| {
            let is_judged =
                |it: &BTreeSet<&EntryId>| it.iter().any(|id| pair.0.relevant.contains(*id));
            !of(pair).is_some_and(is_judged)
        };
        let measured = |pairs: &[Pair<'_>]| (!same.is_empty()).then(|| Summary::of(pairs));
        Self {
            n: same.len(),
            elsewhere: same.iter().filter(is_elsewhere).count(),
            with: measured(&pairs),
            without: measured(&rest),
        }
    }
}
