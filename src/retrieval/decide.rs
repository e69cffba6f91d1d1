//! The decision: confidence against the thresholds of the risk tier.

use std::collections::BTreeMap;

use super::Retriever;
use super::candidate;
use super::listening;
use super::matcher::Reading;
use super::model::Scored;
use super::profile::Barrier;
use super::query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};
use super::signals::Signals;
use crate::analysis::profiles::EXPECTED;
use crate::analysis::{Analysis, Lang, Word};
use crate::corpus::{DangerClass, Entry, Role};

/// How much more likely the stated language is, before the text is read.
const STATED_LANGUAGE: f64 = 8.0;
/// The same for a language that is understood through a table: people may well write in it.
const UNDERSTOOD: f64 = 10.0;
/// Probability that there is an answer below which asking back is not worth it.
const CLARIFY_FROM: f64 = 0.4;
/// A question of which more is read through tables needs the confidence its tier asks for itself:
/// the thresholds are learnt from questions in the corpus's own words, most of which are clearer.
/// On dev, answers given directly were right in .88 (injongo-xling) and 1.00 (tico-cmu-xling) with
/// this, .72 and 1.00 without.
const MOSTLY_TRANSLATED: f32 = 0.5;
/// Confidence in a candidate one of whose phrasings the question repeats word by word.
const EXACT: Confidence = Confidence::certain(0.99);
/// Candidates among which exclusions are counted.
const LOOKED_AT: usize = 8;

/// Whether the question has the very words of a phrasing of the first candidate. No phrasing
/// stands under two entries, so there is little to doubt.
fn is_exact(signals: &Signals) -> bool {
    signals.nearest > 0.999_9 && signals.margin > 0.1
}

/// Decides what to do with a question: danger first, whatever else could be said.
pub(super) fn decide(engine: &Retriever, query: &Query<'_>) -> Decision {
    let words = Analysis::of(query.text).words;
    let languages = languages(engine, &words, query.language);
    let is_known = |it: &Word| engine.knowledge.matcher.speller.knows(&it.form);
    let dangers = engine.knowledge.safety.dangers(&words, &languages, is_known);
    let decision = search(engine, query, &words, languages);
    if dangers.is_empty() { decision } else { urgent(decision, dangers) }
}

/// Decides what to do with a question that is known to speak of no danger.
pub(super) fn decide_as_question(engine: &Retriever, query: &Query<'_>) -> Decision {
    let words = Analysis::of(query.text).words;
    let languages = languages(engine, &words, query.language);
    search(engine, query, &words, languages)
}

/// Turns what would have been decided into help first. Only where nothing but a clock runs is the
/// question answered too, if an answer is likely at all.
fn urgent(decision: Decision, dangers: Vec<DangerClass>) -> Decision {
    let only_a_clock = dangers.first() == Some(&DangerClass::UrgentTimed);
    let likely = matches!(decision.outcome, Outcome::Answer | Outcome::Clarify);
    Decision {
        outcome: Outcome::Urgent,
        reason: Reason::RedFlag,
        gives_answer: only_a_clock && likely,
        dangers,
        ..decision
    }
}

/// What is decided where nobody is in danger.
fn search(
    engine: &Retriever,
    query: &Query<'_>,
    words: &[Word],
    languages: Vec<(Lang, f64)>,
) -> Decision {
    if engine.corpus.entries.is_empty() {
        return abstain(Reason::EmptyCorpus, languages);
    }
    if words.is_empty() {
        return abstain(Reason::NoWords, languages);
    }
    let heeded = listening::listen(engine, words, &languages);
    let (list, excluded) = rank(engine, query, heeded.scores());
    let reading = heeded.reading(list.first().map(|it| it.entry));
    let signals = signals(engine, reading, &heeded.learnt, &list, query.profile.role);
    let (in_scope, confidence) =
        signals.map_or_else(Default::default, |it| engine.knowledge.calibration.apply(&it));
    let signals = signals.unwrap_or_default();
    let confidence = if is_exact(&signals) { confidence.max(EXACT) } else { confidence };
    let in_scope = in_scope.max(confidence);
    let first = list.first().and_then(|it| engine.corpus.entries.get(it.entry as usize));
    let (outcome, reason) =
        weigh(engine, reading, first, (in_scope, confidence), !excluded.is_empty());
    let candidates = candidates(engine, (&list, query.limit), confidence, in_scope);
    let answer_language = first.and_then(|entry| answer_language(engine, entry, query, &languages));
    Decision {
        outcome,
        reason,
        confidence,
        in_scope,
        answer_language,
        candidates,
        dangers: Vec::new(),
        gives_answer: outcome == Outcome::Answer,
        excluded,
        signals,
        languages,
    }
}

/// The languages of the words, the stated one more likely before they are read.
pub(super) fn languages(
    engine: &Retriever,
    words: &[Word],
    stated: Option<&Lang>,
) -> Vec<(Lang, f64)> {
    let translator = &engine.knowledge.translator;
    let prior = |lang: &Lang| {
        let stated = if Some(lang) == stated { STATED_LANGUAGE } else { 1.0 };
        let understood = !EXPECTED.contains(&lang.as_str()) && translator.speaks(lang);
        stated * if understood { UNDERSTOOD } else { 1.0 }
    };
    engine.knowledge.identifier.identify(words, prior)
}

