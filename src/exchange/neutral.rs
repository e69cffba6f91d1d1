//! What is the same in every language, between the cells of a row and `<id>.toml`.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::cell;
use crate::corpus::{Citation, EntryId, Gender, Neutral, Role};

/// Separates the parts of a source within its line of a cell.
const BAR: u8 = b'|';

/// What stands in a column for an entry.
pub(super) fn cell_of(topic: &str, neutral: &Neutral, column: &str) -> String {
    let ids = |ids: &[EntryId]| join(ids.iter().map(EntryId::as_str));
    let texts = |texts: &[String]| join(texts.iter().map(String::as_str));
    let number = |number: Option<u32>| number.map_or_else(String::new, |it| it.to_string());
    match column {
        "topic" => topic.to_owned(),
        "audience" => join(neutral.audience.iter().map(|role| {
            let name = Role::NAMES.iter().find(|(_, it)| it == role);
            name.map_or("", |(name, _)| *name)
        })),
        "gender" => match neutral.gender {
            Some(Gender::Female) => "f".to_owned(),
            Some(Gender::Male) => "m".to_owned(),
            Some(Gender::Other) => "other".to_owned(),
            None => "any".to_owned(),
        },
        "age_min" => number(neutral.age_min),
        "age_max" => number(neutral.age_max),
        "countries" => texts(&neutral.countries),
        "exclude_countries" => texts(&neutral.exclude_countries),
        "tier" => neutral.tier.clone(),
        "related" => ids(&neutral.related),
        "not" => ids(&neutral.not),
        "resources" => texts(&neutral.resources),
        "approaches" => texts(&neutral.approaches),
        "alias" => number(neutral.alias),
        "sources" => sources_cell(&neutral.sources),
        _ => String::new(),
    }
}

/// The same cell, however it was typed: blanks, other separators, what is left out by default.
pub(super) fn normal(column: &str, cell: &str) -> String {
    let cell = cell::plain(cell);
    match column {
        "gender" if cell.is_empty() => "any".to_owned(),
        "tier" if cell.is_empty() => "standard".to_owned(),
        "topic" | "gender" | "tier" | "age_min" | "age_max" | "alias" => cell,
        "sources" => sources_of(&cell).map_or(cell, |it| sources_cell(&it)),
        _ => join(parts(&cell)),
    }
}

/// Writes a cell into the file; the rest of the file stays as it is.
///
/// An error says what is wrong with the cell.
pub(super) fn set(file: &mut DocumentMut, column: &'static str, cell: &str) -> Result<(), String> {
    let root = file.as_table_mut();
    match column {
        "gender" | "tier" if cell.is_empty() => drop(root.remove(column)),
        "gender" | "tier" => put(root, column, cell.into()),
        "age_min" | "age_max" | "alias" if cell.is_empty() => drop(root.remove(column)),
        "age_min" | "age_max" | "alias" => {
            let number: u32 = cell.parse().map_err(|_| format!("`{cell}` is no whole number"))?;
            put(root, column, i64::from(number).into());
        }
        "sources" => set_sources(root, &sources_of(cell)?),
        _ => {
            let list: Array = parts(cell).collect();
            if list.is_empty() {
                root.remove(column);
            } else {
                put(root, column, list.into());
            }
        }
    }
    Ok(())
}

/// Sets a key; what stands around an old value stays.
fn put(table: &mut Table, key: &str, mut new: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *new.decor_mut() = old.decor().clone();
        *old = new;
    } else {
        table.insert(key, value(new));
    }
}

fn set_sources(root: &mut Table, sources: &[Citation]) {
    root.remove("sources");
    if sources.is_empty() {
        return;
    }
    let mut tables = ArrayOfTables::new();
    for source in sources {
        let mut table = Table::new();
        table.insert("title", value(&source.title));
        table.insert("publisher", value(&source.publisher));
        table.insert("year", value(i64::from(source.year)));
        if let Some(url) = &source.url {
            table.insert("url", value(url));
        }
        tables.push(table);
    }
    root.insert("sources", Item::ArrayOfTables(tables));
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([',', ';', '\n']).map(str::trim).filter(|it| !it.is_empty())
}

/// One source a line: title, publisher, year and address, with bars between them.
fn sources_cell(sources: &[Citation]) -> String {
    let mut writer =
        csv::WriterBuilder::new().delimiter(BAR).flexible(true).from_writer(Vec::new());
    for source in sources {
        let year = source.year.to_string();
        let mut line = vec![source.title.as_str(), source.publisher.as_str(), &year];
        line.extend(source.url.as_deref());
        // Writing into memory does not fail.
        drop(writer.write_record(line));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

fn sources_of(cell: &str) -> Result<Vec<Citation>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(BAR)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(cell.as_bytes());
    let mut sources = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|it| it.to_string())?;
        let fields: Vec<&str> = record.iter().collect();
        let (title, publisher, year, url) = match fields.as_slice() {
            [title, publisher, year] => (*title, *publisher, *year, None),
            [title, publisher, year, url] => (*title, *publisher, *year, Some(*url)),
            _ => {
                let line = record.iter().collect::<Vec<_>>().join("|");
                return Err(format!("`{line}` is no source; write title|publisher|year|address"));
            }
        };
        let year = year.parse().map_err(|_| format!("`{year}` is no year"))?;
        let url = url.filter(|it| !it.is_empty()).map(str::to_owned);
        let (title, publisher) = (title.to_owned(), publisher.to_owned());
        sources.push(Citation { title, publisher, year, url });
    }
    Ok(sources)
}
