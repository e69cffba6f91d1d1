//! `sahihi lexicon learn`: a translation table from sentence pairs, and what it gains.

use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use miette::{IntoDiagnostic as _, Result, bail, miette};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::corpus::{self, Corpus, Severity, Struck, Table};
use sahihi::engine::{self, Engine};
use sahihi::eval::judgment::{self, Judgment, Kind};
use sahihi::eval::run::{self, RunConfig};
use sahihi::retrieval::tabulate;
use serde::Serialize;

use super::{Outcome, terminal};

/// Where tables stand in a corpus.
const FOLDER: &str = "lexicon/learned";
/// Where the own questions stand, beside the corpus.
const QUERIES: &str = "eval/queries";
/// Lines without a pair that are named.
const NAMED: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Learn what the words of a language stand for in a language of the corpus
    Learn(Learn),
}

#[derive(Debug, Args)]
struct Learn {
    /// Language whose words are learnt
    #[arg(long, value_name = "LANG")]
    lang: Lang,
    /// Language of the corpus they are translated into [default: the corpus's first]
    #[arg(long, value_name = "LANG")]
    pivot: Option<Lang>,
    /// Sentence pairs, one a line: the sentence, a tab, the same in the pivot
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "from_corpus")]
    parallel: Vec<PathBuf>,
    /// Learn from what the corpus itself says in both languages too
    #[arg(long)]
    from_corpus: bool,
    /// Do not measure what the table gains on eval/queries
    #[arg(long)]
    no_measure: bool,
}

/// What was learnt.
#[derive(Debug, Serialize)]
struct Report {
    lang: Lang,
    pivot: Lang,
    file: PathBuf,
    pairs: usize,
    words: usize,
    struck: usize,
    bytes: usize,
    /// What it gains on the corpus as it is; `null` without questions in the language.
    gain: Option<Gain>,
    /// What it gains where the corpus has nothing in the language; `null` where that is so anyway.
    gain_without_texts: Option<Gain>,
}

/// Figures on the own questions, without the table and with it.
#[derive(Debug, Serialize)]
struct Gain {
    questions: usize,
    before: Figures,
    after: Figures,
}

/// Shares of questions with a right entry first, and among the first three.
#[derive(Debug, Serialize)]
struct Figures {
    #[serde(rename = "R@1")]
    first: f64,
    #[serde(rename = "R@3")]
    three: f64,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let Command::Learn(learn) = &arguments.command;
    let loaded = corpus::load(&config.corpus, config.today, config.trust).into_diagnostic()?;
    let pivot = learn.pivot(&loaded.corpus)?;
    let file = config.corpus.join(FOLDER).join(format!("{}-{pivot}.tsv", learn.lang));
    let struck = struck(&file, &learn.lang, &pivot)?;
    let mut sentences = learn.sentences()?;
    if learn.from_corpus {
        sentences.extend(corpus::pairs_of(&loaded.corpus, &learn.lang, &pivot));
    }
    let progress = progress("learning", tabulate::STEPS);
    let (table, learnt) = tabulate::learn(&learn.lang, &pivot, &sentences, || progress.inc(1));
    progress.finish_and_clear();
    if table.rows.is_empty() {
        bail!("nothing was learnt: {} pairs with words on both sides", learnt.pairs);
    }
    let table = Table { struck, ..table }.without_struck();
    let text = table.to_text(&learn.origin(&pivot, learnt.pairs));
    write(&file, &text)?;
    let mut report = Report {
        lang: learn.lang.clone(),
        pivot,
        file,
        pairs: learnt.pairs,
        words: table.rows.len(),
        struck: table.struck.len(),
        bytes: text.len(),
        gain: None,
        gain_without_texts: None,
    };
    if !learn.no_measure {
        measure(config, &loaded.corpus, &mut report)?;
    }
    if json {
        terminal::json(&report);
    } else {
        show(&report);
    }
    Ok(Outcome::Done)
}

impl Learn {
    fn pivot(&self, corpus: &Corpus) -> Result<Lang> {
        let languages = &corpus.settings.languages;
        let named: Vec<&str> = languages.iter().map(Lang::as_str).collect();
        let Some(pivot) = self.pivot.as_ref().or(languages.first()) else {
            bail!("the corpus names no language; `sahihi check` says why");
        };
        if !languages.contains(pivot) {
            bail!("the corpus does not speak {pivot}; the pivot is one of {}", named.join(", "));
        }
        if *pivot == self.lang {
            bail!("{pivot} needs no table into itself; name another --pivot");
        }
        Ok(pivot.clone())
    }

    /// The pairs of all files, in their order.
    fn sentences(&self) -> Result<Vec<corpus::SentencePair>> {
        let mut sentences = Vec::new();
        for path in &self.parallel {
            let (pairs, wrong) = corpus::read_pairs(path).into_diagnostic()?;
            if pairs.is_empty() {
                bail!("{} holds no pair; write sentence, tab, sentence a line", path.display());
            }
            if !wrong.is_empty() {
                let named: Vec<String> = wrong.iter().take(NAMED).map(usize::to_string).collect();
                terminal::note(&format!(
                    "warning: {}: {} lines without two sentences are left out (line {} …)",
                    path.display(),
                    wrong.len(),
                    named.join(", ")
                ));
            }
            sentences.extend(pairs);
        }
        Ok(sentences)
    }

