//! Volunteers, with their skills, availabilities, preferred venues and wishes.

use std::collections::HashMap;

use khademyar_domain::{
    Id, Stored, Text,
    centre::Centre,
    district::District,
    festival::Festival,
    persian,
    phone::Phone,
    volunteer::{Availability, Registered, Skill, Volunteer, Wish},
};
use sea_orm::{
    ActiveValue::Set,
    Condition, QueryOrder,
    entity::prelude::*,
    sea_query::{Query, SelectStatement},
};

use crate::{
    Db, Reference, StorageError, Table,
    districts::{code, name},
    listing::{Filter, FilterKind, FilterValue, Sort, holding},
    table::{children, insert_rows, row_ids, uuids},
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "volunteers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub code: String,
        pub name_fa: String,
        pub name_en: Option<String>,
        pub name_sort: Vec<u8>,
        pub name_search: String,
        pub phone: Option<String>,
        pub home_district_id: Uuid,
        pub centre_id: Option<Uuid>,
        pub gender: String,
        pub birth_year: Option<i32>,
        pub always_available: bool,
        pub max_travel_minutes: Option<i32>,
        pub max_nights: Option<i32>,
        pub max_consecutive_nights: Option<i32>,
        pub max_shifts_per_night: i32,
        pub min_shifts: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

mod skill {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "skills")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub specialty_id: Uuid,
        pub level: i32,
        pub confirmed: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod availability {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "availabilities")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub ordinal: i32,
        pub night: Option<i32>,
        pub from_at: Option<DateTimeUtc>,
        pub to_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[expect(clippy::struct_field_names, reason = "its columns are ids and nothing else")]
mod preferred_venue {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "preferred_venues")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub venue_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod wish {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "wishes")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub volunteer_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub night: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub want: String,
        pub weight: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl Table for Volunteer {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "volunteer";
    const NAME: &'static str = "volunteers";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "name", kind: FilterKind::Part },
        Filter { name: "phone", kind: FilterKind::Text },
        Filter { name: "home_district_id", kind: FilterKind::Id },
        Filter { name: "centre_id", kind: FilterKind::Id },
        Filter { name: "gender", kind: FilterKind::Word(&["woman", "man"]) },
        Filter { name: "specialty_id", kind: FilterKind::Id },
    ];
    const SORTS: &'static [Sort] = &[
        Sort { name: "ordinal", column: "ordinal" },
        Sort { name: "code", column: "code" },
        Sort { name: "name", column: "name_sort" },
    ];

    fn to_row(&self) -> ActiveModel {
        let names = [Some(&self.name.fa), self.name.en.as_ref()];
        // A key holds letters and digits only, so that no search crosses from one name into the other.
        let search = names.map(|name| name.map_or(String::new(), |name| persian::search_key(name.as_str())));
        ActiveModel {
            code: Set(self.code.to_string()),
            name_fa: Set(self.name.fa.to_string()),
            name_en: Set(self.name.en.as_ref().map(Text::to_string)),
            name_sort: Set(persian::sort_key(self.name.fa.as_str())),
            name_search: Set(search.join(" ")),
            phone: Set(self.phone.as_ref().map(|phone| phone.as_str().to_owned())),
            home_district_id: Set(self.home_district_id.uuid()),
            centre_id: Set(self.centre_id.map(Id::uuid)),
            gender: Set(word(self.gender)),
            birth_year: Set(self.birth_year),
            always_available: Set(self.available.is_none()),
            max_travel_minutes: Set(self.max_travel_minutes),
            max_nights: Set(self.max_nights),
            max_consecutive_nights: Set(self.max_consecutive_nights),
            max_shifts_per_night: Set(self.max_shifts_per_night),
            min_shifts: Set(self.min_shifts),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            name: name(row.name_fa, row.name_en)?,
            phone: row.phone.map(phone).transpose()?,
            home_district_id: row.home_district_id.into(),
            centre_id: row.centre_id.map(Id::from),
            gender: named(&row.gender)?,
            birth_year: row.birth_year,
            skills: Vec::new(),
            available: (!row.always_available).then(Vec::new),
            max_travel_minutes: row.max_travel_minutes,
            max_nights: row.max_nights,
            max_consecutive_nights: row.max_consecutive_nights,
            max_shifts_per_night: row.max_shifts_per_night,
            min_shifts: row.min_shifts,
            preferred_venue_ids: Vec::new(),
            wishes: Vec::new(),
        })
    }

    fn references(&self) -> Vec<Reference> {
        let mut references = vec![Reference::row("/home_district_id", "districts", self.home_district_id)];
        references.extend(self.centre_id.map(|id| Reference::row("/centre_id", "centres", id)));
        references.extend(self.skills.iter().enumerate().map(|(k, skill)| {
            Reference::row(format!("/skills/{k}/specialty_id"), "specialties", skill.specialty_id)
        }));
        references.extend(self.available.iter().flatten().enumerate().filter_map(|(k, available)| {
            match available {
                Availability::Night { night } => {
                    Some(Reference::night(format!("/available/{k}/night"), *night))
                }
                Availability::Window { .. } => None,
            }
        }));
        references.extend(
            self.preferred_venue_ids
                .iter()
                .enumerate()
                .map(|(k, &id)| Reference::row(format!("/preferred_venue_ids/{k}"), "venues", id)),
        );
        references.extend(
            self.wishes
                .iter()
                .enumerate()
                .map(|(k, wish)| Reference::night(format!("/wishes/{k}/night"), wish.night)),
        );
        references
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::HomeDistrictId.is_in(uuids(districts))))
    }

    fn of_centre(centre: Id<Centre>) -> Condition {
        Condition::all().add(Column::CentreId.eq(centre.uuid()))
    }

    fn narrow(filter: &str, value: &FilterValue) -> Option<Condition> {
        match (filter, value) {
            ("name", FilterValue::Part(part)) => {
                Some(Condition::all().add(holding(Column::NameSearch, part)))
            }
            // Phones are stored in one form and asked for in many.
            ("phone", FilterValue::Text(text)) => {
                Phone::parse(text).ok().map(|phone| Condition::all().add(Column::Phone.eq(phone.as_str())))
            }
            ("specialty_id", FilterValue::Id(id)) => {
                let skilled = Query::select()
                    .column(skill::Column::VolunteerId)
                    .from(skill::Entity)
                    .and_where(skill::Column::SpecialtyId.eq(*id))
                    .to_owned();
                Some(Condition::all().add(Column::Id.in_subquery(skilled)))
            }
            _ => None,
        }
    }

    async fn load_children(
        db: &Db,
        festival_id: Id<Festival>,
        rows: &mut [Stored<Self>],
    ) -> Result<(), StorageError> {
        let skills = children::<skill::Entity, _>(db, festival_id, skill::Column::VolunteerId, rows).await?;
        let availabilities =
            children::<availability::Entity, _>(db, festival_id, availability::Column::VolunteerId, rows)
                .await?;
        let preferred_venues = children::<preferred_venue::Entity, _>(
            db,
            festival_id,
            preferred_venue::Column::VolunteerId,
            rows,
        )
        .await?;
        let wishes = children::<wish::Entity, _>(db, festival_id, wish::Column::VolunteerId, rows).await?;

        let mut volunteers: HashMap<Uuid, &mut Volunteer> =
            rows.iter_mut().map(|volunteer| (volunteer.id.uuid(), &mut volunteer.value)).collect();
        for skill in skills {
            if let Some(volunteer) = volunteers.get_mut(&skill.volunteer_id) {
                volunteer.skills.push(Skill {
                    specialty_id: skill.specialty_id.into(),
                    level: skill.level,
                    confirmed: skill.confirmed,
                });
            }
        }
        for row in availabilities {
            let Some(volunteer) = volunteers.get_mut(&row.volunteer_id) else { continue };
            let availability = match (row.night, row.from_at, row.to_at) {
                (Some(night), None, None) => Availability::Night { night },
                (None, Some(from), Some(to)) => Availability::Window { from, to },
                _ => return Err(StorageError::Corrupt("availability")),
            };
            volunteer.available.get_or_insert_default().push(availability);
        }
        for row in preferred_venues {
            if let Some(volunteer) = volunteers.get_mut(&row.volunteer_id) {
                volunteer.preferred_venue_ids.push(row.venue_id.into());
            }
        }
        for row in wishes {
            if let Some(volunteer) = volunteers.get_mut(&row.volunteer_id) {
                let wish = Wish { night: row.night, want: named(&row.want)?, weight: row.weight };
                volunteer.wishes.push(wish);
            }
        }
        Ok(())
    }

    async fn save_children(
        db: &Db,
        festival_id: Id<Festival>,
        rows: &[Stored<Self>],
        replacing: bool,
    ) -> Result<(), StorageError> {
        if replacing {
            delete_children(db, &row_ids(rows)).await?;
        }
        let festival_id = Set(festival_id.uuid());
        let each = || rows.iter().map(|volunteer| (Set(volunteer.id.uuid()), &volunteer.value));
        let skills = each().flat_map(|(volunteer_id, volunteer)| {
            volunteer.skills.iter().map({
                let festival_id = festival_id.clone();
                move |skill| skill::ActiveModel {
                    festival_id: festival_id.clone(),
                    volunteer_id: volunteer_id.clone(),
                    specialty_id: Set(skill.specialty_id.uuid()),
                    level: Set(skill.level),
                    confirmed: Set(skill.confirmed),
                }
            })
        });
        insert_rows(db, skills.collect()).await?;
        let availabilities = each().flat_map(|(volunteer_id, volunteer)| {
            volunteer.available.iter().flatten().zip(0..).map({
                let festival_id = festival_id.clone();
                move |(&availability, ordinal)| {
                    let (night, from_at, to_at) = match availability {
                        Availability::Night { night } => (Some(night), None, None),
                        Availability::Window { from, to } => (None, Some(from), Some(to)),
                    };
                    availability::ActiveModel {
                        festival_id: festival_id.clone(),
                        volunteer_id: volunteer_id.clone(),
                        ordinal: Set(ordinal),
                        night: Set(night),
                        from_at: Set(from_at),
                        to_at: Set(to_at),
                    }
                }
            })
        });
        insert_rows(db, availabilities.collect()).await?;
        let preferred_venues = each().flat_map(|(volunteer_id, volunteer)| {
            volunteer.preferred_venue_ids.iter().map({
                let festival_id = festival_id.clone();
                move |venue_id| preferred_venue::ActiveModel {
                    festival_id: festival_id.clone(),
                    volunteer_id: volunteer_id.clone(),
                    venue_id: Set(venue_id.uuid()),
                }
            })
        });
        insert_rows(db, preferred_venues.collect()).await?;
        let wishes = each().flat_map(|(volunteer_id, volunteer)| {
            volunteer.wishes.iter().map({
                let festival_id = festival_id.clone();
                move |wish| wish::ActiveModel {
                    festival_id: festival_id.clone(),
                    volunteer_id: volunteer_id.clone(),
                    night: Set(wish.night),
                    want: Set(word(wish.want)),
                    weight: Set(wish.weight),
                }
            })
        });
        insert_rows(db, wishes.collect()).await
    }
}

