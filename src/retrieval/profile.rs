//! Profiles: what is known of the person who asks, and what it does to candidates.
//!
//! A stated country, age or gender can make an entry ineligible: it is left out and counted. Role
//! and topics only re-order.

use serde::{Deserialize, Serialize};

use crate::corpus::condition::{AGES, Facts, GENDERS};
use crate::corpus::{Entry, Gender, Role};

/// An age band; people are never asked for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgeBand {
    /// 10 to 14 years.
    #[serde(rename = "10-14")]
    From10,
    /// 15 to 17 years.
    #[serde(rename = "15-17")]
    From15,
    /// 18 to 24 years.
    #[serde(rename = "18-24")]
    From18,
    /// 25 years and more.
    #[serde(rename = "25+")]
    From25,
}

impl AgeBand {
    /// Youngest and oldest age of the band, in years.
    #[must_use]
    pub const fn years(self) -> (u32, u32) {
        match self {
            Self::From10 => (10, 14),
            Self::From15 => (15, 17),
            Self::From18 => (18, 24),
            Self::From25 => (25, 120),
        }
    }
}

/// What is known of the person; everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Profile {
    /// ISO 3166 code of the country, like `KE`.
    pub country: Option<String>,
    /// Age band.
    pub age: Option<AgeBand>,
    /// Gender.
    pub gender: Option<Gender>,
    /// For whom the person asks.
    pub role: Option<Role>,
    /// Topics of interest.
    pub topics: Vec<String>,
}

/// Why an entry is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Barrier {
    /// It does not hold in the person's country.
    Country,
    /// It is for another age.
    Age,
    /// It is for another gender.
    Gender,
}

impl Barrier {
    /// The name in replies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Age => "age",
            Self::Gender => "gender",
        }
    }
}

/// Largest change that soft affinity makes to a score; a fifth of the distance between an entry's
/// own phrasings and all others.
const AFFINITY: f32 = 0.2;

impl Profile {
    /// What conditions of the decision tree are about.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let age = self.age.map_or("", |it| AGES[it as usize]);
        let gender = self.gender.map_or("", |it| GENDERS[it as usize]);
        let role = |role| Role::NAMES.iter().find(|(_, it)| *it == role).map(|(name, _)| *name);
        Facts {
            country: self.country.clone().unwrap_or_default(),
            age: age.to_owned(),
            gender: gender.to_owned(),
            role: self.role.and_then(role).unwrap_or_default().to_owned(),
            topics: self.topics.clone(),
        }
    }

    /// Whether any entry may be dearer to the person than another.
    #[must_use]
    pub fn has_likes(&self) -> bool {
        self.role.is_some() || !self.topics.is_empty()
    }

    /// What keeps the person from getting an entry; the first of country, age, gender.
    #[must_use]
    pub fn barrier(&self, entry: &Entry) -> Option<Barrier> {
        let limits = &entry.neutral;
        if let Some(country) = &self.country {
            let elsewhere = !limits.countries.is_empty() && !limits.countries.contains(country);
            if elsewhere || limits.exclude_countries.contains(country) {
                return Some(Barrier::Country);
            }
        }
        if let Some((youngest, oldest)) = self.age.map(AgeBand::years) {
            let too_young = limits.age_min.is_some_and(|min| oldest < min);
            let too_old = limits.age_max.is_some_and(|max| youngest > max);
            if too_young || too_old {
                return Some(Barrier::Age);
            }
        }
        match (self.gender, limits.gender) {
            (Some(Gender::Female), Some(Gender::Male))
            | (Some(Gender::Male), Some(Gender::Female)) => Some(Barrier::Gender),
            _ => None,
        }
    }

    /// What role and topics add to an entry's score; between `-AFFINITY` and `AFFINITY`.
    #[must_use]
    pub fn affinity(&self, entry: &Entry) -> f32 {
        let audience = &entry.neutral.audience;
        let role = match self.role {
            Some(role) if audience.is_empty() || audience.contains(&role) => AFFINITY / 2.0,
            Some(_) => -AFFINITY / 2.0,
            None => 0.0,
        };
        let topic = if self.topics.contains(&entry.topic) { AFFINITY / 2.0 } else { 0.0 };
        role + topic
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{EntryId, Neutral};

    fn entry(neutral: Neutral) -> Entry {
        let id = EntryId::new("A");
        Entry { id, topic: String::new(), neutral, texts: Default::default(), phrasings: vec![] }
    }

    #[test]
    fn only_what_is_stated_excludes() {
        let kenyan = entry(Neutral { countries: vec!["KE".into()], ..Neutral::default() });
        assert_eq!(Profile::default().barrier(&kenyan), None);
        let in_senegal = Profile { country: Some("SN".into()), ..Profile::default() };
        assert_eq!(in_senegal.barrier(&kenyan), Some(Barrier::Country));
    }

    #[test]
    fn an_age_band_that_overlaps_the_limits_is_let_in() {
        let adults = entry(Neutral { age_min: Some(18), ..Neutral::default() });
        let aged = |age| Profile { age: Some(age), ..Profile::default() };
        assert_eq!(aged(AgeBand::From15).barrier(&adults), Some(Barrier::Age));
        assert_eq!(aged(AgeBand::From18).barrier(&adults), None);
    }

    #[test]
    fn facts_have_the_names_that_requests_have() {
        let bands = [AgeBand::From10, AgeBand::From15, AgeBand::From18, AgeBand::From25];
        for age in bands {
            let facts = Profile { age: Some(age), ..Profile::default() }.facts();
            assert_eq!(serde_json::to_value(age).unwrap(), facts.age);
        }
        for gender in [Gender::Female, Gender::Male, Gender::Other] {
            let facts = Profile { gender: Some(gender), ..Profile::default() }.facts();
            assert_eq!(serde_json::to_value(gender).unwrap(), facts.gender);
        }
        for (name, role) in Role::NAMES {
            let facts = Profile { role: Some(*role), ..Profile::default() }.facts();
            assert_eq!(facts.role, *name);
        }
    }

    #[test]
    fn a_role_only_reorders() {
        let for_staff = entry(Neutral { audience: vec![Role::Provider], ..Neutral::default() });
        let client = Profile { role: Some(Role::Client), ..Profile::default() };
        assert_eq!(client.barrier(&for_staff), None);
        assert!(client.affinity(&for_staff) < 0.0);
    }
}
