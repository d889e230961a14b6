//! `khademyar solve`: from a problem's file to a plan's.

pub(crate) mod progress;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use khademyar_scheduling::{Options, Solution};

use crate::file;
use progress::{Progress, State, Style};

/// Find the best roster that the given seconds allow.
///
/// Reads a problem (`festival-problem/1`, gzip or not) and writes a plan (`festival-plan/1`, gzip where its name ends in
/// .gz) with its score and a bound that no valid plan beats. Ctrl-C stops early and writes the plan in hand.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The problem's file.
    problem: PathBuf,
    /// Where to write the plan.
    #[arg(short, long, value_name = "PLAN")]
    output: PathBuf,
    /// How long to take, reading the problem included.
    #[arg(long, default_value_t = 30.0, value_parser = seconds)]
    seconds: f64,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads search, 256 at the most; left out, as many as there are processors.
    #[arg(long)]
    threads: Option<usize>,
    /// How to tell of the progress: a line that changes, a line of JSON on standard output for each better plan, or
    /// not at all. Left out, a line where standard error is a terminal.
    #[arg(long, value_enum)]
    progress: Option<Style>,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 1e9 => Ok(seconds),
        _ => Err("give a number of seconds above 0".to_owned()),
    }
}

static STOPPED: AtomicBool = AtomicBool::new(false);

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    stop_on_signal()?;
    let options = Options {
        seed: args.seed,
        threads: args.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)),
        ..Options::default()
    };
    let spent = || {
        if STOPPED.load(Ordering::Relaxed) { 1.0 } else { started.elapsed().as_secs_f64() / args.seconds }
    };
    let progress = Progress::new(args.progress, Duration::from_secs_f64(args.seconds), started);
    let problem = file::read_problem(&args.problem)?;
    let Solution { plan, score, bound, steps } =
        khademyar_scheduling::solve(&problem, &options, &spent, &mut |now| {
            progress.better(State { score: now.score, bound: now.bound, steps: now.steps });
        });
    file::write(&args.output, &plan.to_file(&problem, Some(score), Some(bound)))?;
    progress.done(&args.output, plan.assignments().len(), State { score, bound, steps })?;
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C and a polite request to end stop the search; a second one ends the program at once.
fn stop_on_signal() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::spawn(move || {
        runtime.block_on(async {
            crate::signal::asked_to_stop().await;
            STOPPED.store(true, Ordering::Relaxed);
            crate::signal::asked_to_stop().await;
        });
        std::process::exit(130);
    });
    Ok(())
}
