//! Browsing: the tree, the topics, and the way back.

use super::moves::Move;
use super::reply::{Kind, Unit};
use super::session::{Place, Waiting};
use super::step::{Draft, Talk};
use crate::analysis::Lang;
use crate::corpus::{NodeId, Target};

impl Talk<'_> {
    /// Where everybody can begin: the root of the tree, else the topics.
    pub(super) fn menu(&mut self) -> Draft {
        self.session.waiting = Waiting::Nothing;
        self.session.trail = vec![Place::At(Move::Menu)];
        let view = self.view();
        let root = Target::Node(NodeId::root());
        if let Some(fork) = view.fork(&root) {
            let draft = Draft::new(Kind::Tree).ask(&view, Unit::Fork(root));
            return draft.fork(&NodeId::root(), &fork);
        }
        let topics = view.corpus.topics.iter().map(|it| Target::Topic(it.id.clone()));
        Draft::new(Kind::Tree)
            .ask(&view, Unit::message("menu"))
            .list(topics.map(Move::Go))
            .list([Move::Go(Target::Referral)])
    }

    /// A node of the tree, or a list: the entries of a topic, the resources of a collection.
    pub(super) fn fork(&mut self, target: &Target) -> Draft {
        if matches!(target, Target::Node(id) if id.as_str() == NodeId::ROOT) {
            return self.menu();
        }
        let view = self.view();
        let Some(fork) = view.fork(target) else { return self.gone() };
        self.arrive(Move::Go(target.clone()));
        let draft = Draft::new(Kind::Tree).ask(&view, Unit::Fork(target.clone()));
        let draft = match target {
            Target::Node(id) => draft.fork(id, &fork),
            _ => draft.list(fork.ways.into_iter().map(|it| Move::Go(it.target))),
        };
        draft.tail([Move::Back, Move::Menu])
    }

    /// Being at a place where nothing in particular is waited for.
    pub(super) fn arrive(&mut self, at: Move) {
        self.session.waiting = Waiting::Nothing;
        self.session.go(Place::At(at));
    }

    /// What was shown before; the beginning where there is nothing before.
    pub(super) fn back(&mut self) -> Draft {
        self.session.trail.pop();
        self.here()
    }

    /// The present place, again.
    fn here(&mut self) -> Draft {
        match self.session.trail.last().cloned() {
            Some(Place::At(Move::Menu)) | None => self.menu(),
            Some(Place::At(at)) => self.act(&at),
            Some(Place::Among(entries)) => self.among(entries),
        }
    }

    /// The next page of the list.
    pub(super) fn more(&mut self) -> Draft {
        let mut offer = self.session.offer.clone();
        let Some(shown) = offer.shown.iter().position(|it| *it == Move::More) else {
            return self.unknown_choice();
        };
        offer.start += shown;
        let view = self.view();
        let heading: Vec<_> = offer.heading.iter().filter_map(|it| view.unit(it)).collect();
        Draft::new(Kind::Tree).say(heading).offer(offer)
    }

    /// The languages to choose from.
    pub(super) fn languages(&mut self) -> Draft {
        self.session.waiting = Waiting::Nothing;
        let view = self.view();
        Draft::new(Kind::Notice)
            .ask(&view, Unit::message("language_prompt"))
            .list(view.languages().into_iter().map(Move::Language))
            .tail([Move::Menu])
    }

    /// From now on another language; the present place is shown in it.
    pub(super) fn language(&mut self, lang: &Lang) -> Draft {
        if !self.view().languages().contains(lang) {
            return self.unknown_choice();
        }
        self.session.language = Some(lang.clone());
        let said = self.view().message("language_changed");
        self.here().after(said.into_iter().collect())
    }
}
