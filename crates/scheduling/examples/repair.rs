//! Solves a problem file with the fewest changes to what is published: `repair PROBLEM SECONDS SEED THREADS [PLAN]`.

use std::time::Instant;

use khademyar_scheduling::{Options, Problem, solve_with_fewest_changes};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize, other: &str| arguments.get(i).cloned().unwrap_or_else(|| other.to_owned());
    let seconds: f64 = argument(1, "10").parse()?;
    let options =
        Options { seed: argument(2, "1").parse()?, threads: argument(3, "2").parse()?, max_steps: None };
    let start = Instant::now();
    let problem = Problem::read(&std::fs::read(argument(0, "problem.json"))?)
        .map_err(|faults| format!("{faults:#?}"))?;
    let spent = || start.elapsed().as_secs_f64() / seconds;
    let (solution, changes) = solve_with_fewest_changes(&problem, &options, &spent, &mut |progress| {
        eprintln!("{:.2} s: {:?} bound {:?}", start.elapsed().as_secs_f64(), progress.score, progress.bound);
    });
    eprintln!("{:?} bound {:?}, {changes:?}", solution.score, solution.bound);
    if let Some(path) = arguments.get(4) {
        let mut file = solution.plan.to_file(&problem, Some(solution.score), Some(solution.bound));
        file.changes = Some(changes);
        std::fs::write(path, serde_json::to_vec(&file)?)?;
    }
    Ok(())
}
