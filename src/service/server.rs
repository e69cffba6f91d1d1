//! Listening and closing: connections are bounded in number and in time.
//!
//! `axum::serve` keeps silent and half-sent connections for ever, so connections are accepted
//! here, with a deadline for the head of a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;

use super::Error;

/// Time for the head of a request; also how long an idle connection is kept.
const HEAD_WITHIN: Duration = Duration::from_secs(4);
/// Time for open requests when the server stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Open connections; more wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;
/// Bytes of the head of a request.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Accepts connections until SIGTERM or SIGINT.
pub(super) async fn run(
    router: Router,
    addr: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let listener =
        TcpListener::bind(addr).await.map_err(|source| Error::Listen { addr, source })?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Start)?;
    ready(listener.local_addr().map_err(Error::Start)?);
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let Ok(slot) = slot else { break };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of file descriptors, or the client has gone: try again a little later.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let watcher = graceful.watcher();
        let router = router.clone();
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .max_buf_size(MAX_HEAD_BYTES.max(64 * 1024))
                .serve_connection(io(stream), TowerToHyperService::new(router));
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    let stopped = tokio::time::timeout(STOP_WITHIN, graceful.shutdown()).await;
    if stopped.is_err() {
        tracing::warn!("some requests were cut off at the stop");
    }
    Ok(())
}

fn io(stream: TcpStream) -> TokioIo<TcpStream> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    TokioIo::new(stream)
}
