//! Where a driver keeps a record.

use std::fmt;
use std::str::FromStr;

/// Where a driver keeps a record: the SHA-256 of the session's token, whose first byte is that of the token.
///
/// That byte is the record's shard. A token that replaces another keeps it, so all keys that a session has had
/// lie in one shard. 248 bits of the hash are left, and a thief who reads the store learns a byte of the 32.
///
/// A thief who reads the store cannot turn keys back into tokens, and a driver that looks a key up gives
/// away nothing about the token through its timing (GHSA-hrqr-hxpp-chr3). Safe to write down and to log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// The part of the store in which a session stays, whichever token it has: one of the file driver's folders, or the
    /// hash tag of a Redis key.
    pub fn shard(&self) -> u8 {
        self.0[0]
    }

    /// The 32 bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key from its bytes, for drivers that list what they hold.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key as 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        self.digits().into_iter().map(char::from).collect()
    }

    /// The digits of [`to_hex`](Self::to_hex), as bytes of ASCII.
    pub(crate) fn digits(&self) -> [u8; 64] {
        // Without a table: so the compiler makes many digits at once of it.
        let digit = |four: u8| four + if four < 10 { b'0' } else { b'a' - 10 };
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            (pair[0], pair[1]) = (digit(byte >> 4), digit(byte & 15));
        }
        digits
    }
}

/// The text was not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseKeyError;

impl fmt::Display for ParseKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session key has 64 lower-case hexadecimal digits")
    }
}

impl std::error::Error for ParseKeyError {}

impl FromStr for Key {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(ParseKeyError);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn digit(byte: u8) -> Result<u8, ParseKeyError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(ParseKeyError),
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_hexadecimal_digits() {
        let key = Key::from_bytes([0xAB; 32]);
        assert_eq!(key.to_hex().parse(), Ok(key));
        assert_eq!(key.to_hex().to_uppercase().parse::<Key>(), Err(ParseKeyError));
        assert_eq!("../../etc/passwd".parse::<Key>(), Err(ParseKeyError));
    }
}
