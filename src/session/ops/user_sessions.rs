//! The sessions of one user, by the driver's index.

use std::collections::HashSet;

use uuid::Uuid;

use super::admin::driver_error;
use super::walk::{SessionSummary, StoredSession};
use crate::session::SessionManager;
use crate::session::backend::DriverBackend;
use crate::session::drivers::DriverError;
use crate::session::record::{Key, Tag};
use crate::session::request::Loaded;

/// The sessions in which one user is logged in: those that [`Session::tag`](crate::session::Session::tag) has entered.
///
/// They are found by an index, without going through the others. The driver `cookie` has none, and neither may a driver of
/// your own: then there are `None`.
///
/// ```
/// # use lunox::session::{DriverError, Session, SessionManager, UserSessions};
/// // After a change of password.
/// async fn log_out_others(manager: &SessionManager, session: &Session) -> Result<(), DriverError> {
///     let user = session.get::<u64>("user").unwrap_or_default().to_string();
///     if let Some(sessions) = UserSessions::of(manager, "web", &user) {
///         sessions.end_others(session.id()).await?;
///     }
///     Ok(())
/// }
/// ```
pub struct UserSessions<'m> {
    manager: &'m SessionManager,
    tag: Tag,
    /// The tags that the user had under APP_PREVIOUS_KEYS.
    previous: Vec<Tag>,
}

impl<'m> UserSessions<'m> {
    /// Those of a user of a guard, the part of an application that has its own users. `None` if the manager has no
    /// [keys](SessionManager::with_keys) to make the user's tag with.
    pub fn of(manager: &'m SessionManager, guard: &str, user: &str) -> Option<Self> {
        let mut tags = Tag::all_of(manager.keys.as_ref()?, guard, user).into_iter();
        Some(Self { manager, tag: tags.next()?, previous: tags.collect() })
    }

    /// What a session of the user is tagged with at login.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// The living ones, the newest first; `None` if the driver keeps no index.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn list(&self) -> Result<Option<Vec<StoredSession>>, DriverError> {
        let Some(keys) = self.keys().await? else { return Ok(None) };
        let rules = &self.manager.rules;
        let (mut sessions, mut seen) = (Vec::new(), HashSet::new());
        for key in keys {
            let found = self.sessions()?.locate(key, &mut Vec::new()).await?;
            let Some((loaded, raw)) = found.filter(|(loaded, _)| self.is_living(loaded)) else {
                continue;
            };
            let Loaded { deadline, head, .. } = loaded;
            // A session that is just being rotated is found by two keys.
            if seen.insert(head.id) {
                let bytes = head.size() + raw.len();
                let summary = SessionSummary::new(&head, deadline, bytes, rules);
                sessions.push(StoredSession { summary, raw });
            }
        }
        sessions.sort_by_key(|session| std::cmp::Reverse(session.summary.created));
        Ok(Some(sessions))
    }

    /// Ends one of them by its public id; false if it is not one of this user's, or the driver keeps no index.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn end(&self, id: Uuid) -> Result<bool, DriverError> {
        Ok(self.end_those(|loaded| loaded.head.id == id).await? > 0)
    }

    /// Ends all but one, and returns how many those were; none if the driver keeps no index.
    ///
    /// All that exist when it is called have ended when it returns, whatever token they have by then. A login that is under
    /// way may have its session ended or not.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn end_others(&self, current: Uuid) -> Result<u64, DriverError> {
        self.end_those(|loaded| loaded.head.id != current).await
    }

    async fn end_those(&self, is_meant: impl Fn(&Loaded) -> bool) -> Result<u64, DriverError> {
        /// Each further round means that a session was met which the ones before had not.
        const ROUNDS: usize = 16;
        let (mut ended, mut misses) = (0, 0);
        for _ in 0..ROUNDS {
            let mut met = 0;
            for key in self.keys().await?.unwrap_or_default() {
                // Judged by the record that is ended: its session may have become another user's since it was tagged.
                let is_meant = |loaded: &Loaded| self.is_living(loaded) && is_meant(loaded);
                let found = self.sessions()?.end(key, is_meant).await.map_err(driver_error)?;
                met += u64::from(found.is_some());
            }
            ended += met;
            misses += usize::from(met == 0);
            // A session may get another key while the keys are listed, so that neither is met: none is there when two
            // lists have met none.
            if misses == 2 {
                break;
            }
        }
        Ok(ended)
    }

    /// The keys that the index has of the user.
    async fn keys(&self) -> Result<Option<HashSet<Key>>, DriverError> {
        // Sessions that are kept in cookies are in no index.
        let Ok(sessions) = self.sessions() else { return Ok(None) };
        let mut keys = HashSet::new();
        for tag in self.previous.iter().chain([&self.tag]) {
            let Some(tagged) = sessions.driver.tagged(tag).await? else { return Ok(None) };
            keys.extend(tagged);
        }
        Ok(Some(keys))
    }

    fn is_living(&self, loaded: &Loaded) -> bool {
        let rules = &self.manager.rules;
        let is_mine = |tag: Tag| tag == self.tag || self.previous.contains(&tag);
        loaded.head.tag.is_some_and(is_mine)
            && rules.may_live(&loaded.head, loaded.deadline, rules.now())
    }

    fn sessions(&self) -> Result<&DriverBackend, DriverError> {
        self.manager.backend()?.in_driver()
    }
}
