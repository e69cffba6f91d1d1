//! What can be read over HTTP without asking:
//!
//! 1. every choice of the tree can be followed to its end by its id alone;
//! 2. lists and single things have the fields they promise, in the language asked for;
//! 3. the person in the address decides what is shown;
//! 4. what is unknown is 404, what is no request 400, each with the error object.

use std::collections::BTreeSet;

use serde_json::Value;

use super::connection::{Server, served};
use super::support::{Home, plant_tree};

fn planted() -> Server {
    let home = Home::unapproved();
    plant_tree(&home);
    home.approve("amina", "all");
    served(home)
}

fn get(server: &Server, path: &str) -> (u16, Value) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(server.url(path)).call().unwrap();
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}")))
}

fn ids(node: &Value) -> Vec<&str> {
    node["choices"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect()
}

#[test]
fn every_choice_can_be_followed_to_its_end() {
    let server = planted();
    let (status, root) = get(&server, "/v1/tree?role=manager");
    assert_eq!((status, root["node"].as_str()), (200, Some("root")));
    assert_eq!(ids(&root), ["pills", "entry:B-01", "topic:condoms"]);
    let mut open: Vec<String> = ids(&root).into_iter().map(str::to_owned).collect();
    let mut seen = BTreeSet::new();
    let mut leaves = 0;
    while let Some(id) = open.pop() {
        let (status, place) = get(&server, &format!("/v1/tree/{id}?role=manager"));
        assert_eq!(status, 200, "{id}: {place}");
        if place["choices"].is_array() {
            assert!(place["prompt"].as_str().is_some_and(|it| !it.is_empty()), "{place}");
            open.extend(
                ids(&place)
                    .into_iter()
                    .filter(|it| seen.insert((*it).to_owned()))
                    .map(str::to_owned),
            );
        } else {
            assert!(place["text"].as_str().is_some_and(|it| !it.is_empty()), "{id}: {place}");
            leaves += 1;
        }
    }
    assert!(leaves >= 2, "{seen:?}");
}

#[test]
fn a_node_is_the_same_object_as_in_a_reply() {
    let server = planted();
    let (_, node) = get(&server, "/v1/tree/root?language=sw");
    assert_eq!(node["prompt"], "Swali ni la nani?\n\nChagua moja.");
    assert_eq!(node["choices"][0]["title"], "Langu");
    assert_eq!(node["choices"][0]["description"], "Mimi");
    let question = serde_json::json!({ "question": "xqzv wkjh", "language": "sw" });
    let agent = ureq::Agent::new_with_defaults();
    let mut response = agent.post(server.url("/v1/search")).send_json(&question).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    let reply: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(reply["decision"], "tree", "{reply:#}");
    assert_eq!(reply["tree"], node, "{reply:#}");
    let message = reply["message"].as_str().unwrap();
    assert!(message.contains("1. Langu") && message.starts_with("no_answer in sw"), "{message}");
}

#[test]
fn an_entry_is_the_answer_as_it_was_approved() {
    let server = planted();
    let (status, entry) = get(&server, "/v1/entries/A-01?language=sw");
    assert_eq!(status, 200);
    assert_eq!(entry["entry"], "A-01");
    assert_eq!(entry["text"], "Meza kidonge kimoja sasa. Kisha endelea kama kawaida.");
    assert_eq!(entry["reviewed_by"], "amina");
    assert_eq!(entry["topic"], "pills");
    assert_eq!(entry["sample"], true);
    let (_, leaf) = get(&server, "/v1/tree/entry:A-01?language=sw");
    assert_eq!(leaf, entry);
}

#[test]
fn lists_say_what_there_is() {
    let server = planted();
    let (_, topics) = get(&server, "/v1/topics?language=sw");
    assert_eq!(topics["topics"][0]["id"], "pills");
    assert_eq!(topics["topics"][0]["title"], "Vidonge");
    assert_eq!(topics["topics"][0]["entries"][0], "A-01");
    for list in ["resources", "collections", "approaches"] {
        let (status, body) = get(&server, &format!("/v1/{list}"));
        assert_eq!((status, body[list].as_array().map(Vec::len)), (200, Some(0)), "{list}");
    }
}

#[test]
fn the_person_decides_what_is_shown() {
    let server = planted();
    assert_eq!(ids(&get(&server, "/v1/tree").1), ["pills", "entry:B-01"]);
    assert_eq!(ids(&get(&server, "/v1/tree?role=client&age=25+").1), ["pills", "entry:B-01"]);
    assert_eq!(ids(&get(&server, "/v1/tree?role=manager&age=25%2B&country=").1).len(), 3);
}

#[test]
fn what_is_unknown_is_not_found_and_what_is_no_request_is_refused() {
    let server = planted();
    for (path, status, code) in [
        ("/v1/tree/nowhere", 404, "unknown-node"),
        ("/v1/tree/entry:X-01", 404, "unknown-node"),
        ("/v1/tree/topic:x", 404, "unknown-node"),
        ("/v1/tree/topic:pills:2", 404, "unknown-node"),
        ("/v1/tree/topic:pills:99999999999999999999", 404, "unknown-node"),
        ("/v1/tree/%00", 404, "unknown-node"),
        ("/v1/entries/X-01", 404, "unknown-entry"),
        ("/v1/resources/x", 404, "unknown-id"),
        ("/v1/approaches/x", 404, "unknown-id"),
        ("/v1/tree?language=x!", 400, "unknown-language"),
        ("/v1/tree?age=7", 400, "bad-field"),
        ("/v1/tree?role=nurse", 400, "bad-field"),
        ("/v1/tree?country=Kenya", 400, "unknown-country"),
        ("/v1/tree?who=me", 400, "bad-field"),
        ("/v1/topics?role=nurse", 400, "bad-field"),
    ] {
        let (found, body) = get(&server, path);
        assert_eq!((found, body["error"]["code"].as_str()), (status, Some(code)), "{path}: {body}");
        assert!(body["error"]["message"].as_str().is_some_and(|it| !it.is_empty()), "{body}");
    }
}
