//! Referrals: `referrals.csv`, where people in danger find help, by country and language.

use std::collections::BTreeSet;
use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};
use serde::{Deserialize, Serialize};
use time::Date;

use super::day;
use super::problem::Problems;
use super::redflag::DangerClass;
use super::review::Approval;
use super::source::SourceFile;
use super::unit::Unit;
use crate::analysis::Lang;

/// The columns, in their order.
const COLUMNS: [&str; 10] =
    ["id", "country", "lang", "class", "name", "contact", "hours", "cost", "note", "check_on"];
/// Longest text of one field, in characters.
const MAX_FIELD_CHARS: usize = 300;

/// A place of help for one class of danger, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The name of the row.
    pub id: String,
    /// ISO 3166 code of the country; `None` for everywhere.
    pub country: Option<String>,
    /// The language of the texts.
    pub lang: Lang,
    /// The danger it helps in.
    pub class: DangerClass,
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub contact: String,
    /// When.
    pub hours: String,
    /// What it costs.
    pub cost: String,
    /// What else to know.
    pub note: String,
    /// The day somebody is to see whether it still holds.
    #[serde(with = "day")]
    pub check_on: Date,
    /// Who approved it, and until when it is served.
    pub approval: Approval,
}

impl Referral {
    /// The name of its unit: `referral/<country>/<row id>`; everywhere is called `international`.
    #[must_use]
    pub fn unit_name(&self) -> String {
        unit_name(self.country.as_deref(), &self.id)
    }
}

fn unit_name(country: Option<&str>, id: &str) -> String {
    format!("referral/{}/{id}", country.unwrap_or("international"))
}

/// A row that was read, with its place.
#[derive(Debug)]
pub(super) struct RawReferral {
    fields: [String; 10],
    lang: Lang,
    class: DangerClass,
    check_on: Date,
    pub(super) span: Range<usize>,
}

impl RawReferral {
    fn field(&self, column: &str) -> &str {
        let at = COLUMNS.iter().position(|it| *it == column);
        at.and_then(|at| self.fields.get(at)).map_or("", String::as_str)
    }

    /// The unit `referral/<country>/<row id>`; everywhere is called `international`.
    pub(super) fn unit(&self, file: &SourceFile) -> Unit {
        let country = Some(self.field("country")).filter(|it| !it.is_empty());
        let fields: Vec<(&str, &str)> =
            COLUMNS.into_iter().zip(self.fields.iter().map(String::as_str)).collect();
        let name = unit_name(country, self.field("id"));
        Unit::new(name, &self.lang, &file.shown, "sahihi-referral-v1", &fields)
    }

    /// What may be served under an approval.
    pub(super) fn served(&self, approval: Approval) -> Referral {
        let text = |column: &str| self.field(column).to_owned();
        Referral {
            id: text("id"),
            country: Some(text("country")).filter(|it| !it.is_empty()),
            lang: self.lang.clone(),
            class: self.class,
            name: text("name"),
            contact: text("contact"),
            hours: text("hours"),
            cost: text("cost"),
            note: text("note"),
            check_on: self.check_on,
            approval,
        }
    }
}

/// Reads `referrals.csv`; rows with errors are left out.
pub(super) fn parse(
    source: &SourceFile,
    languages: &[Lang],
    today: Date,
    problems: &mut Problems,
) -> Vec<RawReferral> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source.text.as_bytes());
    let mut rows = Rows { source, languages, today, problems, seen: BTreeSet::new() };
    let mut read = Vec::new();
    for (at, record) in reader.records().enumerate() {
        match record {
            Ok(record) if at == 0 => rows.header(&record),
            Ok(record) => read.extend(rows.row(&record)),
            Err(error) => {
                let start = error.position().map_or(0, |it| offset(it.byte()));
                let help = "save the table as CSV in UTF-8, with commas";
                rows.problems.error(source, start..start, "syntax", error.to_string(), help);
            }
        }
    }
    read
}

struct Rows<'a> {
    source: &'a SourceFile,
    languages: &'a [Lang],
    today: Date,
    problems: &'a mut Problems,
    seen: BTreeSet<String>,
}

