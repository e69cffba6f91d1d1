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

/// Number of the first kind that is no danger, the look-alikes; the classes stand before it, behind
/// it a kind for each topic: of the development questions more danger is found at equal false
/// alarms than with one kind for all.
pub(super) const ORDINARY: u32 = 5;
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
    /// Place of the class, [`ORDINARY`] or higher.
    pub(super) kind: u32,
    /// Texts with the same number are held out together; none for what is never held out.
    pub(super) group: Option<usize>,
    /// Whether it is a question that nobody would take for danger: false alarms are counted among
    /// these.
    pub(super) is_plain: bool,
}

impl Text {
    pub(super) fn is_danger(&self) -> bool {
        self.kind < ORDINARY
    }

    pub(super) fn weight(&self) -> f32 {
        match (self.kind, self.group) {
            (ORDINARY.., _) => 1.0,
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

/// A red flag with its lines as words, which several learn from.
pub(super) struct Lines<'a> {
    flag: &'a RedFlag,
    pub(super) examples: Vec<Vec<Word>>,
    pub(super) not: Vec<Vec<Word>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(flag: &'a RedFlag) -> Self {
        let words = |list: &[String]| list.iter().map(|it| Analysis::of(it).words).collect();
        Self { flag, examples: words(&flag.examples), not: words(&flag.not) }
    }

    /// The rules that no example fulfils: what the examples say need not be spelt out.
    fn unsaid(&self) -> impl Iterator<Item = &'a Rule> {
        let counts = Rulebook::of(std::slice::from_ref(self.flag)).counted(&self.examples);
        let rules = self.flag.rules.iter().zip(counts);
        rules.filter(|(_, count)| *count == 0).map(|(rule, _)| rule)
    }
}

/// The phrasings of the corpus, held against the rules.
pub(super) struct Ordinary<'a> {
    /// Each with whether a rule takes it for danger.
    all: Vec<(&'a Sample, bool)>,
    /// For each entry its phrasings, and how many of them a rule takes for danger.
    entries: BTreeMap<u32, (usize, usize)>,
}

impl<'a> Ordinary<'a> {
    pub(super) fn of(ordinary: &'a [Sample], rules: &Rulebook) -> Self {
        let phrasings: Vec<&Sample> = ordinary.iter().filter(|it| !it.is_answer).collect();
        let is_danger = parallel::map(&phrasings, |it| rules.finds(&it.words));
        let mut entries: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
        for (it, is_danger) in phrasings.iter().zip(&is_danger) {
            let (n, taken) = entries.entry(it.entry).or_default();
            *n += 1;
            *taken += usize::from(*is_danger);
        }
        Self { all: phrasings.into_iter().zip(is_danger).collect(), entries }
    }

    /// Those that no rule takes for danger: the others are no evidence either way.
    fn plain(&self) -> Vec<&'a Sample> {
        self.all.iter().filter(|it| !it.1).map(|it| it.0).collect()
    }

    fn about_danger(&self, entry: u32) -> bool {
        self.entries.get(&entry).is_some_and(|(n, taken)| taken * ABOUT_DANGER >= *n)
    }

    /// Those of entries that are not about danger.
    pub(super) fn harmless(&self) -> impl Iterator<Item = &'a Sample> {
        self.all.iter().map(|it| it.0).filter(|it| !self.about_danger(it.entry))
    }
}

/// Reads texts of the corpus as messages are read.
pub(super) struct Reader<'a> {
    pub(super) concepts: &'a Concepts,
    pub(super) identifier: &'a Identifier,
    /// For each entry the number of its topic.
    pub(super) topics: &'a [u32],
}

impl Reader<'_> {
    /// All texts, in the order of the red flags, then of the samples.
    ///
    /// An ordinary text that a rule takes for danger is left out: it is no evidence either way.
    pub(super) fn texts(&self, flags: &[Lines<'_>], phrasings: &Ordinary<'_>) -> Vec<Text> {
        let mut texts: Vec<Text> = flags.iter().flat_map(|it| self.of_flag(it)).collect();
        texts.extend(parallel::map(&phrasings.plain(), |it| Text {
            is_plain: !phrasings.about_danger(it.entry),
            ..self.of_sample(it)
        }));
        drop_lone_pairs(&mut texts);
        texts
    }

    fn of_flag(&self, lines: &Lines<'_>) -> Vec<Text> {
        let flag = lines.flag;
        let class = DangerClass::ALL.iter().position(|it| *it == flag.class);
        let class = class.and_then(|it| u32::try_from(it).ok()).unwrap_or(ORDINARY);
        let of_lines = |list: &[Vec<Word>], kind: u32| -> Vec<Text> {
            let texts = parallel::map(list, |it| self.of_words(it.clone(), &flag.lang, kind));
            // Lists are often parallel in all languages, so lines of one number go together.
            (0..).zip(texts).map(|(at, it)| Text { group: Some(at), ..it }).collect()
        };
        let mut texts = of_lines(&lines.examples, class);
        let rows = lines.unsaid().flat_map(spelt_out);
        texts.extend(rows.map(|words| self.of_words(words, &flag.lang, class)));
        texts.extend(of_lines(&lines.not, ORDINARY));
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
            kind: ORDINARY + 1 + self.topics.get(sample.entry as usize).copied().unwrap_or(0),
            group: Some(sample.entry as usize),
            is_plain: true,
        }
    }

    /// The languages are found as they are for a message: people mix them, and so do examples.
    fn meanings(&self, words: &[Word]) -> Vec<u32> {
        meanings(self.concepts, words, &self.identifier.identify(words, |_| 1.0))
    }
}

/// Leaves out the pairs of words that one text alone has: two thirds of all features, and they
/// hardly tell anything.
fn drop_lone_pairs(texts: &mut [Text]) {
    let mut keys: Vec<u32> =
        texts.iter().flat_map(|it| it.counts.pairs.iter().map(|it| it.0)).collect();
    keys.sort_unstable();
    let again = keys.chunk_by(|a, b| a == b).filter(|it| it.len() > 1);
    let again: Vec<u32> = again.filter_map(|it| it.first().copied()).collect();
    for text in texts {
        text.counts.pairs.retain(|(key, _)| again.binary_search(key).is_ok());
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
