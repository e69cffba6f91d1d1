//! Review logs: `reviews/<reviewer>.jsonl` and `reviews/HEADS`, read with suspicion and appended to.
//!
//! Every line holds the digest of the line before, `HEADS` the number and digest of the last one,
//! so a line that was changed, moved or removed is found. `HEADS` has one paragraph a reviewer, so
//! that git merges the work of two; where it kept lines of both sides, each must hold and the
//! highest counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use time::Date;

use super::Error;
use super::digest::Digest;
use super::problem::Problems;
use super::review::{ReviewLine, Reviews, Verdict};
use super::reviewed_text::{self, ReviewedTexts};
use super::reviewer::Reviewer;
use super::signature::PrivateKey;
use super::source::{SourceFile, SourceTree};
use super::unit::Unit;
use super::whole_file::write_whole;

/// The file with the ends of the logs.
const HEADS: &str = "reviews/HEADS";
/// What makes git keep the lines of both sides of `HEADS`.
const ATTRIBUTES: &str = "HEADS merge=union\n";
const RESTORE: &str = "restore the log from version control; it may only be appended to";

/// How a log ends: number of lines and digest of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of lines.
    pub lines: u64,
    /// Digest of the last line.
    pub last: Digest,
}

/// A line as it stands in a log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// What it says.
    pub line: ReviewLine,
    /// Where it stands, from 1.
    pub number: usize,
    /// What its signature is worth.
    pub seal: Seal,
}

/// What a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Seal {
    /// There is none.
    Unsigned,
    /// It was made with a key of the reviewer.
    Signed,
    /// It was made with a key that the reviewer has withdrawn.
    Withdrawn,
    /// It belongs to no key of the reviewer.
    Foreign,
}

impl Seal {
    fn of(line: &ReviewLine, reviewer: Option<&Reviewer>) -> Self {
        if line.sig.is_empty() {
            return Self::Unsigned;
        }
        let Some(reviewer) = reviewer else { return Self::Foreign };
        let text = line.signed_text();
        if reviewer.keys.iter().any(|key| key.verifies(&text, &line.sig)) {
            Self::Signed
        } else if reviewer.withdrawn_keys.iter().any(|key| key.verifies(&text, &line.sig)) {
            Self::Withdrawn
        } else {
            Self::Foreign
        }
    }
}

/// What the first line of a reviewer's log has as `prev`; it binds the log to the reviewer.
#[must_use]
pub fn log_origin(reviewer: &str) -> Digest {
    Digest::of_fields("sahihi-review-log-v1", &[("by", reviewer)])
}

impl Reviews {
    /// Reads `reviews/`; a broken log is an error.
    pub(super) fn parse(
        tree: &SourceTree,
        reviewers: Vec<Reviewer>,
        problems: &mut Problems,
    ) -> Self {
        let mut reviews = Self { reviewers, ..Self::default() };
        for file in &tree.files {
            if let Some(by) = log_owner(&file.path) {
                let digests = reviews.read_log(file, by, problems);
                reviews.logs.insert(by.to_owned(), digests);
            }
        }
        check_heads(tree, &reviews.logs, problems);
        // Where a line cannot be read, nobody knows what it was about.
        let n_lines: usize = reviews.logs.values().map(Vec::len).sum();
        let all_read = reviews.lines.values().map(Vec::len).sum::<usize>() == n_lines;
        let reviewed = all_read.then(|| reviews.reviewed());
        reviews.texts = ReviewedTexts::parse(tree, reviewed.as_ref(), problems);
        reviews
    }

    /// Every digest that was ever decided on.
    fn reviewed(&self) -> BTreeSet<Digest> {
        let lines = self.lines.values().flatten().map(|it| &it.line);
        lines.flat_map(|it| it.phrasings.iter().copied().chain([it.digest])).collect()
    }

    /// How a reviewer's log ends.
    #[must_use]
    pub fn head(&self, reviewer: &str) -> Head {
        let digests = self.logs.get(reviewer).map_or(&[][..], Vec::as_slice);
        let last = digests.last().copied().unwrap_or_else(|| log_origin(reviewer));
        Head { lines: digests.len() as u64, last }
    }

    /// How every log ends, by reviewer.
    #[must_use]
    pub fn heads(&self) -> BTreeMap<String, Head> {
        self.logs.keys().map(|by| (by.clone(), self.head(by))).collect()
    }

