//! Concepts: what the lexicon knows words to mean.

use serde::{Deserialize, Serialize};

use super::flat;
use super::keys::Keys;
use super::numbers::Numbers;
use crate::analysis::identify::hash;
use crate::analysis::{Lang, Word};
use crate::corpus::Lexicon;

/// Most words of a form.
const LONGEST: usize = 4;

/// The forms of the lexicon, ready to be found by the hashes of their words.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Concepts {
    /// Names of the concepts.
    names: Vec<String>,
    /// Languages of forms.
    languages: Vec<Lang>,
    /// The forms, by hash.
    forms: Hashes,
    /// The language of each form, or the number of languages for a brand: it is understood in all.
    understood: Numbers,
    /// The concept of each form.
    meant: Numbers,
    /// Single words of forms.
    words: Hashes,
}

/// Hashes in rising order, whole: what is found is not compared.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Hashes {
    upper: Keys,
    #[serde(with = "flat::u32s")]
    lower: Vec<u32>,
}

impl Hashes {
    /// Takes rising hashes, some of which may be equal.
    fn rising(hashes: &[u64]) -> Self {
        let part = |it: u64| u32::try_from(it & u64::from(u32::MAX)).unwrap_or(0);
        Self {
            upper: Keys::rising(hashes.iter().map(|it| part(it >> 32)).collect()),
            lower: hashes.iter().map(|it| part(*it)).collect(),
        }
    }

    /// The places of a hash.
    fn all(&self, hash: u64) -> impl Iterator<Item = usize> {
        let whole = move |at: &usize| {
            self.lower.get(*at).is_some_and(|it| u64::from(*it) == hash & u64::from(u32::MAX))
        };
        self.upper.all(u32::try_from(hash >> 32).unwrap_or(0)).filter(whole)
    }
}

impl Concepts {
    /// Prepares a lexicon.
    #[must_use]
    pub fn new(lexicon: &Lexicon) -> Self {
        let mut languages: Vec<Lang> = lexicon.forms.iter().map(|it| it.lang.clone()).collect();
        languages.sort_unstable();
        languages.dedup();
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let understood = |lang: &Lang, is_brand: bool| {
            let place = languages.binary_search(lang).ok().filter(|_| !is_brand);
            number(place.unwrap_or(languages.len()))
        };
        let mut forms: Vec<(u64, u32, u32)> = lexicon
            .forms
            .iter()
            .map(|it| (hash(&it.plain), understood(&it.lang, it.is_brand), it.concept))
            .collect();
        forms.sort_unstable();
        forms.dedup();
        let mut words: Vec<u64> =
            lexicon.forms.iter().flat_map(|it| it.plain.split(' ').map(hash)).collect();
        words.sort_unstable();
        words.dedup();
        let hashes: Vec<u64> = forms.iter().map(|it| it.0).collect();
        let highest = forms.iter().map(|it| it.2).max().unwrap_or(0);
        Self {
            names: lexicon.concepts.clone(),
            forms: Hashes::rising(&hashes),
            understood: Numbers::of(forms.iter().map(|it| it.1).collect(), languages.len() + 1),
            meant: Numbers::of(forms.iter().map(|it| it.2).collect(), highest as usize + 1),
            words: Hashes::rising(&words),
            languages,
        }
    }

    /// The name of a concept.
    #[must_use]
    pub fn name(&self, concept: u32) -> Option<&str> {
        self.names.get(concept as usize).map(String::as_str)
    }

    /// Whether a word stands in any form.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        self.words.all(hash(word)).next().is_some()
    }

    /// The concepts named by words, in their order; the longest form wins, words are used once.
    ///
    /// A form counts when its language is `likely`, or when it is a brand.
    #[must_use]
    pub fn find(&self, words: &[Word], likely: impl Fn(&Lang) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        if self.meant.len() == 0 {
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
        let is_understood = |at: usize| {
            let lang = self.understood.get(at).and_then(|it| self.languages.get(it as usize));
            lang.is_none_or(&likely)
        };
        let places = self.forms.all(hash(plain)).filter(|at| is_understood(*at));
        let mut concepts: Vec<u32> = places.filter_map(|at| self.meant.get(at)).collect();
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
