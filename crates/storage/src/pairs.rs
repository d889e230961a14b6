//! Pairs of volunteers, each stored once: with the smaller id first.

use chrono::NaiveDate;
use khademyar_domain::{
    Id, Name,
    disclosure::{Age, Reader},
    district::District,
    festival::Festival,
    pair::Pair,
    volunteer::Volunteer,
};
use sea_orm::{ActiveValue::Set, Condition, ConnectionTrait, FromQueryResult, Statement, entity::prelude::*};

use crate::{
    Db, Reference, StorageError, Table,
    districts::name,
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

const COMPANIONS: &str = "
SELECT v.name_fa, v.name_en, v.birth_year
FROM pairs c
JOIN volunteers v ON v.id IN (c.first_id, c.second_id) AND v.id <> $2
WHERE c.festival_id = $1 AND c.kind = 'companions' AND $2 IN (c.first_id, c.second_id)
ORDER BY v.name_sort, v.id";

#[derive(FromQueryResult)]
struct CompanionRow {
    name_fa: String,
    name_en: Option<String>,
    birth_year: Option<i32>,
}

/// The names of those who come with a volunteer, as far as a fellow is told them on a date.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn companions(
    db: &Db,
    festival_id: Id<Festival>,
    volunteer_id: Id<Volunteer>,
    on: NaiveDate,
) -> Result<Vec<Name>, StorageError> {
    let values = [festival_id.uuid().into(), volunteer_id.uuid().into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), COMPANIONS, values);
    let rows = CompanionRow::find_by_statement(statement).all(&db.on()).await?;
    rows.into_iter()
        .map(|row| Ok(Reader::Fellow.name(name(row.name_fa, row.name_en)?, Age::on(on, row.birth_year))))
        .collect()
}
