//! The rulebook: the rules of all red flags in all languages, held against a message at once.
//!
//! Every word of the message is looked up once, with each of its beginnings, so the cost hardly
//! grows with the number of rules.

use serde::{Deserialize, Serialize};

use super::ends::Ends;
use super::places::{Places, half};
use super::pool::Pool;
use crate::analysis::Word;
use crate::analysis::identify::hash;
use crate::corpus::{DangerClass, RedFlag, Rule};

/// Words from the beginning of one match to the beginning of the next, at most.
const WINDOW: usize = 8;

/// All rules, ready to be matched. Rules, their groups, the phrases of these and their words are
/// each numbered through.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rulebook {
    /// The class of each rule.
    classes: Vec<DangerClass>,
    /// Where the groups of each rule end.
    groups: Ends,
    /// Whether none of a group's phrases may occur.
    excluded: Vec<bool>,
    /// Where the phrases of each group end.
    phrases: Ends,
    /// Where the words of each phrase end.
    words: Ends,
    /// The words: twice the place of the form, and one more where any ending may follow.
    forms: Vec<u32>,
    /// The forms in rising order.
    pool: Pool,
    /// Key of a first word → the phrases that begin with it.
    begins: Places,
}

/// A phrase found in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    rule: usize,
    start: usize,
    end: usize,
    group: usize,
}

impl Rulebook {
    /// The rules of some red flags.
    #[must_use]
    pub fn of(flags: &[RedFlag]) -> Self {
        let rules = flags.iter().flat_map(|it| it.rules.iter().map(|rule| (it.class, rule)));
        Self::new(&rules.collect::<Vec<_>>())
    }

    fn new(rules: &[(DangerClass, &Rule)]) -> Self {
        let groups = || rules.iter().flat_map(|it| &it.1.groups);
        let words = || groups().flat_map(|it| it.alternatives.iter().flatten());
        let mut forms: Vec<&str> = words().map(|it| it.form.as_str()).collect();
        forms.sort_unstable();
        forms.dedup();
        let mut book = Self::default();
        forms.iter().for_each(|it| book.pool.push(it));
        let mut begins = Vec::new();
        for (class, rule) in rules {
            for group in &rule.groups {
                for phrase in group.alternatives.iter().filter(|it| !it.is_empty()) {
                    let place = number(book.words.len());
                    let first = phrase.first();
                    begins.extend(first.map(|it| (half(key(hash(&it.form), it.open)), place)));
                    let word = |form: &str, open: bool| {
                        2 * number(forms.partition_point(|it| *it < form)) + u32::from(open)
                    };
                    book.forms.extend(phrase.iter().map(|it| word(&it.form, it.open)));
                    book.words.push(number(book.forms.len()));
                }
                book.excluded.push(group.excluded);
                book.phrases.push(number(book.words.len()));
            }
            book.classes.push(*class);
            book.groups.push(number(book.excluded.len()));
        }
        book.begins = Places::of(begins);
        book
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The classes with a rule that the message fulfils, most urgent first, each once.
    #[must_use]
    pub fn classes(&self, words: &[Word]) -> Vec<DangerClass> {
        let mut classes = Vec::new();
        self.fulfilled(words, |class, _| classes.push(class));
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// Every rule that the message fulfils: its class and the words it was found by.
    #[must_use]
    pub fn evidence<'a>(&self, words: &'a [Word]) -> Vec<(DangerClass, Vec<&'a str>)> {
        let mut evidence = Vec::new();
        self.fulfilled(words, |class, hits| {
            let is_found = |at: usize| {
                hits.iter().any(|it| !self.is_excluded(it) && (it.start..it.end).contains(&at))
            };
            let found = words.iter().enumerate().filter(|(at, _)| is_found(*at));
            evidence.push((class, found.map(|(_, word)| word.form.as_str()).collect()));
        });
        evidence
    }

    fn fulfilled(&self, words: &[Word], mut each: impl FnMut(DangerClass, &[Hit])) {
        let mut hits = self.hits(words);
        hits.sort_unstable();
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            let class = hits.first().and_then(|it| self.classes.get(it.rule));
            if let Some(class) = class.filter(|_| self.fulfils(hits)) {
                each(*class, hits);
            }
        }
    }

