//! Red flags:
//!
//! 1. people in danger are recognised in several languages, reported by others too;
//! 2. questions that only look like it are not;
//! 3. the reply has the acknowledgement, the contacts of the country and a way to say no;
//! 4. nothing is built when one letter of a red flag or a referral is not approved;
//! 5. what is wrong in the files is reported with its place;
//! 6. it costs little time;
//! 7. a rule that a look-alike fulfils needs likeness to the examples;
//! 8. a question that stands among the examples is no measure of them, and `eval` says so.

use std::fs;

use sahihi::corpus::DangerClass::{self, ChildProtection, Emergency, Gbv, SelfHarm, UrgentTimed};
use sahihi::corpus::day;
use sahihi::engine::Engine;
use sahihi::retrieval::{Decision, Outcome, Profile, Query};
use sahihi::service::wire::SearchReply;
use serde_json::Value;

use super::support::{Home, TODAY, shipped};

fn query<'a>(text: &'a str, profile: &'a Profile) -> Query<'a> {
    Query { text, language: None, profile, limit: 5, today: day::parse(TODAY).unwrap() }
}

fn decide(engine: &Engine, text: &str) -> Decision {
    engine.decide(&query(text, &Profile::default()))
}

fn reply(engine: &Engine, text: &str, country: Option<&str>) -> Value {
    let profile = Profile { country: country.map(str::to_owned), ..Profile::default() };
    let query = query(text, &profile);
    serde_json::to_value(SearchReply::new(engine, &query, &engine.decide(&query), false)).unwrap()
}

#[track_caller]
fn flagged(text: &str, wanted: DangerClass) {
    let decision = decide(shipped(), text);
    assert_eq!(decision.outcome, Outcome::Urgent, "{text} is no red flag");
    assert_eq!(decision.dangers.first(), Some(&wanted), "{text}");
}

#[track_caller]
fn ordinary(text: &str) {
    let decision = decide(shipped(), text);
    assert_ne!(decision.outcome, Outcome::Urgent, "{text} is taken for {:?}", decision.dangers);
}

#[test]
fn danger_is_recognised_in_every_language() {
    flagged("my neighbour was beaten by her husband last night", Gbv);
    flagged("she is pregnant and the bleeding will not stop, she fainted", Emergency);
    flagged("quiero morirme, ya no puedo más", SelfHarm);
    flagged("mon mari me frappe quand je demande la pilule", Gbv);
    flagged("kondomu imepasuka jana usiku nifanye nini", UrgentTimed);
    flagged("wanataka kuniozesha nina miaka 14", ChildProtection);
    flagged("मेरा पति मुझे मारता है", Gbv);
    flagged("o preservativo rebentou ontem à noite", UrgentTimed);
}

#[test]
fn what_only_looks_like_danger_is_none() {
    ordinary("my phone is dying");
    ordinary("what if a condom breaks?");
    ordinary("how can a nurse help a beaten woman?");
    ordinary("que faire si un préservatif se déchire ?");
    ordinary("nifanye nini kondomu ikipasuka?");
    ordinary("how do I take the pill");
    ordinary("");
    ordinary("hi");
}

#[test]
fn the_reply_is_made_of_approved_units() {
    let reply = reply(shipped(), "my husband beats me when i ask for pills", Some("KE"));
    assert_eq!(reply["decision"], "urgent");
    assert_eq!(reply["reason"], "red-flag");
    assert_eq!(reply["answer"], Value::Null);
    let referral = &reply["referral"];
    assert_eq!(referral["class"], "gbv");
    assert_eq!(referral["country"], "KE");
    assert_eq!(referral["language"], "en");
    let contact = &referral["contacts"][0];
    for key in ["id", "name", "contact", "hours", "cost", "note", "language"] {
        assert!(contact[key].is_string(), "{key} of {contact}");
    }
    let message = reply["message"].as_str().unwrap();
    assert!(message.starts_with(referral["text"].as_str().unwrap()), "{message}");
    assert!(message.contains(contact["name"].as_str().unwrap()), "{message}");
    let messages = &shipped().corpus().messages;
    let en = sahihi::analysis::Lang::parse("en").unwrap();
    let today = day::parse(TODAY).unwrap();
    let say = |id: &str| messages.get(id, &[&en], today).unwrap().1;
    let choices = format!("1. {}\n2. {}", say("need_help"), say("only_question"));
    assert!(message.ends_with(&choices), "{message}");
}

