//! Languages as BCP 47 tags, and the scripts a text is written in.
//!
//! Which language a text is in is a question of retrieval (a distribution over the corpus's
//! languages); here are only the tags themselves and what can be read off single characters.

use std::fmt;
use std::str::FromStr;

use icu_locale_core::LanguageIdentifier;
use serde::{Deserialize, Serialize};
use unicode_script::UnicodeScript;

pub use unicode_script::Script;

/// A BCP 47 language tag in canonical case: `sw`, `swc`, `hi-Latn`, `pt-MZ`.
///
/// Ordered by its text. Made by [`Lang::parse`] only, so it is always well formed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Lang(Box<str>);

/// A text that is no BCP 47 language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language tag; write BCP 47, like `sw`, `hi-Latn` or `pt-MZ`")]
pub struct UnknownTag(pub String);

impl Lang {
    /// Reads a tag of language, optional script and optional region.
    ///
    /// # Errors
    ///
    /// [`UnknownTag`] when `tag` is not well formed, is `und`, or carries variants.
    ///
    /// ```
    /// use sahihi::analysis::Lang;
    /// assert_eq!(Lang::parse("HI-latn").unwrap().as_str(), "hi-Latn");
    /// assert!(Lang::parse("english").is_err());
    /// ```
    pub fn parse(tag: &str) -> Result<Self, UnknownTag> {
        let unknown = || UnknownTag(tag.to_owned());
        let id = LanguageIdentifier::try_from_str(tag).map_err(|_| unknown())?;
        let primary = id.language.as_str();
        if primary == "und" || primary.len() > 3 || !id.variants.is_empty() {
            return Err(unknown());
        }
        Ok(Self(id.to_string().into_boxed_str()))
    }

    /// The whole tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without script and region: `hi` of `hi-Latn`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// The script written in the tag: `Latn` of `hi-Latn`, nothing of `hi`.
    #[must_use]
    pub fn script_subtag(&self) -> Option<&str> {
        self.0.split('-').skip(1).find(|part| part.len() == 4)
    }

    /// Whether two tags name the same language and differ in script or region at most.
    #[must_use]
    pub fn same_language(&self, other: &Self) -> bool {
        self.primary() == other.primary()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Lang {
    type Err = UnknownTag;

    fn from_str(tag: &str) -> Result<Self, UnknownTag> {
        Self::parse(tag)
    }
}

impl TryFrom<String> for Lang {
    type Error = UnknownTag;

    fn try_from(tag: String) -> Result<Self, UnknownTag> {
        Self::parse(&tag)
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.0.into()
    }
}

/// The script of a letter; `None` for what is shared by many scripts (digits, marks, signs).
#[must_use]
pub fn letter_script(c: char) -> Option<Script> {
    match c.script() {
        Script::Common | Script::Inherited | Script::Unknown => None,
        script => Some(script),
    }
}

/// The script most letters of `text` are written in; ties go to the one seen first.
#[must_use]
pub fn main_script(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(letter_script) {
        match counts.iter_mut().find(|(it, _)| *it == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map(|(script, _)| *script)
}

/// Whether words of this script stand without spaces between them.
#[must_use]
pub fn is_unspaced(script: Script) -> bool {
    matches!(
        script,
        Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Han
            | Script::Hiragana
            | Script::Katakana
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_brought_to_canonical_case() {
        for (given, wanted) in [("SW", "sw"), ("pt-mz", "pt-MZ"), ("hi-LATN", "hi-Latn")] {
            assert_eq!(Lang::parse(given).unwrap().as_str(), wanted);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for given in ["", "e", "english", "und", "x-y", "en us", "../en", "sl-rozaj"] {
            assert!(Lang::parse(given).is_err(), "{given} was taken");
        }
    }

    #[test]
    fn the_main_script_is_the_one_of_most_letters() {
        assert_eq!(main_script("IUD क्या है"), Some(Script::Devanagari));
        assert_eq!(main_script("12 … 🙂"), None);
    }
}
