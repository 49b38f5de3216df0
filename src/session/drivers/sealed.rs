//! A driver whose records are sealed, for `encrypt` in `config/session.rs`.
//!
//! Each record is bound to its key: who can write the store can neither read nor change one, nor put one visitor's
//! under another's key. What remains to them is to delete records, to put back an older one at its own key, and to
//! move a deadline, within the absolute lifetime.
//!
//! A record in the clear is refused, also one from before `encrypt` was turned on. Were it accepted, whoever can
//! write the store could write a session of their own into it.

use std::sync::Arc;

use bytes::Bytes;

use super::driver::{Batch, Cursor, Outcome, Rotation, SessionDriver, Stored};
use super::erased::ErasedDriver;
use super::error::DriverError;
use crate::encryption::{FORMAT, Keyring, Sealer};
use crate::session::record::{Key, Tag};

/// Seals what another driver stores.
pub(crate) struct SealedDriver {
    driver: Arc<dyn ErasedDriver>,
    sealer: Sealer,
}

impl SealedDriver {
    pub(crate) fn new(driver: Arc<dyn ErasedDriver>, keys: &Keyring) -> Self {
        Self { driver, sealer: keys.sealer("session record") }
    }

    fn seal(&self, key: &Key, payload: &[u8]) -> Result<Bytes, DriverError> {
        match self.sealer.seal(key.as_bytes(), payload) {
            Ok(sealed) => Ok(sealed.into()),
            Err(error) => Err(DriverError::unavailable(error.to_string())),
        }
    }

    fn open(&self, key: &Key, payload: &[u8]) -> Option<Bytes> {
        Some(self.sealer.open(key.as_bytes(), payload)?.plain.into())
    }
}

/// What may have happened to a record that does not open.
fn why_closed(payload: &[u8]) -> DriverError {
    let why = if payload.first() == Some(&FORMAT) {
        "it does not open: it was changed or moved, or its key is no longer among APP_KEY and APP_PREVIOUS_KEYS"
    } else {
        "it is not sealed: it was written before `encrypt` was turned on (SESSION_ENCRYPT), or not by this application"
    };
    DriverError::Corrupt(format!("{why}; it stays until it is swept"))
}

impl SessionDriver for SealedDriver {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let Some(stored) = self.driver.read(key).await? else { return Ok(None) };
        match self.open(key, &stored.payload) {
            Some(payload) => Ok(Some(Stored { payload, ..stored })),
            None => Err(why_closed(&stored.payload)),
        }
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let payload = self.seal(key, &payload)?;
        self.driver.create(key, payload, deadline).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let payload = self.seal(key, &payload)?;
        self.driver.replace(key, version, payload, deadline).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        self.driver.touch(key, version, deadline).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let payload = self.seal(rotation.new, &rotation.payload)?;
        let left_behind = match &rotation.left_behind {
            Some((pointer, deadline)) => Some((self.seal(rotation.old, pointer)?, *deadline)),
            None => None,
        };
        self.driver.rotate(Rotation { payload, left_behind, ..rotation }).await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.driver.destroy(key).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.driver.sweep(now, limit).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let Some(mut batch) = self.driver.list(from, limit).await? else { return Ok(None) };
        for listed in &mut batch.records {
            // What does not open is listed as an empty payload, which is not a record.
            listed.stored.payload =
                self.open(&listed.key, &listed.stored.payload).unwrap_or_default();
        }
        Ok(Some(batch))
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.driver.tag(tag, key, until).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.driver.untag(tag, key).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        self.driver.tagged(tag).await
    }
}

#[cfg(test)]
mod tests {
    // Not `*`: the driver's trait has an erased twin with the same methods.
    use super::{Arc, Bytes, FORMAT, Key, Keyring, Outcome, Rotation, SealedDriver, SessionDriver};
    use crate::encryption::AppKey;
    use crate::encryption::OVERHEAD;
    use crate::session::MemoryDriver;

    fn sealed(driver: Arc<MemoryDriver>) -> SealedDriver {
        SealedDriver::new(driver, &Keyring::new(AppKey::generate().expect("random bytes"), []))
    }

    crate::session_driver_contract!(sealed_in_memory, || async {
        (sealed(Arc::new(MemoryDriver::new())), ())
    });

    #[tokio::test]
    async fn whatever_is_stored_is_sealed_under_the_key_where_it_lies() {
        let memory = Arc::new(MemoryDriver::new());
        let driver = sealed(Arc::clone(&memory));
        let [old, new, third] = [1, 2, 3].map(|byte| {
            let mut bytes = [byte; 32];
            bytes[0] = 7;
            Key::from_bytes(bytes)
        });
        let text = |text: &'static str| Bytes::from_static(text.as_bytes());
        driver.create(&old, text("created"), 9).await.expect("creates");
        driver.create(&third, text("another"), 9).await.expect("creates");
        let version = async || driver.read(&old).await.expect("reads").expect("is there").version;
        let replaced = driver.replace(&old, version().await, text("replaced"), 9).await;
        assert_eq!(replaced.expect("replaces"), Outcome::Done);
        let left_behind = Some((text("pointer"), 9));
        let payload = text("rotated");
        let rotation = Rotation {
            old: &old,
            version: version().await,
            new: &new,
            payload,
            deadline: 9,
            left_behind,
        };
        assert_eq!(driver.rotate(rotation).await.expect("rotates"), Outcome::Done);

        let stored = memory.list(None, 10).await.expect("lists").expect("can list").records;
        assert_eq!(stored.len(), 3);
        for (listed, opened) in stored
            .iter()
            .zip(driver.list(None, 10).await.expect("lists").expect("can list").records)
        {
            let expected = match listed.key {
                key if key == old => "pointer",
                key if key == new => "rotated",
                _ => "another",
            };
            assert_eq!(opened.stored.payload, expected);
            let sealed = &listed.stored.payload;
            assert_eq!((sealed[0], sealed.len()), (FORMAT, expected.len() + OVERHEAD));
            for other in [old, new, third] {
                assert_eq!(driver.open(&other, sealed).is_some(), other == listed.key);
            }
        }
    }
}
