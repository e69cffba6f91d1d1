//! The files of a corpus and what `check` says about them:
//!
//! 1. a sound corpus has no problem;
//! 2. each kind of broken file gives its code, file, line, column and what to do;
//! 3. broken files do not hide each other's problems;
//! 4. `check --json` has the shape that tools rely on;
//! 5. a limit is reached exactly, and counts characters.

use serde_json::Value;

use crate::support::{Home, TODAY, finish};

const EN: &str = "entries/pills/A-01.en.md";
const SW: &str = "entries/pills/A-01.sw.md";
const NEUTRAL: &str = "entries/pills/A-01.toml";
const OTHER: &str = "entries/condoms/B-01.en.md";

/// Breaks the small corpus with `damage` and expects one problem at one place, in both outputs.
fn check(damage: impl Fn(&Home), (code, file, line, column): (&str, &str, u64, u64)) {
    let home = Home::approved();
    damage(&home);
    let done = home.run(&["check", "--json"]);
    assert_eq!(done.code, Some(1), "exit code for {code}: {done:#?}");
    let report = done.json();
    let found = problems(&report);
    let wanted = (code.to_owned(), format!("corpus/{file}"), line, column);
    assert!(found.contains(&wanted), "wanted {wanted:?}, found {found:#?}");
    let shown = home.run(&["check"]);
    assert_eq!(shown.code, Some(1), "{shown:#?}");
    assert!(shown.stderr.contains(code), "{code} is not shown to the author: {}", shown.stderr);
    let refused = home.run(&["build"]);
    assert_eq!(refused.code, Some(1), "a broken corpus was built: {refused:#?}");
}

/// Code, file, line and column of each problem, after looking at what every problem must have.
pub(crate) fn problems(report: &Value) -> Vec<(String, String, u64, u64)> {
    let mut found = Vec::new();
    for problem in report["problems"].as_array().unwrap() {
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        let number = |key: &str| problem[key].as_u64().filter(|it| *it > 0).unwrap();
        assert!(!text("message").is_empty() && !text("help").is_empty(), "{problem:#}");
        assert!(["error", "warning"].contains(&text("severity").as_str()), "{problem:#}");
        found.push((text("code"), text("file"), number("line"), number("column")));
    }
    found
}

fn put_first(home: &Home, path: &str, line: &str) {
    home.write(path, format!("{line}\n{}", home.read(path)));
}

