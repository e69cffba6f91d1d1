//! `sahihi export`: sheets for translators, feeds of what is approved, pictures of the tree.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic as _, Result, miette};
use sahihi::analysis::Lang;
use sahihi::config::Config;
use sahihi::corpus::{self, Loaded, Problems, SourceTree, diagram};
use sahihi::exchange::{self, Export, Shop, Wish};
use serde_json::json;

use super::{Outcome, terminal};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// xlsx or csv to be worked on and imported again, template to be filled in; of what is
    /// approved: faqpage, resources, resources-csv, catalogue, tree-mermaid, tree-dot
    #[arg(long, value_name = "FORMAT", value_parser = format_of)]
    format: Format,
    /// The file to write; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only this language
    #[arg(long, value_name = "TAG")]
    language: Option<Lang>,
    /// Address of the picture of every item of a catalogue
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// Currency of the price of a catalogue, which is always 0
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A sheet or a feed.
    Exchange(Export),
    /// The decision tree as a Mermaid flowchart.
    TreeMermaid,
    /// The decision tree as a Graphviz digraph.
    TreeDot,
}

/// The pictures of the tree, by name.
const TREES: [(&str, Format); 2] =
    [("tree-mermaid", Format::TreeMermaid), ("tree-dot", Format::TreeDot)];

fn format_of(name: &str) -> Result<Format, String> {
    let exchanged = Export::NAMES.iter().map(|(it, format)| (*it, Format::Exchange(*format)));
    let mut known = exchanged.chain(TREES);
    known.find(|(it, _)| *it == name).map(|(_, format)| format).ok_or_else(|| {
        let names = Export::NAMES.iter().map(|it| it.0).chain(TREES.map(|it| it.0));
        format!("`{name}` is none of {}", names.collect::<Vec<_>>().join(", "))
    })
}

pub(crate) fn run(config: &Config, arguments: &Arguments, json: bool) -> Result<Outcome> {
    let loaded = corpus::load(&config.corpus, config.today, config.trust).into_diagnostic()?;
    match arguments.format {
        Format::Exchange(kind) => exchanged(config, arguments, (kind, &loaded), json),
        Format::TreeMermaid => drawn(arguments, &loaded, &diagram::mermaid(&loaded.corpus)),
        Format::TreeDot => drawn(arguments, &loaded, &diagram::dot(&loaded.corpus)),
    }
}

fn drawn(arguments: &Arguments, loaded: &Loaded, text: &str) -> Result<Outcome> {
    write(&arguments.out, text.as_bytes())?;
    if loaded.corpus.tree.is_empty() {
        terminal::note("the corpus serves no decision tree: `sahihi check` says why");
        return Ok(Outcome::Problems);
    }
    Ok(Outcome::Done)
}

fn exchanged(
    config: &Config,
    arguments: &Arguments,
    (kind, loaded): (Export, &Loaded),
    json: bool,
) -> Result<Outcome> {
    let tree = SourceTree::read(&config.corpus, &mut Problems::default()).into_diagnostic()?;
    let languages = &loaded.corpus.settings.languages;
    let only = arguments.language.as_ref();
    if let Some(lang) = only.filter(|it| !languages.contains(it)) {
        return Err(miette!("`{lang}` is no language of this corpus"));
    }
    let wish = Wish {
        kind,
        language: arguments.language.clone(),
        shop: Shop {
            image: arguments.image.clone().unwrap_or_default(),
            currency: arguments.currency.clone(),
        },
        today: config.today,
    };
    let bytes = exchange::export(&wish, &tree, loaded).into_diagnostic()?;
    write(&arguments.out, &bytes)?;
    if kind == Export::Catalogue && arguments.image.is_none() {
        terminal::note("the items have no picture, and a catalogue takes none without: --image");
    }
    if json {
        terminal::json(&json!({ "file": arguments.out, "bytes": bytes.len() }));
    } else {
        terminal::line(&format!("{}: {} bytes", arguments.out.display(), bytes.len()));
    }
    Ok(Outcome::Done)
}

/// A name or, for `-`, standard output.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if path == Path::new("-") {
        return io::stdout().write_all(bytes).into_diagnostic();
    }
    corpus::write_whole(path, bytes)
        .map_err(|error| miette!("cannot write {}: {error}", path.display()))
}
