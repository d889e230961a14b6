//! Positions.

use khademyar_domain::{Id, district::District, position::Position};
use sea_orm::{
    ActiveValue::Set,
    Condition,
    entity::prelude::*,
    sea_query::{Query, SelectStatement},
};

use crate::{
    Reference, StorageError, Table,
    districts::code,
    listing::{Filter, FilterKind, Sort},
    shifts,
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "positions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub code: String,
        pub shift_id: Uuid,
        pub specialty_id: Uuid,
        pub min_level: i32,
        pub gender: String,
        pub minimum: i32,
        pub desired: i32,
        pub weight: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Position {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "position";
    const NAME: &'static str = "positions";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "shift_id", kind: FilterKind::Id },
        Filter { name: "specialty_id", kind: FilterKind::Id },
        Filter { name: "gender", kind: FilterKind::Word(&["any", "woman", "man"]) },
    ];
    const SORTS: &'static [Sort] = &[
        Sort { name: "ordinal", column: "ordinal" },
        Sort { name: "code", column: "code" },
        Sort { name: "weight", column: "weight" },
    ];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            code: Set(self.code.to_string()),
            shift_id: Set(self.shift_id.uuid()),
            specialty_id: Set(self.specialty_id.uuid()),
            min_level: Set(self.min_level),
            gender: Set(word(self.gender)),
            minimum: Set(self.minimum),
            desired: Set(self.desired),
            weight: Set(self.weight),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            shift_id: row.shift_id.into(),
            specialty_id: row.specialty_id.into(),
            min_level: row.min_level,
            gender: named(&row.gender)?,
            minimum: row.minimum,
            desired: row.desired,
            weight: row.weight,
        })
    }

    fn references(&self) -> Vec<Reference> {
        vec![
            Reference::row("/shift_id", "shifts", self.shift_id),
            Reference::row("/specialty_id", "specialties", self.specialty_id),
        ]
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::ShiftId.in_subquery(shifts::ids_within(districts))))
    }
}

/// The ids of the positions of shifts in these districts.
pub(crate) fn ids_within(districts: &[Id<District>]) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ShiftId.in_subquery(shifts::ids_within(districts)))
        .to_owned()
}
