//! Red flags: `redflags/<class>.<lang>.md`, how people in danger write and what they are told first.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::entry::{MAX_ANSWER_CHARS, MAX_TITLE_CHARS};
use super::parse::check_hidden_characters;
use super::problem::Problems;
use super::review::Approval;
use super::rule::{self, Rule};
use super::source::SourceFile;
use super::toml_file::Located;
use super::unit::Unit;
use crate::analysis::{Analysis, Lang};

/// A kind of danger; the order is that of urgency.
///
/// What kills within the hour stands first, then what kills by one decision, then who cannot get
/// away alone, then violence. What only has a clock of days stands last: it is the one class whose
/// question is answered too, and that must not happen where a life is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DangerClass {
    /// Life in danger now: bleeding, fits, fever after birth, poisoning.
    Emergency,
    /// Suicide and self-harm.
    SelfHarm,
    /// Abuse, forced marriage, cutting or trafficking of a child.
    ChildProtection,
    /// Violence by a partner or another adult, coercion.
    Gbv,
    /// Days count: unprotected sex, a torn condom, rape, contact with HIV.
    UrgentTimed,
}

impl DangerClass {
    /// All classes, most urgent first.
    pub const ALL: [Self; 5] =
        [Self::Emergency, Self::SelfHarm, Self::ChildProtection, Self::Gbv, Self::UrgentTimed];

    /// The name in file names, tables and replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::SelfHarm => "self-harm",
            Self::ChildProtection => "child-protection",
            Self::Gbv => "gbv",
            Self::UrgentTimed => "urgent-timed",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// All names, for a help text.
    pub(super) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for DangerClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One class of danger in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFlag {
    /// The class.
    pub class: DangerClass,
    /// The language of the texts.
    pub lang: Lang,
    /// Title for lists.
    pub title: String,
    /// Patterns, any of which marks a message; not in a snapshot, which has its own form of them.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// What people in this danger write.
    pub examples: Vec<String>,
    /// What looks like it and is not.
    pub not: Vec<String>,
    /// What they are told first.
    pub reply: String,
    /// Who approved it, and until when it is served.
    pub approval: Approval,
}

/// A red flag as it stands in its file.
#[derive(Debug, Default)]
pub(super) struct RawRedFlag {
    title: String,
    rules: Vec<(Located<String>, Option<Rule>)>,
    examples: Vec<Located<String>>,
    not: Vec<Located<String>>,
    reply: Option<Located<String>>,
}

impl RawRedFlag {
    /// The unit `redflag/<class>/<lang>`; everything in the file is under one digest.
    pub(super) fn unit(&self, class: DangerClass, lang: &Lang, file: &SourceFile) -> Unit {
        let lines = |list: &[Located<String>]| {
            list.iter().map(|it| it.value.as_str()).collect::<Vec<_>>().join("\n")
        };
        let rules: Vec<&str> = self.rules.iter().map(|(text, _)| text.value.as_str()).collect();
        let fields = [
            ("class", class.name()),
            ("lang", lang.as_str()),
            ("title", self.title.as_str()),
            ("rules", &rules.join("\n")),
            ("examples", &lines(&self.examples)),
            ("not", &lines(&self.not)),
            ("reply", self.reply.as_ref().map_or("", |it| &it.value)),
        ];
        Unit::new(
            format!("redflag/{class}/{lang}"),
            lang,
            &file.shown,
            "sahihi-redflag-v1",
            &fields,
        )
    }

    /// What may be served under an approval.
    pub(super) fn served(self, class: DangerClass, lang: Lang, approval: Approval) -> RedFlag {
        let texts = |list: Vec<Located<String>>| list.into_iter().map(|it| it.value).collect();
        RedFlag {
            class,
            lang,
            title: self.title,
            rules: self.rules.into_iter().filter_map(|(_, rule)| rule).collect(),
            examples: texts(self.examples),
            not: texts(self.not),
            reply: self.reply.map_or_else(String::new, |it| it.value),
            approval,
        }
    }
}

/// The class in the file name, or a problem.
pub(super) fn class_of(
    source: &SourceFile,
    name: &str,
    problems: &mut Problems,
) -> Option<DangerClass> {
    let class = DangerClass::named(name);
    if class.is_none() {
        let message = format!("`{name}` in the file name is no class of red flag");
        let help = format!("name the file after one of {}", DangerClass::names());
        problems.error(source, source.first_line(), "unknown-class", message, help);
    }
    class
}

/// Reads `<class>.<lang>.md`.
pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> RawRedFlag {
    let mut reader = Reader { source, problems, flag: RawRedFlag::default() };
    let mut part = Part::Start;
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        part = match (part, line.trim_end()) {
            (Part::Start, "+++") => Part::Header,
            (Part::Header, "+++") => Part::Lists(List::None),
            (part, "") => part,
            (Part::Header, line) => reader.header(line, span),
            (Part::Start | Part::Lists(_), "---") => {
                reader.reply(span.end);
                break;
            }
            (Part::Start, line) => reader.list_line(List::None, line, span),
            (Part::Lists(list), line) => reader.list_line(list, line, span),
        };
    }
    if matches!(part, Part::Header) {
        let help = "close the header with a line that reads +++";
        reader.error(source.first_line(), "syntax", "the header has no end", help);
    }
    reader.finish()
}

