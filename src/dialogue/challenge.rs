//! Challenges: a programme describes what is hard, and gets approaches that may fit.

use super::moves::Move;
use super::reply::{Kind, Part, Unit};
use super::session::Waiting;
use super::step::{Draft, Talk};
use crate::corpus::Target;
use crate::retrieval::Decision;

impl Talk<'_> {
    /// Asks for the challenge.
    pub(super) fn recommend(&mut self) -> Draft {
        let view = self.view();
        self.session.waiting = Waiting::Challenge;
        let prompt = Unit::message("recommend_prompt");
        Draft::new(Kind::Notice).ask(&view, prompt).tail([Move::Back, Move::Menu])
    }

    /// The approaches for a challenge, as it was described.
    pub(super) fn challenge(&mut self, _text: &str, _decision: &Decision) -> Draft {
        self.again("recommend_none")
    }

    /// An approach: when it fits and what it needs, with what to read.
    pub(super) fn approach(&mut self, id: &str) -> Draft {
        let view = self.view();
        let approach = view.corpus.catalogue.approach(id);
        let found = approach.and_then(|it| Some((it, it.text_in(&view.chain, view.today)?)));
        let Some((approach, (lang, text))) = found else { return self.gone() };
        self.arrive(Move::Go(Target::Approach(id.to_owned())));
        let unit = format!("approach/{id}/{lang}");
        let entries = approach.facts.entries.iter().cloned().map(Target::Entry);
        let resources = approach.facts.resources.iter();
        let open: Vec<String> =
            resources.filter(|it| view.resource(it).is_some()).cloned().collect();
        let mut draft = Draft::new(Kind::Tree)
            .say([Part::new(unit.clone(), &text.name, lang), Part::new(unit, &text.text, lang)])
            .list(entries.map(Move::Go))
            .list(open.iter().map(|it| Move::Go(Target::Resource(it.clone()))))
            .tail([Move::Back, Move::Menu]);
        draft.resources = open;
        draft
    }
}
