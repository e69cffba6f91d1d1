//! `sahihi build`: the index from what is approved.

use miette::{IntoDiagnostic as _, Result};
use sahihi::config::Config;
use sahihi::engine::{self, Built, Error, Opened};
use serde_json::json;

use super::{Outcome, terminal};

pub(crate) fn run(config: &Config, json: bool) -> Result<Outcome> {
    match engine::build(config) {
        Ok(built) => {
            if json {
                terminal::json(&as_json(&built));
            } else {
                show(&built);
            }
            Ok(Outcome::Done)
        }
        Err(error @ Error::BrokenCorpus { .. }) => {
            let loaded = engine::load(config).into_diagnostic()?;
            if json {
                terminal::json(&super::check::Report::of(&loaded));
            } else {
                loaded.problems.iter().for_each(terminal::problem);
            }
            terminal::note(&format!("error: {error}"));
            Ok(Outcome::Problems)
        }
        Err(error) => Err(error).into_diagnostic(),
    }
}

/// One line on how the engine was opened, when there is something to say.
pub(crate) fn show_opened(opened: &Opened) {
    match opened {
        Opened::Fresh => (),
        Opened::Built(built) => show(built),
        Opened::Kept { errors } => terminal::note(&format!(
            "warning: the corpus has {errors} errors, so the last index stays in use; \
             `sahihi check` shows them"
        )),
    }
}

/// One line on what was built.
pub(crate) fn show(built: &Built) {
    let corpus = &built.loaded.corpus;
    let phrasings: usize = corpus.entries.iter().map(|it| it.phrasings.len()).sum();
    terminal::note(&format!(
        "built {}: {} entries, {phrasings} phrasings, {} KB; {} units not served",
        built.snapshot,
        corpus.entries.len(),
        built.bytes / 1000,
        built.loaded.unserved.len()
    ));
}

fn as_json(built: &Built) -> serde_json::Value {
    json!({
        "snapshot": built.snapshot,
        "entries": built.loaded.corpus.entries.len(),
        "bytes": built.bytes,
        "unserved": built.loaded.unserved,
    })
}
