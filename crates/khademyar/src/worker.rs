//! `khademyar worker`: the work in the background, in a process of its own.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use chrono::Utc;
use khademyar_api::{Letters, auth::FestivalKeys};
use khademyar_senders::{Courier, SmsWay};
use tracing::info;

use crate::{config::WorkerFlags, database, letters, log, signal};

/// Do the work in the background: solve, move waiting lists up, send messages, print letters.
///
/// Any number of these may run beside any number of `serve --no-worker` on one PostgreSQL database.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: WorkerFlags,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (config, senders) = args.flags.config()?;
    let courier = Courier::new(senders);
    let _log = log::start(&config)?;
    let store = database::connect(&config).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let letters = match letters::press(&config.fonts)? {
        Some(press) => {
            let keys = FestivalKeys::load(&store, Utc::now()).await.context("cannot sign letters")?;
            let address = config.address_at(config.listen);
            Some(Letters::new(store.clone(), Arc::new(keys), press, address.into()))
        }
        None => None,
    };
    let stop = signal::stop();
    say!("Khademyar works")?;
    if matches!(courier.senders().sms, SmsWay::None) {
        info!("no text messages leave: they wait in the database");
    }
    let working = async {
        database::work(store.clone(), config.solver_threads, Some(courier), letters, stop.subscribe()).await;
        store.clone().close().await
    };
    tokio::select! {
        ended = working => ended?,
        () = signal::too_late(stop.subscribe()) => info!("something was still under way"),
    }
    Ok(ExitCode::SUCCESS)
}
