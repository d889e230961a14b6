//! `khademyar migrate`: the schema of the database, step by step.

use std::process::ExitCode;

use anyhow::Context;

use crate::{config::Flags, database};

/// Bring the database's schema up to date, take steps of it back, or tell how it stands.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    direction: Option<Direction>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum Direction {
    /// Take all steps that wait; this is what happens where nothing is said.
    Up,
    /// Take the last steps back, with everything that is stored in what they made.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// List the steps that wait.
    Status,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let store = database::connect(&args.flags.config()?).await?;
    match args.direction.unwrap_or(Direction::Up) {
        Direction::Up => {
            let pending = store.pending_migrations().await.context("cannot read the schema's state")?;
            store.migrate().await.context("cannot bring the schema up to date")?;
            for step in &pending {
                say!("up {step}")?;
            }
            say!("the schema is up to date")?;
        }
        Direction::Down { steps } => {
            store.migrate_down(Some(steps)).await.context("cannot take the schema back")?;
            say!("{} steps wait now", store.pending_migrations().await?.len())?;
        }
        Direction::Status => {
            let pending = store.pending_migrations().await.context("cannot read the schema's state")?;
            for step in &pending {
                say!("waits {step}")?;
            }
            if pending.is_empty() {
                say!("the schema is up to date")?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
