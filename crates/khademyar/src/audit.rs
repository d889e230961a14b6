//! `khademyar audit`: whether what is written down of changes was tampered with.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use khademyar_storage::audit;
use uuid::Uuid;

use crate::{config::Flags, database};

/// See to what is written down of changes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count every hash of the chains anew, and name each entry that was changed or is missing.
    ///
    /// Prints the hash of each chain's last entry. Whoever keeps it elsewhere can tell later whether a chain was written
    /// anew as a whole.
    Verify {
        /// Only this festival's chain; the nil id for what concerns no festival.
        #[arg(long, value_name = "ID")]
        festival: Option<Uuid>,
        #[command(flatten)]
        flags: Flags,
    },
}

/// `khademyar audit`
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Command::Verify { festival, flags } = &args.command;
    let store = database::connect(&flags.config()?).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let db = store.snapshot().await?;
    let chains = match festival {
        Some(id) => vec![(*id).into()],
        None => audit::chains(&db).await?,
    };
    let mut sound = true;
    for festival_id in chains {
        let chain = audit::verify(&db, festival_id).await?;
        let (entries, erased, head) = (chain.entries, chain.erased, &chain.head);
        say!("{festival_id}: {entries} entries, {erased} with something erased, head {head}")?;
        for fault in &chain.faults {
            say!("  entry {}: {}", fault.number, fault.what)?;
        }
        sound &= chain.faults.is_empty();
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
