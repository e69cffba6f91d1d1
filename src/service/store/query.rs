//! Names of queries, for feedback: what was decided, never what was asked.
//!
//! They are written in batches, so that no search waits for a disk; one that is still waiting is
//! found all the same.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

use super::database::{Pool, on};
use super::{Error, Store, unanswered};
use crate::config;
use crate::service::privacy::Person;

/// Writes waiting at most; beyond, the oldest are lost and counted.
const PENDING: usize = 20_000;
/// Writes in one transaction.
const BATCH: usize = 2_000;
/// The largest integer name: every JSON reader takes it for a whole number.
const MAX_ALIAS: u64 = (1 << 53) - 1;

/// What is remembered of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueryRecord {
    /// Its name.
    pub id: String,
    /// Its name for clients that need an integer.
    pub alias: i64,
    /// What a client of Ask-A-Question must show to give feedback.
    pub secret: String,
    /// What was decided.
    pub decision: String,
    /// The first entry, if there was one.
    pub entry: Option<String>,
    /// The language of the question.
    pub language: Option<String>,
    /// When, in seconds since 1970.
    pub created: i64,
    /// Who asked, if that is known.
    pub person: Option<String>,
}

/// What is to be remembered of a query.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was decided, as on the wire.
    pub decision: &'a str,
    /// The first entry, if there was one.
    pub entry: Option<&'a str>,
    /// The language of the question.
    pub language: Option<&'a str>,
    /// Who asked, if that is known.
    pub person: Option<&'a Person>,
}

/// How a client names a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryName<'a> {
    /// By [`QueryRecord::id`].
    Id(&'a str),
    /// By [`QueryRecord::alias`].
    Alias(i64),
}

/// What waits to be written.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Query(QueryRecord),
    Unanswered(unanswered::Miss),
}

/// Writes that wait for the next batch.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// First come, first served; a number that counts what has left the front.
    queue: Mutex<(VecDeque<Write>, u64)>,
    pub(super) wake: Notify,
    lost: AtomicU64,
}

impl QueryName<'_> {
    fn fits(self, query: &QueryRecord) -> bool {
        match self {
            Self::Id(id) => query.id == id,
            Self::Alias(alias) => query.alias == alias,
        }
    }
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, (VecDeque<Write>, u64)> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, write: Write) {
        let mut queue = self.lock();
        if queue.0.len() >= PENDING {
            queue.0.pop_front();
            queue.1 += 1;
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        queue.0.push_back(write);
        if queue.0.len() == BATCH {
            self.wake.notify_one();
        }
    }

    fn find(&self, name: QueryName<'_>) -> Option<QueryRecord> {
        let queue = self.lock();
        queue.0.iter().rev().find_map(|it| match it {
            Write::Query(query) if name.fits(query) => Some(query.clone()),
            _ => None,
        })
    }

    /// The first writes, which stay until [`Self::written`], and the number of the first.
    fn batch(&self) -> (Vec<Write>, u64) {
        let queue = self.lock();
        (queue.0.iter().take(BATCH).cloned().collect(), queue.1)
    }

    /// Takes away a batch that is in the database now.
    fn written(&self, first: u64, n_writes: usize) {
        let mut queue = self.lock();
        let end = first + n_writes as u64;
        while queue.1 < end && queue.0.pop_front().is_some() {
            queue.1 += 1;
        }
        // Room for what waited while the disk was slow is given back.
        if queue.0.len() < BATCH / 2 && queue.0.capacity() > BATCH {
            queue.0.shrink_to(BATCH / 2);
        }
    }
}

impl Store {
    /// Gives a query its names and remembers it; the database learns of it a little later.
    ///
    /// # Errors
    ///
    /// [`Error::Random`] when the system has no random bytes.
    pub fn query_save(&self, asked: &Asked<'_>, now: i64) -> Result<QueryRecord, Error> {
        let (id, secret) = (in_order(random()?, config::now_ms()), random()?);
        let number = getrandom::u64().map_err(|_| Error::Random)? & MAX_ALIAS;
        let record = QueryRecord {
            id: format!("{id:032x}"),
            alias: i64::try_from(number).unwrap_or(0),
            secret: format!("{secret:032x}"),
            decision: asked.decision.to_owned(),
            entry: asked.entry.map(str::to_owned),
            language: asked.language.map(str::to_owned),
            created: now,
            person: asked.person.map(|it| it.as_str().to_owned()),
        };
        self.inner.pending.push(Write::Query(record.clone()));
        Ok(record)
    }

