//! What a solve and the one who watches over it tell each other.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use khademyar_scheduling::Score;

/// The course of a solve.
#[derive(Debug, Default)]
pub(crate) struct Course {
    halted: AtomicBool,
    news: Mutex<Option<(Score, Score)>>,
}

impl Course {
    /// Tells the solver to come to an end.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    /// The solver has a better plan, or knows more of what is possible.
    pub(crate) fn tell(&self, score: Score, bound: Score) {
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = Some((score, bound));
    }

    /// Score and bound, if they were told since this was last asked.
    pub(crate) fn news(&self) -> Option<(Score, Score)> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
