//! The decision: confidence against the thresholds of the risk tier.

use std::collections::BTreeMap;

use super::Retriever;
use super::candidate::{self, Ranked};
use super::explain::Explanation;
use super::matcher::Reading;
use super::profile::Barrier;
use super::query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};
use super::signals::Signals;
use crate::analysis::{Analysis, Lang};
use crate::corpus::{DEFAULT_TIER, Entry};

/// How much more likely the stated language is, before the text is read.
const STATED_LANGUAGE: f64 = 8.0;
/// Probability that there is an answer below which asking back is not worth it.
const CLARIFY_FROM: f64 = 0.4;
/// Candidates among which exclusions are counted.
const LOOKED_AT: usize = 8;

/// Decides what to do with a question.
pub(super) fn decide(engine: &Retriever, query: &Query<'_>) -> Decision {
    let words = Analysis::of(query.text).words;
    let prior = |lang: &Lang| if Some(lang) == query.language { STATED_LANGUAGE } else { 1.0 };
    let languages = engine.knowledge.identifier.identify(&words, prior);
    if engine.corpus.entries.is_empty() {
        return abstain(Reason::EmptyCorpus, languages);
    }
    if words.is_empty() {
        return abstain(Reason::NoWords, languages);
    }
    let reading = engine.knowledge.matcher.read(&words, &languages);
    let scores = engine.knowledge.matcher.scores(&reading);
    let (list, excluded) = rank(engine, query, &scores);
    let signals = signals(engine, &reading, &scores, &list);
    let (in_scope, confidence) = engine.knowledge.calibration.apply(&signals);
    let first = list.first().and_then(|it| engine.corpus.entries.get(it.entry as usize));
    let (outcome, reason) =
        weigh(engine, &reading, first, (in_scope, confidence), !excluded.is_empty());
    let candidates = candidates(engine, &list, confidence, in_scope);
    let answer_language = first.and_then(|entry| answer_language(engine, entry, query, &languages));
    Decision {
        outcome,
        reason,
        confidence,
        in_scope,
        answer_language,
        candidates,
        excluded,
        explanation: explanation(&reading, &signals, confidence, in_scope, &languages),
        languages,
    }
}

fn abstain(reason: Reason, languages: Vec<(Lang, f64)>) -> Decision {
    Decision {
        outcome: Outcome::Tree,
        reason,
        confidence: Confidence::default(),
        in_scope: Confidence::default(),
        languages,
        answer_language: None,
        candidates: Vec::new(),
        excluded: Vec::new(),
        explanation: Explanation::default(),
    }
}

/// Ranks what the person may get; counts what is left out among the entries that would have stood
/// in the list.
fn rank(engine: &Retriever, query: &Query<'_>, scores: &[f32]) -> (Vec<Ranked>, Vec<Exclusion>) {
    let mut scores = scores.to_vec();
    for (score, entry) in scores.iter_mut().zip(&engine.corpus.entries) {
        *score += query.profile.affinity(entry);
    }
    let entry = |at: u32| engine.corpus.entries.get(at as usize);
    let served = |at: u32| entry(at).is_some_and(|it| is_served(it, query));
    let all = candidate::ranked(&scores, query.limit.max(2), served);
    let barrier = |it: &Ranked| entry(it.entry).and_then(|it| query.profile.barrier(it));
    let mut counts: BTreeMap<Barrier, usize> = BTreeMap::new();
    for barrier in all.iter().take(LOOKED_AT).filter_map(barrier) {
        *counts.entry(barrier).or_default() += 1;
    }
    let open = |at: u32| entry(at).is_some_and(|it| query.profile.barrier(it).is_none());
    let list = if counts.is_empty() && all.iter().all(|it| open(it.entry)) {
        all
    } else {
        candidate::ranked(&scores, query.limit.max(2), |at| served(at) && open(at))
    };
    let excluded =
        counts.into_iter().map(|(reason, entries)| Exclusion { reason, entries }).collect();
    (list, excluded)
}

/// Whether any text of the entry is still valid today.
fn is_served(entry: &Entry, query: &Query<'_>) -> bool {
    entry.texts.values().any(|text| text.approval.until >= query.today)
}

