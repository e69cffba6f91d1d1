//! `POST /v1/feedback`: what a person says of a reply.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ErrorBody, RequestError};
use super::refusal::{BadBody, Barred};
use super::routes::{Shared, from_json, read_json};
use super::store::{Feedback, FeedbackKind, Sentiment};
use crate::config;
use crate::corpus::EntryId;

/// Longest text, in characters.
const MAX_TEXT_CHARS: usize = 4_096;
/// Longest id of an entry.
const MAX_ENTRY_BYTES: usize = 128;

/// The body of `POST /v1/feedback`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackRequest {
    /// The `query_id` of the reply.
    pub query_id: String,
    /// Whether it helped.
    pub helpful: bool,
    /// The entry it is about, where that is not the whole reply.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub entry: Option<EntryId>,
    /// Words about it; kept only where the settings say so.
    #[serde(default)]
    pub text: Option<String>,
}

/// The path of this file.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new().routes(routes!(give))
}

/// Keeps feedback; when this answers, it is on the disk.
#[utoipa::path(post, path = "/v1/feedback", tag = "search",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body = FeedbackRequest,
    responses(
        (status = 204, description = "It is kept"),
        (status = 404, description = "There is no such query, or no longer", body = ErrorBody),
        (status = 503, description = "It cannot be kept now; send it again", body = ErrorBody),
        Barred, BadBody))]
pub(super) async fn give(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, RequestError> {
    let request: FeedbackRequest = from_json(&read_json(&headers, body).await?)?;
    let n_chars = request.text.as_deref().unwrap_or_default().chars().count();
    if n_chars > MAX_TEXT_CHARS {
        let message = format!("the text has more than {MAX_TEXT_CHARS} characters");
        return Err(RequestError::bad("text-too-long", message));
    }
    if request.entry.as_ref().is_some_and(|it| !is_plain(it)) {
        return Err(RequestError::bad(
            "unknown-entry",
            "`entry` is the id of an entry, like PIL-02",
        ));
    }
    let entry = request.entry.as_ref();
    let kind = entry.map_or(FeedbackKind::Response, |_| FeedbackKind::Content);
    let sentiment = if request.helpful { Sentiment::Positive } else { Sentiment::Negative };
    let (entry, text) = (entry.map(EntryId::as_str), request.text.as_deref());
    let feedback = Feedback { query: &request.query_id, kind, sentiment, entry, text };
    shared.store.feedback_add(&feedback, config::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a text can be the id of an entry; which ones there are may have changed since.
fn is_plain(entry: &EntryId) -> bool {
    let id = entry.as_str();
    (1..=MAX_ENTRY_BYTES).contains(&id.len())
        && !id.contains(|it: char| it.is_control() || it.is_whitespace())
}
