//! Who a test's visitor is logged in as.

use std::panic::Location;
use std::sync::Arc;

use super::TestClient;
use crate::auth::{Auth, Authenticatable, Login, RESERVED_LOGIN, tag};
use crate::support::dot;

impl TestClient {
    /// Logs the visitor in, as an earlier request would have.
    ///
    /// The user has to be one that the user provider finds. `client.acting_as(&user).await.get("/account")`.
    ///
    /// # Panics
    /// When the application has no accounts or no sessions, or the store fails.
    pub async fn acting_as(&self, user: &impl Authenticatable) -> &Self {
        let login = self.guard().login_value(user);
        self.change_session(|session, manager| {
            session.put(RESERVED_LOGIN, login);
            tag(session, manager, &user.auth_identifier());
        })
        .await;
        self
    }

    /// Somebody is logged in: the user is there, and has the password of the login.
    ///
    /// # Panics
    /// When nobody is, and as [`acting_as`](Self::acting_as).
    #[track_caller]
    pub fn assert_authenticated(&self) -> impl Future<Output = &Self> + Send {
        let caller = Location::caller();
        async move {
            let id = self.logged_in().await;
            assert!(id.is_some(), "nobody is logged in\n  (the test at {caller})");
            self
        }
    }

    /// This user is logged in.
    ///
    /// # Panics
    /// When nobody is, or somebody else, and as [`acting_as`](Self::acting_as).
    #[track_caller]
    pub fn assert_authenticated_as(
        &self,
        user: &impl Authenticatable,
    ) -> impl Future<Output = &Self> + Send {
        let (caller, wanted) = (Location::caller(), Some(user.auth_identifier()));
        async move {
            let id = self.logged_in().await;
            assert!(
                id == wanted,
                "logged in is {id:?} and not {wanted:?}\n  (the test at {caller})"
            );
            self
        }
    }

    /// Nobody is logged in.
    ///
    /// # Panics
    /// When somebody is, and as [`acting_as`](Self::acting_as).
    #[track_caller]
    pub fn assert_guest(&self) -> impl Future<Output = &Self> + Send {
        let caller = Location::caller();
        async move {
            let id = self.logged_in().await;
            assert!(id.is_none(), "logged in is {id:?}\n  (the test at {caller})");
            self
        }
    }

    fn guard(&self) -> Arc<Auth> {
        match self.app().make::<Auth>() {
            Ok(auth) => auth,
            Err(error) => panic!("the application has no accounts (AuthServiceProvider): {error}"),
        }
    }

    /// The identifier of the user whom the visitor's next request would find.
    async fn logged_in(&self) -> Option<String> {
        let session = self.session().await;
        let login = dot::get(&session, RESERVED_LOGIN)?;
        let login: Login = serde_json::from_value(login.clone()).ok()?;
        match self.guard().is_good(&login).await {
            Ok(good) => good.then_some(login.id),
            Err(error) => panic!("the user could not be looked up: {error:?}"),
        }
    }
}
