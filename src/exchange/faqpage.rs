//! A schema.org `FAQPage` in JSON-LD: pages of a website, or our own export.

use serde_json::Value;

use super::Error;
use super::draft::{Assumed, Draft, Incoming, Place};
use super::foreign;
use crate::analysis::Lang;
use crate::corpus;

/// Whether a document holds such a page.
pub(super) fn fits(value: &Value) -> bool {
    !pages(value).is_empty()
}

/// The pages of a document: itself, one of a list, or one of its graph.
fn pages(value: &Value) -> Vec<&Value> {
    let nodes = match value {
        Value::Array(list) => list.iter().collect(),
        _ => match value.get("@graph") {
            Some(graph) => many(graph),
            None => vec![value],
        },
    };
    nodes.into_iter().filter(|it| is_a(it, "FAQPage")).collect()
}

fn is_a(node: &Value, name: &str) -> bool {
    let types = node.get("@type").map_or_else(Vec::new, many);
    let plain = |it: &str| it.rsplit(['/', ':']).next() == Some(name);
    types.into_iter().any(|it| it.as_str().is_some_and(plain))
}

/// JSON-LD writes one thing as itself and several as a list.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// Reads the questions of all pages.
pub(super) fn read(value: &Value, name: &str, assumed: &Assumed) -> Result<Incoming, Error> {
    let pages = pages(value);
    if pages.is_empty() {
        let why = "there is no node of type FAQPage in it".to_owned();
        let remedy = "export the JSON-LD of the page that lists the questions";
        return Err(Error::Malformed { format: "FAQPage", why, remedy });
    }
    let mut incoming = Incoming::default();
    let mut number = 0;
    for page in pages {
        for question in page.get("mainEntity").map_or_else(Vec::new, many) {
            number += 1;
            let place = Place::new(name, number);
            match draft(question, page, &place, assumed) {
                Ok(draft) => incoming.drafts.push(draft),
                Err((column, message)) => incoming.error(&place, column, message),
            }
        }
    }
    Ok(incoming)
}

type Wrong = (&'static str, String);

fn draft(question: &Value, page: &Value, place: &Place, assumed: &Assumed) -> Result<Draft, Wrong> {
    let text = |node: &Value, name: &str| {
        let text = node.get(name).and_then(Value::as_str).unwrap_or_default();
        text.replace("\r\n", "\n").trim().to_owned()
    };
    let name = text(question, "name");
    if name.is_empty() {
        return Err(("name", "the question has no `name`: write it".to_owned()));
    }
    let answer = question.get("acceptedAnswer").map_or_else(Vec::new, many);
    let answer = answer.first().map_or_else(String::new, |it| text(it, "text"));
    if answer.is_empty() {
        let message = "there is no text in `acceptedAnswer`: write the answer";
        return Err(("acceptedAnswer", message.to_owned()));
    }
    if let Some(why) = foreign::markup(&answer) {
        return Err(("acceptedAnswer", why.to_owned()));
    }
    let given = text(question, "identifier");
    let optional = |name: &str| Some(text(question, name)).filter(|it| !it.is_empty());
    let phrasings = question.get("alternateName").map(|it| {
        let texts = many(it).into_iter().filter_map(Value::as_str);
        texts.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    });
    let about = text(question, "about");
    let is_topic = assumed.topics.contains(&about);
    Ok(Draft {
        place: place.clone(),
        id: if corpus::is_entry_id(&given) { given } else { foreign::id_of(&name) },
        lang: Some(language(question, page, assumed)?),
        title: optional("headline"),
        proposed_title: Some(foreign::short_title(&name)),
        proposed_topic: Some(about).filter(|_| is_topic).or_else(|| assumed.topic.clone()),
        summary: optional("abstract"),
        question: Some(name),
        answer: Some(answer),
        phrasings,
        ..Draft::default()
    })
}

/// The language of a question: its own, its page's, or the assumed one.
fn language(question: &Value, page: &Value, assumed: &Assumed) -> Result<Lang, Wrong> {
    let tag = [question, page].into_iter().find_map(|it| it.get("inLanguage")?.as_str());
    match tag {
        Some(tag) => Lang::parse(tag).map_err(|it| ("inLanguage", it.to_string())),
        None => Ok(assumed.language.clone()),
    }
}
