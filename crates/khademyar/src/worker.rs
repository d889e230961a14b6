//! `khademyar worker`: the work in the background, in a process of its own.

use std::process::ExitCode;

use anyhow::Context;
use khademyar_senders::{Courier, SmsWay};
use tracing::info;

use crate::{config::WorkerFlags, database, log, signal};

/// Do the work in the background: solve, move waiting lists up, send messages.
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
    let stop = signal::stop();
    say!("Khademyar works")?;
    if matches!(courier.senders().sms, SmsWay::None) {
        info!("no text messages leave: they wait in the database");
    }
    let working = async {
        database::work(store.clone(), config.solver_threads, Some(courier), stop.subscribe()).await;
        store.clone().close().await
    };
    tokio::select! {
        ended = working => ended?,
        () = signal::too_late(stop.subscribe()) => info!("something was still under way"),
    }
    Ok(ExitCode::SUCCESS)
}
