//! The way to the database.

use std::fs;

use anyhow::Context;
use khademyar_storage::Store;
use khademyar_worker::Worker;
use tokio::sync::watch;

use crate::config::Config;

/// Connects; the data folder is made where it is missing.
pub(crate) async fn connect(config: &Config) -> anyhow::Result<Store> {
    if config.database_url.starts_with("sqlite:") {
        fs::create_dir_all(&config.data)
            .with_context(|| format!("cannot make the folder {}", config.data.display()))?;
    }
    Store::connect(&config.database_url).await.context("cannot reach the database")
}

/// Solves what is asked for until `stop` is true.
pub(crate) async fn work(store: Store, threads: usize, stop: watch::Receiver<bool>) {
    Worker::new(store, threads).run(stop).await;
}
