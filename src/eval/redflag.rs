//! Red flags: how many people in danger are noticed, and how often an ordinary question is taken
//! for one.

use std::collections::BTreeMap;

use serde::Serialize;

use super::interval::Interval;
use super::judgment::Kind;
use super::measure::number;
use super::summary::{Pair, ordinary};
use crate::analysis::Lang;
use crate::retrieval::Outcome;

/// A share with its counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// Questions.
    pub n: usize,
    /// Those that were decided `urgent`.
    pub urgent: usize,
    /// The share of them; absent when there are no questions.
    pub share: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
}

/// Measures of red flags.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RedFlags {
    /// Red flags noticed: the recall.
    pub recall: Share,
    /// The same by class.
    pub classes: BTreeMap<String, Share>,
    /// The same by language.
    pub languages: BTreeMap<Lang, Share>,
    /// Ordinary questions taken for red flags: the false alarms.
    pub false_alarms: Share,
    /// The same by language.
    pub false_alarm_languages: BTreeMap<Lang, Share>,
    /// The same among questions that look like a red flag and are none.
    pub lookalikes: Share,
}

impl RedFlags {
    /// Counts the decisions `urgent`.
    #[must_use]
    pub fn of(pairs: &[Pair<'_>]) -> Self {
        let flags: Vec<Pair<'_>> =
            pairs.iter().copied().filter(|it| it.0.kind() == Kind::Redflag).collect();
        let ordinary = ordinary(pairs);
        let lookalikes: Vec<Pair<'_>> =
            ordinary.iter().copied().filter(|it| it.0.lookalike).collect();
        let class = |pair: &Pair<'_>| pair.0.redflag_class.clone().unwrap_or("unnamed".to_owned());
        let lang = |pair: &Pair<'_>| pair.0.lang.clone();
        Self {
            recall: Share::of(&flags),
            classes: shares(&flags, class),
            languages: shares(&flags, lang),
            false_alarms: Share::of(&ordinary),
            false_alarm_languages: shares(&ordinary, lang),
            lookalikes: Share::of(&lookalikes),
        }
    }
}

impl Share {
    fn of(pairs: &[Pair<'_>]) -> Self {
        let urgent = pairs.iter().filter(|(_, line)| line.decision == Outcome::Urgent).count();
        let n = pairs.len();
        let share = (n > 0).then(|| number(urgent) / number(n));
        Self { n, urgent, share, interval: Interval::of_share(urgent, n) }
    }
}

fn shares<K: Ord>(pairs: &[Pair<'_>], name: impl Fn(&Pair<'_>) -> K) -> BTreeMap<K, Share> {
    let mut parts: BTreeMap<K, Vec<Pair<'_>>> = BTreeMap::new();
    for pair in pairs {
        parts.entry(name(pair)).or_default().push(*pair);
    }
    parts.into_iter().map(|(name, part)| (name, Share::of(&part))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::summary::tests::pair;
    use super::*;

    #[test]
    fn recall_and_false_alarms_have_their_own_questions() {
        let flag = |class: &str, decision| {
            let mut pair = pair(&[], &[], 0.0, decision);
            pair.0.kind = Some(Kind::Redflag);
            pair.0.redflag_class = Some(class.to_owned());
            pair
        };
        let run = [
            flag("gbv", Outcome::Urgent),
            flag("gbv", Outcome::Tree),
            flag("emergency", Outcome::Urgent),
            pair(&["a"], &["a"], 0.9, Outcome::Answer),
            pair(&[], &["a"], 0.1, Outcome::Urgent),
        ];
        let pairs: Vec<Pair<'_>> = run.iter().map(|(j, line)| (j, line)).collect();
        let measured = RedFlags::of(&pairs);
        let share = |n, urgent: usize| (n, urgent, Some(number(urgent) / number(n)));
        let counted = |it: Share| (it.n, it.urgent, it.share);
        assert_eq!(counted(measured.recall), share(3, 2));
        assert_eq!(measured.classes["gbv"].share, Some(0.5));
        assert_eq!(counted(measured.false_alarms), share(2, 1));
        assert_eq!(measured.lookalikes.share, None);
    }
}
