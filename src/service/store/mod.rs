//! What the service remembers: conversations, names of queries, feedback, what waits to be sent,
//! keys. In a SQLite file, or in PostgreSQL where several servers share it.
//!
//! Search needs none of it: while the database is away, searching and talking go on (conversations
//! in memory), what must be kept is refused with [`Error::Away`], and [`Store::keep`] tries again
//! every second. No row holds what a person asked, unless the settings keep unanswered questions.

mod database;
mod erase;
mod feedback;
mod keeper;
mod key;
mod outbox;
mod query;
mod session;
mod unanswered;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use super::privacy::{self, Pseudonyms};
use crate::config::Settings;
use crate::config::settings::{Privacy, State};
use database::Pool;

pub use erase::Swept;
pub use feedback::{Feedback, FeedbackKind, Sentiment};
pub use key::KeyRow;
pub use outbox::OutboxItem;
pub use query::{Asked, QueryName, QueryRecord};
pub use session::Held;
pub use unanswered::{Missed, Unanswered};

/// An operation that takes longer finds the database away.
const WITHIN: Duration = Duration::from_secs(2);

/// Why something could not be remembered or recalled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be used now; nothing of the operation was kept.
    #[error("the state is away; try again in a moment")]
    Away,
    /// The database does not take a value, as PostgreSQL no text with a zero byte.
    #[error("the database refuses a value: {0}")]
    Refused(Box<sqlx::Error>),
    /// Somebody else has changed it since it was read.
    #[error("this was changed by somebody else meanwhile; load it again")]
    Conflict,
    /// A name that must be unique is taken.
    #[error("there is one named `{0}` already; choose another name or revoke that one")]
    Taken(String),
    /// There is no such thing.
    #[error("there is none named `{0}`")]
    Unknown(String),
    /// The database cannot be opened.
    #[error("cannot open the state in {place}: {why}; {advice}")]
    Open {
        /// Where it is, without password.
        place: String,
        /// What can be done.
        advice: &'static str,
        /// Why it failed.
        why: Box<sqlx::Error>,
    },
    /// The database cannot be brought to this version.
    #[error(
        "cannot bring the state in {place} to this version: {why}; \
         if a newer sahihi has used it, run that one"
    )]
    Migrate {
        /// Where it is.
        place: String,
        /// Why it failed.
        why: Box<sqlx::migrate::MigrateError>,
    },
    /// The folder of the state cannot be made.
    #[error("cannot make the folder {path} of the state: {why}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why it failed.
        why: std::io::Error,
    },
    /// The key that hides people cannot be used.
    #[error(transparent)]
    Privacy(#[from] privacy::Error),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// The state of the service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    place: database::Place,
    times: State,
    privacy: Privacy,
    pool: ArcSwapOption<Pool>,
    away: AtomicBool,
    pending: query::Pending,
    /// Held while pending writes go to the database.
    flushing: Mutex<()>,
    sessions: session::Memory,
    people: Pseudonyms,
}

impl Store {
    /// Opens the state; when the database cannot be reached, the store starts without it.
    ///
    /// # Errors
    ///
    /// [`Error::Privacy`] when there is a key file that cannot be used: a new one would make
    /// strangers of everybody.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let store = Self::new(settings)?;
        if let Err(error) = store.connect().await {
            tracing::error!(%error, "the state is away; search goes on without it");
        }
        Ok(store)
    }

    /// Opens the state, which must be there; for commands.
    ///
    /// # Errors
    ///
    /// [`Error`] saying where and what to do.
    pub async fn open_now(settings: &Settings) -> Result<Self, Error> {
        let store = Self::new(settings)?;
        store.connect().await?;
        Ok(store)
    }

    fn new(settings: &Settings) -> Result<Self, Error> {
        let inner = Inner {
            place: database::Place::of(settings),
            times: settings.state.clone(),
            privacy: settings.privacy.clone(),
            pool: ArcSwapOption::empty(),
            away: AtomicBool::new(true),
            pending: query::Pending::default(),
            flushing: Mutex::default(),
            sessions: session::Memory::default(),
            people: Pseudonyms::open(settings)?,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether the database can be used.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.inner.away.load(Ordering::Relaxed)
    }

    /// `ok` or `away`, as `/readyz` says it.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.is_away() { "away" } else { "ok" }
    }

    /// Where the state is, without password.
    #[must_use]
    pub fn place(&self) -> String {
        self.inner.place.to_string()
    }

    /// Turns user identifiers into keyed hashes.
    #[must_use]
    pub fn people(&self) -> &Pseudonyms {
        &self.inner.people
    }

    /// Connects and brings the tables to this version; or finds out whether a database that was
    /// away takes writes again.
    async fn connect(&self) -> Result<(), Error> {
        let inner = &self.inner;
        let pool = match inner.pool.load_full() {
            Some(pool) => pool,
            None => Arc::new(Pool::open(&inner.place).await?),
        };
        pool.migrate(&inner.place).await?;
        self.within_of(pool.probe()).await?;
        if let (Some(shared), true) = (inner.people.to_share(), pool.is_shared()) {
            let kept = self.within_of(pool.meta("privacy_key", &shared)).await?;
            inner.people.adopt(&kept)?;
        }
        inner.pool.store(Some(pool));
        inner.away.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Writes what waits and closes the database.
    pub async fn close(&self) {
        if let Err(error) = self.flush().await {
            tracing::warn!(%error, "the last names of queries could not be kept");
        }
        if let Some(pool) = self.inner.pool.load_full() {
            database::on!(&*pool, db => db.close().await);
        }
    }

    /// The database, unless it is away.
    fn pool(&self) -> Result<Arc<Pool>, Error> {
        if self.is_away() {
            return Err(Error::Away);
        }
        self.inner.pool.load_full().ok_or(Error::Away)
    }

    /// Waits for the database, but not long; a failure finds it away.
    async fn within<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, Error> {
        match self.within_of(work).await {
            Err(Error::Open { why, .. }) if is_about_a_value(&why) => Err(Error::Refused(why)),
            Err(error) => {
                if !self.inner.away.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "the state is away");
                }
                Err(Error::Away)
            }
            done => done,
        }
    }

    async fn within_of<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, Error> {
        let done =
            tokio::time::timeout(WITHIN, work).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        done.map_err(|source| self.inner.place.cannot_open(source))
    }
}

/// Whether one value is wrong and not the database: class 22 of SQL, data exceptions.
fn is_about_a_value(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|it| it.len() == 5 && it.starts_with("22"))
}