impl Rows<'_> {
    fn header(&mut self, record: &StringRecord) {
        if record.iter().map(str::trim).ne(COLUMNS) {
            let help = format!("the first line reads {}", COLUMNS.join(","));
            let span = self.source.first_line();
            self.problems.error(self.source, span, "bad-header", "other columns", help);
        }
    }

    fn row(&mut self, record: &StringRecord) -> Option<RawReferral> {
        let spans = self.spans(record);
        let span = spans.first().map_or(0, |it| it.start)..spans.last().map_or(0, |it| it.end);
        let fields: [String; 10] = match record.iter().map(|it| it.trim().to_owned()).collect() {
            fields if record.len() == COLUMNS.len() => Vec::try_into(fields).ok()?,
            _ => {
                let message = format!("{} fields, not {}", record.len(), COLUMNS.len());
                let help = "a text with commas stands in double quotes; empty fields stay empty";
                self.problems.error(self.source, span, "wrong-columns", message, help);
                return None;
            }
        };
        let [id, country, lang, class, name, contact, .., check_on] = &fields;
        let [id_at, country_at, lang_at, class_at, name_at, contact_at, .., check_at] =
            spans.as_slice()
        else {
            return None;
        };
        let plain = self.plain(&fields, &spans)
            & self.id(id, id_at)
            & self.country(country, country_at)
            & self.present(name, "name", name_at)
            & self.present(contact, "contact", contact_at);
        let lang = self.lang(lang, lang_at);
        let class = self.class(class, class_at);
        let check_on = self.check_on(check_on, check_at);
        let (lang, class, check_on) = (lang?, class?, check_on?);
        plain.then_some(RawReferral { lang, class, check_on, span, fields })
    }

    /// Where each field stands: looked for from the start of the row on.
    fn spans(&self, record: &StringRecord) -> Vec<Range<usize>> {
        let mut at = record.position().map_or(0, |it| offset(it.byte()));
        let text = &self.source.text;
        // The position of a row may still point at the line end before it.
        at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let mut spans = Vec::new();
        for field in record {
            let rest = text.get(at..).unwrap_or_default();
            let start = at + rest.find(field).unwrap_or(0);
            spans.push(start..start + field.len());
            let end = (start + field.len()).min(text.len());
            at = end + text.get(end..).and_then(|it| it.find(',')).map_or(0, |it| it + 1);
        }
        spans
    }

    fn error(&mut self, span: &Range<usize>, code: &'static str, message: &str, help: &str) {
        self.problems.error(self.source, span.clone(), code, message, help);
    }

    fn plain(&mut self, fields: &[String], spans: &[Range<usize>]) -> bool {
        let mut plain = true;
        for (field, span) in fields.iter().zip(spans) {
            if field.chars().count() > MAX_FIELD_CHARS {
                let message = format!("more than {MAX_FIELD_CHARS} characters");
                self.error(span, "text-too-long", &message, "shorten it: it is read on a phone");
                plain = false;
            }
        }
        plain
    }

    fn id(&mut self, id: &str, span: &Range<usize>) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if id.is_empty() || !id.bytes().all(plain) {
            let help = "name the row with letters, digits and hyphens, like ke-gbv-sw";
            self.error(span, "bad-value", "this is no name of a row", help);
            return false;
        }
        let new = self.seen.insert(id.to_owned());
        if !new {
            let message = format!("the row {id} stands here twice");
            self.error(span, "duplicate-id", &message, "rename one of the two");
        }
        new
    }

    fn country(&mut self, code: &str, span: &Range<usize>) -> bool {
        let known =
            code.is_empty() || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()));
        if !known {
            let message = format!("`{code}` is no country code");
            let help = "write two capital letters of ISO 3166, like KE, or nothing for everywhere";
            self.error(span, "bad-value", &message, help);
        }
        known
    }

    fn present(&mut self, text: &str, column: &str, span: &Range<usize>) -> bool {
        if text.is_empty() {
            let message = format!("`{column}` is empty");
            self.error(span, "empty-text", &message, "a person in danger needs it: fill it in");
        }
        !text.is_empty()
    }

    fn lang(&mut self, tag: &str, span: &Range<usize>) -> Option<Lang> {
        let lang = Lang::parse(tag).ok().filter(|it| self.languages.contains(it));
        if lang.is_none() {
            let message = format!("`{tag}` is no language of this corpus");
            self.error(span, "unknown-language", &message, "write a tag of corpus.toml");
        }
        lang
    }

    fn class(&mut self, name: &str, span: &Range<usize>) -> Option<DangerClass> {
        let class = DangerClass::named(name);
        if class.is_none() {
            let message = format!("`{name}` is no class of red flag");
            let help = format!("write one of {}", DangerClass::names());
            self.error(span, "unknown-class", &message, &help);
        }
        class
    }

    fn check_on(&mut self, text: &str, span: &Range<usize>) -> Option<Date> {
        match day::parse(text) {
            Ok(day) => {
                if day < self.today {
                    let message = format!("this was to be checked on {day}");
                    let help = "call and see whether it still holds, then set the next day";
                    self.problems.warning(self.source, span.clone(), "check-due", message, help);
                }
                Some(day)
            }
            Err(why) => {
                self.error(span, "bad-value", &why, "the day somebody is to check the contact");
                None
            }
        }
    }
}

fn offset(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}
