//! The engine: corpus, index and what was learnt, opened from one configuration.
//!
//! What service, evaluation and command line hold; what is measured is what is served.

use std::sync::Arc;

use time::Date;

use crate::config::Config;
use crate::corpus::{self, Corpus, Digest, Loaded};
use crate::index::snapshot::{self, Snapshot};
use crate::index::{self, Files, Index, Manifest, documents};
use crate::retrieval::{Decision, Knowledge, Query, Retriever};

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
        snapshot::check_fresh(&config.index, &snapshot.manifest, digest, config.today)?;
        Self::from_snapshot(snapshot)
    }

    /// Builds the index when it is missing, stale or damaged, then opens it.
    ///
    /// # Errors
    ///
    /// [`Error`]; when the corpus is broken nothing is built.
    pub fn open_or_build(config: &Config) -> Result<(Self, Option<Built>), Error> {
        match Self::open(config) {
            Ok(engine) => Ok((engine, None)),
            Err(
                Error::Index(
                    index::Error::Missing { .. }
                    | index::Error::Stale { .. }
                    | index::Error::Damaged { .. },
                )
                | Error::Undecodable { .. },
            ) => {
                let built = build(config)?;
                Ok((Self::from_snapshot(Snapshot::open(&config.index)?)?, Some(built)))
            }
            Err(error) => Err(error),
        }
    }

    fn from_snapshot(mut snapshot: Snapshot) -> Result<Self, Error> {
        let corpus: Corpus = decode(CORPUS_FILE, &snapshot.take(CORPUS_FILE)?)?;
        let knowledge: Knowledge = decode(KNOWLEDGE_FILE, &snapshot.take(KNOWLEDGE_FILE)?)?;
        Ok(Self {
            retriever: Retriever::new(Arc::new(corpus), knowledge),
            snapshot: snapshot.id,
            corpus_digest: snapshot.manifest.corpus,
        })
    }

    /// The corpus that is served.
    #[must_use]
    pub fn corpus(&self) -> &Arc<Corpus> {
        self.retriever.corpus()
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
    let loaded = corpus::load(&config.corpus, config.today, config.trust)?;
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
