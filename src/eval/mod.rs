//! Evaluation: how good an engine is, on questions with judgments.
//!
//! It drives the same [`crate::engine::Engine`] as the service. [`evaluate`] asks every question
//! ([`run`]) and measures the results over all questions and over groups of them ([`report`]);
//! the report is shown as tables ([`table`]), as one page ([`html`]) or as JSON, compared with an
//! older one ([`compare`]) and with what is expected ([`baseline`]).

pub mod baseline;
pub mod bm25;
pub mod catalogue;
pub mod compare;
pub mod confusion;
pub mod deep;
pub mod group;
pub mod html;
pub mod interval;
pub mod judgment;
pub mod measure;
pub mod overlap;
mod plot;
mod random;
pub mod redflag;
pub mod report;
pub mod risk;
pub mod run;
pub mod summary;
pub mod table;
pub mod trec;

use std::path::PathBuf;

use crate::analysis::Lang;
use crate::engine::Engine;
use judgment::Judgment;
use report::{BM25, Report, System};
use run::{ResultLine, RunConfig};

/// What is measured, and how.
#[derive(Debug, Clone)]
pub struct EvalConfig {
    /// What is measured, for people.
    pub set: String,
    /// How questions are asked.
    pub run: RunConfig,
    /// Whether BM25 over words is measured beside the engine.
    pub bm25: bool,
    /// The share of questions without an answer to expect, for a set built to be measured.
    pub out_of_scope_share: Option<f64>,
    /// The folder of the lexicon, for a set built to be measured.
    pub lexicon: Option<PathBuf>,
    /// A language left out of a set built to be measured.
    pub without: Option<Lang>,
}

/// Asks every question and measures the results, which come in the order of the questions.
#[must_use]
pub fn evaluate(
    engine: &Engine,
    judgments: &[Judgment],
    config: &EvalConfig,
) -> (Report, Vec<ResultLine>) {
    let results = run::run(engine, judgments, config.run);
    let mut report = Report::of(&config.set, engine.corpus(), judgments, &results);
    if config.bm25 {
        report.systems.insert(BM25, System::bm25(engine.corpus(), judgments, config.run.top));
    }
    (report, results)
}
