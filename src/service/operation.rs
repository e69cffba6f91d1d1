//! For whoever operates the server: is it alive, is it ready, what does it count, read the corpus
//! again.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorBody, ErrorPart, RequestError};
use super::live::{Cause, Live, Reload};
use super::metrics;
use super::refusal::Barred;
use super::routes::Shared;
use super::store::Store;
use crate::analysis::Lang;
use crate::corpus::Digest;

/// The reply of `/healthz`.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

/// The reply of `/readyz`.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// Always `ready`: without an index the server does not start.
    #[schema(example = "ready")]
    status: &'static str,
    /// Identity of the snapshot.
    #[schema(value_type = String, example = "sha256:9f86d081884c7d65")]
    snapshot: Digest,
    /// Identity of the corpus it was built from.
    #[schema(value_type = String, example = "sha256:60303ae22b998861")]
    corpus: Digest,
    /// The day its approvals were looked at.
    #[schema(example = "2026-11-22")]
    built_for: String,
    /// Days since then.
    index_age_days: i64,
    /// Entries that are served.
    entries: usize,
    /// Languages in order of preference.
    #[schema(value_type = Vec<String>, example = json!(["en", "sw"]))]
    languages: Vec<Lang>,
    /// Whether the corpus is a demonstration that was not clinically reviewed.
    sample: bool,
    /// `ok`, or `away` while the database cannot be used; search goes on.
    #[schema(example = "ok")]
    state: &'static str,
    /// Who is let in.
    #[schema(example = "open on loopback")]
    access: &'static str,
    /// The channel the index comes from; null where it is built from the corpus.
    following: Option<FollowedChannel>,
    /// How the last reload ended; null before the first.
    last_reload: Option<Reload>,
}

/// The channel a server follows.
#[derive(Debug, Serialize, ToSchema)]
struct FollowedChannel {
    /// Its name.
    #[schema(example = "stable")]
    channel: String,
    /// The release that is served; null as long as the channel could not be reached.
    release: Option<u64>,
    /// Whether the last look at it went well; what was served is served on.
    ok: bool,
}

/// The reply of a reload.
#[derive(Debug, Serialize, ToSchema)]
struct Reloaded {
    /// How it ended.
    reload: Reload,
}

/// A reload that was refused.
#[derive(Debug, Serialize, ToSchema)]
struct Refused {
    /// What to do.
    error: ErrorPart,
    /// How it ended; `errors` says how many the corpus has.
    reload: Reload,
}

/// The paths of this file.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(count))
        .routes(routes!(reload))
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "It does", body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// What is served, and how things stand.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, description = "Questions are answered", body = Ready)))]
async fn ready(State(shared): State<Arc<Shared>>) -> Json<Ready> {
    let engine = shared.live.engine();
    let corpus = engine.corpus();
    Json(Ready {
        status: "ready",
        snapshot: engine.snapshot,
        corpus: engine.corpus_digest,
        built_for: engine.built_for.to_string(),
        index_age_days: (shared.live.today() - engine.built_for).whole_days(),
        entries: corpus.entries.len(),
        languages: corpus.settings.languages.clone(),
        sample: corpus.settings.sample,
        state: shared.store.status(),
        access: shared.access.mode(),
        following: shared.live.following().map(|it| FollowedChannel {
            channel: it.channel().to_owned(),
            release: it.number(),
            ok: !it.is_failing(),
        }),
        last_reload: shared.live.last_reload(),
    })
}

/// What is counted and timed, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    security((), ("bearer" = ["admin"]), ("key" = ["admin"])),
    responses(
        (status = 200, description = "The metrics", body = String, content_type = "text/plain"),
        (status = 401, description = "The key is missing or wrong", body = ErrorBody)))]
async fn count(State(shared): State<Arc<Shared>>) -> Response {
    metrics::following(shared.live.following());
    let text = metrics::render(&shared.live.engine(), shared.live.today(), !shared.store.is_away());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Reads the corpus again, and builds where it has changed; refused, what was served stays.
#[utoipa::path(post, path = "/v1/admin/reload", tag = "operation",
    security((), ("bearer" = ["admin"]), ("key" = ["admin"])),
    responses(
        (status = 200, description = "It is served, or nothing has changed", body = Reloaded),
        (status = 409, description = "The corpus has errors; the last one is still served", body = Refused),
        (status = 503, description = "The server is stopping", body = ErrorBody),
        Barred))]
async fn reload(State(shared): State<Arc<Shared>>) -> Response {
    let Some(reload) = shared.live.reload(Cause::Request).await else {
        let message = "the server is stopping; ask the one that follows it";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return RequestError::new(status, "stopping", message).into_response();
    };
    match &reload.message {
        Some(why) => {
            let error = ErrorPart { code: "corpus-refused", message: why.clone() };
            (StatusCode::CONFLICT, Json(Refused { error, reload })).into_response()
        }
        None => Json(Reloaded { reload }).into_response(),
    }
}

/// Says in the log what is served, where and to whom.
pub(super) fn report(live: &Live, store: &Store, access: &str, addr: SocketAddr) {
    let engine = live.engine();
    let corpus = engine.corpus();
    let languages: Vec<&str> = corpus.settings.languages.iter().map(Lang::as_str).collect();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        %addr,
        snapshot = %engine.snapshot,
        corpus = %engine.corpus_digest,
        built_for = %engine.built_for,
        entries = corpus.entries.len(),
        languages = languages.join(","),
        sample = corpus.settings.sample,
        state = store.status(),
        state_place = store.place(),
        access,
        "serving"
    );
}
