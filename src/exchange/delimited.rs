//! Text files with one row a line (CSV) become a table, whatever the comma and the encoding.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord};

use super::Error;
use super::table::{MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Row, Table};

const FORMAT: &str = "CSV file";
const SAVE_AGAIN: &str = "save it again as “CSV UTF-8”";

/// The text of a file by its byte order mark, else UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> Result<String, Error> {
    let malformed = |why: String| Error::Malformed { format: FORMAT, why, remedy: SAVE_AGAIN };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ if bytes.iter().take(4_096).any(|b| *b == 0) => {
            Err(malformed("it holds zero bytes, as UTF-16 without a byte order mark".to_owned()))
        }
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Error> {
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = 1 + bytes.iter().take(at).filter(|b| **b == b'\n').count();
        let why = format!("line {line} is not UTF-8 (perhaps Windows-1252)");
        Error::Malformed { format: FORMAT, why, remedy: SAVE_AGAIN }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Error> {
    let malformed =
        |why: &str| Error::Malformed { format: FORMAT, why: why.to_owned(), remedy: SAVE_AGAIN };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(malformed("the UTF-16 text ends within a character"));
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| malformed("the UTF-16 text holds half characters"))
}

/// Reads the rows of a decoded file.
pub(super) fn read(text: &str, name: &str) -> Result<Table, Error> {
    // One kind of line end, so that lines are counted alike; cells do not tell them apart either.
    let text = &text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut bad = BTreeMap::new();
    let mut record = StringRecord::new();
    let (mut number, mut cells, mut width) = (0, 0, None);
    loop {
        let before = reader.position().line();
        let read = reader.read_record(&mut record).map_err(|error| Error::Malformed {
            format: FORMAT,
            why: error.to_string(),
            remedy: SAVE_AGAIN,
        })?;
        if !read {
            break;
        }
        number += 1 + blank_lines(&record, reader.position().line() - before, number == 0);
        cells += record.len();
        check_bounds(&record, number, cells)?;
        let row = row_of(&record, number, &mut bad);
        report_surplus(&row, *width.get_or_insert(record.len()), &mut bad);
        rows.push(row);
    }
    Ok(Table::new(name, rows, bad))
}

/// Blank lines before a record: the reader passes over them, a spreadsheet counts them.
fn blank_lines(record: &StringRecord, consumed: u64, is_first: bool) -> u32 {
    let own: usize = record.iter().map(|it| it.matches('\n').count()).sum();
    let blank = consumed.saturating_sub(1 + own as u64);
    // At the end of the file the last line need not be ended.
    if is_first { 0 } else { u32::try_from(blank).unwrap_or(0) }
}

fn check_bounds(record: &StringRecord, number: u32, cells: usize) -> Result<(), Error> {
    let remedy = "split it into several files";
    let too_large = |what: &str, found: String, limit: u64| {
        Err(Error::TooLarge { what: what.to_owned(), found, limit, remedy })
    };
    if number > MAX_ROWS {
        return too_large("the number of rows is", "too large".to_owned(), u64::from(MAX_ROWS));
    }
    if record.len() > MAX_COLUMNS {
        let what = format!("the number of columns in row {number} is");
        return too_large(&what, record.len().to_string(), 1_000);
    }
    if cells > MAX_CELLS {
        return too_large("the number of cells is", "too large".to_owned(), 2_000_000);
    }
    Ok(())
}

fn row_of(record: &StringRecord, number: u32, bad: &mut BTreeMap<(u32, usize), String>) -> Row {
    let mut row = Row { number, cells: BTreeMap::new() };
    for (at, text) in record.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        if text.chars().count() > MAX_CELL_CHARS {
            let message = format!(
                "more than {MAX_CELL_CHARS} characters: is a double quote not closed here?"
            );
            bad.insert((number, at), message);
        }
        row.cells.insert(at, text.to_owned());
    }
    row
}

/// A row with texts beyond the header has a comma that should stand in quotes.
fn report_surplus(row: &Row, width: usize, bad: &mut BTreeMap<(u32, usize), String>) {
    if row.cells.keys().any(|at| *at >= width) {
        let message = "this row has more fields than the header: a text with the separator in it \
                       stands in double quotes";
        bad.insert((row.number, 0), message.to_owned());
    }
}

/// The separator that cuts the first line into most parts: comma, semicolon or tab.
fn delimiter(text: &str) -> u8 {
    let parts = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        reader.read_record(&mut record).map_or(0, |_| record.len())
    };
    let mut best = (parts(b','), b',');
    for other in [b';', b'\t'] {
        let found = parts(other);
        if found > best.0 {
            best = (found, other);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_number_a_spreadsheet_shows() {
        let table = read("id;a\n\nx;\"1\n2\"\r\n\r\n\r\ny;3\n", "t.csv").unwrap();
        let numbers: Vec<u32> = table.rows.iter().map(|it| it.number).collect();
        assert_eq!(numbers, [3, 6]);
    }

    #[test]
    fn utf_16_is_read_by_its_mark() {
        let text: Vec<u8> = "\u{FEFF}é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(&text).unwrap(), "é");
        assert!(decoded(b"caf\xE9").unwrap_err().to_string().contains("Windows-1252"));
    }
}
