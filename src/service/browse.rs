//! Browsing: what can be read without asking. Everything here is approved and valid today.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::RequestError;
use super::reading::{ApproachPart, ApproachSheet, CollectionPart, ResourceSheet};
use super::referral;
use super::routes::{self, Shared};
use super::tree::{self, TreePart};
use super::wire::AnswerPart;
use crate::analysis::Lang;
use crate::config;
use crate::corpus::{Corpus, Entry, EntryId, Role, Target};
use crate::retrieval::{Profile, Walk};

/// The paths of this module.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/entries/{id}", get(entry))
        .route("/v1/topics", get(topics))
        .route("/v1/resources", get(resources))
        .route("/v1/resources/{id}", get(resource))
        .route("/v1/collections", get(collections))
        .route("/v1/approaches", get(approaches))
        .route("/v1/approaches/{id}", get(approach))
        .route("/v1/tree", get(root))
        .route("/v1/tree/{place}", get(place))
}

/// What stands behind `?`: the person, as in a profile.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    language: Option<String>,
    country: Option<String>,
    age: Option<String>,
    gender: Option<String>,
    role: Option<String>,
    /// Topics of interest, separated by commas.
    topics: Option<String>,
    /// Only what belongs to this topic.
    topic: Option<String>,
    /// Only what belongs to this collection.
    collection: Option<String>,
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
        let language = stated(asked.language).as_deref().map(routes::language).transpose()?;
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
        routes::check_profile(&profile)?;
        let (topic, collection) = (stated(asked.topic), stated(asked.collection));
        Ok(Self { language, profile, topic, collection })
    }

    fn walk<'a>(&'a self, corpus: &'a Corpus) -> Walk<'a> {
        let wanted: Vec<&Lang> = self.language.iter().collect();
        Walk::new(corpus, corpus.chain(&wanted), &self.profile, config::today())
    }
}

/// An entry with what a list and a next step need.
#[derive(Debug, Serialize)]
struct EntrySheet {
    #[serde(flatten)]
    answer: AnswerPart,
    title: String,
    summary: String,
    topic: String,
    audience: Vec<Role>,
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

async fn entry(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let entry = walk.corpus().entry(&EntryId::new(&id));
    let sheet = entry.and_then(|it| EntrySheet::of(&walk, it));
    let unknown = || nothing("unknown-entry", "no entry of this id is served today");
    to_json(sheet.ok_or_else(unknown)?)
}

async fn topics(State(shared): State<Arc<Shared>>, uri: Uri) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let mut entries: BTreeMap<&str, Vec<&EntryId>> = BTreeMap::new();
    for entry in walk.corpus().entries.iter().filter_map(|it| walk.entry(it)) {
        entries.entry(&entry.topic).or_default().push(&entry.id);
    }
    let topics: Vec<Value> = walk
        .corpus()
        .topics
        .iter()
        .map(|topic| {
            let name = walk.chain().iter().find_map(|lang| topic.names.get(*lang));
            json!({
                "id": topic.id,
                "title": name.unwrap_or(&topic.id),
                "entries": entries.get(topic.id.as_str()).cloned().unwrap_or_default(),
            })
        })
        .collect();
    Ok(Json(json!({ "topics": topics })))
}

async fn resources(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let names = |wanted: &Option<String>, list: &[String]| {
        wanted.as_ref().is_none_or(|wanted| list.contains(wanted))
    };
    let all = walk.corpus().catalogue.resources.iter();
    let sheets: Vec<ResourceSheet> = all
        .filter(|it| names(&visitor.topic, &it.about.topics))
        .filter(|it| names(&visitor.collection, &it.about.collections))
        .filter(|it| walk.may_read(it))
        .filter_map(|it| ResourceSheet::of(&walk, it))
        .collect();
    to_json(json!({ "resources": sheets }))
}

async fn resource(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    leaf(&walk, &Target::Resource(id))
}

async fn collections(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let all = walk.corpus().catalogue.collections.iter();
    let parts: Vec<CollectionPart> = all.map(|it| CollectionPart::of(&walk, it)).collect();
    to_json(json!({ "collections": parts }))
}

async fn approaches(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let parts = ApproachPart::all(&walk, &walk.corpus().catalogue.approaches);
    to_json(json!({ "approaches": parts }))
}

async fn approach(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    leaf(&walk, &Target::Approach(id))
}

async fn root(State(shared): State<Arc<Shared>>, uri: Uri) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
    let missing = || nothing("no-tree", "this corpus serves no decision tree today");
    let fork = walk.root().ok_or_else(missing)?;
    to_json(TreePart::of(&fork, &walk))
}

/// A node or list with its choices; behind a leaf what it holds.
async fn place(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, RequestError> {
    let visitor = Visitor::of(&uri)?;
    let walk = visitor.walk(shared.engine.corpus());
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
