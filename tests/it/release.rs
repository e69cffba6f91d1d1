//! Releases: `publish` puts a snapshot into a folder or a bucket, servers follow a channel:
//!
//! 1. what is published is served by every server that follows the channel, and rolled back by one
//!    command, in a bucket of an S3 server as in a folder;
//! 2. a changed byte, a foreign signature, a record taken away, an older record put in the place of
//!    a newer one: refused, named in `/readyz`, and what was served is served on;
//! 3. a publisher killed at any moment leaves the channel at the old release or at the new one;
//! 4. of two who publish at once one is told so, and nothing is lost;
//! 5. what lies behind the published reviews, fits no corpus, or was not approved is not published;
//! 6. a server that cannot reach the depot starts with what it served last, and not without any.

use std::fs;
use std::hint;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sahihi::corpus::Digest;
use sahihi::release;
use serde_json::{Value, json};
use ureq::Agent;

use crate::connection::{Server, serve};
use crate::s3::{S3, s3};
use crate::support::{Done, Home, TODAY, finish, rounds, wait};

const PASSPHRASE: &str = "a long enough passphrase";
const PILLS: &str = "entries/pills/A-01.en.md";
/// A server that has not gone over to a release by then never will.
const DEADLINE: Duration = Duration::from_secs(60);

/// Who publishes: a corpus, a key, and where to.
struct Publisher {
    home: Home,
    place: String,
    trusted: String,
    store: Option<std::sync::Arc<S3>>,
}

impl Publisher {
    /// Publishes into a folder of its own.
    fn to_folder() -> Self {
        let home = Home::approved();
        let place = home.path("depot");
        Self::to(home, place, None)
    }

    /// Publishes into a bucket of its own.
    fn to_bucket() -> Self {
        let store = s3();
        let place = store.place();
        Self::to(Home::approved(), place, Some(store))
    }

    fn to(home: Home, place: String, store: Option<std::sync::Arc<S3>>) -> Self {
        home.build();
        let trusted = new_key(&home, "key");
        Self { home, place, trusted, store }
    }

    fn command(&self, key: &str, arguments: &[&str]) -> Command {
        let arguments =
            [&["publish", "--to", &self.place, "--key", key, "--json"], arguments].concat();
        let mut command = self.home.command_on(TODAY, &arguments);
        command.env("SAHIHI_PASSPHRASE", PASSPHRASE);
        if let Some(store) = &self.store {
            store.reach(&mut command);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        finish(self.command("key", arguments))
    }

    /// Publishes what stands in the corpus, or rolls back; returns the record.
    fn publish(&self, arguments: &[&str]) -> Value {
        let done = self.run(arguments);
        assert_eq!(done.code, Some(0), "{done:#?}");
        done.json()
    }

    /// Marks the answer on pills, approves and publishes it.
    fn publish_edition(&self, edition: u32) -> Value {
        let text = self.home.read(PILLS);
        let answer = format!("Take one pill now, edition {edition}.");
        let line = text.lines().find(|it| it.starts_with("Take one pill now")).unwrap();
        let line = line.split_inclusive('.').next().unwrap();
        self.home.edit(PILLS, line, &answer);
        self.home.approve("amina", "entry/A-01/en");
        self.home.build();
        self.publish(&[])
    }

    /// A server that follows the channel, in a home without corpus or index.
    fn follower(&self) -> Server {
        self.follower_in(Home::unapproved())
    }

    fn follower_in(&self, home: Home) -> Server {
        Server::with_command(self.following(&home, &[]), home)
    }

    fn following(&self, home: &Home, arguments: &[&str]) -> Command {
        drop(fs::remove_dir_all(home.corpus()));
        let follow = ["--follow", &self.place, "--trust-key", &self.trusted];
        let mut command = home.command_on(TODAY, &serve(&[&follow, arguments].concat()));
        if let Some(store) = &self.store {
            store.reach(&mut command);
        }
        command
    }

    /// The record of a number, in a folder.
    fn record(&self, number: u32) -> String {
        format!("{}/channels/stable/{number:08}.json", self.place)
    }
}

/// Makes a key file; returns the public key.
fn new_key(home: &Home, name: &str) -> String {
    let mut command = home.command_on(TODAY, &["publish", "--new-key", name, "--json"]);
    let done = finish(std::mem::replace(
        command.env("SAHIHI_PASSPHRASE", PASSPHRASE),
        Command::new("true"),
    ));
    assert_eq!(done.code, Some(0), "{done:#?}");
    done.json()["public"].as_str().unwrap().to_owned()
}

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false);
    config.timeout_global(Some(DEADLINE)).build().into()
}

fn ready(server: &Server) -> Value {
    agent().get(server.url("/readyz")).call().unwrap().body_mut().read_json().unwrap()
}

