//! A real S3 server on 127.0.0.1 for the tests, stopped when the last of them is done.
//!
//! It is `moto_server` of the Python package `moto`, which `tests/run.sh` installs.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use ureq::Agent;

/// A running server.
pub(crate) struct S3 {
    child: Child,
    endpoint: String,
}

/// The server that tests running at the same time share.
pub(crate) fn s3() -> Arc<S3> {
    static SHARED: Mutex<Weak<S3>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(S3::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

impl S3 {
    /// A server of its own, for tests that stop it.
    pub(crate) fn start() -> Self {
        let program = program();
        assert!(program.exists(), "no S3 server: tests/run.sh installs it as {program:?}");
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", "0"]).env("PYTHONUNBUFFERED", "1");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let endpoint = lines.find_map(|line| {
            let line = line.unwrap();
            Some(line.split_once("Running on ")?.1.trim().to_owned())
        });
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, endpoint: endpoint.expect("the S3 server says where it listens") }
    }

    /// A new bucket with a prefix, as `publish --to` takes it.
    pub(crate) fn place(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let bucket = format!("bucket-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let url = format!("{}/{bucket}", self.endpoint);
        assert_eq!(Agent::new_with_defaults().put(&url).send_empty().unwrap().status(), 200);
        format!("s3://{bucket}/pilot")
    }

    /// Lets a command find this server.
    pub(crate) fn reach<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "tests")
            .env("AWS_SECRET_ACCESS_KEY", "tests")
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program() -> PathBuf {
    let home = std::env::home_dir().expect("there is a home folder");
    home.join(".cache/sahihi-tests/moto/bin/moto_server")
}
