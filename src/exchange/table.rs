//! A table as it came out of a workbook or a text file: a header and rows, every cell with its
//! place.

use std::collections::BTreeMap;

use super::cell;
use super::draft::{Place, Remark};

/// Most rows that are read of one file.
pub(super) const MAX_ROWS: u32 = 100_000;
/// Most columns.
pub(super) const MAX_COLUMNS: usize = 1_000;
/// Most cells that are read of one file.
pub(super) const MAX_CELLS: usize = 2_000_000;
/// Longest text of a cell, in characters: what a spreadsheet can hold.
pub(super) const MAX_CELL_CHARS: usize = 32_767;

/// A sheet of a workbook, or a whole text file.
#[derive(Debug, Default)]
pub struct Table {
    /// Name of the sheet; of a text file its name.
    pub sheet: String,
    /// The names in the first row by column, in small letters and with `_` for blanks.
    pub header: BTreeMap<usize, String>,
    /// The rows below it that hold anything.
    pub rows: Vec<Row>,
    /// Cells that hold no text, with what to do, by row and column.
    pub(super) bad: BTreeMap<(u32, usize), String>,
}

/// A row with its number as a spreadsheet shows it.
#[derive(Debug, Default)]
pub struct Row {
    /// From 1; the header is most often row 1.
    pub number: u32,
    /// The cells that hold anything, by column from 0.
    pub cells: BTreeMap<usize, String>,
}

impl Table {
    /// Takes the first row for the header.
    pub(super) fn new(
        sheet: &str,
        mut rows: Vec<Row>,
        bad: BTreeMap<(u32, usize), String>,
    ) -> Self {
        rows.retain(|row| row.cells.values().any(|it| !it.trim().is_empty()));
        let mut rows = rows.into_iter();
        let header = rows.next().unwrap_or_default().cells;
        let header = header.into_iter().map(|(at, name)| (at, folded(&name)));
        Self {
            sheet: sheet.to_owned(),
            header: header.filter(|(_, name)| !name.is_empty()).collect(),
            rows: rows.collect(),
            bad,
        }
    }

    /// Whether a column of that name stands in the header.
    pub(super) fn has(&self, name: &str) -> bool {
        self.header.values().any(|it| it == name)
    }

    /// The columns whose name passes, in order.
    pub(super) fn columns_where(&self, passes: impl Fn(&str) -> bool) -> Vec<usize> {
        self.header.iter().filter(|(_, name)| passes(name)).map(|(at, _)| *at).collect()
    }

    /// Names that stand in the header twice.
    pub(super) fn repeated(&self) -> Vec<Remark> {
        let mut seen = BTreeMap::new();
        let mut repeated = Vec::new();
        for (at, name) in &self.header {
            if let Some(first) = seen.insert(name, *at) {
                let message = format!(
                    "the column `{name}` stands here twice ({} and {}); rename or delete one",
                    letters(first),
                    letters(*at)
                );
                repeated.push(Remark::new(&Place::new(&self.sheet, 1), name, message));
            }
        }
        repeated
    }

    /// The text of a cell; `None` where the table has no such column. A cell that holds no text
    /// is reported and blank.
    pub(super) fn text(&self, row: &Row, name: &str, errors: &mut Vec<Remark>) -> Option<String> {
        let (at, _) = self.header.iter().find(|(_, it)| *it == name)?;
        Some(self.text_at(row, *at, errors))
    }

    /// As [`Self::text`], by column.
    pub(super) fn text_at(&self, row: &Row, at: usize, errors: &mut Vec<Remark>) -> String {
        if let Some(message) = self.bad.get(&(row.number, at)) {
            let name = self.header.get(&at).map_or("", String::as_str);
            let cell = format!("{}{}", letters(at), row.number);
            let message = format!("{message} (cell {cell})");
            errors.push(Remark::new(&self.place(row), name, message));
        }
        row.cells.get(&at).map_or_else(String::new, |it| cell::plain(it))
    }

    /// Where a row stands.
    pub(super) fn place(&self, row: &Row) -> Place {
        Place::new(&self.sheet, row.number)
    }
}

/// A name of the header as it is compared.
fn folded(name: &str) -> String {
    let name = name.trim().trim_start_matches('\u{FEFF}');
    name.chars().map(|c| if c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The letters of a column as a spreadsheet shows them: A, B, … Z, AA, …
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 16_383].map(letters), ["A", "Z", "AA", "XFD"]);
    }
}
