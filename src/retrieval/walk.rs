//! The decision tree as one person sees it on one day: nodes, lists, and where to begin.
//!
//! A choice is shown when its condition holds and what it leads to may be served to this person.
//! Search and tree are one graph: [`Walk::near`] finds the node that fits what a question that was
//! not understood was probably about.

use std::collections::BTreeSet;

use time::Date;

use super::profile::Profile;
use super::query::{Decision, Reason};
use crate::analysis::Lang;
use crate::corpus::condition::Facts;
use crate::corpus::{Corpus, Entry, Node, NodeId, Resource, Role, Target};

/// Probability that there is an answer below which candidates say nothing about the topic.
const EVIDENCE_FROM: f64 = 0.15;

/// A place with ways on: a node, the entries of a topic, the resources of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// Its name: that of the node, else of the list, like `topic:pills`.
    pub id: String,
    /// What is asked there.
    pub prompt: String,
    /// The language of the prompt.
    pub language: Option<Lang>,
    /// The ways on, in order; more than a phone shows only in a list.
    pub ways: Vec<Way>,
}

/// A choice that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where it leads.
    pub target: Target,
    /// Title for lists.
    pub title: String,
    /// One line for lists; may be empty.
    pub description: String,
}

/// The corpus as one person sees it.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    corpus: &'a Corpus,
    chain: Vec<&'a Lang>,
    profile: &'a Profile,
    facts: Facts,
    today: Date,
}

impl<'a> Walk<'a> {
    /// The corpus for a person who reads the languages of `chain`, best first.
    #[must_use]
    pub fn new(
        corpus: &'a Corpus,
        chain: Vec<&'a Lang>,
        profile: &'a Profile,
        today: Date,
    ) -> Self {
        Self { corpus, chain, profile, facts: profile.facts(), today }
    }

