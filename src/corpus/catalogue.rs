//! What can be read on: resources, the collections that group them, programmatic approaches, and
//! the challenges of programmes that lead to approaches.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::day;
use super::digest::Digest;
use super::entry::{Citation, EntryId, Phrasing, Role, valid_in};
use super::review::Approval;
use crate::analysis::Lang;

/// Kinds of resources, after the learning resource types of schema.org.
pub const RESOURCE_TYPES: [&str; 14] = [
    "article",
    "audio",
    "brief",
    "course",
    "dataset",
    "guideline",
    "handbook",
    "image",
    "job-aid",
    "leaflet",
    "tool",
    "toolkit",
    "video",
    "website",
];
/// What the evidence for an approach is worth, in the words of its sources.
pub const EVIDENCE_GRADES: [&str; 4] = ["proven", "promising", "enhancement", "ungraded"];
/// Days after which a link is to be tried again.
pub(super) const LINK_DAYS: i64 = 366;
/// Kinds of approaches.
pub const APPROACH_CATEGORIES: [&str; 4] =
    ["enabling-environment", "enhancement", "service-delivery", "social-behaviour-change"];

/// A published thing to read, watch or use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The stable name.
    pub id: String,
    /// What is the same in every language.
    pub about: About,
    /// How it is described, by language.
    pub texts: BTreeMap<Lang, Description>,
}

/// What a resource is; Dublin Core and schema.org `LearningResource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// One of [`RESOURCE_TYPES`].
    pub kind: String,
    /// Languages it can be had in; any, not only those of the corpus.
    pub languages: Vec<Lang>,
    /// Year of publication.
    pub year: Option<u32>,
    /// Who published it.
    pub publisher: String,
    /// Where it is.
    pub url: String,
    /// Whether `url` is the publisher's page, not the thing itself.
    pub is_publisher_page: bool,
    /// A copy that is small enough for a bad connection.
    pub low_bandwidth_url: Option<String>,
    /// Size of what is loaded; `None` when it is not known.
    pub size_bytes: Option<u32>,
    /// Length in pages.
    pub pages: Option<u32>,
    /// Length in minutes.
    pub minutes: Option<u32>,
    /// Under which licence it may be passed on.
    pub licence: Option<String>,
    /// Topics of the programme it belongs to.
    pub topics: Vec<String>,
    /// For whom it is; empty means everybody.
    pub audience: Vec<Role>,
    /// The only countries it is for; empty means all.
    pub countries: Vec<String>,
    /// Collections it is part of.
    pub collections: Vec<String>,
    /// Who looked at it.
    pub reviewed_by: Option<String>,
    /// When the link was last tried.
    pub link_checked: Option<String>,
}

impl About {
    /// The day from which the link is to be tried; none where nobody ever did.
    #[must_use]
    pub fn check_link_on(&self) -> Option<Date> {
        let checked = day::parse(self.link_checked.as_deref()?).ok()?;
        Some(checked.saturating_add(Duration::days(LINK_DAYS)))
    }
}

/// A description in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Title for lists.
    pub title: String,
    /// One line for lists; may be empty.
    pub summary: String,
    /// The full title.
    pub name: String,
    /// What it is.
    pub text: String,
    /// Digest of the unit.
    pub digest: Digest,
    /// Who approved it, and until when it is served.
    pub approval: Approval,
}

/// A group of resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// The stable name.
    pub id: String,
    /// Its name by language.
    pub names: BTreeMap<Lang, String>,
    /// One line by language.
    pub summaries: BTreeMap<Lang, String>,
}

/// A programmatic approach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approach {
    /// The stable name.
    pub id: String,
    /// What is the same in every language.
    pub facts: ApproachFacts,
    /// When it fits, when not and what it needs, by language.
    pub texts: BTreeMap<Lang, Description>,
    /// Challenges it answers, as programme staff would put them.
    pub phrasings: Vec<Phrasing>,
}

/// What is the same of an approach in every language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApproachFacts {
    /// One of [`APPROACH_CATEGORIES`].
    pub category: String,
    /// One of [`EVIDENCE_GRADES`].
    pub evidence: String,
    /// Entries that tell more.
    pub entries: Vec<EntryId>,
    /// Resources that tell more.
    pub resources: Vec<String>,
    /// Challenges it answers.
    pub challenges: Vec<String>,
    /// Where its statements come from.
    pub sources: Vec<Citation>,
}

/// A challenge of programmes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The stable name.
    pub id: String,
    /// Approaches that answer it, the most fitting first.
    pub approaches: Vec<String>,
    /// What to ask back, by language.
    pub ask: BTreeMap<Lang, (String, Approval)>,
}

/// Resources, collections, approaches and challenges, each in the order of their ids but for
/// collections and challenges, which keep the order of their files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Resources.
    pub resources: Vec<Resource>,
    /// Collections.
    pub collections: Vec<Collection>,
    /// Approaches.
    pub approaches: Vec<Approach>,
    /// Challenges.
    pub challenges: Vec<Challenge>,
}

impl Catalogue {
    /// The resource of that id.
    #[must_use]
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        let at = self.resources.binary_search_by(|it| it.id.as_str().cmp(id)).ok()?;
        self.resources.get(at)
    }

    /// The approach of that id.
    #[must_use]
    pub fn approach(&self, id: &str) -> Option<&Approach> {
        let at = self.approaches.binary_search_by(|it| it.id.as_str().cmp(id)).ok()?;
        self.approaches.get(at)
    }

    /// The collection of that id.
    #[must_use]
    pub fn collection(&self, id: &str) -> Option<&Collection> {
        self.collections.iter().find(|it| it.id == id)
    }
}

impl Resource {
    /// The description in the first language of `chain` that has one still valid on `today`.
    #[must_use]
    pub fn text_in(&self, chain: &[&Lang], today: Date) -> Option<(&Lang, &Description)> {
        valid_in(&self.texts, chain, |it| it.approval.until >= today)
    }
}

impl Approach {
    /// The description in the first language of `chain` that has one still valid on `today`.
    #[must_use]
    pub fn text_in(&self, chain: &[&Lang], today: Date) -> Option<(&Lang, &Description)> {
        valid_in(&self.texts, chain, |it| it.approval.until >= today)
    }
}

impl Challenge {
    /// What to ask back in the first language of `chain` that has it valid on `today`.
    #[must_use]
    pub fn ask_in(&self, chain: &[&Lang], today: Date) -> Option<(&Lang, &str)> {
        let (lang, (text, _)) = valid_in(&self.ask, chain, |it| it.1.until >= today)?;
        Some((lang, text))
    }
}
