//! The connection, and what functions run on.

use std::time::Duration;

use khademyar_domain::{Id, festival::Festival};
use khademyar_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseExecutor,
    DatabaseTransaction, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
    sqlx::{
        Connection,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{
    StorageError,
    audit::Trail,
    festivals,
    moment::{Moment, Watch},
};

/// A database, SQLite or PostgreSQL by its URL; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    readers: DatabaseConnection,
    // On SQLite a single connection: writers queue for it in order, where they would else spin on a busy database.
    writer: DatabaseConnection,
    watch: Watch,
}

impl Store {
    /// Connects to `sqlite://PATH` (made where it is missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, StorageError> {
        make_private(url);
        let readers = Database::connect(options(url, 16)).await?;
        let (writer, watch) = match readers.get_database_backend() {
            DbBackend::Sqlite => (Database::connect(options(url, 1)).await?, Watch::sqlite(url)?),
            _ => (readers.clone(), Watch::postgres(url)?),
        };
        Ok(Self { readers, writer, watch })
    }

    /// Brings the schema up to date. Safe when several processes do it at once.
    ///
    /// # Errors
    /// [`StorageError::Database`] when a step fails; then the schema is as it was.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        let db = self.begin_migrating().await?;
        Migrator::up(db.on(), None).await?;
        db.commit().await
    }

    /// Takes the last `steps` of the schema back, or all of them.
    ///
    /// # Errors
    /// [`StorageError::Database`] when a step fails; then the schema is as it was.
    pub async fn migrate_down(&self, steps: Option<u32>) -> Result<(), StorageError> {
        let db = self.begin_migrating().await?;
        Migrator::down(db.on(), steps).await?;
        db.commit().await
    }

    /// A transaction that others who would migrate wait for.
    async fn begin_migrating(&self) -> Result<Db, StorageError> {
        let db = self.begin().await?;
        if self.is_postgres() {
            db.on().execute_unprepared("SELECT pg_advisory_xact_lock(7243659120)").await?;
        }
        Ok(db)
    }

    /// The names of the steps that wait to be taken.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StorageError> {
        let pending = Migrator::get_pending_migrations_read_only(&self.readers).await?;
        Ok(pending.iter().map(|step| step.name().to_owned()).collect())
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.readers.get_database_backend() == DbBackend::Postgres
    }

    /// What reads.
    pub(crate) fn pool(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// What writes, on SQLite: one connection, for one at a time.
    pub(crate) fn single_writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StorageError::Database`] when it does not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        Ok(self.readers.ping().await?)
    }

    /// What the database is at. Whoever finds the same moment again knows that what they read since is as it was.
    ///
    /// # Errors
    /// [`StorageError::Database`] when it cannot be asked.
    pub async fn moment(&self) -> Result<Moment, StorageError> {
        self.watch.moment().await
    }

    /// How many may ask for the moment at the same time without waiting for each other.
    pub fn moments_at_once(&self) -> usize {
        self.watch.at_once()
    }

    /// Empties SQLite's log, in which pages stand as they were before somebody was erased; while others read it, what they
    /// need stays until the next time. PostgreSQL clears its pages by itself.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database does not answer.
    pub async fn empty_log(&self) -> Result<(), StorageError> {
        if !self.is_postgres() {
            self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Writes SQLite's file anew: what was deleted can stand in the gaps of its pages, where others were moved before. Others
    /// wait meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database does not answer, or has no room for the new file.
    pub async fn compact(&self) -> Result<(), StorageError> {
        if !self.is_postgres() {
            self.writer.execute_unprepared("VACUUM").await?;
        }
        self.empty_log().await
    }

    /// Waits for what is under way and closes every connection, also those of this store's clones.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database does not let go.
    pub async fn close(self) -> Result<(), StorageError> {
        self.watch.close().await?;
        self.readers.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }

    /// For single reads: each query sees the latest committed state.
    pub fn reader(&self) -> Db {
        Db { inner: Inner::Pool(self.readers.clone()), trail: None }
    }

    /// For several reads that must fit together: all of them see the same state.
    ///
    /// # Errors
    /// [`StorageError::Database`] when no connection is to be had.
    pub async fn snapshot(&self) -> Result<Db, StorageError> {
        let options = TransactionOptions {
            isolation_level: self.is_postgres().then_some(IsolationLevel::RepeatableRead),
            access_mode: self.is_postgres().then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
        };
        let inner = Inner::Transaction(begun(&self.readers, options).await?);
        Ok(Db { inner, trail: None })
    }

    /// A transaction that writes; what is not committed is undone when it is dropped.
    ///
    /// # Errors
    /// [`StorageError::Database`] when no connection is to be had.
    pub async fn begin(&self) -> Result<Db, StorageError> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        let inner = Inner::Transaction(begun(&self.writer, options).await?);
        Ok(Db { inner, trail: Trail::begin() })
    }
}

/// A transaction, begun on its own: if whoever asked left while it begins, the driver would not know that it did, and its
/// connection would go back into the pool with a transaction that nobody ends.
async fn begun(
    pool: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, StorageError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with_options(options).await });
    begun.await.map_err(|ended| DbErr::Custom(ended.to_string()))?.map_err(StorageError::from)
}

/// Makes the file of an SQLite database, where it is missing, for its owner's eyes alone; the files that SQLite puts beside
/// it are like it. What stands in the way SQLite says itself.
#[cfg(unix)]
fn make_private(url: &str) {
    use std::{fs::File, os::unix::fs::OpenOptionsExt};

    use sea_orm::sqlx::sqlite;

    if let Some(options) =
        url.starts_with("sqlite:").then(|| url.parse::<sqlite::SqliteConnectOptions>().ok()).flatten()
    {
        let _ = File::options().append(true).create_new(true).mode(0o600).open(options.get_filename());
    }
}

#[cfg(not(unix))]
fn make_private(_: &str) {}

/// What PostgreSQL tells its operators who is connected.
pub(crate) const APPLICATION: &str = "khademyar";
/// For how long a connection that was used is taken to be there.
const TRUSTED: Duration = Duration::from_secs(1);

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        .sqlx_logging(false)
        // What answered a moment ago is not asked whether it does.
        .test_before_acquire_if_idle_for(TRUSTED)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // What was answered is on the disk, also when the power fails.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(30))
                // What is deleted is overwritten: whoever was erased cannot be read in the file either.
                .pragma("secure_delete", "on")
        })
        // On a full disk SQLite undoes a transaction by itself, which the driver does not notice: whatever came later would be
        // a part of one that nobody commits. Such a connection is closed, and the next one is new.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async { Ok(!connection.is_in_transaction()) })
        })
        .map_sqlx_postgres_opts(|postgres| postgres.application_name(APPLICATION));
    options
}

/// What storage functions run on.
#[derive(Debug)]
pub struct Db {
    inner: Inner,
    // What a writing transaction that someone asked for will say of itself.
    pub(crate) trail: Option<Box<Trail>>,
}

#[derive(Debug)]
enum Inner {
    Pool(DatabaseConnection),
    Transaction(DatabaseTransaction),
}

impl Db {
    pub(crate) fn on(&self) -> DatabaseExecutor<'_> {
        match &self.inner {
            Inner::Pool(pool) => DatabaseExecutor::Connection(pool),
            Inner::Transaction(transaction) => DatabaseExecutor::Transaction(transaction),
        }
    }

    /// Makes the transaction's writes last.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database could not; then nothing of it lasts.
    pub async fn commit(self) -> Result<(), StorageError> {
        self.end(None).await
    }

    /// Commits, with what the audit says of it: in the chain of the festival, where one is concerned.
    async fn end(mut self, festival_id: Option<Id<Festival>>) -> Result<(), StorageError> {
        if let Some(trail) = self.trail.take() {
            trail.end(&self, festival_id).await?;
        }
        match self.inner {
            Inner::Pool(_) => Ok(()),
            Inner::Transaction(transaction) => Ok(transaction.commit().await?),
        }
    }

    /// Like [`Db::commit`], for writes that concern a festival: whoever read it before reads it anew.
    ///
    /// # Errors
    /// As [`Db::commit`].
    pub async fn commit_change(self, festival_id: Id<Festival>) -> Result<(), StorageError> {
        // Last, so that the festival's row is locked for as short as can be.
        festivals::raise_revision(&self, festival_id).await?;
        self.end(Some(festival_id)).await
    }

    /// Like [`Db::commit_change`], for writes that change who serves where and nothing that rosters are made from.
    ///
    /// # Errors
    /// As [`Db::commit`].
    pub async fn commit_roster(self, festival_id: Id<Festival>) -> Result<(), StorageError> {
        festivals::raise_roster_revision(&self, festival_id).await?;
        self.end(Some(festival_id)).await
    }

    /// Like [`Db::commit_change`], for writes that rest on all that was read of a festival at `revision`.
    ///
    /// # Errors
    /// [`StorageError::Stale`] when someone else wrote since; then nothing of it lasts.
    pub async fn commit_change_since(
        self,
        festival_id: Id<Festival>,
        revision: i64,
    ) -> Result<(), StorageError> {
        festivals::raise_revision_from(&self, festival_id, revision).await?;
        self.end(Some(festival_id)).await
    }
}

/// How many values one statement may bind on SQLite, with room to spare.
const BINDS: usize = 30_000;

/// How many rows of so many columns go into one statement.
pub(crate) fn rows_per_statement(columns: usize) -> usize {
    (BINDS / columns.max(1)).clamp(1, 2_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_committed_after_the_disk_was_full_is_there_for_everyone() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("khademyar.sqlite").display());
        let store = Store::connect(&url).await.unwrap();
        let db = store.begin().await.unwrap();
        db.on().execute_unprepared("CREATE TABLE notes (note)").await.unwrap();
        db.commit().await.unwrap();

        let db = store.begin().await.unwrap();
        db.on().execute_unprepared("PRAGMA max_page_count = 4").await.unwrap();
        let full = db.on().execute_unprepared("INSERT INTO notes VALUES (zeroblob(1000000))").await;
        assert!(StorageError::from(full.unwrap_err()).is_full());
        drop(db);
        drop(store.begin().await.unwrap());
        let db = store.begin().await.unwrap();
        db.on().execute_unprepared("INSERT INTO notes VALUES ('there is room again')").await.unwrap();
        db.commit().await.unwrap();

        let elsewhere = Store::connect(&url).await.unwrap();
        let notes = elsewhere.reader().on().execute_unprepared("DELETE FROM notes").await.unwrap();
        assert_eq!(notes.rows_affected(), 1);
    }
}
