//! The files of a folder read, each by what its path says it is; nothing is left out yet.

use std::collections::BTreeMap;

use time::Date;

use super::catalogue_file::{self, APPROACHES, CHALLENGES, COLLECTIONS, RESOURCES, RawCatalogue};
use super::digest::Digest;
use super::entry::{EntryId, Neutral};
use super::lexicon::{self, RawConcept};
use super::message::{self, RawMessage};
use super::pair::{PairName, Texts};
use super::parse::{self, RawText, Reference};
use super::problem::Problems;
use super::redflag::{self, DangerClass, RawRedFlag};
use super::referral::{self, RawReferral};
use super::settings::{self, Settings, Topic};
use super::source::{SourceFile, SourceTree};
use super::table::{self, Table};
use super::taught::TAUGHT_FILE;
use super::translation;
use super::tree_file::{self, RawNode};
use super::tree_lint::Known;
use crate::analysis::Lang;

/// The file with the places of help.
pub(super) const REFERRALS: &str = "referrals.csv";

/// An entry with all its files, before anything is left out.
pub(super) struct RawEntry<'a> {
    pub(super) id: EntryId,
    pub(super) topic: String,
    pub(super) file: &'a SourceFile,
    pub(super) neutral: Neutral,
    pub(super) references: Vec<Reference>,
    pub(super) texts: Texts<'a>,
}

/// Everything read from the files of one folder.
pub(super) struct Raw<'a> {
    pub(super) settings: Settings,
    pub(super) topics: Vec<Topic>,
    pub(super) entries: BTreeMap<EntryId, RawEntry<'a>>,
    pub(super) messages: Vec<(Lang, &'a SourceFile, Vec<RawMessage>)>,
    pub(super) lexicon: Vec<(Lang, &'a SourceFile, Vec<RawConcept>)>,
    pub(super) tables: Vec<(&'a SourceFile, Table)>,
    pub(super) red_flags: BTreeMap<(DangerClass, Lang), (&'a SourceFile, RawRedFlag)>,
    pub(super) referrals: Vec<RawReferral>,
    pub(super) nodes: Vec<RawNode<'a>>,
    pub(super) catalogue: RawCatalogue<'a>,
}

impl Raw<'_> {
    /// Every name that something may refer to.
    pub(super) fn known(&self) -> Known<'_> {
        Known {
            entries: self.entries.keys().map(EntryId::as_str).collect(),
            topics: self.topics.iter().map(|it| it.id.as_str()).collect(),
            resources: self.catalogue.resources.iter().map(|it| it.id).collect(),
            collections: self.catalogue.collections.iter().map(|it| it.id.as_str()).collect(),
            approaches: self.catalogue.approaches.iter().map(|it| it.id).collect(),
            challenges: self.catalogue.challenges.iter().map(|it| it.id.as_str()).collect(),
            nodes: self.nodes.iter().map(|it| it.id.as_str()).collect(),
        }
    }
}

/// Reads every file.
pub(super) fn read<'a>(tree: &'a SourceTree, today: Date, problems: &mut Problems) -> Raw<'a> {
    let shown = tree.root.join("corpus.toml").to_string_lossy().into_owned();
    let nowhere = SourceFile::new("corpus.toml", &shown, "");
    let settings = match tree.get("corpus.toml") {
        Some(file) => Settings::parse(file, problems),
        None => {
            let help = "write it as corpus/README.md shows, or name the folder with --corpus";
            problems.error(&nowhere, 0..0, "missing-file", "this corpus has no corpus.toml", help);
            Settings::default()
        }
    };
    let topics = match tree.get("topics.toml") {
        Some(file) => settings::parse_topics(file, problems),
        None => Vec::new(),
    };
    let mut raw = Raw {
        settings: settings.clone(),
        topics,
        entries: BTreeMap::new(),
        messages: Vec::new(),
        lexicon: Vec::new(),
        tables: Vec::new(),
        red_flags: BTreeMap::new(),
        referrals: Vec::new(),
        nodes: Vec::new(),
        catalogue: catalogue_file::read(tree, &settings, today, problems),
    };
    raw.nodes = tree_file::read(tree, &raw.settings, &raw.topics, problems);
    // Neutral files first, so that a language file finds its entry.
    for file in &tree.files {
        if let Place::Neutral { topic, id } = place(&file.path) {
            read_neutral(&mut raw, file, topic, id, problems);
        }
    }
    for file in &tree.files {
        read_file(&mut raw, (tree, file), today, problems);
    }
    raw
}

