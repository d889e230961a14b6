//! Who can sign in, and what part they have where.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Text,
    device::Device,
    festival::Festival,
    member::{Role, User},
    persian,
    rights::{Actor, Part, PartRole},
};
use sea_orm::{
    ActiveValue::Set,
    ConnectionTrait, Order, QueryResult, QuerySelect, TryInsertResult,
    entity::prelude::*,
    sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement},
};

use serde_json::json;

use crate::{Db, StorageError, audit::Change, districts::text, table::uuids, word::named};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub username: String,
        pub name: String,
        pub password_hash: String,
        pub operator: bool,
        pub created_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

/// A user about to be created.
#[derive(Clone)]
pub struct NewUser {
    /// Their id.
    pub id: Id<User>,
    /// What they sign in with; stored as [`folded`].
    pub username: String,
    /// Their name.
    pub name: Text,
    /// A PHC string.
    pub password_hash: String,
    /// Whether they run the installation.
    pub operator: bool,
}

/// What signing in must know.
#[derive(Clone)]
pub struct Account {
    /// Whose it is.
    pub id: Id<User>,
    /// What they sign in with.
    pub username: String,
    /// Their name.
    pub name: Text,
    /// A PHC string.
    pub password_hash: String,
}

/// A username as it is stored and looked up: in small letters and ASCII digits, whatever keyboard typed it.
pub fn folded(username: &str) -> String {
    persian::normalise(username).to_lowercase()
}

/// Creates a user, unless the username is taken; tells whether it did.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn insert(db: &Db, user: &NewUser, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let row = ActiveModel {
        id: Set(user.id.uuid()),
        username: Set(folded(&user.username)),
        name: Set(user.name.to_string()),
        password_hash: Set(user.password_hash.clone()),
        operator: Set(user.operator),
        created_at: Set(now),
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Username])
        .exec_without_returning(&db.on())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// The account of that username, in any case and digits.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn find(db: &Db, username: &str) -> Result<Option<Account>, StorageError> {
    let row = Entity::find().filter(Column::Username.eq(folded(username))).one(&db.on()).await?;
    row.map(account).transpose()
}

/// The account of that id, for a transaction that changes how the user signs in: those take turns.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none.
pub async fn lock(db: &Db, id: Id<User>) -> Result<Account, StorageError> {
    let row = Entity::find_by_id(id.uuid()).lock(LockType::NoKeyUpdate).one(&db.on()).await?;
    account(row.ok_or(StorageError::NotFound("user"))?)
}

/// The account of that id.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none.
pub async fn get(db: &Db, id: Id<User>) -> Result<Account, StorageError> {
    let row = Entity::find_by_id(id.uuid()).one(&db.on()).await?;
    account(row.ok_or(StorageError::NotFound("user"))?)
}

fn account(row: Model) -> Result<Account, StorageError> {
    let Model { id, username, name, password_hash, .. } = row;
    Ok(Account { id: id.into(), username, name: text(name)?, password_hash })
}

/// Sets the hash of a user's password.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such user.
pub async fn set_password_hash(db: &Db, id: Id<User>, hash: &str) -> Result<(), StorageError> {
    update(db, id, ActiveModel { password_hash: Set(hash.to_owned()), ..Default::default() }).await?;
    db.record(Change::of("users", id.uuid()).person(id.uuid()).after(&json!({"password": "changed"})));
    Ok(())
}

/// Who a user is and what part they have where, in one query; none when there is no such user.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn actor(db: &Db, id: Id<User>) -> Result<Option<Actor>, StorageError> {
    let query = parts().and_where(Expr::col(("users", "id")).eq(id.uuid())).to_owned();
    let rows = db.on().query_all(&query).await?;
    let Some(mut actor) = rows.first().map(nobody_yet).transpose()? else { return Ok(None) };
    let mut last_member = None;
    for row in &rows {
        read_part(row, &mut actor, &mut last_member)?;
    }
    Ok(Some(actor))
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who, with what part they have where.
    pub actor: Actor,
    /// The revisions of the festivals they have a part in.
    pub revisions: Vec<(Id<Festival>, i64)>,
}

