//! The Tantivy schema, and its postings as flat arrays.
//!
//! One field of stems, cut by our own analysis (Tantivy sees tokens, never text), and the place of
//! the document as a fast field. Nothing is stored: texts live in the corpus file beside it.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use tantivy::directory::{Directory, RamDirectory};
use tantivy::postings::Postings as _;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{DocSet as _, TERMINATED};

use super::{Document, Error, Files, Kind};
use crate::analysis::Analysis;

/// BM25's saturation of term frequency.
const K1: f32 = 1.2;
/// BM25's normalisation of length.
const B: f32 = 0.75;

/// The fields of the index.
pub(super) struct Fields {
    pub(super) schema: Schema,
    pub(super) stems: Field,
    pub(super) place: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut builder = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqs);
        let options = TextOptions::default().set_indexing_options(indexing);
        let stems = builder.add_text_field("stems", options);
        let place = builder.add_u64_field("place", FAST);
        Self { schema: builder.build(), stems, place }
    }
}

/// The stems of a document as Tantivy takes them. Answers count each stem once.
pub(super) fn tokens(document: &Document<'_>) -> PreTokenizedString {
    let mut stems = Analysis::of(document.text).stems(document.lang);
    if document.kind == Kind::Answer {
        stems.sort_unstable();
        stems.dedup();
    }
    let tokens = stems
        .into_iter()
        .enumerate()
        .map(|(position, text)| Token { position, text, ..Token::default() })
        .collect();
    PreTokenizedString { text: String::new(), tokens }
}

/// Place of a document and how often the stem stands in it.
type Posting = (u32, u32);

/// All postings of a segment, one list behind the other.
pub(super) struct Postings {
    /// Each term with the end of its list.
    terms: Vec<(Box<str>, u32)>,
    all: Vec<Posting>,
    lengths: Vec<u32>,
}

impl Postings {
    /// Reads the one segment in `files`.
    pub(super) fn read(files: Files) -> Result<Self, Error> {
        let directory = RamDirectory::create();
        for (name, bytes) in files {
            directory
                .atomic_write(Path::new(&name), &bytes)
                .map_err(tantivy::TantivyError::from)?;
        }
        let index = tantivy::Index::open(directory)?;
        let fields = Fields::new();
        if index.schema() != fields.schema {
            let message = "the index has another schema".to_owned();
            return Err(tantivy::TantivyError::SchemaError(message).into());
        }
        let reader =
            index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        let searcher = reader.searcher();
        let mut all = Self { terms: Vec::new(), all: Vec::new(), lengths: Vec::new() };
        for segment in searcher.segment_readers() {
            all.read_segment(segment, &fields).map_err(tantivy::TantivyError::from)?;
        }
        Ok(all)
    }

    fn read_segment(
        &mut self,
        segment: &tantivy::SegmentReader,
        fields: &Fields,
    ) -> io::Result<()> {
        let other = |error: tantivy::TantivyError| io::Error::other(error);
        let places = segment.fast_fields().u64("place").map_err(other)?;
        let n = segment.max_doc();
        let place = |doc: u32| places.first(doc).and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
        let norms = segment.get_fieldnorms_reader(fields.stems).map_err(other)?;
        self.lengths.resize(n as usize, 0);
        for doc in 0..n {
            if let Some(length) = self.lengths.get_mut(place(doc) as usize) {
                *length = norms.fieldnorm(doc);
            }
        }
        let inverted = segment.inverted_index(fields.stems).map_err(other)?;
        let mut stream = inverted.terms().stream()?;
        while stream.advance() {
            let term = String::from_utf8_lossy(stream.key()).into_owned();
            let mut postings = inverted
                .read_postings_from_terminfo(stream.value(), IndexRecordOption::WithFreqs)?;
            let mut doc = postings.doc();
            while doc != TERMINATED {
                self.all.push((place(doc), postings.term_freq()));
                doc = postings.advance();
            }
            self.terms.push((term.into_boxed_str(), self.len()));
        }
        Ok(())
    }

    /// Number of postings.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.all.len()).unwrap_or(u32::MAX)
    }

    /// Takes the terms out, each with the end of its list.
    pub(super) fn take_terms(&mut self) -> Vec<(Box<str>, u32)> {
        std::mem::take(&mut self.terms)
    }

    /// The list between two ends.
    pub(super) fn list(&self, start: u32, end: u32) -> &[Posting] {
        self.all.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// BM25 weights with counts per language.
///
/// The number of documents a stem is compared with is that of the languages in which it occurs:
/// a word of every French question says nothing, however few French questions there are.
/// Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009.
pub(super) struct Weigher<'a> {
    documents: &'a [Document<'a>],
    per_language: &'a HashMap<&'a str, u32>,
    lengths: &'a [u32],
    mean_length: f32,
}

impl<'a> Weigher<'a> {
    pub(super) fn new(
        postings: &'a Postings,
        documents: &'a [Document<'a>],
        per_language: &'a HashMap<&'a str, u32>,
    ) -> Self {
        let total: f64 = postings.lengths.iter().map(|it| f64::from(*it)).sum();
        let n = postings.lengths.len().max(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a mean of small counts"
        )]
        let mean_length = (total / n as f64).max(1.0) as f32;
        Self { documents, per_language, lengths: &postings.lengths, mean_length }
    }

    pub(super) fn impacts(&self, list: &'a [Posting]) -> impl Iterator<Item = (u32, f32)> {
        let idf = self.idf(list);
        list.iter().map(move |(document, frequency)| {
            let length = self.lengths.get(*document as usize).copied().unwrap_or(1);
            let (tf, length) = (small(*frequency), small(length));
            let norm = K1 * (1.0 - B + B * length / self.mean_length);
            (*document, idf * tf * (K1 + 1.0) / (tf + norm))
        })
    }

    fn idf(&self, list: &[Posting]) -> f32 {
        let mut languages: Vec<&str> = list
            .iter()
            .filter_map(|(document, _)| self.documents.get(*document as usize))
            .map(|document| document.lang.as_str())
            .collect();
        languages.sort_unstable();
        languages.dedup();
        let n: u32 = languages.iter().filter_map(|lang| self.per_language.get(lang)).sum();
        let df = small(u32::try_from(list.len()).unwrap_or(u32::MAX));
        (1.0 + (small(n) - df + 0.5).max(0.0) / (df + 0.5)).ln()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and documents")]
fn small(count: u32) -> f32 {
    count as f32
}
