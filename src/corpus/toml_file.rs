//! A TOML file read value by value, every problem with its place.
//!
//! Serde would stop at the first problem of a file; authors want them all. A [`Table`] hands out
//! typed values, reports what has the wrong type, and at the end what nobody asked for.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problems;
use super::source::{SourceFile, is_hidden};

/// A value with the bytes it stands in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Located<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// A table of a TOML file whose values are taken out one by one.
#[derive(Debug)]
pub(super) struct Table<'a> {
    source: &'a SourceFile,
    rest: DeTable<'a>,
    asked: Vec<&'static str>,
    /// Where the table begins.
    pub span: Range<usize>,
}

impl<'a> Table<'a> {
    /// Parses a whole file; syntax errors are reported, what could be read is kept.
    pub(super) fn parse(source: &'a SourceFile, problems: &mut Problems) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        for error in errors {
            let span = error.span().unwrap_or_else(|| source.first_line());
            let help = "write TOML: `key = \"value\"`, texts in double quotes, lists in brackets";
            problems.error(source, span, "syntax", error.message(), help);
        }
        Self { source, rest: table.into_inner(), asked: Vec::new(), span: source.first_line() }
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        self.asked.push(key);
        self.rest.remove(key)
    }

    fn wrong(&self, span: Range<usize>, key: &str, wanted: &str, problems: &mut Problems) {
        let message = format!("`{key}` has the wrong type");
        problems.error(self.source, span, "wrong-type", message, format!("write {wanted}"));
    }

    /// A text.
    pub(super) fn string(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<String>> {
        let value = self.take(key)?;
        let text = self.text_of(value, key, problems)?;
        Some(text)
    }

    fn text_of(
        &self,
        value: Spanned<DeValue<'a>>,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Located<String>> {
        let span = value.span();
        match value.into_inner() {
            DeValue::String(text) => {
                if let Some(c) = text.chars().find(|c| is_hidden(*c)) {
                    let code = u32::from(c);
                    let message = format!("an invisible character (U+{code:04X}) stands here");
                    let help = "delete it: nobody can review what cannot be seen";
                    problems.error(self.source, span.clone(), "hidden-character", message, help);
                }
                Some(Located { value: text.into_owned(), span })
            }
            _ => {
                self.wrong(span, key, &format!("a text: {key} = \"…\""), problems);
                None
            }
        }
    }

    /// A list of texts; empty when the key is absent.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Vec<Located<String>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            self.wrong(span, key, &format!("a list of texts: {key} = [\"…\"]"), problems);
            return Vec::new();
        };
        items.into_iter().filter_map(|item| self.text_of(item, key, problems)).collect()
    }

    /// A number, whole or with a fraction.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<f64>> {
        let value = self.take(key)?;
        let span = value.span();
        let number = match value.into_inner() {
            DeValue::Integer(it) => it.to_string().parse::<f64>().ok(),
            DeValue::Float(it) => it.to_string().parse::<f64>().ok(),
            _ => None,
        };
        match number.filter(|it| it.is_finite()) {
            Some(value) => Some(Located { value, span }),
            None => {
                self.wrong(span, key, &format!("a number: {key} = 0.3"), problems);
                None
            }
        }
    }

    /// A whole number from 0.
    pub(super) fn count(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Located<u32>> {
        let value = self.take(key)?;
        let span = value.span();
        let count = match value.into_inner() {
            DeValue::Integer(it) => u32::from_str_radix(it.as_str(), it.radix()).ok(),
            _ => None,
        };
        match count {
            Some(value) => Some(Located { value, span }),
            None => {
                self.wrong(span, key, &format!("a whole number: {key} = 15"), problems);
                None
            }
        }
    }

    /// A whole number from 0, or `None` when it is absent or the word that stands for it.
    pub(super) fn count_or(
        &mut self,
        (key, word): (&'static str, &str),
        problems: &mut Problems,
    ) -> Option<u32> {
        let is_word = |it: &Spanned<DeValue<'_>>| it.get_ref().as_str() == Some(word);
        if self.rest.get(key).is_some_and(is_word) {
            self.take(key);
            return None;
        }
        self.count(key, problems).map(|it| it.value)
    }

    /// Yes or no.
    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let value = self.take(key)?;
        let span = value.span();
        match value.into_inner() {
            DeValue::Boolean(it) => Some(it),
            _ => {
                self.wrong(span, key, &format!("true or false: {key} = true"), problems);
                None
            }
        }
    }

    /// A table: `[key]`.
    pub(super) fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Self> {
        let value = self.take(key)?;
        self.table_of(value, key, problems)
    }

    /// A list of tables: `[[key]]`; empty when the key is absent.
    pub(super) fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Self> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            self.wrong(span, key, &format!("each under a line `[[{key}]]`"), problems);
            return Vec::new();
        };
        items.into_iter().filter_map(|item| self.table_of(item, key, problems)).collect()
    }

    fn table_of(
        &self,
        value: Spanned<DeValue<'a>>,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Self> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(rest) => {
                Some(Self { source: self.source, rest, asked: Vec::new(), span })
            }
            _ => {
                self.wrong(span, key, &format!("keys below a line `[{key}]`"), problems);
                None
            }
        }
    }

    /// Every key that is left with its text, for tables whose keys the author chooses.
    pub(super) fn rest_texts(
        &mut self,
        problems: &mut Problems,
    ) -> Vec<(Located<String>, Located<String>)> {
        let mut texts = Vec::new();
        for (key, value) in std::mem::take(&mut self.rest) {
            let name = Located { value: key.get_ref().to_string(), span: key.span() };
            if let Some(text) = self.text_of(value, &name.value, problems) {
                texts.push((name, text));
            }
        }
        texts
    }

    /// Every key that is left with its list of texts.
    pub(super) fn rest_lists(
        &mut self,
        problems: &mut Problems,
    ) -> Vec<(Located<String>, Vec<Located<String>>)> {
        let mut lists = Vec::new();
        for (key, value) in std::mem::take(&mut self.rest) {
            let name = Located { value: key.get_ref().to_string(), span: key.span() };
            let span = value.span();
            match value.into_inner() {
                DeValue::Array(items) => {
                    let texts = items
                        .into_iter()
                        .filter_map(|item| self.text_of(item, &name.value, problems))
                        .collect();
                    lists.push((name, texts));
                }
                _ => self.wrong(span, &name.value, "a list of texts: [\"…\", \"…\"]", problems),
            }
        }
        lists
    }

    /// Every key that is left with its table.
    pub(super) fn rest_tables(&mut self, problems: &mut Problems) -> Vec<(Located<String>, Self)> {
        let mut tables = Vec::new();
        for (key, value) in std::mem::take(&mut self.rest) {
            let name = Located { value: key.get_ref().to_string(), span: key.span() };
            if let Some(table) = self.table_of(value, &name.value, problems) {
                tables.push((name, table));
            }
        }
        tables
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self, problems: &mut Problems) {
        for (key, _) in self.rest {
            let message = format!("unknown key `{}`", key.get_ref());
            let help = format!("remove it; the keys known here are {}", self.asked.join(", "));
            problems.error(self.source, key.span(), "unknown-key", message, help);
        }
    }
}
