//! What goes wrong around the program: nothing that was acknowledged is lost, it starts again, and
//! it says what to do:
//!
//! 1. killed during writes to the database and during a reload (during a build: `snapshot`, a
//!    publish: `release`); 100 rounds each with `SLOW_TESTS=1`;
//! 2. a full disk and folders that are read-only, for build, state and follower;
//! 3. an index that was damaged while the server was down;
//! 4. a clock that is set forward and back.

use std::fs;
use std::hint;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sahihi::config::Settings;
use sahihi::service::store::Store;
use serde_json::{Value, json};
use ureq::Agent;

use crate::connection::{Server, serve};
use crate::http::{agent, body, post_to};
use crate::support::{Done, Home, TODAY, finish, rounds, until};

fn search(server: &Server) -> Value {
    let request = json!({ "question": "i forgot my pill yesterday", "language": "en" });
    let response = post_to(server, "/v1/search", &request);
    assert_eq!(response.status(), 200);
    body(response)
}

fn ready(server: &Server) -> Value {
    body(agent().get(server.url("/readyz")).call().unwrap())
}

fn feedback(server: &Server, id: &Value) -> u16 {
    let request = json!({ "query_id": id, "helpful": true, "entry": "A-01" });
    post_to(server, "/v1/feedback", &request).status().as_u16()
}

/// Works without sleeping, so that the program is hit at different places.
fn busy_for(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        hint::spin_loop();
    }
}

/// Feedback on an entry that is in the database of a home.
fn kept(home: &Home) -> u64 {
    let mut settings = Settings::default();
    settings.state.dir = home.folder().join(".sahihi");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let counts = runtime.block_on(async {
        let store = Store::open_now(&settings).await?;
        let counts = store.feedback_counts("A-01", 0).await;
        store.close().await;
        counts
    });
    u64::try_from(counts.unwrap().0).unwrap()
}

/// Sends a request; `None` when the server went away before it had answered.
fn try_send(agent: &Agent, url: &str, request: &Value) -> Option<(u16, Value)> {
    let mut response = agent.post(url).send_json(request).ok()?;
    let text = response.body_mut().read_to_string().ok()?;
    Some((response.status().as_u16(), serde_json::from_str(&text).unwrap_or_default()))
}

#[test]
fn what_was_acknowledged_before_a_kill_is_kept() {
    let mut home = Home::approved();
    home.build();
    let acknowledged = AtomicU64::new(0);
    let mut conversation: Option<Value> = None;
    for round in 0..rounds(5) {
        let mut server = Server::on(home);
        if let Some(session) = &conversation {
            let url = server.url("/v1/chat");
            let request = json!({ "session": session, "text": "1" });
            let (status, reply) = try_send(&agent(), &url, &request).unwrap();
            assert_eq!((status, &reply["session"]), (200, session), "round {round}: {reply:#}");
        }
        let (url_of_search, url_of_feedback) =
            (server.url("/v1/search"), server.url("/v1/feedback"));
        let url_of_chat = server.url("/v1/chat");
        let question = json!({ "question": "i forgot my pill yesterday", "language": "en" });
        conversation = thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let agent = agent();
                    while let Some((200, reply)) = try_send(&agent, &url_of_search, &question) {
                        let said =
                            json!({ "query_id": reply["query_id"], "helpful": true, "entry": "A-01" });
                        match try_send(&agent, &url_of_feedback, &said) {
                            Some((204, _)) => acknowledged.fetch_add(1, Ordering::Relaxed),
                            Some(other) => panic!("{other:?}"),
                            None => break,
                        };
                    }
                });
            }
            let talk = scope.spawn(|| {
                let (agent, mut last) = (agent(), None);
                while let Some((200, reply)) =
                    try_send(&agent, &url_of_chat, &json!({ "text": "menu" }))
                {
                    last = Some(reply["session"].clone());
                }
                last
            });
            busy_for(Duration::from_millis(30 + 41 * (u64::from(round) % 10)));
            server.kill();
            talk.join().unwrap()
        });
        home = std::mem::replace(&mut server.home, Home::unapproved());
        let (kept, said) = (kept(&home), acknowledged.load(Ordering::Relaxed));
        assert!(kept >= said, "round {round}: {said} were acknowledged, {kept} are kept");
        assert!(kept <= said + 3 * u64::from(round + 1), "round {round}: some are kept twice");
    }
    assert!(acknowledged.load(Ordering::Relaxed) > 20, "hardly anything was acknowledged");
}