#[test]
fn without_a_known_country_the_contacts_are_international() {
    for country in [None, Some("AQ")] {
        let reply = reply(shipped(), "i want to kill myself", country);
        assert_eq!(reply["referral"]["country"], "international");
        assert_eq!(reply["referral"]["class"], "self-harm");
        assert!(!reply["referral"]["contacts"].as_array().unwrap().is_empty());
    }
}

#[test]
fn where_only_a_clock_runs_the_question_is_answered_too() {
    let reply = reply(shipped(), "condom broke last night what do i do", None);
    assert_eq!(reply["referral"]["class"], "urgent-timed");
    let answer = reply["answer"]["text"].as_str().expect("an answer beside the referral");
    assert!(reply["message"].as_str().unwrap().contains(answer));
}

const FLAG: &str = "+++
title: Violence
+++
## Rules
- beat*|hit + me|my sister + !what if

## Examples
- my husband beats me

## Not
- what if he beats me

---

This is not your fault.
";
const HEADER: &str = "id,country,lang,class,name,contact,hours,cost,note,check_on\n";
const ROW: &str = "ke-gbv-en,KE,en,gbv,A place,\"Call, or come\",always,free,,2099-12-31\n";

fn with_flag() -> Home {
    let home = Home::unapproved();
    home.write("redflags/gbv.en.md", FLAG);
    home.write("referrals.csv", format!("{HEADER}{ROW}"));
    home.approve("amina", "all");
    home
}

#[test]
fn an_unapproved_letter_stops_the_build_and_the_last_index_stays() {
    let home = with_flag();
    home.build();
    let before = home.run(&["ask", "--json", "he beats me"]).json();
    assert_eq!(before["referral"]["text"], "This is not your fault.");
    assert_eq!(before["referral"]["country"], "international");
    for (path, from, to, code, unit) in [
        ("redflags/gbv.en.md", "your fault", "your faults", "unserved-red-flag", "redflag/gbv/en"),
        ("referrals.csv", "A place", "A palace", "unserved-referral", "referral/KE/ke-gbv-en"),
    ] {
        home.edit(path, from, to);
        let report = home.check();
        assert_eq!(report["errors"], 1, "{report:#}");
        let problems = report["problems"].as_array().unwrap();
        let error = problems.iter().find(|it| it["severity"] == "error").unwrap();
        assert_eq!(error["code"], code);
        assert_eq!(report["unserved"][0]["unit"], unit);
        assert_eq!(home.run(&["build"]).code, Some(1));
        home.edit(path, to, from);
    }
    assert_eq!(home.check()["errors"], 0);
}

#[test]
fn a_rule_that_a_look_alike_fulfils_needs_likeness_to_the_examples() {
    let home = with_flag();
    let decision = |text: &str| {
        home.build();
        home.run(&["ask", "--json", text]).json()["decision"].clone()
    };
    assert_eq!(decision("the game of chess beats me"), "urgent");
    home.edit("redflags/gbv.en.md", "- what if", "- the game of chess beats me\n- what if");
    home.approve("amina", "all");
    assert_ne!(decision("the game of chess beats me"), "urgent");
    assert_eq!(decision("my husband beats me again"), "urgent");
}