/// The signals of the list; profile and expiry have no part in the scores they are read from.
fn signals(engine: &Retriever, reading: &Reading, scores: &[f32], list: &[Ranked]) -> Signals {
    let score = |at: usize| list.get(at).and_then(|it| scores.get(it.entry as usize)).copied();
    let first = list.first().map_or(0, |it| it.entry);
    engine.knowledge.matcher.signals(reading, scores, first, score(1))
}

fn weigh(
    engine: &Retriever,
    reading: &Reading,
    first: Option<&Entry>,
    (in_scope, confidence): (Confidence, Confidence),
    any_excluded: bool,
) -> (Outcome, Reason) {
    let Some(first) = first else {
        let reason = if any_excluded { Reason::Excluded } else { Reason::NothingSimilar };
        return (Outcome::Tree, reason);
    };
    if reading.known_words == 0 && reading.corrections.is_empty() {
        return (Outcome::Tree, Reason::UnknownWords);
    }
    let tier = engine.corpus.settings.tier(&first.neutral.tier);
    let tier = tier.or_else(|| engine.corpus.settings.tier(DEFAULT_TIER));
    let tolerated = tier.map_or(0.1, |tier| tier.max_wrong);
    if confidence.value() >= engine.knowledge.calibration.threshold(tolerated) {
        (Outcome::Answer, Reason::Confident)
    } else if in_scope.value() >= CLARIFY_FROM {
        (Outcome::Clarify, Reason::NotSure)
    } else {
        (Outcome::Tree, Reason::NothingSimilar)
    }
}

/// The list with confidences: what is left of `in_scope` is shared by the others by their scores.
fn candidates(
    engine: &Retriever,
    list: &[Ranked],
    confidence: Confidence,
    in_scope: Confidence,
) -> Vec<Candidate> {
    const SHARPNESS: f64 = 3.0;
    let first = list.first().map_or(0.0, |it| f64::from(it.score));
    let power = |it: &Ranked| ((f64::from(it.score) - first) * SHARPNESS).exp();
    let total: f64 = list.iter().skip(1).map(power).sum();
    let rest = (in_scope.value() - confidence.value()).max(0.0);
    list.iter()
        .enumerate()
        .filter_map(|(at, it)| {
            let entry = engine.corpus.entries.get(it.entry as usize)?.id.clone();
            let share = rest * power(it) / total.max(f64::MIN_POSITIVE);
            // Never more likely than the one before it.
            let own = if at == 0 { confidence.value() } else { share.min(confidence.value()) };
            Some(Candidate { entry, score: it.score, confidence: Confidence::new(own) })
        })
        .collect()
}

/// Stated preference, else the language asked in, else the fallback chain; valid texts only.
fn answer_language(
    engine: &Retriever,
    entry: &Entry,
    query: &Query<'_>,
    languages: &[(Lang, f64)],
) -> Option<Lang> {
    let asked = languages.first().map(|(lang, _)| lang);
    let wanted: Vec<&Lang> = query.language.into_iter().chain(asked).collect();
    engine
        .corpus
        .chain(&wanted)
        .into_iter()
        .find(|lang| entry.texts.get(lang).is_some_and(|it| it.approval.until >= query.today))
        .cloned()
}

fn explanation(
    reading: &Reading,
    signals: &Signals,
    confidence: Confidence,
    in_scope: Confidence,
    languages: &[(Lang, f64)],
) -> Explanation {
    let of_signals =
        signals.named().iter().map(|(name, value)| Explanation::number(name, *value)).collect();
    let of_languages = languages
        .iter()
        .take(3)
        .map(|(lang, share)| Explanation::number(lang.as_str(), *share))
        .collect();
    let corrections = reading
        .corrections
        .iter()
        .map(|(typed, known)| Explanation::text(typed, format!("read as {known}")))
        .collect();
    Explanation::group(
        "decision",
        vec![
            Explanation::number("confidence", confidence.value()),
            Explanation::number("in_scope", in_scope.value()),
            Explanation::group("signals", of_signals),
            Explanation::group("languages", of_languages),
            Explanation::group("corrections", corrections),
        ],
    )
}