/// Reads a file, unless it is a neutral one or read by another part of this layer.
fn read_file<'a>(
    raw: &mut Raw<'a>,
    (tree, file): (&'a SourceTree, &'a SourceFile),
    today: Date,
    problems: &mut Problems,
) {
    match place(&file.path) {
        Place::Text { topic, id, lang } => {
            read_text(raw, file, (topic, id, lang), problems);
        }
        Place::Messages { lang } => {
            if let Some(lang) = known_language(&raw.settings, file, lang, problems) {
                raw.messages.push((lang, file, message::parse(file, problems)));
            }
        }
        Place::Lexicon { lang } => {
            if let Some(lang) = lexicon_language(tree, &raw.settings, (file, lang), problems) {
                raw.lexicon.push((lang, file, lexicon::parse(file, problems)));
            }
        }
        Place::Table { name } => {
            let known = |it: &Lang| raw.settings.languages.contains(it);
            let table = table::read(file, name, known, problems);
            raw.tables.extend(table.map(|it| (file, it)));
        }
        Place::RedFlag { class, lang } => {
            let class = redflag::class_of(file, class, problems);
            let lang = known_language(&raw.settings, file, lang, problems);
            let flag = redflag::parse(file, problems);
            if let (Some(class), Some(lang)) = (class, lang) {
                raw.red_flags.insert((class, lang), (file, flag));
            }
        }
        Place::Referrals => {
            raw.referrals = referral::parse(file, &raw.settings.languages, today, problems);
        }
        Place::Neutral { .. } | Place::Elsewhere => (),
        Place::Unknown => {
            let message = "this file is not part of the corpus format";
            let help = "move it out of the corpus folder, or see corpus/README.md for names";
            problems.error(file, file.first_line(), "unknown-file", message, help);
        }
    }
}

/// What a file is, by its path.
enum Place<'a> {
    Neutral {
        topic: &'a str,
        id: &'a str,
    },
    Text {
        topic: &'a str,
        id: &'a str,
        lang: &'a str,
    },
    Messages {
        lang: &'a str,
    },
    Lexicon {
        lang: &'a str,
    },
    Table {
        name: &'a str,
    },
    RedFlag {
        class: &'a str,
        lang: &'a str,
    },
    Referrals,
    /// Read by another part of this layer.
    Elsewhere,
    Unknown,
}

fn place(path: &str) -> Place<'_> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [
            "corpus.toml" | "topics.toml" | "reviewers.toml" | TAUGHT_FILE | COLLECTIONS
            | CHALLENGES,
        ]
        | ["reviews", "HEADS"] => Place::Elsewhere,
        ["reviews", name] if name.ends_with(".jsonl") => Place::Elsewhere,
        [tree_file::FOLDER | RESOURCES | APPROACHES, name] if PairName::of(name).is_some() => {
            Place::Elsewhere
        }
        [REFERRALS] => Place::Referrals,
        ["redflags", name] => match name.strip_suffix(".md").and_then(|it| it.split_once('.')) {
            Some((class, lang)) => Place::RedFlag { class, lang },
            None => Place::Unknown,
        },
        ["messages", name] => match name.strip_suffix(".toml") {
            Some(lang) => Place::Messages { lang },
            None => Place::Unknown,
        },
        ["lexicon", name] => match name.strip_suffix(".csv") {
            Some(lang) => Place::Lexicon { lang },
            None => Place::Unknown,
        },
        ["lexicon", "learned", name] => match name.strip_suffix(".tsv") {
            Some(name) => Place::Table { name },
            None => Place::Unknown,
        },
        ["entries", topic, name] => match PairName::of(name) {
            Some(PairName::Neutral(id)) => Place::Neutral { topic, id },
            Some(PairName::Text(id, lang)) => Place::Text { topic, id, lang },
            None => Place::Unknown,
        },
        _ => Place::Unknown,
    }
}

