//! Who may do what.

use std::any::{Any, TypeId, type_name};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Auth, Authenticatable};
use crate::error::Error;
use crate::http::Result;
use crate::support::lock::{read, write};
use crate::support::nearest;

type Check = Arc<dyn Fn(&dyn Any, &dyn Any) -> Option<bool> + Send + Sync>;

/// The abilities by name.
#[derive(Default)]
pub(super) struct Gate(BTreeMap<String, Ability>);

#[derive(Clone)]
struct Ability {
    check: Check,
    /// The types of user and subject, for the error about others.
    types: [&'static str; 2],
    subject: TypeId,
}

impl Auth {
    /// Says who has an ability: `auth().define("edit", |user: &User, post: &Post| post.author == user.id)`.
    ///
    /// Call it in a provider's `boot`. Guests have no abilities. An ability that is about nothing in particular takes `&()`,
    /// and can be named by the middleware `can`: `"can:administer"`.
    pub fn define<U: Authenticatable, S: 'static>(
        &self,
        ability: &str,
        has: impl Fn(&U, &S) -> bool + Send + Sync + 'static,
    ) {
        let check: Check =
            Arc::new(move |user, subject| Some(has(user.downcast_ref()?, subject.downcast_ref()?)));
        let types = [type_name::<U>(), type_name::<S>()];
        let ability_of = Ability { check, types, subject: TypeId::of::<S>() };
        write(&self.gate).0.insert(ability.to_owned(), ability_of);
    }

    /// Whether the user who is logged in has an ability: `auth().allows("edit", &post).await?`.
    ///
    /// # Errors
    /// When no such ability is defined, when it is defined for other types, and when the users cannot be read.
    pub async fn allows<S: 'static>(&self, ability: &str, subject: &S) -> Result<bool> {
        let defined =
            read(&self.gate).find(ability).map_err(|error| Error::with_source(500, error))?;
        let Some(account) = self.account().await? else { return Ok(false) };
        (defined.check)(&*account.user, subject).ok_or_else(|| {
            let [user, other] = defined.types;
            let given = type_name::<S>();
            Error::with_source(
                500,
                format!("the ability `{ability}` is defined for `{user}` and `{other}`, and was asked about `{given}`"),
            )
        })
    }

    /// Whether the visitor does not have an ability.
    ///
    /// # Errors
    /// As [`allows`](Self::allows).
    pub async fn denies<S: 'static>(&self, ability: &str, subject: &S) -> Result<bool> {
        Ok(!self.allows(ability, subject).await?)
    }

    /// Goes on only if the visitor has an ability: `auth().authorize("edit", &post).await?;`.
    ///
    /// # Errors
    /// 403 without it, and as [`allows`](Self::allows).
    pub async fn authorize<S: 'static>(&self, ability: &str, subject: &S) -> Result<()> {
        match self.allows(ability, subject).await? {
            true => Ok(()),
            false => Err(Error::new(403, "This action is unauthorized.")),
        }
    }

    /// That a route may name an ability; the cure follows a semicolon.
    pub(super) fn check_ability(&self, ability: &str) -> std::result::Result<(), String> {
        let defined = read(&self.gate).find(ability)?;
        if defined.subject == TypeId::of::<()>() {
            return Ok(());
        }
        let [_, subject] = defined.types;
        Err(format!(
            "the ability `{ability}` is about a `{subject}`; call auth().authorize(\"{ability}\", ...) in the action"
        ))
    }
}

impl Gate {
    fn find(&self, ability: &str) -> std::result::Result<Ability, String> {
        if let Some(found) = self.0.get(ability) {
            return Ok(found.clone());
        }
        let known = self.0.keys().map(String::as_str);
        let meant = nearest(ability, known)
            .map_or_else(String::new, |near| format!(", did you mean `{near}`"));
        Err(format!(
            "no ability is named `{ability}`{meant}; define it with auth().define(\"{ability}\", ...) in a provider's boot()"
        ))
    }
}
