//! Users' parts in a festival.

use std::collections::{BTreeSet, HashMap};

use khademyar_domain::{
    Id, Stored,
    district::District,
    festival::Festival,
    member::{Member, Role, User},
};
use sea_orm::{
    ActiveValue::Set, Condition, ExprTrait, QueryOrder, QuerySelect, entity::prelude::*, sea_query::Expr,
};

use crate::{
    Db, Reference, StorageError,
    listing::{self, Filter, FilterKind, FilterValue, Listing, Page, Sort},
    table::{children, insert_rows},
    users,
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "members")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub user_id: Uuid,
        pub role: String,
        pub volunteer_id: Option<Uuid>,
        pub centre_id: Option<Uuid>,
        pub venue_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

#[expect(clippy::struct_field_names, reason = "its columns are ids and nothing else")]
mod district {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "member_districts")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub district_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const ROLES: &[&str] = &["organizer", "coordinator", "secretary", "venue_lead", "volunteer", "partner"];

/// What lists of members can be narrowed by.
pub const FILTERS: &[Filter] = &[
    Filter { name: "username", kind: FilterKind::Text },
    Filter { name: "role", kind: FilterKind::Word(ROLES) },
    Filter { name: "volunteer_id", kind: FilterKind::Id },
];

/// What lists of members can be sorted by; the first is the default.
pub const SORTS: &[Sort] = &[Sort { name: "role", column: "role" }];

/// The rule that a festival has an organizer.
pub const LAST_ORGANIZER: &str = "members_last_organizer";

/// What a member refers to.
pub fn references(member: &Member) -> Vec<Reference> {
    let districts = member
        .district_ids
        .iter()
        .enumerate()
        .map(|(k, &id)| Reference::row(format!("/district_ids/{k}"), "districts", id));
    let volunteer = member.volunteer_id.map(|id| Reference::row("/volunteer_id", "volunteers", id));
    let centre = member.centre_id.map(|id| Reference::row("/centre_id", "centres", id));
    let venue = member.venue_id.map(|id| Reference::row("/venue_id", "venues", id));
    districts.chain(volunteer).chain(centre).chain(venue).collect()
}

fn of_festival(festival_id: Id<Festival>) -> Select<Entity> {
    Entity::find().filter(Column::FestivalId.eq(festival_id.uuid()))
}

/// One page of a festival's members.
///
/// # Errors
/// [`StorageError::NotFound`] for a cursor of another list.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    listing: &Listing,
) -> Result<Page<Stored<Member>>, StorageError> {
    let mut rows = of_festival(festival_id);
    for (name, value) in &listing.filters {
        rows = rows.filter(match (*name, value) {
            ("username", FilterValue::Text(username)) => {
                Condition::all().add(Column::UserId.in_subquery(users::ids_named(username)))
            }
            _ => listing::having::<Entity>(name, value)?,
        });
    }
    let page = listing::page(listing::select(rows, listing)?.all(&db.on()).await?, listing)?;
    Ok(Page { items: read(db, festival_id, page.items).await?, next: page.next })
}

/// One member.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn get(db: &Db, festival_id: Id<Festival>, id: Id<Member>) -> Result<Stored<Member>, StorageError> {
    let row = row(db, festival_id, id).await?;
    read(db, festival_id, vec![row]).await?.pop().ok_or(StorageError::NotFound("member"))
}

/// Who a member is.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none of that id.
pub async fn user_id(db: &Db, festival_id: Id<Festival>, id: Id<Member>) -> Result<Id<User>, StorageError> {
    Ok(row(db, festival_id, id).await?.user_id.into())
}

async fn row(db: &Db, festival_id: Id<Festival>, id: Id<Member>) -> Result<Model, StorageError> {
    of_festival(festival_id)
        .filter(Column::Id.eq(id.uuid()))
        .one(&db.on())
        .await?
        .ok_or(StorageError::NotFound("member"))
}

async fn read(
    db: &Db,
    festival_id: Id<Festival>,
    rows: Vec<Model>,
) -> Result<Vec<Stored<Member>>, StorageError> {
    let names = users::names(db, rows.iter().map(|row| row.user_id).collect()).await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        let (username, name) =
            names.get(&row.user_id).cloned().ok_or(StorageError::Corrupt("user of a member"))?;
        let value = Member {
            username,
            name,
            role: named(&row.role)?,
            district_ids: Vec::new(),
            volunteer_id: row.volunteer_id.map(Id::from),
            centre_id: row.centre_id.map(Id::from),
            venue_id: row.venue_id.map(Id::from),
        };
        members.push(Stored { id: row.id.into(), version: row.version, value });
    }
    let districts =
        children::<district::Entity, _>(db, festival_id, district::Column::MemberId, &members).await?;
    let mut by_id: HashMap<Uuid, &mut Member> =
        members.iter_mut().map(|member| (member.id.uuid(), &mut member.value)).collect();
    for row in districts {
        if let Some(member) = by_id.get_mut(&row.member_id) {
            member.district_ids.push(row.district_id.into());
        }
    }
    Ok(members)
}

