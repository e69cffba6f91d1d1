//! Questions that found no answer:
//!
//! 1. they are kept only where the operator says so, without names and numbers;
//! 2. `review inbox` groups them, and shows counts, the nearest entries and what could be done;
//! 3. accepting one writes that phrasing and approves it and nothing else; the answer stays on the
//!    air;
//! 4. who may not approve changes nothing.

use serde_json::{Value, json};

use crate::connection::Server;
use crate::support::Home;

/// Asked in vain; the first two ask for the same.
const ASKED: [&str; 4] = [
    "naitwa Asha Juma, chanjo watoto wachanga 0700 000 001",
    "chanjo watoto wachanga",
    "chanjo watoto wachanga",
    "weather forecast tomorrow",
];

/// A folder with a server's state after the questions were asked.
fn asked(options: &[&str]) -> Home {
    let server = Server::with(Home::approved(), options);
    for question in ASKED {
        let body = json!({ "question": question }).to_string();
        let mut reply = ureq::post(server.url("/v1/search"))
            .header("Content-Type", "application/json")
            .send(body.as_bytes())
            .unwrap();
        let reply: Value = reply.body_mut().read_json().unwrap();
        assert_eq!(reply["decision"], "tree", "`{question}` found something: {reply:#}");
    }
    server.stop()
}

fn inbox(home: &Home) -> Value {
    home.run(&["review", "inbox", "--json"]).json()
}

#[test]
fn nothing_is_kept_unless_the_operator_says_so() {
    let home = asked(&[]);
    assert_eq!(inbox(&home)["groups"], json!([]));
}

#[test]
fn what_was_asked_in_vain_is_grouped_without_names() {
    let home = asked(&["--keep-questions"]);
    let report = inbox(&home);
    let groups = report["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{report:#}");
    let first = &groups[0];
    assert_eq!((&first["number"], &first["times"]), (&json!(1), &json!(3)), "{report:#}");
    let questions = first["questions"].as_array().unwrap();
    assert_eq!(questions[0], "chanjo watoto wachanga");
    assert_eq!(questions.len(), 2, "{report:#}");
    let text = report.to_string();
    assert!(!text.contains("Asha") && !text.contains("0700"), "{text}");
    assert_eq!(groups[1]["questions"], json!(["weather forecast tomorrow"]));
    let done = home.run(&["review", "inbox"]);
    assert!(done.stdout.contains("1. sw, 3 times"), "{done:#?}");
}

#[test]
fn an_accepted_question_is_a_phrasing_and_nothing_else_is_approved() {
    let home = asked(&["--keep-questions"]);
    // Another change waits for approval, and goes on waiting.
    home.edit("entries/pills/A-01.en.md", "- i forgot", "- we forgot");
    let waiting = home.unserved();
    assert_eq!(waiting.len(), 1);
    let before = home.read("entries/pills/A-01.sw.md");
    let options = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", "amina"];
    let done = home.run(&options);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let added = "siku mbili\n- chanjo watoto wachanga\n";
    assert_eq!(home.read("entries/pills/A-01.sw.md"), before.replace("siku mbili\n", added));
    assert_eq!(home.unserved(), waiting, "the phrasing is served, nothing else changed");
    assert_eq!(home.check()["errors"], 0);
    home.build();
    let reply = home.run(&["ask", "chanjo watoto wachanga", "--json"]).json();
    assert_eq!(reply["decision"], "answer", "{reply:#}");
    assert_eq!(reply["answer"]["entry"], "A-01");
    assert_eq!(reply["answer"]["valid_until"], crate::support::UNTIL);
    let report = inbox(&home);
    assert!(!report.to_string().contains("\"chanjo watoto wachanga\""), "{report:#}");
}

#[test]
fn who_may_not_approve_changes_nothing() {
    let home = asked(&["--keep-questions"]);
    let before = home.read("entries/pills/A-01.sw.md");
    for (by, says) in [("chen", "pills"), ("nobody", "reviewers.toml")] {
        let options = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", by];
        let done = home.run(&options);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains(says), "{done:#?}");
        assert_eq!(home.read("entries/pills/A-01.sw.md"), before);
    }
    let done = home.run(&["review", "inbox", "--accept", "9", "--by", "amina"]);
    assert!(done.stderr.contains("no group 9"), "{done:#?}");
}

#[test]
fn a_group_can_be_seen_and_dismissed() {
    let home = asked(&["--keep-questions"]);
    let line =
        json!({ "id": "q1", "lang": "en", "text": "i forgot my pill", "relevant": ["A-01"] });
    std::fs::write(home.path("q.jsonl"), format!("{line}\n")).unwrap();
    let options = ["review", "inbox", "--show", "1", "--entry", "A-01", "--queries", "q.jsonl"];
    let done = home.run(&options);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.stdout.contains("+ - chanjo watoto wachanga"), "{done:#?}");
    assert!(done.stdout.contains("1 test questions: 1 right before, 1 after"), "{done:#?}");
    assert_eq!(home.run(&["review", "inbox", "--dismiss", "1"]).code, Some(0));
    assert_eq!(inbox(&home)["groups"].as_array().unwrap().len(), 1);
}
