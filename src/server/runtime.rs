//! The threads that answer requests.

use std::ffi::OsStr;
use std::io;
use std::num::NonZero;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use crate::support::open_files;

/// The variable by which tokio itself lets an operator choose.
const CHOSEN: &str = "TOKIO_WORKER_THREADS";

/// Makes the runtime that `artisan serve` answers with: one async thread more than there are processors, or as many as
/// `TOKIO_WORKER_THREADS` says.
///
/// The file driver keeps one async thread free of disk work, so that a disk that hangs stops nothing else. With the one
/// more, all processors can do disk work. That holds for a single processor too: two threads cost it no more than one.
///
/// It also raises the limit of open files to what the administrator allows, for each connection is one.
///
/// # Errors
/// When the system gives no threads, or `TOKIO_WORKER_THREADS` is not a number of threads.
pub fn runtime() -> io::Result<Runtime> {
    open_files::allow_more();
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(match std::env::var_os(CHOSEN) {
        Some(chosen) => threads(&chosen)?,
        None => thread::available_parallelism().map_or(1, NonZero::get) + 1,
    });
    builder.enable_all().build()
}

fn threads(chosen: &OsStr) -> io::Result<usize> {
    let number = chosen.to_str().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| {
        let what = format!(
            "{CHOSEN}={} is no number of threads; set it to 1 or more, or unset it for one more than processors",
            chosen.display()
        );
        io::Error::new(io::ErrorKind::InvalidInput, what)
    })
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

    #[test]
    fn what_is_no_number_of_threads_is_refused_by_name() {
        assert_eq!(threads(OsStr::new("3")).expect("a number"), 3);
        for wrong in ["0", "abc", "-1", ""] {
            let error = threads(OsStr::new(wrong)).expect_err("no number").to_string();
            assert!(error.contains(&format!("TOKIO_WORKER_THREADS={wrong} is no")), "{error}");
        }
    }
}
