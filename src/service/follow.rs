//! Following a release channel: what it says is fetched, checked and served.
//!
//! Whatever goes wrong (the depot is away, a byte differs, a signature does not hold), what was
//! served before goes on being served, and the log, `/readyz` and a metric say why.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::Error;
use crate::config::{Config, Settings};
use crate::corpus::{Digest, PublicKey};
use crate::engine::Engine;
use crate::release::{self, Follow, Kind};

/// A channel that is followed, and how far it has been.
#[derive(Debug)]
pub struct Following {
    follow: Follow,
    every: Duration,
    /// The release that is served; 0 before the first.
    number: AtomicU64,
    is_failing: AtomicBool,
}

/// How the first engine came to be open.
#[derive(Debug)]
pub enum Start {
    /// It is the newest release.
    Newest,
    /// The channel cannot be followed now; it is the one that was served last from here.
    Kept(release::Error),
}

impl Following {
    /// The channel that the settings name, if they name one.
    ///
    /// # Errors
    ///
    /// [`Error::TrustKey`], [`Error::Release`] when no key is trusted.
    pub fn of(settings: &Settings) -> Result<Option<Self>, Error> {
        let named = &settings.follow;
        let Some(place) = named.url.as_deref().filter(|it| !it.is_empty()) else {
            return Ok(None);
        };
        let trust: Result<Vec<PublicKey>, _> = named.trust.iter().map(|it| it.parse()).collect();
        let follow = Follow::new(place, &named.channel, trust.map_err(Error::TrustKey)?)?;
        Ok(Some(Self {
            follow,
            every: Duration::from_secs(named.every_seconds),
            number: AtomicU64::new(0),
            is_failing: AtomicBool::new(false),
        }))
    }

    /// Opens the newest release, or the one that was served last from the index folder.
    ///
    /// # Errors
    ///
    /// [`Error::Release`] when there is neither.
    pub fn open(&self, config: &Config) -> Result<(Engine, Start), Error> {
        match self.next(config, None) {
            Ok(Some(engine)) => Ok((engine, Start::Newest)),
            // With nothing served there is always something to open.
            Ok(None) => Ok((open_last(config)?, Start::Newest)),
            Err(error) => match open_last(config) {
                Ok(engine) => Ok((engine, Start::Kept(error))),
                Err(_) => Err(error.into()),
            },
        }
    }

    /// The engine to serve next; `None` when it is the one that is served.
    pub(super) fn next(
        &self,
        config: &Config,
        served: Option<Digest>,
    ) -> Result<Option<Engine>, release::Error> {
        let next = self.look(config, served);
        self.is_failing.store(next.is_err(), Ordering::Relaxed);
        next
    }

    fn look(
        &self,
        config: &Config,
        served: Option<Digest>,
    ) -> Result<Option<Engine>, release::Error> {
        let release = self.follow.newest(&config.index)?;
        let is_here = Engine::published(config).is_ok_and(|it| it == release.snapshot);
        let next = if is_here && served == Some(release.snapshot) {
            None
        } else {
            let here = is_here.then(|| Engine::open_published(config)).and_then(Result::ok);
            Some(match here {
                Some(engine) => engine,
                None => {
                    let fetched = self.follow.download(&release)?;
                    let is_rollback = release.kind == Kind::Rollback;
                    Engine::adopt(config, &fetched.manifest, &fetched.files, is_rollback)?
                }
            })
        };
        if let Err(error) = self.follow.remember(&config.index, &release) {
            tracing::warn!(%error, "the number of the release is not remembered");
        }
        self.number.store(release.number, Ordering::Relaxed);
        Ok(next.filter(|it| served != Some(it.snapshot)))
    }

    /// How often the channel is looked at.
    pub(super) const fn every(&self) -> Duration {
        self.every
    }

    /// The name of the channel.
    pub(super) fn channel(&self) -> &str {
        self.follow.channel()
    }

    /// The number of the release that is served; `None` while the channel was never reached.
    pub(super) fn number(&self) -> Option<u64> {
        Some(self.number.load(Ordering::Relaxed)).filter(|it| *it > 0)
    }

    /// Whether the last look at the channel failed.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }
}

fn open_last(config: &Config) -> Result<Engine, release::Error> {
    Ok(Engine::open_published(config)?)
}
