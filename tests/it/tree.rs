//! The decision tree:
//!
//! 1. a node is shown with its approved texts, in the person's language, to whom it is for;
//! 2. a choice is hidden when its condition does not hold or what it leads to is not served;
//! 3. every problem of the files is reported with its place;
//! 4. the shipped tree reaches every topic in three choices and leads everybody on;
//! 5. a question that is not understood goes on at the node that fits;
//! 6. the tree is drawn.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use sahihi::analysis::Lang;
use sahihi::corpus::{Gender, Role, Target, day};
use sahihi::engine::Engine;
use sahihi::retrieval::{AgeBand, Fork, Profile, Query, Walk};

use super::support::{BadEdit, Home, TODAY, each_is_told, plant_tree, shipped};

/// A home whose tree has a root with three choices and a node behind one of them.
fn planted() -> Home {
    let home = Home::unapproved();
    plant_tree(&home);
    home
}

/// The ids of the ways on at a place; `None` when the place is not open.
fn ways(engine: &Engine, place: &str, profile: &Profile, today: &str) -> Option<Vec<String>> {
    let fork = fork(engine, place, profile, "en", today)?;
    Some(fork.ways.iter().map(|it| it.target.to_string()).collect())
}

fn fork(engine: &Engine, place: &str, who: &Profile, lang: &str, today: &str) -> Option<Fork> {
    let lang = Lang::parse(lang).unwrap();
    let chain = engine.corpus().chain(&[&lang]);
    let walk = Walk::new(engine.corpus(), chain, who, day::parse(today).unwrap());
    walk.fork(&Target::parse(place).unwrap())
}

fn manager() -> Profile {
    Profile { role: Some(Role::Manager), ..Profile::default() }
}

/// The code of every problem with file and line, of those that start with `tree/`.
fn problems(home: &Home) -> Vec<(String, u64, String)> {
    home.problems_in(&["tree/"])
}

#[test]
fn a_node_is_shown_in_the_language_of_the_person() {
    let home = planted();
    home.approve("amina", "all");
    let engine = home.engine();
    let anybody = Profile::default();
    let node = fork(&engine, "node:root", &anybody, "sw", TODAY).unwrap();
    assert_eq!(node.prompt, "Swali ni la nani?\n\nChagua moja.");
    assert_eq!((node.ways[0].title.as_str(), node.ways[0].description.as_str()), ("Langu", "Mimi"));
    let list = fork(&engine, "topic:pills", &anybody, "sw", TODAY).unwrap();
    assert_eq!((list.prompt.as_str(), list.ways[0].title.as_str()), ("Vidonge", "Kusahau vidonge"));
}

#[test]
fn a_choice_is_shown_only_to_those_it_is_for() {
    let home = planted();
    home.approve("amina", "all");
    let engine = home.engine();
    let shown = |who: &Profile| ways(&engine, "node:root", who, TODAY).unwrap();
    assert_eq!(shown(&Profile::default()), ["node:pills", "entry:B-01"]);
    assert_eq!(shown(&manager()), ["node:pills", "entry:B-01", "topic:condoms"]);
    home.edit("entries/condoms/B-01.toml", "tier", "gender = \"f\"\ntier");
    home.approve("amina", "all");
    let engine = home.engine();
    let man = Profile { gender: Some(Gender::Male), ..manager() };
    assert_eq!(ways(&engine, "node:root", &man, TODAY).unwrap(), ["node:pills"]);
    assert_eq!(ways(&engine, "topic:condoms", &man, TODAY), None);
}

