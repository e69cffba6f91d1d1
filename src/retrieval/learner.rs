//! The learner: makes a matcher of the texts of a corpus, and again of all but a few.
//!
//! What is expensive is done once. A matcher that has never seen some texts is the same space and
//! spelling with what stands in those texts alone taken out, and weights trained on from those of
//! all texts.

use std::sync::Arc;

use super::concepts::Concepts;
use super::features::Counts;
use super::matcher::{Matcher, Sample};
use super::model::EntryModel;
use super::negatives::Near;
use super::parallel;
use super::phrasings::Phrasings;
use super::space::Space;
use super::spelling::Speller;
use super::train::{Separator, Solution, Texts};
use super::vectors::{Rows, Sets};
use crate::index::Index;

/// How much an answer counts beside a phrasing. 0.3 gained most on the dev splits.
const ANSWER_WEIGHT: f32 = 0.3;

/// What was learnt of all texts, and what is needed to learn without some.
#[derive(Debug)]
pub(super) struct Learner<'a> {
    samples: &'a [Sample],
    n_entries: usize,
    texts: Texts,
    solutions: Vec<Solution>,
    /// How many texts have each word, by its place in the speller.
    word_counts: Vec<u32>,
    /// Knows all texts.
    matcher: Matcher,
}

/// What a matcher is not to know.
#[derive(Debug)]
pub(super) struct Hidden {
    /// For each text whether it is hidden.
    pub(super) texts: Vec<bool>,
    /// For each entry whether it is hidden with all its texts, which are hidden too.
    pub(super) entries: Vec<bool>,
}

impl<'a> Learner<'a> {
    /// Learns from all texts of the entries 0 to `n_entries`.
    pub(super) fn new(
        samples: &'a [Sample],
        n_entries: usize,
        index: &Index,
        concepts: Arc<Concepts>,
    ) -> Self {
        let entries: Vec<u32> = samples.iter().map(|it| it.entry).collect();
        let counts: Vec<&Counts> = samples.iter().map(|it| &it.counts).collect();
        let space = Space::learn(&counts, &entries, n_entries);
        let vectors = parallel::map(&counts, |it| space.vector_of(it));
        let mut rows = Rows::default();
        vectors.iter().for_each(|it| rows.push(it.iter()));
        let mut matcher = Matcher { concepts, ..Matcher::default() };
        matcher.phrasings = phrasings(&space, samples);
        let weight = |it: &Sample| if it.is_answer { ANSWER_WEIGHT } else { 1.0 };
        let labels = samples.iter().map(|it| (it.entry, weight(it))).collect();
        let n_features = space.len() as usize;
        let texts = Texts::new(rows, labels, n_entries, n_features);
        let near = Near::new(samples, n_entries, index);
        let solutions = texts.train(|entry| near.of(entry));
        matcher.speller = Speller::learn(samples.iter().map(|it| it.words.as_slice()));
        matcher.model = model(&solutions, n_features);
        matcher.space = space;
        let word_counts = word_counts(samples, &matcher.speller);
        let nothing = Hidden { texts: vec![false; samples.len()], entries: vec![false; n_entries] };
        let mut learner = Self { samples, n_entries, texts, solutions, word_counts, matcher };
        (learner.matcher.of_entry, learner.matcher.stems) = learner.sets(&nothing);
        learner
    }

    /// The matcher that knows all texts.
    pub(super) fn into_matcher(self) -> Matcher {
        self.matcher
    }

    /// A matcher that does not know what is hidden. It scores hidden entries without meaning.
    pub(super) fn without(&self, hidden: &Hidden) -> Matcher {
        let is_hidden = |text: u32| hidden.texts.get(text as usize).copied().unwrap_or(false);
        let is_out = |entry: u32| hidden.entries.get(entry as usize).copied().unwrap_or(false);
        let texts: Vec<u32> =
            (0..).zip(&hidden.texts).filter(|(_, it)| **it).map(|(at, _)| at).collect();
        let space = self.matcher.space.without(self.texts.features_only_in(&texts).into_iter());
        let solutions = self.texts.train_without(&self.solutions, is_hidden, is_out);
        let (of_entry, stems) = self.sets(hidden);
        Matcher {
            model: model(&solutions, space.len() as usize),
            speller: self.matcher.speller.without(self.words_only_in(&texts)),
            space,
            of_entry,
            stems,
            concepts: Arc::clone(&self.matcher.concepts),
            phrasings: self.matcher.phrasings.clone(),
        }
    }

    /// For each entry its phrasings, by their places among all phrasings, and its stems.
    fn sets(&self, hidden: &Hidden) -> (Sets, Sets) {
        let mut of_entry = vec![Vec::new(); self.n_entries];
        let mut stems = vec![Vec::new(); self.n_entries];
        let mut phrasing = 0;
        for (sample, is_hidden) in self.samples.iter().zip(&hidden.texts) {
            let (of_entry, stems) =
                (of_entry.get_mut(sample.entry as usize), stems.get_mut(sample.entry as usize));
            if let (Some(of_entry), Some(stems), false) = (of_entry, stems, *is_hidden) {
                stems.extend(sample.stems.iter().filter_map(|it| self.matcher.space.stem(it)));
                of_entry.extend((!sample.is_answer).then_some(phrasing));
            }
            phrasing += u32::from(!sample.is_answer);
        }
        let mut sets = (Sets::default(), Sets::default());
        for (of_entry, mut stems) in of_entry.into_iter().zip(stems) {
            stems.sort_unstable();
            stems.dedup();
            sets.0.push(of_entry.into_iter());
            sets.1.push(stems.into_iter());
        }
        sets
    }

    /// Places of words that only the hidden texts have, rising.
    fn words_only_in(&self, hidden: &[u32]) -> Vec<u32> {
        let hidden = hidden.iter().filter_map(|it| self.samples.get(*it as usize));
        let within = counted(hidden, &self.matcher.speller, self.word_counts.len());
        (0_u32..)
            .zip(within.iter().zip(&self.word_counts))
            .filter(|(_, (within, all))| within == all)
            .map(|(place, _)| place)
            .collect()
    }
}

fn model(solutions: &[Solution], n_features: usize) -> EntryModel {
    let separators: Vec<&Separator> = solutions.iter().map(|it| &it.separator).collect();
    EntryModel::new(&separators, n_features)
}

fn word_counts(samples: &[Sample], speller: &Speller) -> Vec<u32> {
    counted(samples.iter(), speller, speller.len())
}

fn counted<'a>(samples: impl Iterator<Item = &'a Sample>, speller: &Speller, n: usize) -> Vec<u32> {
    let mut counts = vec![0_u32; n];
    for place in samples.flat_map(|it| &it.words).filter_map(|it| speller.place(&it.form)) {
        if let Some(count) = counts.get_mut(place as usize) {
            *count += 1;
        }
    }
    counts
}

/// The words and pairs of every phrasing.
fn phrasings(space: &Space, samples: &[Sample]) -> Phrasings {
    let mut phrasings = Phrasings::default();
    for sample in samples.iter().filter(|it| !it.is_answer) {
        phrasings.push(&space.words_of(&sample.counts));
    }
    phrasings
}
