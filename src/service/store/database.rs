//! The two engines. Statements are written in what both understand; where they differ, both stand
//! side by side.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _};

use super::Error;
use crate::config::Settings;
use crate::config::settings::Secret;
use crate::service::privacy;

/// The database file in the state folder.
const FILE: &str = "state.db";
/// How long another writer of the file is waited for.
const BUSY: Duration = Duration::from_millis(1_500);
/// How long a free connection is waited for.
const ACQUIRE: Duration = Duration::from_millis(1_500);
/// Connections to a file: one writes, the others read.
const FILE_CONNECTIONS: u32 = 3;
/// How much of the file each of them holds in memory, less than SQLite's own 2 MB: 1,000 KiB.
const CACHE: &str = "-1000";
/// Connections to PostgreSQL.
const SHARED_CONNECTIONS: u32 = 8;
/// Another process may bring a new file to this version at the same moment.
const MIGRATE_TRIES: usize = 3;

/// The tables, version by version; what was released is never edited.
const SQLITE: [&str; 3] = [
    include_str!("migrations/sqlite/1.sql"),
    include_str!("migrations/sqlite/2.sql"),
    include_str!("migrations/sqlite/3.sql"),
];
const POSTGRES: [&str; 3] = [
    include_str!("migrations/postgres/1.sql"),
    include_str!("migrations/postgres/2.sql"),
    include_str!("migrations/postgres/3.sql"),
];

/// Evaluates an expression with the pool of either engine.
macro_rules! on {
    ($pool:expr, $db:ident => $body:expr) => {
        match $pool {
            Pool::Sqlite($db) => $body,
            Pool::Postgres($db) => $body,
        }
    };
}
pub(super) use on;

/// Where the state is.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Shared(Secret),
}

/// Open connections.
#[derive(Debug)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Place {
    pub(super) fn of(settings: &Settings) -> Self {
        match &settings.database_url {
            Some(url) if !url.reveal().is_empty() => Self::Shared(url.clone()),
            _ => Self::File(settings.state.dir.join(FILE)),
        }
    }

    /// Whether the file is not there; one that is open can still be written, for nobody to read.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::File(path) if !path.exists())
    }

    pub(super) fn cannot_open(&self, source: sqlx::Error) -> Error {
        let advice = match self {
            Self::File(_) => {
                "look at disk space and rights; a damaged file is moved away or replaced by a \
                 backup (OPERATIONS.md)"
            }
            Self::Shared(_) => "look at SAHIHI_DATABASE_URL and whether PostgreSQL runs",
        };
        Error::Open { place: self.to_string(), advice, why: Box::new(source) }
    }
}

/// Without password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Shared(url) => match PgConnectOptions::from_str(url.reveal()) {
                Ok(to) => {
                    let database = to.get_database().unwrap_or_default();
                    write!(f, "PostgreSQL {}:{}/{database}", to.get_host(), to.get_port())
                }
                Err(_) => f.write_str("PostgreSQL"),
            },
        }
    }
}

impl Pool {
    pub(super) async fn open(place: &Place) -> Result<Self, Error> {
        match place {
            Place::File(path) => Self::open_file(path).await,
            Place::Shared(url) => Self::open_shared(url).await,
        }
        .map_err(|error| match error {
            Opening::Folder(path, source) => Error::Folder { path, why: source },
            Opening::Database(source) => place.cannot_open(source),
        })
    }

    async fn open_file(path: &Path) -> Result<Self, Opening> {
        if let Some(folder) = path.parent() {
            privacy::make_private_folder(folder)
                .map_err(|source| Opening::Folder(folder.to_owned(), source))?;
        }
        // What was acknowledged survives a power cut, hence `Full`; writes come in batches.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // What is forgotten is overwritten, not only left out of the tables.
            .pragma("cache_size", CACHE)
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY)
            .disable_statement_logging();
        // Made here alone: later connections to a file that was removed must fail, not find an
        // empty one.
        let made = options.clone().create_if_missing(true).connect().await;
        made.map_err(Opening::Database)?.close().await.map_err(Opening::Database)?;
        let pool = SqlitePoolOptions::new()
            .max_connections(FILE_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options);
        Ok(Self::Sqlite(pool.await.map_err(Opening::Database)?))
    }

    async fn open_shared(url: &Secret) -> Result<Self, Opening> {
        let options = PgConnectOptions::from_str(url.reveal()).map_err(Opening::Database)?;
        let pool = PgPoolOptions::new()
            .max_connections(SHARED_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.application_name("sahihi").disable_statement_logging());
        Ok(Self::Postgres(pool.await.map_err(Opening::Database)?))
    }

    /// Whether other servers use it too.
    pub(super) const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Brings the tables to this version.
    pub(super) async fn migrate(&self, place: &Place) -> Result<(), Error> {
        let versions = match self {
            Self::Sqlite(_) => SQLITE,
            Self::Postgres(_) => POSTGRES,
        };
        let named = (1..).zip(versions).map(|(version, sql)| {
            let name = format!("version {version}").into();
            Migration::new(version, name, MigrationType::Simple, sql.into_sql_str(), false)
        });
        let migrator = Migrator::with_migrations(named.collect());
        let mut done = on!(self, db => migrator.run(db).await);
        for _ in 1..MIGRATE_TRIES {
            if done.is_err() {
                done = on!(self, db => migrator.run(db).await);
            }
        }
        done.map_err(|source| match source {
            sqlx::migrate::MigrateError::Execute(source) => place.cannot_open(source),
            source => Error::Migrate { place: place.to_string(), why: Box::new(source) },
        })
    }

    /// Takes what was erased out of the log beside the file, too.
    pub(super) async fn settle(&self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(db) => {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(db).await.map(drop)
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Writes something: a database that can only be read is of no use.
    pub(super) async fn probe(&self) -> sqlx::Result<()> {
        const PROBE: &str = "INSERT INTO meta (name, value) VALUES ('probe', '')
            ON CONFLICT (name) DO UPDATE SET value = ''";
        on!(self, db => sqlx::query(PROBE).execute(db).await.map(drop))
    }

    /// The value that all servers share; `first` where there is none yet.
    pub(super) async fn meta(&self, name: &str, first: &str) -> sqlx::Result<String> {
        const PUT: &str =
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        const GET: &str = "SELECT value FROM meta WHERE name = $1";
        on!(self, db => {
            sqlx::query(PUT).bind(name).bind(first).execute(db).await?;
            sqlx::query_scalar(GET).bind(name).fetch_one(db).await
        })
    }
}

enum Opening {
    Folder(PathBuf, std::io::Error),
    Database(sqlx::Error),
}