fn to_row(member: &Member) -> ActiveModel {
    ActiveModel {
        role: Set(word(member.role)),
        volunteer_id: Set(member.volunteer_id.map(Id::uuid)),
        centre_id: Set(member.centre_id.map(Id::uuid)),
        venue_id: Set(member.venue_id.map(Id::uuid)),
        ..Default::default()
    }
}

/// Gives a user a part in a festival; of the member's username and name nothing is stored here.
///
/// # Errors
/// [`StorageError::Refused`] when the user has that role already (`members_role`), or the volunteer is another user's
/// (`members_volunteer_id`).
pub async fn insert(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Member>,
    user_id: Id<User>,
    member: &Member,
) -> Result<Stored<Member>, StorageError> {
    let mut row = to_row(member);
    row.id = Set(id.uuid());
    row.festival_id = Set(festival_id.uuid());
    row.version = Set(1);
    row.user_id = Set(user_id.uuid());
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    save_districts(db, festival_id, id, member).await?;
    get(db, festival_id, id).await
}

/// Makes a user an organizer of a festival.
///
/// # Errors
/// [`StorageError::Refused`] when they are one already.
pub async fn add_organizer(
    db: &Db,
    festival_id: Id<Festival>,
    user_id: Id<User>,
    id: Uuid,
) -> Result<(), StorageError> {
    let row = ActiveModel {
        id: Set(id),
        festival_id: Set(festival_id.uuid()),
        version: Set(1),
        user_id: Set(user_id.uuid()),
        role: Set(word(Role::Organizer)),
        volunteer_id: Set(None),
        centre_id: Set(None),
        venue_id: Set(None),
    };
    Entity::insert(row).exec_without_returning(&db.on()).await?;
    Ok(())
}

/// Replaces a member's part; `expected` is the version the caller read, where it says.
///
/// # Errors
/// [`StorageError::NotFound`], [`StorageError::Stale`], and [`StorageError::Refused`] as [`insert`] and [`delete`].
pub async fn replace(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Member>,
    expected: Option<i64>,
    member: &Member,
) -> Result<Stored<Member>, StorageError> {
    check_change(db, festival_id, id, expected, member.role == Role::Organizer).await?;
    Entity::update_many()
        .set(to_row(member))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .exec(&db.on())
        .await?;
    district::Entity::delete_many()
        .filter(district::Column::MemberId.eq(id.uuid()))
        .filter(district::Column::FestivalId.eq(festival_id.uuid()))
        .exec(&db.on())
        .await?;
    save_districts(db, festival_id, id, member).await?;
    get(db, festival_id, id).await
}

/// Takes a member's part away; the user stays.
///
/// # Errors
/// [`StorageError::NotFound`], [`StorageError::Stale`], and [`StorageError::Refused`] ([`LAST_ORGANIZER`]) when the
/// festival would have no organizer left.
pub async fn delete(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Member>,
    expected: Option<i64>,
) -> Result<(), StorageError> {
    check_change(db, festival_id, id, expected, false).await?;
    Entity::delete_many()
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// Compares versions, and sees to it that an organizer is left when this member no longer is one. The rows that decide
/// are locked: of two who read the same, one waits, and then reads what the other left.
async fn check_change(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Member>,
    expected: Option<i64>,
    stays_organizer: bool,
) -> Result<(), StorageError> {
    let is_organizer = Column::Role.eq(word(Role::Organizer));
    let rows = of_festival(festival_id)
        .filter(Condition::any().add(Column::Id.eq(id.uuid())).add(is_organizer))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(&db.on())
        .await?;
    let (own, others): (Vec<Model>, Vec<Model>) = rows.into_iter().partition(|row| row.id == id.uuid());
    let own = own.first().ok_or(StorageError::NotFound("member"))?;
    if expected.is_some_and(|expected| expected != own.version) {
        return Err(StorageError::Stale("member", own.version));
    }
    if own.role == word(Role::Organizer) && !stays_organizer && others.is_empty() {
        return Err(StorageError::Refused(LAST_ORGANIZER.to_owned()));
    }
    Ok(())
}

async fn save_districts(
    db: &Db,
    festival_id: Id<Festival>,
    id: Id<Member>,
    member: &Member,
) -> Result<(), StorageError> {
    let districts: BTreeSet<Id<District>> = member.district_ids.iter().copied().collect();
    let rows = districts
        .into_iter()
        .map(|district_id| district::ActiveModel {
            festival_id: Set(festival_id.uuid()),
            member_id: Set(id.uuid()),
            district_id: Set(district_id.uuid()),
        })
        .collect();
    insert_rows(db, rows).await
}
