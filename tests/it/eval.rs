//! `sahihi eval`, driven as a person does, on a tiny corpus.
//!
//! 1. The JSON holds every group, and the overall measures at its top.
//! 2. BM25 stands beside; questions that stand in the corpus are counted and warned about.
//! 3. The page needs nothing from outside and escapes what people wrote.
//! 4. A comparison finds a difference and says how sure it is.
//! 5. The check passes on what was written and fails when more is expected.
//! 6. What cannot be measured is refused with its place.
//! 7. TREC files hold the questions in scope.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const ENTRIES: &str = r#"{"id": "PILL", "phrasings": [{"lang": "en", "text": "how do I take the pill"}, {"lang": "en", "text": "when should I swallow the tablet"}, {"lang": "fr", "text": "comment prendre la pilule"}], "answer": "Every day."}
{"id": "IUD", "phrasings": [{"lang": "en", "text": "what is a copper coil"}, {"lang": "en", "text": "does the coil hurt"}, {"lang": "fr", "text": "le stérilet fait-il mal"}], "answer": "A small device."}
{"id": "CLINIC", "phrasings": [{"lang": "en", "text": "where is the nearest clinic"}, {"lang": "en", "text": "opening hours of the clinic"}, {"lang": "fr", "text": "où est la clinique"}], "answer": "In town."}
"#;

const QUERIES: &str = r#"{"id": "q1", "lang": "en", "text": "how to take a pill", "relevant": ["PILL"], "split": "test", "style": "clean"}
{"id": "q2", "lang": "en", "text": "does the coil hurt", "relevant": ["IUD"], "split": "test", "style": "clean"}
{"id": "q3", "lang": "en", "text": "clinic hours <script>alert(1)</script>", "relevant": ["PILL"], "split": "test", "style": "sms"}
{"id": "q4", "lang": "fr", "text": "ou se trouve la clinique", "relevant": ["CLINIC"], "split": "test", "style": "clean"}
{"id": "q5", "lang": "en", "text": "who won the football match", "relevant": [], "split": "test", "style": "clean", "lookalike": true}
{"id": "q6", "lang": "en", "text": "she is bleeding and cannot stand", "relevant": [], "split": "test", "kind": "redflag", "redflag_class": "emergency"}
{"id": "q7", "lang": "en", "text": "the tablet", "relevant": ["PILL", "GONE"], "split": "dev", "style": "clean"}
"#;

/// A folder with the corpus and its questions.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("corpus")).unwrap();
    fs::create_dir_all(folder.path().join("eval/queries")).unwrap();
    fs::write(folder.path().join("corpus/entries.jsonl"), ENTRIES).unwrap();
    fs::write(folder.path().join("eval/queries/all.jsonl"), QUERIES).unwrap();
    folder
}

