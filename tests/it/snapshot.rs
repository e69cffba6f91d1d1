//! The index on disk:
//!
//! 1. the same corpus gives the same decisions, however often it is built;
//! 2. a snapshot with any byte changed, missing or cut off is refused, naming the remedy;
//! 3. a build that is killed at any moment leaves the last index usable;
//! 4. an edit makes the index stale, and one command mends it;
//! 5. builds at the same time do not harm each other.

use std::fs;
use std::hint;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sahihi::config::Config;
use sahihi::engine::{self, Engine};
use sahihi::index::snapshot::Snapshot;
use sahihi::retrieval::{Profile, Query};
use sahihi::service::wire::SearchReply;
use serde_json::Value;

use crate::support::{Home, TODAY, rounds, shipped_config, wait};

/// The files of an index and of its snapshot in use, without the lock and the marks of what was
/// served, which are not what an index is made of.
fn files(index: &Path) -> Vec<PathBuf> {
    let mut pending = vec![index.to_owned()];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
        } else if ![".lock", "served.json"].iter().any(|it| path.ends_with(it)) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Expects the index to be refused with the command that mends it.
fn check_refused(config: &Config, damage: &str) {
    let error = Engine::open(config).map(|it| it.snapshot).expect_err(damage);
    assert!(error.to_string().contains("run `sahihi build`"), "{damage}: {error}");
}

/// The whole reply, with all numbers behind it.
fn reply(engine: &Engine, text: &str) -> Value {
    let today = sahihi::corpus::day::parse(TODAY).unwrap();
    let profile = Profile::default();
    let query = Query { text, language: None, profile: &profile, limit: 10, today };
    serde_json::to_value(SearchReply::new(engine, &query, &engine.decide(&query), true)).unwrap()
}

/// Fifty questions in all languages, from the sets the project is measured with.
fn fifty_questions() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval/queries");
    let mut questions = Vec::new();
    for lang in ["en", "fr", "es", "sw", "hi"] {
        let text = fs::read_to_string(folder.join(format!("{lang}.jsonl"))).unwrap();
        let lines = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
        questions.extend(lines.take(10).map(|it| it["text"].as_str().unwrap().to_owned()));
    }
    assert_eq!(questions.len(), 50);
    questions
}

#[test]
fn two_builds_of_one_corpus_decide_alike() {
    let first = shipped_config();
    let second = Config {
        index: Path::new(env!("CARGO_TARGET_TMPDIR")).join("second-index"),
        ..first.clone()
    };
    let built = engine::build(&second).unwrap();
    let (one, other) = (Engine::open(first).unwrap(), Engine::open(&second).unwrap());
    for question in fifty_questions() {
        assert_eq!(reply(&one, &question), reply(&other, &question), "{question}");
    }
    assert_eq!(one.corpus_digest, other.corpus_digest);
    assert!(built.bytes > 0);
}

#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let home = Home::approved();
    home.build();
    let config = home.config();
    for file in files(&home.index()).iter().filter(|it| !it.ends_with("current")) {
        let sound = fs::read(file).unwrap();
        // Places from the first byte to the last, another bit at each.
        for at in 0..24 {
            let (place, bit) = (at * (sound.len() - 1) / 23, at % 8);
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << bit;
            fs::write(file, &bytes).unwrap();
            check_refused(&config, &format!("bit {bit} of byte {place} of {}", file.display()));
        }
        fs::write(file, &sound).unwrap();
    }
    Engine::open(&config).expect("mended, it opens");
}

#[test]
fn a_flipped_bit_in_the_pointer_never_leads_to_another_snapshot() {
    let home = Home::approved();
    home.build();
    let sound = Engine::open(&home.config()).unwrap().snapshot;
    let pointer = home.index().join("current");
    let bytes = fs::read(&pointer).unwrap();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1 << bit;
            fs::write(&pointer, &bytes).unwrap();
            // A digit in another case and another kind of space say the same.
            if Engine::open(&home.config()).ok().is_none_or(|it| it.snapshot != sound) {
                check_refused(&home.config(), &format!("bit {bit} of byte {place} of the pointer"));
            }
        }
    }
}

#[test]
fn a_file_cut_off_missing_or_grown_is_noticed() {
    let home = Home::approved();
    home.build();
    let config = home.config();
    for file in files(&home.index()) {
        let sound = fs::read(&file).unwrap();
        let name = file.display();
        for length in [0, 1, sound.len() / 2, sound.len() - 2] {
            fs::write(&file, &sound[..length]).unwrap();
            check_refused(&config, &format!("{name} cut off at {length}"));
        }
        fs::write(&file, [sound.as_slice(), b"x"].concat()).unwrap();
        check_refused(&config, &format!("{name} grown"));
        fs::remove_file(&file).unwrap();
        check_refused(&config, &format!("{name} missing"));
        fs::write(&file, &sound).unwrap();
    }
    Engine::open(&config).expect("mended, it opens");
}

