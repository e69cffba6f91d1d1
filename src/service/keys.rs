//! Keys of clients: 256 random bits, shown once, kept as a digest only.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use super::Error;
use super::store::{self, KeyRow, Store};
use crate::config::Settings;

/// What a token starts with, so that it is known for what it is wherever it is found.
const PREFIX: &str = "sahihi_";
/// Longest name of a key.
const MAX_NAME: usize = 64;

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Searching, browsing, feedback.
    Search,
    /// Conversations.
    Chat,
    /// Administration and metrics.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Search, Self::Chat, Self::Admin];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Chat => "chat",
            Self::Admin => "admin",
        }
    }

    /// The scope of that name.
    ///
    /// # Errors
    ///
    /// A sentence that lists the scopes.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|it| it.name() == name);
        found.ok_or_else(|| format!("`{name}` is no scope; there are search, chat and admin"))
    }
}

/// A key, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyInfo {
    /// Its name.
    pub name: String,
    /// What it is good for.
    pub scopes: Vec<Scope>,
    /// When it or its present token was made, in seconds since 1970.
    pub created: i64,
    /// From when it is good no longer.
    pub expires: Option<i64>,
    /// Since when it is revoked.
    pub revoked: Option<i64>,
}

impl KeyInfo {
    fn of(row: &KeyRow) -> Self {
        let scopes = row.scopes.split(' ').filter_map(|it| Scope::parse(it).ok()).collect();
        let (created, expires, revoked) = (row.created, row.expires, row.revoked);
        Self { name: row.name.clone(), scopes, created, expires, revoked }
    }

    /// Whether it can be used.
    #[must_use]
    pub fn is_good(&self, now: i64) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|it| now < it)
    }
}

/// A new token; this is the only time it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewToken {
    /// The name of the key.
    pub name: String,
    /// What the client sends.
    pub token: String,
}

/// Makes a key.
///
/// # Errors
///
/// [`Error`] when the name is no name or taken, or the state cannot be used.
pub fn create(
    settings: &Settings,
    name: &str,
    scopes: &[Scope],
    (now, expires): (i64, Option<i64>),
) -> Result<NewToken, Error> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        return Err(Error::KeyName(name.chars().take(MAX_NAME).collect()));
    }
    let mut scopes = scopes.to_vec();
    scopes.sort();
    scopes.dedup();
    let scopes: Vec<&str> = scopes.iter().map(|it| it.name()).collect();
    let (token, hash) = new_token()?;
    let (name, scopes) = (name.to_owned(), scopes.join(" "));
    let row = KeyRow { name: name.clone(), hash, scopes, created: now, expires, revoked: None };
    with_store(settings, async |store| store.key_add(&row).await)?;
    Ok(NewToken { name, token })
}

/// All keys, by name.
///
/// # Errors
///
/// [`Error`] when the state cannot be used.
pub fn list(settings: &Settings) -> Result<Vec<KeyInfo>, Error> {
    let rows = with_store(settings, async |store| store.keys().await)?;
    Ok(rows.iter().map(KeyInfo::of).collect())
}

/// Gives a key a new token; the old one is good no longer.
///
/// # Errors
///
/// [`Error`] when there is no such key or the state cannot be used.
pub fn rotate(settings: &Settings, name: &str, now: i64) -> Result<NewToken, Error> {
    let (token, hash) = new_token()?;
    with_store(settings, async |store| store.key_rotate(name, &hash, now).await)?;
    Ok(NewToken { name: name.to_owned(), token })
}

/// Ends a key.
///
/// # Errors
///
/// [`Error`] when there is no such key or the state cannot be used.
pub fn revoke(settings: &Settings, name: &str, now: i64) -> Result<(), Error> {
    with_store(settings, async |store| store.key_revoke(name, now).await)
}

pub(super) fn with_store<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Store) -> Result<T, store::Error>,
) -> Result<T, Error> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(async {
        let store = Store::open_now(settings).await?;
        Ok(work(&store).await?)
    })
}

fn new_token() -> Result<(String, Vec<u8>), Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| store::Error::Random)?;
    let token = format!("{PREFIX}{}", BASE64.encode(bytes));
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    Ok((token, hash))
}

/// The keys a server knows.
#[derive(Debug, Default)]
pub(super) struct KeyRing {
    keys: Vec<(KeyInfo, Vec<u8>)>,
}

impl KeyRing {
    pub(super) fn new(rows: Vec<KeyRow>) -> Self {
        Self { keys: rows.into_iter().map(|row| (KeyInfo::of(&row), row.hash)).collect() }
    }

    /// Whether no key was ever made.
    pub(super) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn has_good(&self, now: i64) -> bool {
        self.keys.iter().any(|(key, _)| key.is_good(now))
    }

    /// The key of a token; how long it takes says nothing about the tokens there are.
    pub(super) fn find(&self, token: &str, now: i64) -> Option<&KeyInfo> {
        let hash = Sha256::digest(token.as_bytes());
        let mut found = 0_u64;
        for (number, (_, kept)) in (1_u64..).zip(&self.keys) {
            let same: Choice = kept.as_slice().ct_eq(hash.as_slice());
            found.conditional_assign(&number, same);
        }
        let index = usize::try_from(found).ok()?.checked_sub(1)?;
        self.keys.get(index).map(|(key, _)| key).filter(|key| key.is_good(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(tokens: &[&str]) -> KeyRing {
        let row = |token: &&str| KeyRow {
            name: (*token).to_owned(),
            hash: Sha256::digest(token.as_bytes()).to_vec(),
            scopes: "search chat".to_owned(),
            created: 0,
            expires: (*token == "old").then_some(100),
            revoked: (*token == "gone").then_some(50),
        };
        KeyRing::new(tokens.iter().map(row).collect())
    }

    #[test]
    fn only_the_whole_token_of_a_good_key_is_found() {
        let ring = ring(&["first", "old", "gone", "last"]);
        let name = |token, now| ring.find(token, now).map(|it| it.name.as_str());
        assert_eq!(name("first", 99), Some("first"));
        assert_eq!(name("last", 99), Some("last"));
        assert_eq!(name("old", 99), Some("old"));
        assert_eq!(name("old", 100), None);
        assert_eq!(name("gone", 99), None);
        assert_eq!(name("firs", 99), None);
        assert_eq!(name("first ", 99), None);
        assert_eq!(name("", 99), None);
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, hash) = new_token().unwrap();
        let (other, _) = new_token().unwrap();
        assert_ne!(one, other);
        assert_eq!(one.len(), PREFIX.len() + 43);
        assert_eq!(hash, Sha256::digest(one.as_bytes()).to_vec());
    }
}
