//! All letters of a festival in one file: asked for, printed piece by piece, kept for some days.

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    festival::Festival,
    language::Language,
    letter::{BundleState, LetterBundle, LetterKind},
};
use sea_orm::{ActiveValue::Set, ExprTrait, QueryOrder, entity::prelude::*, sea_query::Expr};
use serde_json::json;

use crate::{
    Db, StorageError,
    audit::Change,
    jobs::{self, Claim, JobKind},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "letter_bundles")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub kinds: String,
        pub language: String,
        pub issued_on: Date,
        pub state: String,
        pub printed: i32,
        pub letters: Option<i32>,
        pub size: i64,
        pub error: Option<String>,
        pub created_at: DateTimeUtc,
        pub finished_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

mod pieces {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "letter_bundle_pieces")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub bundle_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub bytes: Vec<u8>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A piece of a bundle's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What follows the piece before.
    pub bytes: Vec<u8>,
    /// How many letters are printed with it.
    pub printed: i32,
    /// Of how many.
    pub letters: i32,
}

/// How long a worker holds the job of a bundle that it does not add to.
pub const LEASE: TimeDelta = TimeDelta::seconds(30);

/// How long a bundle is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// A bundle as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleRun {
    /// Its id.
    pub id: Id<LetterBundle>,
    /// What was asked for.
    pub bundle: LetterBundle,
    /// How it stands.
    pub state: BundleState,
    /// How many letters are printed.
    pub printed: i32,
    /// Of how many, once that is known.
    pub letters: Option<i32>,
    /// How large the file is until now, in bytes.
    pub size: i64,
    /// Why it failed, or its last try did.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
}

fn run(row: Model) -> Result<BundleRun, StorageError> {
    let kinds = row.kinds.split_whitespace().map(LetterKind::named).collect::<Option<_>>();
    let bundle = LetterBundle {
        kinds: kinds.ok_or(StorageError::Corrupt("kinds of a bundle"))?,
        language: Language::tagged(&row.language).ok_or(StorageError::Corrupt("language of a bundle"))?,
        issued_on: row.issued_on,
    };
    Ok(BundleRun {
        id: row.id.into(),
        bundle,
        state: BundleState::named(&row.state).ok_or(StorageError::Corrupt("state of a bundle"))?,
        printed: row.printed,
        letters: row.letters,
        size: row.size,
        error: row.error,
        created_at: row.created_at,
        finished_at: row.finished_at,
    })
}

/// Asks for a bundle, and for the job that prints it.
///
/// # Errors
/// [`StorageError::InUse`] when there is no such festival.
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
    job_id: Uuid,
    bundle: &LetterBundle,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let kinds: Vec<&str> = bundle.kinds.iter().map(|kind| kind.as_str()).collect();
    let row = ActiveModel {
        id: Set(id.uuid()),
        festival_id: Set(festival_id.uuid()),
        kinds: Set(kinds.join(" ")),
        language: Set(bundle.language.tag().to_owned()),
        issued_on: Set(bundle.issued_on),
        state: Set(BundleState::Queued.as_str().to_owned()),
        printed: Set(0),
        size: Set(0),
        created_at: Set(now),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    let asked = json!({"kinds": bundle.kinds, "language": bundle.language});
    db.record(Change::of("letter_bundles", id.uuid()).after(&asked));
    jobs::enqueue(db, job_id, JobKind::Print, festival_id, id.uuid(), now).await
}

/// The festival's bundles, the newest first.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(db: &Db, festival_id: Id<Festival>) -> Result<Vec<BundleRun>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(&db.on())
        .await?;
    rows.into_iter().map(run).collect()
}

/// One bundle.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival has none of that id.
pub async fn get(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
) -> Result<BundleRun, StorageError> {
    let row =
        Entity::find_by_id(id.uuid()).filter(Column::FestivalId.eq(festival_id.uuid())).one(&db.on()).await?;
    row.map(run).transpose()?.ok_or(StorageError::NotFound("bundle"))
}

/// A piece of a bundle's file, from 0; none after the last.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn piece(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
    number: i32,
) -> Result<Option<Vec<u8>>, StorageError> {
    let row = pieces::Entity::find()
        .filter(pieces::Column::FestivalId.eq(festival_id.uuid()))
        .filter(pieces::Column::BundleId.eq(id.uuid()))
        .filter(pieces::Column::Number.eq(number))
        .one(&db.on())
        .await?;
    Ok(row.map(|row| row.bytes))
}

async fn update(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
    change: ActiveModel,
) -> Result<(), StorageError> {
    let update = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::State.is_in(["queued", "running"]))
        .exec(&db.on())
        .await?;
    if update.rows_affected == 1 { Ok(()) } else { Err(StorageError::NotFound("bundle")) }
}

