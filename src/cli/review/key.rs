//! `sahihi review key`: the reviewers' private keys.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use sahihi::config::{self, Config};
use sahihi::corpus;
use serde_json::json;

use super::terminal;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key, and print the line for reviewers.toml
    New {
        /// Your name in reviewers.toml
        #[arg(long)]
        by: String,
        /// The file to write, outside the corpus; keep it to yourself and keep a copy
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print the public key of a key file
    Show {
        /// The key file
        file: PathBuf,
    },
}

pub(super) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<()> {
    match &arguments.command {
        Command::New { by, out } => new(config, by, out, json),
        Command::Show { file } => {
            let (by, key) =
                corpus::open_key(file, &passphrase("Passphrase: ")?).into_diagnostic()?;
            print(&by, &key.public().to_string(), json);
            Ok(())
        }
    }
}

fn new(config: &Config, by: &str, out: &Path, json: bool) -> Result<()> {
    if lies_in(out, &config.corpus) {
        return Err(miette!("a private key may not lie in the corpus: choose another --out"));
    }
    let loaded = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    if loaded.reviews.reviewer(by).is_none() {
        let corpus = config.corpus.display();
        return Err(miette!(
            "{by} is not in {corpus}/reviewers.toml; add the reviewer there first"
        ));
    }
    print(by, &create(out, by)?, json);
    Ok(())
}

/// Makes a key file under a passphrase that is asked for twice; the public key.
pub(crate) fn create(out: &Path, by: &str) -> Result<String> {
    let first = passphrase("New passphrase: ")?;
    if config::passphrase().is_none() && passphrase("The same again: ")? != first {
        return Err(miette!("the two passphrases differ; nothing was written"));
    }
    let random = config::key_randomness().into_diagnostic()?;
    let key = corpus::create_key(out, by, &first, &random).into_diagnostic()?;
    Ok(key.public().to_string())
}

fn print(by: &str, public: &str, json: bool) {
    if json {
        terminal::json(&json!({ "reviewer": by, "public": public }));
    } else {
        terminal::line(&format!("# for {by} in reviewers.toml:\nkeys = [\"{public}\"]"));
    }
}

/// Whether a new file would stand in a folder, also by way of links and of folders to be made.
pub(crate) fn lies_in(file: &Path, folder: &Path) -> bool {
    let here =
        |it: &Path| if it.as_os_str().is_empty() { Path::new(".") } else { it }.canonicalize();
    let there = file.ancestors().skip(1).find_map(|it| here(it).ok());
    there.zip(folder.canonicalize().ok()).is_some_and(|(it, folder)| it.starts_with(folder))
}

/// The passphrase from the environment, else asked on the terminal.
pub(crate) fn passphrase(prompt: &str) -> Result<String> {
    match config::passphrase() {
        Some(passphrase) => Ok(passphrase),
        None => rpassword::prompt_password(prompt)
            .into_diagnostic()
            .wrap_err("no passphrase: there is no terminal to ask on, set SAHIHI_PASSPHRASE"),
    }
}
