//! Approvals that hold: signatures, policy, and logs that cannot be taken back:
//!
//! 1. a signed approval counts where the policy asks for one, an unsigned one does not;
//! 2. a log that was tampered with is named with file and line, also when its digests and `HEADS`
//!    were made to fit;
//! 3. logs shorter than what was served are refused, and what was served stays;
//! 4. a withdrawn key takes back what was signed with it, and nothing else breaks;
//! 5. the policy says how many of which roles approve, and how long that holds;
//! 6. a key file opens with its passphrase only, is private, and never lies in the corpus;
//! 7. the work of two reviewers merges in git.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sahihi::corpus::{Digest, PrivateKey, ReviewLine, log_origin};
use sahihi::engine::Engine;
use serde_json::Value;

use crate::support::{Done, Home, TODAY, UNTIL, finish};

const EN: &str = "entries/pills/A-01.en.md";
const LOG: &str = "reviews/amina.jsonl";
const HEADS: &str = "reviews/HEADS";
const PASSPHRASE: &str = "four plain words together";

/// A corpus whose policy asks for signatures, with a key for Amina.
struct Signed {
    home: Home,
    key: PathBuf,
}

impl Signed {
    /// Nothing is approved yet.
    fn new() -> Self {
        let home = Home::unapproved();
        let corpus = home.read("corpus.toml");
        home.write("corpus.toml", format!("{corpus}\n[review]\nsignatures = \"required\"\n"));
        let key = home.corpus().join("../amina.key");
        let signed = Self { home, key };
        let public = signed.new_key("amina", &signed.key);
        signed.home.edit(
            "reviewers.toml",
            "id = \"amina\"",
            &format!("id = \"amina\"\nkeys = [\"{public}\"]"),
        );
        signed
    }

    fn approved() -> Self {
        let signed = Self::new();
        let done = signed.approve("all");
        assert_eq!(done.code, Some(0), "{done:#?}");
        signed
    }

    /// Makes a key and returns the public part.
    fn new_key(&self, by: &str, file: &Path) -> String {
        let file = file.to_str().unwrap();
        let done = self.run(&["review", "key", "new", "--by", by, "--out", file, "--json"]);
        assert_eq!(done.code, Some(0), "{done:#?}");
        done.json()["public"].as_str().unwrap().to_owned()
    }

    fn approve(&self, units: &str) -> Done {
        let key = self.key.to_str().unwrap();
        self.run(&["review", "approve", units, "--by", "amina", "--until", UNTIL, "--key", key])
    }

    /// Runs a command with the passphrase in the environment.
    fn run(&self, arguments: &[&str]) -> Done {
        let mut command = self.home.command_on(TODAY, arguments);
        command.env("SAHIHI_PASSPHRASE", PASSPHRASE);
        finish(command)
    }

    /// Writes a log of these lines with digests and `HEADS` that fit, as a skilled hand would.
    fn forge(&self, lines: &[ReviewLine]) {
        let mut prev = log_origin("amina");
        let mut text = String::new();
        for line in lines {
            let line = serde_json::to_string(&ReviewLine { prev, ..line.clone() }).unwrap();
            prev = Digest::of(line.as_bytes());
            text.push_str(&line);
            text.push('\n');
        }
        self.home.write(LOG, text);
        self.home.write(HEADS, format!("amina {} {prev}\n", lines.len()));
    }

