//! `sahihi review`: what is to be approved, and approving it.

use std::path::Path;

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::Config;
use sahihi::corpus::{self, Loaded, Problem, Severity, Unit, Verdict, day};
use serde_json::json;
use time::Date;

use super::settings::Given;
use super::{Outcome, inbox, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what is not approved, with the reason
    List,
    /// Approve units as they stand now
    Approve(Approve),
    /// See what people asked in vain, and take it up
    Inbox(inbox::Arguments),
}

#[derive(Debug, Args)]
struct Approve {
    /// Units, like entry/PIL-02/sw; the end may be left open: entry/PIL-02/ entry/
    #[arg(required = true)]
    units: Vec<String>,
    /// Your name in reviewers.toml
    #[arg(long)]
    by: String,
    /// Last day they are served, YYYY-MM-DD
    #[arg(long, value_parser = day::parse)]
    until: Date,
    /// A remark
    #[arg(long, default_value = "")]
    note: String,
}

pub(crate) fn run(
    config: &Config,
    given: &Given,
    arguments: &Arguments,
    json: bool,
) -> Result<Outcome> {
    if let Command::Inbox(inbox) = &arguments.command {
        return inbox::run(config, &given.load([])?, inbox, json);
    }
    let _lock = match &arguments.command {
        Command::List | Command::Inbox(_) => None,
        Command::Approve(_) => Some(corpus::lock_reviews(&config.corpus).into_diagnostic()?),
    };
    let loaded = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    match &arguments.command {
        Command::List | Command::Inbox(_) => list(&loaded, json),
        Command::Approve(approve) => self::approve(config, &loaded, approve, json),
    }
    .map(|()| Outcome::Done)
}

fn list(loaded: &Loaded, json: bool) -> Result<()> {
    if json {
        terminal::json(&loaded.unserved);
        return Ok(());
    }
    for unserved in &loaded.unserved {
        terminal::line(&format!("{}: {}", unserved.unit, unserved.reason));
    }
    terminal::line(&format!("{} of {} units to review", loaded.unserved.len(), loaded.units.len()));
    Ok(())
}

fn approve(config: &Config, loaded: &Loaded, wanted: &Approve, json: bool) -> Result<()> {
    refuse_broken_logs(config, loaded)?;
    let reviewer = loaded.reviews.reviewer(&wanted.by).ok_or_else(|| {
        miette!("{} is not in {}/reviewers.toml", wanted.by, config.corpus.display())
    })?;
    if wanted.until < config.today {
        return Err(miette!("--until {} lies in the past", wanted.until));
    }
    let units = chosen(&loaded.units, &wanted.units)?;
    for unit in &units {
        reviewer.entitled(unit).map_err(|why| miette!("{}: {why}", unit.name))?;
    }
    let open: Vec<&Unit> =
        units.into_iter().filter(|unit| !loaded.is_fully_approved(unit, config.today)).collect();
    let decision = corpus::DecisionOn {
        decision: Verdict::Approve,
        by: &wanted.by,
        on: config.today,
        until: wanted.until,
        note: &wanted.note,
    };
    let written = corpus::append_reviews(&config.corpus, &loaded.reviews, &open, &decision)
        .into_diagnostic()?;
    if json {
        terminal::json(&json!({ "approved": written }));
    } else {
        terminal::line(&format!("approved {written} units until {}", wanted.until));
    }
    Ok(())
}

/// A log that was tampered with is not added to.
pub(crate) fn refuse_broken_logs(config: &Config, loaded: &Loaded) -> Result<()> {
    let logs = config.corpus.join("reviews");
    let is_broken =
        |it: &&Problem| it.severity == Severity::Error && Path::new(&it.file).starts_with(&logs);
    let Some(broken) = loaded.problems.iter().find(is_broken) else { return Ok(()) };
    let (file, line, message) = (&broken.file, broken.line, &broken.message);
    Err(miette!("{file}:{line}: {message}; mend the logs before approving"))
}

/// The units that start with one of the names; a name that fits nothing is an error.
fn chosen<'a>(units: &'a [Unit], names: &[String]) -> Result<Vec<&'a Unit>> {
    let fits = |unit: &Unit, name: &str| {
        unit.name == name || (name.ends_with('/') && unit.name.starts_with(name)) || name == "all"
    };
    if let Some(name) = names.iter().find(|name| units.iter().all(|unit| !fits(unit, name))) {
        return Err(miette!("there is no unit {name}; `sahihi review list` names them"));
    }
    Ok(units.iter().filter(|unit| names.iter().any(|name| fits(unit, name))).collect())
}
