//! The depot: a folder or a bucket of an S3-compatible store, with the few operations releases need.

use std::sync::{Arc, Once};
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, RetryConfig,
};
use url::Url;

use super::Error;
use crate::config;
use crate::corpus::Digest;

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a store may say nothing.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// The longest transfer of one file: 100 MB at 1 Mbit/s.
const TRANSFER_WITHIN: Duration = Duration::from_secs(900);
/// A store that fails is tried again that often and that long.
const RETRIES: usize = 3;
const RETRY_WITHIN: Duration = Duration::from_secs(20);
/// Digits of a number in the name of a record, so that names sort like numbers.
const DIGITS: usize = 8;

/// Where releases are.
#[derive(Debug)]
pub(super) struct Depot {
    store: Arc<dyn ObjectStore>,
    place: String,
}

impl Depot {
    /// Opens a folder (made where `make` says so) or a bucket, which is not reached for yet.
    pub(super) fn open(place: &str, make: bool) -> Result<Self, Error> {
        let store = match Url::parse(place) {
            Ok(url) if url.scheme() == "s3" => bucket(place, &url)?,
            Ok(url) if url.scheme() == "file" => {
                let path = url.to_file_path().map_err(|()| Error::Place(place.to_owned()))?;
                folder(place, &path, make)?
            }
            Ok(_) => return Err(Error::Place(place.to_owned())),
            Err(_) if place.is_empty() => return Err(Error::Place(place.to_owned())),
            Err(_) => folder(place, std::path::Path::new(place), make)?,
        };
        Ok(Self { store, place: place.to_owned() })
    }

    /// Folder or bucket, as it was named.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The numbers of the records of a channel, ascending.
    pub(super) async fn numbers(&self, channel: &str) -> Result<Vec<u64>, Error> {
        let listed = self.store.list_with_delimiter(Some(&channel_folder(channel))).await;
        let listed = listed.map_err(|it| self.failed(it))?;
        let number = |path: &Path| {
            let name = path.filename()?.strip_suffix(".json")?;
            name.parse().ok().filter(|it| record_path(channel, *it) == *path)
        };
        let mut numbers: Vec<u64> =
            listed.objects.iter().filter_map(|it| number(&it.location)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The bytes of an object of at most `most` bytes.
    pub(super) async fn get(&self, path: &Path, most: u64) -> Result<Vec<u8>, Error> {
        let found = match self.store.get(path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(damaged(path, "it is gone")),
            Err(error) => return Err(self.failed(error)),
        };
        if found.meta.size > most {
            return Err(damaged(path, &format!("it has more than {most} bytes")));
        }
        Ok(found.bytes().await.map_err(|it| self.failed(it))?.to_vec())
    }

    /// Puts a file under its digest; one that is there already is written anew, which mends it.
    pub(super) async fn put_blob(&self, digest: Digest, bytes: Vec<u8>) -> Result<(), Error> {
        let put = self.store.put(&blob_path(digest), PutPayload::from(bytes)).await;
        put.map(drop).map_err(|it| self.failed(it))
    }

    /// Puts a record where there is none yet; `false` when there is one.
    pub(super) async fn put_record(
        &self,
        (channel, number): (&str, u64),
        text: &str,
    ) -> Result<bool, Error> {
        let payload = PutPayload::from(text.as_bytes().to_vec());
        let once = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&record_path(channel, number), payload, once).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, source: object_store::Error) -> Error {
        Error::Depot { place: self.place.clone(), source: Box::new(source) }
    }
}

/// Where the records of a channel are.
fn channel_folder(channel: &str) -> Path {
    Path::from_iter(["channels", channel])
}

/// Where a record is.
pub(super) fn record_path(channel: &str, number: u64) -> Path {
    channel_folder(channel).join(format!("{number:0DIGITS$}.json"))
}

/// Where a file is.
pub(super) fn blob_path(digest: Digest) -> Path {
    let name = digest.to_string();
    Path::from_iter(["blobs", name.strip_prefix("sha256:").unwrap_or(&name)])
}

/// An object that is not what was published.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Damaged { object: path.to_string(), why: why.to_owned() }
}

fn folder(place: &str, path: &std::path::Path, make: bool) -> Result<Arc<dyn ObjectStore>, Error> {
    let failed = |source| Error::Depot { place: place.to_owned(), source: Box::new(source) };
    if make {
        std::fs::create_dir_all(path).map_err(|source| {
            failed(object_store::Error::Generic { store: "folder", source: Box::new(source) })
        })?;
    }
    let store = LocalFileSystem::new_with_prefix(path).map_err(failed)?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// A bucket; keys, region and another endpoint than that of AWS come from the usual `AWS_…`
/// variables.
fn bucket(place: &str, url: &Url) -> Result<Arc<dyn ObjectStore>, Error> {
    let failed = |source| Error::Depot { place: place.to_owned(), source: Box::new(source) };
    let bucket = url.host_str().ok_or_else(|| Error::Place(place.to_owned()))?;
    use_ring();
    let options = ClientOptions::new()
        .with_connect_timeout(CONNECT_WITHIN)
        .with_read_timeout(SILENT_FOR)
        .with_timeout(TRANSFER_WITHIN);
    let retry =
        RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_WITHIN, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_client_options(options).with_retry(retry);
    for (name, value) in config::cloud() {
        // A variable of AWS that the store does not need is none of its options.
        if let Ok(key) = name.parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let store = builder.with_bucket_name(bucket).build().map_err(failed)?;
    let prefix = Path::from_url_path(url.path()).map_err(|it| failed(it.into()))?;
    Ok(Arc::new(PrefixStore::new(store, prefix)))
}

/// The client of the store takes the cipher suites of the process, which has none until they are
/// named.
fn use_ring() {
    static ONCE: Once = Once::new();
    // Where something else has named some already, those are used.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_records_sort_like_their_numbers() {
        assert_eq!(record_path("stable", 7).as_ref(), "channels/stable/00000007.json");
        assert!(record_path("stable", 99) < record_path("stable", 100));
    }

    #[test]
    fn what_is_no_folder_and_no_bucket_is_refused() {
        for place in ["", "https://example.org/x", "gs://bucket", "s3://"] {
            let error = Depot::open(place, false).expect_err(place);
            assert!(matches!(error, Error::Place(_)), "{place}: {error}");
        }
    }
}
