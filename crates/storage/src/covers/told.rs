//! Requests with what people read of them: whose seat, where, when, and how many are asked.

use chrono::{DateTime, Utc};
use khademyar_domain::{
    Id, Name,
    cover::{AskState, Cover, CoverState},
    disclosure::Age,
    district::District,
    festival::Festival,
    volunteer::Volunteer,
};
use sea_orm::{
    Condition, ConnectionTrait, ExprTrait, FromQueryResult, QueryResult,
    sea_query::{Expr, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{Db, StorageError, districts::name, table::uuids};

/// Which requests are read.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// One.
    One(Id<Cover>),
    /// Those that a volunteer made or is asked by.
    Of(Id<Volunteer>),
    /// The festival's, or those of some districts.
    In(Option<&'a [Id<District>]>),
}

/// A request as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Which.
    pub id: Id<Cover>,
    /// How often it was written.
    pub version: i64,
    /// How it stands.
    pub state: CoverState,
    /// Whether the asker wants another seat in return.
    pub swap: bool,
    /// The seat.
    pub position_id: Uuid,
    /// In which shift.
    pub shift_id: Uuid,
    /// Where.
    pub venue: Name,
    /// In which district.
    pub district_id: Id<District>,
    /// As what.
    pub specialty: Name,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// The seat that the asker wants in return, where it is a swap.
    pub in_return: Option<Seat>,
    /// Who asks; none where a coordinator does.
    pub asker: Option<(Id<Volunteer>, Name, Age)>,
    /// Who takes it.
    pub taker: Option<(Id<Volunteer>, Name, Age)>,
    /// How many were asked until now.
    pub asked: u32,
    /// How many said no.
    pub refused: u32,
    /// How the reader stands to it, where one volunteer's are read.
    pub mine: Option<AskState>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A seat as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    /// The position.
    pub position_id: Uuid,
    /// Where.
    pub venue: Name,
    /// As what.
    pub specialty: Name,
    /// On which festival night, from 0.
    pub night: i32,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
}

/// Requests, the newest first, `limit` at the most.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn list(
    db: &Db,
    festival_id: Id<Festival>,
    which: Which<'_>,
    state: Option<CoverState>,
    limit: u64,
) -> Result<Vec<Told>, StorageError> {
    let mut query = joined(festival_id);
    match which {
        Which::One(id) => {
            query.and_where(Expr::col(("c", "id")).eq(id.uuid()));
        }
        Which::Of(volunteer) => {
            let mine = Query::select()
                .column("state")
                .from("cover_asks")
                .and_where(Expr::col(("cover_asks", "cover_id")).equals(("c", "id")))
                .and_where(Expr::col(("cover_asks", "volunteer_id")).eq(volunteer.uuid()))
                .and_where(Expr::col(("cover_asks", "state")).ne(AskState::Waiting.as_str()))
                .to_owned();
            query.cond_where(
                Condition::any()
                    .add(Expr::col(("c", "volunteer_id")).eq(volunteer.uuid()))
                    .add(Expr::exists(mine.clone())),
            );
            query.expr_as(Expr::SubQuery(None, Box::new(mine.into())), "mine");
        }
        Which::In(districts) => {
            if let Some(districts) = districts {
                query.and_where(Expr::col(("c", "district_id")).is_in(uuids(districts)));
            }
        }
    }
    if let Some(state) = state {
        query.and_where(Expr::col(("c", "state")).eq(state.as_str()));
    }
    query.order_by(("c", "id"), Order::Desc).limit(limit);
    db.on().query_all(&query).await?.iter().map(|row| told(row, matches!(which, Which::Of(_)))).collect()
}

fn count(states: &[AskState]) -> Expr {
    let asks = Query::select()
        .expr(Func::count(Expr::col(("cover_asks", "volunteer_id"))))
        .from("cover_asks")
        .and_where(Expr::col(("cover_asks", "cover_id")).equals(("c", "id")))
        .and_where(Expr::col(("cover_asks", "state")).is_in(states.iter().map(|state| state.as_str())))
        .to_owned();
    Expr::SubQuery(None, Box::new(asks.into()))
}

