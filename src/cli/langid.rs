//! `sahihi langid`: how well the language of a question is found; learns the built-in profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::profiles::{self, EXPECTED};
use sahihi::analysis::{Analysis, Lang};
use sahihi::config::Config;
use sahihi::corpus;
use sahihi::engine::Engine;
use serde::{Deserialize, Serialize};

use super::{Outcome, terminal};

/// Confusions that are shown.
const SHOWN: usize = 12;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Texts with their language, {"lang","text"} a line
    #[arg(value_name = "FILE", required_unless_present = "learn")]
    files: Vec<PathBuf>,
    /// Only texts of at most so many characters
    #[arg(long, value_name = "N")]
    max_chars: Option<usize>,
    /// Count languages too that neither the corpus nor the list of expected ones holds
    #[arg(long)]
    all: bool,
    /// Learn the built-in profiles from the parallel texts (<lang>.tsv, English in the second
    /// column) of these folders, and from the corpus where they lack an expected language
    #[arg(long, value_name = "DIR", requires = "out", conflicts_with = "files")]
    learn: Vec<PathBuf>,
    /// Where the profiles are written
    #[arg(long, value_name = "FILE", requires = "learn")]
    out: Option<PathBuf>,
}

/// A text whose language is known.
#[derive(Debug, Deserialize)]
struct Line {
    lang: Lang,
    text: String,
}

/// How many were found right.
#[derive(Debug, Default, Serialize)]
struct Score {
    n: usize,
    accuracy: f64,
    #[serde(skip)]
    right: usize,
}

impl Score {
    fn count(&mut self, is_right: bool) {
        self.n += 1;
        self.right += usize::from(is_right);
        #[expect(clippy::cast_precision_loss, reason = "numbers of lines")]
        let share = self.right as f64 / self.n as f64;
        self.accuracy = share;
    }
}

#[derive(Debug, Default, Serialize)]
struct Report {
    #[serde(flatten)]
    total: Score,
    languages: BTreeMap<Lang, Score>,
    /// Lines left out because of their language.
    skipped: usize,
    /// Mean time a text, analysis included.
    mean_us: f64,
    #[serde(skip)]
    confusions: BTreeMap<(Lang, Lang), usize>,
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    if let Some(out) = &arguments.out {
        return learn(config, &arguments.learn, out, json);
    }
    let mut lines = Vec::new();
    for file in &arguments.files {
        lines.extend(read(file)?);
    }
    if let Some(most) = arguments.max_chars {
        lines.retain(|it| it.text.chars().count() <= most);
    }
    let (engine, _) = Engine::open_or_build(config).into_diagnostic()?;
    let report = measure(&engine, &lines, arguments.all);
    if json {
        terminal::json(&report);
    } else {
        show(&report);
    }
    Ok(Outcome::Done)
}

fn read(file: &Path) -> Result<Vec<Line>> {
    let text = text_of(file)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let place = |at: usize, error| miette!("{} line {at}: {error}", file.display());
    lines.map(|(at, line)| serde_json::from_str(line).map_err(|error| place(at, error))).collect()
}

fn text_of(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| miette!("cannot read {}: {error}", file.display()))
}

