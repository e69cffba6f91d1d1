//! Listening: a question read in the corpus's languages, through tables, or both, and scored.
//!
//! A language the corpus does not speak is read through tables alone. In one it speaks, tables
//! only speak for the entries that have nothing in it; the others are scored as if there were no
//! table, so that nothing is lost where people have written phrasings.

use super::Retriever;
use super::candidate;
use super::decide;
use super::matcher::{Heard, Reading};
use super::translation::Translation;
use crate::analysis::{Lang, Word};

/// What a score through tables must be ahead by to pass an entry with phrasings of its own in the
/// language. Without it the sample programme loses a question in forty on dev in languages in which
/// some entries have no text.
const HANDICAP: f32 = 0.4;

/// A question with the scores of its entries.
#[derive(Debug)]
pub(super) struct Heeded {
    reading: Reading,
    /// Through tables, beside it, with the entries it speaks for, in rising order.
    beside: Option<(Reading, Vec<u32>)>,
    /// What was learnt, in the order of the entries: the signals are read off it.
    pub(super) learnt: Vec<f32>,
    /// The same with likeness to single texts.
    likened: Option<Vec<f32>>,
}

impl Heeded {
    /// What the list is ordered by, in the order of the entries.
    pub(super) fn scores(&self) -> &[f32] {
        self.likened.as_deref().unwrap_or(&self.learnt)
    }

    /// The reading that speaks for an entry.
    pub(super) fn reading(&self, first: Option<u32>) -> &Reading {
        let speaks = |it: &&(Reading, Vec<u32>)| {
            first.is_some_and(|first| it.1.binary_search(&first).is_ok())
        };
        self.beside.as_ref().filter(speaks).map_or(&self.reading, |it| &it.0)
    }
}

/// Reads and scores a question of which these are the languages.
pub(super) fn listen(engine: &Retriever, words: &[Word], all: &[(Lang, f64)]) -> Heeded {
    let matcher = &engine.knowledge.matcher;
    let own = &engine.corpus.settings.languages;
    let spoken = decide::spoken(engine, all);
    let translation = engine.knowledge.translator.translate(words, all, own);
    let read = |translation: Option<&Translation>| {
        matcher.read(words, Heard { spoken: &spoken, all, translation })
    };
    let instead = translation.as_ref().filter(|it| it.lacking.is_none());
    let reading = read(instead);
    let mut learnt = matcher.scores(&reading);
    let beside = translation.as_ref().and_then(|it| Some((read(Some(it)), it.lacking.clone()?)));
    if let Some((reading, lacking)) = &beside {
        raise(&mut learnt, &matcher.scores(reading), lacking);
    }
    let likened = instead.filter(|it| it.likeness > 0.0).map(|translation| {
        let mut scores = learnt.clone();
        candidate::liken(&mut scores, &engine.index, &reading.stems(), translation.likeness);
        scores
    });
    Heeded { reading, beside, learnt, likened }
}

/// Lets another reading raise the scores of some entries.
fn raise(scores: &mut [f32], others: &[f32], entries: &[u32]) {
    for entry in entries {
        let at = *entry as usize;
        if let (Some(own), Some(other)) = (scores.get_mut(at), others.get(at)) {
            *own = own.max(other - HANDICAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reading_raises_only_the_entries_it_speaks_for() {
        let mut scores = [0.5, 0.1, 0.9, 0.0];
        raise(&mut scores, &[1.5, HANDICAP + 0.5, 1.0, 0.2], &[1, 2, 3]);
        let expected = [0.5, 0.5, 0.9, 0.0];
        assert!(scores.iter().zip(expected).all(|(it, to)| (it - to).abs() < 1e-6), "{scores:?}");
    }
}
