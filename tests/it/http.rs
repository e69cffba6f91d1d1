//! Requests to the server, as a process, over real connections:
//!
//! 1. a question gets the reply of DESIGN §8;
//! 2. each bad request gets its status and stable code, whatever the bytes are;
//! 3. the pages load nothing from elsewhere and may not be framed;
//! 4. the server's threads share few heaps, unless the operator has said how it allocates.

use std::io::Write as _;
use std::net::Shutdown;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::connection::{Server, read_to_close, server};
use crate::support::Home;
use crate::support::{REPLY_FIELDS, TODAY};

pub(crate) fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build()
        .into()
}

fn post(server: &Server, body: &[u8]) -> Response<Body> {
    let request = agent().post(server.url("/v1/search"));
    request.header("content-type", "application/json").send(body).unwrap()
}

/// Posts JSON to a path.
pub(crate) fn post_to(server: &Server, path: &str, body: &Value) -> Response<Body> {
    let request = agent().post(server.url(path)).header("content-type", "application/json");
    request.send(body.to_string()).unwrap()
}

pub(crate) fn body(mut response: Response<Body>) -> Value {
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/json"), "{kind}");
    serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
}

/// Expects an error of this status and code, with a message for people.
fn check_error(response: Response<Body>, status: u16, code: &str, what: &str) {
    assert_eq!(response.status().as_u16(), status, "{what}");
    let body = body(response);
    assert_eq!(body["error"]["code"], code, "{what}: {body}");
    assert!(body["error"]["message"].as_str().is_some_and(|it| !it.is_empty()), "{what}: {body}");
    assert_eq!(body.as_object().unwrap().len(), 1, "{what}: {body}");
}

#[test]
fn a_question_gets_the_whole_reply() {
    let server = server();
    let request = json!({
        "question": "nimesahau kumeza kidonge jana", "language": "sw", "limit": 2, "explain": true,
        "profile": { "country": "KE", "age": "18-24", "gender": "f", "role": "client", "topics": ["pills"] },
    });
    let response = post(&server, request.to_string().as_bytes());
    assert_eq!(response.status(), 200);
    let reply = body(response);
    assert_eq!(reply["candidates"][0]["entry"], "A-01", "{reply:#}");
    for field in REPLY_FIELDS {
        assert!(reply.get(field).is_some(), "{field} is missing: {reply:#}");
    }
    assert!(reply["explain"].is_object(), "{reply:#}");
    assert_eq!(reply["sample"], true);
    let again = body(post(&server, request.to_string().as_bytes()));
    assert_ne!(again["query_id"], reply["query_id"], "each query has its own name");
}

#[test]
fn a_question_alone_is_enough_and_null_is_as_absent() {
    let server = server();
    for request in [
        json!({ "question": "xqzv wkjh" }),
        json!({ "question": "🙂" }),
        json!({ "question": "\u{0}\u{1f}\u{202e}" }),
        json!({ "question": "pill", "language": null, "profile": null, "limit": null, "explain": null }),
        json!({ "question": "pill", "profile": { "country": null, "age": null } }),
        json!({ "question": "é".repeat(4_096) }),
    ] {
        let response = post(&server, request.to_string().as_bytes());
        assert_eq!(response.status(), 200, "{request}");
        assert!(!body(response)["decision"].is_null());
    }
}

