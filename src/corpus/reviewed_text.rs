//! What was reviewed, word for word: `reviews/<reviewer>.texts.jsonl`.
//!
//! Logs hold digests only. To show what changed since a decision, every reviewed text is kept once, by
//! the reviewer who decided on it first: `{"text"}` with the canonical form of a unit, or
//! `{"id","lang","phrasings"}` with the words of phrasings. The logs prove the texts: one that no log
//! names was altered. Nothing is served from here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::problem::Problems;
use super::source::SourceTree;
use super::unit::{Unit, UnitPhrasing};

/// Texts in canonical form, by their digest.
#[derive(Debug, Default)]
pub struct ReviewedTexts(BTreeMap<Digest, String>);

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Text { text: String },
    Phrasings { id: String, lang: String, phrasings: Vec<String> },
}

impl Line {
    /// The texts of the line with their digests.
    fn texts(self) -> Vec<(Digest, String)> {
        match self {
            Self::Text { text } => vec![(Digest::of(text.as_bytes()), text)],
            Self::Phrasings { id, lang, phrasings } => {
                let of = |words: String| UnitPhrasing::of_entry(0, &id, &lang, &words);
                let of = phrasings.into_iter().map(of);
                of.map(|it| (it.digest, it.canonical)).collect()
            }
        }
    }
}

impl ReviewedTexts {
    /// The canonical form that has this digest, if it was kept.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<&str> {
        self.0.get(digest).map(String::as_str)
    }

    /// Reads the files; a text that is not among those `reviewed` by any log is an error, where that
    /// is known.
    pub(super) fn parse(
        tree: &SourceTree,
        reviewed: Option<&BTreeSet<Digest>>,
        problems: &mut Problems,
    ) -> Self {
        let mut known = BTreeMap::new();
        let is_reviewed = |it: &Digest| reviewed.is_none_or(|all| all.contains(it));
        let is_texts = |path: &str| path.starts_with("reviews/") && path.ends_with(".texts.jsonl");
        for file in tree.files.iter().filter(|it| is_texts(&it.path)) {
            let mut at = 0;
            for line in file.text.split_inclusive('\n') {
                let span = at..at + line.trim_end().len();
                at += line.len();
                if line.trim().is_empty() {
                    continue;
                }
                let wrong = match serde_json::from_str::<Line>(line).map(Line::texts) {
                    Ok(texts) if texts.iter().all(|(digest, _)| is_reviewed(digest)) => {
                        known.extend(texts);
                        continue;
                    }
                    Ok(_) => "nobody reviewed this text as it stands here".to_owned(),
                    Err(error) => format!("this is no reviewed text: {error}"),
                };
                let help = "restore the file from version control; it may only be appended to";
                problems.error(file, span, "broken-log", wrong, help);
            }
        }
        Self(known)
    }
}

/// The lines that keep the texts of units which are not known yet.
pub(super) fn lines(units: &[&Unit], known: &ReviewedTexts) -> String {
    let mut seen = BTreeSet::new();
    let mut is_new = |digest: Digest| known.get(&digest).is_none() && seen.insert(digest);
    let mut lines = String::new();
    let mut push = |line: Line| {
        lines.push_str(&serde_json::to_string(&line).unwrap_or_default());
        lines.push('\n');
    };
    for unit in units {
        if is_new(unit.digest) {
            push(Line::Text { text: unit.canonical.clone() });
        }
        let new: Vec<&UnitPhrasing> =
            unit.phrasings.iter().filter(|it| is_new(it.digest)).collect();
        if !new.is_empty() {
            let (id, lang) = (unit.field("id").to_owned(), unit.lang.to_string());
            let phrasings = new.into_iter().map(|it| it.text().to_owned()).collect();
            push(Line::Phrasings { id, lang, phrasings });
        }
    }
    lines
}
