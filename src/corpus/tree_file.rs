//! Files of the decision tree: `tree/<id>.toml` with the choices, `tree/<id>.<lang>.md` with how
//! they read.

use std::collections::BTreeMap;
use std::ops::Range;

use super::condition::{Condition, ConditionError};
use super::digest::Digest;
use super::entry::{MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, Role};
use super::pair::{self, Texts};
use super::parse::{self, RawText, check_length};
use super::problem::Problems;
use super::raw::is_id;
use super::review::Approval;
use super::settings::{Settings, Topic};
use super::source::{SourceFile, SourceTree};
use super::toml_file::{Located, Table};
use super::tree::{Choice, ChoiceText, MAX_CHOICES, Node, NodeId, NodeText, Target};
use super::unit::Unit;
use crate::analysis::Lang;

/// The folder of the tree.
pub(super) const FOLDER: &str = "tree";

/// A node with all its files.
#[derive(Debug)]
pub(super) struct RawNode<'a> {
    pub(super) id: NodeId,
    pub(super) file: &'a SourceFile,
    pub(super) choices: Vec<RawChoice>,
    pub(super) topics: Vec<Located<String>>,
    pub(super) audience: Vec<Role>,
    pub(super) texts: Texts<'a>,
}

/// A choice with its places.
#[derive(Debug)]
pub(super) struct RawChoice {
    pub(super) choice: Choice,
    /// Of the choice in its file.
    pub(super) span: Range<usize>,
    pub(super) target_span: Range<usize>,
    pub(super) when_span: Option<Range<usize>>,
}

/// Reads all nodes, in the order of their ids.
pub(super) fn read<'a>(
    tree: &'a SourceTree,
    settings: &Settings,
    topics: &[Topic],
    problems: &mut Problems,
) -> Vec<RawNode<'a>> {
    let pairs = pair::read(tree, FOLDER, settings, problems);
    let nodes = pairs.into_iter().map(|pair| {
        let mut table = Table::parse(pair.file, problems);
        let tables = table.tables("choices", problems);
        let mut choices: Vec<RawChoice> = Vec::new();
        for table in tables {
            choices.extend(choice(pair.file, table, topics, &choices, problems));
        }
        let named = table.strings("topics", problems);
        let audience = table.strings("audience", problems);
        let audience = parse::audience(pair.file, audience, problems);
        table.finish(problems);
        let id = NodeId::new(pair.id);
        let (file, texts) = (pair.file, pair.texts);
        let node = RawNode { id, file, choices, topics: named, audience, texts };
        node.check_size(problems);
        node.texts.values().for_each(|(file, text)| check_text(file, text, &node, problems));
        node
    });
    nodes.collect()
}

fn choice(
    file: &SourceFile,
    mut table: Table<'_>,
    topics: &[Topic],
    before: &[RawChoice],
    problems: &mut Problems,
) -> Option<RawChoice> {
    let span = table.span.clone();
    let id = table.string("id", problems);
    let to = table.string("to", problems);
    let when = table.string("when", problems);
    table.finish(problems);
    let (Some(id), Some(to)) = (id, to) else {
        let help = "write id = \"pills\" and to = \"topic:pills\" below this line";
        problems.error(file, span, "missing-key", "a choice needs `id` and `to`", help);
        return None;
    };
    if !is_id(&id.value) {
        let message = format!("`{}` is no name for a choice", id.value);
        let help = "use letters, digits, `-`, `_` and `.`";
        problems.error(file, id.span, "bad-value", message, help);
        return None;
    }
    if before.iter().any(|it| it.choice.id == id.value) {
        let message = format!("the choice `{}` stands here twice", id.value);
        problems.error(file, id.span, "duplicate-id", message, "rename or remove one of the two");
        return None;
    }
    let Some(target) = Target::parse(&to.value) else {
        let message = format!("`{}` is nothing a choice can lead to", to.value);
        let help = "write node:<id>, entry:<id>, topic:<id>, resource:<id>, collection:<id>, \
                    approach:<id> or referral";
        problems.error(file, to.span, "bad-value", message, help);
        return None;
    };
    let when_span = when.as_ref().map(|it| it.span.clone());
    let when = when.and_then(|it| condition(file, &it, topics, problems));
    let choice = Choice { id: id.value, target, when };
    Some(RawChoice { choice, span, target_span: to.span, when_span })
}

