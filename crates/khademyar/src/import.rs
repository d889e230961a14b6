//! `khademyar import`: a festival from a problem's file into the database.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use chrono::Utc;
use khademyar_api::auth::secret::random;
use khademyar_domain::{
    Id, Name, Stored, Text,
    festival::{Arrangements, Festival, Weights},
    set_up::SetUp,
    specialty::default_catalogue,
};
use khademyar_roster::problem::{self, Read};
use khademyar_storage::{
    Db, Store, assignments,
    audit::{self, Origin},
    members, set_ups, users,
};
use uuid::Uuid;

use crate::{config::Flags, database, file};

/// Found a festival from a file, or replace the set-up of one.
///
/// Reads a problem (`festival-problem/1`, gzip or not) and prints the festival's id. All of it is stored, or nothing is
/// and every fault is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The problem's file.
    problem: PathBuf,
    #[command(flatten)]
    into: Into,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Into {
    /// Found a new festival, which this user organizes.
    #[arg(long, value_name = "USERNAME")]
    organizer: Option<String>,
    /// Replace the set-up of this festival, as long as nobody was asked to serve. Rows whose codes the file has stay the
    /// same rows.
    #[arg(long, value_name = "ID")]
    festival: Option<Uuid>,
}

/// `khademyar import`
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let json = file::read(&args.problem)?;
    let store = database::connect(&args.flags.config()?).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let festival_id = audit::within(origin()?, store_problem(&store, args, &json)).await?;
    say!("{festival_id}")?;
    Ok(ExitCode::SUCCESS)
}

/// Where the change comes from: whoever may read the database has no name here.
fn origin() -> anyhow::Result<Origin> {
    Ok(Origin {
        by: None,
        address: None,
        api_token: None,
        operation: "khademyar import".into(),
        festival_id: None,
        object_id: None,
        at: Utc::now(),
        secret: random().context("there are no random numbers here")?,
    })
}

async fn store_problem(store: &Store, args: &Args, json: &[u8]) -> anyhow::Result<Id<Festival>> {
    let db = store.begin().await?;
    let festival_id = match (&args.into.organizer, args.into.festival) {
        (Some(username), _) => found(&db, args, json, username).await?,
        (None, id) => replace(&db, args, json, id.map(Id::from).context("no festival was named")?).await?,
    };
    db.commit_change(festival_id).await?;
    Ok(festival_id)
}

async fn found(db: &Db, args: &Args, json: &[u8], username: &str) -> anyhow::Result<Id<Festival>> {
    let account = users::find(db, username).await?.with_context(|| {
        format!("there is no user {username}: khademyar user create {username} --name … --operator")
    })?;
    let read = read(args, json, &nothing_yet()?)?;
    set_ups::insert(db, &read.set_up, Utc::now()).await?;
    offer(db, &read).await?;
    let festival_id = read.set_up.festival.id;
    members::add_organizer(db, festival_id, account.id, Uuid::now_v7()).await?;
    Ok(festival_id)
}

async fn replace(db: &Db, args: &Args, json: &[u8], id: Id<Festival>) -> anyhow::Result<Id<Festival>> {
    let there = set_ups::load(db, id).await.with_context(|| format!("cannot read festival {id}"))?;
    let read = read(args, json, &there)?;
    set_ups::replace(db, &there, &read.set_up).await.context("cannot replace the set-up")?;
    offer(db, &read).await?;
    Ok(id)
}

/// A festival of which only the usual specialties are known, so that those that the file uses have their names.
fn nothing_yet() -> anyhow::Result<SetUp> {
    let festival = Festival {
        name: Name { fa: Text::new("جشنواره")?, en: None },
        timezone: chrono_tz::UTC,
        nights: Vec::new(),
        min_rest_minutes: 0,
        arrangements: Arrangements::default(),
        weights: Weights::default(),
    };
    let specialties = default_catalogue();
    Ok(SetUp { specialties: specialties.into_iter().map(new).collect(), ..SetUp::founded(new(festival)) })
}

fn new<T>(value: T) -> Stored<T> {
    Stored { id: Uuid::now_v7().into(), version: 1, value }
}

fn read(args: &Args, json: &[u8], there: &SetUp) -> anyhow::Result<Read> {
    problem::read(json, there, &mut Uuid::now_v7)
        .map_err(|faults| file::refused(&args.problem, faults.iter()))
}

/// Those who were told to serve elsewhere are asked here.
async fn offer(db: &Db, read: &Read) -> anyhow::Result<()> {
    assignments::import(db, &read.set_up, &read.published, Utc::now(), &mut Uuid::now_v7)
        .await
        .context("cannot store who was told already to serve")
}
