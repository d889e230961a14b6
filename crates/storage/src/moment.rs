//! Whether anything was committed since one looked last: what is cheaper to ask than to read everything anew.

use std::sync::Arc;

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions, query_scalar},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::{StorageError, store::APPLICATION};

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

/// On PostgreSQL the answer comes from another process, whom it takes a while to wake: so many may ask meanwhile. The count
/// of SQLite is a single connection's.
const AT_ONCE: usize = 3;

/// What tells the moment: connections for this alone, asked before all else and so without what a pool does around it.
/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Watch {
    Sqlite(Arc<[Mutex<Kept<SqliteConnection>>]>),
    Postgres(Arc<[Mutex<Kept<PgConnection>>]>),
}

#[derive(Debug)]
pub(crate) struct Kept<C: Connection> {
    options: C::Options,
    connection: Option<C>,
    /// How many there were: what two of them count says nothing of each other.
    number: u64,
}

impl Watch {
    /// Of the SQLite database of a URL.
    pub(crate) fn sqlite(url: &str) -> Result<Self, StorageError> {
        Ok(Self::Sqlite(Kept::several(1, &url.parse().map_err(broken)?)))
    }

    /// Of the PostgreSQL database of a URL.
    pub(crate) fn postgres(url: &str) -> Result<Self, StorageError> {
        let options: PgConnectOptions = url.parse().map_err(broken)?;
        Ok(Self::Postgres(Kept::several(AT_ONCE, &options.application_name(APPLICATION))))
    }

    /// How many may ask at the same time without waiting for each other.
    pub(crate) fn at_once(&self) -> usize {
        match self {
            Self::Sqlite(all) => all.len(),
            Self::Postgres(all) => all.len(),
        }
    }

    pub(crate) async fn moment(&self) -> Result<Moment, StorageError> {
        let told = match self {
            Self::Sqlite(all) => {
                let mut kept = free(all).await;
                let mut connection = kept.take().await?;
                // SQLite counts the commits of others for each connection.
                let version = query_scalar("PRAGMA data_version").fetch_one(&mut connection).await;
                let told = Told::Version(kept.number, version.map_err(broken)?);
                kept.connection = Some(connection);
                told
            }
            Self::Postgres(all) => {
                let mut kept = free(all).await;
                let mut connection = kept.take().await?;
                let snapshot =
                    query_scalar("SELECT pg_current_snapshot()::text").fetch_one(&mut connection).await;
                let told = Told::Snapshot(snapshot.map_err(broken)?);
                kept.connection = Some(connection);
                told
            }
        };
        Ok(Moment(told))
    }

    pub(crate) async fn close(&self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(all) => close(all).await,
            Self::Postgres(all) => close(all).await,
        }
    }
}

/// One that nobody else asks at the moment, if there is one.
async fn free<C: Connection>(all: &[Mutex<Kept<C>>]) -> MutexGuard<'_, Kept<C>> {
    match all.iter().find_map(|kept| kept.try_lock().ok()) {
        Some(kept) => kept,
        None => all[0].lock().await,
    }
}

async fn close<C: Connection>(all: &[Mutex<Kept<C>>]) -> Result<(), StorageError> {
    for kept in all {
        if let Some(connection) = kept.lock().await.connection.take() {
            connection.close().await.map_err(broken)?;
        }
    }
    Ok(())
}

impl<C: Connection> Kept<C>
where
    C::Options: Clone,
{
    fn several(count: usize, options: &C::Options) -> Arc<[Mutex<Self>]> {
        let none = || Self { options: options.clone(), connection: None, number: 0 };
        (0..count).map(|_| Mutex::new(none())).collect()
    }

    /// The connection; taken out, so that one that failed, or whose asker left, is not asked again.
    async fn take(&mut self) -> Result<C, StorageError> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        self.number += 1;
        C::connect_with(&self.options).await.map_err(broken)
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
