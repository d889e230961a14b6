//! `khademyar serve`: the API and the worker, in one process.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::Utc;
use khademyar_api::{AppState, Clock, auth::Keys};
use khademyar_storage::Store;
use tokio::net::TcpListener;
use tracing::info;

use crate::{
    config::{Config, ServerFlags},
    database, log, signal,
};

/// Serve the API.
///
/// Brings the database up to date, listens, and solves what is asked for in the background, until Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServerFlags,
}

/// How long requests under way may take once the end is asked for.
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.flags.config()?;
    log::start(&config)?;
    // First, so that a port in use is told at once.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let store = database::connect(&config).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let address = address(&config, &listener)?;
    println!("Khademyar answers at {address}, its documentation at {address}/docs");
    serve(listener, store.clone(), address).await?;
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Where people reach the server.
fn address(config: &Config, listener: &TcpListener) -> anyhow::Result<String> {
    match &config.address {
        Some(address) => Ok(address.clone()),
        None => Ok(format!("http://{}", listener.local_addr()?)),
    }
}

/// Answers until the end is asked for, and then those who were waiting for an answer.
async fn serve(listener: TcpListener, store: Store, address: String) -> anyhow::Result<()> {
    let clock = Clock::default();
    let keys = Keys::load(&store, Utc::now()).await.context("cannot sign tokens")?;
    let state = AppState { store, keys: Arc::new(keys), clock, address: address.into() };
    let server =
        axum::serve(listener, khademyar_api::router(state)).with_graceful_shutdown(signal::asked_to_stop());
    let too_late = async {
        signal::asked_to_stop().await;
        info!("stopping");
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server.into_future() => ended.context("the server failed"),
        () = too_late => Ok(()),
    }
}
