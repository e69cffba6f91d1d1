//! The workbook for translators: one sheet a language, the source beside each text, and one sheet
//! with what is the same in every language.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties,
    ExcelDateTime, Format, FormatAlign, FormatBorder, Note, ProtectionOptions, Workbook, Worksheet,
    XlsxError,
};
use time::Date;

use super::rows::{self, Cells};
use crate::analysis::Lang;
use crate::corpus::{MAX_ANSWER_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, Written};
use crate::exchange::{Error, NEUTRAL_COLUMNS, cell};

/// Name of the sheet with what is the same in every language; no language tag is that long.
const NEUTRAL_SHEET: &str = "entries";
/// Languages written from right to left, by their primary tag.
const RIGHT_TO_LEFT: [&str; 9] = ["ar", "arz", "ckb", "dv", "fa", "he", "ps", "ur", "yi"];

/// A column of a sheet: what it is called, how wide it is, and what to know about it.
struct Column {
    name: &'static str,
    width: f64,
    /// Whether it is there to be written into.
    open: bool,
    note: &'static str,
    /// Most characters a text may have.
    limit: Option<usize>,
}

const fn column(name: &'static str, width: f64, open: bool, note: &'static str) -> Column {
    Column { name, width, open, note, limit: None }
}

const fn limited(name: &'static str, width: f64, limit: usize, note: &'static str) -> Column {
    Column { name, width, open: true, note, limit: Some(limit) }
}

const TRANSLATION: [Column; 13] = [
    column("id", 12.0, true, "The entry. A new entry needs a new id."),
    column("language", 9.0, true, "The language of this row."),
    column(
        "status",
        9.0,
        true,
        "missing: not translated yet. stale: the source changed since. Write fits when you have \
         read a stale text and it still says what the source says.",
    ),
    column("source_question", 30.0, false, "To translate from; not read back."),
    column("question", 30.0, true, "The question as a person would ask it, on one line."),
    column("source_title", 18.0, false, "To translate from; not read back."),
    limited("title", 18.0, MAX_TITLE_CHARS, "For lists on phones: at most 24 characters."),
    column("source_summary", 24.0, false, "To translate from; not read back."),
    limited("summary", 24.0, MAX_SUMMARY_CHARS, "For lists on phones: at most 72 characters."),
    column("source_answer", 55.0, false, "To translate from; not read back."),
    limited(
        "answer",
        55.0,
        MAX_ANSWER_CHARS,
        "Sent exactly as it stands here: at most 1,024 characters, better 300 to 600.",
    ),
    column(
        "phrasings",
        40.0,
        true,
        "Other ways people ask this, one a line, as they really write. Not translated: collected.",
    ),
    column("made_from", 12.0, false, "Says which source text you have before you. Leave it."),
];

const ORIGINAL: [&str; 7] =
    ["id", "language", "question", "title", "summary", "answer", "phrasings"];

/// Writes the workbook; the template has the columns and no rows.
pub(super) fn write(
    written: &Written,
    only: Option<&Lang>,
    template: bool,
    today: Date,
) -> Result<Vec<u8>, Error> {
    let mut workbook = Workbook::new();
    // The day asked for, not the clock: the same corpus gives the same bytes.
    let year = u16::try_from(today.year()).unwrap_or(1970);
    let day = ExcelDateTime::from_ymd(year, u8::from(today.month()), today.day())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    let styles = Styles::new();
    if only.is_none() {
        let rows: Vec<Cells> =
            written.entries.iter().map(|(id, entry)| rows::neutral_row(id, entry)).collect();
        let rows = if template { Vec::new() } else { rows };
        write_neutral(workbook.add_worksheet(), &rows, &styles)?;
    }
    for lang in rows::languages(written, only) {
        let rows: Vec<Cells> = written
            .entries
            .iter()
            .map(|(id, entry)| rows::text_row(written, id, entry, lang))
            .collect();
        let is_first = written.settings.languages.first() == Some(lang);
        let rows = if template { Vec::new() } else { rows };
        write_language(workbook.add_worksheet(), (lang, is_first), &rows, &styles)?;
    }
    Ok(workbook.save_to_buffer()?)
}

