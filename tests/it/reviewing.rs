//! A reviewer's day:
//!
//! 1. a changed answer vanishes, approved it returns, rejected or revoked it is gone;
//! 2. `show` says how people see a unit, what changed since its approval, and has its source beside;
//! 3. `log` tells everything from the first approval to today;
//! 4. units are chosen one by one, as a list, by topic and by language;
//! 5. `due` lists what ends, what is to be checked and what was left behind, also as a calendar;
//! 6. an answer that expires while an engine is open is not given any more.

use std::collections::BTreeMap;

use sahihi::config::Config;
use sahihi::corpus::{EntryId, day};
use sahihi::engine::Engine;
use sahihi::retrieval::{Profile, Query};
use serde_json::{Value, json};

use crate::support::{Done, Home, TODAY, UNTIL};

const EN: &str = "entries/pills/A-01.en.md";
const QUESTION: &str = "i forgot my pill yesterday";

/// The answer given to the question in English, on the day the tests live on.
fn answer(home: &Home) -> Option<String> {
    let done = home.run(&["ask", QUESTION, "--lang", "en", "--json"]);
    done.json()["answer"]["text"].as_str().map(str::to_owned)
}

fn review(home: &Home, arguments: &[&str]) -> Done {
    let done = home.run(&[&["review"], arguments].concat());
    assert_eq!(done.code, Some(0), "{done:#?}");
    done
}

#[test]
fn a_changed_answer_vanishes_and_returns_when_it_is_approved() {
    let home = Home::approved();
    assert!(answer(&home).unwrap().starts_with("Take one pill now."));
    home.edit(EN, "Take one pill now", "Take two pills now");
    let given = answer(&home).unwrap_or_default();
    assert!(!given.contains("two pills") && !given.contains("one pill"), "{given}");
    review(&home, &["approve", "entry/A-01/en", "--by", "amina", "--until", UNTIL]);
    assert!(answer(&home).unwrap().starts_with("Take two pills now."));
    for (command, reason) in
        [("reject", "rejected by amina"), ("revoke", "approval revoked by amina")]
    {
        review(&home, &[command, "entry/A-01/en", "--by", "amina", "--note", "the dose"]);
        let given = answer(&home).unwrap_or_default();
        assert!(!given.contains("Take two pills"), "{command}: {given}");
        let unserved = home.unserved();
        assert!(unserved.iter().any(|it| it.1.contains(reason)), "{unserved:#?}");
        review(&home, &["approve", "entry/A-01/en", "--by", "amina", "--until", UNTIL]);
        assert!(
            answer(&home).unwrap().contains("Take two pills"),
            "approved again after {command}"
        );
    }
}

#[test]
fn who_sends_back_says_why_and_must_be_entitled() {
    let home = Home::approved();
    for arguments in [
        &["reject", "entry/A-01/en", "--by", "amina"][..],
        &["reject", "entry/A-01/en", "--by", "amina", "--note", " "],
        &["revoke", "entry/A-01/en", "--by", "chen", "--note", "not my topic"],
        &["revoke", "entry/A-01/en", "--by", "dora", "--note", "nobody knows me"],
        &["revoke", "--by", "amina", "--note", "nothing named"],
        &["approve", "--by", "amina", "--until", UNTIL],
        &["approve", "--topic", "moon", "--by", "amina", "--until", UNTIL],
        &["approve", "--lang", "xx", "--by", "amina", "--until", UNTIL],
        &["approve", "entry/A-01/", "--topic", "condoms", "--by", "amina", "--until", UNTIL],
        &["show", "entry/Z-01/en"],
        &["log", "entry/Z-01/en"],
    ] {
        let before = home.read("reviews/amina.jsonl");
        let done = home.run(&[&["review"], arguments].concat());
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:#?}");
        assert_eq!(home.read("reviews/amina.jsonl"), before, "{arguments:?} left a line");
    }
}

#[test]
fn units_are_chosen_by_name_list_topic_and_language() {
    let names = |home: &Home| -> Vec<String> {
        home.unserved().into_iter().map(|it| it.0).filter(|it| it.starts_with("entry/")).collect()
    };
    for (selection, open) in [
        (&["entry/A-01/en", "entry/B-01/sw"][..], &["entry/A-01/sw", "entry/B-01/en"][..]),
        (&["--topic", "pills"], &["entry/B-01/en", "entry/B-01/sw"]),
        (&["--topic", "B"], &["entry/A-01/en", "entry/A-01/sw"]),
        (&["entry/", "--lang", "sw"], &["entry/A-01/en", "entry/B-01/en"]),
        (
            &["entry/", "--lang", "sw", "--topic", "pills"],
            &["entry/A-01/en", "entry/B-01/en", "entry/B-01/sw"],
        ),
        (&["all"], &[]),
    ] {
        let home = Home::unapproved();
        let rest = ["--by", "amina", "--until", UNTIL];
        review(&home, &[&["approve"], selection, &rest].concat());
        assert_eq!(names(&home), open, "{selection:?}");
    }
    let home = Home::unapproved();
    let listed = review(&home, &["list", "--topic", "pills", "--json"]).json();
    let listed: Vec<&str> =
        listed.as_array().unwrap().iter().map(|it| it["unit"].as_str().unwrap()).collect();
    assert_eq!(listed, ["entry/A-01/en", "entry/A-01/sw"]);
}

