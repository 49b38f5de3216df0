//! What is stored: a short head and the session's data as JSON.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | the kind: 1 a session, 2 a pointer to the session's successor, 3 the end of a session, 4 a session with a tag |
//! | 4 | CRC-32 of all that follows |
//! | 16 | the public id |
//! | 8 | when the session was made, unix seconds |
//! | 8 | when its token was made, unix seconds |
//! | 8 | when a request first came with that token, unix seconds; 0 before |
//! | 16 | the CSRF token |
//! | 16 | the tag, if it has one |
//! | rest | the data, a JSON object |
//!
//! After the checksum, an end has the 8 bytes of when the session ended. A pointer has the 32 of the successor's key, the 16
//! of the session's id, the 8 of when the token was replaced, the 8 of when a request had first come with it, and one that
//! is 1 if the token was replaced for its age. The data is decoded
//! when it is first asked for.

use bytes::{Buf, BufMut, Bytes};
use uuid::Uuid;

use super::csrf_token::CsrfToken;
use super::data::Data;
use super::key::Key;
use super::tag::Tag;

const SESSION: u8 = 1;
const POINTER: u8 = 2;
const ENDED: u8 = 3;
const TAGGED: u8 = 4;
const PREFIX: usize = 5;
/// The length of what stands before the data of a session without a tag.
pub(crate) const HEAD: usize = PREFIX + 16 + 8 + 8 + 8 + CsrfToken::BYTES;
/// The length of what may stand before the data.
const ROOM: usize = HEAD + Tag::BYTES;

/// The head of a stored session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// The public id: safe to log and to list.
    pub(crate) id: Uuid,
    /// When the session was made; the absolute lifetime counts from here.
    pub(crate) created: u64,
    /// When its token was made; time-based renewal counts from here.
    pub(crate) renewed: u64,
    /// When a request first came with that token; 0 before. Then the visitor has got it.
    pub(crate) confirmed: u64,
    /// What forms carry.
    pub(crate) csrf: CsrfToken,
    /// Under what the driver's index has the key. It stays as long as the key does.
    pub(crate) tag: Option<Tag>,
}

impl Head {
    /// How long it is as it is stored.
    pub(crate) fn size(&self) -> usize {
        HEAD + self.tag.map_or(0, |_| Tag::BYTES)
    }
}

/// What a payload turned out to be.
#[derive(Debug)]
pub(crate) enum Record {
    /// A session, its data still encoded.
    Session(Head, Bytes),
    /// The session has another key now.
    MovedTo(Pointer),
    /// The session was ended.
    Ended {
        /// When, unix seconds.
        at: u64,
    },
}

/// What a rotation leaves under the old key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    /// The new key.
    pub(crate) successor: Key,
    /// The public id.
    pub(crate) session: Uuid,
    /// When the token was replaced.
    pub(crate) at: u64,
    /// When a request had first come with that token; 0 if none had.
    pub(crate) confirmed: u64,
    /// Whether it was replaced for its age. After a rotation that was asked for, only a logout that had begun before goes by
    /// the pointer.
    pub(crate) renewal: bool,
}

/// A session whose head is not written yet: the data is encoded once, and heads differ from attempt to attempt.
#[derive(Clone, Default)]
pub(crate) struct Draft(Vec<u8>);

impl Draft {
    pub(crate) fn of(data: &Data) -> Result<Self, serde_json::Error> {
        let mut draft = Vec::with_capacity(ROOM + data.size_hint());
        draft.resize(ROOM, 0);
        data.write(&mut draft)?;
        Ok(Self(draft))
    }

    /// A draft of data that is encoded already.
    pub(crate) fn of_json(json: &[u8]) -> Self {
        let mut draft = Vec::with_capacity(ROOM + json.len().max(2));
        draft.resize(ROOM, 0);
        draft.extend_from_slice(if json.is_empty() { b"{}" } else { json });
        Self(draft)
    }

    /// The data as JSON.
    pub(crate) fn json(&self) -> &[u8] {
        &self.0[ROOM..]
    }

    /// The data as JSON, without a copy.
    pub(crate) fn into_json(self) -> Bytes {
        Bytes::from(self.0).slice(ROOM..)
    }