#[test]
fn a_file_of_another_snapshot_is_noticed() {
    let (home, other) = (Home::approved(), Home::approved());
    home.build();
    other.edit("topics.toml", "Pills", "The pill");
    other.build();
    let name = |path: &Path| path.file_name().unwrap().to_owned();
    for file in files(&home.index()) {
        let theirs = files(&other.index()).into_iter().find(|it| name(it) == name(&file));
        let Some(theirs) = theirs else { continue };
        let sound = fs::read(&file).unwrap();
        let foreign = fs::read(theirs).unwrap();
        if foreign != sound {
            fs::write(&file, foreign).unwrap();
            check_refused(&home.config(), &format!("{} of another index", file.display()));
            fs::write(&file, sound).unwrap();
        }
    }
}

#[test]
fn a_damaged_index_is_mended_by_one_build() {
    let home = Home::approved();
    home.build();
    for file in files(&home.index()) {
        fs::write(&file, "x").unwrap();
    }
    check_refused(&home.config(), "everything overwritten");
    home.build();
    Engine::open(&home.config()).expect("built again, it opens");
}

#[test]
fn an_edit_makes_the_index_stale() {
    let home = Home::approved();
    home.build();
    let path = "topics.toml";
    let text = home.read(path);
    home.edit(path, "Pills", "The pill");
    check_refused(&home.config(), "another topic");
    home.write(path, &text);
    Engine::open(&home.config()).expect("the corpus is as it was built");
    home.write("entries/pills/C-01.toml", "");
    check_refused(&home.config(), "a new file");
    home.build();
    Engine::open(&home.config()).expect("built again, it opens");
    home.remove("entries/pills/C-01.toml");
    check_refused(&home.config(), "a removed file");
}

#[test]
fn no_index_is_a_missing_index() {
    let home = Home::approved();
    check_refused(&home.config(), "no index");
    fs::create_dir(home.index()).unwrap();
    check_refused(&home.config(), "an empty folder");
    fs::write(home.index().join("current"), "../snapshot-x sha256:0\n").unwrap();
    check_refused(&home.config(), "a pointer elsewhere");
}

#[test]
fn a_build_killed_at_any_moment_leaves_a_usable_index() {
    let home = Home::approved();
    let start = Instant::now();
    home.build();
    let whole = start.elapsed();
    let mut usable = Snapshot::open(&home.index()).unwrap().id;
    let mut killed = 0;
    let n_rounds = rounds(20);
    for round in 0..n_rounds {
        // Another day makes another snapshot, so that each build has something to switch to.
        let day = time::macros::date!(2026 - 12 - 01) + time::Duration::days(round.into());
        let day = day.to_string();
        let mut command = home.command_on(&day, &["build"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        busy_for(whole * round / n_rounds);
        child.kill().unwrap();
        killed += u32::from(wait(child, "a killed build").code.is_none());
        let opened = Snapshot::open(&home.index()).expect("what was usable stays usable");
        let switched = opened.manifest.built_for.to_string() == day;
        assert!(opened.id == usable || switched, "round {round}: neither the old nor the new");
        usable = opened.id;
    }
    assert!(killed > 5, "only {killed} builds were killed before their end");
    home.build();
    Engine::open(&home.config()).expect("a build after all that works");
    let is_snapshot = |it: &fs::DirEntry| it.file_name().to_string_lossy().starts_with("snapshot-");
    let left = fs::read_dir(home.index()).unwrap().filter(|it| is_snapshot(it.as_ref().unwrap()));
    assert!(left.count() <= 2, "killed builds leave their folders behind");
}

/// Works without sleeping, so that a build is hit at different places.
fn busy_for(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        hint::spin_loop();
    }
}

#[test]
fn builds_at_the_same_time_do_not_harm_each_other() {
    let home = Home::approved();
    for round in 0..5 {
        let children: Vec<_> = (0..3)
            .map(|it| {
                let day = format!("2026-12-{:02}", round * 3 + it + 1);
                let mut command = home.command_on(&day, &["build"]);
                command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        let done: Vec<_> = children.into_iter().map(|it| wait(it, "one of three builds")).collect();
        assert!(done.iter().any(|it| it.code == Some(0)), "none was built: {done:#?}");
        for done in done.iter().filter(|it| it.code != Some(0)) {
            assert_eq!(done.code, Some(2), "{done:#?}");
            assert!(done.stderr.contains("another process is building"), "{done:#?}");
        }
        Snapshot::open(&home.index()).expect("one of them is in use");
    }
}
