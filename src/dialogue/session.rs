//! Sessions: what is remembered from one turn to the next.
//!
//! A session holds names of what was shown and what the person chose, never what the person wrote.
//! It travels as JSON with a version; what another version wrote counts as expired.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::moves::Move;
use super::reply::Unit;
use super::slot::Slot;
use super::view::View;
use crate::analysis::Lang;
use crate::corpus::{Corpus, DangerClass, EntryId, NodeId, Target};
use crate::retrieval::{Barrier, Decision, Outcome, Profile};

/// Version of the format.
const VERSION: u32 = 1;
/// Time after which a session that was left alone is forgotten.
pub const LIFETIME: Duration = Duration::hours(24);
/// Time for which agreed choices are kept after that.
pub const KEPT_FOR: Duration = Duration::days(180);
/// Resources on a person's list, at most.
pub const MAX_CART: usize = 30;
/// Places remembered for going back.
const MAX_TRAIL: usize = 16;

/// What is remembered of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    version: u32,
    /// The time of the last turn.
    #[serde(with = "time::serde::timestamp")]
    pub(super) seen: OffsetDateTime,
    /// What is known of the person.
    pub(super) profile: Profile,
    /// The language the person chose.
    pub(super) language: Option<Lang>,
    /// The language of the last question.
    pub(super) spoken: Option<Lang>,
    /// What was asked about the person already, answered or not.
    pub(super) asked: Vec<Slot>,
    /// Whether the person wants the choices kept; `None` until asked.
    pub(super) keep: Option<bool>,
    /// Whether the person wants no messages of our own accord.
    pub(super) stopped: bool,
    /// What the next input may be an answer to.
    pub(super) waiting: Waiting,
    /// What was offered last.
    pub(super) offer: Offer,
    /// The way here, the present place last.
    pub(super) trail: Vec<Place>,
    /// Questions in a row that did not find what was meant.
    pub(super) misses: u32,
    /// The resources put aside, in the order in which they were chosen.
    pub(super) cart: Vec<String>,
    /// Whether nothing was said yet.
    pub(super) is_new: bool,
}

/// What the next input may be an answer to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Waiting {
    /// Nothing in particular.
    #[default]
    Nothing,
    /// Which of some questions is meant.
    Clarify(Found),
    /// Whether a red flag was one; with what the message asked, if it was only a question.
    Flag(DangerClass, Found),
    /// Something about the person; with what is found for each value, and without any.
    Slot(Vec<(Move, Found)>, Found),
    /// The country, for places of help against a danger, or of any kind.
    Places(Option<DangerClass>),
    /// Whether an answer helped; with the misses before it.
    Helped(EntryId, u32),
    /// Whether choices are to be kept.
    Keep,
    /// The address to send the list to.
    Address,
    /// A challenge of a programme, described; whether it was asked back once.
    Challenge(bool),
}

/// What was found for a question, without the question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    /// What to do; [`Outcome::Urgent`] never.
    pub(super) verdict: Verdict,
    /// The entries that may be meant, best first.
    pub(super) entries: Vec<EntryId>,
    /// What was left out because of the profile.
    pub(super) excluded: Vec<(Barrier, usize)>,
    /// Where to go on in the tree when none of the entries is meant.
    pub(super) near: Option<Target>,
}

/// What to do with a question in which no danger is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// Give the first entry.
    Answer,
    /// Ask which entry is meant.
    Clarify,
    /// Lead on.
    #[default]
    Tree,
}

impl Found {
    /// What a decision comes to when its dangers are left aside.
    pub(super) fn of(decision: &Decision, view: &View<'_>) -> Self {
        let verdict = match decision.outcome {
            Outcome::Answer => Verdict::Answer,
            Outcome::Clarify => Verdict::Clarify,
            Outcome::Tree | Outcome::Urgent => Verdict::Tree,
        };
        let entries = decision.candidates.iter().map(|it| it.entry.clone()).collect();
        let excluded = decision.excluded.iter().map(|it| (it.reason, it.entries)).collect();
        Self { verdict, entries, excluded, near: view.near(decision) }
    }

