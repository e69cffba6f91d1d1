//! Replies: approved units in an order, and what can be chosen next.
//!
//! Nothing is written here: a reply is the texts of its units, line breaks and numbers.

use serde::{Deserialize, Serialize};

use crate::analysis::Lang;
use crate::corpus::{EntryId, Target};

/// Choices of a reply, at most: what a list of `WhatsApp` can show.
pub const MAX_CHOICES: usize = 10;

/// What a reply is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An entry's answer.
    Answer,
    /// A choice between entries.
    Clarify,
    /// A place in the tree or in a list.
    Tree,
    /// Help for a person in danger.
    Urgent,
    /// A sentence of the program.
    Notice,
}

impl Kind {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Clarify => "clarify",
            Self::Tree => "tree",
            Self::Urgent => "urgent",
            Self::Notice => "notice",
        }
    }
}

/// A reviewed text that a list can be shown under, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Unit {
    /// A sentence of the program.
    Message(String),
    /// What is asked at a node, or the name of a list.
    Fork(Target),
}

impl Unit {
    /// A sentence of the program.
    pub(super) fn message(id: &str) -> Self {
        Self::Message(id.to_owned())
    }
}

/// A choice, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent back when it is chosen.
    pub id: String,
    /// Its title.
    pub title: String,
    /// A line about it; may be empty.
    pub description: String,
}

/// The text of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The unit's name, as reviewers know it: `entry/PIL-02/sw`.
    pub unit: String,
    /// Its text, whole.
    pub text: String,
    /// The language it is in; none for a name in all languages.
    pub language: Option<Lang>,
}

impl Part {
    /// A text with its unit and language.
    pub(super) fn new(unit: String, text: &str, language: &Lang) -> Self {
        Self { unit, text: text.to_owned(), language: Some(language.clone()) }
    }
}

/// What a person gets for one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it is.
    pub kind: Kind,
    /// The texts, in order.
    pub parts: Vec<Part>,
    /// What can be chosen next, at most [`MAX_CHOICES`]; a number chooses by position.
    pub choices: Vec<Choice>,
    /// The entry that is answered.
    pub entry: Option<EntryId>,
    /// Resources that go with it, by name.
    pub resources: Vec<String>,
    /// The language it is in.
    pub language: Option<Lang>,
}

impl Reply {
    /// The texts as one message.
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.parts.iter().map(|it| it.text.as_str()).collect();
        texts.join("\n\n")
    }
}
