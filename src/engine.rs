//! The engine: corpus, index and what was learnt, opened from one configuration.
//!
//! What service, evaluation and command line hold; what is measured is what is served.

use std::sync::Arc;

use time::Date;

use crate::analysis::{Analysis, Lang};
use crate::config::Config;
use crate::corpus::{self, Corpus, Digest, Loaded};
use crate::index::snapshot::{self, Snapshot};
use crate::index::{self, Files, Index, Manifest, documents};
use crate::retrieval::{Calibration, Decision, Knowledge, Query, Retriever};

/// Why an engine cannot be opened or built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The corpus folder cannot be read.
    #[error(transparent)]
    Corpus(#[from] corpus::Error),
    /// The index cannot be used.
    #[error(transparent)]
    Index(#[from] index::Error),
    /// The corpus has errors; nothing was built and the last good index stays.
    #[error("the corpus has {errors} errors; `sahihi check` shows them; the last index stays")]
    BrokenCorpus {
        /// How many.
        errors: usize,
    },
    /// A verified file of the snapshot cannot be understood.
    #[error("the index is damaged: {file} cannot be read ({why}); run `sahihi build`")]
    Undecodable {
        /// The file.
        file: &'static str,
        /// What the decoder said.
        why: postcard::Error,
    },
}

const CORPUS_FILE: &str = "corpus.bin";
const KNOWLEDGE_FILE: &str = "knowledge.bin";
const SEGMENT_PREFIX: &str = "segment.";

/// An open engine; cheap to share between threads, never changed.
#[derive(Debug)]
pub struct Engine {
    retriever: Retriever,
    /// Identity of the snapshot.
    pub snapshot: Digest,
    /// Identity of the corpus it was built from.
    pub corpus_digest: Digest,
}

/// How an engine came to be open.
#[derive(Debug)]
pub enum Opened {
    /// The snapshot was there and fits the corpus.
    Fresh,
    /// It was built just now.
    Built(Box<Built>),
    /// The corpus has errors; what is served is the last snapshot.
    Kept {
        /// How many.
        errors: usize,
    },
}

/// What a build made.
#[derive(Debug)]
pub struct Built {
    /// What the corpus gave.
    pub loaded: Loaded,
    /// Identity of the snapshot.
    pub snapshot: Digest,
    /// Size of the snapshot in bytes.
    pub bytes: usize,
}

impl Engine {
    /// Opens the snapshot in use, every byte verified, and refuses it when the corpus has changed.
    ///
    /// # Errors
    ///
    /// [`Error`]; nothing is built.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let snapshot = Snapshot::open(&config.index)?;
        let digest = corpus::digest(&config.corpus)?;
        let (trust, today) = (config.trust, config.today);
        snapshot::check_fresh(&config.index, &snapshot.manifest, (digest, trust), today)?;
        Self::from_snapshot(snapshot)
    }

    /// Opens what [`build`] has just made, every byte verified, whatever the corpus says now.
    ///
    /// # Errors
    ///
    /// [`Error`] when there is no sound snapshot.
    pub fn open_as_built(config: &Config) -> Result<Self, Error> {
        Self::from_snapshot(Snapshot::open(&config.index)?)
    }

    /// Builds the index when it is missing, stale or damaged, then opens it.
    ///
    /// When the corpus is broken the last good snapshot stays in use: one edited letter must not
    /// take a service off the air.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::BrokenCorpus`] only where there is no sound snapshot to fall back on.
    pub fn open_or_build(config: &Config) -> Result<(Self, Opened), Error> {
        match Self::open(config) {
            Ok(engine) => return Ok((engine, Opened::Fresh)),
            Err(
                Error::Index(
                    index::Error::Missing { .. }
                    | index::Error::Stale { .. }
                    | index::Error::Damaged { .. },
                )
                | Error::Undecodable { .. },
            ) => (),
            Err(error) => return Err(error),
        }
        match build(config) {
            Ok(built) => {
                let engine = Self::from_snapshot(Snapshot::open(&config.index)?)?;
                Ok((engine, Opened::Built(Box::new(built))))
            }
            Err(Error::BrokenCorpus { errors }) => {
                let kept = Self::open_last(config).ok_or(Error::BrokenCorpus { errors })?;
                Ok((kept, Opened::Kept { errors }))
            }
            Err(error) => Err(error),
        }
    }

    /// The last snapshot, whatever the corpus says now; not one that was built on trust.
    fn open_last(config: &Config) -> Option<Self> {
        let snapshot = Snapshot::open(&config.index).ok()?;
        let trusted = snapshot.manifest.trusted && !config.trust;
        (!trusted).then(|| Self::from_snapshot(snapshot).ok()).flatten()
    }

    fn from_snapshot(mut snapshot: Snapshot) -> Result<Self, Error> {
        let corpus: Corpus = decode(CORPUS_FILE, &snapshot.take(CORPUS_FILE)?)?;
        let knowledge: Knowledge = decode(KNOWLEDGE_FILE, &snapshot.take(KNOWLEDGE_FILE)?)?;
        let index = Index::open(snapshot.take_all(SEGMENT_PREFIX), &documents(&corpus))?;
        Ok(Self {
            retriever: Retriever::new(Arc::new(corpus), index, knowledge),
            snapshot: snapshot.id,
            corpus_digest: snapshot.manifest.corpus,
        })
    }

    /// The corpus that is served.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        self.retriever.corpus()
    }

    /// What scores are worth.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        self.retriever.calibration()
    }

    /// The languages of a text with their probability, most likely first.
    #[must_use]
    pub fn languages(&self, text: &Analysis) -> Vec<(Lang, f64)> {
        self.retriever.languages(&text.words, None)
    }

    /// Decides what to do with a question.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        self.retriever.decide(query)
    }
}

