//! The threads that answer requests.

use std::io;
use std::num::NonZero;
use std::thread;

use tokio::runtime::{Builder, Runtime};

/// The variable by which tokio itself lets an operator choose.
const CHOSEN: &str = "TOKIO_WORKER_THREADS";

/// Makes the runtime that `artisan serve` answers with: one async thread more than there are processors, or as many as
/// `TOKIO_WORKER_THREADS` says.
///
/// The file driver keeps one async thread free of disk work, so that a disk that hangs stops nothing else. Without the
/// one more, a machine of two processors would do half its disk work in the blocking pool, at twice the price.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if std::env::var_os(CHOSEN).is_none() {
        builder.worker_threads(thread::available_parallelism().map_or(1, NonZero::get) + 1);
    }
    builder.enable_all().build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_thread_more_than_processors_unless_the_operator_says_otherwise() {
        let processors = thread::available_parallelism().expect("known").get();
        let chosen = std::env::var(CHOSEN).map(|text| text.parse().expect("a number"));
        let expected = chosen.unwrap_or(processors + 1);
        assert_eq!(runtime().expect("threads").metrics().num_workers(), expected);
    }
}
