//! Slots: what a person is asked about, and when it is worth asking.
//!
//! A question about the person is put only where its answer decides what is given: the search is
//! done once for every value, and where all come to the same nothing is asked.

use serde::{Deserialize, Serialize};

use super::moves::Move;
use super::session::Found;
use super::view::View;
use crate::corpus::{Entry, EntryId, Gender, Role};
use crate::retrieval::{AgeBand, Decision, Profile, Query, Retriever};

/// Candidates looked at for whether a slot matters at all.
const LOOKED_AT: usize = 5;

/// Something a person may be asked about herself or himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Slot {
    Country,
    Age,
    Gender,
    Role,
}

impl Slot {
    /// All slots, in the order in which they are asked: what is easiest to say first.
    const ALL: [Self; 4] = [Self::Role, Self::Country, Self::Gender, Self::Age];

    /// The sentence that asks.
    pub(super) const fn question(self) -> &'static str {
        match self {
            Self::Country => "ask_country",
            Self::Age => "ask_age",
            Self::Gender => "ask_gender",
            Self::Role => "ask_role",
        }
    }

    fn is_known(self, profile: &Profile) -> bool {
        match self {
            Self::Country => profile.country.is_some(),
            Self::Age => profile.age.is_some(),
            Self::Gender => profile.gender.is_some(),
            Self::Role => profile.role.is_some(),
        }
    }

    /// Whether an entry is not for everybody in this respect.
    fn limits(self, entry: &Entry) -> bool {
        let limits = &entry.neutral;
        match self {
            Self::Country => !limits.countries.is_empty() || !limits.exclude_countries.is_empty(),
            Self::Age => limits.age_min.is_some() || limits.age_max.is_some(),
            Self::Gender => limits.gender.is_some(),
            Self::Role => !limits.audience.is_empty(),
        }
    }

    /// The values a person can choose from.
    fn values(self, view: &View<'_>) -> Vec<Move> {
        match self {
            Self::Country => countries(view),
            Self::Age => [AgeBand::From10, AgeBand::From15, AgeBand::From18, AgeBand::From25]
                .map(Move::Age)
                .into(),
            Self::Gender => [Gender::Female, Gender::Male, Gender::Other].map(Move::Gender).into(),
            Self::Role => [Role::Client, Role::Provider, Role::Manager].map(Move::Role).into(),
        }
    }
}

/// The countries that have a name to choose them by.
pub(super) fn countries(view: &View<'_>) -> Vec<Move> {
    let countries = view.corpus.messages.countries(&view.chain, view.today);
    countries.into_iter().map(|it| Move::Country(it.to_owned())).collect()
}

/// Writes a value down in a profile; `false` for a move that is no value.
pub(super) fn fill(profile: &mut Profile, value: &Move) -> bool {
    match value {
        Move::Country(code) => profile.country = Some(code.clone()),
        Move::Age(age) => profile.age = Some(*age),
        Move::Gender(gender) => profile.gender = Some(*gender),
        Move::Role(role) => profile.role = Some(*role),
        _ => return false,
    }
    true
}

/// The first slot whose answer would change the answer that is given, with what is found for each
/// of its values. `decision` is what is found without it.
pub(super) fn deciding(
    retriever: &Retriever,
    query: &Query<'_>,
    decision: &Decision,
    asked: &[Slot],
    view: &View<'_>,
) -> Option<(Slot, Vec<(Move, Found)>)> {
    let looked_at = decision.candidates.iter().take(LOOKED_AT);
    let entries: Vec<&Entry> = looked_at.filter_map(|it| view.corpus.entry(&it.entry)).collect();
    let open = Slot::ALL.into_iter().filter(|slot| {
        !slot.is_known(query.profile)
            && !asked.contains(slot)
            && entries.iter().any(|it| slot.limits(it))
    });
    let found = |value: Move| {
        let mut profile = query.profile.clone();
        fill(&mut profile, &value);
        let query = Query { profile: &profile, ..query.clone() };
        (value, Found::of(&retriever.decide_as_question(&query), view))
    };
    open.map(|slot| (slot, slot.values(view).into_iter().map(found).collect::<Vec<_>>()))
        .find(|(slot, founds)| decides(*slot, &Found::of(decision, view), founds))
}

/// Whether values lead to different answers, or a limit takes away the answer there is.
fn decides(slot: Slot, without: &Found, founds: &[(Move, Found)]) -> bool {
    let mut answers: Vec<&EntryId> = founds.iter().filter_map(|(_, it)| it.answer()).collect();
    answers.sort_unstable();
    answers.dedup();
    let is_limit = slot != Slot::Role;
    let is_lost = || founds.iter().any(|(_, it)| it.answer() != without.answer());
    answers.len() > 1 || (is_limit && without.answer().is_some() && is_lost())
}
