//! Conversations over HTTP and in the terminal:
//!
//! 1. a message gets the reply of DESIGN §8, in a conversation that goes on;
//! 2. each bad message gets its error, a forged conversation a new one;
//! 3. a thousand messages of one conversation at once are all taken, one at a time;
//! 4. what is to be sent waits in the outbox;
//! 5. `sahihi chat` talks line by line, and as JSON.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::connection::{Server, server};
use crate::support::{Home, wait};

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(Duration::from_secs(60))).build().into()
}

fn post(agent: &Agent, server: &Server, body: &Value) -> (u16, Value) {
    let request = agent.post(server.url("/v1/chat")).header("content-type", "application/json");
    let mut response = request.send(body.to_string().as_bytes()).unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap())
}

fn talk(server: &Server, body: &Value) -> Value {
    let (status, reply) = post(&agent(), server, body);
    assert_eq!(status, 200, "{body}: {reply:#}");
    reply
}

#[test]
fn a_conversation_goes_on() {
    let server = server();
    let first = talk(&server, &json!({ "text": "" }));
    assert_eq!(first["reply"]["kind"], "tree", "{first:#}");
    assert_eq!(first["reply"]["sample"], true);
    let keys: BTreeSet<&str> =
        first["reply"].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["choices", "entry", "kind", "language", "resources", "sample", "text"];
    assert_eq!(keys, BTreeSet::from(wanted));
    let choice = &first["reply"]["choices"][0];
    assert_eq!(choice["id"], "topic:pills");
    assert!(choice["title"].is_string() && choice["description"].is_string());
    let session = first["session"].as_str().unwrap();
    assert!(session.len() >= 22, "at least 128 bits: {session}");
    let second = talk(&server, &json!({ "session": session, "text": "1" }));
    assert_eq!(second["session"], session);
    let third = talk(&server, &json!({ "session": session, "choice": "entry:A-01" }));
    assert_eq!(third["reply"]["kind"], "answer");
    assert_eq!(third["reply"]["entry"], "A-01");
    assert_eq!(third["reply"]["language"], "en");
    let text = third["reply"]["text"].as_str().unwrap();
    assert!(text.contains("Take one pill now. Then go on as usual.\n\nNot sure? Ask a nurse."));
}

#[test]
fn what_is_known_of_the_person_is_taken_over() {
    let server = server();
    let request =
        json!({ "text": "nimesahau kumeza kidonge jana", "profile": { "country": "KE" } });
    let reply = talk(&server, &request);
    assert_eq!(reply["reply"]["language"], "sw", "{reply:#}");
    let (status, reply) =
        post(&agent(), &server, &json!({ "text": "x", "profile": { "age": 17 } }));
    assert_eq!((status, &reply["error"]["code"]), (400, &json!("bad-field")));
    let (status, reply) =
        post(&agent(), &server, &json!({ "text": "x", "profile": { "country": "Kenya" } }));
    assert_eq!((status, &reply["error"]["code"]), (400, &json!("unknown-country")));
}

#[test]
fn a_bad_message_gets_its_error() {
    let server = server();
    for (body, code) in [
        (json!({}), "text-or-choice"),
        (json!({ "text": "a", "choice": "menu" }), "text-or-choice"),
        (json!({ "text": null, "choice": null }), "text-or-choice"),
        (json!({ "text": 7 }), "bad-field"),
        (json!([null, "a"]), "bad-field"),
        (json!({ "text": "a", "profile": [null, null] }), "bad-field"),
        (json!({ "text": "a", "colour": "red" }), "bad-field"),
        (json!("menu"), "bad-field"),
    ] {
        let (status, reply) = post(&agent(), &server, &body);
        assert_eq!((status, reply["error"]["code"].as_str()), (400, Some(code)), "{body}");
    }
    let reply = talk(&server, &json!({ "text": "pill ".repeat(1_000) }));
    assert!(reply["reply"]["text"].as_str().unwrap().starts_with("too_long in en"), "{reply:#}");
    let reply = talk(&server, &json!({ "choice": "nonsense" }));
    assert!(reply["reply"]["text"].as_str().unwrap().contains("unknown_choice in en"));
}

#[test]
fn a_conversation_nobody_began_is_begun_anew() {
    let server = server();
    for forged in ["forged", "", "../../etc/passwd", "\u{0}", &"x".repeat(5_000)] {
        let reply = talk(&server, &json!({ "session": forged, "text": "menu" }));
        assert_ne!(reply["session"], *forged, "a name a client made up is not taken over");
        let text = reply["reply"]["text"].as_str().unwrap();
        assert!(text.starts_with("expired_session in en"), "{text}");
        assert!(!reply["reply"]["choices"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_thousand_messages_at_once_are_taken_one_at_a_time() {
    const THREADS: usize = 20;
    const EACH: usize = 50;
    let server = server();
    let session = talk(&server, &json!({ "text": "" }))["session"].as_str().unwrap().to_owned();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (server, session) = (server.clone(), session.clone());
            thread::spawn(move || {
                let agent = agent();
                let message = json!({ "session": session, "choice": "menu" });
                for _ in 0..EACH {
                    let (status, reply) = post(&agent, &server, &message);
                    assert_eq!(status, 200, "{reply:#}");
                    assert_eq!(reply["session"], *session);
                    assert!(!reply["reply"]["choices"].as_array().unwrap().is_empty());
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|it| it.join().unwrap());
}

#[test]
fn the_terminal_talks_line_by_line() {
    let home = Home::approved();
    home.build();
    for (arguments, is_json) in
        [(&["chat"][..], false), (&["chat", "--json", "--lang", "sw"], true)]
    {
        let mut command = home.command_on(crate::support::TODAY, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all("\n1\nxqzv wkjh\n".as_bytes()).unwrap();
        drop(stdin);
        let done = wait(child, "chat");
        assert_eq!(done.code, Some(0), "{done:#?}");
        if is_json {
            let replies: Vec<Value> =
                done.stdout.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
            assert_eq!(replies.len(), 3, "one line a reply: {}", done.stdout);
            assert_eq!(replies[2]["kind"], "tree", "{:#}", replies[2]);
            assert_eq!(replies[0]["language"], "sw", "{:#}", replies[0]);
        } else {
            assert!(done.stdout.contains("started in en"), "{}", done.stdout);
            assert!(done.stdout.contains("  1. Pills\n"), "{}", done.stdout);
        }
    }
}

#[test]
fn a_profile_that_is_none_is_refused() {
    let home = Home::approved();
    let done = home.run(&["chat", "--profile", "role=nurse"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("role") || done.stderr.contains("nurse"), "{}", done.stderr);
}