    /// Whether a log still begins with all lines up to `head`.
    #[must_use]
    pub fn continues(&self, reviewer: &str, head: &Head) -> bool {
        let at = head.lines.checked_sub(1).and_then(|it| usize::try_from(it).ok());
        let digests = self.logs.get(reviewer);
        at.is_none_or(|at| digests.and_then(|it| it.get(at)) == Some(&head.last))
    }

    /// Reads one log. Returns the digest of each line.
    fn read_log(&mut self, file: &SourceFile, by: &str, problems: &mut Problems) -> Vec<Digest> {
        let mut prev = log_origin(by);
        let mut digests = Vec::new();
        for (number, span, text) in lines_of(file) {
            match read_line(text, by, prev) {
                Ok(line) => {
                    let seal = Seal::of(&line, self.reviewer(by));
                    if seal == Seal::Foreign && self.reviewer(by).is_some() {
                        let message = format!("the signature of this line is not {by}'s");
                        let help = "restore the log from version control, or list the key it was \
                                    signed with in reviewers.toml";
                        problems.error(file, span, "bad-signature", message, help);
                    }
                    let lines = self.lines.entry(line.unit.clone()).or_default();
                    lines.push(Logged { line, number, seal });
                }
                Err((code, message)) => problems.error(file, span, code, message, RESTORE),
            }
            prev = Digest::of(text.as_bytes());
            digests.push(prev);
        }
        digests
    }
}

/// The lines of a file that are not empty: number, bytes, text.
fn lines_of(file: &SourceFile) -> impl Iterator<Item = (usize, std::ops::Range<usize>, &str)> {
    let mut at = 0;
    (1..).zip(file.text.split_inclusive('\n')).filter_map(move |(number, line)| {
        let text = line.trim_end_matches('\n');
        let span = at..at + text.trim_end().len();
        at += line.len();
        (!text.trim().is_empty()).then_some((number, span, text))
    })
}

fn read_line(text: &str, by: &str, prev: Digest) -> Result<ReviewLine, (&'static str, String)> {
    let line: ReviewLine = serde_json::from_str(text)
        .map_err(|error| ("syntax", format!("this is no review line: {error}")))?;
    if line.by != by {
        return Err(("broken-log", format!("a line by {} in the log of {by}", line.by)));
    }
    if line.prev != prev {
        let message = "a line before this one was changed, removed or moved";
        return Err(("broken-log", message.to_owned()));
    }
    if line.until < line.on {
        return Err(("bad-value", format!("`until` {} is before `on` {}", line.until, line.on)));
    }
    Ok(line)
}

/// The reviewer whose log stands at `path`.
fn log_owner(path: &str) -> Option<&str> {
    path.strip_prefix("reviews/")?.strip_suffix(".jsonl").filter(|it| !it.contains(['/', '.']))
}

/// Holds `HEADS` against the digests of the lines of every log.
fn check_heads(tree: &SourceTree, logs: &BTreeMap<String, Vec<Digest>>, problems: &mut Problems) {
    let Some(file) = tree.get(HEADS) else {
        if let Some(log) = tree.files.iter().find(|it| log_owner(&it.path).is_some()) {
            let message = "`reviews/HEADS` is missing, so a removed last line would not show";
            let help = "restore it from version control";
            problems.error(log, log.first_line(), "broken-log", message, help);
        }
        return;
    };
    let help = "restore HEADS and the log from version control";
    let mut highest: BTreeMap<&str, (u64, std::ops::Range<usize>)> = BTreeMap::new();
    for (_, span, text) in lines_of(file) {
        match check_head(text, logs) {
            Ok((by, count)) => {
                let known = highest.entry(by).or_insert((count, span.clone()));
                if count >= known.0 {
                    *known = (count, span);
                }
            }
            Err(message) => problems.error(file, span, "broken-log", message, help),
        }
    }
    for (by, digests) in logs {
        let (message, span) = match highest.get(by.as_str()) {
            None => (format!("the log of {by} is not named here"), file.first_line()),
            Some((count, _)) if *count == digests.len() as u64 => continue,
            Some((count, span)) => {
                let lines = digests.len();
                let message = format!("the log of {by} has {lines} lines, {count} were written");
                (message, span.clone())
            }
        };
        problems.error(file, span, "broken-log", message, help);
    }
}

