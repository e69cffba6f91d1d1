//! What changed between two versions of a unit, word by word.

use std::collections::BTreeSet;

use sahihi::corpus::{Digest, ReviewLine, ReviewedTexts, Unit, fields_of, phrasing_text};
use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// The field: `answer`, `tier`, `phrasing`.
    pub(super) field: String,
    /// What it was; `None` when it is new.
    pub(super) before: Option<String>,
    /// What it is; `None` when it is gone.
    pub(super) now: Option<String>,
}

/// The field whose value is JSON, the same in every language.
const NEUTRAL: &str = "neutral";

impl Change {
    fn of(field: &str, before: Option<&str>, now: Option<&str>) -> Option<Self> {
        let text = |it: Option<&str>| it.map(str::to_owned);
        let changed = before != now;
        changed.then(|| Self { field: field.to_owned(), before: text(before), now: text(now) })
    }

    /// A line or paragraph: `[-what went-]{+what came+}`.
    pub(super) fn shown(&self) -> String {
        let change = match (&self.before, &self.now) {
            (Some(before), Some(now)) => words(before, now),
            (Some(before), None) => format!("[-{before}-]"),
            (None, now) => format!("{{+{}+}}", now.as_deref().unwrap_or_default()),
        };
        format!("{}: {change}", self.field)
    }
}

/// The changes between two canonical forms, field by field.
pub(super) fn between(before: &str, now: &str) -> Vec<Change> {
    let (before, now) = (fields_of(before).unwrap_or_default(), fields_of(now).unwrap_or_default());
    let mut changes = Vec::new();
    for name in names(&before, &now) {
        let (old, new) = (joined(&before, name), joined(&now, name));
        if name == NEUTRAL {
            changes.extend(neutral(old.as_deref(), new.as_deref()));
        } else {
            changes.extend(Change::of(name, old.as_deref(), new.as_deref()));
        }
    }
    changes
}

/// What changed in a unit and its phrasings since a review line; `None` when the text approved
/// then was not kept.
pub(super) fn since(line: &ReviewLine, unit: &Unit, texts: &ReviewedTexts) -> Option<Vec<Change>> {
    let mut changes = if line.digest == unit.digest {
        Vec::new()
    } else {
        between(texts.get(&line.digest)?, &unit.canonical)
    };
    let then: BTreeSet<Digest> = line.phrasings.iter().copied().collect();
    let now: BTreeSet<Digest> = unit.phrasings.iter().map(|it| it.digest).collect();
    for digest in line.phrasings.iter().filter(|it| !now.contains(it)) {
        let gone = texts.get(digest).map_or("(text not kept)", phrasing_text);
        changes.extend(Change::of("phrasing", Some(gone), None));
    }
    for phrasing in unit.phrasings.iter().filter(|it| !then.contains(&it.digest)) {
        changes.extend(Change::of("phrasing", None, Some(phrasing.text())));
    }
    Some(changes)
}

/// The names of both, each once, in order.
fn names<'a>(before: &[(&'a str, &str)], now: &[(&'a str, &str)]) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (name, _) in now.iter().chain(before) {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

/// The values of a field, one a line: some units have a field several times.
fn joined(fields: &[(&str, &str)], name: &str) -> Option<String> {
    let values: Vec<&str> =
        fields.iter().filter(|(it, _)| *it == name).map(|(_, value)| *value).collect();
    (!values.is_empty()).then(|| values.join("\n"))
}

/// The changes of the part that is the same in every language, key by key.
fn neutral(before: Option<&str>, now: Option<&str>) -> Vec<Change> {
    let object = |text: Option<&str>| match serde_json::from_str(text.unwrap_or("{}")) {
        Ok(Value::Object(object)) => object,
        _ => serde_json::Map::new(),
    };
    let (before, now) = (object(before), object(now));
    let keys: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let value = |it: Option<&Value>| it.map(Value::to_string);
    keys.into_iter()
        .filter_map(|key| {
            let (old, new) = (value(before.get(key)), value(now.get(key)));
            Change::of(key, old.as_deref(), new.as_deref())
        })
        .collect()
}

/// Both texts as one, with what went and what came marked word by word.
fn words(before: &str, now: &str) -> String {
    let mut text = String::new();
    let (mut gone, mut came) = (String::new(), String::new());
    // Spaces between two changes belong to both: one mark for a run of words reads better.
    let mut spaces = String::new();
    for change in TextDiff::from_unicode_words(before, now).iter_all_changes() {
        let value = change.value();
        let in_change = !gone.is_empty() || !came.is_empty();
        match change.tag() {
            ChangeTag::Equal if in_change && value.trim().is_empty() && !value.contains('\n') => {
                spaces.push_str(value);
            }
            ChangeTag::Equal => {
                text.push_str(&marked(&mut gone, &mut came));
                text.push_str(&std::mem::take(&mut spaces));
                text.push_str(value);
            }
            ChangeTag::Delete | ChangeTag::Insert => {
                let spaces = std::mem::take(&mut spaces);
                gone.push_str(&spaces);
                came.push_str(&spaces);
                let side = if change.tag() == ChangeTag::Delete { &mut gone } else { &mut came };
                side.push_str(value);
            }
        }
    }
    text.push_str(&marked(&mut gone, &mut came));
    text.push_str(&spaces);
    text
}

/// A change, which is empty afterwards.
fn marked(gone: &mut String, came: &mut String) -> String {
    let mark = |open: &str, text: String, close: &str| {
        if text.is_empty() { text } else { format!("{open}{text}{close}") }
    };
    let gone = mark("[-", std::mem::take(gone), "-]");
    gone + &mark("{+", std::mem::take(came), "+}")
}

#[cfg(test)]
mod tests {
    use sahihi::corpus::canonical;

    use super::*;

    #[test]
    fn changed_words_are_marked_where_they_stand() {
        assert_eq!(
            words("Take 1 pill now.", "Take 2 pills now."),
            "Take [-1 pill-]{+2 pills+} now."
        );
        assert_eq!(words("गोली लें", "गोली न लें"), "गोली {+न +}लें");
        assert_eq!(words("same", "same"), "same");
    }

    #[test]
    fn fields_are_compared_one_by_one() {
        let form = |answer: &str, tier: &str| {
            let neutral = format!("{{\"tier\":\"{tier}\",\"alias\":null}}");
            canonical("x", &[("answer", answer), ("neutral", &neutral)])
        };
        let changes = between(&form("one", "standard"), &form("two", "high"));
        let shown: Vec<String> = changes.iter().map(Change::shown).collect();
        assert_eq!(shown, ["answer: [-one-]{+two+}", "tier: \"[-standard-]{+high+}\""]);
        assert_eq!(between(&form("one", "high"), &form("one", "high")), []);
    }
}
