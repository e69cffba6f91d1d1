//! Who may call the service, and how often:
//!
//! 1. open on a loopback address until the first key is made, nowhere else unless told so;
//! 2. a key opens what its scopes say, until it is rotated, revoked or expired;
//! 3. forged keys and header tricks open nothing, and no token is kept;
//! 4. too many requests get 429 and are told when to come again;
//! 5. pages of other origins may call only where the settings say so.

use std::fs;

use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

use crate::connection::{Server, serve};
use crate::http::{agent, body};
use crate::support::{Done, Home, TODAY};

const QUESTION: &str = r#"{"question":"nimesahau kumeza kidonge jana"}"#;

/// Asks with headers.
fn ask(server: &Server, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = agent().post(server.url("/v1/search"));
    for (name, value) in [("content-type", "application/json")].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    request.send(QUESTION).unwrap()
}

/// Asks with a key; the status.
fn with_key(server: &Server, token: &str) -> u16 {
    ask(server, &[("authorization", &format!("Bearer {token}"))]).status().as_u16()
}

fn keys(home: &Home, arguments: &[&str]) -> Done {
    home.run(&[&["keys", "--json"], arguments].concat())
}

/// Makes a key; its token.
fn create(home: &Home, arguments: &[&str]) -> String {
    let done = keys(home, &[&["create"], arguments].concat());
    assert_eq!(done.code, Some(0), "{done:#?}");
    done.json()["token"].as_str().unwrap().to_owned()
}

/// Asks until the answer is the wanted one: servers look for changed keys twice a second.
fn comes_to(wanted: u16, mut status: impl FnMut() -> u16) {
    let start = std::time::Instant::now();
    while status() != wanted {
        assert!(start.elapsed().as_secs() < 20, "never {wanted}");
    }
}

fn code(response: Response<Body>) -> String {
    body(response)["error"]["code"].as_str().unwrap().to_owned()
}

#[test]
fn open_on_loopback_until_the_first_key_is_made() {
    let server = Server::with(Home::approved(), &[]);
    assert_eq!(ask(&server, &[]).status(), 200);
    assert_eq!(with_key(&server, "whatever"), 200, "without keys none is wrong");
    let token = create(&server.home, &["bot"]);
    comes_to(401, || ask(&server, &[]).status().as_u16());
    assert_eq!(code(ask(&server, &[])), "no-key");
    assert_eq!(with_key(&server, &token), 200);
    for path in ["/healthz", "/readyz", "/"] {
        assert_eq!(agent().get(server.url(path)).call().unwrap().status(), 200, "{path}");
    }
    // A revoked key is no reason to be open again.
    assert_eq!(keys(&server.home, &["revoke", "bot"]).code, Some(0));
    comes_to(401, || with_key(&server, &token));
    assert_eq!(ask(&server, &[]).status(), 401);
}

#[test]
fn elsewhere_it_refuses_to_start_without_keys_unless_told_so() {
    let home = Home::approved();
    home.build();
    for addr in ["0.0.0.0:0", "[::]:0"] {
        let done = home.run(&["serve", "--addr", addr]);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains("keys create"), "{done:#?}");
        assert!(done.stderr.contains("--open"), "{done:#?}");
    }
    let server = Server::with(home, &["--addr", "0.0.0.0:0", "--open"]);
    assert_eq!(ask(&server, &[]).status(), 200);
    assert_eq!(with_key(&server, "forged"), 401, "a key that is sent must be right");
    let home = Home::approved();
    let token = create(&home, &["bot"]);
    let server = Server::with(home, &["--addr", "0.0.0.0:0"]);
    assert_eq!(ask(&server, &[]).status(), 401);
    assert_eq!(with_key(&server, &token), 200);
}