/// Holds one line `reviewer count digest` against the log. Returns reviewer and count.
fn check_head<'a>(
    text: &'a str,
    logs: &BTreeMap<String, Vec<Digest>>,
) -> Result<(&'a str, u64), String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [by, count, last] = parts.as_slice() else {
        return Err("a line reads: reviewer, number of lines, digest of the last".to_owned());
    };
    let count: usize = count.parse().map_err(|_| format!("`{count}` is no number of lines"))?;
    let digests = logs.get(*by).map_or(&[][..], Vec::as_slice);
    if count > digests.len() {
        let lines = digests.len();
        return Err(format!("the log of {by} has {lines} lines, {count} were written"));
    }
    let there = count.checked_sub(1).and_then(|at| digests.get(at).copied());
    if there.unwrap_or_else(|| log_origin(by)).to_string() != *last {
        return Err(format!("line {count} of the log of {by} was changed"));
    }
    Ok((by, count as u64))
}

/// A decision to be written for several units.
#[derive(Debug, Clone, Copy)]
pub struct DecisionOn<'a> {
    /// The decision.
    pub decision: Verdict,
    /// The reviewer.
    pub by: &'a str,
    /// The day.
    pub on: Date,
    /// Last day served.
    pub until: Date,
    /// A remark.
    pub note: &'a str,
    /// Signs every line.
    pub key: Option<&'a PrivateKey>,
}

/// Appends one line a unit to the reviewer's log, keeps the texts decided on, and moves `HEADS`.
/// Returns how many lines.
///
/// Each file is written aside and renamed, `HEADS` last; killed in between, `check` names the log,
/// and restoring it from version control mends it.
///
/// # Errors
///
/// [`Error`] when a file cannot be written.
pub fn append_reviews(
    root: &Path,
    reviews: &Reviews,
    units: &[&Unit],
    decision: &DecisionOn<'_>,
) -> Result<usize, Error> {
    if units.is_empty() {
        return Ok(0);
    }
    let mut head = reviews.head(decision.by);
    let mut text = String::new();
    for unit in units {
        let line = serde_json::to_string(&line_on(unit, head.last, decision)).unwrap_or_default();
        head = Head { lines: head.lines + 1, last: Digest::of(line.as_bytes()) };
        text.push_str(&line);
        text.push('\n');
    }
    let mut heads = reviews.heads();
    heads.insert(decision.by.to_owned(), head);
    let folder = root.join("reviews");
    let write = || -> io::Result<()> {
        fs::create_dir_all(&folder)?;
        let attributes = folder.join(".gitattributes");
        if !attributes.exists() {
            write_whole(&attributes, ATTRIBUTES.as_bytes())?;
        }
        let texts = reviewed_text::lines(units, reviews.texts());
        append(&folder.join(format!("{}.texts.jsonl", decision.by)), &texts)?;
        append(&folder.join(format!("{}.jsonl", decision.by)), &text)?;
        write_whole(&folder.join("HEADS"), heads_text(&heads).as_bytes())
    };
    write().map_err(|source| Error::Write { path: folder.clone(), source })?;
    Ok(units.len())
}

fn line_on(unit: &Unit, prev: Digest, decision: &DecisionOn<'_>) -> ReviewLine {
    let mut line = ReviewLine {
        unit: unit.name.clone(),
        digest: unit.digest,
        phrasings: unit.phrasings.iter().map(|it| it.digest).collect(),
        decision: decision.decision,
        by: decision.by.to_owned(),
        on: decision.on,
        until: decision.until,
        note: decision.note.to_owned(),
        prev,
        sig: String::new(),
    };
    line.sig = decision.key.map_or_else(String::new, |key| key.sign(&line.signed_text()));
    line
}

/// One paragraph a reviewer: git merges changes that do not touch each other.
fn heads_text(heads: &BTreeMap<String, Head>) -> String {
    let line = |(by, head): (&String, &Head)| format!("{by} {} {}\n", head.lines, head.last);
    heads.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Held from reading the logs to appending, so that two people approving at once take turns.
///
/// # Errors
///
/// [`Error`] when the folder cannot be written into.
pub fn lock_reviews(root: &Path) -> Result<fs::File, Error> {
    let folder = root.join("reviews");
    let lock = || -> io::Result<fs::File> {
        fs::create_dir_all(&folder)?;
        let file = fs::File::create(folder.join(".lock"))?;
        file.lock()?;
        Ok(file)
    };
    lock().map_err(|source| Error::Write { path: folder.clone(), source })
}

/// Adds lines to the end of a file, all or none of them.
fn append(path: &Path, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut whole = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if whole.last().is_some_and(|last| *last != b'\n') {
        whole.push(b'\n');
    }
    whole.extend_from_slice(text.as_bytes());
    write_whole(path, &whole)
}
