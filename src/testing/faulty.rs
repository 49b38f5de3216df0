//! A session driver that fails when a test says so.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::watch;

use crate::session::{
    Batch, Cursor, DriverError, Key, Outcome, Rotation, SessionDriver, Stored, Tag,
};
use crate::support::lock::lock;

/// A session driver that fails, hangs or answers late at the calls that a test names.
///
/// It wraps a driver and passes on what is not to fail. Clones are the same driver, so a test keeps one and gives
/// another to [`SessionManager::extend`](crate::session::SessionManager::extend). Calls are counted from 1, and from
/// the moment at which the fault is planned.
///
/// ```
/// use lunox::session::{DriverError, Key, MemoryDriver, SessionDriver};
/// use lunox::testing::{Fault, FaultyDriver, Operation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DriverError> {
/// let driver = FaultyDriver::new(MemoryDriver::new());
/// driver.at(2, Operation::Read, Fault::Fails);
///
/// let key = Key::from_bytes([7; 32]);
/// assert_eq!(driver.read(&key).await?, None);
/// assert!(matches!(driver.read(&key).await, Err(DriverError::Unavailable(_))));
/// assert_eq!(driver.read(&key).await?, None);
/// # Ok(())
/// # }
/// ```
pub struct FaultyDriver<D>(Arc<Inner<D>>);

struct Inner<D> {
    driver: D,
    plan: Mutex<Plan>,
    late: watch::Sender<usize>,
    releases: watch::Sender<u64>,
}

#[derive(Default)]
struct Plan {
    calls: Vec<Operation>,
    once: Vec<(Option<Operation>, usize, Fault)>,
    always: Vec<(Option<Operation>, Fault)>,
}

/// A method of [`SessionDriver`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the methods'")]
pub enum Operation {
    Read,
    Create,
    Replace,
    Touch,
    Rotate,
    Destroy,
    Sweep,
    List,
    Tag,
    Untag,
    Tagged,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does nothing and tells that the store is unavailable.
    Fails,
    /// It does its work and then tells that the store is unavailable, as when a connection breaks before the answer.
    LosesAnswer,
    /// It does nothing and never ends.
    Hangs,
    /// It does its work when [`FaultyDriver::release`] is called, even if its caller has given up meanwhile, as a
    /// command does that is on its way to a store elsewhere. Needs tokio.
    Late,
}

impl<D: SessionDriver> FaultyDriver<D> {
    /// Wraps a driver; nothing fails yet.
    pub fn new(driver: D) -> Self {
        let (late, releases) = (watch::Sender::new(0), watch::Sender::new(0));
        Self(Arc::new(Inner { driver, plan: Mutex::default(), late, releases }))
    }

    /// The driver that is wrapped, whose calls neither fail nor count.
    pub fn inner(&self) -> &D {
        &self.0.driver
    }

    /// Plans a fault for the `nth` call of an operation from now on, or of any: `at(3, None, Fault::Hangs)`.
    pub fn at(&self, nth: usize, of: impl Into<Option<Operation>>, fault: Fault) {
        self.0.plan().once.push((of.into(), nth.max(1), fault));
    }

    /// Plans a fault for every call of an operation, or for every call, until [`heal`](FaultyDriver::heal).
    pub fn always(&self, of: impl Into<Option<Operation>>, fault: Fault) {
        self.0.plan().always.push((of.into(), fault));
    }

    /// Drops all planned faults. What hangs goes on hanging.
    pub fn heal(&self) {
        let mut plan = self.0.plan();
        plan.once.clear();
        plan.always.clear();
    }

    /// Lets the late calls that wait now do their work.
    pub fn release(&self) {
        self.0.releases.send_modify(|releases| *releases += 1);
    }

    /// Waits until exactly `count` late calls wait or work; after a release, 0 tells that they are done.
    pub async fn wait_for_late(&self, count: usize) {
        let mut late = self.0.late.subscribe();
        // It fails only when the sender is gone, which `self` holds.
        let _ = late.wait_for(|late| *late == count).await;
    }

    /// The calls since this was last asked, in order.
    pub fn calls(&self) -> Vec<Operation> {
        std::mem::take(&mut self.0.plan().calls)
    }

