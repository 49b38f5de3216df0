//! The clauses, one function each, and what they share.
//!
//! A clause is in the list below and in one of the files; a test keeps the two equal.

// A clause's name is all that there is to say about it.
#![allow(missing_docs)]

mod conditions;
mod dropped;
mod lists;
mod races;
mod records;
mod rotations;
mod sweeps;
mod tags;

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

pub use conditions::*;
pub use dropped::*;
pub use lists::*;
pub use races::*;
pub use records::*;
pub use rotations::*;
pub use sweeps::*;
pub use tags::*;

use crate::session::{DriverError, Key, Outcome, Rotation, SessionDriver, Stored};

#[doc(hidden)]
#[macro_export]
macro_rules! __session_driver_clauses {
    ($($callback:ident)::+, $($context:tt)*) => {
        $($callback)::+! { $($context)*,
            a_missing_record_reads_as_none
            a_created_record_reads_back_as_it_was_stored
            a_created_record_was_not_recovered
            reading_changes_nothing
            an_empty_payload_is_a_record
            every_byte_value_survives
            a_payload_of_zeros_survives
            a_payload_of_one_mebibyte_and_a_kibibyte_survives
            payloads_around_every_power_of_two_survive
            deadlines_survive_to_the_second
            a_passed_deadline_hides_no_record
            a_create_on_an_existing_record_is_a_duplicate_and_changes_nothing
            a_create_on_an_expired_record_is_a_duplicate_too
            a_thousand_records_keep_their_own_payloads
            keys_that_differ_in_one_bit_are_different_records
            a_destroyed_record_reads_as_none
            destroying_what_is_not_there_succeeds
            a_destroyed_key_can_be_created_anew
            neighbours_stay_as_they_are
            a_replace_of_the_version_that_was_read_is_done
            a_replace_of_an_older_version_conflicts_and_stores_nothing
            a_replace_of_a_version_that_never_was_conflicts
            a_replace_of_a_missing_record_is_gone_and_makes_none
            a_replace_of_a_destroyed_record_is_gone_and_makes_none
            each_replace_makes_a_version_that_never_was
            a_replace_with_equal_bytes_makes_a_version_too
            a_version_never_comes_back_not_even_after_destroy
            a_writer_of_a_destroyed_record_does_not_change_its_successor
            a_version_is_compared_in_all_its_bits
            a_replace_sets_its_own_deadline
            a_payload_may_grow_and_shrink
            a_touch_sets_the_deadline_and_nothing_else
            a_touch_of_another_version_is_a_conflict_and_moves_nothing
            a_touch_of_what_a_rotation_left_behind_is_a_conflict
            a_touch_may_set_an_earlier_deadline
            the_last_of_many_touches_counts
            a_touch_of_a_missing_record_is_gone_and_makes_none
            a_touch_of_a_destroyed_record_is_gone_and_makes_none
            a_touch_makes_no_replace_conflict
            a_replace_after_a_touch_sets_its_own_deadline
            a_touch_outlasts_a_replace_that_conflicts
            a_rotation_moves_the_record
            a_rotated_record_lives_on_under_its_new_key
            writes_to_the_old_key_are_gone_after_a_rotation
            a_rotation_of_another_version_conflicts_and_changes_nothing
            a_rotation_of_a_missing_record_is_gone_and_makes_none
            a_rotation_onto_a_record_is_a_duplicate_and_changes_neither
            a_rotation_onto_itself_is_a_duplicate_and_changes_nothing
            a_rotation_may_leave_a_record_behind
            what_is_left_behind_has_a_version_that_never_was
            what_is_left_behind_may_be_larger_than_what_was_there
            a_record_can_move_many_times
            a_record_that_moves_to_and_fro_repeats_no_version
            a_record_moves_within_every_shard
            a_sweep_of_an_empty_store_removes_nothing
            a_sweep_removes_a_record_whose_deadline_is_now
            a_sweep_leaves_a_record_with_a_second_to_live
            a_sweep_with_a_limit_of_none_removes_nothing
            sweeps_within_a_limit_reach_every_expired_record_in_the_end
            a_sweep_goes_by_a_later_touch
            a_sweep_goes_by_an_earlier_touch
            a_sweep_goes_by_the_deadline_of_the_last_replace
            a_sweep_takes_what_a_rotation_left_behind
            writes_to_a_swept_record_are_gone
            a_list_of_an_empty_store_is_empty
            a_list_has_every_record
            batches_of_any_size_meet_every_record
            a_cursor_serves_after_its_batch_was_destroyed
            a_list_meets_what_stays_while_others_come_and_go
            a_batch_of_large_records_is_bounded_and_the_next_goes_on
            a_list_shows_records_as_they_are_read
            a_list_shows_expired_records_and_no_destroyed_ones
            a_tag_without_entries_has_no_keys
            tagged_keys_are_found_by_their_tag_alone
            tags_that_differ_in_one_bit_are_different
            a_key_is_entered_once_however_often_it_is_tagged
            an_entry_that_is_taken_out_is_gone_and_others_stay
            taking_out_what_is_not_there_succeeds
            an_entry_needs_no_record_and_outlives_it
            a_tag_makes_no_record
            entries_end_after_their_time_and_not_before
            parallel_entries_are_all_kept
            entering_and_taking_out_in_parallel_keeps_the_entries_of_others
            of_many_replaces_of_one_version_exactly_one_is_done
            read_and_replace_in_parallel_loses_nothing
            touches_and_replaces_in_parallel_lose_nothing
            a_reader_sees_whole_records_only
            a_destroyed_record_never_comes_back
            of_many_creates_of_one_key_exactly_one_wins
            of_many_rotations_of_one_version_exactly_one_wins
            of_a_replace_and_a_rotation_exactly_one_wins
            rotations_that_cross_do_not_wait_for_each_other
            a_sweep_spares_a_record_that_is_touched_first
            sweeps_at_once_count_each_record_once
            a_dropped_create_leaves_nothing_or_the_record
            a_dropped_replace_leaves_the_old_or_the_new_record
            a_dropped_touch_leaves_the_old_or_the_new_deadline
            a_dropped_rotation_never_loses_the_session
            a_dropped_destroy_leaves_the_record_or_nothing
            a_dropped_sweep_or_list_harms_nothing
        }
    };
}

