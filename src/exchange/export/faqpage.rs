//! A schema.org `FAQPage` for each language, of what is approved on the day.

use serde_json::{Map, Value, json};
use time::Date;

use crate::analysis::Lang;
use crate::corpus::{Corpus, Entry, Text};

pub(super) fn write(corpus: &Corpus, only: Option<&Lang>, today: Date) -> Vec<u8> {
    let languages = corpus.settings.languages.iter().filter(|it| only.is_none_or(|o| o == *it));
    let pages: Vec<Value> = languages.filter_map(|lang| page(corpus, lang, today)).collect();
    super::document(&pages)
}

/// The page of a language; none where nothing is approved in it.
fn page(corpus: &Corpus, lang: &Lang, today: Date) -> Option<Value> {
    let questions: Vec<Value> = corpus
        .entries
        .iter()
        .filter_map(|entry| {
            let text = entry.texts.get(lang).filter(|it| it.approval.until >= today)?;
            Some(question(entry, lang, text, today))
        })
        .collect();
    if questions.is_empty() {
        return None;
    }
    let mut page = Map::new();
    page.insert("@type".to_owned(), "FAQPage".into());
    page.insert("name".to_owned(), corpus.settings.name.clone().into());
    page.insert("inLanguage".to_owned(), lang.as_str().into());
    if corpus.settings.sample {
        page.insert("creativeWorkStatus".to_owned(), super::SAMPLE.into());
    }
    page.insert("mainEntity".to_owned(), questions.into());
    Some(page.into())
}

fn question(entry: &Entry, lang: &Lang, text: &Text, today: Date) -> Value {
    let phrasings: Vec<&str> = entry
        .phrasings
        .iter()
        .filter(|it| it.lang == *lang && it.approval.until >= today)
        .map(|it| it.text.as_str())
        .collect();
    let citations: Vec<Value> = entry
        .neutral
        .sources
        .iter()
        .map(|source| {
            let mut citation = json!({
                "@type": "CreativeWork",
                "name": source.title,
                "publisher": { "@type": "Organization", "name": source.publisher },
                "datePublished": source.year.to_string(),
            });
            if let (Some(url), Some(fields)) = (&source.url, citation.as_object_mut()) {
                fields.insert("url".to_owned(), url.as_str().into());
            }
            citation
        })
        .collect();
    let mut question = json!({
        "@type": "Question",
        "identifier": entry.id.as_str(),
        "about": entry.topic,
        "inLanguage": lang.as_str(),
        "name": text.question,
        "headline": text.title,
        "expires": text.approval.until.to_string(),
        "acceptedAnswer": { "@type": "Answer", "text": text.answer, "inLanguage": lang.as_str() },
    });
    if let Some(fields) = question.as_object_mut() {
        if !text.summary.is_empty() {
            fields.insert("abstract".to_owned(), text.summary.as_str().into());
        }
        if !phrasings.is_empty() {
            fields.insert("alternateName".to_owned(), phrasings.into());
        }
        if !citations.is_empty() {
            fields.insert("citation".to_owned(), citations.into());
        }
    }
    question
}
