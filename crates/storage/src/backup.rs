//! An SQLite database into a file and back, while others read and write it.

use std::path::Path;

use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult, Statement, TransactionTrait, prelude::*};

use crate::{StorageError, Store};

/// The rule that only SQLite is backed up here.
pub const NOT_SQLITE: &str = "backup_not_sqlite";
/// The rule that what is restored is whole.
pub const NOT_WHOLE: &str = "backup_not_whole";

async fn rows(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    on.query_all_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, values)).await
}

fn named(path: &Path) -> Result<sea_orm::Value, StorageError> {
    path.to_str().map(Into::into).ok_or(StorageError::Corrupt("path"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Store {
    /// Writes all that is committed into a new file at `path`, as it is at one instant; nobody waits for it.
    ///
    /// # Errors
    /// [`StorageError::Refused`] with [`NOT_SQLITE`], [`StorageError::Database`] when the file cannot be written or is there.
    pub async fn backup(&self, path: &Path) -> Result<(), StorageError> {
        if self.is_postgres() {
            return Err(StorageError::Refused(NOT_SQLITE.to_owned()));
        }
        rows(self.pool(), "VACUUM INTO $1", vec![named(path)?]).await?;
        Ok(())
    }

    /// Puts what the file at `path` holds in place of all that is stored, at once or not at all: whoever reads meanwhile sees
    /// what was before, whoever writes waits.
    ///
    /// # Errors
    /// [`StorageError::Refused`] with [`NOT_SQLITE`], or with [`NOT_WHOLE`] when the file is damaged;
    /// [`StorageError::Database`] when it is no database.
    pub async fn restore(&self, path: &Path) -> Result<(), StorageError> {
        if self.is_postgres() {
            return Err(StorageError::Refused(NOT_SQLITE.to_owned()));
        }
        // The writer is a single connection: what is said to it holds until it is taken back.
        let writer = self.single_writer();
        rows(writer, "ATTACH DATABASE $1 AS kept", vec![named(path)?]).await?;
        let restored = restore_attached(writer).await;
        rows(writer, "PRAGMA foreign_keys = ON", Vec::new()).await?;
        rows(writer, "DETACH DATABASE kept", Vec::new()).await?;
        restored
    }
}

async fn restore_attached(writer: &DatabaseConnection) -> Result<(), StorageError> {
    let whole: String = rows(writer, "PRAGMA kept.integrity_check", Vec::new())
        .await?
        .first()
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .unwrap_or_default();
    let steps =
        rows(writer, "SELECT 1 FROM kept.sqlite_master WHERE name = 'seaql_migrations'", Vec::new()).await?;
    if whole != "ok" || steps.is_empty() {
        return Err(StorageError::Refused(NOT_WHOLE.to_owned()));
    }
    // Tables come in any order; that all references hold is checked at the end.
    rows(writer, "PRAGMA foreign_keys = OFF", Vec::new()).await?;
    let db = writer.begin().await?;
    for kind in ["trigger", "view", "table"] {
        for name in names(&db, "main", kind).await? {
            db.execute_unprepared(&format!("DROP {kind} main.{}", quoted(&name))).await?;
        }
    }
    for name in names(&db, "kept", "table").await? {
        for sql in definitions(&db, "table", Some(&name)).await? {
            db.execute_unprepared(&sql).await?;
        }
        let name = quoted(&name);
        db.execute_unprepared(&format!("INSERT INTO main.{name} SELECT * FROM kept.{name}")).await?;
    }
    for kind in ["index", "view", "trigger"] {
        for sql in definitions(&db, kind, None).await? {
            db.execute_unprepared(&sql).await?;
        }
    }
    if !rows(&db, "PRAGMA main.foreign_key_check", Vec::new()).await?.is_empty() {
        return Err(StorageError::Refused(NOT_WHOLE.to_owned()));
    }
    db.commit().await?;
    Ok(())
}

async fn names(on: &impl ConnectionTrait, schema: &str, kind: &str) -> Result<Vec<String>, StorageError> {
    let sql = format!(
        "SELECT name FROM {schema}.sqlite_master WHERE type = $1 AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    );
    let rows = rows(on, &sql, vec![kind.into()]).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// How things of a kind were made, as SQLite keeps it: without the schema's name, so that it makes them in `main`.
async fn definitions(
    on: &impl ConnectionTrait,
    kind: &str,
    name: Option<&str>,
) -> Result<Vec<String>, StorageError> {
    let sql = "SELECT sql FROM kept.sqlite_master
               WHERE type = $1 AND sql IS NOT NULL AND name = COALESCE($2, name) ORDER BY rowid";
    let rows = rows(on, sql, vec![kind.into(), name.into()]).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}
