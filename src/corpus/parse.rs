//! Entry files: `<id>.toml` (the same in every language) and `<id>.<lang>.md` (one language).

use std::ops::Range;

use super::entry::{
    Citation, EntryId, Gender, MAX_ANSWER_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, Neutral, Role,
};
use super::problem::Problems;
use super::settings::DEFAULT_TIER;
use super::source::{SourceFile, is_hidden};
use super::toml_file::{Located, Table};

/// An entry's language file as it was read.
#[derive(Debug, Default)]
pub(super) struct RawText {
    pub(super) title: String,
    pub(super) summary: String,
    /// Digest of the text this one was translated from.
    pub(super) source: Option<Located<String>>,
    pub(super) question: Option<Located<String>>,
    pub(super) phrasings: Vec<Located<String>>,
    /// `None` when the file has no rule (`---`), and so holds phrasings only.
    pub(super) answer: Option<Located<String>>,
}

/// A reference to another entry or a tier, with its place, to be looked up when all is read.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) key: &'static str,
    pub(super) to: Located<String>,
}

/// Reads `<id>.toml`.
pub(super) fn neutral(source: &SourceFile, problems: &mut Problems) -> (Neutral, Vec<Reference>) {
    let mut table = Table::parse(source, problems);
    let mut references = Vec::new();
    let mut refer = |key, list: Vec<Located<String>>| -> Vec<String> {
        let names = list.iter().map(|it| it.value.clone()).collect();
        references.extend(list.into_iter().map(|to| Reference { key, to }));
        names
    };
    let ids = |names: Vec<String>| names.iter().map(|it| EntryId::new(it)).collect();
    let tier = table.string("tier", problems);
    let neutral = Neutral {
        audience: audience(source, table.strings("audience", problems), problems),
        gender: gender(source, table.string("gender", problems), problems),
        age_min: table.count("age_min", problems).map(|it| it.value),
        age_max: table.count("age_max", problems).map(|it| it.value),
        countries: countries(source, table.strings("countries", problems), problems),
        exclude_countries: countries(
            source,
            table.strings("exclude_countries", problems),
            problems,
        ),
        tier: tier.as_ref().map_or_else(|| DEFAULT_TIER.to_owned(), |it| it.value.clone()),
        related: ids(refer("related", table.strings("related", problems))),
        not: ids(refer("not", table.strings("not", problems))),
        resources: refer("resources", table.strings("resources", problems)),
        approaches: refer("approaches", table.strings("approaches", problems)),
        alias: table.count("alias", problems).map(|it| it.value),
        sources: citations(source, &mut table, problems),
    };
    references.extend(tier.map(|to| Reference { key: "tier", to }));
    table.finish(problems);
    (neutral, references)
}

pub(super) fn audience(
    source: &SourceFile,
    names: Vec<Located<String>>,
    problems: &mut Problems,
) -> Vec<Role> {
    let mut roles = Vec::new();
    for name in names {
        match Role::NAMES.iter().find(|(it, _)| *it == name.value) {
            Some((_, role)) => roles.push(*role),
            None => {
                let message = format!("`{}` is no audience", name.value);
                let help = "write client, provider or manager";
                problems.error(source, name.span, "bad-value", message, help);
            }
        }
    }
    roles
}

fn gender(
    source: &SourceFile,
    name: Option<Located<String>>,
    problems: &mut Problems,
) -> Option<Gender> {
    let name = name?;
    match name.value.as_str() {
        "any" => None,
        "f" => Some(Gender::Female),
        "m" => Some(Gender::Male),
        other => {
            let message = format!("`{other}` is no gender an answer can be limited to");
            problems.error(source, name.span, "bad-value", message, "write any, f or m");
            None
        }
    }
}

pub(super) fn countries(
    source: &SourceFile,
    codes: Vec<Located<String>>,
    problems: &mut Problems,
) -> Vec<String> {
    let mut known = Vec::new();
    for code in codes {
        if code.value.len() == 2 && code.value.bytes().all(|b| b.is_ascii_uppercase()) {
            known.push(code.value);
        } else {
            let message = format!("`{}` is no country code", code.value);
            let help = "write the two capital letters of ISO 3166, like KE";
            problems.error(source, code.span, "bad-value", message, help);
        }
    }
    known
}

pub(super) fn citations(
    source: &SourceFile,
    table: &mut Table<'_>,
    problems: &mut Problems,
) -> Vec<Citation> {
    let mut citations = Vec::new();
    for mut item in table.tables("sources", problems) {
        let span = item.span.clone();
        let title = item.string("title", problems);
        let publisher = item.string("publisher", problems);
        let year = item.count("year", problems);
        let url = item.string("url", problems).map(|it| it.value);
        item.finish(problems);
        match (title, publisher, year) {
            (Some(title), Some(publisher), Some(year)) => citations.push(Citation {
                title: title.value,
                publisher: publisher.value,
                year: year.value,
                url,
            }),
            _ => {
                let message = "a source needs title, publisher and year";
                let help = "add what is missing below this line";
                problems.error(source, span, "missing-key", message, help);
            }
        }
    }
    citations
}

