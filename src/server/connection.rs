//! One connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::header::CONNECTION;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;

use super::ServerConfig;
use super::head_timer::HeadTimer;
use super::linger::Lingering;
use crate::foundation::Kernel;
use crate::http::Body;

pub(super) fn protocol(config: &ServerConfig) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(config.header_timeout)
        .max_header_size(config.max_header_bytes)
        .max_headers(config.max_headers);
    builder
}

/// Answers the requests of one connection until it closes or the server stops.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    kernel: Arc<Kernel>,
    mut protocol: http1::Builder,
    watcher: Watcher,
) {
    // Small responses must not wait for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let linger = Arc::new(AtomicBool::new(false));
    let stream = Lingering::new(stream, Arc::clone(&linger));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (kernel, linger) = (Arc::clone(&kernel), Arc::clone(&linger));
        async move {
            let response = kernel.handle(request.map(Body::new), Some(peer)).await;
            // The kernel closes where it has not read to the end of what the client sends.
            if response.headers().get(CONNECTION).is_some_and(|value| value == "close") {
                linger.store(true, Ordering::Relaxed);
            }
            Ok::<_, Infallible>(response)
        }
    });
    protocol.timer(HeadTimer::default());
    let connection = protocol.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        // Clients that leave, send garbage or time out: nothing that the operator could mend.
        tracing::debug!(%peer, %error, "connection ended");
    }
}
