//! `sahihi keys`: who may call the service.

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::{self, Settings};
use sahihi::corpus::day;
use sahihi::service::keys::{self, KeyInfo, NewToken, Scope};
use time::{Date, OffsetDateTime};

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key; its token is shown this once
    Create {
        /// Name of the key, as that of the client that will hold it
        name: String,
        /// What it is good for
        #[arg(long = "scope", visible_alias = "scopes", value_delimiter = ',',
            value_parser = Scope::parse, default_values = ["search", "chat"])]
        scopes: Vec<Scope>,
        /// Last day it is good, YYYY-MM-DD, UTC [default: it stays good]
        #[arg(long, visible_alias = "expires", value_name = "DAY", value_parser = day::parse)]
        until: Option<Date>,
    },
    /// Show the keys, without their tokens
    List,
    /// Give a key a new token; the old one is good no longer
    Rotate {
        /// Name of the key
        name: String,
    },
    /// End a key
    Revoke {
        /// Name of the key
        name: String,
    },
}

pub(crate) fn run(settings: &Settings, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let now = config::now();
    match &arguments.command {
        Command::Create { name, scopes, until } => {
            let expires = until.and_then(Date::next_day).map(|it| it.midnight().assume_utc());
            let expires = expires.map(OffsetDateTime::unix_timestamp);
            let made = keys::create(settings, name, scopes, (now, expires)).into_diagnostic()?;
            show_token(&made, json);
        }
        Command::List => show(&keys::list(settings).into_diagnostic()?, now, json),
        Command::Rotate { name } => {
            show_token(&keys::rotate(settings, name, now).into_diagnostic()?, json);
        }
        Command::Revoke { name } => {
            keys::revoke(settings, name, now).into_diagnostic()?;
            if json {
                terminal::json(&serde_json::json!({ "revoked": name }));
            } else {
                terminal::note(&format!("{name} is revoked; servers refuse it within a second"));
            }
        }
    }
    Ok(Outcome::Done)
}

fn show_token(made: &NewToken, json: bool) {
    if json {
        terminal::json(made);
    } else {
        terminal::note(&format!("the token of {}, shown this once:", made.name));
        terminal::line(&made.token);
    }
}

fn show(keys: &[KeyInfo], now: i64, json: bool) {
    if json {
        terminal::json(&serde_json::json!({ "keys": keys }));
        return;
    }
    if keys.is_empty() {
        terminal::note("there is no key; `sahihi keys create NAME` makes one");
        return;
    }
    for key in keys {
        let scopes: Vec<&str> = key.scopes.iter().map(|it| it.name()).collect();
        let state = match key {
            KeyInfo { revoked: Some(_), .. } => "revoked",
            key if key.is_good(now) => "good",
            _ => "expired",
        };
        let made = day_of(key.created);
        let until =
            key.expires.map_or_else(String::new, |it| format!(", until {}", day_of(it - 1)));
        let (name, scopes) = (&key.name, scopes.join(" "));
        terminal::line(&format!("{name:24} {state:8} {scopes:20} made {made}{until}"));
    }
}

/// The day of a second.
fn day_of(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds);
    time.map_or_else(|_| "?".to_owned(), |it| it.date().to_string())
}
