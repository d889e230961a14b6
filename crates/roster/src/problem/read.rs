//! From the file to a set-up.

mod people;
mod places;
mod reader;

use std::collections::HashSet;

use khademyar_domain::{Fault, set_up::SetUp};
use khademyar_scheduling::{Problem, ProblemFile};
use khademyar_storage::plans::Pair;
use serde_json::Value;
use uuid::Uuid;

use super::fault::told;
use reader::Reader;

/// What a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The set-up, in the place of the one that was there.
    pub set_up: SetUp,
    /// Who was told already to serve where.
    pub published: Vec<Pair>,
}

/// Reads a file (JSON, not compressed) that is to replace the set-up `there`: rows that have the file's codes keep
/// their ids. An entry with a `name` says everything of its row; of one without, what is known besides the engine's
/// keys stays, and a new row is named by its code.
///
/// # Errors
/// Every fault, its path a JSON pointer.
pub fn read(
    json: &[u8],
    there: &SetUp,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Read, Vec<Fault>> {
    let Ok(file) = serde_json::from_slice::<ProblemFile>(json) else {
        let faults = Problem::read(json).err().unwrap_or_default();
        return Err(faults.into_iter().map(told).collect());
    };
    let whole: Value =
        serde_json::from_slice(json).map_err(|error| vec![Fault::unreadable(String::new(), &error)])?;
    let mut faults: Vec<Fault> = Problem::new(&file).err().into_iter().flatten().map(told).collect();
    let mut reader = Reader::new(&whole, new_id);
    let read = set_up(&mut reader, &file, there);
    faults.append(&mut reader.faults);
    // What the engine found is found again where the rows refer to each other.
    let mut paths = HashSet::new();
    faults.retain(|fault| paths.insert(fault.path.clone()));
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

fn set_up(reader: &mut Reader<'_>, file: &ProblemFile, there: &SetUp) -> Read {
    let districts =
        reader.codes(file.districts.iter().map(|entry| entry.id.as_str()), &there.districts, |district| {
            &district.code
        });
    let specialties =
        reader.codes(file.specialties.iter().map(String::as_str), &there.specialties, |specialty| {
            &specialty.code
        });
    let venues =
        reader.codes(file.venues.iter().map(|entry| entry.id.as_str()), &there.venues, |venue| &venue.code);
    let shifts =
        reader.codes(file.shifts.iter().map(|entry| entry.id.as_str()), &there.shifts, |shift| &shift.code);
    let positions =
        reader.codes(file.positions.iter().map(|entry| entry.id.as_str()), &there.positions, |position| {
            &position.code
        });
    let volunteers =
        reader.codes(file.volunteers.iter().map(|entry| entry.id.as_str()), &there.volunteers, |volunteer| {
            &volunteer.code
        });

    let festival = reader.festival(file, &there.festival);
    let centres = reader.centres(&there.centres, &districts);
    let read_shifts = reader.shifts(file, &shifts, &venues, &districts);
    let read_volunteers = people::Lists {
        districts: &districts,
        centres: &centres,
        specialties: &specialties,
        venues: &venues,
    }
    .volunteers(reader, file, &festival.value, &volunteers);
    let pairs = reader.pairs(file, &there.pairs, &volunteers);
    let pins = reader.pins(file, &there.pins, &volunteers, &positions);
    let read_positions = reader.positions(file, &positions, &shifts, &specialties);
    let published = reader.published(file, &read_shifts, &read_positions, &volunteers, &positions);
    let set_up = SetUp {
        festival,
        travel: reader.travel(file, &districts),
        districts: reader.districts(file, &districts),
        specialties: reader.specialties(file, &specialties),
        venues: reader.venues(file, &venues, &districts, &read_shifts),
        centres,
        shifts: read_shifts,
        positions: read_positions,
        volunteers: read_volunteers,
        pairs,
        pins,
        partners: places::partners(&there.partners, &districts),
        contributions: places::contributions(&there.contributions, &venues),
    };
    Read { set_up, published }
}
