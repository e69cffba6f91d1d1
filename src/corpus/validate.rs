//! The files of a folder put together: units, approvals, and what no single file can see.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use time::Date;

use super::catalogue_file::{self, APPROACHES, CHALLENGES, COLLECTIONS, RESOURCES, RawCatalogue};
use super::digest::Digest;
use super::entry::{Entry, EntryId, Neutral, Phrasing, Text};
use super::lexicon::{self, Lexicon, RawConcept};
use super::message::{self, MESSAGE_IDS, RawMessage};
use super::pair::{PairName, Texts};
use super::parse::{self, RawText, Reference};
use super::problem::Problems;
use super::redflag::{self, DangerClass, RawRedFlag, RedFlag};
use super::referral::{self, RawReferral, Referral};
use super::review::{Approval, Reviews};
use super::reviewer;
use super::settings::{self, Settings, Topic};
use super::source::{SourceFile, SourceTree};
use super::table::{self, Table};
use super::taught::{self, TAUGHT_FILE};
use super::toml_file::Located;
use super::tree_file::{self, RawNode};
use super::tree_lint::{self, Known};
use super::unit::{Unit, UnitPhrasing, Unserved};
use super::{Corpus, Loaded, Messages, translation};
use crate::analysis::{Analysis, Lang};

/// The file with the places of help.
const REFERRALS: &str = "referrals.csv";

/// An entry with all its files, before anything is left out.
struct RawEntry<'a> {
    id: EntryId,
    topic: String,
    file: &'a SourceFile,
    neutral: Neutral,
    references: Vec<Reference>,
    texts: Texts<'a>,
}

