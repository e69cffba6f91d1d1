//! Which format a file is in, by what stands in it, and reading it.

use serde_json::Value;

use super::draft::{Assumed, Incoming};
use super::table::Table;
use super::{Error, ask_a_question, delimited, faqpage, qnabot, sheet, workbook};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The project's own sheet, as a workbook or text file.
    Sheet,
    /// A list of contents of Ask-A-Question, CSV.
    AskAQuestion,
    /// Questions of `QnABot`: JSON, JSON Lines or workbook.
    QnaBot,
    /// A schema.org `FAQPage` in JSON-LD.
    FaqPage,
}

impl Format {
    /// All formats by the name that is typed.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("sheet", Self::Sheet),
        ("aaq", Self::AskAQuestion),
        ("qnabot", Self::QnaBot),
        ("faqpage", Self::FaqPage),
    ];
}

/// What bytes hold, before it is known what it means.
enum Content {
    Tables(Vec<Table>),
    Json(Value),
    Lines(Vec<(u32, Value)>),
}

/// Reads a file; the format is found by its content unless it is given.
///
/// `name` stands for the sheet where the file has none.
///
/// # Errors
///
/// [`Error`] when nothing can be read of it; what is wrong with single rows is in the result.
pub fn read(
    bytes: &[u8],
    name: &str,
    format: Option<Format>,
    assumed: &Assumed,
) -> Result<Incoming, Error> {
    let content = content(bytes, name)?;
    let format = format.or_else(|| detected(&content)).ok_or_else(|| Error::Unknown {
        why: match &content {
            Content::Tables(tables) => {
                let names = tables.iter().flat_map(|it| it.header.values());
                let names: Vec<&str> = names.take(12).map(String::as_str).collect();
                format!("no known format has the columns {}", names.join(", "))
            }
            Content::Json(_) | Content::Lines(_) => {
                "this JSON is neither a QnABot export nor a FAQPage".to_owned()
            }
        },
        remedy: "corpus/README.md names the columns, `sahihi export --format template` writes a \
                 sheet to fill in, and --format says which format it is meant to be",
    })?;
    match (format, content) {
        (Format::Sheet, Content::Tables(tables)) => Ok(sheet::read(&tables)),
        (Format::AskAQuestion, Content::Tables(tables)) => {
            Ok(ask_a_question::read(&tables, assumed))
        }
        (Format::QnaBot, Content::Tables(tables)) => Ok(qnabot::read_tables(&tables, assumed)),
        (Format::QnaBot, Content::Json(value)) => qnabot::read_json(value, name, assumed),
        (Format::QnaBot, Content::Lines(lines)) => Ok(qnabot::read_items(lines, name, assumed)),
        (Format::FaqPage, Content::Json(value)) => faqpage::read(&value, name, assumed),
        (Format::Sheet | Format::AskAQuestion, Content::Json(_) | Content::Lines(_)) => {
            Err(mismatch("a JSON file", "a table"))
        }
        (Format::FaqPage, Content::Tables(_)) => Err(mismatch("a table", "JSON-LD")),
        (Format::FaqPage, Content::Lines(_)) => Err(mismatch("JSON Lines", "one JSON-LD document")),
    }
}

fn mismatch(found: &str, wanted: &str) -> Error {
    Error::Unknown {
        why: format!("this is {found}, and the format asked for is {wanted}"),
        remedy: "leave --format out, or name another",
    }
}

fn content(bytes: &[u8], name: &str) -> Result<Content, Error> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooLarge {
            what: "the file's number of bytes is".to_owned(),
            found: bytes.len().to_string(),
            limit: MAX_BYTES as u64,
            remedy: "split it into several files",
        });
    }
    if bytes.starts_with(b"PK") {
        return Ok(Content::Tables(workbook::read(bytes)?));
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Error::Unknown {
            why: "this is a workbook of the old kind (.xls) or one with a password".to_owned(),
            remedy: "save it as .xlsx without a password",
        });
    }
    let text = delimited::decoded(bytes)?;
    let head = text.trim_start();
    if head.is_empty() {
        let why = "the file is empty".to_owned();
        return Err(Error::Unknown { why, remedy: "export or save it again" });
    }
    if head.starts_with(['{', '[']) {
        return json(&text);
    }
    Ok(Content::Tables(vec![delimited::read(&text, name)?]))
}

/// One JSON value, or one a line.
fn json(text: &str) -> Result<Content, Error> {
    let whole = serde_json::from_str::<Value>(text);
    let error = match whole {
        // A single item on a single line is JSON Lines too.
        Ok(value) if value.get("qid").is_some() => return Ok(Content::Lines(vec![(1, value)])),
        Ok(value) => return Ok(Content::Json(value)),
        Err(error) => error,
    };
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        match serde_json::from_str::<Value>(line) {
            Ok(value) => lines.push((number, value)),
            Err(other) => {
                // A file of one value is told of as a whole, one of many by its line.
                let why = if lines.is_empty() {
                    error.to_string()
                } else {
                    format!("line {number}: {other}")
                };
                let remedy = "export it again; it was cut off or changed by hand";
                return Err(Error::Malformed { format: "JSON file", why, remedy });
            }
        }
    }
    Ok(Content::Lines(lines))
}

fn detected(content: &Content) -> Option<Format> {
    match content {
        Content::Tables(tables) => {
            let any = |fits: fn(&Table) -> bool| tables.iter().any(fits);
            if any(sheet::fits) {
                Some(Format::Sheet)
            } else if any(qnabot::fits) {
                Some(Format::QnaBot)
            } else {
                any(ask_a_question::fits).then_some(Format::AskAQuestion)
            }
        }
        Content::Lines(lines) => {
            lines.iter().all(|(_, it)| it.get("qid").is_some()).then_some(Format::QnaBot)
        }
        Content::Json(value) if value.get("qna").is_some() => Some(Format::QnaBot),
        Content::Json(value) => faqpage::fits(value).then_some(Format::FaqPage),
    }
}