    /// The corpus.
    #[must_use]
    pub const fn corpus(&self) -> &'a Corpus {
        self.corpus
    }

    /// The languages this person reads, best first.
    #[must_use]
    pub fn chain(&self) -> &[&'a Lang] {
        &self.chain
    }

    /// What is known of this person.
    #[must_use]
    pub const fn profile(&self) -> &'a Profile {
        self.profile
    }

    /// The day.
    #[must_use]
    pub const fn today(&self) -> Date {
        self.today
    }

    /// Where the tree begins for this person; `None` where there is no tree.
    #[must_use]
    pub fn root(&self) -> Option<Fork> {
        self.fork(&Target::Node(NodeId::root()))
    }

    /// What is shown at a node or list that is open to this person; `None` for anything else.
    #[must_use]
    pub fn fork(&self, target: &Target) -> Option<Fork> {
        let fork = match target {
            Target::Node(id) => self.node(self.corpus.node(id)?),
            Target::Topic(id) => self.topic(id),
            Target::Collection(id) => self.collection(id),
            Target::Entry(_) | Target::Resource(_) | Target::Approach(_) | Target::Referral => None,
        };
        fork.filter(|it| !it.ways.is_empty())
    }

    /// Whether this person may be led there today.
    #[must_use]
    pub fn is_open(&self, target: &Target) -> bool {
        self.leads_on(target, &mut BTreeSet::new())
    }

    /// The entry, if this person may get it today.
    #[must_use]
    pub fn entry(&self, entry: &'a Entry) -> Option<&'a Entry> {
        let open = self.profile.barrier(entry).is_none();
        (open && entry.text_in(&self.chain, self.today).is_some()).then_some(entry)
    }

    /// The entries of a topic that this person may get today, in the order of the corpus.
    pub fn entries_of(&self, topic: &str) -> impl Iterator<Item = &'a Entry> {
        let of_topic = self.corpus.entries.iter().filter(move |it| it.topic == topic);
        of_topic.filter_map(|it| self.entry(it))
    }

    /// The resources of a collection that this person may get today, in the order of the corpus.
    pub fn resources_of(&self, collection: &str) -> impl Iterator<Item = &'a Resource> {
        let all = self.corpus.catalogue.resources.iter();
        let of_collection =
            all.filter(move |it| it.about.collections.iter().any(|name| name == collection));
        of_collection.filter(|it| self.may_read(it))
    }

    /// Whether a resource is served in a language of this person, and for where they are.
    #[must_use]
    pub fn may_read(&self, resource: &Resource) -> bool {
        let countries = &resource.about.countries;
        let here = self.profile.country.as_ref();
        let fits = countries.is_empty() || here.is_none_or(|here| countries.contains(here));
        fits && resource.text_in(&self.chain, self.today).is_some()
    }

    /// The node to go on at when a question was not understood: the one for the topic it was
    /// probably about, else for the person's topics or role, else the root.
    #[must_use]
    pub fn near(&self, decision: &Decision) -> Option<Fork> {
        let of_candidates = self.likely_topics(decision);
        let topics =
            of_candidates.iter().copied().chain(self.profile.topics.iter().map(|it| &**it));
        let by_topic = topics
            .into_iter()
            .find_map(|topic| self.best(|node| node.topics.iter().any(|it| it == topic)));
        let by_role = || {
            let role = self.profile.role?;
            self.best(|node| node.audience.contains(&role))
        };
        by_topic.or_else(by_role).or_else(|| self.root())
    }

    /// The topics of the candidates, by how likely they are.
    fn likely_topics(&self, decision: &Decision) -> Vec<&'a str> {
        let unread = matches!(decision.reason, Reason::NoWords | Reason::UnknownWords);
        if unread || decision.in_scope.value() < EVIDENCE_FROM {
            return Vec::new();
        }
        let mut topics: Vec<(&str, f64)> = Vec::new();
        for candidate in &decision.candidates {
            let Some(entry) = self.corpus.entry(&candidate.entry) else { continue };
            let likely = candidate.confidence.value();
            match topics.iter_mut().find(|(topic, _)| *topic == entry.topic) {
                Some((_, sum)) => *sum += likely,
                None => topics.push((&entry.topic, likely)),
            }
        }
        // Stable: of equally likely topics the one of the better candidate stays first.
        topics.sort_by(|a, b| b.1.total_cmp(&a.1));
        topics.into_iter().map(|(topic, _)| topic).collect()
    }

    /// The open node that fits, first one that is for people like this one.
    fn best(&self, fits: impl Fn(&Node) -> bool) -> Option<Fork> {
        let role = self.profile.role.unwrap_or(Role::Client);
        let mut nodes: Vec<&Node> = self.corpus.tree.iter().filter(|it| fits(it)).collect();
        nodes.sort_by_key(|it| !(it.audience.is_empty() || it.audience.contains(&role)));
        nodes.into_iter().find_map(|it| self.fork(&Target::Node(it.id.clone())))
    }

    fn node(&self, node: &'a Node) -> Option<Fork> {
        let (lang, text) = node.text_in(&self.chain, self.today)?;
        let ways = node.choices_for(&self.facts).filter_map(|choice| {
            let shown = text.choices.get(&choice.id)?;
            self.is_open(&choice.target).then(|| Way {
                target: choice.target.clone(),
                title: shown.title.clone(),
                description: shown.description.clone(),
            })
        });
        let ways: Vec<Way> = ways.collect();
        let (id, prompt) = (node.id.to_string(), text.prompt.clone());
        Some(Fork { id, prompt, language: Some(lang.clone()), ways })
    }

    fn topic(&self, id: &str) -> Option<Fork> {
        let topic = self.corpus.topics.iter().find(|it| it.id == id)?;
        let ways = self.entries_of(id).filter_map(|entry| {
            let (_, text) = entry.text_in(&self.chain, self.today)?;
            Some(Way {
                target: Target::Entry(entry.id.clone()),
                title: text.title.clone(),
                description: text.summary.clone(),
            })
        });
        Some(self.list(&Target::Topic(id.to_owned()), &topic.names, ways.collect()))
    }

    fn collection(&self, id: &str) -> Option<Fork> {
        let collection = self.corpus.catalogue.collection(id)?;
        let ways = self.resources_of(id).filter_map(|resource| {
            let (_, text) = resource.text_in(&self.chain, self.today)?;
            Some(Way {
                target: Target::Resource(resource.id.clone()),
                title: text.title.clone(),
                description: text.summary.clone(),
            })
        });
        Some(self.list(&Target::Collection(id.to_owned()), &collection.names, ways.collect()))
    }

    fn list(
        &self,
        target: &Target,
        names: &std::collections::BTreeMap<Lang, String>,
        ways: Vec<Way>,
    ) -> Fork {
        let name = self.chain.iter().find_map(|lang| names.get_key_value(*lang));
        let (language, prompt) = name.map(|(lang, name)| (lang.clone(), name.clone())).unzip();
        Fork { id: target.to_string(), prompt: prompt.unwrap_or_default(), language, ways }
    }

    /// Whether something that can be shown is reached, not counting nodes in `visited`.
    fn leads_on(&self, target: &Target, visited: &mut BTreeSet<&'a NodeId>) -> bool {
        match target {
            Target::Node(id) => self.corpus.node(id).is_some_and(|node| {
                node.text_in(&self.chain, self.today).is_some()
                    && visited.insert(&node.id)
                    && node.choices_for(&self.facts).any(|it| self.leads_on(&it.target, visited))
            }),
            Target::Entry(id) => {
                self.corpus.entry(id).and_then(|entry| self.entry(entry)).is_some()
            }
            Target::Topic(id) => self.entries_of(id).next().is_some(),
            Target::Resource(id) => {
                self.corpus.catalogue.resource(id).is_some_and(|it| self.may_read(it))
            }
            Target::Collection(id) => self.resources_of(id).next().is_some(),
            Target::Approach(id) => {
                let approach = self.corpus.catalogue.approach(id);
                approach.is_some_and(|it| it.text_in(&self.chain, self.today).is_some())
            }
            Target::Referral => {
                self.corpus.referrals.iter().any(|it| it.approval.until >= self.today)
            }
        }
    }
}
