//! The catalogue: the ways to ask for an entry, as evaluation compares questions with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Analysis, tokenize};
use crate::corpus::{Corpus, Entry, EntryId};

/// The canonical questions and phrasings of an entry, each once, in all languages.
#[must_use]
pub fn phrasings(entry: &Entry) -> BTreeSet<&str> {
    let questions = entry.texts.values().map(|it| it.question.as_str());
    questions.chain(entry.phrasings.iter().map(|it| it.text.as_str())).collect()
}

/// For each normalised phrasing the entries it stands under.
#[must_use]
pub fn by_plain(corpus: &Corpus) -> BTreeMap<String, BTreeSet<&EntryId>> {
    let mut owners: BTreeMap<String, BTreeSet<&EntryId>> = BTreeMap::new();
    for entry in &corpus.entries {
        for phrasing in phrasings(entry) {
            owners.entry(Analysis::of(phrasing).plain()).or_default().insert(&entry.id);
        }
    }
    owners.remove("");
    owners
}

/// The phrasing of an entry that looks most like the question: by the Dice coefficient of their
/// character trigrams. Ties go to the first in order of the text.
#[must_use]
pub fn closest<'a>(entry: &'a Entry, question: &str) -> Option<&'a str> {
    let wanted = trigrams(question);
    let likeness = |phrasing: &str| {
        let own = trigrams(phrasing);
        let shared = wanted.intersection(&own).count();
        // In thousandths, so that the order is total.
        2_000 * shared / (wanted.len() + own.len()).max(1)
    };
    phrasings(entry).into_iter().rev().max_by_key(|it| likeness(it))
}

fn trigrams(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    tokenize::grams(&Analysis::of(text).words, 3, 3, |gram| {
        all.insert(gram.to_owned());
    });
    all
}
