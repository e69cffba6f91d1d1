//! Connections to the server, and its end:
//!
//! 1. who is slow, silent or half done is closed within ten seconds;
//! 2. told to stop, the server ends cleanly.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Home, TODAY, shipped_config};

/// No connection may be held longer than this.
const LIMIT: Duration = Duration::from_secs(10);

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) home: Home,
}

impl Server {
    /// A server of its own, with arguments of its own after `serve`.
    pub(crate) fn with(home: Home, arguments: &[&str]) -> Self {
        Self::with_command(home.command_on(TODAY, &serve(arguments)), home)
    }

    /// The same, and what it writes to its log.
    pub(crate) fn logging(home: Home, arguments: &[&str]) -> (Self, Receiver<String>) {
        let (sender, log) = mpsc::channel();
        let said = move |line| drop(sender.send(line));
        (Self::spawn(home.command_on(TODAY, &serve(arguments)), home, said), log)
    }

    /// Runs a command that serves, in that home.
    pub(crate) fn with_command(command: Command, home: Home) -> Self {
        Self::spawn(command, home, drop)
    }

    /// What stands in its environment.
    #[cfg(target_os = "linux")]
    pub(crate) fn environment(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/environ", self.child.id())).unwrap()
    }

    /// A server of its own on a corpus.
    pub(crate) fn on(home: Home) -> Self {
        Self::with(home, &[])
    }

    /// A server of its own on the shipped corpus.
    pub(crate) fn shipped() -> Self {
        let (home, config) = (Home::unapproved(), shipped_config());
        let mut command = Command::new(env!("CARGO_BIN_EXE_sahihi"));
        command.current_dir(home.folder()).env("NO_COLOR", "1").args(["--today", TODAY]);
        command.arg("--corpus").arg(&config.corpus).arg("--index").arg(&config.index);
        command.args(["serve", "--addr", "127.0.0.1:0"]);
        Self::with_command(command, home)
    }

    fn spawn(mut command: Command, home: Home, log: impl Fn(String) + Send + 'static) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let serves = lines.find_map(|line| {
            let line = line.unwrap();
            Some(line.strip_prefix("sahihi serves http://")?.trim_end_matches('/').to_owned())
        });
        // The pipe is kept open and empty, so that the server can go on writing into it.
        thread::spawn(move || lines.map_while(Result::ok).for_each(log));
        Self { child, address: serves.expect("the server says where it listens"), home }
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the process a signal, as `-HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Ends the server as an operator would, so that all it remembers is on the disk.
    pub(crate) fn stop(mut self) -> Home {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        std::mem::replace(&mut self.home, Home::unapproved())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT * 2)).unwrap();
        stream
    }

    /// Sends bytes as they are and reads until the server closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        read_to_close(stream)
    }
}

/// The arguments of `serve`, on a free port of the loopback address unless they say otherwise.
pub(crate) fn serve<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let addr: &[&str] =
        if arguments.contains(&"--addr") { &[] } else { &["--addr", "127.0.0.1:0"] };
    [&["serve"], addr, arguments].concat()
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The server that tests running at the same time share; the last one to drop it stops it.
pub(crate) fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::on(Home::approved()));
        *shared = Arc::downgrade(&server);
        server
    })
}

/// A server of its own on another corpus.
pub(crate) fn served(home: Home) -> Server {
    Server::on(home)
}

/// A server of its own on the shipped corpus.
pub(crate) fn shipped_server() -> Server {
    Server::shipped()
}

pub(crate) fn read_to_close(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    drop(stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What one client sends, and what it must get before the limit.
const SLOW: &[(&str, &str, &str)] = &[
    ("a silent connection", "", ""),
    ("half a request line", "POST /v1/sea", ""),
    ("half a head", "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-", ""),
    (
        "no body",
        "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n",
        "HTTP/1.1 408",
    ),
    (
        "half a body",
        "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"ques",
        "HTTP/1.1 408",
    ),
    (
        "half a chunk",
        "POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"q",
        "HTTP/1.1 408",
    ),
    (
        "an idle connection after a reply",
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "HTTP/1.1 200",
    ),
];

#[test]
fn whoever_is_slow_is_closed_within_ten_seconds() {
    let server = server();
    let server = server.as_ref();
    thread::scope(|scope| {
        for (name, sent, wanted) in SLOW {
            scope.spawn(move || {
                let start = Instant::now();
                let answer = server.raw(sent.as_bytes());
                let held = start.elapsed();
                assert!(held < LIMIT, "{name}: held for {held:?}");
                assert!(answer.starts_with(wanted), "{name}: {answer}");
                assert!(answer.is_empty() || answer.contains("HTTP/1.1 "), "{name}: {answer}");
                let is_json = !wanted.contains("408") || answer.contains("\"too-slow\"");
                assert!(is_json, "{name}: {answer}");
            });
        }
        scope.spawn(|| {
            let held = trickle(server, b"GET / HTTP/1.1\r\nX: ");
            assert!(held < LIMIT, "a head that trickles: held for {held:?}");
        });
    });
}

/// Sends a byte now and then until the server closes; the pause is the wait for an answer.
fn trickle(server: &Server, head: &[u8]) -> Duration {
    let start = Instant::now();
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(head).unwrap();
    let mut answer = [0; 1_024];
    while start.elapsed() < LIMIT * 2 {
        match stream.read(&mut answer) {
            Ok(0) => break,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            _ => (),
        }
        if stream.write_all(b"x").is_err() {
            break;
        }
    }
    start.elapsed()
}

#[test]
fn told_to_stop_the_server_ends_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::on(Home::approved());
        let silent = server.connect();
        let mut idle = server.connect();
        idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert!(idle.read(&mut [0; 64]).unwrap() > 0);
        let start = Instant::now();
        server.signal(signal);
        let status = server.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(start.elapsed() < LIMIT, "{signal}: {:?}", start.elapsed());
        assert!(TcpStream::connect(&server.address).is_err(), "still listening");
        drop((silent, idle));
    }
}
