//! Questions: what is said to a decision, from an answer to the way on when there is none.

use super::moves::Move;
use super::referral::ReferralPart;
use super::reply::{Kind, Part, Unit};
use super::session::{Found, Place, Verdict, Waiting};
use super::slot;
use super::step::{Draft, Effect, Talk};
use super::view::View;
use crate::corpus::{EntryId, Target};
use crate::retrieval::{Decision, Query, Reason};

/// Misses in a row from which a person or a clinic is offered.
const MISSES_TO_OFFER: u32 = 2;
/// Entries shown beside an answer.
const MAX_RELATED: usize = 4;

impl Talk<'_> {
    /// What is said to a question in which there is no danger.
    pub(super) fn question(&mut self, query: &Query<'_>, decision: &Decision) -> Draft {
        self.heard(decision);
        self.asked = Some(decision.clone());
        if decision.reason == Reason::NoWords {
            return self.again("empty_question");
        }
        let view = self.view();
        let found = Found::of(decision, &view);
        let asked = &self.session.asked;
        let deciding = slot::deciding(self.guide.retriever, query, decision, asked, &view);
        let Some((slot, founds)) = deciding else {
            return self.play(found, None);
        };
        self.session.asked.push(slot);
        let values: Vec<Move> = founds.iter().map(|(value, _)| value.clone()).collect();
        self.session.waiting = Waiting::Slot(founds, found);
        Draft::new(Kind::Clarify)
            .ask(&view, Unit::message(slot.question()))
            .list(values)
            .tail([Move::Skip])
    }

    /// Remembers the language of a question, unless there was nothing to tell it by.
    pub(super) fn heard(&mut self, decision: &Decision) {
        if matches!(decision.reason, Reason::UnknownWords | Reason::NoWords) {
            return;
        }
        let settings = &self.corpus().settings;
        let mut spoken = decision.languages.iter().map(|(lang, _)| lang);
        if let Some(lang) = spoken.find(|it| settings.speaks(it)) {
            self.session.spoken = Some(lang.clone());
        }
    }

    /// Says what was found; `first` is said before an answer.
    pub(super) fn play(&mut self, found: Found, first: Option<Part>) -> Draft {
        let view = self.view();
        let excluded: Vec<Part> =
            found.excluded.iter().filter_map(|(why, n)| view.excluded(*why, *n)).collect();
        match found.verdict {
            Verdict::Answer => {
                let Some(entry) = found.answer().cloned() else {
                    return self.lead(&found, "no_answer");
                };
                self.answer(&entry).after(first.into_iter().chain(excluded).collect())
            }
            Verdict::Clarify => self.clarify(found).after(excluded),
            Verdict::Tree => self.lead(&found, "no_answer").after(excluded),
        }
    }

    /// An entry that was chosen from a list.
    pub(super) fn entry(&mut self, id: &EntryId) -> Draft {
        let barrier = self.corpus().entry(id).and_then(|it| self.session.profile.barrier(it));
        match barrier {
            Some(barrier) => {
                let said = self.view().excluded(barrier, 1);
                self.menu().after(said.into_iter().collect())
            }
            None if self.view().entry(id).is_none() => self.gone(),
            None => self.answer(id),
        }
    }

    /// An answer with what may come next.
    fn answer(&mut self, id: &EntryId) -> Draft {
        let view = self.view();
        let Some((entry, lang, text)) = view.entry(id) else {
            return self.lead(&Found::default(), "no_answer");
        };
        self.session.waiting = Waiting::Helped(id.clone(), self.session.misses);
        self.session.misses = 0;
        self.session.go(Place::At(Move::Go(Target::Entry(id.clone()))));
        let unit = format!("entry/{id}/{lang}");
        let related = related(&view, entry.neutral.related.iter());
        let reading = (!view.reading(entry).is_empty()).then(|| Move::Reading(id.clone()));
        let mut draft = Draft::new(Kind::Answer)
            .say(view.answer_in(lang))
            .say([Part::new(unit.clone(), &text.question, lang)])
            .say([Part::new(unit, &text.answer, lang)])
            .ask(&view, Unit::message("did_this_help"))
            .list([Move::Yes, Move::No])
            .list(related)
            .list(reading)
            .tail([Move::Menu])
            .about(id, lang);
        draft.resources = view.reading(entry);
        draft
    }

    /// Which of a few entries is meant.
    fn clarify(&mut self, found: Found) -> Draft {
        let view = self.view();
        let entries = found.entries.clone();
        if entries.iter().all(|it| view.entry(it).is_none()) {
            return self.lead(&found, "no_answer");
        }
        self.session.go(Place::Among(entries.clone()));
        self.session.waiting = Waiting::Clarify(found);
        Draft::new(Kind::Clarify)
            .ask(&view, Unit::message("clarify"))
            .list(entries.into_iter().map(|it| Move::Go(Target::Entry(it))))
            .tail([Move::None])
    }

    /// Back to a choice between entries.
    pub(super) fn among(&mut self, entries: Vec<EntryId>) -> Draft {
        let found = Found { verdict: Verdict::Clarify, entries, ..Found::default() };
        self.clarify(found)
    }

    /// On into the tree, near the best guess; after the second miss with places to turn to.
    pub(super) fn lead(&mut self, found: &Found, said: &str) -> Draft {
        self.session.misses = self.session.misses.saturating_add(1);
        let was_offered = matches!(found.verdict, Verdict::Clarify);
        let declined = if was_offered { found.entries.clone() } else { Vec::new() };
        self.effects.push(Effect::Missed { declined });
        let view = self.view();
        let first = view.message(said).into_iter();
        if self.session.misses < MISSES_TO_OFFER {
            return self.near(found).after(first.collect());
        }
        let parts = first.chain(view.message("person_offer"));
        let mut draft = self.near(found).after(parts.collect());
        draft.offer_first(Move::Go(Target::Referral));
        draft
    }

    /// The place in the tree that fits what was found, else the root.
    fn near(&mut self, found: &Found) -> Draft {
        match found.near.clone().filter(|it| self.view().fork(it).is_some()) {
            Some(target) => self.go(&target),
            None => self.menu(),
        }
    }

    /// None of the entries offered.
    pub(super) fn none(&mut self) -> Draft {
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Clarify(found) => self.lead(&found, "not_sure"),
            waiting => self.unasked(waiting),
        }
    }

    /// Yes, to what was asked.
    pub(super) fn yes(&mut self) -> Draft {
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Helped(entry, _) => self.helped(&entry),
            Waiting::Keep => self.keep(true),
            waiting => self.unasked(waiting),
        }
    }

    /// No, to what was asked.
    pub(super) fn no(&mut self) -> Draft {
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Helped(entry, misses) => self.did_not_help(&entry, misses),
            Waiting::Keep => self.keep(false),
            waiting => self.unasked(waiting),
        }
    }

    fn helped(&mut self, entry: &EntryId) -> Draft {
        self.effects.push(Effect::Feedback { entry: entry.clone(), helpful: true });
        let view = self.view();
        let thanks = Draft::new(Kind::Notice).say(view.message("thanks_feedback"));
        if self.asks_to_keep() {
            self.session.waiting = Waiting::Keep;
            let question = Unit::message("forget_prompt");
            return thanks.ask(&view, question).list([Move::Yes, Move::No]).tail([Move::Menu]);
        }
        thanks.list(beside(&view, entry)).tail([Move::Menu])
    }

    fn did_not_help(&mut self, entry: &EntryId, misses: u32) -> Draft {
        self.effects.push(Effect::Feedback { entry: entry.clone(), helpful: false });
        self.session.misses = misses.saturating_add(1);
        let view = self.view();
        let mut draft = Draft::new(Kind::Notice).say(view.message("sorry_feedback"));
        if self.session.misses >= MISSES_TO_OFFER {
            draft = draft.say(view.message("person_offer")).list([Move::Go(Target::Referral)]);
        }
        let topic = view.corpus.entry(entry).map(|it| Target::Topic(it.topic.clone()));
        draft.list(beside(&view, entry)).list(topic.map(Move::Go)).tail([Move::Menu])
    }

    /// Help first; the question waits until the person says that it was only one.
    pub(super) fn urgent(&mut self, query: &Query<'_>, decision: &Decision) -> Draft {
        self.heard(decision);
        self.asked = Some(decision.clone());
        self.session.misses = 0;
        let view = self.view();
        let country = self.session.profile.country.as_deref();
        let today = self.today();
        let referral =
            ReferralPart::new(self.corpus(), &decision.dangers, country, &view.chain, today);
        let found = Found::of(&self.guide.retriever.decide_as_question(query), &view);
        let given = found.entries.first().filter(|_| decision.gives_answer);
        let given = given.and_then(|id| view.entry(id));
        let answer = given.map(|(entry, lang, text)| {
            let part = Part::new(format!("entry/{}/{lang}", entry.id), &text.answer, lang);
            view.answer_in(lang).into_iter().chain([part]).collect()
        });
        let mut draft = Draft::new(Kind::Urgent);
        if let Some((entry, lang, _)) = given {
            draft = draft.about(&entry.id, lang);
        }
        if let Some(referral) = referral {
            let is_empty = referral.contacts.is_empty();
            draft = draft.say(referral.parts(answer.unwrap_or_default()));
            draft = draft.say(view.message("no_referral").filter(|_| is_empty));
            self.session.waiting = Waiting::Flag(referral.class, found);
        }
        draft
            .ask(&view, Unit::message("flag_followup"))
            .list([Move::NeedHelp, Move::OnlyQuestion])
            .tail([Move::Menu])
    }

    /// The question behind a red flag that was none.
    pub(super) fn only_question(&mut self) -> Draft {
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Flag(_, found) => {
                let first = self.view().message("resume_question");
                self.play(found, first)
            }
            waiting => self.unasked(waiting),
        }
    }

    /// An answer to what was not asked; what is waited for stays.
    pub(super) fn unasked(&mut self, waiting: Waiting) -> Draft {
        self.session.waiting = waiting;
        self.unknown_choice()
    }
}

/// Entries to go to from an entry: what people ask next, then its near twins.
fn beside(view: &View<'_>, entry: &EntryId) -> Vec<Move> {
    let neutral = view.corpus.entry(entry).map(|it| &it.neutral);
    related(view, neutral.into_iter().flat_map(|it| it.related.iter().chain(&it.not)))
}

/// The first few of some entries, each once. One that the person would get in another language is
/// no help beside an answer that was understood.
fn related<'a>(view: &View<'_>, ids: impl Iterator<Item = &'a EntryId>) -> Vec<Move> {
    let mut entries: Vec<&EntryId> = Vec::new();
    for id in ids {
        if !entries.contains(&id) && view.reads(id) {
            entries.push(id);
        }
    }
    entries.into_iter().take(MAX_RELATED).map(|it| Move::Go(Target::Entry(it.clone()))).collect()
}