    /// The query of that name, also one that is not in the database yet.
    ///
    /// # Errors
    ///
    /// [`Error::Away`] when only the database could know.
    pub async fn query_find(&self, name: QueryName<'_>) -> Result<Option<QueryRecord>, Error> {
        const COLUMNS_BY_ID: &str =
            "SELECT id, alias, secret, decision, entry, language, created, person
            FROM queries WHERE id = $1";
        const COLUMNS_BY_ALIAS: &str =
            "SELECT id, alias, secret, decision, entry, language, created, person
            FROM queries WHERE alias = $1";
        if let Some(found) = self.inner.pending.find(name) {
            return Ok(Some(found));
        }
        if matches!(name, QueryName::Id(id) if !is_id(id)) {
            return Ok(None);
        }
        let pool = self.pool()?;
        let row: Option<Row> = self
            .within(async {
                on!(&*pool, db => match name {
                    QueryName::Id(id) =>
                        sqlx::query_as(COLUMNS_BY_ID).bind(id).fetch_optional(db).await,
                    QueryName::Alias(alias) =>
                        sqlx::query_as(COLUMNS_BY_ALIAS).bind(alias).fetch_optional(db).await,
                })
            })
            .await?;
        Ok(row.map(record))
    }

    /// Queries and misses that were lost because the database was away for long.
    #[must_use]
    pub fn n_lost(&self) -> u64 {
        self.inner.pending.lost.load(Ordering::Relaxed)
    }

    /// Writes everything that waits.
    ///
    /// # Errors
    ///
    /// [`Error::Away`]; what is not written goes on waiting.
    pub async fn flush(&self) -> Result<(), Error> {
        let _one = self.inner.flushing.lock().await;
        loop {
            let (batch, first) = self.inner.pending.batch();
            if batch.is_empty() {
                return Ok(());
            }
            match self.write_batch(&batch).await {
                // It would be refused again, and all that comes after would wait behind it.
                Err(error @ Error::Refused(_)) => {
                    tracing::error!(%error, "a batch of names of queries is lost");
                    self.inner.pending.lost.fetch_add(batch.len() as u64, Ordering::Relaxed);
                }
                done => done?,
            }
            self.inner.pending.written(first, batch.len());
        }
    }

    async fn write_batch(&self, batch: &[Write]) -> Result<(), Error> {
        let queries = batch.iter().filter_map(|it| match it {
            Write::Query(query) => Some(query),
            Write::Unanswered(_) => None,
        });
        let queries = json(&queries.collect::<Vec<_>>());
        let misses = json(&unanswered::merged(batch));
        let ties = json(&unanswered::ties(batch));
        let pool = self.pool()?;
        self.within(async {
            match &*pool {
                Pool::Sqlite(db) => {
                    let mut all = db.begin().await?;
                    sqlx::query(QUERIES_SQLITE).bind(&queries).execute(&mut *all).await?;
                    sqlx::query(unanswered::SQLITE).bind(&misses).execute(&mut *all).await?;
                    sqlx::query(unanswered::TIES_SQLITE).bind(&ties).execute(&mut *all).await?;
                    all.commit().await
                }
                Pool::Postgres(db) => {
                    let mut all = db.begin().await?;
                    sqlx::query(QUERIES_POSTGRES).bind(&queries).execute(&mut *all).await?;
                    sqlx::query(unanswered::POSTGRES).bind(&misses).execute(&mut *all).await?;
                    sqlx::query(unanswered::TIES_POSTGRES).bind(&ties).execute(&mut *all).await?;
                    all.commit().await
                }
            }
        })
        .await
    }
}

const QUERIES_SQLITE: &str =
    "INSERT INTO queries (id, alias, secret, decision, entry, language, created, person)
    SELECT value->>'id', value->>'alias', value->>'secret', value->>'decision', value->>'entry',
        value->>'language', value->>'created', value->>'person'
    FROM json_each($1) WHERE true ON CONFLICT DO NOTHING";
const QUERIES_POSTGRES: &str =
    "INSERT INTO queries (id, alias, secret, decision, entry, language, created, person)
    SELECT id, alias, secret, decision, entry, language, created, person
    FROM json_to_recordset($1::json) AS batch (id TEXT, alias BIGINT, secret TEXT, decision TEXT,
        entry TEXT, language TEXT, created BIGINT, person TEXT) ON CONFLICT DO NOTHING";

type Row = (String, i64, String, String, Option<String>, Option<String>, i64, Option<String>);

fn record((id, alias, secret, decision, entry, language, created, person): Row) -> QueryRecord {
    QueryRecord { id, alias, secret, decision, entry, language, created, person }
}

/// Whether a text can be the name of a query: what comes from outside is not believed.
fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Random bits behind the milliseconds since 1970: what is written in the order of time touches few
/// pages of an index, where random names would touch one each.
fn in_order(random: u128, now_ms: u64) -> u128 {
    const RANDOM_BITS: u32 = 80;
    (u128::from(now_ms) << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1))
}

fn random() -> Result<u128, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(u128::from_be_bytes(bytes))
}

/// Rows as JSON: a whole batch is one parameter of one statement.
fn json(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).unwrap_or_else(|_| "[]".to_owned())
}
