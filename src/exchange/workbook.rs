//! Workbooks (XLSX) become tables, with bounds on everything a file can claim.
//!
//! `worksheet_range` of calamine reserves memory for the whole rectangle that two far cells span
//! and takes the process down; cells are read one by one here, and what they unpack to is counted
//! before anything is parsed.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read as _};
use std::panic::{self, AssertUnwindSafe};

use calamine::{DataRef, Reader as _, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;

use super::Error;
use super::cell;
use super::table::{self, MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Row, Table};

/// Most bytes that all parts of a workbook may unpack to.
const MAX_UNPACKED: u64 = 256 << 20;
/// Most parts of a workbook.
const MAX_PARTS: usize = 2_000;

const FORMAT: &str = "XLSX workbook";
const SAVE_AGAIN: &str = "open it in a spreadsheet program and save it again as .xlsx";
const SPLIT: &str = "split it into several files";

/// Reads every sheet.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Table>, Error> {
    check_size(bytes)?;
    // A workbook that trips the reader must not take the program down with it.
    panic::catch_unwind(AssertUnwindSafe(|| sheets(bytes)))
        .unwrap_or_else(|_| Err(malformed("it breaks the rules of its format")))
}

#[expect(clippy::needless_pass_by_value, reason = "errors are handed over to it by `map_err`")]
fn malformed(why: impl ToString) -> Error {
    Error::Malformed { format: FORMAT, why: why.to_string(), remedy: SAVE_AGAIN }
}

fn too_large(what: impl Into<String>, found: impl Into<String>, limit: u64) -> Error {
    Error::TooLarge { what: what.into(), found: found.into(), limit, remedy: SPLIT }
}

/// Unpacks every part into nothing and counts: first what is claimed, then what is there.
fn check_size(bytes: &[u8]) -> Result<(), Error> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(malformed)?;
    if archive.len() > MAX_PARTS {
        return Err(too_large(
            "the workbook's number of parts is",
            archive.len().to_string(),
            2_000,
        ));
    }
    let what = "the number of bytes this workbook unpacks to is";
    let claimed = archive.decompressed_size().unwrap_or(0);
    if claimed > u128::from(MAX_UNPACKED) {
        return Err(too_large(what, claimed.to_string(), MAX_UNPACKED));
    }
    let mut left = MAX_UNPACKED;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(malformed)?;
        let read = io::copy(&mut part.take(left + 1), &mut io::sink()).map_err(malformed)?;
        left = left.checked_sub(read).ok_or_else(|| too_large(what, "too large", MAX_UNPACKED))?;
    }
    Ok(())
}

fn sheets(bytes: &[u8]) -> Result<Vec<Table>, Error> {
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|it: XlsxError| malformed(it))?;
    let sheets = workbook.sheets_metadata().iter();
    let names: Vec<String> =
        sheets.filter(|it| it.typ == SheetType::WorkSheet).map(|it| it.name.clone()).collect();
    let mut budget = Budget { rows: 0, cells: 0 };
    names.iter().map(|name| sheet(&mut workbook, name, &mut budget)).collect()
}

/// What was read so far, over all sheets.
struct Budget {
    rows: u32,
    cells: usize,
}

fn sheet(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    budget: &mut Budget,
) -> Result<Table, Error> {
    let merged = workbook.merge_cells_by_sheet_name(name).map_err(malformed)?;
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    let mut bad = BTreeMap::new();
    let mut reader = workbook.worksheet_cells_reader(name).map_err(malformed)?;
    while let Some(cell) = reader.next_cell().map_err(malformed)? {
        let (row, column) = cell.get_position();
        let (number, column) = (row.saturating_add(1), usize::try_from(column).unwrap_or(0));
        let text = match text_of(cell.get_value()) {
            Ok(None) => continue,
            Ok(Some(text)) => text,
            Err(message) => {
                bad.insert((number, column), message);
                "?".to_owned()
            }
        };
        let place = format!("{}{number} of the sheet “{name}”", table::letters(column));
        check_place(&place, number, column)?;
        budget.cells += 1;
        if budget.cells > MAX_CELLS {
            return Err(too_large("the number of cells is", "too large", 2_000_000));
        }
        if text.chars().count() > MAX_CELL_CHARS {
            bad.insert((number, column), format!("more than {MAX_CELL_CHARS} characters"));
        }
        let row = rows.entry(number).or_insert_with(|| {
            budget.rows += 1;
            Row { number, cells: BTreeMap::new() }
        });
        row.cells.insert(column, text);
        if budget.rows > MAX_ROWS {
            return Err(too_large("the number of rows is", "too large", u64::from(MAX_ROWS)));
        }
    }
    report_merged(&merged, &rows, &mut bad);
    Ok(Table::new(name, rows.into_values().collect(), bad))
}

fn check_place(place: &str, number: u32, column: usize) -> Result<(), Error> {
    if number > MAX_ROWS {
        let limit = u64::from(MAX_ROWS);
        return Err(too_large(
            format!("the row of the cell {place} is"),
            number.to_string(),
            limit,
        ));
    }
    if column >= MAX_COLUMNS {
        return Err(too_large(
            format!("the column of the cell {place} is"),
            (column + 1).to_string(),
            1_000,
        ));
    }
    Ok(())
}

/// Cells that were merged hold one text for many; which of them it is meant for is not said.
fn report_merged(
    merged: &[calamine::Dimensions],
    rows: &BTreeMap<u32, Row>,
    bad: &mut BTreeMap<(u32, usize), String>,
) {
    for area in merged {
        let (top, left) = (area.start.0.saturating_add(1), area.start.1);
        let (bottom, right) = (area.end.0.saturating_add(1), area.end.1);
        let column = |it: u32| usize::try_from(it).unwrap_or(0);
        let corner = |row: u32, at: u32| format!("{}{row}", table::letters(column(at)));
        let message = format!(
            "the cells {}:{} are merged: unmerge them and write each text into its own cell",
            corner(top, left),
            corner(bottom, right)
        );
        for (number, _) in rows.range(top..=bottom) {
            for at in left..=right.min(left.saturating_add(1_000)) {
                bad.insert((*number, column(at)), message.clone());
            }
        }
    }
}

/// The text of a cell; an error says why it holds none.
fn text_of(value: &DataRef<'_>) -> Result<Option<String>, String> {
    let text = match value {
        DataRef::Empty => return Ok(None),
        DataRef::String(text) => cell::unescaped(text),
        DataRef::SharedString(text) => cell::unescaped(text),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => {
            let message = "a date or time, which the spreadsheet made of what was typed: format \
                           the cell as text and type it again";
            return Err(message.to_owned());
        }
        DataRef::Error(error) => {
            return Err(format!("the formula of this cell fails ({error}): write the text itself"));
        }
    };
    Ok(Some(text).filter(|it| !it.is_empty()))
}
