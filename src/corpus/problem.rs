//! Problems of corpus files: where, what is wrong, and what to do about it.
//!
//! Every parser of this layer reports into one [`Problems`] and goes on; nobody stops at the first.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::source::SourceFile;

/// Whether a problem stops the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The corpus cannot be built until this is mended.
    Error,
    /// Worth a look; the corpus is built all the same.
    Warning,
}

/// One problem at one place of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file as the author finds it, from the folder the command runs in.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Error or warning.
    pub severity: Severity,
    /// Stable name of the kind of problem, for tools: `answer-too-long`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The bytes of the file the problem is about.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// All problems found so far.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
    counts: BTreeMap<(String, Severity), usize>,
}

/// Most errors, and most warnings, told of one file; who has more mends these first.
const MAX_OF_A_FILE: usize = 100;

impl Problems {
    /// Reports an error at `span` (bytes) of `source`.
    pub fn error(
        &mut self,
        source: &SourceFile,
        span: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(source, span, Severity::Error, (code, message.into(), help.into()));
    }

    /// Reports a warning at `span` (bytes) of `source`.
    pub fn warning(
        &mut self,
        source: &SourceFile,
        span: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(source, span, Severity::Warning, (code, message.into(), help.into()));
    }

    fn push(
        &mut self,
        source: &SourceFile,
        span: Range<usize>,
        severity: Severity,
        (code, message, help): (&'static str, String, String),
    ) {
        let count = self.counts.entry((source.path.clone(), severity)).or_default();
        *count += 1;
        if *count > MAX_OF_A_FILE {
            return;
        }
        let (line, column) = source.line_column(span.start);
        let file = source.shown.clone();
        self.found.push(Problem { file, line, column, severity, code, message, help, span });
    }

    /// Whether any error was reported.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|it| it.severity == Severity::Error)
    }

    /// The problems by file, line and column, errors first at one place.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by(|a, b| {
            (&a.file, a.line, a.column, a.severity, &a.message)
                .cmp(&(&b.file, b.line, b.column, b.severity, &b.message))
        });
        self.found.dedup();
        self.found
    }
}
