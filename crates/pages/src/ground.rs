//! What the desk stands on: a festival that one has a part in, its nights, and what its places and fields are called.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use khademyar_domain::{
    Name,
    assignment::AssignmentState,
    jalali::{long, night_label},
    language::Language,
    member::Role,
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Pages, trouble::Trouble, visitor::Visitor};

/// Until how long after midnight a night is still going on.
const MORNING: TimeDelta = TimeDelta::hours(6);

/// The evening that an instant belongs to: the one that goes on or comes next.
pub(crate) fn evening(at: DateTime<Utc>, timezone: Tz) -> NaiveDate {
    (at.with_timezone(&timezone) - MORNING).date_naive()
}

/// The night that goes on or comes next, from 0; the last one when all are over.
pub(crate) fn night_of(nights: &[NaiveDate], timezone: Tz, now: DateTime<Utc>) -> i32 {
    let today = evening(now, timezone);
    let night = nights.iter().position(|date| *date >= today);
    night.unwrap_or_else(|| nights.len().saturating_sub(1)) as i32
}

/// Who has a desk in a festival.
const DESK: &[Role] = &[Role::Coordinator, Role::Organizer];
/// Who calls its rolls.
const ROLLS: &[Role] = &[Role::Coordinator, Role::Organizer, Role::VenueLead];

/// A festival as a coordinator, an organizer or a venue lead stands in it.
pub(crate) struct Ground {
    pub(crate) festival_id: Uuid,
    pub(crate) name: String,
    /// Who one is.
    pub(crate) user_id: Uuid,
    /// Whether one organizes it.
    pub(crate) is_organized: bool,
    /// Whether one has a desk in it, and not only rolls to call.
    pub(crate) has_desk: bool,
    /// Whether one serves, there or elsewhere.
    pub(crate) serves: bool,
    pub(crate) nights: Vec<NaiveDate>,
    pub(crate) timezone: Tz,
    /// The evening that goes on or comes next.
    today: NaiveDate,
    venues: HashMap<Uuid, Name>,
    specialties: HashMap<Uuid, Name>,
    language: Language,
}

#[derive(Deserialize)]
pub(crate) struct Me {
    pub(crate) user_id: Uuid,
    /// Whether they run the installation, and so found festivals.
    operator: bool,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    festival_id: Uuid,
    role: Role,
}

#[derive(Deserialize)]
pub(crate) struct Festival {
    pub(crate) name: Name,
    pub(crate) timezone: Tz,
    pub(crate) nights: Vec<NaiveDate>,
}

#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) id: Uuid,
    pub(crate) name: Name,
}

/// A night to choose.
pub(crate) struct Tab {
    pub(crate) night: i32,
    pub(crate) label: String,
    pub(crate) is_shown: bool,
    /// How many seats of it are known to have been given back, and are empty.
    pub(crate) given_back: u32,
}

/// A page of a list of the API.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Its rows, and where the next page begins.
    pub(crate) fn parts(self) -> (Vec<T>, Option<String>) {
        (self.items, self.next_cursor)
    }
}

/// Somebody on a board.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) state: AssignmentState,
}

impl Person {
    /// Whether it is sure that they come.
    pub(crate) fn is_sure(&self) -> bool {
        self.state != AssignmentState::Offered
    }

    pub(crate) fn is_there(&self) -> bool {
        matches!(self.state, AssignmentState::CheckedIn | AssignmentState::Completed)
    }
}

impl Me {
    /// Whether they have festivals to set up, or may found one.
    pub(crate) fn organizes(&self) -> bool {
        self.operator || self.parts.iter().any(|part| part.role == Role::Organizer)
    }

    /// The festival whose desk one has: the one asked for, or the first.
    pub(crate) fn desk(&self, wanted: Option<Uuid>) -> Option<Uuid> {
        self.part(wanted, DESK)
    }

    /// The festival whose rolls one calls: the one asked for, or the first.
    pub(crate) fn rolls(&self, wanted: Option<Uuid>) -> Option<Uuid> {
        self.part(wanted, ROLLS)
    }

    fn part(&self, wanted: Option<Uuid>, roles: &[Role]) -> Option<Uuid> {
        let parts = self.parts.iter().filter(|part| roles.contains(&part.role));
        parts.map(|part| part.festival_id).find(|id| wanted.is_none_or(|wanted| wanted == *id))
    }
}

impl Ground {
    /// # Errors
    /// [`Trouble::NotFound`] where one has no desk in the festival.
    pub(crate) async fn read(
        pages: &Pages,
        visitor: &Visitor,
        wanted: Option<Uuid>,
    ) -> Result<Self, Trouble> {
        let me: Me = pages.read(visitor, "/v1/me").await?;
        let festival_id = me.desk(wanted).ok_or(Trouble::NotFound)?;
        Self::of(pages, visitor, &me, festival_id).await
    }

