//! `sahihi import`: texts from a spreadsheet or another system, first seen, then taken.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::corpus::{Problems, SourceTree, Written};
use sahihi::exchange::{self, Assumed, Format, Outcome as RowIs, Plan, Remark};
use serde::Serialize;

use super::{Outcome, terminal};

/// Most rows of one kind that are shown; `--json` has them all.
const MAX_SHOWN: usize = 200;
/// Most bytes that are read; the library refuses more than this less one.
const MAX_READ: u64 = (64 << 20) + 1;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A workbook (.xlsx), CSV, JSON or JSON Lines file
    file: PathBuf,
    /// Write the corpus files; without it you see what would change
    #[arg(long)]
    apply: bool,
    /// What the file is, where it cannot be told by its content
    #[arg(long, value_name = "sheet|aaq|qnabot|faqpage", value_parser = format_of)]
    format: Option<Format>,
    /// Language of texts that name none [default: the first of the corpus]
    #[arg(long, value_name = "TAG")]
    language: Option<Lang>,
    /// Topic of new entries that name none
    #[arg(long, value_name = "ID")]
    topic: Option<String>,
}

fn format_of(name: &str) -> Result<Format, String> {
    let known = Format::NAMES.iter().find(|(it, _)| *it == name).map(|(_, format)| *format);
    known.ok_or_else(|| format!("`{name}` is none of sheet, aaq, qnabot, faqpage"))
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    new: usize,
    changed: usize,
    same: usize,
    errors: &'a [Remark],
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let tree = SourceTree::read(&config.corpus, &mut Problems::default()).into_diagnostic()?;
    if tree.get("corpus.toml").is_none() {
        return Err(miette!("{} is no corpus: it has no corpus.toml", config.corpus.display()));
    }
    let bytes = bytes_of(&arguments.file)?;
    let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
    let assumed = assumed(&tree, arguments)?;
    let incoming = exchange::read(&bytes, &name, arguments.format, &assumed).into_diagnostic()?;
    let plan = exchange::plan(&tree, incoming, config.today).into_diagnostic()?;
    if json {
        terminal::json(&Report {
            new: plan.count(RowIs::New),
            changed: plan.count(RowIs::Changed),
            same: plan.count(RowIs::Same),
            errors: &plan.errors,
        });
    } else {
        show(&plan);
    }
    if !plan.errors.is_empty() {
        terminal::note("nothing was written: mend the errors in the file and import it again");
        return Ok(Outcome::Problems);
    }
    if arguments.apply {
        exchange::apply(&config.corpus, &plan).into_diagnostic()?;
        let files = plan.files.len();
        terminal::note(&format!("{files} files written; nothing of it is approved yet"));
    } else if !plan.files.is_empty() {
        terminal::note("nothing was written: --apply writes it");
    }
    Ok(Outcome::Done)
}

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let cannot = |error| miette!("cannot read {}: {error}", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_READ).read_to_end(&mut bytes))
        .map_err(cannot)?;
    Ok(bytes)
}

fn assumed(tree: &SourceTree, arguments: &Arguments) -> Result<Assumed> {
    let written = Written::read(tree);
    let language =
        arguments.language.clone().or_else(|| written.settings.languages.first().cloned());
    let language = language.ok_or_else(|| miette!("corpus.toml names no languages"))?;
    let topics: Vec<String> = written.topics.iter().map(|it| it.id.clone()).collect();
    if let Some(topic) = arguments.topic.as_ref().filter(|it| !topics.contains(it)) {
        return Err(miette!("`{topic}` is no topic; there are {}", topics.join(", ")));
    }
    Ok(Assumed { language, topic: arguments.topic.clone(), topics })
}

fn show(plan: &Plan) {
    for (outcome, word) in [(RowIs::New, "new"), (RowIs::Changed, "changed")] {
        let rows: Vec<_> = plan.rows.iter().filter(|it| it.outcome == outcome).collect();
        for row in rows.iter().take(MAX_SHOWN) {
            let place = format!("{} row {}", row.place.sheet, row.place.row);
            let columns = row.columns.join(", ");
            terminal::line(&format!("{place}: {word}: {} ({columns})", row.about));
        }
        if rows.len() > MAX_SHOWN {
            terminal::line(&format!("… and {} more {word}", rows.len() - MAX_SHOWN));
        }
    }
    for (remarks, word) in [(&plan.notes, "note"), (&plan.errors, "error")] {
        remarks.iter().take(MAX_SHOWN).for_each(|it| terminal::line(&sentence(it, word)));
        if remarks.len() > MAX_SHOWN {
            terminal::line(&format!("… and {} more", remarks.len() - MAX_SHOWN));
        }
    }
    let count = |outcome| plan.count(outcome);
    terminal::line(&format!(
        "{} new, {} changed, {} same, {} errors",
        count(RowIs::New),
        count(RowIs::Changed),
        count(RowIs::Same),
        plan.errors.len()
    ));
}

fn sentence(remark: &Remark, word: &str) -> String {
    let column = if remark.column.is_empty() {
        String::new()
    } else {
        format!(", column {}", remark.column)
    };
    format!("{} row {}{column}: {word}: {}", remark.sheet, remark.row, remark.message)
}
