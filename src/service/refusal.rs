//! How requests are refused, as the description of the interface tells it: once for all paths.

#![expect(dead_code, reason = "these types only describe")]

use utoipa::IntoResponses;

use super::error::ErrorBody;

/// Who may not come in.
#[derive(IntoResponses)]
pub(super) enum Barred {
    /// The key is missing or wrong
    #[response(status = 401)]
    Unknown(ErrorBody),
    /// Too many requests; see `Retry-After`
    #[response(status = 429)]
    TooMany(ErrorBody),
}

/// A query that is no good.
#[derive(IntoResponses)]
pub(super) enum BadQuery {
    /// The query cannot be understood
    #[response(status = 400)]
    Malformed(ErrorBody),
}

/// A body that is no good.
#[derive(IntoResponses)]
pub(super) enum BadBody {
    /// The request cannot be understood
    #[response(status = 400)]
    Malformed(ErrorBody),
    /// The body did not arrive in time
    #[response(status = 408)]
    TooSlow(ErrorBody),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(ErrorBody),
    /// The body is not called JSON
    #[response(status = 415)]
    OtherType(ErrorBody),
}