#[test]
fn an_approval_is_prolonged_before_it_ends() {
    let home = Home::approved();
    let approve = ["approve", "entry/A-01/en", "--by", "amina", "--until"];
    let n = |until: &str| {
        review(&home, &[&approve[..], &[until, "--json"]].concat()).json()["approved"].clone()
    };
    assert_eq!(n("2029-12-31"), 0, "it holds longer already");
    assert_eq!(n("2031-12-31"), 1);
    assert_eq!(n("2031-12-31"), 0);
    assert_eq!(
        home.run_on("2031-06-01", &["review", "list", "entry/A-01/en", "--json"]).json(),
        json!([])
    );
}

#[test]
fn a_unit_is_shown_with_what_changed_and_its_source() {
    let home = Home::unapproved();
    home.approve("amina", "all");
    let fresh = review(&home, &["show", "entry/A-01/en"]).stdout;
    assert!(fresh.contains("served: approved by amina"), "{fresh}");
    assert!(fresh.contains("unchanged since amina approved it on 2026-11-22"), "{fresh}");
    home.edit(EN, "Take one pill now", "Take two pills now");
    home.edit(EN, "- missed two pills what now", "- skipped two pills");
    home.edit("entries/pills/A-01.toml", "related", "age_min = 15\nrelated");
    let shown = review(&home, &["show", "entry/A-01/en"]).stdout;
    for part in [
        "not served: changed since amina approved it on 2026-11-22",
        "Take [-one pill-]{+two pills+} now.",
        "age_min: [-null-]{+15+}",
        "phrasing: [-missed two pills what now-]",
        "phrasing: {+skipped two pills+}",
        "? skipped two pills",
        "needs 1 approval",
    ] {
        assert!(shown.contains(part), "`{part}` is missing:\n{shown}");
    }
    let view = &review(&home, &["show", "entry/A-01/sw", "--json"]).json()[0];
    assert_eq!(view["source"]["unit"], "entry/A-01/en", "{view:#}");
    assert_eq!(view["source"]["tie"], "unbound", "{view:#}");
    assert!(view["source"]["text"]["answer"].as_str().unwrap().starts_with("Take two pills"));
    assert!(view["text"]["answer"].as_str().unwrap().starts_with("Meza kidonge"), "{view:#}");
    let beside = review(&home, &["show", "entry/A-01/sw"]).stdout;
    let row = beside.lines().find(|it| it.contains("What do I do if I missed a pill?")).unwrap();
    assert!(row.contains("Nifanye nini"), "question and translation stand in one row: {beside}");
    let sentence = review(&home, &["show", "message/menu/en"]).stdout;
    assert!(sentence.contains("menu in en"), "{sentence}");
}

#[test]
fn a_text_approved_before_texts_were_kept_is_said_to_be_missing() {
    let home = Home::approved();
    home.edit(EN, "Take one pill now", "Take two pills now");
    let shown = review(&home, &["show", "entry/A-01/en"]).stdout;
    assert!(shown.contains("the text of then was not kept"), "{shown}");
}

#[test]
fn the_history_of_an_answer_is_told_from_first_approval_to_today() {
    let home = Home::unapproved();
    home.approve("amina", "all");
    home.edit("entries/condoms/B-01.en.md", "five days", "three days");
    let on = |day: &str, arguments: &[&str]| {
        let done = home.run_on(day, &[&["review"], arguments].concat());
        assert_eq!(done.code, Some(0), "{done:#?}");
        done
    };
    let unit = "entry/B-01/en";
    on("2026-12-01", &["reject", unit, "--by", "chen", "--note", "five is right"]);
    home.edit("entries/condoms/B-01.en.md", "three days", "5 days");
    on("2026-12-02", &["approve", unit, "--by", "chen", "--until", "2027-12-31"]);
    let told = on("2026-12-03", &["log", unit]).stdout;
    let lines: Vec<&str> = told.lines().collect();
    for (line, parts) in lines.iter().zip([
        &["entry/B-01/en"][..],
        &["2026-11-22", "approved until 2030-12-31 by amina (nurse)", "not signed"],
        &["2026-12-01", "rejected by chen (doctor)", "five is right"],
        &["answer: Ask for the emergency pill within [-five-]{+three+} days."],
        &["2026-12-02", "approved until 2027-12-31 by chen (doctor)"],
        &["answer: Ask for the emergency pill within [-five-]{+5+} days."],
        &["2026-12-03", "served until 2027-12-31, approved by chen"],
    ]) {
        for part in parts {
            assert!(line.contains(part), "`{part}` is not in `{line}` of:\n{told}");
        }
    }
    let json = on("2026-12-03", &["log", unit, "--json"]).json();
    assert_eq!(json["history"].as_array().unwrap().len(), 3, "{json:#}");
    assert_eq!(json["history"][1]["line"]["note"], "five is right");
}

