//! The interface of Ask-A-Question, as flows built for it use it:
//!
//! 1. each path that the flows of Turn.io, Glific and Typebot read is served, with and without `/api`;
//! 2. an answer comes as text; three results are there where the corpus has three, whatever was asked;
//! 3. in danger every text a flow may show is the referral;
//! 4. a doubtful question is no error unless the settings say so, and then keeps its results;
//! 5. integer names are the same after a restart, and feedback reaches the query they name;
//! 6. what is wrong is refused in the words of `FastAPI`, all of it at once, whatever the bytes are;
//! 7. GET and bodies that are not called JSON are taken.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::connection::{Server, server, shipped_server};
use crate::support::{Home, UNTIL};

const THIRD_EN: &str = "+++
title: Clinic hours
summary: When the clinic is open
+++
# When is the clinic open?

- opening hours of the clinic
- is the clinic open on sunday

---

Every day from eight to four.
";

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(30))).build().into()
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    send(server, path, "application/json", body.to_string().as_bytes())
}

fn send(server: &Server, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
    let request = agent().post(server.url(path)).header("content-type", kind);
    let mut response = request.send(body).unwrap();
    let status = response.status().as_u16();
    (status, response.body_mut().read_json().unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn get(server: &Server, path: &str) -> (u16, Value) {
    let mut response = agent().get(server.url(path)).call().unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

fn ask(server: &Server, text: &str) -> Value {
    let (status, reply) = post(server, "/api/search", &json!({ "query_text": text }));
    assert_eq!(status, 200, "{reply:#}");
    reply
}

/// The small corpus with a third entry.
fn three_entries() -> Home {
    let home = Home::unapproved();
    home.write("entries/pills/C-01.toml", "");
    home.write("entries/pills/C-01.en.md", THIRD_EN);
    let done = home.run(&["review", "approve", "all", "--by", "amina", "--until", UNTIL]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    home
}

/// The server on the shipped corpus that tests running at the same time share.
fn shipped() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(shipped_server());
        *shared = Arc::downgrade(&server);
        server
    })
}

/// What the three flows read of a search, as JSON pointers.
const READ_BY_FLOWS: [&str; 18] = [
    "/query_id",
    "/feedback_secret_key",
    "/llm_response",
    "/error_type",
    "/error_message",
    "/state",
    "/debug_info/reason",
    "/search_results/0/id",
    "/search_results/0/title",
    "/search_results/0/text",
    "/search_results/0/distance",
    "/search_results/1/id",
    "/search_results/1/title",
    "/search_results/1/text",
    "/search_results/2/id",
    "/search_results/2/title",
    "/search_results/2/text",
    "/session_id",
];

#[test]
fn every_path_that_flows_read_is_served() {
    let server = shipped();
    let bodies = [
        json!({ "query_text": "i forgot my pill", "generate_llm_response": true, "query_metadata": {} }),
        // What Glific adds to each body.
        json!({ "query_text": "how do I use a condom", "generate_llm_response": false,
            "query_metadata": {}, "organization_id": 1, "session_id": 17 }),
        json!({ "query_text": "xqzv" }),
        json!({ "query_text": "" }),
        json!({ "query_text": "🙂" }),
        json!({ "query_text": "my husband beats me" }),
    ];
    for (body, path) in bodies.iter().flat_map(|body| [(body, "/api/search"), (body, "/search")]) {
        let (status, reply) = post(&server, path, body);
        assert_eq!(status, 200, "{body}: {reply:#}");
        for read in READ_BY_FLOWS {
            assert!(reply.pointer(read).is_some(), "{read} after {body}: {reply:#}");
        }
        assert!(reply["query_id"].is_i64() && reply["feedback_secret_key"].is_string());
        assert!(reply["llm_response"].as_str().is_some_and(|it| !it.is_empty()), "{reply:#}");
        assert_eq!(reply["session_id"], body["session_id"], "{reply:#}");
        assert_eq!(reply["message_type"], Value::Null);
        let results = reply["search_results"].as_object().unwrap();
        for (key, result) in results {
            let text = |name: &str| result[name].as_str().is_some_and(|it| !it.is_empty());
            assert!(text("title") && text("text") && result["id"].is_i64(), "{key}: {result:#}");
            let distance = result["distance"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&distance), "{result:#}");
        }
    }
}

