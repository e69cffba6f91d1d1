//! Resources, collections and approaches on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::analysis::Lang;
use crate::corpus::{About, Approach, Citation, Collection, Resource, Role};
use crate::retrieval::Walk;

/// A resource, as it is suggested.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourcePart {
    /// The stable name.
    pub id: String,
    /// The full title.
    pub title: String,
    /// What it is.
    pub description: String,
    /// Its kind, like `handbook`.
    pub r#type: String,
    /// The language in which this person can best read it.
    #[schema(value_type = Option<String>)]
    pub language: Option<Lang>,
    /// Where it is.
    pub url: String,
    /// Size of what is loaded; `null` when it is not known.
    pub size_bytes: Option<u32>,
    /// Who published it.
    pub publisher: String,
    /// Year of publication.
    pub year: Option<u32>,
}

impl ResourcePart {
    /// Resources as this person sees them.
    #[must_use]
    pub fn all<'a>(
        walk: &Walk<'_>,
        resources: impl IntoIterator<Item = &'a Resource>,
    ) -> Vec<Self> {
        resources.into_iter().filter_map(|it| Self::of(walk, it)).collect()
    }

    /// A resource as this person sees it; `None` when it is not served today.
    #[must_use]
    pub fn of(walk: &Walk<'_>, resource: &Resource) -> Option<Self> {
        let (_, text) = resource.text_in(walk.chain(), walk.today())?;
        let About { kind, languages, url, size_bytes, publisher, year, .. } = &resource.about;
        let best = walk.chain().iter().find_map(|lang| languages.iter().find(|it| it == lang));
        Some(Self {
            id: resource.id.clone(),
            title: text.name.clone(),
            description: text.text.clone(),
            r#type: kind.clone(),
            language: best.or_else(|| languages.first()).cloned(),
            url: url.clone(),
            size_bytes: *size_bytes,
            publisher: publisher.clone(),
            year: *year,
        })
    }
}

/// A resource with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceSheet {
    /// What is suggested.
    #[serde(flatten)]
    pub part: ResourcePart,
    /// Title for lists, at most 24 characters.
    pub short_title: String,
    /// One line for lists.
    pub summary: String,
    /// Languages it can be had in.
    #[schema(value_type = Vec<String>)]
    pub languages: Vec<Lang>,
    /// A copy for a bad connection.
    pub low_bandwidth_url: Option<String>,
    /// Length in pages.
    pub pages: Option<u32>,
    /// Length in minutes.
    pub minutes: Option<u32>,
    /// Licence.
    pub licence: Option<String>,
    /// Topics.
    pub topics: Vec<String>,
    /// For whom; empty means everybody.
    #[schema(value_type = Vec<schema::Role>)]
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

impl ResourceSheet {
    /// A resource as this person sees it; `None` when it is not served today.
    #[must_use]
    pub fn of(walk: &Walk<'_>, resource: &Resource) -> Option<Self> {
        let (_, text) = resource.text_in(walk.chain(), walk.today())?;
        let about = &resource.about;
        Some(Self {
            part: ResourcePart::of(walk, resource)?,
            short_title: text.title.clone(),
            summary: text.summary.clone(),
            languages: about.languages.clone(),
            low_bandwidth_url: about.low_bandwidth_url.clone(),
            pages: about.pages,
            minutes: about.minutes,
            licence: about.licence.clone(),
            topics: about.topics.clone(),
            audience: about.audience.clone(),
            countries: about.countries.clone(),
            collections: about.collections.clone(),
            reviewed_by: about.reviewed_by.clone(),
            link_checked: about.link_checked.clone(),
        })
    }
}

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionPart {
    /// The stable name.
    pub id: String,
    /// Its name.
    pub title: String,
    /// One line.
    pub description: String,
    /// The resources in it that this person may get.
    pub resources: Vec<String>,
}

impl CollectionPart {
    /// A collection as this person sees it.
    #[must_use]
    pub fn of(walk: &Walk<'_>, collection: &Collection) -> Self {
        let text = |texts: &std::collections::BTreeMap<Lang, String>| {
            walk.chain().iter().find_map(|lang| texts.get(*lang)).cloned().unwrap_or_default()
        };
        Self {
            id: collection.id.clone(),
            title: text(&collection.names),
            description: text(&collection.summaries),
            resources: walk.resources_of(&collection.id).map(|it| it.id.clone()).collect(),
        }
    }
}

/// An approach, as it is suggested.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApproachPart {
    /// The stable name.
    pub id: String,
    /// Title for lists.
    pub title: String,
    /// One line.
    pub summary: String,
    /// What the evidence is worth: proven, promising, enhancement or ungraded.
    pub evidence: String,
}

impl ApproachPart {
    /// Approaches as this person sees them.
    #[must_use]
    pub fn all<'a>(
        walk: &Walk<'_>,
        approaches: impl IntoIterator<Item = &'a Approach>,
    ) -> Vec<Self> {
        approaches.into_iter().filter_map(|it| Self::of(walk, it)).collect()
    }

    fn of(walk: &Walk<'_>, approach: &Approach) -> Option<Self> {
        let (_, text) = approach.text_in(walk.chain(), walk.today())?;
        Some(Self {
            id: approach.id.clone(),
            title: text.title.clone(),
            summary: text.summary.clone(),
            evidence: approach.facts.evidence.clone(),
        })
    }
}

/// An approach with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApproachSheet {
    /// What is suggested.
    #[serde(flatten)]
    pub part: ApproachPart,
    /// The full name.
    pub name: String,
    /// When it fits, when not, and what it needs; byte for byte as approved.
    pub text: String,
    /// The language of the texts.
    #[schema(value_type = String)]
    pub language: Lang,
    /// Its kind.
    pub category: String,
    /// Resources that tell more.
    pub resources: Vec<ResourcePart>,
    /// Where its statements come from.
    #[schema(value_type = Vec<schema::Citation>)]
    pub sources: Vec<Citation>,
}

impl ApproachSheet {
    /// An approach as this person sees it; `None` when it is not served today.
    #[must_use]
    pub fn of(walk: &Walk<'_>, approach: &Approach) -> Option<Self> {
        let (language, text) = approach.text_in(walk.chain(), walk.today())?;
        let catalogue = &walk.corpus().catalogue;
        let named = approach.facts.resources.iter().filter_map(|id| catalogue.resource(id));
        Some(Self {
            part: ApproachPart::of(walk, approach)?,
            name: text.name.clone(),
            text: text.text.clone(),
            language: language.clone(),
            category: approach.facts.category.clone(),
            resources: ResourcePart::all(walk, named.filter(|it| walk.may_read(it))),
            sources: approach.facts.sources.clone(),
        })
    }
}