/// The answer on pills.
fn answer(server: &Server) -> String {
    let request = json!({ "question": "i forgot my pill yesterday", "language": "en" });
    let mut response = agent().post(server.url("/v1/search")).send_json(request).unwrap();
    let reply: Value = response.body_mut().read_json().unwrap();
    reply["answer"]["text"].as_str().unwrap_or_else(|| panic!("{reply:#}")).to_owned()
}

/// Lets the server look at the channel now.
fn look(server: &Server) -> (u16, Value) {
    let mut response = agent().post(server.url("/v1/admin/reload")).send_empty().unwrap();
    (response.status().as_u16(), response.body_mut().read_json().unwrap())
}

/// Expects a look at the channel to be refused, and the answer to stay.
fn check_refused(server: &Server, what: &str, why: &str) {
    let before = answer(server);
    let (status, body) = look(server);
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("corpus-refused")),
        "{what}: {body:#}"
    );
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains(why), "{what}: {message}");
    let ready = ready(server);
    assert_eq!(ready["status"], "ready", "{what}");
    assert_eq!(ready["following"]["ok"], false, "{what}: {ready:#}");
    assert_eq!(ready["last_reload"]["outcome"], "refused", "{what}: {ready:#}");
    assert_eq!(answer(server), before, "{what}");
}

/// Publishes twice and rolls back under the eyes of two servers.
fn check_two_servers(publisher: &Publisher) {
    let first = publisher.publish(&[]);
    assert_eq!((&first["number"], &first["kind"]), (&json!(1), &json!("publish")), "{first:#}");
    let servers = [publisher.follower(), publisher.follower()];
    for server in &servers {
        assert_eq!(ready(server)["snapshot"], first["snapshot"]);
        assert!(answer(server).starts_with("Take one pill now. Then"));
    }
    let second = publisher.publish_edition(2);
    for server in &servers {
        assert_eq!(look(server).0, 200);
        let ready = ready(server);
        assert_eq!(ready["snapshot"], second["snapshot"], "{ready:#}");
        let following = json!({ "channel": "stable", "release": 2, "ok": true });
        assert_eq!(ready["following"], following, "{ready:#}");
        assert!(answer(server).starts_with("Take one pill now, edition 2."));
    }
    let third = publisher.publish(&["--rollback"]);
    assert_eq!((&third["number"], &third["kind"]), (&json!(3), &json!("rollback")), "{third:#}");
    assert_eq!(third["snapshot"], first["snapshot"]);
    for server in &servers {
        assert_eq!(look(server).0, 200);
        assert!(answer(server).starts_with("Take one pill now. Then"), "rolled back");
    }
    let mut list =
        publisher.home.command_on(TODAY, &["publish", "--list", "--to", &publisher.place]);
    if let Some(store) = &publisher.store {
        store.reach(&mut list);
    }
    let list = finish(list);
    assert_eq!(list.stdout.lines().count(), 3, "{list:#?}");
    let served = list.stdout.lines().next().unwrap();
    assert!(served.contains("rollback") && served.ends_with("<- served"), "{list:#?}");
    // A server that went back starts again, and goes on with what comes next.
    let [server, _] = servers;
    let again = publisher.follower_in(server.stop());
    assert!(answer(&again).starts_with("Take one pill now. Then"));
    let done = publisher.run(&["--rollback"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("nothing to roll back to"), "{done:#?}");
    publisher.publish_edition(3);
    assert_eq!(look(&again).0, 200);
    assert!(answer(&again).starts_with("Take one pill now, edition 3."));
}

#[test]
fn two_servers_follow_a_channel_of_a_bucket() {
    check_two_servers(&Publisher::to_bucket());
}

#[test]
fn two_servers_follow_a_channel_of_a_folder() {
    check_two_servers(&Publisher::to_folder());
}

#[test]
fn a_server_looks_at_the_channel_by_itself() {
    let publisher = Publisher::to_folder();
    publisher.publish(&[]);
    let home = Home::unapproved();
    let command = publisher.following(&home, &["--set", "follow.every_seconds=1"]);
    let server = Server::with_command(command, home);
    let next = publisher.publish_edition(2);
    let start = Instant::now();
    while ready(&server)["snapshot"] != next["snapshot"] {
        assert!(start.elapsed() < DEADLINE, "{:#}", ready(&server));
    }
    let last = ready(&server)["last_reload"].clone();
    assert_eq!((&last["cause"], &last["outcome"]), (&json!("channel"), &json!("reloaded")));
    let metrics = agent().get(server.url("/metrics")).call().unwrap().body_mut().read_to_string();
    let metrics = metrics.unwrap();
    for line in ["sahihi_follow_up 1", "sahihi_follow_release 2"] {
        assert!(metrics.lines().any(|it| it == line), "{line}: {metrics}");
    }
}

#[test]
fn a_changed_byte_is_refused_and_mended_by_publishing_again() {
    let publisher = Publisher::to_folder();
    publisher.publish(&[]);
    let server = publisher.follower();
    let second = publisher.publish_edition(2);
    let home = publisher.home.index();
    let current = fs::read_to_string(home.join("current")).unwrap();
    let snapshot = home.join(current.split(' ').next().unwrap());
    for file in fs::read_dir(snapshot).unwrap().map(|it| it.unwrap().path()) {
        let mut bytes = fs::read(&file).unwrap();
        let digest = Digest::of(&bytes).to_string();
        let blob = format!("{}/blobs/{}", publisher.place, digest.trim_start_matches("sha256:"));
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let name = file.display();
        fs::write(&blob, &bytes).unwrap();
        check_refused(&server, &format!("a bit of {name}"), "is not what was published");
        fs::write(&blob, &bytes[..middle]).unwrap();
        check_refused(&server, &format!("half of {name}"), "is not what was published");
        fs::remove_file(&blob).unwrap();
        check_refused(&server, &format!("no {name}"), "is not what was published");
        let again = publisher.publish(&[]);
        assert_eq!(again, second, "nothing new, but written anew");
    }
    assert_eq!(look(&server).0, 200);
    assert!(answer(&server).starts_with("Take one pill now, edition 2."));
}

#[test]
fn a_foreign_signature_is_refused() {
    let publisher = Publisher::to_folder();
    publisher.publish(&[]);
    let server = publisher.follower();
    new_key(&publisher.home, "other");
    publisher.home.edit("topics.toml", "Pills", "The pill");
    publisher.home.approve("amina", "all");
    publisher.home.build();
    let done = finish(publisher.command("other", &[]));
    assert_eq!(done.code, Some(0), "{done:#?}");
    check_refused(&server, "another key", "is not known here");
    // The same, said to be by the trusted key.
    let mut record: Value =
        serde_json::from_str(&fs::read_to_string(publisher.record(2)).unwrap()).unwrap();
    record["key"] = json!(publisher.trusted);
    fs::write(publisher.record(2), record.to_string()).unwrap();
    check_refused(&server, "a borrowed name", "signature does not hold");
    let done = publisher.run(&["--rollback"]);
    assert_eq!(done.code, Some(2), "what another signed is not gone back from unseen: {done:#?}");
    let home = Home::unapproved();
    let done = finish(publisher.following(&home, &[]));
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("signature does not hold"), "{done:#?}");
}

