//! The service: HTTP in front of one engine. The only asynchronous code beside `release`.
//!
//! [`serve`] listens, `routes` answers, [`wire`] holds what travels, [`error`] what goes wrong.

mod aaq;
mod access;
mod browse;
pub mod chat;
pub mod error;
pub mod feedback;
pub mod follow;
pub mod inbox;
pub mod keys;
mod last_question;
mod layers;
mod limit;
mod live;
pub mod log;
mod metrics;
mod openapi;
mod operation;
pub mod privacy;
pub mod reading;
mod refusal;
mod routes;
mod schema;
pub mod scrub;
mod server;
pub mod store;
pub mod tree;
mod visitor;
pub mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use access::Access;
use chat::Conversations;
use follow::Following;
use live::Live;
use store::Store;

use crate::config::{Config, Settings};
use crate::corpus::UnknownKey;
use crate::engine::Engine;
use crate::release;

/// Time for a build that runs when the server stops; it leaves nothing half done.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}; is another server running there?")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why it failed.
        source: io::Error,
    },
    /// The runtime or the signals cannot be set up.
    #[error("cannot start the server")]
    Start(#[source] io::Error),
    /// Strangers could reach the server and nobody said they may.
    #[error(
        "{0} can be reached by others and there is no key; make one with \
         `sahihi keys create NAME`, or let everybody search and chat with --open"
    )]
    NoKeys(SocketAddr),
    /// A name of a key that cannot be used.
    #[error("`{0}` is no name of a key; use up to 64 letters, digits, hyphens, dots, underscores")]
    KeyName(String),
    /// An origin that no browser would send.
    #[error("the setting `server.origins`: `{0}` is no origin; write it like https://example.org")]
    Origin(String),
    /// A text that is no public key.
    #[error("the setting `follow.trust`: {0}")]
    TrustKey(UnknownKey),
    /// The channel cannot be followed, and nothing was served from here before.
    #[error(transparent)]
    Release(#[from] release::Error),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] store::Error),
}

/// Serves until the process is told to stop; then open requests are finished first.
///
/// `config` says where the engine came from and comes from again at a reload, unless a channel is
/// followed. `ready` is told the address when connections are accepted.
///
/// # Errors
///
/// [`Error`] when the server cannot start.
pub fn serve(
    engine: Engine,
    (config, following): (&Config, Option<Following>),
    settings: &Settings,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    let live = Arc::new(Live::new(engine, config.clone(), following));
    let ended = runtime.block_on(async {
        let store = Store::open(settings).await?;
        let access = Arc::new(Access::new(settings, store.clone()).await?);
        metrics::start();
        live.watch().map_err(Error::Start)?;
        let shared = routes::Shared {
            live: Arc::clone(&live),
            store: store.clone(),
            access: Arc::clone(&access),
            chats: Conversations::new(&settings.chat),
            strict: settings.aaq.strict,
            document: OnceLock::new(),
        };
        let router = layers::around(routes::router(shared), settings, &access, &live)?;
        let (keeper, guard) = (store.clone(), Arc::clone(&access));
        tokio::spawn(async move { keeper.keep().await });
        tokio::spawn(async move { guard.keep().await });
        let started = |addr| {
            operation::report(&live, &store, access.mode(), addr);
            ready(addr);
        };
        let ended = server::run(router, &settings.server, started).await;
        store.close().await;
        ended
    });
    runtime.shutdown_timeout(STOP_WITHIN);
    ended
}
