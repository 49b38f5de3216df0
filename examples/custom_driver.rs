//! A session driver of your own, and the application that uses it: `cargo run --example custom_driver`.
//!
//! This one keeps all records in a task of its own and talks to it over a channel, as one would talk to a store
//! elsewhere: each call is a message with an answer, and each message is one step of the store. What every
//! driver owes is tested below by the contract suite: `cargo test --example custom_driver`.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use lunox::prelude::*;
use lunox::session::{
    Batch, Cursor, DriverError, Key, Listed, Outcome, Rotation, SessionDriver, Stored, Tag,
};
use tokio::sync::{mpsc, oneshot};

/// What the task keeps.
#[derive(Default)]
struct Records {
    records: BTreeMap<Key, Stored>,
    /// Until when which keys are entered under which tag.
    tags: BTreeMap<(Tag, Key), u64>,
    last_version: u64,
}

impl Records {
    /// A record with a version that no record had before. Nothing here outlives the process, so counting from 0 will do.
    fn stored(&mut self, deadline: u64, payload: Bytes) -> Stored {
        self.last_version += 1;
        Stored::new(self.last_version, deadline, payload)
    }
}

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
            let mut records = Records::default();
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
        self.ask(move |task| task.records.get(&key).cloned()).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let key = *key;
        self.ask(move |task| {
            if task.records.contains_key(&key) {
                return Err(DriverError::DuplicateId);
            }
            let stored = task.stored(deadline, payload);
            task.records.insert(key, stored);
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
        self.ask(move |task| match task.records.get(&key) {
            None => Outcome::Gone,
            Some(stored) if stored.version != version => Outcome::Conflict,
            Some(_) => {
                let stored = task.stored(deadline, payload);
                task.records.insert(key, stored);
                Outcome::Done
            }
        })
        .await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let key = *key;
        self.ask(move |task| match task.records.get_mut(&key) {
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
        self.ask(move |task| {
            match task.records.get(&old) {
                None => return Ok(Outcome::Gone),
                Some(stored) if stored.version != version => return Ok(Outcome::Conflict),
                Some(_) if task.records.contains_key(&new) => return Err(DriverError::DuplicateId),
                Some(_) => {}
            }
            let stored = task.stored(deadline, payload);
            task.records.insert(new, stored);
            match left_behind {
                Some((payload, deadline)) => {
                    let stored = task.stored(deadline, payload);
                    task.records.insert(old, stored);
                }
                None => {
                    task.records.remove(&old);
                }
            }
            Ok(Outcome::Done)
        })
        .await?
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        let key = *key;
        self.ask(move |task| drop(task.records.remove(&key))).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.ask(move |task| {
            task.tags.retain(|_, until| *until > now);
            let before = task.records.len();
            let mut left = limit;
            task.records.retain(|_, stored| {
                let expired = stored.deadline <= now && left > 0;
                left -= usize::from(expired);
                !expired
            });
            Some(before - task.records.len())
        })
        .await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let after = from.map(Cursor::key).transpose()?;
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.ask(move |task| {
            let (mut records, mut bytes) = (Vec::new(), 0);
            for (key, stored) in task.records.range((after, Bound::Unbounded)) {
                records.push(Listed { key: *key, stored: stored.clone() });
                bytes += stored.payload.len();
                // A batch of large sessions ends early, so that listing needs little memory.
                if records.len() >= limit || bytes >= 4 << 20 {
                    return Some(Batch { records, next: Some(Cursor::after(key)) });
                }
            }
            Some(Batch { records, next: None })
        })
        .await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        let entry = (*tag, *key);
        self.ask(move |task| {
            let end = task.tags.entry(entry).or_default();
            *end = until.max(*end);
        })
        .await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        let entry = (*tag, *key);
        self.ask(move |task| {
            task.tags.remove(&entry);
        })
        .await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let tag = *tag;
        self.ask(move |task| {
            let entries = task.tags.keys().filter(|(entered, _)| *entered == tag);
            Some(entries.map(|(_, key)| *key).collect())
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
