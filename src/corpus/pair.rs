//! Files that come in pairs: `<id>.toml`, the same in every language, and `<id>.<lang>.md`.
//!
//! Nodes, resources and approaches are all written so, and their texts all like those of entries.

use std::collections::BTreeMap;

use super::parse::{self, RawText};
use super::problem::Problems;
use super::raw::{is_id, known_language};
use super::settings::Settings;
use super::source::{SourceFile, SourceTree};
use crate::analysis::Lang;

/// The texts of one thing by language, each with its file.
pub(super) type Texts<'a> = BTreeMap<Lang, (&'a SourceFile, RawText)>;

/// A thing with all its files.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) id: &'a str,
    /// The file that is the same in every language.
    pub(super) file: &'a SourceFile,
    pub(super) texts: Texts<'a>,
}

/// The name of a file of a pair, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PairName<'a> {
    Neutral(&'a str),
    Text(&'a str, &'a str),
}

impl<'a> PairName<'a> {
    /// `PIL-02.toml` or `PIL-02.sw.md`; `None` for any other name.
    pub(super) fn of(name: &'a str) -> Option<Self> {
        if let Some(id) = name.strip_suffix(".toml").filter(|id| is_id(id)) {
            return Some(Self::Neutral(id));
        }
        let (id, lang) = name.strip_suffix(".md")?.rsplit_once('.')?;
        is_id(id).then_some(Self::Text(id, lang))
    }
}

/// Everything in one folder of the corpus, in the order of the ids; a text without its pair and a
/// thing without text are reported.
pub(super) fn read<'a>(
    tree: &'a SourceTree,
    folder: &str,
    settings: &Settings,
    problems: &mut Problems,
) -> Vec<Pair<'a>> {
    let mut pairs: BTreeMap<&str, Pair<'a>> = BTreeMap::new();
    let files: Vec<(&SourceFile, PairName<'_>)> =
        tree.files.iter().filter_map(|it| Some((it, name_in(folder, it)?))).collect();
    for (file, name) in &files {
        if let PairName::Neutral(id) = name {
            pairs.insert(id, Pair { id, file, texts: Texts::new() });
        }
    }
    for (file, name) in files {
        let PairName::Text(id, lang) = name else { continue };
        let text = parse::text(file, problems);
        let Some(lang) = known_language(settings, file, lang, problems) else { continue };
        match pairs.get_mut(id) {
            Some(pair) => drop(pair.texts.insert(lang, (file, text))),
            None => {
                let message = format!("there is no {id}.toml in this folder");
                let help = format!("write {folder}/{id}.toml as corpus/README.md shows");
                problems.error(file, file.first_line(), "missing-file", message, help);
            }
        }
    }
    for pair in pairs.values().filter(|it| it.texts.is_empty()) {
        let message = format!("{folder}/{} has no text in any language", pair.id);
        let help = format!("write {}.<lang>.md beside it", pair.id);
        problems.warning(pair.file, pair.file.first_line(), "no-text", message, help);
    }
    pairs.into_values().collect()
}

fn name_in<'a>(folder: &str, file: &'a SourceFile) -> Option<PairName<'a>> {
    let name = file.path.strip_prefix(folder)?.strip_prefix('/')?;
    PairName::of(name)
}
