//! Browsing: what can be read without asking. Everything here is approved and valid today.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorBody, RequestError};
use super::reading::{ApproachPart, ApproachSheet, CollectionPart, ResourceSheet};
use super::refusal::{BadQuery, Barred};
use super::routes::Shared;
use super::schema;
use super::tree::{self, TreePart};
use super::visitor::{Asked, Visitor};
use super::wire::AnswerPart;
use crate::corpus::{Entry, EntryId, Role, Target};
use crate::dialogue::referral;
use crate::retrieval::Walk;

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

/// What a browsing request is answered.
type Reply = Result<Json<Value>, RequestError>;

/// Answers with what the visitor may read today.
fn visit(shared: &Shared, uri: &Uri, answer: impl FnOnce(&Walk<'_>, &Visitor) -> Reply) -> Reply {
    let (visitor, engine) = (Visitor::of(uri)?, shared.live.engine());
    answer(&visitor.walk(engine.corpus(), shared.live.today()), &visitor)
}

fn nothing(code: &'static str, message: impl Into<String>) -> RequestError {
    RequestError::new(StatusCode::NOT_FOUND, code, message)
}

fn to_json(value: impl Serialize) -> Reply {
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
        (status = 404, description = "No entry of this id is served today", body = ErrorBody),
        Barred, BadQuery))]
async fn entry(State(shared): State<Arc<Shared>>, Path(id): Path<String>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
        let entry = walk.corpus().entry(&EntryId::new(&id));
        let sheet = entry.and_then(|it| EntrySheet::of(walk, it));
        let unknown = || nothing("unknown-entry", "no entry of this id is served today");
        to_json(sheet.ok_or_else(unknown)?)
    })
}
/// Topics with their entries.
#[utoipa::path(get, path = "/v1/topics", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The topics", body = Topics),
        Barred, BadQuery))]
async fn topics(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
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
    })
}
/// Resources for this person.
#[utoipa::path(get, path = "/v1/resources", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The resources", body = Resources),
        Barred, BadQuery))]
async fn resources(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, visitor| {
        let names = |wanted: &Option<String>, list: &[String]| {
            wanted.as_ref().is_none_or(|wanted| list.contains(wanted))
        };
        let all = walk.corpus().catalogue.resources.iter();
        let resources = all
            .filter(|it| names(&visitor.topic, &it.about.topics))
            .filter(|it| names(&visitor.collection, &it.about.collections))
            .filter(|it| walk.may_read(it))
            .filter_map(|it| ResourceSheet::of(walk, it))
            .collect();
        to_json(Resources { resources })
    })
}
/// A resource.
#[utoipa::path(get, path = "/v1/resources/{id}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("id" = String, Path, example = "handbook"), Asked),
    responses(
        (status = 200, description = "The resource", body = ResourceSheet),
        (status = 404, description = "Nothing of this id is served today", body = ErrorBody),
        Barred, BadQuery))]
async fn resource(State(shared): State<Arc<Shared>>, Path(id): Path<String>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| leaf(walk, &Target::Resource(id)))
}
/// Collections of resources.
#[utoipa::path(get, path = "/v1/collections", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The collections", body = Collections),
        Barred, BadQuery))]
async fn collections(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
        let all = walk.corpus().catalogue.collections.iter();
        let collections = all.map(|it| CollectionPart::of(walk, it)).collect();
        to_json(Collections { collections })
    })
}
/// Programmatic approaches.
#[utoipa::path(get, path = "/v1/approaches", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "The approaches", body = Approaches),
        Barred, BadQuery))]
async fn approaches(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
        let approaches = ApproachPart::all(walk, &walk.corpus().catalogue.approaches);
        to_json(Approaches { approaches })
    })
}
/// An approach.
#[utoipa::path(get, path = "/v1/approaches/{id}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("id" = String, Path, example = "outreach"), Asked),
    responses(
        (status = 200, description = "The approach", body = ApproachSheet),
        (status = 404, description = "Nothing of this id is served today", body = ErrorBody),
        Barred, BadQuery))]
async fn approach(State(shared): State<Arc<Shared>>, Path(id): Path<String>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| leaf(walk, &Target::Approach(id)))
}
/// The root of the decision tree.
#[utoipa::path(get, path = "/v1/tree", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(Asked),
    responses(
        (status = 200, description = "Where it begins", body = TreePart),
        (status = 404, description = "This corpus serves no decision tree today", body = ErrorBody),
        Barred, BadQuery))]
async fn root(State(shared): State<Arc<Shared>>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
        let missing = || nothing("no-tree", "this corpus serves no decision tree today");
        let fork = walk.root().ok_or_else(missing)?;
        to_json(TreePart::of(&fork, walk))
    })
}

/// A node or list with its choices; behind a leaf what it holds.
#[utoipa::path(get, path = "/v1/tree/{place}", tag = "browse",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(("place" = String, Path, example = "root"), Asked),
    responses(
        (status = 200, description = "The place, or what the leaf holds", body = Place),
        (status = 404, description = "The tree has no such place for this person today", body = ErrorBody),
        Barred, BadQuery))]
async fn place(State(shared): State<Arc<Shared>>, Path(name): Path<String>, uri: Uri) -> Reply {
    visit(&shared, &uri, |walk, _| {
        let unknown = || {
            let message = "the tree has no such place for this person today; begin at /v1/tree";
            nothing("unknown-node", message)
        };
        let (target, page) = tree::place(walk, &name).ok_or_else(unknown)?;
        if !walk.is_open(&target) {
            return Err(unknown());
        }
        match walk.fork(&target) {
            Some(fork) => to_json(TreePart::page(&fork, walk, page).ok_or_else(unknown)?),
            None => leaf(walk, &target),
        }
    })
}

fn leaf(walk: &Walk<'_>, target: &Target) -> Reply {
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
