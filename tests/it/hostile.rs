//! Corpus files made to hurt: each gives a problem with its place, and the program neither panics
//! nor hangs:
//!
//! 1. bytes that are no text, links and huge files are refused with a clear problem;
//! 2. deep nesting, huge arrays and many keys end in problems, not in a crash;
//! 3. characters nobody can see are refused;
//! 4. any bytes in any file are survived.

use std::os::unix::fs::symlink;

use proptest::prelude::{Strategy as _, any, prop};
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Done, Home};

const EN: &str = "entries/pills/A-01.en.md";
const NEUTRAL: &str = "entries/pills/A-01.toml";

/// Expects a problem of this code in this file, exit code 1, and a report for people as well.
fn check(home: &Home, code: &str, file: &str) -> (u64, u64) {
    let done = home.run(&["check", "--json"]);
    assert_eq!(done.code, Some(1), "{}", short(&done));
    let report = done.json();
    let problems = report["problems"].as_array().unwrap();
    let found = problems
        .iter()
        .find(|it| it["code"] == code && it["file"] == format!("corpus/{file}"))
        .unwrap_or_else(|| panic!("no {code} in {file}: {}", short(&done)));
    assert!(!found["help"].as_str().unwrap().is_empty());
    (found["line"].as_u64().unwrap(), found["column"].as_u64().unwrap())
}

/// The same for people; not for files that are slow to show.
fn check_shown(home: &Home, code: &str) {
    let shown = home.run(&["check"]);
    assert_eq!(shown.code, Some(1), "{}", short(&shown));
    assert!(shown.stderr.contains(code), "{}", short(&shown));
}

