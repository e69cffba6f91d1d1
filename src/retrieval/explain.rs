//! Explanations: the tree of named numbers behind a decision, made when somebody asks for it.

use serde::Serialize;

use super::matcher::Reading;
use super::{Candidate, Decision, Query, Retriever, decide, features, listening};
use crate::analysis::{Analysis, Word};
use crate::index::{Document, Hit, Kind, documents};

/// One number with its name, what it says, and the numbers it is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// Its name.
    pub name: String,
    /// The number, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// A word on it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Self>,
}

impl Explanation {
    /// A number.
    #[must_use]
    pub fn number(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value: Some(value), ..Self::default() }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), ..Self::default() }
    }

    /// A group of parts.
    #[must_use]
    pub fn group(name: &str, parts: Vec<Self>) -> Self {
        Self { name: name.to_owned(), parts, ..Self::default() }
    }
}

/// Candidates that are explained.
const EXPLAINED: usize = 2;
/// Features shown of a candidate.
const FEATURES: usize = 8;
/// Stems shown of a question that is read through tables.
const READ_AS: usize = 12;
/// Documents of the full-text search that are looked through.
const HITS: usize = 200;

/// The numbers behind a decision, from what the question was read as to the threshold it met.
pub(super) fn explain(engine: &Retriever, query: &Query<'_>, decision: &Decision) -> Explanation {
    let words = Analysis::of(query.text).words;
    let heeded = listening::listen(engine, &words, &decision.languages);
    let first = decision.candidates.first().and_then(|it| engine.corpus.place(&it.entry));
    let reading = heeded.reading(first);
    let languages = decision.languages.iter().take(3);
    let signals = decision.signals.named();
    let mut dangers: Vec<Explanation> =
        decision.dangers.iter().map(|it| Explanation::text(it.name(), "found")).collect();
    dangers.extend(engine.knowledge.safety.explain(&words, &decision.languages));
    let excluded = decision.excluded.iter().map(|it| Explanation {
        text: "entries left out".to_owned(),
        ..counted(it.reason.name(), it.entries)
    });
    let numbers = |list: &mut dyn Iterator<Item = (&str, f64)>| {
        list.map(|(name, value)| Explanation::number(name, value)).collect()
    };
    let mut parts = vec![
        Explanation::number("confidence", decision.confidence.value()),
        Explanation::number("in_scope", decision.in_scope.value()),
    ];
    parts.extend(threshold(engine, decision, reading));
    parts.extend([
        Explanation::group("words", read(&words, reading)),
        Explanation::group("read_as", expected(reading)),
        Explanation::group(
            "languages",
            numbers(&mut languages.map(|(lang, share)| (lang.as_str(), *share))),
        ),
        Explanation::group("signals", numbers(&mut signals.into_iter())),
        Explanation::group("candidates", candidates(engine, decision, reading)),
        Explanation::group("excluded", excluded.collect()),
        Explanation::group("dangers", dangers),
    ]);
    Explanation { text: decision.reason.name().to_owned(), ..Explanation::group("decision", parts) }
}

/// The threshold of the first candidate, with its tier.
fn threshold(engine: &Retriever, decision: &Decision, reading: &Reading) -> Option<Explanation> {
    let entry = engine.corpus.entry(&decision.candidates.first()?.entry)?;
    let value = decide::threshold(engine, reading, entry);
    Some(Explanation {
        text: format!("tier {}", entry.neutral.tier),
        ..Explanation::number("threshold", value)
    })
}

/// Each word with its stem, and what it was read as where that is another word.
fn read(words: &[Word], reading: &Reading) -> Vec<Explanation> {
    let terms = reading.terms.words.iter().zip(&reading.terms.stems);
    let word = |(typed, (word, stem)): (&Word, (&Word, &String))| {
        let mut text = format!("stem {stem}");
        if typed.form != word.form {
            text = format!("read as {}, {text}", word.form);
        }
        Explanation::text(&typed.form, text)
    };
    words.iter().zip(terms).map(word).collect()
}

/// The likeliest stems of a question that is read through tables.
fn expected(reading: &Reading) -> Vec<Explanation> {
    let mut likely: Vec<&(String, f32)> = reading.expected.iter().flatten().collect();
    likely.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    likely.iter().take(READ_AS).map(|(it, q)| Explanation::number(it, f64::from(*q))).collect()
}

fn candidates(engine: &Retriever, decision: &Decision, reading: &Reading) -> Vec<Explanation> {
    let explained: Vec<(u32, &Candidate)> = decision
        .candidates
        .iter()
        .take(EXPLAINED)
        .filter_map(|it| Some((engine.corpus.place(&it.entry)?, it)))
        .collect();
    let documents = documents(&engine.corpus);
    let mut stems = reading.stems();
    stems.sort_unstable_by(|a, b| a.0.cmp(b.0).then(b.1.total_cmp(&a.1)));
    stems.dedup_by(|a, b| a.0 == b.0);
    let hits = engine.index.search(stems, HITS);
    let candidate = |(entry, it): &(u32, &Candidate)| {
        let mut parts = vec![Explanation::number("score", f64::from(it.score))];
        parts.extend(phrasing(engine, &documents, reading, *entry));
        parts.extend(full_text(&documents, &hits, *entry));
        parts.push(Explanation::group("weights", weights(engine, reading, *entry)));
        let confidence = Some(it.confidence.value());
        Explanation { value: confidence, ..Explanation::group(it.entry.as_str(), parts) }
    };
    explained.iter().map(candidate).collect()
}

/// The phrasing that was matched: the closest of the entry, with the cosine of its words.
fn phrasing(
    engine: &Retriever,
    documents: &[Document<'_>],
    reading: &Reading,
    entry: u32,
) -> Option<Explanation> {
    let (place, cosine) = engine.knowledge.matcher.nearest(&reading.vector, entry);
    let mut phrasings = documents.iter().filter(|it| it.kind != Kind::Answer);
    let document = phrasings.nth(place? as usize)?;
    Some(Explanation {
        text: format!("{}: {}", document.lang, document.text),
        ..Explanation::number("phrasing", cosine)
    })
}

/// What plain full-text search thinks of an entry: the score and rank of its best document.
fn full_text(documents: &[Document<'_>], hits: &[Hit], entry: u32) -> Option<Explanation> {
    let is_own =
        |hit: &Hit| documents.get(hit.document as usize).is_some_and(|it| it.entry == entry);
    let rank = hits.iter().position(is_own)?;
    let score = f64::from(hits.get(rank)?.score);
    let text = format!("BM25, document {} of the list", rank + 1);
    Some(Explanation { text, ..Explanation::number("full_text", score) })
}

/// The features of the question that speak most for or against an entry: weight times value.
fn weights(engine: &Retriever, reading: &Reading, entry: u32) -> Vec<Explanation> {
    let matcher = &engine.knowledge.matcher;
    let mut parts: Vec<(f32, String)> =
        features::named(&reading.terms, reading.expected.as_deref())
            .into_iter()
            .filter_map(|(kind, key, name)| {
                let feature = matcher.space.feature(kind, key)?;
                let part = matcher.model.weight(feature, entry) * reading.vector.value(feature);
                (part != 0.0).then_some((part, name))
            })
            .collect();
    parts.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()).then_with(|| a.1.cmp(&b.1)));
    parts.truncate(FEATURES);
    parts.iter().map(|(part, name)| Explanation::number(name, f64::from(*part))).collect()
}

fn counted(name: &str, n: usize) -> Explanation {
    Explanation::number(name, f64::from(u32::try_from(n).unwrap_or(u32::MAX)))
}
