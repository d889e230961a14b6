//! Everything a database holds, as text, whatever tables it has.

use std::{collections::BTreeMap, fs};

use khademyar_storage::Store;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::store::TestStore;

/// The columns of every table of ours.
pub(crate) async fn columns(on: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let sql = match on.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns
             WHERE table_schema = current_schema() ORDER BY 1, 2"
        }
        _ => {
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        }
    };
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in all(on, sql).await {
        let table: String = row.try_get_by_index(0).unwrap();
        columns.entry(table).or_default().push(row.try_get_by_index(1).unwrap());
    }
    columns.remove("seaql_migrations");
    columns
}

async fn all(on: &DatabaseConnection, sql: &str) -> Vec<sea_orm::QueryResult> {
    on.query_all_raw(Statement::from_string(on.get_database_backend(), sql)).await.unwrap()
}

/// What a database holds.
pub(crate) struct Dump {
    tables: BTreeMap<String, String>,
    /// SQLite's file and its log.
    files: Vec<u8>,
}

impl Dump {
    pub(crate) async fn of(url: &str) -> Self {
        let on = Database::connect(url).await.unwrap();
        let mut tables = BTreeMap::new();
        for (table, columns) in columns(&on).await {
            let row = if on.get_database_backend() == DbBackend::Postgres {
                format!("told::text FROM {table} AS told")
            } else {
                // Texts and bytes alike.
                let columns: Vec<String> =
                    columns.iter().map(|column| format!("coalesce(lower(hex({column})), '')")).collect();
                format!("{} FROM {table}", columns.join(" || '|' || "))
            };
            let rows = all(&on, &format!("SELECT {row}")).await;
            let rows: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
            tables.insert(table, rows.join("\n"));
        }
        on.close().await.unwrap();
        let file = url.strip_prefix("sqlite://");
        let files = file.into_iter().flat_map(|file| [file.to_owned(), format!("{file}-wal")]);
        Self { tables, files: files.flat_map(|file| fs::read(file).unwrap_or_default()).collect() }
    }

    /// Where `text` stands: the names of tables, and `file`.
    pub(crate) fn places(&self, text: &str) -> Vec<&str> {
        let hexadecimal = text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let holds = |rows: &str| rows.contains(text) || rows.contains(&hexadecimal);
        let tables = self.tables.iter().filter(|(_, rows)| holds(rows)).map(|(table, _)| table.as_str());
        let in_file = self.files.windows(text.len()).any(|part| part == text.as_bytes());
        tables.chain(in_file.then_some("file")).collect()
    }
}

/// The same for a store whose tests go on.
pub(crate) async fn dump(store: &TestStore) -> Dump {
    let kept: &Store = store;
    kept.empty_log().await.unwrap();
    Dump::of(&store.url).await
}
