//! A run: what a system answered to every question, in the order of the questions.

use std::time::Instant;

use serde::Serialize;
use time::Date;

use super::judgment::Judgment;
use crate::analysis::Lang;
use crate::corpus::EntryId;
use crate::engine::Engine;
use crate::retrieval::{Outcome, Query};

/// The result of one question, as a line of `results.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResultLine {
    /// Name of the question.
    pub id: String,
    /// What was decided.
    pub decision: Outcome,
    /// The first candidate.
    pub entry: Option<EntryId>,
    /// Probability that it is right.
    pub confidence: f64,
    /// Probability that the corpus has an answer.
    pub in_scope: f64,
    /// Most likely language of the question.
    pub language: Option<Lang>,
    /// Entries with their scores, best first.
    pub ranked: Vec<(EntryId, f32)>,
    /// Time inside the engine.
    pub micros: u64,
}

/// How questions are asked.
#[derive(Debug, Clone, Copy)]
pub struct RunConfig {
    /// Most entries ranked.
    pub top: usize,
    /// Whether the engine is told the language.
    pub give_language: bool,
    /// The day.
    pub today: Date,
}

/// Asks every question.
#[must_use]
pub fn run(engine: &Engine, judgments: &[Judgment], config: RunConfig) -> Vec<ResultLine> {
    judgments.iter().map(|judgment| ask(engine, judgment, config)).collect()
}

fn ask(engine: &Engine, judgment: &Judgment, config: RunConfig) -> ResultLine {
    let query = Query {
        text: &judgment.text,
        language: config.give_language.then_some(&judgment.lang),
        profile: &judgment.profile,
        limit: config.top,
        today: config.today,
    };
    let start = Instant::now();
    let decision = engine.decide(&query);
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    ResultLine {
        id: judgment.id.clone(),
        decision: decision.outcome,
        entry: decision.candidates.first().map(|it| it.entry.clone()),
        confidence: decision.confidence.value(),
        in_scope: decision.in_scope.value(),
        language: decision.language().map(|(lang, _)| lang.clone()),
        ranked: decision
            .candidates
            .iter()
            .take(config.top)
            .map(|it| (it.entry.clone(), it.score))
            .collect(),
        micros,
    }
}
