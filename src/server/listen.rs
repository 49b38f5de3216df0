//! Accepting connections.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{ServerConfig, connection, stop};
use crate::foundation::Application;
use crate::support::open_files;

/// How often it is told that no connection can be accepted, while that is so.
const TELL_AGAIN: Duration = Duration::from_secs(10);

/// How long the shutdown of the application may take at least, whatever `shutdown_timeout` says.
const LEAST: Duration = Duration::from_secs(5);

/// Listens on the address of the options; when the port is taken, on one of the next `tries` ports.
///
/// # Errors
/// When none of them can be had.
pub async fn bind(config: &ServerConfig, tries: u16) -> io::Result<TcpListener> {
    let mut port = config.port;
    let last = port.saturating_add(tries);
    loop {
        match TcpListener::bind((config.host.as_str(), port)).await {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse && port < last && config.port != 0 =>
            {
                port += 1;
            }
            Err(error) => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("{}:{port}: {error}", config.host),
                ));
            }
            listener => return listener,
        }
    }
}

/// Serves the application until `stop` is ready, then answers the requests in flight and shuts the application
/// down.
pub async fn serve(
    app: Application,
    listener: TcpListener,
    config: &ServerConfig,
    stop: impl Future<Output = ()>,
) {
    let background = app.start_background();
    #[cfg(feature = "uploads")]
    tokio::task::spawn_blocking(crate::http::uploads::sweep_uploads);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(connections(config.max_connections)));
    let protocol = connection::protocol(config);
    let mut told_to_stop = pin!(stop);
    let mut told: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            () = &mut told_to_stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        match accepted {
            Ok((stream, peer, slot)) => {
                let work = connection::run(
                    stream,
                    peer,
                    Arc::clone(app.kernel()),
                    protocol.clone(),
                    config.header_timeout,
                    config.write_timeout,
                    graceful.watcher(),
                );
                tokio::spawn(async move {
                    work.await;
                    drop(slot);
                });
            }
            Err(error) => {
                if told.is_none_or(|last| last.elapsed() > TELL_AGAIN) {
                    tracing::warn!(%error, "a connection could not be accepted; trying again");
                    told = Some(Instant::now());
                }
                // Out of file handles, most likely: trying again at once would only burn the processor.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let open = graceful.count();
    tracing::info!(open, "stopping; open connections may finish their requests");
    let limit = config.shutdown_timeout;
    if stop::at_most(limit, graceful.shutdown()).await.is_none() {
        tracing::warn!(seconds = limit.as_secs(), "requests were still running and are cut");
    }
    drop(background);
    if stop::at_most(limit.max(LEAST), app.shutdown()).await.is_none() {
        tracing::warn!("the shutdown of the application did not end and is cut");
    }
}

/// How many connections may be open: as many as wanted, where the system allows the process a file for each and some more.
fn connections(wanted: usize) -> usize {
    let allowed = open_files::allowed();
    // An eighth is the file driver's; databases, logs and whatever the application opens have the other, and the server
    // itself a dozen.
    let room = allowed.saturating_sub((allowed / 4).max(40)).max(1);
    if room < wanted {
        tracing::warn!(
            "only {room} of max_connections = {wanted} can be open at a time, since the system allows this process \
             {allowed} open files; raise its limit (`ulimit -n`, or LimitNOFILE= of systemd), or lower \
             max_connections in config/server.rs"
        );
    }
    wanted.clamp(1, room.min(Semaphore::MAX_PERMITS))
}

type Accepted = (tokio::net::TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> io::Result<Accepted> {
    let slot = Arc::clone(slots).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, slot))
}
