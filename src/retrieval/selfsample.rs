//! A corpus asks itself: phrasings held out are questions with a known answer, phrasings of
//! entries held out are questions without one.
//!
//! Everything is learnt anew without what is held out, so nothing is asked that was seen.

use std::sync::Arc;

use super::candidate::{self, candidates};
use super::concepts::Concepts;
use super::matcher::{Heard, Matcher, Placed, Sample};
use super::signals::Signals;
use crate::index::Index;

/// Questions of each kind that are enough; further folds are not asked.
const ENOUGH: usize = 700;
/// Share of phrasings that must stand in entries with several for a corpus to ask itself.
const SEVERAL_FROM: f64 = 0.3;
/// Phrasings above which a corpus is not asked: learning it anew would take too long.
const TOO_MANY: usize = 40_000;

/// What a corpus answered to its own phrasings.
#[derive(Debug, Default)]
pub struct Asked {
    /// Held-out phrasings, and whether the first candidate was right.
    pub inside: Vec<(Signals, bool)>,
    /// Phrasings of held-out entries.
    pub outside: Vec<Signals>,
    /// Whether nearly every entry has one phrasing only, so that none can be held out.
    pub one_phrasing: bool,
    /// Phrasings an entry, on average.
    pub phrasings_an_entry: f64,
}

/// Asks a corpus its own phrasings.
#[must_use]
pub fn ask(samples: &[Sample], n_entries: usize, index: &Index, concepts: &Arc<Concepts>) -> Asked {
    let questions: Vec<Question<'_>> = questions(samples, n_entries);
    let several = questions.iter().filter(|it| it.of > 1).count();
    let (n, several) = (number(questions.len()), number(several));
    let mut asked = Asked {
        one_phrasing: several < n * SEVERAL_FROM,
        phrasings_an_entry: n / number(n_entries.max(1)),
        ..Asked::default()
    };
    if asked.one_phrasing || n_entries < 3 || questions.len() > TOO_MANY {
        return asked;
    }
    let round = Round { samples, questions: &questions, n_entries, index, concepts };
    let folds = if (1_000..5_000).contains(&questions.len()) { 5 } else { 10 };
    for fold in 0..folds {
        if asked.inside.len() < ENOUGH || asked.outside.len() < ENOUGH {
            round.ask(fold, folds, &mut asked);
        }
    }
    asked
}

/// A phrasing with its rank in its entry.
struct Question<'a> {
    place: u32,
    sample: &'a Sample,
    rank: usize,
    of: usize,
}

fn questions(samples: &[Sample], n_entries: usize) -> Vec<Question<'_>> {
    let mut counts = vec![0_usize; n_entries];
    let mut questions = Vec::new();
    for (place, sample) in (0_u32..).zip(samples).filter(|(_, it)| !it.is_answer) {
        if let Some(count) = counts.get_mut(sample.entry as usize) {
            questions.push(Question { place, sample, rank: *count, of: 0 });
            *count += 1;
        }
    }
    for question in &mut questions {
        question.of = counts.get(question.sample.entry as usize).copied().unwrap_or(0);
    }
    questions
}

struct Round<'a> {
    samples: &'a [Sample],
    questions: &'a [Question<'a>],
    n_entries: usize,
    index: &'a Index,
    concepts: &'a Arc<Concepts>,
}

impl Round<'_> {
    /// Holds out one entry in `folds` with all its texts and, of each other entry, one phrasing in
    /// `folds`; learns from the rest and asks what was held out.
    fn ask(&self, fold: usize, folds: usize, asked: &mut Asked) {
        let numbers = numbers_without(fold, folds, self.n_entries);
        let number = |entry: u32| numbers.get(entry as usize).copied().flatten();
        let is_held = |it: &Question<'_>| {
            it.of > 1 && (it.rank + it.sample.entry as usize * 7) % folds == fold
        };
        let held: Vec<&Question<'_>> = self.questions.iter().filter(|it| is_held(it)).collect();
        let mut places = held.iter().map(|it| it.place).peekable();
        let kept: Vec<Placed<'_>> = (0_u32..)
            .zip(self.samples)
            .filter(|(place, _)| places.next_if_eq(place).is_none())
            .filter_map(|(place, sample)| {
                number(sample.entry).map(|entry| Placed { place, entry, sample })
            })
            .collect();
        let n_entries = numbers.iter().flatten().count();
        let matcher = Matcher::learn(&kept, n_entries, self.index, Arc::clone(self.concepts));
        // The index knows what is held out, so its entries are brought to this round's numbers.
        let entry_of =
            |place: u32| self.samples.get(place as usize).and_then(|it| number(it.entry));
        let find = |stems: &[(String, f32)]| candidates(self.index, stems, entry_of);
        let ask = |question: &Question<'_>| first_of(&matcher, question.sample, find);
        for (question, (first, signals)) in held.iter().filter_map(|it| Some((it, ask(it)?))) {
            if let Some(entry) = number(question.sample.entry) {
                asked.inside.push((signals, first == entry));
            }
        }
        let strangers = self.questions.iter().filter(|it| number(it.sample.entry).is_none());
        asked.outside.extend(strangers.filter_map(|it| Some(ask(it)?.1)));
    }
}

/// New numbers for the entries when one in `folds` is left out; the others close ranks.
fn numbers_without(fold: usize, folds: usize, n_entries: usize) -> Vec<Option<u32>> {
    let mut next = 0;
    (0..n_entries)
        .map(|entry| {
            let kept = entry.wrapping_mul(7_919) % folds != fold;
            let number = kept.then_some(next);
            next += u32::from(kept);
            number
        })
        .collect()
}

/// The first candidate for a phrasing, with the signals of the list.
fn first_of(
    matcher: &Matcher,
    sample: &Sample,
    find: impl Fn(&[(String, f32)]) -> Vec<u32>,
) -> Option<(u32, Signals)> {
    let reading = matcher.read(&sample.words, Heard::only(&[(sample.lang.clone(), 1.0)]));
    let scores = matcher.scores(&reading, find);
    let list = candidate::ranked(&scores, 2, |_| true);
    let first = *list.first()?;
    let second = list.get(1).map(|it| it.score);
    Some((first.entry, matcher.signals(&reading, &scores, first, second)))
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
