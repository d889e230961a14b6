//! The lists of a festival's set-up: one set of handlers for all of them, since what differs is in the tables.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::Response,
    routing::get,
};
use khademyar_domain::{
    Check, Fault, Id, Stored,
    centre::Centre,
    disclosure::Reader,
    district::District,
    festival::Festival,
    pair::{Pair, Pin},
    partner::{Contribution, Partner},
    position::Position,
    rights::Action,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::Volunteer,
};
use khademyar_storage::{Db, Table, listing::FilterValue, missing, table};
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    contract::crud_paths,
    edit::Versioned,
    error::ApiError,
    extract::{At, Body, IfMatch, InFestival, Organizer},
    query::listing,
    state::AppState,
    work::{Ended, Post},
};

/// A list of the set-up as the API serves it.
pub(crate) trait Resource: Table + ToSchema + PartialSchema {
    /// What one must be allowed to do to read it.
    const READ: Action;
    /// Filters by what other systems are not told: whose it is would be told by the answer.
    const UNTOLD_FILTERS: &[&str] = &[];
    /// One example of it.
    fn example() -> serde_json::Value;

    /// As much of it as `reader` is told.
    #[must_use]
    fn told(self, _reader: Reader) -> Self {
        self
    }

    /// What `reader` writes in the place of `stored`: what they are not told stays.
    #[must_use]
    fn written(self, _reader: Reader, _stored: &Self) -> Self {
        self
    }
}

macro_rules! resource {
    ($type:ty, $read:ident, $example:tt $($rest:item)*) => {
        impl Resource for $type {
            const READ: Action = Action::$read;

            fn example() -> serde_json::Value {
                serde_json::json!($example)
            }

            $($rest)*
        }
    };
}

const ID: &str = "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e";

resource!(District, ReadFestival, {"code": "d14", "name": {"fa": "منطقهٔ ۱۴", "en": "District 14"}, "priority": 5, "mayor": "مهندس رضا امینی"});
resource!(Centre, ReadRoster, {"code": "kanoon-3", "name": {"fa": "کانون سلامت", "en": "Health centre"}, "district_id": ID, "secretary": "زهرا کریمی"});

resource!(Specialty, ReadFestival, {"code": "health", "name": {"fa": "سلامت و درمان", "en": "Health"}});
resource!(Venue, ReadFestival, {
    "code": "base-7", "name": {"fa": "پایگاه سیار ۷", "en": "Mobile base 7"}, "kind": "mobile", "district_id": ID,
    "stands": [{"night": 3, "district_id": ID}], "latitude": 32.65, "longitude": 51.67
});
resource!(Shift, ReadRoster, {
    "code": "ghadir-1-evening", "venue_id": ID, "district_id": ID, "night": 0, "starts_at": "2027-04-08T16:30:00Z",
    "ends_at": "2027-04-08T19:30:00Z"
});
resource!(Position, ReadRoster, {
    "code": "p203", "shift_id": ID, "specialty_id": ID, "min_level": 2, "gender": "woman", "minimum": 2, "desired": 3,
    "weight": 2
});
resource!(Volunteer, ReadPeople, {
    "code": "v17", "name": {"fa": "زهرا کریمی", "en": "Zahra Karimi"}, "phone": "+989131234567",
    "home_district_id": ID, "gender": "woman", "birth_year": 1996,
    "skills": [{"specialty_id": ID, "level": 2, "confirmed": true}], "available": [{"night": 0}, {"night": 3}],
    "max_travel_minutes": 45, "max_nights": 6, "max_consecutive_nights": 3, "max_shifts_per_night": 1,
    "min_shifts": 1, "preferred_venue_ids": [ID], "wishes": [{"night": 3, "want": "serve", "weight": 5}]
}
    const UNTOLD_FILTERS: &[&str] = &["phone"];

    fn told(self, reader: Reader) -> Self {
        reader.volunteer(self)
    }

    fn written(self, reader: Reader, stored: &Self) -> Self {
        reader.written(self, stored)
    }
);
resource!(Pair, ReadRoster, {"kind": "companions", "first_id": ID, "second_id": "0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7f"});
resource!(Pin, ReadRoster, {"volunteer_id": ID, "position_id": ID});
resource!(Partner, Organize, {
    "code": "municipality-14", "name": {"fa": "شهرداری منطقهٔ ۱۴", "en": "Municipality of District 14"},
    "district_id": ID, "contact": "مهندس رضا امینی"
});
resource!(Contribution, Organize, {
    "partner_id": ID, "kind": "equipment", "description": "صندلی برای پایگاه ۷", "amount": 120, "unit": "صندلی",
    "venue_id": ID
});

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct PageBody<T> {
    items: Vec<Stored<T>>,
    /// Where the next page begins; null after the last.
    next_cursor: Option<String>,
}

