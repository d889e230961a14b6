//! A fresh, migrated database for each test, on each engine.

use std::{
    env, fs,
    ops::Deref,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use khademyar_storage::Store;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use tempfile::TempDir;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{OnceCell, oneshot},
};
use uuid::Uuid;

/// What the names of the tests' databases begin with.
const PREFIX: &str = "khademyar_it_";

/// Runs a test on a fresh database of each engine: SQLite, and PostgreSQL where `TEST_DATABASE_URL` names a server.
///
/// A test that fails says on which engine it did.
pub(crate) async fn on_each_engine(test: impl AsyncFn(&TestStore)) {
    eprintln!("on SQLite:");
    test(&TestStore::sqlite().await).await;
    if let Some(server) = Server::from_env() {
        eprintln!("on PostgreSQL:");
        test(&TestStore::postgres(server).await).await;
    }
}

/// The same on databases that were never migrated.
pub(crate) async fn on_each_bare_engine(test: impl AsyncFn(&TestStore)) {
    eprintln!("on SQLite:");
    test(&TestStore::open(Home::directory()).await).await;
    if let Some(server) = Server::from_env() {
        eprintln!("on PostgreSQL:");
        test(&TestStore::open(Home::database(server, "").await).await).await;
    }
}

/// A database with nothing in it, which goes when the test is over.
pub(crate) struct TestStore {
    store: Store,
    /// Where it is, for a test that connects by itself.
    pub(crate) url: String,
    _home: Home,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl TestStore {
    pub(crate) async fn sqlite() -> Self {
        // Migrating takes longer than most tests: it is done once, and its outcome is copied.
        static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
        let migrated = MIGRATED
            .get_or_init(|| async {
                let directory = TempDir::new().unwrap();
                migrate(&format!("sqlite://{}", file(&directory).display())).await;
                fs::read(file(&directory)).unwrap()
            })
            .await;
        let directory = TempDir::new().unwrap();
        fs::write(file(&directory), migrated).unwrap();
        Self::open(Home::Directory(directory)).await
    }

    async fn postgres(server: Server) -> Self {
        let process = server.process().await;
        let home = Home::database(server, &format!("TEMPLATE {process}_template")).await;
        Self::open(home).await
    }

    async fn open(home: Home) -> Self {
        let url = home.url();
        Self { store: Store::connect(&url).await.unwrap(), url, _home: home }
    }
}

/// Where a database is; it is cleared away with this.
enum Home {
    Directory(TempDir),
    Database { server: Server, name: String },
}

impl Home {
    fn directory() -> Self {
        Self::Directory(TempDir::new().unwrap())
    }

    async fn database(server: Server, from: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}_{}", server.process().await, COUNT.fetch_add(1, Ordering::Relaxed));
        server.run(&format!("CREATE DATABASE {name} {from}")).await;
        Self::Database { server, name }
    }

    fn url(&self) -> String {
        match self {
            Self::Directory(directory) => format!("sqlite://{}", file(directory).display()),
            Self::Database { server, name } => server.url(name),
        }
    }
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("khademyar.db")
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Database { server, name } = self {
            server.clone().drop_database(name);
        }
    }
}

async fn migrate(url: &str) {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await.unwrap();
}

/// A PostgreSQL server, by the URL of a database on it.
#[derive(Clone)]
struct Server(String);

impl Server {
    fn from_env() -> Option<Self> {
        env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty()).map(Self)
    }

    /// The URL of another database on the server. No test ends the server itself, so that commits need not wait for its
    /// disk: on a slow one most of the time would go there.
    fn url(&self, database: &str) -> String {
        let (url, options) = self.0.split_once('?').unwrap_or((&self.0, ""));
        let (server, _) = url.rsplit_once('/').unwrap();
        format!("{server}/{database}?{options}&options=-c%20synchronous_commit%3Doff")
    }

    async fn connect(&self) -> DatabaseConnection {
        Database::connect(&self.0).await.expect("the server of TEST_DATABASE_URL answers")
    }

    async fn run(&self, sql: &str) {
        let connection = self.connect().await;
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// What the names of this process's databases begin with. One of them, `…_template`, is migrated already.
    async fn process(&self) -> &'static str {
        static PROCESS: OnceCell<String> = OnceCell::const_new();
        let begin = || async {
            let (sender, begun) = oneshot::channel();
            let server = self.clone();
            // Runtimes end with their tests; this one holds a connection as long as the process lives.
            thread::spawn(move || {
                let process = format!("{PREFIX}{}", Uuid::now_v7().simple());
                runtime().block_on(async {
                    let connection = server.connect().await;
                    let sign = connection.begin().await.unwrap();
                    let mine = format!("SET application_name = '{process}'");
                    sign.execute_unprepared(&mine).await.unwrap();
                    server.clear(&sign).await;
                    server.run(&format!("CREATE DATABASE {process}_template")).await;
                    migrate(&server.url(&format!("{process}_template"))).await;
                    sender.send(process).unwrap();
                    std::future::pending::<()>().await;
                });
            });
            begun.await.unwrap()
        };
        PROCESS.get_or_init(begin).await
    }

    /// Drops what is left of processes that have ended: no connection has their name.
    async fn clear(&self, connection: &impl ConnectionTrait) {
        let sql = format!(
            "SELECT d.datname FROM pg_database d WHERE starts_with(d.datname, '{PREFIX}')
             AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = left(d.datname, {}))",
            PREFIX.len() + 32
        );
        let left = connection.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        for database in left {
            let name: String = database.try_get_by_index(0).unwrap();
            self.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }

    fn drop_database(self, name: &str) {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        // On a thread of its own: the test's runtime may be unwinding.
        let dropping = thread::spawn(move || runtime().block_on(self.run(&sql)));
        drop(dropping.join());
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}
