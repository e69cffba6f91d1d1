//! A corpus put together: read, checked, and what is approved of it.

use time::Date;

use super::approved::Serving;
use super::problem::Problems;
use super::raw::{self, REFERRALS};
use super::review::Reviews;
use super::reviewer;
use super::source::SourceTree;
use super::taught::{self, TAUGHT_FILE};
use super::{Corpus, Loaded, tree_lint, validate};

/// Loads a corpus of files; units that are `vouched` for are taken as approved.
pub(super) fn load(
    tree: &SourceTree,
    today: Date,
    vouched: Vec<String>,
    mut problems: Problems,
) -> Loaded {
    let mut raw = raw::read(tree, today, &mut problems);
    let reviewers = match tree.get("reviewers.toml") {
        Some(file) => reviewer::parse(file, &mut problems),
        None => Vec::new(),
    };
    let reviews = Reviews { vouched, ..Reviews::parse(tree, reviewers, &mut problems) };
    validate::roles(tree, &raw.settings, &reviews, &mut problems);
    validate::references(&raw, &mut problems);
    validate::collisions(&raw, &mut problems);
    validate::translations(&raw, &mut problems);
    validate::messages(tree, &raw, &mut problems);
    let known = raw.known();
    tree_lint::check(tree, &raw.nodes, &raw.settings, &known, &mut problems);
    raw.catalogue.check(&known, &mut problems);
    drop(known);
    let mut serving = Serving {
        reviews: &reviews,
        today,
        units: Vec::new(),
        unserved: Vec::new(),
        problems: &mut problems,
    };
    let entries = serving.entries(&raw);
    let messages = serving.messages(&raw);
    let lexicon = serving.lexicon(&raw);
    let tables = serving.tables(std::mem::take(&mut raw.tables), &raw.settings);
    let red_flags = serving.red_flags(&mut raw);
    let referrals = tree.get(REFERRALS).map_or_else(Vec::new, |it| serving.referrals(it, &raw));
    let nodes = serving.tree(&raw.nodes, &raw.settings);
    let catalogue = serving.catalogue(&raw.catalogue, &raw.settings);
    let (units, unserved) = (serving.units, serving.unserved);
    let taught = tree.get(TAUGHT_FILE).and_then(|file| taught::parse(file, &mut problems));
    let corpus = Corpus {
        settings: raw.settings,
        topics: raw.topics,
        entries,
        messages,
        lexicon,
        tables,
        taught,
        red_flags,
        referrals,
        tree: nodes,
        catalogue,
    };
    let digest = tree.digest;
    Loaded { corpus, problems: problems.into_sorted(), unserved, units, reviews, digest }
}
