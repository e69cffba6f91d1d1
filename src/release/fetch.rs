//! The servers' side: what a channel says is to be served, checked before it is believed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::depot::{Depot, blob_path, damaged, record_path};
use super::record::Record;
use super::{Error, block_on};
use crate::corpus::{Digest, PublicKey};
use crate::index::snapshot::replace;
use crate::index::{Files, Manifest};

/// Largest record, in bytes.
const MAX_RECORD: u64 = 16 * 1024;
/// Largest manifest, in bytes.
const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// Longest name of a channel.
const MAX_CHANNEL: usize = 64;
/// The file that remembers which release was served from an index folder.
const FOLLOWED: &str = "followed.json";

/// A channel that is followed.
#[derive(Debug, Clone)]
pub struct Follow {
    place: String,
    channel: String,
    trust: Vec<PublicKey>,
}

/// A snapshot as it came from the depot, every byte as it was signed.
#[derive(Debug)]
pub struct Fetched {
    /// The text of the manifest.
    pub manifest: Vec<u8>,
    /// The files it names.
    pub files: Files,
}

/// The release that was served last.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Followed {
    channel: String,
    number: u64,
    snapshot: Digest,
}

/// Where an index folder remembers which release was served from it.
#[must_use]
pub fn followed_file(index: &Path) -> PathBuf {
    index.join(FOLLOWED)
}

impl Follow {
    /// Follows a channel of a depot, as far as one of the keys has signed.
    ///
    /// # Errors
    ///
    /// [`Error::NoTrust`] without a key, [`Error::Channel`].
    pub fn new(place: &str, channel: &str, trust: Vec<PublicKey>) -> Result<Self, Error> {
        check_channel(channel)?;
        if trust.is_empty() {
            return Err(Error::NoTrust);
        }
        Ok(Self { place: place.to_owned(), channel: channel.to_owned(), trust })
    }

    /// Folder or bucket.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The release that is to be served from an index folder.
    ///
    /// # Errors
    ///
    /// [`Error`], also when it is not signed by a trusted key, or lies behind the one that was
    /// served from there.
    pub fn newest(&self, index: &Path) -> Result<Record, Error> {
        let served = remembered(index)?.filter(|it| it.channel == self.channel);
        block_on(async {
            let depot = Depot::open(&self.place, false)?;
            let newest = depot.numbers(&self.channel).await?.last().copied();
            let went_back = |now: u64, served: u64| Error::WentBack {
                channel: self.channel.clone(),
                served,
                now,
                path: followed_file(index),
            };
            match (newest, &served) {
                (None, None) => return Err(empty(&depot, &self.channel)),
                (now, Some(served)) if now.unwrap_or(0) < served.number => {
                    return Err(went_back(now.unwrap_or(0), served.number));
                }
                _ => (),
            }
            let record = record(&depot, &self.channel, newest.unwrap_or(0)).await?;
            let object = record_path(&self.channel, record.number).to_string();
            record.check(&object, &self.trust)?;
            match served {
                Some(it) if it.number == record.number && it.snapshot != record.snapshot => {
                    Err(went_back(record.number, it.number))
                }
                _ => Ok(record),
            }
        })
    }

    /// Fetches the snapshot of a release.
    ///
    /// # Errors
    ///
    /// [`Error`], also when a byte is not what was signed.
    pub fn download(&self, release: &Record) -> Result<Fetched, Error> {
        block_on(async {
            let depot = Depot::open(&self.place, false)?;
            download(&depot, release.snapshot).await
        })
    }

    /// Remembers that a release is served from an index folder, so that none before it will be.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] when the folder cannot be written into.
    pub fn remember(&self, index: &Path, release: &Record) -> Result<(), Error> {
        let (channel, number) = (self.channel.clone(), release.number);
        let followed = Followed { channel, number, snapshot: release.snapshot };
        if remembered(index).is_ok_and(|it| it.as_ref() == Some(&followed)) {
            return Ok(());
        }
        let path = followed_file(index);
        let text = serde_json::to_vec_pretty(&followed).map_err(|error| Error::Memory {
            path: path.clone(),
            source: io::Error::other(error),
        })?;
        Ok(replace(&path, &text)?)
    }
}

fn remembered(index: &Path) -> Result<Option<Followed>, Error> {
    let path = followed_file(index);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Error::Memory { path, source }),
    };
    let read = serde_json::from_slice(&bytes);
    read.map(Some).map_err(|error| Error::Memory { path, source: io::Error::other(error) })
}

/// The record of that number, signature not looked at.
pub(super) async fn record(depot: &Depot, channel: &str, number: u64) -> Result<Record, Error> {
    let path = record_path(channel, number);
    let bytes = depot.get(&path, MAX_RECORD).await?;
    Record::read(path.as_ref(), (channel, number), &bytes)
}

/// The manifest of a snapshot, with the text whose digest names it.
pub(super) async fn manifest(
    depot: &Depot,
    snapshot: Digest,
) -> Result<(Vec<u8>, Manifest), Error> {
    let path = blob_path(snapshot);
    let text = depot.get(&path, MAX_MANIFEST).await?;
    if Digest::of(&text) != snapshot {
        return Err(damaged(&path, "it has other bytes"));
    }
    let manifest = serde_json::from_slice(&text)
        .map_err(|error| damaged(&path, &format!("it is of another version ({error})")))?;
    Ok((text, manifest))
}

/// A snapshot with all its files, each held against its digest.
pub(super) async fn download(depot: &Depot, snapshot: Digest) -> Result<Fetched, Error> {
    let (text, manifest) = manifest(depot, snapshot).await?;
    let mut files = Files::new();
    for record in manifest.files {
        let path = blob_path(record.digest);
        if record.name.starts_with('.') || record.name.contains(['/', '\\']) {
            return Err(damaged(&path, "it would lie outside of the index"));
        }
        let bytes = depot.get(&path, record.bytes).await?;
        if Digest::of(&bytes) != record.digest {
            return Err(damaged(&path, "it has other bytes"));
        }
        files.push((record.name, bytes));
    }
    Ok(Fetched { manifest: text, files })
}

pub(super) fn empty(depot: &Depot, channel: &str) -> Error {
    Error::Empty { channel: channel.to_owned(), place: depot.place().to_owned() }
}

/// A name of a channel is a name of a folder.
pub(super) fn check_channel(name: &str) -> Result<(), Error> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=MAX_CHANNEL).contains(&name.len()) && name.bytes().all(is_part) {
        Ok(())
    } else {
        Err(Error::Channel(name.chars().take(MAX_CHANNEL).collect()))
    }
}
