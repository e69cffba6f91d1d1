//! A reviewer's assistant: what no single file shows, found by asking the engine.
//!
//! [`examine`] holds phrasings out and asks them, compares texts across entries, looks which entries
//! the test questions reach, and counts what is missing. What a reviewer should look at becomes a
//! warning with its place; the rest is a report. [`what_if`] shows what a changed file would move.

pub mod channel;
pub mod coverage;
pub mod reach;
pub mod reading;
pub mod strays;
pub mod twins;
pub mod what_if;

use std::collections::BTreeMap;

use serde::Serialize;
use time::Date;

use super::judgment::Judgment;
use crate::corpus::{self, Due, DueKind, Loaded, Problem, Problems, SourceFile, Unit};
use crate::engine::{self, Engine};

/// Strays that become warnings, the surest; the report has them all.
const MOST_STRAYS: usize = 100;

/// What the assistant found.
#[derive(Debug, Serialize)]
pub struct Findings {
    /// Phrasings that were held out and asked.
    pub strays: strays::Strays,
    /// Pairs of texts of different entries that are much alike.
    pub twins: Vec<twins::Twins>,
    /// Which entries the test questions reach; absent when there are no test questions.
    pub reach: Option<reach::Reach>,
    /// Answers per topic and language.
    pub coverage: coverage::Coverage,
    /// Lengths per language.
    pub channel: Vec<channel::Lengths>,
    /// How easy the answers are to read, where there is a formula for the language.
    pub reading: Vec<reading::Level>,
    /// Contacts and links past the day they were to be checked.
    pub overdue: Vec<Due>,
}

/// Examines a corpus on which `engine` was learnt. `progress` is told what is done of how much.
///
/// Learns the entry model twice for each fold of the phrasings, so it takes some twenty times as
/// long as a build.
///
/// # Errors
///
/// [`engine::Error`] when a part of the corpus cannot be indexed.
pub fn examine(
    loaded: &Loaded,
    engine: &Engine,
    judgments: Option<&[Judgment]>,
    today: Date,
    progress: &dyn Fn(usize, usize),
) -> Result<Findings, engine::Error> {
    let corpus = engine.corpus();
    Ok(Findings {
        strays: strays::find(engine, today, progress)?,
        twins: twins::find(corpus),
        reach: judgments.map(|it| reach::of(engine, it, today)),
        coverage: coverage::of(corpus),
        channel: channel::of(loaded),
        reading: reading::of(corpus),
        overdue: overdue(loaded, today),
    })
}

fn overdue(loaded: &Loaded, today: Date) -> Vec<Due> {
    let is_check = |it: &Due| matches!(it.kind, DueKind::CheckContact | DueKind::CheckLink);
    corpus::due(loaded, today, 0).into_iter().filter(is_check).collect()
}

impl Findings {
    /// What a reviewer should look at, with its place.
    #[must_use]
    pub fn warnings(&self, loaded: &Loaded) -> Vec<Problem> {
        let mut places = Places { loaded, files: BTreeMap::new(), problems: Problems::default() };
        let answered = self.strays.phrasings.iter().filter(|it| it.answered);
        for stray in answered.take(MOST_STRAYS) {
            let (entry, first, lang) = (&stray.entry, &stray.first, &stray.lang);
            let message = format!(
                "without this line, “{}” would be answered with {first} (confidence {:.2})",
                stray.text, stray.confidence
            );
            let help = format!(
                "see whether it belongs to {first}; else add phrasings like it to {entry}, or name \
                 the two under `not`"
            );
            places.phrasing(&format!("entry/{entry}/{lang}"), &stray.text, (message, help));
        }
        for pair in self.twins.iter().filter(|it| !it.declared) {
            let [one, other] = &pair.entries;
            let (kind, lang, cosine) = (pair.kind.name(), &pair.lang, pair.cosine);
            let message =
                format!("this {kind} is much like that of {other} (likeness {cosine:.2})");
            let help = "say in each what sets it apart, merge the two, or name them under `not`";
            places.unit(&format!("entry/{one}/{lang}"), "near-duplicate", message, help);
        }
        for form in &self.strays.forms {
            let (text, pulled, helped) = (&form.form, form.pulled, form.helped);
            let message = format!(
                "“{text}” pulls {pulled} phrasings to a wrong entry, most to {}, and helps {helped}",
                form.to
            );
            let help = "take the form out of the concept, or put it under a narrower one";
            let unit = format!("lexicon/{}/{}", form.lang, form.concept);
            places.unit(&unit, "lexicon-pull", message, help);
        }
        places.problems.into_sorted()
    }
}

/// Finds units in their files.
struct Places<'a> {
    loaded: &'a Loaded,
    files: BTreeMap<String, SourceFile>,
    problems: Problems,
}

impl Places<'_> {
    fn unit(&mut self, name: &str, code: &'static str, message: String, help: &str) {
        let Some(unit) = self.loaded.units.iter().find(|it| it.name == name) else { return };
        let file = self.file(unit);
        self.problems.warning(&file, file.first_line(), code, message, help);
    }

    fn phrasing(&mut self, name: &str, text: &str, (message, help): (String, String)) {
        let Some(unit) = self.loaded.units.iter().find(|it| it.name == name) else { return };
        let file = self.file(unit);
        let line = unit.phrasings.iter().find(|it| it.text() == text).map_or(1, |it| it.line);
        let before: usize = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let own = file.text.split_inclusive('\n').nth(line - 1).unwrap_or_default();
        let span = before..before + own.trim_end().len();
        self.problems.warning(&file, span, "phrasing-strays", message, help);
    }

    /// The file of a unit as it stands; empty when it cannot be read any more.
    fn file(&mut self, unit: &Unit) -> SourceFile {
        let read = || SourceFile::shown_at(&unit.file);
        self.files.entry(unit.file.clone()).or_insert_with(read).clone()
    }
}