#[test]
fn every_bad_field_has_its_status_and_code() {
    let server = server();
    for (request, code) in [
        (json!({}), "bad-field"),
        (json!([]), "bad-field"),
        (json!(["pill"]), "bad-field"),
        (json!({ "question": "pill", "profile": [] }), "bad-field"),
        (json!({ "question": "pill", "profile": ["KE", null] }), "bad-field"),
        (json!("pill"), "bad-field"),
        (json!(null), "bad-field"),
        (json!({ "question": 5 }), "bad-field"),
        (json!({ "question": null }), "bad-field"),
        (json!({ "question": ["pill"] }), "bad-field"),
        (json!({ "question": "pill", "colour": "red" }), "bad-field"),
        (json!({ "question": "pill", "limit": "5" }), "bad-field"),
        (json!({ "question": "pill", "limit": -1 }), "bad-field"),
        (json!({ "question": "pill", "limit": 1.5 }), "bad-field"),
        (json!({ "question": "pill", "limit": 1e30 }), "bad-field"),
        (json!({ "question": "pill", "explain": "yes" }), "bad-field"),
        (json!({ "question": "pill", "profile": "KE" }), "bad-field"),
        (json!({ "question": "pill", "profile": { "age": "99" } }), "bad-field"),
        (json!({ "question": "pill", "profile": { "gender": "x" } }), "bad-field"),
        (json!({ "question": "pill", "profile": { "role": "nurse" } }), "bad-field"),
        (json!({ "question": "pill", "profile": { "topics": "pills" } }), "bad-field"),
        (json!({ "question": "pill", "profile": { "name": "Asha" } }), "bad-field"),
        (json!({ "question": "pill", "profile": { "country": "Kenya" } }), "unknown-country"),
        (json!({ "question": "pill", "profile": { "country": "ke" } }), "unknown-country"),
        (json!({ "question": "pill", "language": "swahili" }), "unknown-language"),
        (json!({ "question": "pill", "language": "" }), "unknown-language"),
        (json!({ "question": "pill", "limit": 0 }), "bad-limit"),
        (json!({ "question": "pill", "limit": 51 }), "bad-limit"),
        (json!({ "question": "" }), "empty-question"),
        (json!({ "question": " \n\u{a0}" }), "empty-question"),
        (json!({ "question": "é".repeat(4_097) }), "question-too-long"),
    ] {
        let text = request.to_string();
        let head: String = text.chars().take(80).collect();
        check_error(post(&server, text.as_bytes()), 400, code, &head);
    }
}

