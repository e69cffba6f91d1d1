//! Learned tables: what a word of one language stands for in another, the pivot.
//!
//! `lexicon/learned/<lang>-<pivot>.tsv` has one word a line: the word, how often it was seen, then
//! its translations, each with its share in hundredths. A line `-word` or `-word⇥translation` is
//! struck out by a reviewer and stays out when the table is learnt again. `#` starts a comment. A
//! whole file is a unit, `table/<lang>-<pivot>`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

use super::digest::Digest;
use super::problem::Problems;
use super::source::{SourceFile, SourceTree};
use super::unit::Unit;
use super::{Error, Problem};
use crate::analysis::{Analysis, Lang};

/// Where tables stand in a lexicon folder.
const FOLDER: &str = "learned/";
/// Starts a line that is struck out.
const STRUCK: char = '-';

/// A table of translations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The language of its words.
    pub lang: Lang,
    /// The language they are translated into.
    pub pivot: Lang,
    /// The words, each once.
    pub rows: Vec<Row>,
    /// What a reviewer has struck out.
    pub struck: BTreeSet<Struck>,
}

/// A word with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The word, spelt in lower case.
    pub word: String,
    /// How often it was seen.
    pub count: u32,
    /// Words of the pivot, likeliest first, each with its share in hundredths.
    pub translations: Vec<(String, u8)>,
}

/// A line that is struck out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Struck {
    /// The word.
    pub word: String,
    /// The translation that is wrong; none means that all are.
    pub translation: Option<String>,
}

impl Table {
    /// Name of the table: `<lang>-<pivot>`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.lang, self.pivot)
    }

    /// Takes out what is struck.
    #[must_use]
    pub fn without_struck(mut self) -> Self {
        let strikes = |word: &str, translation: Option<&str>| {
            let translation = translation.map(str::to_owned);
            self.struck.contains(&Struck { word: word.to_owned(), translation })
        };
        self.rows.retain_mut(|row| {
            row.translations.retain(|(it, _)| !strikes(&row.word, Some(it)));
            !strikes(&row.word, None) && !row.translations.is_empty()
        });
        self
    }

    /// The file it stands in; `origin` is said in its first line.
    #[must_use]
    pub fn to_text(&self, origin: &str) -> String {
        let mut text = format!("# {origin}\n# word, times seen, translations in hundredths\n");
        for Struck { word, translation } in &self.struck {
            let translation = translation.as_ref().map_or(String::new(), |it| format!("\t{it}"));
            let _ = writeln!(text, "{STRUCK}{word}{translation}");
        }
        for row in &self.rows {
            let _ = write!(text, "{}\t{}", row.word, row.count);
            for (word, hundredths) in &row.translations {
                let _ = write!(text, "\t{word} {hundredths}");
            }
            text.push('\n');
        }
        text
    }

    /// The unit that is approved: what is struck out in full, of the rows their number and digest,
    /// so that the logs need not keep every table once more.
    pub(super) fn unit(&self, file: &str) -> Unit {
        let own = |it: &Self| it.to_text("");
        let struck = own(&Self { rows: Vec::new(), ..self.clone() });
        let rows = own(&Self { struck: BTreeSet::new(), ..self.clone() });
        let rows = format!("{} {}", self.rows.len(), Digest::of(rows.as_bytes()));
        let fields = [
            ("lang", self.lang.as_str()),
            ("pivot", self.pivot.as_str()),
            ("struck", &struck),
            ("rows", &rows),
        ];
        Unit::new(format!("table/{}", self.name()), &self.lang, file, "sahihi-table-v1", &fields)
    }
}

/// The name of the table that stands at a path of a lexicon folder.
pub(super) fn name(path: &str) -> Option<&str> {
    path.strip_prefix(FOLDER)?.strip_suffix(".tsv").filter(|it| !it.contains('/'))
}

/// The languages in the name of a table, `<lang>-<pivot>`. Tags may have hyphens of their own:
/// where several cuts give two tags, one with a `known` pivot is taken, else the last.
pub(super) fn languages(name: &str, known: impl Fn(&Lang) -> bool) -> Option<(Lang, Lang)> {
    let cuts = name.rmatch_indices('-').filter_map(|(at, _)| {
        let (lang, pivot) = (name.get(..at)?, name.get(at + 1..)?);
        let as_written = |tag: &str| Lang::parse(tag).ok().filter(|it| it.as_str() == tag);
        Some((as_written(lang)?, as_written(pivot)?))
    });
    let cuts: Vec<(Lang, Lang)> = cuts.collect();
    cuts.iter().find(|(_, pivot)| known(pivot)).or_else(|| cuts.first()).cloned()
}