/// The units an entry file speaks for; of the neutral file, those in every language.
pub(super) fn units_of(path: &str) -> Option<String> {
    match place(path) {
        Place::Text { id, lang, .. } => Some(format!("entry/{id}/{lang}")),
        Place::Neutral { id, .. } => Some(format!("entry/{id}/")),
        _ => None,
    }
}

/// Whether a text may be the id of an entry: a file is named after it.
pub(super) fn is_id(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn read_neutral<'a>(
    raw: &mut Raw<'a>,
    file: &'a SourceFile,
    topic: &str,
    id: &str,
    problems: &mut Problems,
) {
    let (neutral, references) = parse::neutral(file, problems);
    let id = EntryId::new(id);
    if let Some(other) = raw.entries.get(&id) {
        let message = format!("the entry {id} also stands in {}", other.file.shown);
        problems.error(file, file.first_line(), "duplicate-id", message, "rename one of the two");
        return;
    }
    if !raw.topics.iter().any(|it| it.id == topic) {
        let message = format!("the folder `{topic}` is no topic of topics.toml");
        let help = "add the topic there, or move the entry into the folder of a topic";
        problems.error(file, file.first_line(), "unknown-topic", message, help);
    }
    let topic = topic.to_owned();
    let texts = BTreeMap::new();
    raw.entries.insert(id.clone(), RawEntry { id, topic, file, neutral, references, texts });
}

fn read_text<'a>(
    raw: &mut Raw<'a>,
    file: &'a SourceFile,
    (topic, id, lang): (&str, &str, &str),
    problems: &mut Problems,
) {
    let text = parse::text(file, problems);
    let Some(lang) = known_language(&raw.settings, file, lang, problems) else { return };
    let has_fallback = raw.settings.fallback.get(&lang).is_some_and(|chain| !chain.is_empty());
    if text.answer.is_none() && !has_fallback {
        let message = "the answer is missing";
        let help = "write a line `---` and the answer below it; only a language with a fallback \
                    in corpus.toml may have phrasings alone";
        problems.error(file, file.first_line(), "empty-answer", message, help);
    }
    let Some(entry) = raw.entries.get_mut(&EntryId::new(id)).filter(|it| it.topic == topic) else {
        let message = format!("there is no {id}.toml in this folder");
        let help = format!("write entries/{topic}/{id}.toml with audience, tier and sources");
        problems.error(file, file.first_line(), "missing-file", message, help);
        return;
    };
    entry.texts.insert(lang, (file, text));
}

/// A language of the corpus, or one that is understood through a table.
fn lexicon_language(
    tree: &SourceTree,
    settings: &Settings,
    (file, tag): (&SourceFile, &str),
    problems: &mut Problems,
) -> Option<Lang> {
    let understood = table::languages_of(tree).find(|it| it.as_str() == tag);
    understood.or_else(|| known_language(settings, file, tag, problems))
}

pub(super) fn known_language(
    settings: &Settings,
    file: &SourceFile,
    tag: &str,
    problems: &mut Problems,
) -> Option<Lang> {
    let is_known = |lang: &Lang| lang.as_str() == tag && settings.languages.contains(lang);
    let lang = Lang::parse(tag).ok().filter(is_known);
    if lang.is_none() {
        let message = format!("`{tag}` in the file name is no language of this corpus");
        let help = "add the tag to `languages` in corpus.toml, or rename the file";
        problems.error(file, file.first_line(), "unknown-language", message, help);
    }
    lang
}

/// Digest of the words a translation is made from: not of phrasings.
pub(super) fn source_digest(text: &RawText) -> Option<Digest> {
    let question = text.question.as_ref().map_or("", |it| &it.value);
    let answer = &text.answer.as_ref()?.value;
    Some(translation::source_digest(question, &text.title, &text.summary, answer))
}
