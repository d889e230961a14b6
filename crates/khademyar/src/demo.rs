//! The demo festival in the database: loaded, solved, published, with people who can sign in.
//!
//! Each step is one transaction and is taken only where it is not taken yet, so that a start that was cut short is
//! taken up by the next.

mod people;
mod sign_ins;

use std::{io, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use chrono::Utc;
use indicatif::{ProgressBar, ProgressStyle};
use khademyar_domain::{
    plan::{PlanKind, PlanState},
    set_up::SetUp,
};
use khademyar_roster::publish;
use khademyar_storage::{
    StorageError, Store, assignments, festivals,
    listing::Listing,
    plans::{self, NewPlan, PlanRun},
    set_ups,
};
use uuid::Uuid;

use crate::{config::ServerFlags, database, log, signal};
use sign_ins::{SignIn, SignIns};

/// Load the demo festival into an empty database, solve it, publish its roster, and make people who can sign in.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: ServerFlags,
}

/// `khademyar demo`
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.flags.config()?;
    let _log = log::start(&config)?;
    let store = database::connect(&config).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let stop = signal::stop();
    let working =
        tokio::spawn(database::work(store.clone(), config.solver_threads, None, None, stop.subscribe()));
    let address = config.address_at(config.listen);
    let ready = tokio::select! {
        ready = prepare(&store, &config.data, &address) => Some(ready?),
        () = signal::raised(stop.subscribe()) => None,
    };
    stop.send_replace(true);
    working.await.context("the worker broke")?;
    store.close().await?;
    match ready {
        Some(ready) => {
            tell(ready.as_ref())?;
            Ok(ExitCode::SUCCESS)
        }
        None => bail!("stopped before the demo was ready; the next start takes it up"),
    }
}

/// Prints who can sign in.
pub(crate) fn tell(ready: Option<&SignIns>) -> io::Result<()> {
    let Some(SignIns { organizer, coordinator, volunteer, .. }) = ready else {
        return say!("There are other festivals in this database: the demo was not loaded.");
    };
    say!("Sign in to the demo as")?;
    for (role, SignIn { username, password }) in
        [("organizer", organizer), ("coordinator", coordinator), ("volunteer", volunteer)]
    {
        say!("  {role:<12} {username:<18} {password}")?;
    }
    Ok(())
}

/// The people of the demo.
const SEED: u64 = 1;
/// How long its roster is searched for.
const SECONDS: i32 = 8;

/// Makes the demo ready in a database that has no festival, or is the demo's already. Someone must be at work on jobs.
/// None where other festivals are there and the demo is not.
pub(crate) async fn prepare(store: &Store, data: &Path, address: &str) -> anyhow::Result<Option<SignIns>> {
    let demo = khademyar_demo::set_up(SEED);
    let path = sign_ins::path(data);
    match festivals::get(&store.reader(), demo.festival.id).await {
        Ok(_) => {}
        Err(StorageError::NotFound(_)) if !festivals::ids(&store.reader()).await?.is_empty() => {
            return Ok(None);
        }
        Err(StorageError::NotFound(_)) => found(store, &demo).await.context("cannot load the demo")?,
        Err(error) => return Err(error.into()),
    }
    if festivals::published_plan(&store.reader(), demo.festival.id).await?.is_none() {
        solve_and_publish(store, &demo).await?;
    }
    if let Some(mut known) = SignIns::read(&path)? {
        if known.address != address {
            address.clone_into(&mut known.address);
            known.write(&path)?;
        }
        return Ok(Some(known));
    }
    let sign_ins = let_in(store, &demo, address).await.context("cannot make the demo's users")?;
    sign_ins.write(&path)?;
    Ok(Some(sign_ins))
}

/// Stores the festival, and the wish for a plan.
async fn found(store: &Store, demo: &SetUp) -> anyhow::Result<()> {
    let now = Utc::now();
    let db = store.begin().await?;
    set_ups::insert(&db, demo, now).await?;
    let plan = NewPlan {
        kind: PlanKind::Solve,
        id: Uuid::now_v7().into(),
        job_id: Uuid::now_v7(),
        seconds: SECONDS,
        seed: SEED as i64,
        by: None,
    };
    plans::insert(&db, demo.festival.id, &plan, now).await?;
    db.commit_change(demo.festival.id).await?;
    Ok(())
}

/// Waits for the plan and publishes it.
async fn solve_and_publish(store: &Store, demo: &SetUp) -> anyhow::Result<()> {
    let progress = ProgressBar::new_spinner();
    progress.set_style(ProgressStyle::with_template("{spinner} {elapsed} solving the demo: {msg}")?);
    progress.enable_steady_tick(Duration::from_millis(200));
    let newest =
        Listing { filters: Vec::new(), sort: plans::SORTS[0], descending: true, limit: 1, after: None };
    let plan = loop {
        let page = plans::list(&store.reader(), demo.festival.id, &newest).await?;
        let plan = page.items.into_iter().next().context("nobody asked for a plan of the demo")?;
        if plan.state.is_over() {
            break plan;
        }
        progress.set_message(told(&plan));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    progress.finish_and_clear();
    if plan.state != PlanState::Completed {
        bail!("the demo's plan {}: {}", plan.state.as_str(), plan.error.unwrap_or_default());
    }
    let db = store.begin().await?;
    publish::publish(&db, demo.festival.id, plan.id, None, Utc::now(), &mut Uuid::now_v7)
        .await
        .context("cannot publish the demo's plan")?;
    db.commit_change(demo.festival.id).await?;
    Ok(())
}

fn told(plan: &PlanRun) -> String {
    match &plan.best {
        Some(best) => format!(
            "essential {}, cost {} (no plan is below {}, {})",
            best.score.essential, best.score.cost, best.bound.essential, best.bound.cost
        ),
        None => plan.state.as_str().to_owned(),
    }
}

/// Makes the three users, or gives them new passwords.
async fn let_in(store: &Store, demo: &SetUp, address: &str) -> anyhow::Result<SignIns> {
    let now = Utc::now();
    let db = store.begin().await?;
    let roster = assignments::pairs(&db, demo.festival.id).await?;
    let organizer = people::sign_in(&db, demo, &people::organizer()?, now).await?;
    let coordinator = people::coordinator(demo, &roster)?;
    let volunteer = people::volunteer(demo, &roster, &coordinator)?;
    let coordinator = people::sign_in(&db, demo, &coordinator, now).await?;
    let volunteer = people::sign_in(&db, demo, &volunteer, now).await?;
    db.commit_change(demo.festival.id).await?;
    Ok(SignIns { address: address.to_owned(), organizer, coordinator, volunteer })
}