#[test]
fn what_is_not_approved_or_has_expired_leads_nowhere() {
    let home = planted();
    home.approve("amina", "all");
    for (file, from) in [("pills.en", "What"), ("pills.sw", "Imekuwaje")] {
        home.edit(&format!("tree/{file}.md"), from, "Now");
    }
    for (file, from) in [("en", "emergency pill"), ("sw", "kidonge cha dharura")] {
        home.edit(&format!("entries/condoms/B-01.{file}.md"), from, "another");
    }
    let engine = home.engine();
    // The node behind the first choice and the entry of the others are not approved.
    assert_eq!(ways(&engine, "node:root", &manager(), TODAY), None);
    home.approve("amina", "node/pills/en");
    let engine = home.engine();
    assert_eq!(ways(&engine, "node:root", &manager(), TODAY).unwrap(), ["node:pills"]);
    assert_eq!(ways(&engine, "node:root", &manager(), "2031-01-01"), None);
}

#[test]
fn a_changed_choice_is_off_the_air_until_it_is_approved_again() {
    for (file, from, to) in [
        ("tree/root.en.md", "For me", "For myself"),
        ("tree/root.toml", "role == \"manager\"", "role != \"client\""),
        ("tree/root.toml", "entry:B-01", "entry:A-01"),
    ] {
        let home = planted();
        home.approve("amina", "all");
        assert_eq!(home.unserved(), [], "{file}");
        home.edit(file, from, to);
        let unserved = home.unserved();
        assert!(unserved.iter().any(|(unit, _)| unit == "node/root/en"), "{to}: {unserved:?}");
    }
}

#[test]
fn a_sound_tree_has_no_problems() {
    assert_eq!(problems(&planted()), []);
}

const BAD: &[BadEdit<'_>] = &[
    ("tree/root.toml", "entry:B-01", "entry:X-99", 7, "dangling-reference"),
    ("tree/root.toml", "node:pills", "node:pill", 3, "dangling-reference"),
    ("tree/root.toml", "topic:condoms", "topic:x", 11, "dangling-reference"),
    ("tree/root.toml", "entry:B-01", "page:1", 7, "bad-value"),
    ("tree/root.toml", "role == \"manager\"", "role ==", 12, "bad-condition"),
    ("tree/root.toml", "role == \"manager\"", "role == \"boss\"", 12, "bad-condition"),
    ("tree/root.toml", "role == \"manager\"", "size(role) > 3", 12, "bad-condition"),
    (
        "tree/root.toml",
        "role == \"manager\"",
        "role == \"manager\" && role == \"client\"",
        12,
        "condition-never",
    ),
    (
        "tree/root.toml",
        "role == \"manager\"",
        "role == \"manager\" || role != \"manager\"",
        12,
        "condition-always",
    ),
    ("tree/root.toml", "id = \"torn\"", "id = \"me\"", 6, "duplicate-id"),
    ("tree/root.toml", "id = \"torn\"", "", 5, "missing-key"),
    ("tree/root.toml", "id = \"torn\"", "id = \"torn\"\nx = 1", 7, "unknown-key"),
    ("tree/pills.toml", "\"pills\"]", "\"pill\"]", 1, "dangling-reference"),
    ("tree/pills.toml", "\"client\"", "\"nurse\"", 2, "bad-value"),
    ("tree/root.en.md", "- me:", "- you:", 7, "text-without-choice"),
    ("tree/root.en.md", "- me: For me | I ask\n", "", 1, "choice-without-text"),
    ("tree/root.en.md", "- me: For me | I ask", "- me", 7, "bad-choice"),
    ("tree/root.en.md", "title: Start", "", 1, "missing-title"),
    ("tree/root.en.md", "# Who is it for?", "", 1, "missing-question"),
    ("tree/root.en.md", "For me |", "For me and everybody else |", 7, "title-too-long"),
    ("tree/pills.sw.md", "- missed:", "- missed\u{200b}:", 6, "hidden-character"),
];

#[test]
fn every_problem_of_a_file_is_told_with_its_place() {
    each_is_told(BAD, planted, problems);
}

