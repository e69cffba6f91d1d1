//! The import rules of ARCHITECTURE.md, checked against the source:
//!
//! 1. a module of the library imports only the modules listed for it;
//! 2. a bounded dependency is named only by the module that owns it;
//! 3. every module is listed here.
//!
//! That the binary sees the library's public interface only is seen to by Rust: it is a crate of
//! its own.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module of the library and what it may import from the crate, lowest first.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("analysis", &[]),
    ("corpus", &["analysis"]),
    ("exchange", &["analysis", "corpus"]),
    ("index", &["analysis", "corpus"]),
    ("retrieval", &["analysis", "corpus", "index"]),
    ("dialogue", &["analysis", "corpus", "retrieval"]),
    ("config", &["analysis", "corpus", "index", "retrieval", "dialogue"]),
    ("engine", &["analysis", "corpus", "index", "retrieval", "dialogue", "config"]),
    ("release", &["corpus", "index", "config", "engine"]),
    ("eval", &["analysis", "corpus", "retrieval", "dialogue", "engine"]),
    // The service needs `analysis` for `Lang` alone, which requests and replies carry.
    ("service", &["analysis", "corpus", "retrieval", "dialogue", "config", "engine", "release"]),
];

/// The modules of the binary.
const BINARY: &[&str] = &["cli", "main"];

/// Dependencies with one owner.
const OWNED_BY: &[(&str, &[&str])] = &[
    ("tantivy", &["index"]),
    ("axum", &["service"]),
    ("tokio", &["service", "release"]),
    ("object_store", &["release"]),
    ("rustls", &["release"]),
    ("hyper", &["service"]),
    ("hyper_util", &["service"]),
    ("tower", &["service"]),
    ("sqlx", &["service"]),
    ("calamine", &["exchange"]),
    ("rust_xlsxwriter", &["exchange"]),
    ("zip", &["exchange"]),
    ("ed25519_dalek", &["corpus"]),
    ("clap", BINARY),
    ("rpassword", BINARY),
    ("icalendar", BINARY),
    ("miette", BINARY),
];

#[test]
fn a_module_imports_only_what_lies_below_it() {
    let mut violations = Vec::new();
    for (module, allowed) in MAY_IMPORT {
        for (file, code) in sources(module) {
            let imports = names_after(&code, "crate::");
            for imported in imports.iter().filter(|it| is_module(it)) {
                if imported != module && !allowed.contains(&imported.as_str()) {
                    violations.push(format!("{}: {module} -> {imported}", file.display()));
                }
            }
        }
    }
    assert!(violations.is_empty(), "imports against the flow:\n{}", violations.join("\n"));
}

#[test]
fn a_bounded_dependency_is_named_only_by_its_owner() {
    let mut violations = Vec::new();
    for module in MAY_IMPORT.iter().map(|(module, _)| module).chain(BINARY) {
        for (file, code) in sources(module) {
            for (dependency, owners) in OWNED_BY {
                if !owners.contains(module) && names_path(&code, dependency) {
                    violations.push(format!("{}: {dependency} is of {owners:?}", file.display()));
                }
            }
        }
    }
    assert!(violations.is_empty(), "dependencies out of place:\n{}", violations.join("\n"));
}

#[test]
fn every_module_has_its_rule() {
    let listed = |name: &str| {
        name == "lib" || BINARY.contains(&name) || MAY_IMPORT.iter().any(|(it, _)| *it == name)
    };
    for item in fs::read_dir(src()).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(listed(&name), "src/{name} stands in no rule of this file; add it to MAY_IMPORT");
    }
}

#[test]
fn imports_are_read_from_single_and_grouped_paths() {
    let code = "use crate::index::Hit;\nuse crate::{\n    analysis::{Token, fold},\n    corpus,\n};\n\
                fn f(_: crate::eval::Run) {}\n";
    assert_eq!(names_after(code, "crate::"), ["index", "analysis", "corpus", "eval"]);
}

#[test]
fn a_dependency_is_known_by_its_whole_name() {
    assert!(names_path("use tokio::net;", "tokio"));
    assert!(names_path("use {tower, tokio};", "tokio"));
    assert!(!names_path("let my_tokio = super::tokio_like::x();", "tokio"));
}

fn is_module(name: &str) -> bool {
    MAY_IMPORT.iter().any(|(module, _)| *module == name)
}

/// The names that follow `prefix`: one, or the heads of the paths in a brace group.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split(prefix).skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group)),
            None => names.push(leading_name(rest)),
        }
    }
    names
}

/// The head of each path of a group; `group` starts after its opening brace.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(String::new()),
            _ if depth == 0 => heads.last_mut().unwrap().push(c),
            _ => (),
        }
    }
    heads.iter().map(|it| leading_name(it.trim_start())).filter(|it| !it.is_empty()).collect()
}

fn leading_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether the name stands alone and starts a path or is imported.
fn names_path(code: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, rest) = code.split_at(at);
        let after = rest.strip_prefix(name).unwrap_or_default();
        let alone = !before.ends_with(is_part) && !before.ends_with("::") && !before.ends_with('"');
        let path = after.starts_with("::");
        let imported = after.starts_with([',', '}', ';'])
            && before.lines().last().is_some_and(|it| it.trim_start().starts_with("use "));
        alone && (path || imported)
    })
}

/// The Rust files of a module with their code: `src/<module>.rs` and all under `src/<module>/`.
fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let mut pending = vec![src().join(module), src().join(module).with_extension("rs")];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "rs") && path.exists() {
            let code = without_comments(&fs::read_to_string(&path).unwrap());
            files.push((path, code));
        }
    }
    files.sort();
    files
}

fn without_comments(source: &str) -> String {
    let code = source.lines().filter(|it| !it.trim_start().starts_with("//"));
    code.flat_map(|it| [it, "\n"]).collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
