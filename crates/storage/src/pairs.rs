//! Pairs of volunteers, each stored once: with the smaller id first.

use khademyar_domain::{Id, district::District, pair::Pair};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Reference, StorageError, Table,
    listing::{Filter, FilterKind, FilterValue, Sort},
    volunteers,
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pairs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub version: i64,
        pub batch_id: Option<Uuid>,
        pub ordinal: i64,
        pub kind: String,
        pub first_id: Uuid,
        pub second_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Pair {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "pair";
    const NAME: &'static str = "pairs";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "kind", kind: FilterKind::Word(&["companions", "apart"]) },
        Filter { name: "volunteer_id", kind: FilterKind::Id },
    ];
    const SORTS: &'static [Sort] = &[Sort { name: "ordinal", column: "ordinal" }];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            kind: Set(word(self.kind)),
            first_id: Set(self.first_id.min(self.second_id).uuid()),
            second_id: Set(self.first_id.max(self.second_id).uuid()),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self { kind: named(&row.kind)?, first_id: row.first_id.into(), second_id: row.second_id.into() })
    }

    fn references(&self) -> Vec<Reference> {
        vec![
            Reference::row("/first_id", "volunteers", self.first_id),
            Reference::row("/second_id", "volunteers", self.second_id),
        ]
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        let homes = volunteers::ids_within(districts);
        Some(
            Condition::any()
                .add(Column::FirstId.in_subquery(homes.clone()))
                .add(Column::SecondId.in_subquery(homes)),
        )
    }

    fn narrow(filter: &str, value: &FilterValue) -> Option<Condition> {
        match (filter, value) {
            ("volunteer_id", FilterValue::Id(id)) => {
                Some(Condition::any().add(Column::FirstId.eq(*id)).add(Column::SecondId.eq(*id)))
            }
            _ => None,
        }
    }
}
