//! What leaves the corpus:
//!
//! 1. a workbook or text file of the whole sample comes back without loss: every row the same;
//! 2. one changed cell is one changed row, and the corpus stays sound when it is taken;
//! 3. a text that a spreadsheet would compute is shown instead, and comes back as it was;
//! 4. the sheets are made for translators: source beside, header in sight, limits told;
//! 5. feeds hold what is approved, in the words of schema.org, and nothing else;
//! 6. a file that is there stays whole until the new one is.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use calamine::{Data, DataType as _, Reader as _, Xlsx};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::Home;

/// A workbook as people see it: sheet, then rows of texts.
type Sheets = Vec<(String, Vec<Vec<String>>)>;

#[test]
fn the_whole_sample_comes_back_from_a_workbook() {
    let home = Home::sample();
    let out = export(&home, "xlsx", "t.xlsx");
    let report = home.run(&["import", &out, "--json"]).json();
    assert_eq!(report["errors"], json!([]));
    assert_eq!((&report["new"], &report["changed"]), (&json!(0), &json!(0)), "{report:#}");
    let rows: usize = read(&out).iter().map(|(_, rows)| rows.len() - 1).sum();
    assert_eq!(report["same"], rows);
}

#[test]
fn the_whole_sample_comes_back_from_a_text_file() {
    let home = Home::sample();
    let out = export(&home, "csv", "t.csv");
    let report = home.run(&["import", &out, "--json"]).json();
    assert_eq!(report["errors"], json!([]));
    assert_eq!((&report["new"], &report["changed"]), (&json!(0), &json!(0)), "{report:#}");
    assert!(report["same"].as_u64().unwrap() > 900, "{report:#}");
}

#[test]
fn the_whole_sample_comes_back_from_a_page() {
    let home = Home::sample();
    let out = export(&home, "faqpage", "t.json");
    let report = home.run(&["import", &out, "--json"]).json();
    assert_eq!(report["errors"], json!([]));
    assert_eq!((&report["new"], &report["changed"]), (&json!(0), &json!(0)), "{report:#}");
    assert!(report["same"].as_u64().unwrap() > 600, "{report:#}");
}

#[test]
fn one_changed_cell_is_one_changed_row() {
    let home = Home::sample();
    let out = export(&home, "xlsx", "t.xlsx");
    let mut sheets = read(&out);
    let (_, rows) = sheets.iter_mut().find(|(name, _)| name == "sw").unwrap();
    let at = rows[0].iter().position(|it| it == "summary").unwrap();
    let row = rows.iter_mut().find(|row| row[0] == "PIL-02").unwrap();
    row[at] = "Cha kufanya sasa".to_owned();
    save(&out, &sheets);
    let report = home.run(&["import", &out, "--apply", "--json"]).json();
    assert_eq!(report["changed"], 1, "{report:#}");
    assert_eq!(report["errors"], json!([]));
    assert!(home.read("entries/pills/PIL-02.sw.md").contains("\nsummary: Cha kufanya sasa\n"));
    let report = home.check();
    assert_eq!(report["errors"], 0, "{report:#}");
    let unserved: Vec<String> = home.unserved().into_iter().map(|(unit, _)| unit).collect();
    assert_eq!(unserved, ["entry/PIL-02/sw"]);
}

#[test]
fn a_text_like_a_formula_is_shown_and_comes_back() {
    for (format, name) in [("xlsx", "t.xlsx"), ("csv", "t.csv")] {
        let home = Home::approved();
        let path = "entries/pills/A-01.en.md";
        home.edit(path, "# What do I do", "# =cmd|' /C calc'!A0 What do I do");
        home.edit(path, "- i forgot", "- +254 i forgot");
        home.edit(path, "Take one pill now.", "'@home _x0041_ -> take one pill now.");
        home.edit(path, "summary: What", "summary: -1 \"What\"; =A1, what");
        let out = export(&home, format, name);
        for cell in cells(&out, format) {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t']), "{format}: {cell}");
        }
        let report = home.run(&["import", &out, "--json"]).json();
        let quiet = json!({ "new": 0, "changed": 0, "same": report["same"], "errors": [] });
        assert_eq!(report, quiet, "{format}");
    }
}

#[test]
fn a_translator_has_the_source_beside_her() {
    let home = Home::approved();
    let sheets = read(&export(&home, "xlsx", "t.xlsx"));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["entries", "en", "sw", "swc"]);
    let rows = &sheets[2].1;
    let at = |name: &str| rows[0].iter().position(|it| it == name).unwrap();
    assert_eq!(at("answer"), at("source_answer") + 1);
    assert!(rows[1][at("source_answer")].starts_with("Take one pill now."));
    assert!(rows[1][at("answer")].starts_with("Meza kidonge kimoja sasa."));
    let missing = &sheets[3].1[1];
    assert_eq!((missing[0].as_str(), missing[2].as_str()), ("A-01", "missing"));
}

