//! The lexicon: concepts and the forms that name them, within and across languages.
//!
//! `lexicon/<lang>.csv` has one form a row: `concept,form,kind,region`. All forms of one concept in
//! one language are a unit, `lexicon/<lang>/<concept>`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::problem::Problems;
use super::source::{SourceFile, SourceTree};
use super::table::{self, Table};
use super::unit::Unit;
use super::{Error, Problem};
use crate::analysis::{Analysis, Lang};

/// The kinds of forms.
const KINDS: &[&str] = &["term", "slang", "brand", "sms", "misspelling", "romanised"];
/// Most words of a form.
const MAX_WORDS: usize = 4;
/// How the names of concepts begin that only red flags read.
const OF_DANGER: &str = "danger-";

/// A form that names a concept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LexiconForm {
    /// The language; a brand is understood in all.
    pub lang: Lang,
    /// The normal form: what `Analysis::plain` gives.
    pub plain: String,
    /// The concept, by its place in [`Lexicon::concepts`].
    pub concept: u32,
    /// Whether it is a brand name.
    pub is_brand: bool,
}

/// Everything the lexicon says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lexicon {
    /// Names of the concepts.
    pub concepts: Vec<String>,
    /// The forms.
    pub forms: Vec<LexiconForm>,
}

/// A concept in one language as it stands in a file.
#[derive(Debug, Clone)]
pub(super) struct RawConcept {
    concept: String,
    /// Form, kind, region.
    forms: Vec<[String; 3]>,
}

impl Lexicon {
    /// The same without the concepts of danger: to questions that are answered they say little, and
    /// their forms would hide shorter ones that say more.
    #[must_use]
    pub fn without_danger(&self) -> Self {
        let is_danger =
            |it: &LexiconForm| self.concept(it.concept).is_some_and(|it| it.starts_with(OF_DANGER));
        let forms = self.forms.iter().filter(|it| !is_danger(it)).cloned().collect();
        Self { concepts: self.concepts.clone(), forms }
    }

    /// The name of a concept.
    #[must_use]
    pub fn concept(&self, at: u32) -> Option<&str> {
        self.concepts.get(at as usize).map(String::as_str)
    }

    /// Adds the forms of a concept in a language.
    pub(super) fn add(&mut self, lang: &Lang, raw: &RawConcept) {
        let known = self.concepts.iter().position(|it| *it == raw.concept);
        let at = known.unwrap_or_else(|| {
            self.concepts.push(raw.concept.clone());
            self.concepts.len() - 1
        });
        let concept = u32::try_from(at).unwrap_or(u32::MAX);
        for [form, kind, _] in &raw.forms {
            let plain = Analysis::of(form).plain();
            let is_brand = kind == "brand";
            self.forms.push(LexiconForm { lang: lang.clone(), plain, concept, is_brand });
        }
    }
}

impl RawConcept {
    /// The unit that is approved.
    pub(super) fn unit(&self, lang: &Lang, file: &str) -> Unit {
        let mut fields = vec![("concept", self.concept.as_str()), ("lang", lang.as_str())];
        for [form, kind, region] in &self.forms {
            fields.extend([("form", form.as_str()), ("kind", kind), ("region", region)]);
        }
        Unit::new(
            format!("lexicon/{lang}/{}", self.concept),
            lang,
            file,
            "sahihi-lexicon-v1",
            &fields,
        )
    }
}

/// Reads `lexicon/<lang>.csv`.
pub(super) fn parse(source: &SourceFile, problems: &mut Problems) -> Vec<RawConcept> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source.text.as_bytes());
    let head = ["concept", "form", "kind", "region"];
    if !reader.headers().is_ok_and(|it| it.iter().eq(head)) {
        let message = "the first line is not the one expected";
        let help = "write: concept,form,kind,region";
        problems.error(source, source.first_line(), "bad-header", message, help);
        return Vec::new();
    }
    let mut concepts: Vec<RawConcept> = Vec::new();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = offset(reader.position());
        match reader.read_record(&mut record) {
            Ok(false) => return concepts,
            Ok(true) => {
                let span = start..offset(reader.position()).saturating_sub(1).max(start);
                row(source, &record, span, (&mut concepts, &mut seen), problems);
            }
            Err(error) => {
                let help = "put a form with a comma or a quote into double quotes";
                problems.error(source, start..start, "syntax", error.to_string(), help);
            }
        }
    }
}

fn offset(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

fn row(
    source: &SourceFile,
    record: &csv::StringRecord,
    span: Range<usize>,
    (concepts, seen): (&mut Vec<RawConcept>, &mut BTreeMap<String, String>),
    problems: &mut Problems,
) {
    let field = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
    let (concept, form, kind, region) = (field(0), field(1), field(2), field(3));
    if record.len() != 4 || concept.is_empty() {
        let help = "write four columns: concept,form,kind,region (region may be empty)";
        return problems.error(source, span, "bad-row", "this row is not complete", help);
    }
    if !KINDS.contains(&kind.as_str()) {
        let message = format!("`{kind}` is no kind of form");
        let help = format!("write one of {}", KINDS.join(", "));
        return problems.error(source, span, "bad-value", message, help);
    }
    let words = Analysis::of(&form).words.len();
    if words == 0 || words > MAX_WORDS {
        let message = format!("the form has {words} words");
        let help = format!("write 1 to {MAX_WORDS} words");
        return problems.error(source, span, "bad-value", message, help);
    }
    let other = seen.entry(Analysis::of(&form).plain()).or_insert_with(|| concept.clone());
    if *other != concept {
        let message = format!("“{form}” also stands under {other}");
        let help = "leave it under the concept it means most often";
        return problems.error(source, span, "form-twice", message, help);
    }
    let forms = [form, kind, region];
    match concepts.iter_mut().find(|it| it.concept == concept) {
        Some(known) => known.forms.push(forms),
        None => concepts.push(RawConcept { concept, forms: vec![forms] }),
    }
}

/// A lexicon, the tables beside it, and the problems of their files.
pub type ReadFolder = (Lexicon, Vec<Table>, Vec<Problem>);

/// Reads a folder of lexicon files and learned tables on the caller's word, for measuring question
/// sets.
///
/// # Errors
///
/// [`Error::Read`] when the folder cannot be read; problems of its files come back beside.
pub fn read_folder(folder: &Path) -> Result<ReadFolder, Error> {
    let mut problems = Problems::default();
    let tree = SourceTree::read(folder, &mut problems)?;
    let (mut lexicon, mut tables) = (Lexicon::default(), Vec::new());
    for file in &tree.files {
        if let Some(name) = table::name(&file.path)
            && let Some(languages) = table::languages(name, |_| false)
        {
            tables.push(table::parse(file, languages, &mut problems).without_struck());
        }
        let Some(lang) = file.path.strip_suffix(".csv").and_then(|it| Lang::parse(it).ok()) else {
            continue;
        };
        for concept in parse(file, &mut problems) {
            lexicon.add(&lang, &concept);
        }
    }
    Ok((lexicon, tables, problems.into_sorted()))
}
