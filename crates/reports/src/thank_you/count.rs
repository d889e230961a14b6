//! Counting: one pass over the services, everything else from its tallies.

use std::collections::{BTreeSet, HashMap, HashSet};

use khademyar_domain::{
    Id, Name, Stored,
    assignment::Service,
    district::District,
    partner::{Contribution, Partner},
    persian::sort_key,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::Volunteer,
    worklog::Credit,
};

use super::{
    ContributionThanks, DistrictThanks, Effort, FestivalThanks, PartnerThanks, ThankYou, VenueThanks,
    VolunteerThanks, in_hours,
};
use crate::facts::{Facts, name_by_id};

impl ThankYou {
    /// Counts the facts. Each service counts once for the festival, its volunteer, its volunteer's district, the
    /// district it was in, and its venue; what was done outside shifts, for the first three.
    #[must_use]
    pub fn count(facts: &Facts) -> Self {
        let tallies = Tallies::of(facts);
        let venues_by_id = name_by_id(&facts.venues, |venue| &venue.name);
        let specialties_by_id = name_by_id(&facts.specialties, |specialty| &specialty.name);
        let districts_by_id = name_by_id(&facts.districts, |district| &district.name);
        let centres_by_id = name_by_id(&facts.centres, |centre| &centre.name);

        let volunteers = facts.volunteers.iter().filter_map(|volunteer| {
            let tally = tallies.by_volunteer.get(&volunteer.id)?;
            Some(VolunteerThanks {
                id: volunteer.id,
                code: volunteer.code.clone(),
                name: volunteer.name.clone(),
                district_id: volunteer.home_district_id,
                district: districts_by_id.get(&volunteer.home_district_id).map(|&name| name.clone()),
                centre: volunteer.centre_id.and_then(|id| centres_by_id.get(&id)).map(|&name| name.clone()),
                nights: tally.nights.len(),
                shifts: tally.assignments,
                minutes: tally.minutes,
                hours: in_hours(tally.minutes),
                worklog_minutes: tally.worklog_minutes,
                total_minutes: tally.total_minutes(),
                total_hours: in_hours(tally.total_minutes()),
                venues: named(&tally.venues, &venues_by_id),
                specialties: named(&tally.specialties, &specialties_by_id),
            })
        });
        let contributions: Vec<_> = facts
            .contributions
            .iter()
            .filter_map(|given| {
                let partner = facts.partners.iter().find(|partner| partner.id == given.value.partner_id)?;
                let Contribution { kind, description, amount, unit, venue_id, .. } = given.value.clone();
                let thanks = ContributionThanks {
                    partner: partner.value.name.clone(),
                    kind,
                    description,
                    amount,
                    unit,
                    venue: venue_id.and_then(|id| venues_by_id.get(&id)).map(|&name| name.clone()),
                    effort: venue_id.map(|id| effort(tallies.by_venue.get(&id))),
                };
                Some((partner, thanks))
            })
            .collect();
        let given_by = |by: &dyn Fn(&Stored<Partner>) -> bool| {
            contributions
                .iter()
                .filter(|(partner, _)| by(partner))
                .map(|(_, thanks)| thanks.clone())
                .collect::<Vec<_>>()
        };
        let districts = facts.districts.iter().map(|district| {
            let hosted = tallies.by_place.get(&district.id);
            DistrictThanks {
                id: district.id,
                code: district.value.code.clone(),
                name: district.value.name.clone(),
                mayor: district.value.mayor.clone(),
                sent: effort(tallies.by_home.get(&district.id)),
                hosted: effort(hosted),
                venues: hosted.map(|tally| named(&tally.venues, &venues_by_id)).unwrap_or_default(),
                contributions: given_by(&|partner| partner.value.district_id == Some(district.id)),
            }
        });
        let venues = facts.venues.iter().map(|venue| {
            let tally = tallies.by_venue.get(&venue.id);
            VenueThanks {
                id: venue.id,
                code: venue.value.code.clone(),
                name: venue.value.name.clone(),
                districts: tally.map(|tally| named(&tally.districts, &districts_by_id)).unwrap_or_default(),
                effort: effort(tally),
                specialties: tally
                    .map(|tally| named(&tally.specialties, &specialties_by_id))
                    .unwrap_or_default(),
            }
        });
        let partners = facts.partners.iter().map(|partner| PartnerThanks {
            id: partner.id,
            code: partner.value.code.clone(),
            name: partner.value.name.clone(),
            contact: partner.value.contact.clone(),
            district: partner
                .value
                .district_id
                .and_then(|id| districts_by_id.get(&id))
                .map(|&name| name.clone()),
            contributions: given_by(&|other| other.id == partner.id),
        });

        Self {
            festival: FestivalThanks {
                name: facts.festival.name.clone(),
                first_night: facts.festival.nights.first().copied(),
                last_night: facts.festival.nights.last().copied(),
                nights: facts.festival.nights.len(),
                registered: facts.volunteers.len(),
                partners: facts.partners.len(),
                contributions: facts.contributions.len(),
                roll_taken: facts.roll_taken,
                unknown: facts.unknown,
                effort: effort(Some(&tallies.whole)),
            },
            volunteers: in_order(volunteers, |thanks| &thanks.name),
            districts: in_order(districts, |thanks| &thanks.name),
            venues: in_order(venues, |thanks| &thanks.name),
            partners: in_order(partners, |thanks| &thanks.name),
        }
    }
}

