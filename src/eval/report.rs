//! The report: everything measured, as `--json` prints it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::baseline::Check;
use super::bm25::Bm25;
use super::compare::{Comparison, Question, questions};
use super::group::{Group, Labels, by_label, by_language};
use super::judgment::{Judgment, Kind};
use super::overlap::Overlap;
use super::redflag::RedFlags;
use super::run::ResultLine;
use super::summary::{Pair, Summary};
use crate::analysis::{Analysis, Lang};
use crate::corpus::Corpus;

/// Name of the plain search among the systems.
pub const BM25: &str = "bm25";

/// Everything measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What was measured, for people.
    pub set: String,
    /// Entries of the corpus.
    pub n_entries: usize,
    /// The overall measures, also here for easy reading.
    #[serde(flatten)]
    pub measures: Summary,
    /// Over all questions.
    pub overall: Group,
    /// By language.
    pub languages: BTreeMap<Lang, Group>,
    /// By label and value.
    pub labels: Labels,
    /// Red flags, which are no part of the above.
    pub redflags: RedFlags,
    /// Questions that also stand in the corpus.
    pub exact: Overlap,
    /// Other systems on the same questions.
    pub systems: BTreeMap<&'static str, System>,
    /// What to know before believing the numbers.
    pub warnings: Vec<String>,
    /// What changed since an older measurement, when one was given.
    pub comparison: Option<Comparison>,
    /// What the check of the baselines found, when it was asked for.
    pub check: Option<Check>,
    /// The result of each question.
    pub questions: Vec<Question>,
}

/// Another system on the same questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct System {
    /// The overall measures, also here for easy reading.
    #[serde(flatten)]
    pub measures: Summary,
    /// Over all questions.
    pub overall: Group,
    /// By language.
    pub languages: BTreeMap<Lang, Group>,
    /// By label and value.
    pub labels: Labels,
}

impl Report {
    /// Measures a run over the judgments it answered, in the same order.
    #[must_use]
    pub fn of(set: &str, corpus: &Corpus, judgments: &[Judgment], results: &[ResultLine]) -> Self {
        let pairs: Vec<Pair<'_>> = judgments.iter().zip(results).collect();
        let overall = Group::of(&pairs);
        let exact = Overlap::of(&pairs, corpus);
        Self {
            set: set.to_owned(),
            n_entries: corpus.entries.len(),
            measures: overall.summary.clone(),
            overall,
            languages: by_language(&pairs),
            labels: by_label(&pairs),
            redflags: RedFlags::of(&pairs),
            warnings: warnings(corpus, judgments, &exact),
            exact,
            systems: BTreeMap::new(),
            comparison: None,
            check: None,
            questions: questions(&pairs),
        }
    }

    /// The plain search, when it was measured too.
    #[must_use]
    pub fn bm25(&self) -> Option<&System> {
        self.systems.get(BM25)
    }
}

impl System {
    /// Measures BM25 over words on the same questions.
    #[must_use]
    pub fn bm25(corpus: &Corpus, judgments: &[Judgment], top: usize) -> Self {
        let search = Bm25::new(corpus);
        let results: Vec<ResultLine> = judgments.iter().map(|it| search.ask(it, top)).collect();
        let pairs: Vec<Pair<'_>> = judgments.iter().zip(&results).collect();
        let overall = Group::of(&pairs).without_calibration();
        let languages = by_language(&pairs)
            .into_iter()
            .map(|(lang, group)| (lang, group.without_calibration()))
            .collect();
        let labels = by_label(&pairs)
            .into_iter()
            .map(|(name, groups)| {
                let plain = |(value, group): (String, Group)| (value, group.without_calibration());
                (name, groups.into_iter().map(plain).collect())
            })
            .collect();
        Self { measures: overall.summary.clone(), overall, languages, labels }
    }
}

fn warnings(corpus: &Corpus, judgments: &[Judgment], exact: &Overlap) -> Vec<String> {
    let mut warnings = Vec::new();
    if exact.n > 0 {
        let elsewhere = match exact.elsewhere {
            0 => String::new(),
            n => format!(", {n} of them under no entry that is judged right"),
        };
        warnings.push(format!(
            "{} of {} questions also stand in the corpus as phrasings{elsewhere}; see the measures without them",
            exact.n,
            judgments.iter().filter(|it| it.kind() != Kind::Redflag).count()
        ));
    }
    let judged = judgments.iter().flat_map(|it| it.relevant.iter().map(move |id| (it, id)));
    let unknown: Vec<(&Judgment, _)> = judged.filter(|it| corpus.entry(it.1).is_none()).collect();
    if let Some((judgment, id)) = unknown.first() {
        warnings.push(format!(
            "{} ids in `relevant` are of no entry, the first is {id} of question {}; they count as missed",
            unknown.len(),
            judgment.id
        ));
    }
    let against = |judgment: &&Judgment| match judgment.kind() {
        Kind::In => judgment.relevant.is_empty(),
        Kind::Out => !judgment.relevant.is_empty(),
        Kind::Redflag => false,
    };
    let contradictory = judgments.iter().filter(against).count();
    if contradictory > 0 {
        warnings
            .push(format!("{contradictory} questions have a `kind` that contradicts `relevant`"));
    }
    warnings.extend(taught_flags(corpus, judgments));
    warnings
}

/// Questions that stand among what red flags are learnt from measure memory.
fn taught_flags(corpus: &Corpus, judgments: &[Judgment]) -> Option<String> {
    let lines = corpus.red_flags.iter().flat_map(|it| it.examples.iter().chain(&it.not));
    let taught: BTreeSet<String> = lines.map(|it| Analysis::of(it).plain()).collect();
    let is_taught = |it: &&Judgment| taught.contains(&Analysis::of(&it.text).plain());
    let mut found = judgments.iter().filter(is_taught);
    let first = found.next()?;
    Some(format!(
        "{} questions also stand among the examples of red flags, the first is {}; take them out of \
         one of the two: they measure memory",
        found.count() + 1,
        first.id
    ))
}
