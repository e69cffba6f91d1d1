//! The files of a corpus folder, read once, with bounds, and told apart by their path.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::problem::Problems;
use super::{Digest, Error};

/// Largest corpus file that is read, in bytes. The longest real ones have a few kilobytes.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 20;
/// Largest bulk file (`entries.jsonl`, a review log, a learned table) that is read, in bytes.
pub(super) const MAX_BULK_BYTES: u64 = 1 << 30;
/// Most files of a corpus.
const MAX_FILES: usize = 1_000_000;

/// A file of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path from the corpus folder, with `/`.
    pub path: String,
    /// Path as shown to the author.
    pub shown: String,
    /// The text, without byte order mark and with `\n` line ends. Empty when it could not be read.
    pub text: String,
}

impl SourceFile {
    /// A file that is not on disk, or whose text is not known.
    #[must_use]
    pub fn new(path: &str, shown: &str, text: &str) -> Self {
        Self { path: path.to_owned(), shown: shown.to_owned(), text: text.to_owned() }
    }

    /// A file of the corpus by the path shown for it; empty when it cannot be read.
    #[must_use]
    pub fn shown_at(path: &str) -> Self {
        Self::new(path, path, &plain_lines(fs::read_to_string(path).unwrap_or_default()))
    }

    /// Line and column (in characters), both from 1, of a byte of the text.
    #[must_use]
    pub fn line_column(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The whole first line, for problems that concern the file.
    #[must_use]
    pub fn first_line(&self) -> Range<usize> {
        0..self.text.find('\n').unwrap_or(self.text.len())
    }
}

/// All files of a corpus folder.
#[derive(Debug, Default)]
pub struct SourceTree {
    /// The folder.
    pub root: PathBuf,
    /// The files in the order of their paths.
    pub files: Vec<SourceFile>,
    /// Digest over paths and bytes of all files: the identity of the corpus.
    pub digest: Digest,
}

impl SourceTree {
    /// Reads every file below `root`. Hidden files and `README.md` are no part of a corpus.
    ///
    /// A file that is too large, no plain file or not UTF-8 becomes a problem and an empty text.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] when the folder or a file cannot be read at all.
    pub fn read(root: &Path, problems: &mut Problems) -> Result<Self, Error> {
        let paths = paths(root)?;
        let mut hasher = Sha256::new();
        let mut files = Vec::with_capacity(paths.len());
        for path in &paths {
            let file = read_file(root, path, &mut hasher, problems)?;
            files.push(file);
        }
        Ok(Self { root: root.to_owned(), files, digest: Digest::finish(hasher) })
    }

    /// The digest of the files below `root`, of which one at a time is held.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn digest_of(root: &Path) -> Result<Digest, Error> {
        let mut hasher = Sha256::new();
        for path in &paths(root)? {
            read_file(root, path, &mut hasher, &mut Problems::default())?;
        }
        Ok(Digest::finish(hasher))
    }

    /// Puts a text in the place of a file, or beside the others when there is none.
    pub(super) fn put(&mut self, path: &str, text: &str) {
        let shown = self.root.join(path).to_string_lossy().into_owned();
        let file = SourceFile::new(path, &shown, &plain_lines(text.to_owned()));
        self.digest = Digest::of(format!("{}{path}\n{text}", self.digest).as_bytes());
        match self.files.binary_search_by(|it| it.path.as_str().cmp(path)) {
            Ok(at) => self.files.splice(at..=at, [file]).for_each(drop),
            Err(at) => self.files.insert(at, file),
        }
    }

    /// The file at `path`, if the corpus has it.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&SourceFile> {
        let at = self.files.binary_search_by(|it| it.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }

    /// The same files with some added or replaced, by path. The digest stays that of the folder.
    #[must_use]
    pub fn with(&self, changed: &BTreeMap<String, String>) -> Self {
        let kept = self.files.iter().filter(|it| !changed.contains_key(&it.path)).cloned();
        let mut files: Vec<SourceFile> = kept.collect();
        for (path, text) in changed {
            let shown = self.root.join(path);
            let text = plain_lines(text.clone());
            files.push(SourceFile::new(path, &shown.to_string_lossy(), &text));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { root: self.root.clone(), files, digest: self.digest }
    }
}

/// The paths of all files below a folder, in order.
fn paths(root: &Path) -> Result<Vec<String>, Error> {
    let mut paths = Vec::new();
    walk(root, root, &mut paths)?;
    paths.sort();
    Ok(paths)
}

fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) -> Result<(), Error> {
    let read = |source: io::Error| Error::Read { path: folder.to_owned(), source };
    for item in fs::read_dir(folder).map_err(read)? {
        let item = item.map_err(read)?;
        let name = item.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "README.md" {
            continue;
        }
        let path = item.path();
        if item.file_type().map_err(read)?.is_dir() {
            walk(root, &path, paths)?;
        } else {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            paths.push(parts.join("/"));
        }
        if paths.len() > MAX_FILES {
            return Err(Error::TooManyFiles { path: root.to_owned(), limit: MAX_FILES });
        }
    }
    Ok(())
}

fn read_file(
    root: &Path,
    path: &str,
    hasher: &mut Sha256,
    problems: &mut Problems,
) -> Result<SourceFile, Error> {
    let full = root.join(path);
    let mut file = SourceFile::new(path, &full.to_string_lossy(), "");
    let read = |source| Error::Read { path: full.clone(), source };
    hasher.update((path.len() as u64).to_le_bytes());
    hasher.update(path);
    let about = fs::symlink_metadata(&full).map_err(read)?;
    hasher.update(about.len().to_le_bytes());
    if !about.is_file() {
        let what = if about.is_symlink() { "a symbolic link" } else { "no plain file" };
        let help = "put the file itself here: a corpus is read from its own folder only";
        problems.error(&file, 0..0, "not-a-file", format!("this is {what}"), help);
        return Ok(file);
    }
    let limit = if is_bulk(path) { MAX_BULK_BYTES } else { MAX_FILE_BYTES };
    if about.len() > limit {
        let message = format!("the file has {} bytes, the limit is {limit}", about.len());
        problems.error(&file, 0..0, "file-too-large", message, "split it or remove it");
        return Ok(file);
    }
    let bytes = fs::read(&full).map_err(read)?;
    hasher.update(&bytes);
    match String::from_utf8(bytes) {
        Ok(text) => file.text = plain_lines(text),
        Err(error) => report_not_utf8(&mut file, &error, problems),
    }
    Ok(file)
}

fn is_bulk(path: &str) -> bool {
    path == "entries.jsonl"
        || path.starts_with("reviews/")
        || path.starts_with("lexicon/")
        || path.starts_with("learned/")
}

/// Without byte order mark; every line end is `\n`.
fn plain_lines(text: String) -> String {
    let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn report_not_utf8(
    file: &mut SourceFile,
    error: &std::string::FromUtf8Error,
    problems: &mut Problems,
) {
    let good = error.utf8_error().valid_up_to();
    let head = error.as_bytes().get(..good).unwrap_or_default();
    file.text = String::from_utf8_lossy(head).into_owned();
    let message = "the file is not UTF-8 text from here on";
    let help = "save it again with the encoding UTF-8";
    problems.error(file, good..good, "not-utf8", message, help);
    file.text.clear();
}

/// Whether a reviewer cannot see this character, or sees the text after it in another order.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}'
        | '\u{2060}' | '\u{FFFD}' | '\u{E0000}'..='\u{E007F}')
        || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters() {
        let file = SourceFile::new("a", "a", "erste\nwo är x");
        assert_eq!(file.line_column(file.text.find('x').unwrap()), (2, 7));
    }
}
