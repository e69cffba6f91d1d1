//! `sahihi check`: every problem of the corpus, and what is not served.

use std::path::PathBuf;

use clap::Args;
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::corpus::{Loaded, Problem, Severity, Unserved};
use sahihi::engine;
use sahihi::eval::deep::Findings;
use serde::Serialize;

use super::{Outcome, deep, terminal, what_if};

#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// Take unserved units and warnings as problems
    #[arg(long)]
    strict: bool,
    /// Ask the engine too: phrasings that stray, near-duplicates, gaps, reading ease
    #[arg(long)]
    deep: bool,
    /// Show which test questions would move if this file stood in the corpus; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "deep")]
    what_if: Vec<PathBuf>,
    /// Test questions, a file or a folder [default: eval/queries]
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    errors: usize,
    warnings: usize,
    problems: &'a [Problem],
    unserved: &'a [Unserved],
    #[serde(skip_serializing_if = "Option::is_none")]
    deep: Option<&'a Findings>,
}

impl<'a> Report<'a> {
    pub(crate) fn of(loaded: &'a Loaded) -> Self {
        let count = |severity| loaded.problems.iter().filter(|it| it.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            problems: &loaded.problems,
            unserved: &loaded.unserved,
            deep: None,
        }
    }
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let mut loaded = engine::load(config).into_diagnostic()?;
    let queries = arguments.queries.as_deref();
    if !arguments.what_if.is_empty() {
        return what_if::run(config, &loaded, (&arguments.what_if, queries), json);
    }
    let findings = match arguments.deep && !loaded.has_errors() {
        true => Some(deep::examine(config, &loaded, queries)?),
        false => None,
    };
    if let Some(findings) = &findings {
        let warnings = findings.warnings(&loaded);
        loaded.problems.extend(warnings);
    }
    let report = Report { deep: findings.as_ref(), ..Report::of(&loaded) };
    if json {
        terminal::json(&report);
    } else {
        show(&report, loaded.corpus.entries.len());
    }
    if arguments.deep && report.deep.is_none() {
        terminal::note("mend the errors first: `--deep` asks an engine built from the corpus");
    }
    let strict = arguments.strict && (!report.unserved.is_empty() || report.warnings > 0);
    Ok(if report.errors > 0 || strict { Outcome::Problems } else { Outcome::Done })
}

fn show(report: &Report<'_>, entries: usize) {
    report.problems.iter().for_each(terminal::problem);
    for unserved in report.unserved {
        terminal::line(&format!("not served: {}: {}", unserved.unit, unserved.reason));
    }
    if let Some(findings) = report.deep {
        deep::show(findings);
    }
    terminal::line(&format!(
        "{} errors, {} warnings, {} units not served, {entries} entries served",
        report.errors,
        report.warnings,
        report.unserved.len()
    ));
}
