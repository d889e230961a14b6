//! The figures of a weekly report, counted from what is stored.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use khademyar_domain::{
    Id, Stored,
    assignment::Service,
    attendance::Attendance,
    district::District,
    festival::Festival,
    persian::sort_key,
    weekly_report::{AttendanceFigures, Due, PeriodFigures, WeeklyDistrict, WeeklyFigures},
    worklog::{Approved, Credit, credits_beside},
};
use khademyar_storage::{
    Db, StorageError, festivals,
    seats::{self, Demand, Roster},
    services, table, volunteers, worklog,
};

use crate::coverage::{self, Coverage, Figures};

/// Counts the report that is due then; run it on a snapshot.
///
/// # Errors
/// [`StorageError::NotFound`] when the festival is gone.
pub async fn count(db: &Db, festival_id: Id<Festival>, due: Due) -> Result<WeeklyFigures, StorageError> {
    let (from, until) = (due.at - TimeDelta::weeks(1), due.at);
    let festival = festivals::get(db, festival_id).await?.value;
    let demands = seats::demands(db, festival_id, Roster::Live, None, &[]).await?;
    let services = services::list(db, festival_id, None, until).await?.services;
    let districts: Vec<Stored<District>> = table::all(db, festival_id).await?;
    let within = |at: DateTime<Utc>| from < at && at <= until;
    let this_week = |demand: &Demand| within(demand.starts_at);
    let to_come = |demand: &Demand| demand.starts_at > until;
    let of_week: Vec<Service> = services.iter().filter(|service| within(service.ends_at)).copied().collect();
    let approved = worklog::approved(db, festival_id, None).await?;
    let approved_of_week: Vec<Approved> =
        approved.iter().filter(|entry| within(entry.ended_at)).copied().collect();
    let credits = credits_beside(&approved, &services);
    let credits_of_week = credits_beside(&approved_of_week, &services);
    let attended = services::attendance(db, festival_id, None, until).await?;
    let attended_in_week = services::attendance(db, festival_id, Some(from), until).await?;

    let coverage_of_week = coverage::count(demands.iter().filter(|demand| this_week(demand)));
    let missing = coverage::count(demands.iter().filter(|demand| to_come(demand)));
    let covered = coverage::count(&demands);
    let (essential_missing, total) = (missing.total.essential_missing, covered.total);
    let (missing, covered) = (by_district(missing), by_district(covered));
    let mut districts: Vec<WeeklyDistrict> = districts
        .into_iter()
        .filter_map(|district| {
            let Figures { desired, missing: empty, .. } = *covered.get(&district.id)?;
            Some(WeeklyDistrict {
                name: district.value.name,
                desired,
                filled: desired - empty,
                essential_missing: missing.get(&district.id).map_or(0, |figures| figures.essential_missing),
            })
        })
        .collect();
    districts.sort_by_cached_key(|district| sort_key(district.name.fa.as_str()));
    Ok(WeeklyFigures {
        festival: festival.name,
        day: due.day,
        registered: volunteers::registered(db, festival_id, None).await?.len(),
        week: period(&of_week, &credits_of_week, &coverage_of_week.total, &attended_in_week),
        all: period(&services, &credits, &total, &attended),
        essential_missing,
        districts,
    })
}

fn by_district(counted: Coverage) -> BTreeMap<Id<District>, Figures> {
    counted.districts.into_iter().map(|district| (district.district_id, district.figures)).collect()
}

fn period(
    services: &[Service],
    credits: &[Credit],
    seats: &Figures,
    attended: &[(i32, Attendance, usize)],
) -> PeriodFigures {
    let people = services.iter().map(|service| service.volunteer_id);
    let people: HashSet<_> = people.chain(credits.iter().map(|credit| credit.volunteer_id)).collect();
    let told = |which: Attendance| {
        attended.iter().filter(|(_, attendance, _)| *attendance == which).map(|(.., seats)| seats).sum()
    };
    PeriodFigures {
        volunteers: people.len(),
        minutes: services.iter().map(|service| service.minutes).sum(),
        worklog_minutes: credits.iter().map(|credit| credit.minutes).sum(),
        desired: seats.desired,
        filled: seats.desired - seats.missing,
        attendance: AttendanceFigures {
            present: told(Attendance::Present),
            partial: told(Attendance::Partial),
            absent: told(Attendance::Absent),
            excused: told(Attendance::Excused),
            unknown: told(Attendance::Unknown),
        },
    }
}
