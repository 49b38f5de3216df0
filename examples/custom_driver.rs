//! A session driver of your own, and the application that uses it: `cargo run --example custom_driver`.
//!
//! This one keeps all records in a task of its own and talks to it over a channel, as one would talk to a store
//! elsewhere: each call is a message with an answer, and each message is one step of the store. What every
//! driver owes is tested below by the contract suite: `cargo test --example custom_driver`.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use lunox::prelude::*;
use lunox::session::{DriverError, Key, Listed, Outcome, Rotation, SessionDriver, Stored};
use tokio::sync::{mpsc, oneshot};

type Records = BTreeMap<Key, Stored>;

/// One step of the store: it runs where the records are, alone.
type Step = Box<dyn FnOnce(&mut Records) + Send>;

/// Keeps sessions in a task of its own.
#[derive(Clone)]
struct TaskDriver(mpsc::Sender<Step>);

impl TaskDriver {
    /// Starts the task; it ends with the last handle.
    fn start() -> Self {
        let (steps, mut received) = mpsc::channel::<Step>(64);
        tokio::spawn(async move {
            let mut records = Records::new();
            while let Some(step) = received.recv().await {
                step(&mut records);
            }
        });
        Self(steps)
    }

    /// Sends a step and waits for its answer. A caller that is dropped meanwhile changes nothing: the step is either
    /// in the channel or not.
    async fn ask<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Records) -> T + Send + 'static,
    ) -> Result<T, DriverError> {
        let (answer, answered) = oneshot::channel();
        let step: Step = Box::new(move |records| {
            // Nobody may be waiting any more.
            let _ = answer.send(step(records));
        });
        self.0.send(step).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

fn gone() -> DriverError {
    DriverError::unavailable("the task that keeps the sessions has ended")
}

impl SessionDriver for TaskDriver {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let key = *key;
        self.ask(move |records| records.get(&key).cloned()).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let key = *key;
        self.ask(move |records| {
            if records.contains_key(&key) {
                return Err(DriverError::DuplicateId);
            }
            records.insert(key, Stored::new(1, deadline, payload));
            Ok(())
        })
        .await?
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let key = *key;
        self.ask(move |records| match records.get_mut(&key) {
            None => Outcome::Gone,
            Some(stored) if stored.version != version => Outcome::Conflict,
            Some(stored) => {
                *stored = Stored::new(version + 1, deadline, payload);
                Outcome::Done
            }
        })
        .await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let key = *key;
        self.ask(move |records| match records.get_mut(&key) {
            None => Outcome::Gone,
            Some(stored) if stored.version != version => Outcome::Conflict,
            Some(stored) => {
                stored.deadline = deadline;
                Outcome::Done
            }
        })
        .await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let (old, new) = (*rotation.old, *rotation.new);
        let Rotation { version, payload, deadline, left_behind, .. } = rotation;
        self.ask(move |records| {
            match records.get(&old) {
                None => return Ok(Outcome::Gone),
                Some(stored) if stored.version != version => return Ok(Outcome::Conflict),
                Some(_) if records.contains_key(&new) => return Err(DriverError::DuplicateId),
                Some(_) => {}
            }
            records.insert(new, Stored::new(1, deadline, payload));
            match left_behind {
                Some((payload, deadline)) => {
                    records.insert(old, Stored::new(version + 1, deadline, payload));
                }
                None => {
                    records.remove(&old);
                }
            }
            Ok(Outcome::Done)
        })
        .await?
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        let key = *key;
        self.ask(move |records| drop(records.remove(&key))).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<usize, DriverError> {
        self.ask(move |records| {
            let expired = records.iter().filter(|(_, stored)| stored.deadline <= now);
            let expired: Vec<Key> = expired.take(limit).map(|(key, _)| *key).collect();
            expired.iter().for_each(|key| drop(records.remove(key)));
            expired.len()
        })
        .await
    }

    async fn list(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Option<Vec<Listed>>, DriverError> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(*after));
        self.ask(move |records| {
            // A page of large sessions ends early, so that listing needs little memory.
            let mut bytes = 0;
            let rows =
                records.range((from, Bound::Unbounded)).take(limit).take_while(|(_, stored)| {
                    let has_room = bytes < 4 << 20;
                    bytes += stored.payload.len();
                    has_room
                });
            Some(rows.map(|(key, stored)| Listed { key: *key, stored: stored.clone() }).collect())
        })
        .await
    }
}

/// Gives the driver the name under which `config/session.rs` asks for it.
struct TaskSessionServiceProvider;

impl ServiceProvider for TaskSessionServiceProvider {
    async fn boot(&self, app: &Application) -> Result<()> {
        let driver = TaskDriver::start();
        app.make::<SessionManager>()?.extend("task", move |_config| Ok(driver.clone()));
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let visitor = lunox::testing::TestApp::new()
        .provider(TaskSessionServiceProvider)
        .session(|session| session.driver = "task".to_owned())
        .routes(|route| {
            route.get("/", async |req: HttpRequest| {
                format!("visit {}", req.session().increment("visits", 1))
            });
        })
        .client()
        .await;
    for _ in 0..3 {
        println!("{}", visitor.get("/").await.text());
    }
}

#[cfg(test)]
lunox::session_driver_contract!(task, || async { TaskDriver::start() });
