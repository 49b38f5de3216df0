//! How many files this process may have open. Each connection is one, and the file driver keeps some open.

/// How many files the system lets this process have open at a time.
#[cfg(unix)]
pub(crate) fn allowed() -> usize {
    rlimit::Resource::NOFILE
        .get_soft()
        .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
pub(crate) fn allowed() -> usize {
    usize::MAX
}

/// Asks the system for as many as its administrator lets this process have. What a process starts with is often 1,024,
/// for the sake of programs that wait with `select`, which knows no more.
#[cfg(feature = "framework")]
pub(crate) fn allow_more() {
    // Where it may not, the limit stays as it is, and whoever needs files asks what it is.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}