#[derive(Clone, Copy)]
enum Part {
    Start,
    Header,
    Lists(List),
}

#[derive(Clone, Copy)]
enum List {
    None,
    Rules,
    Examples,
    Not,
}

struct Reader<'a> {
    source: &'a SourceFile,
    problems: &'a mut Problems,
    flag: RawRedFlag,
}

impl Reader<'_> {
    fn error(&mut self, span: Range<usize>, code: &'static str, message: &str, help: &str) {
        self.problems.error(self.source, span, code, message, help);
    }

    fn header(&mut self, line: &str, span: Range<usize>) -> Part {
        match line.split_once(':') {
            Some((key, value)) if key.trim() == "title" => {
                value.trim().clone_into(&mut self.flag.title);
                let length = self.flag.title.chars().count();
                if length > MAX_TITLE_CHARS {
                    let message = format!(
                        "the title has {length} characters, the limit is {MAX_TITLE_CHARS}"
                    );
                    let help = "shorten it: lists on phones cut it off";
                    self.error(span, "title-too-long", &message, help);
                }
            }
            _ => {
                let help = "write `title: …`; nothing else stands in this header";
                self.error(span, "unknown-key", "this line is no title", help);
            }
        }
        Part::Header
    }

    fn list_line(&mut self, list: List, line: &str, span: Range<usize>) -> Part {
        match line {
            "## Rules" => return Part::Lists(List::Rules),
            "## Examples" => return Part::Lists(List::Examples),
            "## Not" => return Part::Lists(List::Not),
            _ => (),
        }
        let Some(item) = line.strip_prefix("- ").map(str::trim).filter(|it| !it.is_empty()) else {
            let message = "this line is neither a list (`## Rules`) nor of one (`- …`)";
            let help = "the lists are ## Rules, ## Examples and ## Not; the reply stands below ---";
            self.error(span, "stray-line", message, help);
            return Part::Lists(list);
        };
        let span = span.end - item.len()..span.end;
        let item = Located { value: item.to_owned(), span: span.clone() };
        match list {
            List::Rules => {
                let rule = rule::parse(self.source, &span, self.problems);
                self.flag.rules.push((item, rule));
            }
            List::Examples if self.has_words(&item) => self.flag.examples.push(item),
            List::Not if self.has_words(&item) => self.flag.not.push(item),
            List::Examples | List::Not => (),
            List::None => {
                let help = "put it below ## Rules, ## Examples or ## Not";
                self.error(span, "stray-line", "this line stands in no list", help);
            }
        }
        Part::Lists(list)
    }

    fn has_words(&mut self, item: &Located<String>) -> bool {
        let empty = Analysis::of(&item.value).is_empty();
        if empty {
            let help = "write words, or remove the line";
            self.error(item.span.clone(), "empty-text", "nothing here can be matched", help);
        }
        !empty
    }

    fn reply(&mut self, from: usize) {
        let rest = self.source.text.get(from..).unwrap_or_default();
        let value = rest.trim();
        let start = from + rest.find(value).unwrap_or(0);
        let span = start..start + value.len();
        self.flag.reply = Some(Located { value: value.to_owned(), span });
    }

    fn finish(mut self) -> RawRedFlag {
        check_hidden_characters(self.source, self.problems);
        let first = self.source.first_line();
        if self.flag.title.is_empty() {
            let help = "add `title: …` (at most 24 characters) between two lines +++";
            self.error(first.clone(), "missing-title", "the title is missing", help);
        }
        for (empty, list) in [
            (self.flag.rules.is_empty(), "Rules"),
            (self.flag.examples.is_empty(), "Examples"),
            (self.flag.not.is_empty(), "Not"),
        ] {
            if empty {
                let message = format!("there is nothing under ## {list}");
                let help = "add lines `- …`: danger is recognised by rules and by examples";
                self.error(first.clone(), "empty-list", &message, help);
            }
        }
        self.check_reply(first);
        self.flag
    }

    fn check_reply(&mut self, first: Range<usize>) {
        let (span, length) = match &self.flag.reply {
            Some(reply) => (reply.span.clone(), reply.value.chars().count()),
            None => (first, 0),
        };
        if length == 0 {
            let help = "write below a line --- what a person in this danger is told first";
            self.error(span, "empty-reply", "the reply is empty", help);
        } else if length > MAX_ANSWER_CHARS {
            let message =
                format!("the reply has {length} characters, the limit is {MAX_ANSWER_CHARS}");
            self.error(span, "reply-too-long", &message, "shorten it: 200 to 500 are read");
        }
    }
}
