//! Days: `YYYY-MM-DD`, in files, on the command line and on the wire.

use serde::{Deserialize as _, Deserializer, Serializer};
use time::Date;
use time::format_description::well_known::Iso8601;

/// Reads `YYYY-MM-DD`.
///
/// # Errors
///
/// A sentence that says what a day looks like.
pub fn parse(text: &str) -> Result<Date, String> {
    let exact = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
    Date::parse(text, &Iso8601::DATE)
        .ok()
        .filter(|_| exact)
        .ok_or_else(|| format!("`{text}` is no day; write it as 2026-11-22"))
}

/// Writes a day as `YYYY-MM-DD`, for serde.
///
/// # Errors
///
/// As the serializer.
pub fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// Reads a day, for serde.
///
/// # Errors
///
/// When the text is no day.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(serde::de::Error::custom)
}