#[test]
fn an_answer_is_the_text_of_the_first_result() {
    let server = Server::on(three_entries());
    let reply = ask(&server, "i forgot my pill yesterday");
    let text = "Take one pill now. Then go on as usual.\n\nNot sure? Ask a nurse.";
    assert_eq!(reply["decision"], "answer", "{reply:#}");
    assert_eq!(reply["llm_response"], text);
    assert_eq!(reply["search_results"]["0"]["text"], text);
    assert_eq!(reply["search_results"]["0"]["title"], "Missed pills");
    assert_eq!(reply["state"], "final");
    assert_eq!(reply["error_type"], Value::Null);
    let confidence = reply["confidence"].as_f64().unwrap();
    let distance = reply["search_results"]["0"]["distance"].as_f64().unwrap();
    assert!((confidence + distance - 1.0).abs() < 1e-9, "{reply:#}");
    let titles =
        (0..3).map(|at| reply["search_results"][at.to_string()]["title"].as_str().unwrap());
    let lines: Vec<String> =
        (1..).zip(titles).map(|(number, title)| format!("{number}. {title}")).collect();
    assert_eq!(reply["options_text"], lines.join("\n"));
}

#[test]
fn three_results_are_there_whatever_is_asked() {
    let server = Server::on(three_entries());
    for question in ["i forgot my pill", "xqzv wkjh", "", "🙂 !!", "clinic"] {
        let reply = ask(&server, question);
        let results = reply["search_results"].as_object().unwrap();
        assert_eq!(results.keys().collect::<Vec<_>>(), ["0", "1", "2"], "{question}: {reply:#}");
        let mut ids: Vec<&Value> = results.values().map(|it| &it["id"]).collect();
        ids.dedup();
        assert_eq!(ids.len(), 3, "{question}: {reply:#}");
        let distances = results.values().map(|it| it["distance"].as_f64().unwrap());
        assert!(distances.is_sorted(), "{question}: {reply:#}");
    }
}

#[test]
fn in_danger_every_text_is_the_referral() {
    let server = shipped();
    for (question, class) in [
        ("my husband beats me when i ask for pills", "gbv"),
        ("quiero morirme, ya no puedo más", "self-harm"),
        ("condom broke last night what do i do", "urgent-timed"),
    ] {
        let (status, search) = post(&server, "/v1/search", &json!({ "question": question }));
        assert_eq!(status, 200);
        assert_eq!(search["referral"]["class"], class, "{search:#}");
        let reply = ask(&server, question);
        assert_eq!(reply["decision"], "urgent", "{reply:#}");
        assert_eq!(reply["llm_response"], search["message"], "{reply:#}");
        let results = reply["search_results"].as_object().unwrap();
        assert_eq!(results.len(), 3);
        for result in results.values() {
            assert_eq!(result["text"], search["message"], "{result:#}");
        }
        assert_eq!(reply["options_text"], "", "{reply:#}");
        let (status, urgency) =
            post(&server, "/api/urgency-detect", &json!({ "message_text": question }));
        assert_eq!((status, &urgency["is_urgent"]), (200, &json!(true)), "{urgency:#}");
        assert_eq!(urgency["details"]["0"]["class"], class, "{urgency:#}");
        assert_eq!(urgency["details"]["0"]["urgency_rule"], urgency["matched_rules"][0]);
        assert_eq!(urgency["message"], search["message"]);
    }
    for path in ["/api/urgency-detect", "/urgency-detect"] {
        let (status, calm) =
            post(&server, path, &json!({ "message_text": "how do i take the pill" }));
        assert_eq!(status, 200);
        assert_eq!(
            calm,
            json!({ "is_urgent": false, "matched_rules": [], "details": {}, "message": null })
        );
    }
}

