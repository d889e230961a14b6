//! How a solve went: each better plan and bound, by the second.

use std::io::{BufRead, Read};

use khademyar_scheduling::Score;
use serde::Deserialize;

/// One line that a contestant prints; what it can't tell is left out.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Point {
    pub(crate) seconds: f64,
    #[serde(default)]
    pub(crate) score: Option<Score>,
    #[serde(default)]
    pub(crate) bound: Option<Score>,
}

/// Everything that a contestant has told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Course(pub(crate) Vec<Point>);

impl Course {
    /// Reads lines of JSON until there are no more; other lines are not meant for us.
    pub(crate) fn read(from: impl Read) -> Self {
        let lines = std::io::BufReader::new(from).lines().map_while(Result::ok);
        Self(lines.filter_map(|line| serde_json::from_str(&line).ok()).collect())
    }

    /// When there was a plan.
    pub(crate) fn first_plan(&self) -> Option<f64> {
        self.0.iter().find(|point| point.score.is_some()).map(|point| point.seconds)
    }

    /// The best score until then.
    pub(crate) fn score_at(&self, seconds: f64) -> Option<Score> {
        self.0.iter().filter(|point| point.seconds <= seconds).filter_map(|point| point.score).min()
    }

    /// The greatest bound of all.
    pub(crate) fn bound(&self) -> Option<Score> {
        self.0.iter().filter_map(|point| point.bound).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_read_line_by_line() {
        let told = "started\n\
            {\"seconds\": 0.5, \"score\": {\"essential\": 3, \"cost\": 90}}\n\
            {\"event\": \"better\", \"seconds\": 2, \"bound\": {\"essential\": 0, \"cost\": 70}}\n\
            {\"seconds\": 3.5, \"score\": {\"essential\": 0, \"cost\": 95}, \"bound\": {\"essential\": 0, \"cost\": 60}}\n";
        let course = Course::read(told.as_bytes());
        let score = |essential, cost| Some(Score { essential, cost });
        assert_eq!(course.first_plan(), Some(0.5));
        assert_eq!(course.score_at(0.4), None);
        assert_eq!(course.score_at(1.0), score(3, 90));
        assert_eq!(course.score_at(10.0), score(0, 95));
        assert_eq!(course.bound(), score(0, 70));
    }
}
