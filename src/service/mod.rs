//! The service: HTTP in front of one engine. The only asynchronous code.
//!
//! [`serve`] listens, `routes` answers, [`wire`] holds what travels, [`error`] what goes wrong.

mod browse;
pub mod error;
pub mod reading;
mod routes;
mod server;
pub mod tree;
pub mod wire;

use std::io;
use std::net::SocketAddr;

use crate::engine::Engine;

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
/// `ready` is told the address when connections are accepted.
///
/// # Errors
///
/// [`Error`] when the server cannot start.
pub fn serve(
    engine: Engine,
    addr: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Start)?;
    runtime.block_on(server::run(routes::router(engine), addr, ready))
}
