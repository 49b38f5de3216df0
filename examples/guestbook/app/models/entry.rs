//! An entry of the guest book.

use serde::Serialize;

use crate::db::db;

#[derive(Serialize, sqlx::FromRow)]
pub struct Entry {
    pub id: i64,
    pub name: String,
    pub message: String,
    /// The path of its picture below `public/`.
    pub picture: Option<String>,
    pub written_at: String,
}

impl Entry {
    /// The newest first.
    pub async fn list(limit: i64, offset: i64) -> sqlx::Result<Vec<Self>> {
        let query = sqlx::query_as("select * from entries order by id desc limit ? offset ?");
        query.bind(limit).bind(offset).fetch_all(db()).await
    }

    pub async fn count() -> sqlx::Result<i64> {
        sqlx::query_scalar("select count(*) from entries").fetch_one(db()).await
    }

    pub async fn find(id: i64) -> sqlx::Result<Option<Self>> {
        sqlx::query_as("select * from entries where id = ?").bind(id).fetch_optional(db()).await
    }

    pub async fn create(name: &str, message: &str, picture: Option<&str>) -> sqlx::Result<Self> {
        sqlx::query_as("insert into entries (name, message, picture) values (?, ?, ?) returning *")
            .bind(name)
            .bind(message)
            .bind(picture)
            .fetch_one(db())
            .await
    }
}
