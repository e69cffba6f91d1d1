//! The description of the interface: `OpenAPI` 3.1 at `/openapi.json`, to be browsed at `/docs`.
//!
//! It is made of the annotations of the handlers, and routes are made of the same annotations, so
//! nothing is served that is not described. The browser page comes out of the binary.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::Config;

use super::aaq::{Detail, Faults};
use super::error::{ErrorBody, RequestError};
use super::routes::Shared;

/// What the page may load: its own files. Its script sets styles on elements, and draws its signs
/// from `data:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// What the paths have in common.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Sahihi",
        description = "Reviewed answers or none. A question gets one decision: `answer`, \
            `clarify`, `tree` or `urgent`; absent things are `null`, never missing."
    ),
    tags(
        (name = "search", description = "Questions, and what became of them"),
        (name = "chat", description = "Conversations"),
        (name = "browse", description = "What can be read without asking"),
        (name = "aaq", description = "The interface of Ask-A-Question, for flows built for it"),
        (name = "operation", description = "For whoever operates the server"),
        (name = "pages", description = "Pages for people"),
    ),
    components(schemas(ErrorBody, Detail, Faults)),
    modifiers(&Keys)
)]
pub(super) struct Common;

/// How a key travels.
#[derive(Debug)]
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", bearer);
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
        components.add_security_scheme("key", key);
    }
}

/// The paths of this file.
pub(super) fn router() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .routes(routes!(document))
        .routes(routes!(to_page))
        .routes(routes!(page))
        .routes(routes!(file))
}

/// The text of the document, once all paths are known.
pub(super) fn text(mut document: utoipa::openapi::OpenApi) -> String {
    name_operations(&mut document);
    // One that cannot be written would be a mistake of the types, which the tests see.
    document.to_pretty_json().unwrap_or_default()
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "pages",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn document(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared.document.get().cloned().unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// This description, to be browsed; the files of the page are found relative to `/docs/`.
#[utoipa::path(get, path = "/docs", tag = "pages",
    responses((status = 308, description = "To `/docs/`")))]
async fn to_page() -> Redirect {
    Redirect::permanent("/docs/")
}

/// This description, to be browsed.
#[utoipa::path(get, path = "/docs/", tag = "pages",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")))]
async fn page() -> Response {
    file_named("index.html")
}

/// A file of the page.
#[utoipa::path(get, path = "/docs/{file}", tag = "pages",
    params(("file" = String, Path, example = "swagger-ui.css")),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/css"),
        (status = 404, description = "There is none of that name", body = ErrorBody)))]
async fn file(Path(file): Path<String>) -> Response {
    file_named(&file)
}

fn file_named(name: &str) -> Response {
    let config = Config::from("/openapi.json").validator_url("none");
    let found = utoipa_swagger_ui::serve(name, Arc::new(config)).ok().flatten();
    let Some(file) = found else {
        let message = "the page has no file of this name";
        return RequestError::new(StatusCode::NOT_FOUND, "not-found", message).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, file.content_type.as_str()),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, file.bytes.into_owned()).into_response()
}

/// Operations at two paths, as `/search` and `/api/search`, must have two names.
fn name_operations(document: &mut utoipa::openapi::OpenApi) {
    let mut seen = BTreeSet::new();
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            let name = operation.operation_id.clone().unwrap_or_default();
            let words = path.replace(['/', '-', '.', '{', '}'], "_");
            let name = if seen.contains(&name) { format!("{name}{words}") } else { name };
            seen.insert(name.clone());
            operation.operation_id = Some(name);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch];
    all.into_iter().flatten()
}
