//! Who may do what: the key of a request, its scope, and how often.
//!
//! Open to everybody only on a loopback address until the first key is made, or where the settings
//! say so; administration is then still for keys. A key that is sent must be right.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Mutex;
use tokio::time::{Instant, interval};

use super::Error;
use super::error::RequestError;
use super::keys::{KeyRing, Scope};
use super::limit::{Limit, household};
use super::store::Store;
use crate::config::settings::Server;
use crate::config::{self, Settings};

/// The other header that may carry a key.
pub(super) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How soon a server learns of a key that was made or revoked.
const KEYS_EVERY: Duration = Duration::from_millis(500);
/// The database is asked for an unknown key that often at most.
const ASK_EVERY: Duration = Duration::from_millis(100);
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Who is let in.
#[derive(Debug)]
pub(super) struct Access {
    store: Store,
    is_loopback: bool,
    open: Option<bool>,
    proxies: HashSet<IpAddr>,
    per_key: Limit<String>,
    per_address: Limit<IpAddr>,
    /// None until the database has said which keys there are.
    keys: ArcSwapOption<KeyRing>,
    asked: Mutex<Option<Instant>>,
}

/// The scope that a path needs; `None` for what everybody may see.
///
/// The path is that of the route, as it stands in the router. What is not listed needs `search`.
pub(super) fn scope_of(route: &str) -> Option<Scope> {
    let under = |folder: &str| {
        route.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let everybody = ["/healthz", "/readyz", "/openapi.json", "/page.css", "/page.js", "/"];
    if everybody.contains(&route) || under("/docs") || under("/webhooks") {
        None
    } else if route == "/metrics" || under("/v1/admin") {
        Some(Scope::Admin)
    } else if under("/v1/chat") {
        Some(Scope::Chat)
    } else {
        Some(Scope::Search)
    }
}

impl Access {
    /// Learns which keys there are.
    ///
    /// # Errors
    ///
    /// [`Error::NoKeys`] when strangers could reach the server and nobody said they may.
    pub(super) async fn new(settings: &Settings, store: Store) -> Result<Self, Error> {
        let Server { addr, open, proxies, .. } = &settings.server;
        let access = Self {
            store,
            is_loopback: addr.ip().to_canonical().is_loopback(),
            open: *open,
            proxies: proxies.iter().map(IpAddr::to_canonical).collect(),
            per_key: Limit::per_minute(settings.limits.per_key_per_minute),
            per_address: Limit::per_minute(settings.limits.per_address_per_minute),
            keys: ArcSwapOption::empty(),
            asked: Mutex::default(),
        };
        access.learn().await;
        let keys = access.keys.load();
        let keyless = keys.as_ref().is_some_and(|it| !it.has_good(config::now()));
        if keyless && !access.is_loopback && *open != Some(true) {
            return Err(Error::NoKeys(*addr));
        }
        Ok(access)
    }

    /// Keeps up with the keys for as long as it is polled.
    pub(super) async fn keep(&self) {
        let (mut keys, mut tidy) = (interval(KEYS_EVERY), interval(TIDY_EVERY));
        loop {
            tokio::select! {
                _ = keys.tick() => self.learn().await,
                _ = tidy.tick() => {
                    self.per_key.tidy();
                    self.per_address.tidy();
                }
            }
        }
    }

    /// How it is now, in a word for the operator.
    pub(super) fn mode(&self) -> &'static str {
        let keys = self.keys.load();
        match (self.open, keys.as_deref()) {
            (Some(true), _) => "open",
            (None, Some(keys)) if self.is_loopback && keys.is_empty() => "open on loopback",
            (_, Some(_)) => "keys",
            (_, None) => "keys unknown",
        }
    }

    /// Asks the database; when it is away the keys known so far stay good.
    async fn learn(&self) {
        if let Ok(rows) = self.store.keys().await {
            self.keys.store(Some(Arc::new(KeyRing::new(rows))));
        }
    }

    /// Asks the database for a key that is not known, unless that was done just now.
    async fn learn_again(&self) {
        let mut asked = self.asked.lock().await;
        if asked.is_none_or(|it| it.elapsed() >= ASK_EVERY) {
            self.learn().await;
            *asked = Some(Instant::now());
        }
    }

    async fn admit(
        &self,
        scope: Scope,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
    ) -> Result<(), RequestError> {
        let keys = self.keys.load_full();
        let never_keys = keys.as_ref().is_some_and(|it| it.is_empty());
        if self.open.is_none() && self.is_loopback && never_keys {
            return Ok(());
        }
        let token = match token(headers) {
            Ok(None) => return self.admit_keyless(scope, headers, peer, keys.is_some()),
            Ok(Some(token)) => token,
            Err(error) => {
                self.count_address(headers, peer)?;
                return Err(error);
            }
        };
        match self.scopes(&token).await {
            Some((name, scopes)) => {
                self.per_key.count(&name).map_err(too_many)?;
                if scopes.contains(&scope) { Ok(()) } else { Err(wrong_scope(scope)) }
            }
            None => {
                self.count_address(headers, peer)?;
                Err(if self.keys.load().is_some() { wrong_key() } else { keys_unknown() })
            }
        }
    }

    /// The name and the scopes of a good token.
    async fn scopes(&self, token: &str) -> Option<(String, Vec<Scope>)> {
        let find = || {
            let keys = self.keys.load();
            let key = keys.as_ref()?.find(token, config::now())?;
            Some((key.name.clone(), key.scopes.clone()))
        };
        match find() {
            Some(found) => Some(found),
            None => {
                self.learn_again().await;
                find()
            }
        }
    }

    /// Without a key: search and chat where the settings say so, or on a loopback address of which
    /// it cannot be known whether there are keys.
    fn admit_keyless(
        &self,
        scope: Scope,
        headers: &HeaderMap,
        peer: Option<IpAddr>,
        keys_known: bool,
    ) -> Result<(), RequestError> {
        let unknown_on_loopback = self.open.is_none() && self.is_loopback && !keys_known;
        self.count_address(headers, peer)?;
        if scope != Scope::Admin && (self.open == Some(true) || unknown_on_loopback) {
            return Ok(());
        }
        Err(if keys_known { no_key() } else { keys_unknown() })
    }

    fn count_address(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<(), RequestError> {
        let Some(peer) = peer else { return Ok(()) };
        self.per_address.count(&household(self.client(headers, peer))).map_err(too_many)
    }

    /// Whom a proxy speaks for: the last address it names that is no proxy itself. What anybody
    /// else says of themselves is not believed.
    fn client(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let is_proxy = |address: &IpAddr| self.proxies.contains(&address.to_canonical());
        if !is_proxy(&peer) {
            return peer;
        }
        let lines = headers.get_all(X_FORWARDED_FOR).into_iter().filter_map(|it| it.to_str().ok());
        let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let addresses = named.iter().rev().map_while(|it| it.parse::<IpAddr>().ok());
        addresses.into_iter().find(|it| !is_proxy(it)).unwrap_or(peer)
    }
}

/// Lets a request in, or says why not.
pub(super) async fn guard(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let peer = request.extensions().get::<Peer>().map(|it| it.0.ip());
    if let Some(scope) = route.and_then(scope_of)
        && let Err(error) = access.admit(scope, request.headers(), peer).await
    {
        return error.into_response();
    }
    next.run(request).await
}

/// The token of a request: one, in one of the two headers.
fn token(headers: &HeaderMap) -> Result<Option<String>, RequestError> {
    let bearer = headers.get_all(header::AUTHORIZATION).into_iter().map(bearer);
    let plain = headers.get_all(X_API_KEY).into_iter().map(HeaderValue::to_str).map(Result::ok);
    let mut tokens = bearer.chain(plain.map(|it| it.map(str::trim)));
    let Some(first) = tokens.next() else { return Ok(None) };
    let first = first.ok_or_else(wrong_key)?;
    if tokens.any(|it| it != Some(first)) {
        let message = "send one key, once: `Authorization: Bearer` or `X-Api-Key`";
        return Err(unauthorized("several-keys", message));
    }
    Ok(Some(first.to_owned()))
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized(code: &'static str, message: &str) -> RequestError {
    RequestError::new(StatusCode::UNAUTHORIZED, code, message)
        .with_header(header::WWW_AUTHENTICATE, "Bearer")
}

fn no_key() -> RequestError {
    unauthorized("no-key", "send a key: `Authorization: Bearer …` or `X-Api-Key: …`")
}

fn wrong_key() -> RequestError {
    unauthorized("wrong-key", "this key is not known here, or it has expired")
}

fn wrong_scope(scope: Scope) -> RequestError {
    let message = format!("this key is not good for this; it needs the scope {}", scope.name());
    unauthorized("wrong-scope", &message)
}

fn keys_unknown() -> RequestError {
    let message = "keys cannot be checked now, the state is away; try again in a moment";
    RequestError::new(StatusCode::SERVICE_UNAVAILABLE, "state-away", message)
        .with_header(header::RETRY_AFTER, "1")
}

fn too_many(wait: Duration) -> RequestError {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!("too many requests; try again in {seconds} s");
    RequestError::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", message)
        .with_header(header::RETRY_AFTER, &seconds.max(1).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_needs_a_key() {
        assert_eq!(scope_of("/healthz"), None);
        assert_eq!(scope_of("/docs/{*rest}"), None);
        assert_eq!(scope_of("/docsearch"), Some(Scope::Search));
        assert_eq!(scope_of("/v1/search"), Some(Scope::Search));
        assert_eq!(scope_of("/v1/chat"), Some(Scope::Chat));
        assert_eq!(scope_of("/v1/admin/reload"), Some(Scope::Admin));
        assert_eq!(scope_of("/metrics"), Some(Scope::Admin));
    }

    #[test]
    fn a_token_is_read_from_either_header_once() {
        let read = |lines: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(name.clone(), HeaderValue::from_static(value));
            }
            token(&headers).map_err(|it| it.code)
        };
        let (auth, key) = (header::AUTHORIZATION, X_API_KEY);
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[(auth.clone(), "Bearer abc")]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&[(auth.clone(), "bearer  abc ")]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&[(key.clone(), "abc")]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&[(auth.clone(), "Basic abc")]), Err("wrong-key"));
        assert_eq!(read(&[(auth.clone(), "abc")]), Err("wrong-key"));
        assert_eq!(read(&[(auth.clone(), "Bearer a"), (key.clone(), "b")]), Err("several-keys"));
        assert_eq!(read(&[(auth.clone(), "Bearer a"), (auth, "Bearer b")]), Err("several-keys"));
        assert_eq!(read(&[(key.clone(), "a"), (key, "a")]), Ok(Some("a".to_owned())));
    }
}