#[test]
fn an_older_release_is_not_served_again_without_a_rollback() {
    let publisher = Publisher::to_folder();
    publisher.publish(&[]);
    publisher.publish_edition(2);
    let server = publisher.follower();
    let second = fs::read(publisher.record(2)).unwrap();
    fs::remove_file(publisher.record(2)).unwrap();
    check_refused(&server, "the newest taken away", "is at release 1, 2 was served");
    fs::copy(publisher.record(1), publisher.record(2)).unwrap();
    check_refused(&server, "an old one under a new number", "it is release 1");
    fs::copy(publisher.record(1), publisher.record(3)).unwrap();
    check_refused(&server, "an old one as the next", "it is release 1");
    fs::remove_file(publisher.record(3)).unwrap();
    fs::write(publisher.record(2), "{\"format\":").unwrap();
    check_refused(&server, "half a record", "is not what was published");
    fs::remove_dir_all(&publisher.place).unwrap();
    check_refused(&server, "no depot", "cannot be used");
    fs::create_dir_all(Path::new(&publisher.record(2)).parent().unwrap()).unwrap();
    fs::write(publisher.record(2), second).unwrap();
    assert_eq!(look(&server).0, 200, "as it was, with nothing to fetch");
    // Nor by a server that starts again.
    fs::remove_file(publisher.record(2)).unwrap();
    let again = publisher.follower_in(server.stop());
    assert!(answer(&again).starts_with("Take one pill now, edition 2."));
    check_refused(&again, "after a restart", "2 was served from here");
}

