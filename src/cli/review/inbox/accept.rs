//! Taking a question up: it becomes a phrasing and is approved, in one act.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::corpus::{self, Approver, Loaded};
use sahihi::exchange::Acceptance;
use sahihi::service::inbox::{self, Unanswered};
use serde_json::json;

use super::decide::Signer;
use super::{Asked, Group, predict};

/// Shows what it does to the test questions, then writes the phrasing, approves it and takes it off
/// the list; the answer stays on the air throughout.
pub(super) fn run(asked: &Asked<'_>, group: &Group) -> Result<()> {
    let Asked { config, arguments, .. } = asked;
    let signer = Signer::new(arguments.by.as_deref().unwrap_or_default(), arguments.key.as_deref());
    let (id, words) = (asked.entry(group)?, asked.words(group)?);
    let place = (&id, &group.language);
    let _lock = corpus::lock_reviews(&config.corpus).into_diagnostic()?;
    let tree = asked.tree()?;
    let loaded = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    let key = signer.key(config, signer.reviewer(config, &loaded)?)?;
    let (by, on, note) = (signer.name(), config.today, arguments.note.as_str());
    let approver = Approver { by, on, note, key: key.as_ref() };
    let acceptance = Acceptance::plan(&tree, place, &words, &approver).into_diagnostic()?;
    let prediction = predict::phrasing(asked, place, &words)?;
    if !is_agreed(asked, &words, &acceptance.unit)? {
        return Err(miette!("nothing was changed"));
    }
    acceptance.write(&config.corpus).into_diagnostic()?;
    take_off(asked, group, &words)?;
    let until = acceptance.approval().until();
    let missing = missing(asked, &acceptance.unit, &words)?;
    let value = json!({
        "accepted": {
            "unit": acceptance.unit, "words": words, "by": by, "until": until.to_string(),
            "missing": missing,
        },
        "prediction": prediction,
    });
    let name = &acceptance.unit;
    let next = match &missing {
        None => "`sahihi build` takes it into the index, from where a running server picks it up"
            .to_owned(),
        Some(why) => format!(
            "it is not served yet, {why}: another reviewer goes on with \
             sahihi review approve {name} --by NAME --until {until}"
        ),
    };
    let done = format!("“{words}” is a phrasing of {name}, approved by {by} until {until}\n{next}");
    asked.say(&value, &done);
    Ok(())
}

/// Whether the person at the terminal says yes; where there is none, the command has said it.
fn is_agreed(asked: &Asked<'_>, words: &str, unit: &str) -> Result<bool> {
    if asked.arguments.yes || asked.json || !io::stdin().is_terminal() {
        return Ok(true);
    }
    let mut terminal = io::stderr();
    write!(terminal, "Make “{words}” a phrasing of {unit} and approve it? [y/N] ")
        .into_diagnostic()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).into_diagnostic()?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Takes the question that was accepted off the list; the others of its group are asked again.
fn take_off(asked: &Asked<'_>, group: &Group, words: &str) -> Result<()> {
    let own = group.kept.iter().find(|it| it.text == words);
    // Corrected words stand for the question that the group is known by.
    let taken: Vec<Unanswered> = own.or_else(|| group.kept.first()).cloned().into_iter().collect();
    inbox::remove(asked.settings, &taken).into_diagnostic()
}

/// What the phrasing still lacks to be served.
fn missing(asked: &Asked<'_>, unit: &str, words: &str) -> Result<Option<String>> {
    let config = asked.config;
    let loaded: Loaded = corpus::load(&config.corpus, config.today, false).into_diagnostic()?;
    let Some(unit) = loaded.units.iter().find(|it| it.name == unit) else { return Ok(None) };
    let standing = loaded.reviews.standing(unit, &loaded.corpus.settings, config.today);
    let at = unit.phrasings.iter().position(|it| it.text() == words);
    let phrasing = at.and_then(|at| standing.phrasings.into_iter().nth(at));
    Ok(phrasing.and_then(Result::err))
}