/// The languages of the tables of a corpus.
pub(super) fn languages_of(tree: &SourceTree) -> impl Iterator<Item = Lang> {
    let names = tree.files.iter().filter_map(|it| name(it.path.strip_prefix("lexicon/")?));
    names.filter_map(|it| languages(it, |_| false)).map(|it| it.0)
}

/// Reads the table of that name, if its pivot is one of the `known` languages.
pub(super) fn read(
    source: &SourceFile,
    name: &str,
    known: impl Fn(&Lang) -> bool,
    problems: &mut Problems,
) -> Option<Table> {
    let found = languages(name, &known).filter(|(lang, pivot)| known(pivot) && lang != pivot);
    if found.is_none() {
        let message = format!("`{name}` is no name of a table");
        let help = "name the file <language>-<language of the corpus>.tsv, like ln-en.tsv";
        problems.error(source, source.first_line(), "unknown-language", message, help);
    }
    found.map(|languages| parse(source, languages, problems))
}

/// Reads the file of a table, whether it is approved or not, with the problems of its lines.
///
/// # Errors
///
/// [`Error::Read`] when it cannot be read or is not UTF-8.
pub fn read_file(path: &Path, lang: &Lang, pivot: &Lang) -> Result<(Table, Vec<Problem>), Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(read)?;
    let shown = path.to_string_lossy();
    let mut problems = Problems::default();
    let file = SourceFile::new(&shown, &shown, &text);
    let table = parse(&file, (lang.clone(), pivot.clone()), &mut problems);
    Ok((table, problems.into_sorted()))
}

/// Reads a table.
pub(super) fn parse(
    source: &SourceFile,
    (lang, pivot): (Lang, Lang),
    problems: &mut Problems,
) -> Table {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .flexible(true)
        .quoting(false)
        .comment(Some(b'#'))
        .from_reader(source.text.as_bytes());
    let mut table = Table { lang, pivot, rows: Vec::new(), struck: BTreeSet::new() };
    let mut seen = BTreeSet::new();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => (),
            Ok(false) => return table,
            Err(error) => {
                let help = "learn the table again: `sahihi lexicon learn`";
                problems.error(source, 0..0, "syntax", error.to_string(), help);
                return table;
            }
        }
        let start = record.position().map_or(0, |it| usize::try_from(it.byte()).unwrap_or(0));
        let start = start + skipped(source.text.get(start..).unwrap_or_default());
        let line = Line { source, span: start..start + record.as_slice().len() + record.len() - 1 };
        match record.get(0).and_then(|it| it.strip_prefix(STRUCK)) {
            Some(word) => table.struck.extend(line.struck(word, &record, problems)),
            None => {
                let Some(row) = line.row(&record, problems) else { continue };
                if seen.insert(row.word.clone()) {
                    table.rows.push(row);
                } else {
                    let message = format!("the word “{}” stands here twice", row.word);
                    line.error("word-twice", message, "remove one of the two lines", problems);
                }
            }
        }
    }
}

/// Length of the empty lines and comments before a record, which its position does not count.
fn skipped(text: &str) -> usize {
    let lines = text.split_inclusive('\n');
    lines.take_while(|it| *it == "\n" || it.starts_with('#')).map(str::len).sum()
}

/// A line of a table with its place.
struct Line<'a> {
    source: &'a SourceFile,
    span: Range<usize>,
}

