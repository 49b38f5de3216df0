//! Sealing: what lies with others, they can neither read nor change.
//!
//! A [`Keyring`] holds the application's key and those it had before; a [`Sealer`] of one purpose seals bytes under
//! the current key and opens what any of them sealed. Records of sessions and session cookies are sealed so.
//!
//! ```
//! use lunox::encryption::{AppKey, Keyring};
//!
//! let key = AppKey::generate()?;
//! let notes = Keyring::new(key, []).sealer("notes");
//! let sealed = notes.seal(b"note 7", b"buy milk")?;
//! assert_eq!(notes.open(b"note 7", &sealed).unwrap().plain, b"buy milk");
//! assert!(notes.open(b"note 8", &sealed).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Keyring::encrypt`] and [`Keyring::decrypt`] do it for values, as text. An application's keyring is bound in its
//! container, and `encrypt()` and `decrypt()` of the prelude use it.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | the format, [`FORMAT`] |
//! | 4 | which key sealed it |
//! | 24 | the nonce, random |
//! | rest | the ciphertext, as long as the plain bytes, and a tag of 16 bytes |
//!
//! The cipher is XChaCha20-Poly1305 (OWASP ASVS 5.0, 11.3.2): its nonces are long enough to be drawn at random for
//! as many messages as there will ever be (11.3.4). Format, key and the caller's context are authenticated with the
//! bytes, so that nothing sealed for one place opens at another.
//!
//! What everybody may read and nobody may make is signed instead: a [`Signer`] of one purpose.
//!
//! Not for passwords, which are hashed, and not for values that must be found by what they contain.

mod app_key;
#[cfg(feature = "session")]
mod error;
#[cfg(feature = "session")]
mod keyring;
#[cfg(feature = "session")]
mod sealer;
#[cfg(feature = "session")]
mod signer;

pub use app_key::{AppKey, ParseAppKeyError};
#[cfg(feature = "session")]
pub use error::CryptError;
#[cfg(feature = "session")]
pub use keyring::Keyring;
#[cfg(feature = "session")]
pub use sealer::{FORMAT, OVERHEAD, Opened, Sealer};
#[cfg(feature = "session")]
pub use signer::{SIGNATURE, Signer};
