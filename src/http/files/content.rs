//! What is sent: a file of the disk, or one that is part of the program.

use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::io::AsyncReadExt;

use super::embedded::EmbeddedFile;
use super::open::OpenFile;
use crate::http::{Body, Receiver};

/// Bytes that are read at a time. A body that has no more is read at once, without a stream.
const CHUNK: u64 = 64 << 10;

pub(super) enum Content {
    OnDisk(OpenFile),
    Embedded(EmbeddedFile),
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::OnDisk(open) => open.metadata.len(),
            Self::Embedded(file) => file.bytes.len() as u64,
        }
    }

    pub(super) fn etag(&self) -> String {
        match self {
            Self::OnDisk(open) => open.stamp().etag(),
            Self::Embedded(file) => format!("\"{}\"", file.hash),
        }
    }

    /// When it was modified, if that is known. Of embedded files it is not: the date of a checkout would differ between
    /// two builds of the same sources.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        match self {
            Self::OnDisk(open) => open.modified(),
            Self::Embedded(_) => None,
        }
    }

    /// A body of this many bytes, from the one with the number `start` on.
    pub(super) fn part(self, start: u64, length: u64) -> io::Result<Body> {
        match self {
            Self::OnDisk(mut open) => {
                if start > 0 {
                    open.file.seek(SeekFrom::Start(start))?;
                }
                if length <= CHUNK {
                    return Ok(open.read(length)?.into());
                }
                Ok(Body::stream(chunks(open.file.into(), length)))
            }
            Self::Embedded(file) => {
                // Both are within the length, which is a `usize`.
                let part = start as usize..(start + length) as usize;
                Ok(Bytes::from_static(file.bytes).slice(part).into())
            }
        }
    }
}

/// This many bytes of a file in pieces, read as the client takes them.
fn chunks(file: tokio::fs::File, length: u64) -> impl Stream<Item = io::Result<Bytes>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    tokio::spawn(async move {
        // A file that grows meanwhile is sent up to the length that the head has.
        let (mut file, mut left) = (file.take(length), length);
        while left > 0 {
            let mut chunk = BytesMut::with_capacity(CHUNK as usize);
            let item = match file.read_buf(&mut chunk).await {
                // It became shorter; the connection is cut, so that the client notices.
                Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    left -= read as u64;
                    Ok(chunk.freeze())
                }
                Err(error) => Err(error),
            };
            let failed = item.is_err();
            if sender.send(item).await.is_err() || failed {
                return;
            }
        }
    });
    Receiver(receiver)
}
