//! `calibration.toml`: what labelled questions taught about confidence. Written by
//! `sahihi calibrate`; deleting it brings back what the corpus teaches itself.

use serde::{Deserialize, Serialize};

use super::problem::Problems;
use super::source::SourceFile;

/// Name of the file.
pub const TAUGHT_FILE: &str = "calibration.toml";
/// Columns of the two models; see `retrieval::calibrate`.
const COLUMNS: (usize, usize) = (13, 10);

/// Weights and thresholds fitted to labelled questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taught {
    /// Day of the fit.
    pub on: String,
    /// Labelled questions it rests on.
    pub questions: usize,
    /// Weights of the model of rightness.
    pub right: Vec<f64>,
    /// Weights of the model of scope.
    pub scope: Vec<f64>,
    /// A threshold for each tolerated share of wrong answers that the tiers name.
    pub bounds: Vec<Bound>,
}

/// A threshold and what is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// Tolerated share of wrong answers.
    pub max_wrong: f64,
    /// Lowest confidence that is answered directly.
    pub threshold: f64,
    /// Labelled questions above it.
    pub answered: usize,
    /// Of these, wrongly answered.
    pub wrong: usize,
    /// Whether the share of wrong answers is at most `max_wrong` with 95 % confidence.
    pub certain: bool,
}

/// Reads the file.
pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> Option<Taught> {
    let help = "write it anew with `sahihi calibrate`, or delete it";
    match toml::from_str::<Taught>(&source.text) {
        Ok(taught) if (taught.right.len(), taught.scope.len()) == COLUMNS => Some(taught),
        Ok(_) => {
            let message = "these weights are of another version of the program";
            problems.error(source, source.first_line(), "bad-value", message, help);
            None
        }
        Err(error) => {
            let span = error.span().unwrap_or_else(|| source.first_line());
            problems.error(source, span, "syntax", error.message(), help);
            None
        }
    }
}
