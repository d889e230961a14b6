//! Hard: between two assignments of one volunteer there is time for the way, and for rest between nights.

use crate::problem::{Problem, Shift};

/// Whether one volunteer can serve on both.
pub(crate) fn holds(problem: &Problem, a: &Shift, b: &Shift) -> bool {
    !problem.clash(a, b)
}
