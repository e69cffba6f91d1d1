//! The table of sizes in `eval/README.md`: `cargo bench --bench table -- 1000 10000 100000`.
//!
//! For each size, a number of invented phrasings or a folder with `entries.jsonl` and
//! `queries.jsonl`, or `sample`: time to build, bytes on disk, time to open, memory when open, and
//! the time of questions, the most hostile ones among them. Each size runs in a process of its own,
//! so that memory is its own. Without sizes it measures a tiny one, as a test.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that fails has failed")]
#![allow(missing_docs, clippy::cast_possible_truncation, reason = "a program, not a library")]
#![allow(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "its output is the table")]

mod synthetic;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use sahihi::config::{Config, today};
use sahihi::engine::{self, Engine};
use sahihi::retrieval::{Profile, Query};

/// Says that a process is to measure one size.
const ONE: &str = "--one";
/// Says that a process is to open an index and say how much memory it takes.
const OPEN: &str = "--open";
const TINY: &str = "50";
const QUESTIONS: usize = 2_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [ONE, size] => println!("{}", line(size)),
        [OPEN, corpus, index] => println!("{}", open_only(corpus, index)),
        // Cargo adds flags of its own.
        sizes => table(sizes.iter().copied().filter(|it| !it.starts_with("--")).collect()),
    }
}

fn table(mut sizes: Vec<&str>) {
    println!(
        "| corpus | entries | phrasings | build s | index MB | open ms | memory MB | p50 µs | \
         p95 µs | p99 µs | most hostile ms |\n|{}",
        " --- |".repeat(11)
    );
    if sizes.is_empty() {
        sizes.push(TINY);
    }
    for size in sizes {
        let program = std::env::current_exe().unwrap();
        let done = Command::new(program).args([ONE, size]).output().unwrap();
        assert!(done.status.success(), "{size}: {}", String::from_utf8_lossy(&done.stderr));
        print!("{}", String::from_utf8_lossy(&done.stdout));
    }
}

/// Measures one size.
fn line(size: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = Config { index: folder.path().join("index"), ..Config::new(today()) };
    let mut questions;
    if size == "sample" {
        config.corpus = root.join("corpus");
        questions = texts(&root.join("eval/queries"));
    } else {
        config.corpus = folder.path().join("corpus");
        config.trust = true;
        fs::create_dir(&config.corpus).unwrap();
        let entries = config.corpus.join("entries.jsonl");
        if let Ok(n) = size.parse::<usize>() {
            fs::write(entries, synthetic::entries(n)).unwrap();
            let n_entries = n.div_ceil(synthetic::PHRASINGS);
            questions = (0..QUESTIONS)
                .map(|it| synthetic::phrasing(it * 7_919 % n_entries, 1_000 + it))
                .collect();
        } else {
            fs::copy(Path::new(size).join("entries.jsonl"), entries).unwrap();
            questions = texts(&Path::new(size).join("queries.jsonl"));
        }
    }
    questions.truncate(QUESTIONS);
    measured(size, &config, &questions)
}

fn measured(size: &str, config: &Config, questions: &[String]) -> String {
    let start = Instant::now();
    let bytes = engine::build(config).unwrap().bytes;
    let build = start.elapsed();
    let start = Instant::now();
    let engine = Engine::open(config).unwrap();
    let open = start.elapsed();
    let memory = memory_when_open(config);
    for text in questions.iter().take(50) {
        ask(&engine, text);
    }
    let mut times: Vec<Duration> = questions.iter().map(|it| ask(&engine, it)).collect();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_micros();
    let hostile = synthetic::hostile();
    let hostile = hostile.iter().map(|(_, text)| ask(&engine, text)).max().unwrap();
    let corpus = engine.corpus();
    let phrasings: usize = corpus.entries.iter().map(|it| it.phrasings.len()).sum();
    format!(
        "| {} | {} | {phrasings} | {:.1} | {:.1} | {} | {} | {} | {} | {} | {:.1} |",
        Path::new(size).file_name().map_or(size.into(), |it| it.to_string_lossy()),
        corpus.entries.len(),
        build.as_secs_f64(),
        bytes as f64 / 1e6,
        open.as_millis(),
        memory.trim(),
        at(50),
        at(95),
        at(99),
        hostile.as_secs_f64() * 1e3,
    )
}

/// Memory of a process that has done nothing but open the index, in MB; none where the system does
/// not say.
fn memory_when_open(config: &Config) -> String {
    let program = std::env::current_exe().unwrap();
    let done =
        Command::new(program).arg(OPEN).args([&config.corpus, &config.index]).output().unwrap();
    String::from_utf8(done.stdout).unwrap()
}

fn open_only(corpus: &str, index: &str) -> String {
    let (corpus, index) = (corpus.into(), index.into());
    let config = Config { corpus, index, trust: true, ..Config::new(today()) };
    let engine = Engine::open(&config).unwrap();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kb = resident.and_then(|it| it.trim().trim_end_matches("kB").trim().parse::<usize>().ok());
    drop(engine);
    kb.map_or("–".to_owned(), |kb| (kb / 1000).to_string())
}

fn ask(engine: &Engine, text: &str) -> Duration {
    let profile = Profile::default();
    let query = Query { text, language: None, profile: &profile, limit: 5, today: today() };
    let start = Instant::now();
    std::hint::black_box(engine.decide(&query));
    start.elapsed()
}

/// The questions of a file or of a folder of files.
fn texts(path: &Path) -> Vec<String> {
    let mut files: Vec<PathBuf> = if path.is_dir() {
        fs::read_dir(path).unwrap().map(|it| it.unwrap().path()).collect()
    } else {
        vec![path.to_owned()]
    };
    files.sort();
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let lines: Vec<String> = files
        .iter()
        .flat_map(|it| read(it).lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let text = |line: &String| -> String {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["text"].as_str().unwrap().to_owned()
    };
    lines.iter().map(text).collect()
}
