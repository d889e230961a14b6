//! Volunteers fixed to positions by a person.

use khademyar_domain::{Id, district::District, festival::Festival, pair::Pin};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Db, Reference, StorageError, Table,
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

/// The pin that fixes a volunteer to a position, where there is one.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn find(db: &Db, festival_id: Id<Festival>, pin: &Pin) -> Result<Option<Id<Pin>>, StorageError> {
    let found = Entity::find()
        .filter(Column::FestivalId.eq(festival_id.uuid()))
        .filter(Column::VolunteerId.eq(pin.volunteer_id.uuid()))
        .filter(Column::PositionId.eq(pin.position_id.uuid()))
        .one(&db.on())
        .await?;
    Ok(found.map(|row| row.id.into()))
}

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