fn short(done: &Done) -> String {
    let head = |text: &str| text.chars().take(2_000).collect::<String>();
    format!("exit {:?}\n{}\n{}", done.code, head(&done.stdout), head(&done.stderr))
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_the_place() {
    let home = Home::approved();
    let text = home.read(EN).replace("Missed pills", "Miss\u{1}ed");
    let bytes: Vec<u8> = text.bytes().map(|b| if b == 1 { 0xE9 } else { b }).collect();
    home.write(EN, bytes);
    assert_eq!(check(&home, "not-utf8", EN), (2, 12));
    check_shown(&home, "not-utf8");
    for bytes in [b"\xff\xfet\0".as_slice(), b"\xc0\x80", b"\xed\xa0\x80", b"ok\xf4\x90\x80\x80"] {
        let home = Home::approved();
        home.write("corpus.toml", bytes);
        check(&home, "not-utf8", "corpus.toml");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let home = Home::approved();
    let windows = home.read(EN).replace('\n', "\r\n");
    home.write(EN, format!("\u{FEFF}{windows}"));
    let report = home.check();
    assert_eq!(report["errors"], 0, "{report:#}");
    assert_eq!(report["unserved"], serde_json::json!([]), "the approval must still hold");
}

#[test]
fn a_link_is_refused_wherever_it_leads() {
    let home = Home::approved();
    let target = home.corpus().join(NEUTRAL);
    for (name, to) in [
        ("entries/pills/C-01.toml", target.as_path()),
        ("entries/linked", &home.corpus().join("entries/pills")),
        ("entries/pills/loop.toml", &home.corpus().join("entries/pills/loop.toml")),
        ("messages/nowhere.toml", "/nowhere/at/all".as_ref()),
    ] {
        symlink(to, home.corpus().join(name)).unwrap();
        assert_eq!(check(&home, "not-a-file", name), (1, 1));
        check_shown(&home, "not-a-file");
    }
}

#[test]
fn a_huge_file_is_refused_without_being_parsed() {
    let home = Home::approved();
    for (file, bytes) in [(EN, (1 << 20) + 1), ("corpus.toml", 100_000_000)] {
        home.write(file, vec![b'x'; bytes]);
        assert_eq!(check(&home, "file-too-large", file), (1, 1));
    }
    let home = Home::approved();
    home.write("topics.toml", vec![b'\n'; 1 << 20]);
    check(&home, "unknown-topic", NEUTRAL);
}

#[test]
fn deep_nesting_is_a_problem_and_no_crash() {
    let deep = 100_000;
    let bombs = [
        format!("x = {}", "[".repeat(deep)),
        format!("x = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("x = {}", "{a=".repeat(deep)),
        format!("x = {}1{}", "{a=".repeat(deep), "}".repeat(deep)),
        format!("{}a = 1", "a.".repeat(deep)),
        format!("[{}a]", "a.".repeat(deep)),
        format!("[[{}a]]", "a.".repeat(deep)),
        "[[x]]\n".repeat(deep),
    ];
    for (at, bomb) in bombs.iter().enumerate() {
        for file in ["topics.toml", NEUTRAL] {
            let home = Home::approved();
            home.write(file, bomb);
            let done = home.run(&["check", "--json"]);
            assert_eq!(done.code, Some(1), "bomb {at} in {file}: {}", short(&done));
            assert!(done.json()["errors"].as_u64() > Some(0), "bomb {at} in {file}");
        }
    }
}

#[test]
fn a_deep_line_of_a_review_log_or_a_bulk_corpus_is_a_problem() {
    let home = Home::approved();
    home.write("reviews/amina.jsonl", "[".repeat(100_000));
    check(&home, "syntax", "reviews/amina.jsonl");
    std::fs::remove_dir_all(home.corpus()).unwrap();
    home.write("entries.jsonl", "{\"id\":".repeat(100_000));
    check(&home, "syntax", "entries.jsonl");
    home.write("entries.jsonl", "x".repeat((1 << 20) + 1));
    check(&home, "line-too-long", "entries.jsonl");
}

#[test]
fn long_lists_of_wrong_things_are_reported_and_end() {
    let home = Home::approved();
    home.write(NEUTRAL, format!("related = [{}]", "5,".repeat(2_000)));
    check(&home, "wrong-type", NEUTRAL);
    home.write(NEUTRAL, (0..2_000).map(|it| format!("k{it} = 1\n")).collect::<String>());
    check(&home, "unknown-key", NEUTRAL);
    home.write(EN, "x\n".repeat(2_000));
    check(&home, "stray-line", EN);
}

#[test]
fn a_character_nobody_can_see_is_refused() {
    for hidden in ['\u{202E}', '\u{200B}', '\u{2066}', '\u{E0041}', '\0', '\u{1b}', '\u{FFFD}'] {
        let home = Home::approved();
        home.edit(EN, "Take one pill", &format!("Take{hidden} one pill"));
        assert_eq!(check(&home, "hidden-character", EN), (12, 5), "{hidden:?}");
        check_shown(&home, "hidden-character");
    }
}

#[test]
fn a_problem_in_the_middle_of_long_words_of_any_script_can_be_shown() {
    let home = Home::approved();
    for word in ["गर्भनिरोधक", "ยาคุมกำเนิด", "🙂👩‍👩‍👧", "e\u{301}\u{301}"]
    {
        for shift in ["", "a", "ab"] {
            home.write(EN, format!("\u{FEFF}+++\ntitle: {shift}{}\n", word.repeat(40)));
            check(&home, "title-too-long", EN);
            check_shown(&home, "title-too-long");
        }
    }
}

#[test]
fn any_bytes_in_any_file_end_in_a_report() {
    let home = Home::approved();
    let files = [
        "corpus.toml",
        "topics.toml",
        "reviewers.toml",
        "reviews/HEADS",
        "reviews/amina.jsonl",
        "messages/en.toml",
        NEUTRAL,
        EN,
    ];
    let kept: Vec<String> = files.iter().map(|it| home.read(it)).collect();
    let bytes = prop::collection::vec(any::<u8>(), 0..64);
    let edits = (0..files.len(), any::<prop::sample::Index>(), bytes, 0..8_usize);
    let survives = |(file, place, bytes, cut): (usize, prop::sample::Index, Vec<u8>, usize)| {
        let mut text = kept[file].clone().into_bytes();
        let from = place.index(text.len() + 1);
        let to = (from + cut).min(text.len());
        text.splice(from..to, bytes);
        home.write(files[file], &text);
        let loaded = sahihi::corpus::load(&home.corpus(), home.config().today, false);
        home.write(files[file], &kept[file]);
        assert!(loaded.is_ok(), "any text gives problems, not a failure");
        Ok(())
    };
    // A fixed seed: the same test every time.
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    runner.run(&edits.prop_map(|it| it), survives).unwrap();
}
