//! Judgments: questions with the entries that answer them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::analysis::Lang;
use crate::corpus::EntryId;
use crate::retrieval::Profile;

/// What a question is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Has an answer in the corpus.
    In,
    /// Has none.
    Out,
    /// A person in danger; measured apart.
    Redflag,
}

/// A question with its judgment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Judgment {
    /// Name of the question.
    pub id: String,
    /// Its language, for grouping.
    pub lang: Lang,
    /// The question.
    pub text: String,
    /// The entries that answer it; none means out of scope.
    pub relevant: BTreeSet<EntryId>,
    /// The part of the set it belongs to.
    #[serde(default)]
    pub split: Option<String>,
    /// What it is for; by default what `relevant` says.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// The class of a red flag.
    #[serde(default)]
    pub redflag_class: Option<String>,
    /// How it is written.
    #[serde(default)]
    pub style: Option<String>,
    /// Whether it looks like a red flag and is none.
    #[serde(default)]
    pub lookalike: bool,
    /// Who asks.
    #[serde(default)]
    pub profile: Profile,
}

impl Judgment {
    /// What the question is for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind.unwrap_or(if self.relevant.is_empty() { Kind::Out } else { Kind::In })
    }
}

/// Why judgments cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A line is no judgment.
    #[error("{path}:{line}: this is no question: {why}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// Two questions have the same name.
    #[error("{path}:{line}: the question {id} stands here twice")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The name.
        id: String,
    },
    /// There is nothing to ask.
    #[error("{path} holds no question; write one JSON object a line (eval/README.md)")]
    Empty {
        /// The file or folder.
        path: PathBuf,
    },
    /// No question belongs to the wanted part.
    #[error("{path} has no split `{split}`; {}", existing(.splits))]
    UnknownSplit {
        /// The file or folder.
        path: PathBuf,
        /// The part that was asked for.
        split: String,
        /// The parts there are.
        splits: BTreeSet<String>,
    },
}

fn existing(splits: &BTreeSet<String>) -> String {
    if splits.is_empty() {
        return "its questions name none".to_owned();
    }
    let names: Vec<&str> = splits.iter().map(String::as_str).collect();
    format!("there are: {}", names.join(", "))
}

/// Reads questions from a file, or from all `*.jsonl` files of a folder in order of their names;
/// with `split`, only the questions of that part.
///
/// # Errors
///
/// [`Error`] with file and line of the first line that is no judgment, when there is no question,
/// and when no question belongs to the part.
pub fn read(path: &Path, split: Option<&str>) -> Result<Vec<Judgment>, Error> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files(path)? {
        read_file(&file, &mut seen, &mut all)?;
    }
    if all.is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let Some(split) = split else { return Ok(all) };
    let splits: BTreeSet<String> = all.iter().filter_map(|it| it.split.clone()).collect();
    if !splits.contains(split) {
        let (path, split) = (path.to_owned(), split.to_owned());
        return Err(Error::UnknownSplit { path, split, splits });
    }
    all.retain(|it| it.split.as_deref() == Some(split));
    Ok(all)
}

/// The file itself, or the `*.jsonl` files of the folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for file in fs::read_dir(path).map_err(failed)? {
        let file = file.map_err(failed)?.path();
        if file.extension().is_some_and(|it| it == "jsonl") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(
    path: &Path,
    seen: &mut BTreeSet<String>,
    judgments: &mut Vec<Judgment>,
) -> Result<(), Error> {
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let judgment: Judgment = serde_json::from_str(text).map_err(|error| Error::Line {
            path: path.to_owned(),
            line,
            why: error.to_string(),
        })?;
        if !seen.insert(judgment.id.clone()) {
            return Err(Error::Twice { path: path.to_owned(), line, id: judgment.id });
        }
        judgments.push(judgment);
    }
    Ok(())
}
