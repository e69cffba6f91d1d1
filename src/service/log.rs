//! The log: what was done, never what was said.
//!
//! A line of a request has the fields `path` (of the route), `status`, `duration_ms`, and for a
//! question `query_id`, `language`, `decision`, `entry`.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

use super::error::RequestError;
use crate::config::settings::{Log, LogFormat};

/// What a handler tells the log about a question; it travels with the response.
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    pub(super) query_id: Option<String>,
    pub(super) language: Option<String>,
    pub(super) decision: &'static str,
    pub(super) entry: Option<String>,
}

/// Starts the log on standard error, once for the process.
pub fn start(settings: &Log) {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr);
    let started = match settings.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "there is a log already");
    }
}

/// Writes a line about a request that is answered.
pub(super) async fn requests(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let path = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let response = next.run(request).await;
    let noted = response.extensions().get::<Noted>();
    tracing::info!(
        path = path.as_deref().unwrap_or("(none)"),
        status = response.status().as_u16(),
        duration_ms = start.elapsed().as_secs_f64() * 1_000.0,
        error = response.extensions().get::<RequestError>().map(|it| it.code),
        query_id = noted.and_then(|it| it.query_id.as_deref()),
        language = noted.and_then(|it| it.language.as_deref()),
        decision = noted.map(|it| it.decision),
        entry = noted.and_then(|it| it.entry.as_deref()),
        "request"
    );
    response
}
