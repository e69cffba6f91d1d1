//! Explanations: the tree of named numbers behind a decision.

use serde::Serialize;

/// One number with its name, what it says, and the numbers it is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// Its name.
    pub name: String,
    /// The number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// A word on it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

impl Explanation {
    /// A number.
    #[must_use]
    pub fn number(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value: Some(value), ..Self::default() }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), ..Self::default() }
    }

    /// A group of parts.
    #[must_use]
    pub fn group(name: &str, parts: Vec<Self>) -> Self {
        Self { name: name.to_owned(), parts, ..Self::default() }
    }
}
