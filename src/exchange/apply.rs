//! A plan becomes files: all of them or none.
//!
//! The folder `entries/` is made anew beside the old one, with links for what stays, and takes its
//! place by renaming. Whoever reads the corpus sees the one or the other.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Error;
use super::plan::Plan;
use crate::corpus::{self, sync_folder};

/// The folder of the corpus that is replaced as a whole.
const ENTRIES: &str = "entries";

/// Writes the files of a plan into the corpus at `root`.
///
/// # Errors
///
/// [`Error::Refused`] when the plan has errors, [`Error::Moved`] when the corpus is no longer the
/// one it was planned on, [`Error::Write`] when something cannot be written: nothing was changed.
pub fn apply(root: &Path, plan: &Plan) -> Result<(), Error> {
    if !plan.errors.is_empty() {
        return Err(Error::Refused { errors: plan.errors.len() });
    }
    if plan.files.is_empty() {
        return Ok(());
    }
    let write = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    // Hidden, so that it is no part of the corpus; beside it, so that renaming is enough.
    let staging =
        tempfile::Builder::new().prefix(".import-").tempdir_in(root).map_err(write(root))?;
    let (entries, fresh) = (root.join(ENTRIES), staging.path().join(ENTRIES));
    if entries.exists() {
        link_folder(&entries, &fresh).map_err(write(&entries))?;
    } else {
        fs::create_dir(&fresh).map_err(write(&fresh))?;
    }
    write_files(staging.path(), &plan.files).map_err(write(staging.path()))?;
    if corpus::digest(root)? != plan.base {
        return Err(Error::Moved);
    }
    switch(&entries, &fresh, &staging.path().join("before"))
}

/// The new folder takes the place of the old one; when that fails the old one returns.
fn switch(entries: &Path, fresh: &Path, before: &Path) -> Result<(), Error> {
    let write = |source| Error::Write { path: entries.to_owned(), source };
    let had = entries.exists();
    if had {
        fs::rename(entries, before).map_err(write)?;
    }
    if let Err(error) = fs::rename(fresh, entries) {
        if had && let Err(source) = fs::rename(before, entries) {
            let (from, to) = (before.to_owned(), entries.to_owned());
            return Err(Error::Torn { from, to, source });
        }
        return Err(write(error));
    }
    sync_folder(entries.parent().unwrap_or(entries)).map_err(write)
}

/// The same tree with a hard link for every file, or a copy where there are no links.
fn link_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for item in fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            link_folder(&item.path(), &target)?;
        } else if fs::hard_link(item.path(), &target).is_err() {
            fs::copy(item.path(), &target)?;
        }
    }
    Ok(())
}

fn write_files(folder: &Path, files: &BTreeMap<String, String>) -> io::Result<()> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for (path, text) in files {
        let path = folder.join(path);
        // The link first: writing through it would change the file in use.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
            folders.push(parent.to_owned());
        }
        let mut file = fs::File::create_new(&path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
    }
    folders.dedup();
    folders.iter().try_for_each(|it| sync_folder(it))
}
