//! What attackers of the first road found; each was mended with its test.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Command;

use sahihi::config::Config;
use sahihi::engine::Engine;
use sahihi::retrieval::{Profile, Query};
use sahihi::service::wire::SearchReply;

use crate::support::{Home, TODAY, UNTIL};

const EN: &str = "entries/pills/A-01.en.md";
const LOG: &str = "reviews/amina.jsonl";

/// F1
#[test]
fn approving_does_not_cover_up_a_cut_log() {
    let home = Home::approved();
    let log = home.read(LOG);
    let lines: Vec<&str> = log.lines().collect();
    home.write(LOG, lines[..lines.len() - 3].join("\n") + "\n");
    let done = home.run(&["review", "approve", "all", "--by", "amina", "--until", UNTIL]);
    assert!(home.check()["errors"].as_u64() > Some(0), "the cut is no longer noticed");
    assert_eq!(done.code, Some(2), "{done:#?}");
}

/// F2
#[test]
fn showing_a_problem_does_not_read_a_pipe() {
    let home = Home::approved();
    let pipe = home.corpus().join("entries/pills/C-01.toml");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    assert_eq!(home.run(&["check", "--json"]).code, Some(1));
    assert_eq!(home.run(&["check"]).code, Some(1));
}

/// F2b
#[test]
fn showing_a_problem_does_not_follow_a_link() {
    let home = Home::approved();
    let secret = home.corpus().join("../secret");
    fs::write(&secret, "top secret text\n").unwrap();
    std::os::unix::fs::symlink(secret, home.corpus().join("entries/pills/C-01.toml")).unwrap();
    let done = home.run(&["check"]);
    assert!(!done.stderr.contains("top secret"), "{}", done.stderr);
}

/// F2c: more than a minute for each of these files.
#[test]
fn showing_that_a_file_is_too_large_does_not_read_it() {
    for bytes in [(1 << 20) + 1, 100_000_000] {
        let home = Home::approved();
        home.write(EN, vec![b'x'; bytes]);
        assert_eq!(home.run(&["check"]).code, Some(1));
    }
}

/// F3
#[test]
fn one_language_of_an_entry_stands_in_one_file() {
    let home = Home::approved();
    home.write("entries/pills/A-01.EN.md", home.read(EN).replace("Take one", "Take nine"));
    let report = home.check();
    assert!(report["errors"].as_u64() > Some(0), "{report:#}");
}

/// F4
#[test]
fn an_expired_sentence_is_not_said() {
    let home = Home::approved();
    home.build();
    let today = sahihi::corpus::day::parse("2031-01-01").unwrap();
    let engine = Engine::open(&Config { today, ..home.config() }).unwrap();
    let profile = Profile::default();
    let query = Query { text: "xqzv", language: None, profile: &profile, limit: 5, today };
    let reply = SearchReply::new(&engine, &query, &engine.decide(&query), false);
    assert_eq!(reply.message, None, "approved until {UNTIL} only");
}

/// F5
#[test]
fn a_trusted_index_is_not_served_without_the_word() {
    let home = Home::unapproved();
    fs::remove_dir_all(home.corpus()).unwrap();
    home.write(
        "entries.jsonl",
        "{\"id\":\"one\",\"phrasings\":[{\"lang\":\"en\",\"text\":\"lost card\"}],\"answer\":\"Call.\"}\n",
    );
    assert_eq!(home.run(&["build", "--trust"]).code, Some(0));
    let asked = home.run(&["ask", "lost card", "--json"]);
    assert!(!asked.stdout.contains("\"one\""), "{}", asked.stdout);
}

/// F6
#[test]
fn the_limit_is_kept() {
    let home = Home::approved();
    home.build();
    let engine = Engine::open(&home.config()).unwrap();
    let profile = Profile::default();
    let today = sahihi::corpus::day::parse(TODAY).unwrap();
    let query = Query { text: "pill condom", language: None, profile: &profile, limit: 1, today };
    let reply = SearchReply::new(&engine, &query, &engine.decide(&query), false);
    assert!(reply.candidates.len() <= 1, "{:#?}", reply.candidates);
}

/// F7
#[test]
fn a_file_too_many_in_a_snapshot_is_noticed() {
    let home = Home::approved();
    home.build();
    let pointer = fs::read_to_string(home.index().join("current")).unwrap();
    let (name, _) = pointer.split_once(' ').unwrap();
    fs::write(home.index().join(name).join("segment.extra"), "x").unwrap();
    let opened = Engine::open(&home.config()).map(|it| it.snapshot);
    assert!(opened.expect_err("taken").to_string().contains("run `sahihi build`"));
}

