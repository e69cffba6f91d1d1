//! A real PostgreSQL on 127.0.0.1 for the tests, stopped when the last of them is done.
//!
//! It comes from the Debian package `postgresql`, which `tests/run.sh` installs.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{fs, thread};

use tempfile::TempDir;

use crate::support::{Done, finish};

/// A running server.
pub(crate) struct Postgres {
    folder: TempDir,
    port: u16,
    child: Mutex<Option<Child>>,
}

impl Postgres {
    /// A server of its own, for tests that stop it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let owner = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(owner.unwrap().success());
        }
        let data = folder.path().join("data");
        let mut made = program("initdb");
        made.arg("-D").arg(&data).args(["-U", "sahihi", "--auth=trust", "--no-sync"]);
        let done = finish_in(made.args(["--encoding=UTF8", "--locale=C"]), folder.path());
        assert_eq!(done.code, Some(0), "{done:#?}");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postgres = Self { folder, port, child: Mutex::default() };
        postgres.resume();
        postgres
    }

    /// Starts the server again, on the same port, and waits until it answers.
    pub(crate) fn resume(&self) {
        let mut command = program("postgres");
        command.arg("-D").arg(self.folder.path().join("data"));
        command.arg("-k").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.any(|it| it.unwrap().contains("ready to accept connections"));
        assert!(ready, "PostgreSQL does not start");
        thread::spawn(move || lines.for_each(drop));
        *self.child() = Some(child);
    }

    /// Stops the server; what it holds stays.
    pub(crate) fn stop(&self) {
        if let Some(mut child) = self.child().take() {
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
            child.wait().unwrap();
        }
    }

    /// A new, empty database; the value of `SAHIHI_DATABASE_URL`.
    pub(crate) fn database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut psql = program("psql");
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "sahihi", "postgres"]);
        psql.args(["-c", &format!("CREATE DATABASE {name}")]);
        let done = finish_in(&mut psql, self.folder.path());
        assert_eq!(done.code, Some(0), "{done:#?}");
        format!("postgres://sahihi:not-asked-for@127.0.0.1:{}/{name}", self.port)
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The server that tests running at the same time share.
pub(crate) fn postgres() -> Arc<Postgres> {
    static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Postgres::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

fn finish_in(command: &mut Command, folder: &Path) -> Done {
    let mut taken = Command::new(command.get_program());
    taken.args(command.get_args()).current_dir(folder);
    finish(taken)
}

/// A program of PostgreSQL, which refuses to be run by root.
fn program(name: &str) -> Command {
    let program = newest().join(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// The programs of the newest version there is.
fn newest() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<PathBuf> = versions.map(|it| it.unwrap().path().join("bin")).collect();
    found.retain(|it| it.join("postgres").exists());
    found.sort();
    found.pop().expect("PostgreSQL is not installed: apt-get install postgresql")
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}
