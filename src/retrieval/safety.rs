//! Safety: red flags, before everything else and in every language at once.
//!
//! A message is a red flag when a reviewed rule says so, or when it is like the reviewed examples.
//! What the person is told then is no matter of this layer.

use serde::{Deserialize, Serialize};

use super::concepts::Concepts;
use super::danger::DangerModel;
use super::danger_texts::{self, Lines, Ordinary, Reader};
use super::explain::Explanation;
use super::matcher::Sample;
use super::rulebook::{Evidence, Found, Rulebook};
use super::spelling::Speller;
use crate::analysis::{Identifier, Lang, Word};
use crate::corpus::{DangerClass, RedFlag};

/// Likeness from which a rule counts that is doubted, or fulfilled by corrected words: no closer to
/// ordinary texts than half way to the examples.
const SUPPORTED_FROM: f64 = -0.5;

/// Words of a message whose part in an alarm is told.
const EXPLAINED: usize = 30;

/// Everything that recognises danger; empty for a corpus without red flags.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Safety {
    rules: Rulebook,
    speller: Speller,
    /// What words mean, those of danger among them.
    concepts: Concepts,
    model: Option<DangerModel>,
}

impl Safety {
    /// Learns from the red flags of a corpus, its ordinary texts and its lexicon; `topics` has for
    /// each entry the number of its topic.
    #[must_use]
    pub fn learn(
        flags: &[RedFlag],
        ordinary: &[Sample],
        topics: &[u32],
        concepts: Concepts,
        identifier: &Identifier,
    ) -> Self {
        if flags.is_empty() {
            return Self::default();
        }
        let mut rules = Rulebook::of(flags);
        let phrasings = Ordinary::of(ordinary, &rules);
        let lines: Vec<Lines<'_>> = flags.iter().map(Lines::of).collect();
        // The rules are held against all texts of which it is known what they are.
        let not = lines.iter().flat_map(|it| &it.not);
        rules.doubt(
            lines.iter().flat_map(|it| &it.examples),
            not.chain(phrasings.harmless().map(|it| &it.words)),
        );
        let reader = Reader { concepts: &concepts, identifier, topics };
        let model = Some(DangerModel::learn(&reader.texts(&lines, &phrasings)));
        let speller = speller(flags, &lines);
        Self { rules, speller, concepts, model }
    }

    /// The dangers a message speaks of, most urgent first; none for an ordinary question.
    ///
    /// A rule that is fulfilled decides alone: it was reviewed. One that reviewed texts contradict,
    /// and one that is fulfilled only when misspelt words are corrected, need the model on their
    /// side. `is_known` says which words are right though no red flag has them.
    #[must_use]
    pub fn dangers(
        &self,
        words: &[Word],
        languages: &[(Lang, f64)],
        is_known: impl Fn(&Word) -> bool,
    ) -> Vec<DangerClass> {
        let Some(model) = self.model.as_ref().filter(|_| !words.is_empty()) else {
            return Vec::new();
        };
        let found = self.rules.found(words);
        if !found.classes.is_empty() && !found.doubted {
            return found.classes;
        }
        let corrected = self.corrected(words, is_known);
        let likeness_of = |words: &[Word]| model.likeness(words, languages, &self.concepts);
        let mut likeness = likeness_of(words);
        if let Some(again) = corrected.as_deref().map(likeness_of) {
            likeness = if again.probability > likeness.probability { again } else { likeness };
        }
        let found = if found.classes.is_empty() { self.found_in(corrected) } else { found };
        if !found.classes.is_empty() && likeness.score >= SUPPORTED_FROM {
            return found.classes;
        }
        // One word alone is like too many things.
        let class = model.class(likeness).filter(|_| words.len() > 1);
        class.into_iter().collect()
    }

    /// The words with their spelling corrected, where any is wrong.
    fn corrected(&self, words: &[Word], is_known: impl Fn(&Word) -> bool) -> Option<Vec<Word>> {
        let is_known = |it: &Word| {
            self.speller.knows(&it.form) || self.concepts.knows(&it.form) || is_known(it)
        };
        let known: Vec<bool> = words.iter().map(is_known).collect();
        self.speller.corrected(words, &known)
    }

    fn found_in(&self, corrected: Option<Vec<Word>>) -> Found {
        corrected.map(|it| self.rules.found(&it)).unwrap_or_default()
    }

    /// The numbers behind [`Self::dangers`]: the rules that are fulfilled and their words; how
    /// likely the message is danger by the examples, with the threshold; what each word adds to it,
    /// which is what is lost without the word; and the concepts it names.
    #[must_use]
    pub fn explain(&self, words: &[Word], languages: &[(Lang, f64)]) -> Vec<Explanation> {
        let Some(model) = self.model.as_ref().filter(|_| !words.is_empty()) else {
            return Vec::new();
        };
        let rules = self.rules.evidence(words);
        let rules = rules.iter().map(|it| Explanation {
            parts: vec![Explanation::text("rule", it.words.join(" "))],
            ..Explanation::text(it.class.name(), told(it))
        });
        let of = |words: &[Word]| model.likeness(words, languages, &self.concepts);
        let whole = of(words);
        let adds = |at: usize, word: &Word| {
            let rest: Vec<Word> =
                (0..).zip(words).filter(|(it, _)| *it != at).map(|it| it.1.clone()).collect();
            Explanation::number(&word.form, whole.probability - of(&rest).probability)
        };
        let meanings = danger_texts::meanings(&self.concepts, words, languages);
        let names: Vec<&str> = meanings.iter().filter_map(|it| self.concepts.name(*it)).collect();
        let likeness = Explanation {
            text: format!("like {}", whole.class.name()),
            parts: vec![
                Explanation::number("threshold", model.threshold()),
                Explanation::group(
                    "words",
                    words.iter().take(EXPLAINED).enumerate().map(|(at, it)| adds(at, it)).collect(),
                ),
                Explanation::text("concepts", names.join(", ")),
            ],
            ..Explanation::number("likeness", whole.probability)
        };
        rules.chain([likeness]).collect()
    }
}

/// Knows the words of all lines, and of the rules.
fn speller(flags: &[RedFlag], lines: &[Lines<'_>]) -> Speller {
    let rules = flags.iter().flat_map(|it| it.rules.iter().flat_map(danger_texts::spelt_out));
    let rules: Vec<Vec<Word>> = rules.collect();
    let lines = lines.iter().flat_map(|it| it.examples.iter().chain(&it.not));
    Speller::learn(lines.chain(&rules).map(Vec::as_slice))
}

fn told(rule: &Evidence<'_>) -> &'static str {
    if rule.doubted {
        "found by a rule that look-alikes fulfil too, so it needs likeness"
    } else {
        "found by a rule"
    }
}
