//! What surrounds every path: who is let in, which pages may call, what is logged.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::access::{Access, X_API_KEY, guard};
use super::error::RequestError;
use super::{Error, log};
use crate::config::Settings;

/// Puts the layers around the paths, the guard innermost.
///
/// # Errors
///
/// [`Error::Origin`] when an origin of the settings is none.
pub(super) fn around(
    router: Router,
    settings: &Settings,
    access: Arc<Access>,
) -> Result<Router, Error> {
    let mut router = router
        .layer(from_fn_with_state(access, guard))
        .layer(CatchPanicLayer::custom(|_| internal()));
    if let Some(cors) = cors(&settings.server.origins)? {
        router = router.layer(cors);
    }
    if settings.log.requests {
        router = router.layer(from_fn(log::requests));
    }
    Ok(router)
}

/// Which pages of other origins may call; none unless the settings name them.
fn cors(origins: &[String]) -> Result<Option<CorsLayer>, Error> {
    if origins.is_empty() {
        return Ok(None);
    }
    let origins: Vec<HeaderValue> =
        origins.iter().map(|it| origin(it)).collect::<Result<_, _>>()?;
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, X_API_KEY])
        .expose_headers([header::RETRY_AFTER]);
    Ok(Some(cors))
}

/// Scheme and host without path; `*` would be everybody, whose requests carry no key then.
fn origin(text: &str) -> Result<HeaderValue, Error> {
    let wrong = || Error::Origin(text.to_owned());
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.filter(|it| !it.is_empty() && !it.contains(['/', '*', ' ', '?', '#', '@']));
    host.ok_or_else(wrong)?;
    HeaderValue::from_str(text).map_err(|_| wrong())
}

fn internal() -> Response {
    tracing::error!("a handler failed; this is a bug");
    let message = "something went wrong here; it is in the log";
    RequestError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).into_response()
}
