//! Analysis: text becomes words, stems and character n-grams, in the same way for corpus and question.
//!
//! The lowest layer. It knows languages and scripts and nothing of entries or indexes.
//! The steps, in order: [`tokenize::words`] cuts the original text, [`normalize::word`] brings each
//! word to its one form, [`stem::stem`] shortens it in a given language, [`tokenize::grams`] cuts
//! the forms into character n-grams. [`identify`] tells languages apart by them.

mod elsewhere;
mod evidence;
pub mod identify;
pub mod language;
pub mod normalize;
pub(crate) mod number;
pub mod profiles;
pub mod stem;
pub mod tokenize;

pub use identify::Identifier;
pub use language::{Lang, UnknownTag};
pub use tokenize::Word;

/// Version of the analysis; an index built by another version is refused and rebuilt.
///
/// Raise it whenever any step gives another output for any input.
pub const VERSION: u32 = 4;

/// A text after analysis: the words in order, with the forms that matching needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Words in the order of the text, at most [`tokenize::MAX_WORDS`].
    pub words: Vec<Word>,
}

impl Analysis {
    /// Analyses `text`; never fails, an empty or wordless text has no words.
    ///
    /// Cost is bounded: only the first [`tokenize::MAX_CHARS`] characters are read.
    ///
    /// ```
    /// use sahihi::analysis::Analysis;
    /// let analysis = Analysis::of("Où est l’Hôpital ?");
    /// let forms: Vec<&str> = analysis.words.iter().map(|it| it.form.as_str()).collect();
    /// assert_eq!(forms, ["ou", "est", "l", "hopital"]);
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { words: tokenize::words(text) }
    }

    /// The stems of the words in `lang`, in order; a word that has no stemmer is its own stem.
    #[must_use]
    pub fn stems(&self, lang: &Lang) -> Vec<String> {
        self.words.iter().map(|word| stem::stem(word, lang)).collect()
    }

    /// The normalised text: forms joined by single spaces.
    #[must_use]
    pub fn plain(&self) -> String {
        let forms: Vec<&str> = self.words.iter().map(|it| it.form.as_str()).collect();
        forms.join(" ")
    }

    /// Whether nothing in the text can be matched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
