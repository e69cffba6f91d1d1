//! The engine: corpus, index and what was learnt, opened from one configuration.
//!
//! What service, evaluation and command line hold; what is measured is what is served.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::{Date, OffsetDateTime};

use crate::analysis::{Analysis, Lang};
use crate::config::Config;
use crate::corpus::{self, Corpus, Digest, Head, Loaded, Problems, SourceFile};
use crate::dialogue::{self, Commands, Guide, Input, Session, Turn};
use crate::index::snapshot::{self, Aside, Snapshot};
use crate::index::{self, Files, Index, Manifest, documents, marks};
use crate::retrieval::{Advice, Calibration, Decision, Explanation, Knowledge, Query, Retriever};

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

impl Error {
    /// Whether building the index again is the remedy.
    #[must_use]
    pub fn is_mended_by_building(&self) -> bool {
        match self {
            Self::Index(error) => matches!(
                error,
                index::Error::Missing { .. }
                    | index::Error::Stale { .. }
                    | index::Error::Damaged { .. }
                    | index::Error::RolledBack { .. }
            ),
            Self::Undecodable { .. } => true,
            Self::Corpus(_) | Self::BrokenCorpus { .. } => false,
        }
    }
}

const CORPUS_FILE: &str = "corpus.bin";
const KNOWLEDGE_FILE: &str = "knowledge.bin";
const SEGMENT_PREFIX: &str = "segment.";

/// An open engine; cheap to share between threads, never changed.
#[derive(Debug)]
pub struct Engine {
    retriever: Retriever,
    commands: Commands,
    /// Identity of the snapshot.
    pub snapshot: Digest,
    /// Identity of the corpus it was built from.
    pub corpus_digest: Digest,
    /// The day its approvals were looked at.
    pub built_for: Date,
    /// How far the review logs were, by reviewer: a server that reloads refuses an engine that
    /// lies behind the one it serves (see [`marks::behind`]).
    pub reviews: BTreeMap<String, Head>,
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
        // Both are reading and hashing, about as much of it.
        let (snapshot, digest) = std::thread::scope(|scope| {
            let digest = scope.spawn(|| corpus::digest(&config.corpus));
            (Snapshot::open(&config.index), digest.join())
        });
        let snapshot = snapshot?;
        let digest = digest.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let (trust, today) = (config.trust, config.today);
        snapshot::check_fresh(&config.index, &snapshot.manifest, (digest, trust), today)?;
        Self::serve(config, snapshot)
    }

    /// Opens a snapshot that does not lie behind what was served from here, and raises the marks.
    fn serve(config: &Config, snapshot: Snapshot) -> Result<Self, Error> {
        if !snapshot.manifest.trusted {
            marks::check(&config.index, &snapshot.manifest.reviews)?;
        }
        let engine = Self::from_snapshot(snapshot)?;
        // A folder that cannot be written into keeps no marks, and serves all the same.
        drop(marks::raise(&config.index, &engine.reviews));
        Ok(engine)
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
            Err(error) if error.is_mended_by_building() => (),
            Err(error) => return Err(error),
        }
        match build(config) {
            Ok(built) => {
                let engine = Self::serve(config, Snapshot::open(&config.index)?)?;
                Ok((engine, Opened::Built(Box::new(built))))
            }
            Err(Error::BrokenCorpus { errors }) => {
                let kept = Self::open_last(config).ok_or(Error::BrokenCorpus { errors })?;
                Ok((kept, Opened::Kept { errors }))
            }
            Err(error) => Err(error),
        }
    }

    /// Identity of the snapshot in use on the disk; one small file is read, nothing is verified.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] when there is none.
    pub fn published(config: &Config) -> Result<Digest, Error> {
        Ok(snapshot::current(&config.index)?)
    }

    /// Opens the snapshot in use, whatever the corpus folder says now: another process published it.
    ///
    /// # Errors
    ///
    /// [`Error`], also when it was built on trust or for a day to come; nothing is built.
    pub fn open_published(config: &Config) -> Result<Self, Error> {
        let snapshot = Snapshot::open(&config.index)?;
        let own = (snapshot.manifest.corpus, config.trust);
        snapshot::check_fresh(&config.index, &snapshot.manifest, own, config.today)?;
        Self::serve(config, snapshot)
    }

    /// Takes over a snapshot from elsewhere: writes it aside, opens it there as every other is
    /// opened, then switches to it. `is_rollback`: it may lie behind what was served from here.
    ///
    /// # Errors
    ///
    /// [`Error`]; the snapshot in use stays.
    pub fn adopt(
        config: &Config,
        manifest: &[u8],
        files: &Files,
        is_rollback: bool,
    ) -> Result<Self, Error> {
        let aside = Aside::write(&config.index, manifest, files)?;
        let snapshot = aside.open()?;
        let own = (snapshot.manifest.corpus, config.trust);
        snapshot::check_fresh(&config.index, &snapshot.manifest, own, config.today)?;
        if !is_rollback {
            marks::check(&config.index, &snapshot.manifest.reviews)?;
        }
        let engine = Self::from_snapshot(snapshot)?;
        if is_rollback {
            marks::lower(&config.index, &engine.reviews)?;
        }
        aside.switch()?;
        marks::raise(&config.index, &engine.reviews)?;
        Ok(engine)
    }

    /// The last snapshot, whatever the corpus says now; not one that was built on trust.
    fn open_last(config: &Config) -> Option<Self> {
        let snapshot = Snapshot::open(&config.index).ok()?;
        let trusted = snapshot.manifest.trusted && !config.trust;
        (!trusted).then(|| Self::serve(config, snapshot).ok()).flatten()
    }

    fn from_snapshot(mut snapshot: Snapshot) -> Result<Self, Error> {
        let corpus: Corpus = decode(CORPUS_FILE, &snapshot.take(CORPUS_FILE)?)?;
        let knowledge: Knowledge = decode(KNOWLEDGE_FILE, &snapshot.take(KNOWLEDGE_FILE)?)?;
        let index = Index::open(snapshot.take_all(SEGMENT_PREFIX), &documents(&corpus))?;
        Ok(Self {
            commands: Commands::of(&corpus),
            retriever: Retriever::new(Arc::new(corpus), index, knowledge),
            snapshot: snapshot.id,
            corpus_digest: snapshot.manifest.corpus,
            built_for: snapshot.manifest.built_for,
            reviews: snapshot.manifest.reviews,
        })
    }

    /// An engine on a corpus as it was loaded for `today`, in memory alone: nothing is read from the index or written.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] when the corpus cannot be indexed.
    pub fn in_memory(loaded: &Loaded, today: Date) -> Result<Self, Error> {
        let (index, knowledge) = learnt(&loaded.corpus)?;
        Ok(Self {
            retriever: Retriever::new(Arc::new(loaded.corpus.clone()), index, knowledge),
            snapshot: Digest::default(),
            corpus_digest: loaded.digest,
            reviews: loaded.reviews.heads(),
            built_for: today,
            commands: Commands::of(&loaded.corpus),
        })
    }

    /// An engine on another corpus, with the entry model learnt anew and all else as it is here:
    /// to see what this one would do without some of its texts.
    ///
    /// # Errors
    ///
    /// [`Error::Index`] when the corpus cannot be indexed.
    pub fn on(&self, corpus: Corpus) -> Result<Self, Error> {
        let documents = documents(&corpus);
        let index = Index::open(index::build(&documents)?, &documents)?;
        Ok(Self {
            commands: Commands::of(&corpus),
            retriever: self.retriever.on(Arc::new(corpus), index),
            snapshot: self.snapshot,
            corpus_digest: self.corpus_digest,
            built_for: self.built_for,
            reviews: self.reviews.clone(),
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

    /// The approaches that fit a challenge of a programme.
    #[must_use]
    pub fn recommend(&self, challenge: &str, stated: Option<&Lang>, today: Date) -> Advice {
        self.retriever.recommend(challenge, stated, today)
    }

    /// Decides what to do with a question.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Decision {
        self.retriever.decide(query)
    }

    /// The numbers behind a decision on a question.
    #[must_use]
    pub fn explain(&self, query: &Query<'_>, decision: &Decision) -> Explanation {
        self.retriever.explain(query, decision)
    }

    /// Does one turn of a conversation.
    #[must_use]
    pub fn step(&self, session: Session, input: &Input, now: OffsetDateTime) -> Turn {
        dialogue::step(&self.guide(), session, input, now)
    }

    /// What a conversation is led with; sessions last [`dialogue::LIFETIME`].
    #[must_use]
    pub fn guide(&self) -> Guide<'_> {
        let (retriever, commands) = (&self.retriever, &self.commands);
        Guide { retriever, commands, lifetime: dialogue::LIFETIME }
    }
}

