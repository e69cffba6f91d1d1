//! Who people are stays at the door: identifiers become keyed hashes, numbers and addresses are
//! taken out of texts.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

use crate::config::Settings;

const FILE: &str = "privacy.key";
/// A block of SHA-256, so that any such key is a key of the HMAC.
const KEY_BYTES: usize = 64;
/// Stands where something was taken out.
const REMOVED: &str = "…";
/// A word with that many digits may be a telephone number.
const MAX_DIGITS: usize = 4;

/// Why people cannot be hidden.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key file is there and is no key.
    #[error(
        "{path} holds no key; put back a copy of it, or \
         remove it to start anew (people who wrote before are then strangers)"
    )]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key file cannot be read or made.
    #[error("cannot use the key file {path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        why: io::Error,
    },
    /// The key in the database is no key.
    #[error("the database holds a damaged privacy key; set `privacy.key_file`")]
    NoSharedKey,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A person, as logs and rows may know them: a keyed hash of their identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Person(String);

impl Person {
    /// 43 characters of base64.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Turns identifiers into keyed hashes.
pub struct Pseudonyms {
    key: ArcSwap<[u8; KEY_BYTES]>,
    /// Whether the operator named the key file, so that no other key may take its place.
    is_named: bool,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// Reads the key, or makes one at the first start, readable by this user alone.
    ///
    /// Where the state folder cannot be written, the key lasts as long as the process.
    ///
    /// # Errors
    ///
    /// [`Error`] when there is a file that is no key, or the file that was named cannot be used.
    pub(super) fn open(settings: &Settings) -> Result<Self, Error> {
        let named = settings.privacy.key_file.as_deref();
        let path = named.map_or_else(|| settings.state.dir.join(FILE), Path::to_owned);
        let key = match read_or_make(&path) {
            Err(Error::File { path, why }) if named.is_none() => {
                let path = path.display();
                tracing::warn!(%path, %why, "the privacy key lasts until the stop only");
                random_key()?
            }
            key => key?,
        };
        Ok(Self { key: ArcSwap::from_pointee(key), is_named: named.is_some() })
    }

    /// The hash of an identifier: the same for the same one, and no way back without the key.
    #[must_use]
    pub fn of(&self, identifier: &str) -> Person {
        let mut mac = Hmac::<Sha256>::new((&**self.key.load()).into());
        mac.update(identifier.as_bytes());
        Person(BASE64.encode(mac.finalize().into_bytes()))
    }

    /// The key for the servers on one database, where no key file was named.
    pub(super) fn to_share(&self) -> Option<String> {
        (!self.is_named).then(|| BASE64.encode(self.key.load().as_slice()))
    }

    /// Uses the key that the servers on one database share.
    pub(super) fn adopt(&self, shared: &str) -> Result<(), Error> {
        self.key.store(Arc::new(parse(shared).ok_or(Error::NoSharedKey)?));
        Ok(())
    }
}

fn read_or_make(path: &Path) -> Result<[u8; KEY_BYTES], Error> {
    let failed = |why| Error::File { path: path.to_owned(), why };
    match fs::read_to_string(path) {
        Ok(text) => parse(text.trim_end()).ok_or_else(|| Error::NoKey { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random_key()?;
            if make(path, &key).map_err(failed)? {
                Ok(key)
            } else {
                // Another server has just made it.
                let text = fs::read_to_string(path).map_err(failed)?;
                parse(text.trim_end()).ok_or_else(|| Error::NoKey { path: path.to_owned() })
            }
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(Error::NoKey { path: path.to_owned() })
        }
        Err(error) => Err(failed(error)),
    }
}

/// Writes a new key file, whole or not at all; whether there was none before.
fn make(path: &Path, key: &[u8]) -> io::Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder)?;
    // A temporary file is readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(file, "{}", BASE64.encode(key))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => fs::File::open(folder)?.sync_all().map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Makes a folder that its owner alone may read, if it is not there.
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn random_key() -> Result<[u8; KEY_BYTES], Error> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|_| Error::Random)?;
    Ok(key)
}

fn parse(text: &str) -> Option<[u8; KEY_BYTES]> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// A text without what may name somebody: words with an at sign or many digits, in any script,
/// also where blanks or hyphens stand between the digits.
#[must_use]
pub fn scrubbed(text: &str) -> String {
    let blank = |it: char| it.is_whitespace() || it.is_control();
    let words: Vec<&str> = text.split(blank).filter(|it| !it.is_empty()).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut rest = words.as_slice();
    while let Some((first, others)) = rest.split_first() {
        let n_numbers = rest.iter().take_while(|it| is_number(it)).count();
        let digits: usize = rest.iter().take(n_numbers).map(|it| n_digits(it)).sum();
        if digits > MAX_DIGITS {
            kept.push(REMOVED);
            rest = rest.get(n_numbers..).unwrap_or_default();
        } else {
            let names = first.contains(['@', '＠']) || n_digits(first) > MAX_DIGITS;
            kept.push(if names { REMOVED } else { first });
            rest = others;
        }
    }
    kept.join(" ")
}

fn n_digits(word: &str) -> usize {
    word.chars().filter(|it| it.is_numeric()).count()
}

/// Whether a word is made of digits and what stands between them in a telephone number.
fn is_number(word: &str) -> bool {
    word.chars().any(char::is_numeric)
        && word.chars().all(|it| it.is_numeric() || "+-–().,/:;#*".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_name_somebody_is_taken_out() {
        for (text, wanted) in [
            ("nimesahau vidonge siku 2", "nimesahau vidonge siku 2"),
            ("call me +254700000001 please", "call me … please"),
            ("call 0700 000 001 now", "call … now"),
            ("call ٠٧٠٠٠٠٠٠٠١ now", "call … now"),
            ("write to asha@example.org", "write to …"),
            ("my id is KE12345678.", "my id is …"),
            ("in 2024 i was 17", "in 2024 i was 17"),
            ("(07)00-000-001", "…"),
            ("a\u{0}b\n c", "a b c"),
        ] {
            assert_eq!(scrubbed(text), wanted);
        }
    }

    #[test]
    fn a_person_is_the_same_under_one_key_only() {
        let people = |byte: u8| Pseudonyms {
            key: ArcSwap::from_pointee([byte; KEY_BYTES]),
            is_named: false,
        };
        assert_eq!(people(1).of("254700000001"), people(1).of("254700000001"));
        assert_ne!(people(1).of("254700000001"), people(2).of("254700000001"));
        assert_ne!(people(1).of("254700000001"), people(1).of("254700000002"));
        assert!(!people(1).of("254700000001").as_str().contains("2547"));
    }
}
