//! Questions that found no answer:
//!
//! 1. they are kept only where the operator says so, without names and numbers;
//! 2. `review inbox` groups them, and shows counts, the nearest entries and what could be done;
//! 3. accepting one writes that phrasing and approves it and nothing else; the answer stays on the
//!    air;
//! 4. who may not approve changes nothing, and a log that cannot be written leaves the file as it
//!    was;
//! 5. acceptance is signed where the policy asks for it, and waits for the second reviewer where it
//!    takes two;
//! 6. what it does to the test questions is shown before;
//! 7. a new entry begins as a draft outside of the corpus.

use serde_json::{Value, json};

use crate::connection::Server;
use crate::support::{Done, Home, TODAY, UNTIL, finish};

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
    assert_eq!(reply["answer"]["valid_until"], UNTIL);
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
    let moved = "0 of 1 test questions would move, 0 of them to or from an answer; 1 found their \
                 entry first, 1 would";
    assert!(done.stdout.contains(moved), "{done:#?}");
    assert_eq!(home.run(&["review", "inbox", "--dismiss", "1"]).code, Some(0));
    assert_eq!(inbox(&home)["groups"].as_array().unwrap().len(), 1);
}

/// Runs a command with the passphrase of Amina's key.
fn with_passphrase(home: &Home, arguments: &[&str]) -> Done {
    let mut command = home.command_on(TODAY, arguments);
    command.env("SAHIHI_PASSPHRASE", "four plain words together");
    finish(command)
}

/// Makes the policy ask for signatures, with everything signed by Amina; her key file.
fn sign_everything(home: &Home) -> String {
    let key = home.path("amina.key");
    let done =
        with_passphrase(home, &["review", "key", "new", "--by", "amina", "--out", &key, "--json"]);
    let public = done.json()["public"].as_str().unwrap().to_owned();
    let named = format!("id = \"amina\"\nkeys = [\"{public}\"]");
    home.edit("reviewers.toml", "id = \"amina\"", &named);
    let corpus = home.read("corpus.toml");
    home.write("corpus.toml", format!("{corpus}\n[review]\nsignatures = \"required\"\n"));
    for log in ["reviews/amina.jsonl", "reviews/HEADS"] {
        home.remove(log);
    }
    let approve = ["review", "approve", "all", "--by", "amina", "--until", UNTIL, "--key", &key];
    let done = with_passphrase(home, &approve);
    assert_eq!(done.code, Some(0), "{done:#?}");
    std::fs::remove_dir_all(home.index()).unwrap();
    home.build();
    key
}

#[test]
fn an_acceptance_is_signed_where_the_policy_asks_for_it() {
    let home = asked(&["--keep-questions"]);
    let key = sign_everything(&home);
    let before = home.read("entries/pills/A-01.sw.md");
    let accept = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", "amina"];
    let unsigned = home.run(&accept);
    assert_eq!(unsigned.code, Some(2), "{unsigned:#?}");
    assert!(unsigned.stderr.contains("--key"), "{unsigned:#?}");
    assert_eq!(home.read("entries/pills/A-01.sw.md"), before);
    let done = with_passphrase(&home, &[&accept[..], &["--key", &key]].concat());
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(home.unserved(), []);
    let log = home.read("reviews/amina.jsonl");
    let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert!(last["sig"].as_str().unwrap().starts_with("ed25519:"), "{last:#}");
    assert_eq!(last["unit"], "entry/A-01/sw");
    assert_eq!(home.check()["errors"], 0);
}

#[test]
fn a_phrasing_that_needs_two_reviewers_waits_for_the_second() {
    let home = asked(&["--keep-questions"]);
    let corpus = home.read("corpus.toml");
    home.write(
        "corpus.toml",
        format!("{corpus}\n[tiers.standard]\nmax_wrong = 0.1\napprovals = 2\n"),
    );
    let approve = ["review", "approve", "all", "--by", "amina", "--until", UNTIL];
    let second = ["review", "approve", "entry/A-01/sw", "--by", "baraka", "--until", UNTIL];
    let reviewers = home.read("reviewers.toml");
    let dina =
        "[[reviewers]]\nid = \"dina\"\nrole = \"nurse\"\nlanguages = [\"*\"]\ntopics = [\"*\"]\n";
    home.write("reviewers.toml", format!("{reviewers}\n{dina}"));
    for by in ["amina", "dina"] {
        let mut all = approve;
        all[4] = by;
        assert_eq!(home.run(&all).code, Some(0));
    }
    assert_eq!(home.unserved(), []);
    let accept = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", "amina", "--json"];
    let report = home.run(&accept).json();
    let missing = report["accepted"]["missing"].as_str().unwrap();
    assert!(missing.contains("1 of 2"), "{report:#}");
    let waiting = home.unserved();
    assert_eq!(waiting.len(), 1, "the answer and the other phrasings stay: {waiting:#?}");
    assert!(waiting[0].0.starts_with("entry/A-01/sw#"), "{waiting:#?}");
    assert_eq!(home.run(&second).code, Some(0));
    assert_eq!(home.unserved(), []);
}

