//! Strays: phrasings which, held out and asked, find another entry than their own.
//!
//! A part of the phrasings is left out of the corpus, the entry model is learnt anew from the rest,
//! and each of them is asked like any question; ten parts, so that each is asked once. The same is
//! done without the lexicon: where it finds the right entry then, a form of the lexicon has pulled.

use std::collections::BTreeMap;

use serde::Serialize;
use time::Date;

use crate::analysis::{Analysis, Lang};
use crate::corpus::{Corpus, EntryId, Lexicon, Phrasing};
use crate::engine::{Engine, Error};
use crate::retrieval::{Outcome, Profile, Query};

/// Parts of the phrasings.
const FOLDS: usize = 10;
/// Phrasings a form must pull to be worth a look.
const PULLED_FROM: usize = 2;

/// What the held-out phrasings found.
#[derive(Debug, Default, Serialize)]
pub struct Strays {
    /// Phrasings asked.
    pub asked: usize,
    /// Those that found another entry first, surest first.
    pub phrasings: Vec<Stray>,
    /// Lexicon forms that pull more than they help, worst first.
    pub forms: Vec<Pull>,
}

/// A phrasing that finds another entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stray {
    /// The entry it stands under.
    pub entry: EntryId,
    /// Its language.
    pub lang: Lang,
    /// The words.
    pub text: String,
    /// The entry it finds.
    pub first: EntryId,
    /// Probability that it is meant, by the engine.
    pub confidence: f64,
    /// Whether the other entry would be given as the answer.
    pub answered: bool,
}

/// A lexicon form that pulls phrasings to wrong entries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pull {
    /// Language of the form.
    pub lang: Lang,
    /// The concept it stands under.
    pub concept: String,
    /// The form, normalised.
    pub form: String,
    /// Phrasings that are right without the lexicon only.
    pub pulled: usize,
    /// Phrasings that are right with the lexicon only.
    pub helped: usize,
    /// The entry it pulls to most.
    pub to: EntryId,
}

/// Holds every phrasing out once and asks it.
///
/// # Errors
///
/// [`Error`] when what is left cannot be indexed.
pub fn find(
    engine: &Engine,
    today: Date,
    progress: &dyn Fn(usize, usize),
) -> Result<Strays, Error> {
    let corpus = engine.corpus();
    let mut strays = Strays::default();
    let mut pulls = Pulls::new(&corpus.lexicon);
    for fold in 0..FOLDS {
        progress(fold, FOLDS);
        let rest = without(corpus, fold);
        let plain = Corpus { lexicon: Lexicon::default(), ..rest.clone() };
        let with = engine.on(rest)?;
        let lexicon_counts = !corpus.lexicon.forms.is_empty();
        let bare = lexicon_counts.then(|| engine.on(plain)).transpose()?;
        for (id, phrasing) in held(corpus, fold) {
            let Some(stray) = ask(&with, id, phrasing, today) else { continue };
            strays.asked += 1;
            if let Some(bare) = bare.as_ref().and_then(|it| ask(it, id, phrasing, today)) {
                pulls.count(phrasing, &stray, &bare);
            }
            if stray.first != stray.entry {
                strays.phrasings.push(stray);
            }
        }
    }
    progress(FOLDS, FOLDS);
    strays.phrasings.sort_by(|a, b| {
        (b.answered, b.confidence)
            .partial_cmp(&(a.answered, a.confidence))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then_with(|| (&a.entry, &a.lang, &a.text).cmp(&(&b.entry, &b.lang, &b.text)))
    });
    strays.forms = pulls.worst();
    Ok(strays)
}

/// Whether a phrasing is held out in a fold: one in [`FOLDS`] of each entry.
fn is_held(entry: usize, rank: usize, fold: usize) -> bool {
    (rank + entry * 7) % FOLDS == fold
}

fn without(corpus: &Corpus, fold: usize) -> Corpus {
    let mut rest = corpus.clone();
    for (at, entry) in rest.entries.iter_mut().enumerate() {
        let mut ranks = 0..;
        entry.phrasings.retain(|_| !is_held(at, ranks.next().unwrap_or(0), fold));
    }
    rest
}

