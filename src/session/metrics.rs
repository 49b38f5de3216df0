//! What a dashboard shows of sessions, through the `metrics` facade. Without the feature nothing is measured, and
//! everything here is empty.
//!
//! All of them have the label `driver`; `docs/operating.md` lists them.

pub(crate) use measured::{Meter, measure};

#[cfg(feature = "metrics")]
mod measured {
    use std::time::Instant;

    use metrics::{SharedString, Unit, counter, gauge, histogram};

    use crate::session::drivers::{DriverError, Listed};
    use crate::session::record::{self, Key, Record};
    use crate::session::{Rejection, SessionEvent, SessionManager};

    const ACTIVE: &str = "lunox_sessions_active";
    const STORED: &str = "lunox_sessions_stored_bytes";
    const CREATED: &str = "lunox_sessions_created_total";
    const ROTATED: &str = "lunox_sessions_rotated_total";
    const DESTROYED: &str = "lunox_sessions_destroyed_total";
    const EXPIRED: &str = "lunox_sessions_expired_total";
    const REJECTED: &str = "lunox_sessions_rejected_total";
    const CHANGES_LOST: &str = "lunox_sessions_changes_lost_total";
    const RECOVERED: &str = "lunox_sessions_recovered_total";
    const CONFLICTS: &str = "lunox_sessions_conflicts_total";
    const RETRIES: &str = "lunox_sessions_retries_total";
    const LOAD: &str = "lunox_sessions_load_seconds";
    const COMMIT: &str = "lunox_sessions_commit_seconds";
    const CALL: &str = "lunox_sessions_driver_seconds";

    /// Counts and measures for one driver.
    #[derive(Clone)]
    pub(crate) struct Meter {
        driver: SharedString,
    }

    /// Records how long something took when it is dropped, whether it ended or was given up.
    #[must_use = "it measures until it is dropped"]
    pub(crate) struct Timing {
        histogram: metrics::Histogram,
        started: Instant,
    }

    impl Drop for Timing {
        fn drop(&mut self) {
            self.histogram.record(self.started.elapsed());
        }
    }

    impl Meter {
        pub(crate) fn new(driver: &str) -> Self {
            Self { driver: SharedString::from_shared(driver.into()) }
        }

        /// Describes everything, and has the counters begin at zero: what is absent cannot be told from a fault.
        pub(crate) fn describe(&self) {
            metrics::describe_gauge!(ACTIVE, Unit::Count, "Living sessions, from a sample");
            metrics::describe_gauge!(STORED, Unit::Bytes, "Size of the living sessions' records");
            let counters = [
                (CREATED, "Sessions created"),
                (ROTATED, "Sessions that got another token"),
                (DESTROYED, "Sessions ended by a logout or an operator"),
                (EXPIRED, "Expired records that were swept"),
                (
                    CHANGES_LOST,
                    "Requests whose changes were not stored, since their session had ended",
                ),
                (RECOVERED, "Records whose newest version could not be read"),
                (CONFLICTS, "Writes that met another request's"),
                (RETRIES, "Writes tried again after a conflict"),
            ];
            for (name, text) in counters {
                metrics::describe_counter!(name, Unit::Count, text);
                self.add(name, 0);
            }
            metrics::describe_counter!(REJECTED, Unit::Count, "Requests whose token was refused");
            for reason in [
                "unknown",
                "malformed",
                "corrupt",
                "sealed",
                "ended",
                "replaced",
                "reused",
                "expired",
            ] {
                self.refuse(reason, 0);
            }
            let histograms = [
                (LOAD, "Time in which a request's session was found"),
                (COMMIT, "Time in which a request's changes were stored, with all retries"),
                (CALL, "Time of one call to the driver"),
            ];
            for (name, text) in histograms {
                metrics::describe_histogram!(name, Unit::Seconds, text);
            }
        }

        pub(crate) fn count(&self, event: &SessionEvent) {
            match event {
                SessionEvent::Created { .. } => self.add(CREATED, 1),
                SessionEvent::Rotated { .. } => self.add(ROTATED, 1),
                SessionEvent::Destroyed { .. } => self.add(DESTROYED, 1),
                SessionEvent::ChangesLost { .. } => self.add(CHANGES_LOST, 1),
                SessionEvent::Recovered { .. } => self.add(RECOVERED, 1),
                SessionEvent::Swept { count } => self.add(EXPIRED, *count as u64),
                SessionEvent::Expired { .. } => self.refuse("expired", 1),
                SessionEvent::Reused { .. } => self.refuse("reused", 1),
                SessionEvent::Rejected { reason, .. } => self.refuse(Rejection::as_str(*reason), 1),
            }
        }

