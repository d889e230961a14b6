//! Shifts.

use std::collections::HashMap;

use khademyar_domain::{Id, district::District, festival::Festival, shift::Shift, venue::Venue};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    Condition,
    entity::prelude::*,
    sea_query::{Query, SelectStatement},
};

use crate::{
    Db, Reference, StorageError, Table,
    districts::code,
    listing::{Filter, FilterKind, Sort},
    table::{self, uuids},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shifts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub code: String,
        pub venue_id: Uuid,
        pub district_id: Uuid,
        pub night: i32,
        pub starts_at: DateTimeUtc,
        pub ends_at: DateTimeUtc,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Shift {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "shift";
    const NAME: &'static str = "shifts";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "venue_id", kind: FilterKind::Id },
        Filter { name: "district_id", kind: FilterKind::Id },
        Filter { name: "night", kind: FilterKind::Integer },
    ];
    const SORTS: &'static [Sort] = &[
        Sort { name: "ordinal", column: "ordinal" },
        Sort { name: "code", column: "code" },
        Sort { name: "night", column: "night" },
        Sort { name: "starts_at", column: "starts_at" },
    ];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            code: Set(self.code.to_string()),
            venue_id: Set(self.venue_id.uuid()),
            district_id: self.district_id.map_or(NotSet, |id| Set(id.uuid())),
            night: Set(self.night),
            starts_at: Set(self.starts_at),
            ends_at: Set(self.ends_at),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            venue_id: row.venue_id.into(),
            district_id: Some(row.district_id.into()),
            night: row.night,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        })
    }

    fn references(&self) -> Vec<Reference> {
        vec![
            Reference::row("/venue_id", "venues", self.venue_id),
            match self.district_id {
                Some(id) => Reference::row("/district_id", "districts", id),
                None => Reference::stand("/district_id", self.night),
            },
            Reference::night("/night", self.night),
        ]
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::DistrictId.is_in(uuids(districts))))
    }

    /// The district is where the venue stands that night, when the shift does not say.
    async fn complete(db: &Db, festival_id: Id<Festival>, values: &mut [Self]) -> Result<(), StorageError> {
        if values.iter().all(|shift| shift.district_id.is_some()) {
            return Ok(());
        }
        let venues: HashMap<Id<Venue>, Venue> = table::all::<Venue>(db, festival_id)
            .await?
            .into_iter()
            .map(|venue| (venue.id, venue.value))
            .collect();
        for shift in values {
            shift.district_id = shift
                .district_id
                .or_else(|| venues.get(&shift.venue_id).and_then(|venue| venue.district_on(shift.night)));
        }
        Ok(())
    }
}

/// The ids of the shifts in these districts, for conditions on what belongs to a shift.
pub(crate) fn ids_within(districts: &[Id<District>]) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::DistrictId.is_in(uuids(districts)))
        .to_owned()
}