fn state(state: BundleState) -> ActiveModel {
    ActiveModel { state: Set(state.as_str().to_owned()), ..Default::default() }
}

/// A worker begins, from the beginning: what one before printed is thrown away.
///
/// # Errors
/// [`StorageError::Stale`] when someone else holds the job now, [`StorageError::NotFound`] when the bundle is gone.
pub async fn start(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<BundleRun, StorageError> {
    claim.hold(db, now, LEASE).await?;
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    clear(db, festival_id, id).await?;
    let change =
        ActiveModel { printed: Set(0), letters: Set(None), size: Set(0), ..state(BundleState::Running) };
    update(db, festival_id, id, change).await?;
    get(db, festival_id, id).await
}

/// Adds the piece of this number, from 0, to the file, and holds the job on.
///
/// # Errors
/// As [`start`].
pub async fn add(
    db: &Db,
    claim: &Claim,
    number: i32,
    piece: Piece,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let Piece { bytes, printed, letters } = piece;
    claim.hold(db, now, LEASE).await?;
    let (festival_id, id): (_, Id<LetterBundle>) = (claim.festival_id, claim.subject_id.into());
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let change = ActiveModel { printed: Set(printed), letters: Set(Some(letters)), ..Default::default() };
    update(db, festival_id, id, change).await?;
    Entity::update_many()
        .col_expr(Column::Size, Expr::col(Column::Size).add(size))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    let row = pieces::ActiveModel {
        festival_id: Set(festival_id.uuid()),
        bundle_id: Set(id.uuid()),
        number: Set(number),
        bytes: Set(bytes),
    };
    pieces::Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Ends a bundle whose every piece is there, and the job with it.
///
/// # Errors
/// As [`start`].
pub async fn finish(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<(), StorageError> {
    if !claim.finish(db, now).await? {
        return Err(claim.lost());
    }
    let change =
        ActiveModel { finished_at: Set(Some(now)), error: Set(None), ..state(BundleState::Completed) };
    update(db, claim.festival_id, claim.subject_id.into(), change).await
}

/// A worker that must stop gives the bundle back.
///
/// # Errors
/// As [`start`].
pub async fn release(db: &Db, claim: &Claim, now: DateTime<Utc>) -> Result<(), StorageError> {
    if !claim.release(db, now).await? {
        return Err(claim.lost());
    }
    update(db, claim.festival_id, claim.subject_id.into(), state(BundleState::Queued)).await
}

/// A try that failed: the bundle waits for the next, or has failed with the last.
///
/// # Errors
/// As [`start`].
pub async fn fail_try(db: &Db, claim: &Claim, error: &str, now: DateTime<Utc>) -> Result<(), StorageError> {
    if !claim.fail(db, now, error).await? {
        return Err(claim.lost());
    }
    let (festival_id, id) = (claim.festival_id, claim.subject_id.into());
    if claim.last_attempt {
        return fail(db, festival_id, id, error, now).await;
    }
    let waits = ActiveModel { error: Set(Some(error.to_owned())), ..state(BundleState::Queued) };
    update(db, festival_id, id, waits).await
}

async fn fail(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    clear(db, festival_id, id).await?;
    let change = ActiveModel {
        error: Set(Some(error.to_owned())),
        finished_at: Set(Some(now)),
        size: Set(0),
        ..state(BundleState::Failed)
    };
    update(db, festival_id, id, change).await
}

/// Ends a bundle whose every worker vanished; one that is gone is left alone.
pub(crate) async fn bury(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<LetterBundle>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    match fail(db, festival_id, id, "every worker that tried it vanished", now).await {
        Err(StorageError::NotFound(_)) => Ok(()),
        done => done,
    }
}

async fn clear(db: &Db, festival_id: Id<Festival>, id: Id<LetterBundle>) -> Result<(), StorageError> {
    pieces::Entity::delete_many()
        .filter(pieces::Column::FestivalId.eq(festival_id.uuid()))
        .filter(pieces::Column::BundleId.eq(id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Deletes the festival's bundles: they name somebody who is to be forgotten.
pub(crate) async fn delete_all(db: &Db, festival_id: Id<Festival>) -> Result<(), StorageError> {
    Entity::delete_many().filter(Column::FestivalId.eq(festival_id.uuid())).exec(&db.on()).await?;
    Ok(())
}

/// Deletes the bundles that were asked for before `then`; how many.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn forget_before(db: &Db, then: DateTime<Utc>) -> Result<u64, StorageError> {
    let deleted = Entity::delete_many().filter(Column::CreatedAt.lt(then)).exec(&db.on()).await?;
    Ok(deleted.rows_affected)
}

/// How many bundles of the festival are not over.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn waiting(db: &Db, festival_id: Id<Festival>) -> Result<u64, StorageError> {
    let open = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::State.is_in(["queued", "running"]));
    Ok(open.count(&db.on()).await?)
}