/// The distribution over the corpus's languages alone: theirs are the stems it knows.
pub(super) fn spoken(engine: &Retriever, languages: &[(Lang, f64)]) -> Vec<(Lang, f64)> {
    let own = &engine.corpus.settings.languages;
    let mut spoken: Vec<(Lang, f64)> =
        languages.iter().filter(|it| own.contains(&it.0)).cloned().collect();
    let sum: f64 = spoken.iter().map(|it| it.1).sum();
    spoken.iter_mut().for_each(|it| it.1 /= sum.max(f64::MIN_POSITIVE));
    spoken
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
        dangers: Vec::new(),
        gives_answer: false,
        excluded: Vec::new(),
        signals: Signals::default(),
    }
}

/// Ranks what the person may get; counts what is left out among the entries that would have stood
/// in the list.
fn rank(engine: &Retriever, query: &Query<'_>, scores: &[f32]) -> (Vec<Scored>, Vec<Exclusion>) {
    let entry = |it: &Scored| engine.corpus.entries.get(it.entry as usize);
    let liked = query.profile.has_likes().then(|| {
        let affinity = |it: &Entry| query.profile.affinity(it);
        scores.iter().zip(&engine.corpus.entries).map(|(it, entry)| it + affinity(entry)).collect()
    });
    let liked: Option<Vec<f32>> = liked;
    let scores = liked.as_deref().unwrap_or(scores);
    let served = |it: &Scored| entry(it).is_some_and(|it| is_served(it, query));
    let barrier = |it: &Scored| entry(it).and_then(|it| query.profile.barrier(it));
    let all = candidate::ranked(scores, query.limit.max(LOOKED_AT), served);
    let mut counts: BTreeMap<Barrier, usize> = BTreeMap::new();
    for barrier in all.iter().take(LOOKED_AT).filter_map(barrier) {
        *counts.entry(barrier).or_default() += 1;
    }
    let list = if all.iter().all(|it| barrier(it).is_none()) {
        all
    } else {
        let open = |it: &Scored| served(it) && barrier(it).is_none();
        candidate::ranked(scores, query.limit.max(2), open)
    };
    let excluded =
        counts.into_iter().map(|(reason, entries)| Exclusion { reason, entries }).collect();
    (list, excluded)
}

/// Whether any text of the entry is still valid today.
fn is_served(entry: &Entry, query: &Query<'_>) -> bool {
    entry.texts.values().any(|text| text.approval.until >= query.today)
}

/// The signals of the list, from the scores that were learnt: affinity has no part in them.
///
/// What is written for another role is no rival of what is written for the person's own.
fn signals(
    engine: &Retriever,
    reading: &Reading,
    scores: &[f32],
    list: &[Scored],
    role: Option<Role>,
) -> Option<Signals> {
    let is_for = |it: &Scored| {
        let entry = engine.corpus.entries.get(it.entry as usize);
        entry.zip(role).is_none_or(|(entry, role)| {
            entry.neutral.audience.is_empty() || entry.neutral.audience.contains(&role)
        })
    };
    let rival = list.iter().skip(1).position(is_for).map_or(1, |at| at + 1);
    let rival = if list.first().is_some_and(is_for) { rival } else { 1 };
    let learnt = |at: usize| {
        let entry = list.get(at)?.entry;
        Some(Scored { entry, score: *scores.get(entry as usize)? })
    };
    let second = learnt(rival).map(|it| it.score);
    Some(engine.knowledge.matcher.signals(reading, scores, learnt(0)?, second))
}

/// The confidence from which an entry is given as the answer to what was read.
pub(super) fn threshold(engine: &Retriever, reading: &Reading, entry: &Entry) -> f64 {
    let tier = engine.corpus.settings.tier(&entry.neutral.tier);
    let tolerated = tier.map_or(0.1, |tier| tier.max_wrong);
    let of_itself = if reading.translated > MOSTLY_TRANSLATED { 1.0 - tolerated } else { 0.0 };
    engine.knowledge.calibration.threshold(tolerated).max(of_itself)
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
    if confidence.value() >= threshold(engine, reading, first) {
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
    (list, limit): (&[Scored], usize),
    confidence: Confidence,
    in_scope: Confidence,
) -> Vec<Candidate> {
    const SHARPNESS: f64 = 3.0;
    let first = list.first().map_or(0.0, |it| f64::from(it.score));
    let power = |it: &Scored| ((f64::from(it.score) - first) * SHARPNESS).exp();
    let total: f64 = list.iter().skip(1).map(power).sum();
    let rest = (in_scope.value() - confidence.value()).max(0.0);
    list.iter()
        .take(limit)
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

/// The first language a person reads that has a valid text.
fn answer_language(
    engine: &Retriever,
    entry: &Entry,
    query: &Query<'_>,
    languages: &[(Lang, f64)],
) -> Option<Lang> {
    let chain = engine.corpus.reply_chain(query.language, languages);
    let (lang, _) = entry.text_in(&chain, query.today)?;
    Some(lang.clone())
}
