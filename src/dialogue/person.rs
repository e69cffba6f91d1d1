//! The person: what is asked and remembered, places of help, and the commands about the service.

use super::moves::Move;
use super::referral;
use super::reply::{Kind, Part, Unit};
use super::session::{Session, Waiting};
use super::slot::{self, Slot};
use super::step::{Draft, Effect, Talk};
use crate::corpus::{DangerClass, Target};
use crate::retrieval::Profile;

impl Talk<'_> {
    /// A value for what was asked about the person.
    pub(super) fn fill(&mut self, value: &Move) -> Draft {
        slot::fill(&mut self.session.profile, value);
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Slot(founds, without) => {
                let found = founds.into_iter().find(|(it, _)| it == value);
                self.play(found.map_or(without, |(_, found)| found), None)
            }
            Waiting::Places(class) => self.places(class),
            _ => self.menu(),
        }
    }

    /// Nothing is said about the person; the question is gone on with.
    pub(super) fn skip(&mut self) -> Draft {
        match std::mem::take(&mut self.session.waiting) {
            Waiting::Slot(_, without) => self.play(without, None),
            Waiting::Places(class) => self.places(class),
            waiting => self.unasked(waiting),
        }
    }

    /// A person in danger says so.
    pub(super) fn need_help(&mut self) -> Draft {
        let class = match &self.session.waiting {
            Waiting::Flag(class, _) => Some(*class),
            _ => None,
        };
        self.ask_places(class)
    }

    /// Places of help; before them the country, where it is not known and would make a difference.
    pub(super) fn ask_places(&mut self, class: Option<DangerClass>) -> Draft {
        let view = self.view();
        let countries = slot::countries(&view);
        let was_asked = self.session.asked.contains(&Slot::Country);
        if self.session.profile.country.is_some() || was_asked || countries.is_empty() {
            return self.places(class);
        }
        self.session.asked.push(Slot::Country);
        self.session.waiting = Waiting::Places(class);
        let kind = if class.is_some() { Kind::Urgent } else { Kind::Notice };
        Draft::new(kind)
            .ask(&view, Unit::message(Slot::Country.question()))
            .list(countries)
            .tail([Move::Skip])
    }

    fn places(&mut self, class: Option<DangerClass>) -> Draft {
        self.arrive(Move::Go(Target::Referral));
        let view = self.view();
        let classes = class.as_ref().map_or(&DangerClass::ALL[..], std::slice::from_ref);
        let places = referral::places(&view.walk(), classes).contacts;
        let kind = if class.is_some() { Kind::Urgent } else { Kind::Notice };
        let nowhere = view.message("no_referral").filter(|_| places.is_empty());
        Draft::new(kind)
            .say(view.message("clinic_list"))
            .say(places.iter().map(referral::Contact::part).collect::<Vec<Part>>())
            .say(nowhere)
            .tail([Move::Back, Move::Menu])
    }

    /// Whether it is time to ask if choices are to be kept: there are some, and nobody asked yet.
    pub(super) fn asks_to_keep(&self) -> bool {
        self.session.keep.is_none() && self.session.profile != Profile::default()
    }

    pub(super) fn keep(&mut self, keep: bool) -> Draft {
        self.session.keep = Some(keep);
        self.menu()
    }

    pub(super) fn help(&mut self) -> Draft {
        let view = self.view();
        self.session.waiting = Waiting::Nothing;
        Draft::new(Kind::Notice)
            .ask(&view, Unit::message("help"))
            .list([Move::Menu, Move::Languages, Move::Go(Target::Referral), Move::Recommend])
            .list([Move::Cart])
    }

    /// No messages of our own accord; questions are answered still.
    pub(super) fn stop(&mut self) -> Draft {
        self.session.stopped = true;
        self.session.waiting = Waiting::Nothing;
        let view = self.view();
        Draft::new(Kind::Notice).ask(&view, Unit::message("stopped")).tail([Move::Menu])
    }

    /// From the beginning.
    pub(super) fn start(&mut self) -> Draft {
        self.session.stopped = false;
        self.session.misses = 0;
        let view = self.view();
        let is_sample = view.corpus.settings.sample;
        let sample = view.message("sample_notice").filter(|_| is_sample);
        let first = view.message("started").into_iter().chain(sample);
        self.menu().after(first.collect())
    }

    /// Everything about the person is forgotten, but not the language this is said in.
    pub(super) fn delete(&mut self) -> Draft {
        let view = self.view();
        self.effects.push(Effect::Forget);
        let before = std::mem::replace(&mut self.session, Session::new(self.now));
        self.session.language = before.language;
        self.session.spoken = before.spoken;
        Draft::new(Kind::Notice).ask(&view, Unit::message("deleted")).tail([Move::Menu])
    }
}
