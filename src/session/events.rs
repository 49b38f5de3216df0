//! What happens to sessions: for the log, for metrics, and for listeners.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use uuid::Uuid;

use super::api::Session;
use super::drivers::DriverError;
use super::metrics::Meter;
use super::record::Key;
use crate::error::BoxError;
use crate::support::dot::JsonMap;
use crate::support::lock::{read, write};
use crate::support::{BoxFuture, panic_message};

/// What happened to a session, told when the driver has acknowledged it.
///
/// Every event is a line of the log too, under the target `lunox::session`. `session` is the public id: it is the
/// same in every line about a session, and nobody can make a token of it (it is drawn by itself), so it serves to
/// follow one visitor through the log. Where no record was found there is only the key, the token's hash.
///
/// ```
/// use lunox::session::{SessionEvent, SessionManager};
///
/// // In an application this is called in a provider's `boot`.
/// fn audit(manager: &SessionManager) {
///     manager.listen(|event| match event {
///         SessionEvent::Created { session, .. } => println!("{session} begins"),
///         SessionEvent::Destroyed { session, .. } => println!("{session} ends"),
///         other => println!("{other}"),
///     });
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A visitor's first record was stored.
    #[non_exhaustive]
    Created {
        /// The public id.
        session: Uuid,
    },
    /// The session has another token.
    #[non_exhaustive]
    Rotated {
        /// The public id, which stays.
        session: Uuid,
        /// Whether the token was replaced for its age (`renew_every`), and not because a request asked for it.
        renewal: bool,
    },
    /// The session was ended: by a logout or by an operator.
    #[non_exhaustive]
    Destroyed {
        /// The public id.
        session: Uuid,
    },
    /// A request brought the token of a session that has expired.
    #[non_exhaustive]
    Expired {
        /// The public id, if the record could be read.
        session: Option<Uuid>,
        /// Where the record is kept.
        key: Key,
    },
    /// A request brought a token that names no living session.
    #[non_exhaustive]
    Rejected {
        /// The token's hash; `None` for what has not the form of a token.
        key: Option<Key>,
        /// Why.
        reason: Rejection,
    },
    /// A request brought a token that was renewed, although its successor is in use: somebody has kept it, or copied it.
    #[non_exhaustive]
    Reused {
        /// The public id.
        session: Uuid,
        /// The old token's hash.
        key: Key,
    },
    /// What a request changed was not stored: another request had ended the session, or given it a new token, after this
    /// one had read it. The response may have been a success.
    #[non_exhaustive]
    ChangesLost {
        /// The public id.
        session: Uuid,
    },
    /// The newest version of a record could not be read, and the version before it is in use: a write was cut short,
    /// or the store was damaged or changed by something else.
    #[non_exhaustive]
    Recovered {
        /// The public id, if the record is a session.
        session: Option<Uuid>,
        /// Where the record is kept.
        key: Key,
    },
    /// Expired records were removed from the store.
    #[non_exhaustive]
    Swept {
        /// How many.
        count: usize,
    },
}

/// Why a token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The store has no record of it: it expired long ago, its session was destroyed, or it was guessed or planted.
    Unknown,
    /// It has not the form of a token; the store was not asked. No browser makes such a cookie by itself.
    Malformed,
    /// Its record cannot be read.
    Corrupt,
    /// It holds the session itself (driver `cookie`) and does not open: it was changed, or sealed under a key that is
    /// no longer among APP_KEY and APP_PREVIOUS_KEYS.
    Sealed,
    /// Its session is being destroyed, or the driver `cookie` remembers that it was.
    Ended,
    /// A login or another rotation that was asked for has replaced it.
    Replaced,
}

impl Rejection {
    /// The reason as a word, as it stands in the log and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
            Self::Corrupt => "corrupt",
            Self::Sealed => "sealed",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
        }
    }
}