#[test]
fn a_doubtful_question_is_an_error_only_where_the_settings_say_so() {
    let home = three_entries();
    home.write("../sahihi.toml", "[aaq]\nstrict = true\n");
    let strict = Server::on(home);
    let lenient = Server::on(three_entries());
    for (question, decision) in [("price of maize at the clinic", "clarify"), ("xqzv wkjh", "tree")]
    {
        let body = json!({ "query_text": question });
        let (status, reply) = post(&lenient, "/api/search", &body);
        assert_eq!((status, &reply["decision"]), (200, &json!(decision)), "{reply:#}");
        assert_eq!(reply["llm_response"], reply["message"], "{reply:#}");
        assert_eq!((&reply["error_type"], &reply["state"]), (&Value::Null, &json!("final")));
        let (status, refused) = post(&strict, "/api/search", &body);
        assert_eq!(status, 400, "{refused:#}");
        assert_eq!(refused["error_type"], "unable_to_generate_response");
        assert_eq!(refused["error_message"], reply["message"]);
        assert_eq!(refused["llm_response"], Value::Null);
        assert_eq!(refused["state"], "error");
        assert_eq!(refused["search_results"], reply["search_results"]);
        assert!(refused["query_id"].is_i64() && refused["feedback_secret_key"].is_string());
    }
    let answer = ask(&strict, "i forgot my pill yesterday");
    assert_eq!((&answer["decision"], &answer["state"]), (&json!("answer"), &json!("final")));
}

#[test]
fn names_are_the_same_after_a_restart() {
    let ids = |server: &Server| -> Vec<Value> {
        let reply = ask(server, "i forgot my pill yesterday");
        reply["search_results"].as_object().unwrap().values().map(|it| it["id"].clone()).collect()
    };
    let first = ids(&Server::on(three_entries()));
    assert_eq!(first, ids(&Server::on(three_entries())));
    // The low 31 bits of SHA-256 of `A-01`.
    assert_eq!(first[0], json!(0x6f50_b5ce_u32 & 0x7fff_ffff), "{first:?}");
    let home = three_entries();
    home.write("entries/pills/C-01.toml", "alias = 23\n");
    home.approve("amina", "all");
    assert!(ids(&Server::on(home)).contains(&json!(23)));
}

