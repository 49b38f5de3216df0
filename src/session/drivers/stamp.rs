//! Versions for stores that can roll back.

use super::DriverError;

/// A version that no record has had before: after a failover a counter would come back with other data, a random number
/// does not.
pub(super) fn stamp() -> Result<u64, DriverError> {
    getrandom::u64().map_err(|error| DriverError::unavailable(error.to_string()))
}
