//! Reading on: resources, the list of those put aside, and having it sent.

use email_address::{EmailAddress, Options};

use super::moves::Move;
use super::reply::{Kind, Part, Unit};
use super::session::{MAX_CART, Waiting};
use super::step::{Draft, Effect, Talk};
use super::view::View;
use crate::corpus::{EntryId, Resource, Target};
use crate::retrieval::{Decision, Outcome, Query};

/// Bytes of a kilobyte, as sizes of files are told to people.
const KILOBYTE: u32 = 1_000;

impl Talk<'_> {
    /// The resources of an entry.
    pub(super) fn reading(&mut self, entry: &EntryId) -> Draft {
        let view = self.view();
        let resources = view.entry(entry).map(|(it, ..)| view.reading(it)).unwrap_or_default();
        if resources.is_empty() {
            return self.gone();
        }
        self.arrive(Move::Reading(entry.clone()));
        let moves: Vec<Move> =
            resources.iter().map(|it| Move::Go(Target::Resource(it.clone()))).collect();
        let mut draft = Draft::new(Kind::Tree)
            .ask(&view, Unit::message("resources"))
            .list(moves)
            .tail([Move::Back, Move::Menu]);
        draft.resources = resources;
        draft
    }

    /// A resource: what it is, how large, where.
    pub(super) fn resource(&mut self, id: &str) -> Draft {
        let view = self.view();
        let Some(part) = view.resource(id).and_then(|it| described(it, &view)) else {
            return self.gone();
        };
        self.arrive(Move::Go(Target::Resource(id.to_owned())));
        let is_in = self.session.cart.iter().any(|it| it == id);
        let own = if is_in { Move::Remove(id.to_owned()) } else { Move::Add(id.to_owned()) };
        let mut draft = Draft::new(Kind::Tree)
            .say([part])
            .list([own, Move::Cart])
            .tail([Move::Back, Move::Menu]);
        draft.resources = vec![id.to_owned()];
        draft
    }

    /// Puts a resource on the list; being there already is no fault.
    pub(super) fn add(&mut self, id: &str) -> Draft {
        let view = self.view();
        if view.resource(id).is_none() {
            return self.gone();
        }
        let is_in = self.session.cart.iter().any(|it| it == id);
        let is_full = self.session.cart.len() >= MAX_CART;
        if !is_in && !is_full {
            self.session.cart.push(id.to_owned());
        }
        let said = if is_in || !is_full { "cart_added" } else { "cart_full" };
        self.session.waiting = Waiting::Nothing;
        Draft::new(Kind::Notice)
            .ask(&view, Unit::message(said))
            .list([Move::Cart, Move::Checkout])
            .tail([Move::Back, Move::Menu])
    }

    /// Takes a resource off the list, also one that is not served any more.
    pub(super) fn remove(&mut self, id: &str) -> Draft {
        let before = self.session.cart.len();
        self.session.cart.retain(|it| it != id);
        if self.session.cart.len() == before {
            return self.gone();
        }
        let said = self.view().message("cart_removed");
        self.cart().after(said.into_iter().collect())
    }

    /// The list, with sizes.
    pub(super) fn cart(&mut self) -> Draft {
        let view = self.view();
        // What is not served any more leaves the list.
        self.session.cart.retain(|it| view.resource(it).is_some());
        if self.session.cart.is_empty() {
            self.session.waiting = Waiting::Nothing;
            let draft = Draft::new(Kind::Notice).ask(&view, Unit::message("cart_empty"));
            return draft.tail([Move::Back, Move::Menu]);
        }
        self.arrive(Move::Cart);
        let resources = self.session.cart.iter().filter_map(|it| view.resource(it));
        let lines: Vec<Part> = resources.filter_map(|it| listed(it, &view)).collect();
        let remove: Vec<Move> = self.session.cart.iter().cloned().map(Move::Remove).collect();
        let mut draft = Draft::new(Kind::Notice)
            .ask(&view, Unit::message("cart_list"))
            .say(lines)
            .list([Move::Checkout])
            .list(remove)
            .tail([Move::Back, Move::Menu]);
        draft.resources.clone_from(&self.session.cart);
        draft
    }

    /// Asks where to send the list.
    pub(super) fn checkout(&mut self) -> Draft {
        let view = self.view();
        self.session.cart.retain(|it| view.resource(it).is_some());
        if self.session.cart.is_empty() {
            return self.cart();
        }
        self.session.waiting = Waiting::Address;
        Draft::new(Kind::Notice)
            .ask(&view, Unit::message("checkout_prompt"))
            .list([Move::Cart])
            .tail([Move::Back, Move::Menu])
    }

    /// What was typed where an address is waited for; it leaves with the effect and is not kept.
    /// A question in its place is answered.
    pub(super) fn address(&mut self, text: &str, query: &Query<'_>, decision: &Decision) -> Draft {
        let strict =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        if let Ok(address) = EmailAddress::parse_with_options(text.trim(), strict) {
            return self.send(address.to_string());
        }
        let is_question =
            !text.contains('@') && matches!(decision.outcome, Outcome::Answer | Outcome::Clarify);
        if is_question { self.question(query, decision) } else { self.again("checkout_bad_email") }
    }

    fn send(&mut self, email: String) -> Draft {
        let items = std::mem::take(&mut self.session.cart);
        self.effects.push(Effect::Send { email, items, created: self.now });
        let said = self.view().message("checkout_done");
        self.menu().after(said.into_iter().collect())
    }
}

/// A resource as its own page: name, description, size, address.
fn described(resource: &Resource, view: &View<'_>) -> Option<Part> {
    let (lang, text) = resource.text_in(&view.chain, view.today)?;
    let size = size(resource, view);
    let lines = [text.name.as_str(), &text.text, &size, &resource.about.url];
    let lines: Vec<&str> = lines.into_iter().filter(|it| !it.is_empty()).collect();
    Some(Part::new(format!("resource/{}/{lang}", resource.id), &lines.join("\n"), lang))
}

/// A resource as a line of the list.
fn listed(resource: &Resource, view: &View<'_>) -> Option<Part> {
    let (lang, text) = resource.text_in(&view.chain, view.today)?;
    let line = format!("{}\n{}", text.title, size(resource, view));
    Some(Part::new(format!("resource/{}/{lang}", resource.id), line.trim_end(), lang))
}

/// The size in kilobytes, rounded up; the sentence that says so where it is not known.
fn size(resource: &Resource, view: &View<'_>) -> String {
    match resource.about.size_bytes {
        Some(bytes) => format!("{} kB", bytes.div_ceil(KILOBYTE)),
        None => view.message("size_unknown").map(|it| it.text).unwrap_or_default(),
    }
}
