//! The rows as one text file (CSV): UTF-8 with a byte order mark, by which spreadsheets know it.

use super::rows::{self, Cells};
use crate::analysis::Lang;
use crate::corpus::Written;
use crate::exchange::sheet::SHOWN_COLUMNS;
use crate::exchange::{NEUTRAL_COLUMNS, TEXT_COLUMNS, cell};

pub(super) fn write(written: &Written, only: Option<&Lang>) -> Vec<u8> {
    let mut columns = vec!["id", "language", "status"];
    for column in TEXT_COLUMNS {
        let shown = SHOWN_COLUMNS.iter().find(|it| it.strip_prefix("source_") == Some(column));
        columns.extend(shown);
        columns.push(column);
    }
    columns.extend(["source_language", "made_from"]);
    if only.is_none() {
        columns.extend(NEUTRAL_COLUMNS);
    }
    let mut rows: Vec<Cells> = Vec::new();
    for (id, entry) in &written.entries {
        if only.is_none() {
            rows.push(rows::neutral_row(id, entry));
        }
        for lang in rows::languages(written, only) {
            if only.is_some() || entry.texts.contains_key(lang) {
                rows.push(rows::text_row(written, id, entry, lang));
            }
        }
    }
    table(&columns, &rows)
}

/// A table with guarded cells.
fn table(columns: &[&str], rows: &[Cells]) -> Vec<u8> {
    let texts = rows.iter().map(|row| columns.iter().map(|it| rows::cell(row, it).to_owned()));
    written(MARK, columns, texts)
}

/// By which spreadsheets know UTF-8.
pub(super) const MARK: &str = "\u{FEFF}";

/// A table in which no cell is taken for a formula.
pub(super) fn written<R: IntoIterator<Item = String>>(
    mark: &str,
    columns: &[&str],
    rows: impl Iterator<Item = R>,
) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(mark.as_bytes().to_vec());
    // Writing into memory does not fail.
    drop(writer.write_record(columns));
    for row in rows {
        drop(writer.write_record(row.into_iter().map(|it| cell::guarded(&it))));
    }
    writer.into_inner().unwrap_or_default()
}
