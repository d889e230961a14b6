//! From bytes to a [`ProblemFile`] or [`PlanFile`], with every fault of the file's shape.

use serde_json::Value;

use super::shape::PROBLEM;
use super::{Fault, PLAN_FORMAT, PlanFile, ProblemFile};
use crate::Problem;

impl Problem {
    /// Reads a problem file (JSON, not compressed).
    ///
    /// # Errors
    /// Every [`Fault`] of the file, in its order where that is known.
    pub fn read(json: &[u8]) -> Result<Self, Vec<Fault>> {
        if let Ok(file) = serde_json::from_slice::<ProblemFile>(json) {
            return Self::new(&file);
        }
        let mut value: Value = serde_json::from_slice(json)
            .map_err(|error| vec![Fault::new("$", format!("is not JSON: {error}"))])?;
        let mut faults = Vec::new();
        PROBLEM.mend("$", &mut value, &mut faults);
        let file = serde_json::from_value::<ProblemFile>(value)
            .map_err(|error| vec![Fault::new("$", error.to_string())])?;
        match Self::new(&file) {
            Ok(problem) if faults.is_empty() => Ok(problem),
            Ok(_) => Err(faults),
            Err(others) => {
                // What stands beside a mended value may be wrong only because of the mending.
                let mended: Vec<String> =
                    faults.iter().map(|fault| surroundings(&fault.path).to_owned()).collect();
                faults.extend(
                    others.into_iter().filter(|fault| !mended.iter().any(|path| within(&fault.path, path))),
                );
                Err(faults)
            }
        }
    }
}

impl PlanFile {
    /// Reads a plan file (JSON, not compressed).
    ///
    /// # Errors
    /// The first [`Fault`] of the file.
    pub fn read(json: &[u8]) -> Result<Self, Fault> {
        let plan: Self = serde_json::from_slice(json).map_err(|error| Fault::new("$", error.to_string()))?;
        if plan.format != PLAN_FORMAT {
            return Err(Fault::new("$.format", format!("must be {PLAN_FORMAT}")));
        }
        for (key, claim) in [("score", plan.score), ("bound", plan.bound)] {
            if claim.is_some_and(|claim| claim.essential < 0 || claim.cost < 0) {
                return Err(Fault::new(format!("$.{key}"), "must be of numbers from 0"));
            }
        }
        Ok(plan)
    }
}

/// The path of the object that holds `path`; of an element or key of the whole file, itself.
fn surroundings(path: &str) -> &str {
    match path.rfind('.') {
        Some(1) | None => path,
        Some(_) if path.ends_with(']') => path,
        Some(end) => &path[..end],
    }
}

/// Whether `path` is `object` or within it.
fn within(path: &str, object: &str) -> bool {
    path.strip_prefix(object).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