#[test]
fn a_new_language_comes_back_from_its_sheet() {
    let home = Home::approved();
    let out = home.path("swc.xlsx");
    let done = home.run(&["export", "--format", "xlsx", "--language", "swc", "--out", &out]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let mut sheets = read(&out);
    let rows = &mut sheets[0].1;
    let header = rows[0].clone();
    for (name, text) in [
        ("question", "Nifanye nini nikisahau dawa?"),
        ("title", "Kusahau dawa"),
        ("answer", "Meza moja sasa."),
    ] {
        rows[1][header.iter().position(|it| it == name).unwrap()] = text.to_owned();
    }
    save(&out, &sheets);
    let report = home.run(&["import", &out, "--apply", "--json"]).json();
    assert_eq!(report["new"], 1, "{report:#}");
    let text = home.read("entries/pills/A-01.swc.md");
    assert!(text.contains("title: Kusahau dawa\nsource: sha256:"), "{text}");
    let problems = home.check()["problems"].to_string();
    assert!(!problems.contains("A-01.swc.md"), "{problems}");
}

#[test]
fn the_same_corpus_gives_the_same_bytes() {
    let home = Home::approved();
    for format in ["xlsx", "csv", "faqpage", "resources", "catalogue"] {
        let first = fs::read(export(&home, format, "a")).unwrap();
        let second = fs::read(export(&home, format, "b")).unwrap();
        assert!(first == second, "{format} differs from run to run");
    }
}

#[test]
fn a_page_holds_what_is_approved_and_nothing_else() {
    let home = Home::approved();
    home.edit("entries/pills/A-01.en.md", "Take one pill now.", "Take ten pills now.");
    let text = fs::read_to_string(export(&home, "faqpage", "t.json")).unwrap();
    assert!(!text.contains("ten pills"), "an unapproved answer was published");
    let page: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(page["@context"], "https://schema.org");
    let pages = page["@graph"].as_array().unwrap();
    let count = |lang: &str| {
        let page = pages.iter().find(|it| it["inLanguage"] == lang).unwrap();
        page["mainEntity"].as_array().unwrap().len()
    };
    assert_eq!((count("en"), count("sw")), (1, 2));
    assert!(pages.iter().all(|it| it["@type"] == "FAQPage"));
}

#[test]
fn the_resources_are_told_to_others() {
    let home = Home::sample();
    let text = fs::read_to_string(export(&home, "resources", "r.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let nodes = document["@graph"].as_array().unwrap();
    assert!(nodes.len() > 50, "{} resources", nodes.len());
    for node in nodes {
        let is_one = node["@type"].to_string().contains("LearningResource");
        assert!(is_one && node["url"].as_str().unwrap().starts_with("http"), "{node:#}");
    }
    let table = fs::read_to_string(export(&home, "resources-csv", "r.csv")).unwrap();
    assert_eq!(csv_rows(&table).len(), nodes.len());
}

#[test]
fn the_catalogue_keeps_the_rules_of_its_feed() {
    let home = Home::sample();
    let out = home.path("c.csv");
    let image = "https://example.org/a.png";
    let done = home.run(&["export", "--format", "catalogue", "--image", image, "--out", &out]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let rows = csv_rows(&fs::read_to_string(&out).unwrap());
    assert!(rows.len() > 50, "{} items", rows.len());
    let mut ids = BTreeMap::new();
    for row in &rows {
        assert_eq!(ids.insert(row["id"].clone(), ()), None, "{} twice", row["id"]);
        let length = |name: &str| row[name].chars().count();
        assert!(length("id") <= 100 && length("title") <= 100 && length("description") <= 5_000);
        assert!(["title", "description", "brand"].iter().all(|it| length(it) > 0), "{row:?}");
        assert_eq!(row["availability"], "in stock");
        assert_eq!(row["condition"], "new");
        assert_eq!(row["price"], "0.00 USD");
        assert!(row["link"].starts_with("http"));
        assert_eq!(row["image_link"], image);
    }
}

#[test]
fn a_broken_corpus_is_not_exported() {
    let home = Home::approved();
    home.edit("entries/pills/A-01.en.md", "- i forgot", "i forgot");
    let out = home.path("t.xlsx");
    fs::write(&out, "old").unwrap();
    let done = home.run(&["export", "--format", "xlsx", "--out", &out]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("sahihi check"), "{done:#?}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "old");
}

#[test]
fn a_file_that_cannot_be_written_is_told_of() {
    let home = Home::approved();
    let done = home.run(&["export", "--format", "csv", "--out", "no/such/folder/t.csv"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("no/such/folder/t.csv"), "{done:#?}");
}

fn export(home: &Home, format: &str, name: &str) -> String {
    let out = home.path(name);
    let done = home.run(&["export", "--format", format, "--out", &out]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    out
}

/// The sheets of a workbook.
fn read(path: &str) -> Sheets {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(fs::read(path).unwrap())).unwrap();
    let text = |it: &Data| it.as_string().unwrap_or_default();
    let sheets = workbook.worksheets();
    let rows = |range: &calamine::Range<Data>| {
        range.rows().map(|row| row.iter().map(text).collect()).collect()
    };
    sheets.iter().map(|(name, range)| (name.clone(), rows(range))).collect()
}

/// Writes sheets as another program would: every text plain, nothing else kept.
fn save(path: &str, sheets: &Sheets) {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (at, row) in (0..).zip(rows) {
            for (column, text) in (0..).zip(row).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(at, column, text).unwrap();
            }
        }
    }
    workbook.save(path).unwrap();
}

/// Every cell of an export.
fn cells(path: &str, format: &str) -> Vec<String> {
    if format == "xlsx" {
        return read(path).into_iter().flat_map(|(_, rows)| rows).flatten().collect();
    }
    let text = fs::read_to_string(path).unwrap();
    csv_rows(&text).into_iter().flat_map(BTreeMap::into_values).collect()
}

fn csv_rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let text = text.trim_start_matches('\u{FEFF}');
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}
