//! Service outside shifts: decorating beforehand, packing gifts, calling volunteers. It is written down, and credited once
//! somebody else approves.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::{
    Check, Fault, Id, Text, assignment::Service, attendance::Hours, festival::Festival, jalali, member::User,
    rights::Actor, shift::check_window, volunteer::Volunteer,
};

/// The longest that somebody does one thing.
const LONGEST: TimeDelta = TimeDelta::hours(16);
/// How many days before the first night something counts.
const DAYS_BEFORE: u64 = 90;
/// How many days after the last night something counts.
const DAYS_AFTER: u64 = 30;

/// What somebody did, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stint {
    /// What.
    pub what: Text,
    /// From when, to the minute.
    pub started_at: DateTime<Utc>,
    /// Until when, to the minute.
    pub ended_at: DateTime<Utc>,
}

impl Check for Stint {
    fn check(&self) -> Vec<Fault> {
        let mut faults = check_window("/started_at", self.started_at, "/ended_at", self.ended_at);
        faults.retain(|fault| fault.code != "too_long");
        if self.ended_at - self.started_at > LONGEST {
            faults.push(Fault::new(
                "/ended_at",
                "too_long",
                "An entry is of 16 hours at the most: write more than one.",
                "هر ثبت دست بالا ۱۶ ساعت است: آن را در چند ثبت بنویسید.",
            ));
        }
        faults
    }
}

impl Stint {
    /// What keeps it from being written down at `now`: it is over, and began from 90 days before the festival's first night
    /// to 30 days after its last.
    #[must_use]
    pub fn against(&self, festival: &Festival, now: DateTime<Utc>) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.ended_at > now {
            faults.push(Fault::new(
                "/ended_at",
                "not_over",
                "It is still to come: write it down when it is done.",
                "هنوز زمانش نگذشته است: پس از انجام آن را ثبت کنید.",
            ));
        }
        let day = self.started_at.with_timezone(&festival.timezone).date_naive();
        match days(festival) {
            Some((first, last)) if (first..=last).contains(&day) => {}
            Some((first, last)) => faults.push(Fault::new(
                "/started_at",
                "not_of_the_festival",
                format!("Give a day from {first} to {last}: 90 days before the first night to 30 days after the last."),
                format!(
                    "روزی از {} تا {} بدهید: از ۹۰ روز پیش از شب نخست تا ۳۰ روز پس از شب پایانی.",
                    jalali::short(first),
                    jalali::short(last)
                ),
            )),
            None => faults.push(Fault::new(
                "/started_at",
                "not_of_the_festival",
                "The festival has no nights yet: write it down once it has.",
                "این رویداد هنوز شبی ندارد: پس از آن ثبت کنید.",
            )),
        }
        faults
    }

    /// How long it took, in minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.ended_at - self.started_at).num_minutes()
    }
}

/// The first and the last day that something counts for a festival; `None` as long as it has no nights.
#[must_use]
pub fn days(festival: &Festival) -> Option<(NaiveDate, NaiveDate)> {
    let (first, last) = festival.nights.first().zip(festival.nights.last())?;
    let first = first.checked_sub_days(Days::new(DAYS_BEFORE)).unwrap_or(NaiveDate::MIN);
    let last = last.checked_add_days(Days::new(DAYS_AFTER)).unwrap_or(NaiveDate::MAX);
    Some((first, last))
}

/// How an entry stands: `waiting → approved | declined`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorklogState {
    /// Nobody has decided yet.
    Waiting,
    /// It is credited.
    Approved,
    /// It is not credited.
    Declined,
}

impl WorklogState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Approved, Self::Declined];

    /// As it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Declined => "declined",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What somebody did outside their shifts, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorklogEntry {
    /// Which.
    pub id: Id<WorklogEntry>,
    /// How often it was written.
    pub version: i64,
    /// Who did it.
    pub volunteer_id: Id<Volunteer>,
    /// What they did; none where they were erased.
    pub what: Option<Text>,
    /// From when.
    pub started_at: DateTime<Utc>,
    /// Until when.
    pub ended_at: DateTime<Utc>,
    /// How it stands.
    pub state: WorklogState,
    /// Why it was declined.
    pub reason: Option<Text>,
    /// Who wrote it down; none where they were erased.
    pub written_by: Option<Id<User>>,
    /// Who decided; none where nobody has, or they were erased.
    pub decided_by: Option<Id<User>>,
    /// When somebody decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// When it was written down.
    pub created_at: DateTime<Utc>,
}

