//! Review: who approved which bytes, and what may be served on a given day.
//!
//! A unit is what one reviewer approves at once: one language of an entry, one sentence. An
//! approval names the unit's digest, so a changed letter is no longer approved. A reviewer's last
//! line on a unit is the one in force; logs are only appended to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use time::Date;

use super::Error;
use super::digest::Digest;
use super::problem::Problems;
use super::reviewer::Reviewer;
use super::settings::Settings;
use super::source::{SourceFile, SourceTree};
use crate::analysis::Lang;

/// What a reviewer decided about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// May be served.
    Approve,
    /// Must be changed first.
    Reject,
    /// An earlier approval no longer holds.
    Revoke,
}

/// One line of a review log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLine {
    /// Name of the unit: `entry/PIL-02/sw`.
    pub unit: String,
    /// Digest of the unit as it was reviewed.
    pub digest: Digest,
    /// Digests of the approved phrasings.
    #[serde(default)]
    pub phrasings: Vec<Digest>,
    /// The decision.
    pub decision: Verdict,
    /// The reviewer.
    pub by: String,
    /// Day of the decision.
    #[serde(with = "super::day")]
    pub on: Date,
    /// Last day the unit is served.
    #[serde(with = "super::day")]
    pub until: Date,
    /// A remark.
    #[serde(default)]
    pub note: String,
    /// Digest of the line before, or [`log_origin`] in the first line.
    pub prev: Digest,
    /// Signature; empty where the policy does not ask for one.
    #[serde(default)]
    pub sig: String,
}

/// An approval in force: who, when, and the last day it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The reviewers, by name, separated by commas.
    pub by: String,
    /// Day of the latest approval.
    #[serde(with = "super::day")]
    pub on: Date,
    /// Last day served, UTC.
    #[serde(with = "super::day")]
    pub until: Date,
}

/// Something that is approved at once.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name: `entry/PIL-02/sw`.
    pub name: String,
    /// Language of its text.
    pub lang: Lang,
    /// Topic it belongs to; sentences and the like belong to none.
    pub topic: Option<String>,
    /// Risk tier, which says how many approvals are needed; none outside the entries.
    pub tier: Option<String>,
    /// Digest of its text.
    pub digest: Digest,
    /// Digest and line of each phrasing.
    pub phrasings: Vec<(Digest, usize)>,
    /// The file it stands in.
    pub file: String,
}

/// Something of the corpus that is not served, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unserved {
    /// The unit; a single phrasing is `entry/PIL-02/sw#12`, with its line.
    pub unit: String,
    /// Why.
    pub reason: String,
}

/// Whether a unit may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The approval of the unit, or why there is none.
    pub text: Result<Approval, String>,
    /// The same for each phrasing, in the order of the unit.
    pub phrasings: Vec<Result<Approval, String>>,
}

/// What the first line of a reviewer's log has as `prev`; it binds the log to the reviewer.
#[must_use]
pub fn log_origin(reviewer: &str) -> Digest {
    Digest::of_fields("sahihi-review-log-v1", &[("by", reviewer)])
}

/// The lines in force: for each unit the last line of each reviewer.
#[derive(Debug, Default)]
pub struct Reviews {
    in_force: BTreeMap<String, BTreeMap<String, ReviewLine>>,
    logs: BTreeMap<String, (usize, Digest)>,
    reviewers: Vec<Reviewer>,
}

impl Reviews {
    /// Reads `reviews/*.jsonl` and `reviews/HEADS`; a broken log is an error.
    pub(super) fn parse(
        tree: &SourceTree,
        reviewers: Vec<Reviewer>,
        problems: &mut Problems,
    ) -> Self {
        let mut reviews = Self { reviewers, ..Self::default() };
        for file in &tree.files {
            if let Some(by) = log_owner(&file.path) {
                reviews.read_log(file, by, problems);
            }
        }
        reviews.check_heads(tree, problems);
        reviews
    }

    /// Number of lines and digest of the last line of a reviewer's log.
    #[must_use]
    pub fn head(&self, reviewer: &str) -> (usize, Digest) {
        self.logs.get(reviewer).copied().unwrap_or_else(|| (0, log_origin(reviewer)))
    }

    /// Number of lines and last digest of every log, by reviewer.
    #[must_use]
    pub fn heads(&self) -> &BTreeMap<String, (usize, Digest)> {
        &self.logs
    }