/// Line, column and code of the problems of red flags and referrals, but for lacking approvals.
fn problems(home: &Home) -> Vec<(u64, u64, String)> {
    let report = home.check();
    let problems = report["problems"].as_array().unwrap().iter();
    problems
        .filter(|it| !it["file"].as_str().unwrap().contains("entries"))
        .filter(|it| !it["code"].as_str().unwrap().starts_with("unserved"))
        .map(|it| {
            assert!(!it["help"].as_str().unwrap().is_empty(), "{it}");
            let number = |key: &str| it[key].as_u64().unwrap();
            (number("line"), number("column"), it["code"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[track_caller]
fn check(path: &str, text: &str, wanted: &[(u64, u64, &str)]) {
    let home = Home::approved();
    home.write(path, text);
    let found = problems(&home);
    let found: Vec<(u64, u64, &str)> = found.iter().map(|(l, c, it)| (*l, *c, &**it)).collect();
    assert_eq!(found, wanted, "{path}");
}

#[test]
fn what_is_wrong_in_a_red_flag_has_its_place() {
    let flag = "redflags/gbv.en.md";
    check("redflags/violence.en.md", FLAG, &[(1, 1, "unknown-class")]);
    check("redflags/gbv.de.md", FLAG, &[(1, 1, "unknown-language")]);
    check(flag, &FLAG.replace("title: Violence\n", ""), &[(1, 1, "missing-title")]);
    check(flag, &FLAG.replace("me|my", "|my"), &[(5, 15, "empty-group")]);
    check(flag, &FLAG.replace("- my husband beats me\n", ""), &[(1, 1, "empty-list")]);
    check(flag, &FLAG.replace("- my", "my"), &[(1, 1, "empty-list"), (8, 1, "stray-line")]);
    check(flag, &FLAG.replace("This is not your fault.\n", ""), &[(13, 4, "empty-reply")]);
    check(flag, &FLAG.replace("fault", &"x".repeat(1_024)), &[(15, 1, "reply-too-long")]);
    check(
        flag,
        &FLAG.replace("title:", "topic:"),
        &[(1, 1, "missing-title"), (2, 1, "unknown-key")],
    );
}

#[test]
fn what_is_wrong_in_a_referral_has_its_place() {
    let row = |from: &str, to: &str| format!("{HEADER}{}", ROW.replace(from, to));
    let file = "referrals.csv";
    check(file, &row(",gbv,", ",fire,"), &[(2, 17, "unknown-class")]);
    check(file, &row(",KE,", ",Kenya,"), &[(2, 11, "bad-value")]);
    check(file, &row(",en,", ",de,"), &[(2, 14, "unknown-language")]);
    check(file, &row("2099-12-31", "soon"), &[(2, 58, "bad-value")]);
    check(file, &row("2099", "2020"), &[(2, 58, "check-due")]);
    check(file, &row("A place", ""), &[(2, 21, "empty-text")]);
    check(file, &row(",free", ""), &[(2, 1, "wrong-columns")]);
    check(file, &format!("{HEADER}{ROW}{ROW}"), &[(3, 1, "duplicate-id")]);
    check(file, &format!("id,land\n{ROW}"), &[(1, 1, "bad-header")]);
}

#[test]
fn a_question_among_the_examples_is_reported() {
    let home = with_flag();
    let queries = home.folder().join("queries.jsonl");
    let line = |id: &str, text: &str| {
        format!(r#"{{"id":"{id}","lang":"en","text":"{text}","relevant":[],"kind":"redflag"}}"#)
    };
    let warnings = |texts: [&str; 2]| {
        let [first, second] = texts;
        fs::write(&queries, format!("{}\n{}\n", line("a", first), line("b", second))).unwrap();
        let arguments = ["eval", "--json", "--queries", queries.to_str().unwrap()];
        home.run(&arguments).json()["warnings"].to_string()
    };
    let taught = warnings(["he hits my sister", "My husband BEATS me!"]);
    assert!(taught.contains("1 questions also stand among the examples"), "{taught}");
    assert!(taught.contains("the first is b"), "{taught}");
    let unseen = warnings(["he hits my sister", "my husband hit me"]);
    assert!(!unseen.contains("examples of red flags"), "{unseen}");
}
