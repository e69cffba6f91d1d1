//! What a phrasing would do to the test questions, learnt in memory before anything is written.

use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::corpus::{Approval, EntryId, Phrasing};
use sahihi::eval::deep::what_if::{self, WhatIf};
use sahihi::eval::judgment;

use super::super::super::what_if::show;
use super::{Asked, terminal};

/// Asks the test questions with and without the phrasing, and shows what moves; nothing where
/// there are no test questions.
pub(super) fn phrasing(
    asked: &Asked<'_>,
    (id, lang): (&EntryId, &Lang),
    words: &str,
) -> Result<Option<WhatIf>> {
    let Asked { config, engine, arguments, json, .. } = asked;
    if !arguments.queries.exists() {
        let place = arguments.queries.display();
        terminal::note(&format!("no test questions at {place}: name them with --queries"));
        return Ok(None);
    }
    let judgments = judgment::read(&arguments.queries, None).into_diagnostic()?;
    let mut corpus = (**engine.corpus()).clone();
    let entry = corpus.entries.iter_mut().find(|it| it.id == *id);
    let entry = entry.ok_or_else(|| miette!("{id} is not on the air: approve it first"))?;
    let approval = Approval { by: String::new(), on: config.today, until: time::Date::MAX };
    if entry.phrasings.iter().all(|it| it.lang != *lang || it.text != words) {
        entry.phrasings.push(Phrasing { lang: lang.clone(), text: words.to_owned(), approval });
    }
    let changed = engine.on(corpus).into_diagnostic()?;
    let found = what_if::between(engine, &changed, &judgments, config.today);
    if !json {
        terminal::line("");
        show(&found);
    }
    Ok(Some(found))
}
