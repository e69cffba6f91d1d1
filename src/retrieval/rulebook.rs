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

/// A rule is doubted when of the texts that fulfil it more than one in so many is no danger. On the
/// development questions this spares half of the false alarms of rules and misses nothing more.
const DOUBTED_FROM: usize = 10;

/// All rules, ready to be matched. Rules, their groups, the phrases of these and their words are
/// each numbered through.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Rulebook {
    /// The class of each rule.
    classes: Vec<DangerClass>,
    /// For each rule whether too many of the texts that fulfil it are no danger.
    doubted: Vec<bool>,
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

/// The classes with a rule that a message fulfils.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Most urgent first, each once.
    pub classes: Vec<DangerClass>,
    /// Whether every one of these rules is doubted.
    pub doubted: bool,
}

/// A rule that a message fulfils.
#[derive(Debug, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// Its class.
    pub class: DangerClass,
    /// The words it was found by.
    pub words: Vec<&'a str>,
    /// Whether too many of the texts that fulfil it are no danger.
    pub doubted: bool,
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
            book.doubted.push(false);
            book.groups.push(number(book.excluded.len()));
        }
        book.begins = Places::of(begins);
        book
    }

    /// Doubts the rules that too many of the harmless texts fulfil beside the dangerous ones.
    pub(super) fn doubt<'a>(
        &mut self,
        dangerous: impl IntoIterator<Item = &'a Vec<Word>>,
        harmless: impl IntoIterator<Item = &'a Vec<Word>>,
    ) {
        let counts = self.counted(dangerous).into_iter().zip(self.counted(harmless));
        self.doubted = counts.map(|(hits, errors)| errors * DOUBTED_FROM > hits + errors).collect();
    }

    /// For each rule how many of the texts fulfil it.
    pub(super) fn counted<'a>(&self, texts: impl IntoIterator<Item = &'a Vec<Word>>) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for words in texts {
            self.fulfilled(words, |rule, _| {
                if let Some(count) = counts.get_mut(rule) {
                    *count += 1;
                }
            });
        }
        counts
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The classes with a rule that the message fulfils.
    #[must_use]
    pub fn found(&self, words: &[Word]) -> Found {
        let mut found = Found { classes: Vec::new(), doubted: true };
        self.fulfilled(words, |rule, _| {
            found.classes.extend(self.classes.get(rule));
            found.doubted &= self.is_doubted(rule);
        });
        found.classes.sort_unstable();
        found.classes.dedup();
        found
    }

    /// Whether the message fulfils a rule.
    #[must_use]
    pub fn finds(&self, words: &[Word]) -> bool {
        !self.found(words).classes.is_empty()
    }

    /// Every rule that the message fulfils.
    #[must_use]
    pub fn evidence<'a>(&self, words: &'a [Word]) -> Vec<Evidence<'a>> {
        let mut evidence = Vec::new();
        self.fulfilled(words, |rule, hits| {
            let is_found = |at: usize| {
                hits.iter().any(|it| !self.is_excluded(it) && (it.start..it.end).contains(&at))
            };
            let found = words.iter().enumerate().filter(|(at, _)| is_found(*at));
            let words: Vec<&str> = found.map(|(_, word)| word.form.as_str()).collect();
            let class = self.classes.get(rule).copied();
            evidence.extend(class.map(|class| Evidence {
                class,
                words,
                doubted: self.is_doubted(rule),
            }));
        });
        evidence
    }

    fn is_doubted(&self, rule: usize) -> bool {
        self.doubted.get(rule).copied().unwrap_or(false)
    }

    /// Calls with the place of each rule that is fulfilled and what of it was found.
    fn fulfilled(&self, words: &[Word], mut each: impl FnMut(usize, &[Hit])) {
        let mut hits = self.hits(words);
        hits.sort_unstable();
        for hits in hits.chunk_by(|a, b| a.rule == b.rule) {
            if let Some(first) = hits.first().filter(|_| self.fulfils(hits)) {
                each(first.rule, hits);
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

    fn book(rules: &[(DangerClass, &str)]) -> Rulebook {
        let rules: Vec<(DangerClass, Rule)> =
            rules.iter().map(|(class, text)| (*class, rule(text))).collect();
        Rulebook::new(&rules.iter().map(|(class, rule)| (*class, rule)).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(text: &str, wanted: bool, message: &str) {
        let found = book(&[(DangerClass::Gbv, text)]).finds(&Analysis::of(message).words);
        assert_eq!(found, wanted, "{text} in {message:?}");
    }

    #[test]
    fn the_evidence_is_the_words_a_rule_was_found_by() {
        let book = book(&[(DangerClass::Gbv, "beat* + my wife|me + !film")]);
        let words = Analysis::of("my husband beats me hard").words;
        let wanted =
            Evidence { class: DangerClass::Gbv, words: vec!["beats", "me"], doubted: false };
        assert_eq!(book.evidence(&words), [wanted]);
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
        let book = book(&[
            (DangerClass::UrgentTimed, "raped"),
            (DangerClass::Gbv, "raped"),
            (DangerClass::Gbv, "rap*"),
        ]);
        let classes = book.found(&Analysis::of("she was raped").words).classes;
        assert_eq!(classes, [DangerClass::Gbv, DangerClass::UrgentTimed]);
    }

    #[test]
    fn a_rule_that_harmless_texts_fulfil_is_doubted_until_another_is_fulfilled_too() {
        let words = |text: &str| Analysis::of(text).words;
        let mut book = book(&[(DangerClass::Gbv, "beat*"), (DangerClass::Gbv, "beats + me")]);
        let harmless = [words("we beat them at football")];
        let doubted = |book: &Rulebook, text: &str| book.found(&words(text)).doubted;
        book.doubt(&vec![words("he beats her"); 8], &harmless);
        assert!(doubted(&book, "he beats her"));
        assert!(!doubted(&book, "he beats me"));
        book.doubt(&vec![words("he beats her"); 9], &harmless);
        assert!(!doubted(&book, "he beats her"));
    }
}
