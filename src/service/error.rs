//! What goes wrong with a request: a status, a stable code, a sentence that says what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// An error as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable name for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl RequestError {
    /// A request that cannot be understood.
    #[must_use]
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    /// An error of another status.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorPart,
}

/// What went wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorPart {
    /// Stable name for programs.
    #[schema(example = "bad-field")]
    pub code: &'static str,
    /// A sentence for people.
    #[schema(example = "missing field `question`")]
    pub message: String,
}

/// The error itself travels along beside the body, for whoever counts it or words it otherwise.
impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let error = ErrorPart { code: self.code, message: self.message.clone() };
        let mut response = (self.status, Json(ErrorBody { error })).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