struct Styles {
    header: Format,
    open: Format,
    shown: Format,
}

impl Styles {
    fn new() -> Self {
        // Text: what is typed stays what was typed, also 1/2 and 0712.
        let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
        let border = |it: Format| it.set_border(FormatBorder::Thin).set_border_color(Color::Silver);
        Self {
            header: border(Format::new().set_bold().set_background_color(Color::RGB(0x00D9_E7F5))),
            open: border(text.clone().set_unlocked()),
            shown: border(text.set_background_color(Color::RGB(0x00F2_F2F2))),
        }
    }
}

fn write_neutral(sheet: &mut Worksheet, rows: &[Cells], styles: &Styles) -> Result<(), XlsxError> {
    let mut columns = vec![column("id", 12.0, true, "The entry. A new entry needs a new id.")];
    for name in NEUTRAL_COLUMNS {
        let (width, note) = match name {
            "topic" => (20.0, "A topic of topics.toml. To move an entry, move its files."),
            "audience" => (16.0, "client, provider, manager; several with commas between them."),
            "gender" => (9.0, "any, f or m: who may get the answer at all."),
            "related" | "not" | "resources" | "approaches" => {
                (20.0, "Ids with commas between them.")
            }
            "countries" | "exclude_countries" => (16.0, "Codes like KE, with commas between them."),
            "sources" => (60.0, "One a line: title|publisher|year|address"),
            _ => (10.0, ""),
        };
        columns.push(column(name, width, true, note));
    }
    sheet.set_name(NEUTRAL_SHEET)?;
    write_sheet(sheet, &columns.iter().collect::<Vec<_>>(), rows, styles)
}

fn write_language(
    sheet: &mut Worksheet,
    (lang, is_first): (&Lang, bool),
    rows: &[Cells],
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name(lang.as_str())?;
    sheet.set_right_to_left(
        lang.script_subtag() == Some("Arab")
            || (lang.script_subtag().is_none() && RIGHT_TO_LEFT.contains(&lang.primary())),
    );
    let shown = |it: &&Column| !is_first || ORIGINAL.contains(&it.name);
    let columns: Vec<&Column> = TRANSLATION.iter().filter(shown).collect();
    write_sheet(sheet, &columns, rows, styles)
}

fn write_sheet(
    sheet: &mut Worksheet,
    columns: &[&Column],
    rows: &[Cells],
    styles: &Styles,
) -> Result<(), XlsxError> {
    let last_row = u32::try_from(rows.len()).unwrap_or(u32::MAX).max(200);
    for (at, column) in (0_u16..).zip(columns) {
        let style = if column.open { &styles.open } else { &styles.shown };
        sheet.set_column_width(at, column.width)?.set_column_format(at, style)?;
        sheet.write_string_with_format(0, at, column.name, &styles.header)?;
        if !column.note.is_empty() {
            let note = Note::new(column.note).add_author_prefix(false).set_width(240);
            sheet.insert_note(0, at, &note)?;
        }
        if let Some(limit) = column.limit {
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            let rule = DataValidation::new()
                .allow_text_length(DataValidationRule::LessThanOrEqualTo(limit))
                .set_error_title("Too long")?
                .set_error_message(format!("At most {limit} characters fit here."))?
                .set_error_style(DataValidationErrorStyle::Warning);
            sheet.add_data_validation(1, at, last_row, at, &rule)?;
        }
        for (row, cells) in (1_u32..).zip(rows) {
            let text = cell::escaped(&cell::guarded(rows::cell(cells, column.name)));
            if text.is_empty() {
                sheet.write_blank(row, at, style)?;
            } else {
                sheet.write_string_with_format(row, at, text, style)?;
            }
        }
    }
    finish_sheet(sheet, columns)
}

/// The header stays in sight and cannot be overwritten by mistake; there is no password.
fn finish_sheet(sheet: &mut Worksheet, columns: &[&Column]) -> Result<(), XlsxError> {
    let frozen = if columns.iter().any(|it| it.name == "language") { 2 } else { 1 };
    sheet.set_freeze_panes(1, frozen)?.set_landscape().set_repeat_rows(0, 0)?;
    sheet.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::new()
    });
    Ok(())
}
