//! Words with their place in the original text, and character n-grams over their forms.
//!
//! Words follow UAX #29; scripts without spaces (Thai, Khmer, Burmese, Lao, Chinese, Japanese) are
//! cut by the ICU segmenter. Emoji that stand for a word are words.

use icu_segmenter::WordSegmenter;
use icu_segmenter::options::WordBreakInvariantOptions;
use unicode_segmentation::UnicodeSegmentation;

use super::language::{is_unspaced, letter_script};
use super::normalize;

/// Characters of a text that are read; the rest of a longer text is ignored.
pub const MAX_CHARS: usize = 4_000;
/// Words of a text that are kept.
pub const MAX_WORDS: usize = 400;
/// Characters of one word that are kept.
pub const MAX_WORD_CHARS: usize = 48;
/// Longest row of words that counts once when it is said over and over.
const MAX_REPEATED: usize = 8;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The normal form, never empty.
    pub form: String,
    /// The original spelling in lower case, for stemmers that need its accents.
    pub lower: String,
    /// First byte of the word in the original text.
    pub start: usize,
    /// First byte behind the word.
    pub end: usize,
}

/// The words of a text in order. Bounded by [`MAX_CHARS`], [`MAX_WORDS`], [`MAX_WORD_CHARS`].
///
/// What is said three times or more at once counts once, else saying "a a a" would make a question
/// surer, or louder; the last word kept ends where the repetition does. Twice is how many languages
/// make words.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let text = head(text);
    let mut words = Vec::new();
    for (start, segment) in segments(text) {
        for (at, part) in without_elision(segment) {
            words.extend(word(start + at, part));
            if words.len() == MAX_WORDS {
                drop_repetition(&mut words);
                return words;
            }
        }
    }
    drop_repetition(&mut words);
    words
}

/// Leaves of each row that is said three times or more at once only the first.
fn drop_repetition(words: &mut Vec<Word>) {
    let mut at = 0;
    while at < words.len() {
        let Some((length, times)) = repeated(words, at) else {
            at += 1;
            continue;
        };
        let (first, behind) = (at + length, at + length * times);
        let end = words.get(behind - 1).map(|it| it.end);
        if let Some((last, end)) = words.get_mut(first - 1).zip(end) {
            last.end = end;
        }
        words.drain(first..behind);
        at = first;
    }
}

/// The shortest row at a place that is said three times or more, and how often.
fn repeated(words: &[Word], at: usize) -> Option<(usize, usize)> {
    let forms = |at: usize, length: usize| {
        words.get(at..at + length).map(|row| row.iter().map(|it| &it.form))
    };
    let times = |length: usize| {
        let is_same = |n: &usize| {
            let pair = forms(at, length).zip(forms(at + n * length, length));
            pair.is_some_and(|(first, other)| first.eq(other))
        };
        1 + (1..).take_while(is_same).count()
    };
    (1..=MAX_REPEATED).map(|it| (it, times(it))).find(|(_, times)| *times > 2)
}

/// The first [`MAX_CHARS`] characters.
fn head(text: &str) -> &str {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

fn word(start: usize, segment: &str) -> Option<Word> {
    let end = start + segment.len();
    if let Some(meaning) = segment.chars().find_map(emoji_word) {
        return Some(Word { form: meaning.to_owned(), lower: meaning.to_owned(), start, end });
    }
    if !segment.chars().any(char::is_alphanumeric) {
        return None;
    }
    let short: String = segment.chars().take(MAX_WORD_CHARS).collect();
    let form = normalize::word(&short);
    if form.is_empty() {
        return None;
    }
    let lower = short
        .chars()
        .filter(|&c| !normalize::is_apostrophe(c))
        .flat_map(char::to_lowercase)
        .collect();
    Some(Word { form, lower, start, end })
}

/// Byte offsets and texts between word boundaries.
fn segments(text: &str) -> Vec<(usize, &str)> {
    if !text.chars().filter_map(letter_script).any(is_unspaced) {
        return text.split_word_bound_indices().collect();
    }
    let segmenter = WordSegmenter::new_auto(WordBreakInvariantOptions::default());
    let mut bounds = segmenter.segment_str(text);
    let mut segments = Vec::new();
    let mut start = bounds.next().unwrap_or(0);
    for end in bounds {
        segments.extend(text.get(start..end).map(|segment| (start, segment)));
        start = end;
    }
    segments
}

/// Cuts the elided article off a word: `l’implant` is `l` and `implant`.
fn without_elision(segment: &str) -> Vec<(usize, &str)> {
    const ELIDED: &[&str] =
        &["l", "d", "j", "n", "m", "t", "s", "c", "qu", "jusqu", "lorsqu", "puisqu"];
    let Some((at, apostrophe)) = segment.char_indices().find(|(_, c)| normalize::is_apostrophe(*c))
    else {
        return vec![(0, segment)];
    };
    let (article, rest) = segment.split_at(at);
    let rest_at = at + apostrophe.len_utf8();
    let rest = rest.get(apostrophe.len_utf8()..).unwrap_or_default();
    // One letter behind the apostrophe is an English ending (don't, it's), not a French noun.
    let elided = ELIDED.iter().any(|it| article.eq_ignore_ascii_case(it));
    if elided && rest.chars().count() > 1 {
        vec![(0, article), (rest_at, rest)]
    } else {
        vec![(0, segment)]
    }
}

/// Emoji that people put in the place of a word; the words are English, other languages reach
/// them through the lexicon.
fn emoji_word(c: char) -> Option<&'static str> {
    Some(match c {
        '🤰' | '🫃' | '🫄' => "pregnant",
        '💊' => "pill",
        '💉' => "injection",
        '🩸' => "blood",
        '👶' | '🍼' | '🤱' => "baby",
        '🍆' => "penis",
        '🍑' => "sex",
        '🩺' => "doctor",
        '🏥' => "clinic",
        '🤢' | '🤮' => "nausea",
        '🤕' => "headache",
        '🧪' => "test",
        '🆘' => "help",
        _ => return None,
    })
}

