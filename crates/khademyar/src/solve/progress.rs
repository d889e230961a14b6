//! What `khademyar solve` tells while it works.

use std::{
    io::IsTerminal,
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use khademyar_scheduling::Score;
use serde::Serialize;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Style {
    /// Lines of JSON on standard output.
    Json,
    /// A line on standard error that changes.
    Bar,
    /// Nothing before the end.
    None,
}

pub(crate) struct Progress {
    style: Style,
    started: Instant,
    bar: ProgressBar,
}

/// How far the search has come.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct State {
    pub(crate) score: Score,
    pub(crate) bound: Score,
    pub(crate) steps: u64,
}

/// A line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Better {
        seconds: f64,
        #[serde(flatten)]
        state: State,
        gap: Option<f64>,
    },
    Done {
        seconds: f64,
        #[serde(flatten)]
        state: State,
        gap: Option<f64>,
        assignments: usize,
        plan: &'a Path,
    },
}

impl Progress {
    /// `style` as asked for, or what suits standard error.
    pub(crate) fn new(style: Option<Style>, budget: Duration, started: Instant) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let style = style.unwrap_or(if terminal { Style::Bar } else { Style::None });
        let bar = ProgressBar::with_draw_target(
            None,
            if style == Style::Bar { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        let clock = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
            // A clock that cannot be written is not worth a word.
            let _ = write!(to, "{:.0} of {:.0} s", started.elapsed().as_secs_f64(), budget.as_secs_f64());
        };
        if let Ok(look) = ProgressStyle::with_template("{spinner} {clock}  {msg}") {
            bar.set_style(look.with_key("clock", clock));
        }
        bar.set_message("reading the problem");
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { style, started, bar }
    }

    /// Tells of a better plan.
    pub(crate) fn better(&self, state: State) {
        match self.style {
            Style::Json => {
                // The search goes on, whoever listens; the last line says whether they could be told.
                let _ = print(&Line::Better {
                    seconds: self.seconds(),
                    state,
                    gap: gap(state.score, state.bound),
                });
            }
            Style::Bar => self.bar.set_message(state.to_string()),
            Style::None => {}
        }
    }

    /// Tells how it ended.
    pub(crate) fn done(&self, plan: &Path, assignments: usize, state: State) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        match self.style {
            Style::Json => print(&Line::Done {
                seconds: self.seconds(),
                state,
                gap: gap(state.score, state.bound),
                assignments,
                plan,
            }),
            Style::Bar | Style::None => {
                let (plan, seconds) = (plan.display(), self.seconds());
                Ok(say!("{plan}: {assignments} assignments, {state}, after {seconds:.1} s")?)
            }
        }
    }

    fn seconds(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * 1e3).round() / 1e3
    }
}

fn print(line: &Line<'_>) -> anyhow::Result<()> {
    Ok(say!("{}", serde_json::to_string(line)?)?)
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { score, bound, .. } = self;
        write!(f, "essential {}, cost {}", score.essential, score.cost)?;
        write!(f, " (no plan is below {}, {})", bound.essential, bound.cost)?;
        match gap(*score, *bound) {
            Some(gap) => write!(f, ", gap {:.2} %", gap * 100.0),
            None => Ok(()),
        }
    }
}

/// How far a cost is from what is proven possible, as a share of it; told only where the essential parts are equal.
pub(crate) fn gap(score: Score, bound: Score) -> Option<f64> {
    (score.essential == bound.essential)
        .then(|| (score.cost - bound.cost) as f64 / score.cost.max(1) as f64)
        .map(|gap| (gap * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(essential: i64, cost: i64) -> Score {
        Score { essential, cost }
    }

    #[test]
    fn a_gap_is_told_where_the_essential_parts_are_equal() {
        assert_eq!(gap(score(3, 200), score(3, 150)), Some(0.25));
        assert_eq!(gap(score(0, 0), score(0, 0)), Some(0.0));
        assert_eq!(gap(score(3, 200), score(2, 150)), None);
    }

    #[test]
    fn a_line_of_json_is_flat_enough_for_a_shell() {
        let state = State { score: score(1, 20), bound: score(0, 5), steps: 7 };
        let line = Line::Better { seconds: 0.5, state, gap: None };
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"event":"better","seconds":0.5,"score":{"essential":1,"cost":20},"bound":{"essential":0,"cost":5},"steps":7,"gap":null}"#
        );
    }
}
