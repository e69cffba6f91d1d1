//! Languages that no profile knows, named by whatlang where it is sure.
//!
//! Without it a German question would count as English, whose profile resembles it most.

use whatlang::Lang as Named;

use super::Lang;
use super::tokenize::Word;

/// Fewer letters say too little for trigrams.
const MIN_LETTERS: usize = 20;
/// Below this another language is as likely.
const MIN_CONFIDENCE: f64 = 0.5;

/// The languages, by their tag; those with a script of their own are known without this.
const LANGUAGES: [(Named, &str); 22] = [
    (Named::Aze, "az"),
    (Named::Cat, "ca"),
    (Named::Ces, "cs"),
    (Named::Dan, "da"),
    (Named::Deu, "de"),
    (Named::Est, "et"),
    (Named::Fin, "fi"),
    (Named::Hrv, "hr"),
    (Named::Hun, "hu"),
    (Named::Ita, "it"),
    (Named::Lit, "lt"),
    (Named::Lav, "lv"),
    (Named::Nld, "nl"),
    (Named::Nob, "nb"),
    (Named::Pol, "pl"),
    (Named::Ron, "ro"),
    (Named::Slk, "sk"),
    (Named::Slv, "sl"),
    (Named::Swe, "sv"),
    (Named::Tur, "tr"),
    (Named::Uzb, "uz"),
    (Named::Vie, "vi"),
];

/// The language a text is in, if whatlang is sure that it is one of these, and how sure.
pub(super) fn named(words: &[Word]) -> Option<(Lang, f64)> {
    let text = words.iter().map(|it| it.lower.as_str()).collect::<Vec<_>>().join(" ");
    if text.chars().filter(|it| it.is_alphabetic()).take(MIN_LETTERS).count() < MIN_LETTERS {
        return None;
    }
    let info = whatlang::detect(&text).filter(|it| it.confidence() >= MIN_CONFIDENCE)?;
    let (_, tag) = LANGUAGES.iter().find(|it| it.0 == info.lang())?;
    Lang::parse(tag).ok().map(|lang| (lang, info.confidence()))
}
