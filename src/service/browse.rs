//! Browsing: what can be read without asking. Everything here is approved and valid today.

#![expect(unused_qualifications, reason = "the macro that describes parameters writes them")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Date;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorBody, RequestError};
use super::reading::{ApproachPart, ApproachSheet, CollectionPart, ResourceSheet};
use super::routes::{self as paths, Shared};
use super::schema;
use super::tree::{self, TreePart};
use super::wire::AnswerPart;
use crate::analysis::Lang;
use crate::corpus::{Corpus, Entry, EntryId, Role, Target};
use crate::dialogue::referral;
use crate::retrieval::{Profile, Walk};

/// The paths of this module.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(entry))
        .routes(routes!(topics))
        .routes(routes!(resources))
        .routes(routes!(resource))
        .routes(routes!(collections))
        .routes(routes!(approaches))
        .routes(routes!(approach))
        .routes(routes!(root))
        .routes(routes!(place))
}

/// What stands behind `?`: the person, as in a profile.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    /// Preferred language of the texts.
    #[param(example = "sw")]
    language: Option<String>,
    /// ISO 3166 code of the country.
    #[param(example = "KE")]
    country: Option<String>,
    /// Age band.
    #[param(example = "18-24")]
    age: Option<String>,
    /// `f`, `m` or `other`.
    #[param(example = "f")]
    gender: Option<String>,
    /// `client`, `provider` or `manager`.
    #[param(example = "client")]
    role: Option<String>,
    /// Topics of interest, separated by commas.
    topics: Option<String>,
    /// Only what belongs to this topic.
    topic: Option<String>,
    /// Only what belongs to this collection.
    collection: Option<String>,
}

/// Topics in their order.
#[derive(Debug, Serialize, ToSchema)]
struct Topics {
    topics: Vec<TopicPart>,
}

/// A topic.
#[derive(Debug, Serialize, ToSchema)]
struct TopicPart {
    id: String,
    title: String,
    /// The entries this person may get.
    #[schema(value_type = Vec<String>)]
    entries: Vec<EntryId>,
}

/// Resources in the order of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Resources {
    resources: Vec<ResourceSheet>,
}

/// Collections in the order of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Collections {
    collections: Vec<CollectionPart>,
}

/// Approaches in the order of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Approaches {
    approaches: Vec<ApproachPart>,
}

/// What can stand at a place of the tree.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
#[allow(clippy::large_enum_variant, reason = "none is ever made")]
enum Place {
    /// A node or a list.
    Tree(TreePart),
    /// An entry.
    Entry(EntrySheet),
    /// A resource.
    Resource(ResourceSheet),
    /// An approach.
    Approach(ApproachSheet),
    /// Places of help.
    Referral {
        /// All of them.
        #[schema(value_type = schema::Places)]
        referral: referral::Places,
    },
}

/// Who browses, and what they asked for.
struct Visitor {
    language: Option<Lang>,
    profile: Profile,
    topic: Option<String>,
    collection: Option<String>,
}

impl Visitor {
    fn of(uri: &Uri) -> Result<Self, RequestError> {
        let Query(asked) = Query::<Asked>::try_from_uri(uri)
            .map_err(|error| RequestError::bad("bad-field", error.body_text()))?;
        let stated = |text: Option<String>| text.filter(|it| !it.is_empty());
        let language = stated(asked.language).as_deref().map(paths::language).transpose()?;
        // A plus that was not escaped arrives as a space.
        let age = stated(asked.age).map(|it| if it == "25 " { "25+".to_owned() } else { it });
        let topics: Vec<String> =
            stated(asked.topics).iter().flat_map(|it| it.split(',')).map(str::to_owned).collect();
        let profile = json!({
            "country": stated(asked.country), "age": age, "gender": stated(asked.gender),
            "role": stated(asked.role), "topics": topics,
        });
        let profile: Profile = serde_json::from_value(profile)
            .map_err(|error| RequestError::bad("bad-field", error.to_string()))?;
        paths::check_profile(&profile)?;
        let (topic, collection) = (stated(asked.topic), stated(asked.collection));
        Ok(Self { language, profile, topic, collection })
    }

