//! What holds for all bytes that the decoders of the engine are given; `crate::fuzzing` tries it.

use bytes::Bytes;
use serde_json::Value;

use super::drivers::file_of_any_bytes;
use super::record::{self, ClaimedToken, Data, Draft, Record};
use crate::support::dot::JsonMap;

/// The record that the bytes are, and the one that they would be with the right checksum.
pub(crate) fn record_of_any_bytes(bytes: &[u8]) {
    check(bytes);
    file_of_any_bytes(bytes);
    if bytes.len() < 5 {
        return;
    }
    let mut sealed = bytes.to_vec();
    let checksum = crc32fast::hash(&sealed[5..]);
    sealed[1..5].copy_from_slice(&checksum.to_le_bytes());
    // The first bytes of a record say what it is.
    for kind in [sealed[0], sealed[0] % 6] {
        sealed[0] = kind;
        check(&sealed);
    }
}

fn check(bytes: &[u8]) {
    let again = match record::decode(Bytes::copy_from_slice(bytes)) {
        None => return,
        Some(Record::Session(_, raw)) if raw.is_empty() => return,
        Some(Record::Session(head, raw)) => Draft::of_json(&raw).finish(&head),
        Some(Record::MovedTo(pointer)) => record::encode_pointer(&pointer),
        Some(Record::Ended { at }) => record::encode_end(at),
    };
    assert_eq!(again, bytes);
}

/// Data is read as serde_json reads it, whole and by its keys, and written so that it reads back.
pub(crate) fn data_of_any_bytes(bytes: &[u8]) {
    let whole = serde_json::from_slice::<JsonMap>(bytes);
    // Values are only split, so one that no reader takes, such as a number too large, is found when it is asked for.
    let Ok(mut data) = Data::parse(Bytes::copy_from_slice(bytes)) else {
        assert!(whole.is_err() || bytes.is_empty());
        return;
    };
    let Ok(whole) = whole else { return };
    assert_eq!(data.all(), whole);
    for (key, value) in &whole {
        assert_eq!(data.get(key), Some(value));
        if let Some(found) = record::look_up::<Value>(bytes, key)
            && alike(bytes, key) < 2
        {
            assert_eq!(found.as_ref(), Some(value));
        }
    }
    let draft = Draft::of(&data).expect("JSON");
    assert_eq!(serde_json::from_slice::<JsonMap>(draft.json()).expect("JSON"), whole);
}

/// How often a key may stand in the text; of two, the first is found without a split.
fn alike(bytes: &[u8], key: &str) -> usize {
    let name = [b"\"", key.as_bytes(), b"\""].concat();
    bytes.windows(name.len()).filter(|part| *part == name).count()
}

/// Only what has the form of a token is one.
pub(crate) fn token_of_any_text(texts: &[String]) {
    for text in texts {
        let is_form = text.len() == 43
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        assert!(is_form || ClaimedToken::parse(text).is_none(), "{text:?}");
    }
}
