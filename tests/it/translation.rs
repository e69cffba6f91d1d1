//! Questions in a language the corpus does not speak, and the tables through which they are read.
//!
//! 1. With an approved table such a question finds its entry; without one it does not.
//! 2. A table that is not approved, or was changed since, is not served.
//! 3. The same pairs give the same file; what a reviewer has struck out stays out.
//! 4. A word of the hand-made lexicon means what the lexicon says.
//! 5. Every wrong line of a table is named with its place.
//! 6. What cannot be learnt from is refused, and nothing is written.
//! 7. A question in a language of the corpus is decided as if there were no table.
//! 8. What a table gains is measured on the own questions of its language.

use std::fs;

use serde_json::Value;

use crate::corpus::problems;
use crate::support::Home;

/// French and English, written for these tests.
const PAIRS: &str = "J'ai oublié ma pilule\tI forgot my pill
J'ai oublié mon sac\tI forgot my bag
Ma pilule est blanche\tMy pill is white
Mon sac est blanc\tMy bag is white
Deux pilules\tTwo pills
Deux sacs\tTwo bags
Le préservatif est blanc\tThe condom is white
Le préservatif est cassé\tThe condom is broken
La chaise est cassée\tThe chair is broken
Le préservatif et la chaise\tThe condom and the chair
Hier la chaise\tThe chair yesterday
Hier le sac\tThe bag yesterday
";
const TABLE: &str = "lexicon/learned/fr-en.tsv";
const UNIT: &str = "table/fr-en";

/// The small corpus with a table learnt from the pairs, not approved.
fn learnt() -> Home {
    let home = Home::approved();
    let done = learn(&home, PAIRS, &[]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    home
}

fn learn(home: &Home, pairs: &str, more: &[&str]) -> crate::support::Done {
    let file = home.corpus().join("../pairs.tsv");
    fs::write(&file, pairs).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let arguments = ["lexicon", "learn", "--lang", "fr", "--parallel", file.as_str()];
    home.run(&[&arguments[..], more].concat())
}

fn ask(home: &Home, question: &str) -> Value {
    home.run(&["ask", question, "--json"]).json()
}

#[track_caller]
fn first(reply: &Value) -> &str {
    reply["candidates"][0]["entry"].as_str().unwrap_or("none")
}

#[test]
fn a_question_in_another_language_finds_its_entry_through_a_table() {
    let home = learnt();
    let questions = [("pilules oubliées", "A-01"), ("mon préservatif est cassé", "B-01")];
    let found = |home: &Home| {
        let right = questions.iter().filter(|(question, entry)| {
            let reply = ask(home, question);
            first(&reply) == *entry && reply["decision"] != "tree"
        });
        right.count()
    };
    assert!(found(&home) < 2, "the table is not approved and must not be used");
    home.approve("amina", UNIT);
    assert_eq!(found(&home), 2);
    let reply = ask(&home, "pilules oubliées");
    assert_eq!(reply["language"]["question"], "fr");
    assert_eq!(reply["candidates"][0]["question"], "What do I do if I missed a pill?");
}

#[test]
fn a_table_is_a_unit_like_any_other() {
    let home = learnt();
    let is_unserved = |home: &Home| home.unserved().iter().any(|(unit, _)| unit == UNIT);
    assert!(is_unserved(&home));
    home.approve("amina", UNIT);
    assert!(!is_unserved(&home));
    home.write(TABLE, home.read(TABLE) + "-sac\n");
    assert!(is_unserved(&home), "one line was struck out: it needs another look");
}

#[test]
fn the_same_pairs_give_the_same_file() {
    let home = learnt();
    let once = home.read(TABLE);
    assert!(once.contains("pilule\t3\tpill"), "{once}");
    assert_eq!(learn(&home, PAIRS, &[]).code, Some(0));
    assert_eq!(home.read(TABLE), once);
}

#[test]
fn what_is_struck_out_stays_out() {
    let home = learnt();
    home.write(TABLE, home.read(TABLE) + "-pilule\tpill\n-chaise\n");
    let done = learn(&home, PAIRS, &["--json"]);
    assert_eq!(done.json()["struck"], 2, "{done:#?}");
    let table = home.read(TABLE);
    assert!(table.contains("-pilule\tpill\n") && table.contains("-chaise\n"), "{table}");
    let row = table.lines().find(|it| it.starts_with("pilule\t"));
    assert!(row.is_none_or(|it| !it.contains("\tpill ")), "{row:?}");
    assert!(!table.lines().any(|it| it.starts_with("chaise\t")), "{table}");
}

#[test]
fn a_word_written_by_hand_goes_before_a_learnt_one() {
    let home = learnt();
    home.approve("amina", UNIT);
    assert_eq!(first(&ask(&home, "préservatif blanc")), "B-01");
    home.write("lexicon/en.csv", "concept,form,kind,region\ntablet,pill,term,\n");
    home.write("lexicon/fr.csv", "concept,form,kind,region\ntablet,préservatif,slang,\n");
    home.approve("amina", "all");
    assert_eq!(first(&ask(&home, "préservatif blanc")), "A-01");
}

#[test]
fn every_wrong_line_of_a_table_is_named() {
    let home = Home::approved();
    home.write(
        TABLE,
        "pilule\t2\tpill 90\npilule\t2\tpill 90\nsac\nsac\tx\tbag 9\nsac\t1\tbag\n-\n",
    );
    home.write("lexicon/learned/fr-de.tsv", "");
    let found: Vec<(u64, String)> = problems(&home.check())
        .into_iter()
        .filter(|it| it.1.contains("learned"))
        .map(|it| (it.2, it.0))
        .collect();
    let wanted = [
        (1, "unknown-language"),
        (2, "word-twice"),
        (3, "bad-value"),
        (4, "bad-value"),
        (5, "bad-value"),
        (6, "bad-row"),
    ];
    assert_eq!(found, wanted.map(|(line, code)| (line, code.to_owned())));
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let home = Home::approved();
    let refused = |pairs: &str, more: &[&str], why: &str| {
        let done = learn(&home, pairs, more);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains(why), "{why}: {}", done.stderr);
    };
    refused("", &[], "holds no pair");
    refused("one side only\n", &[], "holds no pair");
    refused("12\t12\n", &[], "nothing was learnt");
    refused(PAIRS, &["--pivot", "de"], "does not speak de");
    refused(PAIRS, &["--pivot", "fr"], "does not speak fr");
    refused(PAIRS, &["--pivot", "not a language"], "language");
    assert!(!home.corpus().join(TABLE).exists());
    let missing = home.run(&["lexicon", "learn", "--lang", "fr", "--parallel", "nowhere.tsv"]);
    assert_eq!(missing.code, Some(2), "{missing:#?}");
    home.write(TABLE, "what a reviewer has broken\n");
    refused(PAIRS, &[], "nothing was changed");
    assert_eq!(home.read(TABLE), "what a reviewer has broken\n");
}

