//! Work that outlives the request that asked for it: leases, fencing tokens, backoff that is remembered, and an end for
//! jobs that fail again and again.

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{Id, festival::Festival};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, ExprTrait, FromQueryResult, Statement, entity::prelude::*,
    sea_query::Expr,
};

use crate::{Db, StorageError, Store};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub festival_id: Uuid,
    pub subject_id: Uuid,
    pub state: String,
    pub run_at: DateTimeUtc,
    pub attempts: i32,
    pub max_attempts: i32,
    pub token: i64,
    pub lease_until: Option<DateTimeUtc>,
    pub last_error: Option<String>,
    pub created_at: DateTimeUtc,
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Solve the plan that is the job's subject.
    Solve,
    /// Print the bundle of letters that is the job's subject.
    Print,
}

impl JobKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Solve => "solve",
            Self::Print => "print",
        }
    }

    fn named(name: &str) -> Result<Self, StorageError> {
        match name {
            "solve" => Ok(Self::Solve),
            "print" => Ok(Self::Print),
            _ => Err(StorageError::Corrupt("kind of job")),
        }
    }
}

/// A job someone holds until its lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub id: Uuid,
    /// What is to be done.
    pub kind: JobKind,
    /// In which festival.
    pub festival_id: Id<Festival>,
    /// To what: the id of a plan, or of a bundle of letters.
    pub subject_id: Uuid,
    /// Which try this is, from 1.
    pub attempt: i32,
    /// Whether no further try follows.
    pub last_attempt: bool,
    token: i64,
}

/// Asks for a job; it is there if and only if the transaction is committed.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn enqueue(
    db: &Db,
    id: Uuid,
    kind: JobKind,
    festival_id: Id<Festival>,
    subject_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(id),
        kind: Set(kind.as_str().to_owned()),
        festival_id: Set(festival_id.uuid()),
        subject_id: Set(subject_id),
        state: Set("queued".to_owned()),
        run_at: Set(now),
        attempts: Set(0),
        max_attempts: Set(5),
        token: Set(0),
        created_at: Set(now),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Claimed {
    id: Uuid,
    kind: String,
    festival_id: Uuid,
    subject_id: Uuid,
    attempts: i32,
    max_attempts: i32,
    token: i64,
}

/// Takes the next job of a kind that is due, or whose holder let its lease run out, for `lease` from `now`.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn claim(
    store: &Store,
    kind: JobKind,
    now: DateTime<Utc>,
    lease: TimeDelta,
) -> Result<Option<Claim>, StorageError> {
    let db = store.begin().await?;
    let backend = db.on().get_database_backend();
    let skip = if backend == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE jobs SET state = 'running', lease_until = $2, token = token + 1, attempts = attempts + 1
         WHERE id = (SELECT id FROM jobs
                     WHERE kind = $3 AND attempts < max_attempts
                       AND ((state = 'queued' AND run_at <= $1) OR (state = 'running' AND lease_until < $1))
                     ORDER BY run_at, id LIMIT 1 {skip})
         RETURNING id, kind, festival_id, subject_id, attempts, max_attempts, token"
    );
    let values = [now.into(), (now + lease).into(), kind.as_str().into()];
    let claimed = Claimed::find_by_statement(Statement::from_sql_and_values(backend, sql, values))
        .one(&db.on())
        .await?;
    db.commit().await?;
    claimed
        .map(|row| {
            Ok(Claim {
                id: row.id,
                kind: JobKind::named(&row.kind)?,
                festival_id: row.festival_id.into(),
                subject_id: row.subject_id,
                attempt: row.attempts,
                last_attempt: row.attempts >= row.max_attempts,
                token: row.token,
            })
        })
        .transpose()
}