fn joined(festival_id: Id<Festival>) -> SelectStatement {
    let named = |of: &'static str| [(of, "name_fa"), (of, "name_en")];
    let mut query = Query::select();
    query
        .columns(
            ["id", "version", "state", "return_assignment_id", "position_id", "district_id", "created_at"]
                .map(|column| ("c", column)),
        )
        .columns(["volunteer_id", "taken_by_id"].map(|column| ("c", column)))
        .columns(["night", "starts_at", "ends_at"].map(|column| ("s", column)))
        .column(("p", "shift_id"))
        .expr_as(Expr::col(("rp", "id")), "return_position_id");
    for (column, alias) in
        [("night", "return_night"), ("starts_at", "return_starts_at"), ("ends_at", "return_ends_at")]
    {
        query.expr_as(Expr::col(("rs", column)), alias);
    }
    for (of, fa, en) in [
        ("v", "venue_fa", "venue_en"),
        ("f", "specialty_fa", "specialty_en"),
        ("a", "asker_fa", "asker_en"),
        ("t", "taker_fa", "taker_en"),
        ("rv", "return_venue_fa", "return_venue_en"),
        ("rf", "return_specialty_fa", "return_specialty_en"),
    ] {
        let [name_fa, name_en] = named(of);
        query.expr_as(Expr::col(name_fa), fa).expr_as(Expr::col(name_en), en);
    }
    query
        .expr_as(Expr::col(("a", "birth_year")), "asker_born")
        .expr_as(Expr::col(("t", "birth_year")), "taker_born");
    query
        .expr_as(count(&[AskState::Asked, AskState::Yes, AskState::No, AskState::Told]), "asked")
        .expr_as(count(&[AskState::No]), "refused")
        .from_as("covers", "c")
        .join_as(
            sea_orm::JoinType::InnerJoin,
            "positions",
            "p",
            Expr::col(("p", "id")).equals(("c", "position_id")),
        )
        .join_as(
            sea_orm::JoinType::InnerJoin,
            "shifts",
            "s",
            Expr::col(("s", "id")).equals(("p", "shift_id")),
        )
        .join_as(
            sea_orm::JoinType::InnerJoin,
            "venues",
            "v",
            Expr::col(("v", "id")).equals(("s", "venue_id")),
        )
        .join_as(
            sea_orm::JoinType::InnerJoin,
            "specialties",
            "f",
            Expr::col(("f", "id")).equals(("p", "specialty_id")),
        )
        .join_as(
            sea_orm::JoinType::LeftJoin,
            "volunteers",
            "a",
            Expr::col(("a", "id")).equals(("c", "volunteer_id")),
        )
        .join_as(
            sea_orm::JoinType::LeftJoin,
            "volunteers",
            "t",
            Expr::col(("t", "id")).equals(("c", "taken_by_id")),
        )
        .and_where(Expr::col(("c", "festival_id")).eq(festival_id.uuid()));
    for (table, alias, id) in [
        ("assignments", "ra", ("c", "return_assignment_id")),
        ("positions", "rp", ("ra", "position_id")),
        ("shifts", "rs", ("rp", "shift_id")),
        ("venues", "rv", ("rs", "venue_id")),
        ("specialties", "rf", ("rp", "specialty_id")),
    ] {
        query.join_as(sea_orm::JoinType::LeftJoin, table, alias, Expr::col((alias, "id")).equals(id));
    }
    query
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    version: i64,
    state: String,
    return_assignment_id: Option<Uuid>,
    position_id: Uuid,
    district_id: Uuid,
    created_at: DateTime<Utc>,
    volunteer_id: Option<Uuid>,
    taken_by_id: Option<Uuid>,
    night: i32,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    shift_id: Uuid,
    venue_fa: String,
    venue_en: Option<String>,
    specialty_fa: String,
    specialty_en: Option<String>,
    asker_fa: Option<String>,
    asker_en: Option<String>,
    taker_fa: Option<String>,
    taker_en: Option<String>,
    asker_born: Option<i32>,
    taker_born: Option<i32>,
    asked: i64,
    refused: i64,
    return_position_id: Option<Uuid>,
    return_night: Option<i32>,
    return_starts_at: Option<DateTime<Utc>>,
    return_ends_at: Option<DateTime<Utc>>,
    return_venue_fa: Option<String>,
    return_venue_en: Option<String>,
    return_specialty_fa: Option<String>,
    return_specialty_en: Option<String>,
}

impl Row {
    fn in_return(&self) -> Result<Option<Seat>, StorageError> {
        let (Some(position_id), Some(night), Some(starts_at), Some(ends_at)) =
            (self.return_position_id, self.return_night, self.return_starts_at, self.return_ends_at)
        else {
            return Ok(None);
        };
        let told =
            |fa: &Option<String>, en: &Option<String>| name(fa.clone().unwrap_or_default(), en.clone());
        Ok(Some(Seat {
            position_id,
            venue: told(&self.return_venue_fa, &self.return_venue_en)?,
            specialty: told(&self.return_specialty_fa, &self.return_specialty_en)?,
            night,
            starts_at,
            ends_at,
        }))
    }
}

fn told(row: &QueryResult, of_one: bool) -> Result<Told, StorageError> {
    let mine: Option<String> = if of_one { row.try_get("", "mine")? } else { None };
    let row = Row::from_query_result(row, "")?;
    let in_return = row.in_return()?;
    let on = row.starts_at.date_naive();
    let person = |id: Option<Uuid>, fa: Option<String>, en, born| {
        let person =
            |(id, fa): (Uuid, _)| Ok::<_, StorageError>((id.into(), name(fa, en)?, Age::on(on, born)));
        id.zip(fa).map(person).transpose()
    };
    let whole = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Told {
        id: row.id.into(),
        version: row.version,
        state: CoverState::named(&row.state).ok_or(StorageError::Corrupt("state of a cover"))?,
        swap: row.return_assignment_id.is_some(),
        position_id: row.position_id,
        shift_id: row.shift_id,
        venue: name(row.venue_fa, row.venue_en)?,
        district_id: row.district_id.into(),
        specialty: name(row.specialty_fa, row.specialty_en)?,
        night: row.night,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        in_return,
        asker: person(row.volunteer_id, row.asker_fa, row.asker_en, row.asker_born)?,
        taker: person(row.taken_by_id, row.taker_fa, row.taker_en, row.taker_born)?,
        asked: whole(row.asked),
        refused: whole(row.refused),
        mine: mine
            .map(|mine| AskState::named(&mine).ok_or(StorageError::Corrupt("state of an ask")))
            .transpose()?,
        created_at: row.created_at,
    })
}
