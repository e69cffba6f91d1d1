//! Approving one phrasing and nothing beside it.

use std::path::Path;

use time::Date;

use super::review::Verdict;
use super::review_log::{self, DecisionOn};
use super::unit::{Unit, UnitPhrasing};
use super::{Digest, Error, Loaded};

/// Why a phrasing cannot be approved.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The reviewer is not known.
    #[error("{0} is not in reviewers.toml")]
    UnknownReviewer(String),
    /// The reviewer may not approve it.
    #[error("{unit}: {why}")]
    NotEntitled {
        /// The unit.
        unit: String,
        /// Why.
        why: String,
    },
    /// The answer itself may not be served, so a phrasing alone leads nowhere.
    #[error("{unit} is not on the air ({why}); approve it first")]
    Unserved {
        /// The unit.
        unit: String,
        /// Why.
        why: String,
    },
    /// The policy asks for a signature, which needs the reviewer's key.
    #[error("{0}: the policy asks for signatures; `sahihi review approve {0} --key FILE` signs it")]
    NeedsSignature(String),
    /// The log cannot be written.
    #[error(transparent)]
    Write(#[from] Error),
}

/// Appends a line that approves one phrasing of a unit, and keeps what the reviewer approved of it
/// before; no longer than the answer itself is served.
///
/// The caller holds the lock of the reviews.
///
/// # Errors
///
/// [`Refusal`]; nothing was written.
pub fn approve_phrasing(
    root: &Path,
    loaded: &Loaded,
    (unit, phrasing): (&Unit, Digest),
    by: &str,
    today: Date,
    note: &str,
) -> Result<(), Refusal> {
    let reviewer = loaded.reviews.reviewer(by);
    let reviewer = reviewer.ok_or_else(|| Refusal::UnknownReviewer(by.to_owned()))?;
    let name = || unit.name.clone();
    reviewer.entitled(unit).map_err(|why| Refusal::NotEntitled { unit: name(), why })?;
    let standing = loaded.reviews.standing(unit, &loaded.corpus.settings, today);
    let served = standing.text.map_err(|why| Refusal::Unserved { unit: name(), why })?;
    if loaded.corpus.settings.policy.signatures {
        return Err(Refusal::NeedsSignature(name()));
    }
    let before = loaded.reviews.in_force(&unit.name).get(by).map(|it| &it.line);
    let before = before.filter(|it| it.decision == Verdict::Approve && it.until >= today);
    let is_meant = |it: &&UnitPhrasing| {
        it.digest == phrasing || before.is_some_and(|line| line.phrasings.contains(&it.digest))
    };
    let phrasings = unit.phrasings.iter().filter(is_meant).cloned().collect();
    // Somebody who has not approved the answer does not approve it by the way.
    let digest = before.map_or_else(Digest::default, |it| it.digest);
    let until = before.map_or(served.until, |it| it.until.min(served.until));
    let line = Unit { digest, phrasings, ..unit.clone() };
    let decision = DecisionOn { decision: Verdict::Approve, by, on: today, until, note, key: None };
    review_log::append_reviews(root, &loaded.reviews, &[&line], &decision)?;
    Ok(())
}
