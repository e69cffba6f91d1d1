//! `sahihi check --what-if`: which test questions a changed or new file would move.

use std::fs;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use sahihi::config::Config;
use sahihi::corpus::{self, Loaded, Proposal};
use sahihi::eval::deep::what_if::{self, Move, Place, WhatIf};
use sahihi::retrieval::Outcome;

use super::{check, deep, terminal};

pub(super) fn run(
    config: &Config,
    loaded: &Loaded,
    (files, queries): (&[PathBuf], Option<&Path>),
    json: bool,
) -> Result<super::Outcome> {
    let proposals =
        files.iter().map(|it| proposal(config, loaded, files, it)).collect::<Result<Vec<_>>>()?;
    let judgments = deep::judgments(config, queries)?
        .ok_or_else(|| miette!("there are no test questions; name them with --queries"))?;
    let proposed = corpus::load_with(&config.corpus, &proposals, config.today).into_diagnostic()?;
    if proposed.has_errors() {
        if json {
            terminal::json(&check::Report::of(&proposed));
        } else {
            proposed.problems.iter().for_each(terminal::problem);
            terminal::note("the corpus would have errors; nothing was compared");
        }
        return Ok(super::Outcome::Problems);
    }
    let result = what_if::compare(loaded, &proposed, &judgments, config.today).into_diagnostic()?;
    if json {
        terminal::json(&result);
    } else {
        show(&result);
    }
    Ok(super::Outcome::Done)
}

/// Where the file would stand: its name is `<id>.<lang>.md` or `<id>.toml`, the entry says the
/// topic; a new entry takes the topic of the folder the file lies in.
fn proposal(config: &Config, loaded: &Loaded, files: &[PathBuf], file: &Path) -> Result<Proposal> {
    let text = fs::read_to_string(file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let id = name
        .strip_suffix(".toml")
        .or_else(|| Some(name.strip_suffix(".md")?.rsplit_once('.')?.0))
        .ok_or_else(|| miette!("name the file <id>.<lang>.md or <id>.toml, like PIL-02.sw.md"))?;
    let prefix = format!("entry/{id}/");
    let known = loaded.units.iter().find(|it| it.name.starts_with(&prefix));
    let folder =
        file.parent().and_then(Path::file_name).map(|it| it.to_string_lossy().into_owned());
    let is_topic = |it: &String| loaded.corpus.topics.iter().any(|topic| topic.id == *it);
    let topic = known.and_then(|it| it.topic.clone()).or_else(|| folder.filter(is_topic));
    let topic = topic.ok_or_else(|| {
        miette!("{id} is a new entry: put the file into a folder named after its topic")
    })?;
    let neutral = format!("entries/{topic}/{id}.toml");
    let has_neutral = config.corpus.join(&neutral).is_file()
        || files.iter().any(|it| it.file_name().is_some_and(|it| *it == *format!("{id}.toml")));
    if !has_neutral {
        return Err(miette!("{id} is a new entry: add --what-if {id}.toml (it may be empty)"));
    }
    Ok(Proposal { path: format!("entries/{topic}/{name}"), text })
}

/// Moves shown; `--json` has all.
const SHOWN: usize = 20;

/// Shows what moves: first what people are told otherwise, then what is only ranked otherwise.
pub(super) fn show(result: &WhatIf) {
    let WhatIf { questions, right_before, right_after, moved } = result;
    let is_told =
        |it: &&Move| [&it.before, &it.after].into_iter().any(|it| it.decision == Outcome::Answer);
    let (told, ranked): (Vec<&Move>, Vec<&Move>) = moved.iter().partition(is_told);
    for Move { id, text, before, after } in told.iter().chain(&ranked).take(SHOWN) {
        terminal::line(&format!("{id}  “{text}”"));
        terminal::line(&format!("    {}  →  {}", place(before), place(after)));
    }
    if moved.len() > SHOWN {
        terminal::line(&format!("… and {} more: --json has all", moved.len() - SHOWN));
    }
    terminal::line(&format!(
        "{} of {questions} test questions would move, {} of them to or from an answer; \
         {right_before} found their entry first, {right_after} would",
        moved.len(),
        told.len()
    ));
}

fn place(place: &Place) -> String {
    let entry = place.entry.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let decision = format!("{:?}", place.decision);
    let right = match place.right {
        Some(true) => "right",
        Some(false) => "wrong",
        None => "has no answer",
    };
    format!("{decision} {entry} ({:.2}, {right})", place.confidence)
}