/// Builds a snapshot from the corpus and switches to it.
///
/// # Errors
///
/// [`Error::BrokenCorpus`] when the corpus has errors; the snapshot in use stays.
pub fn build(config: &Config) -> Result<Built, Error> {
    let mut loaded = corpus::load(&config.corpus, config.today, config.trust)?;
    if let Some(share) = config.out_of_scope_share {
        loaded.corpus.settings.out_of_scope_share = share;
    }
    if let Some(folder) = &config.lexicon {
        let (lexicon, tables, problems) = corpus::read_lexicon(folder)?;
        (loaded.corpus.lexicon, loaded.corpus.tables) = (lexicon, tables);
        loaded.problems.extend(problems);
    }
    if let Some(lang) = &config.without {
        loaded.corpus = loaded.corpus.without(lang);
    }
    if loaded.has_errors() {
        let is_error = |it: &&corpus::Problem| it.severity == corpus::Severity::Error;
        return Err(Error::BrokenCorpus {
            errors: loaded.problems.iter().filter(is_error).count(),
        });
    }
    let (files, manifest) = snapshot_of(&loaded, config.trust, config.today)?;
    let bytes = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let snapshot = snapshot::publish(&config.index, manifest, &files)?;
    Ok(Built { loaded, snapshot, bytes })
}

fn snapshot_of(loaded: &Loaded, trust: bool, today: Date) -> Result<(Files, Manifest), Error> {
    let documents = documents(&loaded.corpus);
    let segment = index::build(&documents)?;
    let index = Index::open(segment.clone(), &documents)?;
    let knowledge = Knowledge::learn(&loaded.corpus, &index);
    let mut files: Files = segment
        .into_iter()
        .map(|(name, bytes)| (format!("{SEGMENT_PREFIX}{name}"), bytes))
        .collect();
    files.push((CORPUS_FILE.to_owned(), encode(CORPUS_FILE, &loaded.corpus)?));
    files.push((KNOWLEDGE_FILE.to_owned(), encode(KNOWLEDGE_FILE, &knowledge)?));
    Ok((files, Manifest::new(loaded.digest, trust, today)))
}

fn encode(file: &'static str, value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(value).map_err(|why| Error::Undecodable { file, why })
}

fn decode<'a, T: serde::Deserialize<'a>>(file: &'static str, bytes: &'a [u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes).map_err(|why| Error::Undecodable { file, why })
}