/// The phrasings held out. Those that repeat a canonical question stay in the corpus in effect, and
/// are not asked.
fn held(corpus: &Corpus, fold: usize) -> impl Iterator<Item = (&EntryId, &Phrasing)> {
    corpus.entries.iter().enumerate().flat_map(move |(at, entry)| {
        let held =
            entry.phrasings.iter().enumerate().filter(move |(rank, _)| is_held(at, *rank, fold));
        let repeats = |it: &Phrasing| entry.texts.values().any(|text| text.question == it.text);
        held.filter(move |(_, it)| !repeats(it)).map(|(_, it)| (&entry.id, it))
    })
}

fn ask(engine: &Engine, id: &EntryId, phrasing: &Phrasing, today: Date) -> Option<Stray> {
    let profile = Profile::default();
    let text = &phrasing.text;
    let query = Query { text, language: None, profile: &profile, limit: 1, today };
    let decision = engine.decide(&query);
    let first = decision.candidates.first()?;
    Some(Stray {
        entry: id.clone(),
        lang: phrasing.lang.clone(),
        text: phrasing.text.clone(),
        first: first.entry.clone(),
        confidence: decision.confidence.value(),
        answered: decision.outcome == Outcome::Answer,
    })
}

/// How often each form of the lexicon pulls and helps.
struct Pulls<'a> {
    lexicon: &'a Lexicon,
    /// Places of the forms of a language, by their words.
    forms: BTreeMap<(&'a Lang, &'a str), usize>,
    counts: BTreeMap<usize, (usize, usize, BTreeMap<EntryId, usize>)>,
}

impl<'a> Pulls<'a> {
    fn new(lexicon: &'a Lexicon) -> Self {
        let forms = lexicon.forms.iter().enumerate();
        let forms = forms.map(|(at, it)| ((&it.lang, it.plain.as_str()), at)).collect();
        Self { lexicon, forms, counts: BTreeMap::new() }
    }

    fn count(&mut self, phrasing: &Phrasing, with: &Stray, without: &Stray) {
        let (right_with, right_without) = (with.first == with.entry, without.first == with.entry);
        if right_with == right_without {
            return;
        }
        for form in self.forms_in(phrasing) {
            let (pulled, helped, to) = self.counts.entry(form).or_default();
            if right_with {
                *helped += 1;
            } else {
                *pulled += 1;
                *to.entry(with.first.clone()).or_default() += 1;
            }
        }
    }

    /// The forms that stand in a phrasing, whole words only.
    fn forms_in(&self, phrasing: &Phrasing) -> Vec<usize> {
        const LONGEST: usize = 4;
        let words = Analysis::of(&phrasing.text).words;
        let mut forms = Vec::new();
        for at in 0..words.len() {
            for n in 1..=LONGEST.min(words.len() - at) {
                let run: Vec<&str> =
                    words.iter().skip(at).take(n).map(|it| it.form.as_str()).collect();
                forms.extend(self.forms.get(&(&phrasing.lang, run.join(" ").as_str())));
            }
        }
        forms.sort_unstable();
        forms.dedup();
        forms
    }

    fn worst(self) -> Vec<Pull> {
        let mut worst = Vec::new();
        for (at, (pulled, helped, to)) in self.counts {
            let most = to.iter().max_by_key(|(id, n)| (**n, std::cmp::Reverse(*id)));
            let form = self.lexicon.forms.get(at);
            let (Some(form), Some((to, _))) = (form, most) else { continue };
            if pulled >= PULLED_FROM && pulled > helped {
                let concept = self.lexicon.concepts.get(form.concept as usize);
                worst.push(Pull {
                    lang: form.lang.clone(),
                    concept: concept.cloned().unwrap_or_default(),
                    form: form.plain.clone(),
                    pulled,
                    helped,
                    to: to.clone(),
                });
            }
        }
        worst.sort_by(|a, b| {
            let loss = |it: &Pull| it.pulled - it.helped;
            loss(b).cmp(&loss(a)).then_with(|| (&a.lang, &a.form).cmp(&(&b.lang, &b.form)))
        });
        worst
    }
}