/// What the service of some group comes to, in shifts and outside them.
#[derive(Clone, Debug, Default)]
struct Tally {
    volunteers: HashSet<Id<Volunteer>>,
    shifts: HashSet<Id<Shift>>,
    nights: BTreeSet<i32>,
    venues: BTreeSet<Id<Venue>>,
    districts: BTreeSet<Id<District>>,
    specialties: BTreeSet<Id<Specialty>>,
    assignments: usize,
    minutes: i64,
    worklog_minutes: i64,
}

impl Tally {
    fn add(&mut self, service: &Service) {
        self.volunteers.insert(service.volunteer_id);
        self.shifts.insert(service.shift_id);
        self.nights.insert(service.night);
        self.venues.insert(service.venue_id);
        self.districts.insert(service.district_id);
        self.specialties.insert(service.specialty_id);
        self.assignments += 1;
        self.minutes += service.minutes;
    }

    fn credit(&mut self, credit: &Credit) {
        self.volunteers.insert(credit.volunteer_id);
        self.worklog_minutes += credit.minutes;
    }

    fn total_minutes(&self) -> i64 {
        self.minutes + self.worklog_minutes
    }
}

#[derive(Default)]
struct Tallies {
    whole: Tally,
    by_volunteer: HashMap<Id<Volunteer>, Tally>,
    by_home: HashMap<Id<District>, Tally>,
    by_place: HashMap<Id<District>, Tally>,
    by_venue: HashMap<Id<Venue>, Tally>,
}

impl Tallies {
    fn of(facts: &Facts) -> Self {
        let homes: HashMap<_, _> =
            facts.volunteers.iter().map(|volunteer| (volunteer.id, volunteer.home_district_id)).collect();
        let mut tallies = Self::default();
        for service in &facts.services {
            tallies.whole.add(service);
            tallies.by_volunteer.entry(service.volunteer_id).or_default().add(service);
            tallies.by_place.entry(service.district_id).or_default().add(service);
            tallies.by_venue.entry(service.venue_id).or_default().add(service);
            if let Some(&home) = homes.get(&service.volunteer_id) {
                tallies.by_home.entry(home).or_default().add(service);
            }
        }
        for credit in &facts.credits {
            tallies.whole.credit(credit);
            tallies.by_volunteer.entry(credit.volunteer_id).or_default().credit(credit);
            if let Some(&home) = homes.get(&credit.volunteer_id) {
                tallies.by_home.entry(home).or_default().credit(credit);
            }
        }
        tallies
    }
}

fn effort(tally: Option<&Tally>) -> Effort {
    tally.map_or_else(Effort::default, |tally| Effort {
        volunteers: tally.volunteers.len(),
        nights: tally.nights.len(),
        shifts: tally.shifts.len(),
        assignments: tally.assignments,
        minutes: tally.minutes,
        hours: in_hours(tally.minutes),
        worklog_minutes: tally.worklog_minutes,
        total_minutes: tally.total_minutes(),
        total_hours: in_hours(tally.total_minutes()),
    })
}

fn named<T>(ids: &BTreeSet<Id<T>>, names: &HashMap<Id<T>, &Name>) -> Vec<Name> {
    in_order(ids.iter().filter_map(|id| names.get(id)).map(|&name| name.clone()), |name| name)
}

