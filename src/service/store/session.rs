//! Conversations: one opaque content by name, with a version so that two servers cannot both have
//! the last word. Names (random, or made by [`Pseudonyms`](crate::service::privacy::Pseudonyms))
//! are hashed: who reads the database cannot go on with a conversation.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use sha2::{Digest as _, Sha256};

use super::database::{Pool, on};
use super::{Error, Store};
use crate::service::privacy::Person;

/// Conversations held in memory while the database is away; more are refused.
const MEMORY: usize = 10_000;

/// A conversation as it was last saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What was saved.
    pub content: Vec<u8>,
    /// What [`Store::session_save`] wants to know: nothing else was saved since.
    pub version: i64,
}

/// Conversations of the time without database.
#[derive(Debug, Default)]
pub(super) struct Memory {
    held: Mutex<HashMap<String, Remembered>>,
}

#[derive(Debug)]
struct Remembered {
    content: Vec<u8>,
    expires: i64,
    person: Option<Person>,
}

impl Store {
    /// The conversation of that name, unless it has expired.
    ///
    /// # Errors
    ///
    /// None at present: while the database is away, what is in memory counts.
    pub async fn session_load(&self, id: &str, now: i64) -> Result<Option<Held>, Error> {
        let id = hashed(id);
        let memory = self.inner.sessions.get(&id, now);
        let kept = match self.session_of(&id, now).await {
            Err(Error::Away) => None,
            kept => kept?,
        };
        // What was said while the database was away is newer than what it holds.
        let version = kept.as_ref().map_or(0, |it| it.version);
        Ok(memory.map(|content| Held { content, version }).or(kept))
    }

    async fn session_of(&self, id: &str, now: i64) -> Result<Option<Held>, Error> {
        const LOAD: &str = "SELECT content, version FROM sessions WHERE id = $1 AND expires > $2";
        let pool = self.pool()?;
        let row: Option<(Vec<u8>, i64)> = self
            .within(async {
                on!(&*pool, db => sqlx::query_as(LOAD).bind(id).bind(now).fetch_optional(db).await)
            })
            .await?;
        Ok(row.map(|(content, version)| Held { content, version }))
    }

    /// Saves a conversation over the version that was loaded (0: a new one) until `expires`.
    ///
    /// While the database is away it is held in memory, by this server alone.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when it was saved since: load it and take the turn again;
    /// [`Error::Away`] when not even memory has room.
    pub async fn session_save(
        &self,
        id: &str,
        version: i64,
        content: &[u8],
        (now, expires): (i64, i64),
        person: Option<&Person>,
    ) -> Result<(), Error> {
        let id = hashed(id);
        match self.session_write(&id, version, content, (now, expires), person).await {
            Ok(0) => Err(Error::Conflict),
            Ok(_) => {
                self.inner.sessions.forget(&id);
                Ok(())
            }
            Err(Error::Away) => {
                let (content, person) = (content.to_owned(), person.cloned());
                self.inner.sessions.put(&id, now, Remembered { content, expires, person })
            }
            Err(error) => Err(error),
        }
    }

    async fn session_write(
        &self,
        id: &str,
        version: i64,
        content: &[u8],
        (now, expires): (i64, i64),
        person: Option<&Person>,
    ) -> Result<u64, Error> {
        // An expired conversation of that name is as good as none.
        const FIRST: &str =
            "INSERT INTO sessions (id, version, content, expires, person) VALUES ($1, 1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET version = sessions.version + 1,
                content = excluded.content, expires = excluded.expires, person = excluded.person
            WHERE sessions.expires <= $5";
        const NEXT: &str =
            "UPDATE sessions SET version = version + 1, content = $2, expires = $3, person = $4
            WHERE id = $1 AND version = $5";
        let (statement, last) = if version == 0 { (FIRST, now) } else { (NEXT, version) };
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => {
                let query = sqlx::query(statement).bind(id).bind(content).bind(expires);
                query.bind(person.map(Person::as_str)).bind(last).execute(db).await
                    .map(|done| done.rows_affected())
            })
        })
        .await
    }

    /// Forgets a conversation.
    ///
    /// # Errors
    ///
    /// [`Error::Away`]; nothing was promised then.
    pub async fn session_delete(&self, id: &str) -> Result<(), Error> {
        const DELETE: &str = "DELETE FROM sessions WHERE id = $1";
        let id = hashed(id);
        self.inner.sessions.forget(&id);
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => sqlx::query(DELETE).bind(&id).execute(db).await.map(drop))
        })
        .await
    }
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Remembered>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: &str, now: i64) -> Option<Vec<u8>> {
        self.lock().get(id).filter(|it| it.expires > now).map(|it| it.content.clone())
    }

    fn put(&self, id: &str, now: i64, session: Remembered) -> Result<(), Error> {
        if self.lock().len() >= MEMORY {
            self.sweep(now);
        }
        let mut held = self.lock();
        if held.len() >= MEMORY && !held.contains_key(id) {
            return Err(Error::Away);
        }
        held.insert(id.to_owned(), session);
        Ok(())
    }

    fn forget(&self, id: &str) {
        self.lock().remove(id);
    }

    pub(super) fn forget_person(&self, person: &Person) {
        self.lock().retain(|_, it| it.person.as_ref() != Some(person));
    }

    pub(super) fn sweep(&self, now: i64) {
        self.lock().retain(|_, it| it.expires > now);
    }
}

/// Names of conversations are random, so that a plain digest hides them.
fn hashed(id: &str) -> String {
    BASE64.encode(Sha256::digest(id.as_bytes()))
}