impl Line<'_> {
    fn error(&self, code: &'static str, message: String, help: &str, problems: &mut Problems) {
        problems.error(self.source, self.span.clone(), code, message, help);
    }

    fn struck(
        &self,
        word: &str,
        record: &csv::StringRecord,
        problems: &mut Problems,
    ) -> Option<Struck> {
        if !is_word(word) || record.len() > 2 {
            let message = "this line strikes nothing out".to_owned();
            let help = "write -word, or -word, a tab, and the translation that is wrong";
            self.error("bad-row", message, help, problems);
            return None;
        }
        // The row may have been changed into a struck line in its place: `-word⇥count`.
        let translation = record.get(1).map(|it| it.split(' ').next().unwrap_or(it).to_owned());
        Some(Struck { word: word.to_owned(), translation })
    }

    fn row(&self, record: &csv::StringRecord, problems: &mut Problems) -> Option<Row> {
        let word = record.get(0).unwrap_or_default();
        if !is_word(word) {
            let message = format!("“{word}” is not one word in lower case");
            self.error("bad-value", message, "write one word, or remove the line", problems);
            return None;
        }
        let Some(count) = record.get(1).and_then(|it| it.parse().ok()) else {
            let message = format!("how often “{word}” was seen is missing");
            self.error("bad-value", message, "write a number behind a tab", problems);
            return None;
        };
        let mut translations = Vec::new();
        for field in record.iter().skip(2) {
            let Some(translation) = translation(field) else {
                let message = format!("“{field}” is no translation with its share");
                let help = "write word, a space, and its share from 1 to 100, like `pill 71`";
                self.error("bad-value", message, help, problems);
                return None;
            };
            translations.push(translation);
        }
        if translations.is_empty() {
            let message = format!("“{word}” has no translation");
            let help = "write one, like `pill 71`, or strike the word out: -word";
            self.error("bad-row", message, help, problems);
            return None;
        }
        Some(Row { word: word.to_owned(), count, translations })
    }
}

fn translation(field: &str) -> Option<(String, u8)> {
    let (word, share) = field.split_once(' ')?;
    let share: u8 = share.parse().ok().filter(|it| (1..=100).contains(it))?;
    is_word(word).then(|| (word.to_owned(), share))
}

fn is_word(text: &str) -> bool {
    // Most of the hundreds of thousands there are, and surely one word.
    let is_plain = !text.is_empty() && text.bytes().all(|it| it.is_ascii_lowercase());
    is_plain || !text.contains(char::is_whitespace) && Analysis::of(text).words.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Table, Vec<String>) {
        let file = SourceFile::new("sw-en.tsv", "sw-en.tsv", text);
        let mut problems = Problems::default();
        let tag = |it: &str| Lang::parse(it).unwrap();
        let table = parse(&file, (tag("sw"), tag("en")), &mut problems);
        let problems = problems.into_sorted().into_iter();
        (table, problems.map(|it| format!("{}:{} {}", it.line, it.column, it.code)).collect())
    }

    #[test]
    fn a_table_reads_back_what_it_writes() {
        let text = "# note\n-siku\n-dawa\tmedicament\nkidonge\t12\tpill 71\ttablet 12\n";
        let (table, problems) = read(text);
        assert_eq!(problems, [""; 0]);
        assert_eq!(table.rows[0].translations[0], ("pill".to_owned(), 71));
        assert_eq!(read(&table.to_text("note")).0, table);
    }

    #[test]
    fn what_is_struck_is_taken_out() {
        let text = "-siku\n-dawa\tdrug\nsiku\t2\tday 90\ndawa\t3\tdrug 60\tmedicine 30\n";
        let rows = read(text).0.without_struck().rows;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].translations, [("medicine".to_owned(), 30)]);
    }

    #[test]
    fn every_wrong_line_is_reported() {
        let text = "siku\t2\tday 90\nsiku\t2\tday 90\nmoja\nmbili\tx\n\nmwezi\t1\tmoon\n\
                    a b\t1\tc 1\ntatu\t1\tthree 0\n-\nnne\t1\n";
        let found = [
            "2:1 word-twice",
            "3:1 bad-value",
            "4:1 bad-value",
            "6:1 bad-value",
            "7:1 bad-value",
            "8:1 bad-value",
            "9:1 bad-row",
            "10:1 bad-row",
        ];
        assert_eq!(read(text).1, found);
    }

    #[test]
    fn a_name_is_cut_where_two_tags_stand() {
        let cut = |name: &str| {
            let found = languages(name, |it| it.as_str() == "pt-MZ");
            found.map(|(lang, pivot)| format!("{lang} {pivot}"))
        };
        assert_eq!(cut("ln-en").as_deref(), Some("ln en"));
        assert_eq!(cut("hi-Latn-en").as_deref(), Some("hi-Latn en"));
        assert_eq!(cut("sw-pt-MZ").as_deref(), Some("sw pt-MZ"));
        assert_eq!(cut("english"), None);
    }
}
