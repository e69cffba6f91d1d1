//! `sahihi publish`: the index goes where servers fetch it.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::config::{Config, Settings};
use sahihi::corpus::{self, PublicKey};
use sahihi::release::{self, Publisher, Record};
use serde_json::json;

use super::review::{create_key, passphrase};
use super::settings::Given;
use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where to [default: the setting follow.url]
    #[arg(long, value_name = "DIR or s3://BUCKET/PREFIX")]
    to: Option<String>,
    /// The channel [default: stable]
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// The key file that signs the release
    #[arg(long, value_name = "FILE", required_unless_present_any = ["list", "new_key"])]
    key: Option<PathBuf>,
    /// Show the releases, the newest first
    #[arg(long, conflicts_with_all = ["rollback", "key"])]
    list: bool,
    /// Go back to the release before the one that is served
    #[arg(long)]
    rollback: bool,
    /// Make a key file, and print the public key that servers are to trust
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "list", "rollback", "key"])]
    new_key: Option<PathBuf>,
}

pub(crate) fn run(
    config: &Config,
    given: &Given,
    arguments: &Arguments,
    json: bool,
) -> Result<Outcome> {
    if let Some(file) = &arguments.new_key {
        new_key(config, file, json)?;
        return Ok(Outcome::Done);
    }
    let settings = given.load([])?;
    let place = arguments.to.as_ref().or(settings.follow.url.as_ref());
    let place =
        place.ok_or_else(|| miette!("say where to with --to FOLDER or s3://bucket/prefix"))?;
    let channel = arguments.channel.as_ref().unwrap_or(&settings.follow.channel);
    let Some(file) = &arguments.key else {
        list(&release::history(place, channel).into_diagnostic()?, json);
        return Ok(Outcome::Done);
    };
    let (_, key) = corpus::open_key(file, &passphrase("Passphrase: ")?).into_diagnostic()?;
    let trust = trusted(&settings)?;
    let to = Publisher { place, channel, key: &key, trust: &trust, on: config.today };
    if arguments.rollback {
        let record = release::roll_back(&to).into_diagnostic()?;
        show(&record, "went back to", json);
    } else {
        let (record, is_new) = release::publish(config, &to).into_diagnostic()?;
        show(&record, if is_new { "published" } else { "already published" }, json);
    }
    Ok(Outcome::Done)
}

fn trusted(settings: &Settings) -> Result<Vec<PublicKey>> {
    let keys: Result<_, _> = settings.follow.trust.iter().map(|it| it.parse()).collect();
    keys.into_diagnostic()
}

fn show(record: &Record, what: &str, json: bool) {
    if json {
        terminal::json(record);
        return;
    }
    let (snapshot, channel, number) = (record.snapshot, &record.channel, record.number);
    terminal::note(&format!("{what} {snapshot}: release {number} of {channel}"));
}

fn list(records: &[Record], json: bool) {
    if json {
        terminal::json(&json!({ "releases": records }));
        return;
    }
    if records.is_empty() {
        terminal::note("nothing is published there");
    }
    for (at, record) in records.iter().enumerate() {
        let now = if at == 0 { "  <- served" } else { "" };
        let (number, kind, on) = (record.number, record.kind.name(), record.on);
        terminal::line(&format!("{number:>6}  {on}  {kind:8}  {}{now}", record.snapshot));
    }
}

fn new_key(config: &Config, file: &Path, json: bool) -> Result<()> {
    if super::review::lies_in(file, &config.corpus) {
        return Err(miette!("a private key may not lie in the corpus: choose another file"));
    }
    let public = create_key(file, "publisher")?;
    if json {
        terminal::json(&json!({ "public": public }));
    } else {
        terminal::note(
            "servers trust it with `serve --trust-key`, or follow.trust in the settings:",
        );
        terminal::line(&public);
    }
    Ok(())
}
