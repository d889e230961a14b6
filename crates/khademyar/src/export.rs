//! `khademyar export`: a festival from the database into a problem's file.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use khademyar_domain::{Id, festival::Festival};
use khademyar_roster::problem;
use khademyar_storage::{Db, assignments, festivals, set_ups};
use uuid::Uuid;

use crate::{config::Flags, database, file};

/// Write a festival's whole set-up, and who was asked to serve, to a file.
///
/// The file (`festival-problem/1`, gzip where its name ends in .gz) is one that `solve` and `import` read. It holds
/// names and phone numbers. Partners and what they gave are no part of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to write it.
    #[arg(short, long, value_name = "PROBLEM")]
    output: PathBuf,
    /// The festival; may be left out where there is only one.
    #[arg(long, value_name = "ID")]
    festival: Option<Uuid>,
    #[command(flatten)]
    flags: Flags,
}

/// `khademyar export`
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = database::connect(&args.flags.config()?).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let db = store.snapshot().await?;
    let id = match args.festival {
        Some(id) => id.into(),
        None => only(&db).await?,
    };
    let set_up = set_ups::load(&db, id).await.with_context(|| format!("cannot read festival {id}"))?;
    let published = assignments::pairs(&db, id).await?;
    file::write(&args.output, &problem::write(&set_up, &published))?;
    Ok(ExitCode::SUCCESS)
}

async fn only(db: &Db) -> anyhow::Result<Id<Festival>> {
    match festivals::ids(db).await?[..] {
        [id] => Ok(id),
        [] => bail!("there is no festival"),
        ref ids => {
            let lines = festivals::list(db, ids).await?;
            let lines =
                lines.iter().map(|festival| format!("\n  {}  {}", festival.id, festival.value.name.fa));
            bail!("say which with --festival ID:{}", lines.collect::<String>())
        }
    }
}
