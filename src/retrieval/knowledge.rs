//! Knowledge: everything retrieval learns from a corpus when the index is built.
//!
//! Learnt from the corpus alone, in a fixed order, and stored in the snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::calibrate::Calibration;
use super::concepts::Concepts;
use super::learner::Learner;
use super::matcher::{Matcher, Sample};
use super::parallel;
use super::recommend::Advisor;
use super::safety::Safety;
use super::selfsample;
use super::translation::Translator;
use crate::analysis::Identifier;
use crate::corpus::Corpus;
use crate::index::{Index, documents};

/// What is learnt from a corpus.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Knowledge {
    /// Tells languages apart.
    pub identifier: Identifier,
    /// Scores entries.
    pub matcher: Matcher,
    /// Says what scores are worth.
    pub calibration: Calibration,
    /// Reads other languages.
    pub translator: Translator,
    /// Recognises danger.
    pub safety: Safety,
    /// Recommends approaches.
    pub advisor: Advisor,
}

impl Knowledge {
    /// Learns everything from a corpus whose documents the index holds. Deterministic.
    #[must_use]
    pub fn learn(corpus: &Corpus, index: &Index) -> Self {
        let documents = documents(corpus);
        let concepts = Arc::new(Concepts::new(&corpus.lexicon.without_danger()));
        let samples = Sample::of(&documents, &concepts);
        let identifier = Identifier::train(
            &corpus.settings.languages,
            samples.iter().filter(|it| !it.is_answer).map(|it| (&it.lang, it.words.as_slice())),
        );
        let all = Concepts::new(&corpus.lexicon);
        let (safety, (matcher, calibration, translator)) = parallel::both(
            || Safety::learn(&corpus.red_flags, &samples, &topics(corpus), all, &identifier),
            || matching(corpus, index, &samples, concepts),
        );
        let advisor = Advisor::learn(&corpus.catalogue.approaches);
        Self { identifier, matcher, calibration, translator, safety, advisor }
    }

    /// The same with the matcher learnt from another corpus, read through the same tables.
    #[must_use]
    pub fn relearnt(&self, corpus: &Corpus, index: &Index) -> Self {
        let concepts = Arc::new(Concepts::new(&corpus.lexicon.without_danger()));
        let samples = Sample::of(&documents(corpus), &concepts);
        let matcher = Learner::new(&samples, corpus.entries.len(), index, concepts).into_matcher();
        let translator = self.translator.beside(corpus);
        Self { matcher, translator, ..self.clone() }
    }
}

/// What scores entries, says what the scores are worth, and reads other languages for it.
fn matching(
    corpus: &Corpus,
    index: &Index,
    samples: &[Sample],
    concepts: Arc<Concepts>,
) -> (Matcher, Calibration, Translator) {
    let n_entries = corpus.entries.len();
    let learner = Learner::new(samples, n_entries, index, concepts);
    let asked = selfsample::ask(samples, n_entries, &learner);
    let matcher = learner.into_matcher();
    let own = Calibration::fit(&asked, corpus.settings.out_of_scope_share);
    let calibration = match &corpus.taught {
        Some(taught) => own.with(taught),
        None => own,
    };
    let translator = Translator::new(corpus, |it| matcher.space.stem(it).is_some());
    (matcher, calibration, translator)
}

/// For each entry the number of its topic.
fn topics(corpus: &Corpus) -> Vec<u32> {
    let names: BTreeSet<&str> = corpus.entries.iter().map(|it| it.topic.as_str()).collect();
    let numbers: BTreeMap<&str, u32> = names.into_iter().zip(0..).collect();
    let number = |topic: &str| numbers.get(topic).copied().unwrap_or(0);
    corpus.entries.iter().map(|it| number(&it.topic)).collect()
}
