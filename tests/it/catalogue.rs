//! Resources, collections, approaches and challenges:
//!
//! 1. an approved resource or approach is served until its last day, an unapproved one never;
//! 2. every problem of the files is reported with its place;
//! 3. an answer comes with what its entry names, for the people it is for;
//! 4. a challenge in the words of programme staff finds approaches, with those words as the reason.

use sahihi::corpus::{EntryId, Role, day};
use sahihi::engine::Engine;
use sahihi::retrieval::{Advice, MAX_APPROACHES, Profile, Query, Walk};
use sahihi::service::wire::SearchReply;
use serde_json::Value;

use super::support::{BadEdit, Home, TODAY, each_is_told, shipped};

const RESOURCE: &str = r#"type = "handbook"
languages = ["en", "ru"]
year = 2022
publisher = "A publisher"
url = "https://example.org/book"
url_kind = "document"
size_bytes = "unknown"
topics = ["pills"]
audience = ["client"]
collections = ["books"]
link_checked = "2026-11-01"
"#;

const TEXT: &str = "+++
title: A book
summary: What is in it
+++
# The whole book

---

Everything about pills.
";

const APPROACH: &str = r#"category = "service-delivery"
evidence = "ungraded"
entries = ["A-01"]
resources = ["book"]
challenges = ["far"]
"#;

const APPROACH_EN: &str = "+++
title: Go there
summary: Bring the service to the people
+++
# Mobile outreach

- the clinic is too far for villagers
- women walk a whole day

---

A team goes to the villages.
";

const COLLECTIONS: &str = r#"[[collections]]
id = "books"
names = { en = "Books", sw = "Vitabu" }
summaries = { en = "To read" }
"#;

const CHALLENGES: &str = r#"[[challenges]]
id = "far"
approaches = ["outreach"]
ask = { en = "How far is it?" }
"#;

/// The small corpus with one of each, nothing of it approved.
fn stocked() -> Home {
    let home = Home::unapproved();
    home.write("resources/book.toml", RESOURCE);
    home.write("resources/book.en.md", TEXT);
    home.write("approaches/outreach.toml", APPROACH);
    home.write("approaches/outreach.en.md", APPROACH_EN);
    home.write("collections.toml", COLLECTIONS);
    home.write("challenges.toml", CHALLENGES);
    home.edit(
        "entries/pills/A-01.toml",
        "related",
        "resources = [\"book\"]\napproaches = [\"outreach\"]\nrelated",
    );
    home
}

fn reply(engine: &Engine, text: &str, role: Option<Role>, today: &str) -> Value {
    let profile = Profile { role, ..Profile::default() };
    let today = day::parse(today).unwrap();
    let query = Query { text, language: None, profile: &profile, limit: 5, today };
    serde_json::to_value(SearchReply::new(engine, &query, &engine.decide(&query), false)).unwrap()
}

/// File, line and code of every problem that is not about a missing approval.
fn problems(home: &Home) -> Vec<(String, u64, String)> {
    let of_catalogue = ["resources/", "approaches/", "collections", "challenges", "entries/"];
    home.problems_in(&of_catalogue)
}

#[test]
fn an_answer_comes_with_what_its_entry_names() {
    let home = stocked();
    home.approve("amina", "all");
    let engine = home.engine();
    let question = "What do I do if I missed a pill?";
    let given = reply(&engine, question, None, TODAY);
    assert_eq!(given["decision"], "answer", "{given:#}");
    let resource = &given["resources"][0];
    assert_eq!(resource["id"], "book");
    assert_eq!(resource["title"], "The whole book");
    assert_eq!(resource["description"], "Everything about pills.");
    assert_eq!(resource["type"], "handbook");
    assert_eq!(resource["language"], "en");
    assert_eq!(resource["url"], "https://example.org/book");
    assert_eq!(resource["publisher"], "A publisher");
    assert_eq!(resource["year"], 2022);
    assert!(resource["size_bytes"].is_null() && resource.get("size_bytes").is_some());
    // The entry is for clients: who says nothing is one, a manager gets the approach.
    assert!(given["approaches"].is_null(), "{given:#}");
    let given = reply(&engine, question, Some(Role::Manager), TODAY);
    let approach = &given["approaches"][0];
    assert_eq!(approach["id"], "outreach");
    assert_eq!(approach["title"], "Go there");
    assert_eq!(approach["evidence"], "ungraded");
}

