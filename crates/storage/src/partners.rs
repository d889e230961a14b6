//! Partners.

use khademyar_domain::{Id, Text, district::District, partner::Partner, persian};
use sea_orm::{
    ActiveValue::Set,
    Condition,
    entity::prelude::*,
    sea_query::{Query, SelectStatement},
};

use crate::{
    Reference, StorageError, Table,
    districts::{code, name, text},
    listing::{Filter, FilterKind, Sort},
    table::uuids,
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "partners")]
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
        pub district_id: Option<Uuid>,
        pub contact: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Column, Entity, Model};

impl Table for Partner {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "partner";
    const NAME: &'static str = "partners";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "district_id", kind: FilterKind::Id },
    ];
    const SORTS: &'static [Sort] = &[
        Sort { name: "ordinal", column: "ordinal" },
        Sort { name: "code", column: "code" },
        Sort { name: "name", column: "name_sort" },
    ];

    fn to_row(&self) -> ActiveModel {
        ActiveModel {
            code: Set(self.code.to_string()),
            name_fa: Set(self.name.fa.to_string()),
            name_en: Set(self.name.en.as_ref().map(Text::to_string)),
            name_sort: Set(persian::sort_key(self.name.fa.as_str())),
            district_id: Set(self.district_id.map(Id::uuid)),
            contact: Set(self.contact.as_ref().map(Text::to_string)),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            name: name(row.name_fa, row.name_en)?,
            district_id: row.district_id.map(Id::from),
            contact: row.contact.map(text).transpose()?,
        })
    }

    fn references(&self) -> Vec<Reference> {
        self.district_id.map(|id| Reference::row("/district_id", "districts", id)).into_iter().collect()
    }

    fn within(districts: &[Id<District>]) -> Option<Condition> {
        Some(Condition::all().add(Column::DistrictId.is_in(uuids(districts))))
    }
}

/// The ids of the partners of these districts.
pub(crate) fn ids_within(districts: &[Id<District>]) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::DistrictId.is_in(uuids(districts)))
        .to_owned()
}
