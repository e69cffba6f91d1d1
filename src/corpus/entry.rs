//! Entries: what people can be answered with. Made by the parsers of this layer only.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::Date;

use super::digest::Digest;
use super::review::Approval;
use crate::analysis::Lang;

/// Longest answer, in characters.
pub const MAX_ANSWER_CHARS: usize = 1_024;
/// Longest title, in characters: what a list row of `WhatsApp` can show.
pub const MAX_TITLE_CHARS: usize = 24;
/// Longest summary, in characters.
pub const MAX_SUMMARY_CHARS: usize = 72;

/// The stable name of an entry: `PIL-02`. Letters, digits, `-`, `_` and `.` in a corpus of files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryId(Box<str>);

impl EntryId {
    /// An id as it stands in the corpus.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as an integer: the low 31 bits of the SHA-256 of its text.
    #[must_use]
    pub fn number(&self) -> u32 {
        Digest::of(self.0.as_bytes()).low_bits() & 0x7FFF_FFFF
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom an answer is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A person who asks for herself, himself or somebody close.
    Client,
    /// A health worker who asks for a client.
    Provider,
    /// Somebody who runs a programme.
    Manager,
}

impl Role {
    /// All roles, by the name used in files and requests.
    pub const NAMES: &'static [(&'static str, Self)] =
        &[("client", Self::Client), ("provider", Self::Provider), ("manager", Self::Manager)];
}

/// A person's gender, or the one an entry is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Gender {
    /// Female.
    #[serde(rename = "f")]
    Female,
    /// Male.
    #[serde(rename = "m")]
    Male,
    /// Neither, or another one.
    #[serde(rename = "other")]
    Other,
}

/// A published source of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Title of the publication.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// Year of publication.
    pub year: u32,
    /// Where it can be found, when that is certain.
    pub url: Option<String>,
}

/// Who may get an entry, and how it hangs together with others; the same in every language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neutral {
    /// Whom the answer is written for; empty means everybody.
    pub audience: Vec<Role>,
    /// The only gender that gets the answer; `None` means any.
    pub gender: Option<Gender>,
    /// Lowest age in years that gets the answer.
    pub age_min: Option<u32>,
    /// Highest age in years that gets the answer.
    pub age_max: Option<u32>,
    /// The only countries where the answer holds (ISO 3166 codes); empty means all.
    pub countries: Vec<String>,
    /// Countries where the answer does not hold.
    pub exclude_countries: Vec<String>,
    /// Name of the risk tier.
    pub tier: String,
    /// Entries a person would ask for next.
    pub related: Vec<EntryId>,
    /// Near twins: entries easily confused with this one.
    pub not: Vec<EntryId>,
    /// Resources to suggest with the answer.
    pub resources: Vec<String>,
    /// Programmatic approaches to suggest with the answer.
    pub approaches: Vec<String>,
    /// The integer name given in the file, for clients that need one.
    pub alias: Option<u32>,
    /// Where the statements of the answer come from.
    pub sources: Vec<Citation>,
}

/// The answer part of an entry in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The canonical question.
    pub question: String,
    /// Title for lists, at most [`MAX_TITLE_CHARS`].
    pub title: String,
    /// One line for lists, at most [`MAX_SUMMARY_CHARS`].
    pub summary: String,
    /// The answer; empty only in a trusted bulk corpus.
    pub answer: String,
    /// Digest of the unit.
    pub digest: Digest,
    /// Who approved it, and until when it is served.
    pub approval: Approval,
}

/// One way to ask for an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrasing {
    /// The language it is in.
    pub lang: Lang,
    /// The words.
    pub text: String,
    /// Last day it is served.
    pub approval: Approval,
}

/// An entry with what of it may be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The stable name.
    pub id: EntryId,
    /// The topic it stands under.
    pub topic: String,
    /// What is the same in every language.
    pub neutral: Neutral,
    /// The answer part by language.
    pub texts: BTreeMap<Lang, Text>,
    /// Phrasings in the order of the files; canonical questions are not among them.
    pub phrasings: Vec<Phrasing>,
}

/// The text in the first language of `chain` that has a valid one.
pub(super) fn valid_in<'t, T>(
    texts: &'t BTreeMap<Lang, T>,
    chain: &[&Lang],
    is_valid: impl Fn(&T) -> bool,
) -> Option<(&'t Lang, &'t T)> {
    let in_order = chain.iter().filter_map(|lang| texts.get_key_value(*lang));
    in_order.into_iter().find(|(_, text)| is_valid(text))
}

impl Entry {
    /// The text in the first language of `chain` that has one still valid on `today`.
    #[must_use]
    pub fn text_in(&self, chain: &[&Lang], today: Date) -> Option<(&Lang, &Text)> {
        valid_in(&self.texts, chain, |it| it.approval.until >= today)
    }

    /// The integer name: the alias of the file, else [`EntryId::number`].
    #[must_use]
    pub fn alias(&self) -> u32 {
        self.neutral.alias.unwrap_or_else(|| self.id.number())
    }
}