    async fn call<T, F>(
        &self,
        operation: Operation,
        work: impl FnOnce(Arc<Inner<D>>) -> F,
    ) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, DriverError>> + Send + 'static,
    {
        let fault = self.0.plan().next(operation);
        let work = work(Arc::clone(&self.0));
        match fault {
            None => work.await,
            Some(Fault::Fails) => Err(refused(operation)),
            Some(Fault::LosesAnswer) => work.await.and_then(|_| Err(refused(operation))),
            Some(Fault::Hangs) => pending().await,
            Some(Fault::Late) => {
                let inner = Arc::clone(&self.0);
                let mut releases = inner.releases.subscribe();
                inner.late.send_modify(|late| *late += 1);
                let late = tokio::spawn(async move {
                    let _ = releases.changed().await;
                    let done = work.await;
                    inner.late.send_modify(|late| *late -= 1);
                    done
                });
                late.await.unwrap_or_else(|lost| Err(DriverError::unavailable(lost)))
            }
        }
    }
}

fn refused(operation: Operation) -> DriverError {
    DriverError::unavailable(format!("a fault was planned for this {operation:?}"))
}

impl<D> Inner<D> {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }
}

impl Plan {
    /// Counts a call and tells what happens to it.
    fn next(&mut self, operation: Operation) -> Option<Fault> {
        self.calls.push(operation);
        let applies = |of: Option<Operation>| of.is_none_or(|of| of == operation);
        let mut due = None;
        self.once.retain_mut(|(of, left, fault)| {
            if applies(*of) {
                *left -= 1;
                if *left == 0 {
                    due.get_or_insert(*fault);
                }
            }
            *left > 0
        });
        let always = || self.always.iter().find(|(of, _)| applies(*of)).map(|(_, fault)| *fault);
        due.or_else(always)
    }
}

impl<D> Clone for FaultyDriver<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D: SessionDriver> SessionDriver for FaultyDriver<D> {
    async fn read(&self, key: &Key) -> Result<Option<Stored>, DriverError> {
        let key = *key;
        self.call(Operation::Read, |to| async move { to.driver.read(&key).await }).await
    }

    async fn create(&self, key: &Key, payload: Bytes, deadline: u64) -> Result<(), DriverError> {
        let key = *key;
        let work =
            |to: Arc<Inner<D>>| async move { to.driver.create(&key, payload, deadline).await };
        self.call(Operation::Create, work).await
    }

    async fn replace(
        &self,
        key: &Key,
        version: u64,
        payload: Bytes,
        deadline: u64,
    ) -> Result<Outcome, DriverError> {
        let key = *key;
        let work = |to: Arc<Inner<D>>| async move {
            to.driver.replace(&key, version, payload, deadline).await
        };
        self.call(Operation::Replace, work).await
    }

    async fn touch(&self, key: &Key, version: u64, deadline: u64) -> Result<Outcome, DriverError> {
        let key = *key;
        self.call(
            Operation::Touch,
            |to| async move { to.driver.touch(&key, version, deadline).await },
        )
        .await
    }

    async fn rotate(&self, rotation: Rotation<'_>) -> Result<Outcome, DriverError> {
        let (old, new) = (*rotation.old, *rotation.new);
        let Rotation { version, payload, deadline, left_behind, .. } = rotation;
        let work = |to: Arc<Inner<D>>| async move {
            let rotation =
                Rotation { old: &old, version, new: &new, payload, deadline, left_behind };
            to.driver.rotate(rotation).await
        };
        self.call(Operation::Rotate, work).await
    }

    async fn destroy(&self, key: &Key) -> Result<(), DriverError> {
        let key = *key;
        self.call(Operation::Destroy, |to| async move { to.driver.destroy(&key).await }).await
    }

    async fn sweep(&self, now: u64, limit: usize) -> Result<Option<usize>, DriverError> {
        self.call(Operation::Sweep, |to| async move { to.driver.sweep(now, limit).await }).await
    }

    async fn list(
        &self,
        from: Option<&Cursor>,
        limit: usize,
    ) -> Result<Option<Batch>, DriverError> {
        let from = from.cloned();
        let work = |to: Arc<Inner<D>>| async move { to.driver.list(from.as_ref(), limit).await };
        self.call(Operation::List, work).await
    }

    async fn tag(&self, tag: &Tag, key: &Key, until: u64) -> Result<(), DriverError> {
        let (tag, key) = (*tag, *key);
        self.call(Operation::Tag, |to| async move { to.driver.tag(&tag, &key, until).await }).await
    }

    async fn untag(&self, tag: &Tag, key: &Key) -> Result<(), DriverError> {
        let (tag, key) = (*tag, *key);
        self.call(Operation::Untag, |to| async move { to.driver.untag(&tag, &key).await }).await
    }

    async fn tagged(&self, tag: &Tag) -> Result<Option<Vec<Key>>, DriverError> {
        let tag = *tag;
        self.call(Operation::Tagged, |to| async move { to.driver.tagged(&tag).await }).await
    }
}
