//! Normalisation: every spelling of a word becomes one form. The only place where text is altered.
//!
//! [`STEPS`] is the whole list, in order. Each step maps characters to characters and is tested
//! alone below; none depends on the language, so a question needs no language to be normalised.
//! What is shown to people is never normalised.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// One step: its name and what it does to a sequence of characters.
pub type Step = (&'static str, fn(Vec<char>) -> Vec<char>);

/// The steps in the order in which they are applied.
pub const STEPS: &[Step] = &[
    ("decompose", decompose),
    ("fold case", fold_case),
    ("drop controls", drop_controls),
    // Before the marks: what follows a leading apostrophe has no base.
    ("drop apostrophes", drop_apostrophes),
    ("drop marks", drop_marks),
    ("fold Latin letters", fold_latin),
    ("fold Arabic letters", fold_arabic),
    ("fold Ethiopic homophones", fold_ethiopic),
    ("fold Indic letters", fold_indic),
    ("fold kana", fold_kana),
    ("fold digits", fold_digits),
    ("cap repeated letters", cap_repeats),
    ("recompose", recompose),
];

/// The one form of a word. Idempotent; may be empty when nothing of the word can be matched.
#[must_use]
pub fn word(text: &str) -> String {
    if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let lower = text.bytes().map(|b| char::from(b.to_ascii_lowercase())).collect();
        return cap_repeats(lower).into_iter().collect();
    }
    let mut chars: Vec<char> = text.chars().collect();
    for (_, step) in STEPS {
        chars = step(chars);
    }
    chars.into_iter().collect()
}

/// Compatibility decomposition (NFKD): widths and ligatures are undone, marks stand alone.
fn decompose(chars: Vec<char>) -> Vec<char> {
    chars.into_iter().nfkd().collect()
}

