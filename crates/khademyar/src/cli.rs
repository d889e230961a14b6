//! What can be typed after `khademyar`.

use clap::{Parser, Subcommand};

use crate::{check, solve};

/// Rosters for festivals: who serves where, when, and why not.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Solve(solve::Args),
    Check(check::Args),
}
