//! Coverage: how many of the people that were asked for there are, by night × venue × specialty and by district.

use std::collections::BTreeMap;

use khademyar_domain::{Id, district::District, specialty::Specialty, venue::Venue};
use khademyar_storage::seats::Demand;
use serde::Serialize;
use utoipa::ToSchema;

/// Head counts of some positions together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// How many positions these are.
    pub positions: u32,
    /// People who are essential.
    pub minimum: u32,
    /// People who are welcome in all.
    pub desired: u32,
    /// People there are.
    pub filled: u32,
    /// Essential people missing: what one position has too many does not help another.
    pub essential_missing: u32,
    /// Welcome people missing, the essential among them.
    pub missing: u32,
}

/// The figures of one specialty at one venue on one night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cell {
    /// The night, from 0.
    #[schema(minimum = 0)]
    pub night: i32,
    /// The venue.
    pub venue_id: Id<Venue>,
    /// The district the venue stands in that night.
    pub district_id: Id<District>,
    /// The specialty.
    pub specialty_id: Id<Specialty>,
    /// The figures.
    pub figures: Figures,
}

/// The figures of one district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DistrictFigures {
    /// The district.
    pub district_id: Id<District>,
    /// The figures.
    pub figures: Figures,
}

/// How far a roster covers what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// Of everything together.
    pub total: Figures,
    /// By district.
    pub districts: Vec<DistrictFigures>,
    /// By night, venue and specialty, in that order.
    pub cells: Vec<Cell>,
}

impl Figures {
    fn add(&mut self, &Demand { minimum, desired, filled, .. }: &Demand) {
        self.positions += 1;
        self.minimum += minimum;
        self.desired += desired;
        self.filled += filled;
        self.essential_missing += minimum.saturating_sub(filled);
        self.missing += desired.saturating_sub(filled);
    }
}

/// Adds the demands up.
pub fn count<'a>(demands: impl IntoIterator<Item = &'a Demand>) -> Coverage {
    let mut total = Figures::default();
    let mut districts: BTreeMap<Id<District>, Figures> = BTreeMap::new();
    let mut cells: BTreeMap<_, Figures> = BTreeMap::new();
    for demand in demands {
        let key = (demand.night, demand.venue_id, demand.specialty_id, demand.district_id);
        for figures in
            [&mut total, districts.entry(demand.district_id).or_default(), cells.entry(key).or_default()]
        {
            figures.add(demand);
        }
    }
    Coverage {
        total,
        districts: districts
            .into_iter()
            .map(|(district_id, figures)| DistrictFigures { district_id, figures })
            .collect(),
        cells: cells
            .into_iter()
            .map(|((night, venue_id, specialty_id, district_id), figures)| Cell {
                night,
                venue_id,
                district_id,
                specialty_id,
                figures,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<T>(n: u128) -> Id<T> {
        Uuid::from_u128(n).into()
    }

    fn demand(position: u128, night: i32, district: u128, [minimum, desired, filled]: [u32; 3]) -> Demand {
        Demand {
            position_id: id(position),
            position_code: format!("p{position}").try_into().unwrap(),
            specialty_id: id(1),
            shift_id: id(1),
            venue_id: id(1),
            district_id: id(district),
            night,
            starts_at: chrono::DateTime::UNIX_EPOCH,
            ends_at: chrono::DateTime::UNIX_EPOCH,
            minimum,
            desired,
            filled,
        }
    }

    #[test]
    fn a_crowd_in_one_position_does_not_cover_another() {
        let demands = [demand(1, 0, 1, [2, 4, 4]), demand(2, 0, 1, [2, 4, 1]), demand(3, 1, 2, [1, 1, 0])];
        let coverage = count(&demands);

        let night0 =
            Figures { positions: 2, minimum: 4, desired: 8, filled: 5, essential_missing: 1, missing: 3 };
        let night1 =
            Figures { positions: 1, minimum: 1, desired: 1, filled: 0, essential_missing: 1, missing: 1 };
        assert_eq!(coverage.cells.iter().map(|cell| cell.figures).collect::<Vec<_>>(), [night0, night1]);
        assert_eq!(coverage.districts.iter().map(|d| d.figures).collect::<Vec<_>>(), [night0, night1]);
        assert_eq!((coverage.total.filled, coverage.total.essential_missing), (5, 2));
    }
}