    /// The first line of the file: how it came to be.
    fn origin(&self, pivot: &Lang, pairs: usize) -> String {
        let lang = &self.lang;
        format!(
            "{lang} to {pivot}, learnt by `sahihi lexicon learn` from {pairs} pairs of sentences. \
             Strike out with -word or -word, tab, translation; add words in ../{lang}.csv"
        )
    }
}

/// What a reviewer has struck out of the table that is there.
fn struck(file: &Path, lang: &Lang, pivot: &Lang) -> Result<BTreeSet<Struck>> {
    if !file.exists() {
        return Ok(BTreeSet::new());
    }
    let (table, problems) = corpus::read_table(file, lang, pivot).into_diagnostic()?;
    if problems.iter().any(|it| it.severity == Severity::Error) {
        problems.iter().for_each(terminal::problem);
        bail!("{} has lines that cannot be read; nothing was changed", file.display());
    }
    Ok(table.struck)
}

fn progress(what: &'static str, steps: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    let bar = ProgressBar::new(steps).with_message(what);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| corpus::write_whole(path, text.as_bytes()))
        .map_err(|error| miette!("cannot write {}: {error}", path.display()))
}

/// Asks the own questions of the language with and without the table.
fn measure(config: &Config, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let queries = config.corpus.parent().unwrap_or(Path::new("")).join(QUERIES);
    if !queries.is_dir() {
        return Ok(());
    }
    let mut questions = judgment::read(&queries, None).into_diagnostic()?;
    questions.retain(|it| it.lang == report.lang && it.kind() == Kind::In);
    if questions.is_empty() {
        return Ok(());
    }
    let is_own = corpus.settings.languages.contains(&report.lang);
    let progress = progress("measuring", if is_own { 4 } else { 2 });
    let figures = |table: bool, without: Option<&Lang>| {
        let figures = figures(config, report, &questions, (table, without));
        progress.inc(1);
        figures
    };
    let gain = |without: Option<&Lang>| -> Result<Gain> {
        let (before, after) = (figures(false, without)?, figures(true, without)?);
        Ok(Gain { questions: questions.len(), before, after })
    };
    let as_it_is = gain(None)?;
    let without = if is_own { Some(gain(Some(&report.lang))?) } else { None };
    progress.finish_and_clear();
    (report.gain, report.gain_without_texts) = (Some(as_it_is), without);
    Ok(())
}

/// Builds the corpus in a temporary folder, with or without the table, and asks the questions.
fn figures(
    config: &Config,
    report: &Report,
    questions: &[Judgment],
    (with_table, without): (bool, Option<&Lang>),
) -> Result<Figures> {
    let folder = tempfile::tempdir().into_diagnostic()?;
    let lexicon = folder.path().join("lexicon");
    copy_lexicon(&config.corpus.join("lexicon"), &lexicon, |path| {
        with_table || path != report.file
    })?;
    let config = Config {
        index: folder.path().join("index"),
        lexicon: Some(lexicon),
        without: without.cloned(),
        ..config.clone()
    };
    engine::build(&config).into_diagnostic()?;
    let engine = Engine::open_as_built(&config).into_diagnostic()?;
    let asked = RunConfig { top: 3, give_language: false, today: config.today };
    let results = run::run(&engine, questions, asked);
    let within = |n: usize| {
        let hits = questions.iter().zip(&results).filter(|(question, result)| {
            result.ranked.iter().take(n).any(|(entry, _)| question.relevant.contains(entry))
        });
        #[expect(clippy::cast_precision_loss, reason = "numbers of questions")]
        let share = hits.count() as f64 / questions.len() as f64;
        share
    };
    Ok(Figures { first: within(1), three: within(3) })
}

fn copy_lexicon(from: &Path, to: &Path, keep: impl Fn(&Path) -> bool) -> Result<()> {
    for part in ["", "learned"] {
        let (from, to) = (from.join(part), to.join(part));
        fs::create_dir_all(&to).into_diagnostic()?;
        let Ok(files) = fs::read_dir(&from) else { continue };
        for file in files {
            let path = file.into_diagnostic()?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file() && keep(&path)) {
                fs::copy(&path, to.join(name)).into_diagnostic()?;
            }
        }
    }
    Ok(())
}

fn show(report: &Report) {
    let Report { lang, pivot, pairs, words, struck, .. } = report;
    let kb = report.bytes.div_ceil(1000);
    terminal::line(&format!(
        "{}: {words} words of {lang} in {pivot}, from {pairs} pairs of sentences, {kb} KB; \
         {struck} lines struck out",
        report.file.display()
    ));
    let gains = [("", &report.gain), (", nothing of it in the corpus", &report.gain_without_texts)];
    for (where_, gain) in gains {
        let Some(Gain { questions, before, after }) = gain else { continue };
        terminal::line(&format!(
            "on {questions} own questions in {lang}{where_}: R@1 {:.3} → {:.3}, R@3 {:.3} → {:.3}",
            before.first, after.first, before.three, after.three
        ));
    }
    if report.gain.is_none() {
        terminal::line("what it gains was not measured: no own questions in this language");
    }
    terminal::line(&format!(
        "not served until it is approved: sahihi review approve table/{lang}-{pivot} --by …"
    ));
}
