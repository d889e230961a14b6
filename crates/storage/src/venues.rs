//! Venues, and where the mobile ones stand night by night.

use std::collections::HashMap;

use khademyar_domain::{
    Id, Stored, Text,
    district::District,
    festival::Festival,
    persian,
    venue::{Stand, Venue},
};
use sea_orm::{ActiveValue::Set, Condition, entity::prelude::*};

use crate::{
    Db, Reference, StorageError, Table,
    districts::{code, name, text},
    listing::{Filter, FilterKind, Sort},
    table::{children, insert_rows, row_ids},
    word::{named, word},
};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "venues")]
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
        pub kind: String,
        pub district_id: Option<Uuid>,
        pub address: Option<String>,
        pub latitude: Option<f64>,
        pub longitude: Option<f64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
use row::{ActiveModel, Entity, Model};

mod stand {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "venue_stands")]
    pub(super) struct Model {
        pub festival_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub venue_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub night: i32,
        pub district_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

impl Table for Venue {
    type Entity = Entity;
    type Row = ActiveModel;

    const NOUN: &'static str = "venue";
    const NAME: &'static str = "venues";
    const FILTERS: &'static [Filter] = &[
        Filter { name: "code", kind: FilterKind::Text },
        Filter { name: "kind", kind: FilterKind::Word(&["fixed", "mobile"]) },
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
            kind: Set(word(self.kind)),
            district_id: Set(self.district_id.map(Id::uuid)),
            address: Set(self.address.as_ref().map(Text::to_string)),
            latitude: Set(self.latitude),
            longitude: Set(self.longitude),
            ..Default::default()
        }
    }

    fn from_row(row: Model) -> Result<Self, StorageError> {
        Ok(Self {
            code: code(row.code)?,
            name: name(row.name_fa, row.name_en)?,
            kind: named(&row.kind)?,
            district_id: row.district_id.map(Id::from),
            stands: Vec::new(),
            address: row.address.map(text).transpose()?,
            latitude: row.latitude,
            longitude: row.longitude,
        })
    }

    fn references(&self) -> Vec<Reference> {
        let home = self.district_id.map(|id| Reference::row("/district_id", "districts", id));
        let stands = self.stands.iter().enumerate().flat_map(|(k, stand)| {
            [
                Reference::night(format!("/stands/{k}/night"), stand.night),
                Reference::row(format!("/stands/{k}/district_id"), "districts", stand.district_id),
            ]
        });
        home.into_iter().chain(stands).collect()
    }

    fn within(_districts: &[Id<District>]) -> Option<Condition> {
        None
    }

    async fn load_children(
        db: &Db,
        festival_id: Id<Festival>,
        rows: &mut [Stored<Self>],
    ) -> Result<(), StorageError> {
        let mut stands: HashMap<Uuid, Vec<Stand>> = HashMap::new();
        for row in children::<stand::Entity, _>(db, festival_id, stand::Column::VenueId, rows).await? {
            let stand = Stand { night: row.night, district_id: row.district_id.into() };
            stands.entry(row.venue_id).or_default().push(stand);
        }
        for venue in rows {
            venue.value.stands = stands.remove(&venue.id.uuid()).unwrap_or_default();
        }
        Ok(())
    }

    async fn save_children(
        db: &Db,
        festival_id: Id<Festival>,
        rows: &[Stored<Self>],
        replacing: bool,
    ) -> Result<(), StorageError> {
        if replacing {
            stand::Entity::delete_many()
                .filter(stand::Column::VenueId.is_in(row_ids(rows)))
                .exec(&db.on())
                .await?;
        }
        let stands = rows.iter().flat_map(|venue| {
            venue.value.stands.iter().map(|stand| stand::ActiveModel {
                festival_id: Set(festival_id.uuid()),
                venue_id: Set(venue.id.uuid()),
                night: Set(stand.night),
                district_id: Set(stand.district_id.uuid()),
            })
        });
        insert_rows(db, stands.collect()).await
    }
}