/// Reads `<id>.<lang>.md`.
pub(super) fn text(source: &SourceFile, problems: &mut Problems) -> RawText {
    let mut reader = Reader { source, problems, text: RawText::default() };
    let mut part = Part::Start;
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        let line_start = at;
        at += line.len();
        let line = line.trim_end();
        part = match part {
            Part::Start if line.is_empty() => Part::Start,
            Part::Start if line == "+++" => Part::Header,
            Part::Header if line == "+++" => Part::Body,
            Part::Header => {
                reader.header(line, span);
                Part::Header
            }
            Part::Start | Part::Body if line == "---" => {
                reader.answer(line_start + line.len());
                break;
            }
            Part::Start | Part::Body => {
                reader.body(line, span);
                Part::Body
            }
        };
    }
    if matches!(part, Part::Header) {
        let help = "close the header with a line that reads +++";
        reader.error(source.first_line(), "syntax", "the header has no end", help);
    }
    reader.finish()
}

enum Part {
    Start,
    Header,
    Body,
}

struct Reader<'a> {
    source: &'a SourceFile,
    problems: &'a mut Problems,
    text: RawText,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, code: &'static str, message: &str, help: &str) {
        self.problems.error(self.source, span, code, message, help);
    }

    fn header(&mut self, line: &str, span: Range<usize>) {
        if line.is_empty() {
            return;
        }
        let Some((key, value)) = line.split_once(':') else {
            let help = "write `title: …`, `summary: …` or `source: …`";
            return self.error(span, "syntax", "this line of the header has no key", help);
        };
        let value = value.trim();
        match key.trim() {
            "title" => {
                check_length(self.source, &span, ("title", value, MAX_TITLE_CHARS), self.problems);
                self.text.title = value.to_owned();
            }
            "summary" => {
                check_length(
                    self.source,
                    &span,
                    ("summary", value, MAX_SUMMARY_CHARS),
                    self.problems,
                );
                self.text.summary = value.to_owned();
            }
            "source" => self.text.source = Some(Located { value: value.to_owned(), span }),
            other => {
                let message = format!("unknown key `{other}`");
                let help = "remove it; the keys known here are title, summary, source";
                self.error(span, "unknown-key", &message, help);
            }
        }
    }

    fn body(&mut self, line: &str, span: Range<usize>) {
        if line.is_empty() {
        } else if let Some(question) = line.strip_prefix("# ") {
            if self.text.question.is_some() {
                let help = "make it a phrasing: a line that starts with `- `";
                return self.error(span, "second-question", "a second question", help);
            }
            let value = question.trim().to_owned();
            self.text.question = Some(Located { value, span });
        } else if let Some(phrasing) = line.strip_prefix("- ") {
            let value = phrasing.trim().to_owned();
            self.text.phrasings.push(Located { value, span });
        } else {
            let message = "this line is neither question (`# …`) nor phrasing (`- …`)";
            let help = "start it with `- `, or put it below the rule `---` into the answer";
            self.error(span, "stray-line", message, help);
        }
    }

    fn answer(&mut self, from: usize) {
        let rest = self.source.text.get(from..).unwrap_or_default();
        let value = rest.trim();
        let start = from + rest.find(value).unwrap_or(0);
        let span = start..start + value.len();
        self.text.answer = Some(Located { value: value.to_owned(), span });
    }

    fn finish(mut self) -> RawText {
        check_hidden_characters(self.source, self.problems);
        let first = self.source.first_line();
        if let Some(answer) = self.text.answer.take() {
            let length = answer.value.chars().count();
            if length == 0 {
                let help = "write the answer below the rule `---`, or remove the rule";
                self.error(answer.span.clone(), "empty-answer", "the answer is empty", help);
            } else if length > MAX_ANSWER_CHARS {
                let message =
                    format!("the answer has {length} characters, the limit is {MAX_ANSWER_CHARS}");
                let help = "shorten it: 300 to 600 characters are read on a phone";
                self.error(answer.span.clone(), "answer-too-long", &message, help);
            }
            if self.text.question.as_ref().is_none_or(|it| it.value.is_empty()) {
                let help = "add a line `# …` with the question as a person would ask it";
                self.error(first.clone(), "missing-question", "the question is missing", help);
            }
            if self.text.title.is_empty() {
                let help = "add `title: …` (at most 24 characters) between the +++ lines";
                self.error(first, "missing-title", "the title is missing", help);
            }
            self.text.answer = Some(answer);
        }
        self.text
    }
}

/// Reports a text for lists that is longer than they show.
pub(super) fn check_length(
    source: &SourceFile,
    span: &Range<usize>,
    (what, value, limit): (&str, &str, usize),
    problems: &mut Problems,
) {
    let length = value.chars().count();
    if length > limit {
        let code = if what == "title" { "title-too-long" } else { "summary-too-long" };
        let message = format!("the {what} has {length} characters, the limit is {limit}");
        let help = "shorten it: lists on phones cut it off";
        problems.error(source, span.clone(), code, message, help);
    }
}

/// Reports characters that a reviewer cannot see: they may not be there.
pub(super) fn check_hidden_characters(source: &SourceFile, problems: &mut Problems) {
    for (at, c) in source.text.char_indices().filter(|(_, c)| is_hidden(*c)) {
        let message = format!("an invisible character (U+{:04X}) stands here", u32::from(c));
        let help = "delete it: nobody can review what cannot be seen";
        problems.error(source, at..at + c.len_utf8(), "hidden-character", message, help);
    }
}
