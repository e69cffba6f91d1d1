//! Time of building and of answering, by the size of the corpus:
//! `cargo bench --bench engine`.

#![allow(clippy::unwrap_used, reason = "a bench that fails has failed")]
#![allow(missing_docs, clippy::cast_possible_truncation, reason = "a program, not a library")]

mod synthetic;

use std::fs;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sahihi::config::Config;
use sahihi::engine::{self, Engine};
use sahihi::retrieval::{Profile, Query};
use tempfile::TempDir;
use time::macros::date;

/// Sizes measured, in phrasings. `cargo test --benches` and `--test` take a tiny one.
const SIZES: [usize; 2] = [1_000, 10_000];
const TINY: usize = 50;
const QUESTIONS: usize = 200;

fn sizes() -> Vec<usize> {
    if std::env::args().any(|it| it == "--bench") { SIZES.to_vec() } else { vec![TINY] }
}

fn home(n_phrasings: usize) -> (TempDir, Config) {
    let home = tempfile::tempdir().unwrap();
    let corpus = home.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    fs::write(corpus.join("entries.jsonl"), synthetic::entries(n_phrasings)).unwrap();
    let index = home.path().join("index");
    let config = Config { corpus, index, trust: true, ..Config::new(date!(2026 - 11 - 22)) };
    (home, config)
}

fn ask(engine: &Engine, text: &str) -> usize {
    let profile = Profile::default();
    let today = date!(2026 - 11 - 22);
    let query = Query { text, language: None, profile: &profile, limit: 5, today };
    engine.decide(&query).candidates.len()
}

fn building(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    group.sample_size(10);
    for size in sizes() {
        let (_home, config) = home(size);
        group.bench_with_input(BenchmarkId::from_parameter(size), &config, |bencher, config| {
            bencher.iter(|| engine::build(config).unwrap().bytes);
        });
    }
    group.finish();
}

fn asking(criterion: &mut Criterion) {
    for size in sizes() {
        let (_home, config) = home(size);
        engine::build(&config).unwrap();
        let engine = Engine::open(&config).unwrap();
        let n_entries = size.div_ceil(synthetic::PHRASINGS);
        let questions: Vec<String> =
            (0..QUESTIONS).map(|it| synthetic::phrasing(it * 31 % n_entries, 1_000 + it)).collect();
        let mut turn = questions.iter().cycle();
        criterion.bench_function(&format!("ask/{size}"), |bencher| {
            bencher.iter(|| black_box(ask(&engine, turn.next().unwrap())));
        });
        for (name, text) in synthetic::hostile() {
            criterion.bench_function(&format!("hostile/{size}/{name}"), |bencher| {
                bencher.iter(|| black_box(ask(&engine, &text)));
            });
        }
        criterion.bench_function(&format!("open/{size}"), |bencher| {
            bencher.iter(|| Engine::open(&config).unwrap().snapshot);
        });
    }
}

criterion_group!(benches, building, asking);
criterion_main!(benches);
