//! Listing in the order of the keys.

use super::SqlDriver;
use super::dialect::Value::{Blob, Number};
use super::dialect::{Dialect, key, refused, stored};
use crate::session::drivers::{BATCH_BYTES, Batch, Cursor, DriverError, Listed};

/// How many records a batch has at most.
const BATCH: usize = 1_000;

/// First the lengths, so that a batch of large records is not read at once; then the records that it has room for.
pub(super) async fn list<DB: Dialect>(
    driver: &SqlDriver<DB>,
    from: Option<&Cursor>,
    limit: usize,
) -> Result<Batch, DriverError> {
    let after = from.map(Cursor::key).transpose()?;
    let after = after.as_ref().map_or(&[][..], |key| key.as_bytes());
    let limit = limit.min(BATCH);
    let values = [Blob(after), Number(limit as i64)];
    let sizes = driver.rows(DB::SQL.sizes, &values).await.map_err(refused)?;
    let (mut bytes, mut count) = (0, 0);
    while count < sizes.len() && bytes < BATCH_BYTES as i64 {
        bytes += DB::number(&sizes[count], 1).map_err(refused)?;
        count += 1;
    }
    let Some(last) = sizes[..count].last() else { return Ok(Batch::default()) };
    let last = key::<DB>(last)?;
    let values = [Blob(after), Blob(last.as_bytes()), Number(count as i64)];
    let rows = driver.rows(DB::SQL.list, &values).await.map_err(refused)?;
    let record = |row| Ok(Listed { key: key::<DB>(row)?, stored: stored::<DB>(row, 1)? });
    let records: Vec<Listed> = rows.iter().map(record).collect::<Result<_, DriverError>>()?;
    // Where some were made between the two queries, the batch ends before `last`.
    let end = match records.last() {
        Some(listed) if records.len() == count => listed.key,
        _ => last,
    };
    let is_last = sizes.len() < limit && count == sizes.len() && end == last;
    Ok(Batch { records, next: (!is_last).then(|| Cursor::after(&end)) })
}
