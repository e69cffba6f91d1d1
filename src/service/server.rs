//! Listening and closing: connections are bounded in number and in time.
//!
//! `axum::serve` keeps silent and half-sent connections for ever, so connections are accepted
//! here, with a deadline for the head of a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tower::Service as _;

use super::Error;
use super::access::Peer;
use crate::config::settings::Server;

/// Bytes of the head of a request.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Accepts connections until SIGTERM or SIGINT.
pub(super) async fn run(
    router: Router,
    settings: &Server,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Error> {
    let addr = settings.addr;
    let head_within = Duration::from_secs(settings.head_seconds);
    let listener =
        TcpListener::bind(addr).await.map_err(|source| Error::Listen { addr, source })?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Start)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Start)?;
    ready(listener.local_addr().map_err(Error::Start)?);
    let slots = Arc::new(Semaphore::new(settings.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let Ok(slot) = slot else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
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
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(head_within)
                .max_buf_size(MAX_HEAD_BYTES.max(64 * 1024))
                .serve_connection(io(stream), answer);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    let stop_within = Duration::from_secs(settings.stop_seconds);
    let stopped = tokio::time::timeout(stop_within, graceful.shutdown()).await;
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
