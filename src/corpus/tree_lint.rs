//! What no single node can see: where choices lead, who is left without one, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Cases, MAX_CASES};
use super::problem::Problems;
use super::settings::Settings;
use super::source::{SourceFile, SourceTree};
use super::tree::{NodeId, Target};
use super::tree_file::{FOLDER, RawNode};

/// The names that a choice or a link may lead to.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub(super) entries: BTreeSet<&'a str>,
    pub(super) topics: BTreeSet<&'a str>,
    pub(super) resources: BTreeSet<&'a str>,
    pub(super) collections: BTreeSet<&'a str>,
    pub(super) approaches: BTreeSet<&'a str>,
    pub(super) challenges: BTreeSet<&'a str>,
    pub(super) nodes: BTreeSet<&'a str>,
}

impl Known<'_> {
    /// What is wrong with a target: the kind of thing that is not there.
    fn missing(&self, target: &Target) -> Option<&'static str> {
        let (names, id, kind) = match target {
            Target::Node(id) => (&self.nodes, id.as_str(), "node"),
            Target::Entry(id) => (&self.entries, id.as_str(), "entry"),
            Target::Topic(id) => (&self.topics, id.as_str(), "topic"),
            Target::Resource(id) => (&self.resources, id.as_str(), "resource"),
            Target::Collection(id) => (&self.collections, id.as_str(), "collection"),
            Target::Approach(id) => (&self.approaches, id.as_str(), "approach"),
            Target::Referral => return None,
        };
        (!names.contains(id)).then_some(kind)
    }
}

/// Checks the whole tree; a corpus without one is fine.
pub(super) fn check(
    tree: &SourceTree,
    nodes: &[RawNode<'_>],
    settings: &Settings,
    known: &Known<'_>,
    problems: &mut Problems,
) {
    if nodes.is_empty() {
        return;
    }
    for node in nodes {
        check_targets(node, known, problems);
        check_languages(node, settings, problems);
        check_nobody_left(node, problems);
    }
    let graph = Graph::of(nodes);
    if graph.place.contains_key(NodeId::ROOT) {
        graph.check_reached(problems);
    } else {
        let path = format!("{FOLDER}/{}.toml", NodeId::ROOT);
        let shown = tree.root.join(&path).to_string_lossy().into_owned();
        let message = "the tree has no beginning";
        let help = format!("write {path}: the node everybody starts from");
        problems.error(&SourceFile::new(&path, &shown, ""), 0..0, "missing-file", message, help);
    }
    graph.check_exits(problems);
}

fn check_targets(node: &RawNode<'_>, known: &Known<'_>, problems: &mut Problems) {
    for raw in &node.choices {
        let target = &raw.choice.target;
        if let Some(kind) = known.missing(target) {
            let message = format!("`{target}` leads to no {kind} of this corpus");
            let help = "correct the name, or remove the choice";
            let span = raw.target_span.clone();
            problems.error(node.file, span, "dangling-reference", message, help);
        }
    }
    for topic in &node.topics {
        if !known.topics.contains(topic.value.as_str()) {
            let message = format!("`{}` is no topic of topics.toml", topic.value);
            let help = "correct the name or take it out";
            problems.error(node.file, topic.span.clone(), "dangling-reference", message, help);
        }
    }
}

/// Languages that answer need every node; those with a fallback may do without.
fn check_languages(node: &RawNode<'_>, settings: &Settings, problems: &mut Problems) {
    let missing: Vec<&str> = settings
        .languages
        .iter()
        .filter(|it| !settings.fallback.contains_key(*it) && !node.texts.contains_key(*it))
        .map(crate::analysis::Lang::as_str)
        .collect();
    if !missing.is_empty() {
        let message = format!("the node `{}` is missing in {}", node.id, missing.join(", "));
        let help = format!("write {FOLDER}/{}.{}.md", node.id, missing.join(".md, …"));
        problems.warning(node.file, node.file.first_line(), "missing-language", message, help);
    }
}

/// Nobody may come to a node that shows them nothing.
fn check_nobody_left(node: &RawNode<'_>, problems: &mut Problems) {
    let conditions: Vec<_> = node.choices.iter().map_while(|it| it.choice.when.as_ref()).collect();
    // One choice that is open to everybody is enough.
    if conditions.len() < node.choices.len() || conditions.is_empty() {
        return;
    }
    let cases = Cases::joined(conditions.iter().map(|it| it.cases()));
    let all = (0..cases.count().min(MAX_CASES)).map(|number| cases.facts(number));
    let left = all.into_iter().find(|facts| conditions.iter().all(|it| !it.holds(facts)));
    let last = node.choices.last().and_then(|it| it.when_span.clone());
    if let (Some(facts), Some(span)) = (left, last) {
        let message = format!("a person with {} is shown no choice here", facts.told());
        let help = "leave `when` out of one choice, or make the conditions cover everybody";
        problems.error(node.file, span, "dead-end", message, help);
    }
}

/// Who leads to whom.
struct Graph<'a> {
    nodes: &'a [RawNode<'a>],
    place: BTreeMap<&'a str, usize>,
}

impl<'a> Graph<'a> {
    fn of(nodes: &'a [RawNode<'a>]) -> Self {
        let place = nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
        Self { nodes, place }
    }

    /// The nodes a node leads to.
    fn next(&self, at: usize) -> impl Iterator<Item = usize> {
        let choices = self.nodes.get(at).map(|it| it.choices.as_slice()).unwrap_or_default();
        choices.iter().filter_map(|it| match &it.choice.target {
            Target::Node(id) => self.place.get(id.as_str()).copied(),
            _ => None,
        })
    }

    fn check_reached(&self, problems: &mut Problems) {
        let mut reached: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<usize> = self.place.get(NodeId::ROOT).copied().into_iter().collect();
        while let Some(at) = open.pop() {
            if reached.insert(at) {
                open.extend(self.next(at));
            }
        }
        let all = self.nodes.iter().enumerate();
        for (_, node) in all.filter(|(at, _)| !reached.contains(at)) {
            let message = format!("no choice leads from the root to the node `{}`", node.id);
            let help = "let a choice of a reached node lead here, or remove the node";
            let span = node.file.first_line();
            problems.warning(node.file, span, "unreachable-node", message, help);
        }
    }

    /// From every node something that is no node must be in reach.
    fn check_exits(&self, problems: &mut Problems) {
        let leaves = |node: &RawNode<'_>| {
            node.choices.iter().any(|it| !matches!(it.choice.target, Target::Node(_)))
        };
        let mut exits: BTreeSet<usize> =
            self.nodes.iter().enumerate().filter(|(_, it)| leaves(it)).map(|(at, _)| at).collect();
        loop {
            let more: Vec<usize> = (0..self.nodes.len())
                .filter(|at| !exits.contains(at) && self.next(*at).any(|it| exits.contains(&it)))
                .collect();
            if more.is_empty() {
                break;
            }
            exits.extend(more);
        }
        for (at, node) in self.nodes.iter().enumerate() {
            if !exits.contains(&at) && !node.choices.is_empty() {
                let message = format!("whoever comes to `{}` only goes from node to node", node.id);
                let help = "let a choice lead to an entry, topic, list or referral";
                let span = node.choices.first().map_or(0..0, |it| it.target_span.clone());
                problems.error(node.file, span, "loop-without-exit", message, help);
            }
        }
    }
}
