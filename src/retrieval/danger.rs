//! The danger model: messages that no rule foresaw, recognised by their likeness to examples.
//!
//! Learnt when the index is built, in the same kind of space and by the same training as the entry
//! model: the examples of every class in all languages, against the look-alikes of the red flags
//! and everything people ask otherwise, which is the phrasings of the corpus.

use serde::{Deserialize, Serialize};

use super::features::{Counts, Terms};
use super::matcher::{Sample, stem_in};
use super::model::EntryModel;
use super::parallel;
use super::rulebook::Rulebook;
use super::space::Space;
use super::train::{Others, Separator, Texts};
use super::vectors::Rows;
use crate::analysis::{Analysis, Lang, Word};
use crate::corpus::{DangerClass, RedFlag, Rule, RuleWord};

/// Number of what is no danger among the things told apart; the classes stand before it.
const ORDINARY: u32 = 5;
/// Number of things told apart.
const N_KINDS: usize = ORDINARY as usize + 1;
/// How much an example counts beside an ordinary text: there are fewer of them, and missing one
/// is worse.
const EXAMPLE_WEIGHT: f32 = 2.0;
/// How much a rule spelt out counts: it lends the words of danger, but is no message. Of 1, 0.3,
/// 0.1 and 0.03 the last missed fewest of the development questions at equal false alarms.
const RULE_WEIGHT: f32 = 0.03;
/// Texts a rule is spelt out into, at most.
const MOST_SPELT_OUT: usize = 12;
/// The fold of what is never held out.
const KEPT: usize = usize::MAX;
/// Parts in which the corpus is held out to find the threshold.
const FOLDS: usize = 3;
/// Ordinary texts in a thousand that may reach the threshold. They are close to danger, as they
/// are all about health: of the questions of the development part fewer reach it.
const FALSE_ALARMS: usize = 25;

/// Tells danger from ordinary questions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DangerModel {
    space: Space,
    model: EntryModel,
    /// Score from which a message is a red flag.
    threshold: f64,
}

/// A text to learn from.
struct Text {
    counts: Counts,
    words: Vec<Word>,
    lang: Lang,
    /// Place of the class, or [`ORDINARY`].
    kind: u32,
    /// Texts with the same number are held out together.
    fold: usize,
}

impl Text {
    fn weight(&self) -> f32 {
        match (self.kind, self.fold) {
            (ORDINARY, _) => 1.0,
            (_, KEPT) => RULE_WEIGHT,
            _ => EXAMPLE_WEIGHT,
        }
    }
}

impl DangerModel {
    /// Learns from the red flags and from the ordinary texts of a corpus. Deterministic.
    ///
    /// An ordinary text that a rule takes for danger is left out: it is no evidence either way.
    #[must_use]
    pub fn learn(flags: &[RedFlag], rules: &Rulebook, ordinary: &[Sample]) -> Self {
        let texts = texts(flags, rules, ordinary);
        let all: Vec<&Text> = texts.iter().collect();
        let mut model = Self::of(&all);
        model.threshold = threshold(&texts);
        model
    }

    fn of(texts: &[&Text]) -> Self {
        let counts: Vec<&Counts> = texts.iter().map(|it| &it.counts).collect();
        let kinds: Vec<u32> = texts.iter().map(|it| it.kind).collect();
        let space = Space::learn(&counts, &kinds, N_KINDS);
        let mut rows = Rows::default();
        parallel::map(&counts, |it| space.vector_of(it)).iter().for_each(|it| rows.push(it.iter()));
        let labels = texts.iter().map(|it| (it.kind, it.weight())).collect();
        let n_features = space.len() as usize;
        let solutions = Texts::new(rows, labels, N_KINDS, n_features).train(|_| Others::All);
        let separators: Vec<&Separator> = solutions.iter().map(|it| &it.separator).collect();
        let model = EntryModel::new(&separators, n_features);
        Self { space, model, threshold: f64::INFINITY }
    }

    /// The class of a message that is like danger.
    #[must_use]
    pub fn class(&self, likeness: Likeness) -> Option<DangerClass> {
        (likeness.score >= self.threshold).then_some(likeness.class)
    }