#[test]
fn a_sound_corpus_has_no_error_and_everything_is_served() {
    let home = Home::approved();
    let done = home.run(&["check", "--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let report = done.json();
    assert_eq!(report["errors"], 0, "{report:#}");
    assert_eq!(report["unserved"], serde_json::json!([]), "{report:#}");
}

#[test]
fn an_unknown_key_is_named_in_every_kind_of_file() {
    for file in ["corpus.toml", "topics.toml", "reviewers.toml", NEUTRAL, "messages/en.toml"] {
        check(|it| put_first(it, file, "colour = \"red\""), ("unknown-key", file, 1, 1));
    }
    check(|it| it.edit(EN, "summary:", "sumary:"), ("unknown-key", EN, 3, 1));
    check(
        |it| it.edit("reviewers.toml", "id = \"baraka\"", "id = \"baraka\"\nshoe = 9"),
        ("unknown-key", "reviewers.toml", 9, 1),
    );
}

#[test]
fn a_wrong_type_is_named_at_the_value() {
    check(|it| it.edit(NEUTRAL, "[\"B-01\"]", "5"), ("wrong-type", NEUTRAL, 2, 11));
    check(|it| put_first(it, NEUTRAL, "age_min = \"old\""), ("wrong-type", NEUTRAL, 1, 11));
    check(|it| put_first(it, NEUTRAL, "age_min = -1"), ("wrong-type", NEUTRAL, 1, 11));
    check(|it| put_first(it, NEUTRAL, "age_max = 99999999999"), ("wrong-type", NEUTRAL, 1, 11));
    check(
        |it| it.edit("corpus.toml", "sample = true", "sample = \"yes\""),
        ("wrong-type", "corpus.toml", 2, 10),
    );
    check(
        |it| it.edit("messages/sw.toml", "\"menu in sw\"", "[\"menu\"]"),
        ("wrong-type", "messages/sw.toml", 16, 8),
    );
}

#[test]
fn a_value_that_makes_no_sense_is_named() {
    for (line, column) in
        [("countries = [\"Kenya\"]", 14), ("countries = [\"ke\"]", 14), ("gender = \"women\"", 10)]
    {
        check(|it| put_first(it, NEUTRAL, line), ("bad-value", NEUTRAL, 1, column));
    }
    check(|it| it.edit(NEUTRAL, "\"client\"", "\"cilent\""), ("bad-value", NEUTRAL, 1, 13));
    for share in ["1.5", "-0.1"] {
        let line = format!("out_of_scope_share = {share}");
        check(|it| put_first(it, "corpus.toml", &line), ("bad-value", "corpus.toml", 1, 22));
    }
}

#[test]
fn broken_toml_is_a_syntax_problem() {
    check(|it| put_first(it, NEUTRAL, "tier = "), ("syntax", NEUTRAL, 1, 8));
    check(|it| it.edit("corpus.toml", "\"Small\"", "Small"), ("syntax", "corpus.toml", 1, 8));
    check(
        |it| put_first(it, "messages/en.toml", "menu = \"one\""),
        ("syntax", "messages/en.toml", 17, 1),
    );
}

#[test]
fn a_missing_part_of_a_text_is_named() {
    check(
        |it| it.edit(EN, "# What do I do if I missed a pill?\n", ""),
        ("missing-question", EN, 1, 1),
    );
    check(
        |it| it.edit(EN, "# What do I do if I missed a pill?", "# "),
        ("missing-question", EN, 1, 1),
    );
    check(|it| it.edit(EN, "title: Missed pills\n", ""), ("missing-title", EN, 1, 1));
    check(|it| it.edit(EN, "+++\n#", "#"), ("syntax", EN, 1, 1));
    check(|it| it.edit(EN, "- i forgot", "i forgot"), ("stray-line", EN, 7, 1));
    check(|it| it.edit(EN, "- i forgot", "# i forgot"), ("second-question", EN, 7, 1));
    check(|it| it.edit(EN, "- i forgot my pill yesterday", "- ?!"), ("empty-text", EN, 7, 1));
    check(
        |it| it.edit("messages/en.toml", "\"menu in en\"", "\" \""),
        ("empty-text", "messages/en.toml", 16, 8),
    );
}

#[test]
fn an_empty_answer_is_a_problem() {
    check(|it| cut_at(it, EN, "Take one"), ("empty-answer", EN, 10, 4));
    check(|it| cut_at(it, SW, "---"), ("empty-answer", SW, 1, 1));
}

#[test]
fn a_language_with_a_fallback_may_have_phrasings_alone() {
    let home = Home::approved();
    home.write("entries/pills/A-01.swc.md", "- nimesahau kidonge changu\n");
    let done = home.run(&["check", "--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
}

/// Cuts a file off where `text` begins.
fn cut_at(home: &Home, path: &str, text: &str) {
    let whole = home.read(path);
    let (kept, _) = whole.rsplit_once(text).unwrap();
    home.write(path, kept);
}

#[test]
fn what_is_too_long_is_named_and_the_limit_itself_is_allowed() {
    let answer = |letters: usize| "é".repeat(letters);
    let title = |letters: usize| format!("title: {}", "ã".repeat(letters));
    let long_answer = |letters| {
        move |it: &Home| {
            cut_at(it, EN, "Take one");
            it.write(EN, it.read(EN) + &answer(letters));
        }
    };
    let long_title = |letters| move |it: &Home| it.edit(EN, "title: Missed pills", &title(letters));
    check(long_answer(1_025), ("answer-too-long", EN, 12, 1));
    check(long_title(25), ("title-too-long", EN, 2, 1));
    let summary = format!("summary: {}", "x".repeat(73));
    check(
        |it| it.edit(EN, "summary: What to do when you missed a pill", &summary),
        ("summary-too-long", EN, 3, 1),
    );
    let home = Home::approved();
    long_answer(1_024)(&home);
    long_title(24)(&home);
    assert_eq!(home.check()["errors"], 0, "the limits themselves are allowed");
}

#[test]
fn an_unknown_language_is_named() {
    for name in ["A-01.fr.md", "A-01.english.md", "A-01.e.md"] {
        let path = format!("entries/pills/{name}");
        check(|it| it.write(&path, it.read(EN)), ("unknown-language", &path, 1, 1));
    }
    check(
        |it| it.write("messages/fr.toml", it.read("messages/en.toml")),
        ("unknown-language", "messages/fr.toml", 1, 1),
    );
    let corpus = "corpus.toml";
    check(|it| it.edit(corpus, "\"swc\"]", "\"swahili\"]"), ("unknown-language", corpus, 3, 26));
    check(|it| it.edit(corpus, "[\"sw\"]", "[\"fr\"]"), ("unknown-language", corpus, 6, 1));
}

#[test]
fn an_id_stands_once() {
    let again = |it: &Home| it.write("entries/condoms/A-01.toml", "");
    check(again, ("duplicate-id", NEUTRAL, 1, 1));
    let topic = "\n[[topics]]\nid = \"pills\"\n";
    check(
        |it| it.write("topics.toml", it.read("topics.toml") + topic),
        ("duplicate-id", "topics.toml", 10, 6),
    );
    check(
        |it| it.edit("reviewers.toml", "\"chen\"", "\"amina\""),
        ("duplicate-id", "reviewers.toml", 14, 6),
    );
    let line = "alias = 7";
    check(
        |it| {
            put_first(it, NEUTRAL, line);
            put_first(it, "entries/condoms/B-01.toml", line);
        },
        ("alias-collision", "entries/condoms/B-01.toml", 1, 1),
    );
}

#[test]
fn a_phrasing_stands_under_one_entry() {
    for twin in ["- I forgot my pill, yesterday!", "- i  FORGOT my pill yestérday"] {
        let text = format!("- the condom broke last night\n{twin}");
        check(
            |it| it.edit(OTHER, "- the condom broke last night", &text),
            ("phrasing-twice", OTHER, 8, 1),
        );
    }
    let text = "- what do i do if i missed a pill";
    check(
        |it| it.edit(OTHER, "- the condom broke last night", text),
        ("phrasing-twice", OTHER, 7, 1),
    );
}

#[test]
fn a_reference_to_nothing_is_named() {
    for (line, column) in [
        ("not = [\"Z-99\"]", 8),
        ("not = [\"A-01\"]", 8),
        ("resources = [\"nothing\"]", 14),
        ("approaches = [\"nothing\"]", 15),
        ("tier = \"deadly\"", 8),
    ] {
        check(|it| put_first(it, NEUTRAL, line), ("dangling-reference", NEUTRAL, 1, column));
    }
    check(|it| it.edit(NEUTRAL, "B-01", "B-02"), ("dangling-reference", NEUTRAL, 2, 12));
}

#[test]
fn a_missing_file_or_key_is_named() {
    check(|it| it.remove("corpus.toml"), ("missing-file", "corpus.toml", 1, 1));
    check(|it| it.remove("messages/sw.toml"), ("missing-file", "messages/sw.toml", 1, 1));
    check(|it| it.remove(NEUTRAL), ("missing-file", EN, 1, 1));
    check(
        |it| it.edit("corpus.toml", "name = \"Small\"\n", ""),
        ("missing-key", "corpus.toml", 1, 1),
    );
    check(
        |it| it.edit("messages/en.toml", "menu = \"menu in en\"\n", ""),
        ("missing-key", "messages/en.toml", 1, 1),
    );
    check(|it| it.edit(NEUTRAL, "year = 2022\n", ""), ("missing-key", NEUTRAL, 4, 1));
    check(
        |it| it.edit("topics.toml", "id = \"pills\"\n", ""),
        ("missing-key", "topics.toml", 1, 1),
    );
    check(
        |it| it.edit("topics.toml", "\"pills\"", "\"tablets\""),
        ("unknown-topic", NEUTRAL, 1, 1),
    );
}

#[test]
fn a_file_outside_the_format_is_named() {
    for path in [
        "notes.txt",
        "entries/pills/notes.txt",
        "entries/pills/deep/C-01.toml",
        "entries/C-01.toml",
        "entries/pills/C 01.toml",
        "messages/en.txt",
        "reviews/amina.txt",
    ] {
        check(|it| it.write(path, "x"), ("unknown-file", path, 1, 1));
    }
}

#[test]
fn hidden_files_and_the_readme_are_no_part_of_the_corpus() {
    let home = Home::approved();
    home.write(".gitignore", "x");
    home.write("README.md", "x");
    home.write(".git/config", "x");
    assert_eq!(home.check()["errors"], 0);
}

#[test]
fn every_broken_file_is_reported_at_once() {
    let home = Home::approved();
    home.edit("corpus.toml", "sample = true", "sample = 3");
    home.edit(EN, "title: Missed pills", "title: much longer than any list can show");
    home.edit(SW, "- nimesahau", "nimesahau");
    home.write(OTHER, [b"ok\n".as_slice(), b"\xff\xfe"].concat());
    home.edit(NEUTRAL, "B-01", "Z-99");
    home.edit("messages/sw.toml", "menu = \"menu in sw\"\n", "");
    home.write("notes.txt", "x");
    let found = problems(&home.check());
    for code in [
        "wrong-type",
        "title-too-long",
        "stray-line",
        "not-utf8",
        "dangling-reference",
        "missing-key",
        "unknown-file",
    ] {
        assert!(found.iter().any(|it| it.0 == code), "{code} is hidden: {found:#?}");
    }
    let files: Vec<&String> = found.iter().map(|it| &it.1).collect();
    assert!(files.is_sorted(), "problems stand in the order of the files: {files:#?}");
}

#[test]
fn a_report_has_the_fields_tools_rely_on() {
    let home = Home::approved();
    home.edit(EN, "title: Missed pills\n", "");
    let report = home.check();
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys(&report), sorted(vec!["errors", "warnings", "problems", "unserved"]));
    let wanted = sorted(vec!["file", "line", "column", "severity", "code", "message", "help"]);
    assert_eq!(keys(&report["problems"][0]), wanted);
    assert_eq!(keys(&report["unserved"][0]), ["reason", "unit"]);
    assert_eq!(report["unserved"][0]["unit"], "entry/A-01/en");
    let of = |severity| problems_of(&report, severity);
    assert_eq!(report["errors"], of("error"));
    assert_eq!(report["warnings"], of("warning"));
}

fn problems_of(report: &Value, severity: &str) -> usize {
    report["problems"].as_array().unwrap().iter().filter(|it| it["severity"] == severity).count()
}

#[test]
fn a_translation_of_a_changed_text_is_a_warning_and_no_error() {
    let home = Home::unapproved();
    let digest = format!("source: sha256:{}", "0".repeat(64));
    home.edit(SW, "summary:", &format!("{digest}\nsummary:"));
    home.approve("amina", "all");
    let done = home.run(&["check", "--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let found = problems(&done.json());
    assert!(found.iter().any(|it| it.0 == "translation-stale"), "{found:#?}");
    assert_eq!(home.run(&["check", "--strict"]).code, Some(1), "--strict counts warnings");
}

#[test]
fn a_folder_that_is_not_there_is_a_failure() {
    let home = Home::approved();
    for command in ["check", "build"] {
        let mut run = home.command_on(TODAY, &[command]);
        run.args(["--corpus", "nowhere"]);
        let done = finish(run);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains("nowhere"), "{done:#?}");
    }
}
