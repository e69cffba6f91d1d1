//! A release record: which snapshot a channel serves from here on, signed.

use serde::{Deserialize, Serialize};
use time::Date;

use super::Error;
use crate::corpus::{Digest, PrivateKey, PublicKey, canonical, day};

/// Version of the record's format; signed with it.
const FORMAT: &str = "sahihi-release-1";

/// What a release does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It brings a snapshot.
    Publish,
    /// It goes back to an earlier one, also to one with fewer decisions of reviewers.
    Rollback,
}

impl Kind {
    /// The name in the record.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Rollback => "rollback",
        }
    }
}

/// One release of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    format: String,
    /// The channel.
    pub channel: String,
    /// Its place in the channel, from 1.
    pub number: u64,
    /// What it does.
    pub kind: Kind,
    /// Identity of the snapshot: the digest of its manifest, which holds those of all its files.
    pub snapshot: Digest,
    /// The release that a rollback of this one goes back to.
    pub below: Option<u64>,
    /// The day it was made.
    #[serde(with = "day")]
    pub on: Date,
    /// The public key that signed it.
    pub key: String,
    signature: String,
}

impl Record {
    /// A record that `key` has signed.
    pub(super) fn signed(
        (channel, number): (&str, u64),
        (kind, snapshot): (Kind, Digest),
        below: Option<u64>,
        on: Date,
        key: &PrivateKey,
    ) -> Self {
        let mut record = Self {
            format: FORMAT.to_owned(),
            channel: channel.to_owned(),
            number,
            kind,
            snapshot,
            below,
            on,
            key: key.public().to_string(),
            signature: String::new(),
        };
        record.signature = key.sign(&record.bound());
        record
    }

    /// What is signed: every field but the signature.
    fn bound(&self) -> String {
        let below = self.below.map_or_else(String::new, |it| it.to_string());
        let fields = [
            ("channel", self.channel.as_str()),
            ("number", &self.number.to_string()),
            ("kind", self.kind.name()),
            ("snapshot", &self.snapshot.to_string()),
            ("below", &below),
            ("on", &self.on.to_string()),
            ("key", &self.key),
        ];
        canonical(FORMAT, &fields)
    }

    /// As it stands in the depot.
    pub(super) fn text(&self) -> String {
        // Strings and numbers alone always serialise.
        serde_json::to_string_pretty(self).map(|it| it + "\n").unwrap_or_default()
    }

    /// Reads the record of that number of a channel; the signature is not looked at.
    pub(super) fn read(object: &str, at: (&str, u64), bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |why: String| Error::Damaged { object: object.to_owned(), why };
        let record: Self =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if record.format != FORMAT {
            return Err(damaged(format!("it is of format {}, this reads {FORMAT}", record.format)));
        }
        if (record.channel.as_str(), record.number) != at {
            let (channel, number) = (&record.channel, record.number);
            return Err(damaged(format!("it is release {number} of the channel {channel}")));
        }
        Ok(record)
    }

    /// Refuses a record that none of the keys has signed.
    pub(super) fn check(&self, object: &str, trusted: &[PublicKey]) -> Result<(), Error> {
        let refused = |why: String| Error::Signature { object: object.to_owned(), why };
        let key = trusted.iter().find(|it| it.to_string() == self.key);
        let key = key.ok_or_else(|| refused(format!("its key {} is not known here", self.key)))?;
        if key.verifies(&self.bound(), &self.signature) {
            Ok(())
        } else {
            Err(refused("its signature does not hold".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_signed() {
        let key = PrivateKey::from_seed(&[1; 32]);
        let on = time::macros::date!(2026 - 11 - 22);
        let what = (Kind::Publish, Digest::of(b"snapshot"));
        let record = Record::signed(("stable", 2), what, Some(1), on, &key);
        let trusted = [PrivateKey::from_seed(&[2; 32]).public(), key.public()];
        record.check("x", &trusted).unwrap();
        assert!(record.check("x", &trusted[..1]).is_err(), "another key");
        let changes: [fn(&mut Record); 6] = [
            |it| it.channel = "beta".to_owned(),
            |it| it.number = 3,
            |it| it.kind = Kind::Rollback,
            |it| it.snapshot = Digest::of(b"another"),
            |it| it.below = None,
            |it| it.on = time::macros::date!(2026 - 11 - 23),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let mut changed = record.clone();
            change(&mut changed);
            assert!(changed.check("x", &trusted).is_err(), "change {at}");
        }
    }

    #[test]
    fn a_record_reads_back_only_in_its_own_place() {
        let key = PrivateKey::from_seed(&[1; 32]);
        let on = time::macros::date!(2026 - 11 - 22);
        let what = (Kind::Rollback, Digest::of(b"snapshot"));
        let record = Record::signed(("stable", 2), what, None, on, &key);
        let text = record.text();
        assert_eq!(Record::read("x", ("stable", 2), text.as_bytes()).unwrap(), record);
        for at in [("stable", 3), ("beta", 2)] {
            assert!(Record::read("x", at, text.as_bytes()).is_err(), "{at:?}");
        }
    }
}
