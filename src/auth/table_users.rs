//! Users in a table.

use std::marker::PhantomData;

use sqlx::{FromRow, Pool};
use uuid::Uuid;

use super::table::{Table, is_plain};
use super::{Authenticatable, Credentials, UserProvider};
use crate::database::{Backend, Value};
use crate::error::Error;
use crate::http::Result;

/// Users in a table with the columns `id` and `password`, and those that credentials name, such as `email`.
///
/// The type of user is the application's own, as sqlx reads it from a row.
///
/// ```
/// # #[cfg(feature = "sqlite")] mod example {
/// use lunox::auth::TableUsers;
/// use lunox::prelude::*;
/// # fn db() -> &'static sqlx::Pool<sqlx::Sqlite> { lunox::pool() }
/// # struct User { id: i64, email: String, password: String }
/// # impl<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> for User {
/// #     fn from_row(row: &'r sqlx::sqlite::SqliteRow) -> std::result::Result<Self, sqlx::Error> {
/// #         use sqlx::Row;
/// #         Ok(Self { id: row.try_get("id")?, email: row.try_get("email")?, password: row.try_get("password")? })
/// #     }
/// # }
/// # impl Authenticatable for User {
/// #     fn auth_identifier(&self) -> String { self.id.to_string() }
/// #     fn auth_password(&self) -> &str { &self.password }
/// # }
///
/// /// In a provider's `boot`.
/// fn users() {
///     auth().provider(TableUsers::<User, _>::new(db(), "users"));
/// }
/// # }
/// ```
///
/// `id` is an integer, a UUID (in PostgreSQL of the type `uuid`), or a text that looks like neither; the user's
/// [identifier](Authenticatable::auth_identifier) is its text. Give each column by which users log in a unique index. For
/// other columns, or accounts that are disabled, write a [`UserProvider`].
pub struct TableUsers<U, DB: Backend> {
    table: Table<DB>,
    user: PhantomData<fn() -> U>,
}

impl<U, DB: Backend> TableUsers<U, DB> {
    /// Users in this table.
    ///
    /// # Panics
    /// When the name has anything but letters, digits, `_` and `.` in it.
    #[track_caller]
    pub fn new(pool: &'static Pool<DB>, table: impl Into<String>) -> Self {
        Self { table: Table::new(pool, table), user: PhantomData }
    }
}

impl<U, DB> TableUsers<U, DB>
where
    U: Authenticatable + for<'r> FromRow<'r, DB::Row>,
    DB: Backend,
{
    async fn find(&self, condition: &str, values: Vec<Value>) -> Result<Option<U>> {
        let rows = self.table.select(condition, values).await?;
        Ok(rows.first().map(U::from_row).transpose()?)
    }
}

impl<U, DB> UserProvider for TableUsers<U, DB>
where
    U: Authenticatable + for<'r> FromRow<'r, DB::Row>,
    DB: Backend,
{
    type User = U;

    async fn retrieve_by_id(&self, id: &str) -> Result<Option<U>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let (condition, id_value) = by_id::<DB>(id);
        let found = self.find(condition, vec![id_value]).await?;
        // MySQL finds the row 7 for `7abc`.
        Ok(found.filter(|user| user.auth_identifier() == id))
    }

    async fn retrieve_by_credentials(&self, by: &Credentials) -> Result<Option<U>> {
        let (names, values): (Vec<_>, Vec<_>) = by.fields().unzip();
        if let Some(name) = names.iter().find(|name| !is_plain(name)) {
            let what = format!("`{}` of the credentials is not a column", name.escape_debug());
            return Err(Error::with_source(500, what));
        }
        // Without a condition this would be any user. PostgreSQL has no text with a zero byte in it.
        if names.is_empty() || values.iter().any(|value| value.contains('\0')) {
            return Ok(None);
        }
        let conditions: Vec<_> = names.iter().map(|name| format!("{name} = ?")).collect();
        let values = values.into_iter().map(Value::from).collect();
        self.find(&conditions.join(" and "), values).await
    }

    async fn update_password(&self, user: &U, hash: &str) -> Result<bool> {
        let id = user.auth_identifier();
        let (condition, id) = by_id::<DB>(&id);
        let sql = format!("update {{table}} set password = ? where {condition} and password = ?");
        let values = [hash.into(), id, user.auth_password().into()];
        Ok(self.table.execute(&sql, values).await? == 1)
    }
}

/// The condition on the identifier, and the value for its place.
fn by_id<DB: Backend>(id: &str) -> (&'static str, Value) {
    let [number, uuid, text] = DB::BY_ID;
    match id.parse::<i64>() {
        Ok(key) if key.to_string() == id => (number, key.into()),
        _ if Uuid::try_parse(id).is_ok_and(|key| key.to_string() == id) => (uuid, id.into()),
        _ => (text, id.into()),
    }
}
