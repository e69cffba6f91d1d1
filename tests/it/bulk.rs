//! A folder with `entries.jsonl`:
//!
//! 1. it is served on the caller's word only;
//! 2. every broken line is named with its place, the others are kept.

use std::fs;

use crate::corpus::problems;
use crate::support::Home;

const BULK: &str = r#"{"id":"one","phrasings":[{"lang":"en","text":"lost card"}],"answer":"Call us."}
{"id":"two","phrasings":[{"lang":"en","text":"lost card"},{"lang":"en","text":"new pin"}]}
"#;

#[test]
fn a_bulk_corpus_is_served_on_the_callers_word_only() {
    let home = Home::unapproved();
    fs::remove_dir_all(home.corpus()).unwrap();
    home.write("entries.jsonl", BULK);
    let report = home.check();
    assert_eq!((report["errors"].as_u64(), report["warnings"].as_u64()), (Some(0), Some(1)));
    assert_eq!(report["unserved"].as_array().unwrap().len(), 2, "{report:#}");
    let trusted = home.run(&["check", "--json", "--trust"]).json();
    assert_eq!(trusted["unserved"], serde_json::json!([]));
    let asked = home.run(&["ask", "new pin", "--trust", "--json"]);
    assert_eq!(asked.json()["candidates"][0]["entry"], "two", "{asked:#?}");
}

#[test]
fn broken_lines_of_a_bulk_corpus_are_all_named() {
    let home = Home::unapproved();
    fs::remove_dir_all(home.corpus()).unwrap();
    let broken = "no json\n{\"id\":\"one\"}\n{\"id\":\"x\",\"phrasings\":[{\"lang\":\"??\",\"text\":\"a\"}]}\n{\"id\":7}\n";
    home.write("entries.jsonl", format!("{broken}{BULK}{BULK}"));
    let found = problems(&home.check());
    let at = |line: u64| found.iter().find(|it| it.2 == line).map(|it| it.0.as_str());
    let codes: Vec<_> = (1..=8).map(at).collect();
    assert_eq!(
        codes,
        [
            Some("syntax"),
            Some("missing-question"),
            Some("unknown-language"),
            Some("syntax"),
            None,
            Some("phrasing-twice"),
            Some("duplicate-id"),
            Some("duplicate-id"),
        ],
        "{found:#?}"
    );
}