#[test]
fn a_server_killed_during_a_reload_starts_again() {
    let mut home = Home::approved();
    home.build();
    let start = Instant::now();
    home.build();
    let whole = start.elapsed();
    let n_rounds = rounds(6);
    for round in 0..n_rounds {
        let mut server = Server::on(home);
        let text = server.home.read("topics.toml");
        let from = text.lines().find(|it| it.starts_with("names")).unwrap().to_owned();
        let to = format!("names = {{ en = \"Pills {round}\", sw = \"Vidonge\" }}");
        server.home.write("topics.toml", text.replacen(&from, &to, 1));
        let url = server.url("/v1/admin/reload");
        thread::scope(|scope| {
            scope.spawn(|| drop(agent().post(&url).send_empty()));
            busy_for(whole * round / n_rounds);
            server.kill();
        });
        home = std::mem::replace(&mut server.home, Home::unapproved());
        let again = Server::on(home);
        assert_eq!(search(&again)["answer"]["entry"], "A-01", "round {round}");
        home = again.stop();
    }
}

/// The program on a disk that takes no file larger than that; a write beyond fails.
fn on_a_full_disk(home: &Home, kilobytes: u32, arguments: &[&str]) -> Command {
    let inner = home.command_on(TODAY, arguments);
    let mut command = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -S -f {kilobytes}; exec \"$@\"");
    command.args(["-c", &script, "bash"]).arg(inner.get_program()).args(inner.get_args());
    command.current_dir(home.folder()).env("NO_COLOR", "1");
    command
}

/// The program as somebody who may read everything in a home and write nothing.
fn read_only(home: &Home, arguments: &[&str]) -> Command {
    let inner = home.command_on(TODAY, arguments);
    let modes = Command::new("chmod").args(["-R", "a+rX,a-w"]).arg(home.folder()).status();
    assert!(modes.unwrap().success());
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(inner.get_program());
        command
    } else {
        Command::new(inner.get_program())
    };
    command.args(inner.get_args()).current_dir(home.folder()).env("NO_COLOR", "1");
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn check_says(done: &Done, words: &[&str]) {
    assert_eq!(done.code, Some(2), "{done:#?}");
    let said = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    words.iter().for_each(|it| assert!(said.contains(it), "`{it}` is not in: {said}"));
}

#[test]
fn a_build_on_a_full_disk_leaves_the_last_index() {
    let home = Home::approved();
    home.build();
    let before = fs::read_to_string(home.index().join("current")).unwrap();
    home.edit("topics.toml", "Pills", "The pill");
    let done = finish(on_a_full_disk(&home, 4, &["build"]));
    check_says(&done, &["cannot write", "is the disk full or read-only?"]);
    assert_eq!(fs::read_to_string(home.index().join("current")).unwrap(), before);
    let publish = ["publish", "--new-key", "key"];
    let mut command = on_a_full_disk(&home, 0, &publish);
    command.env("SAHIHI_PASSPHRASE", "a long enough passphrase");
    check_says(&finish(command), &["cannot write the key file"]);
    home.build();
    assert_eq!(search(&Server::on(home))["answer"]["entry"], "A-01");
}

#[test]
fn with_a_full_disk_search_goes_on_and_feedback_is_taken_again_when_there_is_room() {
    let home = Home::approved();
    home.build();
    // With room for the tables, and no more.
    let home = Server::on(home).stop();
    let size = fs::metadata(home.folder().join(".sahihi/state.db")).unwrap().len();
    let kilobytes = u32::try_from(size / 1024).unwrap() + 8;
    let command = on_a_full_disk(&home, kilobytes, &serve(&[]));
    let server = Server::with_command(command, home);
    until("the disk never gets full", || {
        let id = search(&server)["query_id"].clone();
        feedback(&server, &id) == 503
    });
    assert_eq!(ready(&server)["state"], "away");
    assert_eq!(search(&server)["answer"]["entry"], "A-01");
    let id = server.id().to_string();
    let more = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited"]).status();
    assert!(more.unwrap().success());
    until("it never comes back", || ready(&server)["state"] == "ok");
    let id = search(&server)["query_id"].clone();
    assert_eq!(feedback(&server, &id), 204);
    assert!(kept(&server.stop()) > 0);
}