/// Calls `each` with every character n-gram of the forms, `min` to `max` characters long.
///
/// The forms stand in one row with a space before, between and behind them, so that a gram sees
/// where words begin and end.
pub fn grams(words: &[Word], min: usize, max: usize, mut each: impl FnMut(&str)) {
    let mut row = String::from(" ");
    for word in words {
        row.push_str(&word.form);
        row.push(' ');
    }
    let mut bounds: Vec<usize> = row.char_indices().map(|(at, _)| at).collect();
    bounds.push(row.len());
    for n in min..=max {
        for window in bounds.windows(n + 1) {
            if let Some(gram) =
                window.first().zip(window.last()).and_then(|(start, end)| row.get(*start..*end))
            {
                each(gram);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[&str]) {
        let forms: Vec<String> = words(text).into_iter().map(|it| it.form).collect();
        assert_eq!(forms, wanted, "words of {text:?}");
    }

    #[test]
    fn what_is_said_over_and_over_counts_once() {
        check("pill pill pill", &["pill"]);
        check(&"\u{1f48a}".repeat(9_000), &["pill"]);
        check(&"\u{202e}a \u{2066}b\u{2069} ".repeat(900), &["a", "b"]);
        check("help help help i want help", &["help", "i", "want", "help"]);
        check("i want help i want help", &["i", "want", "help", "i", "want", "help"]);
        check("pole pole a b a c a b", &["pole", "pole", "a", "b", "a", "c", "a", "b"]);
        let words = words("my name is asha asha asha, hi");
        assert_eq!((words[3].start, words[3].end), (11, 25), "the end is that of the repetition");
        assert_eq!(words.len(), 5);
    }

    #[test]
    fn words_are_found_in_every_script() {
        check("I missed 2 pills!!", &["i", "missed", "2", "pills"]);
        check("क्या गोली सुरक्षित है?", &["क्या", "गोली", "सुरक्षित", "है"]);
        check("የወር አበባ", &["የወር", "አበባ"]);
        check("ยาคุมฉุกเฉิน", &["ยา", "คุม", "ฉุกเฉิน"]);
    }

    #[test]
    fn an_elided_article_is_its_own_word() {
        check(
            "L’implant, j'ai peur d'oublier",
            &["l", "implant", "j", "ai", "peur", "d", "oublier"],
        );
        check("don't it's", &["dont", "its"]);
    }

    #[test]
    fn an_emoji_may_stand_for_a_word() {
        check("am i 🤰🏾?", &["am", "i", "pregnant"]);
        check("🙂🙂", &[]);
    }

    #[test]
    fn a_gram_sees_the_ends_of_words() {
        let mut seen = Vec::new();
        grams(&words("Pill"), 3, 3, |gram| seen.push(gram.to_owned()));
        assert_eq!(seen, [" pi", "pil", "ill", "ll "]);
    }

    #[test]
    fn long_input_is_bounded() {
        assert_eq!(words(&"a".repeat(100_000)).len(), 1);
        assert!(words(&"ab ".repeat(100_000)).len() <= MAX_WORDS);
    }

    proptest! {
        #[test]
        fn offsets_fall_on_character_boundaries(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(text.get(word.start..word.end).is_some());
            }
        }

        #[test]
        fn words_of_the_forms_are_the_forms(text in "[a-zéà'’ 0-9अ-ह]{0,60}") {
            let first: Vec<String> = words(&text).into_iter().map(|it| it.form).collect();
            let again: Vec<String> =
                words(&first.join(" ")).into_iter().map(|it| it.form).collect();
            prop_assert_eq!(first, again);
        }
    }
}