        pub(crate) fn conflict(&self) {
            self.add(CONFLICTS, 1);
        }

        pub(crate) fn retry(&self) {
            self.add(RETRIES, 1);
        }

        fn add(&self, name: &'static str, count: u64) {
            counter!(name, "driver" => self.driver.clone()).increment(count);
        }

        fn refuse(&self, reason: &'static str, count: u64) {
            let labels = [("driver", self.driver.clone()), ("reason", reason.into())];
            counter!(REJECTED, &labels).increment(count);
        }

        pub(crate) fn load(&self) -> Timing {
            self.time(histogram!(LOAD, "driver" => self.driver.clone()))
        }

        pub(crate) fn commit(&self) -> Timing {
            self.time(histogram!(COMMIT, "driver" => self.driver.clone()))
        }

        pub(crate) fn call(&self, call: &'static str) -> Timing {
            self.time(histogram!(CALL, "driver" => self.driver.clone(), "call" => call))
        }

        fn time(&self, histogram: metrics::Histogram) -> Timing {
            Timing { histogram, started: Instant::now() }
        }
    }

    /// Sets the gauges from the first thousand sessions. The sweeper calls it after each round.
    ///
    /// Up to a thousand sessions are counted exactly. Keys are hashes, so they are spread evenly: of more, how far
    /// the first thousand reach into the space of keys gives their number, to about 3 percent. Counting them
    /// all would read every record, once a minute, for a number. A driver that cannot list, or holds
    /// more than a thousand and does not list them in the order of their keys, leaves the gauges as they are.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub(crate) async fn measure(manager: &SessionManager) -> Result<(), DriverError> {
        const SAMPLE: usize = 1_000;
        let now = manager.rules.now();
        let backend = manager.backend()?;
        let (mut from, mut keys) = (None, Vec::<Key>::new());
        let (mut count, mut bytes) = (0.0, 0.0);
        loop {
            let limit = SAMPLE - keys.len();
            let Some(batch) = backend.batch(from.as_ref(), limit).await? else { return Ok(()) };
            for Listed { key, stored } in batch.records {
                keys.push(key);
                let (size, living) = (stored.payload.len(), stored.deadline > now);
                if living && let Some(Record::Session(..)) = record::decode(stored.payload) {
                    count += 1.0;
                    bytes += size as f64;
                }
            }
            from = batch.next;
            if from.is_none() || keys.len() >= SAMPLE {
                break;
            }
        }
        // A full sample may still be the whole store, with one more empty batch to come.
        let more = match &from {
            Some(from) => {
                backend.batch(Some(from), 1).await?.is_some_and(|batch| !batch.records.is_empty())
            }
            None => false,
        };
        let times = match keys.last() {
            Some(last) if more => {
                if !keys.is_sorted() {
                    return Ok(());
                }
                let (head, _) = last.as_bytes().split_first_chunk::<8>().expect("32 bytes");
                let reached = (u64::from_be_bytes(*head) as f64 + 1.0) / 2f64.powi(64);
                (keys.len() as f64 - 1.0) / keys.len() as f64 / reached
            }
            _ => 1.0,
        };
        gauge!(ACTIVE, "driver" => manager.events.meter.driver.clone())
            .set((count * times).round());
        gauge!(STORED, "driver" => manager.events.meter.driver.clone())
            .set((bytes * times).round());
        Ok(())
    }
}

#[cfg(not(feature = "metrics"))]
mod measured {
    use crate::session::drivers::DriverError;
    use crate::session::{SessionEvent, SessionManager};

    #[derive(Clone)]
    pub(crate) struct Meter;

    pub(crate) struct Timing;

    impl Meter {
        pub(crate) fn new(_driver: &str) -> Self {
            Self
        }

        pub(crate) fn describe(&self) {}

        pub(crate) fn count(&self, _event: &SessionEvent) {}

        pub(crate) fn conflict(&self) {}

        pub(crate) fn retry(&self) {}

        #[inline(always)]
        pub(crate) fn load(&self) -> Timing {
            Timing
        }

        #[inline(always)]
        pub(crate) fn commit(&self) -> Timing {
            Timing
        }

        #[inline(always)]
        pub(crate) fn call(&self, _call: &'static str) -> Timing {
            Timing
        }
    }

    /// Sets the gauges of the feature `metrics`, which is off.
    ///
    /// # Errors
    /// None without the feature.
    pub(crate) async fn measure(_: &SessionManager) -> Result<(), DriverError> {
        Ok(())
    }
}