/// A decision on an entry that may be made; nothing but a [`WorklogEntry`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The entry as it stood.
    pub before: WorklogEntry,
    /// How it stands then.
    pub to: WorklogState,
    /// Why it is declined.
    pub reason: Option<Text>,
    /// Who decides.
    pub by: Id<User>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Why an entry is not decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WorklogError {
    /// It is their own.
    #[error("nobody decides on an entry of their own")]
    Own,
    /// Somebody decided before.
    #[error("the entry is {} already", .0.as_str())]
    Decided(WorklogState),
}

impl WorklogEntry {
    /// What a volunteer writes of themselves: it waits.
    #[must_use]
    pub fn own(
        id: Id<Self>,
        volunteer_id: Id<Volunteer>,
        stint: Stint,
        by: Id<User>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            version: 1,
            volunteer_id,
            what: Some(stint.what),
            started_at: stint.started_at,
            ended_at: stint.ended_at,
            state: WorklogState::Waiting,
            reason: None,
            written_by: Some(by),
            decided_by: None,
            decided_at: None,
            created_at: now,
        }
    }

    /// What is written of somebody by whoever may approve it: it is approved at once.
    ///
    /// # Errors
    /// [`WorklogError::Own`] when they are that volunteer.
    pub fn of_another(
        id: Id<Self>,
        volunteer_id: Id<Volunteer>,
        stint: Stint,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Self, WorklogError> {
        let entry = Self::own(id, volunteer_id, stint, by.user_id, now);
        if is(by, volunteer_id) {
            return Err(WorklogError::Own);
        }
        let (state, decided_by) = (WorklogState::Approved, Some(by.user_id));
        Ok(Self { state, decided_by, decided_at: Some(now), ..entry })
    }

    /// Somebody approves. None: they did so already.
    ///
    /// # Errors
    /// [`WorklogError`] when it is their own, or somebody decided before.
    pub fn approve(&self, by: &Actor, now: DateTime<Utc>) -> Result<Option<Decision>, WorklogError> {
        self.decide(WorklogState::Approved, None, by, now)
    }

    /// Somebody does not approve, and says why. None: they said so already.
    ///
    /// # Errors
    /// As [`WorklogEntry::approve`].
    pub fn decline(
        &self,
        reason: Text,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Option<Decision>, WorklogError> {
        self.decide(WorklogState::Declined, Some(reason), by, now)
    }

    fn decide(
        &self,
        to: WorklogState,
        reason: Option<Text>,
        by: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Option<Decision>, WorklogError> {
        if is(by, self.volunteer_id)
            || (self.state, self.written_by) == (WorklogState::Waiting, Some(by.user_id))
        {
            return Err(WorklogError::Own);
        }
        if self.state == WorklogState::Waiting {
            return Ok(Some(Decision { before: self.clone(), to, reason, by: by.user_id, at }));
        }
        if (self.state, &self.reason, self.decided_by) == (to, &reason, Some(by.user_id)) {
            return Ok(None);
        }
        Err(WorklogError::Decided(self.state))
    }

    /// Whether whoever wrote it may still take it back.
    ///
    /// # Errors
    /// [`WorklogError::Decided`] when somebody decided.
    pub fn withdraw(&self) -> Result<(), WorklogError> {
        match self.state {
            WorklogState::Waiting => Ok(()),
            WorklogState::Approved | WorklogState::Declined => Err(WorklogError::Decided(self.state)),
        }
    }

    /// How long it took, in minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        (self.ended_at - self.started_at).num_minutes()
    }
}

/// Whether an actor is that volunteer.
fn is(actor: &Actor, volunteer: Id<Volunteer>) -> bool {
    actor.volunteers().any(|(_, own)| own == volunteer)
}

impl Decision {
    /// The entry as it stands after it.
    #[must_use]
    pub fn after(&self) -> WorklogEntry {
        WorklogEntry {
            version: self.before.version + 1,
            state: self.to,
            reason: self.reason.clone(),
            decided_by: Some(self.by),
            decided_at: Some(self.at),
            ..self.before.clone()
        }
    }
}

/// What somebody did outside their shifts, as it was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// From when.
    pub started_at: DateTime<Utc>,
    /// Until when.
    pub ended_at: DateTime<Utc>,
}

