//! The table of a bench, as text that is also Markdown.

use khademyar_scheduling::Score;

use super::contest::Entry;
use crate::solve::progress::gap;

/// Seconds at which scores are told.
const MOMENTS: [f64; 3] = [1.0, 10.0, 60.0];

pub(crate) const HEAD: &str = "\
| festival | solver | first plan | at 1 s | at 10 s | at 60 s | at the end | bound | gap | memory |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

pub(crate) fn row(festival: &str, entry: &Entry) -> String {
    let Entry { name, course, outcome, memory } = entry;
    let dash = || "–".to_owned();
    let told = |score: Option<Score>| score.map_or_else(dash, |s| format!("{} / {}", s.essential, s.cost));
    let first = course.first_plan().map_or_else(dash, |seconds| format!("{seconds:.2} s"));
    let moments = MOMENTS.map(|moment| told(course.score_at(moment))).join(" | ");
    let end = match outcome {
        Ok(score) => told(Some(*score)),
        Err(why) => why.clone(),
    };
    let gap = outcome.as_ref().ok().copied().zip(course.bound()).and_then(|(score, bound)| gap(score, bound));
    let gap = gap.map_or_else(dash, |gap| format!("{:.2} %", gap * 100.0));
    let memory = memory.map_or_else(dash, |kilobytes| format!("{} MB", kilobytes / 1024));
    format!(
        "| {festival} | {name} | {first} | {moments} | {end} | {} | {gap} | {memory} |",
        told(course.bound())
    )
}
