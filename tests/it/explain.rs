//! Why a question was decided as it was:
//!
//! 1. the explanation names the words as they were read, the matched phrasing with its language,
//!    the strongest weights of the first two candidates, and the threshold with its tier;
//! 2. it says what was left out, and why;
//! 3. a question nobody wants explained has none;
//! 4. an alarm is told by its evidence: the rule's words, or how likely danger is by the examples.

use sahihi::corpus::day;
use sahihi::retrieval::{Decision, Explanation, Profile, Query};
use sahihi::service::wire::SearchReply;
use serde_json::{Value, json};

use crate::support::{Home, TODAY, shipped};

fn explained(text: &str, profile: &Profile) -> (Decision, Explanation) {
    let query =
        Query { text, language: None, profile, limit: 5, today: day::parse(TODAY).unwrap() };
    let decision = shipped().decide(&query);
    let explanation = shipped().explain(&query, &decision);
    (decision, explanation)
}

#[track_caller]
fn part<'a>(of: &'a Explanation, name: &str) -> &'a Explanation {
    of.parts.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no {name} in {of:#?}"))
}

#[test]
fn the_numbers_behind_a_decision_are_those_of_the_decision() {
    let (decision, explanation) = explained("i missed two pilss yesterday", &Profile::default());
    let confidence = part(&explanation, "confidence").value.unwrap();
    assert!((confidence - decision.confidence.value()).abs() < 1e-12);
    let threshold = part(&explanation, "threshold");
    assert!((0.0..=1.0).contains(&threshold.value.unwrap()), "{threshold:#?}");
    assert!(threshold.text.starts_with("tier "), "{threshold:#?}");
}

#[test]
fn a_misspelt_word_is_shown_as_it_was_read() {
    let (_, explanation) = explained("i missed two pilss yesterday", &Profile::default());
    let word = part(part(&explanation, "words"), "pilss");
    assert!(word.text.contains("read as pill"), "{word:#?}");
}

#[test]
fn the_matched_phrasing_stands_in_the_corpus_and_the_weights_are_ordered() {
    let (decision, explanation) = explained("I forgot my pill yesterday", &Profile::default());
    let first = &decision.candidates[0];
    let shown = part(part(&explanation, "candidates"), first.entry.as_str());
    let (lang, text) = part(shown, "phrasing").text.split_once(": ").unwrap();
    let entry = shipped().corpus().entry(&first.entry).unwrap();
    let stands = entry.phrasings.iter().any(|it| it.lang.as_str() == lang && it.text == text)
        || entry.texts.iter().any(|(it, of)| it.as_str() == lang && of.question == text);
    assert!(stands, "{lang}: {text} is no phrasing of {}", entry.id.as_str());
    let weights: Vec<f64> =
        part(shown, "weights").parts.iter().map(|it| it.value.unwrap().abs()).collect();
    assert!(!weights.is_empty() && weights.is_sorted_by(|a, b| a >= b), "{shown:#?}");
    assert!(part(shown, "full_text").text.contains("BM25"));
}

#[test]
fn what_is_left_out_is_explained() {
    let home = Home::unapproved();
    home.write("entries/pills/A-01.toml", "countries = [\"KE\"]\n");
    home.approve("amina", "all");
    home.build();
    let question = "i forgot my pill yesterday";
    let ask = |country: &str| {
        let profile = format!("country={country}");
        home.run(&["ask", question, "--explain", "--json", "--profile", &profile]).json()
    };
    let excluded = |reply: &Value| {
        let parts = reply["explain"]["parts"].as_array().unwrap();
        parts.iter().find(|it| it["name"] == "excluded").unwrap()["parts"].clone()
    };
    let wanted = json!([{ "name": "country", "value": 1.0, "text": "entries left out" }]);
    assert_eq!(excluded(&ask("TZ")), wanted);
    assert!(excluded(&ask("KE")).is_null());
}

#[test]
fn a_question_without_words_is_explained_too() {
    let (_, explanation) = explained("🙂🙂", &Profile::default());
    assert_eq!(explanation.text, "no-words");
    assert!(part(&explanation, "candidates").parts.is_empty());
}

#[test]
fn a_question_nobody_wants_explained_has_no_explanation() {
    let profile = Profile::default();
    let query = Query {
        text: "I forgot my pill",
        language: None,
        profile: &profile,
        limit: 5,
        today: day::parse(TODAY).unwrap(),
    };
    let decision = shipped().decide(&query);
    assert!(SearchReply::new(shipped(), &query, &decision, false).explain.is_none());
    assert!(SearchReply::new(shipped(), &query, &decision, true).explain.is_some());
}

#[test]
fn an_alarm_is_told_by_its_evidence() {
    let (decision, explanation) = explained("my husband beats me", &Profile::default());
    let class = decision.dangers.first().unwrap().name();
    let dangers = part(&explanation, "dangers");
    // Look-alikes of the sample fulfil its rule, too.
    let told = "found by a rule that look-alikes fulfil too, so it needs likeness";
    let by_rule = dangers.parts.iter().find(|it| it.text == told).unwrap();
    assert_eq!(by_rule.name, class);
    assert!(part(by_rule, "rule").text.contains("beats"), "{by_rule:#?}");
    let likeness = part(dangers, "likeness");
    let threshold = part(likeness, "threshold").value.unwrap();
    assert!(likeness.value.unwrap() >= threshold, "{likeness:#?}");
    assert_eq!(part(likeness, "words").parts.len(), 4);
    assert!(part(likeness, "concepts").text.contains("danger-abuser-partner"), "{likeness:#?}");
    let (decision, explanation) = explained("how do I put on a condom", &Profile::default());
    assert!(decision.dangers.is_empty());
    let likeness = part(part(&explanation, "dangers"), "likeness");
    assert!(likeness.value.unwrap() < part(likeness, "threshold").value.unwrap());
}
