//! The users, who log in with an email address and a password.

use lunox::prelude::*;
use serde::Serialize;

use crate::db::db;
use crate::pictures;

#[derive(Clone, Serialize, sqlx::FromRow)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub email: String,
    /// The hash of the password.
    #[serde(skip)]
    pub password: String,
    /// Whether the admin area is open to the user: `cargo artisan user:admin`.
    pub admin: bool,
    /// The path of a picture below `public/`.
    pub avatar: Option<String>,
}

impl Authenticatable for User {
    fn auth_identifier(&self) -> String {
        self.id.to_string()
    }

    fn auth_password(&self) -> &str {
        &self.password
    }
}

impl User {
    /// Adds a user; `None` if somebody has the address already.
    pub async fn create(name: &str, email: &str, hash: &str) -> Result<Option<Self>> {
        let sql = "insert into users (name, email, password) values (?, ?, ?)";
        match sqlx::query(sql).bind(name).bind(email).bind(hash).execute(db()).await {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let sql = "select * from users where email = ?";
        Ok(sqlx::query_as(sql).bind(email).fetch_optional(db()).await?)
    }

    pub async fn find(id: i64) -> sqlx::Result<Option<Self>> {
        sqlx::query_as("select * from users where id = ?").bind(id).fetch_optional(db()).await
    }

    /// By name.
    pub async fn list(limit: i64, offset: i64) -> sqlx::Result<Vec<Self>> {
        let query = sqlx::query_as("select * from users order by name, id limit ? offset ?");
        query.bind(limit).bind(offset).fetch_all(db()).await
    }

    pub async fn count() -> sqlx::Result<i64> {
        sqlx::query_scalar("select count(*) from users").fetch_one(db()).await
    }

    /// Replaces the picture of the user, or removes it.
    pub async fn set_avatar(&self, avatar: Option<&str>) -> Result<()> {
        let sql = "update users set avatar = ? where id = ?";
        sqlx::query(sql).bind(avatar).bind(self.id).execute(db()).await?;
        self.avatar.as_deref().map_or(Ok(()), pictures::remove)
    }

    /// Removes the user with all entries and pictures. All sessions of the user end with their next request.
    pub async fn delete(&self) -> Result<()> {
        let sql = "select picture from entries where user_id = ? and picture is not null";
        let mut pictures: Vec<String> =
            sqlx::query_scalar(sql).bind(self.id).fetch_all(db()).await?;
        pictures.extend(self.avatar.clone());
        sqlx::query("delete from users where id = ?").bind(self.id).execute(db()).await?;
        pictures.iter().try_for_each(|picture| pictures::remove(picture))
    }
}
