//! Documents become one Tantivy segment. One thread and one merge, so that the same documents
//! always give the same segment.

use tantivy::TantivyDocument;
use tantivy::directory::{Directory, RamDirectory};

use super::schema::{Fields, tokens};
use super::{Document, Error, Files};

/// Memory for the writer, in bytes.
const WRITER_BYTES: usize = 64 << 20;

/// Indexes all documents and returns the files of the segment.
///
/// # Errors
///
/// [`Error::Tantivy`] when Tantivy fails.
pub fn build(documents: &[Document<'_>]) -> Result<Files, Error> {
    let fields = Fields::new();
    let directory = RamDirectory::create();
    let index = tantivy::Index::create(
        directory.clone(),
        fields.schema.clone(),
        tantivy::IndexSettings::default(),
    )?;
    let mut writer = index.writer_with_num_threads(1, WRITER_BYTES)?;
    for (place, document) in (0_u64..).zip(documents) {
        let mut fed = TantivyDocument::default();
        fed.add_pre_tokenized_text(fields.stems, tokens(document));
        fed.add_u64(fields.place, place);
        writer.add_document(fed)?;
    }
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > 1 {
        writer.merge(&segments).wait()?;
    }
    writer.garbage_collect_files().wait()?;
    writer.wait_merging_threads()?;
    files(&index, &directory)
}

fn files(index: &tantivy::Index, directory: &RamDirectory) -> Result<Files, Error> {
    let mut names: Vec<_> = index.directory().list_managed_files().into_iter().collect();
    names.sort();
    let mut files = Files::new();
    for name in names {
        if directory.exists(&name).map_err(tantivy::TantivyError::from)? {
            let bytes = directory
                .open_read(&name)
                .map_err(tantivy::TantivyError::from)?
                .read_bytes()
                .map_err(tantivy::TantivyError::from)?;
            files.push((name.to_string_lossy().into_owned(), bytes.as_slice().to_vec()));
        }
    }
    Ok(files)
}
