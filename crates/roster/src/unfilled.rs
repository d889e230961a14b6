//! Why seats are empty: how many people are left for each after each rule, and what can be done.

use khademyar_scheduling::explain::{self, Explainer};
use khademyar_storage::{plans::Pair, seats::Demand};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{StoredProblem, answer::Answer};

/// From everyone registered to who is free for one more seat of a position: how many pass each rule and all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Funnel {
    /// All volunteers.
    registered: u32,
    /// Who have the specialty.
    specialty: u32,
    /// At the level.
    level: u32,
    /// Of the gender asked for.
    gender: u32,
    /// Who can come at that time.
    available: u32,
    /// Who live near enough.
    reach: u32,
    /// Who are not in the position already.
    not_assigned: u32,
    /// Who need not rest from another night, and are at no limit of nights.
    rested: u32,
    /// Who do nothing else that night that stands in the way, nor are kept apart from someone there.
    free: u32,
}

impl From<explain::Funnel> for Funnel {
    fn from(funnel: explain::Funnel) -> Self {
        let explain::Funnel {
            registered,
            specialty,
            level,
            gender,
            available,
            reach,
            not_assigned,
            rested,
            free,
        } = funnel;
        Self { registered, specialty, level, gender, available, reach, not_assigned, rested, free }
    }
}

/// What is said of an empty seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// How many people are left after each rule.
    pub funnel: Funnel,
    /// What can be done; none where the position has everyone it desires.
    pub answer: Option<Answer>,
}

/// Explains each of `demands`, as the roster `held` stands, until it is not `wanted` any more; none for a position that is not
/// in the festival any more.
pub fn explanations(
    stored: &StoredProblem,
    held: &[Pair],
    demands: &[Demand],
    wanted: &dyn Fn() -> bool,
) -> Vec<Option<Explanation>> {
    let plan = stored.plan(held);
    let explainer = Explainer::new(stored.problem(), &plan);
    let indices = stored.position_indices();
    let explanation = |demand: &Demand| {
        let &position = indices.get(&demand.position_id)?;
        let answer = explainer.answer(position).map(|answer| Answer::of(stored, answer));
        Some(Explanation { funnel: explainer.funnel(position).into(), answer })
    };
    demands.iter().take_while(|_| wanted()).map(explanation).collect()
}
