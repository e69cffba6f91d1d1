//! Challenges: a programme describes what is hard, and gets approaches that may fit.

use super::moves::Move;
use super::reply::{Kind, Part, Unit};
use super::session::Waiting;
use super::step::{Draft, Talk};
use super::view::View;
use crate::corpus::Target;
use crate::retrieval::{Advised, Decision};

impl Talk<'_> {
    /// Asks for the challenge.
    pub(super) fn recommend(&mut self) -> Draft {
        let view = self.view();
        self.session.waiting = Waiting::Challenge(false);
        let prompt = Unit::message("recommend_prompt");
        Draft::new(Kind::Notice).ask(&view, prompt).tail([Move::Back, Move::Menu])
    }

    /// One to three approaches for a challenge, with the words that speak for each, and at most
    /// one question back; what is said to it is read as the challenge told better.
    pub(super) fn challenge(&mut self, text: &str, decision: &Decision) -> Draft {
        self.heard(decision);
        let language = self.session.language.clone();
        let advice = self.guide.retriever.recommend(text, language.as_ref(), self.today());
        let view = self.view();
        let is_open = |it: &&Advised| view.walk().approach(&it.approach).is_some();
        let open: Vec<&Advised> = advice.approaches.iter().filter(is_open).collect();
        if open.is_empty() {
            return self.again("recommend_none");
        }
        let reasons = open.iter().filter_map(|it| reason(it, &view));
        let mut draft = Draft::new(Kind::Tree)
            .ask(&view, Unit::message("recommend_intro"))
            .say(reasons.collect::<Vec<Part>>());
        let mut challenges = view.corpus.catalogue.challenges.iter();
        let challenge = challenges.find(|it| Some(&it.id) == advice.challenge.as_ref());
        let was_asked = matches!(self.session.waiting, Waiting::Challenge(true));
        let ask = challenge.and_then(|it| Some((it, it.ask_in(&view.chain, view.today)?)));
        if let Some((challenge, (lang, ask))) = ask.filter(|_| !was_asked) {
            let unit = format!("challenge/{}/{lang}", challenge.id);
            draft = draft.say([Part::new(unit, ask, lang)]);
            self.session.waiting = Waiting::Challenge(true);
        } else {
            self.session.waiting = Waiting::Nothing;
        }
        let approaches = open.iter().map(|it| Target::Approach(it.approach.clone()));
        draft.list(approaches.map(Move::Go)).tail([Move::Menu])
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

/// An approach by its title, with the person's own words that speak for it.
fn reason(advised: &Advised, view: &View<'_>) -> Option<Part> {
    let approach = view.corpus.catalogue.approach(&advised.approach)?;
    let (lang, text) = approach.text_in(&view.chain, view.today)?;
    let line = format!("{}\n“{}”", text.title, advised.reason.join(" … "));
    Some(Part::new(format!("approach/{}/{lang}", approach.id), &line, lang))
}
