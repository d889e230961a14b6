//! An installation on each engine.

use std::env;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

use crate::Folder;

/// Runs a test in an empty folder, with its database in it; and in another, with its database on the PostgreSQL server
/// that `TEST_DATABASE_URL` names, where it names one.
pub(crate) fn in_a_folder_on_each_engine(test: impl Fn(&Folder)) {
    eprintln!("on SQLite:");
    test(&Folder::new());
    let Some(server) = env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty()) else { return };
    eprintln!("on PostgreSQL:");
    let database = OnServer::new(server);
    test(&Folder { database_url: Some(database.url()), ..Folder::new() });
}

/// A database, which goes with this.
struct OnServer {
    /// The URL of another database on the server.
    server: String,
    name: String,
}

impl OnServer {
    fn new(server: String) -> Self {
        let database = Self { server, name: format!("khademyar_cli_{}", Uuid::now_v7().simple()) };
        database.run(&format!("CREATE DATABASE {}", database.name));
        database
    }

    fn url(&self) -> String {
        let (url, options) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{}?{options}", self.name)
    }

    fn run(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server =
                Database::connect(&self.server).await.expect("the server of TEST_DATABASE_URL answers");
            server.execute_unprepared(sql).await.unwrap();
        });
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        self.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}
