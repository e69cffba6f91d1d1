//! `sahihi eval`: how good the answers are.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::Config;
use sahihi::engine::{self, Engine};
use sahihi::eval::judgment;
use sahihi::eval::run::{self, RunConfig};
use sahihi::eval::summary::Summary;
use tempfile::TempDir;

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Entries of a question set; without it the own corpus is measured
    #[arg(long, value_name = "FILE")]
    entries: Option<PathBuf>,
    /// Questions with judgments
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Only the questions of this split
    #[arg(long, value_name = "dev|test")]
    split: Option<String>,
    /// Most entries ranked a question
    #[arg(long, default_value_t = 50)]
    top: usize,
    /// Tell the engine the language of each question
    #[arg(long)]
    give_language: bool,
    /// Write one line a question here
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Write the ranking here, as `trec_eval` reads it
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let judgments =
        judgment::read(&arguments.queries, arguments.split.as_deref()).into_diagnostic()?;
    let (engine, _kept) = open(config, arguments.entries.as_deref())?;
    let settings = RunConfig {
        top: arguments.top,
        give_language: arguments.give_language,
        today: config.today,
    };
    let results = run::run(&engine, &judgments, settings);
    if let Some(path) = &arguments.results {
        let lines: Vec<String> = results
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<_, _>>()
            .into_diagnostic()?;
        write(path, &lines)?;
    }
    if let Some(path) = &arguments.run {
        write(path, &run::trec_lines(&results))?;
    }
    let pairs: Vec<_> = judgments.iter().zip(&results).collect();
    let summary = Summary::of(&pairs);
    if json {
        terminal::json(&summary);
    } else {
        terminal::line(&format!("{summary:#?}"));
    }
    Ok(Outcome::Done)
}

/// Opens the own corpus, or builds a question set in a temporary folder that lives as long as the
/// second value.
fn open(config: &Config, entries: Option<&Path>) -> Result<(Engine, Option<TempDir>)> {
    let Some(entries) = entries else {
        return Ok((Engine::open_or_build(config).into_diagnostic()?.0, None));
    };
    let folder = tempfile::tempdir().into_diagnostic()?;
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).into_diagnostic()?;
    fs::copy(entries, corpus.join("entries.jsonl"))
        .map_err(|error| miette!("cannot read {}: {error}", entries.display()))?;
    let config =
        Config { corpus, index: folder.path().join("index"), trust: true, ..config.clone() };
    engine::build(&config).into_diagnostic()?;
    let engine = Engine::open(&config).into_diagnostic()?;
    Ok((engine, Some(folder)))
}

fn write(path: &Path, lines: &[String]) -> Result<()> {
    let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
    fs::write(path, text).map_err(|error| miette!("cannot write {}: {error}", path.display()))
}
