//! Comparison: what changed since an older measurement, and whether it is more than chance.
//!
//! Both measurements asked the same questions, so the differences are tested question by question.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::interval::Interval;
use super::judgment::Kind;
use super::measure::{mean, number};
use super::random::Random;
use super::summary::{Pair, is_right, ordinary, ranking};
use crate::analysis::Lang;

/// How often differences are drawn.
const DRAWS: usize = 10_000;
/// Measures without a test, under the names of [`super::summary::Summary`].
const PLAIN: &[&str] =
    &["coverage90", "coverage95", "auroc", "ece", "answered", "wrong", "out_answered", "p99_us"];

/// The result of one question, as `--json` gives it and `--compare` reads it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Name of the question.
    pub id: String,
    /// Its language.
    pub lang: Lang,
    /// Whether it has an answer.
    pub kind: Kind,
    /// Rank from 1 of the first relevant entry among those ranked.
    pub rank: Option<usize>,
    /// Whether the first candidate is right.
    pub right: bool,
    /// Probability that it is.
    pub confidence: f64,
    /// Probability that the corpus has an answer.
    pub in_scope: f64,
}

/// The results of all questions but red flags, in order.
#[must_use]
pub fn questions(pairs: &[Pair<'_>]) -> Vec<Question> {
    let question = |(judgment, line): Pair<'_>| Question {
        id: judgment.id.clone(),
        lang: judgment.lang.clone(),
        kind: judgment.kind(),
        rank: super::measure::first_rank(&ranking(line), &judgment.relevant, usize::MAX),
        right: is_right(judgment, line),
        confidence: line.confidence,
        in_scope: line.in_scope,
    };
    ordinary(pairs).into_iter().map(question).collect()
}

/// An older measurement.
#[derive(Debug)]
pub struct Old {
    path: PathBuf,
    measures: Value,
    ranks: BTreeMap<String, Option<usize>>,
}

/// Why an older measurement cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is no measurement.
    #[error("{path} is no output of `sahihi eval --json` with its questions")]
    Form {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct OldQuestions {
    questions: Vec<OldQuestion>,
}

#[derive(Deserialize)]
struct OldQuestion {
    id: String,
    rank: Option<usize>,
}

impl Old {
    /// Reads what `sahihi eval --json` printed.
    ///
    /// # Errors
    ///
    /// [`Error`] when the file is missing or holds something else.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(failed)?;
        let form = |source| Error::Form { path: path.to_owned(), source };
        let measures: Value = serde_json::from_str(&text).map_err(form)?;
        let old: OldQuestions = serde_json::from_str(&text).map_err(form)?;
        let ranks = old.questions.into_iter().map(|it| (it.id, it.rank)).collect();
        Ok(Self { path: path.to_owned(), measures, ranks })
    }
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The older measurement.
    pub file: String,
    /// Questions in scope that both asked; the tested measures are over these.
    pub n: usize,
    /// Questions that only one of them asked.
    pub unpaired: usize,
    /// Questions whose first candidate became right.
    pub won: usize,
    /// Questions whose first candidate became wrong.
    pub lost: usize,
    /// The measures by name.
    pub measures: BTreeMap<String, Difference>,
}

/// One measure before and now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// Before.
    pub old: f64,
    /// Now.
    pub new: f64,
    /// Now less before.
    pub difference: f64,
    /// The 95 % interval of the difference; absent for measures without a test.
    pub interval: Option<Interval>,
    /// How likely chance alone gives a difference as large; absent for measures without a test.
    pub p: Option<f64>,
}

/// Compares a measurement with an older one; `new` is its JSON, `questions` what it asked.
#[must_use]
pub fn compare(old: &Old, new: &Value, questions: &[Question]) -> Comparison {
    let in_scope = questions.iter().filter(|it| it.kind == Kind::In);
    let ranks: Vec<(Option<usize>, Option<usize>)> =
        in_scope.filter_map(|it| Some((*old.ranks.get(&it.id)?, it.rank))).collect();
    let paired = questions.iter().filter(|it| old.ranks.contains_key(&it.id)).count();
    let is_first = |rank: Option<usize>| rank == Some(1);
    let mut measures = plain(&old.measures, new);
    let hit = |rank| f64::from(u8::from(is_first(rank)));
    let inverse =
        |rank: Option<usize>| rank.filter(|it| *it <= 10).map_or(0.0, |it| 1.0 / number(it));
    let of = |gain: &dyn Fn(Option<usize>) -> f64| -> Vec<(f64, f64)> {
        ranks.iter().map(|(old, new)| (gain(*old), gain(*new))).collect()
    };
    measures.insert("R@1".to_owned(), tested(&of(&hit)));
    measures.insert("MRR@10".to_owned(), tested(&of(&inverse)));
    Comparison {
        file: old.path.display().to_string(),
        n: ranks.len(),
        unpaired: questions.len() + old.ranks.len() - 2 * paired,
        won: ranks.iter().filter(|it| !is_first(it.0) && is_first(it.1)).count(),
        lost: ranks.iter().filter(|it| is_first(it.0) && !is_first(it.1)).count(),
        measures,
    }
}

fn plain(old: &Value, new: &Value) -> BTreeMap<String, Difference> {
    let measure = |of: &Value, name: &str| of.get(name).and_then(Value::as_f64);
    let difference = |name: &&str| {
        let (old, new) = (measure(old, name)?, measure(new, name)?);
        let difference = new - old;
        Some(((*name).to_owned(), Difference { old, new, difference, interval: None, p: None }))
    };
    PLAIN.iter().filter_map(difference).collect()
}

/// The difference of two means over the same questions, with its interval (paired bootstrap) and
/// its significance (paired randomisation: the two systems' values are swapped at random).
///
/// Source: Smucker, Allan and Carterette, CIKM 2007.
#[must_use]
pub fn tested(values: &[(f64, f64)]) -> Difference {
    let differences: Vec<f64> = values.iter().map(|(old, new)| new - old).collect();
    let total: f64 = differences.iter().sum();
    let mut random = Random::new();
    let mut as_large = 0;
    let mut means = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let swapped: f64 = differences.iter().map(|it| if random.coin() { *it } else { -it }).sum();
        as_large += usize::from(swapped.abs() >= total.abs() - 1e-9);
        let n = differences.len();
        means.push(mean((0..n).filter_map(|_| differences.get(random.below(n)).copied())));
    }
    Difference {
        old: mean(values.iter().map(|it| it.0)),
        new: mean(values.iter().map(|it| it.1)),
        difference: mean(differences.iter().copied()),
        interval: Interval::of(means),
        p: Some(number(as_large + 1) / number(DRAWS + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_on_every_question_is_no_chance() {
        // All ten differences point one way: 2 of 2^10 ways to swap are as large.
        let difference = tested(&[(0.0, 1.0); 10]);
        let p = difference.p.unwrap();
        assert!((p - 2.0 / 1_024.0).abs() < 0.002, "{p}");
        assert_eq!(difference.interval, Some(Interval(1.0, 1.0)));
    }

    #[test]
    fn gains_and_losses_that_cancel_are_chance() {
        let values = [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)];
        let difference = tested(&values);
        assert_eq!((difference.difference, difference.p), (0.0, Some(1.0)));
    }
}