    /// The festival of somebody who calls its rolls.
    ///
    /// # Errors
    /// [`Trouble::NotFound`] for everybody else.
    pub(crate) async fn of_rolls(
        pages: &Pages,
        visitor: &Visitor,
        wanted: Option<Uuid>,
    ) -> Result<Self, Trouble> {
        let me: Me = pages.read(visitor, "/v1/me").await?;
        let festival_id = me.rolls(wanted).ok_or(Trouble::NotFound)?;
        Self::of(pages, visitor, &me, festival_id).await
    }

    async fn of(pages: &Pages, visitor: &Visitor, me: &Me, festival_id: Uuid) -> Result<Self, Trouble> {
        let is_organized =
            me.parts.iter().any(|part| part.festival_id == festival_id && part.role == Role::Organizer);
        let path = format!("/v1/festivals/{festival_id}");
        let festival: Festival = pages.read(visitor, &path).await?;
        Ok(Self {
            festival_id,
            user_id: me.user_id,
            is_organized,
            has_desk: me.desk(Some(festival_id)).is_some(),
            serves: me.parts.iter().any(|part| part.role == Role::Volunteer),
            name: festival.name.in_language(visitor.language),
            nights: festival.nights,
            today: evening(pages.now(), festival.timezone),
            timezone: festival.timezone,
            venues: names(pages, visitor, &format!("{path}/venues?limit=500")).await?,
            specialties: names(pages, visitor, &format!("{path}/specialties?limit=500")).await?,
            language: visitor.language,
        })
    }

    /// The festival of somebody who organizes it.
    ///
    /// # Errors
    /// [`Trouble::NotFound`] for everybody else.
    pub(crate) async fn organized(
        pages: &Pages,
        visitor: &Visitor,
        festival_id: Uuid,
    ) -> Result<Self, Trouble> {
        let ground = Self::read(pages, visitor, Some(festival_id)).await?;
        if ground.is_organized { Ok(ground) } else { Err(Trouble::NotFound) }
    }

    /// Where the API has it.
    pub(crate) fn path(&self) -> String {
        format!("/v1/festivals/{}", self.festival_id)
    }

    /// The night that goes on or comes next, from 0; the last one when all are over.
    pub(crate) fn tonight(&self, now: DateTime<Utc>) -> i32 {
        night_of(&self.nights, self.timezone, now)
    }

    /// Whether its last night is over.
    pub(crate) fn is_over(&self) -> bool {
        self.nights.iter().all(|night| *night < self.today)
    }

    /// What the night is called that the desk opens with.
    pub(crate) fn tonight_words(&self) -> &'static str {
        let (fa, en) = if self.nights.contains(&self.today) {
            ("امشب", "Tonight")
        } else if self.nights.iter().any(|night| *night > self.today) {
            ("شب بعدی", "Next night")
        } else {
            ("شب پایانی", "Last night")
        };
        match self.language {
            Language::Persian => fa,
            Language::English => en,
        }
    }

    pub(crate) fn venue(&self, id: &Uuid) -> String {
        self.named(&self.venues, id)
    }

    pub(crate) fn specialty(&self, id: &Uuid) -> String {
        self.named(&self.specialties, id)
    }

    /// The nights to choose from, of which one is shown.
    pub(crate) fn tabs(&self, shown: i32) -> Vec<Tab> {
        let nights = 0..self.nights.len() as i32;
        let tab = |night| Tab { night, label: self.label(night), is_shown: night == shown, given_back: 0 };
        nights.map(tab).collect()
    }

    /// What a night is called.
    pub(crate) fn label(&self, night: i32) -> String {
        night_label(night.unsigned_abs() + 1, self.language)
    }

    /// The date of a night, in words.
    pub(crate) fn date(&self, night: i32) -> String {
        let date = usize::try_from(night).ok().and_then(|night| self.nights.get(night));
        date.map_or_else(String::new, |date| long(*date, self.language))
    }

    /// An hour on the festival's clocks.
    pub(crate) fn hour(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.timezone).format("%H:%M").to_string()
    }

    fn named(&self, names: &HashMap<Uuid, Name>, id: &Uuid) -> String {
        // What was deleted a moment ago has no name any more.
        names.get(id).map_or_else(|| "—".to_owned(), |name| name.in_language(self.language))
    }
}

async fn names(pages: &Pages, visitor: &Visitor, path: &str) -> Result<HashMap<Uuid, Name>, Trouble> {
    let rows: Vec<Named> = pages_of(pages, visitor, path).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// All rows of a list; `path` has a query already.
pub(crate) async fn pages_of<T: DeserializeOwned>(
    pages: &Pages,
    visitor: &Visitor,
    path: &str,
) -> Result<Vec<T>, Trouble> {
    let mut page: Page<T> = pages.read(visitor, path).await?;
    let mut rows = page.items;
    while let Some(cursor) = page.next_cursor {
        page = pages.read(visitor, &format!("{path}&cursor={cursor}")).await?;
        rows.append(&mut page.items);
    }
    Ok(rows)
}
