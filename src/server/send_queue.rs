//! What the system holds for a client.

use tokio::net::TcpStream;

/// How many bytes were written to the connection and not acknowledged by the client's system. Always 0 where the system
/// cannot be asked: all that it accepted then counts as taken.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn unacknowledged(stream: &TcpStream) -> u64 {
    use std::os::fd::AsRawFd;

    let mut bytes: libc::c_int = 0;
    // SAFETY: the descriptor is open as long as the stream lives, and TIOCOUTQ (SIOCOUTQ of tcp(7)) writes one `int`,
    // to a place that is ours.
    #[allow(unsafe_code, reason = "no crate offers this request without it")]
    let failed = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) } != 0;
    if failed { 0 } else { u64::try_from(bytes).unwrap_or(0) }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn unacknowledged(_: &TcpStream) -> u64 {
    0
}
