//! What goes wrong with a request: a status, a stable code, a sentence that says what to do.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::store;

/// An error as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable name for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// A header that belongs to the status.
    header: Option<(HeaderName, HeaderValue)>,
}

impl RequestError {
    /// A request that cannot be understood.
    #[must_use]
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// An error of another status.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    /// The same with a header; one that cannot be sent is left out.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: &str) -> Self {
        let header = HeaderValue::from_str(value).ok().map(|value| (name, value));
        Self { header, ..self }
    }
}

/// What cannot be remembered or recalled is no fault of the client's.
impl From<store::Error> for RequestError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unknown(_) => {
                let message = "there is no such query; it may be too old";
                Self::new(StatusCode::NOT_FOUND, "unknown-query", message)
            }
            store::Error::Conflict => {
                let message = "another message of this conversation came at the same time";
                Self::new(StatusCode::CONFLICT, "conflict", message)
            }
            _ => {
                let message = "the state is away; try again in a moment";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "state-away", message)
                    .with_header(axum::http::header::RETRY_AFTER, "1")
            }
        }
    }
}

/// The error itself travels along, for layers that write it in another form.
impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = (self.status, Json(body)).into_response();
        if let Some((name, value)) = self.header.clone() {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(self);
        response
    }
}
