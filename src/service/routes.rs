//! The paths and what answers them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::access::Access;
use super::error::RequestError;
use super::feedback;
use super::log::Noted;
use super::store::{Asked, Store};
use super::wire::{DEFAULT_LIMIT, MAX_LIMIT, MAX_QUESTION_CHARS, SearchReply, SearchRequest};
use crate::analysis::Lang;
use crate::config;
use crate::engine::Engine;
use crate::retrieval::{Outcome, Profile, Query};

/// Largest body of a request, in bytes: a longest question with every character escaped.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Time for the body of a request.
const BODY_WITHIN: Duration = Duration::from_secs(5);

/// What every handler shares.
#[derive(Debug)]
pub(super) struct Shared {
    engine: Engine,
    /// What is remembered.
    pub(super) store: Store,
    /// Who is let in.
    pub(super) access: Arc<Access>,
}

/// All paths of the service.
pub(super) fn router(engine: Engine, store: Store, access: Arc<Access>) -> Router {
    let shared = Arc::new(Shared { engine, store, access });
    Router::new()
        .route("/v1/search", post(search))
        .route("/v1/feedback", post(feedback::give))
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .route(
            "/",
            get(|| async { page("text/html; charset=utf-8", include_str!("page/index.html")) }),
        )
        .route(
            "/page.css",
            get(|| async { page("text/css; charset=utf-8", include_str!("page/page.css")) }),
        )
        .route(
            "/page.js",
            get(|| async { page("text/javascript; charset=utf-8", include_str!("page/page.js")) }),
        )
        .fallback(|| async {
            let message = "there is nothing at this path; see the list in README.md";
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

async fn ready(State(shared): State<Arc<Shared>>) -> Json<serde_json::Value> {
    let corpus = shared.engine.corpus();
    Json(json!({
        "status": "ready",
        "snapshot": shared.engine.snapshot,
        "corpus": shared.engine.corpus_digest,
        "entries": corpus.entries.len(),
        "languages": corpus.settings.languages,
        "sample": corpus.settings.sample,
        "state": shared.store.status(),
        "access": shared.access.mode(),
    }))
}

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
        today: config::today(),
    };
    let decision = shared.engine.decide(&query);
    let explain = request.explain.unwrap_or(false);
    let mut reply = SearchReply::new(&shared.engine, &query, &decision, explain);
    let noted = remember(&shared.store, &request.question, &reply);
    reply.query_id.clone_from(&noted.query_id);
    Ok((Extension(noted), Json(reply)))
}

/// Gives a query its name and keeps what may be kept of it.
fn remember(store: &Store, question: &str, reply: &SearchReply) -> Noted {
    let now = config::now();
    let language = reply.language.question.as_ref().map(Lang::as_str);
    let entry = reply.candidates.first().map(|it| it.entry.as_str());
    let decision = reply.decision.name();
    let asked = Asked { decision, entry, language, person: None };
    // Nobody who looks for help is to be read by others, hence nothing of what is urgent.
    if reply.decision == Outcome::Tree {
        store.unanswered_add(question, language, now);
    }
    Noted {
        query_id: store.query_save(&asked, now).ok().map(|it| it.id),
        language: language.map(str::to_owned),
        decision,
        entry: entry.map(str::to_owned),
    }
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
    serde_json::from_slice(body).map_err(|error| {
        let code = match error.classify() {
            serde_json::error::Category::Data => "bad-field",
            _ => "not-json",
        };
        RequestError::bad(code, error.to_string())
    })
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

fn language(tag: &str) -> Result<Lang, RequestError> {
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

fn check_profile(profile: &Profile) -> Result<(), RequestError> {
    let plain = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    if profile.country.as_ref().is_some_and(|code| !plain(code)) {
        let message = "`country` is the two capital letters of ISO 3166, like KE";
        return Err(RequestError::bad("unknown-country", message));
    }
    Ok(())
}