    fn walk<'a>(&'a self, corpus: &'a Corpus, today: Date) -> Walk<'a> {
        let wanted: Vec<&Lang> = self.language.iter().collect();
        Walk::new(corpus, corpus.chain(&wanted), &self.profile, today)
    }
}

/// An entry with what a list and a next step need.
#[derive(Debug, Serialize, ToSchema)]
struct EntrySheet {
    #[serde(flatten)]
    answer: AnswerPart,
    title: String,
    summary: String,
    topic: String,
    #[schema(value_type = Vec<schema::Role>)]
    audience: Vec<Role>,
    #[schema(value_type = Vec<String>)]
    related: Vec<EntryId>,
    resources: Vec<super::reading::ResourcePart>,
    approaches: Vec<ApproachPart>,
    sample: bool,
}

impl EntrySheet {
    fn of(walk: &Walk<'_>, entry: &Entry) -> Option<Self> {
        let (language, text) = entry.text_in(walk.chain(), walk.today())?;
        Some(Self {
            answer: AnswerPart::of(entry, language, text),
            title: text.title.clone(),
            summary: text.summary.clone(),
            topic: entry.topic.clone(),
            audience: entry.neutral.audience.clone(),
            related: entry.neutral.related.clone(),
            resources: super::reading::ResourcePart::all(walk, walk.resources_for(entry)),
            approaches: ApproachPart::all(walk, walk.approaches_for(entry)),
            sample: walk.corpus().settings.sample,
        })
    }
}

fn nothing(code: &'static str, message: impl Into<String>) -> RequestError {
    RequestError::new(StatusCode::NOT_FOUND, code, message)
}

fn to_json(value: impl Serialize) -> Result<Json<Value>, RequestError> {
    serde_json::to_value(value).map(Json).map_err(|_| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        RequestError::new(status, "internal", "the reply could not be written")
    })
}
/// An entry with what a list and a next step need.
#[utoipa::path(get, path = "/v1/entries/{id}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("id" = String, Path, example = "A-01"), Asked),
    responses(
        (status = 200, description = "The entry", body = EntrySheet),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 404, description = "No entry of this id is served today", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn entry(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let entry = walk.corpus().entry(&EntryId::new(&id));
    let sheet = entry.and_then(|it| EntrySheet::of(&walk, it));
    let unknown = || nothing("unknown-entry", "no entry of this id is served today");
    to_json(sheet.ok_or_else(unknown)?)
}
/// Topics with their entries.
#[utoipa::path(get, path = "/v1/topics", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The topics", body = Topics),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn topics(State(shared): State<Arc<Shared>>, uri: Uri) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let mut entries: BTreeMap<&str, Vec<EntryId>> = BTreeMap::new();
    for entry in walk.corpus().entries.iter().filter_map(|it| walk.entry(it)) {
        entries.entry(&entry.topic).or_default().push(entry.id.clone());
    }
    let topics = walk
        .corpus()
        .topics
        .iter()
        .map(|topic| {
            let name = walk.chain().iter().find_map(|lang| topic.names.get(*lang));
            TopicPart {
                id: topic.id.clone(),
                title: name.unwrap_or(&topic.id).clone(),
                entries: entries.get(topic.id.as_str()).cloned().unwrap_or_default(),
            }
        })
        .collect();
    to_json(Topics { topics })
}
/// Resources for this person.
#[utoipa::path(get, path = "/v1/resources", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The resources", body = Resources),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn resources(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let names = |wanted: &Option<String>, list: &[String]| {
        wanted.as_ref().is_none_or(|wanted| list.contains(wanted))
    };
    let all = walk.corpus().catalogue.resources.iter();
    let resources = all
        .filter(|it| names(&visitor.topic, &it.about.topics))
        .filter(|it| names(&visitor.collection, &it.about.collections))
        .filter(|it| walk.may_read(it))
        .filter_map(|it| ResourceSheet::of(&walk, it))
        .collect();
    to_json(Resources { resources })
}
/// A resource.
#[utoipa::path(get, path = "/v1/resources/{id}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("id" = String, Path, example = "handbook"), Asked),
    responses(
        (status = 200, description = "The resource", body = ResourceSheet),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 404, description = "Nothing of this id is served today", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn resource(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    leaf(&walk, &Target::Resource(id))
}
/// Collections of resources.
#[utoipa::path(get, path = "/v1/collections", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The collections", body = Collections),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn collections(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let all = walk.corpus().catalogue.collections.iter();
    let collections = all.map(|it| CollectionPart::of(&walk, it)).collect();
    to_json(Collections { collections })
}
/// Programmatic approaches.
#[utoipa::path(get, path = "/v1/approaches", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The approaches", body = Approaches),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn approaches(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let approaches = ApproachPart::all(&walk, &walk.corpus().catalogue.approaches);
    to_json(Approaches { approaches })
}
/// An approach.
#[utoipa::path(get, path = "/v1/approaches/{id}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("id" = String, Path, example = "outreach"), Asked),
    responses(
        (status = 200, description = "The approach", body = ApproachSheet),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 404, description = "Nothing of this id is served today", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn approach(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    leaf(&walk, &Target::Approach(id))
}
/// The root of the decision tree.
#[utoipa::path(get, path = "/v1/tree", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "Where it begins", body = TreePart),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 404, description = "This corpus serves no decision tree today", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn root(State(shared): State<Arc<Shared>>, uri: Uri) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let missing = || nothing("no-tree", "this corpus serves no decision tree today");
    let fork = walk.root().ok_or_else(missing)?;
    to_json(TreePart::of(&fork, &walk))
}