    /// The entry that is given, if one is.
    pub(super) fn answer(&self) -> Option<&EntryId> {
        self.entries.first().filter(|_| self.verdict == Verdict::Answer)
    }
}

/// What was offered: a list, shown page by page, and what stands below each page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offer {
    /// What stands above the list when it is shown again.
    pub(super) heading: Vec<Unit>,
    /// The node whose choices these are: there they have titles of their own.
    pub(super) node: Option<NodeId>,
    /// The whole list.
    pub(super) list: Vec<Move>,
    /// What stands below each page.
    pub(super) tail: Vec<Move>,
    /// Moves of the list before the present page.
    pub(super) start: usize,
    /// The choices as they were shown, in order.
    pub(super) shown: Vec<Move>,
}

/// Where a person is and may come back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    /// What a move leads to.
    At(Move),
    /// A choice between entries.
    Among(Vec<EntryId>),
}

impl Session {
    /// A session in which nothing was said yet.
    #[must_use]
    pub fn new(now: OffsetDateTime) -> Self {
        Self {
            version: VERSION,
            seen: now,
            profile: Profile::default(),
            language: None,
            spoken: None,
            asked: Vec::new(),
            keep: None,
            stopped: false,
            waiting: Waiting::Nothing,
            offer: Offer::default(),
            trail: Vec::new(),
            misses: 0,
            cart: Vec::new(),
            is_new: true,
        }
    }

    /// The session as it is stored.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what was stored; `None` when it is damaged or of another version.
    #[must_use]
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().filter(|it: &Self| it.version == VERSION)
    }

    /// Whether the conversation ended some time ago. A clock that was set back ends nothing.
    #[must_use]
    pub fn is_over(&self, now: OffsetDateTime, lifetime: Duration) -> bool {
        now - self.seen > lifetime
    }

    /// A fresh session that remembers what the person agreed to have kept.
    #[must_use]
    pub fn renewed(&self, now: OffsetDateTime) -> Self {
        let fresh = Self::new(now);
        if self.keep != Some(true) {
            return fresh;
        }
        Self {
            profile: self.profile.clone(),
            language: self.language.clone(),
            asked: self.asked.clone(),
            keep: self.keep,
            stopped: self.stopped,
            ..fresh
        }
    }

    /// The time after which nothing of it may be stored.
    #[must_use]
    pub fn forget_at(&self, lifetime: Duration) -> OffsetDateTime {
        let extra = if self.keep == Some(true) { KEPT_FOR } else { Duration::ZERO };
        self.seen.saturating_add(lifetime).saturating_add(extra)
    }

    /// The languages the person reads, best first: the chosen one, that of the last question.
    #[must_use]
    pub fn chain<'a>(&self, corpus: &'a Corpus) -> Vec<&'a Lang> {
        let wanted = self.language.iter().chain(&self.spoken);
        corpus.chain(&wanted.collect::<Vec<_>>())
    }

    /// What is known of the person.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether the person wants no messages of our own accord.
    #[must_use]
    pub const fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether the last question waits for the person to choose: what is meant, or for whom.
    #[must_use]
    pub const fn is_choosing(&self) -> bool {
        matches!(self.waiting, Waiting::Clarify(_) | Waiting::Slot(..))
    }

    /// Takes over what a client knows of the person; what it does not say stays.
    pub fn tell(&mut self, known: &Profile) {
        let own = &mut self.profile;
        own.country = known.country.clone().or_else(|| own.country.take());
        own.age = known.age.or(own.age);
        own.gender = known.gender.or(own.gender);
        own.role = known.role.or(own.role);
        if !known.topics.is_empty() {
            own.topics.clone_from(&known.topics);
        }
    }

    /// Takes over the language a client chose for the person.
    pub fn speak(&mut self, language: Lang) {
        self.language = Some(language);
    }

    /// Goes to a place; being there already is no step.
    pub(super) fn go(&mut self, place: Place) {
        if self.trail.last() == Some(&place) {
            return;
        }
        self.trail.push(place);
        let surplus = self.trail.len().saturating_sub(MAX_TRAIL);
        self.trail.drain(..surplus);
    }
}
