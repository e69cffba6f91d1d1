//! The keys of clients: name, digest of the token, what it is good for. The token itself is never
//! kept.

use super::database::{Pool, on};
use super::{Error, Store};

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name.
    pub name: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// What it is good for, with spaces between.
    pub scopes: String,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// From when it is good no longer.
    pub expires: Option<i64>,
    /// Since when it is revoked.
    pub revoked: Option<i64>,
}

type Row = (String, Vec<u8>, String, i64, Option<i64>, Option<i64>);

impl Store {
    /// Adds a key; a revoked one may give its name.
    ///
    /// # Errors
    ///
    /// [`Error::Taken`] when the name is in use; [`Error::Away`].
    pub async fn key_add(&self, key: &KeyRow) -> Result<(), Error> {
        const ADD: &str = "INSERT INTO keys (name, hash, scopes, created, expires)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash,
                scopes = excluded.scopes, created = excluded.created, expires = excluded.expires,
                revoked = NULL
            WHERE keys.revoked IS NOT NULL";
        let pool = self.pool()?;
        let n_added = self
            .within(async {
                on!(&*pool, db => {
                    let query = sqlx::query(ADD).bind(&key.name).bind(&key.hash).bind(&key.scopes);
                    query.bind(key.created).bind(key.expires).execute(db).await
                        .map(|done| done.rows_affected())
                })
            })
            .await?;
        if n_added == 0 { Err(Error::Taken(key.name.clone())) } else { Ok(()) }
    }

    /// Every key, by name; revoked ones too.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn keys(&self) -> Result<Vec<KeyRow>, Error> {
        const LIST: &str =
            "SELECT name, hash, scopes, created, expires, revoked FROM keys ORDER BY name";
        let pool = self.pool()?;
        let rows: Vec<Row> = self
            .within(async { on!(&*pool, db => sqlx::query_as(LIST).fetch_all(db).await) })
            .await?;
        let key = |(name, hash, scopes, created, expires, revoked): Row| KeyRow {
            name,
            hash,
            scopes,
            created,
            expires,
            revoked,
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Gives a key another token.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] when there is no such key, or it is revoked; [`Error::Away`].
    pub async fn key_rotate(&self, name: &str, hash: &[u8], now: i64) -> Result<(), Error> {
        const ROTATE: &str =
            "UPDATE keys SET hash = $2, created = $3 WHERE name = $1 AND revoked IS NULL";
        let pool = self.pool()?;
        let n_changed = self
            .within(async {
                on!(&*pool, db => {
                    let query = sqlx::query(ROTATE).bind(name).bind(hash).bind(now);
                    query.execute(db).await.map(|done| done.rows_affected())
                })
            })
            .await?;
        if n_changed == 0 { Err(Error::Unknown(name.to_owned())) } else { Ok(()) }
    }

    /// Ends a key.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] when there is no such key, or it is revoked; [`Error::Away`].
    pub async fn key_revoke(&self, name: &str, now: i64) -> Result<(), Error> {
        const REVOKE: &str = "UPDATE keys SET revoked = $2 WHERE name = $1 AND revoked IS NULL";
        let pool = self.pool()?;
        let n_changed = self
            .within(async {
                on!(&*pool, db => sqlx::query(REVOKE).bind(name).bind(now).execute(db).await
                    .map(|done| done.rows_affected()))
            })
            .await?;
        if n_changed == 0 { Err(Error::Unknown(name.to_owned())) } else { Ok(()) }
    }
}