    fn lines(&self) -> Vec<ReviewLine> {
        self.home.read(LOG).lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

/// Code, file and line of every error.
fn errors(home: &Home) -> Vec<(String, String, u64)> {
    let report = home.check();
    let problems = report["problems"].as_array().unwrap().iter();
    problems
        .filter(|it| it["severity"] == "error")
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap().to_owned();
            (text("code"), text("file"), it["line"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn only_a_signed_approval_counts_where_the_policy_asks_for_it() {
    let signed = Signed::new();
    let home = &signed.home;
    let unsigned = home.run(&["review", "approve", "all", "--by", "amina", "--until", UNTIL]);
    assert_eq!(unsigned.code, Some(2), "{unsigned:#?}");
    assert!(unsigned.stderr.contains("--key"), "{unsigned:#?}");
    assert_eq!(signed.approve("all").code, Some(0));
    assert_eq!(home.unserved(), []);
    let lines = signed.lines();
    assert!(lines.iter().all(|it| it.sig.starts_with("ed25519:")), "{lines:#?}");
    let stripped = lines.iter().find(|it| it.unit == "entry/A-01/en").unwrap();
    signed.forge(&[ReviewLine { sig: String::new(), ..stripped.clone() }]);
    let reasons = home.unserved();
    let reason = &reasons.iter().find(|it| it.0 == "entry/A-01/en").unwrap().1;
    assert!(reason.contains("without a signature"), "{reason}");
}

#[test]
fn what_was_signed_cannot_be_altered_even_with_fitting_digests() {
    let signed = Signed::approved();
    assert_eq!(errors(&signed.home), []);
    let lines = signed.lines();
    let other = PrivateKey::from_seed(&[9; 32]);
    let with = |change: &dyn Fn(&mut Vec<ReviewLine>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        lines
    };
    let day = |text: &str| sahihi::corpus::day::parse(text).unwrap();
    for (damage, forged, line) in [
        ("a later last day", with(&|it| it[2].until = day("2090-01-01")), 3),
        ("another note", with(&|it| it[0].note = "checked twice".to_owned()), 1),
        ("a line removed", with(&|it| drop(it.remove(3))), 4),
        ("two lines swapped", with(&|it| it.swap(4, 5)), 5),
        ("another unit", with(&|it| it[1].unit = "message/menu/en".to_owned()), 2),
        ("a phrasing added", with(&|it| it[0].phrasings.push(Digest::of(b"x"))), 1),
        (
            "a foreign key",
            with(&|it| {
                let mut line = it[it.len() - 1].clone();
                line.prev = Digest::of(serde_json::to_string(&line).unwrap().as_bytes());
                line.sig = other.sign(&line.signed_text());
                it.push(line);
            }),
            lines.len() as u64 + 1,
        ),
        ("no signature at all", with(&|it| it[0].sig = "ed25519:AAAA".to_owned()), 1),
    ] {
        signed.forge(&forged);
        let found = errors(&signed.home);
        let wanted = ("bad-signature".to_owned(), format!("corpus/{LOG}"), line);
        assert!(found.contains(&wanted), "{damage}: wanted {wanted:?}, found {found:#?}");
        assert_eq!(signed.home.run(&["build"]).code, Some(1), "{damage} was built");
    }
    signed.forge(&lines);
    assert_eq!(errors(&signed.home), [], "forged as it was, it is the same");
}

#[test]
fn a_kept_text_that_was_altered_is_named() {
    let home = Home::unapproved();
    home.approve("amina", "all");
    let path = "reviews/amina.texts.jsonl";
    let texts = home.read(path);
    let line = texts.lines().position(|it| it.contains("Take one pill now")).unwrap() as u64 + 1;
    home.write(path, texts.replacen("Take one pill now", "Take two pills now", 1));
    assert_eq!(errors(&home), [("broken-log".to_owned(), format!("corpus/{path}"), line)]);
}

#[test]
fn logs_shorter_than_what_was_served_are_refused_and_the_last_index_stays() {
    let home = Home::approved();
    let question = "i forgot my pill yesterday";
    home.build();
    let (log, heads) = (home.read(LOG), home.read(HEADS));
    let revoked = ["review", "revoke", "entry/A-01/en", "--by", "amina", "--note", "wrong dose"];
    assert_eq!(home.run(&revoked).code, Some(0));
    let ask = || home.run(&["ask", question, "--lang", "en", "--json"]);
    let reply = ask();
    assert!(!reply.stdout.contains("Take one pill"), "revoked and still given: {reply:#?}");
    let served = Engine::open(&home.config()).unwrap().snapshot;
    // Cut off the revocation and make HEADS fit: within the corpus nothing shows.
    home.write(LOG, &log);
    home.write(HEADS, &heads);
    let found = errors(&home);
    assert_eq!(found, [("rolled-back".to_owned(), format!("corpus/{HEADS}"), 1)]);
    let built = home.run(&["build"]);
    assert_eq!(built.code, Some(1), "{built:#?}");
    let reply = ask();
    assert!(!reply.stdout.contains("Take one pill"), "what was revoked returned: {reply:#?}");
    assert!(reply.stderr.contains("the last index stays"), "{reply:#?}");
    // An index built elsewhere from the shortened log is refused too.
    let elsewhere = home.index().with_file_name("elsewhere");
    let config = sahihi::config::Config { index: elsewhere.clone(), ..home.config() };
    sahihi::engine::build(&config).unwrap();
    for item in fs::read_dir(home.index()).unwrap() {
        let path = item.unwrap().path();
        if path.file_name().unwrap() != "served.json" {
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap()
            } else {
                fs::remove_file(path).unwrap()
            }
        }
    }
    let copied = Command::new("cp").arg("-r").arg(elsewhere.join(".")).arg(home.index()).status();
    assert!(copied.unwrap().success());
    let error = Engine::open(&home.config()).map(|it| it.snapshot).unwrap_err();
    assert!(error.to_string().contains("the log of amina has"), "{error}");
    assert_ne!(served, Digest::default());
    // Begun anew on purpose: the marks are deleted by hand.
    fs::remove_file(home.index().join("served.json")).unwrap();
    assert_eq!(errors(&home), []);
}

#[test]
fn a_longer_log_with_another_beginning_is_refused() {
    let home = Home::approved();
    home.build();
    Engine::open(&home.config()).unwrap();
    for file in [LOG, HEADS] {
        home.remove(file);
    }
    let anew = ["review", "approve", "all", "--by", "amina", "--until", UNTIL, "--note", "anew"];
    assert_eq!(home.run(&anew).code, Some(0));
    home.edit(EN, "Take one", "Take 1");
    home.approve("amina", "all");
    let codes: Vec<String> = errors(&home).into_iter().map(|it| it.0).collect();
    assert_eq!(codes, ["rolled-back"], "another log of more lines is no continuation");
}

#[test]
fn a_withdrawn_key_takes_back_what_was_signed_with_it() {
    let signed = Signed::approved();
    let home = &signed.home;
    let second = home.corpus().join("../second.key");
    let public = signed.new_key("amina", &second);
    home.edit("reviewers.toml", "keys =", &format!("keys = [\"{public}\"]\nwithdrawn_keys ="));
    let unserved = home.unserved();
    let entry = unserved.iter().find(|it| it.0 == "entry/A-01/en").unwrap();
    assert!(entry.1.contains("withdrawn"), "{unserved:#?}");
    let codes: Vec<String> = errors(home).into_iter().map(|it| it.0).collect();
    assert!(codes.iter().all(|it| it == "unserved-message"), "the log is sound: {codes:?}");
    let refused = signed.approve("all");
    assert_eq!(refused.code, Some(2), "the withdrawn key still signs: {refused:#?}");
    let again = Signed { key: second, home: signed.home };
    assert_eq!(again.approve("all").code, Some(0));
    assert_eq!(again.home.unserved(), []);
}

#[test]
fn a_tier_asks_for_roles_and_the_policy_limits_how_long() {
    let home = Home::approved();
    let corpus = home.read("corpus.toml");
    let policy = "[review]\nmax_validity_days = 3000\n[tiers.standard]\nroles = [\"doctor\"]\n";
    home.write("corpus.toml", format!("{corpus}\n{policy}"));
    let unserved = home.unserved();
    assert_eq!(unserved.len(), 4, "{unserved:#?}");
    assert!(unserved.iter().all(|it| it.1.contains("nurse; this needs doctor")), "{unserved:#?}");
    let nurse = home.run(&["review", "approve", "entry/", "--by", "amina", "--until", UNTIL]);
    assert_eq!(nurse.code, Some(2), "{nurse:#?}");
    let late = ["review", "approve", "entry/B-01/", "--by", "chen", "--until", "2090-01-01"];
    let late = home.run(&late);
    assert_eq!(late.code, Some(2), "{late:#?}");
    assert!(late.stderr.contains("later than the policy allows"), "{late:#?}");
    home.approve("chen", "entry/B-01/");
    let units: Vec<String> = home.unserved().into_iter().map(|it| it.0).collect();
    assert_eq!(units, ["entry/A-01/en", "entry/A-01/sw"]);
    home.edit("corpus.toml", "\"doctor\"", "\"surgeon\"");
    let report = home.check();
    let named = |it: &Value| it["code"] == "unknown-role" && it["severity"] == "warning";
    assert!(report["problems"].as_array().unwrap().iter().any(named), "{report:#}");
}

#[test]
fn a_wrong_policy_or_key_is_named_with_its_place() {
    let home = Home::approved();
    let corpus = home.read("corpus.toml");
    home.write("corpus.toml", format!("{corpus}\n[review]\nsignatures = \"sometimes\"\n"));
    let lines = corpus.lines().count() as u64;
    let place = |code: &str, file: &str, line| (code.to_owned(), format!("corpus/{file}"), line);
    assert!(errors(&home).contains(&place("bad-value", "corpus.toml", lines + 3)));
    home.write("corpus.toml", corpus);
    for key in ["ed25519:AAAA", "", "ssh-ed25519 AAAA"] {
        let reviewers = home.read("reviewers.toml");
        home.edit(
            "reviewers.toml",
            "id = \"amina\"",
            &format!("id = \"amina\"\nkeys = [\"{key}\"]"),
        );
        assert_eq!(errors(&home), [place("bad-value", "reviewers.toml", 3)], "{key}");
        home.write("reviewers.toml", reviewers);
    }
}

#[test]
fn a_key_file_is_private_and_opens_with_its_passphrase_only() {
    let signed = Signed::new();
    let mode = fs::metadata(&signed.key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&signed.key).unwrap();
    let (path, out) = (signed.key.clone(), signed.key.to_str().unwrap().to_owned());
    let show = |passphrase: &str| {
        let mut command = signed.home.command_on(TODAY, &["review", "key", "show", &out]);
        command.env("SAHIHI_PASSPHRASE", passphrase);
        finish(command)
    };
    assert_eq!(show(PASSPHRASE).code, Some(0));
    assert!(show("another four plain words").stderr.contains("passphrase"));
    for (from, to) in [("amina", "chen"), ("\"passes\": 3", "\"passes\": 2")] {
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let done = show(PASSPHRASE);
        assert!(done.stderr.contains("was changed"), "{from}: {done:#?}");
    }
    for (damage, broken) in [
        ("too much work", text.replace("\"passes\": 3", "\"passes\": 300000")),
        ("another format", text.replace("sahihi-key-1", "sahihi-key-9")),
        ("cut off", text.chars().take(40).collect()),
        ("empty", String::new()),
        ("very long", "x".repeat(1 << 20)),
    ] {
        fs::write(&path, broken).unwrap();
        let done = show(PASSPHRASE);
        assert_eq!(done.code, Some(2), "{damage}: {done:#?}");
        assert!(done.stderr.contains("is no key file"), "{damage}: {done:#?}");
    }
    fs::write(&path, &text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(show(PASSPHRASE).stderr.contains("chmod 600"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let again = signed.run(&["review", "key", "new", "--by", "amina", "--out", &out]);
    assert_eq!(again.code, Some(2), "a key was written over: {again:#?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn no_key_is_made_in_the_corpus_for_a_stranger_or_with_a_short_passphrase() {
    let signed = Signed::new();
    let outside = signed.home.corpus().join("../x.key");
    let inside = signed.home.corpus().join("x.key");
    let new = |by: &str, out: &Path, passphrase: &str| {
        let arguments = ["review", "key", "new", "--by", by, "--out", out.to_str().unwrap()];
        let mut command = signed.home.command_on(TODAY, &arguments);
        command.env("SAHIHI_PASSPHRASE", passphrase);
        finish(command)
    };
    for (by, out, passphrase, why) in [
        ("amina", &inside, PASSPHRASE, "may not lie in the corpus"),
        ("dora", &outside, PASSPHRASE, "not in corpus/reviewers.toml"),
        ("amina", &outside, "short", "fewer than 12 characters"),
    ] {
        let done = new(by, out, passphrase);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.stderr.contains(why), "{done:#?}");
        assert!(!out.exists(), "{why}");
    }
}

#[test]
fn the_work_of_two_reviewers_merges_in_git() {
    let home = Home::unapproved();
    home.approve("amina", "message/");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(home.corpus()).args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@localhost",
        ]);
        command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
        let done = finish({
            command.args(arguments);
            command
        });
        assert_eq!(done.code, Some(0), "git {arguments:?}: {done:#?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "sentences"]);
    for (branch, by, unit) in [
        ("one", "amina", "entry/A-01/en"),
        ("two", "baraka", "entry/A-01/sw"),
        ("three", "chen", "entry/B-01/"),
    ] {
        git(&["checkout", "-q", "-b", branch, "main"]);
        home.approve(by, unit);
        git(&["add", "-A"]);
        git(&["commit", "-qm", branch]);
    }
    git(&["checkout", "-q", "main"]);
    for branch in ["one", "two", "three"] {
        git(&["merge", "-q", "--no-edit", branch]);
    }
    assert_eq!(errors(&home), [], "{}", home.read(HEADS));
    assert_eq!(home.unserved(), []);
    home.edit(EN, "Take one", "Take 1");
    home.approve("amina", "entry/A-01/en");
    assert_eq!(errors(&home), []);
    let heads = home.read(HEADS);
    assert_eq!(heads.lines().filter(|it| !it.is_empty()).count(), 3, "tidied: {heads}");
}
