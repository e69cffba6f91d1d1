//! Any bytes in the place of any kind of corpus file: problems, never a panic.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sahihi::corpus::{self, SourceTree};
use time::macros::date;

/// One path for each parser; the first byte of an input chooses.
const PATHS: [&str; 22] = [
    "corpus.toml",
    "topics.toml",
    "collections.toml",
    "challenges.toml",
    "reviewers.toml",
    "referrals.csv",
    "entries.jsonl",
    "entries/pills/PIL-02.toml",
    "entries/pills/PIL-02.en.md",
    "entries/pills/PIL-02.sw.md",
    "entries/pills/PIL-02.hi-Latn.md",
    "messages/en.toml",
    "redflags/gbv.en.md",
    "lexicon/en.csv",
    "tree/approach-birth.toml",
    "tree/approach-birth.en.md",
    "resources/any.toml",
    "resources/any.en.md",
    "approaches/any.toml",
    "approaches/any.en.md",
    "reviews/sample.jsonl",
    "reviews/HEADS",
];

/// A few files of the sample, so that references have something to hit.
static BASE: LazyLock<SourceTree> = LazyLock::new(|| {
    sahihi_fuzz::files(|path| {
        ["corpus.toml", "topics.toml", "reviewers.toml", "messages/en.toml"].contains(&path)
            || path.contains("/PIL-0")
            || path.starts_with("tree/")
    })
});

fuzz_target!(init: { LazyLock::force(&BASE); }, |input: (u8, String)| {
    let (choice, text) = input;
    let path = PATHS[usize::from(choice) % PATHS.len()];
    let tree = BASE.with(&BTreeMap::from([(path.to_owned(), text)]));
    let loaded = corpus::load_tree(&tree, date!(2026 - 11 - 22));
    for problem in &loaded.problems {
        assert!(!problem.message.is_empty(), "a problem that says nothing");
    }
});
