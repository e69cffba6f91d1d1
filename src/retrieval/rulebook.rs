//! The rulebook: the rules of all red flags in all languages, held against a message at once.
//!
//! Every word of the message is looked up once, with each of its beginnings, so the cost hardly
//! grows with the number of rules.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::analysis::Word;
use crate::analysis::identify::hash;
use crate::corpus::{DangerClass, Phrase, RedFlag, Rule, RuleWord};

/// Words from the beginning of one match to the beginning of the next, at most.
const WINDOW: usize = 8;

/// All rules, ready to be matched.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Rulebook {
    rules: Vec<(DangerClass, Rule)>,
    /// Key of a first word → the phrases that begin with it, in the order of the rules.
    begins: HashMap<u64, Vec<Place>, Identity>,
}

/// The rulebook as it is written.
#[derive(Serialize, Deserialize)]
struct Stored(Vec<(DangerClass, Rule)>);

impl From<Stored> for Rulebook {
    fn from(stored: Stored) -> Self {
        Self::new(stored.0)
    }
}

impl From<Rulebook> for Stored {
    fn from(book: Rulebook) -> Self {
        Self(book.rules)
    }
}

/// Where a phrase stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    rule: u32,
    group: u32,
    alternative: u32,
}

/// A phrase found in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    rule: u32,
    start: usize,
    end: usize,
    group: u32,
}

impl Rulebook {
    /// The rules of some red flags.
    #[must_use]
    pub fn of(flags: &[RedFlag]) -> Self {
        let rules =
            flags.iter().flat_map(|it| it.rules.iter().map(|rule| (it.class, rule.clone())));
        Self::new(rules.collect())
    }

    fn new(rules: Vec<(DangerClass, Rule)>) -> Self {
        let mut begins: HashMap<u64, Vec<Place>, Identity> = HashMap::default();
        for (rule, (_, it)) in (0_u32..).zip(&rules) {
            for (group, it) in (0_u32..).zip(&it.groups) {
                for (alternative, phrase) in (0_u32..).zip(&it.alternatives) {
                    let Some(first) = phrase.first() else { continue };
                    let place = Place { rule, group, alternative };
                    begins.entry(key(hash(&first.form), first.open)).or_default().push(place);
                }
            }
        }
        Self { rules, begins }
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The classes with a rule that the message fulfils, most urgent first, each once.
    #[must_use]
    pub fn classes(&self, words: &[Word]) -> Vec<DangerClass> {
        let mut classes = Vec::new();
        self.fulfilled(words, |class, _, _| classes.push(class));
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// Every rule that the message fulfils: its class and the words it was found by.
    #[must_use]
    pub fn evidence<'a>(&self, words: &'a [Word]) -> Vec<(DangerClass, Vec<&'a str>)> {
        let mut evidence = Vec::new();
        self.fulfilled(words, |class, rule, hits| {
            let is_found = |at: usize| {
                hits.iter().any(|it| !is_excluded(rule, it) && (it.start..it.end).contains(&at))
            };
            let found = words.iter().enumerate().filter(|(at, _)| is_found(*at));
            evidence.push((class, found.map(|(_, word)| word.form.as_str()).collect()));
        });
        evidence
    }

    fn fulfilled(&self, words: &[Word], mut each: impl FnMut(DangerClass, &Rule, &[Hit])) {
        let mut hits = self.hits(words);
        hits.sort_unstable();
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let rule = hits.first().and_then(|it| self.rules.get(it.rule as usize));
            if let Some((class, rule)) = rule.filter(|(_, rule)| fulfils(rule, hits)) {
                each(*class, rule, hits);
            }
        }
    }

    fn hits(&self, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (start, word) in words.iter().enumerate() {
            for key in keys(&word.form) {
                for place in self.begins.get(&key).into_iter().flatten() {
                    let Some(phrase) = self.phrase(*place) else { continue };
                    let end = start + phrase.len();
                    if words.get(start..end).is_some_and(|it| begins_with(it, phrase)) {
                        hits.push(Hit { rule: place.rule, start, end, group: place.group });
                    }
                }
            }
        }
        hits
    }

    fn phrase(&self, place: Place) -> Option<&Phrase> {
        let (_, rule) = self.rules.get(place.rule as usize)?;
        rule.groups.get(place.group as usize)?.alternatives.get(place.alternative as usize)
    }
}

