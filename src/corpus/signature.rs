//! Signatures: Ed25519 keys of reviewers, and what they sign.
//!
//! Public keys stand in `reviewers.toml`; private ones never stand in the corpus (see
//! [`super::key_file`]).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

/// What stands before the base64 of keys and signatures.
const PREFIX: &str = "ed25519:";

/// A reviewer's public key, written `ed25519:` and 44 characters of base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A text that is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no public key; `sahihi review key new` prints the line to copy")]
pub struct UnknownKey(String);

impl PublicKey {
    /// Whether `signature` was made over `text` with the private key that belongs to this one.
    ///
    /// Strict: keys of small order and signatures that could have been altered are refused.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &str) -> bool {
        let bytes = signature.strip_prefix(PREFIX).and_then(|it| STANDARD.decode(it).ok());
        let signature = bytes.and_then(|it| Signature::from_slice(&it).ok());
        signature.is_some_and(|it| self.0.verify_strict(text.as_bytes(), &it).is_ok())
    }
}

impl FromStr for PublicKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let bytes = text.strip_prefix(PREFIX).and_then(|it| STANDARD.decode(it).ok());
        let key = bytes
            .and_then(|it| <[u8; 32]>::try_from(it).ok())
            .and_then(|it| VerifyingKey::from_bytes(&it).ok())
            .filter(|key| !key.is_weak());
        key.map(Self).ok_or_else(|| UnknownKey(text.chars().take(80).collect()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0.as_bytes()))
    }
}

/// A reviewer's private key. Never shown; wiped from memory when dropped.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key of 32 secret random bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The secret bytes.
    pub(super) fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        format!("{PREFIX}{}", STANDARD.encode(self.0.sign(text.as_bytes()).to_bytes()))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey of {}", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_and_key_only() {
        let (own, other) = (PrivateKey::from_seed(&[1; 32]), PrivateKey::from_seed(&[2; 32]));
        let signature = own.sign("approve");
        assert!(own.public().verifies("approve", &signature));
        assert!(!own.public().verifies("approvE", &signature));
        assert!(!other.public().verifies("approve", &signature));
        for broken in ["", "ed25519:", "ed25519:!!", signature.trim_start_matches(PREFIX)] {
            assert!(!own.public().verifies("approve", broken), "{broken}");
        }
    }

    #[test]
    fn a_public_key_reads_back_and_weak_ones_are_refused() {
        let key = PrivateKey::from_seed(&[1; 32]).public();
        assert_eq!(key.to_string().parse(), Ok(key));
        let identity =
            format!("{PREFIX}{}", STANDARD.encode([[1_u8; 1].as_slice(), &[0; 31]].concat()));
        for weak in [identity.as_str(), "ed25519:AAAA", "", "rsa:x"] {
            assert!(weak.parse::<PublicKey>().is_err(), "{weak}");
        }
    }

    #[test]
    fn a_private_key_is_not_shown() {
        let key = PrivateKey::from_seed(&[7; 32]);
        assert!(!format!("{key:?}").contains(&STANDARD.encode([7; 32])));
    }
}
