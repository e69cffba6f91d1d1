//! What a file that came in would change, row by row, and every error with its place.
//!
//! Nothing is written here. Each changed file is read back by the parser of the corpus before it
//! counts, and the corpus as it would become is loaded as a whole, so that a plan without errors
//! can be applied.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use time::Date;
use toml_edit::DocumentMut;

use super::blame::{column_in, column_of, names_key, new_errors, sentence};
use super::difference::{differing, is_bound, wanted};
use super::draft::{Draft, Incoming, Place, Remark};
use super::markdown::{self, Wanted};
use super::{Error, neutral};
use crate::analysis::Lang;
use crate::corpus::{self, Digest, EntryId, Problem, SourceFile, SourceTree, Written, WrittenText};

/// What a row does to the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Something that is not in the corpus yet.
    New,
    /// Something that stands there otherwise.
    Changed,
    /// What stands there already.
    Same,
}

/// A row with what it does.
#[derive(Debug, Clone)]
pub struct RowOutcome {
    /// Where it stands.
    pub place: Place,
    /// What it is about: `PIL-02/sw`, or `PIL-02` for what is the same in every language.
    pub about: String,
    /// What it does.
    pub outcome: Outcome,
    /// The columns that differ.
    pub columns: Vec<&'static str>,
}

/// What a file would change.
#[derive(Debug, Default)]
pub struct Plan {
    /// The rows without errors, in the order of the file.
    pub rows: Vec<RowOutcome>,
    /// What is wrong, in the order of the file.
    pub errors: Vec<Remark>,
    /// What stays behind because a corpus has no place for it.
    pub notes: Vec<Remark>,
    /// The files to write, by path from the corpus folder.
    pub files: BTreeMap<String, String>,
    /// Identity of the corpus this was planned on.
    pub base: Digest,
}

impl Plan {
    /// How many rows have that outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|it| it.outcome == outcome).count()
    }
}

/// Holds what came in against the files of a corpus as of `today`.
///
/// # Errors
///
/// [`Error::Read`] when a file of the corpus cannot be read; everything else is in the plan.
pub fn plan(tree: &SourceTree, incoming: Incoming, today: Date) -> Result<Plan, Error> {
    let written = Written::read(tree);
    let mut planner = Planner {
        tree,
        written: &written,
        plan: Plan {
            errors: incoming.errors,
            notes: incoming.notes,
            base: tree.digest,
            ..Plan::default()
        },
        seen: BTreeMap::new(),
        origin: BTreeMap::new(),
        said: BTreeMap::new(),
    };
    for draft in &incoming.drafts {
        planner.row(draft)?;
    }
    planner.give_neutral_files();
    planner.check_whole(today);
    Ok(planner.finish())
}

struct Planner<'a> {
    tree: &'a SourceTree,
    written: &'a Written,
    plan: Plan,
    /// The first row of each entry and language.
    seen: BTreeMap<(EntryId, Option<Lang>), Place>,
    /// The row that a file of the plan comes from.
    origin: BTreeMap<String, Place>,
    /// What was said of what is the same in every language, and where.
    said: BTreeMap<(EntryId, &'static str), (String, Place)>,
}

