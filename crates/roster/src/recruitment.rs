//! Whom to recruit for what a plan leaves empty.

use khademyar_domain::position::AskedGender;
use khademyar_domain::set_up::SetUp;
use khademyar_scheduling::{
    advice::{self, Recruits},
    bound::Dual,
    format::Gender,
    judge,
};
use khademyar_storage::plans::Pair;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::StoredProblem;

/// Pairs of people and positions that the dual may look at for its prices: two or three seconds.
const LOOKS: usize = 20_000_000;
/// Rounds of the dual that are worth having, and beyond which little comes.
const ROUNDS: (usize, usize) = (20, 200);

/// People of one kind whom the festival lacks, and what they would fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recruitment {
    /// How many people.
    people: u32,
    /// Who is asked for.
    gender: AskedGender,
    /// In which field of service.
    specialty_id: Uuid,
    /// At which level at least.
    #[schema(minimum = 1, maximum = 3)]
    min_level: u8,
    /// On which festival nights they have to be free, from 0.
    #[schema(example = json!([3, 4, 5]))]
    nights: Vec<u32>,
    /// Where they best come from.
    home_district_id: Uuid,
    /// Where they would serve.
    district_ids: Vec<Uuid>,
    /// Minutes from there to the furthest of these.
    travel_minutes: i64,
    /// Seats that they fill.
    seats: u32,
    /// Essential seats missing, weighted, that are missing no more.
    essential: i64,
    /// What the welcome seats among them take off the cost.
    desired: i64,
}

/// At most `lines` kinds of people whom the roster `held` lacks most, those first who help most. Once it is not `wanted` any
/// more, none.
pub fn recruitment(
    set_up: &SetUp,
    stored: &StoredProblem,
    held: &[Pair],
    lines: usize,
    wanted: &dyn Fn() -> bool,
) -> Vec<Recruitment> {
    let (problem, plan) = (stored.problem(), stored.plan(held));
    let mut dual = Dual::new(problem, 1);
    dual.reach(judge(problem, &plan).score);
    let rounds = (LOOKS / problem.eligible_pairs().max(1)).clamp(ROUNDS.0, ROUNDS.1);
    for _ in 0..rounds {
        if !wanted() {
            return Vec::new();
        }
        if dual.is_branching() {
            // From here on the dual ends what is left of the gap, node by node; the prices are there.
            break;
        }
        dual.round();
    }
    let district = |index: u32| set_up.districts[index as usize].id.uuid();
    let told = |line: Recruits| Recruitment {
        people: line.people,
        gender: match line.gender {
            None => AskedGender::Any,
            Some(Gender::Woman) => AskedGender::Woman,
            Some(Gender::Man) => AskedGender::Man,
        },
        specialty_id: set_up.specialties[line.specialty as usize].id.uuid(),
        min_level: line.level,
        nights: line.nights,
        home_district_id: district(line.home),
        district_ids: line.districts.into_iter().map(district).collect(),
        travel_minutes: line.travel,
        seats: line.seats,
        essential: line.worth.essential,
        desired: line.worth.cost,
    };
    advice::recruit(problem, &plan, &dual, lines).into_iter().map(told).collect()
}
