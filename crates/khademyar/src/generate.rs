//! `khademyar generate`: festivals to try rosterers on.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use khademyar_generator::{Family, after_drop_outs, problem};

use crate::file;

/// Make up a festival to measure by.
///
/// Writes a problem (`festival-problem/1`), the same for the same family and seed. With a plan and a percentage, the
/// festival is the one of that plan some days later: the plan is published, and so many of those who serve dropped out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// hamlet, quarter, isfahan, short, crowd, province or nation.
    family: Family,
    /// What chance begins with.
    seed: u64,
    /// Where to write the problem, packed where the name ends in .gz; left out, standard output.
    #[arg(short, long, value_name = "PROBLEM")]
    output: Option<PathBuf>,
    /// How many per cent of those who serve in the plan drop out.
    #[arg(long, value_name = "PERCENT", requires = "plan", value_parser = clap::value_parser!(u32).range(0..=100))]
    drop_out: Option<u32>,
    /// The plan that was published.
    #[arg(long, requires = "drop_out")]
    plan: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut made = problem(args.family, args.seed);
    if let (Some(plan), Some(percent)) = (&args.plan, args.drop_out) {
        made = after_drop_outs(made, &file::read_plan(plan)?, percent, args.seed);
    }
    if let Some(output) = &args.output {
        file::write(output, &made)?;
    } else {
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &made)?;
        writeln!(out)?;
    }
    Ok(ExitCode::SUCCESS)
}
