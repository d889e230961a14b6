//! What can go wrong with the database, as a caller can act on it.

use sea_orm::{DbErr, RuntimeErr, sqlx::error::DatabaseError};
use thiserror::Error;

/// Why a storage function could not do what it was asked.
#[derive(Debug, Error)]
pub enum StorageError {
    /// There is no such row in this festival.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Someone else wrote the row since the caller read it; this is its version now.
    #[error("the {0} was changed by someone else")]
    Stale(&'static str, i64),
    /// The database refused: the name of the rule (`districts_code`, `assignments_no_overlap`, …).
    #[error("the rule {0} forbids this")]
    Refused(String),
    /// Other rows refer to the row, or the row refers to one that is not there.
    #[error("other rows stand in the way")]
    InUse,
    /// A row that no version of this program can have written.
    #[error("the stored {0} cannot be read")]
    Corrupt(&'static str),
    /// The database could not be asked, or is in trouble.
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        match refusal(&error) {
            Some(Refusal::Rule(rule)) => Self::Refused(rule),
            Some(Refusal::Reference) => Self::InUse,
            None => Self::Database(error),
        }
    }
}

impl StorageError {
    /// Whether trying the same transaction again may succeed (a serialization failure, a deadlock, a busy database).
    pub fn is_passing(&self) -> bool {
        self.has_code(|code| matches!(code, "40001" | "40P01" | "5" | "6" | "517"))
    }

    /// Whether the database found no room to write: a full disk, or one whose share is used up.
    pub fn is_full(&self) -> bool {
        // SQLITE_FULL, SQLITE_IOERR_WRITE (a quota, a limit of file sizes); PostgreSQL's disk_full.
        self.has_code(|code| matches!(code, "13" | "778" | "53100"))
    }

    fn has_code(&self, wanted: impl FnOnce(&str) -> bool) -> bool {
        let Self::Database(DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) =
            self
        else {
            return false;
        };
        e.as_database_error().and_then(DatabaseError::code).is_some_and(|code| wanted(&code))
    }
}

enum Refusal {
    Rule(String),
    Reference,
}

/// The rule a database refused by. PostgreSQL names the constraint; SQLite names the columns of a unique one, the name
/// of a check, the message of a trigger, and of a reference nothing.
fn refusal(error: &DbErr) -> Option<Refusal> {
    let (DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e))) = error else {
        return None;
    };
    let e = e.as_database_error()?;
    let code = e.code()?;
    match code.as_ref() {
        "23503" | "787" | "1811" if e.message().starts_with("FOREIGN KEY") || code == "23503" => {
            Some(Refusal::Reference)
        }
        "23505" | "23514" | "23P01" => e.constraint().map(|name| Refusal::Rule(name.to_owned())),
        // SQLITE_CONSTRAINT_TRIGGER: the message is what RAISE gave.
        "1811" => Some(Refusal::Rule(e.message().to_owned())),
        // SQLITE_CONSTRAINT_UNIQUE and _PRIMARYKEY: "UNIQUE constraint failed: districts.festival_id, districts.code".
        "2067" | "1555" => {
            let last = e.message().rsplit([' ', ',']).next()?;
            Some(Refusal::Rule(last.replacen('.', "_", 1)))
        }
        // SQLITE_CONSTRAINT_CHECK: "CHECK constraint failed: shifts_end_after_start".
        "275" => Some(Refusal::Rule(e.message().rsplit(": ").next()?.to_owned())),
        _ => None,
    }
}
