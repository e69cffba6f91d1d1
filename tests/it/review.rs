//! Approvals: what is served, and why the rest is not:
//!
//! 1. what nobody approved is not served, and listed with the reason;
//! 2. one changed letter takes exactly that unit off the air;
//! 3. an approval holds from its day to its last day, and not longer than the policy allows;
//! 4. an approval counts only from a reviewer entitled to language and topic;
//! 5. a log that was changed, cut, reordered or written by another hand is an error;
//! 6. an unapproved phrasing is left out, the answer stays;
//! 7. a sentence of the program that is not approved is an error, and the last index stays.

use std::fs;

use sahihi::index::snapshot::Snapshot;
use serde_json::Value;

use crate::support::{Home, TODAY, UNTIL};

const EN: &str = "entries/pills/A-01.en.md";
const LOG: &str = "reviews/amina.jsonl";
const HEADS: &str = "reviews/HEADS";

/// Expects exactly one unit to be unserved, for a reason that says this.
fn check_unserved(home: &Home, unit: &str, reason: &str) {
    let unserved = home.unserved();
    let units: Vec<&str> = unserved.iter().map(|(unit, _)| unit.as_str()).collect();
    assert_eq!(units, [unit], "{unserved:#?}");
    assert!(unserved[0].1.contains(reason), "`{}` does not say `{reason}`", unserved[0].1);
}

/// Expects the logs to be refused: `check` names the file, `build` builds nothing.
fn check_broken(home: &Home, file: &str) {
    let report = home.check();
    let broken = |it: &Value| it["code"] == "broken-log" && it["file"] == format!("corpus/{file}");
    assert!(report["problems"].as_array().unwrap().iter().any(broken), "{report:#}");
    assert_eq!(home.run(&["build"]).code, Some(1), "a broken log was taken");
}

/// The entries found for a question on a day, best first.
fn found(home: &Home, day: &str, question: &str) -> Vec<String> {
    let reply = home.run_on(day, &["ask", question, "--json"]).json();
    let candidates = reply["candidates"].as_array().unwrap();
    candidates.iter().map(|it| it["entry"].as_str().unwrap().to_owned()).collect()
}

/// Approves a unit from a day to a day.
fn approve_on(home: &Home, day: &str, by: &str, unit: &str, until: &str) -> Option<i32> {
    home.run_on(day, &["review", "approve", unit, "--by", by, "--until", until]).code
}

#[test]
fn what_nobody_approved_is_not_served() {
    let home = Home::unapproved();
    home.approve("amina", "message/");
    let unserved = home.unserved();
    let units: Vec<&str> = unserved.iter().map(|(unit, _)| unit.as_str()).collect();
    let entries = ["entry/A-01/en", "entry/A-01/sw", "entry/B-01/en", "entry/B-01/sw"];
    assert_eq!(units, entries);
    assert!(unserved.iter().all(|(_, reason)| reason == "not approved"), "{unserved:#?}");
    assert_eq!(home.run(&["check"]).code, Some(0), "unserved units are no problem");
    assert_eq!(home.run(&["check", "--strict"]).code, Some(1), "unless asked for");
    assert_eq!(found(&home, TODAY, "i forgot my pill yesterday"), Vec::<String>::new());
}

#[test]
fn one_changed_letter_takes_exactly_that_unit_off_the_air() {
    let home = Home::approved();
    let changes = [
        ("Take one pill", "Take two pill"),
        ("# What do I do", "# What can I do"),
        ("title: Missed pills", "title: Missed pill"),
        ("summary: What", "summary: what"),
    ];
    for (from, to) in changes {
        home.edit(EN, from, to);
        check_unserved(&home, "entry/A-01/en", "changed since amina approved it");
        home.edit(EN, to, from);
    }
    assert_eq!(home.unserved(), [], "back as approved, it is served again");
    home.edit("entries/condoms/B-01.toml", "tier", "age_min = 18\ntier");
    let unserved = home.unserved();
    let units: Vec<&str> = unserved.iter().map(|(unit, _)| unit.as_str()).collect();
    assert_eq!(units, ["entry/B-01/en", "entry/B-01/sw"], "the neutral part is in every language");
}

