//! `sahihi review approve`, `reject`, `revoke`: lines for the log.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::Config;
use sahihi::corpus::{
    self, DecisionOn, Demand, Loaded, PrivateKey, Problem, Reviewer, Severity, Unit, Verdict, day,
};
use serde_json::json;
use time::Date;

use super::{Selection, key, terminal};

/// Who decides.
#[derive(Debug, Args)]
pub(super) struct Signer {
    /// Your name in reviewers.toml
    #[arg(long)]
    by: String,
    /// Your key file; the passphrase is asked, or taken from `SAHIHI_PASSPHRASE`
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    signer: Signer,
    /// Last day they are served, YYYY-MM-DD
    #[arg(long, value_parser = day::parse)]
    until: Date,
    /// A remark
    #[arg(long, default_value = "")]
    note: String,
}

#[derive(Debug, Args)]
pub(super) struct Withhold {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    signer: Signer,
    /// Why, for the author
    #[arg(long)]
    note: String,
}

pub(super) fn approve(
    config: &Config,
    loaded: &Loaded,
    wanted: &Approve,
    json: bool,
) -> Result<()> {
    let (by, today, until) = (&wanted.signer.by, config.today, wanted.until);
    let reviewer = wanted.signer.reviewer(config, loaded)?;
    let policy = &loaded.corpus.settings.policy;
    if until < today {
        return Err(miette!("--until {until} lies in the past"));
    }
    if let Some(longest) = policy.longest_until(today).filter(|it| until > *it) {
        return Err(miette!("--until {until} is later than the policy allows: {longest}"));
    }
    let units = chosen(loaded, &wanted.selection)?;
    for unit in &units {
        may_decide(loaded, reviewer, unit)?;
    }
    let key = wanted.signer.key(config, reviewer)?;
    if policy.signatures && key.is_none() {
        return Err(miette!("the policy of corpus.toml asks for signatures: name your --key"));
    }
    let is_open = |unit: &&Unit| is_open(loaded, unit, by, (today, until));
    let open: Vec<&Unit> = units.into_iter().filter(is_open).collect();
    let note = &wanted.note;
    let (on, key) = (today, key.as_ref());
    let decision = DecisionOn { decision: Verdict::Approve, by, on, until, note, key };
    let n = write(config, loaded, &open, &decision)?;
    report(json, "approved", n, &format!(" until {until}"));
    Ok(())
}

pub(super) fn withhold(
    config: &Config,
    loaded: &Loaded,
    (decision, wanted): (Verdict, &Withhold),
    json: bool,
) -> Result<()> {
    let (by, today) = (&wanted.signer.by, config.today);
    let reviewer = wanted.signer.reviewer(config, loaded)?;
    let units = chosen(loaded, &wanted.selection)?;
    for unit in &units {
        may_decide(loaded, reviewer, unit)?;
    }
    if wanted.note.trim().is_empty() {
        return Err(miette!("say in --note why: the author has to know what to change"));
    }
    let key = wanted.signer.key(config, reviewer)?;
    if loaded.corpus.settings.policy.signatures && key.is_none() {
        return Err(miette!("the policy of corpus.toml asks for signatures: name your --key"));
    }
    let (note, key) = (&wanted.note, key.as_ref());
    let decided = DecisionOn { decision, by, on: today, until: today, note, key };
    let n = write(config, loaded, &units, &decided)?;
    let word = if decision == Verdict::Reject { "rejected" } else { "revoked" };
    report(json, word, n, "; `sahihi build` takes them off the air");
    Ok(())
}

fn report(json: bool, word: &str, n: usize, rest: &str) {
    if json {
        terminal::json(&json!({ word: n }));
    } else {
        terminal::line(&format!("{word} {n} units{rest}"));
    }
}

fn chosen<'a>(loaded: &'a Loaded, selection: &Selection) -> Result<Vec<&'a Unit>> {
    if selection.is_empty() {
        return Err(miette!("name units, a --topic or a --lang; `all` means everything"));
    }
    let units = selection.of(&loaded.units)?;
    if units.is_empty() {
        return Err(miette!("nothing fits all of that; `sahihi review list` names the units"));
    }
    Ok(units)
}

fn may_decide(loaded: &Loaded, reviewer: &Reviewer, unit: &Unit) -> Result<()> {
    let demand = Demand::of(unit, &loaded.corpus.settings);
    let entitled = reviewer.entitled(unit).and_then(|()| demand.admits(reviewer));
    entitled.map_err(|why| miette!("{}: would be {why}", unit.name))
}

/// Whether a line of this reviewer would add anything: what is approved needs no second one.
fn is_open(loaded: &Loaded, unit: &Unit, by: &str, (today, until): (Date, Date)) -> bool {
    let settings = &loaded.corpus.settings;
    let own = loaded.reviews.approved_by(unit, by, settings, today);
    let standing = loaded.reviews.standing(unit, settings, today);
    let all = standing.is_full().then(|| standing.until()).flatten();
    own.max(all).is_none_or(|last| last < until)
}

fn write(
    config: &Config,
    loaded: &Loaded,
    units: &[&Unit],
    decision: &DecisionOn<'_>,
) -> Result<usize> {
    corpus::append_reviews(&config.corpus, &loaded.reviews, units, decision).into_diagnostic()
}

/// A log that was tampered with is not added to.
fn refuse_broken_logs(config: &Config, loaded: &Loaded) -> Result<()> {
    let logs = config.corpus.join("reviews");
    let is_broken =
        |it: &&Problem| it.severity == Severity::Error && Path::new(&it.file).starts_with(&logs);
    let Some(broken) = loaded.problems.iter().find(is_broken) else { return Ok(()) };
    let (file, line, message) = (&broken.file, broken.line, &broken.message);
    Err(miette!("{file}:{line}: {message}; mend the logs before deciding"))
}

impl Signer {
    /// A reviewer with a key file, if there is one.
    pub(super) fn new(by: &str, key: Option<&Path>) -> Self {
        Self { by: by.to_owned(), key: key.map(Path::to_owned) }
    }

    /// The name in reviewers.toml.
    pub(super) fn name(&self) -> &str {
        &self.by
    }

    /// The reviewer, when the logs are sound.
    pub(super) fn reviewer<'a>(&self, config: &Config, loaded: &'a Loaded) -> Result<&'a Reviewer> {
        refuse_broken_logs(config, loaded)?;
        loaded.reviews.reviewer(&self.by).ok_or_else(|| {
            miette!("{} is not in {}/reviewers.toml", self.by, config.corpus.display())
        })
    }

    /// The key, opened; it must be one of the reviewer's.
    pub(super) fn key(&self, config: &Config, reviewer: &Reviewer) -> Result<Option<PrivateKey>> {
        let Some(path) = &self.key else { return Ok(None) };
        let passphrase = key::passphrase("Passphrase: ")?;
        let (owner, key) = corpus::open_key(path, &passphrase).into_diagnostic()?;
        if owner != self.by {
            return Err(miette!("{} is the key of {owner}, not of {}", path.display(), self.by));
        }
        if !reviewer.keys.contains(&key.public()) {
            let (public, corpus) = (key.public(), config.corpus.display());
            return Err(miette!("add {public} to `keys` of {owner} in {corpus}/reviewers.toml"));
        }
        Ok(Some(key))
    }
}