#[test]
fn links_of_resources_are_due_a_year_after_somebody_tried_them() {
    let home = Home::sample();
    let resource = "resources/amaze.toml";
    home.edit(resource, "link_checked = \"unchecked\"", "link_checked = \"2026-01-01\"");
    home.approve("sample", "resource/amaze/");
    let due = |day: &str| {
        let report = home.run_on(day, &["review", "due", "--json"]).json();
        let all = report.as_array().unwrap().clone();
        let links = all.into_iter().filter(|it| it["kind"] == "check-link");
        links.map(|it| (it["unit"].as_str().unwrap().to_owned(), it)).collect::<BTreeMap<_, _>>()
    };
    let now = due(TODAY);
    assert!(!now.contains_key("resource/amaze"), "that one was tried this year");
    let other = &now["resource/adding-it-up"];
    assert_eq!(other["on"], TODAY, "{other:#}");
    assert!(other["what"].as_str().unwrap().contains("nobody ever tried it"), "{other:#}");
    let soon = due("2026-12-20");
    assert_eq!(soon["resource/amaze"]["on"], "2027-01-02");
    let what = soon["resource/amaze"]["what"].as_str().unwrap();
    assert!(what.contains("https://amaze.org/") && what.contains("2026-01-01"), "{what}");
    let shown = home.run_on("2027-02-01", &["review", "due"]).stdout;
    assert!(shown.contains("check link"), "{shown}");
}

#[test]
fn what_is_due_is_listed_and_put_into_a_calendar() {
    let home = Home::approved();
    let due = |day: &str, more: &[&str]| {
        let done = home.run_on(day, &[&["review", "due", "--json"], more].concat());
        assert_eq!(done.code, Some(0), "{done:#?}");
        done.json()
    };
    let of = |due: &Value, kind: &str| {
        due.as_array().unwrap().iter().filter(|it| it["kind"] == kind).count()
    };
    let early = due(TODAY, &[]);
    assert_eq!(of(&early, "expires"), 0, "{early:#}");
    assert_eq!(of(&early, "stale-translation"), 2, "neither translation names its source");
    let ics = home.corpus().join("../due.ics");
    let late = due("2030-12-20", &["--within", "11", "--ics", ics.to_str().unwrap()]);
    let n = of(&late, "expires");
    assert_eq!(n, home.read("reviews/amina.jsonl").lines().count());
    assert_eq!(of(&due("2030-12-20", &["--within", "10"]), "expires"), 0);
    let text = std::fs::read_to_string(&ics).unwrap();
    for line in [
        "BEGIN:VCALENDAR",
        "DTSTART;VALUE=DATE:20301231",
        "DTEND;VALUE=DATE:20310101",
        &format!("SUMMARY:Small: approvals of {n} texts end"),
        "DTSTAMP:20301220T000000Z",
        "END:VCALENDAR",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "`{line}` is missing:\n{text}");
    }
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 2, "one event a day and kind:\n{text}");
    due("2030-12-20", &["--within", "11", "--ics", ics.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&ics).unwrap(), text, "the same state, the same bytes");
    let shown = home.run(&["review", "due"]).stdout;
    assert!(
        shown.contains("stale translation") && shown.contains("2 due within 30 days"),
        "{shown}"
    );
}

#[test]
fn an_answer_that_expires_while_an_engine_is_open_is_not_given() {
    let home = Home::unapproved();
    let approve = |unit: &str, until: &str| {
        let done = home
            .run_on("2020-01-01", &["review", "approve", unit, "--by", "amina", "--until", until]);
        assert_eq!(done.code, Some(0), "{done:#?}");
    };
    approve("entry/A-01/", "2020-01-31");
    approve("entry/B-01/", UNTIL);
    approve("message/", UNTIL);
    let day = |it: &str| day::parse(it).unwrap();
    let config = Config { today: day("2020-01-31"), ..home.config() };
    let (engine, _) = Engine::open_or_build(&config).unwrap();
    let profile = Profile::default();
    let is_given = |today| {
        let query = Query { text: QUESTION, language: None, profile: &profile, limit: 5, today };
        engine.decide(&query).candidates.iter().any(|it| it.entry == EntryId::new("A-01"))
    };
    assert!(is_given(day("2020-01-31")), "served on its last day");
    assert!(!is_given(day("2020-02-01")), "the same engine on the day after");
}
