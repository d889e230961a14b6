//! `khademyar check`: whether a plan is valid and tells the truth of itself.

use std::{io, path::PathBuf, process::ExitCode};

use khademyar_scheduling::{Breach, Judgement, Plan, PlanFile, Problem, Score, Terms, judge};
use serde::Serialize;

use crate::{file, solve::progress::gap};

/// Check a plan against its problem.
///
/// Says whether the plan keeps every hard rule, what it scores, and whether the score and the bound it claims can be
/// true. Ends with 0 where nothing is wrong, 1 where something is, 2 where a file cannot be read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The problem's file.
    problem: PathBuf,
    /// The plan's file.
    plan: PathBuf,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was found; the figures only where every assignment names a volunteer and a position of the problem.
#[derive(Debug, Serialize)]
struct Findings {
    valid: bool,
    #[serde(flatten)]
    figures: Option<Figures>,
    assignments: usize,
    bound: Option<Score>,
    gap: Option<f64>,
    faults: usize,
    first_faults: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Figures {
    essential: i64,
    cost: i64,
    terms: Terms,
}

const FAULTS_SHOWN: usize = 10;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let problem = file::read_problem(&args.problem)?;
    let plan = file::read_plan(&args.plan)?;
    let findings = findings(&problem, &plan);
    if args.json {
        say!("{}", serde_json::to_string(&findings)?)?;
    } else {
        print(&findings)?;
    }
    Ok(if findings.faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn findings(problem: &Problem, file: &PlanFile) -> Findings {
    let (figures, mut faults) = match Plan::from_file(problem, file) {
        Ok(plan) => {
            let Judgement { breaches, score, terms } = judge(problem, &plan);
            let figures = Figures { essential: score.essential, cost: score.cost, terms };
            (Some(figures), breaches.iter().map(|breach| told(problem, breach)).collect())
        }
        Err(faults) => (None, faults.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    let valid = faults.is_empty();
    let score = figures.as_ref().map(|figures| Score { essential: figures.essential, cost: figures.cost });
    if let (Some(score), Some(claim)) = (score, file.score)
        && score != claim
    {
        faults.push(format!("claim: the score is not {} / {}", claim.essential, claim.cost));
    }
    if let (Some(score), Some(bound)) = (score, file.bound)
        && valid
        && score < bound
    {
        faults.push(format!("bound: {} / {} is false, this plan beats it", bound.essential, bound.cost));
    }
    Findings {
        valid,
        gap: score.zip(file.bound).and_then(|(score, bound)| gap(score, bound)),
        figures,
        assignments: file.assignments.len(),
        bound: file.bound,
        faults: faults.len(),
        first_faults: faults.into_iter().take(FAULTS_SHOWN).collect(),
    }
}

fn told(problem: &Problem, breach: &Breach) -> String {
    // `Rule` is a word on the wire; the same word is told here.
    let rule = serde_json::to_value(breach.rule).ok();
    format!(
        "{}: {} in {}",
        rule.as_ref().and_then(|rule| rule.as_str()).unwrap_or("rule"),
        problem.volunteer_ids()[breach.volunteer as usize],
        problem.position_ids()[breach.position as usize],
    )
}

fn print(findings: &Findings) -> io::Result<()> {
    say!("{}, {} assignments", if findings.valid { "valid" } else { "NOT VALID" }, findings.assignments)?;
    if let Some(Figures { essential, cost, terms }) = &findings.figures {
        say!("essential {essential}, cost {cost}")?;
        let Terms { desired, travel, venue, wish, idle, fairness, continuity, companion, stability } = terms;
        say!("  desired {desired}, travel {travel}, venue {venue}, wish {wish}, idle {idle},")?;
        say!("  fairness {fairness}, continuity {continuity}, companion {companion}, stability {stability}")?;
    }
    if let Some(bound) = findings.bound {
        let gap = findings.gap.map(|gap| format!(": the gap is {:.2} %", gap * 100.0)).unwrap_or_default();
        say!("no plan is below essential {}, cost {}{gap}", bound.essential, bound.cost)?;
    }
    if findings.faults > 0 {
        say!("{} {}:", findings.faults, if findings.faults == 1 { "fault" } else { "faults" })?;
    }
    for fault in &findings.first_faults {
        say!("  {fault}")?;
    }
    Ok(())
}
