//! Sessions that lie in the visitor's cookie: the driver `cookie`.
//!
//! The server keeps nothing. The cookie holds the whole session, sealed, so that its visitor can neither read nor
//! change it, and with its deadlines, so that a copy dies as the session does:
//!
//! | bytes | content |
//! |---|---|
//! | 8 | the deadline, unix seconds |
//! | 32 | the key: another one after each rotation |
//! | rest | the record, as a driver would hold it |
//!
//! What this cannot do, and a driver can:
//!
//! - **Parallel requests overwrite one another.** The browser keeps the cookie that arrived last, with what that
//!   request alone did; `increment` and `push` are not exact.
//! - **A logout binds this process alone** ([`Revoked`]), which remembers a bounded number of them: elsewhere, and
//!   after a restart, a cookie that was copied before the logout lives on until its deadline.
//! - **4,096 bytes are the end**: [`LIMIT`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::revoked::Revoked;
use crate::encryption::{Keyring, OVERHEAD, Sealer};
use crate::session::record::{self, HEAD, Head, Key, Record};

/// How long the whole `Set-Cookie` header may be.
///
/// Browsers drop larger cookies without a word. RFC 6265bis (5.6) lets them count name and value, RFC 6265 (6.1)
/// the attributes as well: what keeps to the stricter count is kept by all.
const LIMIT: usize = 4_096;

/// What stands before the record, in bytes.
const DEADLINE: usize = 8;
const KEY: usize = 32;

/// What seals sessions into cookies, and remembers those that ended.
pub(crate) struct CookiePlace {
    sealer: Sealer,
    /// The sessions whose cookies are worthless before their time.
    pub(crate) revoked: Revoked,
}

/// What a cookie held.
pub(crate) struct Carried {
    pub(crate) deadline: u64,
    pub(crate) key: Key,
    pub(crate) head: Head,
    pub(crate) raw: Bytes,
}

impl CookiePlace {
    pub(crate) fn new(keys: &Keyring) -> Self {
        Self { sealer: keys.sealer("session cookie"), revoked: Revoked::new() }
    }

    /// What is in a cookie's value, if it was sealed here.
    pub(crate) fn open(&self, name: &str, value: &str) -> Option<Carried> {
        // No cookie of ours is longer, and what is longer costs no work.
        if value.len() > LIMIT {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
        let mut plain = Bytes::from(self.sealer.open(name.as_bytes(), &sealed)?.plain);
        let deadline = plain.try_get_u64_le().ok()?;
        let mut key = [0; KEY];
        plain.try_copy_to_slice(&mut key).ok()?;
        let Some(Record::Session(head, raw)) = record::decode(plain) else { return None };
        Some(Carried { deadline, key: Key::from_bytes(key), head, raw })
    }

    /// The value of a cookie that holds a record.
    pub(crate) fn seal(
        &self,
        name: &str,
        deadline: u64,
        key: &Key,
        record: &[u8],
    ) -> Result<String, getrandom::Error> {
        let mut plain = BytesMut::with_capacity(DEADLINE + KEY + record.len());
        plain.put_u64_le(deadline);
        plain.put_slice(key.as_bytes());
        plain.put_slice(record);
        Ok(URL_SAFE_NO_PAD.encode(self.sealer.seal(name.as_bytes(), &plain)?))
    }

    /// How many bytes of JSON fit into a cookie whose name and attributes have a length.
    pub(crate) fn room(header: usize) -> usize {
        // Four characters of base64 carry three bytes.
        (LIMIT.saturating_sub(header) * 3 / 4).saturating_sub(OVERHEAD + DEADLINE + KEY + HEAD)
    }
}
