//! Volunteers fixed to positions by a person.

use khademyar_domain::{Id, district::District, pair::Pin};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Reference, StorageError, Table,
    listing::{Filter, FilterKind, Sort},
    positions,
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pins")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub volunteer_id: Uuid,
        pub position_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Pin {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "pin";
    const NAME: &'static str = "pins";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "volunteer_id", kind: FilterKind::Id },
        Filter { name: "position_id", kind: FilterKind::Id },
    ];
    const SORTS: &'static [Sort] = &[Sort { name: "ordinal", column: "ordinal" }];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            volunteer_id: Set(self.volunteer_id.uuid()),
            position_id: Set(self.position_id.uuid()),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self { volunteer_id: row.volunteer_id.into(), position_id: row.position_id.into() })
    }

    fn references(&self) -> Vec<Reference> {
        vec![
            Reference::row("/volunteer_id", "volunteers", self.volunteer_id),
            Reference::row("/position_id", "positions", self.position_id),
        ]
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::PositionId.in_subquery(positions::ids_within(districts))))
    }
}
