//! What no single file can see: references, collisions, translations, gaps.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::catalogue_file;
use super::digest::Digest;
use super::entry::EntryId;
use super::message::MESSAGE_IDS;
use super::pair::Texts;
use super::parse::{RawText, Reference};
use super::problem::Problems;
use super::raw::{Raw, source_digest};
use super::review::Reviews;
use super::settings::Settings;
use super::source::{SourceFile, SourceTree};
use super::tree_file;
use crate::analysis::{Analysis, Lang};

/// Roles the policy asks for that no reviewer has: nothing of that tier could ever be served.
pub(super) fn roles(
    tree: &SourceTree,
    settings: &Settings,
    reviews: &Reviews,
    problems: &mut Problems,
) {
    let Some(file) = tree.get("corpus.toml") else { return };
    let of_tiers = settings.tiers.values().flat_map(|it| &it.roles);
    let asked: BTreeSet<&String> = settings.policy.roles.iter().chain(of_tiers).collect();
    let has = |role: &String| reviews.reviewers().iter().any(|it| it.role == *role);
    for role in asked.into_iter().filter(|role| !has(role)) {
        let message = format!("the policy asks for the role `{role}`, which no reviewer has");
        let help = "write the role as it stands in reviewers.toml";
        problems.warning(file, file.first_line(), "unknown-role", message, help);
    }
}

/// Names of entries, tiers and what can be read on, that nothing bears.
pub(super) fn references(raw: &Raw<'_>, problems: &mut Problems) {
    let known = raw.known();
    for entry in raw.entries.values() {
        if entry.texts.values().all(|(_, text)| text.answer.is_none()) {
            let message = format!("the entry {} has no answer in any language", entry.id);
            let help = format!("write {}.<lang>.md beside it", entry.id);
            problems.warning(entry.file, entry.file.first_line(), "no-text", message, help);
        }
        for Reference { key, to } in &entry.references {
            if matches!(*key, "resources" | "approaches") {
                catalogue_file::check_reference(entry.file, (key, to), &known, problems);
                continue;
            }
            let target = EntryId::new(&to.value);
            let wrong = match *key {
                "related" | "not" if target == entry.id => Some("is this entry itself"),
                "related" | "not" => {
                    (!raw.entries.contains_key(&target)).then_some("is no entry of this corpus")
                }
                "tier" => (!raw.settings.tiers.contains_key(&to.value))
                    .then_some("is no tier of corpus.toml"),
                _ => Some("is not known to this corpus"),
            };
            if let Some(wrong) = wrong {
                let message = format!("`{key}` names {}, which {wrong}", to.value);
                let help = "correct the name or take it out";
                problems.error(entry.file, to.span.clone(), "dangling-reference", message, help);
            }
        }
    }
}

/// Phrasings under two entries, integer names shared by two entries.
pub(super) fn collisions(raw: &Raw<'_>, problems: &mut Problems) {
    let mut owners: HashMap<String, (&EntryId, &SourceFile, usize)> = HashMap::new();
    let mut aliases: BTreeMap<u32, &EntryId> = BTreeMap::new();
    for entry in raw.entries.values() {
        let alias = entry.neutral.alias.unwrap_or_else(|| entry.id.number());
        if let Some(other) = aliases.insert(alias, &entry.id) {
            let message = format!("{} and {other} have the same integer name {alias}", entry.id);
            let help = "write another `alias = …` into one of the two files";
            let span = entry.file.first_line();
            problems.error(entry.file, span, "alias-collision", message, help);
        }
        for (file, text) in entry.texts.values() {
            let mut seen = BTreeSet::new();
            let question = text.question.iter().filter(|_| text.answer.is_some());
            for phrasing in question.chain(&text.phrasings) {
                let form = Analysis::of(&phrasing.value).plain();
                let span = phrasing.span.clone();
                if form.is_empty() {
                    let help = "write words, or remove the line";
                    problems.error(file, span, "empty-text", "nothing here can be matched", help);
                    continue;
                }
                if !seen.insert(form.clone()) {
                    let message = "the same phrasing, but for case, accents or punctuation, stands \
                                   in this file twice";
                    let help = "remove one of the two";
                    problems.warning(file, span.clone(), "phrasing-repeated", message, help);
                }
                let (line, _) = file.line_column(span.start);
                let first = *owners.entry(form).or_insert((&entry.id, file, line));
                if first.0 != &entry.id {
                    let (other, place) = (first.0, &first.1.shown);
                    let message =
                        format!("this phrasing also stands under {other} ({place}:{})", first.2);
                    let help = "leave it where it is answered best and remove it here or there";
                    problems.error(file, span, "phrasing-twice", message, help);
                }
            }
        }
    }
}

/// Translations whose source text has changed since, or that do not say what they translate.
pub(super) fn translations(raw: &Raw<'_>, problems: &mut Problems) {
    let first = raw.settings.languages.first();
    for entry in raw.entries.values() {
        sources(&entry.texts, first, source_digest, problems);
    }
    for node in &raw.nodes {
        sources(&node.texts, first, tree_file::source_digest, problems);
    }
    let catalogue = &raw.catalogue;
    let resources = catalogue.resources.iter().map(|it| &it.texts);
    for texts in resources.chain(catalogue.approaches.iter().map(|it| &it.texts)) {
        sources(texts, first, source_digest, problems);
    }
}

/// The same for the texts of one thing; a text that holds phrasings only translates nothing.
fn sources(
    texts: &Texts<'_>,
    first: Option<&Lang>,
    digest_of: fn(&RawText) -> Option<Digest>,
    problems: &mut Problems,
) {
    let digests: Vec<(&Lang, Digest)> =
        texts.iter().filter_map(|(lang, (_, text))| Some((lang, digest_of(text)?))).collect();
    let Some((_, of_first)) = digests.iter().find(|(lang, _)| Some(*lang) == first) else {
        return;
    };
    for (lang, (file, text)) in texts {
        if digest_of(text).is_none() || Some(lang) == first {
            continue;
        }
        let help = format!("when the translation fits the text, write `source: {of_first}`");
        match &text.source {
            None => {
                let message = "the translation does not say which text it was made from";
                let span = file.first_line();
                problems.warning(file, span, "translation-unbound", message, help);
            }
            Some(source) => {
                let is_source = |(of, digest): &(&Lang, Digest)| {
                    *of != lang && source.value == digest.to_string()
                };
                if !digests.iter().any(is_source) {
                    let message = "the text this was translated from has changed since";
                    let span = source.span.clone();
                    problems.warning(file, span, "translation-stale", message, help);
                }
            }
        }
    }
}

/// Sentences of the program that are missing.
pub(super) fn messages(tree: &SourceTree, raw: &Raw<'_>, problems: &mut Problems) {
    for lang in &raw.settings.languages {
        if raw.settings.fallback.contains_key(lang) {
            continue;
        }
        let path = format!("messages/{lang}.toml");
        let Some((_, file, messages)) = raw.messages.iter().find(|(it, _, _)| it == lang) else {
            let shown = tree.root.join(&path).to_string_lossy().into_owned();
            let file = SourceFile::new(&path, &shown, "");
            let message = format!("the program has no sentences in `{lang}`");
            let help = format!("write {path} with: {}", MESSAGE_IDS.join(", "));
            problems.error(&file, 0..0, "missing-file", message, help);
            continue;
        };
        for id in MESSAGE_IDS.iter().filter(|id| messages.iter().all(|it| it.id.value != **id)) {
            let message = format!("the sentence `{id}` is missing");
            let help = format!("add a line {id} = \"…\"");
            problems.error(file, file.first_line(), "missing-key", message, help);
        }
    }
}
