//! Concepts: what the lexicon knows words to mean.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::analysis::identify::hash;
use crate::analysis::{Lang, Word};
use crate::corpus::Lexicon;

/// Most words of a form.
const LONGEST: usize = 4;

/// The forms of the lexicon, ready to be found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Lexicon", into = "Lexicon")]
pub struct Concepts {
    lexicon: Lexicon,
    /// Places of the forms with the same words.
    forms: HashMap<u64, Vec<u32>, Identity>,
    /// Single words of forms.
    words: HashMap<u64, (), Identity>,
}

impl From<Lexicon> for Concepts {
    fn from(lexicon: Lexicon) -> Self {
        Self::new(&lexicon)
    }
}

impl From<Concepts> for Lexicon {
    fn from(concepts: Concepts) -> Self {
        concepts.lexicon
    }
}

impl Concepts {
    /// Prepares a lexicon.
    #[must_use]
    pub fn new(lexicon: &Lexicon) -> Self {
        let mut concepts = Self { lexicon: lexicon.clone(), ..Self::default() };
        for (at, form) in (0_u32..).zip(&lexicon.forms) {
            concepts.forms.entry(hash(&form.plain)).or_default().push(at);
            for word in form.plain.split(' ') {
                concepts.words.insert(hash(word), ());
            }
        }
        concepts
    }

    /// The name of a concept.
    #[must_use]
    pub fn name(&self, concept: u32) -> Option<&str> {
        self.lexicon.concept(concept)
    }

    /// Whether a word stands in any form.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.words.contains_key(&hash(word))
    }

    /// The concepts named by words, in their order; the longest form wins, words are used once.
    ///
    /// A form counts when its language is `likely`, or when it is a brand.
    #[must_use]
    pub fn find(&self, words: &[Word], likely: impl Fn(&Lang) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        if self.forms.is_empty() {
            return found;
        }
        let mut at = 0;
        while at < words.len() {
            let longest = (1..=LONGEST.min(words.len() - at)).rev().find_map(|n| {
                let plain: Vec<&str> =
                    words.iter().skip(at).take(n).map(|it| it.form.as_str()).collect();
                let concepts = self.named(&plain.join(" "), &likely);
                (!concepts.is_empty()).then_some((n, concepts))
            });
            match longest {
                Some((n, concepts)) => {
                    found.extend(concepts);
                    at += n;
                }
                None => at += 1,
            }
        }
        found
    }

    fn named(&self, plain: &str, likely: impl Fn(&Lang) -> bool) -> Vec<u32> {
        let places = self.forms.get(&hash(plain)).map_or(&[][..], Vec::as_slice);
        let mut concepts: Vec<u32> = places
            .iter()
            .filter_map(|at| self.lexicon.forms.get(*at as usize))
            .filter(|form| form.is_brand || likely(&form.lang))
            .map(|form| form.concept)
            .collect();
        concepts.sort_unstable();
        concepts.dedup();
        concepts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::corpus::LexiconForm;

    #[test]
    fn the_longest_form_of_a_likely_language_is_found() {
        let sw = Lang::parse("sw").unwrap();
        let en = Lang::parse("en").unwrap();
        let form = |lang: &Lang, plain: &str, concept, is_brand| LexiconForm {
            lang: lang.clone(),
            plain: plain.to_owned(),
            concept,
            is_brand,
        };
        let forms = vec![
            form(&sw, "sindano", 0, false),
            form(&sw, "kidonge cha dharura", 1, false),
            form(&sw, "kidonge", 2, false),
            form(&en, "depo", 0, true),
        ];
        let concepts = Concepts::new(&Lexicon { concepts: vec![], forms });
        let find = |text: &str| concepts.find(&Analysis::of(text).words, |lang| *lang == sw);
        assert_eq!(find("nimemeza kidonge cha dharura leo"), [1]);
        assert_eq!(find("Depo au kidonge"), [0, 2]);
        assert!(concepts.find(&Analysis::of("sindano").words, |_| false).is_empty());
    }
}
