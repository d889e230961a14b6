//! Who solves festivals, and how it is measured.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use khademyar_scheduling::{Plan, Problem, Score, judge};

use super::course::Course;
use crate::file;

/// The exit code of a peer whose package is not installed.
const MISSING: i32 = 3;
/// A contestant that goes on for longer than this share of its time, and these seconds, is ended.
const PATIENCE: (f64, f64) = (1.5, 30.0);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The engine or a peer.
pub(crate) struct Contestant {
    name: String,
    /// The peer's program; none for the engine.
    peer: Option<PathBuf>,
}

/// What came of a contestant's solve.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) course: Course,
    /// Its plan's score, as we count it; else why there is none.
    pub(crate) outcome: Result<Score, String>,
    /// The most that it held, in kilobytes, where the system tells.
    pub(crate) memory: Option<u64>,
}

impl Contestant {
    /// The engine, and a peer for each Python program in the folder whose name has no underscore before it.
    pub(crate) fn all(peers: &Path) -> anyhow::Result<Vec<Self>> {
        let mut all = vec![Self { name: "khademyar".to_owned(), peer: None }];
        let folder = fs::read_dir(peers).with_context(|| format!("cannot read {}", peers.display()))?;
        let mut programs: Vec<PathBuf> = folder.filter_map(|entry| Some(entry.ok()?.path())).collect();
        programs.sort();
        for program in programs {
            let name =
                program.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if program.extension().is_some_and(|kind| kind == "py") && !name.starts_with('_') {
                all.push(Self { name, peer: Some(program) });
            }
        }
        Ok(all)
    }

    /// Lets it solve the festival, and looks at what it holds meanwhile.
    pub(crate) fn solve(
        &self,
        problem: &Problem,
        path: &Path,
        seconds: f64,
        threads: usize,
        seed: u64,
    ) -> anyhow::Result<Entry> {
        let output = path.with_extension(format!("{}.plan.json", self.name));
        let mut command = self.command(path, &output, seconds, threads, seed)?;
        let started = Instant::now();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", self.name))?;
        let told = child.stdout.take().context("a contestant has standard output")?;
        let reading = thread::spawn(move || Course::read(told));
        let mut memory = None;
        let mut ended = false;
        let status = loop {
            memory = held(&child).max(memory);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if started.elapsed().as_secs_f64() > seconds * PATIENCE.0 + PATIENCE.1 && !ended {
                child.kill()?;
                ended = true;
            }
            thread::sleep(LOOK_EVERY);
        };
        let course = reading.join().map_err(|_| anyhow::anyhow!("{} tells nonsense", self.name))?;
        let outcome = if status.code() == Some(MISSING) {
            Err("its package is not installed".to_owned())
        } else if output.exists() {
            judged(problem, &output)
        } else if ended {
            Err("no plan in time".to_owned())
        } else {
            Err(format!("no plan ({status})"))
        };
        Ok(Entry { name: self.name.clone(), course, outcome, memory })
    }

    fn command(
        &self,
        path: &Path,
        output: &Path,
        seconds: f64,
        threads: usize,
        seed: u64,
    ) -> anyhow::Result<Command> {
        let (seconds, threads, seed) = (seconds.to_string(), threads.to_string(), seed.to_string());
        Ok(if let Some(peer) = &self.peer {
            let mut command = Command::new("python3");
            command.arg(peer).arg(path).arg(output).args([seconds, threads]);
            command
        } else {
            let mut command = Command::new(std::env::current_exe().context("cannot find the engine")?);
            command.arg("solve").arg(path).arg("-o").arg(output);
            command.args([
                "--seconds",
                &seconds,
                "--threads",
                &threads,
                "--seed",
                &seed,
                "--progress",
                "json",
            ]);
            command
        })
    }
}

/// The score of a plan that keeps the rules.
fn judged(problem: &Problem, path: &Path) -> Result<Score, String> {
    let plan = file::read_plan(path).map_err(|error| error.to_string())?;
    let plan = Plan::from_file(problem, &plan).map_err(|faults| format!("a false plan: {}", faults[0]))?;
    let judgement = judge(problem, &plan);
    match judgement.breaches.len() {
        0 => Ok(judgement.score),
        broken => Err(format!("not valid: {broken} breaches")),
    }
}

/// The most that the process has held until now, in kilobytes; only Linux tells.
fn held(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
