//! Texts that come in from spreadsheets and other systems:
//!
//! 1. a preview says what each row would do and changes nothing; `--apply` does it;
//! 2. what was applied is in the corpus, sound, and approved by nobody;
//! 3. a file that changes keeps every byte that need not change;
//! 4. one wrong row, and nothing is written; each error names sheet, row, column and a remedy;
//! 5. the files of Ask-A-Question, of `QnABot` and of web pages are known by their content;
//! 6. what has no place in a corpus is named, not dropped;
//! 7. a file in another encoding is read by its mark, or refused with advice;
//! 8. no file brings the program down, or takes much memory or time.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::{Done, Home};

const NEW_ENTRY: &str = "id,language,topic,question,title,summary,answer,phrasings
A-02,en,pills,Where do I get pills?,Getting pills,Where pills are given,\"Ask at the clinic.

It is free.\",\"where r pills
pills shop\"
";

#[test]
fn a_preview_says_what_would_change_and_changes_nothing() {
    let home = Home::approved();
    let before = files_of(&home);
    let rows = format!("{NEW_ENTRY}A-01,en,,,Missed a pill,,,\nB-01,sw,,,,,,\n");
    // Blank cells beside a title say nothing of question and answer, so they must not be there.
    let done = import(&home, "rows.csv", rows.as_bytes(), &[]);
    assert_eq!(done.code, Some(1), "{done:#?}");
    let title = "id,language,title\nA-01,en,Missed a pill\nB-01,sw,Kondomu imepasuka\n";
    let done = import(&home, "rows.csv", title.as_bytes(), &["--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(done.json(), json!({ "new": 0, "changed": 1, "same": 1, "errors": [] }));
    assert_eq!(files_of(&home), before, "a preview wrote something");
}

#[test]
fn an_applied_entry_is_there_and_approved_by_nobody() {
    let home = Home::approved();
    let done = import(&home, "rows.csv", NEW_ENTRY.as_bytes(), &["--apply", "--json"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(done.json()["new"], 1);
    let text = home.read("entries/pills/A-02.en.md");
    let wanted = "+++
title: Getting pills
summary: Where pills are given
+++
# Where do I get pills?

- where r pills
- pills shop

---

Ask at the clinic.

It is free.
";
    assert_eq!(text, wanted);
    let report = home.check();
    assert_eq!(report["errors"], 0, "{report:#}");
    let unserved: Vec<String> = home.unserved().into_iter().map(|(unit, _)| unit).collect();
    assert_eq!(unserved[0], "entry/A-02/en");
    assert_eq!(again(&home, NEW_ENTRY), json!({ "new": 0, "changed": 0, "same": 1, "errors": [] }));
    assert!(
        fs::read_dir(home.corpus())
            .unwrap()
            .all(|it| { !it.unwrap().file_name().to_string_lossy().starts_with(".import") })
    );
}

#[test]
fn a_phrasing_that_is_added_leaves_every_other_byte() {
    let home = Home::approved();
    let path = "entries/pills/A-01.en.md";
    // Line ends and blanks that a person left are hers.
    let text = home.read(path).replace('\n', "\r\n").replace("yesterday\r\n", "yesterday  \r\n");
    home.write(path, &text);
    let rows = "id,language,phrasings\nA-01,en,\"i forgot my pill yesterday
missed two pills what now
where is my pill\"\n";
    let done = import(&home, "rows.csv", rows.as_bytes(), &["--apply"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let wanted = text.replace("what now\r\n", "what now\r\n- where is my pill\r\n");
    assert_eq!(fs::read_to_string(home.corpus().join(path)).unwrap(), wanted);
    assert!(home.unserved().iter().all(|(unit, _)| unit.starts_with("entry/A-01/en#")));
}

#[test]
fn a_changed_key_leaves_the_rest_of_the_neutral_file() {
    let home = Home::approved();
    let path = "entries/pills/A-01.toml";
    let text = format!("# Looked at in spring.\n{}", home.read(path));
    home.write(path, &text);
    let rows = "id,tier,age_min\nA-01,standard,15\n";
    let done = import(&home, "rows.csv", rows.as_bytes(), &["--apply"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let wanted = text.replace("related = [\"B-01\"]\n", "related = [\"B-01\"]\nage_min = 15\n");
    assert_eq!(home.read(path), wanted);
}

#[test]
fn one_wrong_row_and_nothing_is_written() {
    let home = Home::approved();
    let before = files_of(&home);
    for (rows, column, says) in [
        ("id,language,title\n,en,x\n", "id", "no id"),
        ("id,language,title\n../../x,en,x\n", "id", "is no id"),
        ("id,language,title\nA-01,xx-yy-zz,x\n", "language", "language tag"),
        ("id,language,title\nA-01,fr,x\n", "language", "no language of this corpus"),
        ("id,language,title\nA-01,en,x\nA-01,en,y\n", "id", "row 2"),
        ("id,language,title\nA-01,en,a title of more than 24 characters\n", "title", "limit is 24"),
        ("id,language,answer\nA-01,en,\n", "", "the row is empty"),
        ("id,language,answer,title\nA-01,en,,Title\n", "answer", "empty"),
        ("id,language,question\nA-01,en,\"two\nlines\"\n", "question", "one line"),
        ("id,language,question\nA-01,en,zero\u{200B}width\n", "question", "invisible"),
        ("id,language,phrasings\nA-01,en,the condom broke last night\n", "phrasings", "B-01"),
        ("id,language,topic,question,title,answer\nZ-1,en,,Q?,T,A\n", "topic", "topics.toml"),
        ("id,language,topic,question,title,answer\nZ-1,en,no,Q?,T,A\n", "topic", "is no topic"),
        ("id,topic\nA-01,condoms\n", "topic", "move its files"),
        ("id,tier\nA-01,none\n", "tier", "no tier"),
        ("id,age_min\nA-01,old\n", "age_min", "no whole number"),
        ("id,sources\nA-01,Only a title\n", "sources", "is no source"),
        ("id,related\nA-01,Q-99\n", "related", "Q-99"),
        ("id,language,title,title\nA-01,en,x,y\n", "title", "twice"),
        ("id,language,title\nA-01,en,a,b,c\n", "id", "more fields"),
    ] {
        let good = format!("{rows}B-01,en,\n");
        let done = import(&home, "rows.csv", rows.as_bytes(), &["--apply", "--json"]);
        assert_eq!(done.code, Some(1), "{rows}: {done:#?}");
        let report = done.json();
        let errors = report["errors"].as_array().unwrap();
        let fits =
            |it: &Value| it["column"] == column && it["message"].as_str().unwrap().contains(says);
        assert!(
            errors.iter().any(fits),
            "{good}: no error on `{column}` with “{says}”: {report:#}"
        );
        assert!(errors.iter().all(|it| it["sheet"] == "rows.csv" && it["row"].is_u64()));
        assert_eq!(files_of(&home), before, "{rows} wrote something");
    }
}

#[test]
fn an_error_has_the_row_of_the_spreadsheet() {
    let home = Home::approved();
    let rows = "id,language,phrasings\n\nA-01,en,\"i forgot my pill yesterday\nmissed two pills \
                what now\"\n\nB-01,xx,y\n";
    let report = import(&home, "rows.csv", rows.as_bytes(), &["--json"]).json();
    assert_eq!(report["errors"][0]["row"], 5, "{report:#}");
    assert_eq!(report["same"], 1, "{report:#}");
}

#[test]
fn a_translation_names_the_text_it_was_made_from() {
    let home = Home::approved();
    let out = home.path("t.csv");
    assert_eq!(home.run(&["export", "--format", "csv", "--out", &out]).code, Some(0));
    let text = fs::read_to_string(&out).unwrap();
    let row = text.lines().find(|it| it.starts_with("A-01,sw")).unwrap();
    assert!(row.contains("unbound"), "{row}");
    let rows = text.replace("A-01,sw,unbound", "A-01,sw,fits");
    let done = import(&home, "t.csv", rows.as_bytes(), &["--apply", "--json"]);
    assert_eq!(done.json()["changed"], 1, "{done:#?}");
    let header: String = home.read("entries/pills/A-01.sw.md").lines().take(4).collect();
    assert!(header.contains("source: sha256:"), "{header}");
    let problems = home.check()["problems"].to_string();
    assert!(!problems.contains("A-01.sw.md"), "{problems}");
    // The English text changes: the translation that was made from the old one is stale.
    home.edit("entries/pills/A-01.en.md", "Take one pill now.", "Take a pill now.");
    assert!(home.check()["problems"].to_string().contains("translation-stale"));
}

#[test]
fn the_contents_of_ask_a_question_come_in() {
    let home = Home::approved();
    let rows =
        "title,text,tags\nWhere can I get condoms for free?,At every clinic.,\"condoms,x\"\n";
    let done = import(&home, "contents.csv", rows.as_bytes(), &["--apply"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.stdout.contains("labels stay behind: x"), "{done:#?}");
    let text = home.read("entries/condoms/where-can-i-get-condoms-for-free.en.md");
    assert!(text.contains("title: Where can I get condoms…\n"), "{text}");
    assert!(text.contains("# Where can I get condoms for free?\n\n---\n\nAt every clinic.\n"));
    assert_eq!(home.check()["errors"], 0);
    let first = "content_title,content_text\nA?,B.\n";
    let report = import(&home, "old.csv", first.as_bytes(), &["--json"]).json();
    assert!(report["errors"][0]["message"].as_str().unwrap().contains("--topic"), "{report:#}");
    let done = import(&home, "old.csv", first.as_bytes(), &["--json", "--topic", "pills"]);
    assert_eq!(done.json()["new"], 1);
}

/// Items as the designer exports them.
fn items() -> Vec<Value> {
    vec![
        json!({ "qid": "Pills.001", "type": "qna", "a": "Ask at the clinic.", "t": "pills",
            "q": ["Where do I get pills?", "pills where"],
            "r": { "title": "Pills", "imageUrl": "https://example.org/a.png" } }),
        json!({ "qid": "CustomNoMatches", "q": ["no_hits"], "a": "Nothing found." }),
    ]
}

#[test]
fn the_questions_of_qnabot_come_in_as_json_and_as_lines() {
    let whole = format!("\u{FEFF}{}", json!({ "qna": items() }));
    let lines: String = items().iter().map(|it| format!("{it}\n")).collect();
    for (name, text) in [("qna.json", whole), ("qna.jsonl", lines)] {
        let home = Home::approved();
        let done = import(&home, name, text.as_bytes(), &["--apply"]);
        assert_eq!(done.code, Some(0), "{done:#?}");
        assert!(done.stdout.contains("stays behind: r"), "{done:#?}");
        assert!(done.stdout.contains("own sentence"), "{done:#?}");
        let written = home.read("entries/pills/Pills.001.en.md");
        assert!(written.contains("title: Pills\n"), "{written}");
        assert!(written.contains("# Where do I get pills?\n\n- pills where\n"), "{written}");
    }
}

#[test]
fn a_qnabot_question_that_cannot_be_taken_is_named() {
    let home = Home::approved();
    for (item, column, says) in [
        (json!({ "qid": "a", "q": ["x"], "a": "Hello {{name}}" }), "a", "double braces"),
        (json!({ "qid": "a", "q": ["x"], "a": "<p>Hello</p>" }), "a", "HTML"),
        (json!({ "qid": "a", "q": [], "a": "Hello" }), "q", "no question"),
        (json!({ "qid": "a", "q": "x", "a": "Hello" }), "q", "no list"),
        (json!({ "qid": "a", "q": ["x"], "a": "" }), "a", "empty"),
        (json!({ "qid": "a", "type": "quiz", "q": ["x"], "a": "y" }), "type", "quiz"),
        (json!({ "qid": "", "q": ["x"], "a": "y" }), "qid", "empty"),
    ] {
        let text = json!({ "qna": [item] }).to_string();
        let done = import(&home, "q.json", text.as_bytes(), &["--json", "--topic", "pills"]);
        let error = done.json()["errors"][0].clone();
        assert_eq!((&error["column"], &error["row"]), (&json!(column), &json!(1)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
}

#[test]
fn a_qnabot_workbook_comes_in_with_all_its_sheets() {
    for image in ["imageurl", "cardimageurl"] {
        let home = Home::approved();
        let mut workbook = Workbook::new();
        for (sheet, qid) in [("One", "Q.1"), ("Two", "Q.2")] {
            let sheet = workbook.add_worksheet().set_name(sheet).unwrap();
            let header = ["qid", "question1", "question3", "Answer", image, "topic"];
            let question = format!("What of {qid}?");
            let row = [qid, &question, &format!("{qid} ok"), "Good.", "https://x.org/a", "pills"];
            for (at, (name, text)) in (0..).zip(header.iter().zip(row)) {
                sheet.write_string(0, at, *name).unwrap();
                sheet.write_string(1, at, text).unwrap();
            }
        }
        let bytes = workbook.save_to_buffer().unwrap();
        let done = import(&home, "qna.xlsx", &bytes, &["--apply"]);
        assert_eq!(done.code, Some(0), "{done:#?}");
        assert!(done.stdout.contains(&format!("stays behind: {image}")), "{done:#?}");
        assert!(home.read("entries/pills/Q.2.en.md").contains("# What of Q.2?\n\n- Q.2 ok\n"));
    }
}

#[test]
fn a_faq_page_comes_in() {
    let home = Home::approved();
    let page = json!({
        "@context": "https://schema.org",
        "@type": ["WebPage", "FAQPage"],
        "inLanguage": "sw",
        "mainEntity": {
            "@type": "Question",
            "name": "Vidonge viko wapi?",
            "acceptedAnswer": { "@type": "Answer", "text": "Uliza kliniki." },
        },
    });
    let options = ["--apply", "--json", "--topic", "pills"];
    let done = import(&home, "faq.json", page.to_string().as_bytes(), &options);
    assert_eq!(done.json()["new"], 1, "{done:#?}");
    let text = home.read("entries/pills/vidonge-viko-wapi.sw.md");
    assert!(text.ends_with("# Vidonge viko wapi?\n\n---\n\nUliza kliniki.\n"), "{text}");
}

#[test]
fn an_encoding_is_known_by_its_mark_or_refused() {
    let home = Home::approved();
    let rows = "id;language;title\nA-01;en;Forgot à pill\n";
    let utf16: Vec<u8> =
        format!("\u{FEFF}{rows}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = format!("\u{FEFF}{rows}").into_bytes();
    for bytes in [utf16, marked, rows.replace(';', "\t").into_bytes()] {
        let done = import(&home, "rows.csv", &bytes, &["--json"]);
        assert_eq!(done.json()["changed"], 1, "{done:#?}");
    }
    let unmarked: Vec<u8> = rows.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let windows = rows.replace('à', "\u{0}").into_bytes();
    let windows: Vec<u8> = windows.into_iter().map(|b| if b == 0 { 0xE0 } else { b }).collect();
    for (bytes, says) in [(unmarked, "UTF-16"), (windows, "line 2 is not UTF-8")] {
        refused(&home, "rows.csv", &bytes, says);
    }
}

#[test]
fn what_is_no_sheet_is_refused() {
    let home = Home::approved();
    let workbook = template(&home);
    for (name, bytes, says) in [
        ("empty.csv", Vec::new(), "empty"),
        ("blank.csv", b" \n \n".to_vec(), "empty"),
        ("old.xls", vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1], ".xlsx"),
        ("not.xlsx", b"PK\x03\x04 and no more".to_vec(), "no XLSX workbook"),
        ("cut.xlsx", workbook[..workbook.len() / 2].to_vec(), "no XLSX workbook"),
        ("cut.json", b"{\"qna\": [{\"qid\"".to_vec(), "no JSON file"),
        ("other.json", b"{\"a\": 1}".to_vec(), "neither"),
        ("other.csv", b"name,phone\nx,y\n".to_vec(), "no known format"),
        ("other.zip", zipped(&[("a.txt", b"hello")]), "no XLSX workbook"),
    ] {
        refused(&home, name, &bytes, says);
    }
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused() {
    let home = Home::approved();
    let bomb = vec![b' '; 300 << 20];
    let bytes = zipped(&[("xl/workbook.xml", &bomb)]);
    assert!(bytes.len() < 1 << 20, "the bomb is small before it goes off");
    refused(&home, "bomb.xlsx", &bytes, "unpacks to");
}

#[test]
fn a_cell_far_out_is_refused() {
    let home = Home::approved();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "id").unwrap().write_string(1_048_575, 16_383, "x").unwrap();
    refused(&home, "far.xlsx", &workbook.save_to_buffer().unwrap(), "XFD1048576");
}

#[test]
fn a_million_rows_are_refused() {
    let home = Home::approved();
    let mut rows = String::from("id,language,title\n");
    (0..1_000_000).for_each(|at| rows.push_str(&format!("A-{at},en,x\n")));
    refused(&home, "rows.csv", rows.as_bytes(), "number of rows");
}

#[test]
fn dates_and_merged_cells_are_named() {
    let home = Home::approved();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("en").unwrap();
    for (at, name) in (0..).zip(["id", "title", "summary"]) {
        sheet.write_string(0, at, name).unwrap();
    }
    sheet.write_string(1, 0, "A-01").unwrap();
    let day = ExcelDateTime::from_ymd(2026, 2, 1).unwrap();
    let format = Format::new().set_num_format("d mmm");
    sheet.write_datetime_with_format(1, 1, &day, &format).unwrap();
    sheet.write_string(2, 0, "B-01").unwrap();
    sheet.merge_range(2, 1, 3, 1, "Both", &Format::new()).unwrap();
    sheet.write_number(4, 0, 7).unwrap().write_string(4, 2, "=1+1").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let report = import(&home, "x.xlsx", &bytes, &["--json"]).json();
    let errors = report["errors"].to_string();
    assert!(errors.contains("a date or time") && errors.contains("(cell B2)"), "{report:#}");
    assert!(errors.contains("the cells B3:B4 are merged"), "{report:#}");
    assert_eq!(report["errors"][0]["sheet"], "en");
}

#[test]
fn a_failing_disk_changes_nothing() {
    let home = Home::approved();
    let before = files_of(&home);
    // A file stands where the folder of the entry must be made.
    home.write("entries/pills/keep.txt", "");
    fs::remove_dir_all(home.corpus().join("entries/condoms")).unwrap();
    home.write("entries/condoms", "");
    let rows = NEW_ENTRY.replace("pills,Where", "condoms,Where");
    let done = import(&home, "rows.csv", rows.as_bytes(), &["--apply"]);
    assert_ne!(done.code, Some(0), "{done:#?}");
    assert_eq!(home.read("entries/condoms"), "");
    let left = files_of(&home);
    let same = before.iter().filter(|it| !it.0.contains("condoms")).all(|it| left.contains(it));
    assert!(same, "a file changed");
}

/// Every file of the corpus with its bytes.
fn files_of(home: &Home) -> Vec<(String, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&home.corpus(), &mut found);
    found.sort();
    found
}

fn import(home: &Home, name: &str, bytes: &[u8], options: &[&str]) -> Done {
    fs::write(home.path(name), bytes).unwrap();
    home.run(&[&["import", name], options].concat())
}

/// What the rows do now.
fn again(home: &Home, rows: &str) -> Value {
    import(home, "rows.csv", rows.as_bytes(), &["--json"]).json()
}

/// Nothing of the file is read, and the message says why.
fn refused(home: &Home, name: &str, bytes: &[u8], says: &str) {
    let before = files_of(home);
    let done = import(home, name, bytes, &["--apply"]);
    assert_eq!(done.code, Some(2), "{name}: {done:#?}");
    assert!(done.stderr.contains(says), "{name}: no “{says}” in {}", done.stderr);
    assert!(!done.stderr.contains("panicked"), "{name}: {}", done.stderr);
    assert_eq!(files_of(home), before, "{name} wrote something");
}

fn template(home: &Home) -> Vec<u8> {
    let out = home.path("template.xlsx");
    assert_eq!(home.run(&["export", "--format", "template", "--out", &out]).code, Some(0));
    fs::read(out).unwrap()
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
