//! `sahihi calibrate` and the lexicon, as an evaluator and a reviewer use them.
//!
//! 1. What labelled questions teach is written into the corpus, the same every time.
//! 2. Too few questions bound nothing, and it says how many are needed.
//! 3. What cannot be learnt from is refused, and nothing is written.
//! 4. A word of the lexicon is a problem with its place when it is wrong, and unserved until approved.

use crate::support::Home;

const QUERIES: &str = r#"{"id": "1", "lang": "en", "text": "zebra crossing fine", "relevant": []}
{"id": "2", "lang": "en", "text": "what is the price of fish", "relevant": []}
"#;

#[test]
fn what_is_taught_is_written_once_and_the_same() {
    let home = Home::approved();
    let queries = home.corpus().join("../queries.jsonl");
    std::fs::write(&queries, QUERIES).unwrap();
    let queries = queries.to_str().unwrap().to_owned();
    let done = home.run(&["calibrate", "--queries", &queries]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.stdout.contains("questions must be answered"), "{}", done.stdout);
    let first = home.read("calibration.toml");
    home.build();
    assert_eq!(home.run(&["calibrate", "--queries", &queries]).code, Some(0));
    assert_eq!(home.read("calibration.toml"), first);
}

#[test]
fn nothing_is_written_from_what_is_no_question() {
    let home = Home::approved();
    let queries = home.corpus().join("../queries.jsonl");
    std::fs::write(&queries, "{\"id\": 1}\n").unwrap();
    let done = home.run(&["calibrate", "--queries", queries.to_str().unwrap()]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("queries.jsonl:1"), "{}", done.stderr);
    assert!(!home.corpus().join("calibration.toml").exists());
}

#[test]
fn a_broken_calibration_is_named() {
    let home = Home::approved();
    home.write("calibration.toml", "right = [1.0]\n");
    let check = home.check();
    assert_eq!(
        check["problems"][0]["file"].as_str().map(|it| it.ends_with("calibration.toml")),
        Some(true)
    );
}

#[test]
fn a_wrong_row_of_the_lexicon_is_named_with_its_line() {
    let home = Home::approved();
    let rows =
        "concept,form,kind,region\npill,tablet,term,\npill,tablet,magic,\ncoil,tablet,term,\n";
    home.write("lexicon/en.csv", rows);
    let check = home.check();
    let found: Vec<(u64, &str)> = check["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["severity"] == "error")
        .map(|it| (it["line"].as_u64().unwrap(), it["code"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(3, "bad-value"), (4, "form-twice")], "{check:#}");
}

#[test]
fn a_concept_is_unserved_until_it_is_approved() {
    let home = Home::approved();
    home.write("lexicon/en.csv", "concept,form,kind,region\npill,tablet,term,\n");
    let units: Vec<String> = home.unserved().into_iter().map(|(unit, _)| unit).collect();
    assert_eq!(units, ["lexicon/en/pill"]);
    home.approve("amina", "lexicon/en/pill");
    assert!(home.unserved().is_empty());
}