/// Whether one stretch of the message has every wanted group and, around it, no excluded one.
fn fulfils(rule: &Rule, hits: &[Hit]) -> bool {
    let is_excluded = |hit: &Hit| is_excluded(rule, hit);
    let wanted: Vec<u32> =
        (0_u32..).zip(&rule.groups).filter(|(_, it)| !it.excluded).map(|(at, _)| at).collect();
    let reach = WINDOW * wanted.len().saturating_sub(1);
    let found: Vec<&Hit> = hits.iter().filter(|it| !is_excluded(it)).collect();
    found.iter().enumerate().any(|(at, first)| {
        let stretch: Vec<&&Hit> =
            found.iter().skip(at).take_while(|it| it.start <= first.start + reach).collect();
        let end = stretch.iter().map(|it| it.end).max().unwrap_or(first.end);
        let around = first.start.saturating_sub(WINDOW)..end + WINDOW;
        wanted.iter().all(|group| stretch.iter().any(|it| it.group == *group))
            && !hits.iter().any(|it| is_excluded(it) && around.contains(&it.start))
    })
}

fn is_excluded(rule: &Rule, hit: &Hit) -> bool {
    rule.groups.get(hit.group as usize).is_none_or(|group| group.excluded)
}

fn begins_with(words: &[Word], phrase: &[RuleWord]) -> bool {
    words.iter().zip(phrase).all(|(word, wanted)| {
        if wanted.open { word.form.starts_with(&wanted.form) } else { word.form == wanted.form }
    })
}

/// Keys under which a word finds phrases: itself, and every beginning as an open word.
fn keys(form: &str) -> impl Iterator<Item = u64> {
    let ends = form.char_indices().map(|(at, c)| at + c.len_utf8());
    let beginnings = ends.filter_map(|end| form.get(..end)).map(|it| key(hash(it), true));
    std::iter::once(key(hash(form), false)).chain(beginnings)
}

fn key(hash: u64, open: bool) -> u64 {
    // The multiplication spreads the low bits, which pick the bucket, over the whole key.
    (hash ^ u64::from(open)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::corpus::RuleGroup;

    fn phrase(text: &str) -> Phrase {
        let word = |it: &str| {
            let form = it.trim_end_matches('*').to_owned();
            RuleWord { open: it.ends_with('*'), form }
        };
        text.split(' ').map(word).collect()
    }

    fn rule(text: &str) -> Rule {
        let group = |it: &str| RuleGroup {
            excluded: it.starts_with('!'),
            alternatives: it.trim_start_matches('!').split('|').map(phrase).collect(),
        };
        Rule { groups: text.split(" + ").map(group).collect() }
    }

    #[track_caller]
    fn check(text: &str, wanted: bool, message: &str) {
        let book = Rulebook::new(vec![(DangerClass::Gbv, rule(text))]);
        let found = !book.classes(&Analysis::of(message).words).is_empty();
        assert_eq!(found, wanted, "{text} in {message:?}");
    }

    #[test]
    fn the_evidence_is_the_words_a_rule_was_found_by() {
        let book = Rulebook::new(vec![(DangerClass::Gbv, rule("beat* + my wife|me + !film"))]);
        let words = Analysis::of("my husband beats me hard").words;
        assert_eq!(book.evidence(&words), [(DangerClass::Gbv, vec!["beats", "me"])]);
        assert!(book.evidence(&Analysis::of("he beats me in the film").words).is_empty());
    }

    #[test]
    fn every_group_must_occur_in_any_order() {
        check("beat* + me", true, "He BEATS me");
        check("me + beat*", true, "he beats me");
        check("beat* + me", false, "he beats her");
        check("beat", false, "he beats me");
    }

    #[test]
    fn words_of_an_alternative_stand_in_a_row() {
        check("my sister|my aunt", true, "my aunt cries");
        check("my sister", false, "my little sister");
        check("wont sto*", true, "it won't stop");
    }

    #[test]
    fn groups_stand_near_each_other() {
        check("beat* + me", true, "beats a b c d e f g me");
        check("beat* + me", false, "beats a b c d e f g h i me");
        // A later pair may be near though the first is not.
        check("beat* + me", true, "beats a b c d e f g h i me and beats me");
    }

    #[test]
    fn an_excluded_group_nearby_silences_a_rule() {
        check("beat* + me + !what if", false, "what if he beats me");
        check("beat* + me + !what if|how do", false, "he beats me, how do i stop it");
        check("beat* + me + !what if", true, "what if a b c d e f g h i he beats me");
    }

    #[test]
    fn classes_come_most_urgent_first_and_once() {
        let of = |class, text| (class, rule(text));
        let book = Rulebook::new(vec![
            of(DangerClass::UrgentTimed, "raped"),
            of(DangerClass::Gbv, "raped"),
            of(DangerClass::Gbv, "rap*"),
        ]);
        let classes = book.classes(&Analysis::of("she was raped").words);
        assert_eq!(classes, [DangerClass::Gbv, DangerClass::UrgentTimed]);
    }
}