/// Lower case, with ß, dotless ı and final ς brought to their plain letters.
fn fold_case(chars: Vec<char>) -> Vec<char> {
    let mut folded = Vec::with_capacity(chars.len());
    for c in chars {
        match c {
            'ß' | 'ẞ' => folded.extend(['s', 's']),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Zero-width and bidirectional controls, soft hyphens, variation selectors, tatweel.
fn drop_controls(mut chars: Vec<char>) -> Vec<char> {
    chars.retain(|&c| {
        let control = matches!(
            c.general_category(),
            GeneralCategory::Format | GeneralCategory::Control | GeneralCategory::Unassigned
        );
        !control && c != '\u{640}' && !('\u{FE00}'..='\u{FE0F}').contains(&c)
    });
    chars
}

/// Accents, tones, vowel points and nukta; not the vowel signs that carry the word.
///
/// A mark is kept when its script needs it: the dependent vowels of Indic and South-East Asian
/// scripts and the voicing marks of kana. A combining character at the start has no base: dropped.
fn drop_marks(mut chars: Vec<char>) -> Vec<char> {
    let mut at_start = true;
    chars.retain(|&c| {
        let keep = !is_mark(c) || (!at_start && is_needed_mark(c));
        at_start &= !keep;
        keep
    });
    chars
}

fn is_mark(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark
            | GeneralCategory::EnclosingMark
            | GeneralCategory::SpacingMark
    )
}

fn is_needed_mark(c: char) -> bool {
    const NUKTAS: &[char] =
        &['\u{93C}', '\u{9BC}', '\u{A3C}', '\u{ABC}', '\u{B3C}', '\u{CBC}', '\u{1133C}'];
    let dropped_script = matches!(
        c.script(),
        Script::Inherited
            | Script::Common
            | Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Arabic
            | Script::Hebrew
            | Script::Ethiopic
            | Script::Syriac
    );
    matches!(c, '\u{3099}' | '\u{309A}') || (!dropped_script && !NUKTAS.contains(&c))
}

/// Letters with hooks, strokes and the open vowels of African alphabets, as people type them.
fn fold_latin(chars: Vec<char>) -> Vec<char> {
    let mut folded = Vec::with_capacity(chars.len());
    for c in chars {
        match c {
            'æ' => folded.extend(['a', 'e']),
            'œ' => folded.extend(['o', 'e']),
            'þ' => folded.extend(['t', 'h']),
            _ => folded.push(plain_latin(c)),
        }
    }
    folded
}

fn plain_latin(c: char) -> char {
    match c {
        'ɓ' => 'b',
        'ɖ' | 'ɗ' | 'đ' | 'ð' => 'd',
        'ɛ' | 'ǝ' | 'ə' => 'e',
        'ƒ' => 'f',
        'ɣ' => 'g',
        'ħ' => 'h',
        'ɩ' | 'ɨ' => 'i',
        'ƙ' | 'ĸ' => 'k',
        'ł' => 'l',
        'ɲ' | 'ŋ' => 'n',
        'ɔ' | 'ø' => 'o',
        'ŧ' | 'ƭ' => 't',
        'ʋ' => 'v',
        'ƴ' => 'y',
        'ʒ' | 'ƶ' => 'z',
        _ => c,
    }
}

/// Alef, ya, ta marbuta, kaf and ha in all their Arabic, Persian and Urdu forms; hamza is dropped.
fn fold_arabic(chars: Vec<char>) -> Vec<char> {
    let fold = |c| match c {
        'ٱ' | 'ٲ' | 'ٳ' => 'ا',
        'ى' | 'ی' | 'ې' | 'ے' | 'ۍ' => 'ي',
        'ة' | 'ہ' | 'ھ' | 'ۃ' | 'ە' => 'ه',
        'ک' | 'ڪ' => 'ك',
        'ں' => 'ن',
        _ => c,
    };
    chars.into_iter().filter(|&c| c != 'ء').map(fold).collect()
}

/// Ethiopic letters of one sound: ሐ ኀ ኸ are ሀ, ሠ is ሰ, ዐ is አ, ፀ is ጸ; ሃ is ሀ and ኣ is አ.
fn fold_ethiopic(chars: Vec<char>) -> Vec<char> {
    const SERIES: &[(u32, u32)] = &[
        (0x1210, 0x1200),
        (0x1280, 0x1200),
        (0x12B8, 0x1200),
        (0x1220, 0x1230),
        (0x12D0, 0x12A0),
        (0x1340, 0x1338),
    ];
    let fold = |c: char| {
        let code = u32::from(c);
        let folded = SERIES
            .iter()
            .find(|(from, _)| (*from..from + 7).contains(&code))
            .map_or(code, |(from, to)| code - from + to);
        match char::from_u32(folded).unwrap_or(c) {
            'ሃ' => 'ሀ',
            'ኣ' => 'አ',
            other => other,
        }
    };
    chars.into_iter().map(fold).collect()
}

/// Candrabindu is written as anusvara, Bengali ৎ as ত; joiners have gone with the controls.
fn fold_indic(chars: Vec<char>) -> Vec<char> {
    let fold = |c| match c {
        '\u{901}' => '\u{902}',
        '\u{981}' => '\u{982}',
        'ৎ' => 'ত',
        _ => c,
    };
    chars.into_iter().map(fold).collect()
}

/// Katakana becomes hiragana.
fn fold_kana(chars: Vec<char>) -> Vec<char> {
    let fold = |c: char| match c {
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    };
    chars.into_iter().map(fold).collect()
}

/// Decimal digits of every script become 0 to 9.
fn fold_digits(chars: Vec<char>) -> Vec<char> {
    chars.into_iter().map(|c| digit(c).unwrap_or(c)).collect()
}

/// The ASCII digit of a decimal digit in any script. Unicode keeps each set of ten in a row.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() || c.general_category() != GeneralCategory::DecimalNumber {
        return None;
    }
    let is_digit = |code: u32| {
        char::from_u32(code)
            .is_some_and(|it| it.general_category() == GeneralCategory::DecimalNumber)
    };
    // Sets start at a code point that ends in 0 or 6, save for the mathematical ones, which
    // the decomposition has already undone.
    let code = u32::from(c);
    let start = (0..10).map(|back| code - back).find(|&it| {
        (it % 16 == 0 || it % 16 == 6) && is_digit(it) && (it..it + 10).all(is_digit)
    })?;
    char::from_digit(code - start, 10)
}

