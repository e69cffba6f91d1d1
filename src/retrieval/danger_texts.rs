//! What the danger model learns from: examples and look-alikes of the red flags, the rules spelt
//! out, and what people ask otherwise, which is the phrasings of the corpus.

use std::collections::BTreeMap;

use super::concepts::Concepts;
use super::features::{Counts, Terms};
use super::matcher::{STEMMING_FROM, Sample};
use super::parallel;
use super::rulebook::Rulebook;
use crate::analysis::{Analysis, Identifier, Lang, Word};
use crate::corpus::{DangerClass, RedFlag, Rule, RuleWord};

/// Number of what is no danger among the things told apart; the classes stand before it.
pub(super) const ORDINARY: u32 = 5;
/// Number of things told apart.
pub(super) const N_KINDS: usize = ORDINARY as usize + 1;
/// How much an example counts beside an ordinary text: there are fewer of them, and missing one
/// is worse.
const EXAMPLE_WEIGHT: f32 = 2.0;
/// How much a rule spelt out counts: it lends the words of danger, but is no message. Of 1, 0.3,
/// 0.1 and 0.03 the last missed fewest of the development questions at equal false alarms.
const RULE_WEIGHT: f32 = 0.03;
/// Texts a rule is spelt out into, at most.
const MOST_SPELT_OUT: usize = 12;
/// How much longer the block of concepts is than that of the entry model. What a message speaks of
/// tells more than its words, of which no two people in danger choose the same: of the examples
/// held out, 63 in a hundred are found with it at 1 % false alarms by no rule, 44 without.
const CONCEPTS_TIMES: f32 = 2.0;
/// An entry of whose phrasings a rule takes at least one in so many for danger is about danger.
const ABOUT_DANGER: usize = 6;

/// A text to learn from.
pub(super) struct Text {
    pub(super) counts: Counts,
    pub(super) words: Vec<Word>,
    /// Place of the class, or [`ORDINARY`].
    pub(super) kind: u32,
    /// Texts with the same number are held out together; none for what is never held out.
    pub(super) group: Option<usize>,
    /// Whether it is a question that nobody would take for danger: false alarms are counted among
    /// these.
    pub(super) is_plain: bool,
}

impl Text {
    pub(super) fn weight(&self) -> f32 {
        match (self.kind, self.group) {
            (ORDINARY, _) => 1.0,
            (_, None) => RULE_WEIGHT,
            _ => EXAMPLE_WEIGHT,
        }
    }
}

/// The features of a message as the danger model weighs them.
pub(super) fn counts(text: &Terms) -> Counts {
    weighed(Counts::of(text))
}

fn weighed(mut counts: Counts) -> Counts {
    // The length of the block grows with the square root of the share.
    counts.concept_share *= CONCEPTS_TIMES * CONCEPTS_TIMES;
    counts
}

/// What words mean in the languages they are likely of.
pub(super) fn meanings(concepts: &Concepts, words: &[Word], languages: &[(Lang, f64)]) -> Vec<u32> {
    let likely =
        |lang: &Lang| languages.iter().any(|(it, share)| it == lang && *share >= STEMMING_FROM);
    concepts.find(words, likely)
}

/// Reads texts of the corpus as messages are read.
pub(super) struct Reader<'a> {
    pub(super) rules: &'a Rulebook,
    pub(super) concepts: &'a Concepts,
    pub(super) identifier: &'a Identifier,
}

impl Reader<'_> {
    /// All texts, in the order of the red flags, then of the samples.
    ///
    /// An ordinary text that a rule takes for danger is left out: it is no evidence either way.
    pub(super) fn texts(&self, flags: &[RedFlag], ordinary: &[Sample]) -> Vec<Text> {
        let mut texts: Vec<Text> = flags.iter().flat_map(|it| self.of_flag(it)).collect();
        let phrasings: Vec<&Sample> = ordinary.iter().filter(|it| !it.is_answer).collect();
        let is_danger = parallel::map(&phrasings, |it| !self.rules.classes(&it.words).is_empty());
        let mut entries: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (it, is_danger) in phrasings.iter().zip(&is_danger) {
            let (n, taken) = entries.entry(it.entry).or_default();
            *n += 1;
            *taken += usize::from(*is_danger);
        }
        let about_danger =
            |entry: u32| entries.get(&entry).is_some_and(|(n, taken)| taken * ABOUT_DANGER >= *n);
        let plain: Vec<&Sample> =
            phrasings.iter().zip(&is_danger).filter(|it| !it.1).map(|it| *it.0).collect();
        texts.extend(parallel::map(&plain, |it| Text {
            is_plain: !about_danger(it.entry),
            ..self.of_sample(it)
        }));
        texts
    }

    fn of_flag(&self, flag: &RedFlag) -> Vec<Text> {
        let class = DangerClass::ALL.iter().position(|it| *it == flag.class);
        let class = class.and_then(|it| u32::try_from(it).ok()).unwrap_or(ORDINARY);
        let lines = |list: &[String], kind: u32| -> Vec<Text> {
            let words: Vec<Vec<Word>> = list.iter().map(|it| Analysis::of(it).words).collect();
            let texts = parallel::map(&words, |it| self.of_words(it.clone(), &flag.lang, kind));
            // Lists are often parallel in all languages, so lines of one number go together.
            (0..).zip(texts).map(|(at, it)| Text { group: Some(at), ..it }).collect()
        };
        let mut texts = lines(&flag.examples, class);
        let rows = flag.rules.iter().flat_map(spelt_out);
        texts.extend(rows.map(|words| self.of_words(words, &flag.lang, class)));
        texts.extend(lines(&flag.not, ORDINARY));
        texts
    }

    fn of_words(&self, words: Vec<Word>, lang: &Lang, kind: u32) -> Text {
        let concepts = self.meanings(&words);
        let counts = counts(&Terms { concepts, ..Terms::of(&words, lang) });
        Text { counts, words, kind, group: None, is_plain: false }
    }

    fn of_sample(&self, sample: &Sample) -> Text {
        let concepts = self.meanings(&sample.words);
        let counts = sample.counts.clone().with_concepts(&concepts, sample.words.len());
        Text {
            counts: weighed(counts),
            words: sample.words.clone(),
            kind: ORDINARY,
            group: Some(sample.entry as usize),
            is_plain: true,
        }
    }

    /// The languages are found as they are for a message: people mix them, and so do examples.
    fn meanings(&self, words: &[Word]) -> Vec<u32> {
        meanings(self.concepts, words, &self.identifier.identify(words, |_| 1.0))
    }
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
