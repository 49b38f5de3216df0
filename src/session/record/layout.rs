//! What is stored: a short head and the session's data as JSON.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | the kind: 1 a session, 2 a pointer to the session's successor, 3 the end of a session |
//! | 4 | CRC-32 of all that follows |
//! | 16 | the public id |
//! | 8 | when the session was made, unix seconds |
//! | 8 | when its token was made, unix seconds |
//! | 16 | the CSRF token |
//! | rest | the data, a JSON object |
//!
//! After the checksum, an end has the 8 bytes of when the session ended; a pointer has the 32 of the successor's key, and
//! twice 8: when the token was replaced, and until when it still finds its session. The data is decoded
//! when it is first asked for.

use bytes::{Buf, BufMut, Bytes};
use uuid::Uuid;

use super::csrf_token::CsrfToken;
use super::data::Data;
use super::key::Key;

const SESSION: u8 = 1;
const POINTER: u8 = 2;
const ENDED: u8 = 3;
const PREFIX: usize = 5;
/// The length of what stands before the data.
pub(crate) const HEAD: usize = PREFIX + 16 + 8 + 8 + CsrfToken::BYTES;

/// The head of a stored session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// The public id: safe to log and to list.
    pub(crate) id: Uuid,
    /// When the session was made; the absolute lifetime counts from here.
    pub(crate) created: u64,
    /// When its token was made; time-based renewal counts from here.
    pub(crate) renewed: u64,
    /// What forms carry.
    pub(crate) csrf: CsrfToken,
}

/// What a payload turned out to be.
#[derive(Debug)]
pub(crate) enum Record {
    /// A session, its data still encoded.
    Session(Head, Bytes),
    /// The session has another key now.
    MovedTo {
        /// The key.
        successor: Key,
        /// Until when the old token still finds its session, unix seconds. 0 after a rotation that was asked for: then
        /// only a logout that had begun before goes by it.
        until: u64,
        /// When the token was replaced, unix seconds.
        at: u64,
    },
    /// The session was ended.
    Ended {
        /// When, unix seconds.
        at: u64,
    },
}

/// A session whose head is not written yet: the data is encoded once, and heads differ from attempt to attempt.
#[derive(Clone, Default)]
pub(crate) struct Draft(Vec<u8>);

impl Draft {
    pub(crate) fn of(data: &Data) -> Result<Self, serde_json::Error> {
        let mut draft = Vec::with_capacity(HEAD + data.size_hint());
        draft.resize(HEAD, 0);
        data.write(&mut draft)?;
        Ok(Self(draft))
    }

    /// A draft of data that is encoded already.
    pub(crate) fn of_json(json: &[u8]) -> Self {
        let mut draft = Vec::with_capacity(HEAD + json.len().max(2));
        draft.resize(HEAD, 0);
        draft.extend_from_slice(if json.is_empty() { b"{}" } else { json });
        Self(draft)
    }

    /// The data as JSON.
    pub(crate) fn json(&self) -> &[u8] {
        &self.0[HEAD..]
    }

    /// The data as JSON, without a copy.
    pub(crate) fn into_json(self) -> Bytes {
        Bytes::from(self.0).slice(HEAD..)
    }

    /// The record.
    pub(crate) fn finish(mut self, head: &Head) -> Bytes {
        let mut space = &mut self.0[..HEAD];
        space.put_u8(SESSION);
        space.put_u32_le(0);
        space.put_slice(head.id.as_bytes());
        space.put_u64_le(head.created);
        space.put_u64_le(head.renewed);
        space.put_slice(head.csrf.as_bytes());
        seal(self.0)
    }
}

/// Encodes the pointer that a rotation leaves behind.
pub(crate) fn encode_pointer(successor: &Key, at: u64, until: u64) -> Bytes {
    let mut payload = start(POINTER, 32 + 8 + 8);
    payload.put_slice(successor.as_bytes());
    payload.put_u64_le(at);
    payload.put_u64_le(until);
    seal(payload)
}

/// Encodes the mark that a session has ended, so that no parallel renewal can carry it on.
pub(crate) fn encode_end(at: u64) -> Bytes {
    let mut payload = start(ENDED, 8);
    payload.put_u64_le(at);
    seal(payload)
}

fn start(kind: u8, room: usize) -> Vec<u8> {
    let mut payload = Vec::with_capacity(PREFIX + room);
    payload.put_u8(kind);
    payload.put_u32_le(0);
    payload
}

fn seal(mut payload: Vec<u8>) -> Bytes {
    let checksum = crc32fast::hash(&payload[PREFIX..]);
    payload[1..PREFIX].copy_from_slice(&checksum.to_le_bytes());
    payload.into()
}

/// Decodes a payload; `None` when it is not one of ours or is damaged.
pub(crate) fn decode(mut payload: Bytes) -> Option<Record> {
    let (kind, rest) = payload.split_first()?;
    let (checksum, body) = rest.split_first_chunk::<4>()?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return None;
    }
    match *kind {
        SESSION => {
            let (id, rest) = body.split_first_chunk::<16>()?;
            let (created, rest) = rest.split_first_chunk::<8>()?;
            let (renewed, rest) = rest.split_first_chunk::<8>()?;
            let (csrf, _) = rest.split_first_chunk::<{ CsrfToken::BYTES }>()?;
            let head = Head {
                id: Uuid::from_bytes(*id),
                created: u64::from_le_bytes(*created),
                renewed: u64::from_le_bytes(*renewed),
                csrf: CsrfToken::from_bytes(*csrf),
            };
            payload.advance(HEAD);
            Some(Record::Session(head, payload))
        }
        ENDED => Some(Record::Ended { at: u64::from_le_bytes(body.try_into().ok()?) }),
        POINTER => {
            let (successor, rest) = body.split_first_chunk::<32>()?;
            let (at, rest) = rest.split_first_chunk::<8>()?;
            let (successor, at) = (Key::from_bytes(*successor), u64::from_le_bytes(*at));
            let until = u64::from_le_bytes(rest.try_into().ok()?);
            Some(Record::MovedTo { successor, until, at })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_reads_back_and_a_flipped_bit_does_not() {
        let csrf = CsrfToken::from_bytes([9; CsrfToken::BYTES]);
        let head = Head { id: Uuid::from_u128(7), created: 1, renewed: 2, csrf };
        let json = json!({"name": "Ada"}).to_string();
        let draft = Draft::of_json(json.as_bytes());
        assert_eq!(draft.json(), json.as_bytes());
        let payload = draft.finish(&head);
        let Some(Record::Session(read, raw)) = decode(payload.clone()) else {
            panic!("no session")
        };
        assert_eq!(raw, json);
        assert_eq!((read.id, read.created, read.renewed), (head.id, head.created, head.renewed));
        assert!(read.csrf.is(&csrf.text()) && !read.csrf.is(""));
        for index in 0..payload.len() {
            let mut damaged = payload.to_vec();
            damaged[index] ^= 4;
            assert!(decode(damaged.into()).is_none(), "byte {index}");
        }
        let key = Key::of(&[1; 32]);
        let pointer = decode(encode_pointer(&key, 5, 9));
        let Some(Record::MovedTo { successor, until, at }) = pointer else { panic!("no pointer") };
        assert_eq!((successor, until, at), (key, 9, 5));
        assert!(matches!(decode(encode_end(7)), Some(Record::Ended { at: 7 })));
    }
}