#[test]
fn what_is_not_approved_or_has_expired_is_not_suggested() {
    let question = "What do I do if I missed a pill?";
    let home = stocked();
    home.approve("amina", "all");
    let engine = home.engine();
    let late = reply(&engine, question, Some(Role::Manager), "2031-01-01");
    assert!(late["resources"].is_null() && late["approaches"].is_null(), "{late:#}");
    for (file, from, unit) in [
        ("resources/book.en.md", "Everything", "resource/book/en"),
        ("resources/book.toml", "2022", "resource/book/en"),
        ("approaches/outreach.en.md", "A team", "approach/outreach/en"),
        ("challenges.toml", "How far", "challenge/far/en"),
    ] {
        let home = stocked();
        home.approve("amina", "all");
        home.edit(file, from, if from == "2022" { "2021" } else { "Now" });
        let unserved = home.unserved();
        assert_eq!(unserved.len(), 1, "{file}: {unserved:?}");
        assert_eq!(unserved[0].0, unit);
        let given = reply(&home.engine(), question, Some(Role::Manager), TODAY);
        let has = |key: &str| given[key].is_array();
        assert_eq!(has("resources"), !unit.starts_with("resource"), "{file}: {given:#}");
        assert_eq!(has("approaches"), !unit.starts_with("approach"), "{file}: {given:#}");
    }
}

#[test]
fn a_phrasing_of_an_approach_is_approved_alone() {
    let home = stocked();
    home.approve("amina", "all");
    home.edit("approaches/outreach.en.md", "- women", "- our boat has sunk\n- women");
    let unserved = home.unserved();
    assert_eq!(unserved.len(), 1, "{unserved:?}");
    assert_eq!(unserved[0].0, "approach/outreach/en#8");
}

#[test]
fn a_sound_catalogue_has_no_problems() {
    assert_eq!(problems(&stocked()), []);
}

#[test]
fn every_problem_of_a_file_is_told_with_its_place() {
    let cases: &[BadEdit<'_>] = &[
        ("resources/book.toml", "\"handbook\"", "\"novel\"", 1, "bad-value"),
        ("resources/book.toml", "type = \"handbook\"\n", "", 1, "missing-key"),
        ("resources/book.toml", "\"ru\"", "\"klingon!\"", 2, "unknown-language"),
        ("resources/book.toml", "2022", "22", 3, "bad-value"),
        ("resources/book.toml", "2022", "3022", 3, "bad-value"),
        ("resources/book.toml", "2022", "\"2022\"", 3, "wrong-type"),
        ("resources/book.toml", "A publisher", " ", 1, "missing-key"),
        ("resources/book.toml", "https://example.org/book", "example.org", 5, "bad-url"),
        ("resources/book.toml", "https://example.org/book", "https://", 5, "bad-url"),
        ("resources/book.toml", "https://example.org", "ftp://example.org", 5, "bad-url"),
        ("resources/book.toml", "https://example.org", "javascript:alert(1)//", 5, "bad-url"),
        ("resources/book.toml", "https://", "https://someone:secret@", 5, "bad-url"),
        ("resources/book.toml", "example.org/book", "example.org/a book", 5, "bad-url"),
        ("resources/book.toml", "\"document\"", "\"page\"", 6, "bad-value"),
        ("resources/book.toml", "\"unknown\"", "\"big\"", 7, "wrong-type"),
        ("resources/book.toml", "\"unknown\"", "-1", 7, "wrong-type"),
        ("resources/book.toml", "[\"pills\"]", "[\"pill\"]", 8, "dangling-reference"),
        ("resources/book.toml", "\"client\"", "\"nurse\"", 9, "bad-value"),
        ("resources/book.toml", "[\"books\"]", "[\"book\"]", 10, "dangling-reference"),
        ("resources/book.toml", "2026-11-01", "yesterday", 11, "bad-value"),
        ("resources/book.toml", "2026-11-01", "2027-11-01", 11, "bad-value"),
        ("resources/book.toml", "2026-11-01", "2024-11-01", 11, "link-old"),
        ("resources/book.en.md", "# The whole book", "- a phrasing", 5, "stray-line"),
        ("resources/book.en.md", "title: A book", "", 1, "missing-title"),
        ("resources/book.en.md", "---", "", 1, "empty-answer"),
        ("approaches/outreach.toml", "\"service-delivery\"", "\"x\"", 1, "bad-value"),
        ("approaches/outreach.toml", "\"ungraded\"", "\"great\"", 2, "bad-value"),
        ("approaches/outreach.toml", "A-01", "A-99", 3, "dangling-reference"),
        ("approaches/outreach.toml", "\"book\"", "\"film\"", 4, "dangling-reference"),
        ("approaches/outreach.toml", "\"far\"", "\"near\"", 5, "dangling-reference"),
        ("entries/pills/A-01.toml", "\"book\"", "\"film\"", 2, "dangling-reference"),
        ("entries/pills/A-01.toml", "\"outreach\"", "\"x\"", 3, "dangling-reference"),
        ("collections.toml", "id = \"books\"", "", 1, "missing-key"),
        ("collections.toml", "\"Books\"", "\"Books for everybody, here\"", 3, "summary-too-long"),
        ("challenges.toml", "\"outreach\"", "\"x\"", 3, "dangling-reference"),
        ("challenges.toml", "[\"outreach\"]", "[]", 1, "missing-key"),
    ];
    each_is_told(cases, stocked, problems);
}

