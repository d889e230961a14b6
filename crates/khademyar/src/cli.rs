//! What can be typed after `khademyar`.

use clap::{Parser, Subcommand};

use crate::{check, config::ServerFlags, migrate, solve};

/// Rosters for festivals: who serves where, when, and why not.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Solve(solve::Args),
    Check(check::Args),
    Migrate(migrate::Args),
    /// Print the configuration in force, and where each value came from.
    Config(ServerFlags),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
