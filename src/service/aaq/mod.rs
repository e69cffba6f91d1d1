//! The interface of Ask-A-Question, so that flows built for it work by changing address and key.
//!
//! Each path is served with and without `/api`. Shapes, statuses and quirks are those of the
//! original; what it does not know (`decision`, `message`, `options_text` …) stands beside.

#![expect(unused_qualifications, reason = "the macro that describes parameters writes them")]

mod feedback;
mod refusal;
mod reply;
mod request;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query as QueryString, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::RequestError;
use super::live::Live;
use super::routes::{self, Shared};
use super::wire::{MAX_QUESTION_CHARS, SearchReply};
use crate::analysis::Lang;
use crate::corpus::DangerClass;
use crate::engine::Engine;
use crate::retrieval::{Outcome, Profile, Query};
use refusal::{BadBody, Barred};
use reply::AaqReply;
pub(super) use request::Faults;
use request::Fields;

/// The paths, without `/api`.
const PATHS: [&str; 4] = ["/search", "/response-feedback", "/content-feedback", "/urgency-detect"];
/// Candidates looked at; results are made of them.
const CANDIDATES: usize = 5;

/// The paths of this folder, with and without `/api`.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    let paths = OpenApiRouter::new()
        .routes(routes!(search, search_by_get))
        .routes(routes!(urgency, urgency_by_get))
        .merge(feedback::router());
    OpenApiRouter::new().nest("/api", paths.clone()).merge(paths)
}

/// What is wrong with a request, in the original's words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Detail {
    /// What is wrong.
    #[schema(example = "Could not validate credentials")]
    detail: String,
}

/// A request as it is described; what is read is more lenient.
#[derive(Debug, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes; `Fields` reads")]
struct SearchFields {
    /// The question as it was typed.
    #[schema(example = "i forgot my pill yesterday")]
    query_text: String,
    /// Makes no difference: a reviewed answer is never generated.
    #[schema(required = false)]
    #[param(required = false)]
    generate_llm_response: Option<bool>,
    /// Anything; `language`, `country`, `age`, `gender`, `role` are understood as in `/v1/search`.
    #[schema(value_type = Option<Object>)]
    #[param(value_type = Option<Object>)]
    query_metadata: Option<Value>,
    /// Comes back as it is.
    session_id: Option<i64>,
}

/// A message to be looked at.
#[derive(Debug, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes; `Fields` reads")]
struct UrgencyFields {
    /// The message as it was typed.
    #[schema(example = "she is bleeding a lot")]
    message_text: String,
}

/// Finds what answers a question.
#[utoipa::path(post, path = "/search", tag = "aaq", operation_id = "aaq_search",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body(content((SearchFields = "application/json"), (String = "text/plain"))),
    responses(
        (status = 200, description = "What to send", body = AaqReply),
        (status = 400, description = "No answer, with `aaq.strict`; the results are there", body = AaqReply),
        Barred, BadBody))]
async fn search(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    let body = routes::read(&headers, body).await?;
    Ok(Fields::of_body(&body).and_then(|fields| found(&shared, fields)).unwrap_or_else(refused))
}

/// Finds what answers a question, for platforms that can only GET. The question then stands in the
/// address, which proxies log: POST is better.
#[utoipa::path(get, path = "/search", tag = "aaq", operation_id = "aaq_search_by_get",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(SearchFields),
    responses(
        (status = 200, description = "What to send", body = AaqReply),
        (status = 400, description = "No answer, with `aaq.strict`; the results are there", body = AaqReply),
        Barred))]
async fn search_by_get(
    State(shared): State<Arc<Shared>>,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Response {
    found(&shared, Fields::of_query(pairs)).unwrap_or_else(refused)
}

fn found(shared: &Shared, mut fields: Fields) -> Result<Response, Faults> {
    let question = fields.text("query_text", MAX_QUESTION_CHARS);
    fields.flag("generate_llm_response");
    let metadata = fields.object("query_metadata");
    let session = fields.whole_if_any("session_id");
    fields.finish()?;
    let (engine, profile) = (shared.live.engine(), profile(&metadata));
    let language = known(&metadata, "language");
    let query = asked(shared, &question, language.as_ref(), &profile);
    let decision = routes::decide(&engine, &query);
    let reply = SearchReply::new(&engine, &query, &decision, false);
    let (noted, record) = routes::remember(&shared.store, &question, &reply);
    let record = match record {
        Ok(record) => record,
        Err(error) => return Ok(RequestError::from(error).into_response()),
    };
    let results = reply::results(&engine, &query, &decision, &reply);
    let reply = AaqReply::new(reply, results, record, shared.strict).in_session(session);
    let status = if reply.is_error() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok((status, Extension(noted), Json(reply)).into_response())
}

fn asked<'a>(
    shared: &Shared,
    text: &'a str,
    language: Option<&'a Lang>,
    profile: &'a Profile,
) -> Query<'a> {
    Query { text, language, profile, limit: CANDIDATES, today: shared.live.today() }
}

