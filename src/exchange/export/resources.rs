//! Resources for others: schema.org `LearningResource` in JSON-LD, and a table.

use serde_json::{Map, Value, json};
use time::Date;

use super::text;
use crate::analysis::Lang;
use crate::corpus::{Corpus, Description, Resource};

/// The kinds of media that schema.org has a type of its own for.
const MEDIA: [(&str, &str); 4] = [
    ("audio", "AudioObject"),
    ("course", "Course"),
    ("image", "ImageObject"),
    ("video", "VideoObject"),
];

/// Each resource in each language it is described in on the day.
pub(super) fn described<'a>(
    corpus: &'a Corpus,
    only: Option<&'a Lang>,
    today: Date,
) -> impl Iterator<Item = (&'a Resource, &'a Lang, &'a Description)> {
    corpus.catalogue.resources.iter().flat_map(move |resource| {
        let in_order = corpus.settings.languages.iter();
        in_order
            .filter(move |lang| only.is_none_or(|only| only == *lang))
            .filter_map(|lang| resource.texts.get_key_value(lang))
            .filter(move |(_, text)| text.approval.until >= today)
            .map(move |(lang, text)| (resource, lang, text))
    })
}

/// The document in JSON-LD.
pub(super) fn linked_data(corpus: &Corpus, only: Option<&Lang>, today: Date) -> Vec<u8> {
    let nodes: Vec<Value> = described(corpus, only, today)
        .map(|(resource, lang, text)| node(corpus, resource, lang, text))
        .collect();
    super::document(&nodes)
}

fn node(corpus: &Corpus, resource: &Resource, lang: &Lang, text: &Description) -> Value {
    let about = &resource.about;
    let mut node = Map::new();
    let mut set = |key: &str, value: Value| {
        let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            node.insert(key.to_owned(), value);
        }
    };
    let media = MEDIA.iter().find(|(kind, _)| *kind == about.kind);
    match media {
        Some((_, media)) => set("@type", json!(["LearningResource", media])),
        None => set("@type", "LearningResource".into()),
    }
    set("identifier", resource.id.as_str().into());
    set("name", text.name.as_str().into());
    set("alternateName", text.title.as_str().into());
    set("abstract", Some(text.summary.as_str()).filter(|it| !it.is_empty()).into());
    // The description is in one language, the thing itself may be in others.
    set("description", json!({ "@language": lang.as_str(), "@value": text.text }));
    set("inLanguage", about.languages.iter().map(Lang::as_str).collect());
    set("learningResourceType", about.kind.as_str().into());
    set("url", about.url.as_str().into());
    set("datePublished", about.year.map(|it| it.to_string()).into());
    set("publisher", json!({ "@type": "Organization", "name": about.publisher }));
    set("license", about.licence.as_deref().into());
    set("numberOfPages", about.pages.into());
    set("timeRequired", about.minutes.map(|it| format!("PT{it}M")).into());
    set("about", about.topics.iter().map(String::as_str).collect());
    set("spatialCoverage", about.countries.iter().map(String::as_str).collect());
    let audience = roles(resource)
        .into_iter()
        .map(|role| json!({ "@type": "EducationalAudience", "educationalRole": role }));
    set("audience", audience.collect());
    set("isPartOf", collections(corpus, resource, lang));
    set("encoding", encoding(resource));
    set("expires", text.approval.until.to_string().into());
    if corpus.settings.sample {
        set("creativeWorkStatus", super::SAMPLE.into());
    }
    node.into()
}

fn roles(resource: &Resource) -> Vec<&'static str> {
    let named = |role| crate::corpus::Role::NAMES.iter().find(move |(_, it)| it == role);
    resource.about.audience.iter().filter_map(|it| Some(named(it)?.0)).collect()
}

fn collections(corpus: &Corpus, resource: &Resource, lang: &Lang) -> Value {
    let collections = resource.about.collections.iter().filter_map(|id| {
        let collection = corpus.catalogue.collection(id)?;
        let name = collection.names.get(lang).or_else(|| collection.names.values().next());
        Some(json!({ "@type": "Collection", "identifier": id, "name": name }))
    });
    collections.collect()
}

/// What is loaded: the small copy where there is one, with its size.
fn encoding(resource: &Resource) -> Value {
    let about = &resource.about;
    if about.size_bytes.is_none() && about.low_bandwidth_url.is_none() {
        return Value::Null;
    }
    let url = about.low_bandwidth_url.as_deref().unwrap_or(&about.url);
    let size = about.size_bytes.map(|it| it.to_string());
    json!({ "@type": "MediaObject", "contentUrl": url, "contentSize": size })
}

/// The columns of the table.
const COLUMNS: [&str; 19] = [
    "id",
    "language",
    "title",
    "summary",
    "name",
    "description",
    "type",
    "languages",
    "year",
    "publisher",
    "url",
    "low_bandwidth_url",
    "size_bytes",
    "pages",
    "minutes",
    "licence",
    "topics",
    "audience",
    "collections",
];

/// The table.
pub(super) fn table(corpus: &Corpus, only: Option<&Lang>, today: Date) -> Vec<u8> {
    let number = |it: Option<u32>| it.map_or_else(String::new, |it| it.to_string());
    let rows = described(corpus, only, today).map(|(resource, lang, text)| {
        let about = &resource.about;
        let languages: Vec<&str> = about.languages.iter().map(Lang::as_str).collect();
        vec![
            resource.id.clone(),
            lang.to_string(),
            text.title.clone(),
            text.summary.clone(),
            text.name.clone(),
            text.text.clone(),
            about.kind.clone(),
            languages.join(", "),
            number(about.year),
            about.publisher.clone(),
            about.url.clone(),
            about.low_bandwidth_url.clone().unwrap_or_default(),
            number(about.size_bytes),
            number(about.pages),
            number(about.minutes),
            about.licence.clone().unwrap_or_default(),
            about.topics.join(", "),
            roles(resource).join(", "),
            about.collections.join(", "),
        ]
    });
    text::written(text::MARK, &COLUMNS, rows)
}
