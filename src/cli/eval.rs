//! `sahihi eval`: how good the answers are.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic as _, Report as Failure, Result, bail, miette};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::corpus::{self, Severity};
use sahihi::engine::{self, Engine, Error};
use sahihi::eval::baseline::{self, Baselines};
use sahihi::eval::compare::{self, Old};
use sahihi::eval::judgment::{self, Judgment};
use sahihi::eval::report::Report;
use sahihi::eval::run::{ResultLine, RunConfig};
use sahihi::eval::{self, EvalConfig, html, table, trec};
use tempfile::TempDir;

use super::{Outcome, beside, terminal};

/// Where the own questions stand, beside the corpus.
const QUERIES: &str = "eval/queries";
/// Where the baselines stand, beside the corpus.
const BASELINES: &str = "eval/baselines";
/// The split the baselines are about.
const BASELINE_SPLIT: &str = "test";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Entries of a question set; without it the own corpus is measured
    #[arg(long, value_name = "FILE", requires = "queries")]
    entries: Option<PathBuf>,
    /// Questions with judgments, or a folder of such files [default: eval/queries]
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
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
    /// Write the judgments here, as `trec_eval` reads them
    #[arg(long, value_name = "FILE")]
    qrels: Option<PathBuf>,
    /// Write the report as one page here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Measure this system beside the engine
    #[arg(long, value_enum)]
    system: Option<System>,
    /// Show what changed since this older output of `eval --json`
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Fail when the own corpus does worse than eval/baselines (split test)
    #[arg(long, conflicts_with_all = ["entries", "write_baseline"])]
    check: bool,
    /// Write what the own corpus reaches into eval/baselines (split test)
    #[arg(long, conflicts_with = "entries")]
    write_baseline: bool,
    /// Share of out-of-scope questions to expect, 0 to 1 [default: what the corpus says]
    #[arg(long, value_name = "S", value_parser = share)]
    oos_share: Option<f64>,
    /// Folder of the lexicon [default: that of the shipped corpus]
    #[arg(long, value_name = "DIR")]
    lexicon: Option<PathBuf>,
    /// Leave the texts and phrasings of this language out, to see what tables and lexicon carry
    #[arg(long, value_name = "LANG")]
    without: Option<Lang>,
}

/// A system to measure beside the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// Plain BM25 over words
    Bm25,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..1.0).contains(&share) {
        Ok(share)
    } else {
        Err("write a share from 0 to below 1, like 0.3 for 30 of 100".to_owned())
    }
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let judgments = judgments(config, arguments)?;
    let old = arguments.compare.as_deref().map(Old::read).transpose().into_diagnostic()?;
    let baselines = arguments.check.then(|| baselines(config)).transpose()?;
    let settings = arguments.settings(config);
    let (engine, _kept) = open(config, arguments.entries.as_deref(), &settings)?;
    if engine.corpus().entries.is_empty() {
        bail!("the corpus serves nothing; `sahihi check` says why, --trust serves a bulk corpus");
    }
    let (mut report, results) = eval::evaluate(&engine, &judgments, &settings);
    if let Some(old) = &old {
        let new = serde_json::to_value(&report.measures).into_diagnostic()?;
        report.comparison = Some(compare::compare(old, &new, &report.questions));
    }
    report.check = baselines.map(|it| baseline::check(&it, &report.languages));
    arguments.write(&engine, &report, &judgments, &results, config)?;
    if arguments.write_baseline {
        write_baselines(config, &report)?;
    }
    if json {
        terminal::json(&report);
    } else {
        show(&report);
    }
    let failed = report.check.is_some_and(|it| !it.ok);
    Ok(if failed { Outcome::Problems } else { Outcome::Done })
}

fn judgments(config: &Config, arguments: &Arguments) -> Result<Vec<Judgment>> {
    let queries = arguments.queries.clone().unwrap_or_else(|| beside(config, QUERIES));
    let fixed = (arguments.check || arguments.write_baseline).then_some(BASELINE_SPLIT);
    let split = arguments.split.as_deref().or(fixed);
    judgment::read(&queries, split).into_diagnostic()
}

fn baselines(config: &Config) -> Result<Baselines> {
    let path = beside(config, BASELINES);
    let baselines = baseline::read(&path).into_diagnostic()?;
    if baselines.is_empty() {
        return Err(baseline::Error::Empty { path }).into_diagnostic();
    }
    Ok(baselines)
}

fn write_baselines(config: &Config, report: &Report) -> Result<()> {
    let paths = baseline::write(&beside(config, BASELINES), &report.languages).into_diagnostic()?;
    for path in paths {
        terminal::note(&format!("wrote {}", path.display()));
    }
    Ok(())
}

