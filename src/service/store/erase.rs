//! Forgetting: all rows of one person at once, and what is older than the settings keep it.

use super::database::{Pool, on};
use super::{Error, Store};
use crate::service::privacy::Person;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// How many rows were forgotten, by table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Conversations that had expired.
    pub sessions: u64,
    /// Names of queries.
    pub queries: u64,
    /// Feedback.
    pub feedback: u64,
    /// What waited to be sent for too long.
    pub outbox: u64,
    /// Questions that found no answer.
    pub unanswered: u64,
    /// Whose such questions were.
    pub ties: u64,
}

impl Store {
    /// Erases everything of a person: conversations, what waits to be sent, names of queries and
    /// the feedback on them, questions that found no answer (which others may have asked too).
    ///
    /// # Errors
    ///
    /// [`Error::Away`]: then it must be asked for again.
    pub async fn erase_person(&self, person: &Person) -> Result<(), Error> {
        const FEEDBACK: &str =
            "DELETE FROM feedback WHERE query IN (SELECT id FROM queries WHERE person = $1)";
        const UNCOUNT: &str = "UPDATE unanswered SET times = times - (
                SELECT COUNT(*) FROM unanswered_by AS own WHERE own.person = $1
                AND own.language = unanswered.language AND own.text = unanswered.text)
            WHERE (language, text) IN (
                SELECT language, text FROM unanswered_by WHERE person = $1)";
        const UNASKED: &str = "DELETE FROM unanswered WHERE times <= 0";
        const TABLES: [&str; 4] = [
            "DELETE FROM unanswered_by WHERE person = $1",
            "DELETE FROM queries WHERE person = $1",
            "DELETE FROM sessions WHERE person = $1",
            "DELETE FROM outbox WHERE person = $1",
        ];
        self.inner.sessions.forget_person(person);
        self.flush().await?;
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => {
                let mut all = db.begin().await?;
                sqlx::query(FEEDBACK).bind(person.as_str()).execute(&mut *all).await?;
                sqlx::query(UNCOUNT).bind(person.as_str()).execute(&mut *all).await?;
                sqlx::query(UNASKED).execute(&mut *all).await?;
                for table in TABLES {
                    sqlx::query(table).bind(person.as_str()).execute(&mut *all).await?;
                }
                all.commit().await
            })?;
            pool.settle().await
        })
        .await
    }

    /// Forgets what is older than the settings keep it.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn sweep(&self, now: i64) -> Result<Swept, Error> {
        self.inner.sessions.sweep(now);
        let times = &self.inner.times;
        let before = |days: u32| now.saturating_sub(i64::from(days).saturating_mul(DAY_SECONDS));
        Ok(Swept {
            sessions: self.forget("DELETE FROM sessions WHERE expires <= $1", now).await?,
            queries: self
                .forget("DELETE FROM queries WHERE created <= $1", before(times.queries_days))
                .await?,
            feedback: self
                .forget("DELETE FROM feedback WHERE created <= $1", before(times.feedback_days))
                .await?,
            outbox: self
                .forget("DELETE FROM outbox WHERE created <= $1", before(times.outbox_days))
                .await?,
            unanswered: self
                .forget(
                    "DELETE FROM unanswered WHERE last_seen <= $1",
                    before(times.unanswered_days),
                )
                .await?,
            ties: self.forget("DELETE FROM unanswered_by WHERE expires <= $1", now).await?,
        })
    }

    async fn forget(&self, statement: &'static str, before: i64) -> Result<u64, Error> {
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => sqlx::query(statement).bind(before).execute(db).await
                .map(|done| done.rows_affected()))
        })
        .await
    }
}
