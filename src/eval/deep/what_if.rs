//! What if: which test questions would move if a file of the corpus were another.
//!
//! Both corpora are learnt in memory; the file is taken as approved, nothing is written.

use serde::Serialize;
use time::Date;

use crate::corpus::{EntryId, Loaded};
use crate::engine::{Engine, Error};
use crate::eval::judgment::{Judgment, Kind};
use crate::eval::run::{self, ResultLine, RunConfig};
use crate::retrieval::Outcome;

/// What a change would do to the test questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhatIf {
    /// Questions asked.
    pub questions: usize,
    /// Questions whose first candidate is right, before.
    pub right_before: usize,
    /// Questions whose first candidate is right, after.
    pub right_after: usize,
    /// Questions that find another entry first, or are decided otherwise, in their order.
    pub moved: Vec<Move>,
}

/// A question that moves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    /// Name of the question.
    pub id: String,
    /// The question.
    pub text: String,
    /// Where it goes now.
    pub before: Place,
    /// Where it would go.
    pub after: Place,
}

/// Where a question goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// What is decided.
    pub decision: Outcome,
    /// The first candidate.
    pub entry: Option<EntryId>,
    /// Probability that it is right.
    pub confidence: f64,
    /// Whether it is right; `None` where the question has no answer.
    pub right: Option<bool>,
}

/// Asks every question of both corpora; red flags are left aside.
///
/// # Errors
///
/// [`Error`] when a corpus cannot be indexed.
pub fn compare(
    before: &Loaded,
    after: &Loaded,
    judgments: &[Judgment],
    today: Date,
) -> Result<WhatIf, Error> {
    let (before, after) = (Engine::in_memory(before, today)?, Engine::in_memory(after, today)?);
    Ok(between(&before, &after, judgments, today))
}

/// Asks every question of both engines; red flags are left aside.
#[must_use]
pub fn between(before: &Engine, after: &Engine, judgments: &[Judgment], today: Date) -> WhatIf {
    let questions: Vec<Judgment> =
        judgments.iter().filter(|it| it.kind() != Kind::Redflag).cloned().collect();
    let config = RunConfig { top: 1, give_language: false, today };
    let (before, after) =
        (run::run(before, &questions, config), run::run(after, &questions, config));
    let right = |lines: &[ResultLine]| {
        questions.iter().zip(lines).filter(|(it, line)| place(it, line).right == Some(true)).count()
    };
    let (right_before, right_after) = (right(&before), right(&after));
    let mut moved = Vec::new();
    for ((question, old), new) in questions.iter().zip(&before).zip(&after) {
        if (old.decision, &old.entry) != (new.decision, &new.entry) {
            moved.push(Move {
                id: question.id.clone(),
                text: question.text.clone(),
                before: place(question, old),
                after: place(question, new),
            });
        }
    }
    WhatIf { questions: questions.len(), right_before, right_after, moved }
}

fn place(question: &Judgment, line: &ResultLine) -> Place {
    let is_right = || line.entry.as_ref().is_some_and(|it| question.relevant.contains(it));
    Place {
        decision: line.decision,
        entry: line.entry.clone(),
        confidence: line.confidence,
        right: (question.kind() == Kind::In).then(is_right),
    }
}