#[test]
fn a_publisher_killed_at_any_moment_leaves_a_whole_release() {
    let publisher = Publisher::to_bucket();
    let start = Instant::now();
    publisher.publish(&[]);
    let whole = start.elapsed();
    let server = publisher.follower();
    let mut killed = 0;
    let n_rounds = rounds(8);
    for round in 0..n_rounds {
        let text = publisher.home.read("topics.toml");
        let named = text.replacen("Pills", &format!("Pills {round}"), 1);
        publisher.home.write("topics.toml", named);
        publisher.home.build();
        let before = ready(&server)["snapshot"].clone();
        let mut command = publisher.command("key", &[]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (spin, at) = (Instant::now(), whole * round / n_rounds);
        while spin.elapsed() < at {
            hint::spin_loop();
        }
        child.kill().unwrap();
        killed += u32::from(wait(child, "a killed publisher").code.is_none());
        let (status, body) = look(&server);
        assert_eq!(status, 200, "round {round}: {body:#}");
        let after = ready(&server)["snapshot"].clone();
        let own = fs::read_to_string(publisher.home.index().join("current")).unwrap();
        let is_new = own.trim_end().ends_with(after.as_str().unwrap());
        assert!(after == before || is_new, "round {round}: neither the old nor the new");
    }
    assert!(killed > 3, "only {killed} were killed before their end");
    let last = publisher.publish(&[]);
    assert_eq!(look(&server).0, 200);
    assert_eq!(ready(&server)["snapshot"], last["snapshot"]);
}

#[test]
fn of_two_who_publish_at_once_none_is_lost() {
    let publisher = Publisher::to_bucket();
    publisher.publish(&[]);
    publisher.publish_edition(2);
    let before = 2;
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = publisher.command("key", &["--rollback"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let done: Vec<_> = children.into_iter().map(|it| wait(it, "one of four")).collect();
    let n_done = done.iter().filter(|it| it.code == Some(0)).count();
    assert!(n_done > 0, "{done:#?}");
    for done in done.iter().filter(|it| it.code != Some(0)) {
        let told = ["published to the channel", "nothing to roll back to"];
        assert!(told.iter().any(|it| done.stderr.contains(it)), "{done:#?}");
    }
    let mut list = publisher
        .home
        .command_on(TODAY, &["publish", "--list", "--to", &publisher.place, "--json"]);
    publisher.store.as_ref().unwrap().reach(&mut list);
    let list = finish(list).json();
    assert_eq!(list["releases"].as_array().unwrap().len(), before + n_done, "{list:#}");
}

#[test]
fn what_may_not_be_served_is_not_published() {
    let publisher = Publisher::to_folder();
    let refused = |publisher: &Publisher, why: &str| {
        let done = publisher.run(&[]);
        assert_eq!(done.code, Some(2), "{why}: {done:#?}");
        let said: String = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(why), "{said}");
    };
    publisher.publish_edition(2);
    let (log, heads) =
        (publisher.home.read("reviews/amina.jsonl"), publisher.home.read("reviews/HEADS"));
    publisher.home.edit(PILLS, "edition 2", "edition 3");
    refused(&publisher, "the corpus has changed");
    publisher.home.edit(PILLS, "edition 3", "edition 2");
    // The log without its last decision: somebody takes a revocation back.
    let done =
        publisher.home.run(&["review", "revoke", "entry/A-01/sw", "--by", "amina", "--note", "x"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    publisher.home.build();
    publisher.publish(&[]);
    publisher.home.write("reviews/amina.jsonl", log);
    publisher.home.write("reviews/HEADS", heads);
    fs::remove_dir_all(publisher.home.index()).unwrap();
    publisher.home.build();
    refused(&publisher, "something was taken back");
    let done = publisher.home.run(&["publish", "--list", "--to", "https://example.org/x"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("is no place for releases"), "{done:#?}");
    let done = publisher.run(&["--channel", "../stable"]);
    assert!(done.stderr.contains("is no name of a channel"), "{done:#?}");
    let server = Home::unapproved();
    let done = server.run(&["serve", "--addr", "127.0.0.1:0", "--follow", &publisher.place]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("--trust-key"), "{done:#?}");
}

#[test]
fn a_server_starts_with_what_it_served_last() {
    let publisher = Publisher::to_folder();
    publisher.publish(&[]);
    let home = publisher.follower().stop();
    let away = format!("{}-away", publisher.place);
    fs::rename(&publisher.place, &away).unwrap();
    let server = publisher.follower_in(home);
    assert!(answer(&server).starts_with("Take one pill now. Then"));
    assert_eq!(
        ready(&server)["following"],
        json!({ "channel": "stable", "release": null, "ok": false })
    );
    fs::rename(&away, &publisher.place).unwrap();
    assert_eq!(look(&server).0, 200);
    assert_eq!(ready(&server)["following"]["ok"], true);
    fs::rename(&publisher.place, &away).unwrap();
    let home = Home::unapproved();
    let done = finish(publisher.following(&home, &[]));
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("cannot be used"), "{done:#?}");
}

#[test]
fn the_library_shows_the_history_of_a_channel() {
    let publisher = Publisher::to_folder();
    publisher.publish(&["--channel", "beta"]);
    let history = release::history(&publisher.place, "beta").unwrap();
    assert_eq!(history.len(), 1);
    assert!(release::history(&publisher.place, "stable").unwrap().is_empty());
}