    /// A reviewer's last line on a unit.
    #[must_use]
    pub fn last_line(&self, unit: &str, reviewer: &str) -> Option<&ReviewLine> {
        self.in_force.get(unit)?.get(reviewer)
    }

    /// The reviewer of that name.
    #[must_use]
    pub fn reviewer(&self, id: &str) -> Option<&Reviewer> {
        self.reviewers.iter().find(|it| it.id == id)
    }

    /// Whether a unit and its phrasings may be served on `today`.
    #[must_use]
    pub fn standing(&self, unit: &Unit, settings: &Settings, today: Date) -> Standing {
        let lines = self.in_force.get(&unit.name);
        let lines: Vec<&ReviewLine> = lines.into_iter().flat_map(BTreeMap::values).collect();
        let needed = match &unit.tier {
            Some(tier) => settings.tier(tier).map_or(1, |it| it.approvals),
            None => settings.policy.approvals,
        };
        let weigh = |matches: &dyn Fn(&ReviewLine) -> bool| {
            self.weigh(unit, &lines, settings, (needed, today), matches)
        };
        let text = weigh(&|line| line.digest == unit.digest);
        let phrasings = unit
            .phrasings
            .iter()
            .map(|(digest, _)| weigh(&|line| line.phrasings.contains(digest)))
            .collect();
        Standing { text, phrasings }
    }

    /// Counts the approvals that match and hold; says what is wrong with the others.
    fn weigh(
        &self,
        unit: &Unit,
        lines: &[&ReviewLine],
        settings: &Settings,
        (needed, today): (u32, Date),
        matches: &dyn Fn(&ReviewLine) -> bool,
    ) -> Result<Approval, String> {
        let mut held: Vec<(&ReviewLine, Date)> = Vec::new();
        let mut reason = "not approved".to_owned();
        for line in lines {
            match self.holds(unit, line, settings, today, matches) {
                Ok(until) => held.push((line, until)),
                Err(why) => reason = why,
            }
        }
        let needed = usize::try_from(needed.max(1)).unwrap_or(usize::MAX);
        if held.len() < needed {
            if held.is_empty() {
                return Err(reason);
            }
            return Err(format!("approved by {} of {needed} reviewers needed", held.len()));
        }
        held.sort_by_key(|(line, until)| (std::cmp::Reverse(*until), line.by.clone()));
        held.truncate(needed);
        let names: Vec<&str> = held.iter().map(|(line, _)| line.by.as_str()).collect();
        let on = held.iter().map(|(line, _)| line.on).max().unwrap_or(today);
        let until = held.iter().map(|(_, until)| *until).min().unwrap_or(today);
        Ok(Approval { by: names.join(", "), on, until })
    }

    /// The last day a line approves the unit, or why it does not.
    fn holds(
        &self,
        unit: &Unit,
        line: &ReviewLine,
        settings: &Settings,
        today: Date,
        matches: &dyn Fn(&ReviewLine) -> bool,
    ) -> Result<Date, String> {
        let by = &line.by;
        match line.decision {
            Verdict::Approve => (),
            Verdict::Reject => return Err(format!("rejected by {by} on {}", line.on)),
            Verdict::Revoke => return Err(format!("approval revoked by {by} on {}", line.on)),
        }
        if !matches(line) {
            return Err(format!("changed since {by} approved it on {}", line.on));
        }
        self.reviewer(by)
            .ok_or_else(|| format!("approved by {by}, who is not in reviewers.toml"))?
            .entitled(unit)?;
        if line.on > today {
            return Err(format!("approved by {by} only from {} on", line.on));
        }
        let longest = settings
            .policy
            .max_validity_days
            .map(|days| line.on.saturating_add(time::Duration::days(i64::from(days))));
        let until = longest.map_or(line.until, |longest| longest.min(line.until));
        if until < today {
            return Err(format!("expired: approved by {by} until {until}"));
        }
        Ok(until)
    }