#[test]
fn a_log_that_cannot_be_written_leaves_the_file_as_it_was() {
    let home = asked(&["--keep-questions"]);
    let windows = home.read("entries/pills/A-01.sw.md").replace('\n', "\r\n");
    home.write("entries/pills/A-01.sw.md", &windows);
    let log = home.read("reviews/amina.jsonl");
    // A folder where the file is to be written.
    std::fs::create_dir(home.corpus().join("reviews/amina.texts.jsonl")).unwrap();
    let options = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", "amina"];
    let done = home.run(&options);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("the file is as it was"), "{done:#?}");
    assert_eq!(home.read("entries/pills/A-01.sw.md"), windows);
    assert_eq!(home.read("reviews/amina.jsonl"), log);
    assert_eq!(home.unserved(), []);
    assert_eq!(inbox(&home)["groups"].as_array().unwrap().len(), 2, "it stays on the list");
}

#[test]
fn what_an_acceptance_does_is_shown_and_the_words_can_be_put_right() {
    let home = asked(&["--keep-questions"]);
    let line =
        json!({ "id": "q1", "lang": "en", "text": "i forgot my pill", "relevant": ["A-01"] });
    std::fs::write(home.path("q.jsonl"), format!("{line}\n")).unwrap();
    let taken_out = "naitwa … chanjo";
    let accept = ["review", "inbox", "--accept", "1", "--entry", "A-01", "--by", "amina"];
    let done = home.run(&[&accept[..], &["--words", taken_out]].concat());
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("--words"), "{done:#?}");
    let words = ["--words", "  chanjo ya   watoto ", "--queries", "q.jsonl", "--json"];
    let report = home.run(&[&accept[..], &words].concat()).json();
    assert_eq!(report["prediction"]["questions"], 1, "{report:#}");
    assert_eq!(report["accepted"]["words"], "chanjo ya watoto");
    assert_eq!(report["accepted"]["missing"], Value::Null);
    assert!(home.read("entries/pills/A-01.sw.md").contains("\n- chanjo ya watoto\n"));
    assert_eq!(home.unserved(), []);
}

#[test]
fn a_new_entry_begins_as_a_draft_outside_of_the_corpus() {
    let home = asked(&["--keep-questions"]);
    let draft = |id: &str, topic: &str, out: &str| {
        let place = ["--entry", id, "--topic", topic, "--out", out];
        home.run(&[&["review", "inbox", "--draft", "1"], &place[..]].concat())
    };
    for (id, topic, out, says) in [
        ("a b", "pills", "drafts", "no id"),
        ("C-01", "pilz", "drafts", "pills, condoms"),
        ("A-01", "pills", "drafts", "there already"),
        ("C-01", "pills", "corpus/entries", "--out"),
    ] {
        let done = draft(id, topic, out);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains(says), "{done:#?}");
    }
    let done = draft("C-01", "pills", "drafts");
    assert_eq!(done.code, Some(0), "{done:#?}");
    let text = std::fs::read_to_string(home.path("drafts/pills/C-01.sw.md")).unwrap();
    assert!(text.contains("# chanjo watoto wachanga\n"), "{text}");
    assert_eq!(home.check()["errors"], 0, "the corpus is as it was");
    let written =
        text.replace("title: ", "title: Chanjo").replace("summary: ", "summary: Za watoto");
    std::fs::write(home.path("drafts/pills/C-01.sw.md"), written + "Uliza kliniki.\n").unwrap();
    let line = json!({ "id": "q1", "lang": "sw", "text": "chanjo watoto", "relevant": ["C-01"] });
    std::fs::write(home.path("q.jsonl"), format!("{line}\n")).unwrap();
    let files = ["drafts/pills/C-01.sw.md", "drafts/pills/C-01.toml"];
    let what_if =
        ["check", "--what-if", files[0], "--what-if", files[1], "--queries", "q.jsonl", "--json"];
    let report = home.run(&what_if).json();
    assert_eq!(report["right_after"], 1, "{report:#}");
    assert_eq!(draft("C-01", "pills", "drafts").code, Some(2), "nothing is overwritten");
}
