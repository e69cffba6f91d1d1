//! The settings of the service: one name in the file, in the environment and as a flag.
//!
//! `[server] addr` in `sahihi.toml` is `SAHIHI_SERVER__ADDR` in the environment and
//! `--set server.addr=…` on the command line; a flag wins over the environment, that over the file,
//! that over the defaults below. What is not a setting is refused, with its line.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::builder::DefaultState;
use config::{ConfigBuilder, Environment, File, FileFormat};
use serde::Deserialize;

/// The file that is read when no other is named.
pub const DEFAULT_FILE: &str = "sahihi.toml";
const PREFIX: &str = "SAHIHI_";
/// Stands between section and key in the environment, where a dot cannot.
const SEPARATOR: &str = "__";
/// The one setting of the environment that has no section.
const DATABASE_URL: &str = "SAHIHI_DATABASE_URL";
/// Settings that hold several values, with commas between them outside the file.
const LISTS: [&str; 3] = ["server.origins", "server.proxies", "follow.trust"];

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the settings in {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The file does not say what settings may say.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: Box<toml::de::Error>,
    },
    /// The environment or a flag does not.
    #[error(
        "{0}; settings are written SAHIHI_SECTION__KEY in the environment and \
         `--set section.key=value` on the command line, OPERATIONS.md lists them"
    )]
    Typed(Box<config::ConfigError>),
    /// A value is out of its range.
    #[error("the setting `{key}` {must}")]
    Range {
        /// The setting.
        key: &'static str,
        /// What it must be.
        must: &'static str,
    },
}

/// How the service runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the state is kept instead of a file: `postgres://user:password@host/database`.
    pub database_url: Option<Secret>,
    /// Listening.
    pub server: Server,
    /// How much is served to whom.
    pub limits: Limits,
    /// What is kept, and for how long.
    pub state: State,
    /// How people are protected.
    pub privacy: Privacy,
    /// What is written about the work.
    pub log: Log,
    /// The paths of Ask-A-Question.
    pub aaq: Aaq,
    /// Conversations.
    pub chat: Chat,
    /// Where the index comes from, instead of the corpus.
    pub follow: Follow,
}

/// Listening: `[server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub addr: SocketAddr,
    /// Whether search and chat are for everybody. Not set: on a loopback address until the first
    /// key is made. Administration is open on a loopback address without keys at most.
    pub open: Option<bool>,
    /// Web pages of other origins that may call the service, like `https://example.org`.
    pub origins: Vec<String>,
    /// Proxies that are believed when they say, in `X-Forwarded-For`, whom they speak for.
    pub proxies: Vec<IpAddr>,
    /// Seconds for the head of a request; also how long an idle connection is kept.
    pub head_seconds: u64,
    /// Seconds for open requests when the server stops.
    pub stop_seconds: u64,
    /// Open connections; more wait to be accepted.
    pub connections: usize,
}

/// How much is served to whom: `[limits]`. 0 is no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests a minute with one key.
    pub per_key_per_minute: u32,
    /// Requests a minute without a key (or with a wrong one) from one address; not counted while
    /// the server is open on a loopback address.
    pub per_address_per_minute: u32,
}

/// What is kept, and for how long: `[state]`. Times are whole days.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The folder of the database file and of the key file.
    pub dir: PathBuf,
    /// Names of queries and what was decided; feedback on older ones is refused.
    pub queries_days: u32,
    /// Feedback.
    pub feedback_days: u32,
    /// Questions that found no answer, where they are kept.
    pub unanswered_days: u32,
    /// What waits to be sent.
    pub outbox_days: u32,
}

/// How people are protected: `[privacy]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// The file of the key that turns user identifiers into hashes. Not set: made in the state
    /// folder, or kept in the database when that is PostgreSQL.
    pub key_file: Option<PathBuf>,
    /// Whether questions that found no answer are kept for the reviewers, numbers and addresses
    /// taken out. Never those of somebody in danger.
    pub keep_questions: bool,
    /// Whether the text of feedback is kept, numbers and addresses taken out.
    pub keep_feedback_text: bool,
}

/// What is written about the work: `[log]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How.
    pub format: LogFormat,
    /// Whether each request has its line.
    pub requests: bool,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

/// The paths of Ask-A-Question: `[aaq]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Aaq {
    /// Whether a question without a sure answer gets status 400, as it does there.
    pub strict: bool,
}