    /// How like danger a message is.
    ///
    /// Half of the score says that it is like a class, half that it is unlike ordinary texts. The
    /// more of it is unknown, the closer to ordinary: else a greeting that shares one group of
    /// letters with an example would pass for it.
    #[must_use]
    pub fn likeness(&self, words: &[Word], languages: &[(Lang, f64)]) -> Likeness {
        let stems = words.iter().map(|it| stem_in(&self.space, it, languages)).collect();
        let terms = Terms { words: words.to_vec(), stems, ..Terms::default() };
        let (vector, known) = self.space.vector_and_known_grams(&terms);
        let scores = self.model.scores(&vector);
        let (classes, ordinary) = scores.split_at(scores.len().saturating_sub(1));
        let mut best = (f32::NEG_INFINITY, DangerClass::Emergency);
        for (class, score) in DangerClass::ALL.into_iter().zip(classes) {
            if *score > best.0 {
                best = (*score, class);
            }
        }
        let ordinary = ordinary.first().copied().unwrap_or(1.0);
        let halfway = f64::from(best.0 - ordinary) / 2.0;
        let score = (halfway + 1.0) * known - 1.0;
        Likeness { score, class: best.1 }
    }
}

/// How like danger a message is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// 1 is the middle of the examples, -1 that of ordinary texts.
    pub score: f64,
    /// The class it is most like.
    pub class: DangerClass,
}

fn texts(flags: &[RedFlag], rules: &Rulebook, ordinary: &[Sample]) -> Vec<Text> {
    let mut texts = Vec::new();
    for flag in flags {
        let class = DangerClass::ALL.iter().position(|it| *it == flag.class);
        let class = class.and_then(|it| u32::try_from(it).ok()).unwrap_or(ORDINARY);
        // Lists are often parallel in all languages, so lines of one number go together.
        let lines = |list: &[String], kind: u32| -> Vec<Text> {
            (0..).zip(list).map(|(fold, line)| of_line(line, &flag.lang, kind, fold)).collect()
        };
        texts.extend(lines(&flag.examples, class));
        texts.extend(
            flag.rules
                .iter()
                .flat_map(spelt_out)
                .map(|words| Text { fold: KEPT, ..of_words(words, &flag.lang, class, 0) }),
        );
        texts.extend(lines(&flag.not, ORDINARY));
    }
    let plain = |it: &&Sample| !it.is_answer && rules.classes(&it.words).is_empty();
    texts.extend(ordinary.iter().filter(plain).map(|it| Text {
        counts: it.counts.clone(),
        words: it.words.clone(),
        lang: it.lang.clone(),
        kind: ORDINARY,
        fold: it.entry as usize,
    }));
    texts
}

/// What a rule stands for: its alternatives side by side, as many as the longest group has.
pub(super) fn spelt_out(rule: &Rule) -> Vec<Vec<Word>> {
    let wanted = || rule.groups.iter().filter(|it| !it.excluded).map(|it| &it.alternatives);
    let n = wanted().map(Vec::len).max().unwrap_or(0).min(MOST_SPELT_OUT);
    let word =
        |it: &RuleWord| Word { form: it.form.clone(), lower: it.form.clone(), start: 0, end: 0 };
    let row = |at: usize| {
        let phrases = wanted().filter_map(|it| it.get(at % it.len().max(1)));
        phrases.flatten().map(word).collect()
    };
    (0..n).map(row).collect()
}

fn of_line(line: &str, lang: &Lang, kind: u32, fold: usize) -> Text {
    of_words(Analysis::of(line).words, lang, kind, fold)
}

fn of_words(words: Vec<Word>, lang: &Lang, kind: u32, fold: usize) -> Text {
    let counts = Counts::of(&Terms::of(&words, lang));
    Text { counts, words, lang: lang.clone(), kind, fold }
}

/// The score that only [`FALSE_ALARMS`] of the ordinary texts reach, each scored by a model that
/// has not seen it.
fn threshold(texts: &[Text]) -> f64 {
    let mut scores: Vec<f64> = Vec::new();
    for fold in 0..FOLDS {
        let is_held = |it: &Text| it.fold != KEPT && it.fold % FOLDS == fold;
        let (held, kept): (Vec<&Text>, Vec<&Text>) = texts.iter().partition(|it| is_held(it));
        // Learnt anew, not trained on as the matcher's folds are: that was tried and set the
        // threshold too low.
        let model = DangerModel::of(&kept);
        let ordinary: Vec<&Text> = held.into_iter().filter(|it| it.kind == ORDINARY).collect();
        let score = |it: &&Text| model.likeness(&it.words, &[(it.lang.clone(), 1.0)]).score;
        scores.extend(parallel::map(&ordinary, score));
    }
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.get(scores.len() * FALSE_ALARMS / 1000).copied().unwrap_or(f64::INFINITY)
}
