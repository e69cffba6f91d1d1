//! What waits to be sent: an e-mail with the resources of a cart, a message. Sending takes it out.

use serde::Serialize;

use super::database::{Pool, on};
use super::{Error, Store};
use crate::service::privacy::Person;

/// Something that waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutboxItem {
    /// Its number; first come, first sent.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// What is to be sent, as JSON.
    pub payload: String,
    /// When it came, in seconds since 1970.
    pub created: i64,
}

impl Store {
    /// Keeps something to be sent; its number. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn outbox_push(
        &self,
        kind: &str,
        payload: &str,
        person: Option<&Person>,
        now: i64,
    ) -> Result<i64, Error> {
        const PUSH: &str = "INSERT INTO outbox (kind, payload, person, created)
            VALUES ($1, $2, $3, $4) RETURNING id";
        let pool = self.pool()?;
        self.within(async {
            on!(&*pool, db => {
                let query = sqlx::query_scalar(PUSH).bind(kind).bind(payload);
                query.bind(person.map(Person::as_str)).bind(now).fetch_one(db).await
            })
        })
        .await
    }

    /// What waits of one kind, the oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn outbox_list(&self, kind: &str, limit: u32) -> Result<Vec<OutboxItem>, Error> {
        const LIST: &str = "SELECT id, kind, payload, created FROM outbox WHERE kind = $1
            ORDER BY id LIMIT $2";
        let pool = self.pool()?;
        let rows: Vec<(i64, String, String, i64)> = self
            .within(async {
                on!(&*pool, db => {
                    let query = sqlx::query_as(LIST).bind(kind).bind(i64::from(limit));
                    query.fetch_all(db).await
                })
            })
            .await?;
        let item = |(id, kind, payload, created)| OutboxItem { id, kind, payload, created };
        Ok(rows.into_iter().map(item).collect())
    }

    /// Takes out what was sent; whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn outbox_remove(&self, id: i64) -> Result<bool, Error> {
        const REMOVE: &str = "DELETE FROM outbox WHERE id = $1";
        let pool = self.pool()?;
        let n_removed = self
            .within(async {
                on!(&*pool, db => sqlx::query(REMOVE).bind(id).execute(db).await
                    .map(|done| done.rows_affected()))
            })
            .await?;
        Ok(n_removed > 0)
    }
}
