//! Baselines: what the sample programme is expected to reach, one file a language.
//!
//! A change that moves the measures updates the files in the same commit and says why.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::group::Group;
use super::summary::Summary;
use crate::analysis::Lang;

/// How much a measure may drop before the check fails, where no file says otherwise.
///
/// The engine is deterministic; this leaves room for one question in fifty.
const DEFAULT_TOLERANCE: f64 = 0.02;

/// Expected measures by language.
pub type Baselines = BTreeMap<Lang, Baseline>;

/// What one language is expected to reach.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// How much worse a measure may be.
    pub tolerance: f64,
    /// Questions in scope it was measured on.
    pub n_in: usize,
    /// Questions out of scope.
    pub n_out: usize,
    /// R@1, at least.
    #[serde(rename = "R@1")]
    pub r1: Option<f64>,
    /// Coverage at 90 % precision, at least.
    pub coverage90: Option<f64>,
    /// Share of direct answers that are wrong, at most.
    pub wrong: Option<f64>,
    /// Share of out-of-scope questions answered directly, at most.
    pub out_answered: Option<f64>,
}

/// Why baselines cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot read or write {path}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is no baseline.
    #[error("{path} is no baseline; `sahihi eval --write-baseline` writes them")]
    Form {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: toml::de::Error,
    },
    /// A file is not named after a language.
    #[error("{path} is not named after a language, like sw.toml")]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to check against.
    #[error("{path} holds no baseline; `sahihi eval --write-baseline` writes them")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// Reads all `*.toml` files of a folder; a folder that is not there has none.
///
/// # Errors
///
/// [`Error`] with the first file that is no baseline.
pub fn read(folder: &Path) -> Result<Baselines, Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    let mut baselines = Baselines::new();
    if !folder.is_dir() {
        return Ok(baselines);
    }
    for file in fs::read_dir(folder).map_err(failed)? {
        let path = file.map_err(failed)?.path();
        if path.extension().is_none_or(|it| it != "toml") {
            continue;
        }
        let tag = path.file_stem().and_then(|it| it.to_str()).and_then(|it| Lang::parse(it).ok());
        let lang = tag.ok_or_else(|| Error::Name { path: path.clone() })?;
        let text = fs::read_to_string(&path)
            .map_err(|source| Error::File { path: path.clone(), source })?;
        let baseline = toml::from_str(&text).map_err(|source| Error::Form { path, source })?;
        baselines.insert(lang, baseline);
    }
    Ok(baselines)
}

/// Writes one file a language and returns their paths. The tolerance of a file that stands there
/// already is kept.
///
/// # Errors
///
/// [`Error`] when a file cannot be written, or the one that stands there cannot be read.
pub fn write(folder: &Path, languages: &BTreeMap<Lang, Group>) -> Result<Vec<PathBuf>, Error> {
    let old = read(folder)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut paths = Vec::new();
    for (lang, group) in languages {
        let tolerance = old.get(lang).map_or(DEFAULT_TOLERANCE, |it| it.tolerance);
        let path = folder.join(format!("{lang}.toml"));
        fs::write(&path, text(lang, &group.summary, tolerance)).map_err(failed(&path))?;
        paths.push(path);
    }
    Ok(paths)
}

fn text(lang: &Lang, summary: &Summary, tolerance: f64) -> String {
    let head = format!(
        "# What the sample programme reaches in {lang} (eval/queries, split test).\n\
         # Written by `sahihi eval --write-baseline`, checked by `sahihi eval --check`.\n\
         tolerance = {tolerance:?}\nn_in = {}\nn_out = {}\n",
        summary.n_in, summary.n_out
    );
    measures(summary)
        .into_iter()
        .filter_map(|(name, _, value)| Some((name, value?)))
        .fold(head, |text, (name, value)| text + &format!("\"{name}\" = {value:.4}\n"))
}

/// What a measure should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    High,
    Low,
}

