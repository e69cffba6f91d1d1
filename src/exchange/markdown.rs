//! The smallest change of a language file (`<id>.<lang>.md`) that makes it say something else.
//!
//! Lines that need not change keep every byte, line ends included. Whether the result says what
//! was wanted is checked by the caller, with the parser of the corpus.

use crate::corpus::WrittenText;

/// What a language file is to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wanted {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) source: Option<String>,
    pub(super) question: String,
    pub(super) phrasings: Vec<String>,
    /// `None` for a file with phrasings only.
    pub(super) answer: Option<String>,
}

impl Wanted {
    /// What a file says now.
    pub(super) fn of(text: &WrittenText) -> Self {
        Self {
            title: text.title.clone(),
            summary: text.summary.clone(),
            source: text.source.clone(),
            question: text.question.clone(),
            phrasings: text.phrasings.clone(),
            answer: text.answer.clone(),
        }
    }

    /// A new file.
    pub(super) fn written(&self) -> String {
        let mut text = String::new();
        let source = self.source.as_deref().unwrap_or_default();
        let header =
            [("title", self.title.as_str()), ("summary", &self.summary), ("source", source)];
        if header.iter().any(|(_, value)| !value.is_empty()) {
            text.push_str("+++\n");
            for (key, value) in header.iter().filter(|(_, value)| !value.is_empty()) {
                text.push_str(&format!("{key}: {value}\n"));
            }
            text.push_str("+++\n");
        }
        let mut parts = Vec::new();
        if !self.question.is_empty() {
            parts.push(format!("# {}\n", self.question));
        }
        if !self.phrasings.is_empty() {
            parts.push(self.phrasings.iter().map(|it| format!("- {it}\n")).collect());
        }
        if let Some(answer) = &self.answer {
            parts.push(format!("---\n\n{answer}\n"));
        }
        text + &parts.join("\n")
    }
}

/// What a line of a language file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fence,
    Key,
    Question,
    Phrasing,
    Other,
}

struct Line {
    kind: Kind,
    text: String,
}

/// Changes a file from what it says to what is wanted.
pub(super) fn edited(raw: &str, old: &Wanted, wanted: &Wanted) -> String {
    let end = if raw.contains("\r\n") { "\r\n" } else { "\n" };
    let (mark, body) = match raw.strip_prefix('\u{FEFF}') {
        Some(body) => ("\u{FEFF}", body),
        None => ("", raw),
    };
    let (mut lines, tail) = parsed(body);
    set_key(&mut lines, "title", (&old.title, &wanted.title), end);
    set_key(&mut lines, "summary", (&old.summary, &wanted.summary), end);
    let source = |it: &Wanted| it.source.clone().unwrap_or_default();
    set_key(&mut lines, "source", (&source(old), &source(wanted)), end);
    if old.question != wanted.question {
        set_question(&mut lines, &wanted.question, end);
    }
    set_phrasings(&mut lines, &old.phrasings, &wanted.phrasings, end);
    let head: String = lines.into_iter().map(|it| it.text).collect();
    let tail = if old.answer == wanted.answer {
        tail.to_owned()
    } else {
        with_answer(&head, tail, wanted.answer.as_deref().unwrap_or_default(), end)
    };
    format!("{mark}{head}{tail}")
}

/// The lines above the rule, and everything from the rule on.
fn parsed(body: &str) -> (Vec<Line>, &str) {
    let mut lines = Vec::new();
    let (mut fences, mut at) = (0, 0);
    for line in body.split_inclusive('\n') {
        let content = line.trim_end();
        let is_start = lines.iter().all(|it: &Line| it.text.trim().is_empty());
        let kind = match content {
            "+++" if fences == 1 || (fences == 0 && is_start) => {
                fences += 1;
                Kind::Fence
            }
            _ if fences == 1 => Kind::Key,
            "---" => break,
            _ if content.starts_with("# ") => Kind::Question,
            _ if content.starts_with("- ") => Kind::Phrasing,
            _ => Kind::Other,
        };
        lines.push(Line { kind, text: line.to_owned() });
        at += line.len();
    }
    (lines, body.get(at..).unwrap_or_default())
}