/// Conversations: `[chat]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// Hours after which a silent conversation is forgotten.
    pub session_hours: u32,
}

/// Where the index comes from, instead of the corpus: `[follow]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Follow {
    /// A folder, or `s3://bucket/prefix`; not set: the index is built from the corpus.
    pub url: Option<String>,
    /// The channel.
    pub channel: String,
    /// Seconds between two looks at the channel.
    pub every_seconds: u64,
    /// Public keys of those who may publish.
    pub trust: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 8080)),
            open: None,
            origins: Vec::new(),
            proxies: Vec::new(),
            head_seconds: 4,
            stop_seconds: 5,
            connections: 4_096,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_key_per_minute: 0, per_address_per_minute: 120 }
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            dir: ".sahihi".into(),
            queries_days: 90,
            feedback_days: 365,
            unanswered_days: 90,
            outbox_days: 30,
        }
    }
}

impl Default for Follow {
    fn default() -> Self {
        Self { url: None, channel: "stable".to_owned(), every_seconds: 30, trust: Vec::new() }
    }
}

impl Default for Chat {
    fn default() -> Self {
        Self { session_hours: 24 }
    }
}

impl Chat {
    /// How long a silent conversation is remembered.
    #[must_use]
    pub fn session(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3_600)
    }
}

/// A value that no log and no message may show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A setting typed on the command line: its name, like `server.addr`, and its value.
pub type Typed = (String, String);

impl Settings {
    /// Reads file, environment and what was typed.
    ///
    /// Without `file`, `sahihi.toml` of the current folder is read if it is there.
    ///
    /// # Errors
    ///
    /// [`Error`] with the place and what to do.
    pub fn load(file: Option<&Path>, typed: &[Typed]) -> Result<Self, Error> {
        let mut builder = ConfigBuilder::<DefaultState>::default();
        if let Some(text) = read(file)? {
            builder = builder.add_source(File::from_str(&text, FileFormat::Toml));
        }
        let outside = values(environment(), SEPARATOR);
        let typed = values(typed.iter().cloned().collect(), ".");
        let read = builder.add_source(outside).add_source(typed).build();
        let settings: Self =
            read.and_then(|it| it.try_deserialize()).map_err(|it| Error::Typed(Box::new(it)))?;
        settings.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        let above_zero = [
            ("server.head_seconds", self.server.head_seconds > 0),
            ("server.connections", self.server.connections > 0),
            ("state.queries_days", self.state.queries_days > 0),
            ("state.feedback_days", self.state.feedback_days > 0),
            ("state.unanswered_days", self.state.unanswered_days > 0),
            ("state.outbox_days", self.state.outbox_days > 0),
            ("chat.session_hours", self.chat.session_hours > 0),
            ("follow.every_seconds", self.follow.every_seconds > 0),
        ];
        if let Some((key, _)) = above_zero.into_iter().find(|(_, holds)| !holds) {
            return Err(Error::Range { key, must: "must be 1 or more" });
        }
        Ok(self)
    }
}

/// The text of the file, which holds settings only; `None` where none is named and none is there.
fn read(file: Option<&Path>) -> Result<Option<String>, Error> {
    let path = file.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(source) => return Err(Error::Read { path: path.to_owned(), source }),
    };
    // Read once by itself: only so is the line of a mistake known.
    match toml::from_str::<Settings>(&text) {
        Ok(_) => Ok(Some(text)),
        Err(why) => Err(Error::File { path: path.to_owned(), why: Box::new(why) }),
    }
}

/// The variables that are settings. Others that begin alike are none: a cluster sets
/// `SAHIHI_SERVICE_HOST` for a service of that name.
fn environment() -> HashMap<String, String> {
    let text = |it: std::ffi::OsString| it.to_string_lossy().into_owned();
    let named = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    let setting = |(name, value): (String, String)| {
        let key = name.strip_prefix(PREFIX)?;
        (name == DATABASE_URL || key.contains(SEPARATOR)).then(|| (key.to_owned(), value))
    };
    named.filter_map(setting).collect()
}

fn values(values: HashMap<String, String>, separator: &str) -> Environment {
    let source = Environment::default().separator(separator).try_parsing(true).list_separator(",");
    let lists = LISTS.into_iter();
    lists.fold(source, Environment::with_list_parse_key).source(Some(values))
}
