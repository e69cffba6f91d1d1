//! Marks: how far the review logs were of what was served from this folder.
//!
//! Who can write into the corpus can cut off the end of a log and lower `HEADS` with it, so that a
//! revoked answer would return. The highest counts that were served are kept beside the index, and
//! what lies behind them is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{Error, snapshot};
use crate::corpus::Head;

/// The file with the marks.
const MARKS: &str = "served.json";

/// Where the marks of an index folder stand.
#[must_use]
pub fn file(folder: &Path) -> PathBuf {
    folder.join(MARKS)
}

/// How far the logs were of what was served, by reviewer; empty when nothing was.
///
/// # Errors
///
/// [`Error::Read`], and [`Error::Marks`] when the file is not what was written.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Head>, Error> {
    let path = file(folder);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| Error::Marks { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// The first log that lies behind a mark: whose it is, and how many lines were served.
#[must_use]
pub fn behind<'a>(
    served: &'a BTreeMap<String, Head>,
    now: &BTreeMap<String, Head>,
) -> Option<(&'a str, u64)> {
    let is_behind = |(by, mark): &(&String, &Head)| match now.get(*by) {
        None => mark.lines > 0,
        Some(head) => head.lines < mark.lines || (head.lines == mark.lines && head != *mark),
    };
    served.iter().find(is_behind).map(|(by, mark)| (by.as_str(), mark.lines))
}

/// Refuses logs that lie behind the marks.
///
/// # Errors
///
/// [`Error::RolledBack`], and what [`read`] says.
pub fn check(folder: &Path, now: &BTreeMap<String, Head>) -> Result<(), Error> {
    match behind(&read(folder)?, now) {
        None => Ok(()),
        Some((by, served)) => Err(Error::RolledBack {
            path: file(folder),
            by: by.to_owned(),
            served,
            now: now.get(by).map_or(0, |it| it.lines),
        }),
    }
}

/// Raises the marks to what is served now.
///
/// # Errors
///
/// [`Error::Write`]; a folder that cannot be written into keeps no marks.
pub fn raise(folder: &Path, now: &BTreeMap<String, Head>) -> Result<(), Error> {
    let mut marks = read(folder)?;
    let before = marks.clone();
    for (by, head) in now {
        let mark = marks.entry(by.clone()).or_insert(*head);
        if head.lines > mark.lines {
            *mark = *head;
        }
    }
    if marks == before { Ok(()) } else { write(folder, &marks) }
}

/// Lowers the marks to what is served after a rollback that somebody has signed.
///
/// # Errors
///
/// [`Error::Write`].
pub fn lower(folder: &Path, now: &BTreeMap<String, Head>) -> Result<(), Error> {
    write(folder, now)
}

fn write(folder: &Path, marks: &BTreeMap<String, Head>) -> Result<(), Error> {
    let text = serde_json::to_vec_pretty(marks)
        .map_err(|error| Error::Write { path: file(folder), source: io::Error::other(error) })?;
    snapshot::replace(&file(folder), &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Digest;

    #[test]
    fn a_log_is_behind_when_it_is_shorter_gone_or_another() {
        let heads = |lines: u64, text: &str| {
            BTreeMap::from([(
                "amina".to_owned(),
                Head { lines, last: Digest::of(text.as_bytes()) },
            )])
        };
        let served = heads(3, "c");
        assert_eq!(behind(&served, &served), None);
        assert_eq!(behind(&served, &heads(4, "d")), None, "longer");
        assert_eq!(behind(&BTreeMap::new(), &served), None, "new");
        for now in [heads(2, "b"), heads(3, "x"), BTreeMap::new()] {
            assert_eq!(behind(&served, &now), Some(("amina", 3)), "{now:?}");
        }
    }
}