fn in_order<T>(items: impl Iterator<Item = T>, name: impl Fn(&T) -> &Name) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort_by_cached_key(|item| sort_key(name(item).fa.as_str()));
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        example::{self, FESTIVAL_NIGHTS},
        thank_you::ThankYou,
    };

    #[test]
    fn every_total_is_that_of_the_services() {
        let facts = example::facts(40);
        let report = ThankYou::count(&facts);
        let assignments = facts.services.len();
        let minutes: i64 = facts.services.iter().map(|service| service.minutes).sum();
        let whole = report.festival.effort;
        assert_eq!((whole.assignments, whole.minutes), (assignments, minutes));
        assert_eq!(whole.volunteers, report.volunteers.len());
        assert_eq!(report.volunteers.iter().map(|thanks| thanks.shifts).sum::<usize>(), assignments);
        assert_eq!(report.volunteers.iter().map(|thanks| thanks.minutes).sum::<i64>(), minutes);
        let sum = |shares: Vec<Effort>| {
            (
                shares.iter().map(|effort| effort.assignments).sum(),
                shares.iter().map(|effort| effort.minutes).sum(),
            )
        };
        assert_eq!(sum(report.districts.iter().map(|thanks| thanks.sent).collect()), (assignments, minutes));
        assert_eq!(
            sum(report.districts.iter().map(|thanks| thanks.hosted).collect()),
            (assignments, minutes)
        );
        assert_eq!(report.venues.iter().map(|thanks| thanks.effort.minutes).sum::<i64>(), minutes);
        assert_eq!(report.festival.nights, FESTIVAL_NIGHTS);
    }

    #[test]
    fn two_shifts_of_a_night_are_one_night_and_a_shared_shift_is_one_shift() {
        let mut facts = example::facts(2);
        let first = facts.services[0];
        let later = Service { shift_id: example::id(901), ..first };
        let beside = Service { volunteer_id: facts.volunteers[1].id, ..first };
        facts.services = vec![first, later, beside];

        let report = ThankYou::count(&facts);
        let effort = report.festival.effort;
        assert_eq!((effort.volunteers, effort.nights, effort.shifts, effort.assignments), (2, 1, 2, 3));
        let one = report.volunteers.iter().find(|thanks| thanks.id == facts.volunteers[0].id).unwrap();
        assert_eq!((one.nights, one.shifts, one.minutes, one.hours), (1, 2, 500, 8.33));
    }

    #[test]
    fn who_did_not_serve_is_counted_and_not_listed() {
        let mut facts = example::facts(3);
        facts.services.clear();
        let report = ThankYou::count(&facts);
        assert_eq!((report.festival.registered, report.volunteers.len()), (3, 0));
        assert_eq!(report.festival.effort, Effort::default());
        assert_eq!(report.districts.len(), facts.districts.len());
    }

    #[test]
    fn what_was_done_outside_shifts_counts_for_people_and_for_no_place() {
        let mut facts = example::facts(2);
        let [first, second] = [facts.volunteers[0].clone(), facts.volunteers[1].clone()];
        facts.services.retain(|service| service.volunteer_id == first.id);
        let credit = |volunteer_id, minutes| Credit { volunteer_id, minutes };
        facts.credits = vec![credit(first.id, 90), credit(second.id, 60), credit(second.id, 15)];

        let report = ThankYou::count(&facts);

        let whole = report.festival.effort;
        assert_eq!((whole.volunteers, whole.assignments, whole.minutes), (2, 1, 250));
        assert_eq!((whole.worklog_minutes, whole.total_minutes, whole.total_hours), (165, 415, 6.92));
        let of = |id| report.volunteers.iter().find(|thanks| thanks.id == id).unwrap();
        let told = |thanks: &VolunteerThanks| (thanks.minutes, thanks.worklog_minutes, thanks.total_minutes);
        assert_eq!((told(of(first.id)), told(of(second.id))), ((250, 90, 340), (0, 75, 75)));
        assert_eq!((of(second.id).shifts, of(second.id).total_hours), (0, 1.25));
        let sum = |effort: &dyn Fn(&DistrictThanks) -> Effort| -> i64 {
            report.districts.iter().map(|thanks| effort(thanks).worklog_minutes).sum()
        };
        assert_eq!((sum(&|thanks| thanks.sent), sum(&|thanks| thanks.hosted)), (165, 0));
        assert!(report.venues.iter().all(|venue| venue.effort.total_minutes == venue.effort.minutes));
    }

    #[test]
    fn districts_stand_in_the_order_of_their_numbers() {
        let report = ThankYou::count(&example::facts(1));
        let names: Vec<_> = report.districts.iter().map(|thanks| thanks.name.fa.as_str()).collect();
        assert_eq!(names[..3], ["منطقهٔ 1", "منطقهٔ 2", "منطقهٔ 3"]);
        assert_eq!(names.last(), Some(&"منطقهٔ 15"));
    }

    #[test]
    fn what_came_of_a_contribution_is_its_venues_effort() {
        let report = ThankYou::count(&example::facts(40));
        let mut contributions = report.partners.iter().flat_map(|partner| &partner.contributions);
        let given = contributions.find(|given| given.venue.is_some()).unwrap();
        let venue = report.venues.iter().find(|venue| Some(&venue.name) == given.venue.as_ref()).unwrap();
        assert_eq!(given.effort, Some(venue.effort));
        let listed: usize = report.partners.iter().map(|partner| partner.contributions.len()).sum();
        assert_eq!(listed, report.festival.contributions);
    }
}