impl Planner<'_> {
    fn row(&mut self, draft: &Draft) -> Result<(), Error> {
        let before = self.plan.errors.len();
        if !self.is_sound(draft) {
            return Ok(());
        }
        let id = EntryId::new(&draft.id);
        let Some(topic) = self.topic(draft, &id) else { return Ok(()) };
        let mut columns = self.neutral(draft, &id, &topic)?;
        let is_new = match &draft.lang {
            Some(lang) => {
                let (is_new, texts) = self.text(draft, &id, (&topic, lang))?;
                columns.extend(texts);
                is_new
            }
            None => !self.written.entries.contains_key(&id),
        };
        if self.plan.errors.len() > before {
            return Ok(());
        }
        let outcome = match (is_new, columns.is_empty()) {
            (true, _) => Outcome::New,
            (false, false) => Outcome::Changed,
            (false, true) => Outcome::Same,
        };
        let about = match &draft.lang {
            Some(lang) => format!("{id}/{lang}"),
            None => id.to_string(),
        };
        self.plan.rows.push(RowOutcome { place: draft.place.clone(), about, outcome, columns });
        Ok(())
    }

    fn error(&mut self, place: &Place, column: &str, message: impl Into<String>) {
        self.plan.errors.push(Remark::new(place, column, message));
    }

    /// Whether the row says what it is about, once.
    fn is_sound(&mut self, draft: &Draft) -> bool {
        let place = &draft.place;
        if !corpus::is_entry_id(&draft.id) {
            let message = format!(
                "`{}` is no id: up to 64 letters a to z, digits, - _ and .",
                draft.id.chars().take(80).collect::<String>()
            );
            self.error(place, "id", message);
            return false;
        }
        if let Some(lang) = &draft.lang
            && !self.written.settings.languages.contains(lang)
        {
            let message = format!(
                "`{lang}` is no language of this corpus: correct the tag, or add it to `languages` \
                 in corpus.toml first"
            );
            self.error(place, "language", message);
            return false;
        }
        let key = (EntryId::new(&draft.id), draft.lang.clone());
        if let Some(first) = self.seen.insert(key, place.clone()) {
            let message = format!(
                "the same entry and language stands in row {} of “{}” already: delete one of the \
                 two rows",
                first.row, first.sheet
            );
            self.error(place, "id", message);
            return false;
        }
        true
    }

    /// The topic an entry is under; an entry that is not in the corpus must name one.
    fn topic(&mut self, draft: &Draft, id: &EntryId) -> Option<String> {
        let said = draft.neutral.get("topic").filter(|it| !it.is_empty());
        if let Some(entry) = self.written.entries.get(id) {
            let other = said.filter(|it| **it != entry.topic);
            if let Some(other) = other {
                let message = format!(
                    "{id} stands under `{}`, not `{other}`: to move it, move its files into the \
                     folder entries/{other}",
                    entry.topic
                );
                self.error(&draft.place, "topic", message);
                return None;
            }
            return Some(entry.topic.clone());
        }
        let elsewhere = self.said.get(&(id.clone(), "topic")).map(|(topic, _)| topic.clone());
        let proposed = draft.proposed_topic.clone();
        let Some(topic) = said.cloned().or(elsewhere).or(proposed) else {
            let message = format!(
                "{id} is new and has no topic: name one of topics.toml, in the \
                 column `topic` or with --topic"
            );
            self.error(&draft.place, "topic", message);
            return None;
        };
        if self.written.topics.iter().any(|it| it.id == topic) {
            return Some(topic);
        }
        let known: Vec<&str> = self.written.topics.iter().map(|it| it.id.as_str()).collect();
        let message =
            format!("`{topic}` is no topic; those of topics.toml are {}", known.join(", "));
        self.error(&draft.place, "topic", message);
        None
    }

    /// Plans what is the same in every language; gives the columns that differ.
    fn neutral(
        &mut self,
        draft: &Draft,
        id: &EntryId,
        topic: &str,
    ) -> Result<Vec<&'static str>, Error> {
        let place = &draft.place;
        let mut changes = Vec::new();
        for (column, cell) in &draft.neutral {
            let column = *column;
            let cell = neutral::normal(column, cell);
            let first = self.said.entry((id.clone(), column));
            let (said, at) = first.or_insert_with(|| (cell.clone(), place.clone()));
            if *said != cell {
                let message = format!(
                    "`{column}` is the same in every language, but row {} of “{}” says `{said}`",
                    at.row, at.sheet
                );
                self.plan.errors.push(Remark::new(place, column, message));
                continue;
            }
            let now = self.written.entries.get(id).map_or_else(
                || neutral::normal(column, ""),
                |entry| neutral::cell_of(&entry.topic, &entry.neutral, column),
            );
            if column != "topic" && neutral::normal(column, &now) != cell {
                changes.push((column, cell));
            }
        }
        if !changes.is_empty() {
            self.write_neutral(place, id, topic, &changes)?;
        }
        Ok(changes.into_iter().map(|(column, _)| column).collect())
    }

    fn write_neutral(
        &mut self,
        place: &Place,
        id: &EntryId,
        topic: &str,
        changes: &[(&'static str, String)],
    ) -> Result<(), Error> {
        let path = format!("entries/{topic}/{id}.toml");
        let text = match self.plan.files.get(&path) {
            Some(text) => text.clone(),
            None if self.written.entries.contains_key(id) => self.raw(&path)?,
            None => String::new(),
        };
        let mut file: DocumentMut = match text.parse() {
            Ok(file) => file,
            Err(_) => {
                let message = format!("{path} cannot be read: mend it first, see `sahihi check`");
                self.error(place, "", message);
                return Ok(());
            }
        };
        for (column, cell) in changes {
            if let Err(message) = neutral::set(&mut file, column, cell) {
                self.error(place, column, message);
            }
        }
        let text = file.to_string();
        let (read, problems) = corpus::read_neutral(&SourceFile::new(&path, &path, &text));
        for problem in problems {
            let column = changes.iter().map(|(column, _)| *column);
            let column = column.into_iter().find(|it| names_key(&problem, &text, it));
            self.error(place, column.unwrap_or(""), sentence(&problem));
        }
        for (column, cell) in changes {
            let back = neutral::normal(column, &neutral::cell_of(topic, &read, column));
            if self.plan.errors.is_empty() && back != *cell {
                self.error(place, column, format!("`{cell}` cannot be written into {path}"));
            }
        }
        self.plan.files.insert(path.clone(), text);
        self.origin.entry(path).or_insert_with(|| place.clone());
        Ok(())
    }

    /// Plans one language; says whether it is new, and gives the columns that differ.
    fn text(
        &mut self,
        draft: &Draft,
        id: &EntryId,
        (topic, lang): (&str, &Lang),
    ) -> Result<(bool, Vec<&'static str>), Error> {
        let place = &draft.place;
        let entry = self.written.entries.get(id);
        let now = entry.and_then(|entry| entry.texts.get(lang));
        if !draft.has_text() {
            if now.is_some_and(|_| draft.speaks_of_texts()) {
                let message = format!(
                    "the row is empty, but the corpus has {id} in {lang}: write the texts, or \
                     delete the row to leave them as they are"
                );
                self.error(place, "", message);
            }
            return Ok((false, Vec::new()));
        }
        let old = now.map(Wanted::of).unwrap_or_default();
        let mut wanted = wanted(draft, &old, now.is_none());
        self.refuse_removal(draft, &old);
        let mut columns = differing(&old, &wanted);
        if let Some(source) = self.new_source(draft, lang, now, &columns) {
            wanted.source = Some(source);
            if columns.is_empty() {
                columns.push("status");
            }
        }
        if wanted == old {
            return Ok((false, columns));
        }
        let path =
            now.map_or_else(|| format!("entries/{topic}/{id}.{lang}.md"), |it| it.path.clone());
        let text = match now {
            Some(_) => markdown::edited(&self.raw(&path)?, &old, &wanted),
            None => wanted.written(),
        };
        self.check_text(draft, &path, &text, &wanted);
        self.plan.files.insert(path.clone(), text);
        self.origin.insert(path, place.clone());
        Ok((now.is_none(), columns))
    }

    /// A blank cell does not take away what the corpus has.
    fn refuse_removal(&mut self, draft: &Draft, old: &Wanted) {
        let is_blank = |it: &Option<String>| it.as_ref().is_some_and(String::is_empty);
        let had = [
            ("question", is_blank(&draft.question) && !old.question.is_empty()),
            ("title", is_blank(&draft.title) && !old.title.is_empty()),
            ("answer", is_blank(&draft.answer) && old.answer.is_some()),
        ];
        for (column, _) in had.into_iter().filter(|(_, gone)| *gone) {
            let message = format!("the cell is empty, but the corpus has its {column}: write it");
            self.error(&draft.place, column, message);
        }
    }

    /// The digest a translation is to name: that of the text the translator had before her, when
    /// she changed the text or says that it fits.
    fn new_source(
        &self,
        draft: &Draft,
        lang: &Lang,
        now: Option<&WrittenText>,
        columns: &[&'static str],
    ) -> Option<String> {
        let made_from = draft.made_from.clone()?;
        made_from.parse::<Digest>().ok()?;
        if self.written.settings.languages.first() == Some(lang) {
            return None;
        }
        let old = now.and_then(|it| it.source.as_ref());
        let texts = ["question", "title", "summary", "answer"];
        let rewritten = columns.iter().any(|it| texts.contains(it));
        let entry = self.written.entries.get(&EntryId::new(&draft.id));
        let fits_now = entry.is_some_and(|entry| is_bound(entry, lang, old));
        let confirmed = draft.fits && !fits_now;
        ((rewritten || confirmed) && old != Some(&made_from)).then_some(made_from)
    }

    /// Reads the new text back: its problems, and whether it says what the row says.
    fn check_text(&mut self, draft: &Draft, path: &str, text: &str, wanted: &Wanted) {
        let text = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
        let (read, problems) = corpus::read_text(&SourceFile::new(path, path, &text));
        let back = Wanted::of(&read);
        for column in differing(&back, wanted) {
            let message = match column {
                "answer" | "phrasings" => "this text cannot be written as it stands",
                _ => "this text must stand on one line",
            };
            self.error(&draft.place, column, message);
        }
        for problem in &problems {
            self.error(&draft.place, column_of(problem, wanted, &text), sentence(problem));
        }
    }

    /// A new entry needs its language-neutral file, also when nothing was said of it.
    fn give_neutral_files(&mut self) {
        let texts: Vec<(String, Place)> =
            self.origin.iter().map(|(path, place)| (path.clone(), place.clone())).collect();
        for (path, place) in texts {
            let Some((stem, _)) = path.strip_suffix(".md").and_then(|it| it.rsplit_once('.'))
            else {
                continue;
            };
            let neutral = format!("{stem}.toml");
            if self.tree.get(&neutral).is_none() && !self.plan.files.contains_key(&neutral) {
                let text = "# What is the same in every language; corpus/README.md has the keys.\n";
                self.plan.files.insert(neutral.clone(), text.to_owned());
                self.origin.insert(neutral, place);
            }
        }
    }

    /// Loads the corpus as it would become; errors it does not have now are told of the rows.
    fn check_whole(&mut self, today: Date) {
        if self.plan.files.is_empty() || !self.plan.errors.is_empty() {
            return;
        }
        let overlaid = self.tree.with(&self.plan.files);
        for problem in new_errors(self.tree, &overlaid, today) {
            let file = overlaid.files.iter().find(|it| it.shown == problem.file);
            let place = self.blamed(&problem, file);
            let column = match problem.code {
                "phrasing-twice" => "phrasings",
                _ => file.map_or("", |file| column_in(&problem, file)),
            };
            let message = format!("{} ({}:{})", sentence(&problem), problem.file, problem.line);
            self.error(&place, column, message);
        }
    }

    /// The row that a problem of the whole comes from: that of the file, else that of the file
    /// which the problem names beside it.
    fn blamed(&self, problem: &Problem, file: Option<&SourceFile>) -> Place {
        let own = file.and_then(|it| self.origin.get(&it.path));
        let named = || {
            let shown = |path: &str| self.tree.root.join(path).to_string_lossy().into_owned();
            let mut origins = self.origin.iter();
            origins.find(|(path, _)| problem.message.contains(&shown(path))).map(|(_, it)| it)
        };
        own.or_else(named).cloned().unwrap_or_default()
    }

    fn finish(mut self) -> Plan {
        let wrong: BTreeSet<(&str, u32)> =
            self.plan.errors.iter().map(|it| (it.sheet.as_str(), it.row)).collect();
        self.plan.rows.retain(|it| !wrong.contains(&(it.place.sheet.as_str(), it.place.row)));
        let mut told = BTreeSet::new();
        self.plan.errors.retain(|it| told.insert(it.clone()));
        self.plan
    }

    /// A file of the corpus with every byte, also those the parser passes over.
    fn raw(&self, path: &str) -> Result<String, Error> {
        let full = self.tree.root.join(path);
        match fs::read_to_string(&full) {
            Ok(text) if text.replace("\r\n", "\n").contains('\r') => {
                Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
            }
            Ok(text) => Ok(text),
            Err(source) => Err(Error::Read { path: full, source }),
        }
    }
}
