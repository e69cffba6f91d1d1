//! The paths and what answers them.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Access;
use super::chat::Conversations;
use super::error::RequestError;
use super::live::Live;
use super::log::Noted;
use super::refusal::{BadBody, Barred};
use super::scrub::Scrubbed;
use super::store::{self, Asked, Missed, QueryRecord, Store};
use super::wire::{DEFAULT_LIMIT, MAX_LIMIT, MAX_QUESTION_CHARS, SearchReply, SearchRequest};
use super::{aaq, browse, chat, feedback, metrics, openapi, operation};
use crate::analysis::Lang;
use crate::config;
use crate::engine::Engine;
use crate::retrieval::{Decision, Outcome, Profile, Query};

/// Largest body of a request, in bytes: a longest question with every character escaped.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Time for the body of a request.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// What every handler shares.
#[derive(Debug)]
pub(super) struct Shared {
    /// The engine in use.
    pub(super) live: Arc<Live>,
    /// What is remembered.
    pub(super) store: Store,
    /// Who is let in.
    pub(super) access: Arc<Access>,
    /// Conversations under way.
    pub(super) chats: Conversations,
    /// Whether Ask-A-Question clients get an error where there is no sure answer.
    pub(super) strict: bool,
    /// The description of the interface, once all paths are known.
    pub(super) document: OnceLock<String>,
}

/// All paths of the service; each is annotated with `utoipa::path`, so it is described as well.
pub(super) fn router(shared: Shared) -> Router {
    let shared = Arc::new(shared);
    let (router, document) = OpenApiRouter::with_openapi(openapi::Common::openapi())
        .routes(routes!(search))
        .merge(browse::router())
        .merge(chat::router())
        .merge(feedback::router())
        .merge(aaq::router())
        .merge(operation::router())
        .merge(openapi::router())
        .routes(routes!(index))
        .routes(routes!(style))
        .routes(routes!(labels))
        .routes(routes!(script))
        .split_for_parts();
    // It is set here only.
    drop(shared.document.set(openapi::text(document)));
    router
        .fallback(|| async {
            let message = "there is nothing at this path; see `/docs`";
            RequestError::new(StatusCode::NOT_FOUND, "not-found", message)
        })
        .method_not_allowed_fallback(|| async {
            let message = "this path does not take this method";
            RequestError::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message)
        })
        .with_state(shared)
}

/// A page, kept from loading or being loaded by anything else.
fn page(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// The chat page.
#[utoipa::path(get, path = "/", tag = "pages",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")))]
async fn index() -> Response {
    page("text/html; charset=utf-8", include_str!("page/index.html"))
}

/// How the chat page looks.
#[utoipa::path(get, path = "/page.css", tag = "pages",
    responses((status = 200, description = "A style sheet", body = String, content_type = "text/css")))]
async fn style() -> Response {
    page("text/css; charset=utf-8", include_str!("page/page.css"))
}

/// What the chat page's own buttons are called.
#[utoipa::path(get, path = "/labels.js", tag = "pages",
    responses((status = 200, description = "A script", body = String, content_type = "text/javascript")))]
async fn labels() -> Response {
    page("text/javascript; charset=utf-8", include_str!("page/labels.js"))
}

/// What the chat page does.
#[utoipa::path(get, path = "/page.js", tag = "pages",
    responses((status = 200, description = "A script", body = String, content_type = "text/javascript")))]
async fn script() -> Response {
    page("text/javascript; charset=utf-8", include_str!("page/page.js"))
}

/// Decides what to do with a question.
#[utoipa::path(post, path = "/v1/search", tag = "search",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body(content = SearchRequest,
        example = json!({ "question": "nimesahau kumeza kidonge jana", "language": "sw" })),
    responses(
        (status = 200, description = "The decision", body = SearchReply),
        Barred, BadBody))]