fn eval(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sahihi"))
        .current_dir(folder)
        .args(["--trust", "eval"])
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = eval(folder, &[arguments, &["--json"]].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

#[track_caller]
fn is_refused(folder: &Path, arguments: &[&str], why: &str) {
    let output = eval(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains(why), "{errors}");
}

#[test]
fn the_json_holds_every_group_and_the_overall_measures_at_its_top() {
    let folder = folder();
    let report = json(folder.path(), &["--split", "test"]);
    assert_eq!((&report["n_in"], &report["n_out"]), (&4.into(), &1.into()));
    assert_eq!(report["R@1"], report["overall"]["R@1"]);
    assert_eq!(report["languages"]["en"]["n_in"], 3);
    assert_eq!(report["labels"]["style"]["sms"]["n_in"], 1);
    assert_eq!(report["labels"]["kind"]["out"]["R@1"], Value::Null);
    assert_eq!(report["labels"]["lookalike"]["yes"]["n_out"], 1);
    assert_eq!(report["redflags"]["recall"]["n"], 1);
    assert_eq!(report["redflags"]["classes"]["emergency"]["n"], 1);
    assert_eq!(report["questions"].as_array().unwrap().len(), 5);
    assert_eq!(report["questions"][4]["rank"], Value::Null);
    let interval = report["overall"]["intervals"]["R@1"].as_array().unwrap();
    let r1 = report["R@1"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() <= r1 && r1 <= interval[1].as_f64().unwrap());
    let again = json(folder.path(), &["--split", "test"]);
    assert_eq!(report["overall"]["intervals"], again["overall"]["intervals"]);
}

#[test]
fn bm25_stands_beside_and_known_questions_are_counted() {
    let folder = folder();
    let report = json(folder.path(), &["--system", "bm25"]);
    let bm25 = &report["systems"]["bm25"];
    assert!(bm25["R@1"].as_f64().unwrap() > 0.0 && bm25["languages"]["fr"].is_object());
    assert_eq!(
        (&report["exact"]["n"], &report["exact"]["without"]["n_in"]),
        (&1.into(), &4.into())
    );
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("1 of 6 questions also stand in the corpus"), "{warnings}");
    assert!(
        warnings.contains("1 ids in `relevant` are of no entry, the first is GONE"),
        "{warnings}"
    );
    let text = String::from_utf8(eval(folder.path(), &["--system", "bm25"]).stdout).unwrap();
    for wanted in ["Quality", "Beside BM25", "working thresholds", "Red flags", "warning: 1 of 6"] {
        assert!(text.contains(wanted), "{wanted} is missing in:\n{text}");
    }
}

#[test]
fn the_page_needs_nothing_from_outside_and_escapes_what_people_wrote() {
    let folder = folder();
    let output = eval(folder.path(), &["--html", "report.html", "--split", "test"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
    for outside in ["http:", "https:", "src=", "@import", "url(", "<link", "<script"] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
    assert!(page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"));
    assert_eq!(page.matches("<svg").count(), 4);
    assert!(page.contains("right: PILL"), "the right entry stands beside the wrong one");
}

#[test]
fn a_comparison_finds_a_difference_and_says_how_sure_it_is() {
    let folder = folder();
    let mut old = json(folder.path(), &[]);
    let same = {
        fs::write(folder.path().join("old.json"), old.to_string()).unwrap();
        json(folder.path(), &["--compare", "old.json"])["comparison"].clone()
    };
    assert_eq!((&same["won"], &same["lost"], &same["unpaired"]), (&0.into(), &0.into(), &0.into()));
    assert_eq!(same["measures"]["R@1"]["p"], 1.0);
    for question in old["questions"].as_array_mut().unwrap() {
        question["rank"] = Value::Null;
    }
    old["questions"].as_array_mut().unwrap().pop();
    fs::write(folder.path().join("old.json"), old.to_string()).unwrap();
    let changed = json(folder.path(), &["--compare", "old.json"])["comparison"].clone();
    let r1 = &changed["measures"]["R@1"];
    assert!(r1["difference"].as_f64().unwrap() > 0.0 && r1["p"].as_f64().unwrap() < 1.0, "{r1}");
    assert!(changed["won"].as_u64().unwrap() > 0 && changed["unpaired"] == 1, "{changed}");
    is_refused(folder.path(), &["--compare", "corpus/entries.jsonl"], "is no output of");
}

#[test]
fn the_check_passes_on_what_was_written_and_fails_when_more_is_expected() {
    let folder = folder();
    is_refused(folder.path(), &["--check"], "holds no baseline");
    assert!(eval(folder.path(), &["--write-baseline"]).status.success());
    let passed = eval(folder.path(), &["--check"]);
    assert!(passed.status.success(), "{}", String::from_utf8_lossy(&passed.stdout));
    let path = folder.path().join("eval/baselines/en.toml");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|it| it.starts_with("\"R@1\"")).unwrap();
    fs::write(&path, text.replace(line, "\"R@1\" = 0.9900")).unwrap();
    let failed = eval(folder.path(), &["--check"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stdout).contains("en R@1"));
    let check = json(folder.path(), &["--check"])["check"].clone();
    assert_eq!((&check["ok"], &check["failures"][0]["measure"]), (&false.into(), &"R@1".into()));
}

#[test]
fn what_cannot_be_measured_is_refused_with_its_place() {
    let folder = folder();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "bad.jsonl",
        "{\"id\": \"q1\", \"lang\": \"en\", \"text\": \"a\", \"relevant\": []}\n{\"id\"\n",
    );
    write("empty.jsonl", "\n");
    write("broken.jsonl", "{\"id\": \"A\"\n");
    is_refused(folder.path(), &["--queries", "bad.jsonl"], "bad.jsonl:2: this is no question");
    is_refused(folder.path(), &["--queries", "empty.jsonl"], "empty.jsonl holds no question");
    is_refused(folder.path(), &["--queries", "none.jsonl"], "cannot read none.jsonl");
    is_refused(folder.path(), &["--split", "train"], "has no split `train`; there are: dev, test");
    let queries = ["--queries", "eval/queries", "--entries"];
    let with = |file| [&queries[..], &[file]].concat();
    is_refused(folder.path(), &with("broken.jsonl"), "broken.jsonl:1: this is no entry");
    is_refused(folder.path(), &with("none.jsonl"), "cannot read none.jsonl");
    is_refused(folder.path(), &with("empty.jsonl"), "empty.jsonl holds no entry");
    is_refused(folder.path(), &["--entries", "corpus/entries.jsonl"], "--queries");
    is_refused(folder.path(), &["--oos-share", "3"], "write a share");
}

#[test]
fn trec_files_hold_the_questions_in_scope() {
    let folder = folder();
    let arguments = [
        "--entries",
        "corpus/entries.jsonl",
        "--queries",
        "eval/queries",
        "--oos-share",
        "0.5",
        "--run",
        "run.trec",
        "--qrels",
        "qrels.trec",
        "--results",
        "results.jsonl",
        "--top",
        "2",
    ];
    let output = eval(folder.path(), &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("qrels.trec").lines().last(), Some("q7 0 PILL 1"));
    assert_eq!(read("qrels.trec").lines().count(), 6);
    assert!(read("run.trec").lines().next().unwrap().starts_with("q1 Q0 PILL 1 2 sahihi"));
    assert_eq!(read("results.jsonl").lines().count(), 7);
    assert!(!folder.path().join("index").exists(), "a question set never touches index/");
}
