//! Snapshots: everything the engine needs, in one folder, written beside the old one and switched
//! to by renaming one small file.
//!
//! `current` names the snapshot and the digest of its manifest; the manifest holds the digest of
//! every file. All bytes are read and compared when a snapshot is opened, nothing is mapped into
//! memory. A build killed at any point leaves `current` and what it names untouched.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use time::Date;

use super::manifest::{FileRecord, Manifest};
use super::{Error, Files, digest_of};
use crate::corpus::{self, Digest};

/// The small file that names the snapshot in use.
const POINTER: &str = "current";
/// The file every snapshot has.
const MANIFEST: &str = "manifest.json";
/// Prefix of snapshot folders.
const PREFIX: &str = "snapshot-";

/// A snapshot whose every byte has been verified.
#[derive(Debug)]
pub struct Snapshot {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Digest of the manifest: the identity of the snapshot.
    pub id: Digest,
    text: Vec<u8>,
    files: Files,
}

impl Snapshot {
    /// Reads and verifies the snapshot in use.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Stale`] when another version of the program built it,
    /// [`Error::Damaged`] when a byte differs, [`Error::Read`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let (name, id) = pointer(folder)?;
        Self::open_at(folder, &folder.join(&name), id)
    }

    fn open_at(folder: &Path, home: &Path, id: Digest) -> Result<Self, Error> {
        let path = home.join(MANIFEST);
        let bytes = read(&path)?;
        if digest_of(&bytes) != id {
            return Err(damaged(path, "is not the file that was written"));
        }
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| Error::Stale {
            path: folder.to_owned(),
            why: format!("its manifest is of another version ({error})"),
        })?;
        if let Some(why) = manifest.mismatch() {
            return Err(Error::Stale { path: folder.to_owned(), why });
        }
        let mut files = Files::new();
        for record in &manifest.files {
            files.push((record.name.clone(), verified(&home.join(&record.name), record)?));
        }
        check_nothing_else(home, &manifest)?;
        Ok(Self { manifest, id, text: bytes, files })
    }

    /// The text of the manifest, whose digest is the identity of the snapshot.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The files that were not taken out.
    #[must_use]
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// Takes one file out.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the snapshot has no such file.
    pub fn take(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        let at = self.files.iter().position(|(it, _)| it == name);
        at.map(|at| self.files.swap_remove(at).1)
            .ok_or_else(|| damaged(PathBuf::from(name), "is missing from the manifest"))
    }

    /// Takes all files out whose name starts with `prefix`, which is cut off.
    pub fn take_all(&mut self, prefix: &str) -> Files {
        let (taken, left) = std::mem::take(&mut self.files)
            .into_iter()
            .partition::<Files, _>(|(name, _)| name.starts_with(prefix));
        self.files = left;
        let cut = |name: String| name.strip_prefix(prefix).map(str::to_owned).unwrap_or(name);
        taken.into_iter().map(|(name, bytes)| (cut(name), bytes)).collect()
    }
}

/// Writes a snapshot and switches to it. Returns its identity.
///
/// # Errors
///
/// [`Error::Busy`] when another process writes here, [`Error::Write`]; the snapshot in use stays.
pub fn publish(folder: &Path, mut manifest: Manifest, files: &Files) -> Result<Digest, Error> {
    manifest.files = files
        .iter()
        .map(|(name, bytes)| FileRecord {
            name: name.clone(),
            bytes: bytes.len() as u64,
            digest: digest_of(bytes),
        })
        .collect();
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| write_error(folder, io::Error::other(error)))?;
    Aside::write(folder, &text, files)?.switch()
}

/// A snapshot that lies beside the one in use, complete and synced. Nobody else writes into the
/// folder as long as this lives.
#[derive(Debug)]
pub struct Aside {
    folder: PathBuf,
    name: String,
    id: Digest,
    _lock: File,
}

impl Aside {
    /// Writes a snapshot of which the text of the manifest is given.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when another process writes here, [`Error::Write`].
    pub fn write(folder: &Path, manifest: &[u8], files: &Files) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|source| write_error(folder, source))?;
        let lock = lock(folder)?;
        let id = digest_of(manifest);
        remove_unused(folder);
        let (name, home) = unused_name(folder, id);
        fs::create_dir_all(&home).map_err(|source| write_error(&home, source))?;
        for (file, bytes) in files {
            write_synced(&home.join(file), bytes)?;
        }
        write_synced(&home.join(MANIFEST), manifest)?;
        sync_folder(&home)?;
        Ok(Self { folder: folder.to_owned(), name, id, _lock: lock })
    }

    /// Reads it back and verifies it, as [`Snapshot::open`] does with the one in use.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open(&self) -> Result<Snapshot, Error> {
        Snapshot::open_at(&self.folder, &self.folder.join(&self.name), self.id)
    }

    /// Makes it the snapshot in use. Returns its identity.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; the snapshot in use stays.
    pub fn switch(self) -> Result<Digest, Error> {
        let pointer = self.folder.join(format!("{POINTER}.new"));
        write_synced(&pointer, format!("{} {}\n", self.name, self.id).as_bytes())?;
        let current = self.folder.join(POINTER);
        fs::rename(&pointer, &current).map_err(|source| write_error(&current, source))?;
        sync_folder(&self.folder)?;
        Ok(self.id)
    }
}

