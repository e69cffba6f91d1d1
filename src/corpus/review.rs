//! Review: who approved which bytes, and what may be served on a given day.
//!
//! A unit is what one reviewer approves at once: one language of an entry, one sentence. An
//! approval names the unit's digest, so a changed letter is no longer approved. A reviewer's last
//! line on a unit is the one in force; the policy of `corpus.toml` says how many reviewers of which
//! roles it takes, and whether they sign. The logs are read and written by [`super::review_log`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::Date;

use super::digest::{Digest, canonical};
use super::review_log::{Logged, Seal};
use super::reviewed_text::ReviewedTexts;
use super::reviewer::Reviewer;
use super::settings::Settings;
use super::unit::Unit;

/// What a reviewer decided about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// May be served.
    Approve,
    /// Must be changed first.
    Reject,
    /// An earlier approval no longer holds.
    Revoke,
}

impl Verdict {
    /// The word in the logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Revoke => "revoke",
        }
    }
}

/// One line of a review log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLine {
    /// Name of the unit: `entry/PIL-02/sw`.
    pub unit: String,
    /// Digest of the unit as it was reviewed.
    pub digest: Digest,
    /// Digests of the approved phrasings.
    #[serde(default)]
    pub phrasings: Vec<Digest>,
    /// The decision.
    pub decision: Verdict,
    /// The reviewer.
    pub by: String,
    /// Day of the decision.
    #[serde(with = "super::day")]
    pub on: Date,
    /// Last day the unit is served.
    #[serde(with = "super::day")]
    pub until: Date,
    /// A remark.
    #[serde(default)]
    pub note: String,
    /// Digest of the line before, or [`super::log_origin`] in the first line.
    pub prev: Digest,
    /// Signature over [`ReviewLine::signed_text`]; empty where the reviewer did not sign.
    #[serde(default)]
    pub sig: String,
}

impl ReviewLine {
    /// The bytes that are signed: the canonical form of every field but the signature.
    ///
    /// `prev` is among them, so a signature also vouches for the whole log before its line.
    #[must_use]
    pub fn signed_text(&self) -> String {
        let phrasings: Vec<String> = self.phrasings.iter().map(Digest::to_string).collect();
        let fields = [
            ("unit", self.unit.as_str()),
            ("digest", &self.digest.to_string()),
            ("phrasings", &phrasings.join(" ")),
            ("decision", self.decision.name()),
            ("by", &self.by),
            ("on", &self.on.to_string()),
            ("until", &self.until.to_string()),
            ("note", &self.note),
            ("prev", &self.prev.to_string()),
        ];
        canonical("sahihi-review-line-v1", &fields)
    }
}

/// An approval in force: who, when, and the last day it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The reviewers, by name, separated by commas.
    pub by: String,
    /// Day of the latest approval.
    #[serde(with = "super::day")]
    pub on: Date,
    /// Last day served, UTC.
    #[serde(with = "super::day")]
    pub until: Date,
}

/// Whether a unit may be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The approval of the unit, or why there is none.
    pub text: Result<Approval, String>,
    /// The same for each phrasing, in the order of the unit.
    pub phrasings: Vec<Result<Approval, String>>,
}

impl Standing {
    /// Whether the unit and all its phrasings may be served.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.text.is_ok() && self.phrasings.iter().all(Result::is_ok)
    }

    /// The first day on which something of it is no longer served, less one.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        let served = std::iter::once(&self.text).chain(&self.phrasings).flatten();
        served.map(|it| it.until).min()
    }
}

/// What it takes for a unit to be served.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// Approvals by different reviewers.
    pub approvals: u32,
    /// The roles whose approvals count; empty means all.
    pub roles: &'a [String],
}

impl<'a> Demand<'a> {
    /// What the policy asks for a unit.
    #[must_use]
    pub fn of(unit: &Unit, settings: &'a Settings) -> Self {
        let policy = &settings.policy;
        match unit.tier.as_ref().and_then(|tier| settings.tier(tier)) {
            Some(tier) => Self {
                approvals: tier.approvals.max(1),
                roles: if tier.roles.is_empty() { &policy.roles } else { &tier.roles },
            },
            None => Self { approvals: policy.approvals.max(1), roles: &policy.roles },
        }
    }

    /// Whether a reviewer's approval counts; if not, why.
    ///
    /// # Errors
    ///
    /// The reason, as it is listed for the author.
    pub fn admits(&self, reviewer: &Reviewer) -> Result<(), String> {
        if self.roles.is_empty() || self.roles.contains(&reviewer.role) {
            return Ok(());
        }
        let (by, role, roles) = (&reviewer.id, &reviewer.role, self.roles.join(" or "));
        Err(format!("approved by {by}, who is {role}; this needs {roles}"))
    }
}

/// Everything the logs say.
#[derive(Debug, Default)]
pub struct Reviews {
    /// The lines on each unit, log by log, in the order of the logs.
    pub(super) lines: BTreeMap<String, Vec<Logged>>,
    /// The digest of every line, by reviewer.
    pub(super) logs: BTreeMap<String, Vec<Digest>>,
    pub(super) reviewers: Vec<Reviewer>,
    pub(super) texts: ReviewedTexts,
    /// Units taken as approved, to see what would be; the end may be open: `entry/PIL-02/`.
    pub(super) vouched: Vec<String>,
}

impl Reviews {
    /// The reviewer of that name.
    #[must_use]
    pub fn reviewer(&self, id: &str) -> Option<&Reviewer> {
        self.reviewers.iter().find(|it| it.id == id)
    }