fn measure(engine: &Engine, lines: &[Line], all: bool) -> Report {
    let own = &engine.corpus().settings.languages;
    let counts = |lang: &Lang| all || own.contains(lang) || EXPECTED.contains(&lang.as_str());
    let mut report = Report::default();
    let mut spent = Duration::ZERO;
    for line in lines {
        if !counts(&line.lang) {
            report.skipped += 1;
            continue;
        }
        let start = Instant::now();
        let languages = engine.languages(&Analysis::of(&line.text));
        spent += start.elapsed();
        let Some((found, _)) = languages.into_iter().next() else { continue };
        let is_right = found == line.lang;
        report.total.count(is_right);
        report.languages.entry(line.lang.clone()).or_default().count(is_right);
        if !is_right {
            *report.confusions.entry((line.lang.clone(), found)).or_default() += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of lines")]
    let n = report.total.n.max(1) as f64;
    report.mean_us = (spent.as_secs_f64() * 1e6 / n * 10.0).round() / 10.0;
    report
}

fn show(report: &Report) {
    terminal::line("language        n  accuracy");
    for (lang, score) in &report.languages {
        terminal::line(&format!("{:<10} {:>6}  {:>8.4}", lang.as_str(), score.n, score.accuracy));
    }
    let Score { n, accuracy, .. } = report.total;
    terminal::line(&format!("{:<10} {n:>6}  {accuracy:>8.4}", "all"));
    let mut confusions: Vec<_> = report.confusions.iter().collect();
    confusions.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for ((wanted, found), n) in confusions.into_iter().take(SHOWN) {
        terminal::line(&format!("{n:>4} × {wanted} taken for {found}"));
    }
    let (mean_us, skipped) = (report.mean_us, report.skipped);
    terminal::line(&format!("{mean_us} µs a text; {skipped} lines of other languages skipped"));
}

fn learn(config: &Config, folders: &[PathBuf], out: &Path, json: bool) -> Result<Outcome> {
    let mut texts: BTreeMap<Lang, BTreeSet<String>> = BTreeMap::new();
    let english = Lang::parse("en").into_diagnostic()?;
    for folder in folders {
        for (lang, text) in parallel(folder)? {
            for line in text.lines() {
                let (other, english_text) = line.split_once('\t').unwrap_or((line, ""));
                texts.entry(lang.clone()).or_default().insert(other.to_owned());
                texts.entry(english.clone()).or_default().insert(english_text.to_owned());
            }
        }
    }
    let loaded = corpus::load(&config.corpus, config.today, config.trust).into_diagnostic()?;
    let phrasings = loaded.corpus.entries.iter().flat_map(|it| &it.phrasings);
    let lacking: BTreeSet<&str> = EXPECTED
        .iter()
        .copied()
        .filter(|it| !texts.keys().any(|lang| lang.as_str() == *it))
        .collect();
    for phrasing in phrasings.filter(|it| lacking.contains(it.lang.as_str())) {
        texts.entry(phrasing.lang.clone()).or_default().insert(phrasing.text.clone());
    }
    let samples: Vec<(Lang, Vec<String>)> =
        texts.into_iter().map(|(lang, texts)| (lang, texts.into_iter().collect())).collect();
    let bytes = profiles::learn(&samples);
    fs::write(out, &bytes).map_err(|error| miette!("cannot write {}: {error}", out.display()))?;
    let languages: Vec<&str> = samples.iter().map(|it| it.0.as_str()).collect();
    if json {
        let size = bytes.len();
        terminal::json(&serde_json::json!({ "languages": languages, "size_bytes": size }));
    } else {
        let kb = bytes.len() / 1000;
        terminal::line(&format!("{}: {kb} KB, {}", out.display(), languages.join(" ")));
    }
    Ok(Outcome::Done)
}

/// The files of a folder with their language, those of a language with a script of its own left
/// out: it needs no profile.
fn parallel(folder: &Path) -> Result<Vec<(Lang, String)>> {
    let cannot = |error| miette!("cannot read {}: {error}", folder.display());
    let mut found = Vec::new();
    for file in fs::read_dir(folder).map_err(cannot)? {
        let path = file.map_err(cannot)?.path();
        let tag = path.file_stem().and_then(|it| it.to_str()).and_then(|it| Lang::parse(it).ok());
        let (Some(lang), Some("tsv")) = (tag, path.extension().and_then(|it| it.to_str())) else {
            continue;
        };
        let text = text_of(&path)?;
        let own: String = text.lines().filter_map(|it| it.split('\t').next()).collect();
        let script = sahihi::analysis::language::main_script(&own);
        if script.and_then(profiles::of_script).is_none() {
            found.push((lang, text));
        }
    }
    found.sort();
    Ok(found)
}
