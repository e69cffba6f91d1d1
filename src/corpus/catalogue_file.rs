//! Files of the catalogue: `resources/`, `approaches/`, `collections.toml`, `challenges.toml`.

use std::collections::BTreeMap;
use std::ops::Range;

use time::{Date, Duration};

use super::catalogue::{
    APPROACH_CATEGORIES, About, ApproachFacts, Collection, EVIDENCE_GRADES, LINK_DAYS,
    RESOURCE_TYPES,
};
use super::day;
use super::entry::{EntryId, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS};
use super::pair::{self, Pair, Texts};
use super::parse::{self, Reference, check_length};
use super::problem::Problems;
use super::settings::{self, Settings};
use super::source::{SourceFile, SourceTree};
use super::toml_file::{Located, Table};
use super::tree_lint::Known;
use crate::analysis::Lang;

/// The folder of resources.
pub(super) const RESOURCES: &str = "resources";
/// The folder of approaches.
pub(super) const APPROACHES: &str = "approaches";
/// The file with the collections.
pub(super) const COLLECTIONS: &str = "collections.toml";
/// The file with the challenges.
pub(super) const CHALLENGES: &str = "challenges.toml";
/// What stands for a date or a size that nobody has looked up yet.
const UNCHECKED: &str = "unchecked";
const UNKNOWN: &str = "unknown";

/// A resource or an approach with all its files.
#[derive(Debug)]
pub(super) struct RawSheet<'a, T> {
    pub(super) id: &'a str,
    pub(super) file: &'a SourceFile,
    /// What is the same in every language.
    pub(super) facts: T,
    references: Vec<Reference>,
    pub(super) texts: Texts<'a>,
}

/// A challenge with its places.
#[derive(Debug)]
pub(super) struct RawChallenge<'a> {
    pub(super) id: String,
    pub(super) file: &'a SourceFile,
    pub(super) approaches: Vec<Located<String>>,
    pub(super) ask: BTreeMap<Lang, String>,
}

/// Everything of the catalogue, as it stands in the files.
#[derive(Debug, Default)]
pub(super) struct RawCatalogue<'a> {
    pub(super) resources: Vec<RawSheet<'a, About>>,
    pub(super) approaches: Vec<RawSheet<'a, ApproachFacts>>,
    pub(super) collections: Vec<Collection>,
    pub(super) challenges: Vec<RawChallenge<'a>>,
}

/// Reads the catalogue.
pub(super) fn read<'a>(
    tree: &'a SourceTree,
    settings: &Settings,
    today: Date,
    problems: &mut Problems,
) -> RawCatalogue<'a> {
    let resources = pair::read(tree, RESOURCES, settings, problems);
    let resources = resources.into_iter().map(|it| resource(it, today, problems)).collect();
    let approaches = pair::read(tree, APPROACHES, settings, problems);
    let approaches = approaches.into_iter().map(|it| approach(it, problems)).collect();
    let collections = tree.get(COLLECTIONS).map(|it| collections(it, problems));
    let challenges = tree.get(CHALLENGES).map(|it| challenges(it, problems));
    RawCatalogue {
        resources,
        approaches,
        collections: collections.unwrap_or_default(),
        challenges: challenges.unwrap_or_default(),
    }
}

fn resource<'a>(pair: Pair<'a>, today: Date, problems: &mut Problems) -> RawSheet<'a, About> {
    let file = pair.file;
    check_texts(&pair.texts, problems);
    for (file, text) in pair.texts.values() {
        for phrasing in &text.phrasings {
            let message = "a resource has no phrasings";
            let help = "remove the line, or put it below the rule `---`";
            problems.error(file, phrasing.span.clone(), "stray-line", message, help);
        }
    }
    let mut table = Table::parse(file, problems);
    let mut references = References::default();
    let kind = one_of(&mut table, file, "type", &RESOURCE_TYPES, problems);
    let languages = settings::languages(file, table.strings("languages", problems), problems);
    let year = table.count("year", problems);
    check_year(file, year.as_ref(), today, problems);
    let publisher = needed(&mut table, file, "publisher", problems);
    let url = table.string("url", problems);
    let link = url.as_ref().map_or_else(String::new, |it| it.value.clone());
    if url.is_none() {
        missing(file, "url", "https://…", problems);
    }
    let low_bandwidth = table.string("low_bandwidth_url", problems);
    url.iter().chain(&low_bandwidth).for_each(|it| check_url(file, it, problems));
    let url_kind = one_of(&mut table, file, "url_kind", &["document", "publisher"], problems);
    let facts = About {
        kind,
        languages,
        year: year.map(|it| it.value),
        publisher,
        url: link,
        is_publisher_page: url_kind == "publisher",
        low_bandwidth_url: low_bandwidth.map(|it| it.value),
        size_bytes: table.count_or(("size_bytes", UNKNOWN), problems),
        pages: table.count("pages", problems).map(|it| it.value),
        minutes: table.count("minutes", problems).map(|it| it.value),
        licence: table.string("licence", problems).map(|it| it.value),
        topics: references.take("topics", &mut table, problems),
        audience: parse::audience(file, table.strings("audience", problems), problems),
        countries: parse::countries(file, table.strings("countries", problems), problems),
        collections: references.take("collections", &mut table, problems),
        reviewed_by: table.string("reviewed_by", problems).map(|it| it.value),
        link_checked: link_checked(file, table.string("link_checked", problems), today, problems),
    };
    table.finish(problems);
    RawSheet { id: pair.id, file, facts, references: references.0, texts: pair.texts }
}