#[test]
fn what_is_no_json_is_refused() {
    let server = server();
    let deep = "[".repeat(30_000);
    let deep_object = "{\"question\":".repeat(5_000);
    for text in [
        "",
        " ",
        "{",
        "}",
        "{\"question\"}",
        "{\"question\":}",
        "{\"question\":\"pill\"",
        "{\"question\":\"pill\",}",
        "{question:\"pill\"}",
        "{'question':'pill'}",
        "{\"question\":\"pill\"}}",
        "{\"question\":\"pill\"} x",
        "{\"question\":\"\\x41\"}",
        "{\"question\":\"\\ud800\"}",
        "{\"question\":\"a\nb\"}",
        "{\"question\":\"pill}",
        "{\"question\":\"pill\",\"limit\":01}",
        "{\"question\":\"pill\",\"limit\":NaN}",
        "{\"question\":\"pill\",\"limit\":+1}",
        "\u{FEFF}{\"question\":\"pill\"}",
        "{\"question\":\"pill\"/**/}",
        "nul",
        "question=pill",
        &deep,
        &deep_object,
    ] {
        let head: String = text.chars().take(40).collect();
        let response = post(&server, text.as_bytes());
        assert_eq!(response.status(), 400, "{head}");
        let body = body(response);
        let code = body["error"]["code"].as_str().unwrap();
        assert!(["not-json", "bad-field"].contains(&code), "{head}: {body}");
    }
    let twice = post(&server, br#"{"question":"pill","question":"condom"}"#);
    check_error(twice, 400, "bad-field", "the question twice");
}

#[test]
fn bytes_that_are_no_utf8_are_refused() {
    let server = server();
    for bytes in [
        b"\xff\xfe".as_slice(),
        b"{\"question\":\"\xe9t\xe9\"}",
        b"{\"question\":\"\xed\xa0\x80\"}",
        b"{\"question\":\"\xc0\xaf\"}",
        b"{\0q\0\"\0\xff",
    ] {
        check_error(post(&server, bytes), 400, "not-utf8", &String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_body_of_another_kind_is_refused() {
    let server = server();
    let url = server.url("/v1/search");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""] {
        let response =
            agent().post(&url).header("content-type", kind).send("{\"question\":\"pill\"}");
        check_error(response.unwrap(), 415, "not-json-type", kind);
    }
    for kind in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/ld+json"] {
        let response =
            agent().post(&url).header("content-type", kind).send("{\"question\":\"pill\"}");
        assert_eq!(response.unwrap().status(), 200, "{kind}");
    }
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let server = server();
    let long = json!({ "question": "x".repeat(70_000) }).to_string();
    check_error(post(&server, long.as_bytes()), 413, "body-too-large", "stated length");
    let head = "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let claimed = format!("{head}Content-Length: 99999999999\r\n\r\n{{");
    let refused = server.raw(claimed.as_bytes());
    assert!(refused.starts_with("HTTP/1.1 413"), "claimed length: {refused}");
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000)).repeat(20);
    let chunked =
        format!("{head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
    let refused = server.raw(chunked.as_bytes());
    assert!(refused.starts_with("HTTP/1.1 413"), "chunks: {refused}");
    assert!(refused.contains("body-too-large"), "{refused}");
}

#[test]
fn an_unknown_path_or_method_is_refused() {
    let server = server();
    let get = |path: &str| agent().get(server.url(path)).call().unwrap();
    for path in [
        "/nothing",
        "/v1",
        "/v1/search/",
        "/V1/SEARCH",
        "/../etc/passwd",
        "/%2e%2e/Cargo.toml",
        "/page.html",
        "/%ff",
        "//",
    ] {
        check_error(get(path), 404, "not-found", path);
    }
    check_error(get("/v1/search"), 405, "method-not-allowed", "GET /v1/search");
    for path in ["/", "/healthz", "/readyz"] {
        let response = agent().post(server.url(path)).send("{}").unwrap();
        check_error(response, 405, "method-not-allowed", path);
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let request =
            format!("{method} /v1/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let refused = server.raw(request.as_bytes());
        assert!(refused.starts_with("HTTP/1.1 405"), "{method}: {refused}");
        assert!(refused.contains("method-not-allowed"), "{method}: {refused}");
        assert!(refused.to_ascii_lowercase().contains("allow: post"), "{method}: {refused}");
    }
}

#[test]
fn what_is_no_http_is_refused_and_the_server_stays() {
    let server = server();
    let long_header = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    let long_path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000));
    for bytes in [
        b"\0\0\0\0\r\n\r\n".as_slice(),
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        long_header.as_bytes(),
        many_headers.as_bytes(),
        long_path.as_bytes(),
    ] {
        let mut stream = server.connect();
        // The server may close before all is written; that is a refusal as well.
        drop(stream.write_all(bytes));
        drop(stream.shutdown(Shutdown::Write));
        let answer = read_to_close(stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(agent().get(server.url("/healthz")).call().unwrap().status(), 200);
}

#[test]
fn health_and_readiness_are_told() {
    let server = server();
    let health = body(agent().get(server.url("/healthz")).call().unwrap());
    assert_eq!(health, json!({ "status": "ok" }));
    let ready = body(agent().get(server.url("/readyz")).call().unwrap());
    assert_eq!(ready["status"], "ready", "{ready:#}");
    assert_eq!(ready["entries"], 2, "{ready:#}");
    assert_eq!(ready["languages"], json!(["en", "sw", "swc"]));
    assert!(ready["snapshot"].as_str().unwrap().starts_with("sha256:"));
}

#[test]
fn the_pages_load_nothing_from_elsewhere() {
    let server = server();
    for (path, kind) in
        [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")]
    {
        let mut response = agent().get(server.url(path)).call().unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let text = response.body_mut().read_to_string().unwrap();
        for elsewhere in ["http://", "https://", "src=\"//", "innerHTML", "style=\"", "onclick="] {
            assert!(!text.contains(elsewhere), "{path} contains {elsewhere}");
        }
        if path == "/" {
            assert!(text.contains("name=\"viewport\""), "the page must fit a phone");
        }
    }
}

#[test]
fn a_used_address_is_a_failure_that_names_it() {
    let server = server();
    let home = Home::approved();
    home.build();
    let done = home.run(&["serve", "--addr", &server.address]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains(&server.address), "{done:#?}");
}

#[test]
#[cfg(target_os = "linux")]
fn threads_share_few_heaps_unless_the_operator_says_otherwise() {
    let own = Server::on(Home::approved()).environment();
    assert_eq!(own.split('\0').filter(|it| it.starts_with("MALLOC_")).count(), 3, "{own}");
    let home = Home::approved();
    let mut command = home.command_on(TODAY, &["serve", "--addr", "127.0.0.1:0"]);
    command.env("MALLOC_ARENA_MAX", "7");
    let told = Server::with_command(command, home).environment();
    let settings: Vec<&str> = told.split('\0').filter(|it| it.starts_with("MALLOC_")).collect();
    assert_eq!(settings, ["MALLOC_ARENA_MAX=7"]);
}