/// A deadline that no clock has reached: the year 2096.
const LATER: u64 = 4_000_000_000;

/// A key of its own for every number.
fn key(number: u64) -> Key {
    let mut bytes = [0x5a; 32];
    // The multiplication spreads the keys over the folders and shards of a store.
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Key::from_bytes(bytes)
}

fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Takes the result of a call that has no reason to fail.
#[track_caller]
fn ok<T>(result: Result<T, DriverError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("the driver failed: {error}"),
    }
}

#[track_caller]
fn assert_duplicate<T: Debug>(result: Result<T, DriverError>) {
    assert!(matches!(result, Err(DriverError::DuplicateId)), "not a duplicate: {result:?}");
}

async fn read<D: SessionDriver>(driver: &D, key: &Key) -> Option<Stored> {
    ok(driver.read(key).await)
}

/// Reads a record that has to be there.
async fn found<D: SessionDriver>(driver: &D, key: &Key) -> Stored {
    read(driver, key).await.unwrap_or_else(|| panic!("the record {key} is missing"))
}

/// Makes a record and reads it back.
async fn create<D: SessionDriver>(driver: &D, key: &Key, payload: &str) -> Stored {
    ok(driver.create(key, text(payload), LATER).await);
    let stored = found(driver, key).await;
    assert_eq!((stored.deadline, &*stored.payload), (LATER, payload.as_bytes()));
    stored
}

/// Makes a record with a deadline that has passed; `None` in a store that removes such records by itself.
async fn create_expired<D: SessionDriver>(driver: &D, key: &Key, deadline: u64) -> Option<Stored> {
    let expires_itself = ok(driver.sweep(0, 1).await).is_none();
    ok(driver.create(key, text("expired"), deadline).await);
    if expires_itself { None } else { Some(found(driver, key).await) }
}

/// Replaces a record and reads it back.
async fn replaced<D: SessionDriver>(driver: &D, key: &Key, payload: &str) -> Stored {
    let Stored { version, .. } = found(driver, key).await;
    assert_eq!(replace(driver, key, version, payload).await, Outcome::Done);
    let stored = found(driver, key).await;
    assert_eq!(stored.payload, payload);
    stored
}

/// Versions that a record does not have.
fn others(version: u64) -> [u64; 5] {
    [0, 1, version ^ 1, version.wrapping_add(2), !version]
        .map(|other| if other == version { other ^ 4 } else { other })
}

/// Moves a record and leaves nothing behind.
async fn move_on<D: SessionDriver>(
    driver: &D,
    old: &Key,
    version: u64,
    new: &Key,
    payload: &str,
) -> Outcome {
    ok(driver.rotate(rotation(old, version, new, payload)).await)
}

/// Runs `count` tasks at once and gives what they return.
async fn at_once<D, T, F>(driver: &Arc<D>, count: u64, task: impl Fn(Arc<D>, u64) -> F) -> Vec<T>
where
    D: SessionDriver,
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(tokio::sync::Barrier::new(count as usize));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (barrier, task) = (barrier.clone(), task(driver.clone(), number));
            tokio::spawn(async move {
                barrier.wait().await;
                task.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("the task ends"));
    }
    results
}

/// Two keys of one shard, between which a record may move.
fn two_keys(number: u64) -> [Key; 2] {
    [key(number), key_beside(number, number + 1000)]
}

/// The key of a number, in the shard of another's.
fn key_beside(other: u64, number: u64) -> Key {
    let mut bytes = *key(number).as_bytes();
    bytes[0] = key(other).shard();
    Key::from_bytes(bytes)
}

async fn replace<D: SessionDriver>(driver: &D, key: &Key, version: u64, payload: &str) -> Outcome {
    ok(driver.replace(key, version, text(payload), LATER).await)
}

/// A rotation that leaves nothing behind.
fn rotation<'a>(old: &'a Key, version: u64, new: &'a Key, payload: &str) -> Rotation<'a> {
    Rotation { old, version, new, payload: text(payload), deadline: LATER, left_behind: None }
}