impl Arguments {
    fn settings(&self, config: &Config) -> EvalConfig {
        let what = self.entries.as_ref().unwrap_or(&config.corpus).display();
        let split = self.split.as_ref().map_or(String::new(), |it| format!(", split {it}"));
        let run =
            RunConfig { top: self.top, give_language: self.give_language, today: config.today };
        EvalConfig {
            set: format!("{what}{split}"),
            run,
            // The page always shows both.
            bm25: self.system == Some(System::Bm25) || self.html.is_some(),
            out_of_scope_share: self.oos_share,
            lexicon: self.lexicon.clone(),
            without: self.without.clone(),
        }
    }

    fn write(
        &self,
        engine: &Engine,
        report: &Report,
        judgments: &[Judgment],
        results: &[ResultLine],
        config: &Config,
    ) -> Result<()> {
        if let Some(path) = &self.results {
            let lines: Result<Vec<String>, _> = results.iter().map(serde_json::to_string).collect();
            write_lines(path, &lines.into_diagnostic()?)?;
        }
        if let Some(path) = &self.run {
            write_lines(path, &trec::run_lines(results))?;
        }
        if let Some(path) = &self.qrels {
            write_lines(path, &trec::qrels_lines(judgments))?;
        }
        if let Some(path) = &self.html {
            let day = config.today.to_string();
            let page = html::page(report, engine.corpus(), judgments, results, &day);
            write(path, &page.into_diagnostic()?)?;
        }
        Ok(())
    }
}

/// Opens the own corpus as it is served; or builds what is to be measured otherwise in a temporary
/// folder that lives as long as the second value.
fn open(
    config: &Config,
    entries: Option<&Path>,
    settings: &EvalConfig,
) -> Result<(Engine, Option<TempDir>)> {
    if let Some(lexicon) = settings.lexicon.as_ref().filter(|it| !it.is_dir()) {
        bail!("the lexicon {} is no folder", lexicon.display());
    }
    let as_served = settings.out_of_scope_share.is_none()
        && settings.lexicon.is_none()
        && settings.without.is_none();
    if entries.is_none() && as_served {
        let (engine, opened) = Engine::open_or_build(config).into_diagnostic()?;
        super::build::show_opened(&opened);
        return Ok((engine, None));
    }
    let folder = tempfile::tempdir().into_diagnostic()?;
    let mut config = Config {
        index: folder.path().join("index"),
        out_of_scope_share: settings.out_of_scope_share,
        lexicon: settings.lexicon.clone(),
        without: settings.without.clone(),
        ..config.clone()
    };
    if let Some(entries) = entries {
        let shipped = Some(config.corpus.join("lexicon")).filter(|it| it.is_dir());
        config.lexicon = config.lexicon.or(shipped);
        config.corpus = folder.path().join("corpus");
        config.trust = true;
        fs::create_dir(&config.corpus).into_diagnostic()?;
        fs::copy(entries, config.corpus.join("entries.jsonl"))
            .map_err(|error| miette!("cannot read {}: {error}", entries.display()))?;
    }
    match (engine::build(&config), entries) {
        (Err(Error::BrokenCorpus { .. }), Some(entries)) => return Err(broken(&config, entries)),
        (built, _) => built.into_diagnostic()?,
    };
    let engine = Engine::open(&config).into_diagnostic()?;
    if let (true, Some(entries)) = (engine.corpus().entries.is_empty(), entries) {
        bail!("{} holds no entry", entries.display());
    }
    Ok((engine, Some(folder)))
}

/// Every line of the entries that is wrong.
fn broken(config: &Config, entries: &Path) -> Failure {
    let loaded = match corpus::load(&config.corpus, config.today, config.trust) {
        Ok(loaded) => loaded,
        Err(error) => return miette!("{error}"),
    };
    let errors = loaded.problems.iter().filter(|it| it.severity == Severity::Error);
    let lines: Vec<String> = errors
        .map(|it| format!("{}:{}: {}; {}", entries.display(), it.line, it.message, it.help))
        .collect();
    miette!("{}", lines.join("\n"))
}

fn show(report: &Report) {
    let measures = &report.measures;
    terminal::line(&format!(
        "{}: {} entries, {} questions with an answer, {} without, {} red flags",
        report.set, report.n_entries, measures.n_in, measures.n_out, report.redflags.recall.n
    ));
    for table in table::tables(report) {
        terminal::line(&format!("\n{}", table::text(&table)));
    }
    if report.check.as_ref().is_some_and(|it| it.ok) {
        terminal::line("\nno measure is worse than its baseline");
    }
    let notes = report.check.iter().flat_map(|it| &it.notes);
    for warning in report.warnings.iter().chain(notes) {
        terminal::line(&format!("\nwarning: {warning}"));
    }
}

fn write_lines(path: &Path, lines: &[String]) -> Result<()> {
    write(path, &lines.iter().fold(String::new(), |text, line| text + line + "\n"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| miette!("cannot write {}: {error}", path.display()))
}
