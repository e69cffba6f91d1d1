//! The decision tree as a picture: the text that Mermaid or Graphviz draws.

use std::collections::BTreeSet;

use super::tree::{Choice, Node, Target};
use super::{Corpus, EntryId};
use crate::analysis::Lang;

/// A Mermaid flowchart of the tree that is served.
///
/// Texts are in the first language of the corpus that a node has. The order is that of the nodes
/// and their choices, so the same corpus gives the same bytes.
#[must_use]
pub fn mermaid(corpus: &Corpus) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, place) in places(corpus).iter().enumerate() {
        let label = mermaid_text(&label(corpus, place));
        let line = match place {
            Target::Node(_) => format!("  p{at}([\"{label}\"])\n"),
            _ => format!("  p{at}[\"{label}\"]\n"),
        };
        text.push_str(&line);
    }
    for Edge { from, to, choice, node } in edges(corpus) {
        let label = mermaid_text(&choice_label(corpus, node, choice));
        text.push_str(&format!("  p{from} -->|\"{label}\"| p{to}\n"));
    }
    text
}

/// A Graphviz digraph of the tree that is served; see [`mermaid`].
#[must_use]
pub fn dot(corpus: &Corpus) -> String {
    let mut text = String::from("digraph tree {\n  rankdir=LR;\n  node [shape=box];\n");
    for (at, place) in places(corpus).iter().enumerate() {
        let label = dot_text(&label(corpus, place));
        let shape = if matches!(place, Target::Node(_)) { " shape=ellipse" } else { "" };
        text.push_str(&format!("  p{at} [label=\"{label}\"{shape}];\n"));
    }
    for Edge { from, to, choice, node } in edges(corpus) {
        let label = dot_text(&choice_label(corpus, node, choice));
        text.push_str(&format!("  p{from} -> p{to} [label=\"{label}\"];\n"));
    }
    text.push_str("}\n");
    text
}

/// Every place of the tree: the nodes, then everything else they lead to, each once.
fn places(corpus: &Corpus) -> Vec<Target> {
    let nodes = corpus.tree.iter().map(|it| Target::Node(it.id.clone()));
    let targets = corpus.tree.iter().flat_map(|it| &it.choices).map(|it| it.target.clone());
    let leaves: BTreeSet<Target> = targets.filter(|it| !matches!(it, Target::Node(_))).collect();
    nodes.chain(leaves).collect()
}

struct Edge<'a> {
    from: usize,
    to: usize,
    node: &'a Node,
    choice: &'a Choice,
}

/// The choices whose end is served; one that leads to an unserved node is not drawn.
fn edges(corpus: &Corpus) -> Vec<Edge<'_>> {
    let places = places(corpus);
    let at = |target: &Target| places.iter().position(|it| it == target);
    let mut edges = Vec::new();
    for (from, node) in corpus.tree.iter().enumerate() {
        for choice in &node.choices {
            edges.extend(at(&choice.target).map(|to| Edge { from, to, node, choice }));
        }
    }
    edges
}

fn label(corpus: &Corpus, place: &Target) -> String {
    let languages: Vec<&Lang> = corpus.settings.languages.iter().collect();
    let title = match place {
        Target::Node(id) => corpus.node(id).and_then(|it| {
            let text = languages.iter().find_map(|lang| it.texts.get(*lang))?;
            Some(text.prompt.lines().next().unwrap_or_default().to_owned())
        }),
        Target::Entry(id) => entry_title(corpus, id, &languages),
        _ => None,
    };
    let name = place.to_string();
    title.map_or_else(|| name.clone(), |title| format!("{name}\n{title}"))
}

fn entry_title(corpus: &Corpus, id: &EntryId, languages: &[&Lang]) -> Option<String> {
    let entry = corpus.entry(id)?;
    let text = languages.iter().find_map(|lang| entry.texts.get(*lang))?;
    Some(text.title.clone())
}

/// The title of a choice, and for whom it is shown.
fn choice_label(corpus: &Corpus, node: &Node, choice: &Choice) -> String {
    let text = corpus.settings.languages.iter().find_map(|lang| node.texts.get(lang));
    let title = text.and_then(|it| it.choices.get(&choice.id)).map(|it| it.title.clone());
    let title = title.unwrap_or_else(|| choice.id.clone());
    match &choice.when {
        Some(when) => format!("{title}\nif {}", when.text()),
        None => title,
    }
}

/// Mermaid reads entities inside quotes; nothing else in a label may end it.
fn mermaid_text(text: &str) -> String {
    let escaped: Vec<String> = text
        .lines()
        .map(|line| {
            let mut safe = String::new();
            for c in line.chars() {
                match c {
                    '"' | '#' | '<' | '>' | '&' | '|' | '`' | '\\' => {
                        safe.push_str(&format!("#{};", u32::from(c)));
                    }
                    c => safe.push(c),
                }
            }
            safe
        })
        .collect();
    escaped.join("<br/>")
}

fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_label() {
        assert_eq!(mermaid_text("a \"b\" | <c>\nd"), "a #34;b#34; #124; #60;c#62;<br/>d");
        assert_eq!(dot_text("a \"b\" \\\nc"), "a \\\"b\\\" \\\\\\nc");
    }
}
