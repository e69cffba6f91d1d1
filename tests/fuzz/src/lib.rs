//! What the fuzz targets share.

use std::path::Path;

use sahihi::corpus::{self, Problems, SourceTree};
use sahihi::engine::Engine;
use time::Date;
use time::macros::date;

/// The day all targets live on.
pub const TODAY: Date = date!(2026 - 11 - 22);

/// Files of the sample corpus that are wanted.
#[must_use]
pub fn files(wanted: impl Fn(&str) -> bool) -> SourceTree {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus"));
    let mut problems = Problems::default();
    let mut tree = SourceTree::read(root, &mut problems).expect("the sample is there");
    tree.files.retain(|it| wanted(&it.path));
    tree
}

/// An engine over the sample's messages, tree, red flags and its entries about pills.
#[must_use]
pub fn small_engine() -> Engine {
    let tree = files(|path| !path.starts_with("entries/") || path.contains("/PIL-"));
    let loaded = corpus::load_tree(&tree, TODAY);
    Engine::in_memory(&loaded, TODAY).expect("an engine")
}
