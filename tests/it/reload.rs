//! A corpus that changes under a running server:
//!
//! 1. on request, on SIGHUP and when another process builds, the server goes over to it;
//! 2. while it does no request fails, and no reply holds texts of two corpora;
//! 3. a broken corpus is refused, the reply and `/readyz` say so, and what was served stays;
//! 4. nothing changed is told apart from reloaded;
//! 5. a damaged snapshot put beside the server is refused too.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::connection::Server;
use crate::support::Home;

/// A server that has not gone over to a corpus by then never will.
const DEADLINE: Duration = Duration::from_secs(60);

const PILLS: &str = "entries/pills/A-01.en.md";
const CONDOMS: &str = "entries/condoms/B-01.en.md";

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(DEADLINE)).build().into()
}

/// The small corpus with `(edition N)` behind every English question and answer.
fn edition(home: &Home, from: usize, to: usize) {
    for file in [PILLS, CONDOMS] {
        let text = home.read(file);
        let marked = if from == 0 {
            text.replacen("?\n", &format!("? (edition {to})\n"), 1).trim_end().to_owned()
                + &format!(" (edition {to})\n")
        } else {
            text.replace(&format!("(edition {from})"), &format!("(edition {to})"))
        };
        home.write(file, marked);
    }
    home.approve("amina", "all");
}

fn search(agent: &Agent, server: &Server) -> (u16, Value) {
    let request = json!({ "question": "i forgot my pill yesterday", "language": "en" });
    let mut response = agent.post(server.url("/v1/search")).send_json(request).unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

fn reload(server: &Server) -> (u16, Value) {
    let mut response = agent().post(server.url("/v1/admin/reload")).send_empty().unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

fn ready(server: &Server) -> Value {
    agent().get(server.url("/readyz")).call().unwrap().body_mut().read_json().unwrap()
}

/// Asks until the server is as wanted.
fn until(server: &Server, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let ready = ready(server);
        if wanted(&ready) {
            return ready;
        }
        assert!(start.elapsed() < DEADLINE, "{what}: {ready:#}");
        thread::yield_now();
    }
}

/// The editions a reply holds texts of.
fn editions(reply: &Value) -> Vec<usize> {
    let text = reply.to_string();
    let marks = text.split("(edition ").skip(1).filter_map(|it| it.split(')').next());
    let mut found: Vec<usize> = marks.map(|it| it.parse().unwrap()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn under_load_no_request_fails_and_none_mixes_two_corpora() {
    let home = Home::approved();
    edition(&home, 0, 1);
    let server = Server::on(home);
    let (server, stop, answered) = (&server, AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let (agent, mut last) = (agent(), 1);
                while !stop.load(Ordering::Relaxed) {
                    let (status, reply) = search(&agent, server);
                    assert_eq!(status, 200, "{reply:#}");
                    let [edition] = editions(&reply)[..] else { panic!("mixed: {reply:#}") };
                    assert_eq!(reply["candidates"].as_array().unwrap().len(), 2, "{reply:#}");
                    assert!(edition >= last, "edition {edition} after {last}");
                    last = edition;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let agent = agent();
        for next in 2..8 {
            let before = answered.load(Ordering::Relaxed);
            let served = ready(server)["snapshot"].clone();
            edition(&server.home, next - 1, next);
            match next % 3 {
                0 => server.signal("-HUP"),
                1 => server.home.build(),
                _ => assert_eq!(reload(server).0, 200),
            }
            until(server, "no new snapshot", |it| it["snapshot"] != served);
            assert_eq!(editions(&search(&agent, server).1), [next]);
            assert!(answered.load(Ordering::Relaxed) > before, "nobody was answered meanwhile");
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_broken_corpus_is_refused_and_the_old_one_stays() {
    let server = Server::on(Home::approved());
    let before = ready(&server);
    assert_eq!(before["last_reload"], Value::Null, "{before:#}");
    let sound = server.home.read(PILLS);
    server.home.edit(PILLS, "title: Missed pills\n", "");
    server.home.write("topics.toml", "[[topics]\n");
    let (status, body) = reload(&server);
    assert_eq!(status, 409, "{body:#}");
    assert_eq!(body["error"]["code"], "corpus-refused", "{body:#}");
    assert!(body["reload"]["errors"].as_u64().unwrap() >= 2, "{body:#}");
    assert!(body["error"]["message"].as_str().unwrap().contains("sahihi check"), "{body:#}");
    let after = ready(&server);
    assert_eq!(after["status"], "ready", "{after:#}");
    assert_eq!(after["snapshot"], before["snapshot"], "{after:#}");
    assert_eq!(after["last_reload"]["outcome"], "refused", "{after:#}");
    assert_eq!(after["last_reload"]["errors"], body["reload"]["errors"], "{after:#}");
    let (status, reply) = search(&agent(), &server);
    assert_eq!((status, &reply["answer"]["entry"]), (200, &json!("A-01")), "{reply:#}");
    server.signal("-HUP");
    until(&server, "no reload", |it| it["last_reload"]["cause"] == "signal");
    assert_eq!(ready(&server)["snapshot"], before["snapshot"]);
    server.home.write(PILLS, sound);
    server.home.write("topics.toml", Home::approved().read("topics.toml"));
    let (status, body) = reload(&server);
    assert_eq!((status, &body["reload"]["outcome"]), (200, &json!("unchanged")), "{body:#}");
}

#[test]
fn a_reload_says_whether_anything_changed() {
    let server = Server::on(Home::approved());
    let (status, body) = reload(&server);
    assert_eq!((status, &body["reload"]["outcome"]), (200, &json!("unchanged")), "{body:#}");
    edition(&server.home, 0, 1);
    let (status, body) = reload(&server);
    assert_eq!((status, &body["reload"]["outcome"]), (200, &json!("reloaded")), "{body:#}");
    assert_eq!(body["reload"]["snapshot"], ready(&server)["snapshot"]);
    assert_eq!(editions(&search(&agent(), &server).1), [1]);
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let server = Server::on(Home::approved());
    let before = ready(&server);
    let other = Home::approved();
    edition(&other, 0, 1);
    other.build();
    for item in fs::read_dir(other.index()).unwrap().map(Result::unwrap) {
        let name = item.file_name().into_string().unwrap();
        if !name.starts_with("snapshot-") {
            continue;
        }
        let copy = server.home.index().join(&name);
        fs::create_dir_all(&copy).unwrap();
        for file in fs::read_dir(item.path()).unwrap().map(Result::unwrap) {
            let mut bytes = fs::read(file.path()).unwrap();
            if file.file_name() == "corpus.bin" {
                bytes[7] ^= 1;
            }
            fs::write(copy.join(file.file_name()), bytes).unwrap();
        }
    }
    fs::copy(other.index().join("current"), server.home.index().join("current.copy")).unwrap();
    let index = server.home.index();
    fs::rename(index.join("current.copy"), index.join("current")).unwrap();
    let after = until(&server, "not seen", |it| it["last_reload"]["cause"] == "snapshot");
    assert_eq!(after["last_reload"]["outcome"], "refused", "{after:#}");
    assert_eq!(after["snapshot"], before["snapshot"], "{after:#}");
    let message = after["last_reload"]["message"].as_str().unwrap();
    assert!(message.contains("corpus.bin"), "{message}");
    assert_eq!(search(&agent(), &server).0, 200);
}
