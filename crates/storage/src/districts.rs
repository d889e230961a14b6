//! Districts, and the minutes of travel between them.

use std::collections::HashMap;

use khademyar_domain::{
    Code, Id, Name, Text,
    district::{District, TravelMinutes},
    festival::Festival,
    persian,
};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Db, Reference, StorageError, Table,
    audit::Change,
    listing::{Filter, FilterKind, Sort},
    table::{self, insert_rows, uuids},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "districts")]
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
        pub priority: i32,
        pub mayor: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Entity, Model};

impl Table for District {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "district";
    const NAME: &'static str = "districts";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "priority", kind: FilterKind::Integer },
    ];
    const SORTS: &'static [Sort] = &[
        Sort { name: "ordinal", column: "ordinal" },
        Sort { name: "code", column: "code" },
        Sort { name: "name", column: "name_sort" },
        Sort { name: "priority", column: "priority" },
    ];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            code: Set(self.code.to_string()),
            name_fa: Set(self.name.fa.to_string()),
            name_en: Set(self.name.en.as_ref().map(Text::to_string)),
            name_sort: Set(persian::sort_key(self.name.fa.as_str())),
            priority: Set(self.priority),
            mayor: Set(self.mayor.as_ref().map(Text::to_string)),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            name: name(row.name_fa, row.name_en)?,
            priority: row.priority,
            mayor: row.mayor.map(text).transpose()?,
        })
    }

    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    fn within(_districts: &[Id<District>]) -> Option<Condition> {
        None
    }
}

/// A stored code.
pub(crate) fn code(code: String) -> Result<Code, StorageError> {
    code.try_into().map_err(|_| StorageError::Corrupt("code"))
}

/// A stored text.
pub(crate) fn text(text: String) -> Result<Text, StorageError> {
    text.try_into().map_err(|_| StorageError::Corrupt("text"))
}

/// A stored name.
pub(crate) fn name(fa: String, en: Option<String>) -> Result<Name, StorageError> {
    Ok(Name { fa: text(fa)?, en: en.map(text).transpose()? })
}

mod travel {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "travel_minutes")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub from_district_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub to_district_id: Uuid,
        pub minutes: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The minutes between all districts; ways that were never set take 0.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn travel_minutes(db: &Db, festival_id: Id<Festival>) -> Result<TravelMinutes, StorageError> {
    let districts = table::all::<District>(db, festival_id).await?;
    travel_minutes_between(db, festival_id, districts.iter().map(|district| district.id).collect()).await
}

/// The minutes between `districts`, which are all of the festival's.
pub(crate) async fn travel_minutes_between(
    db: &Db,
    festival_id: Id<Festival>,
    districts: Vec<Id<District>>,
) -> Result<TravelMinutes, StorageError> {
    let place: HashMap<Uuid, usize> = districts.iter().enumerate().map(|(k, id)| (id.uuid(), k)).collect();
    let mut minutes = vec![vec![0; districts.len()]; districts.len()];
    let ways = travel::Entity::find()
        .filter(travel::Column::FestivalId.eq(festival_id.uuid()))
        .all(&db.on())
        .await?;
    for way in ways {
        let (Some(&from), Some(&to)) = (place.get(&way.from_district_id), place.get(&way.to_district_id))
        else {
            return Err(StorageError::Corrupt("travel minutes"));
        };
        minutes[from][to] = way.minutes;
    }
    Ok(TravelMinutes { districts, minutes })
}

/// Replaces the minutes between all districts.
///
/// # Errors
/// [`StorageError::InUse`] when a district is not of the festival.
pub async fn save_travel_minutes(
    db: &Db,
    festival_id: Id<Festival>,
    travel_minutes: &TravelMinutes,
) -> Result<(), StorageError> {
    travel::Entity::delete_many()
        .filter(travel::Column::FestivalId.eq(festival_id.uuid()))
        .exec(&db.on())
        .await?;
    let ids = uuids(&travel_minutes.districts);
    let ways = ids
        .iter()
        .zip(&travel_minutes.minutes)
        .flat_map(|(&from, row)| {
            ids.iter().zip(row).map(move |(&to, &minutes)| travel::ActiveModel {
                festival_id: Set(festival_id.uuid()),
                from_district_id: Set(from),
                to_district_id: Set(to),
                minutes: Set(minutes),
            })
        })
        .collect();
    db.record(Change::of("travel-minutes", festival_id.uuid()).after(travel_minutes));
    insert_rows(db, ways).await
}
