//! Stems: one crate per language, in corpus and question alike.
//!
//! `rust-stemmers` serves the languages it knows, except Greek, on which it panics for some
//! inputs; `frostem` serves Greek, Hindi, Indonesian, Nepali, Persian, Polish and Sesotho.
//! A language without a stemmer (Swahili, Hausa, Amharic, Yoruba …) keeps its words whole: the
//! character n-grams carry its inflection.

use super::normalize;
use super::{Lang, Word};

/// The stem of a word in `lang`, normalised like every form.
///
/// Stemmers expect accents, which the normal form no longer has, so they see the lower-cased
/// original spelling and their output is normalised afterwards.
#[must_use]
pub fn stem(word: &Word, lang: &Lang) -> String {
    match Stemmer::of(lang) {
        Some(stemmer) if !word.form.bytes().any(|b| b.is_ascii_digit()) => {
            let stem = normalize::word(&stemmer.apply(&word.lower));
            if stem.is_empty() { word.form.clone() } else { stem }
        }
        _ => word.form.clone(),
    }
}

enum Stemmer {
    Rust(rust_stemmers::Algorithm),
    Frostem(frostem::Algorithm),
}

impl Stemmer {
    fn of(lang: &Lang) -> Option<Self> {
        use frostem::Algorithm as F;
        use rust_stemmers::Algorithm as R;
        if lang.script_subtag() == Some("Latn") && !is_latin(lang.primary()) {
            return None;
        }
        Some(match lang.primary() {
            "ar" => Self::Rust(R::Arabic),
            "da" => Self::Rust(R::Danish),
            "de" => Self::Rust(R::German),
            "en" => Self::Rust(R::English),
            "es" => Self::Rust(R::Spanish),
            "fi" => Self::Rust(R::Finnish),
            "fr" => Self::Rust(R::French),
            "hu" => Self::Rust(R::Hungarian),
            "it" => Self::Rust(R::Italian),
            "nb" | "nn" | "no" => Self::Rust(R::Norwegian),
            "nl" => Self::Rust(R::Dutch),
            "pt" => Self::Rust(R::Portuguese),
            "ro" => Self::Rust(R::Romanian),
            "ru" => Self::Rust(R::Russian),
            "sv" => Self::Rust(R::Swedish),
            "ta" => Self::Rust(R::Tamil),
            "tr" => Self::Rust(R::Turkish),
            "el" => Self::Frostem(F::Greek),
            "fa" => Self::Frostem(F::Persian),
            "hi" => Self::Frostem(F::Hindi),
            "id" | "ms" => Self::Frostem(F::Indonesian),
            "ne" => Self::Frostem(F::Nepali),
            "pl" => Self::Frostem(F::Polish),
            "st" => Self::Frostem(F::Sesotho),
            _ => return None,
        })
    }

    fn apply(&self, lower: &str) -> String {
        match self {
            Self::Rust(algorithm) => {
                rust_stemmers::Stemmer::create(*algorithm).stem(lower).into_owned()
            }
            Self::Frostem(algorithm) => frostem::Stemmer::new(*algorithm).stem(lower).into_owned(),
        }
    }
}

/// Whether the stemmer of this language works on Latin letters.
fn is_latin(primary: &str) -> bool {
    !matches!(primary, "ar" | "el" | "fa" | "hi" | "ne" | "ru" | "ta")
}

#[cfg(test)]
mod tests {
    use super::super::Analysis;
    use super::*;

    #[track_caller]
    fn check(lang: &str, text: &str, wanted: &[&str]) {
        assert_eq!(Analysis::of(text).stems(&Lang::parse(lang).unwrap()), wanted, "{text}");
    }

    #[test]
    fn inflected_words_share_a_stem() {
        check("en", "pills forgotten injection", &["pill", "forgotten", "inject"]);
        check("fr", "pilules oubliées", &["pilul", "oubli"]);
        check("hi", "गोली गोलियाँ", &["गोल", "गोल"]);
        check("id", "kehamilan", &["hamil"]);
    }

    #[test]
    fn a_language_without_stemmer_keeps_its_words() {
        check("sw", "Nimesahau kumeza", &["nimesahau", "kumeza"]);
        check("hi-Latn", "goli bhool gayi", &["goli", "bhool", "gayi"]);
    }

    #[test]
    fn the_greek_word_that_breaks_one_crate_is_served_by_the_other() {
        assert_eq!(Analysis::of("ισαισα").stems(&Lang::parse("el").unwrap()).len(), 1);
    }
}
