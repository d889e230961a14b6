//! Cities and their districts: dense in the middle, needier towards the edge.

use khademyar_scheduling::format::DistrictEntry;

use crate::dice::Dice;

/// Cities lie within a square of so many kilometres, each within a circle of this radius in metres.
const COUNTRY: i64 = 1_200;
const RADIUS: i64 = 9_000;

/// Where people live and venues stand.
pub(crate) struct Ground {
    pub(crate) districts: Vec<DistrictEntry>,
    /// Metres east and north, by district.
    places: Vec<(i64, i64)>,
    /// By district.
    pub(crate) city: Vec<usize>,
    /// How many live there, in hundreds.
    pub(crate) inhabitants: Vec<usize>,
}

impl Ground {
    pub(crate) fn draw(dice: &mut Dice, cities: usize) -> Self {
        let mut ground = Self { districts: vec![], places: vec![], city: vec![], inhabitants: vec![] };
        for city in 0..cities {
            let centre =
                if city == 0 { (0, 0) } else { (dice.between(0, COUNTRY), dice.between(0, COUNTRY)) };
            let districts = if city == 0 { 15 } else { dice.between(4, 10) };
            let percent = if city == 0 { 100 } else { dice.between(25, 110) };
            for district in 0..districts {
                // Spread evenly over the circle, from the middle outwards along a sunflower's spiral, then shaken.
                let share = (district as f64 + 0.5) / districts as f64;
                let (sin, cos) = (district as f64 * 2.4).sin_cos();
                let metres = (RADIUS * percent / 100) as f64 * share.sqrt();
                let shaken = |along: f64, dice: &mut Dice| (metres * along) as i64 + dice.between(-700, 700);
                let (east, north) = (shaken(cos, dice), shaken(sin, dice));
                ground.places.push((centre.0 * 1_000 + east, centre.1 * 1_000 + north));
                let need = 1 + district * 4 / districts + dice.between(-1, 1);
                ground
                    .districts
                    .push(DistrictEntry { id: format!("c{city}-d{district}"), priority: need.clamp(1, 5) });
                ground.city.push(city);
                ground.inhabitants.push((dice.between(600, 2_200) * percent / 100) as usize);
            }
        }
        ground
    }

    /// Minutes by road along streets at right angles: slow to get out, faster the further it goes.
    pub(crate) fn travel_minutes(&self) -> Vec<Vec<i64>> {
        let minutes = |a: (i64, i64), b: (i64, i64)| {
            let kilometres = ((a.0 - b.0).abs() + (a.1 - b.1).abs()) as f64 / 1_000.0;
            8 + (2.6 * kilometres.powf(0.9)).round() as i64
        };
        self.places.iter().map(|&a| self.places.iter().map(|&b| minutes(a, b)).collect()).collect()
    }
}