#[test]
fn over_long_descriptions_and_lists_are_told() {
    let home = planted();
    home.edit("tree/root.en.md", "I ask", &"word ".repeat(16));
    assert_eq!(problems(&home), [("tree/root.en.md".into(), 7, "summary-too-long".into())]);
    let home = planted();
    let choice = |at: usize| format!("[[choices]]\nid = \"c{at}\"\nto = \"entry:A-01\"\n");
    home.write("tree/pills.toml", (0..11).map(choice).collect::<String>());
    for lang in ["en", "sw"] {
        let lines: String = (0..11).map(|at| format!("- c{at}: A\n")).collect();
        home.write(
            &format!("tree/pills.{lang}.md"),
            format!("+++\ntitle: A\n+++\n# A?\n\n{lines}"),
        );
    }
    assert_eq!(problems(&home), [("tree/pills.toml".into(), 31, "too-many-choices".into())]);
}

#[test]
fn what_no_single_node_can_see_is_told() {
    // A node nobody comes to, a dead end, a circle, and a person without a choice.
    let home = planted();
    let node = |id: &str, choices: &str, lines: &str| {
        home.write(&format!("tree/{id}.toml"), choices);
        for lang in ["en", "sw"] {
            let text = format!("+++\ntitle: A\n+++\n# A?\n\n{lines}");
            home.write(&format!("tree/{id}.{lang}.md"), text);
        }
    };
    node("circle", "[[choices]]\nid = \"a\"\nto = \"node:circle\"\n", "- a: A\n");
    node("empty", "", "");
    let only = "[[choices]]\nid = \"a\"\nto = \"entry:A-01\"\nwhen = 'role == \"client\"'\n";
    node("only", only, "- a: A\n");
    fs::remove_file(home.corpus().join("tree/pills.sw.md")).unwrap();
    let found = problems(&home);
    for (file, line, code) in [
        ("tree/circle.toml", 1, "unreachable-node"),
        ("tree/circle.toml", 3, "loop-without-exit"),
        ("tree/empty.toml", 1, "dead-end"),
        ("tree/only.toml", 4, "dead-end"),
        ("tree/pills.toml", 1, "missing-language"),
    ] {
        assert!(found.contains(&(file.into(), line, code.into())), "{code}: {found:?}");
    }
    home.remove("tree/root.toml");
    let found = problems(&home);
    assert!(found.contains(&("tree/root.toml".into(), 1, "missing-file".into())), "{found:?}");
    assert!(found.contains(&("tree/root.en.md".into(), 1, "missing-file".into())), "{found:?}");
}

#[test]
fn bytes_that_are_no_tree_are_problems_and_no_panic() {
    for text in
        ["\u{0}", "[[choices]]", "choices = 3", "topics = [[1]]", "= =", "[[choices]]\nid = 3"]
    {
        let home = planted();
        home.write("tree/root.toml", text);
        home.write("tree/root.en.md", text);
        assert!(!problems(&home).is_empty(), "{text:?}");
    }
}

/// The ways from every place of the shipped tree that a person can come to, with the fewest
/// choices to it.
fn reached(profile: &Profile, lang: &str) -> BTreeMap<String, usize> {
    let mut steps = BTreeMap::from([("node:root".to_owned(), 0)]);
    let mut open = vec!["node:root".to_owned()];
    while let Some(place) = open.pop() {
        let target = Target::parse(&place).unwrap();
        let is_leaf = !matches!(target, Target::Node(_) | Target::Topic(_) | Target::Collection(_));
        if is_leaf {
            continue;
        }
        let fork = fork(shipped(), &place, profile, lang, TODAY);
        let fork = fork.unwrap_or_else(|| panic!("{place} leads nowhere for {profile:?}"));
        assert!(!fork.prompt.is_empty(), "{place}");
        for way in fork.ways {
            let (name, next) = (way.target.to_string(), steps[&place] + 1);
            let title = way.title.chars().count();
            assert!((1..=24).contains(&title), "{place}: {}", way.title);
            if steps.get(&name).is_none_or(|before| *before > next) {
                steps.insert(name.clone(), next);
                open.push(name);
            }
        }
    }
    steps
}

