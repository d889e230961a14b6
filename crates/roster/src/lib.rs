//! Where a stored festival meets the engine: what is known of a festival's rosters without HTTP and without a worker.
//!
//! - [`problem`]: a festival's set-up ([`khademyar_domain::set_up::SetUp`], as [`khademyar_storage::set_ups::load`] reads
//!   all of it in one snapshot) to a [`khademyar_scheduling::ProblemFile`] and back. Ids in the file are the rows' codes.
//!   It is used by the API (`…/problem`), by the worker (to solve) and by the binary (`import`, `export`).
//! - [`coverage`], [`unfilled`]: figures of a plan and of the published roster, and [`answer`]s why a seat is empty.
//! - [`recruitment`]: whom a plan lacks.
//! - [`Known`]: a set-up and its problem, to be kept; [`candidates`]: who could take a seat, and every [`reason`] why not.
//! - [`covers`], [`waiting`]: how seats change hands and fill up again without a coordinator; [`swaps`]: with whom one could
//!   change places.
//! - [`placements`]: seats given by hand, with all that is against it.
//! - [`roll`]: who was there, as phones tell it.
//! - [`drafts`]: what if; [`frozen`]: what a plan cannot change any more.
//! - [`publish`]: whether a plan still fits the festival, and its publication.

pub mod answer;
pub mod candidates;
pub mod coverage;
pub mod covers;
pub mod drafts;
pub mod frozen;
mod known;
pub mod placements;
pub mod problem;
pub mod publish;
pub mod reason;
pub mod recruitment;
pub mod roll;
pub mod score;
mod stored;
pub mod swaps;
pub mod unfilled;
pub mod waiting;
pub mod weekly_report;

pub use known::Known;
pub use stored::StoredProblem;