fn set_key(lines: &mut Vec<Line>, key: &str, (old, new): (&str, &str), end: &str) {
    if old == new {
        return;
    }
    let is_it = |line: &Line| {
        line.kind == Kind::Key && line.text.split_once(':').is_some_and(|(it, _)| it.trim() == key)
    };
    let text = format!("{key}: {new}{end}");
    match lines.iter().position(is_it) {
        Some(at) if new.is_empty() => drop(lines.remove(at)),
        Some(at) => {
            if let Some(line) = lines.get_mut(at) {
                line.text = text;
            }
        }
        None => {
            let closing = lines.iter().rposition(|it| it.kind == Kind::Fence);
            let at = closing.unwrap_or_else(|| {
                let fence = || Line { kind: Kind::Fence, text: format!("+++{end}") };
                lines.splice(0..0, [fence(), fence()]);
                1
            });
            lines.insert(at, Line { kind: Kind::Key, text });
        }
    }
}

fn set_question(lines: &mut Vec<Line>, question: &str, end: &str) {
    let text = format!("# {question}{end}");
    if let Some(line) = lines.iter_mut().find(|it| it.kind == Kind::Question) {
        line.text = text;
        return;
    }
    let at = lines.iter().rposition(|it| it.kind == Kind::Fence).map_or(0, |it| it + 1);
    let blank = Line { kind: Kind::Other, text: end.to_owned() };
    lines.splice(at..at, [Line { kind: Kind::Question, text }, blank]);
}

/// Phrasings that stay keep their lines; as many as before are replaced in place, else those that
/// went are taken out and new ones stand below the last.
fn set_phrasings(lines: &mut Vec<Line>, old: &[String], wanted: &[String], end: &str) {
    if sorted(old) == sorted(wanted) {
        return;
    }
    if old.len() == wanted.len() {
        let own = lines.iter_mut().filter(|it| it.kind == Kind::Phrasing);
        for (line, (before, after)) in own.zip(old.iter().zip(wanted)) {
            if before != after {
                line.text = format!("- {after}{end}");
            }
        }
        return;
    }
    let mut new: Vec<&String> = wanted.iter().collect();
    let mut at = 0;
    lines.retain(|line| {
        if line.kind != Kind::Phrasing {
            return true;
        }
        let kept = old.get(at).and_then(|it| new.iter().position(|other| *other == it));
        at += 1;
        kept.map(|it| new.remove(it)).is_some()
    });
    let after = lines.iter().rposition(|it| it.kind == Kind::Phrasing);
    let at = match after {
        Some(at) => at + 1,
        None => {
            let above = lines.iter().rposition(|it| !it.text.trim().is_empty());
            let at = above.map_or(0, |it| it + 1);
            let blank = Line { kind: Kind::Other, text: end.to_owned() };
            lines.insert(at, blank);
            at + 1
        }
    };
    // The last line of a file need not be ended.
    if let Some(last) = at.checked_sub(1).and_then(|it| lines.get_mut(it))
        && !last.text.ends_with('\n')
    {
        last.text.push_str(end);
    }
    let new = new.into_iter().map(|it| Line { kind: Kind::Phrasing, text: format!("- {it}{end}") });
    lines.splice(at..at, new);
}

pub(super) fn sorted(phrasings: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = phrasings.iter().collect();
    sorted.sort();
    sorted
}

/// The rule and the answer below it; what stands around the answer stays.
fn with_answer(head: &str, tail: &str, answer: &str, end: &str) -> String {
    let answer = answer.replace('\n', end);
    let Some((rule, below)) = tail.split_once('\n') else {
        let gap = if head.is_empty() || head.ends_with('\n') { "" } else { end };
        return format!("{gap}{end}---{end}{end}{answer}{end}");
    };
    let old = below.trim();
    if old.is_empty() {
        return format!("{rule}\n{end}{answer}{end}");
    }
    match below.split_once(old) {
        Some((before, after)) => format!("{rule}\n{before}{answer}{after}"),
        None => format!("{rule}\n{end}{answer}{end}"),
    }
}