impl SessionEvent {
    /// What happened, as a word: `created`, `rotated`, `destroyed`, `expired`, `rejected`, `reused`, `changes_lost`,
    /// `recovered`, `swept`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Rotated { .. } => "rotated",
            Self::Destroyed { .. } => "destroyed",
            Self::Expired { .. } => "expired",
            Self::Rejected { .. } => "rejected",
            Self::Reused { .. } => "reused",
            Self::ChangesLost { .. } => "changes_lost",
            Self::Recovered { .. } => "recovered",
            Self::Swept { .. } => "swept",
        }
    }

    /// Writes the event to the log. What security needs is `info`, what points to an attack or a fault `warn`.
    fn log(&self) {
        /// One line at a level that is chosen here, not computed: tracing wants it constant.
        macro_rules! line {
            ($level:ident, $($field:tt)*) => {
                tracing::$level!(target: "lunox::session", event = self.name(), $($field)*)
            };
        }
        match self {
            Self::Reused { session, key } => line!(
                warn,
                %session,
                %key,
                "a token came back that had been renewed and whose successor is in use; possibly a copy"
            ),
            Self::Created { session } => line!(info, %session, "session created"),
            Self::Rotated { session, renewal: true } => {
                line!(debug, %session, renewal = true, "session rotated");
            }
            Self::Rotated { session, renewal: false } => {
                line!(info, %session, renewal = false, "session rotated");
            }
            Self::Destroyed { session } => line!(info, %session, "session destroyed"),
            Self::Expired { session: Some(session), key } => {
                line!(info, %session, %key, "a session had expired");
            }
            Self::Expired { session: None, key } => line!(info, %key, "a session had expired"),
            Self::Rejected { key: None, reason: reason @ Rejection::Sealed } => line!(
                warn,
                reason = reason.as_str(),
                "a session cookie does not open, and its visitor gets a new session: it was changed, or its key is no longer among APP_KEY and APP_PREVIOUS_KEYS"
            ),
            Self::Rejected { key: None, reason } => line!(
                warn,
                reason = reason.as_str(),
                "a session cookie was malformed; possibly an attempt to guess a token"
            ),
            Self::Rejected { key: Some(key), reason: reason @ Rejection::Corrupt } => {
                line!(warn, reason = reason.as_str(), %key, "a session token was rejected");
            }
            Self::Rejected { key: Some(key), reason } => {
                line!(info, reason = reason.as_str(), %key, "a session token was rejected");
            }
            Self::ChangesLost { session } => line!(
                warn,
                %session,
                "another request ended the session or gave it a new token; the changes of this one were not stored"
            ),
            Self::Recovered { session, key } => line!(
                warn,
                session = session.map(tracing::field::display),
                %key,
                "the newest version of a session record could not be read; the version before it is in use"
            ),
            Self::Swept { count } => line!(debug, count, "expired sessions swept"),
        }
    }
}

impl fmt::Display for SessionEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reused { session, .. } => {
                write!(f, "a renewed token of session {session} came back")
            }
            Self::Created { session }
            | Self::Rotated { session, .. }
            | Self::Destroyed { session }
            | Self::Expired { session: Some(session), .. } => {
                write!(f, "session {session} {}", self.name())
            }
            Self::Expired { session: None, key } => write!(f, "session of key {key} expired"),
            Self::Rejected { reason, .. } => write!(f, "session token rejected: {reason}"),
            Self::ChangesLost { session } => {
                write!(f, "changes to session {session} were not stored")
            }
            Self::Recovered { key, .. } => write!(f, "session of key {key} recovered"),
            Self::Swept { count } => write!(f, "{count} expired sessions swept"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Session {
    /// The id for a line of the log; `None` where nothing was stored and nobody asked for one.
    pub(crate) fn id_for_log(&self) -> Option<Uuid> {
        self.peek().known_id()
    }
}

type Listener = Arc<dyn Fn(&SessionEvent) + Send + Sync>;
type Hook = Arc<dyn Fn(JsonMap) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

/// Reports what happens to sessions: to the log, the metrics and the registered listeners.
pub(crate) struct Events {
    listeners: RwLock<Vec<Listener>>,
    before_end: RwLock<Vec<Hook>>,
    pub(crate) meter: Meter,
}

impl Events {
    pub(crate) fn new(meter: Meter) -> Self {
        Self { listeners: RwLock::default(), before_end: RwLock::default(), meter }
    }

    /// Calls `listener` with every event from now on.
    pub(crate) fn listen(&self, listener: impl Fn(&SessionEvent) + Send + Sync + 'static) {
        let mut listeners = write(&self.listeners);
        listeners.push(Arc::new(listener));
    }

    /// Awaits `hook` before a session ends from now on.
    #[cfg(feature = "auth")]
    pub(crate) fn before_end(&self, hook: Hook) {
        write(&self.before_end).push(hook);
    }

    /// Whether somebody has to be asked before a session ends.
    pub(crate) fn has_hooks(&self) -> bool {
        !read(&self.before_end).is_empty()
    }

    /// Calls the hooks with the values of a session that is about to end.
    pub(crate) async fn ending(&self, raw: &Bytes) -> Result<(), DriverError> {
        let hooks = read(&self.before_end).clone();
        // Values that cannot be read belong to nobody.
        let Ok(data) = serde_json::from_slice::<JsonMap>(raw) else { return Ok(()) };
        for hook in hooks {
            hook(data.clone()).await.map_err(DriverError::unavailable)?;
        }
        Ok(())
    }

    /// Reports what the driver has acknowledged.
    pub(crate) fn emit(&self, event: SessionEvent) {
        event.log();
        self.meter.count(&event);
        // Cloned, so that a listener may call `listen` itself.
        let listeners = {
            let listeners = read(&self.listeners);
            if listeners.is_empty() {
                return;
            }
            listeners.clone()
        };
        for listener in listeners {
            // Nothing of ours is seen half changed: the listener gets a shared reference to the event alone.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| listener(&event))) {
                tracing::error!(
                    target: "lunox::session",
                    event = event.name(),
                    "a listener for session events panicked: {}",
                    panic_message(&*panic)
                );
            }
        }
    }
}