#[test]
fn an_expired_key_alone_does_not_let_a_server_start() {
    let home = Home::approved();
    create(&home, &["old", "--until", "2020-01-01"]);
    let done = home.run(&["serve", "--addr", "0.0.0.0:0"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    let listed = keys(&home, &["list"]).json();
    assert_eq!(listed["keys"][0]["expires"], 1_577_923_200, "the day after, {listed:#}");
}

#[test]
fn a_key_opens_what_its_scopes_say() {
    let home = Home::approved();
    let search = create(&home, &["search", "--scope", "search"]);
    let chat = create(&home, &["chat", "--scope", "chat"]);
    let admin = create(&home, &["admin", "--scope", "admin"]);
    let all = create(&home, &["all", "--scope", "search,chat,admin"]);
    let server = Server::with(home, &[]);
    assert_eq!(with_key(&server, &search), 200);
    assert_eq!(with_key(&server, &all), 200);
    for token in [&chat, &admin] {
        let refused = ask(&server, &[("x-api-key", token)]);
        assert_eq!(refused.status(), 401);
        assert_eq!(code(refused), "wrong-scope");
    }
    let feedback = |token: &str| {
        let request = agent().post(server.url("/v1/feedback")).header("x-api-key", token);
        let request = request.header("content-type", "application/json");
        request.send(r#"{"query_id":"none","helpful":true}"#).unwrap().status().as_u16()
    };
    assert_eq!((feedback(&search), feedback(&chat)), (404, 401));
}

#[test]
fn a_rotated_key_has_one_token_and_a_revoked_name_is_free() {
    let home = Home::approved();
    let first = create(&home, &["bot"]);
    let server = Server::with(home, &[]);
    assert_eq!(with_key(&server, &first), 200);
    let rotated = keys(&server.home, &["rotate", "bot"]).json();
    let second = rotated["token"].as_str().unwrap();
    comes_to(200, || with_key(&server, second));
    comes_to(401, || with_key(&server, &first));
    let taken = keys(&server.home, &["create", "bot"]);
    assert_eq!(taken.code, Some(2), "{taken:#?}");
    assert!(taken.stderr.contains("bot"), "{taken:#?}");
    assert_eq!(keys(&server.home, &["revoke", "bot"]).code, Some(0));
    for gone in [&["revoke", "bot"], &["rotate", "bot"], &["revoke", "nobody"]] {
        assert_eq!(keys(&server.home, gone).code, Some(2), "{gone:?}");
    }
    let third = create(&server.home, &["bot"]);
    comes_to(200, || with_key(&server, &third));
    let listed = keys(&server.home, &["list"]).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn names_and_scopes_that_are_none_are_refused() {
    let home = Home::unapproved();
    for arguments in [
        &["create", ""][..],
        &["create", "a b"],
        &["create", "ключ"],
        &["create", &"x".repeat(65)],
        &["create", "bot", "--scope", "root"],
        &["create", "bot", "--until", "tomorrow"],
    ] {
        let done = keys(&home, arguments);
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:#?}");
    }
    assert_eq!(keys(&home, &["list"]).json()["keys"], json!([]));
}

#[test]
fn forged_keys_and_header_tricks_open_nothing() {
    let home = Home::approved();
    let token = create(&home, &["bot"]);
    let server = Server::with(home, &[]);
    let bearer = format!("Bearer {token}");
    let cut = token.get(..token.len() - 1).unwrap();
    for headers in [
        &[("authorization", cut)][..],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", token.as_str())],
        &[("authorization", &format!("Basic {token}"))],
        &[("authorization", &format!("Bearer {cut}"))],
        &[("authorization", &format!("Bearer {token}x"))],
        &[("authorization", &format!("Bearer {}", token.to_ascii_uppercase()))],
        &[("authorization", &bearer), ("x-api-key", "other")],
        &[("authorization", &bearer), ("authorization", "Bearer other")],
        &[("x-api-key", "' OR '1'='1")],
        &[("x-api-key", "")],
        &[("x-api-key", "é")],
        &[("x-api-key", &"k".repeat(20_000))],
        &[("x-forwarded-for", "127.0.0.1")],
        &[("x-original-url", "/healthz"), ("x-rewrite-url", "/healthz")],
        &[("host", "localhost")],
    ] {
        let refused = ask(&server, headers);
        assert_eq!(refused.status(), 401, "{headers:?}");
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
    }
    for path in ["/v1/search/", "//v1/search", "/v1/./search", "/v1/%73earch", "/V1/SEARCH"] {
        let request = agent().post(server.url(path)).header("content-type", "application/json");
        let status = request.send(QUESTION).unwrap().status().as_u16();
        assert!(matches!(status, 401 | 404), "{path}: {status}");
    }
    assert_eq!(ask(&server, &[("authorization", &bearer), ("x-api-key", &token)]).status(), 200);
}

#[test]
fn a_token_is_shown_once_and_not_kept() {
    let home = Home::approved();
    let token = create(&home, &["bot"]);
    let secret = token.strip_prefix("sahihi_").unwrap().to_owned();
    let listed = keys(&home, &["list"]);
    assert!(!listed.stdout.contains(&secret));
    for file in fs::read_dir(home.folder().join(".sahihi")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|it| it == secret.as_bytes()));
    }
}

#[test]
fn huge_heads_are_refused() {
    let server = crate::connection::server();
    let one = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(200_000));
    let many = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    for head in [one, many] {
        let answer = server.raw(head.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    assert_eq!(agent().get(server.url("/healthz")).call().unwrap().status(), 200);
}

/// Expects that of `n_tries` requests some are let in and the rest told to wait.
fn check_limited(n_tries: usize, mut status: impl FnMut() -> Response<Body>) {
    let refused = (0..n_tries).map(|_| status()).find(|it| it.status() == 429);
    let refused = refused.expect("too many are refused");
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(code(refused), "too-many-requests");
}

#[test]
fn too_many_requests_with_one_key_are_refused() {
    let home = Home::approved();
    let busy = create(&home, &["busy"]);
    let calm = create(&home, &["calm"]);
    let server = Server::with(home, &["--set", "limits.per_key_per_minute=3"]);
    check_limited(10, || ask(&server, &[("x-api-key", &busy)]));
    assert_eq!(with_key(&server, &calm), 200, "each key has its own");
}

#[test]
fn too_many_requests_without_a_key_are_refused_whatever_they_say_of_themselves() {
    let limit = ["--addr", "0.0.0.0:0", "--open", "--set", "limits.per_address_per_minute=3"];
    let server = Server::with(Home::approved(), &limit);
    let mut number = 0;
    check_limited(10, || {
        number += 1;
        ask(&server, &[("x-forwarded-for", &format!("192.0.2.{number}"))])
    });
    assert_eq!(agent().get(server.url("/healthz")).call().unwrap().status(), 200);
    // Nor does guessing keys go on for ever.
    let refused = ask(&server, &[("x-api-key", "guessed")]);
    assert_eq!(refused.status(), 429);
}

#[test]
fn a_proxy_that_is_named_is_believed() {
    let limit = ["--set", "server.open=true", "--set", "limits.per_address_per_minute=1"];
    let proxy = ["--set", "server.proxies=127.0.0.1"];
    let server = Server::with(
        Home::approved(),
        &[limit, [proxy[0], proxy[1], "--set", "log.format=text"]].concat(),
    );
    let from = |address: &str| ask(&server, &[("x-forwarded-for", address)]).status().as_u16();
    assert_eq!(from("192.0.2.1"), 200);
    assert_eq!(from("192.0.2.1"), 429);
    assert_eq!(from("192.0.2.2"), 200);
    // Only the last address is the proxy's word; the ones before are the client's.
    assert_eq!(from("192.0.2.99, 192.0.2.2"), 429);
}

#[test]
fn open_on_loopback_counts_nothing() {
    let server = Server::with(Home::approved(), &["--set", "limits.per_address_per_minute=1"]);
    assert!((0..5).all(|_| ask(&server, &[]).status() == 200));
}

fn allowed(server: &Server, origin: &str) -> Option<String> {
    let reply = ask(server, &[("origin", origin)]);
    let header = reply.headers().get("access-control-allow-origin")?;
    Some(header.to_str().unwrap().to_owned())
}

#[test]
fn pages_of_other_origins_may_call_only_where_the_settings_say_so() {
    let page = "https://page.example.org";
    assert_eq!(allowed(&crate::connection::server(), page), None);
    let server = Server::with(Home::approved(), &["--set", &format!("server.origins={page}")]);
    assert_eq!(allowed(&server, page).as_deref(), Some(page));
    assert_eq!(allowed(&server, "https://other.example.org"), None);
    let preflight = format!(
        "OPTIONS /v1/search HTTP/1.1\r\nHost: x\r\nOrigin: {page}\r\nConnection: close\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-api-key\r\n\r\n"
    );
    create(&server.home, &["bot"]);
    let answer = server.raw(preflight.as_bytes()).to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "a preflight carries no key: {answer}");
    assert!(answer.contains("access-control-allow-headers: content-type,authorization,x-api-key"));
    for wrong in ["*", "page.example.org", "https://page.example.org/path", "null"] {
        let origins = format!("server.origins={wrong}");
        let arguments = serve(&["--set", &origins]);
        let done = server.home.run_on(TODAY, &arguments);
        assert_eq!(done.code, Some(2), "{wrong}: {done:#?}");
        assert!(done.stderr.contains("server.origins"), "{done:#?}");
    }
}

#[test]
fn a_request_has_its_line_in_the_log_without_a_word_of_what_was_said() {
    let home = Home::approved();
    let arguments = ["--set", "log.requests=true", "--set", "log.format=json"];
    let (server, log) = Server::logging(home, &arguments);
    let reply = body(ask(&server, &[]));
    let line = log.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["path"], "/v1/search", "{line:#}");
    assert_eq!(line["status"], 200);
    assert_eq!(line["query_id"], reply["query_id"]);
    assert_eq!(line["entry"], reply["candidates"][0]["entry"]);
    assert_eq!(line["decision"], reply["decision"]);
    assert_eq!(line["language"], "sw");
    assert!(line["duration_ms"].is_number());
    assert!(!line.to_string().contains("kidonge"), "{line:#}");
}
