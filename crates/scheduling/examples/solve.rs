//! Solves a problem file for so many seconds: `solve PROBLEM SECONDS SEED THREADS [PLAN]`.

use std::time::Instant;

use khademyar_scheduling::{Options, Problem, judge, solve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |i: usize, other: &str| arguments.get(i).cloned().unwrap_or_else(|| other.to_owned());
    let seconds: f64 = argument(1, "10").parse()?;
    let options =
        Options { seed: argument(2, "1").parse()?, threads: argument(3, "2").parse()?, max_steps: None };
    let start = Instant::now();
    let problem = Problem::read(&std::fs::read(argument(0, "problem.json"))?)
        .map_err(|faults| format!("{faults:#?}"))?;
    eprintln!("{:.2} s: {} pairs read", start.elapsed().as_secs_f64(), problem.eligible_pairs());
    let mut told = -1.0;
    let solution = solve(&problem, &options, &|| start.elapsed().as_secs_f64() / seconds, &mut |progress| {
        let now = start.elapsed().as_secs_f64();
        if now - told > seconds / 30.0 {
            told = now;
            eprintln!("{now:.2} s: {:?} bound {:?} steps {}", progress.score, progress.bound, progress.steps);
        }
    });
    let judgement = judge(&problem, &solution.plan);
    eprintln!("{:.2} s: {:?}, {} steps", start.elapsed().as_secs_f64(), solution.score, solution.steps);
    eprintln!("judged {:?} {:?}, {} breaches", judgement.score, judgement.terms, judgement.breaches.len());
    if let Some(path) = arguments.get(4) {
        let file = solution.plan.to_file(&problem, Some(solution.score), Some(solution.bound));
        std::fs::write(path, serde_json::to_vec(&file)?)?;
    }
    Ok(())
}