/// What the metadata says of the person; what cannot be understood is passed over, as it may be
/// meant for somebody else.
fn profile(metadata: &Map<String, Value>) -> Profile {
    let country = metadata.get("country").and_then(Value::as_str);
    let is_code = |it: &&str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_alphabetic());
    Profile {
        country: country.filter(is_code).map(str::to_ascii_uppercase),
        age: known(metadata, "age"),
        gender: known(metadata, "gender"),
        role: known(metadata, "role"),
        topics: known(metadata, "topics").unwrap_or_default(),
    }
}

fn known<T: serde::de::DeserializeOwned>(metadata: &Map<String, Value>, name: &str) -> Option<T> {
    metadata.get(name).and_then(|it| serde_json::from_value(it.clone()).ok())
}

/// The reply of `POST /api/urgency-detect`.
#[derive(Debug, Serialize, ToSchema)]
struct Urgency {
    /// Whether the person needs help now.
    is_urgent: bool,
    /// The titles of the red flags, most urgent first.
    #[schema(example = json!(["Heavy bleeding"]))]
    matched_rules: Vec<String>,
    /// The same, keyed "0", "1", ….
    #[schema(value_type = std::collections::BTreeMap<String, UrgencyDetail>)]
    details: Map<String, Value>,
    /// What to tell the person, where it is urgent.
    message: Option<String>,
}

/// A red flag that was found.
#[derive(Debug, Serialize, ToSchema)]
struct UrgencyDetail {
    /// Its title.
    #[schema(example = "Heavy bleeding")]
    urgency_rule: String,
    /// Its class.
    #[schema(value_type = String, example = "emergency")]
    class: DangerClass,
    /// Always 0: it was found.
    distance: f64,
}

/// Tells whether a person is in danger.
#[utoipa::path(post, path = "/urgency-detect", tag = "aaq", operation_id = "aaq_urgency",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body(content((UrgencyFields = "application/json"), (String = "text/plain"))),
    responses(
        (status = 200, description = "Whether it is urgent", body = Urgency),
        Barred, BadBody))]
async fn urgency(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    let body = routes::read(&headers, body).await?;
    Ok(Fields::of_body(&body).and_then(|fields| looked_at(&shared, fields)).unwrap_or_else(refused))
}

/// Tells whether a person is in danger, for platforms that can only GET.
#[utoipa::path(get, path = "/urgency-detect", tag = "aaq", operation_id = "aaq_urgency_by_get",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    params(UrgencyFields),
    responses(
        (status = 200, description = "Whether it is urgent", body = Urgency),
        Barred))]
async fn urgency_by_get(
    State(shared): State<Arc<Shared>>,
    QueryString(pairs): QueryString<Vec<(String, String)>>,
) -> Response {
    looked_at(&shared, Fields::of_query(pairs)).unwrap_or_else(refused)
}

fn looked_at(shared: &Shared, mut fields: Fields) -> Result<Response, Faults> {
    let text = fields.text("message_text", MAX_QUESTION_CHARS);
    fields.finish()?;
    let (engine, profile) = (shared.live.engine(), Profile::default());
    let query = asked(shared, &text, None, &profile);
    let decision = routes::decide(&engine, &query);
    let reply = SearchReply::new(&engine, &query, &decision, false);
    let titles =
        decision.dangers.iter().map(|it| (*it, reply::title(engine.corpus(), &reply, *it)));
    let titles: Vec<(DangerClass, String)> = titles.collect();
    let detail = |(class, title): &(DangerClass, String)| {
        json!(UrgencyDetail { urgency_rule: title.clone(), class: *class, distance: 0.0 })
    };
    let details = (0..).zip(&titles).map(|(at, it): (u32, _)| (at.to_string(), detail(it)));
    let urgency = Urgency {
        is_urgent: decision.outcome == Outcome::Urgent,
        details: details.collect(),
        matched_rules: titles.iter().map(|(_, title)| title.clone()).collect(),
        message: reply.message.filter(|_| decision.outcome == Outcome::Urgent),
    };
    Ok(Json(urgency).into_response())
}

fn refused(faults: Faults) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(faults)).into_response()
}

/// Words what was refused on one of these paths as the original does.
pub(super) async fn in_its_words(
    State(live): State<Arc<Live>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_ours = PATHS.contains(&path.strip_prefix("/api").unwrap_or(path));
    let mut response = next.run(request).await;
    let error = response.extensions().get::<RequestError>().filter(|_| is_ours).cloned();
    let Some(error) = error else { return response };
    let detail = match error.status {
        StatusCode::UNAUTHORIZED => "Could not validate credentials".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => "Method Not Allowed".to_owned(),
        StatusCode::TOO_MANY_REQUESTS => limit_reached(&live.engine()),
        _ => error.message.clone(),
    };
    let (parts, body) = Json(Detail { detail }).into_response().into_parts();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    if error.status == StatusCode::UNAUTHORIZED {
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    *response.body_mut() = body;
    response
}

fn limit_reached(engine: &Engine) -> String {
    format!("API call limit reached for workspace: {}.", engine.corpus().settings.name)
}