    /// The record.
    pub(crate) fn finish(mut self, head: &Head) -> Bytes {
        // It ends where the data begins, so a head without a tag leaves some of the room before it.
        let unused = ROOM - head.size();
        let mut space = &mut self.0[unused..ROOM];
        space.put_u8(if head.tag.is_some() { TAGGED } else { SESSION });
        space.put_u32_le(0);
        space.put_slice(head.id.as_bytes());
        space.put_u64_le(head.created);
        space.put_u64_le(head.renewed);
        space.put_u64_le(head.confirmed);
        space.put_slice(&head.csrf.0);
        if let Some(tag) = &head.tag {
            space.put_slice(tag.as_bytes());
        }
        let checksum = crc32fast::hash(&self.0[unused + PREFIX..]);
        self.0[unused + 1..unused + PREFIX].copy_from_slice(&checksum.to_le_bytes());
        let mut payload = Bytes::from(self.0);
        payload.advance(unused);
        payload
    }
}

/// Encodes the pointer that a rotation leaves behind.
pub(crate) fn encode_pointer(pointer: &Pointer) -> Bytes {
    let mut payload = start(POINTER, 32 + 16 + 8 + 8 + 1);
    payload.put_slice(pointer.successor.as_bytes());
    payload.put_slice(pointer.session.as_bytes());
    payload.put_u64_le(pointer.at);
    payload.put_u64_le(pointer.confirmed);
    payload.put_u8(u8::from(pointer.renewal));
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
        SESSION | TAGGED => {
            let (id, rest) = body.split_first_chunk::<16>()?;
            let (created, rest) = rest.split_first_chunk::<8>()?;
            let (renewed, rest) = rest.split_first_chunk::<8>()?;
            let (confirmed, rest) = rest.split_first_chunk::<8>()?;
            let (csrf, rest) = rest.split_first_chunk::<{ CsrfToken::BYTES }>()?;
            let tag = match *kind {
                TAGGED => Some(Tag::from_bytes(*rest.first_chunk()?)),
                _ => None,
            };
            let head = Head {
                id: Uuid::from_bytes(*id),
                created: u64::from_le_bytes(*created),
                renewed: u64::from_le_bytes(*renewed),
                confirmed: u64::from_le_bytes(*confirmed),
                csrf: CsrfToken(*csrf),
                tag,
            };
            payload.advance(head.size());
            Some(Record::Session(head, payload))
        }
        ENDED => Some(Record::Ended { at: u64::from_le_bytes(body.try_into().ok()?) }),
        POINTER => {
            let (successor, rest) = body.split_first_chunk::<32>()?;
            let (session, rest) = rest.split_first_chunk::<16>()?;
            let (at, rest) = rest.split_first_chunk::<8>()?;
            let (confirmed, rest) = rest.split_first_chunk::<8>()?;
            let [renewal] = rest else { return None };
            Some(Record::MovedTo(Pointer {
                successor: Key::from_bytes(*successor),
                session: Uuid::from_bytes(*session),
                at: u64::from_le_bytes(*at),
                confirmed: u64::from_le_bytes(*confirmed),
                renewal: *renewal == 1,
            }))
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
        let id = Uuid::from_u128(7);
        let json = json!({"name": "Ada"}).to_string();
        for tag in [None, Some(Tag::from_bytes([8; Tag::BYTES]))] {
            let head = Head { id, created: 1, renewed: 2, confirmed: 3, csrf, tag };
            let draft = Draft::of_json(json.as_bytes());
            assert_eq!(draft.json(), json.as_bytes());
            let payload = draft.finish(&head);
            assert_eq!(payload.len(), head.size() + json.len());
            let Some(Record::Session(read, raw)) = decode(payload.clone()) else {
                panic!("no session")
            };
            assert_eq!(raw, json);
            assert_eq!((read.id, read.created, read.tag), (id, 1, tag));
            assert_eq!((read.renewed, read.confirmed), (2, 3));
            assert!(read.csrf.is(&csrf.text()) && !read.csrf.is(""));
            for index in 0..payload.len() {
                let mut damaged = payload.to_vec();
                damaged[index] ^= 4;
                assert!(decode(damaged.into()).is_none(), "byte {index}");
            }
        }
    }

    #[test]
    fn pointers_and_ends_read_back() {
        let (successor, session) = (Key::from_bytes([1; 32]), Uuid::from_u128(7));
        for renewal in [true, false] {
            let pointer = Pointer { successor, session, at: 5, confirmed: 9, renewal };
            let read = decode(encode_pointer(&pointer));
            assert!(matches!(read, Some(Record::MovedTo(read)) if read == pointer));
        }
        assert!(matches!(decode(encode_end(7)), Some(Record::Ended { at: 7 })));
    }
}
