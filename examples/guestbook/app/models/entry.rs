//! An entry of the guest book.

use serde::Serialize;

use crate::db::db;

#[derive(Serialize, sqlx::FromRow)]
pub struct Entry {
    pub id: i64,
    /// Who wrote it.
    pub user_id: i64,
    pub name: String,
    pub avatar: Option<String>,
    pub message: String,
    /// The path of its picture below `public/`.
    pub picture: Option<String>,
    pub written_at: String,
}

const WITH_USERS: &str =
    "select entries.*, users.name, users.avatar from entries join users on users.id = user_id";

impl Entry {
    /// The newest first.
    pub async fn list(limit: i64, offset: i64) -> sqlx::Result<Vec<Self>> {
        let sql = format!("{WITH_USERS} order by entries.id desc limit ? offset ?");
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(limit).bind(offset).fetch_all(db()).await
    }

    pub async fn count() -> sqlx::Result<i64> {
        sqlx::query_scalar("select count(*) from entries").fetch_one(db()).await
    }

    pub async fn find(id: i64) -> sqlx::Result<Option<Self>> {
        let sql = format!("{WITH_USERS} where entries.id = ?");
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(db()).await
    }

    pub async fn create(user: i64, message: &str, picture: Option<&str>) -> sqlx::Result<i64> {
        let sql = "insert into entries (user_id, message, picture) values (?, ?, ?) returning id";
        sqlx::query_scalar(sql).bind(user).bind(message).bind(picture).fetch_one(db()).await
    }

    pub async fn update(&self, message: &str, picture: Option<&str>) -> sqlx::Result<()> {
        let sql = "update entries set message = ?, picture = ? where id = ?";
        sqlx::query(sql).bind(message).bind(picture).bind(self.id).execute(db()).await?;
        Ok(())
    }

    pub async fn delete(&self) -> sqlx::Result<()> {
        sqlx::query("delete from entries where id = ?").bind(self.id).execute(db()).await?;
        Ok(())
    }
}
