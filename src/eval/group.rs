//! Groups: the same measures over all questions, over each language and over each label.

use std::collections::BTreeMap;

use serde::Serialize;

use super::interval::Intervals;
use super::judgment::{Judgment, Kind};
use super::measure::{Bin, reliability};
use super::risk::{RiskPoint, risk_coverage};
use super::summary::{BINS, Pair, Summary, answers, ordinary};
use crate::analysis::Lang;

/// A group of questions, measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// The measures.
    #[serde(flatten)]
    pub summary: Summary,
    /// Their 95 % intervals.
    pub intervals: Intervals,
    /// Bins of the reliability diagram.
    pub reliability: Vec<Bin>,
    /// The risk–coverage curve.
    pub risk_coverage: Vec<RiskPoint>,
}

/// Groups by the name of a label and its value.
pub type Labels = BTreeMap<&'static str, BTreeMap<String, Group>>;

impl Group {
    /// Measures a group; red flags are no part of it.
    #[must_use]
    pub fn of(pairs: &[Pair<'_>]) -> Self {
        let answers = answers(&ordinary(pairs));
        Self {
            summary: Summary::of(pairs),
            intervals: Intervals::of(pairs),
            reliability: reliability(&answers, BINS),
            risk_coverage: risk_coverage(&answers),
        }
    }

    /// The same group for a system whose confidence is a score: good for order, no probability.
    #[must_use]
    pub fn without_calibration(mut self) -> Self {
        self.summary.ece = None;
        self.intervals.ece = None;
        self.reliability.clear();
        self
    }
}

/// A group for every language of the questions.
#[must_use]
pub fn by_language(pairs: &[Pair<'_>]) -> BTreeMap<Lang, Group> {
    groups(pairs, |judgment| Some(judgment.lang.clone()))
}

/// A group for every value of the labels that the questions carry: `style`, `kind`, `lookalike`.
#[must_use]
pub fn by_label(pairs: &[Pair<'_>]) -> Labels {
    let kind = |judgment: &Judgment| match judgment.kind() {
        Kind::In => Some("in".to_owned()),
        Kind::Out => Some("out".to_owned()),
        Kind::Redflag => None,
    };
    let lookalike =
        |judgment: &Judgment| Some(if judgment.lookalike { "yes" } else { "no" }.into());
    let mut labels = Labels::from([
        ("style", groups(pairs, |judgment| judgment.style.clone())),
        ("kind", groups(pairs, kind)),
        ("lookalike", groups(pairs, lookalike)),
    ]);
    // A label that is the same everywhere says nothing; a style that is, still names itself.
    labels.retain(|name, groups| groups.len() > usize::from(*name != "style"));
    labels
}

fn groups<K: Ord>(pairs: &[Pair<'_>], name: impl Fn(&Judgment) -> Option<K>) -> BTreeMap<K, Group> {
    let mut parts: BTreeMap<K, Vec<Pair<'_>>> = BTreeMap::new();
    for pair in ordinary(pairs) {
        if let Some(name) = name(pair.0) {
            parts.entry(name).or_default().push(pair);
        }
    }
    parts.into_iter().map(|(name, part)| (name, Group::of(&part))).collect()
}
