//! `sahihi review`: what is to be approved, seeing it, deciding on it, and who decided what.

mod calendar;
mod decide;
mod difference;
mod due;
mod inbox;
mod key;
mod log;
mod show;

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::Config;
use sahihi::corpus::{self, Loaded, Unit};

pub(crate) use key::{create as create_key, lies_in, passphrase};

use super::settings::Given;
use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List what is not approved, with the reason
    List(Selection),
    /// Show a unit as people see it, what changed since its approval, and its source text
    Show {
        /// Units, like entry/PIL-02/sw
        #[arg(required = true)]
        units: Vec<String>,
    },
    /// Approve units as they stand now
    Approve(decide::Approve),
    /// Send units back: they must be changed before they are approved
    Reject(decide::Withhold),
    /// Take approvals back: the units go off the air
    Revoke(decide::Withhold),
    /// List what must be approved or checked soon, and translations left behind
    Due(due::Arguments),
    /// Tell everything that was ever decided about a unit
    Log {
        /// The unit, like entry/PIL-02/sw
        unit: String,
    },
    /// See what people asked in vain, and take it up
    Inbox(inbox::Arguments),
    /// Make keys that approvals are signed with
    Key(key::Arguments),
}

/// Which units are meant.
#[derive(Debug, Args)]
struct Selection {
    /// Units, like entry/PIL-02/sw; the end may be left open: entry/PIL-02/ entry/; or all
    units: Vec<String>,
    /// Only units of this topic, or of entries whose id begins so: pills, PIL; general for the rest
    #[arg(long)]
    topic: Option<String>,
    /// Only units of this language
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
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
    let writes =
        matches!(arguments.command, Command::Approve(_) | Command::Reject(_) | Command::Revoke(_));
    if let Command::Key(arguments) = &arguments.command {
        return key::run(config, arguments, json).map(|()| Outcome::Done);
    }
    let _lock = writes.then(|| corpus::lock_reviews(&config.corpus)).transpose();
    let _lock = _lock.into_diagnostic()?;
    let loaded = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    match &arguments.command {
        Command::List(selection) => list(&loaded, selection, json),
        Command::Show { units } => show::run(config, &loaded, units, json),
        Command::Approve(approve) => decide::approve(config, &loaded, approve, json),
        Command::Reject(wanted) => {
            decide::withhold(config, &loaded, (corpus::Verdict::Reject, wanted), json)
        }
        Command::Revoke(wanted) => {
            decide::withhold(config, &loaded, (corpus::Verdict::Revoke, wanted), json)
        }
        Command::Due(arguments) => due::run(config, &loaded, arguments, json),
        Command::Log { unit } => log::run(config, &loaded, unit, json),
        Command::Key(_) | Command::Inbox(_) => Ok(()),
    }
    .map(|()| Outcome::Done)
}

fn list(loaded: &Loaded, selection: &Selection, json: bool) -> Result<()> {
    let chosen = selection.of(&loaded.units)?;
    let is_chosen = |unit: &str| chosen.iter().any(|it| it.name == unit);
    let unit_of = |name: &str| name.split('#').next().unwrap_or_default().to_owned();
    let unserved: Vec<_> =
        loaded.unserved.iter().filter(|it| is_chosen(&unit_of(&it.unit))).collect();
    if json {
        terminal::json(&unserved);
        return Ok(());
    }
    for unserved in &unserved {
        terminal::line(&format!("{}: {}", unserved.unit, unserved.reason));
    }
    terminal::line(&format!("{} of {} units to review", unserved.len(), chosen.len()));
    Ok(())
}

impl Selection {
    /// Whether anything was named.
    fn is_empty(&self) -> bool {
        self.units.is_empty() && self.topic.is_none() && self.lang.is_none()
    }

    /// The units meant, in order; a name that fits nothing is an error.
    fn of<'a>(&self, units: &'a [Unit]) -> Result<Vec<&'a Unit>> {
        if let Some(name) = self.units.iter().find(|name| !units.iter().any(|it| named(it, name)))
            && name != "all"
        {
            return Err(unknown(name));
        }
        let in_topic = |unit: &Unit| self.topic.as_ref().is_none_or(|it| is_of_topic(unit, it));
        let in_lang = |unit: &Unit| self.lang.as_ref().is_none_or(|it| unit.lang.as_str() == it);
        let is_named = |unit: &Unit| {
            self.units.is_empty() || self.units.iter().any(|it| it == "all" || named(unit, it))
        };
        for (what, fits) in [
            ("topic", &in_topic as &dyn Fn(&Unit) -> bool),
            ("language", &in_lang as &dyn Fn(&Unit) -> bool),
        ] {
            if !units.is_empty() && !units.iter().any(fits) {
                return Err(miette!("no unit is of that {what}; `sahihi review list` names them"));
            }
        }
        Ok(units.iter().filter(|it| is_named(it) && in_topic(it) && in_lang(it)).collect())
    }
}

fn named(unit: &Unit, name: &str) -> bool {
    unit.name == name || (name.ends_with('/') && unit.name.starts_with(name))
}

fn is_of_topic(unit: &Unit, topic: &str) -> bool {
    let id_begins = || {
        let id = unit.name.strip_prefix("entry/");
        id.and_then(|it| it.strip_prefix(topic)).is_some_and(|it| it.starts_with('-'))
    };
    match &unit.topic {
        None => topic == "general",
        Some(own) => own == topic || id_begins(),
    }
}

fn unknown(name: &str) -> miette::Report {
    miette!("there is no unit {name}; `sahihi review list` names them")
}

/// The unit of exactly this name.
fn one<'a>(loaded: &'a Loaded, name: &str) -> Result<&'a Unit> {
    loaded.units.iter().find(|it| it.name == name).ok_or_else(|| unknown(name))
}
