//! Feedback as Ask-A-Question takes it: on a reply, and on one entry of it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::refusal::{BadBody, Barred};
use super::request::{Faults, Fields};
use super::{Detail, refused, reply};
use crate::config;
use crate::corpus::DangerClass;
use crate::service::error::RequestError;
use crate::service::routes::{self as paths, Shared};
use crate::service::store::{Feedback, FeedbackKind, QueryName, QueryRecord, Sentiment};

/// Longest secret looked at, in characters.
const MAX_SECRET_CHARS: usize = 200;

/// What is said, as it is described; what is read is more lenient.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes; `Fields` reads")]
struct ResponseFeedback {
    /// The name of the query.
    query_id: i64,
    /// The secret that came with the reply.
    feedback_secret_key: String,
    /// `positive`, `negative` or `unknown`.
    #[schema(example = "positive")]
    feedback_sentiment: Option<String>,
    /// In the person's words.
    feedback_text: Option<String>,
}

/// What is said of one entry.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes; `Fields` reads")]
struct ContentFeedback {
    /// The name of the query.
    query_id: i64,
    /// The secret that came with the reply.
    feedback_secret_key: String,
    /// The integer name of the entry.
    content_id: i64,
    /// `positive`, `negative` or `unknown`.
    #[schema(example = "positive")]
    feedback_sentiment: Option<String>,
    /// In the person's words.
    feedback_text: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    /// For people.
    #[schema(example = "Added Feedback: 1 for Query: 1528077312")]
    message: String,
    /// What is known beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// What was asked for and is not there.
#[derive(Debug, Serialize, ToSchema)]
struct Details {
    /// The name of the entry.
    content_id: i64,
    /// The name of the query.
    query_id: i64,
}

/// What both kinds of feedback say.
struct Said {
    query: i64,
    secret: String,
    sentiment: Sentiment,
    text: Option<String>,
}

/// The paths of this file.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new().routes(routes!(of_response)).routes(routes!(of_content))
}

/// Takes feedback on a reply.
#[utoipa::path(post, path = "/response-feedback", tag = "aaq", operation_id = "aaq_response_feedback",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body(content((ResponseFeedback = "application/json"), (String = "text/plain"))),
    responses(
        (status = 200, description = "It is kept", body = Message),
        (status = 400, description = "The secret is not that of the query", body = Message),
        (status = 503, description = "It cannot be kept now; send it again", body = Detail),
        Barred, BadBody))]
async fn of_response(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    let body = paths::read(&headers, body).await?;
    match Fields::of_body(&body).and_then(Said::alone) {
        Ok(said) => keep(&shared, &said, None).await,
        Err(faults) => Ok(refused(faults)),
    }
}

/// Takes feedback on one entry of a reply.
#[utoipa::path(post, path = "/content-feedback", tag = "aaq", operation_id = "aaq_content_feedback",
    security((), ("bearer" = ["search"]), ("key" = ["search"])),
    request_body(content((ContentFeedback = "application/json"), (String = "text/plain"))),
    responses(
        (status = 200, description = "It is kept", body = Message),
        (status = 400, description = "The secret is not that of the query, or there is no such entry", body = Message),
        (status = 503, description = "It cannot be kept now; send it again", body = Detail),
        Barred, BadBody))]
async fn of_content(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    let body = paths::read(&headers, body).await?;
    match Fields::of_body(&body).and_then(Said::with_content) {
        Ok((said, content)) => keep(&shared, &said, Some(content)).await,
        Err(faults) => Ok(refused(faults)),
    }
}

impl Said {
    fn read(fields: &mut Fields) -> Self {
        let query = fields.whole("query_id");
        let sentiment = fields.one_of("feedback_sentiment", ["positive", "negative", "unknown"]);
        let sentiment = match sentiment {
            "positive" => Sentiment::Positive,
            "negative" => Sentiment::Negative,
            _ => Sentiment::Unknown,
        };
        let text = fields.text_if_any("feedback_text");
        let secret = fields.text("feedback_secret_key", MAX_SECRET_CHARS);
        Self { query, secret, sentiment, text }
    }

    fn alone(mut fields: Fields) -> Result<Self, Faults> {
        let said = Self::read(&mut fields);
        fields.finish().map(|()| said)
    }

    fn with_content(mut fields: Fields) -> Result<(Self, i64), Faults> {
        let said = Self::read(&mut fields);
        let content = fields.whole("content_id");
        fields.finish().map(|()| (said, content))
    }
}

/// Keeps what is said, when the secret is that of the query and the entry exists.
async fn keep(
    shared: &Shared,
    said: &Said,
    content: Option<i64>,
) -> Result<Response, RequestError> {
    let found = shared.store.query_find(QueryName::Alias(said.query)).await?;
    let is_right =
        |it: &QueryRecord| -> bool { it.secret.as_bytes().ct_eq(said.secret.as_bytes()).into() };
    let Some(query) = found.filter(is_right) else {
        let name = if content.is_some() { "query ID" } else { "query id" };
        return Ok(wrong(format!("Secret key does not match {name}: {}", said.query), None));
    };
    let entry = match content {
        Some(content) => match named(shared, content) {
            Some(entry) => Some(entry),
            None => {
                let details = Details { content_id: content, query_id: said.query };
                let message = format!("Content ID: {content} does not exist.");
                return Ok(wrong(message, Some(details)));
            }
        },
        None => None,
    };
    let feedback = Feedback {
        query: &query.id,
        kind: if content.is_some() { FeedbackKind::Content } else { FeedbackKind::Response },
        sentiment: said.sentiment,
        entry: entry.as_deref(),
        text: said.text.as_deref(),
    };
    let number = shared.store.feedback_add(&feedback, config::now()).await?;
    let of_content = content.map(|it| format!(" for Content: {it}")).unwrap_or_default();
    let message = format!("Added Feedback: {number} for Query: {}{of_content}", said.query);
    Ok(Json(Message { message, details: None }).into_response())
}

/// The entry or referral of an integer name.
fn named(shared: &Shared, number: i64) -> Option<String> {
    let engine = shared.live.engine();
    let entries = &engine.corpus().entries;
    let entry = entries.iter().find(|it| i64::from(it.alias()) == number);
    let class = || DangerClass::ALL.into_iter().find(|it| reply::number_of(*it) == number);
    entry.map(|it| it.id.to_string()).or_else(|| class().map(|it| format!("redflag/{it}")))
}

fn wrong(message: String, details: Option<Details>) -> Response {
    (StatusCode::BAD_REQUEST, Json(Message { message, details })).into_response()
}
