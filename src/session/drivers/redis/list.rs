//! Listing by `SCAN`, which returns more or fewer keys than it was asked for.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use redis::FromRedisValue;
use redis::aio::ConnectionManager;

use super::layout::{Layout, decode};
use super::unavailable;
use crate::session::drivers::{BATCH_BYTES, Batch, Cursor, DriverError, Listed};
use crate::session::record::Key;

/// Where a list goes on: the server's cursor, and keys that it has returned and that no batch has had yet.
struct Position {
    cursor: u64,
    /// Whether the server has returned all keys.
    ended: bool,
    keys: Vec<Key>,
}

impl Position {
    fn parse(cursor: Option<&Cursor>) -> Result<Self, DriverError> {
        let Some(cursor) = cursor else {
            return Ok(Self { cursor: 0, ended: false, keys: Vec::new() });
        };
        let mut bytes = cursor.as_bytes();
        if bytes.len() < 9 || !(bytes.len() - 9).is_multiple_of(32) {
            return Err(DriverError::unavailable("the cursor of another list"));
        }
        let (cursor, ended) = (bytes.get_u64(), bytes.get_u8() == 1);
        let (keys, _) = bytes.as_chunks::<32>();
        Ok(Self { cursor, ended, keys: keys.iter().copied().map(Key::from_bytes).collect() })
    }

    fn next(self) -> Option<Cursor> {
        if self.ended && self.keys.is_empty() {
            return None;
        }
        let mut bytes = BytesMut::new();
        bytes.put_u64(self.cursor);
        bytes.put_u8(u8::from(self.ended));
        self.keys.iter().for_each(|key| bytes.put_slice(key.as_bytes()));
        Some(Cursor::new(bytes.freeze()))
    }
}

pub(super) async fn list(
    connection: &mut ConnectionManager,
    layout: &Layout,
    from: Option<&Cursor>,
    limit: usize,
) -> Result<Batch, DriverError> {
    let mut position = Position::parse(from)?;
    if position.keys.is_empty() && !position.ended {
        let mut scan = redis::cmd("SCAN");
        scan.arg(position.cursor).arg("MATCH").arg(layout.records());
        scan.arg("COUNT").arg(limit.clamp(10, 1_000));
        let (cursor, names): (u64, Vec<Bytes>) =
            scan.query_async(connection).await.map_err(unavailable)?;
        position.cursor = cursor;
        position.ended = cursor == 0;
        position.keys = names.iter().filter_map(|name| layout.key(name)).collect();
    }
    let count = limit.min(position.keys.len());
    let lengths: Vec<usize> = each("STRLEN", connection, layout, &position.keys[..count]).await?;
    let mut bytes = 0;
    let within = lengths.iter().take_while(|length| {
        let fits = bytes < BATCH_BYTES;
        bytes += **length;
        fits
    });
    let taken: Vec<Key> = position.keys.drain(..within.count()).collect();
    let found: Vec<Option<Bytes>> = each("GET", connection, layout, &taken).await?;
    let mut records = Vec::new();
    for (key, bytes) in taken.into_iter().zip(found) {
        if let Some(bytes) = bytes {
            records.push(Listed { key, stored: decode(&key, bytes)? });
        }
    }
    Ok(Batch { records, next: position.next() })
}

/// What a command returns for each of the keys.
async fn each<T: FromRedisValue>(
    command: &str,
    connection: &mut ConnectionManager,
    layout: &Layout,
    keys: &[Key],
) -> Result<Vec<T>, DriverError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut pipeline = redis::pipe();
    for key in keys {
        pipeline.cmd(command).arg(layout.record(key));
    }
    pipeline.query_async(connection).await.map_err(unavailable)
}
