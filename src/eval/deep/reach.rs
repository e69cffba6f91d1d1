//! Reach: which entries the test questions ask for, and which of them they find.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::Date;

use crate::corpus::EntryId;
use crate::engine::Engine;
use crate::eval::judgment::{Judgment, Kind};
use crate::eval::run::{self, RunConfig};

/// What the test questions reach.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reach {
    /// Questions asked: those that have an answer.
    pub questions: usize,
    /// Entries for which there is no question.
    pub unasked: Vec<EntryId>,
    /// Entries with questions, none of which finds them first, and how many there are.
    pub unreached: BTreeMap<EntryId, usize>,
}

/// Asks every question that has an answer.
#[must_use]
pub fn of(engine: &Engine, judgments: &[Judgment], today: Date) -> Reach {
    let questions: Vec<Judgment> =
        judgments.iter().filter(|it| it.kind() == Kind::In).cloned().collect();
    let results = run::run(engine, &questions, RunConfig { top: 1, give_language: false, today });
    let mut asked: BTreeMap<&EntryId, usize> = BTreeMap::new();
    let mut found: BTreeSet<&EntryId> = BTreeSet::new();
    for (question, result) in questions.iter().zip(&results) {
        for entry in &question.relevant {
            *asked.entry(entry).or_default() += 1;
        }
        found.extend(result.entry.iter().filter(|it| question.relevant.contains(*it)));
    }
    let ids = || engine.corpus().entries.iter().map(|it| &it.id);
    let unreached = ids().filter(|it| !found.contains(*it));
    Reach {
        questions: questions.len(),
        unasked: ids().filter(|it| !asked.contains_key(*it)).cloned().collect(),
        unreached: unreached.filter_map(|it| Some((it.clone(), *asked.get(it)?))).collect(),
    }
}
