//! Exchange: what enters the corpus from sheets and other systems, and what leaves it for them.
//!
//! In: bytes become [`Table`]s or items, those become [`Draft`]s, one a row, and [`plan`] holds
//! them against the files of the corpus: what is new, changed or the same, and every error with
//! its place. [`apply`] writes a plan without errors, all of it or nothing. Nothing that comes in
//! is approved. Out: [`export`] writes sheets that come back without loss, and feeds of what is
//! approved for others to read.

mod acceptance;
mod apply;
mod ask_a_question;
mod blame;
mod cell;
mod delimited;
mod difference;
mod draft;
mod export;
mod faqpage;
mod foreign;
mod format;
mod markdown;
mod neutral;
mod plan;
mod qnabot;
mod sheet;
mod table;
mod workbook;

use std::io;
use std::path::PathBuf;

pub use acceptance::{Acceptance, NotAccepted, planned};
pub use apply::apply;
pub use draft::{Assumed, Draft, Incoming, Place, Remark};
pub use export::{Export, Shop, Wish, export};
pub use format::{Format, read};
pub use plan::{Outcome, Plan, RowOutcome, plan};
pub use sheet::{NEUTRAL_COLUMNS, TEXT_COLUMNS};
pub use table::{Row, Table};

use crate::corpus;

/// Why a file cannot be exchanged at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written; nothing was changed.
    #[error("cannot write {path}; nothing was changed")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The change was begun, failed, and could not be taken back.
    #[error("the corpus could not be switched and not be put back: move {from} to {to} by hand")]
    Torn {
        /// Where the files are now.
        from: PathBuf,
        /// Where they belong.
        to: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is larger, or expands to more, than any sheet of texts.
    #[error("{what} {found}, the limit is {limit}; {remedy}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it is.
        found: String,
        /// The most that is read.
        limit: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// The bytes are not what they seem to be.
    #[error("this is no {format} that can be read: {why}; {remedy}")]
    Malformed {
        /// What it was taken for.
        format: &'static str,
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is of no format known here.
    #[error("{why}; {remedy}")]
    Unknown {
        /// What was looked for.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The corpus has problems that must be mended first.
    #[error("the corpus has {errors} errors; `sahihi check` shows them; mend them first")]
    BrokenCorpus {
        /// How many.
        errors: usize,
    },
    /// The plan has errors; nothing was changed.
    #[error("{errors} errors in the file; nothing was changed")]
    Refused {
        /// How many.
        errors: usize,
    },
    /// The corpus changed between planning and writing; nothing was changed by this program.
    #[error("the corpus changed while this was at work; nothing was written; run it again")]
    Moved,
    /// The corpus folder cannot be read.
    #[error(transparent)]
    Corpus(#[from] corpus::Error),
    /// The workbook cannot be written.
    #[error("the workbook cannot be made: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
