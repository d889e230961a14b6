//! `khademyar serve`: the pages, the API and the worker, in one process.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context;
use chrono::Utc;
use khademyar_api::{
    AppState, Clock, Fresh, Letters, Live, Metrics, Services,
    auth::{FestivalKeys, Keys},
    gate::Gate,
    serving::Serving,
};
use khademyar_pages::Pages;
use khademyar_senders::Courier;
use tokio::net::TcpListener;
use tracing::info;

use crate::{config::ServerFlags, database, demo, letters, log, signal};

/// Serve the API.
///
/// Brings the database up to date, listens, and does the work in the background, until Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Load the demo festival into an empty database first, solve it and publish its roster.
    #[arg(long)]
    demo: bool,
    /// Only answer: the work in the background is done by `khademyar worker`.
    #[arg(long)]
    no_worker: bool,
    #[command(flatten)]
    flags: ServerFlags,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (config, senders, limits, tls) = args.flags.serving()?;
    let courier = Courier::new(senders);
    let _log = log::start(&config)?;
    let sends_codes = courier.sends_texts();
    if !sends_codes {
        info!("no text messages leave: volunteers cannot sign in by a code");
    }
    // First, so that a port in use is told at once.
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = config.address_at(listener.local_addr()?);
    let store = database::connect(&config).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;

    let press = letters::press(&config.fonts)?;
    let festival_keys = FestivalKeys::load(&store, Utc::now()).await.context("cannot sign passes")?;
    let festival_keys = Arc::new(festival_keys);
    let letters = press
        .clone()
        .map(|press| Letters::new(store.clone(), Arc::clone(&festival_keys), press, address.as_str().into()));

    let stop = signal::stop();
    let working = (!args.no_worker).then(|| {
        let (store, courier) = (store.clone(), Some(courier.clone()));
        tokio::spawn(database::work(store, config.solver_threads, courier, letters, stop.subscribe()))
    });
    let answering = async {
        if args.demo {
            tokio::select! {
                ready = demo::prepare(&store, &config.data, &address) => demo::tell(ready?.as_ref())?,
                () = signal::raised(stop.subscribe()) => return Ok(()),
            }
        }
        say!("Khademyar answers at {address}, its documentation at {address}/docs")?;
        let keys = Keys::load(&store, Utc::now()).await.context("cannot sign tokens")?;
        let state = AppState::from(Services {
            store: store.clone(),
            keys: Arc::new(keys),
            festival_keys: Arc::clone(&festival_keys),
            clock: Clock::default(),
            fresh: Fresh::default(),
            live: Live::default(),
            metrics: Metrics::default(),
            press: press.clone(),
            staff_need_second_factor: config.staff_need_second_factor,
            courier: courier.clone(),
            address: address.as_str().into(),
            longest_stream: config.longest_stream,
            gate: Gate::new(limits.clone()),
        });
        let clock = state.clock.clone();
        let api = khademyar_api::router(state.clone());
        let pages = Pages::new(api, &address, sends_codes, move || clock.now());
        let service = khademyar_api::at_once(state, khademyar_pages::router(pages));
        let serving = Serving { service, tls: tls.clone(), silence: limits.silence };
        let serving = serving.serve(listener, signal::raised(stop.subscribe()));
        tokio::select! {
            () = serving => {}
            never = signal::renew(tls.as_ref()) => match never {},
        }
        courier.idle().await;
        anyhow::Ok(())
    };
    let ending = async {
        answering.await?;
        stop.send_replace(true);
        if let Some(working) = working {
            working.await.context("the worker broke")?;
        }
        store.clone().close().await?;
        anyhow::Ok(())
    };
    tokio::select! {
        ended = ending => ended?,
        () = signal::too_late(stop.subscribe()) => info!("something was still under way"),
    }
    Ok(ExitCode::SUCCESS)
}
