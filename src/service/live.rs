//! The engine in use, and its exchange for a newer one while requests are answered.
//!
//! A request takes one engine and keeps it to its end, so no reply mixes two corpora. A reload that
//! fails leaves the engine where it is and says why; reloads take turns.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use serde::Serialize;
use time::{Date, OffsetDateTime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};
use utoipa::ToSchema;

use super::follow::Following;
use super::metrics;
use crate::config::Config;
use crate::corpus::Digest;
use crate::engine::{self, Engine, Error};
use crate::release;

/// How often the index folder is looked at for a snapshot that another process published.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a snapshot that was refused is left alone.
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// The engine in use.
#[derive(Debug)]
pub(super) struct Live {
    engine: ArcSwap<Engine>,
    config: Config,
    following: Option<Following>,
    turn: Mutex<()>,
    last: RwLock<Option<Reload>>,
}

/// What asked for a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Cause {
    /// SIGHUP.
    Signal,
    /// `POST /v1/admin/reload`.
    Request,
    /// Another process published a snapshot.
    Snapshot,
    /// The channel that is followed.
    Channel,
}

impl Cause {
    /// The name on the wire.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Request => "request",
            Self::Snapshot => "snapshot",
            Self::Channel => "channel",
        }
    }
}

/// How a reload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// Another corpus is served now.
    Reloaded,
    /// Nothing differs from what is served.
    Unchanged,
    /// What is there cannot be served; what was served before still is.
    Refused,
}

impl Outcome {
    /// The name on the wire.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reloaded => "reloaded",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

/// A reload that has ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Reload {
    /// How it ended.
    pub(super) outcome: Outcome,
    /// What asked for it.
    pub(super) cause: Cause,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime, example = "2026-11-22T06:30:00Z")]
    pub(super) at: OffsetDateTime,
    /// The snapshot that is served after it.
    #[schema(value_type = String)]
    pub(super) snapshot: Digest,
    /// Errors of the corpus, where they are why it was refused.
    pub(super) errors: usize,
    /// Why it was refused, and what to do.
    pub(super) message: Option<String>,
}

impl Live {
    /// Serves `engine`; reloads come from the channel that is followed, else from the places
    /// `config` names.
    pub(super) fn new(engine: Engine, config: Config, following: Option<Following>) -> Self {
        let engine = ArcSwap::from_pointee(engine);
        Self { engine, config, following, turn: Mutex::default(), last: RwLock::default() }
    }

    /// The engine in use; to be asked for once a request.
    pub(super) fn engine(&self) -> Arc<Engine> {
        self.engine.load_full()
    }

    /// The day it is, for what has expired; to be asked for once a request.
    pub(super) fn today(&self) -> Date {
        self.config.day()
    }

    /// Where things are, as of now.
    fn config(&self) -> Config {
        Config { today: self.today(), ..self.config.clone() }
    }

    /// The channel that is followed, if one is.
    pub(super) const fn following(&self) -> Option<&Following> {
        self.following.as_ref()
    }