fn condition(
    file: &SourceFile,
    text: &Located<String>,
    topics: &[Topic],
    problems: &mut Problems,
) -> Option<Condition> {
    let is_topic = |id: &str| topics.iter().any(|it| it.id == id);
    match Condition::parse(&text.value, is_topic) {
        Ok(condition) => {
            check_cases(file, &condition, &text.span, problems);
            Some(condition)
        }
        Err(error) => {
            let help = match error {
                ConditionError::TooMany | ConditionError::TooLong => {
                    "write fewer countries and topics, or two nodes"
                }
                _ => "write a comparison like role == \"manager\" or country in [\"KE\", \"TZ\"]",
            };
            problems.error(file, text.span.clone(), "bad-condition", error.to_string(), help);
            None
        }
    }
}

fn check_cases(
    file: &SourceFile,
    condition: &Condition,
    span: &Range<usize>,
    problems: &mut Problems,
) {
    if condition.is_never() {
        let message = "this condition holds for nobody, so the choice is never shown";
        let help = "correct it, or remove the choice";
        problems.error(file, span.clone(), "condition-never", message, help);
    } else if condition.is_always() {
        let message = "this condition holds for everybody";
        problems.warning(file, span.clone(), "condition-always", message, "remove `when`");
    }
}

/// A line of a node's text: `id: title | description`.
struct ChoiceLine<'t> {
    id: &'t str,
    text: ChoiceText,
}

impl<'t> ChoiceLine<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let (id, rest) = line.split_once(':')?;
        let (title, description) = rest.split_once('|').unwrap_or((rest, ""));
        let text =
            ChoiceText { title: title.trim().to_owned(), description: description.trim().into() };
        let id = id.trim();
        (is_id(id) && !text.title.is_empty()).then_some(Self { id, text })
    }
}

/// Every choice has a line in every text, every line a choice, and all fit a phone.
fn check_text(file: &SourceFile, text: &RawText, node: &RawNode<'_>, problems: &mut Problems) {
    let first = file.first_line();
    if text.question.as_ref().is_none_or(|it| it.value.is_empty()) {
        let help = "add a line `# …` with what the person is asked";
        problems.error(file, first.clone(), "missing-question", "the prompt is missing", help);
    }
    if text.title.is_empty() {
        let help = "add `title: …` (at most 24 characters) between the +++ lines";
        problems.error(file, first.clone(), "missing-title", "the title is missing", help);
    }
    let mut seen: Vec<&str> = Vec::new();
    for line in &text.phrasings {
        let span = line.span.clone();
        let Some(ChoiceLine { id, text }) = ChoiceLine::parse(&line.value) else {
            let message = "this line is no choice";
            let help = "write `- id: title | description`, the id as in the .toml file";
            problems.error(file, span, "bad-choice", message, help);
            continue;
        };
        check_length(file, &span, ("title", &text.title, MAX_TITLE_CHARS), problems);
        let description = ("description", text.description.as_str(), MAX_SUMMARY_CHARS);
        check_length(file, &span, description, problems);
        if seen.contains(&id) {
            let message = format!("the choice `{id}` stands here twice");
            problems.error(file, span, "duplicate-id", message, "remove one of the two");
        } else if node.choices.iter().all(|it| it.choice.id != id) {
            let message = format!("{}.toml has no choice `{id}`", node.id);
            let help = "correct the id, remove the line, or add the choice there";
            problems.error(file, span, "text-without-choice", message, help);
        }
        seen.push(id);
    }
    for RawChoice { choice, .. } in &node.choices {
        if !seen.contains(&choice.id.as_str()) {
            let message = format!("the choice `{}` has no text here", choice.id);
            let help = format!("add a line `- {}: title | description`", choice.id);
            problems.error(file, first.clone(), "choice-without-text", message, help);
        }
    }
}

