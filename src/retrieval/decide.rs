//! The decision: confidence against the thresholds of the risk tier.

use std::collections::BTreeMap;

use super::Retriever;
use super::candidate;
use super::explain::Explanation;
use super::listening;
use super::matcher::Reading;
use super::model::Scored;
use super::profile::Barrier;
use super::query::{Candidate, Confidence, Decision, Exclusion, Outcome, Query, Reason};
use super::signals::Signals;
use crate::analysis::profiles::EXPECTED;
use crate::analysis::{Analysis, Lang, Word};
use crate::corpus::{DangerClass, Entry};

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
    let heeded = listening::listen(engine, words, &spoken(engine, &languages), &languages);
    let (list, excluded) = rank(engine, query, &heeded.scores);
    let reading = heeded.reading(list.first().map(|it| it.entry));
    let scores = &heeded.learnt;
    let signals = signals(engine, reading, scores, &list);
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
        explanation: explanation(reading, &signals, confidence, in_scope, &languages),
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
fn spoken(engine: &Retriever, languages: &[(Lang, f64)]) -> Vec<(Lang, f64)> {
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
        explanation: Explanation::default(),
    }
}

/// Ranks what the person may get; counts what is left out among the entries that would have stood
/// in the list.
fn rank(engine: &Retriever, query: &Query<'_>, scores: &[Scored]) -> (Vec<Scored>, Vec<Exclusion>) {
    let entry = |it: &Scored| engine.corpus.entries.get(it.entry as usize);
    let liked = |it: &Scored| {
        let affinity = entry(it).map_or(0.0, |entry| query.profile.affinity(entry));
        Scored { score: it.score + affinity, ..*it }
    };
    let scores: Vec<Scored> = scores.iter().map(liked).collect();
    let served = |it: &Scored| entry(it).is_some_and(|it| is_served(it, query));
    let barrier = |it: &Scored| entry(it).and_then(|it| query.profile.barrier(it));
    let all = candidate::ranked(&scores, query.limit.max(LOOKED_AT), served);
    let mut counts: BTreeMap<Barrier, usize> = BTreeMap::new();
    for barrier in all.iter().take(LOOKED_AT).filter_map(barrier) {
        *counts.entry(barrier).or_default() += 1;
    }
    let list = if all.iter().all(|it| barrier(it).is_none()) {
        all
    } else {
        let open = |it: &Scored| served(it) && barrier(it).is_none();
        candidate::ranked(&scores, query.limit.max(2), open)
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
fn signals(
    engine: &Retriever,
    reading: &Reading,
    scores: &[Scored],
    list: &[Scored],
) -> Option<Signals> {
    let learnt = |at: usize| {
        let wanted = list.get(at)?.entry;
        // Scores are in the order of the entries.
        let place = scores.binary_search_by(|it| it.entry.cmp(&wanted)).ok()?;
        scores.get(place).copied()
    };
    let second = learnt(1).map(|it| it.score);
    Some(engine.knowledge.matcher.signals(reading, scores, learnt(0)?, second))
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
    let tolerated = tier.map_or(0.1, |tier| tier.max_wrong);
    let learnt = engine.knowledge.calibration.threshold(tolerated);
    let of_itself = if reading.translated > MOSTLY_TRANSLATED { 1.0 - tolerated } else { 0.0 };
    if confidence.value() >= learnt.max(of_itself) {
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

/// Stated preference, else the language asked in, else the fallback chain; valid texts only.
fn answer_language(
    engine: &Retriever,
    entry: &Entry,
    query: &Query<'_>,
    languages: &[(Lang, f64)],
) -> Option<Lang> {
    let asked = languages.first().map(|(lang, _)| lang);
    let wanted: Vec<&Lang> = query.language.into_iter().chain(asked).collect();
    let (lang, _) = entry.text_in(&engine.corpus.chain(&wanted), query.today)?;
    Some(lang.clone())
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