/// Apostrophes and their look-alikes inside a word: `don't` is `dont`, `ng’ombe` is `ngombe`.
fn drop_apostrophes(mut chars: Vec<char>) -> Vec<char> {
    chars.retain(|&c| !is_apostrophe(c));
    chars
}

/// Whether `c` is an apostrophe, a modifier letter or a quote used as one.
#[must_use]
pub fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | 'ʹ' | 'ʾ' | 'ʿ' | '`' | '´' | '＇')
}

/// Three or more of the same letter become two: `pleaseee` is `pleasee`. Digits are left alone.
fn cap_repeats(chars: Vec<char>) -> Vec<char> {
    let mut kept: Vec<char> = Vec::with_capacity(chars.len());
    for c in chars {
        let run = kept.iter().rev().take(2).filter(|&&it| it == c).count();
        if run < 2 || c.is_ascii_digit() {
            kept.push(c);
        }
    }
    kept
}

/// Canonical composition (NFC), so that Hangul and kana are whole letters again.
fn recompose(chars: Vec<char>) -> Vec<char> {
    chars.into_iter().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, wanted: &str) {
        assert_eq!(word(given), wanted, "form of {given:?}");
    }

    #[test]
    fn widths_and_ligatures_are_undone() {
        check("ＰＩＬＬ", "pill");
        check("ﬁn", "fin");
    }

    #[test]
    fn case_is_folded_in_every_script() {
        check("STRASSE", "strasse");
        check("Straße", "strasse");
        check("ΟΔΟΣ", "οδοσ");
        check("İĞNE", "igne");
    }

    #[test]
    fn controls_and_tatweel_go() {
        check("pi\u{200B}ll\u{202E}", "pill");
        check("حـــمل", "حمل");
    }

    #[test]
    fn accents_tones_and_vowel_points_go() {
        check("Précaution", "precaution");
        check("ọmọ", "omo");
        check("حَمْل", "حمل");
        check("विवाह", "विवाह");
    }

    #[test]
    fn hooked_and_open_letters_are_typed_plain() {
        check("ɓauna", "bauna");
        check("ƙwayar", "kwayar");
        check("mbɔ́tɛ", "mbote");
    }

    #[test]
    fn arabic_letters_have_one_form() {
        check("أدوية", "ادويه");
        check("على", "علي");
        check("دواء", "دوا");
        check("کیا", "كيا");
    }

    #[test]
    fn ethiopic_homophones_have_one_form() {
        check("ሐኪም", "ሀኪም");
        check("ፀሐይ", "ጸሀይ");
        check("ዓመት", "አመት");
        check("ሠላም", "ሰላም");
    }

    #[test]
    fn nukta_and_candrabindu_do_not_matter() {
        check("ज़रूरी", "जरूरी");
        check("हाँ", "हां");
    }

    #[test]
    fn kana_are_of_one_kind() {
        check("ピル", "ぴる");
    }

    #[test]
    fn digits_of_every_script_are_the_same() {
        check("٣", "3");
        check("२", "2");
        check("৫", "5");
        check("۷", "7");
        check("１０", "10");
    }

    #[test]
    fn apostrophes_do_not_matter_inside_a_word() {
        check("don’t", "dont");
        check("ng'ombe", "ngombe");
    }

    #[test]
    fn long_runs_of_a_letter_are_capped() {
        check("heeeelp", "heelp");
        check("10000", "10000");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = word(&text);
            prop_assert_eq!(word(&once), once);
        }

        #[test]
        fn any_text_is_normalised(text in any::<String>()) {
            let once = word(&text);
            prop_assert_eq!(word(&once), once);
        }
    }
}
