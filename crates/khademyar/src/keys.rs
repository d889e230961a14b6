//! `khademyar keys`: the keys that access tokens are signed with.

use std::process::ExitCode;

use anyhow::Context;
use chrono::Utc;
use clap::Subcommand;
use khademyar_api::auth::{self, STALE_SECONDS};

use crate::{config::Flags, database};

/// See to the keys that access tokens are signed with.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key, which signs from now on. Nobody is signed out.
    ///
    /// Servers that run hear of it within a minute. What was signed with the key before is good until it runs out; a key
    /// whose last token has run out is deleted by a later rotation.
    Rotate {
        /// The keys before have leaked: they are deleted at once, and within a minute nothing that was signed with them is
        /// good. Nobody is signed out: whoever has a refresh token gets new tokens by it.
        #[arg(long)]
        leaked: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

/// `khademyar keys`
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Command::Rotate { leaked, flags } = &args.command;
    let store = database::connect(&flags.config()?).await?;
    store.migrate().await.context("cannot bring the schema up to date")?;
    let kid = auth::rotate(&store, *leaked, Utc::now()).await.context("cannot make a key")?;
    store.close().await?;
    say!("the key {kid} signs from now on")?;
    if *leaked {
        say!("what was signed with the keys before is good for a minute at the most")?;
    } else {
        let minutes = STALE_SECONDS / 60 + 1;
        say!("what was signed with the key before verifies for {minutes} minutes more")?;
    }
    Ok(ExitCode::SUCCESS)
}
