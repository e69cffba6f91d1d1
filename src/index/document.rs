//! Documents: the texts of the corpus that can be matched, in one fixed order.

use crate::analysis::Lang;
use crate::corpus::Corpus;

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The canonical question of an entry.
    Question,
    /// One of its phrasings.
    Phrasing,
    /// Its answer: weak evidence, because it also talks of other things.
    Answer,
}

/// One text of one entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Document<'a> {
    /// Place of the entry in the corpus.
    pub entry: u32,
    /// The language of the text.
    pub lang: &'a Lang,
    /// The text.
    pub text: &'a str,
    /// What it is.
    pub kind: Kind,
}

/// All documents: entries in order, of each its questions, phrasings and answers.
///
/// A canonical question that also stands among the phrasings is one document.
#[must_use]
pub fn documents(corpus: &Corpus) -> Vec<Document<'_>> {
    let mut all = Vec::new();
    for (entry, it) in (0..).zip(&corpus.entries) {
        for (lang, text) in &it.texts {
            let repeated = it.phrasings.iter().any(|phrasing| phrasing.text == text.question);
            if !repeated {
                all.push(Document { entry, lang, text: &text.question, kind: Kind::Question });
            }
        }
        for phrasing in &it.phrasings {
            let (lang, text) = (&phrasing.lang, phrasing.text.as_str());
            all.push(Document { entry, lang, text, kind: Kind::Phrasing });
        }
        for (lang, text) in it.texts.iter().filter(|(_, text)| !text.answer.is_empty()) {
            all.push(Document { entry, lang, text: &text.answer, kind: Kind::Answer });
        }
    }
    all
}
