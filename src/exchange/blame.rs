//! Which column of a sheet a problem of the corpus files is about.

use std::collections::BTreeMap;

use time::Date;

use super::markdown::Wanted;
use super::sheet::NEUTRAL_COLUMNS;
use crate::corpus::{self, Problem, Severity, SourceFile, SourceTree};

/// What is wrong and what to do, in one line.
pub(super) fn sentence(problem: &Problem) -> String {
    format!("{}: {}", problem.message, problem.help)
}

/// The column that a problem of a language file is about.
pub(super) fn column_of(problem: &Problem, wanted: &Wanted, text: &str) -> &'static str {
    match problem.code {
        "title-too-long" | "missing-title" => "title",
        "summary-too-long" => "summary",
        "missing-question" | "second-question" => "question",
        "empty-answer" | "answer-too-long" => "answer",
        _ => {
            let before = text.get(..problem.span.start).unwrap_or_default();
            let line = text.get(before.rfind('\n').map_or(0, |it| it + 1)..).unwrap_or_default();
            let line = line.lines().next().unwrap_or_default();
            match line {
                _ if before.contains("\n---\n") && wanted.answer.is_some() => "answer",
                _ if line.starts_with("title:") => "title",
                _ if line.starts_with("summary:") => "summary",
                _ if line.starts_with("# ") => "question",
                _ if line.starts_with("- ") => "phrasings",
                _ => "",
            }
        }
    }
}

/// The column that a problem of any file of the plan is about.
pub(super) fn column_in(problem: &Problem, file: &SourceFile) -> &'static str {
    if file.path.ends_with(".md") {
        return column_of(
            problem,
            &Wanted { answer: Some(String::new()), ..Wanted::default() },
            &file.text,
        );
    }
    NEUTRAL_COLUMNS.into_iter().find(|column| names_key(problem, &file.text, column)).unwrap_or("")
}

/// Whether a problem of a neutral file stands in the line of that key.
pub(super) fn names_key(problem: &Problem, text: &str, key: &str) -> bool {
    let before = text.get(..problem.span.start).unwrap_or_default();
    let line = text.get(before.rfind('\n').map_or(0, |it| it + 1)..).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default();
    line.split('=').next().is_some_and(|it| it.trim() == key)
        || problem.message.contains(&format!("`{key}`"))
}

/// The errors that a corpus has more than before: those of the same kind in the same file are
/// counted, for their lines may have moved.
pub(super) fn new_errors(before: &SourceTree, after: &SourceTree, today: Date) -> Vec<Problem> {
    let errors = |tree: &SourceTree| {
        let problems = corpus::load_tree(tree, today).problems.into_iter();
        problems.filter(|it| it.severity == Severity::Error).collect::<Vec<_>>()
    };
    let mut known: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for problem in errors(before) {
        *known.entry((problem.file, problem.code)).or_default() += 1;
    }
    let mut new = errors(after);
    new.retain(|problem| {
        let left = known.get_mut(&(problem.file.clone(), problem.code)).filter(|it| **it > 0);
        left.map(|it| *it -= 1).is_none()
    });
    new
}
