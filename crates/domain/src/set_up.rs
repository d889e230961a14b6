//! Everything of a festival that people set up: what its rosters are made from, and whom it thanks.

use crate::{
    Stored,
    centre::Centre,
    district::{District, TravelMinutes},
    festival::Festival,
    pair::{Pair, Pin},
    partner::{Contribution, Partner},
    position::Position,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::Volunteer,
};

/// A festival's whole set-up. Lists are in the order in which they were entered, and refer to each other's ids.
#[derive(Clone, Debug, PartialEq)]
pub struct SetUp {
    /// The festival itself.
    pub festival: Stored<Festival>,
    /// Its districts.
    pub districts: Vec<Stored<District>>,
    /// The ways between them, in their order.
    pub travel: TravelMinutes,
    /// The centres volunteers belong to.
    pub centres: Vec<Stored<Centre>>,
    /// The fields of service.
    pub specialties: Vec<Stored<Specialty>>,
    /// Fixed venues and mobile bases.
    pub venues: Vec<Stored<Venue>>,
    /// When they are staffed; each names its district.
    pub shifts: Vec<Stored<Shift>>,
    /// What the shifts ask for.
    pub positions: Vec<Stored<Position>>,
    /// Who could serve.
    pub volunteers: Vec<Stored<Volunteer>>,
    /// Who comes together, and who must not meet.
    pub pairs: Vec<Stored<Pair>>,
    /// Who is fixed where.
    pub pins: Vec<Stored<Pin>>,
    /// Who helps from outside.
    pub partners: Vec<Stored<Partner>>,
    /// What they gave.
    pub contributions: Vec<Stored<Contribution>>,
}

impl SetUp {
    /// A festival of which nothing else is known yet.
    pub fn founded(festival: Stored<Festival>) -> Self {
        Self {
            festival,
            districts: Vec::new(),
            travel: TravelMinutes { districts: Vec::new(), minutes: Vec::new() },
            centres: Vec::new(),
            specialties: Vec::new(),
            venues: Vec::new(),
            shifts: Vec::new(),
            positions: Vec::new(),
            volunteers: Vec::new(),
            pairs: Vec::new(),
            pins: Vec::new(),
            partners: Vec::new(),
            contributions: Vec::new(),
        }
    }
}