fn approach<'a>(pair: Pair<'a>, problems: &mut Problems) -> RawSheet<'a, ApproachFacts> {
    let file = pair.file;
    check_texts(&pair.texts, problems);
    let mut table = Table::parse(file, problems);
    let mut references = References::default();
    let entries = references.take("entries", &mut table, problems);
    let facts = ApproachFacts {
        category: one_of(&mut table, file, "category", &APPROACH_CATEGORIES, problems),
        evidence: one_of(&mut table, file, "evidence", &EVIDENCE_GRADES, problems),
        entries: entries.iter().map(|it| EntryId::new(it)).collect(),
        resources: references.take("resources", &mut table, problems),
        challenges: references.take("challenges", &mut table, problems),
        sources: parse::citations(file, &mut table, problems),
    };
    table.finish(problems);
    RawSheet { id: pair.id, file, facts, references: references.0, texts: pair.texts }
}

/// A sheet has a description in every language it is written in.
fn check_texts(texts: &Texts<'_>, problems: &mut Problems) {
    for (file, _) in texts.values().filter(|(_, text)| text.answer.is_none()) {
        let help = "write a line `---` and the description below it";
        let span = file.first_line();
        problems.error(file, span, "empty-answer", "the description is missing", help);
    }
}

/// Names of other things, with their places.
#[derive(Default)]
struct References(Vec<Reference>);

impl References {
    fn take(
        &mut self,
        key: &'static str,
        table: &mut Table<'_>,
        problems: &mut Problems,
    ) -> Vec<String> {
        let list = table.strings(key, problems);
        let names = list.iter().map(|it| it.value.clone()).collect();
        self.0.extend(list.into_iter().map(|to| Reference { key, to }));
        names
    }
}

fn missing(file: &SourceFile, key: &str, example: &str, problems: &mut Problems) {
    let help = format!("add {key} = \"{example}\"");
    let message = format!("`{key}` is missing");
    problems.error(file, file.first_line(), "missing-key", message, help);
}

fn needed(
    table: &mut Table<'_>,
    file: &SourceFile,
    key: &'static str,
    problems: &mut Problems,
) -> String {
    let value = table.string(key, problems).map(|it| it.value).filter(|it| !it.trim().is_empty());
    if value.is_none() {
        missing(file, key, "…", problems);
    }
    value.unwrap_or_default()
}

fn one_of(
    table: &mut Table<'_>,
    file: &SourceFile,
    key: &'static str,
    allowed: &[&str],
    problems: &mut Problems,
) -> String {
    let Some(value) = table.string(key, problems) else {
        missing(file, key, allowed.first().copied().unwrap_or_default(), problems);
        return String::new();
    };
    if !allowed.contains(&value.value.as_str()) {
        let message = format!("`{}` is no `{key}`", value.value);
        let help = format!("write one of {}", allowed.join(", "));
        problems.error(file, value.span, "bad-value", message, help);
    }
    value.value
}

fn check_year(
    file: &SourceFile,
    year: Option<&Located<u32>>,
    today: Date,
    problems: &mut Problems,
) {
    let latest = u32::try_from(today.year() + 1).unwrap_or(u32::MAX);
    if let Some(year) = year.filter(|it| !(1900..=latest).contains(&it.value)) {
        let message = format!("{} is no year of publication", year.value);
        let help = "write the year as it stands on the publication, or leave it out";
        problems.error(file, year.span.clone(), "bad-value", message, help);
    }
}

fn check_url(file: &SourceFile, text: &Located<String>, problems: &mut Problems) {
    let parsed = url::Url::parse(&text.value);
    let whole = parsed.is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| host.contains('.'))
            && url.username().is_empty()
            && url.password().is_none()
    });
    if !whole || text.value.contains(char::is_whitespace) {
        let message = format!("`{}` is no address of a page", text.value);
        let help = "write it whole: https://… or http://…";
        problems.error(file, text.span.clone(), "bad-url", message, help);
    }
}

fn link_checked(
    file: &SourceFile,
    text: Option<Located<String>>,
    today: Date,
    problems: &mut Problems,
) -> Option<String> {
    let text = text.filter(|it| it.value != UNCHECKED)?;
    let span = text.span.clone();
    match day::parse(&text.value) {
        Err(_) => {
            let message = format!("`{}` is no day", text.value);
            let help = "write YYYY-MM-DD, or unchecked";
            problems.error(file, span, "bad-value", message, help);
            return None;
        }
        Ok(day) if day > today => {
            let message = format!("the link is said to be checked on {day}, which is to come");
            problems.error(file, span, "bad-value", message, "write the day it was checked");
        }
        Ok(day) if day.saturating_add(Duration::days(LINK_DAYS)) < today => {
            let message = format!("the link was last checked on {day}");
            let help = "try it, and write today's date";
            problems.warning(file, span, "link-old", message, help);
        }
        Ok(_) => (),
    }
    Some(text.value)
}

