//! The settings:
//!
//! 1. a flag wins over the environment, that over the file, that over the default;
//! 2. what is no setting is refused, in a file with its line;
//! 3. other variables of the environment do no harm, and secrets are not shown.

use std::fs;

use crate::support::{Done, Home, TODAY, finish};

/// Runs `keys list`, which reads the settings, with a settings file and an environment.
fn list(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> (Home, Done) {
    let home = Home::unapproved();
    fs::write(home.folder().join("sahihi.toml"), file).unwrap();
    let mut command = home.command_on(TODAY, &["keys", "list"]);
    let done = finish_with(command.args(flags).envs(environment.iter().copied()));
    (home, done)
}

fn finish_with(command: &mut std::process::Command) -> Done {
    finish(std::mem::replace(command, std::process::Command::new("true")))
}

/// The state folder that was used.
fn folder(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> String {
    let (home, done) = list(file, environment, flags);
    assert_eq!(done.code, Some(0), "{done:#?}");
    let names = [".sahihi", "of-file", "of-environment", "of-set", "of-flag"];
    let made = names.into_iter().filter(|it| home.folder().join(it).join("state.db").exists());
    made.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_flag_wins_over_the_environment_that_over_the_file() {
    let file = "[state]\ndir = \"of-file\"\n";
    let environment = [("SAHIHI_STATE__DIR", "of-environment")];
    assert_eq!(folder("", &[], &[]), ".sahihi");
    assert_eq!(folder(file, &[], &[]), "of-file");
    assert_eq!(folder(file, &environment, &[]), "of-environment");
    assert_eq!(folder(file, &environment, &["--set", "state.dir=of-set"]), "of-set");
    assert_eq!(folder(file, &environment, &["--state", "of-flag"]), "of-flag");
}

/// Expects failure with all of these in the message.
fn check_refused(file: &str, environment: &[(&str, &str)], flags: &[&str], said: &[&str]) {
    let (home, done) = list(file, environment, flags);
    assert_eq!(done.code, Some(2), "{file} {environment:?} {flags:?}: {done:#?}");
    for part in said {
        assert!(done.stderr.contains(part), "{part} is not said: {}", done.stderr);
    }
    assert!(!home.folder().join(".sahihi").exists(), "nothing was begun");
}

#[test]
fn what_is_no_setting_is_refused_with_its_line() {
    for (file, said) in [
        ("[server]\nadress = \"x\"\n", &["sahihi.toml", "line 2", "adress", "`addr`"][..]),
        ("\n\n[sever]\n", &["line 3", "sever"]),
        ("[log]\nformat = \"xml\"\n", &["line 2", "xml", "text", "json"]),
        ("[limits]\nper_key_per_minute = -1\n", &["line 2", "-1"]),
        ("[server]\naddr = \"here\"\n", &["line 2", "addr"]),
        ("[aaq]\nstrict = \"yes\"\n", &["line 2", "strict"]),
        ("[chat]\nsession_hours = 0\n", &["chat.session_hours", "1 or more"]),
        ("[log\n", &["line 1"]),
        ("\u{0}", &["line 1"]),
    ] {
        check_refused(file, &[], &[], said);
    }
}

#[test]
fn what_is_no_setting_is_refused_outside_the_file_too() {
    check_refused("", &[("SAHIHI_SERVER__ADRESS", "x")], &[], &["adress"]);
    check_refused("", &[("SAHIHI_LIMITS__PER_KEY_PER_MINUTE", "many")], &[], &["many"]);
    check_refused("", &[], &["--set", "log.format=xml"], &["xml"]);
    check_refused("", &[], &["--set", "log.colour=red"], &["colour"]);
    check_refused("", &[], &["--set", "format"], &["KEY=VALUE"]);
    check_refused("", &[], &["--set", "format=json"], &["no setting"]);
    check_refused("", &[], &["--settings", "none.toml"], &["none.toml"]);
}

#[test]
fn other_variables_do_no_harm_and_lists_are_read() {
    let cluster = [
        ("SAHIHI_SERVICE_HOST", "10.0.0.1"),
        ("SAHIHI_PORT", "tcp://10.0.0.1:80"),
        ("SAHIHI_DATABASE_URL", ""),
        ("SAHIHI_SERVER__ORIGINS", "https://a.example.org,https://b.example.org"),
        ("SAHIHI_SERVER__PROXIES", "10.0.0.1"),
        ("SAHIHI_SERVER__OPEN", "true"),
    ];
    assert_eq!(folder("", &cluster, &[]), ".sahihi");
}

#[test]
fn a_password_is_never_shown() {
    let url = "postgres://sahihi:hush-hush@127.0.0.1:1/none";
    let (_, done) = list("", &[("SAHIHI_DATABASE_URL", url)], &[]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.stderr.contains("127.0.0.1:1/none"), "{done:#?}");
    assert!(!format!("{done:?}").contains("hush"), "{done:#?}");
    let wrong = [("SAHIHI_DATABASE_URL", "mysql://sahihi:hush-hush@127.0.0.1/none")];
    let (_, done) = list("", &wrong, &[]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(!format!("{done:?}").contains("hush"), "{done:#?}");
}
