//! Approving one phrasing and nothing beside it.

use std::path::Path;

use time::Date;

use super::review::{Demand, Verdict};
use super::review_log::{self, DecisionOn};
use super::signature::PrivateKey;
use super::unit::{Unit, UnitPhrasing};
use super::{Digest, Error, Loaded};

/// Why a phrasing cannot be approved.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The reviewer is not known.
    #[error("{0} is not in reviewers.toml")]
    UnknownReviewer(String),
    /// The reviewer may not approve it, or the approval would not count.
    #[error("{unit}: would be {why}")]
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
    #[error("the policy of corpus.toml asks for signatures: name your --key")]
    NeedsSignature,
}

/// Who approves, when and why.
#[derive(Debug, Clone, Copy)]
pub struct Approver<'a> {
    /// The reviewer.
    pub by: &'a str,
    /// The day.
    pub on: Date,
    /// A remark.
    pub note: &'a str,
    /// Signs the line.
    pub key: Option<&'a PrivateKey>,
}

/// An approval of one phrasing that the policy lets in, not written yet.
#[derive(Debug)]
pub struct PhrasingApproval<'a> {
    /// The unit as the line names it.
    line: Unit,
    decision: DecisionOn<'a>,
}

impl<'a> PhrasingApproval<'a> {
    /// Looks whether a reviewer may approve one phrasing of a unit.
    ///
    /// What the reviewer approved of the unit before goes on; the phrasing is served no longer than
    /// the answer itself.
    ///
    /// # Errors
    ///
    /// [`Refusal`].
    pub fn new(
        loaded: &Loaded,
        (unit, phrasing): (&Unit, Digest),
        approver: &Approver<'a>,
    ) -> Result<Self, Refusal> {
        let Approver { by, on, note, key } = *approver;
        let settings = &loaded.corpus.settings;
        let reviewer = loaded.reviews.reviewer(by);
        let reviewer = reviewer.ok_or_else(|| Refusal::UnknownReviewer(by.to_owned()))?;
        let name = || unit.name.clone();
        let may =
            reviewer.entitled(unit).and_then(|()| Demand::of(unit, settings).admits(reviewer));
        may.map_err(|why| Refusal::NotEntitled { unit: name(), why })?;
        let standing = loaded.reviews.standing(unit, settings, on);
        let served = standing.text.map_err(|why| Refusal::Unserved { unit: name(), why })?;
        if settings.policy.signatures && key.is_none() {
            return Err(Refusal::NeedsSignature);
        }
        let before = loaded.reviews.in_force(&unit.name).get(by).map(|it| &it.line);
        let before = before.filter(|it| it.decision == Verdict::Approve && it.until >= on);
        let is_meant = |it: &&UnitPhrasing| {
            it.digest == phrasing || before.is_some_and(|line| line.phrasings.contains(&it.digest))
        };
        let phrasings = unit.phrasings.iter().filter(is_meant).cloned().collect();
        // Somebody who has not approved the answer does not approve it by the way.
        let digest = before.map_or_else(Digest::default, |it| it.digest);
        let until = before.map_or(served.until, |it| it.until.min(served.until));
        let line = Unit { digest, phrasings, ..unit.clone() };
        let decision = DecisionOn { decision: Verdict::Approve, by, on, until, note, key };
        Ok(Self { line, decision })
    }

    /// The last day the approval holds.
    #[must_use]
    pub const fn until(&self) -> Date {
        self.decision.until
    }

    /// Appends the line. The caller holds the lock of the reviews since before `loaded` was read.
    ///
    /// # Errors
    ///
    /// [`Error`] when the log cannot be written.
    pub fn write(&self, root: &Path, loaded: &Loaded) -> Result<(), Error> {
        let units = [&self.line];
        review_log::append_reviews(root, &loaded.reviews, &units, &self.decision).map(drop)
    }
}