/// The values of a bulk creation.
#[derive(Debug, Deserialize)]
pub(crate) struct BulkBody<T> {
    items: Vec<T>,
}

/// How many rows one bulk creation may have.
pub(crate) const LARGEST_BULK: usize = 20_000;

impl<T: Resource> Check for BulkBody<T> {
    fn check(&self) -> Vec<Fault> {
        self.items
            .iter()
            .enumerate()
            .flat_map(|(k, item)| {
                item.check().into_iter().map(move |fault| fault.under(&format!("/items/{k}")))
            })
            .collect()
    }
}

impl<T: Resource> utoipa::__dev::ComposeSchema for BulkBody<T> {
    fn compose(
        _: Vec<utoipa::openapi::RefOr<utoipa::openapi::Schema>>,
    ) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::contract::bulk_schema::<T>()
    }
}

impl<T: Resource> ToSchema for BulkBody<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Bulk", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

/// What a bulk creation made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchBody {
    /// The batch, by which all of it can be undone.
    batch_id: Uuid,
    /// The ids of the new rows, in the order given.
    ids: Vec<Uuid>,
}

/// The routes of one list, with their part of the contract.
pub(crate) fn routes<T: Resource>() -> OpenApiRouter<AppState> {
    let base = format!("/v1/festivals/{{festival_id}}/{}", T::NAME);
    let mut router = OpenApiRouter::new()
        .route(&base, get(list::<T>).post(create::<T>))
        .route(&format!("{base}/bulk"), axum::routing::post(create_many::<T>))
        .route(&format!("{base}/{{id}}"), get(read::<T>).put(replace::<T>).delete(delete::<T>));
    crud_paths::<T>(router.get_openapi_mut(), &base);
    router
}

async fn list<T: Resource>(
    State(app): State<AppState>,
    here: InFestival,
    RawQuery(query): RawQuery,
) -> Result<Json<PageBody<T>>, ApiError> {
    let scope = here.may(T::READ)?;
    let listing = listing::<T>(query.as_deref())?;
    let reader = here.reader(&scope);
    let untold = |(name, _): &(&str, FilterValue)| T::UNTOLD_FILTERS.contains(name);
    if reader == Reader::System && listing.filters.iter().any(untold) {
        return Err(ApiError::OutOfGrant(None));
    }
    let page = table::list_within::<T>(&app.store.reader(), here.festival_id, &scope, &listing).await?;
    let items = page.items.into_iter().map(|row| told(row, reader)).collect();
    Ok(Json(PageBody { items, next_cursor: page.next.map(|cursor| cursor.encode()) }))
}

async fn read<T: Resource>(
    State(app): State<AppState>,
    here: InFestival,
    At((_, id)): At<(Uuid, Id<T>)>,
) -> Result<Versioned<T>, ApiError> {
    let scope = here.may(T::READ)?;
    let row = table::get_within(&app.store.reader(), here.festival_id, &scope, id).await?;
    Ok(Versioned(told(row, here.reader(&scope))))
}

fn told<T: Resource>(row: Stored<T>, reader: Reader) -> Stored<T> {
    Stored { value: row.value.told(reader), ..row }
}

async fn create<T: Resource>(
    State(app): State<AppState>,
    organizer: Organizer,
    Post { body, work }: Post<T>,
) -> Result<Response, Ended> {
    let festival_id = organizer.festival_id;
    let mut stored = stored(&app, &work.db, festival_id, vec![body], "").await?;
    table::insert(&work.db, festival_id, &stored, None).await?;
    let row = told(table::get(&work.db, festival_id, None, stored.remove(0).id).await?, organizer.reader);
    let location = format!("/v1/festivals/{festival_id}/{}/{}", T::NAME, row.id);
    Ok(work.created(festival_id, location, row.version, &row).await?)
}

