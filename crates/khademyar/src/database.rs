//! The way to the database.

use std::sync::Arc;

use anyhow::Context;
use khademyar_api::Letters;
use khademyar_senders::{Courier, private_folder};
use khademyar_storage::Store;
use khademyar_worker::Worker;
use tokio::sync::watch;

use crate::{
    config::Config,
    letters::Printing,
    messages::{Mails, News, Post},
};

/// Connects; the data folder is made where it is missing.
pub(crate) async fn connect(config: &Config) -> anyhow::Result<Store> {
    if config.database_url.starts_with("sqlite:") {
        private_folder(&config.data)
            .with_context(|| format!("cannot make the folder {}", config.data.display()))?;
    }
    Store::connect(&config.database_url).await.context("cannot reach the database")
}

/// Does the work in the background until `stop` is true. Where there is no `courier`, or it has no way for them, messages
/// wait; where there are no `letters`, bundles of them do.
pub(crate) async fn work(
    store: Store,
    threads: usize,
    courier: Option<Courier>,
    letters: Option<Letters>,
    stop: watch::Receiver<bool>,
) {
    let mut worker = Worker::new(store, threads);
    if let Some(courier) = courier {
        worker = worker.with_poster(Arc::new(News(courier.clone())));
        if let Some(mails) = Mails::by(courier.clone()) {
            worker = worker.with_mailer(Arc::new(mails));
        }
        if let Some(post) = Post::by(courier) {
            worker = worker.with_carrier(Arc::new(post));
        }
    }
    if let Some(letters) = letters {
        worker = worker.with_printer(Arc::new(Printing(letters)));
    }
    worker.run(stop).await;
}
