//! The reviewer's assistant, `check --deep` and `check --what-if`:
//!
//! 1. a phrasing that another entry would answer is named with its line;
//! 2. near-duplicate questions are named unless the author declared them;
//! 3. entries without a test question, and those none reaches, are listed;
//! 4. answers per topic and language, lengths and reading ease are counted;
//! 5. a what-if says which questions would move, and writes nothing;
//! 6. a broken corpus is said to be broken, whatever is asked.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Done, Home};

/// Questions with judgments, beside the corpus where they are looked for.
fn write_queries(home: &Home) {
    let folder = home.corpus().join("../eval/queries");
    fs::create_dir_all(&folder).unwrap();
    let line = |id: &str, text: &str, relevant: &[&str]| {
        json!({ "id": id, "lang": "en", "text": text, "relevant": relevant }).to_string()
    };
    let lines = [
        line("q1", "forgot to take my pill yesterday", &["A-01"]),
        line("q2", "missed two of my pills", &["A-01"]),
        line("q3", "who won the football match", &[]),
    ];
    fs::write(folder.join("en.jsonl"), lines.join("\n")).unwrap();
}

fn deep(home: &Home) -> Value {
    let done = home.run(&["check", "--deep", "--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(done.stderr, "", "no progress where there is no terminal");
    done.json()
}

/// The warnings of one kind, as file and line.
fn warnings(report: &Value, code: &str) -> Vec<(String, u64)> {
    let problems = report["problems"].as_array().unwrap().iter();
    problems
        .filter(|it| it["code"] == code && it["severity"] == "warning")
        .map(|it| (it["file"].as_str().unwrap().to_owned(), it["line"].as_u64().unwrap()))
        .collect()
}

#[test]
fn a_phrasing_of_another_entry_is_found_and_named_with_its_line() {
    let home = Home::approved();
    let path = "entries/condoms/B-01.en.md";
    home.edit(
        path,
        "- the condom broke",
        "- missed two pills, what now?? help\n- the condom broke",
    );
    home.approve("amina", "entry/B-01/en");
    let report = deep(&home);
    let strays = report["deep"]["strays"]["phrasings"].as_array().unwrap();
    let stray = strays.iter().find(|it| it["text"] == "missed two pills, what now?? help");
    let stray = stray.unwrap_or_else(|| panic!("the stray is not found: {report:#}"));
    assert_eq!((&stray["entry"], &stray["first"]), (&json!("B-01"), &json!("A-01")));
    assert_eq!(stray["answered"], true, "{stray:#}");
    assert!(
        warnings(&report, "phrasing-strays").contains(&(format!("corpus/{path}"), 7)),
        "{report:#}"
    );
    assert_eq!(report["deep"]["strays"]["asked"], 9, "every phrasing is asked once");
}

#[test]
fn near_duplicate_questions_are_named_unless_the_author_knows() {
    let home = Home::approved();
    home.write("entries/pills/A-02.toml", "");
    home.write(
        "entries/pills/A-02.en.md",
        "+++\ntitle: Missed a pill\n+++\n# What do I do if I missed one pill?\n\n---\n\nCall the clinic.\n",
    );
    home.approve("amina", "entry/A-02/");
    let twins = |report: &Value| -> Vec<Value> {
        let pair = json!(["A-01", "A-02"]);
        let all = report["deep"]["twins"].as_array().unwrap().iter();
        all.filter(|it| it["entries"] == pair).cloned().collect()
    };
    let report = deep(&home);
    let found = twins(&report);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["kind"], "question");
    let place = ("corpus/entries/pills/A-01.en.md".to_owned(), 1);
    assert!(warnings(&report, "near-duplicate").contains(&place), "{report:#}");
    home.write("entries/pills/A-02.toml", "not = [\"A-01\"]\n");
    home.approve("amina", "entry/A-02/");
    let report = deep(&home);
    assert_eq!(twins(&report)[0]["declared"], true);
    let problems = report["problems"].to_string();
    assert!(!problems.contains("like that of A-02"), "{problems}");
}

#[test]
fn gaps_lengths_and_reading_ease_are_counted() {
    let home = Home::approved();
    write_queries(&home);
    home.edit("messages/en.toml", "\"yes in en\"", "\"yes, that is what I wanted\"");
    home.approve("amina", "message/yes/en");
    let report = deep(&home)["deep"].clone();
    let reach = json!({ "questions": 2, "unasked": ["B-01"], "unreached": {} });
    assert_eq!(report["reach"], reach);
    let coverage = json!({
        "languages": ["en", "sw", "swc"],
        "topics": [
            { "topic": "pills", "entries": 1, "answers": [1, 1, 0] },
            { "topic": "condoms", "entries": 1, "answers": [1, 1, 0] },
        ],
    });
    assert_eq!(report["coverage"], coverage);
    let english = &report["channel"][0];
    assert_eq!((&english["answers"], &english["longest"]), (&json!(2), &json!(63)), "{english}");
    assert_eq!(english["buttons"], json!([["message/yes/en", 26]]));
    let reading = report["reading"].as_array().unwrap();
    assert_eq!(reading.len(), 1, "Swahili has no formula: {reading:#?}");
    assert_eq!((&reading[0]["lang"], &reading[0]["formula"]), (&json!("en"), &json!("Flesch")));
    let shown = home.run(&["check", "--deep"]);
    for part in ["pills", "entries no question asks for: 1 — B-01", "Flesch", "message/yes/en (26)"]
    {
        assert!(shown.stdout.contains(part), "`{part}` is missing: {shown:#?}");
    }
}

fn what_if(home: &Home, files: &[(&str, &str)]) -> Done {
    let folder = home.corpus().join("../proposed/condoms");
    fs::create_dir_all(&folder).unwrap();
    let mut arguments = vec!["check".to_owned(), "--json".to_owned()];
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        arguments.extend(["--what-if".to_owned(), path.to_str().unwrap().to_owned()]);
    }
    home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_what_if_says_which_questions_would_move_and_writes_nothing() {
    let home = Home::approved();
    write_queries(&home);
    let before = home.read("entries/condoms/B-01.en.md");
    let thief = before.replace(
        "- rubber burst",
        "- forgot to take my pill yesterday\n- missed two of my pills\n- rubber burst",
    );
    let done = what_if(&home, &[("B-01.en.md", &thief)]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let result = done.json();
    assert_eq!(
        (&result["questions"], &result["right_before"]),
        (&json!(3), &json!(2)),
        "{result:#}"
    );
    assert_eq!(result["right_after"], 0, "{result:#}");
    let moved = result["moved"].as_array().unwrap();
    let entries: Vec<(&Value, &Value, &Value)> = moved
        .iter()
        .map(|it| (&it["id"], &it["before"]["entry"], &it["after"]["entry"]))
        .filter(|it| it.1 != it.2)
        .collect();
    let (a, b) = (json!("A-01"), json!("B-01"));
    assert_eq!(entries, [(&json!("q1"), &a, &b), (&json!("q2"), &a, &b)]);
    assert_eq!(home.read("entries/condoms/B-01.en.md"), before);
    assert!(!home.index().exists(), "nothing is built");
    let same = what_if(&home, &[("B-01.en.md", &before)]).json();
    assert_eq!(same["moved"], json!([]), "the same file moves nothing");
}

#[test]
fn a_new_entry_can_be_tried_before_it_stands_in_the_corpus() {
    let home = Home::approved();
    write_queries(&home);
    let text = "+++\ntitle: Football\n+++\n# Who won the football match?\n\n---\n\nAsk a fan.\n";
    let alone = what_if(&home, &[("C-09.en.md", text)]);
    assert_eq!(alone.code, Some(2), "{alone:#?}");
    assert!(alone.stderr.contains("add --what-if C-09.toml"), "{alone:#?}");
    let done = what_if(&home, &[("C-09.en.md", text), ("C-09.toml", "")]);
    let result = done.json();
    let moved = result["moved"].as_array().unwrap();
    let question = moved.iter().find(|it| it["id"] == "q3").unwrap();
    assert_eq!(question["after"]["entry"], "C-09", "{result:#}");
    assert_eq!(question["after"]["right"], Value::Null, "it is out of scope by its judgment");
    let broken = what_if(&home, &[("B-01.en.md", "no answer at all\n")]);
    assert_eq!(broken.code, Some(1), "{broken:#?}");
    let report = broken.json();
    let is_shown = |it: &Value| it["code"] == "stray-line";
    assert!(report["problems"].as_array().unwrap().iter().any(is_shown), "{report:#}");
    let nameless = what_if(&home, &[("notes.txt", "x")]);
    assert_eq!(nameless.code, Some(2), "{nameless:#?}");
}

#[test]
fn a_broken_corpus_is_said_to_be_broken() {
    let home = Home::approved();
    home.write("topics.toml", "[[topics]\n");
    let done = home.run(&["check", "--deep", "--json"]);
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert!(done.json()["deep"].is_null());
    assert!(done.stderr.contains("mend the errors first"), "{done:#?}");
}