/// Identity of the snapshot in use, from the one small file that names it; nothing is verified.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Damaged`] or [`Error::Read`].
pub fn current(folder: &Path) -> Result<Digest, Error> {
    pointer(folder).map(|(_, id)| id)
}

/// Whether the snapshot in use was built from the corpus with this digest, on this day or before.
///
/// # Errors
///
/// [`Error::Stale`] with what differs.
pub fn check_fresh(
    folder: &Path,
    manifest: &Manifest,
    (corpus, trust): (Digest, bool),
    today: Date,
) -> Result<(), Error> {
    let why = if manifest.corpus != corpus {
        "the corpus has changed since".to_owned()
    } else if manifest.trusted && !trust {
        "it was built with --trust".to_owned()
    } else if manifest.built_for > today {
        format!("it was built for {}, today is {today}", manifest.built_for)
    } else {
        return Ok(());
    };
    Err(Error::Stale { path: folder.to_owned(), why })
}

fn pointer(folder: &Path) -> Result<(String, Digest), Error> {
    let path = folder.join(POINTER);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Missing { path: folder.to_owned() });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(damaged(path, "is not text"));
        }
        Err(source) => return Err(Error::Read { path, source }),
    };
    let parsed = text.trim_end().split_once(' ').and_then(|(name, id)| {
        let plain = name.starts_with(PREFIX) && !name.contains(['/', '\\']);
        Some((name.to_owned(), id.parse().ok()?)).filter(|_| plain)
    });
    parsed.ok_or_else(|| damaged(path, "does not name a snapshot"))
}

fn verified(path: &Path, record: &FileRecord) -> Result<Vec<u8>, Error> {
    let bytes = read(path)?;
    if bytes.len() as u64 != record.bytes {
        return Err(damaged(path.to_owned(), "has another size than was written"));
    }
    if digest_of(&bytes) != record.digest {
        return Err(damaged(path.to_owned(), "has other bytes than were written"));
    }
    Ok(bytes)
}

/// Refuses files that the manifest does not name.
fn check_nothing_else(home: &Path, manifest: &Manifest) -> Result<(), Error> {
    let read = |source| Error::Read { path: home.to_owned(), source };
    for item in fs::read_dir(home).map_err(read)? {
        let item = item.map_err(read)?;
        let name = item.file_name();
        let is_named = |it: &FileRecord| *it.name == *name;
        if name != MANIFEST && !manifest.files.iter().any(is_named) {
            return Err(damaged(item.path(), "does not belong there"));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => damaged(path.to_owned(), "is missing"),
        io::ErrorKind::IsADirectory => damaged(path.to_owned(), "is a folder"),
        _ => Error::Read { path: path.to_owned(), source },
    })
}

fn damaged(path: PathBuf, why: &str) -> Error {
    Error::Damaged { path, why: why.to_owned() }
}

fn write_error(path: &Path, source: io::Error) -> Error {
    Error::Write { path: path.to_owned(), source }
}

/// Writes a small file aside, then puts it in its place.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    corpus::write_whole(path, bytes).map_err(|source| write_error(path, source))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| write_error(path, source))
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    corpus::sync_folder(path).map_err(|source| write_error(path, source))
}

/// Held while a snapshot is written; released when dropped, also when the process is killed.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|source| write_error(&path, source))?;
    file.try_lock().map_err(|_| Error::Busy { path: folder.to_owned() })?;
    Ok(file)
}

/// A folder that does not exist yet, so that what is in use is never written over.
fn unused_name(folder: &Path, id: Digest) -> (String, PathBuf) {
    let mut name = format!("{PREFIX}{}", id.short());
    while folder.join(&name).exists() {
        name.push('b');
    }
    let home = folder.join(&name);
    (name, home)
}

/// Removes snapshots that are not in use: leftovers of killed builds and the one before the last.
fn remove_unused(folder: &Path) {
    let in_use = pointer(folder).map(|(name, _)| name).unwrap_or_default();
    let Ok(items) = fs::read_dir(folder) else { return };
    for item in items.flatten() {
        let name = item.file_name().to_string_lossy().into_owned();
        if name.starts_with(PREFIX) && name != in_use {
            // A leftover that cannot be removed does no harm but take space.
            drop(fs::remove_dir_all(item.path()));
        }
    }
}
