//! What is in `deploy/`:
//!
//! 1. the tools of each kind find nothing wrong with it;
//! 2. the flags, settings, paths and ports in it are those of the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Done, Home, finish};

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(deploy(name)).unwrap()
}

/// A tool that `tests/run.sh` installs.
fn tool(name: &str) -> Command {
    let home = std::env::home_dir().expect("there is a home folder");
    let program = home.join(".cache/sahihi-tests/lint/bin").join(name);
    assert!(program.exists(), "no {name}: tests/run.sh installs it as {program:?}");
    Command::new(program)
}

fn check_nothing_found(done: &Done) {
    assert_eq!(done.code, Some(0), "{done:#?}");
}

/// The unit, with the program where it is here.
fn unit(home: &Home) -> String {
    let text =
        read("sahihi.service").replace("/usr/local/bin/sahihi", env!("CARGO_BIN_EXE_sahihi"));
    let path = home.path("sahihi.service");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn systemd_takes_the_unit_and_finds_it_closed() {
    let home = Home::unapproved();
    let unit = unit(&home);
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", &unit]);
    let done = finish(verify);
    check_nothing_found(&done);
    assert!(!done.stderr.contains("sahihi.service"), "{done:#?}");
    let mut security = Command::new("systemd-analyze");
    security.args(["security", "--offline=true", "--threshold=15", "--no-pager", &unit]);
    check_nothing_found(&finish(security));
}

#[test]
fn hadolint_finds_nothing_in_the_containerfile() {
    let mut command = tool("hadolint");
    command.arg(deploy("Containerfile"));
    check_nothing_found(&finish(command));
}

#[test]
fn the_manifests_fit_the_schemas_of_kubernetes() {
    let mut command = tool("kubernetes-validate");
    command.arg("--strict").arg(deploy("kubernetes.yaml"));
    let done = finish(command);
    check_nothing_found(&done);
    let said = format!("{}{}", done.stdout, done.stderr);
    assert_eq!(said.matches("passed").count(), 5, "{said}");
    // A mistake would be found.
    let home = Home::unapproved();
    let broken = home.path("broken.yaml");
    fs::write(&broken, read("kubernetes.yaml").replace("replicas: 3", "replica: 3")).unwrap();
    let mut command = tool("kubernetes-validate");
    assert_ne!(
        finish(std::mem::replace(command.arg("--strict").arg(broken), Command::new("true"))).code,
        Some(0)
    );
}

/// The commands that start the server, as words after the name of the program.
fn commands() -> Vec<(&'static str, Vec<String>)> {
    let unit = read("sahihi.service");
    let started = unit.lines().find_map(|it| it.strip_prefix("ExecStart=/usr/local/bin/sahihi "));
    let words = started.unwrap().split(' ').map(str::to_owned).collect();
    let container = read("Containerfile");
    let array = |name: &str| -> Vec<String> {
        let line = container.lines().find_map(|it| it.strip_prefix(name)).unwrap();
        serde_json::from_str(line.trim()).unwrap()
    };
    let entry = [array("ENTRYPOINT")[1..].to_vec(), array("CMD")].concat();
    vec![("sahihi.service", words), ("Containerfile", entry)]
}

#[test]
fn the_program_takes_the_commands() {
    for (name, words) in commands() {
        let home = Home::unapproved();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
        command.args(&words).arg("--help").current_dir(home.folder());
        let done = finish(command);
        assert_eq!(done.code, Some(0), "{name}: {done:#?}");
        assert!(done.stdout.contains("Usage: sahihi serve"), "{name}: {done:#?}");
    }
}

#[test]
fn paths_of_the_commands_are_those_that_can_be_written() {
    for (name, words) in commands() {
        let text = read(name);
        for flag in ["--index", "--state"] {
            let at = words.iter().position(|it| it == flag).unwrap();
            assert!(words[at + 1].starts_with("/var/lib/sahihi"), "{name}: {flag}");
        }
        let writable = ["StateDirectory=sahihi\n", "VOLUME [\"/var/lib/sahihi\"]"];
        assert!(writable.iter().any(|it| text.contains(it)), "{name}");
    }
    let manifests = read("kubernetes.yaml");
    assert!(manifests.contains("mountPath: /var/lib/sahihi\n"));
    assert!(manifests.contains("readOnlyRootFilesystem: true"));
}

/// The settings that a text gives as variables.
fn variables(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines().map(|it| it.trim_start().trim_start_matches("ENV ")) {
        let named = line.split_once(": ").or_else(|| line.split_once('='));
        let Some((name, value)) = named.filter(|(name, _)| name.starts_with("SAHIHI_")) else {
            continue;
        };
        found.push((name.to_owned(), value.trim_matches('"').to_owned()));
    }
    found
}

#[test]
fn the_program_knows_the_settings() {
    let manifests = read("kubernetes.yaml");
    let mut given = variables(&manifests);
    given.extend(variables(&read("Containerfile")));
    assert!(given.len() >= 6, "{given:?}");
    assert!(manifests.contains("name: SAHIHI_DATABASE_URL"));
    let home = Home::unapproved();
    let keys = |changed: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
        command.args(["keys", "list"]).current_dir(home.folder());
        for (name, value) in &given {
            command.env(name, value);
        }
        if let Some(name) = changed {
            command.env(name, "x");
        }
        finish(command)
    };
    let done = keys(None);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert_eq!(keys(Some("SAHIHI_FOLLOW__CHANEL")).code, Some(2), "what is no setting is refused");
}

#[test]
fn ports_and_probes_are_served() {
    let manifests = read("kubernetes.yaml");
    let port = |text: &str| text.trim().rsplit(':').next().unwrap().trim_matches('"').to_owned();
    let listened = manifests.lines().find(|it| it.contains("SAHIHI_SERVER__ADDR")).unwrap();
    let offered = manifests.lines().find(|it| it.contains("containerPort")).unwrap();
    assert_eq!(port(listened), port(offered).trim());
    assert!(read("Containerfile").contains(&format!("EXPOSE {}\n", port(listened))));
    let server = crate::connection::server();
    let probes: Vec<&str> = manifests
        .lines()
        .filter_map(|it| it.split_once("httpGet: {path: ")?.1.split(',').next())
        .collect();
    assert_eq!(probes.len(), 3);
    for path in probes {
        let status = crate::http::agent().get(server.url(path)).call().unwrap().status();
        assert_eq!(status, 200, "{path}");
    }
}
