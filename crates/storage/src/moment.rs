//! Whether anything was committed since one looked last: what is cheaper to ask than to read everything anew.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, Statement,
    sqlx::{self, Connection, SqliteConnection, sqlite::SqliteConnectOptions},
};
use tokio::sync::Mutex;

use crate::StorageError;

/// A state of the whole database: where it is the same twice, nothing was committed between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment(Told);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// How often others committed, as one connection counts it, and which connection that is.
    Version(u64, i64),
    /// Which transactions are over, as a snapshot has them.
    Snapshot(String),
}

/// What tells the moment; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    /// SQLite counts the commits of others for each connection, so one is kept for this alone.
    Sqlite(Arc<Mutex<Kept>>),
    Postgres(DatabaseConnection),
}

#[derive(Debug)]
pub(crate) struct Kept {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
    /// The counts of two connections say nothing of each other.
    number: u64,
}

impl Watch {
    /// Of the SQLite database of a URL.
    pub(crate) fn sqlite(url: &str) -> Result<Self, StorageError> {
        let options = url.parse().map_err(broken)?;
        Ok(Self::Sqlite(Arc::new(Mutex::new(Kept { options, connection: None, number: 0 }))))
    }

    pub(crate) async fn moment(&self) -> Result<Moment, StorageError> {
        match self {
            Self::Sqlite(kept) => kept.lock().await.moment().await,
            Self::Postgres(pool) => {
                let asked = Statement::from_string(
                    pool.get_database_backend(),
                    "SELECT pg_current_snapshot()::text AS snapshot",
                );
                let row = pool.query_one_raw(asked).await?.ok_or(StorageError::Corrupt("snapshot"))?;
                Ok(Moment(Told::Snapshot(row.try_get("", "snapshot")?)))
            }
        }
    }

    pub(crate) async fn close(&self) -> Result<(), StorageError> {
        if let Self::Sqlite(kept) = self
            && let Some(connection) = kept.lock().await.connection.take()
        {
            connection.close().await.map_err(broken)?;
        }
        Ok(())
    }
}

impl Kept {
    async fn moment(&mut self) -> Result<Moment, StorageError> {
        // Taken out, so that one that failed, or whose asker left, is not asked again.
        let mut connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            self.number += 1;
            SqliteConnection::connect_with(&self.options).await.map_err(broken)?
        };
        let version = sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut connection).await;
        let version = version.map_err(broken)?;
        self.connection = Some(connection);
        Ok(Moment(Told::Version(self.number, version)))
    }
}

fn broken(error: sqlx::Error) -> StorageError {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))).into()
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use crate::Store;

    #[tokio::test]
    async fn a_moment_lasts_until_somebody_commits() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("khademyar.sqlite").display());
        let (store, elsewhere) = (Store::connect(&url).await.unwrap(), Store::connect(&url).await.unwrap());
        let first = store.moment().await.unwrap();
        assert_eq!(store.moment().await.unwrap(), first);

        let mut last = first;
        for writer in [&store, &elsewhere, &store] {
            let db = writer.begin().await.unwrap();
            db.on().execute_unprepared("CREATE TABLE IF NOT EXISTS notes (note)").await.unwrap();
            db.on().execute_unprepared("INSERT INTO notes VALUES (1)").await.unwrap();
            assert_eq!(store.moment().await.unwrap(), last, "what is not committed is not there");
            db.commit().await.unwrap();
            let now = store.moment().await.unwrap();
            assert_ne!(now, last);
            assert_eq!(store.moment().await.unwrap(), now);
            last = now;
        }
    }
}
