//! Questions that found no answer, for the reviewers: only where the settings keep them, with
//! numbers and addresses taken out, counted instead of repeated.

use std::collections::BTreeMap;

use serde::Serialize;

use super::database::{Pool, on};
use super::query::Write;
use super::{Error, Store};
use crate::service::scrub::scrub;

/// Longest text kept, in characters.
const MAX_CHARS: usize = 500;

/// A question that found no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// Its most likely language; empty when unknown.
    pub language: String,
    /// Its words, numbers and addresses taken out.
    pub text: String,
    /// How often it came.
    pub times: i64,
    /// When first, in seconds since 1970.
    pub first_seen: i64,
    /// When last.
    pub last_seen: i64,
}

/// One such question that waits to be written.
#[derive(Debug, Clone)]
pub(super) struct Miss {
    language: String,
    text: String,
    seen: i64,
}

pub(super) const SQLITE: &str =
    "INSERT INTO unanswered (language, text, times, first_seen, last_seen)
    SELECT value->>'language', value->>'text', value->>'times', value->>'first_seen',
        value->>'last_seen'
    FROM json_each($1) WHERE true ON CONFLICT (language, text) DO UPDATE
    SET times = unanswered.times + excluded.times, last_seen = excluded.last_seen";
pub(super) const POSTGRES: &str =
    "INSERT INTO unanswered (language, text, times, first_seen, last_seen)
    SELECT language, text, times, first_seen, last_seen
    FROM json_to_recordset($1::json) AS batch (language TEXT, text TEXT, times BIGINT,
        first_seen BIGINT, last_seen BIGINT) ON CONFLICT (language, text) DO UPDATE
    SET times = unanswered.times + excluded.times, last_seen = excluded.last_seen";

/// The misses of a batch, each text once, in one order so that two servers do not wait for each
/// other's rows.
pub(super) fn merged(batch: &[Write]) -> Vec<Unanswered> {
    let mut rows: BTreeMap<(&str, &str), Unanswered> = BTreeMap::new();
    for write in batch {
        let Write::Unanswered(Miss { language, text, seen }) = write else { continue };
        let row = rows.entry((language, text)).or_insert_with(|| Unanswered {
            language: language.clone(),
            text: text.clone(),
            times: 0,
            first_seen: *seen,
            last_seen: *seen,
        });
        row.times += 1;
        row.last_seen = *seen;
    }
    rows.into_values().collect()
}

impl Store {
    /// Whether questions that found no answer are kept.
    #[must_use]
    pub fn keeps_questions(&self) -> bool {
        self.inner.privacy.keep_questions
    }

    /// Remembers a question that found no answer; nothing where the settings do not keep them.
    ///
    /// The caller leaves out those of somebody in danger.
    pub fn unanswered_add(&self, text: &str, language: Option<&str>, now: i64) {
        if !self.keeps_questions() {
            return;
        }
        let text: String = scrub(text).chars().take(MAX_CHARS).collect();
        let language = language.unwrap_or_default().to_owned();
        self.inner.pending.push(Write::Unanswered(Miss { language, text, seen: now }));
    }

    /// The questions that found no answer, the most frequent first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn unanswered_list(&self, limit: u32) -> Result<Vec<Unanswered>, Error> {
        const LIST: &str = "SELECT language, text, times, first_seen, last_seen FROM unanswered
            ORDER BY times DESC, language, text LIMIT $1";
        self.flush().await?;
        let pool = self.pool()?;
        let rows: Vec<(String, String, i64, i64, i64)> = self
            .within(async {
                on!(&*pool, db => sqlx::query_as(LIST).bind(i64::from(limit)).fetch_all(db).await)
            })
            .await?;
        let row = |(language, text, times, first_seen, last_seen)| Unanswered {
            language,
            text,
            times,
            first_seen,
            last_seen,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Takes a question off the list; whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn unanswered_remove(&self, language: &str, text: &str) -> Result<bool, Error> {
        const REMOVE: &str = "DELETE FROM unanswered WHERE language = $1 AND text = $2";
        self.flush().await?;
        let pool = self.pool()?;
        let n_removed = self
            .within(async {
                on!(&*pool, db => sqlx::query(REMOVE).bind(language).bind(text).execute(db).await
                    .map(|done| done.rows_affected()))
            })
            .await?;
        Ok(n_removed > 0)
    }
}
