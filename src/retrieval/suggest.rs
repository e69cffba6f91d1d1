//! What to read on with an answer: what its entry names, then what fits its topic and the person.

use std::cmp::Reverse;

use super::walk::Walk;
use crate::corpus::{Approach, Entry, Resource, Role};

/// Most resources suggested with an answer.
pub const MAX_RESOURCES: usize = 3;

impl<'a> Walk<'a> {
    /// At most [`MAX_RESOURCES`] resources for an entry: those it names, then those of its topic
    /// for people like this one. Of those named, what is for people like this one stands first, of
    /// the others what they can read; else the order is that of the entry, or of the ids.
    #[must_use]
    pub fn resources_for(&self, entry: &Entry) -> Vec<&'a Resource> {
        let catalogue = &self.corpus().catalogue;
        let named = entry.neutral.resources.iter().filter_map(|id| catalogue.resource(id));
        let mut found: Vec<&Resource> = named.filter(|it| self.may_read(it)).collect();
        found.sort_by_key(|it| Reverse(self.is_for_them(&it.about.audience)));
        let fits = |it: &&Resource| {
            it.about.topics.contains(&entry.topic) && self.is_for_them(&it.about.audience)
        };
        let mut more: Vec<&Resource> = catalogue
            .resources
            .iter()
            .filter(fits)
            .filter(|it| found.iter().all(|other| other.id != it.id) && self.may_read(it))
            .collect();
        more.sort_by_key(|it| Reverse(self.reads(it)));
        found.extend(more);
        found.truncate(MAX_RESOURCES);
        found
    }

    /// The approaches an entry names, for people who run or give services.
    #[must_use]
    pub fn approaches_for(&self, entry: &Entry) -> Vec<&'a Approach> {
        let is_staff = |role: &Role| *role != Role::Client;
        let for_staff = match &self.profile().role {
            Some(role) => is_staff(role),
            None => entry.neutral.audience.iter().any(is_staff),
        };
        let named = entry.neutral.approaches.iter().filter(|_| for_staff);
        named.filter_map(|id| self.approach(id)).collect()
    }

    /// The approach of that id, if it is served today.
    #[must_use]
    pub fn approach(&self, id: &str) -> Option<&'a Approach> {
        let approach = self.corpus().catalogue.approach(id)?;
        approach.text_in(self.chain(), self.today()).map(|_| approach)
    }

    /// Whether something for these roles is for this person; who says nothing is a client.
    fn is_for_them(&self, audience: &[Role]) -> bool {
        let role = self.profile().role.unwrap_or(Role::Client);
        audience.is_empty() || audience.contains(&role)
    }

    /// Whether the resource can be had in the language of this person.
    fn reads(&self, resource: &Resource) -> bool {
        let first = self.chain().first();
        first.is_some_and(|first| resource.about.languages.iter().any(|it| it.same_language(first)))
    }
}