    fn hits(&self, words: &[Word]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (start, word) in words.iter().enumerate() {
            for key in keys(&word.form) {
                for phrase in self.begins.get(key) {
                    let range = self.words.range(phrase as usize);
                    let end = start + range.len();
                    let wanted = self.forms.get(range).unwrap_or_default();
                    if words.get(start..end).is_some_and(|it| self.begins_with(it, wanted)) {
                        let group = self.phrases.list_of(phrase);
                        let rule = self.groups.list_of(number(group));
                        hits.push(Hit { rule, start, end, group });
                    }
                }
            }
        }
        hits
    }

    fn begins_with(&self, words: &[Word], phrase: &[u32]) -> bool {
        words.iter().zip(phrase).all(|(word, wanted)| {
            let is_open = wanted & 1 == 1;
            self.pool
                .get(wanted >> 1)
                .is_some_and(|it| if is_open { word.form.starts_with(it) } else { word.form == it })
        })
    }

    /// Whether one stretch of the message has every wanted group of the rule that was hit and,
    /// around it, no excluded one.
    fn fulfils(&self, hits: &[Hit]) -> bool {
        let groups = hits.first().map_or(0..0, |it| self.groups.range(it.rule));
        let is_wanted = |group: &usize| self.excluded.get(*group) == Some(&false);
        let wanted: Vec<usize> = groups.filter(is_wanted).collect();
        let reach = WINDOW * wanted.len().saturating_sub(1);
        let found: Vec<&Hit> = hits.iter().filter(|it| !self.is_excluded(it)).collect();
        found.iter().enumerate().any(|(at, first)| {
            let stretch: Vec<&&Hit> =
                found.iter().skip(at).take_while(|it| it.start <= first.start + reach).collect();
            let end = stretch.iter().map(|it| it.end).max().unwrap_or(first.end);
            let around = first.start.saturating_sub(WINDOW)..end + WINDOW;
            wanted.iter().all(|group| stretch.iter().any(|it| it.group == *group))
                && !hits.iter().any(|it| self.is_excluded(it) && around.contains(&it.start))
        })
    }

    fn is_excluded(&self, hit: &Hit) -> bool {
        self.excluded.get(hit.group).copied().unwrap_or(true)
    }
}

/// Keys under which a word finds phrases: itself, and every beginning as an open word.
fn keys(form: &str) -> impl Iterator<Item = u64> {
    let ends = form.char_indices().map(|(at, c)| at + c.len_utf8());
    let beginnings = ends.filter_map(|end| form.get(..end)).map(|it| key(hash(it), true));
    std::iter::once(key(hash(form), false)).chain(beginnings)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn key(hash: u64, open: bool) -> u64 {
    // The multiplication spreads the low bits, which pick the bucket, over the whole key.
    (hash ^ u64::from(open)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::corpus::{Phrase, RuleGroup, RuleWord};

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
        let book = Rulebook::new(&[(DangerClass::Gbv, &rule(text))]);
        let found = !book.classes(&Analysis::of(message).words).is_empty();
        assert_eq!(found, wanted, "{text} in {message:?}");
    }

    #[test]
    fn the_evidence_is_the_words_a_rule_was_found_by() {
        let book = Rulebook::new(&[(DangerClass::Gbv, &rule("beat* + my wife|me + !film"))]);
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
        let [raped, open] = ["raped", "rap*"].map(rule);
        let book = Rulebook::new(&[
            (DangerClass::UrgentTimed, &raped),
            (DangerClass::Gbv, &raped),
            (DangerClass::Gbv, &open),
        ]);
        let classes = book.classes(&Analysis::of("she was raped").words);
        assert_eq!(classes, [DangerClass::Gbv, DangerClass::UrgentTimed]);
    }
}
