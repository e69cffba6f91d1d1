//! What goes to the terminal. Results go to standard output, everything else to standard error.

#![expect(clippy::print_stderr, reason = "this is where printing happens")]

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report};
use sahihi::corpus::{Problem, Severity};
use serde::Serialize;

/// Characters of a line of text.
const WIDTH: usize = 78;
/// Largest file whose lines are shown, in bytes.
const MAX_SHOWN: u64 = 64 * 1024;

/// Prints a line of the result.
pub(crate) fn line(text: &str) {
    print(text);
}

/// Writes a line to standard output. A reader that has gone (`| head`) is no failure.
fn print(text: &str) {
    drop(writeln!(io::stdout(), "{text}"));
}

/// Prints a line beside the result.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => print(&text),
        Err(error) => eprintln!("error: the result cannot be written as JSON: {error}"),
    }
}

/// Prints a value as one line of JSON.
pub(crate) fn json_line(value: &impl Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => print(&text),
        Err(error) => eprintln!("error: the result cannot be written as JSON: {error}"),
    }
}

/// Prints why a command failed, with its causes.
pub(crate) fn error(report: &Report) {
    eprintln!("error: {report}");
    for cause in report.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
}

/// Prints a problem with the line of the file it is about.
pub(crate) fn problem(problem: &Problem) {
    let severity = match problem.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
    };
    let length = problem.span.len().clamp(1, 60);
    let label = LabeledSpan::at_offset(problem.span.start, "here");
    let diagnostic = MietteDiagnostic::new(&problem.message)
        .with_severity(severity)
        .with_code(problem.code)
        .with_help(&problem.help);
    let text = shown_text(Path::new(&problem.file));
    let report = if text.is_empty() || problem.span.start + 1 > text.len() {
        let place = format!("{}:{}", problem.file, problem.line);
        Report::new(MietteDiagnostic {
            message: format!("{place}: {}", problem.message),
            ..diagnostic
        })
    } else {
        let label = match label.len() {
            0 => LabeledSpan::new_with_span(None, (problem.span.start, length)),
            _ => label,
        };
        let source = NamedSource::new(&problem.file, text);
        Report::new(diagnostic.and_label(label)).with_source_code(source)
    };
    eprintln!("{report:?}");
}

/// The text of a plain file of a size that can be shown, as the parser saw it; else nothing.
fn shown_text(path: &Path) -> String {
    let is_shown = fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() <= MAX_SHOWN);
    let text = if is_shown { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Breaks text into lines at spaces; paragraphs stay.
pub(crate) fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let length = line.chars().count() + word.chars().count() + indent.len();
            if !line.is_empty() && length >= WIDTH {
                lines.push(format!("{indent}{line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(format!("{indent}{line}").trim_end().to_owned());
    }
    lines.join("\n")
}
