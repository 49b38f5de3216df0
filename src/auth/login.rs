//! What a session keeps of a login.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::user::Account;
use super::{Auth, Authenticatable};
use crate::encryption::{Keyring, Signer};
use crate::http::{Result, request};
use crate::session::{Session, SessionManager, UserSessions};

/// The name of the guard in the driver's index; there is one.
pub(super) const GUARD: &str = "web";
/// The map in which everything about accounts is kept.
pub(super) const RESERVED_AUTH: &str = "auth";
/// One value, so that of two requests that write it each writes a whole login.
pub(crate) const RESERVED_LOGIN: &str = "auth.login";

/// Who has logged in, and with which password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Login {
    pub(crate) id: String,
    /// An HMAC of the password's hash: whoever reads the store learns nothing that helps to guess the password.
    fingerprint: String,
}

/// Makes and checks fingerprints.
pub(super) struct Fingerprints(Signer);

impl Fingerprints {
    pub(super) fn new(keys: &Keyring) -> Self {
        Self(keys.signer("auth.password"))
    }

    pub(super) fn login(&self, id: &str, hash: &str) -> Login {
        let fingerprint = URL_SAFE_NO_PAD.encode(self.0.sign(&message(id, hash)));
        Login { id: id.to_owned(), fingerprint }
    }

    /// Whether a login is of this account, with the password that it has now.
    pub(super) fn fits(&self, login: &Login, account: &Account) -> bool {
        let Ok(fingerprint) = URL_SAFE_NO_PAD.decode(&login.fingerprint) else { return false };
        login.id == account.id && self.0.verify(&message(&account.id, &account.hash), &fingerprint)
    }
}

fn message(id: &str, hash: &str) -> Vec<u8> {
    let mut message = (id.len() as u64).to_be_bytes().to_vec();
    message.extend_from_slice(id.as_bytes());
    message.extend_from_slice(hash.as_bytes());
    message
}

impl Auth {
    /// Logs somebody in who has just said who they are.
    pub(super) async fn enter(&self, id: &str, hash: &str) -> Result<Login> {
        let req = request();
        self.forget_device(&req).await?;
        let login = self.begin(id, hash).await?;
        self.tell_of_theft(&req, id).await?;
        Ok(login)
    }

    /// Notes with which password the user is logged in.
    pub(super) fn note(&self, session: &Session, id: &str, hash: &str) -> Login {
        let login = self.fingerprints.login(id, hash);
        session.put(RESERVED_LOGIN, &login);
        login
    }

    /// What the session of a user who is logged in holds.
    pub(crate) fn login_value(&self, user: &impl Authenticatable) -> Login {
        self.fingerprints.login(&user.auth_identifier(), user.auth_password())
    }

    /// Whether the user of a login is there, with the password that it was made with.
    pub(crate) async fn is_good(&self, login: &Login) -> Result<bool> {
        let found = self.users()?.by_id(&login.id).await?;
        Ok(found.is_some_and(|account| self.fingerprints.fits(login, &account)))
    }
}

/// Enters the session into the driver's index of the user's sessions, where it keeps one.
pub(crate) fn tag(session: &Session, manager: &SessionManager, user: &str) {
    if let Some(sessions) = UserSessions::of(manager, GUARD, user) {
        session.tag(sessions.tag());
    }
}

pub(super) fn login_of(session: &Session) -> Option<Login> {
    session.get(RESERVED_LOGIN)
}

/// Empties the session of a login that has ended elsewhere.
///
/// It keeps its token, which leads to a guest's empty session from now on. Invalidating it would log out the browser in
/// which the password is being changed, if it asks for something else meanwhile.
pub(super) fn end_stale(session: &Session, login: &Login) {
    if login_of(session).as_ref() == Some(login) {
        tracing::info!(session = %session.id(), "a login has ended: its user is gone, or has another password");
        session.flush();
    }
}