fn phone(text: String) -> Result<Phone, StorageError> {
    Phone::from_e164(text).map_err(|_| StorageError::Corrupt("phone"))
}

async fn delete_children(db: &Db, volunteers: &[Uuid]) -> Result<(), StorageError> {
    let volunteers = || volunteers.iter().copied();
    skill::Entity::delete_many()
        .filter(skill::Column::VolunteerId.is_in(volunteers()))
        .exec(&db.on())
        .await?;
    availability::Entity::delete_many()
        .filter(availability::Column::VolunteerId.is_in(volunteers()))
        .exec(&db.on())
        .await?;
    preferred_venue::Entity::delete_many()
        .filter(preferred_venue::Column::VolunteerId.is_in(volunteers()))
        .exec(&db.on())
        .await?;
    wish::Entity::delete_many().filter(wish::Column::VolunteerId.is_in(volunteers())).exec(&db.on()).await?;
    Ok(())
}

/// Takes their phones from volunteers.
pub(crate) async fn free_phones(db: &Db, volunteers: &[Uuid]) -> Result<(), StorageError> {
    Entity::update_many()
        .set(ActiveModel { phone: Set(None), ..Default::default() })
        .filter(Column::Id.is_in(volunteers.iter().copied()))
        .exec(&db.on())
        .await?;
    Ok(())
}

/// The ids of the volunteers who live in these districts.
pub(crate) fn ids_within(districts: &[Id<District>]) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::HomeDistrictId.is_in(uuids(districts)))
        .to_owned()
}

/// Everyone who is registered, or `only` this one, in the order of creation.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn registered(
    db: &Db,
    festival_id: Id<Festival>,
    only: Option<Id<Volunteer>>,
) -> Result<Vec<Registered>, StorageError> {
    let rows = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Condition::all().add_option(only.map(|id| Column::Id.eq(id.uuid()))))
        .order_by_asc(Column::Ordinal)
        .all(&db.on())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Registered {
                id: row.id.into(),
                code: code(row.code)?,
                name: name(row.name_fa, row.name_en)?,
                phone: row.phone.map(phone).transpose()?,
                home_district_id: row.home_district_id.into(),
                centre_id: row.centre_id.map(Id::from),
                gender: named(&row.gender)?,
                birth_year: row.birth_year,
            })
        })
        .collect()
}