/// Jobs whose last holder vanished: they are marked failed, and their subjects are returned so that these can be, too.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn bury(db: &Db, now: DateTime<Utc>) -> Result<Vec<(JobKind, Id<Festival>, Uuid)>, StorageError> {
    let dead = Entity::find()
        .filter(Column::State.eq("running"))
        .filter(Column::LeaseUntil.lt(now))
        .filter(Expr::col(Column::Attempts).gte(Expr::col(Column::MaxAttempts)))
        .all(&db.on())
        .await?;
    let mut buried = Vec::new();
    for job in dead {
        let update = Entity::update_many()
            .set(ActiveModel {
                state: Set("failed".to_owned()),
                last_error: Set(Some("every worker that tried it vanished".to_owned())),
                finished_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(Column::Id.eq(job.id))
            .filter(Column::Token.eq(job.token))
            .filter(Column::State.eq("running"))
            .exec(&db.on())
            .await?;
        if update.rows_affected == 1 {
            buried.push((JobKind::named(&job.kind)?, job.festival_id.into(), job.subject_id));
        }
    }
    Ok(buried)
}

impl Claim {
    async fn update(&self, db: &Db, change: ActiveModel) -> Result<bool, StorageError> {
        let update = Entity::update_many()
            .set(change)
            .filter(Column::Id.eq(self.id))
            .filter(Column::Token.eq(self.token))
            .filter(Column::State.eq("running"))
            .exec(&db.on())
            .await?;
        Ok(update.rows_affected == 1)
    }

    /// Keeps the job for `lease` more; false when someone else holds it now.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn extend(&self, db: &Db, now: DateTime<Utc>, lease: TimeDelta) -> Result<bool, StorageError> {
        self.update(db, ActiveModel { lease_until: Set(Some(now + lease)), ..Default::default() }).await
    }

    /// Ends the job, in the transaction that stores what came of it; false when someone else holds it now, and then
    /// that transaction must not be committed.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn finish(&self, db: &Db, now: DateTime<Utc>) -> Result<bool, StorageError> {
        self.update(
            db,
            ActiveModel { state: Set("done".to_owned()), finished_at: Set(Some(now)), ..Default::default() },
        )
        .await
    }

    /// [`Claim::extend`] for a transaction that writes what came of the job.
    ///
    /// # Errors
    /// [`StorageError::Stale`] when someone else holds the job now: then nothing of the transaction may last.
    pub async fn hold(&self, db: &Db, now: DateTime<Utc>, lease: TimeDelta) -> Result<(), StorageError> {
        if self.extend(db, now, lease).await? { Ok(()) } else { Err(self.lost()) }
    }

    /// What a holder is told who is none any more.
    pub(crate) fn lost(&self) -> StorageError {
        StorageError::Stale("job", self.token)
    }

    /// Gives the job back untried: it is due at once, for anyone.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn release(&self, db: &Db, now: DateTime<Utc>) -> Result<bool, StorageError> {
        let change = ActiveModel {
            state: Set("queued".to_owned()),
            run_at: Set(now),
            attempts: Set(self.attempt - 1),
            ..Default::default()
        };
        self.update(db, change).await
    }

    /// Notes that this try failed: the job is tried again later, each time later still, or given up after the last.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn fail(&self, db: &Db, now: DateTime<Utc>, error: &str) -> Result<bool, StorageError> {
        if self.last_attempt {
            return self.give_up(db, now, error).await;
        }
        let change = ActiveModel {
            state: Set("queued".to_owned()),
            run_at: Set(now + TimeDelta::seconds(5 << self.attempt.clamp(0, 10))),
            last_error: Set(Some(error.to_owned())),
            ..Default::default()
        };
        self.update(db, change).await
    }

    /// Ends a job that no further try can save.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub async fn give_up(&self, db: &Db, now: DateTime<Utc>, error: &str) -> Result<bool, StorageError> {
        let change = ActiveModel {
            state: Set("failed".to_owned()),
            finished_at: Set(Some(now)),
            last_error: Set(Some(error.to_owned())),
            ..Default::default()
        };
        self.update(db, change).await
    }
}
