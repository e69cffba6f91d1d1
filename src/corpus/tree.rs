//! The decision tree: nodes of reviewed choices that lead to what the corpus has.
//!
//! A node asks, its choices lead on: to another node, to an entry, to a list or to a place of
//! help. The node [`NodeId::ROOT`] is where everybody can begin.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use time::Date;

use super::condition::{Condition, Facts};
use super::digest::Digest;
use super::entry::{EntryId, Role, valid_in};
use super::review::Approval;
use crate::analysis::Lang;

/// Most choices of a node: what a list of `WhatsApp` can show.
pub const MAX_CHOICES: usize = 10;

/// The stable name of a node, also the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(Box<str>);

impl NodeId {
    /// The name of the node where the tree begins.
    pub const ROOT: &'static str = "root";

    /// An id as it stands in the corpus.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id of the node where the tree begins.
    #[must_use]
    pub fn root() -> Self {
        Self::new(Self::ROOT)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a choice leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    /// Another node.
    Node(NodeId),
    /// An entry.
    Entry(EntryId),
    /// The entries of a topic.
    Topic(String),
    /// A resource.
    Resource(String),
    /// The resources of a collection.
    Collection(String),
    /// A programmatic approach.
    Approach(String),
    /// A person or a clinic.
    Referral,
}

impl Target {
    /// The target an author writes as `node:pills`, `entry:PIL-02` or `referral`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "referral" {
            return Some(Self::Referral);
        }
        let (kind, id) = text.split_once(':')?;
        if id.is_empty() {
            return None;
        }
        match kind {
            "node" => Some(Self::Node(NodeId::new(id))),
            "entry" => Some(Self::Entry(EntryId::new(id))),
            "topic" => Some(Self::Topic(id.to_owned())),
            "resource" => Some(Self::Resource(id.to_owned())),
            "collection" => Some(Self::Collection(id.to_owned())),
            "approach" => Some(Self::Approach(id.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(id) => write!(f, "node:{id}"),
            Self::Entry(id) => write!(f, "entry:{id}"),
            Self::Topic(id) => write!(f, "topic:{id}"),
            Self::Resource(id) => write!(f, "resource:{id}"),
            Self::Collection(id) => write!(f, "collection:{id}"),
            Self::Approach(id) => write!(f, "approach:{id}"),
            Self::Referral => f.write_str("referral"),
        }
    }
}

/// A choice of a node, the same in every language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name within the node.
    pub id: String,
    /// Where it leads.
    pub target: Target,
    /// For whom it is shown; `None` means everybody.
    pub when: Option<Condition>,
}

/// How a choice reads in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceText {
    /// At most [`super::MAX_TITLE_CHARS`] characters.
    pub title: String,
    /// At most [`super::MAX_SUMMARY_CHARS`] characters; may be empty.
    pub description: String,
}

/// One language of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeText {
    /// Title for lists.
    pub title: String,
    /// One line for lists; may be empty.
    pub summary: String,
    /// What is asked, with what stands below it.
    pub prompt: String,
    /// How the choices read, by their ids; every choice of the node is among them.
    pub choices: BTreeMap<String, ChoiceText>,
    /// Digest of the unit.
    pub digest: Digest,
    /// Who approved it, and until when it is served.
    pub approval: Approval,
}

/// A node with what of it may be served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The stable name.
    pub id: NodeId,
    /// Choices in the order in which they are shown.
    pub choices: Vec<Choice>,
    /// Topics of which this node is the place to go on when a question is not understood.
    pub topics: Vec<String>,
    /// For whom it is that place; empty means everybody.
    pub audience: Vec<Role>,
    /// The approved texts by language.
    pub texts: BTreeMap<Lang, NodeText>,
}

impl Node {
    /// The text in the first language of `chain` that has one still valid on `today`.
    #[must_use]
    pub fn text_in(&self, chain: &[&Lang], today: Date) -> Option<(&Lang, &NodeText)> {
        valid_in(&self.texts, chain, |it| it.approval.until >= today)
    }

    /// The choices whose condition holds for a person, in order. Whether what they lead to may be
    /// served to that person is for the caller to see.
    pub fn choices_for<'a>(&'a self, facts: &'a Facts) -> impl Iterator<Item = &'a Choice> {
        self.choices.iter().filter(|it| it.when.as_ref().is_none_or(|when| when.holds(facts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_reads_back_what_it_writes() {
        for text in [
            "node:a",
            "entry:PIL-02",
            "topic:pills",
            "resource:r.1",
            "collection:c",
            "approach:a",
            "referral",
        ] {
            assert_eq!(Target::parse(text).map(|it| it.to_string()).as_deref(), Some(text));
        }
        for text in ["", "node", "node:", "page:x", "referral:gbv", "PIL-02"] {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }
}
