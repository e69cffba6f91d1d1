//! Reading ease of answers, where a formula was published for the language.
//!
//! Each formula gives about 100 for what a child reads and below 30 for what takes a degree; 60 and
//! more is plain language. Syllables are counted as groups of vowels, which is close in Spanish and
//! Portuguese and rough in English and French: good for comparing answers of one language, not for
//! comparing languages. For Swahili, Hausa, Hindi and Arabic no formula is known that counts so.
//!
//! Sources: English: R. Flesch, A new readability yardstick, Journal of Applied Psychology 32, 1948.
//! French: L. Kandel and A. Moles, Application de l'indice de Flesch à la langue française, 1958.
//! Spanish: J. Fernández Huerta, Medidas sencillas de lecturabilidad, Consigna 214, 1959. Portuguese:
//! T. Martins et al., Readability formulas applied to textbooks in Brazilian Portuguese, 1996.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::analysis::{Analysis, Lang};
use crate::corpus::{Corpus, EntryId};

/// Below this an answer is hard for most readers.
pub const HARD_BELOW: f64 = 50.0;

/// The reading ease of the answers of one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The language.
    pub lang: Lang,
    /// The formula.
    pub formula: &'static str,
    /// The ease of the answer in the middle.
    pub median: f64,
    /// Answers below [`HARD_BELOW`], hardest first.
    pub hard: Vec<(EntryId, f64)>,
}

/// A formula: a constant, less so much a word of a sentence, less so much a syllable of a word.
struct Formula {
    lang: &'static str,
    name: &'static str,
    constant: f64,
    words: f64,
    syllables: f64,
    /// Whether a final e is silent.
    silent_e: bool,
}

const FORMULAS: &[Formula] = &[
    Formula {
        lang: "en",
        name: "Flesch",
        constant: 206.835,
        words: 1.015,
        syllables: 84.6,
        silent_e: true,
    },
    Formula {
        lang: "fr",
        name: "Kandel-Moles",
        constant: 207.0,
        words: 1.015,
        syllables: 73.6,
        silent_e: true,
    },
    Formula {
        lang: "es",
        name: "Fernández Huerta",
        constant: 206.84,
        words: 1.02,
        syllables: 60.0,
        silent_e: false,
    },
    Formula {
        lang: "pt",
        name: "Martins",
        constant: 248.835,
        words: 1.015,
        syllables: 84.6,
        silent_e: false,
    },
];

/// Measures every language with a formula.
#[must_use]
pub fn of(corpus: &Corpus) -> Vec<Level> {
    corpus.settings.languages.iter().filter_map(|lang| of_language(corpus, lang)).collect()
}

fn of_language(corpus: &Corpus, lang: &Lang) -> Option<Level> {
    let formula = FORMULAS.iter().find(|it| it.lang == lang.primary())?;
    let mut eases: Vec<(EntryId, f64)> = corpus
        .entries
        .iter()
        .filter_map(|it| Some((it.id.clone(), ease(&it.texts.get(lang)?.answer, formula)?)))
        .collect();
    eases.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    let median = eases.get(eases.len() / 2)?.1;
    eases.retain(|(_, ease)| *ease < HARD_BELOW);
    Some(Level { lang: lang.clone(), formula: formula.name, median, hard: eases })
}

/// The ease of a text; `None` when it has no words. A line ends a sentence too: lists have no stops.
fn ease(text: &str, formula: &Formula) -> Option<f64> {
    let sentences = text.lines().flat_map(str::unicode_sentences);
    let (mut n_sentences, mut n_words, mut n_syllables) = (0_u32, 0_u32, 0_u32);
    for sentence in sentences {
        let words: Vec<&str> =
            sentence.unicode_words().filter(|it| it.chars().any(char::is_alphabetic)).collect();
        n_sentences += u32::from(!words.is_empty());
        n_words += u32::try_from(words.len()).ok()?;
        n_syllables += words.iter().map(|it| syllables(it, formula.silent_e)).sum::<u32>();
    }
    if n_words == 0 {
        return None;
    }
    let (sentences, words) = (f64::from(n_sentences), f64::from(n_words));
    let a_sentence = words / sentences;
    let a_word = f64::from(n_syllables) / words;
    Some(formula.constant - formula.words * a_sentence - formula.syllables * a_word)
}

/// Groups of vowels, at least one a word.
fn syllables(word: &str, silent_e: bool) -> u32 {
    let plain = Analysis::of(word).plain();
    let mut groups = 0;
    let mut inside = false;
    for c in plain.chars() {
        let vowel = matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        groups += u32::from(vowel && !inside);
        inside = vowel;
    }
    let mute = silent_e && !plain.ends_with("ee") && plain.ends_with('e') && !plain.ends_with("le");
    (groups - u32::from(mute && groups > 1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_groups_of_vowels() {
        let counted = ["pill", "tomorrow", "días", "não", "útero", "5"];
        assert_eq!(counted.map(|it| syllables(it, false)), [1, 3, 1, 1, 3, 1]);
        assert_eq!(["take", "table", "knee"].map(|it| syllables(it, true)), [1, 2, 1]);
    }

    #[test]
    fn the_formula_of_flesch_gives_what_a_pencil_gives() {
        // Two sentences, eight words, ten syllables.
        let flesch = &FORMULAS[0];
        let ease = ease("Take one pill now.\nThen go on tomorrow.", flesch).unwrap();
        let by_hand = 206.835 - 1.015 * 4.0 - 84.6 * 10.0 / 8.0;
        assert!((ease - by_hand).abs() < 1e-9, "{ease} {by_hand}");
        assert!(super::ease("5 – 10", flesch).is_none());
    }
}