type Measure = (&'static str, Better, Option<f64>);

fn measures(summary: &Summary) -> [Measure; 4] {
    [
        ("R@1", Better::High, summary.r1),
        ("coverage90", Better::High, summary.coverage90),
        ("wrong", Better::Low, summary.wrong),
        ("out_answered", Better::Low, summary.out_answered),
    ]
}

impl Baseline {
    fn values(&self) -> [Option<f64>; 4] {
        [self.r1, self.coverage90, self.wrong, self.out_answered]
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Whether nothing dropped.
    pub ok: bool,
    /// What dropped by more than the tolerance.
    pub failures: Vec<Failure>,
    /// What could not be compared, or was measured on other questions.
    pub notes: Vec<String>,
}

/// A measure that dropped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Failure {
    /// The language.
    pub language: Lang,
    /// The measure.
    pub measure: &'static str,
    /// What it should be.
    pub expected: f64,
    /// What it is; absent when there was nothing to measure.
    pub measured: Option<f64>,
    /// How much worse it might be.
    pub tolerance: f64,
}

/// Compares measures with baselines.
#[must_use]
pub fn check(baselines: &Baselines, languages: &BTreeMap<Lang, Group>) -> Check {
    let (mut failures, mut notes) = (Vec::new(), Vec::new());
    for (lang, baseline) in baselines {
        let nothing = Summary::of(&[]);
        let summary = languages.get(lang).map_or(&nothing, |it| &it.summary);
        let (expected, found) = ((baseline.n_in, baseline.n_out), (summary.n_in, summary.n_out));
        if expected != found {
            notes.push(format!(
                "{lang}: the baseline is of {} + {} questions, there are {} + {}",
                expected.0, expected.1, found.0, found.1
            ));
        }
        for ((measure, better, measured), expected) in
            measures(summary).into_iter().zip(baseline.values())
        {
            let Some(expected) = expected else { continue };
            if is_worse(better, expected, measured, baseline.tolerance) {
                let (language, tolerance) = (lang.clone(), baseline.tolerance);
                failures.push(Failure { language, measure, expected, measured, tolerance });
            }
        }
    }
    for lang in languages.keys().filter(|lang| !baselines.contains_key(lang)) {
        notes.push(format!("{lang}: there is no baseline; `--write-baseline` writes one"));
    }
    Check { ok: failures.is_empty(), failures, notes }
}

/// Whether a measure, rounded as the baseline is, lies beyond the tolerance. Something good that
/// is no longer measured is worse; something bad that no longer happens is not.
fn is_worse(better: Better, expected: f64, measured: Option<f64>, tolerance: f64) -> bool {
    const ROUNDING: f64 = 1e-9;
    let loss = match (better, measured.map(|it| (it * 1e4).round() / 1e4)) {
        (Better::High, Some(measured)) => expected - measured,
        (Better::Low, Some(measured)) => measured - expected,
        (Better::High, None) => return true,
        (Better::Low, None) => return false,
    };
    loss > tolerance + ROUNDING
}

#[cfg(test)]
mod tests {
    use super::super::summary::{Pair, tests::pair};
    use super::*;
    use crate::retrieval::Outcome;

    #[test]
    fn a_drop_beyond_the_tolerance_is_named() {
        let run = [
            pair(&["a"], &["a"], 0.9, Outcome::Answer),
            pair(&["a"], &["b"], 0.8, Outcome::Answer),
            pair(&[], &["b"], 0.1, Outcome::Tree),
        ];
        let pairs: Vec<Pair<'_>> = run.iter().map(|(j, line)| (j, line)).collect();
        let lang = Lang::parse("en").unwrap();
        let languages = BTreeMap::from([(lang.clone(), Group::of(&pairs))]);
        let text = text(&lang, &languages[&lang].summary, 0.02);
        assert!(text.contains("\"R@1\" = 0.5000\n"), "{text}");
        let mut baseline: Baseline = toml::from_str(&text).unwrap();
        let check = |baseline: &Baseline| {
            let found = check(&Baselines::from([(lang.clone(), baseline.clone())]), &languages);
            found.failures.iter().map(|it| it.measure).collect::<Vec<_>>()
        };
        assert!(check(&baseline).is_empty());
        baseline.r1 = Some(0.52);
        baseline.wrong = Some(0.4);
        assert_eq!(check(&baseline), ["wrong"]);
        baseline.r1 = Some(0.5201);
        assert_eq!(check(&baseline), ["R@1", "wrong"]);
    }
}