impl Approved {
    /// For how many minutes it is credited beside the shifts of whoever did it: of each its hours, and how many minutes of
    /// them were served. No minute counts twice: where a shift they were to serve was called after this was approved, what
    /// they must have spent in both goes.
    pub fn minutes_beside(&self, shifts: impl IntoIterator<Item = (Hours, i64)>) -> i64 {
        let twice = shifts.into_iter().map(|(hours, served)| {
            let both = hours.between(self.started_at, self.ended_at);
            (both + served - hours.minutes()).clamp(0, both)
        });
        ((self.ended_at - self.started_at).num_minutes() - twice.sum::<i64>()).max(0)
    }
}

/// What one volunteer is credited with for one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Who.
    pub volunteer_id: Id<Volunteer>,
    /// How many minutes.
    pub minutes: i64,
}

/// What people are credited with beside their services: a line for each entry of which anything is left.
#[must_use]
pub fn credits_beside(approved: &[Approved], services: &[Service]) -> Vec<Credit> {
    let mut shifts: HashMap<Id<Volunteer>, Vec<_>> = HashMap::new();
    for service in services {
        let hours = Hours { starts_at: service.starts_at, ends_at: service.ends_at };
        shifts.entry(service.volunteer_id).or_default().push((hours, service.minutes));
    }
    let credit = |entry: &Approved| {
        let beside = shifts.get(&entry.volunteer_id).into_iter().flatten().copied();
        Credit { volunteer_id: entry.volunteer_id, minutes: entry.minutes_beside(beside) }
    };
    approved.iter().map(credit).filter(|credit| credit.minutes > 0).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::rights::{Part, PartRole};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn stint(started_at: &str, ended_at: &str) -> Stint {
        let what = Text::new("آذین‌بندی").expect("a text");
        Stint { what, started_at: at(started_at), ended_at: at(ended_at) }
    }

    fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
        faults.iter().map(|fault| (fault.path.as_str(), fault.code.as_str())).collect()
    }

    fn actor(user: u128, parts: Vec<PartRole>) -> Actor {
        let part = |role| Part { festival_id: Uuid::from_u128(1).into(), role };
        let parts = parts.into_iter().map(part).collect();
        Actor { user_id: Uuid::from_u128(user).into(), operator: false, parts }
    }

    fn entry() -> WorklogEntry {
        let stint = stint("2027-04-01T08:00:00Z", "2027-04-01T10:30:00Z");
        let (id, volunteer) = (Uuid::from_u128(7).into(), Uuid::from_u128(8).into());
        WorklogEntry::own(id, volunteer, stint, Uuid::from_u128(9).into(), at("2027-04-02T08:00:00Z"))
    }

    #[test]
    fn no_minute_counts_in_a_shift_and_outside_it() {
        let entry = Approved {
            volunteer_id: Uuid::from_u128(8).into(),
            started_at: at("2027-04-01T08:00:00Z"),
            ended_at: at("2027-04-01T10:30:00Z"),
        };
        let hours = |starts_at: &str, ends_at: &str| Hours { starts_at: at(starts_at), ends_at: at(ends_at) };
        let shift = |starts_at: &str, ends_at: &str, served| (hours(starts_at, ends_at), served);
        for (shifts, left) in [
            (vec![], 150),
            (vec![shift("2027-04-01T10:30:00Z", "2027-04-01T12:00:00Z", 90)], 150),
            (vec![shift("2027-04-01T10:00:00Z", "2027-04-01T12:00:00Z", 120)], 120),
            // They came late, or left early: within the shift there is room for what they served and for this.
            (vec![shift("2027-04-01T10:00:00Z", "2027-04-01T12:00:00Z", 90)], 150),
            (vec![shift("2027-04-01T10:00:00Z", "2027-04-01T12:00:00Z", 100)], 140),
            (vec![shift("2027-04-01T07:00:00Z", "2027-04-01T11:00:00Z", 240)], 0),
            (
                vec![
                    shift("2027-04-01T07:00:00Z", "2027-04-01T09:00:00Z", 120),
                    shift("2027-04-01T10:00:00Z", "2027-04-01T11:00:00Z", 60),
                ],
                60,
            ),
        ] {
            assert_eq!(entry.minutes_beside(shifts.clone()), left, "{shifts:?}");
        }
    }

    #[test]
    fn a_stint_has_an_end_within_sixteen_hours() {
        for (ended_at, expected) in [
            ("2027-04-02T00:00:00Z", vec![]),
            ("2027-04-02T00:01:00Z", vec![("/ended_at", "too_long")]),
            ("2029-04-02T00:00:00Z", vec![("/ended_at", "too_long")]),
            ("2027-04-01T08:00:00Z", vec![("/ended_at", "end_before_start")]),
            ("2027-04-01T08:00:30Z", vec![("/ended_at", "not_a_minute")]),
        ] {
            assert_eq!(codes(&stint("2027-04-01T08:00:00Z", ended_at).check()), expected, "{ended_at}");
        }
    }

    #[test]
    fn what_counts_is_done_and_near_the_festival() {
        let festival = json!({"name": {"fa": "دهه"}, "nights": ["2027-04-08", "2027-04-17"]});
        let festival: Festival = serde_json::from_value(festival).expect("a festival");
        let now = at("2027-05-20T00:00:00Z");
        let far = vec![("/started_at", "not_of_the_festival")];
        // In Tehran a day begins at half past eight of the evening before.
        for (started_at, ended_at, expected) in [
            ("2027-01-07T20:30:00Z", "2027-01-07T21:00:00Z", vec![]),
            ("2027-01-07T20:29:00Z", "2027-01-07T21:00:00Z", far.clone()),
            ("2027-05-17T20:29:00Z", "2027-05-17T23:00:00Z", vec![]),
            ("2027-05-17T20:30:00Z", "2027-05-17T23:00:00Z", far.clone()),
        ] {
            assert_eq!(codes(&stint(started_at, ended_at).against(&festival, now)), expected, "{started_at}");
        }
        let today = stint("2027-04-10T10:00:00Z", "2027-04-10T12:00:00Z");
        assert_eq!(codes(&today.against(&festival, at("2027-04-10T12:00:00Z"))), []);
        let early = today.against(&festival, at("2027-04-10T11:59:00Z"));
        assert_eq!(codes(&early), [("/ended_at", "not_over")]);
        let without_nights = Festival { nights: Vec::new(), ..festival };
        assert_eq!(codes(&today.against(&without_nights, now)), far);
    }

    #[test]
    fn the_first_decision_stands() {
        let now = at("2027-04-03T08:00:00Z");
        let coordinator = actor(20, vec![PartRole::Organizer]);
        let another = actor(21, vec![PartRole::Organizer]);
        let reason = || Text::new("کس دیگری بود").expect("a text");

        let approved = entry().approve(&coordinator, now).expect("they may").expect("a decision").after();
        assert_eq!((approved.state, approved.version), (WorklogState::Approved, 2));
        assert_eq!((approved.decided_by, approved.decided_at), (Some(coordinator.user_id), Some(now)));
        assert_eq!(approved.approve(&coordinator, now), Ok(None));
        let stands = Err(WorklogError::Decided(WorklogState::Approved));
        assert_eq!(approved.approve(&another, now), stands);
        assert_eq!(approved.decline(reason(), &coordinator, now), stands);
        assert_eq!(approved.withdraw(), Err(WorklogError::Decided(WorklogState::Approved)));

        let declined =
            entry().decline(reason(), &another, now).expect("they may").expect("a decision").after();
        assert_eq!((declined.state, &declined.reason), (WorklogState::Declined, &Some(reason())));
        assert_eq!(declined.decline(reason(), &another, now), Ok(None));
        let stands = Err(WorklogError::Decided(WorklogState::Declined));
        assert_eq!(declined.approve(&another, now), stands);
        assert_eq!(entry().withdraw(), Ok(()));
        assert_eq!(entry().minutes(), 150);
    }

    #[test]
    fn nobody_decides_on_their_own() {
        let now = at("2027-04-03T08:00:00Z");
        let own = PartRole::Volunteer(entry().volunteer_id);
        let herself = actor(20, vec![PartRole::Organizer, own]);
        let writer = actor(9, vec![PartRole::Organizer]);
        for who in [&herself, &writer] {
            assert_eq!(entry().approve(who, now), Err(WorklogError::Own));
            assert_eq!(entry().decline(entry().what.expect("a text"), who, now), Err(WorklogError::Own));
        }
        let stint = || stint("2027-04-01T08:00:00Z", "2027-04-01T10:30:00Z");
        let written = |by| WorklogEntry::of_another(entry().id, entry().volunteer_id, stint(), by, now);
        assert_eq!(written(&herself), Err(WorklogError::Own));
        let of_another = written(&writer).expect("another's");
        assert_eq!((of_another.state, of_another.decided_by), (WorklogState::Approved, Some(writer.user_id)));
    }
}
