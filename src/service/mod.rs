//! The service: HTTP in front of one engine. The only asynchronous code.
//!
//! [`serve`] listens, `routes` answers, [`wire`] holds what travels, [`error`] what goes wrong.

pub mod error;
mod live;
mod metrics;
mod openapi;
mod operation;
pub mod referral;
mod routes;
mod schema;
mod server;
pub mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::engine::Engine;
use live::Live;

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
}

/// Serves until the process is told to stop; then open requests are finished first.
///
/// `config` says where the engine came from and comes from again at a reload. `ready` is told the address when connections are accepted.
///
/// # Errors
///
/// [`Error`] when the server cannot start.
pub fn serve(
    engine: Engine,
    config: &Config,
    addr: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    let live = Arc::new(Live::new(engine, config.clone()));
    let ended = runtime.block_on(async {
        metrics::start();
        live.watch().map_err(Error::Start)?;
        server::run(routes::router(live), addr, ready).await
    });
    runtime.shutdown_timeout(STOP_WITHIN);
    ended
}
