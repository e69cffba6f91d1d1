//! Any bytes as a sheet, an archive or a feed to import: a plan or an error, never a panic.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sahihi::analysis::Lang;
use sahihi::corpus::SourceTree;
use sahihi::exchange::{self, Assumed};
use time::macros::date;

static BASE: LazyLock<SourceTree> = LazyLock::new(|| {
    sahihi_fuzz::files(|path| {
        ["corpus.toml", "topics.toml", "reviewers.toml", "messages/en.toml"].contains(&path)
            || path.contains("/PIL-0")
            || path.starts_with("tree/")
    })
});

fuzz_target!(init: { LazyLock::force(&BASE); }, |bytes: &[u8]| {
    let assumed = Assumed {
        language: Lang::parse("en").expect("a tag"),
        topic: None,
        topics: vec!["pills".to_owned()],
    };
    if let Ok(incoming) = exchange::read(bytes, "sheet", None, &assumed) {
        drop(exchange::plan(&BASE, incoming, date!(2026 - 11 - 22)));
    }
});
