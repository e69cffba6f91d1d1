//! Releases: snapshots put where servers fetch them, and which of them is to be served.
//!
//! A *depot* is a folder or a bucket. `blobs/` holds the files of snapshots under their digests, and
//! `channels/<name>/` the signed [`Record`]s, numbered from 1; the highest number says what is
//! served. A record is made in one step and never changed, so a release is there as a whole or not
//! at all, and two people who publish at once cannot undo each other.
//!
//! [`publish`] and [`roll_back`] make a record, [`history`] shows them, [`Follow`] is the servers'
//! side. All of it blocks: it is called by commands, and by servers on a thread of its own.

mod depot;
mod fetch;
mod publish;
mod record;

use std::path::PathBuf;

pub use fetch::{Fetched, Follow, followed_file};
pub use publish::{Publisher, history, publish, roll_back};
pub use record::{Kind, Record};

use crate::{engine, index};

/// Why a release cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A text that names no depot.
    #[error("`{0}` is no place for releases; write a folder, or s3://bucket/prefix")]
    Place(String),
    /// A text that names no channel.
    #[error("`{0}` is no name of a channel; use up to 64 letters, digits, hyphens and underscores")]
    Channel(String),
    /// The depot cannot be reached or used.
    #[error("{place} cannot be used")]
    Depot {
        /// Folder or bucket.
        place: String,
        /// Why it failed.
        source: Box<object_store::Error>,
    },
    /// Somebody else made the same number.
    #[error(
        "somebody else published to the channel {0} at the same moment; look at \
         `sahihi publish --list`, and run this again if it is still wanted"
    )]
    Taken(String),
    /// The channel has no release.
    #[error("the channel {channel} in {place} has no release; `sahihi publish` makes one")]
    Empty {
        /// The channel.
        channel: String,
        /// The depot.
        place: String,
    },
    /// There is nothing to go back to.
    #[error("release {number} is the first of its line; there is nothing to roll back to")]
    First {
        /// The release that is served.
        number: u64,
    },
    /// A record or blob that is not what was published.
    #[error("{object} is not what was published: {why}; publish again")]
    Damaged {
        /// Its path in the depot.
        object: String,
        /// What is wrong.
        why: String,
    },
    /// A signature that does not hold, or by a key that is not trusted.
    #[error("{object} is not signed by a trusted key: {why}")]
    Signature {
        /// Its path in the depot.
        object: String,
        /// What is wrong.
        why: String,
    },
    /// No key is trusted, so no release could be.
    #[error(
        "releases are served only if a trusted key signed them; name the keys with --trust-key \
         or `follow.trust` (`sahihi publish --new-key FILE` makes and prints one)"
    )]
    NoTrust,
    /// The channel shows an older release than the one that was served.
    #[error(
        "the channel {channel} is at release {now}, {served} was served from here: somebody took \
         something back without a rollback; if the depot was begun anew on purpose, delete {path}"
    )]
    WentBack {
        /// The channel.
        channel: String,
        /// The number that was served.
        served: u64,
        /// The number it shows.
        now: u64,
        /// What remembers it.
        path: PathBuf,
    },
    /// The snapshot lies behind the one that is published.
    #[error(
        "the log of {by} has {now} lines, {published} are published: something was taken back; \
         restore corpus/reviews, or use `sahihi publish --rollback`"
    )]
    Behind {
        /// The reviewer.
        by: String,
        /// Lines that are published.
        published: u64,
        /// Lines there are.
        now: u64,
    },
    /// Something that nobody approved.
    #[error(
        "this index was built with --trust; nothing in it was approved, so it is not published"
    )]
    Unapproved,
    /// What remembers the release that was served cannot be used.
    #[error("cannot use {path}")]
    Memory {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The runtime or the client of the store cannot be set up.
    #[error("cannot start")]
    Start(#[source] std::io::Error),
    /// The snapshot cannot be used.
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Self {
        Self::Engine(error.into())
    }
}

/// Does asynchronous work to its end, on this thread.
fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(work)
}
