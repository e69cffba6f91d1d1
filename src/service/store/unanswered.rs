//! Questions that found no answer, for the reviewers: only where the settings keep them, with
//! numbers and addresses taken out, counted instead of repeated.

use std::collections::BTreeMap;

use serde::Serialize;

use super::database::{Pool, on};
use super::query::Write;
use super::{Error, Store};
use crate::corpus::EntryId;
use crate::service::privacy::Person;
use crate::service::scrub::Scrubbed;

/// Longest text kept, in characters.
const MAX_CHARS: usize = 500;

/// A question that found no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// Its most likely language; empty when unknown.
    pub language: String,
    /// Its words, numbers and addresses taken out.
    pub text: String,
    /// The entries that somebody declined for it, by id.
    pub declined: Vec<String>,
    /// How often it came.
    pub times: i64,
    /// When first, in seconds since 1970.
    pub first_seen: i64,
    /// When last.
    pub last_seen: i64,
}

/// One time that a question found no answer.
#[derive(Debug, Clone, Copy)]
pub struct Missed<'a> {
    /// The question.
    pub text: &'a Scrubbed,
    /// Its most likely language.
    pub language: Option<&'a str>,
    /// The entries that were offered for it and declined.
    pub declined: &'a [EntryId],
    /// Who asked, if that is known, and until when that is remembered.
    pub person: Option<(&'a Person, i64)>,
}

/// One such question that waits to be written.
#[derive(Debug, Clone)]
pub(super) struct Miss {
    language: String,
    text: String,
    declined: String,
    person: Option<(String, i64)>,
    seen: i64,
}

/// A question as its row has it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    language: String,
    text: String,
    declined: String,
    times: i64,
    first_seen: i64,
    last_seen: i64,
}

/// Whose question it was.
#[derive(Debug, Serialize)]
pub(super) struct Tie {
    person: String,
    language: String,
    text: String,
    expires: i64,
}

pub(super) const SQLITE: &str =
    "INSERT INTO unanswered (language, text, declined, times, first_seen, last_seen)
    SELECT value->>'language', value->>'text', value->>'declined', value->>'times',
        value->>'first_seen', value->>'last_seen'
    FROM json_each($1) WHERE true ON CONFLICT (language, text) DO UPDATE
    SET times = unanswered.times + excluded.times, last_seen = excluded.last_seen,
        declined = CASE excluded.declined WHEN '' THEN unanswered.declined
            ELSE excluded.declined END";
pub(super) const POSTGRES: &str =
    "INSERT INTO unanswered (language, text, declined, times, first_seen, last_seen)
    SELECT language, text, declined, times, first_seen, last_seen
    FROM json_to_recordset($1::json) AS batch (language TEXT, text TEXT, declined TEXT,
        times BIGINT, first_seen BIGINT, last_seen BIGINT) ON CONFLICT (language, text) DO UPDATE
    SET times = unanswered.times + excluded.times, last_seen = excluded.last_seen,
        declined = CASE excluded.declined WHEN '' THEN unanswered.declined
            ELSE excluded.declined END";
pub(super) const TIES_SQLITE: &str = "INSERT INTO unanswered_by (person, language, text, expires)
    SELECT value->>'person', value->>'language', value->>'text', value->>'expires'
    FROM json_each($1)";
pub(super) const TIES_POSTGRES: &str = "INSERT INTO unanswered_by (person, language, text, expires)
    SELECT person, language, text, expires
    FROM json_to_recordset($1::json) AS batch (person TEXT, language TEXT, text TEXT,
        expires BIGINT)";

/// The misses of a batch, each text once, in one order so that two servers do not wait for each
/// other's rows.
pub(super) fn merged(batch: &[Write]) -> Vec<Row> {
    let mut rows: BTreeMap<(&str, &str), Row> = BTreeMap::new();
    for miss in misses(batch) {
        let Miss { language, text, declined, seen, .. } = miss;
        let row = rows.entry((language, text)).or_insert_with(|| Row {
            language: language.clone(),
            text: text.clone(),
            declined: String::new(),
            times: 0,
            first_seen: *seen,
            last_seen: *seen,
        });
        row.times += 1;
        row.last_seen = *seen;
        if !declined.is_empty() {
            row.declined.clone_from(declined);
        }
    }
    rows.into_values().collect()
}

/// Whose the misses of a batch are, where that is known.
pub(super) fn ties(batch: &[Write]) -> Vec<Tie> {
    let tie = |it: &Miss| {
        let (person, expires) = it.person.clone()?;
        Some(Tie { person, language: it.language.clone(), text: it.text.clone(), expires })
    };
    misses(batch).filter_map(tie).collect()
}

fn misses(batch: &[Write]) -> impl Iterator<Item = &Miss> {
    batch.iter().filter_map(|it| match it {
        Write::Unanswered(miss) => Some(miss),
        Write::Query(_) => None,
    })
}

/// The columns of a listed question.
type ListRow = (String, String, String, i64, i64, i64);

impl Store {
    /// Whether questions that found no answer are kept.
    #[must_use]
    pub fn keeps_questions(&self) -> bool {
        self.inner.privacy.keep_questions
    }

    /// Remembers a question that found no answer; nothing where the settings do not keep them.
    ///
    /// The caller leaves out those of somebody in danger.
    pub fn unanswered_add(&self, missed: &Missed<'_>, now: i64) {
        if !self.keeps_questions() {
            return;
        }
        let declined: Vec<&str> = missed.declined.iter().map(EntryId::as_str).collect();
        self.inner.pending.push(Write::Unanswered(Miss {
            language: missed.language.unwrap_or_default().to_owned(),
            text: missed.text.as_str().chars().take(MAX_CHARS).collect(),
            declined: declined.join(" "),
            person: missed.person.map(|(it, expires)| (it.as_str().to_owned(), expires)),
            seen: now,
        }));
    }

    /// The questions that found no answer, the most frequent first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Away`].
    pub async fn unanswered_list(&self, limit: u32) -> Result<Vec<Unanswered>, Error> {
        const LIST: &str = "SELECT language, text, declined, times, first_seen, last_seen
            FROM unanswered ORDER BY times DESC, language, text LIMIT $1";
        self.flush().await?;
        let pool = self.pool()?;
        let rows: Vec<ListRow> = self
            .within(async {
                on!(&*pool, db => sqlx::query_as(LIST).bind(i64::from(limit)).fetch_all(db).await)
            })
            .await?;
        let row = |(language, text, declined, times, first_seen, last_seen): ListRow| Unanswered {
            language,
            text,
            declined: declined.split_whitespace().map(str::to_owned).collect(),
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
        const TIES: &str = "DELETE FROM unanswered_by WHERE language = $1 AND text = $2";
        self.flush().await?;
        let pool = self.pool()?;
        let n_removed = self
            .within(async {
                on!(&*pool, db => {
                    sqlx::query(TIES).bind(language).bind(text).execute(db).await?;
                    sqlx::query(REMOVE).bind(language).bind(text).execute(db).await
                        .map(|done| done.rows_affected())
                })
            })
            .await?;
        Ok(n_removed > 0)
    }
}
