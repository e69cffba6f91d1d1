//! The commands. They see only the public interface of the library; each is one file.

mod ask;
mod build;
mod calibrate;
mod chat;
mod check;
mod deep;
mod eval;
mod export;
mod heaps;
mod import;
mod keys;
mod langid;
mod lexicon;
mod publish;
mod review;
mod serve;
mod settings;
pub(crate) mod terminal;
mod what_if;

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use sahihi::config::{self, Config};
use sahihi::corpus::day;
use time::Date;

/// How a command ended when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Problems were found and shown.
    Problems,
}

/// A closed-dataset FAQ engine: reviewed answers or none.
#[derive(Debug, Parser)]
#[command(name = "sahihi", version, about)]
pub(crate) struct Arguments {
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    given: settings::Given,
    #[command(subcommand)]
    command: Command,
}

/// Where things are, for every command.
#[derive(Debug, Args)]
struct Places {
    /// Folder of the corpus
    #[arg(long, global = true, value_name = "DIR", default_value = "corpus")]
    corpus: PathBuf,
    /// Folder of the index
    #[arg(long, global = true, value_name = "DIR", default_value = "index")]
    index: PathBuf,
    /// Day approvals are looked at, YYYY-MM-DD [default: today, UTC]
    #[arg(long, global = true, value_name = "DAY", value_parser = day::parse)]
    today: Option<Date>,
    /// Serve a bulk corpus (entries.jsonl) without approvals, on your word
    #[arg(long, global = true)]
    trust: bool,
    /// Print JSON to standard output
    #[arg(long, global = true)]
    json: bool,
}

impl Places {
    fn config(&self) -> Config {
        let today = self.today.unwrap_or_else(config::today);
        let (corpus, index) = (self.corpus.clone(), self.index.clone());
        let day_given = self.today.is_some();
        Config { corpus, index, day_given, trust: self.trust, ..Config::new(today) }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find every problem of the corpus, and what is not served and why
    Check(check::Arguments),
    /// Build the index from what is approved
    Build,
    /// Ask a question and see the decision
    Ask(ask::Arguments),
    /// Talk to it, line by line
    Chat(chat::Arguments),
    /// Serve the HTTP interface and the chat page
    Serve(serve::Arguments),
    /// Measure how good the answers are
    Eval(eval::Arguments),
    /// Let labelled questions set the confidence and its thresholds
    Calibrate(calibrate::Arguments),
    /// Measure how well languages are told apart
    Langid(langid::Arguments),
    /// Take texts from a spreadsheet or another system, after showing what would change
    Import(import::Arguments),
    /// Write sheets for translators, feeds of what is approved, pictures of the tree
    Export(export::Arguments),
    /// Learn what words of other languages stand for
    Lexicon(lexicon::Arguments),
    /// Put the index where servers fetch it, signed; list, roll back
    Publish(publish::Arguments),
    /// See and record approvals
    Review(review::Arguments),
    /// Say who may call the service
    Keys(keys::Arguments),
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> miette::Result<Outcome> {
    let config = arguments.places.config();
    let json = arguments.places.json;
    match arguments.command {
        Command::Check(check) => check::run(&config, &check, json),
        Command::Build => build::run(&config, json),
        Command::Ask(ask) => ask::run(&config, &ask, json),
        Command::Chat(chat) => chat::run(&config, &chat, json),
        Command::Serve(serve) => serve::run(&config, &arguments.given, &serve),
        Command::Eval(eval) => eval::run(&config, &eval, json),
        Command::Calibrate(calibrate) => calibrate::run(&config, &calibrate, json),
        Command::Langid(langid) => langid::run(&config, &langid, json),
        Command::Import(import) => import::run(&config, &import, json),
        Command::Export(export) => export::run(&config, &export, json),
        Command::Lexicon(lexicon) => lexicon::run(&config, &lexicon, json),
        Command::Publish(publish) => publish::run(&config, &arguments.given, &publish, json),
        Command::Review(review) => review::run(&config, &arguments.given, &review, json),
        Command::Keys(keys) => keys::run(&arguments.given.load([])?, &keys, json),
    }
}

/// A path in the folder that holds the corpus.
fn beside(config: &Config, path: &str) -> PathBuf {
    config.corpus.parent().unwrap_or(Path::new("")).join(path)
}