#[test]
fn the_shipped_tree_reaches_every_topic_in_three_choices() {
    for lang in ["en", "fr", "es", "sw", "pt", "hi", "ar", "ha"] {
        let steps = reached(&Profile::default(), lang);
        for topic in &shipped().corpus().topics {
            let steps = steps.get(&format!("topic:{}", topic.id));
            assert!(steps.is_some_and(|it| *it <= 3), "{lang} {}: {steps:?}", topic.id);
        }
        assert!(steps.contains_key("referral"), "{lang}");
    }
}

#[test]
fn the_shipped_tree_reaches_everything_there_is_to_read() {
    let steps = reached(&Profile::default(), "en");
    let catalogue = &shipped().corpus().catalogue;
    for approach in &catalogue.approaches {
        assert!(steps.contains_key(&format!("approach:{}", approach.id)), "{}", approach.id);
    }
    for resource in &catalogue.resources {
        assert!(steps.contains_key(&format!("resource:{}", resource.id)), "{}", resource.id);
    }
}

#[test]
fn nobody_is_led_to_an_empty_node() {
    let ages = [None, Some(AgeBand::From10), Some(AgeBand::From15), Some(AgeBand::From25)];
    for age in ages {
        for role in [None, Some(Role::Client), Some(Role::Provider), Some(Role::Manager)] {
            for gender in [None, Some(Gender::Male)] {
                let country = role.map(|_| "KE".to_owned());
                reached(&Profile { age, role, gender, country, topics: vec![] }, "en");
            }
        }
    }
}

fn near(text: &str, profile: &Profile) -> String {
    let engine = shipped();
    let today = day::parse(TODAY).unwrap();
    let decision = engine.decide(&Query { text, language: None, profile, limit: 5, today });
    let walk = Walk::new(engine.corpus(), engine.corpus().chain(&[]), profile, today);
    walk.near(&decision).unwrap().id
}

#[test]
fn a_question_that_is_not_understood_goes_on_where_it_fits() {
    assert_eq!(near("tablets forgot tablet question", &Profile::default()), "methods");
    assert_eq!(near("zzz qqq", &Profile::default()), "root");
    assert_eq!(near("zzz qqq", &manager()), "programme");
    let interested = Profile { topics: vec!["sti-hiv".to_owned()], ..Profile::default() };
    assert_eq!(near("zzz qqq", &interested), "myself");
    let nurse = Profile { role: Some(Role::Provider), ..interested };
    assert_eq!(near("zzz qqq", &nurse), "client");
}

#[test]
fn the_tree_is_drawn_with_every_choice() {
    let home = planted();
    home.approve("amina", "all");
    for (format, edge) in [("tree-mermaid", "-->|"), ("tree-dot", " -> ")] {
        let done = home.run(&["export", "--format", format, "--out", "tree.txt"]);
        assert_eq!(done.code, Some(0), "{done:#?}");
        let text = fs::read_to_string(home.corpus().join("../tree.txt")).unwrap();
        assert_eq!(text.matches(edge).count(), 4, "{text}");
        assert!(text.contains("For me") && text.contains("Who is it for?"), "{text}");
        let printed = home.run(&["export", "--format", format, "--out", "-"]);
        assert_eq!(printed.stdout, text);
    }
    let done = home.run(&["export", "--format", "tree-dot", "--out", "no/such/folder/x"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("no/such/folder/x"), "{done:#?}");
}

#[test]
fn a_corpus_without_a_tree_is_as_good_as_before() {
    let home = Home::approved();
    assert_eq!(problems(&home), []);
    let engine = home.engine();
    assert_eq!(ways(&engine, "node:root", &Profile::default(), TODAY), None);
    let done = home.run(&["export", "--format", "tree-dot", "--out", "tree.txt"]);
    assert_eq!(done.code, Some(1), "{done:#?}");
    let places: BTreeSet<String> = BTreeSet::from(["topic:pills".to_owned()]);
    assert!(places.iter().all(|it| ways(&engine, it, &Profile::default(), TODAY).is_some()));
}
