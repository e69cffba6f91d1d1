//! A corpus asks itself: phrasings held out are questions with a known answer, phrasings of
//! entries held out are questions without one.
//!
//! Before they are asked, everything they taught is forgotten (`learner`).

use super::candidate;
use super::learner::{Hidden, Learner};
use super::matcher::{Heard, Matcher, Sample};
use super::parallel;
use super::signals::Signals;

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
pub(super) fn ask(samples: &[Sample], n_entries: usize, learner: &Learner<'_>) -> Asked {
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
    let round = Round { learner, questions: &questions, n_entries };
    let folds = if (1_000..5_000).contains(&questions.len()) { 5 } else { 10 };
    for fold in 0..folds {
        if asked.inside.len() < ENOUGH || asked.outside.len() < ENOUGH {
            round.ask((fold, folds), samples, &mut asked);
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
    learner: &'a Learner<'a>,
    questions: &'a [Question<'a>],
    n_entries: usize,
}

impl Round<'_> {
    /// Holds out one entry in `folds` with all its texts and, of each other entry, one phrasing in
    /// `folds`; forgets them and asks what was held out.
    fn ask(&self, (fold, folds): (usize, usize), samples: &[Sample], asked: &mut Asked) {
        let entries: Vec<bool> =
            (0..self.n_entries).map(|entry| entry.wrapping_mul(7_919) % folds == fold).collect();
        let is_out = |entry: u32| entry_is(&entries, entry);
        let mut texts: Vec<bool> = samples.iter().map(|it| is_out(it.entry)).collect();
        let is_held = |it: &&Question<'_>| {
            it.of > 1 && (it.rank + it.sample.entry as usize * 7) % folds == fold
        };
        for question in self.questions.iter().filter(is_held) {
            if let Some(hidden) = texts.get_mut(question.place as usize) {
                *hidden = true;
            }
        }
        let hidden = Hidden { texts, entries };
        let is_out = |entry: u32| entry_is(&hidden.entries, entry);
        let matcher = self.learner.without(&hidden);
        let held: Vec<&Question<'_>> =
            self.questions.iter().filter(|it| is_out(it.sample.entry) || is_held(it)).collect();
        let found = parallel::map(&held, |it| first_of(&matcher, it.sample, &hidden));
        for (question, found) in held.iter().zip(found) {
            let Some((first, signals)) = found else { continue };
            if is_out(question.sample.entry) {
                asked.outside.push(signals);
            } else {
                asked.inside.push((signals, first == question.sample.entry));
            }
        }
    }
}

/// The first candidate for a phrasing, with the signals of the list, among entries not hidden.
fn first_of(matcher: &Matcher, sample: &Sample, hidden: &Hidden) -> Option<(u32, Signals)> {
    let reading = matcher.read(&sample.words, Heard::only(&[(sample.lang.clone(), 1.0)]));
    let scores = matcher.scores(&reading);
    let list = candidate::ranked(&scores, 2, |it| !entry_is(&hidden.entries, it.entry));
    let seen: Vec<f32> =
        scores.iter().zip(&hidden.entries).filter(|(_, out)| !**out).map(|(it, _)| *it).collect();
    let first = *list.first()?;
    let second = list.get(1).map(|it| it.score);
    Some((first.entry, matcher.signals(&reading, &seen, first, second)))
}

/// What a list says of an entry.
fn entry_is(list: &[bool], entry: u32) -> bool {
    list.get(entry as usize).copied().unwrap_or(false)
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
