//! Listening: a question read in the corpus's languages, through tables, or both, and scored.
//!
//! A language the corpus does not speak is read through tables alone. In one it speaks, tables
//! only speak for the entries that have nothing in it; the others are scored as if there were no
//! table, so that nothing is lost where people have written phrasings.

use super::Retriever;
use super::candidate;
use super::matcher::{Heard, Reading};
use super::model::Scored;
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
    pub(super) learnt: Vec<Scored>,
    /// What the list is ordered by, in the order of the entries.
    pub(super) scores: Vec<Scored>,
}

impl Heeded {
    /// The reading that speaks for an entry.
    pub(super) fn reading(&self, first: Option<u32>) -> &Reading {
        let speaks = |it: &&(Reading, Vec<u32>)| {
            first.is_some_and(|first| it.1.binary_search(&first).is_ok())
        };
        self.beside.as_ref().filter(speaks).map_or(&self.reading, |it| &it.0)
    }
}

/// Reads and scores a question.
pub(super) fn listen(
    engine: &Retriever,
    words: &[Word],
    spoken: &[(Lang, f64)],
    all: &[(Lang, f64)],
) -> Heeded {
    let matcher = &engine.knowledge.matcher;
    let translator = &engine.knowledge.translator;
    let own = &engine.corpus.settings.languages;
    let translation = translator.translate(words, all, own);
    let read =
        |translation: Option<&Translation>| matcher.read(words, Heard { spoken, all, translation });
    let entry_of = |document: u32| engine.entries.get(document as usize).copied();
    let find = |stems: &[(String, f32)]| candidate::candidates(&engine.index, stems, entry_of);
    let instead = translation.as_ref().filter(|it| it.lacking.is_none());
    let reading = read(instead);
    let mut learnt = matcher.scores(&reading, find);
    let beside = translation.as_ref().and_then(|it| Some((read(Some(it)), it.lacking.clone()?)));
    if let Some((reading, lacking)) = &beside {
        let mut others = matcher.scores(reading, find);
        others.iter_mut().for_each(|it| it.score -= HANDICAP);
        raise(&mut learnt, &others, lacking);
    }
    let mut scores = learnt.clone();
    if let Some(translation) = instead
        && translation.likeness > 0.0
    {
        let sought = (reading.stems.as_slice(), translation.likeness);
        candidate::liken(&mut scores, &engine.index, sought, entry_of);
    }
    Heeded { reading, beside, learnt, scores }
}

/// Lets another reading raise the scores of some entries; both lists are in rising order.
fn raise(scores: &mut Vec<Scored>, others: &[Scored], entries: &[u32]) {
    for other in others.iter().filter(|it| entries.binary_search(&it.entry).is_ok()) {
        match scores.binary_search_by(|it| it.entry.cmp(&other.entry)) {
            Ok(place) => {
                if let Some(own) = scores.get_mut(place) {
                    own.score = own.score.max(other.score);
                }
            }
            Err(place) => scores.insert(place, *other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reading_raises_only_the_entries_it_speaks_for() {
        let scored = |list: &[(u32, f32)]| -> Vec<Scored> {
            list.iter().map(|(entry, score)| Scored { entry: *entry, score: *score }).collect()
        };
        let mut scores = scored(&[(0, 0.5), (2, 0.1), (3, 0.9)]);
        raise(&mut scores, &scored(&[(0, 1.0), (1, 0.4), (2, 0.3), (3, 0.2)]), &[1, 2, 3]);
        assert_eq!(scores, scored(&[(0, 0.5), (1, 0.4), (2, 0.3), (3, 0.9)]));
    }
}