#[test]
fn feedback_reaches_the_query_it_names() {
    let server = Server::on(three_entries());
    let reply = ask(&server, "i forgot my pill yesterday");
    let (query, content) = (&reply["query_id"], &reply["search_results"]["0"]["id"]);
    let said = |query: &Value| {
        json!({ "query_id": query, "feedback_secret_key": reply["feedback_secret_key"],
            "feedback_sentiment": "positive" })
    };
    for path in ["/api/response-feedback", "/response-feedback"] {
        let (status, body) = post(&server, path, &said(query));
        assert_eq!(status, 200, "{body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.starts_with("Added Feedback: "), "{message}");
        assert!(message.ends_with(&format!(" for Query: {query}")), "{message}");
    }
    // Typebot puts the number between quotation marks.
    let (status, body) = post(&server, "/api/response-feedback", &said(&json!(query.to_string())));
    assert_eq!(status, 200, "{body}");
    let with_content = |content: &Value, text: Value| {
        let mut body = said(query);
        body["content_id"] = content.clone();
        body["feedback_text"] = text;
        body
    };
    let (status, body) =
        post(&server, "/api/content-feedback", &with_content(content, json!("not for me")));
    assert_eq!(status, 200, "{body}");
    let end = format!(" for Query: {query} for Content: {content}");
    assert!(body["message"].as_str().unwrap().ends_with(&end), "{body}");
    let (status, body) =
        post(&server, "/api/content-feedback", &with_content(&json!(1), Value::Null));
    assert_eq!(status, 400, "{body}");
    assert_eq!(body["message"], "Content ID: 1 does not exist.");
    assert_eq!(body["details"]["content_id"], 1);
    let mut forged = with_content(content, Value::Null);
    forged["feedback_secret_key"] = json!("0123456789abcdef0123456789abcdef");
    let (status, body) = post(&server, "/api/content-feedback", &forged);
    let wanted = json!({ "message": format!("Secret key does not match query ID: {query}") });
    assert_eq!((status, body), (400, wanted));
    for (query, secret) in
        [(query.clone(), json!("")), (json!(5), reply["feedback_secret_key"].clone())]
    {
        let body = json!({ "query_id": query, "feedback_secret_key": secret });
        let (status, body) = post(&server, "/api/response-feedback", &body);
        let wanted = json!({ "message": format!("Secret key does not match query id: {query}") });
        assert_eq!((status, body), (400, wanted));
    }
}

#[test]
fn what_is_wrong_is_refused_in_the_words_of_fastapi() {
    let server = server();
    let (status, body) = post(&server, "/api/search", &json!({ "generate_llm_response": "x" }));
    assert_eq!(status, 422);
    let missing = json!({ "type": "missing", "loc": ["body", "query_text"], "msg": "Field required",
        "input": { "generate_llm_response": "x" } });
    assert_eq!(body["detail"][0], missing, "{body:#}");
    assert_eq!(body["detail"][1]["loc"], json!(["body", "generate_llm_response"]), "{body:#}");
    let long = "é".repeat(4_097);
    for (path, body, r#type) in [
        ("/api/search", json!([]), "model_attributes_type"),
        ("/api/search", json!("x"), "model_attributes_type"),
        ("/api/search", json!(null), "model_attributes_type"),
        ("/api/search", json!({ "query_text": 5 }), "string_type"),
        ("/api/search", json!({ "query_text": null }), "string_type"),
        ("/api/search", json!({ "query_text": ["x"] }), "string_type"),
        ("/api/search", json!({ "query_text": long }), "string_too_long"),
        ("/api/search", json!({ "query_text": "x", "session_id": "y" }), "int_parsing"),
        ("/api/search", json!({ "query_text": "x", "session_id": 1e300 }), "int_parsing_size"),
        ("/api/search", json!({ "query_text": "x", "query_metadata": [] }), "dict_type"),
        ("/api/urgency-detect", json!({}), "missing"),
        ("/api/urgency-detect", json!({ "message_text": false }), "string_type"),
        ("/api/response-feedback", json!({}), "missing"),
        ("/api/content-feedback", json!({ "query_id": 1, "feedback_secret_key": "x" }), "missing"),
        (
            "/api/content-feedback",
            json!({ "query_id": 1, "feedback_secret_key": "x", "content_id": 1.5 }),
            "int_from_float",
        ),
        (
            "/api/response-feedback",
            json!({ "query_id": 1, "feedback_secret_key": "x", "feedback_sentiment": "good" }),
            "enum",
        ),
        (
            "/api/response-feedback",
            json!({ "query_id": 1, "feedback_secret_key": "x", "feedback_text": 1 }),
            "string_type",
        ),
    ] {
        let (status, refused) = post(&server, path, &body);
        assert_eq!(status, 422, "{path} {body}: {refused:#}");
        let faults = refused["detail"].as_array().unwrap();
        assert!(faults.iter().any(|it| it["type"] == r#type), "{path} {body}: {refused:#}");
        for fault in faults {
            assert_eq!(fault["loc"][0], "body", "{refused:#}");
            assert!(fault["msg"].is_string() && fault.get("input").is_some(), "{refused:#}");
        }
    }
}

#[test]
fn bytes_that_are_no_request_do_no_harm() {
    let server = server();
    let deep = "[".repeat(60_000);
    let deep_field = format!("{{\"query_text\": {}1", "{\"a\":".repeat(9_000));
    for body in [
        b"".as_slice(),
        b"\xff\xfe{}",
        b"{\"query_text\": \"\xc3\x28\"}",
        b"{\"query_text\": \"\\ud800\"}",
        b"{\"query_text\": \"a \"word\" here\"}",
        b"{\"query_text\": 1e999}",
        b"{",
        deep.as_bytes(),
        deep_field.as_bytes(),
    ] {
        for path in ["/api/search", "/urgency-detect", "/api/content-feedback"] {
            let (status, refused) = send(&server, path, "application/json", body);
            assert_eq!(status, 422, "{path} {:?}: {refused}", String::from_utf8_lossy(body));
            assert!(refused["detail"][0]["type"].is_string(), "{refused}");
        }
    }
    let huge = format!("{{\"query_text\": \"{}\"}}", "x".repeat(70_000));
    let (status, refused) = send(&server, "/api/search", "application/json", huge.as_bytes());
    assert_eq!(status, 413);
    assert!(refused["detail"].is_string(), "{refused}");
    let (status, refused) = get(&server, "/api/response-feedback");
    assert_eq!((status, refused), (405, json!({ "detail": "Method Not Allowed" })));
    let mut stream = server.connect();
    stream.write_all(b"PUT /api/search HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let refused = crate::connection::read_to_close(stream).to_ascii_lowercase();
    assert!(refused.starts_with("http/1.1 405"), "{refused}");
    let allowed = refused.lines().find_map(|it| it.strip_prefix("allow: ")).unwrap_or_default();
    let mut allowed: Vec<&str> = allowed.split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["get", "head", "post"], "{refused}");
    assert_eq!(refused.matches("content-length").count(), 1, "{refused}");
}

#[test]
fn get_and_bodies_that_are_not_called_json_are_taken() {
    let server = Server::on(three_entries());
    let body =
        b"{\"query_text\": \"i forgot\nmy pill yesterday\", \"generate_llm_response\": \"true\"}";
    for kind in
        ["text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "x"]
    {
        let (status, reply) = send(&server, "/api/search", kind, body);
        assert_eq!((status, &reply["decision"]), (200, &json!("answer")), "{kind}: {reply:#}");
    }
    let query = "query_text=i%20forgot+my%20pill%20yesterday&generate_llm_response=false\
        &query_metadata=%7B%22language%22%3A%22sw%22%7D&session_id=4&organization_id=1";
    let (status, reply) = get(&server, &format!("/api/search?{query}"));
    assert_eq!((status, &reply["decision"]), (200, &json!("answer")), "{reply:#}");
    assert_eq!(reply["session_id"], 4);
    assert_eq!(reply["llm_response"], "Meza kidonge kimoja sasa. Kisha endelea kama kawaida.");
    let (status, reply) = get(&server, "/urgency-detect?message_text=hello");
    assert_eq!((status, &reply["is_urgent"]), (200, &json!(false)));
    let (status, refused) = get(&server, "/api/search?query_text=x&session_id=y&query_metadata=z");
    assert_eq!(status, 422, "{refused}");
    assert_eq!(refused["detail"][0]["loc"], json!(["query", "query_metadata"]), "{refused}");
    let (status, refused) = get(&server, "/search?question=x");
    assert_eq!((status, &refused["detail"][0]["type"]), (422, &json!("missing")), "{refused}");
}

#[test]
fn metadata_speaks_of_the_person() {
    let server = Server::on(three_entries());
    let ask = |metadata: Value| {
        let body =
            json!({ "query_text": "i forgot my pill yesterday", "query_metadata": metadata });
        post(&server, "/api/search", &body)
    };
    let (status, reply) = ask(json!({ "language": "sw", "country": "ke", "age": "18-24" }));
    assert_eq!(status, 200);
    assert_eq!(reply["llm_response"], "Meza kidonge kimoja sasa. Kisha endelea kama kawaida.");
    // What is meant for somebody else is passed over.
    let (status, reply) = ask(json!({ "language": 5, "age": "old", "country": "Kenya", "x": [1] }));
    assert_eq!((status, &reply["decision"]), (200, &json!("answer")), "{reply:#}");
}