    /// All reviewers, in the order of `reviewers.toml`.
    #[must_use]
    pub fn reviewers(&self) -> &[Reviewer] {
        &self.reviewers
    }

    /// What was reviewed, by digest.
    #[must_use]
    pub fn texts(&self) -> &ReviewedTexts {
        &self.texts
    }

    /// Everything ever decided about a unit, oldest first.
    #[must_use]
    pub fn history(&self, unit: &str) -> Vec<&Logged> {
        let mut lines: Vec<&Logged> = self.lines.get(unit).into_iter().flatten().collect();
        lines.sort_by_key(|it| (it.line.on, &it.line.by, it.number));
        lines
    }

    /// The last line of each reviewer on a unit, by reviewer.
    #[must_use]
    pub fn in_force(&self, unit: &str) -> BTreeMap<&str, &Logged> {
        let lines = self.lines.get(unit).into_iter().flatten();
        lines.map(|it| (it.line.by.as_str(), it)).collect()
    }

    /// Whether a unit and its phrasings may be served on `today`.
    #[must_use]
    pub fn standing(&self, unit: &Unit, settings: &Settings, today: Date) -> Standing {
        let fits = |it: &String| {
            unit.name == *it || (it.ends_with('/') && unit.name.starts_with(it.as_str()))
        };
        if self.vouched.iter().any(fits) {
            let approval = Approval { by: "nobody yet".to_owned(), on: today, until: Date::MAX };
            let phrasings = unit.phrasings.iter().map(|_| Ok(approval.clone())).collect();
            return Standing { text: Ok(approval), phrasings };
        }
        let lines: Vec<&Logged> = self.in_force(&unit.name).into_values().collect();
        let weigh = |matches: &dyn Fn(&ReviewLine) -> bool| {
            self.weigh(unit, &lines, settings, today, matches)
        };
        let text = weigh(&|line| line.digest == unit.digest);
        let phrasings = unit
            .phrasings
            .iter()
            .map(|it| weigh(&|line| line.phrasings.contains(&it.digest)))
            .collect();
        Standing { text, phrasings }
    }

    /// The last day this reviewer alone approves a unit with all its phrasings as they stand; `None`
    /// when some of it is not, or no longer.
    #[must_use]
    pub fn approved_by(
        &self,
        unit: &Unit,
        by: &str,
        settings: &Settings,
        today: Date,
    ) -> Option<Date> {
        let logged = *self.in_force(&unit.name).get(by)?;
        let all = |line: &ReviewLine| {
            line.digest == unit.digest
                && unit.phrasings.iter().all(|it| line.phrasings.contains(&it.digest))
        };
        self.holds(unit, logged, settings, today, &all).ok()
    }

    /// Counts the approvals that match and hold; says what is wrong with the others.
    fn weigh(
        &self,
        unit: &Unit,
        lines: &[&Logged],
        settings: &Settings,
        today: Date,
        matches: &dyn Fn(&ReviewLine) -> bool,
    ) -> Result<Approval, String> {
        let mut held: Vec<(&ReviewLine, Date)> = Vec::new();
        let mut reason = "not approved".to_owned();
        for logged in lines {
            match self.holds(unit, logged, settings, today, matches) {
                Ok(until) => held.push((&logged.line, until)),
                Err(why) => reason = why,
            }
        }
        let needed = Demand::of(unit, settings).approvals;
        let needed = usize::try_from(needed).unwrap_or(usize::MAX);
        if held.len() < needed {
            if held.is_empty() {
                return Err(reason);
            }
            return Err(format!("approved by {} of {needed} reviewers needed", held.len()));
        }
        held.sort_by_key(|(line, until)| (std::cmp::Reverse(*until), line.by.clone()));
        held.truncate(needed);
        let names: Vec<&str> = held.iter().map(|(line, _)| line.by.as_str()).collect();
        let on = held.iter().map(|(line, _)| line.on).max().unwrap_or(today);
        let until = held.iter().map(|(_, until)| *until).min().unwrap_or(today);
        Ok(Approval { by: names.join(", "), on, until })
    }

    /// The last day a line approves the unit, or why it does not.
    fn holds(
        &self,
        unit: &Unit,
        logged: &Logged,
        settings: &Settings,
        today: Date,
        matches: &dyn Fn(&ReviewLine) -> bool,
    ) -> Result<Date, String> {
        let Logged { line, seal, .. } = logged;
        let by = &line.by;
        match line.decision {
            Verdict::Approve => (),
            Verdict::Reject => return Err(format!("rejected by {by} on {}", line.on)),
            Verdict::Revoke => return Err(format!("approval revoked by {by} on {}", line.on)),
        }
        if !matches(line) {
            return Err(format!("changed since {by} approved it on {}", line.on));
        }
        let reviewer = self
            .reviewer(by)
            .ok_or_else(|| format!("approved by {by}, who is not in reviewers.toml"))?;
        reviewer.entitled(unit)?;
        Demand::of(unit, settings).admits(reviewer)?;
        match seal {
            Seal::Signed => (),
            Seal::Unsigned if !settings.policy.signatures => (),
            Seal::Unsigned => return Err(format!("approved by {by} without a signature")),
            Seal::Withdrawn => {
                return Err(format!("approved by {by} with a key that was withdrawn since"));
            }
            Seal::Foreign => return Err(format!("the signature is not {by}'s")),
        }
        if line.on > today {
            return Err(format!("approved by {by} only from {} on", line.on));
        }
        let longest = settings.policy.longest_until(line.on);
        let until = longest.map_or(line.until, |longest| longest.min(line.until));
        if until < today {
            return Err(format!("expired: approved by {by} until {until}"));
        }
        Ok(until)
    }
}
