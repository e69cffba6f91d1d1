//! Moves: what a choice stands for, and the ids under which choices travel.
//!
//! An id says all there is to know (`entry:PIL-02`), so a button pressed late still works.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::analysis::Lang;
use crate::corpus::{EntryId, Gender, Role, Target};
use crate::retrieval::AgeBand;

/// One thing a person can choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Move {
    /// To the root of the tree, or the list of topics.
    Menu,
    /// What this service is.
    Help,
    /// No more messages of our own accord.
    Stop,
    /// From the beginning.
    Start,
    /// Forget everything.
    Delete,
    /// To what was shown before.
    Back,
    /// The next page of a list.
    More,
    /// None of the questions offered.
    None,
    /// Yes, to what was asked.
    Yes,
    /// No, to what was asked.
    No,
    /// Go on without answering.
    Skip,
    /// A red flag was none.
    OnlyQuestion,
    /// A red flag was one.
    NeedHelp,
    /// The list of languages.
    Languages,
    /// A language to be answered in.
    Language(Lang),
    /// The list of resources put aside.
    Cart,
    /// Have that list sent.
    Checkout,
    /// Put a resource on the list.
    Add(String),
    /// Take a resource off the list.
    Remove(String),
    /// Find approaches for a challenge.
    Recommend,
    /// The resources of an entry.
    Reading(EntryId),
    /// What the corpus has, by its name.
    Go(Target),
    /// The country a person is in.
    Country(String),
    /// The person's age band.
    Age(AgeBand),
    /// The person's gender.
    Gender(Gender),
    /// For whom the person asks.
    Role(Role),
}

/// An id that stands for no move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no choice; send the id of a choice of the last reply")]
pub struct UnknownMove(String);

/// Moves without anything behind their name.
const PLAIN: &[(&str, Move)] = &[
    ("menu", Move::Menu),
    ("help", Move::Help),
    ("stop", Move::Stop),
    ("start", Move::Start),
    ("delete", Move::Delete),
    ("back", Move::Back),
    ("more", Move::More),
    ("none", Move::None),
    ("yes", Move::Yes),
    ("no", Move::No),
    ("skip", Move::Skip),
    ("only-question", Move::OnlyQuestion),
    ("need-help", Move::NeedHelp),
    ("languages", Move::Languages),
    ("cart", Move::Cart),
    ("checkout", Move::Checkout),
    ("recommend", Move::Recommend),
];

impl Move {
    /// The move of an id.
    ///
    /// # Errors
    ///
    /// [`UnknownMove`] when it is none; whether the corpus has what it names is not looked at.
    pub fn parse(id: &str) -> Result<Self, UnknownMove> {
        let plain = PLAIN.iter().find(|(name, _)| *name == id).map(|(_, it)| it.clone());
        let found = plain.or_else(|| Target::parse(id).map(Self::Go)).or_else(|| {
            let (kind, rest) = id.split_once(':').filter(|(_, rest)| !rest.is_empty())?;
            Self::named(kind, rest)
        });
        found.ok_or_else(|| UnknownMove(id.to_owned()))
    }

    fn named(kind: &str, rest: &str) -> Option<Self> {
        let value = || serde_json::Value::from(rest);
        match kind {
            "lang" => Lang::parse(rest).ok().map(Self::Language),
            "add" => Some(Self::Add(rest.to_owned())),
            "remove" => Some(Self::Remove(rest.to_owned())),
            "reading" => Some(Self::Reading(EntryId::new(rest))),
            "country" => Some(Self::Country(rest.to_owned())),
            "age" => serde_json::from_value(value()).ok().map(Self::Age),
            "gender" => serde_json::from_value(value()).ok().map(Self::Gender),
            "role" => serde_json::from_value(value()).ok().map(Self::Role),
            _ => None,
        }
    }

    /// Whether the move means something only as an answer to what was just asked.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::More
                | Self::None
                | Self::Yes
                | Self::No
                | Self::Skip
                | Self::OnlyQuestion
                | Self::Country(_)
                | Self::Age(_)
                | Self::Gender(_)
                | Self::Role(_)
        )
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(lang) => write!(f, "lang:{lang}"),
            Self::Add(id) => write!(f, "add:{id}"),
            Self::Remove(id) => write!(f, "remove:{id}"),
            Self::Reading(entry) => write!(f, "reading:{entry}"),
            Self::Go(target) => write!(f, "{target}"),
            Self::Country(code) => write!(f, "country:{code}"),
            Self::Age(age) => write!(f, "age:{}", name_of(age)),
            Self::Gender(gender) => write!(f, "gender:{}", name_of(gender)),
            Self::Role(role) => write!(f, "role:{}", name_of(role)),
            plain => {
                let name = PLAIN.iter().find(|(_, it)| it == plain).map_or("", |(name, _)| name);
                f.write_str(name)
            }
        }
    }
}

/// The name under which a value travels in a profile.
fn name_of(value: &impl Serialize) -> String {
    let name = serde_json::to_value(value).ok();
    name.and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

impl TryFrom<String> for Move {
    type Error = UnknownMove;

    fn try_from(id: String) -> Result<Self, UnknownMove> {
        Self::parse(&id)
    }
}

impl From<Move> for String {
    fn from(it: Move) -> Self {
        it.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_says() {
        let named = [
            "entry:PIL-02",
            "node:root",
            "topic:pills",
            "referral",
            "lang:hi-Latn",
            "add:fp-handbook",
            "remove:fp-handbook",
            "reading:PIL-02",
            "country:KE",
            "age:25+",
            "gender:other",
            "role:provider",
        ];
        for id in PLAIN.iter().map(|(name, _)| *name).chain(named) {
            assert_eq!(Move::parse(id).unwrap().to_string(), id);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for id in ["", "1", "MENU", "entry:", "entry", "role:nurse", "age:17", "lang:x", "\u{0}"] {
            assert!(Move::parse(id).is_err(), "{id} was taken");
        }
    }
}