/// Loads the corpus, and holds its review logs against what was served before.
///
/// # Errors
///
/// [`Error`] when the corpus folder or the marks cannot be read; a log that lies behind what was
/// served is a problem of the corpus.
pub fn load(config: &Config) -> Result<Loaded, Error> {
    let mut loaded = corpus::load(&config.corpus, config.today, config.trust)?;
    if config.trust {
        return Ok(loaded);
    }
    let mut problems = Problems::default();
    for (by, mark) in marks::read(&config.index)? {
        if loaded.reviews.continues(&by, &mark) {
            continue;
        }
        let path = "reviews/HEADS";
        let shown = config.corpus.join(path).to_string_lossy().into_owned();
        let (lines, served) = (loaded.reviews.head(&by).lines, mark.lines);
        let message = format!(
            "the log of {by} has {lines} lines and is not the one of which {served} were served"
        );
        let marks = marks::file(&config.index);
        let help = format!(
            "restore reviews/ from version control; if the logs were begun anew on purpose, \
             delete {}",
            marks.display()
        );
        problems.error(&SourceFile::new(path, &shown, ""), 0..0, "rolled-back", message, help);
    }
    loaded.problems.extend(problems.into_sorted());
    Ok(loaded)
}

/// Builds a snapshot from the corpus and switches to it.
///
/// # Errors
///
/// [`Error::BrokenCorpus`] when the corpus has errors; the snapshot in use stays.
pub fn build(config: &Config) -> Result<Built, Error> {
    let mut loaded = load(config)?;
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
    let manifest = Manifest::new(loaded.digest, trust, today);
    Ok((files, Manifest { reviews: loaded.reviews.heads(), ..manifest }))
}

/// The index and all that is learnt from a corpus.
fn learnt(corpus: &Corpus) -> Result<(Index, Knowledge), Error> {
    let documents = documents(corpus);
    let index = Index::open(index::build(&documents)?, &documents)?;
    let knowledge = Knowledge::learn(corpus, &index);
    Ok((index, knowledge))
}

fn encode(file: &'static str, value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    postcard::to_stdvec(value).map_err(|why| Error::Undecodable { file, why })
}

fn decode<'a, T: serde::Deserialize<'a>>(file: &'static str, bytes: &'a [u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes).map_err(|why| Error::Undecodable { file, why })
}
