//! What `/metrics` counts:
//!
//! 1. requests, decisions, refusals and times, in the text format of Prometheus;
//! 2. nothing a client sends makes a new series or appears in one;
//! 3. turns of conversations, and the decisions in them;
//! 4. age and expiry of the corpus, and reloads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use ureq::Agent;

use crate::connection::Server;
use crate::support::Home;

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(30))).build().into()
}

/// Every series with its value.
fn metrics(server: &Server) -> BTreeMap<String, String> {
    let mut response = agent().get(server.url("/metrics")).call().unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = response.body_mut().read_to_string().unwrap();
    let lines = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
    let series = lines.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
        assert!(value.parse::<f64>().is_ok(), "{line}");
        (name.to_owned(), value.to_owned())
    });
    series.collect()
}

fn ask(server: &Server, question: &str) {
    let request = json!({ "question": question });
    let response = agent().post(server.url("/v1/search")).send_json(request).unwrap();
    assert_eq!(response.status(), 200);
}

#[test]
fn requests_and_decisions_are_counted() {
    let server = Server::on(Home::approved());
    for _ in 0..3 {
        ask(&server, "i forgot my pill yesterday");
    }
    ask(&server, "xqzv wkjh");
    agent().post(server.url("/v1/search")).send("{").unwrap();
    agent().get(server.url("/nothing/at/all")).call().unwrap();
    let metrics = metrics(&server);
    let value = |name: &str| metrics.get(name).unwrap_or_else(|| panic!("{name}: {metrics:#?}"));
    let search = r#"path="/v1/search""#;
    assert_eq!(
        value(&format!(r#"sahihi_requests_total{{{search},method="POST",status="200"}}"#)),
        "4"
    );
    assert_eq!(value(r#"sahihi_requests_total{path="unmatched",method="GET",status="404"}"#), "1");
    assert_eq!(value(r#"sahihi_decisions_total{decision="answer",language="en"}"#), "3");
    let trees = metrics.iter().filter(|(name, _)| name.contains(r#"decision="tree""#));
    assert_eq!(trees.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(value(r#"sahihi_fallbacks_total{reason="unknown-words"}"#), "1");
    assert_eq!(value(r#"sahihi_errors_total{code="not-found"}"#), "1");
    assert_eq!(value("sahihi_confidence_count"), "4");
    assert_eq!(value(r#"sahihi_confidence_bucket{le="0.95"}"#), "1");
    assert_eq!(value("sahihi_decide_seconds_count"), "4");
    assert_eq!(value(&format!(r#"sahihi_request_seconds_bucket{{{search},le="+Inf"}}"#)), "5");
    let seconds: f64 = value(&format!("sahihi_request_seconds_sum{{{search}}}")).parse().unwrap();
    assert!(seconds > 0.0);
    assert_eq!(value("sahihi_state_up"), "1");
}

#[test]
fn turns_of_conversations_and_their_questions_are_counted() {
    let server = Server::on(Home::approved());
    for text in ["", "i forgot my pill yesterday", "menu"] {
        let response = agent().post(server.url("/v1/chat")).send_json(json!({ "text": text }));
        assert_eq!(response.unwrap().status(), 200);
    }
    let metrics = metrics(&server);
    let value = |name: &str| metrics.get(name).unwrap_or_else(|| panic!("{name}: {metrics:#?}"));
    assert_eq!(value(r#"sahihi_chat_turns_total{kind="tree",language="en"}"#), "2");
    assert_eq!(value(r#"sahihi_chat_turns_total{kind="answer",language="en"}"#), "1");
    assert_eq!(value(r#"sahihi_decisions_total{decision="answer",language="en"}"#), "1");
    assert!(!metrics.contains_key("sahihi_decide_seconds_count"), "nobody took the time");
}

#[test]
fn nothing_a_client_sends_makes_a_series() {
    let server = Server::on(Home::approved());
    let names = |server: &Server| metrics(server).into_keys().collect::<BTreeSet<_>>();
    let probe = |n: usize| {
        let path = format!("/canary-{n}?canary={n}");
        agent().get(server.url(&path)).call().unwrap();
        server.raw(
            format!("CANARY{n} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        ask(&server, &format!("canary{n} ninajua lingua desconhecida"));
        let file = format!("/docs/canary-{n}.js");
        agent().get(server.url(&file)).call().unwrap();
    };
    probe(0);
    names(&server);
    let before = names(&server);
    (1..20).for_each(probe);
    let after = names(&server);
    let new: Vec<&String> = after.difference(&before).collect();
    assert!(new.iter().all(|it| it.contains("decision=")), "{new:#?}");
    assert!(after.iter().all(|it| !it.to_ascii_lowercase().contains("canary")), "{after:#?}");
}

#[test]
fn age_expiry_and_reloads_are_told() {
    let home = Home::unapproved();
    let approve = |unit: &str, until: &str| {
        let done = home.run(&["review", "approve", unit, "--by", "amina", "--until", until]);
        assert_eq!(done.code, Some(0), "{done:#?}");
    };
    approve("entry/A-01/en", "2026-12-10");
    approve("entry/B-01/sw", "2026-12-22");
    approve("entry/B-01/en", "2026-12-23");
    approve("message/", "2030-12-31");
    let server = Server::on(home);
    let before = metrics(&server);
    assert_eq!(before["sahihi_units_expiring"], "2", "{before:#?}");
    assert_eq!(before["sahihi_units_expired"], "0");
    assert_eq!(before["sahihi_index_entries"], "2");
    assert_eq!(before["sahihi_index_age_seconds"], "0");
    agent().post(server.url("/v1/admin/reload")).send_empty().unwrap();
    server.home.write("corpus.toml", "name = 5\n");
    agent().post(server.url("/v1/admin/reload")).send_empty().unwrap();
    let after = metrics(&server);
    assert_eq!(
        after[r#"sahihi_reloads_total{cause="request",outcome="unchanged"}"#], "1",
        "{after:#?}"
    );
    assert_eq!(after[r#"sahihi_reloads_total{cause="request",outcome="refused"}"#], "1");
}