#[test]
fn a_question_in_a_language_of_the_corpus_is_decided_as_before() {
    let home = Home::approved();
    let questions = ["i forgot my pill", "kondomu imepasuka", "condom broke"];
    let asked = |home: &Home| -> Vec<(String, String)> {
        let shown = |it: &Value| (it["decision"].to_string(), it["candidates"].to_string());
        questions.iter().map(|it| shown(&ask(home, it))).collect()
    };
    let before = asked(&home);
    assert_eq!(learn(&home, PAIRS, &[]).code, Some(0));
    home.approve("amina", UNIT);
    assert_eq!(asked(&home), before);
}

#[test]
fn what_a_table_gains_is_measured() {
    let home = Home::approved();
    let queries = home.corpus().join("../eval/queries");
    fs::create_dir_all(&queries).unwrap();
    let lines = r#"{"id": "1", "lang": "fr", "text": "pilules oubliées", "relevant": ["A-01"]}
{"id": "2", "lang": "fr", "text": "le préservatif est cassé", "relevant": ["B-01"]}
"#;
    fs::write(queries.join("fr.jsonl"), lines).unwrap();
    let report = learn(&home, PAIRS, &["--json"]).json();
    assert_eq!(report["pairs"], 12);
    let gain = &report["gain"];
    assert_eq!((&gain["questions"], &gain["after"]["R@1"]), (&2.into(), &1.0.into()), "{report:#}");
    assert!(gain["before"]["R@1"].as_f64() < Some(1.0), "{report:#}");
    assert_eq!(report["gain_without_texts"], Value::Null);
}
