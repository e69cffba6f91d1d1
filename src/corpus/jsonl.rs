//! Bulk corpora: a folder with `entries.jsonl`, one entry a line, vouched for by the caller.
//!
//! Meant for benchmarks and bulk import. Nothing in it is approved, so it is served only when the
//! caller trusts it; the limits on lengths do not apply, answers are optional, and a phrasing
//! under two entries is kept with a warning.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Deserialize;
use time::Date;
use time::macros::date;

use super::entry::{Entry, EntryId, Neutral, Phrasing, Text};
use super::problem::Problems;
use super::review::{Approval, Reviews, Unserved};
use super::settings::{DEFAULT_TIER, Settings, Topic};
use super::source::{SourceFile, SourceTree};
use super::{Corpus, Digest, Lexicon, Loaded, Messages};
use crate::analysis::Lang;

/// Name of the file.
const FILE: &str = "entries.jsonl";
/// Longest line that is read, in bytes.
const MAX_LINE_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    phrasings: Vec<LinePhrasing>,
    #[serde(default)]
    answer: Option<String>,
    #[serde(default)]
    answer_lang: Option<String>,
    #[serde(default)]
    topic: Option<String>,
}

#[derive(Deserialize)]
struct LinePhrasing {
    lang: String,
    text: String,
}

/// Whether the folder holds a bulk corpus.
#[must_use]
pub fn is_bulk(tree: &SourceTree) -> bool {
    tree.get(FILE).is_some()
}

/// Loads a bulk corpus.
pub(super) fn load(tree: &SourceTree, trust: bool, mut problems: Problems) -> Loaded {
    let mut reader =
        Reader { problems: &mut problems, entries: BTreeMap::new(), owners: HashMap::new() };
    if let Some(file) = tree.get(FILE) {
        let mut at = 0;
        for line in file.text.split_inclusive('\n') {
            let span = at..at + line.trim_end().len();
            at += line.len();
            if !line.trim().is_empty() {
                reader.line(file, line.trim_end(), span);
            }
        }
    }
    let mut entries: Vec<Entry> = reader.entries.into_values().collect();
    let mut unserved = Vec::new();
    if !trust {
        let reason = "a bulk corpus has no approvals; serve it with --trust if you vouch for it";
        unserved.extend(entries.drain(..).map(|entry| Unserved {
            unit: format!("entry/{}", entry.id),
            reason: reason.to_owned(),
        }));
    }
    let corpus = Corpus {
        settings: settings(&entries),
        topics: topics(&entries),
        entries,
        messages: Messages::default(),
        lexicon: Lexicon::default(),
        tables: Vec::new(),
        taught: None,
        red_flags: Vec::new(),
        referrals: Vec::new(),
    };
    Loaded {
        corpus,
        problems: problems.into_sorted(),
        unserved,
        units: Vec::new(),
        reviews: Reviews::default(),
        digest: tree.digest,
    }
}

struct Reader<'a> {
    problems: &'a mut Problems,
    entries: BTreeMap<EntryId, Entry>,
    owners: HashMap<String, EntryId>,
}

impl Reader<'_> {
    fn line(&mut self, file: &SourceFile, line: &str, span: Range<usize>) {
        if line.len() > MAX_LINE_BYTES {
            let message =
                format!("the line has {} bytes, the limit is {MAX_LINE_BYTES}", line.len());
            let help = "split the entry or shorten it";
            return self.problems.error(file, span, "line-too-long", message, help);
        }
        let line: Line = match serde_json::from_str(line) {
            Ok(line) => line,
            Err(error) => {
                let help = "a line reads {\"id\", \"phrasings\": [{\"lang\", \"text\"}], \"answer\", \
                            \"answer_lang\", \"topic\"}";
                let message = format!("this is no entry: {error}");
                return self.problems.error(file, span, "syntax", message, help);
            }
        };
        let id = EntryId::new(&line.id);
        if self.entries.contains_key(&id) {
            let message = format!("the entry {id} stands here twice");
            let help = "merge the two lines or rename one";
            return self.problems.error(file, span, "duplicate-id", message, help);
        }
        match self.entry(id.clone(), &line, file, &span) {
            Ok(entry) => {
                self.entries.insert(id, entry);
            }
            Err((code, message)) => {
                let help = "write BCP 47 tags such as en, sw or hi-Latn, and at least one phrasing";
                self.problems.error(file, span, code, message, help);
            }
        }
    }

    fn entry(
        &mut self,
        id: EntryId,
        line: &Line,
        file: &SourceFile,
        span: &Range<usize>,
    ) -> Result<Entry, (&'static str, String)> {
        let approval = trusted();
        let mut phrasings = Vec::new();
        for phrasing in &line.phrasings {
            let lang = language(&phrasing.lang)?;
            let text = phrasing.text.trim().to_owned();
            let owner = self.owners.entry(text.clone()).or_insert_with(|| id.clone());
            if *owner != id {
                let message = format!("the phrasing “{text}” also stands under {owner}");
                let help = "leave it where it is answered best";
                self.problems.warning(file, span.clone(), "phrasing-twice", message, help);
            }
            phrasings.push(Phrasing { lang, text, approval: approval.clone() });
        }
        let Some(first) = phrasings.first() else {
            return Err(("missing-question", format!("the entry {id} has no phrasing")));
        };
        let lang = match &line.answer_lang {
            Some(tag) => language(tag)?,
            None => first.lang.clone(),
        };
        let answer = line.answer.clone().unwrap_or_default();
        let question = phrasings
            .iter()
            .find(|it| it.lang == lang)
            .map_or_else(|| first.text.clone(), |it| it.text.clone());
        let digest = Digest::of_fields(
            "sahihi-bulk-v1",
            &[("id", id.as_str()), ("question", &question), ("answer", &answer)],
        );
        let text = Text {
            question,
            title: String::new(),
            summary: String::new(),
            answer,
            digest,
            approval,
        };
        Ok(Entry {
            id,
            topic: line.topic.clone().unwrap_or_default(),
            neutral: Neutral { tier: DEFAULT_TIER.to_owned(), ..Neutral::default() },
            texts: BTreeMap::from([(lang, text)]),
            phrasings,
        })
    }
}

fn language(tag: &str) -> Result<Lang, (&'static str, String)> {
    Lang::parse(tag).map_err(|error| ("unknown-language", error.to_string()))
}

/// The approval of what the caller vouches for.
fn trusted() -> Approval {
    Approval { by: "trusted by the caller".to_owned(), on: date!(1970 - 01 - 01), until: Date::MAX }
}

fn settings(entries: &[Entry]) -> Settings {
    let mut counts: BTreeMap<&Lang, usize> = BTreeMap::new();
    for phrasing in entries.iter().flat_map(|it| &it.phrasings) {
        *counts.entry(&phrasing.lang).or_default() += 1;
    }
    let mut languages: Vec<(&Lang, usize)> = counts.into_iter().collect();
    languages.sort_by_key(|(lang, count)| (std::cmp::Reverse(*count), *lang));
    Settings {
        name: "bulk corpus".to_owned(),
        languages: languages.into_iter().map(|(lang, _)| lang.clone()).collect(),
        ..Settings::default()
    }
}

fn topics(entries: &[Entry]) -> Vec<Topic> {
    let ids: std::collections::BTreeSet<&str> =
        entries.iter().map(|it| it.topic.as_str()).collect();
    ids.into_iter().map(|id| Topic { id: id.to_owned(), names: BTreeMap::new() }).collect()
}