    fn read_log(&mut self, file: &SourceFile, by: &str, problems: &mut Problems) {
        let mut prev = log_origin(by);
        let mut at = 0;
        let mut count = 0;
        for text in file.text.split_inclusive('\n') {
            let span = at..at + text.trim_end().len();
            at += text.len();
            let text = text.trim_end_matches('\n');
            if text.is_empty() {
                continue;
            }
            match read_line(text, by, prev) {
                Ok(line) => {
                    let unit = self.in_force.entry(line.unit.clone()).or_default();
                    unit.insert(by.to_owned(), line);
                }
                Err((code, message)) => {
                    let help = "restore the log from version control; it may only be appended to";
                    problems.error(file, span, code, message, help);
                }
            }
            prev = Digest::of(text.as_bytes());
            count += 1;
        }
        self.logs.insert(by.to_owned(), (count, prev));
    }

    fn check_heads(&self, tree: &SourceTree, problems: &mut Problems) {
        let Some(file) = tree.get("reviews/HEADS") else {
            if let Some(log) = tree.files.iter().find(|it| log_owner(&it.path).is_some()) {
                let message = "`reviews/HEADS` is missing, so a removed last line would not show";
                let help = "restore it from version control";
                problems.error(log, log.first_line(), "broken-log", message, help);
            }
            return;
        };
        let mut seen = Vec::new();
        let mut at = 0;
        for text in file.text.split_inclusive('\n') {
            let span = at..at + text.trim_end().len();
            at += text.len();
            if text.trim().is_empty() {
                continue;
            }
            match self.check_head(text) {
                Ok(by) => seen.push(by),
                Err(message) => {
                    let help = "restore HEADS and the log from version control";
                    problems.error(file, span, "broken-log", message, help);
                }
            }
        }
        for by in self.logs.keys().filter(|by| !seen.contains(by)) {
            let message = format!("the log of {by} is not named here");
            let help = "restore HEADS from version control";
            problems.error(file, file.first_line(), "broken-log", message, help);
        }
    }

    /// Compares one line `reviewer count digest` with the log of that reviewer.
    fn check_head(&self, text: &str) -> Result<String, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [by, count, last] = parts.as_slice() else {
            return Err("a line reads: reviewer, number of lines, digest of the last".to_owned());
        };
        let (lines, digest) = self.head(by);
        if *count != lines.to_string() {
            return Err(format!("the log of {by} has {lines} lines, {count} were written"));
        }
        if *last != digest.to_string() {
            return Err(format!("the last line of the log of {by} was changed"));
        }
        Ok((*by).to_owned())
    }
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
}

/// Appends one line a unit to the reviewer's log and moves `HEADS`. Returns how many.
///
/// The log is appended to before `HEADS` is replaced, and both reach the disk; killed in between,
/// `check` names the log, and restoring it from version control mends it.
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
    let (mut count, mut prev) = reviews.head(decision.by);
    let mut text = String::new();
    for unit in units {
        let line = ReviewLine {
            unit: unit.name.clone(),
            digest: unit.digest,
            phrasings: unit.phrasings.iter().map(|(digest, _)| *digest).collect(),
            decision: decision.decision,
            by: decision.by.to_owned(),
            on: decision.on,
            until: decision.until,
            note: decision.note.to_owned(),
            prev,
            sig: String::new(),
        };
        let line = serde_json::to_string(&line).unwrap_or_default();
        prev = Digest::of(line.as_bytes());
        count += 1;
        text.push_str(&line);
        text.push('\n');
    }
    let mut heads = reviews.heads().clone();
    heads.insert(decision.by.to_owned(), (count, prev));
    let folder = root.join("reviews");
    let write = |source| Error::Write { path: folder.clone(), source };
    append(&folder, decision.by, &text).map_err(write)?;
    write_heads(&folder, &heads).map_err(write)?;
    Ok(units.len())
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

fn append(folder: &Path, by: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{by}.jsonl"));
    let ends_open = fs::read(&path).is_ok_and(|it| it.last().is_some_and(|b| *b != b'\n'));
    let mut log = fs::OpenOptions::new().create(true).append(true).open(path)?;
    if ends_open {
        log.write_all(b"\n")?;
    }
    log.write_all(text.as_bytes())?;
    log.sync_all()
}

fn write_heads(folder: &Path, heads: &BTreeMap<String, (usize, Digest)>) -> io::Result<()> {
    let text: String =
        heads.iter().map(|(by, (count, last))| format!("{by} {count} {last}\n")).collect();
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join("HEADS"))?;
    Ok(())
}

/// The reviewer whose log stands at `path`.
fn log_owner(path: &str) -> Option<&str> {
    path.strip_prefix("reviews/")?.strip_suffix(".jsonl").filter(|it| !it.contains('/'))
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
