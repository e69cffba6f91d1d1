//! What needs a reviewer soon: approvals that end, translations left behind, contacts and links to
//! check.

use serde::Serialize;
use time::{Date, Duration};

use super::Loaded;
use super::translation::{Tie, source_of};

/// Why something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueKind {
    /// The approval ends that day; from the next day on it is not served.
    Expires,
    /// A place of help is to be called that day.
    CheckContact,
    /// The address of a resource is to be tried that day.
    CheckLink,
    /// The text it was translated from has changed, or is not named.
    StaleTranslation,
}

/// Something that needs a reviewer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Due {
    /// By when; what is due already has today.
    #[serde(with = "super::day")]
    pub on: Date,
    /// Why.
    pub kind: DueKind,
    /// The unit.
    pub unit: String,
    /// What to do.
    pub what: String,
}

/// Everything due within `days` days, earliest first; then by kind and name.
#[must_use]
pub fn due(loaded: &Loaded, today: Date, days: u32) -> Vec<Due> {
    let last = today.saturating_add(Duration::days(i64::from(days)));
    let settings = &loaded.corpus.settings;
    let mut all = Vec::new();
    for unit in &loaded.units {
        let standing = loaded.reviews.standing(unit, settings, today);
        if let Some(until) = standing.until().filter(|it| *it <= last) {
            let what = format!("approve again; not served after {until}");
            all.push(Due { on: until, kind: DueKind::Expires, unit: unit.name.clone(), what });
        }
        let Some(source) = source_of(unit, &loaded.units, settings.languages.first()) else {
            continue;
        };
        let what = match source.tie {
            Tie::Current => continue,
            Tie::Stale => format!("its source {} has changed since", source.unit.name),
            Tie::Unbound => "it does not say which text it was translated from".to_owned(),
        };
        let kind = DueKind::StaleTranslation;
        all.push(Due { on: today, kind, unit: unit.name.clone(), what });
    }
    for referral in loaded.corpus.referrals.iter().filter(|it| it.check_on <= last) {
        let country = referral.country.as_deref().unwrap_or("international");
        all.push(Due {
            on: referral.check_on.max(today),
            kind: DueKind::CheckContact,
            unit: format!("referral/{country}/{}", referral.id),
            what: "call and see whether it still holds".to_owned(),
        });
    }
    for resource in &loaded.corpus.catalogue.resources {
        let (on, what) = match (resource.about.check_link_on(), &resource.about.link_checked) {
            (Some(on), Some(checked)) => (on, format!("last tried on {checked}")),
            _ => (today, "nobody ever tried it".to_owned()),
        };
        if on <= last {
            let kind = DueKind::CheckLink;
            let what = format!("open {}, and write today's date; {what}", resource.about.url);
            all.push(Due {
                on: on.max(today),
                kind,
                unit: format!("resource/{}", resource.id),
                what,
            });
        }
    }
    all.sort();
    all
}