impl RawNode<'_> {
    fn check_size(&self, problems: &mut Problems) {
        if self.choices.is_empty() {
            let help = "add `[[choices]]`, or remove the node";
            let message = format!("the node `{}` has no choices: a dead end", self.id);
            problems.error(self.file, self.file.first_line(), "dead-end", message, help);
        }
        if let Some(first_over) = self.choices.get(MAX_CHOICES) {
            let message = format!("{} choices, the limit is {MAX_CHOICES}", self.choices.len());
            let help = "move some into a node of their own: phones show ten";
            let span = first_over.span.clone();
            problems.error(self.file, span, "too-many-choices", message, help);
        }
    }

    /// The unit `node/<id>/<lang>`: the text, and where its choices lead.
    pub(super) fn unit(&self, lang: &Lang, file: &SourceFile, text: &RawText) -> Unit {
        let neutral: Vec<(&str, String, &str)> = self
            .choices
            .iter()
            .map(|RawChoice { choice, .. }| {
                let when = choice.when.as_ref().map_or("", Condition::text);
                (choice.id.as_str(), choice.target.to_string(), when)
            })
            .collect();
        let topics: Vec<&str> = self.topics.iter().map(|it| it.value.as_str()).collect();
        let neutral = (neutral, topics, &self.audience);
        let neutral = serde_json::to_string(&neutral).unwrap_or_default();
        let lines: Vec<&str> = text.phrasings.iter().map(|it| it.value.as_str()).collect();
        let fields = [
            ("id", self.id.as_str()),
            ("lang", lang.as_str()),
            ("title", &text.title),
            ("summary", &text.summary),
            ("prompt", &prompt(text)),
            ("lines", &lines.join("\n")),
            ("neutral", &neutral),
        ];
        let name = format!("node/{}/{lang}", self.id);
        Unit::new(name, lang, &file.shown, "sahihi-node-v1", &fields)
    }

    /// The node without any text yet.
    pub(super) fn served(&self) -> Node {
        Node {
            id: self.id.clone(),
            choices: self.choices.iter().map(|it| it.choice.clone()).collect(),
            topics: self.topics.iter().map(|it| it.value.clone()).collect(),
            audience: self.audience.clone(),
            texts: BTreeMap::new(),
        }
    }
}

/// A text as it is served under an approval.
pub(super) fn served_text(text: &RawText, digest: Digest, approval: Approval) -> NodeText {
    let lines = text.phrasings.iter().filter_map(|it| ChoiceLine::parse(&it.value));
    NodeText {
        title: text.title.clone(),
        summary: text.summary.clone(),
        prompt: prompt(text),
        choices: lines.map(|it| (it.id.to_owned(), it.text)).collect(),
        digest,
        approval,
    }
}

/// Digest of the words a translation of a node is made from.
pub(super) fn source_digest(text: &RawText) -> Option<Digest> {
    let lines: Vec<&str> = text.phrasings.iter().map(|it| it.value.as_str()).collect();
    let part = |text: &Option<Located<String>>| {
        text.as_ref().map_or_else(String::new, |it| it.value.clone())
    };
    let fields = [
        ("question", part(&text.question)),
        ("title", text.title.clone()),
        ("summary", text.summary.clone()),
        ("answer", part(&text.answer)),
        ("choices", lines.join("\n")),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    Some(Digest::of_fields("sahihi-source-v1", &fields))
}

/// The heading, and below it what stands under the rule.
fn prompt(text: &RawText) -> String {
    let parts = [text.question.as_ref(), text.answer.as_ref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(|it| it.value.as_str()).collect();
    parts.join("\n\n")
}