/// F7b
#[test]
fn a_folder_in_the_place_of_a_file_is_damage() {
    let home = Home::approved();
    home.build();
    let pointer = fs::read_to_string(home.index().join("current")).unwrap();
    let (name, _) = pointer.split_once(' ').unwrap();
    let file = home.index().join(name).join("corpus.bin");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let opened = Engine::open(&home.config()).map(|it| it.snapshot);
    assert!(opened.expect_err("taken").to_string().contains("run `sahihi build`"));
}

/// F8
#[test]
fn the_name_of_a_reviewer_is_no_path() {
    for id in ["../../evil", "a b", ""] {
        let home = Home::unapproved();
        home.edit("reviewers.toml", "\"amina\"", &format!("\"{id}\""));
        let report = home.check();
        let named = report["problems"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["file"] == "corpus/reviewers.toml");
        assert!(named, "`{id}` is no name for a file");
    }
}

/// F9
#[test]
fn a_file_with_a_problem_in_every_line_is_reported_in_time() {
    let home = Home::approved();
    home.write(EN, "x\n".repeat(1 << 19));
    assert_eq!(home.run(&["check", "--json"]).code, Some(1));
    home.write(EN, "x\n".repeat(20_000));
    assert_eq!(home.run(&["check"]).code, Some(1));
}

/// F10
#[test]
fn hidden_characters_are_refused_in_sentences_and_topics_as_well() {
    for (file, from) in [("messages/en.toml", "menu in en"), ("topics.toml", "Vidonge")] {
        for to in ["x\u{202E}y", "x\\u202Ey"] {
            let home = Home::unapproved();
            home.edit(file, from, to);
            home.approve("amina", "all");
            let report = home.check();
            assert!(report["errors"].as_u64() > Some(0), "{to} in {file}");
        }
    }
}

/// F11
#[test]
fn an_entry_without_any_text_is_named() {
    let home = Home::approved();
    home.write("entries/pills/C-01.toml", "");
    let report = home.check();
    assert!(
        !report["problems"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["file"] != "corpus/entries/pills/C-01.toml")
    );
}

/// F12
#[test]
fn a_log_without_a_last_line_end_is_not_broken_by_the_next_approval() {
    let home = Home::approved();
    home.write(LOG, home.read(LOG).trim_end());
    assert_eq!(home.check()["errors"], 0);
    home.edit(EN, "Take one", "Take 1");
    home.approve("amina", "entry/A-01/en");
    assert_eq!(home.check()["errors"], 0);
}

/// F13
#[test]
fn a_broken_corpus_does_not_take_the_last_index_off_the_air() {
    let home = Home::approved();
    home.build();
    home.edit("messages/en.toml", "no_answer in en", "no answer in en");
    let done = home.run(&["ask", "i forgot my pill yesterday", "--json"]);
    assert_eq!(done.json()["candidates"][0]["entry"], "A-01");
}

/// F14
#[test]
fn build_has_json_for_a_broken_corpus_too() {
    let home = Home::approved();
    home.write("notes.txt", "x");
    let done = home.run(&["build", "--json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&done.stdout).is_ok(), "{done:#?}");
}

/// F15
#[test]
fn two_approvals_at_the_same_time_leave_a_sound_log() {
    let home = Home::unapproved();
    home.approve("amina", "message/");
    let start = |unit: &str| {
        let mut command =
            home.command_on(TODAY, &["review", "approve", unit, "--by", "amina", "--until", UNTIL]);
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> =
        ["entry/A-01/en", "entry/A-01/sw", "entry/B-01/en", "entry/B-01/sw"].map(start).into();
    for mut child in children {
        child.wait().unwrap();
    }
    let report = home.check();
    assert_eq!(report["errors"], 0, "{report:#}");
}

/// F16
#[test]
fn a_slow_head_and_a_slow_body_together_stay_within_ten_seconds() {
    let server = crate::connection::server();
    let start = std::time::Instant::now();
    let mut stream = server.connect();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(3))).unwrap();
    let head = "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    stream.write_all(format!("{head}Content-Length: 30\r\n").as_bytes()).unwrap();
    // Nothing comes; the wait for it is what makes the head slow.
    assert!(stream.read(&mut [0; 64]).is_err());
    stream.write_all(b"\r\n{").unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    crate::connection::read_to_close(stream);
    assert!(start.elapsed().as_secs() < 10, "held for {:?}", start.elapsed());
}