async fn create_many<T: Resource>(
    State(app): State<AppState>,
    organizer: Organizer,
    Post { body, work }: Post<BulkBody<T>>,
) -> Result<Response, Ended> {
    let festival_id = organizer.festival_id;
    let rows = stored(&app, &work.db, festival_id, body.items, "/items").await?;
    let batch_id = app.new_id();
    let now = app.clock.now();
    table::insert_batch(&work.db, festival_id, &rows, batch_id, organizer.actor.user_id, now).await?;
    let made = BatchBody { batch_id, ids: rows.iter().map(|row| row.id.uuid()).collect() };
    let location = format!("/v1/festivals/{festival_id}/batches/{batch_id}");
    Ok(work.answer(Some(festival_id), StatusCode::CREATED, &[(header::LOCATION, location)], &made).await?)
}

async fn replace<T: Resource>(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_, id)): At<(Uuid, Id<T>)>,
    IfMatch(expected): IfMatch,
    Body(value): Body<T>,
) -> Result<Versioned<T>, ApiError> {
    let festival_id = organizer.festival_id;
    let reader = organizer.reader;
    let db = app.store.begin().await?;
    let mut value = completed(&db, festival_id, vec![value], "").await?.remove(0);
    if reader != Reader::InCharge {
        value = value.written(reader, &table::get(&db, festival_id, None, id).await?.value);
    }
    let row = table::replace(&db, festival_id, id, expected, value).await?;
    db.commit_change(festival_id).await?;
    Ok(Versioned(told(row, reader)))
}

async fn delete<T: Resource>(
    State(app): State<AppState>,
    organizer: Organizer,
    At((_, id)): At<(Uuid, Id<T>)>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, ApiError> {
    let db = app.store.begin().await?;
    table::delete(&db, organizer.festival_id, id, expected).await?;
    db.commit_change(organizer.festival_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// New values as rows, once all they refer to is there and none of their codes is taken.
async fn stored<T: Resource>(
    app: &AppState,
    db: &Db,
    festival_id: Id<Festival>,
    values: Vec<T>,
    list: &str,
) -> Result<Vec<Stored<T>>, ApiError> {
    let values = completed(db, festival_id, values, list).await?;
    let faults = taken(db, festival_id, &values, list).await?;
    if !faults.is_empty() && !list.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    Ok(values.into_iter().map(|value| Stored { id: app.new_id().into(), version: 1, value }).collect())
}

/// Values with what they left to be said by others, once all they refer to is there. `list` is where they stand in the
/// body; empty for a single one.
async fn completed<T: Resource>(
    db: &Db,
    festival_id: Id<Festival>,
    mut values: Vec<T>,
    list: &str,
) -> Result<Vec<T>, ApiError> {
    T::complete(db, festival_id, &mut values).await?;
    let mut references = Vec::new();
    for (k, value) in values.iter().enumerate() {
        for mut reference in value.references() {
            if !list.is_empty() {
                reference.path.insert_str(0, &format!("{list}/{k}"));
            }
            references.push(reference);
        }
    }
    let faults = missing(db, festival_id, &references).await?;
    if !faults.is_empty() {
        return Err(ApiError::Invalid(faults));
    }
    Ok(values)
}

/// A fault for each code in a bulk that is in the list already, or twice in the bulk.
async fn taken<T: Resource>(
    db: &Db,
    festival_id: Id<Festival>,
    values: &[T],
    list: &str,
) -> Result<Vec<Fault>, ApiError> {
    let codes: Vec<Option<String>> = values.iter().map(table::code_of).collect();
    let given: Vec<String> = codes.iter().flatten().cloned().collect();
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken: std::collections::HashSet<String> =
        table::taken_codes::<T>(db, festival_id, &given).await?.into_iter().collect();
    let mut faults = Vec::new();
    for (k, code) in codes.into_iter().enumerate() {
        if code.is_some_and(|code| !taken.insert(code)) {
            faults.push(Fault::new(
                format!("{list}/{k}/code"),
                "taken",
                "Another one has this code: give one that is free.",
                "این کد پیش‌تر به کار رفته است: کد دیگری بدهید.",
            ));
        }
    }
    Ok(faults)
}