#[test]
fn a_changed_answer_is_never_given() {
    let home = Home::approved();
    home.build();
    home.edit(EN, "Take one pill now", "Take nine pills now");
    let asked = home.run(&["ask", "i forgot my pill yesterday", "--lang", "en", "--json"]);
    assert_eq!(asked.code, Some(0), "{asked:#?}");
    assert!(!asked.stdout.contains("nine pills"), "{asked:#?}");
    assert!(!asked.stdout.contains("Take one pill"), "the old text is off the air: {asked:#?}");
}

#[test]
fn an_approval_holds_from_its_day_to_its_last_day() {
    let home = Home::approved();
    home.edit(EN, "Take one", "Take 1");
    assert_eq!(approve_on(&home, TODAY, "amina", "entry/A-01/en", "2027-01-31"), Some(0));
    let reason_on = |day: &str| {
        let report = home.run_on(day, &["check", "--json"]).json();
        let unserved = report["unserved"].as_array().unwrap();
        let of = unserved.iter().find(|it| it["unit"] == "entry/A-01/en");
        of.map(|it| it["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(reason_on(TODAY), None);
    assert_eq!(reason_on("2027-01-31"), None, "the last day is served");
    assert!(reason_on("2027-02-01").unwrap().contains("expired"));
    assert!(reason_on("2026-11-21").unwrap().contains("only from 2026-11-22"));
}

#[test]
fn an_answer_that_expired_after_the_build_is_not_given() {
    let home = Home::approved();
    home.build();
    let question = "i forgot my pill yesterday";
    assert!(found(&home, UNTIL, question).contains(&"A-01".to_owned()));
    let day_after = "2031-01-01";
    let config = sahihi::config::Config {
        today: sahihi::corpus::day::parse(day_after).unwrap(),
        ..home.config()
    };
    let engine = sahihi::engine::Engine::open(&config).unwrap();
    let profile = sahihi::retrieval::Profile::default();
    let query = sahihi::retrieval::Query {
        text: question,
        language: None,
        profile: &profile,
        limit: 5,
        today: config.today,
    };
    let decision = engine.decide(&query);
    assert!(decision.candidates.is_empty(), "{decision:#?}");
}

#[test]
fn the_policy_limits_how_long_an_approval_holds() {
    let home = Home::approved();
    let corpus = home.read("corpus.toml");
    home.write("corpus.toml", format!("{corpus}\n[review]\nmax_validity_days = 30\n"));
    assert_eq!(home.run_on("2026-12-22", &["check", "--strict", "--json"]).json()["errors"], 0);
    let late = home.run_on("2026-12-23", &["check", "--json"]).json();
    let reason = late["unserved"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("expired") && reason.contains("2026-12-22"), "{reason}");
}

#[test]
fn an_approval_counts_only_from_who_is_entitled() {
    for (by, unit) in [
        ("baraka", "entry/A-01/en"),
        ("chen", "entry/A-01/en"),
        ("dora", "all"),
        ("chen", "message/menu/en"),
    ] {
        let home = Home::unapproved();
        assert_eq!(approve_on(&home, TODAY, by, unit, UNTIL), Some(2), "{by} approved {unit}");
        let log = home.corpus().join(format!("reviews/{by}.jsonl"));
        assert!(!log.exists(), "a refused approval leaves no line");
    }
    let home = Home::unapproved();
    for (by, unit) in [("baraka", "entry/A-01/sw"), ("chen", "entry/B-01/")] {
        assert_eq!(approve_on(&home, TODAY, by, unit, UNTIL), Some(0), "{by} {unit}");
    }
}

#[test]
fn an_approval_ends_when_the_reviewer_is_no_longer_entitled() {
    for (from, to, reason) in [
        ("topics = [\"condoms\"]", "topics = [\"pills\"]", "not entitled to topic condoms"),
        (
            "languages = [\"*\"]\ntopics = [\"condoms\"]",
            "languages = [\"fr\"]\ntopics = [\"*\"]",
            "not entitled to language en",
        ),
        ("id = \"chen\"", "id = \"chin\"", "not in reviewers.toml"),
    ] {
        let home = Home::approved();
        home.edit("entries/condoms/B-01.en.md", "five days", "5 days");
        assert_eq!(approve_on(&home, TODAY, "chen", "entry/B-01/en", UNTIL), Some(0));
        assert_eq!(home.unserved(), []);
        home.edit("reviewers.toml", from, to);
        let unserved = home.unserved();
        assert_eq!(unserved.len(), 1, "{unserved:#?}");
        assert!(unserved[0].1.contains(reason), "{unserved:#?}");
    }
}

#[test]
fn a_tier_that_needs_two_reviewers_is_not_served_by_one() {
    let home = Home::approved();
    let corpus = home.read("corpus.toml");
    home.write("corpus.toml", format!("{corpus}\n[tiers.standard]\napprovals = 2\n"));
    let unserved = home.unserved();
    assert_eq!(unserved.len(), 4, "{unserved:#?}");
    assert!(unserved.iter().all(|it| it.1 == "approved by 1 of 2 reviewers needed"));
    home.approve("chen", "entry/B-01/");
    let units: Vec<String> = home.unserved().into_iter().map(|(unit, _)| unit).collect();
    assert!(units.iter().all(|it| it.starts_with("entry/A-01/")), "{units:#?}");
}

#[test]
fn a_log_that_was_touched_is_refused() {
    let home = Home::approved();
    let (log, heads) = (home.read(LOG), home.read(HEADS));
    let lines: Vec<&str> = log.lines().collect();
    let n = lines.len();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    let changed = log.replacen(UNTIL, "2099-12-31", 1);
    for (damage, text, file) in [
        ("the first line removed", joined(&lines[1..]), LOG),
        ("a middle line removed", joined(&[&lines[..5], &lines[6..]].concat()), LOG),
        ("the last line removed", joined(&lines[..n - 1]), HEADS),
        ("the last line doubled", joined(&[&lines[..], &lines[n - 1..]].concat()), LOG),
        ("everything removed", String::new(), HEADS),
        ("two lines swapped", joined(&swapped), LOG),
        ("one line changed", changed, LOG),
        (
            "the last line changed",
            log.replace(lines[n - 1], &lines[n - 1].replace(UNTIL, "2098-12-31")),
            HEADS,
        ),
        ("a line by another", log.replacen("\"by\":\"amina\"", "\"by\":\"chen\"", 1), LOG),
    ] {
        home.write(LOG, text);
        let report = home.check();
        assert!(report["errors"].as_u64() > Some(0), "{damage} was not noticed");
        check_broken(&home, file);
        home.write(LOG, &log);
    }
    for (damage, text) in [
        ("emptied", String::new()),
        ("another digest", heads.replace("sha256:", "sha256:0").replace("0\n", "\n")),
        ("another count", heads.replacen(&format!(" {n} "), &format!(" {} ", n - 1), 1)),
        ("another reviewer", heads.replace("amina", "chen")),
        ("not a head", "amina\n".to_owned()),
    ] {
        home.write(HEADS, text);
        assert!(home.check()["errors"].as_u64() > Some(0), "HEADS {damage} was not noticed");
        check_broken(&home, HEADS);
    }
    home.remove(HEADS);
    check_broken(&home, LOG);
    home.write(HEADS, heads);
    assert_eq!(home.check()["errors"], 0, "as it was, it is sound");
}

#[test]
fn a_log_that_is_gone_is_noticed() {
    let home = Home::approved();
    home.remove(LOG);
    check_broken(&home, HEADS);
}

#[test]
fn a_line_with_a_broken_field_is_named() {
    let home = Home::approved();
    let log = home.read(LOG);
    for (from, to, code) in [
        ("\"approve\"", "\"agree\"", "syntax"),
        ("\"on\":\"2026-11-22\"", "\"on\":\"22.11.2026\"", "syntax"),
        ("\"sig\":\"\"", "\"sig\":\"\",\"extra\":1", "syntax"),
        ("\"until\":\"2030-12-31\"", "\"until\":\"2020-12-31\"", "bad-value"),
        ("\"digest\":\"sha256:", "\"digest\":\"md5:", "syntax"),
    ] {
        home.write(LOG, log.replacen(from, to, 1));
        let report = home.check();
        let problem = |it: &&Value| it["code"] == code && it["line"] == 1;
        assert!(report["problems"].as_array().unwrap().iter().any(|it| problem(&it)), "{to}");
    }
}

#[test]
fn the_last_line_on_a_unit_is_in_force() {
    let home = Home::unapproved();
    home.approve("amina", "all");
    home.edit(EN, "Take one", "Take 1");
    home.approve("amina", "entry/A-01/en");
    assert_eq!(home.unserved(), []);
    home.edit(EN, "Take 1", "Take one");
    check_unserved(&home, "entry/A-01/en", "changed since amina approved it");
}

#[test]
fn a_new_phrasing_is_left_out_while_the_answer_stays() {
    let home = Home::approved();
    home.edit(EN, "- missed two", "- zanzibar lighthouse\n- missed two");
    check_unserved(&home, "entry/A-01/en#8", "zanzibar lighthouse");
    assert_eq!(home.run(&["check"]).code, Some(0));
    home.build();
    let reply = home.run(&["ask", "zanzibar lighthouse", "--json"]).json();
    assert_eq!(reply["reason"], "unknown-words", "an unapproved phrasing was matched: {reply:#}");
    assert_eq!(found(&home, TODAY, "i forgot my pill yesterday")[0], "A-01");
}

#[test]
fn an_unserved_sentence_stops_the_build_and_the_last_index_stays() {
    let home = Home::approved();
    home.build();
    let before = Snapshot::open(&home.index()).unwrap().id;
    home.edit("messages/en.toml", "no_answer in en", "no answer in en");
    let report = home.check();
    let is_named = |it: &Value| it["code"] == "unserved-message" && it["severity"] == "error";
    assert!(report["problems"].as_array().unwrap().iter().any(is_named), "{report:#}");
    check_unserved(&home, "message/no_answer/en", "changed since amina approved it");
    let built = home.run(&["build"]);
    assert_eq!(built.code, Some(1), "{built:#?}");
    assert!(built.stderr.contains("unserved-message"), "{built:#?}");
    assert_eq!(Snapshot::open(&home.index()).unwrap().id, before, "the last index must stay");
    home.edit("messages/en.toml", "no answer in en", "no_answer in en");
    sahihi::engine::Engine::open(&home.config()).expect("the last index is still good");
}

#[test]
fn approving_twice_writes_one_line() {
    let home = Home::approved();
    let lines = |home: &Home| fs::read_to_string(home.corpus().join(LOG)).unwrap().lines().count();
    let before = lines(&home);
    home.approve("amina", "all");
    assert_eq!(lines(&home), before, "what is approved needs no second line");
    let past = home.run(&["review", "approve", "all", "--by", "amina", "--until", "2020-01-01"]);
    assert_eq!(past.code, Some(2), "{past:#?}");
    let nothing =
        home.run(&["review", "approve", "entry/Z-99/en", "--by", "amina", "--until", UNTIL]);
    assert_eq!(nothing.code, Some(2), "{nothing:#?}");
}
