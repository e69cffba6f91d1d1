//! `sahihi check`: every problem of the corpus, and what is not served.

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::corpus::{Loaded, Problem, Severity, Unserved};
use sahihi::engine;
use serde::Serialize;

use super::{Outcome, terminal};

#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// Take unserved units and warnings as problems
    #[arg(long)]
    strict: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    errors: usize,
    warnings: usize,
    problems: &'a [Problem],
    unserved: &'a [Unserved],
}

impl<'a> Report<'a> {
    pub(crate) fn of(loaded: &'a Loaded) -> Self {
        let count = |severity| loaded.problems.iter().filter(|it| it.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            problems: &loaded.problems,
            unserved: &loaded.unserved,
        }
    }
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let loaded = engine::load(config).into_diagnostic()?;
    let report = Report::of(&loaded);
    if json {
        terminal::json(&report);
    } else {
        show(&report, loaded.corpus.entries.len());
    }
    let strict = arguments.strict && (!report.unserved.is_empty() || report.warnings > 0);
    Ok(if report.errors > 0 || strict { Outcome::Problems } else { Outcome::Done })
}

fn show(report: &Report<'_>, entries: usize) {
    report.problems.iter().for_each(terminal::problem);
    for unserved in report.unserved {
        terminal::line(&format!("not served: {}: {}", unserved.unit, unserved.reason));
    }
    terminal::line(&format!(
        "{} errors, {} warnings, {} units not served, {entries} entries served",
        report.errors,
        report.warnings,
        report.unserved.len()
    ));
}
