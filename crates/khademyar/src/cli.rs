//! What can be typed after `khademyar`.

use clap::{Parser, Subcommand};

use crate::{
    audit, backup, bench, check, config::ServerFlags, demo, export, generate, import, keys, migrate, serve,
    solve, user, verify, worker,
};

/// Rosters for festivals: who serves where, when, and why not.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Worker(worker::Args),
    Solve(solve::Args),
    Check(check::Args),
    Generate(generate::Args),
    Bench(bench::Args),
    Migrate(migrate::Args),
    User(user::Args),
    Import(import::Args),
    Export(export::Args),
    Demo(demo::Args),
    Audit(audit::Args),
    Keys(keys::Args),
    Verify(verify::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    /// Print the contract of the API as YAML, as it is committed in `openapi.yaml`.
    Openapi,
    /// Print who may do what, operation by operation, as it is committed in `docs/rights.md`.
    Rights,
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
