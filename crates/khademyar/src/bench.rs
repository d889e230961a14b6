//! `khademyar bench`: the engine and its peers, in turn, on the same festivals and the same machine.

mod chart;
mod contest;
mod course;
mod table;

use std::{fs, path::PathBuf, process::ExitCode, thread};

use anyhow::Context;
use khademyar_generator::{Family, problem};
use khademyar_scheduling::Problem;

use crate::file;
use contest::{Contestant, Entry};

/// Measure the engine beside what else rosters festivals.
///
/// Makes a festival of each family and lets the engine and the peers solve it, one after the other, each as a process of its own.
/// Prints a table and writes it, with a chart of score and bound over time for each festival, into a folder. Peers are
/// Python programs in a folder; one that lacks its package is left out, and the table says so.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which families to make festivals of.
    #[arg(default_values = ["hamlet", "quarter", "isfahan"])]
    families: Vec<Family>,
    /// What chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long each may take for each festival.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// How many threads each may use.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Where the peers are.
    #[arg(long, default_value = "benches/peers", value_name = "FOLDER")]
    peers: PathBuf,
    /// Where the table and the charts go.
    #[arg(short, long, default_value = "benches/results", value_name = "FOLDER")]
    output: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(&args.output).with_context(|| format!("cannot make {}", args.output.display()))?;
    let contestants = Contestant::all(&args.peers)?;
    let folder = std::env::temp_dir().join(format!("khademyar-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).context("cannot make a folder for the festivals")?;
    let mut text = format!("{}\n\n{}", machine(args), table::HEAD);
    say!("{text}")?;
    for &family in &args.families {
        let made = problem(family, args.seed);
        let path = folder.join(format!("{}.json", made.name));
        file::write(&path, &made)?;
        let dense = Problem::new(&made).map_err(|faults| anyhow::anyhow!("{}: {faults:?}", made.name))?;
        let mut entries: Vec<Entry> = Vec::new();
        for contestant in &contestants {
            let entry = contestant.solve(&dense, &path, args.seconds, args.threads, args.seed)?;
            let row = table::row(&made.name, &entry);
            say!("{row}")?;
            text.push('\n');
            text.push_str(&row);
            entries.push(entry);
        }
        let chart = args.output.join(format!("{}.svg", made.name));
        fs::write(&chart, chart::draw(&made.name, args.seconds, &entries))
            .with_context(|| format!("cannot write {}", chart.display()))?;
    }
    text.push('\n');
    let table = args.output.join("table.md");
    fs::write(&table, text).with_context(|| format!("cannot write {}", table.display()))?;
    fs::remove_dir_all(&folder).context("cannot clear away the festivals")?;
    Ok(ExitCode::SUCCESS)
}

/// What the figures were measured on.
fn machine(args: &Args) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let told = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let processor = told("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = told("/proc/meminfo", "MemTotal").unwrap_or_else(|| "memory unknown".to_owned());
    format!(
        "{cores} cores ({processor}), {memory}; {} threads, {} s each, seed {}; essential / cost, lower is better.",
        args.threads, args.seconds, args.seed
    )
}
