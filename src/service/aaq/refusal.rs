//! How Ask-A-Question clients are refused, as the description of the interface tells it.

#![expect(dead_code, reason = "these types only describe")]

use utoipa::IntoResponses;

use super::Detail;
use super::request::Faults;

/// Who may not come in, or asks what cannot be understood.
#[derive(IntoResponses)]
pub(super) enum Barred {
    /// The key is missing or wrong
    #[response(status = 401)]
    Unknown(Detail),
    /// The request cannot be understood
    #[response(status = 422)]
    Malformed(Faults),
    /// Too many requests; see `Retry-After`
    #[response(status = 429)]
    TooMany(Detail),
}

/// A body that is no good.
#[derive(IntoResponses)]
pub(super) enum BadBody {
    /// The body did not arrive in time
    #[response(status = 408)]
    TooSlow(Detail),
    /// The body is too large
    #[response(status = 413)]
    TooLarge(Detail),
}
