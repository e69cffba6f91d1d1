//! The decision tree on the wire: a place with choices whose ids can be followed.

use serde::Serialize;
use utoipa::ToSchema;

use crate::corpus::{EntryId, NodeId, Target};
use crate::retrieval::{Fork, Walk};

/// Most choices of a reply: what a list of `WhatsApp` can show.
const MAX_CHOICES: usize = 10;

/// A place in the tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreePart {
    /// Its name: that of a node, or `topic:…`, `collection:…` with the page behind another colon.
    pub node: String,
    /// What is asked.
    pub prompt: String,
    /// The ways on.
    pub choices: Vec<ChoicePart>,
}

/// A way on.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoicePart {
    /// Its name: `GET /v1/tree/{id}` goes there.
    pub id: String,
    /// At most 24 characters.
    pub title: String,
    /// At most 72 characters; may be empty.
    pub description: String,
}

impl TreePart {
    /// The first page of a place.
    #[must_use]
    pub fn of(fork: &Fork, walk: &Walk<'_>) -> Self {
        Self::page(fork, walk, 1).unwrap_or_else(|| Self {
            node: fork.id.clone(),
            prompt: fork.prompt.clone(),
            choices: Vec::new(),
        })
    }

    /// A page of a place, from 1; a page before the last ends with a choice that leads to the next.
    #[must_use]
    pub fn page(fork: &Fork, walk: &Walk<'_>, page: usize) -> Option<Self> {
        let name = |page: usize| match page {
            1 => fork.id.clone(),
            page => format!("{}:{page}", fork.id),
        };
        let fits = fork.ways.len() <= MAX_CHOICES;
        let size = if fits { MAX_CHOICES } else { MAX_CHOICES - 1 };
        let first = page.checked_sub(1)?.checked_mul(size)?;
        let ways = fork.ways.get(first..).filter(|it| !it.is_empty())?;
        let mut choices: Vec<ChoicePart> = ways
            .iter()
            .take(size)
            .map(|way| ChoicePart {
                id: id_of(&way.target),
                title: way.title.clone(),
                description: way.description.clone(),
            })
            .collect();
        if ways.len() > size {
            let more = walk.corpus().messages.get("more", walk.chain(), walk.today());
            let title = more.map_or_else(|| "+".to_owned(), |(_, text)| text.to_owned());
            choices.push(ChoicePart { id: name(page + 1), title, description: String::new() });
        }
        Some(Self { node: name(page), prompt: fork.prompt.clone(), choices })
    }

    /// The prompt with its choices, numbered.
    #[must_use]
    pub fn lines(&self) -> String {
        let choices =
            (1..).zip(&self.choices).map(|(number, it)| format!("{number}. {}", it.title));
        let lines: Vec<String> = std::iter::once(self.prompt.clone()).chain(choices).collect();
        lines.join("\n")
    }
}

/// The name of a place on the wire: a node's own, else the kind before it.
fn id_of(target: &Target) -> String {
    match target {
        Target::Node(id) => id.to_string(),
        other => other.to_string(),
    }
}

/// A place by its name on the wire, with the page of a list.
#[must_use]
pub fn place(walk: &Walk<'_>, name: &str) -> Option<(Target, usize)> {
    if walk.corpus().node(&NodeId::new(name)).is_some() {
        return Some((Target::Node(NodeId::new(name)), 1));
    }
    if walk.corpus().entry(&EntryId::new(name)).is_some() {
        return Some((Target::Entry(EntryId::new(name)), 1));
    }
    let paged = name.rsplit_once(':').and_then(|(list, page)| {
        let page = page.parse().ok().filter(|page| *page > 1)?;
        let target = Target::parse(list)?;
        matches!(target, Target::Topic(_) | Target::Collection(_)).then_some((target, page))
    });
    paged.or_else(|| Some((Target::parse(name)?, 1)))
}
