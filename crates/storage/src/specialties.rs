//! The fields of service.

use khademyar_domain::{Id, Text, district::District, persian, specialty::Specialty};
use sea_orm::{ActiveValue::Set, Condition};

use crate::{
    Reference, StorageError, Table,
    districts::{code, name},
    listing::{Filter, FilterKind, Sort},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "specialties")]
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
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Entity, Model};

impl Table for Specialty {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "specialty";
    const NAME: &'static str = "specialties";
    const FILTERS: &'static [Filter] = &[Filter { name: "code", kind: FilterKind::Text }];
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
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self { code: code(row.code)?, name: name(row.name_fa, row.name_en)? })
    }

    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    fn within(_districts: &[Id<District>]) -> Option<Condition> {
        None
    }
}
