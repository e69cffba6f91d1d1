//! What is taken out of a question before it is kept: telephone numbers, addresses, and names
//! after the words by which people introduce themselves.

use serde::{Deserialize, Serialize};

use super::privacy::scrubbed;
use crate::analysis::{Analysis, Word};

/// Stands where a name was.
const REMOVED: &str = "…";
/// Most words of a name.
const MAX_NAME_WORDS: usize = 3;

/// The words before a name, in the languages of the sample and near ones.
const INTRODUCTIONS: [&str; 33] = [
    "my name is",
    "my names are",
    "my name's",
    "i am called",
    "i'm called",
    "they call me",
    "people call me",
    "mon nom est",
    "mon nom c'est",
    "je m'appelle",
    "je me nomme",
    "moi c'est",
    "me llamo",
    "mi nombre es",
    "me dicen",
    "meu nome é",
    "me chamo",
    "chamo-me",
    "jina langu ni",
    "jina langu naitwa",
    "naitwa",
    "ninaitwa",
    "jina langu",
    "मेरा नाम",
    "mera naam",
    "mera nam",
    "mera name",
    "اسمي",
    "انا اسمي",
    "sunana",
    "suna na",
    "ana kirana",
    "ana ce min",
];

/// Words that end a name: what follows them is the question.
const ENDS: [&str; 40] = [
    "and",
    "i",
    "im",
    "from",
    "a",
    "the",
    "please",
    "my",
    "am",
    "but",
    "et",
    "je",
    "j",
    "de",
    "ai",
    "mais",
    "y",
    "tengo",
    "soy",
    "pero",
    "e",
    "eu",
    "tenho",
    "mas",
    "na",
    "nina",
    "ni",
    "mimi",
    "nataka",
    "naomba",
    "है",
    "और",
    "मैं",
    "hai",
    "aur",
    "main",
    "و",
    "انا",
    "kuma",
    "ina",
];

/// A text without what may name or reach a person; the only kind that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scrubbed(String);

impl Scrubbed {
    /// Takes out of a text what may name or reach a person, as [`scrub`].
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(scrub(text))
    }

    /// The text that is left.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text without what may name or reach a person.
///
/// A name that nobody introduced is not recognised: "thanks, …" keeps it.
#[must_use]
pub fn scrub(text: &str) -> String {
    scrubbed(&without_names(text))
}

fn without_names(text: &str) -> String {
    let words = Analysis::of(text).words;
    let introductions = INTRODUCTIONS.map(forms);
    let ends: Vec<String> = ENDS.iter().flat_map(|it| forms(it)).collect();
    let mut kept = String::new();
    let mut at = 0;
    let mut word = 0;
    while let Some(rest) = words.get(word..).filter(|it| !it.is_empty()) {
        let begins = introductions.iter().filter(|it| starts_with(rest, it));
        let Some(length) = begins.map(Vec::len).max() else {
            word += 1;
            continue;
        };
        let n_name = name_length(text, rest.get(length - 1..).unwrap_or_default(), &ends);
        let name = rest.get(length..length + n_name).unwrap_or_default();
        if let (Some(first), Some(last)) = (name.first(), name.last()) {
            kept.push_str(text.get(at..first.start).unwrap_or_default());
            kept.push_str(REMOVED);
            at = last.end;
        }
        word += length + n_name;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    kept
}

/// The words of a phrase as they are compared.
fn forms(phrase: &str) -> Vec<String> {
    Analysis::of(phrase).words.into_iter().map(|it| it.form).collect()
}

fn starts_with(words: &[Word], forms: &[String]) -> bool {
    words.len() >= forms.len() && words.iter().zip(forms).all(|(word, form)| word.form == *form)
}

/// How many words after the first of `words` are a name: up to a sign or a word that ends it.
fn name_length(text: &str, words: &[Word], ends: &[String]) -> usize {
    let pairs = words.iter().zip(words.iter().skip(1)).take(MAX_NAME_WORDS);
    let goes_on = |(before, word): &(&Word, &Word)| {
        let between = text.get(before.end..word.start).unwrap_or_default();
        !ends.contains(&word.form) && !between.contains(['.', ',', ';', '!', '?', '\n', '،', '।'])
    };
    pairs.take_while(goes_on).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_or_reaches_a_person_is_taken_out() {
        for (text, wanted) in [
            ("My name is Asha Juma and I missed a pill", "My name is … and I missed a pill"),
            ("my name is asha. i missed a pill", "my name is …. i missed a pill"),
            ("Je m'appelle Awa, j'ai oublié", "Je m'appelle …, j'ai oublié"),
            ("me llamo Ana y tengo dolor", "me llamo … y tengo dolor"),
            ("Meu nome é Rita. Posso?", "Meu nome é …. Posso?"),
            ("naitwa Neema nataka sindano", "naitwa … nataka sindano"),
            ("मेरा नाम सीता है", "मेरा नाम … है"),
            ("اسمي ليلى، نسيت حبة", "اسمي …، نسيت حبة"),
            ("sunana Aisha, na manta", "sunana …, na manta"),
            ("call +254 700 000 001 or a@b.org", "call … or …"),
            ("i missed 2 pills", "i missed 2 pills"),
            ("my name is", "my name is"),
            ("", ""),
        ] {
            assert_eq!(scrub(text), wanted);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_scrubbed(text in "(my name is |naitwa |\\PC){0,40}") {
            let once = scrub(&text);
            proptest::prop_assert!(once.chars().count() <= text.chars().count() + 40);
        }
    }
}
