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
}

/// Reads `queries.jsonl`; with `split`, only the questions of that part.
///
/// # Errors
///
/// [`Error`] with file and line of the first line that is no judgment.
pub fn read(path: &Path, split: Option<&str>) -> Result<Vec<Judgment>, Error> {
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mut seen = BTreeSet::new();
    let mut judgments = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let judgment: Judgment = serde_json::from_str(text).map_err(|error| Error::Line {
            path: path.to_owned(),
            line,
            why: error.to_string(),
        })?;
        if !seen.insert(judgment.id.clone()) {
            return Err(Error::Twice { path: path.to_owned(), line, id: judgment.id });
        }
        if split.is_none() || judgment.split.as_deref() == split {
            judgments.push(judgment);
        }
    }
    Ok(judgments)
}