/// Who is signed in on these devices still, in one query; those on which nobody is are left out.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn signed_in(db: &Db, ids: &[Id<Device>]) -> Result<HashMap<Id<Device>, SignedIn>, StorageError> {
    let query = parts()
        .expr_as(Expr::col(("devices", "id")), "device_id")
        .column(("festivals", "revision"))
        .inner_join("devices", Expr::col(("devices", "user_id")).equals(("users", "id")))
        .left_join("festivals", Expr::col(("festivals", "id")).equals(("members", "festival_id")))
        .and_where(Expr::col(("devices", "id")).is_in(uuids(ids)))
        .to_owned();
    let mut all: HashMap<Id<Device>, SignedIn> = HashMap::new();
    let mut last_members: HashMap<Id<Device>, Option<Uuid>> = HashMap::new();
    for row in &db.on().query_all(&query).await? {
        let id: Id<Device> = row.try_get::<Uuid>("", "device_id")?.into();
        let actor = nobody_yet(row)?;
        let one = all.entry(id).or_insert(SignedIn { actor, revisions: Vec::new() });
        if let Some(festival_id) = read_part(row, &mut one.actor, last_members.entry(id).or_default())? {
            one.revisions.push((festival_id, row.try_get("", "revision")?));
        }
    }
    Ok(all)
}

/// Users with their parts: a row for each district of each part, by part.
fn parts() -> SelectStatement {
    Query::select()
        .columns([
            ("users", "operator"),
            ("members", "festival_id"),
            ("members", "role"),
            ("members", "volunteer_id"),
            ("members", "centre_id"),
            ("members", "venue_id"),
            ("member_districts", "district_id"),
        ])
        .column(("members", "id"))
        .expr_as(Expr::col(("users", "id")), "user_id")
        .from("users")
        .left_join("members", Expr::col(("members", "user_id")).equals(("users", "id")))
        .left_join("member_districts", Expr::col(("member_districts", "member_id")).equals(("members", "id")))
        .order_by(("members", "id"), Order::Asc)
        .to_owned()
}

/// Whose row it is, with no part yet.
fn nobody_yet(row: &QueryResult) -> Result<Actor, StorageError> {
    let user_id: Id<User> = row.try_get::<Uuid>("", "user_id")?.into();
    Ok(Actor { user_id, operator: row.try_get("", "operator")?, parts: Vec::new() })
}

/// Adds to `actor` what a row says of their part; in which festival, if it is another part than that of the row before.
fn read_part(
    row: &QueryResult,
    actor: &mut Actor,
    last_member: &mut Option<Uuid>,
) -> Result<Option<Id<Festival>>, StorageError> {
    let Some(member_id) = row.try_get::<Option<Uuid>>("", "id")? else { return Ok(None) };
    let mut new = None;
    if last_member.replace(member_id) != Some(member_id) {
        let of = |column| {
            let id = row.try_get::<Option<Uuid>>("", column)?;
            id.ok_or(StorageError::Corrupt("limit of a role"))
        };
        let role = match named::<Role>(&row.try_get::<String>("", "role")?)? {
            Role::Organizer => PartRole::Organizer,
            Role::Coordinator => PartRole::Coordinator(Vec::new()),
            Role::Secretary => PartRole::Secretary(of("centre_id")?.into()),
            Role::VenueLead => PartRole::VenueLead(of("venue_id")?.into()),
            Role::Volunteer => PartRole::Volunteer(of("volunteer_id")?.into()),
            Role::Partner => PartRole::Partner(Vec::new()),
        };
        let festival_id: Id<Festival> = row.try_get::<Uuid>("", "festival_id")?.into();
        actor.parts.push(Part { festival_id, role });
        new = Some(festival_id);
    }
    if let (
        Some(Part { role: PartRole::Coordinator(districts) | PartRole::Partner(districts), .. }),
        Some(district_id),
    ) = (actor.parts.last_mut(), row.try_get::<Option<Uuid>>("", "district_id")?)
    {
        districts.push(district_id.into());
    }
    Ok(new)
}

/// Gives a user another name.
///
/// # Errors
/// [`StorageError::NotFound`] when there is no such user.
pub async fn rename(db: &Db, id: Id<User>, name: &Text) -> Result<(), StorageError> {
    db.record(Change::of("users", id.uuid()).person(id.uuid()).after(&json!({"name": name})));
    let name = ActiveModel { name: Set(name.to_string()), ..Default::default() };
    update(db, id, name).await
}

async fn update(db: &Db, id: Id<User>, row: ActiveModel) -> Result<(), StorageError> {
    let update = Entity::update_many().set(row).filter(Column::Id.eq(id.uuid())).exec(&db.on()).await?;
    if update.rows_affected == 0 { Err(StorageError::NotFound("user")) } else { Ok(()) }
}

/// The usernames and names of users; whoever is none is left out.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn names(db: &Db, ids: Vec<Uuid>) -> Result<HashMap<Uuid, (String, Text)>, StorageError> {
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(&db.on()).await?;
    rows.into_iter().map(|row| Ok((row.id, (row.username, text(row.name)?)))).collect()
}

/// The id of whoever has that username, as a subquery.
pub(crate) fn ids_named(username: &str) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::Username.eq(folded(username)))
        .to_owned()
}
