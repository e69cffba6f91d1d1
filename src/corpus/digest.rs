//! SHA-256 digests, written `sha256:` and 64 hexadecimal digits, and what they are made over.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(bytes);
        Self::finish(hasher)
    }

    /// The digest of named fields in their canonical form (see [`canonical`]).
    #[must_use]
    pub fn of_fields(domain: &str, fields: &[(&str, &str)]) -> Self {
        Self::of(canonical(domain, fields).as_bytes())
    }

    /// The digest of what `hasher` has seen.
    #[must_use]
    pub fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    /// The first four bytes as a number, for identifiers that must be small.
    #[must_use]
    pub fn low_bits(&self) -> u32 {
        self.0.last_chunk::<4>().map_or(0, |tail| u32::from_be_bytes(*tail))
    }

    /// The first sixteen hexadecimal digits, for names of files.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The canonical form of named fields: the bytes that digests and signatures are made over.
///
/// It is `domain`, a line feed, then for each field its name, a space, its length in bytes, a line
/// feed, its bytes and a line feed. Lengths make it unambiguous; the domain keeps kinds apart.
#[must_use]
pub fn canonical(domain: &str, fields: &[(&str, &str)]) -> String {
    let mut text = format!("{domain}\n");
    for (name, value) in fields {
        text.push_str(&format!("{name} {}\n{value}\n", value.len()));
    }
    text
}

/// The fields of a canonical form; `None` when the text is none.
#[must_use]
pub fn fields_of(canonical: &str) -> Option<Vec<(&str, &str)>> {
    let (_, mut rest) = canonical.split_once('\n')?;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (head, tail) = rest.split_once('\n')?;
        let (name, length) = head.rsplit_once(' ')?;
        let (value, tail) = tail.split_at_checked(length.parse().ok()?)?;
        fields.push((name, value));
        rest = tail.strip_prefix('\n')?;
    }
    Some(fields)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest; it reads `sha256:` and 64 hexadecimal digits")]
pub struct UnknownDigest(String);

impl FromStr for Digest {
    type Err = UnknownDigest;

    fn from_str(text: &str) -> Result<Self, UnknownDigest> {
        let unknown = || UnknownDigest(text.chars().take(80).collect());
        let hex = text.strip_prefix("sha256:").ok_or_else(unknown)?;
        let digit = |c: &u8| char::from(*c).to_digit(16).and_then(|it| u8::try_from(it).ok());
        let digits: Vec<u8> = hex.as_bytes().iter().filter_map(digit).collect();
        if digits.len() != 64 || hex.len() != 64 {
            return Err(unknown());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |value, digit| value * 16 + digit);
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Digest {
    type Error = UnknownDigest;

    fn try_from(text: String) -> Result<Self, UnknownDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_what_it_writes() {
        let digest = Digest::of(b"pill");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert!("sha256:12".parse::<Digest>().is_err());
    }

    #[test]
    fn fields_cannot_run_into_each_other() {
        let one = Digest::of_fields("unit", &[("a", "x"), ("b", "yz")]);
        let other = Digest::of_fields("unit", &[("a", "xy"), ("b", "z")]);
        assert_ne!(one, other);
    }

    #[test]
    fn a_canonical_form_gives_its_fields_back() {
        let fields = [("answer", "Take 1.\nquestion 3\n"), ("a b", ""), ("lang", "हि")];
        let text = canonical("unit", &fields);
        assert_eq!(fields_of(&text), Some(fields.to_vec()));
        for broken in ["", "unit\nanswer 9\nx\n", "unit\nlang 1\nहि\n", "unit\nlang x\n\n"] {
            assert_eq!(fields_of(broken), None, "{broken:?}");
        }
    }
}
