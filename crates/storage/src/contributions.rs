//! What partners gave.

use khademyar_domain::{Id, Text, district::District, partner::Contribution};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Reference, StorageError, Table,
    districts::text,
    listing::{Filter, FilterKind, Sort},
    partners,
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "contributions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub partner_id: Uuid,
        pub kind: String,
        pub description: String,
        pub amount: Option<i64>,
        pub unit: Option<String>,
        pub venue_id: Option<Uuid>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Contribution {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "contribution";
    const NAME: &'static str = "contributions";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "partner_id", kind: FilterKind::Id },
        Filter { name: "kind", kind: FilterKind::Word(&["place", "equipment", "money", "people"]) },
        Filter { name: "venue_id", kind: FilterKind::Id },
    ];
    const SORTS: &'static [Sort] = &[Sort { name: "ordinal", column: "ordinal" }];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            partner_id: Set(self.partner_id.uuid()),
            kind: Set(word(self.kind)),
            description: Set(self.description.to_string()),
            amount: Set(self.amount),
            unit: Set(self.unit.as_ref().map(Text::to_string)),
            venue_id: Set(self.venue_id.map(Id::uuid)),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            partner_id: row.partner_id.into(),
            kind: named(&row.kind)?,
            description: text(row.description)?,
            amount: row.amount,
            unit: row.unit.map(text).transpose()?,
            venue_id: row.venue_id.map(Id::from),
        })
    }

    fn references(&self) -> Vec<Reference> {
        let venue = self.venue_id.map(|id| Reference::row("/venue_id", "venues", id));
        [Reference::row("/partner_id", "partners", self.partner_id)].into_iter().chain(venue).collect()
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::PartnerId.in_subquery(partners::ids_within(districts))))
    }
}
