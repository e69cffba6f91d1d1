//! The publisher's side: a snapshot becomes the newest release of a channel.

use time::Date;

use super::depot::{Depot, blob_path, record_path};
use super::fetch;
use super::record::{Kind, Record};
use super::{Error, block_on};
use crate::config::Config;
use crate::corpus::{Digest, PrivateKey, PublicKey};
use crate::engine::Engine;
use crate::index::marks;
use crate::index::snapshot::Snapshot;

/// Who publishes, and where to.
#[derive(Debug)]
pub struct Publisher<'a> {
    /// A folder, or `s3://bucket/prefix`.
    pub place: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// What signs the release.
    pub key: &'a PrivateKey,
    /// Other keys whose releases may be gone back to.
    pub trust: &'a [PublicKey],
    /// The day, for people who read the history.
    pub on: Date,
}

/// Publishes the snapshot in use, which must fit the corpus. Returns its release, and whether it is
/// a new one: what is published already is only written anew, byte for byte.
///
/// # Errors
///
/// [`Error`]; the channel stays as it is.
pub fn publish(config: &Config, to: &Publisher<'_>) -> Result<(Record, bool), Error> {
    fetch::check_channel(to.channel)?;
    // Opened as a server would open it: what cannot be served is not published.
    let engine = Engine::open(config)?;
    let snapshot = Snapshot::open(&config.index)?;
    if snapshot.manifest.trusted {
        return Err(Error::Unapproved);
    }
    debug_assert_eq!(engine.snapshot, snapshot.id);
    drop(engine);
    block_on(async {
        let depot = Depot::open(to.place, true)?;
        let newest = newest(&depot, to.channel).await?;
        if let Some(newest) = &newest {
            check_not_behind(&depot, newest, to, &snapshot).await?;
        }
        for (name, bytes) in snapshot.files() {
            tracing::debug!(name, bytes = bytes.len(), "uploading");
            depot.put_blob(Digest::of(bytes), bytes.clone()).await?;
        }
        depot.put_blob(snapshot.id, snapshot.text().to_vec()).await?;
        match newest {
            Some(newest)
                if newest.snapshot == snapshot.id && newest.check("", &to.trusted()).is_ok() =>
            {
                Ok((newest, false))
            }
            newest => {
                let below = newest.as_ref().map(|it| it.number);
                let made = (Kind::Publish, snapshot.id);
                Ok((append(&depot, to, made, below, newest).await?, true))
            }
        }
    })
}

/// Makes the release below the newest one the newest again.
///
/// # Errors
///
/// [`Error`]; the channel stays as it is.
pub fn roll_back(to: &Publisher<'_>) -> Result<Record, Error> {
    fetch::check_channel(to.channel)?;
    block_on(async {
        let depot = Depot::open(to.place, false)?;
        let newest = newest(&depot, to.channel).await?;
        let newest = newest.ok_or_else(|| fetch::empty(&depot, to.channel))?;
        let number = newest.below.ok_or(Error::First { number: newest.number })?;
        let target = record(&depot, to.channel, number).await?;
        // What is signed here is vouched for: only what a trusted key signed before, and whole.
        for checked in [&newest, &target] {
            let object = record_path(to.channel, checked.number).to_string();
            checked.check(&object, &to.trusted())?;
        }
        fetch::download(&depot, target.snapshot).await?;
        let made = (Kind::Rollback, target.snapshot);
        append(&depot, to, made, target.below, Some(newest)).await
    })
}

/// All releases of a channel, the newest first; signatures are not looked at.
///
/// # Errors
///
/// [`Error`] when the depot cannot be used or has a record that cannot be read.
pub fn history(place: &str, channel: &str) -> Result<Vec<Record>, Error> {
    fetch::check_channel(channel)?;
    block_on(async {
        let depot = Depot::open(place, false)?;
        let mut records = Vec::new();
        for number in depot.numbers(channel).await?.into_iter().rev() {
            records.push(record(&depot, channel, number).await?);
        }
        Ok(records)
    })
}

impl Publisher<'_> {
    fn trusted(&self) -> Vec<PublicKey> {
        [&[self.key.public()], self.trust].concat()
    }
}

async fn newest(depot: &Depot, channel: &str) -> Result<Option<Record>, Error> {
    match depot.numbers(channel).await?.last() {
        Some(number) => Ok(Some(record(depot, channel, *number).await?)),
        None => Ok(None),
    }
}

async fn record(depot: &Depot, channel: &str, number: u64) -> Result<Record, Error> {
    fetch::record(depot, channel, number).await
}

/// Makes the next record, in one step: this is the moment at which servers see the release.
async fn append(
    depot: &Depot,
    to: &Publisher<'_>,
    made: (Kind, Digest),
    below: Option<u64>,
    newest: Option<Record>,
) -> Result<Record, Error> {
    let number = newest.map_or(1, |it| it.number + 1);
    let record = Record::signed((to.channel, number), made, below, to.on, to.key);
    if depot.put_record((to.channel, number), &record.text()).await? {
        Ok(record)
    } else {
        Err(Error::Taken(to.channel.to_owned()))
    }
}

/// Refuses a snapshot whose review logs lie behind the published ones; servers would too.
async fn check_not_behind(
    depot: &Depot,
    newest: &Record,
    to: &Publisher<'_>,
    snapshot: &Snapshot,
) -> Result<(), Error> {
    let object = record_path(to.channel, newest.number).to_string();
    if newest.check(&object, &to.trusted()).is_err() {
        // Somebody else's word on what is published; each server decides for itself.
        return Ok(());
    }
    let manifest = match fetch::manifest(depot, newest.snapshot).await {
        Ok((_, manifest)) => manifest,
        // Damaged, or of another version of the program: this release mends it.
        Err(Error::Damaged { .. }) => {
            let object = blob_path(newest.snapshot);
            tracing::warn!(%object, "the published manifest cannot be read");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    match marks::behind(&manifest.reviews, &snapshot.manifest.reviews) {
        None => Ok(()),
        Some((by, published)) => Err(Error::Behind {
            by: by.to_owned(),
            published,
            now: snapshot.manifest.reviews.get(by).map_or(0, |it| it.lines),
        }),
    }
}