async fn search(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(Extension<Noted>, Json<SearchReply>), RequestError> {
    let body = read_json(&headers, body).await?;
    let request = parse(&body)?;
    let language = request.language.as_deref().map(language).transpose()?;
    let profile = request.profile.unwrap_or_default();
    check_profile(&profile)?;
    let query = Query {
        text: &request.question,
        language: language.as_ref(),
        profile: &profile,
        limit: limit(request.limit)?,
        today: shared.live.today(),
    };
    let engine = shared.live.engine();
    let decision = decide(&engine, &query);
    let explain = request.explain.unwrap_or(false);
    let mut reply = SearchReply::new(&engine, &query, &decision, explain);
    let (noted, record) = remember(&shared.store, &request.question, &reply);
    reply.query_id = record.ok().map(|it| it.id);
    Ok((Extension(noted), Json(reply)))
}

/// Decides, counted and timed.
pub(super) fn decide(engine: &Engine, query: &Query<'_>) -> Decision {
    let start = Instant::now();
    let decision = engine.decide(query);
    metrics::decided(engine, &decision, Some(start.elapsed()));
    decision
}

/// Gives a query its names and keeps what may be kept of it.
pub(super) fn remember(
    store: &Store,
    question: &str,
    reply: &SearchReply,
) -> (Noted, Result<QueryRecord, store::Error>) {
    let now = config::now();
    let language = reply.language.question.as_ref().map(Lang::as_str);
    let entry = reply.candidates.first().map(|it| it.entry.as_str());
    let decision = reply.decision.name();
    let asked = Asked { decision, entry, language, person: None };
    // Nobody who looks for help is to be read by others, hence nothing of what is urgent.
    if reply.decision == Outcome::Tree && store.keeps_questions() {
        let text = &Scrubbed::of(question);
        store.unanswered_add(&Missed { text, language, declined: &[], person: None }, now);
    }
    let record = store.query_save(&asked, now);
    let noted = Noted {
        query_id: record.as_ref().ok().map(|it| it.id.clone()),
        language: language.map(str::to_owned),
        decision,
        entry: entry.map(str::to_owned),
    };
    (noted, record)
}

pub(super) async fn read_json(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, RequestError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    let is_json = kind.eq_ignore_ascii_case("application/json")
        || kind.rsplit_once('+').is_some_and(|(_, suffix)| suffix.eq_ignore_ascii_case("json"));
    if !is_json {
        let message = "send JSON with the header `Content-Type: application/json`";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(RequestError::new(status, "not-json-type", message));
    }
    read(headers, body).await
}

/// The bytes of a body, neither too many nor too slow.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, RequestError> {
    let too_large = || {
        let message = format!("the body has more than {MAX_BODY_BYTES} bytes");
        RequestError::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
    };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok());
    if length.and_then(|it| it.parse::<usize>().ok()).is_some_and(|it| it > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_WITHIN, to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => {
            let message = "the body did not arrive in time";
            Err(RequestError::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message))
        }
    }
}

/// What a body says.
pub(super) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    if std::str::from_utf8(body).is_err() {
        return Err(RequestError::bad("not-utf8", "the body is not UTF-8 text"));
    }
    // A list of the fields in their order would be taken too; nobody who sends one means it.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(RequestError::bad("bad-field", "the body is a list; send an object"));
    }
    serde_json::from_slice(body).map_err(|error| {
        // A value of another kind than wanted may be reported as a fault of syntax.
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
        let code = if is_json { "bad-field" } else { "not-json" };
        RequestError::bad(code, error.to_string())
    })
}

/// A profile, which is an object: for serde a list of its fields is one too.
pub(super) fn profile<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Profile>, D::Error> {
    let object = Option::<serde_json::Map<String, serde_json::Value>>::deserialize(from)?;
    let read = object.map(|it| serde_json::from_value(it.into()));
    read.transpose().map_err(serde::de::Error::custom)
}

fn parse(body: &[u8]) -> Result<SearchRequest, RequestError> {
    let request: SearchRequest = from_json(body)?;
    if request.question.trim().is_empty() {
        return Err(RequestError::bad("empty-question", "the question is empty"));
    }
    if request.question.chars().count() > MAX_QUESTION_CHARS {
        let message = format!("the question has more than {MAX_QUESTION_CHARS} characters");
        return Err(RequestError::bad("question-too-long", message));
    }
    Ok(request)
}

pub(super) fn language(tag: &str) -> Result<Lang, RequestError> {
    Lang::parse(tag).map_err(|error| RequestError::bad("unknown-language", error.to_string()))
}

fn limit(limit: Option<u32>) -> Result<usize, RequestError> {
    let limit = limit.map_or(DEFAULT_LIMIT, |it| usize::try_from(it).unwrap_or(usize::MAX));
    if (1..=MAX_LIMIT).contains(&limit) {
        Ok(limit)
    } else {
        let message = format!("`limit` is a whole number from 1 to {MAX_LIMIT}");
        Err(RequestError::bad("bad-limit", message))
    }
}

pub(super) fn check_profile(profile: &Profile) -> Result<(), RequestError> {
    let plain = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if profile.country.as_ref().is_some_and(|code| !plain(code)) {
        let message = "`country` is the two capital letters of ISO 3166, like KE";
        return Err(RequestError::bad("unknown-country", message));
    }
    Ok(())
}