/// Everything read from the files of one folder.
struct Raw<'a> {
    settings: Settings,
    topics: Vec<Topic>,
    entries: BTreeMap<EntryId, RawEntry<'a>>,
    messages: Vec<(Lang, &'a SourceFile, Vec<RawMessage>)>,
    lexicon: Vec<(Lang, &'a SourceFile, Vec<RawConcept>)>,
    tables: Vec<(&'a SourceFile, Table)>,
    red_flags: BTreeMap<(DangerClass, Lang), (&'a SourceFile, RawRedFlag)>,
    referrals: Vec<RawReferral>,
    nodes: Vec<RawNode<'a>>,
    catalogue: RawCatalogue<'a>,
}

impl Raw<'_> {
    /// Every name that something may refer to.
    fn known(&self) -> Known<'_> {
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

/// Loads a corpus of files; units that are `vouched` for are taken as approved.
pub(super) fn load(
    tree: &SourceTree,
    today: Date,
    vouched: Vec<String>,
    mut problems: Problems,
) -> Loaded {
    let mut raw = read(tree, today, &mut problems);
    let reviewers = match tree.get("reviewers.toml") {
        Some(file) => reviewer::parse(file, &mut problems),
        None => Vec::new(),
    };
    let reviews = Reviews { vouched, ..Reviews::parse(tree, reviewers, &mut problems) };
    check_roles(tree, &raw.settings, &reviews, &mut problems);
    check_references(&raw, &mut problems);
    check_collisions(&raw, &mut problems);
    check_translations(&raw, &mut problems);
    check_messages(tree, &raw, &mut problems);
    let known = raw.known();
    tree_lint::check(tree, &raw.nodes, &raw.settings, &known, &mut problems);
    raw.catalogue.check(&known, &mut problems);
    drop(known);
    let mut serving = Serving {
        reviews: &reviews,
        today,
        units: Vec::new(),
        unserved: Vec::new(),
        problems: &mut problems,
    };
    let entries = serving.entries(&raw);
    let messages = serving.messages(&raw);
    let lexicon = serving.lexicon(&raw);
    let tables = serving.tables(std::mem::take(&mut raw.tables), &raw.settings);
    let red_flags = serving.red_flags(&mut raw);
    let referrals = tree.get(REFERRALS).map_or_else(Vec::new, |it| serving.referrals(it, &raw));
    let nodes = serving.tree(&raw.nodes, &raw.settings);
    let catalogue = serving.catalogue(&raw.catalogue, &raw.settings);
    let (units, unserved) = (serving.units, serving.unserved);
    let taught = tree.get(TAUGHT_FILE).and_then(|file| taught::parse(file, &mut problems));
    let corpus = Corpus {
        settings: raw.settings,
        topics: raw.topics,
        entries,
        messages,
        lexicon,
        tables,
        taught,
        red_flags,
        referrals,
        tree: nodes,
        catalogue,
    };
    let digest = tree.digest;
    Loaded { corpus, problems: problems.into_sorted(), unserved, units, reviews, digest }
}

fn read<'a>(tree: &'a SourceTree, today: Date, problems: &mut Problems) -> Raw<'a> {
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
        match place(&file.path) {
            Place::Text { topic, id, lang } => {
                read_text(&mut raw, file, (topic, id, lang), problems);
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
    raw
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

/// Roles the policy asks for that no reviewer has: nothing of that tier could ever be served.
fn check_roles(tree: &SourceTree, settings: &Settings, reviews: &Reviews, problems: &mut Problems) {
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

fn check_references(raw: &Raw<'_>, problems: &mut Problems) {
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
fn check_collisions(raw: &Raw<'_>, problems: &mut Problems) {
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
fn check_translations(raw: &Raw<'_>, problems: &mut Problems) {
    let first = raw.settings.languages.first();
    for entry in raw.entries.values() {
        check_sources(&entry.texts, first, source_digest, problems);
    }
    for node in &raw.nodes {
        check_sources(&node.texts, first, tree_file::source_digest, problems);
    }
    let catalogue = &raw.catalogue;
    let resources = catalogue.resources.iter().map(|it| &it.texts);
    for texts in resources.chain(catalogue.approaches.iter().map(|it| &it.texts)) {
        check_sources(texts, first, source_digest, problems);
    }
}

/// The same for the texts of one thing; a text that holds phrasings only translates nothing.
fn check_sources(
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

fn check_messages(tree: &SourceTree, raw: &Raw<'_>, problems: &mut Problems) {
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

/// Digest of the words a translation is made from: not of phrasings.
pub(super) fn source_digest(text: &RawText) -> Option<Digest> {
    let question = text.question.as_ref().map_or("", |it| &it.value);
    let answer = &text.answer.as_ref()?.value;
    Some(translation::source_digest(question, &text.title, &text.summary, answer))
}

/// Leaves out what is not approved, and writes down why.
pub(super) struct Serving<'a> {
    pub(super) reviews: &'a Reviews,
    pub(super) today: Date,
    pub(super) units: Vec<Unit>,
    pub(super) unserved: Vec<Unserved>,
    problems: &'a mut Problems,
}

impl Serving<'_> {
    fn entries(&mut self, raw: &Raw<'_>) -> Vec<Entry> {
        let mut entries = Vec::new();
        for entry in raw.entries.values() {
            let mut served = Entry {
                id: entry.id.clone(),
                topic: entry.topic.clone(),
                neutral: entry.neutral.clone(),
                texts: BTreeMap::new(),
                phrasings: Vec::new(),
            };
            for (lang, (file, text)) in &entry.texts {
                self.text(raw, entry, (lang, file, text), &mut served);
            }
            if !served.texts.is_empty() {
                entries.push(served);
            }
        }
        entries
    }

    fn text(
        &mut self,
        raw: &Raw<'_>,
        entry: &RawEntry<'_>,
        (lang, file, text): (&Lang, &SourceFile, &RawText),
        served: &mut Entry,
    ) {
        let unit = text_unit(entry, lang, file, text);
        let standing = self.reviews.standing(&unit, &raw.settings, self.today);
        let reviewed_text = match (&text.answer, standing.text) {
            (Some(answer), Ok(approval)) => {
                let text = Text {
                    question: text
                        .question
                        .as_ref()
                        .map_or_else(String::new, |it| it.value.clone()),
                    title: text.title.clone(),
                    summary: text.summary.clone(),
                    answer: answer.value.clone(),
                    digest: unit.digest,
                    approval,
                };
                served.texts.insert(lang.clone(), text);
                true
            }
            (Some(_), Err(reason)) => {
                self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                false
            }
            (None, _) => true,
        };
        for (phrasing, (standing, UnitPhrasing { line, .. })) in
            text.phrasings.iter().zip(standing.phrasings.into_iter().zip(&unit.phrasings))
        {
            match standing {
                Ok(approval) if reviewed_text => {
                    let text = phrasing.value.clone();
                    served.phrasings.push(Phrasing { lang: lang.clone(), text, approval });
                }
                // The unit is listed already; its phrasings go with it.
                Ok(_) | Err(_) if !reviewed_text => (),
                Ok(_) => (),
                Err(reason) => self.unserved.push(Unserved {
                    unit: format!("{}#{line}", unit.name),
                    reason: format!("phrasing “{}”: {reason}", phrasing.value),
                }),
            }
        }
        self.units.push(unit);
    }

    fn messages(&mut self, raw: &Raw<'_>) -> Messages {
        let mut served = Messages::default();
        for (lang, file, messages) in &raw.messages {
            for message in messages {
                let unit = message_unit(lang, file, message);
                match self.reviews.standing(&unit, &raw.settings, self.today).text {
                    Ok(approval) => {
                        served.insert(lang, &message.id.value, &message.text, approval);
                    }
                    Err(reason) => {
                        let text = format!("the sentence `{}` is not served: {reason}", unit.name);
                        let help = "let a reviewer approve it: `sahihi review approve` …";
                        let span = message.id.span.clone();
                        self.problems.error(file, span, "unserved-message", text, help);
                        self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                    }
                }
                self.units.push(unit);
            }
        }
        served
    }

    fn red_flags(&mut self, raw: &mut Raw<'_>) -> Vec<RedFlag> {
        let mut served = Vec::new();
        for ((class, lang), (file, flag)) in std::mem::take(&mut raw.red_flags) {
            let unit = flag.unit(class, &lang, file);
            let place = (file, file.first_line(), "unserved-red-flag");
            let approval = self.needed(unit, place, &raw.settings);
            served.extend(approval.map(|approval| flag.served(class, lang, approval)));
        }
        served
    }

    fn referrals(&mut self, file: &SourceFile, raw: &Raw<'_>) -> Vec<Referral> {
        let mut served = Vec::new();
        for row in &raw.referrals {
            let place = (file, row.span.clone(), "unserved-referral");
            let approval = self.needed(row.unit(file), place, &raw.settings);
            served.extend(approval.map(|approval| row.served(approval)));
        }
        served
    }

    /// The approval of a unit without which nothing may be built: its lack is an error.
    fn needed(
        &mut self,
        unit: Unit,
        (file, span, code): (&SourceFile, Range<usize>, &'static str),
        settings: &Settings,
    ) -> Option<Approval> {
        let standing = self.reviews.standing(&unit, settings, self.today).text;
        if let Err(reason) = &standing {
            let text = format!("`{}` is not served: {reason}", unit.name);
            let help = "people in danger depend on it: let a reviewer approve it, \
                        `sahihi review approve` …";
            self.problems.error(file, span, code, text, help);
            let reason = reason.clone();
            self.unserved.push(Unserved { unit: unit.name.clone(), reason });
        }
        self.units.push(unit);
        standing.ok()
    }
}

impl Serving<'_> {
    fn lexicon(&mut self, raw: &Raw<'_>) -> Lexicon {
        let mut served = Lexicon::default();
        for (lang, file, concepts) in &raw.lexicon {
            for concept in concepts {
                let unit = concept.unit(lang, &file.shown);
                match self.reviews.standing(&unit, &raw.settings, self.today).text {
                    Ok(_) => served.add(lang, concept),
                    Err(reason) => {
                        self.unserved.push(Unserved { unit: unit.name.clone(), reason });
                    }
                }
                self.units.push(unit);
            }
        }
        served
    }
}

fn text_unit(entry: &RawEntry<'_>, lang: &Lang, file: &SourceFile, text: &RawText) -> Unit {
    let neutral = serde_json::to_string(&entry.neutral).unwrap_or_default();
    let id = entry.id.as_str();
    let fields = [
        ("id", id),
        ("lang", lang.as_str()),
        ("topic", entry.topic.as_str()),
        ("question", text.question.as_ref().map_or("", |it| &it.value)),
        ("title", &text.title),
        ("summary", &text.summary),
        ("answer", text.answer.as_ref().map_or("", |it| &it.value)),
        ("neutral", &neutral),
    ];
    let phrasing = |it: &Located<String>| {
        let line = file.line_column(it.span.start).0;
        UnitPhrasing::of_entry(line, id, lang.as_str(), &it.value)
    };
    Unit {
        topic: Some(entry.topic.clone()),
        tier: Some(entry.neutral.tier.clone()),
        phrasings: text.phrasings.iter().map(phrasing).collect(),
        source: text.source.as_ref().map(|it| it.value.clone()),
        ..Unit::new(format!("entry/{id}/{lang}"), lang, &file.shown, "sahihi-entry-v1", &fields)
    }
}

fn message_unit(lang: &Lang, file: &SourceFile, message: &RawMessage) -> Unit {
    let id = &message.id.value;
    let fields = [("id", id.as_str()), ("lang", lang.as_str()), ("text", message.text.as_str())];
    Unit::new(format!("message/{id}/{lang}"), lang, &file.shown, "sahihi-message-v1", &fields)
}
