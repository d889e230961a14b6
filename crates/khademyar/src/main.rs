//! The binary of Khademyar: the server, the engine on files, and what keeps a database.

/// Writes a line to standard output; an error where it cannot be written, for a program that reads us must not take half
/// of an answer for the whole.
macro_rules! say {
    ($($text:tt)*) => { std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*))) };
}

mod audit;
mod backup;
mod bench;
mod check;
mod cli;
mod config;
mod database;
mod demo;
mod export;
mod file;
mod generate;
mod import;
mod keys;
mod letters;
mod log;
mod messages;
mod migrate;
mod openapi;
mod password;
mod serve;
mod signal;
mod solve;
mod user;
mod verify;
mod worker;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser;

use crate::cli::{Cli, Command};

/// A request is some hundred small pieces of memory: the system's own allocator costs a fifth of what is answered.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(Cli::parse()).unwrap_or_else(|error| {
        // Whoever read us has read enough, as `head` does.
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr(), "khademyar: {error:#}");
        ExitCode::from(2)
    })
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Solve(args) => solve::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Migrate(args) => wait(migrate::run(&args)),
        Command::Serve(args) => wait(serve::run(&args)),
        Command::Worker(args) => wait(worker::run(&args)),
        Command::Backup(args) => wait(backup::backup(&args)),
        Command::Restore(args) => wait(backup::restore(&args)),
        Command::Import(args) => wait(import::run(&args)),
        Command::Export(args) => wait(export::run(&args)),
        Command::Demo(args) => wait(demo::run(&args)),
        Command::User(args) => wait(user::run(&args)),
        Command::Audit(args) => wait(audit::run(&args)),
        Command::Keys(args) => wait(keys::run(&args)),
        Command::Openapi => openapi::print(),
        Command::Rights => openapi::print_rights(),
        Command::Config(flags) => config::print(&flags),
    }
}

/// Runs what needs the network or the database. What a thread still works on then is waited for by nobody.
fn wait(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(command);
    runtime.shutdown_background();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_over_ends_whatever_a_thread_still_works_on() {
        let ended = wait(async {
            tokio::task::spawn_blocking(|| {
                loop {
                    std::thread::park();
                }
            });
            Ok(ExitCode::SUCCESS)
        });

        assert!(ended.is_ok());
    }
}
