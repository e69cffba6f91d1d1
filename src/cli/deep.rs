//! `sahihi check --deep`: the reviewer's assistant on the terminal.

use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::corpus::{Due, DueKind, Loaded};
use sahihi::engine::Engine;
use sahihi::eval::deep::{self, Findings, coverage::Coverage};
use sahihi::eval::judgment::{self, Judgment};

use super::terminal;

/// Names listed of one kind; `--json` has them all.
const NAMED: usize = 10;

/// Learns an engine in memory and examines the corpus, with progress on a terminal.
pub(super) fn examine(
    config: &Config,
    loaded: &Loaded,
    queries: Option<&Path>,
) -> Result<Findings> {
    let judgments = judgments(config, queries)?;
    // Draws on standard error, and only where that is a terminal.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message("learning");
    bar.tick();
    let engine = Engine::in_memory(loaded, config.today).into_diagnostic()?;
    bar.set_message("holding phrasings out");
    let progress = |done: usize, of: usize| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    };
    let judgments = judgments.as_deref();
    let findings = deep::examine(loaded, &engine, judgments, config.today, &progress);
    bar.finish_and_clear();
    findings.into_diagnostic()
}

/// The test questions: those named, else the own ones where there are any.
pub(super) fn judgments(config: &Config, queries: Option<&Path>) -> Result<Option<Vec<Judgment>>> {
    let own = super::beside(config, "eval/queries");
    let path = match queries {
        Some(path) => path,
        None if own.is_dir() => &own,
        None => return Ok(None),
    };
    judgment::read(path, None).map(Some).into_diagnostic()
}

/// The parts of the report that are no problems of a file.
pub(super) fn show(findings: &Findings) {
    let strays = &findings.strays;
    let answered = strays.phrasings.iter().filter(|it| it.answered).count();
    terminal::line(&format!(
        "\nphrasings held out and asked: {}; {} find another entry first, {answered} would be \
         answered with it",
        strays.asked,
        strays.phrasings.len()
    ));
    if let Some(reach) = &findings.reach {
        terminal::line(&format!("\ntest questions with an answer: {}", reach.questions));
        let unasked: Vec<String> = reach.unasked.iter().map(ToString::to_string).collect();
        named("entries no question asks for", &unasked);
        let unreached: Vec<String> =
            reach.unreached.iter().map(|(id, n)| format!("{id} ({n} questions)")).collect();
        named("entries none of their questions finds", &unreached);
    }
    terminal::line("\nanswers per topic and language (* some are missing)");
    terminal::line(&coverage(&findings.coverage));
    terminal::line("\nlengths in characters");
    for it in &findings.channel {
        terminal::line(&format!(
            "  {:8} {} answers, median {}, longest {}, {} over {}; {} sentences too long for a button",
            it.lang.as_str(),
            it.answers,
            it.median,
            it.longest,
            it.long.len(),
            deep::channel::COMFORTABLE_CHARS,
            it.buttons.len()
        ));
        let buttons: Vec<String> =
            it.buttons.iter().map(|(unit, length)| format!("{unit} ({length})")).collect();
        named("    too long for a button", &buttons);
    }
    terminal::line("\nreading ease (60 and more is plain)");
    for it in &findings.reading {
        let lang = it.lang.as_str();
        terminal::line(&format!("  {lang:8} {}: median {:.0}", it.formula, it.median));
        let hard: Vec<String> =
            it.hard.iter().map(|(id, ease)| format!("{id} ({ease:.0})")).collect();
        named("    hard to read", &hard);
    }
    let (links, contacts): (Vec<&Due>, Vec<&Due>) =
        findings.overdue.iter().partition(|it| it.kind == DueKind::CheckLink);
    let units = |of: &[&Due]| of.iter().map(|it| it.unit.clone()).collect::<Vec<_>>();
    terminal::line("\nto be checked by today (`sahihi review due` says what to do)");
    named("places of help", &units(&contacts));
    named("links of resources", &units(&links));
    terminal::line("");
}

fn named(what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    terminal::line(&format!("  {what}: {} — {}{more}", names.len(), shown.join(", ")));
}

/// The matrix; what is missing is marked.
fn coverage(coverage: &Coverage) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    let head = ["topic", "entries"].into_iter().map(str::to_owned);
    table.set_header(head.chain(coverage.languages.iter().map(ToString::to_string)));
    for row in &coverage.topics {
        let number = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        let answers = row
            .answers
            .iter()
            .map(|n| number(if *n < row.entries { format!("{n}*") } else { n.to_string() }));
        let head = [Cell::new(&row.topic), number(row.entries.to_string())];
        table.add_row(head.into_iter().chain(answers));
    }
    table.to_string()
}
