//! The suite, held to its own list, and run against drivers that break the contract.

use std::sync::Arc;

use bytes::Bytes;

use super::__private::check;
use super::*;
use crate::session::{
    Batch, Cursor, DriverError, Key, MemoryDriver, Outcome, Rotation, SessionDriver, Stored, Tag,
};

crate::session_driver_contract!(a_faulty_driver_without_faults, || async {
    crate::testing::FaultyDriver::new(MemoryDriver::new())
});

macro_rules! count_clauses {
    (, $($clause:ident)*) => { [$(stringify!($clause)),*] };
}

#[test]
fn every_clause_is_in_the_list() {
    let files = [
        include_str!("clauses/conditions.rs"),
        include_str!("clauses/dropped.rs"),
        include_str!("clauses/lists.rs"),
        include_str!("clauses/races.rs"),
        include_str!("clauses/records.rs"),
        include_str!("clauses/rotations.rs"),
        include_str!("clauses/sweeps.rs"),
        include_str!("clauses/tags.rs"),
    ];
    let written: usize = files.iter().map(|file| file.matches("\npub async fn ").count()).sum();
    let listed = crate::__session_driver_clauses!(count_clauses,);
    assert_eq!(listed.len(), written);
    assert!(written >= 95, "{written} clauses");
}

/// One way in which a driver may break the contract.
#[derive(Clone, Copy, PartialEq)]
enum Flaw {
    Upserts,
    ForgetsVersions,
    ComparesBeforeItWrites,
    TouchesRaiseTheVersion,
    RotatesAwayBeforeItCreates,
    SweepsOneSecondEarly,
    RepeatsVersions,
    ListsFirstBatchOnly,
    ForgetsEntriesWithoutRecord,
}

struct Flawed(Flaw, Arc<MemoryDriver>);

fn flawed(flaw: Flaw) -> impl FnOnce() -> std::future::Ready<Flawed> {
    move || std::future::ready(Flawed(flaw, Arc::new(MemoryDriver::new())))
}

impl Flawed {
    async fn current(&self, key: &Key) -> Result<u64, DriverError> {
        Ok(self.1.read(key).await?.map_or(0, |stored| stored.version))
    }
}

impl SessionDriver for Flawed {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let stored = self.1.read(key).await?;
        let version = |stored: &Stored| match self.0 {
            Flaw::RepeatsVersions => 1,
            _ => stored.version,
        };
        Ok(stored.map(|stored| Stored { version: version(&stored), ..stored }))
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        self.1.create(key, payload, deadline).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let version = match self.0 {
            Flaw::Upserts if self.1.read(key).await?.is_none() => {
                self.1.create(key, payload, deadline).await?;
                return Ok(Outcome::Done);
            }
            Flaw::ForgetsVersions | Flaw::RepeatsVersions => self.current(key).await?,
            Flaw::ComparesBeforeItWrites if self.current(key).await? == version => {
                tokio::task::yield_now().await;
                self.current(key).await?
            }
            _ => version,
        };
        self.1.replace(key, version, payload, deadline).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        if self.0 == Flaw::TouchesRaiseTheVersion
            && let Some(stored) = self.1.read(key).await?
        {
            return self.1.replace(key, stored.version, stored.payload, deadline).await;
        }
        self.1.touch(key, version, deadline).await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        if self.0 != Flaw::RotatesAwayBeforeItCreates {
            return self.1.rotate(rotation).await;
        }
        if self.current(rotation.old).await? != rotation.version {
            return Ok(Outcome::Conflict);
        }
        self.1.destroy(rotation.old).await?;
        tokio::task::yield_now().await;
        self.1.create(rotation.new, rotation.payload, rotation.deadline).await?;
        Ok(Outcome::Done)
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        self.1.destroy(key).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.1.sweep(now + u64::from(self.0 == Flaw::SweepsOneSecondEarly), limit).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let mut batch = self.1.list(from, limit).await?;
        if self.0 == Flaw::ListsFirstBatchOnly {
            batch.iter_mut().for_each(|batch| batch.next = None);
        }
        Ok(batch)
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        self.1.tag(tag, key, until).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        self.1.untag(tag, key).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let Some(mut keys) = self.1.tagged(tag).await? else { return Ok(None) };
        if self.0 == Flaw::ForgetsEntriesWithoutRecord {
            let mut there = Vec::new();
            for key in keys {
                there.extend(self.1.read(&key).await?.map(|_| key));
            }
            keys = there;
        }
        Ok(Some(keys))
    }
}

#[test]
#[should_panic = "assertion"]
fn a_driver_that_upserts_is_caught() {
    check(flawed(Flaw::Upserts), a_replace_of_a_missing_record_is_gone_and_makes_none);
}

#[test]
#[should_panic = "assertion"]
fn a_driver_that_forgets_versions_is_caught() {
    check(
        flawed(Flaw::ForgetsVersions),
        a_replace_of_an_older_version_conflicts_and_stores_nothing,
    );
}

#[test]
#[should_panic = "assertion"]
fn a_driver_that_compares_before_it_writes_is_caught() {
    check(
        flawed(Flaw::ComparesBeforeItWrites),
        of_many_replaces_of_one_version_exactly_one_is_done,
    );
}

#[test]
#[should_panic = "assertion"]
fn a_driver_whose_touches_raise_the_version_is_caught() {
    check(flawed(Flaw::TouchesRaiseTheVersion), a_touch_sets_the_deadline_and_nothing_else);
}

#[test]
#[should_panic = "both records are gone"]
fn a_driver_that_can_lose_a_session_between_two_steps_is_caught() {
    check(flawed(Flaw::RotatesAwayBeforeItCreates), a_dropped_rotation_never_loses_the_session);
}

#[test]
#[should_panic = "assertion"]
fn a_driver_that_sweeps_a_second_early_is_caught() {
    check(flawed(Flaw::SweepsOneSecondEarly), a_sweep_leaves_a_record_with_a_second_to_live);
}

#[test]
#[should_panic = "came back"]
fn a_driver_that_repeats_versions_after_destroy_is_caught() {
    check(flawed(Flaw::RepeatsVersions), a_version_never_comes_back_not_even_after_destroy);
}

#[test]
#[should_panic = "miss records"]
fn a_driver_that_lists_the_first_batch_only_is_caught() {
    check(flawed(Flaw::ListsFirstBatchOnly), batches_of_any_size_meet_every_record);
}

#[test]
#[should_panic = "assertion"]
fn a_driver_that_forgets_entries_without_a_record_is_caught() {
    check(flawed(Flaw::ForgetsEntriesWithoutRecord), an_entry_needs_no_record_and_outlives_it);
}