fn collections(file: &SourceFile, problems: &mut Problems) -> Vec<Collection> {
    let mut table = Table::parse(file, problems);
    let mut collections: Vec<Collection> = Vec::new();
    for mut item in table.tables("collections", problems) {
        let span = item.span.clone();
        let id = item.string("id", problems);
        let names = by_language(file, &mut item, ("names", MAX_TITLE_CHARS), problems);
        let summaries = by_language(file, &mut item, ("summaries", MAX_SUMMARY_CHARS), problems);
        item.finish(problems);
        let taken = |id: &str| collections.iter().any(|it| it.id == id);
        if let Some(id) = new_id(file, id, span, &taken, problems) {
            collections.push(Collection { id, names, summaries });
        }
    }
    table.finish(problems);
    collections
}

fn challenges<'a>(file: &'a SourceFile, problems: &mut Problems) -> Vec<RawChallenge<'a>> {
    /// Longest question asked back, in characters.
    const MAX_ASK_CHARS: usize = 200;
    let mut table = Table::parse(file, problems);
    let mut challenges: Vec<RawChallenge<'_>> = Vec::new();
    for mut item in table.tables("challenges", problems) {
        let span = item.span.clone();
        let id = item.string("id", problems);
        let approaches = item.strings("approaches", problems);
        let ask = by_language(file, &mut item, ("ask", MAX_ASK_CHARS), problems);
        item.finish(problems);
        let taken = |id: &str| challenges.iter().any(|it| it.id == id);
        let Some(id) = new_id(file, id, span.clone(), &taken, problems) else { continue };
        if approaches.is_empty() {
            let message = format!("no approach answers the challenge `{id}`");
            let help = "add approaches = [\"…\"], the most fitting first";
            problems.error(file, span, "missing-key", message, help);
        }
        challenges.push(RawChallenge { id, file, approaches, ask });
    }
    table.finish(problems);
    challenges
}

/// The id of an item of a list, if it has one that no other has.
fn new_id(
    file: &SourceFile,
    id: Option<Located<String>>,
    span: Range<usize>,
    taken: &dyn Fn(&str) -> bool,
    problems: &mut Problems,
) -> Option<String> {
    let Some(id) = id.filter(|it| super::raw::is_id(&it.value)) else {
        let help = "add id = \"…\", of letters, digits and `-`";
        problems.error(file, span, "missing-key", "a name (`id`) is missing", help);
        return None;
    };
    if taken(&id.value) {
        let message = format!("`{}` stands here twice", id.value);
        problems.error(file, id.span, "duplicate-id", message, "remove one of the two");
        return None;
    }
    Some(id.value)
}

/// A table of texts by language, each at most so long.
fn by_language(
    file: &SourceFile,
    item: &mut Table<'_>,
    (key, limit): (&'static str, usize),
    problems: &mut Problems,
) -> BTreeMap<Lang, String> {
    let texts = item.table(key, problems).map(|mut it| it.rest_texts(problems));
    let mut by_language = BTreeMap::new();
    for (tag, text) in texts.unwrap_or_default() {
        check_length(file, &text.span, ("text", &text.value, limit), problems);
        let lang = settings::languages(file, vec![tag], problems).pop();
        by_language.extend(lang.map(|lang| (lang, text.value)));
    }
    by_language
}

impl RawCatalogue<'_> {
    /// Reports every name that leads nowhere.
    pub(super) fn check(&self, known: &Known<'_>, problems: &mut Problems) {
        for sheet in &self.resources {
            check_references(sheet.file, &sheet.references, known, problems);
        }
        for sheet in &self.approaches {
            check_references(sheet.file, &sheet.references, known, problems);
        }
        for challenge in &self.challenges {
            for to in &challenge.approaches {
                check_reference(challenge.file, ("approaches", to), known, problems);
            }
        }
    }
}

fn check_references(
    file: &SourceFile,
    references: &[Reference],
    known: &Known<'_>,
    problems: &mut Problems,
) {
    references.iter().for_each(|it| check_reference(file, (it.key, &it.to), known, problems));
}

/// Reports a name that leads nowhere; `key` says what it should name.
pub(super) fn check_reference(
    file: &SourceFile,
    (key, to): (&str, &Located<String>),
    known: &Known<'_>,
    problems: &mut Problems,
) {
    let names = match key {
        "entries" => &known.entries,
        "topics" => &known.topics,
        "resources" => &known.resources,
        "collections" => &known.collections,
        "approaches" => &known.approaches,
        _ => &known.challenges,
    };
    if !names.contains(to.value.as_str()) {
        let message = format!("`{key}` names {}, which is not in this corpus", to.value);
        let help = "correct the name or take it out";
        problems.error(file, to.span.clone(), "dangling-reference", message, help);
    }
}