    /// How the last reload ended.
    pub(super) fn last_reload(&self) -> Option<Reload> {
        self.last.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Exchanges the engine for what `cause` points at: the snapshot in use, or the corpus, from
    /// which a snapshot is built where it has changed. Runs to its end also when nobody waits.
    pub(super) async fn reload(self: &Arc<Self>, cause: Cause) -> Option<Reload> {
        let live = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _turn = live.turn.lock().await;
            let (config, served) = (live.config(), live.engine());
            let followed = Arc::clone(&live);
            let open = move || match &followed.following {
                Some(following) => following.next(&config, Some(served.snapshot)),
                None => Ok(next(&config, &served, cause)?),
            };
            let opened = tokio::task::spawn_blocking(open).await;
            opened.map(|opened| live.end(cause, opened))
        });
        match task.await {
            Ok(Ok(reload)) => Some(reload),
            // The runtime is stopping, or the reload panicked, which has been reported.
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Puts the new engine in its place and keeps how it went.
    fn end(&self, cause: Cause, opened: Result<Option<Engine>, release::Error>) -> Reload {
        let (outcome, error) = match opened {
            Ok(Some(engine)) => {
                self.engine.store(Arc::new(engine));
                (Outcome::Reloaded, None)
            }
            Ok(None) => (Outcome::Unchanged, None),
            Err(error) => (Outcome::Refused, Some(error)),
        };
        let reload = Reload {
            outcome,
            cause,
            at: OffsetDateTime::now_utc(),
            snapshot: self.engine.load().snapshot,
            errors: error.as_ref().map_or(0, errors),
            message: error.as_ref().map(with_cause),
        };
        metrics::reloaded(&reload);
        if self.is_news(&reload) {
            match &reload.message {
                Some(why) => tracing::error!(?cause, why, "the corpus was not reloaded"),
                None => tracing::info!(?cause, ?outcome, snapshot = %reload.snapshot, "reload"),
            }
            *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(reload.clone());
        }
        reload
    }

    /// Whether a look at the channel found anything that was not known: it is looked at often.
    fn is_news(&self, reload: &Reload) -> bool {
        let last = self.last_reload();
        let known = match reload.outcome {
            Outcome::Reloaded => false,
            Outcome::Unchanged => last.is_none_or(|it| it.outcome != Outcome::Refused),
            Outcome::Refused => last.is_some_and(|it| it.message == reload.message),
        };
        reload.cause != Cause::Channel || !known
    }

    /// Reloads on SIGHUP and when another process publishes a snapshot or the channel does, as long as the runtime runs.
    ///
    /// # Errors
    ///
    /// When the signal cannot be listened to.
    pub(super) fn watch(self: &Arc<Self>) -> std::io::Result<()> {
        let hangup = signal(SignalKind::hangup())?;
        tokio::spawn(Arc::clone(self).on_signal(hangup));
        match &self.following {
            Some(following) => drop(tokio::spawn(Arc::clone(self).on_channel(following.every()))),
            None => drop(tokio::spawn(Arc::clone(self).on_snapshot())),
        }
        Ok(())
    }

    async fn on_signal(self: Arc<Self>, mut hangup: Signal) {
        while hangup.recv().await.is_some() {
            self.reload(Cause::Signal).await;
        }
    }

    async fn on_channel(self: Arc<Self>, every: Duration) {
        let mut tick = interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.reload(Cause::Channel).await;
        }
    }

    async fn on_snapshot(self: Arc<Self>) {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut refused: Option<(Digest, Instant)> = None;
        loop {
            tick.tick().await;
            let config = self.config();
            let look = tokio::task::spawn_blocking(move || Engine::published(&config));
            let Ok(published) = look.await else { return };
            let Ok(published) = published else { continue };
            let left_alone =
                refused.is_some_and(|(id, at)| id == published && at.elapsed() < REFUSED_FOR);
            if published == self.engine.load().snapshot || left_alone {
                continue;
            }
            let reload = self.reload(Cause::Snapshot).await;
            let was_refused = reload.is_some_and(|it| it.outcome == Outcome::Refused);
            refused = was_refused.then(|| (published, Instant::now()));
        }
    }
}

/// The engine to serve next; `None` when it is the one that is served.
fn next(config: &Config, served: &Engine, cause: Cause) -> Result<Option<Engine>, Error> {
    let opened = match cause {
        Cause::Snapshot => Engine::open_published(config)?,
        Cause::Signal | Cause::Request | Cause::Channel => match Engine::open(config) {
            Err(error) if error.is_mended_by_building() => {
                engine::build(config)?;
                Engine::open_published(config)?
            }
            opened => opened?,
        },
    };
    Ok((opened.snapshot != served.snapshot).then_some(opened))
}

fn errors(error: &release::Error) -> usize {
    match error {
        release::Error::Engine(Error::BrokenCorpus { errors }) => *errors,
        _ => 0,
    }
}

/// The message of an error with those of its causes.
fn with_cause(error: &release::Error) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(it) = cause {
        message = format!("{message}: {it}");
        cause = it.source();
    }
    message
}
