//! `sahihi export`: what the corpus serves, in formats that others read.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic as _, Result, WrapErr as _};
use sahihi::config::Config;
use sahihi::corpus::{self, diagram};

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// The file to write; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What can be written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// The decision tree as a Mermaid flowchart
    TreeMermaid,
    /// The decision tree as a Graphviz digraph
    TreeDot,
}

pub(crate) fn run(config: &Config, arguments: &Arguments) -> Result<Outcome> {
    let loaded = corpus::load(&config.corpus, config.today, config.trust).into_diagnostic()?;
    let corpus = &loaded.corpus;
    let text = match arguments.format {
        Format::TreeMermaid => diagram::mermaid(corpus),
        Format::TreeDot => diagram::dot(corpus),
    };
    write(&arguments.out, text.as_bytes())
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", arguments.out.display()))?;
    if corpus.tree.is_empty() {
        terminal::note("the corpus serves no decision tree: `sahihi check` says why");
        return Ok(Outcome::Problems);
    }
    Ok(Outcome::Done)
}

/// Writes aside, then renames: nobody reads half a file.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path == Path::new("-") {
        return io::stdout().write_all(bytes);
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let file: File = file.persist(path)?;
    file.sync_all()
}