#[test]
fn two_of_one_name_and_files_without_their_pair_are_told() {
    let home = stocked();
    home.write("collections.toml", format!("{COLLECTIONS}{COLLECTIONS}"));
    home.write("challenges.toml", format!("{CHALLENGES}{CHALLENGES}"));
    home.write("resources/alone.en.md", TEXT);
    home.write("approaches/silent.toml", APPROACH);
    let found = problems(&home);
    for (file, line, code) in [
        ("collections.toml", 6, "duplicate-id"),
        ("challenges.toml", 6, "duplicate-id"),
        ("resources/alone.en.md", 1, "missing-file"),
        ("approaches/silent.toml", 1, "no-text"),
    ] {
        assert!(found.contains(&(file.into(), line, code.into())), "{code}: {found:?}");
    }
}

#[test]
fn what_is_for_the_person_is_suggested_first() {
    let engine = shipped();
    let profile = Profile::default();
    let corpus = engine.corpus();
    for entry in &corpus.entries {
        let walk = Walk::new(corpus, corpus.chain(&[]), &profile, day::parse(TODAY).unwrap());
        let resources = walk.resources_for(entry);
        assert!((1..=3).contains(&resources.len()), "{}: {resources:?}", entry.id);
        // Named ones first; of these, and of the others, those for clients first.
        let place = |it: &sahihi::corpus::Resource| {
            let is_named = entry.neutral.resources.contains(&it.id);
            (!is_named, !it.about.audience.contains(&Role::Client))
        };
        assert!(resources.is_sorted_by_key(|it| place(it)), "{}", entry.id);
    }
    let entry = corpus.entry(&EntryId::new("PIL-01")).unwrap();
    let walk = Walk::new(corpus, corpus.chain(&[]), &profile, day::parse(TODAY).unwrap());
    let named = &entry.neutral.resources;
    assert!(named.contains(&walk.resources_for(entry)[0].id), "{named:?}");
}

fn advice(text: &str) -> Advice {
    shipped().recommend(text, None, day::parse(TODAY).unwrap())
}

/// The approach is among those recommended, each with words that stand in the text.
#[track_caller]
fn recommends(text: &str, approach: &str) {
    let advice = advice(text);
    let names: Vec<&str> = advice.approaches.iter().map(|it| it.approach.as_str()).collect();
    assert!(names.contains(&approach), "{text}: {advice:#?}");
    assert!(names.len() <= MAX_APPROACHES, "{text}: {names:?}");
    for advised in &advice.approaches {
        assert!(!advised.reason.is_empty(), "{text}: {advised:?}");
        assert!(advised.reason.iter().all(|it| text.contains(it.as_str())), "{advised:?}");
    }
    assert!(advice.challenge.is_some(), "{text}: {advice:?}");
}

#[test]
fn a_challenge_finds_approaches_that_answer_it() {
    recommends("girls do not come to our clinics", "adolescent-responsive-services");
    recommends(
        "villages in the mountains are two days away from any health post",
        "mobile-outreach",
    );
    recommends("implants are always out of stock in our district", "supply-chain");
    recommends("husbands do not allow their wives to use contraception", "engaging-men-boys");
    recommends("the ministry has no budget line for contraceptives", "domestic-financing");
    recommends("wasichana wanaolewa wakiwa na miaka 14", "preventing-child-marriage");
    recommends("les femmes quittent la maternité sans méthode", "immediate-postpartum-fp");
    recommends("la gente cree que el implante causa cáncer", "knowledge-beliefs");
}

#[test]
fn what_is_no_challenge_finds_none() {
    for text in ["", "hello", "🙂", "who won the match last night", "xqzv wkjh", "asante sana"] {
        assert_eq!(advice(text), Advice::default(), "{text}");
    }
}