/// A node or list with its choices; behind a leaf what it holds.
#[utoipa::path(get, path = "/v1/tree/{place}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("place" = String, Path, example = "root"), Asked),
    responses(
        (status = 200, description = "The place, or what the leaf holds", body = Place),
        (status = 400, description = "The query cannot be understood", body = ErrorBody),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody),
        (status = 404, description = "The tree has no such place for this person today", body = ErrorBody),
        (status = 429, description = "Too many requests; see `Retry-After`", body = ErrorBody)))]
async fn place(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let (visitor, engine) = (Visitor::of(&uri)?, shared.live.engine());
    let walk = visitor.walk(engine.corpus(), shared.live.today());
    let unknown = || {
        let message = "the tree has no such place for this person today; begin at /v1/tree";
        nothing("unknown-node", message)
    };
    let (target, page) = tree::place(&walk, &name).ok_or_else(unknown)?;
    if !walk.is_open(&target) {
        return Err(unknown());
    }
    match walk.fork(&target) {
        Some(fork) => to_json(TreePart::page(&fork, &walk, page).ok_or_else(unknown)?),
        None => leaf(&walk, &target),
    }
}

fn leaf(walk: &Walk<'_>, target: &Target) -> Result<Json<Value>, RequestError> {
    let catalogue = &walk.corpus().catalogue;
    let found = match target {
        Target::Entry(id) => {
            let sheet = walk.corpus().entry(id).and_then(|it| EntrySheet::of(walk, it));
            sheet.map(to_json)
        }
        Target::Resource(id) => {
            let resource = catalogue.resource(id).filter(|it| walk.may_read(it));
            resource.and_then(|it| ResourceSheet::of(walk, it)).map(to_json)
        }
        Target::Approach(id) => {
            catalogue.approach(id).and_then(|it| ApproachSheet::of(walk, it)).map(to_json)
        }
        Target::Referral => Some(to_json(json!({ "referral": referral::everywhere(walk) }))),
        Target::Node(_) | Target::Topic(_) | Target::Collection(_) => None,
    };
    found.unwrap_or_else(|| Err(nothing("unknown-id", "nothing of this id is served today")))
}
