//! Schemas of what lower layers put on the wire, so that they need not know of `OpenAPI`.
//!
//! Nothing here is ever made; `tests/it/openapi.rs` holds replies against the document.

#![expect(dead_code, reason = "these types only describe")]

use serde::Serialize;
use utoipa::ToSchema;

/// What to do with a question.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decision {
    /// Give the answer.
    Answer,
    /// Ask which question is meant.
    Clarify,
    /// Lead through the decision tree.
    Tree,
    /// Help first: a red flag.
    Urgent,
}

/// What is known of the person; everything is optional.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Profile {
    /// ISO 3166 code of the country.
    #[schema(required = false, example = "KE", pattern = "^[A-Z]{2}$")]
    country: Option<String>,
    /// Age band.
    #[schema(required = false)]
    age: Option<Age>,
    /// Gender.
    #[schema(required = false)]
    gender: Option<Gender>,
    /// For whom the person asks.
    #[schema(required = false)]
    role: Option<Role>,
    /// Topics of interest.
    #[schema(required = false)]
    topics: Vec<String>,
}

/// An age band, in years.
#[derive(Debug, Serialize, ToSchema)]
enum Age {
    #[serde(rename = "10-14")]
    From10,
    #[serde(rename = "15-17")]
    From15,
    #[serde(rename = "18-24")]
    From18,
    #[serde(rename = "25+")]
    From25,
}

/// A gender.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Gender {
    F,
    M,
    Other,
}

/// For whom a person asks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Client,
    Provider,
    Manager,
}

/// Entries left out, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Exclusion {
    /// What kept them from the person.
    reason: Barrier,
    /// How many they are.
    entries: usize,
}

/// Why an entry is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Barrier {
    Country,
    Age,
    Gender,
}

/// A published source of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Citation {
    /// Title of the publication.
    title: String,
    /// Who published it.
    publisher: String,
    /// Year of publication.
    year: u32,
    /// Where it can be found, when that is certain.
    url: Option<String>,
}

/// A kind of danger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DangerClass {
    /// Life in danger now.
    Emergency,
    /// Suicide and self-harm.
    SelfHarm,
    /// A child is harmed.
    ChildProtection,
    /// Violence by a partner or another adult.
    Gbv,
    /// Days count.
    UrgentTimed,
}

/// Where to find help.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Referral {
    /// The most urgent danger.
    class: DangerClass,
    /// What the person is told first, byte for byte as approved.
    text: Option<String>,
    /// Its language.
    #[schema(example = "en")]
    language: Option<String>,
    /// Places of help.
    contacts: Vec<Contact>,
    /// The country they are in, or `international`.
    country: String,
}

/// All places of help.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Places {
    /// The country they are in, or `international`.
    country: String,
    /// Places of help, each once.
    contacts: Vec<Contact>,
}

/// A place of help.
#[derive(Debug, Serialize, ToSchema)]
struct Contact {
    /// The name of its row.
    id: String,
    /// Its name.
    name: String,
    /// How it is reached.
    contact: String,
    /// When.
    hours: String,
    /// What it costs.
    cost: String,
    /// What else to know.
    note: String,
    /// The language of these texts.
    #[schema(example = "en")]
    language: String,
}

/// What a reply of a conversation is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Answer,
    Clarify,
    Tree,
    Urgent,
    Notice,
}

/// A named number behind a decision, and what it is made of.
#[expect(clippy::use_self, reason = "the macro needs the name")]
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Explanation {
    /// Its name.
    name: String,
    /// The number, where there is one.
    #[schema(required = false)]
    value: Option<f64>,
    /// A word on it.
    #[schema(required = false)]
    text: String,
    /// What it is made of.
    #[schema(required = false, no_recursion)]
    parts: Vec<Explanation>,
}