#[test]
fn a_read_only_folder_is_named() {
    let home = Home::approved();
    check_says(&finish(read_only(&home, &["build"])), &["cannot write", "read-only"]);
}

#[test]
fn an_index_in_a_read_only_folder_is_served() {
    let home = Home::approved();
    home.build();
    let command = read_only(&home, &serve(&[]));
    let server = Server::with_command(command, home);
    assert_eq!(search(&server)["answer"]["entry"], "A-01");
    assert_eq!(ready(&server)["state"], "away");
}

/// The files of the snapshot in use, in the order of their kinds; names differ from build to build.
fn files(home: &Home) -> Vec<PathBuf> {
    let current = fs::read_to_string(home.index().join("current")).unwrap();
    let snapshot = home.index().join(current.split(' ').next().unwrap());
    let mut files: Vec<PathBuf> =
        fs::read_dir(snapshot).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort_by_key(|it| (it.extension().map(ToOwned::to_owned), it.clone()));
    files
}

#[test]
fn an_index_that_was_damaged_is_mended_at_the_start() {
    let mut home = Home::approved();
    home.build();
    let n_files = files(&home).len();
    assert!(n_files > 5, "corpus, knowledge, manifest and a segment of several files");
    for nth in 0..n_files {
        let damages: [fn(&mut Vec<u8>); 2] = [
            |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
            },
            |bytes| bytes.truncate(bytes.len() / 2),
        ];
        for damage in damages {
            let file = files(&home)[nth].clone();
            let mut bytes = fs::read(&file).unwrap();
            damage(&mut bytes);
            fs::write(&file, &bytes).unwrap();
            let server = Server::on(home);
            assert_eq!(search(&server)["answer"]["entry"], "A-01", "{}", file.display());
            home = server.stop();
        }
    }
}

/// The library that tells a program another time, from the Debian package `faketime`.
fn faketime() -> String {
    let found = fs::read_dir("/usr/lib").unwrap().flatten().find_map(|it| {
        let library = it.path().join("faketime/libfaketime.so.1");
        library.exists().then(|| library.to_str().unwrap().to_owned())
    });
    found.expect("no libfaketime: apt-get install faketime")
}

#[test]
fn a_clock_that_is_set_takes_nothing_away_for_good() {
    let home = Home::approved();
    home.build();
    let clock = home.path("clock");
    let set = |time: &str| {
        fs::write(format!("{clock}.new"), format!("@{time}\n")).unwrap();
        fs::rename(format!("{clock}.new"), &clock).unwrap();
    };
    set("2026-11-22 06:00:00");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
    command.current_dir(home.folder()).args(serve(&[])).env("NO_COLOR", "1").env("TZ", "UTC");
    command.env("LD_PRELOAD", faketime()).env("FAKETIME_TIMESTAMP_FILE", &clock);
    command.env("FAKETIME_NO_CACHE", "1").env("DONT_FAKE_MONOTONIC", "1");
    let server = Server::with_command(command, home);
    let chat = |request: &Value| body(post_to(&server, "/v1/chat", request));
    let first = search(&server);
    assert_eq!(first["answer"]["entry"], "A-01", "{first:#}");
    assert_eq!(feedback(&server, &first["query_id"]), 204);
    let session = chat(&json!({ "text": "menu" }))["session"].clone();
    // Past the last day of every approval.
    set("2031-01-01 06:00:00");
    let later = search(&server);
    assert_eq!(later["answer"], Value::Null, "{later:#}");
    assert_eq!(ready(&server)["state"], "ok");
    for time in ["2026-11-22 06:00:10", "2001-01-01 00:00:00", "2026-11-22 06:00:20"] {
        set(time);
        let reply = search(&server);
        assert_eq!(reply["answer"]["entry"], "A-01", "{time}: {reply:#}");
        assert_eq!(feedback(&server, &reply["query_id"]), 204, "{time}");
    }
    let reply = chat(&json!({ "session": session, "text": "menu" }));
    assert_eq!(reply["session"], session, "the conversation is still there");
    assert_eq!(kept(&server.stop()), 4);
}
