//! What people are written: a message is there if and only if what it tells of was committed, and each transaction tells
//! each person once. Its text is made when it is sent, so that what is stored is nothing personal.

mod delivery;
mod letter;
mod preferences;
mod read;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use khademyar_domain::{
    Id,
    event::NewEvent,
    festival::{Arrangements, Festival},
    member::{Role, User},
    message::MessageKind,
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, FromQueryResult, Statement, entity::prelude::*, sea_query::OnConflict,
};

use crate::{Db, StorageError, webhooks};

pub use delivery::{Claim, LEASE, MOST_TRIES, claim};
pub use letter::{Letter, letter};
pub use preferences::{Preferences, preferences, set_preferences};
pub use read::{FILTERS, Message, SORTS, list, resend};

mod row {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "messages")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub festival_id: Uuid,
        pub kind: String,
        pub channel: String,
        pub recipient_id: Uuid,
        pub volunteer_id: Option<Uuid>,
        pub user_id: Option<Uuid>,
        pub webhook_id: Option<Uuid>,
        pub first_number: Option<i64>,
        pub last_number: Option<i64>,
        pub assignment_id: Option<Uuid>,
        pub report_recipient_id: Option<Uuid>,
        pub report_day: Option<Date>,
        pub state: String,
        pub attempts: i32,
        pub token: i64,
        pub next_at: DateTimeUtc,
        pub lease_until: Option<DateTimeUtc>,
        pub error: Option<String>,
        pub created_at: DateTimeUtc,
        pub sent_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
pub(crate) use row::ActiveModel;

/// How a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// As a text message, to a person.
    Sms,
    /// As a request, to another system.
    Webhook,
    /// As e-mail, to whoever reads the weekly reports.
    Email,
}

impl Channel {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }
}

/// How many events another system is told of at once: a publication has thousands.
const TOLD_AT_ONCE: usize = 500;

/// A transaction that is about to commit, as those are told of it whom it concerns.
pub(crate) struct Occasion {
    pub(crate) festival_id: Id<Festival>,
    /// The numbers of its events.
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Who does it: they are told of nothing that they do themselves.
    pub(crate) by: Option<Id<User>>,
    pub(crate) now: DateTime<Utc>,
}

/// Whoever is told; volunteers come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Recipient {
    Volunteer(Uuid),
    User(Uuid),
    Webhook(Uuid),
    Reader(Uuid),
}

impl Occasion {
    fn row(&self, id: Uuid, recipient: Recipient, kind: MessageKind) -> ActiveModel {
        let numbers = (Some(self.first), Some(self.last));
        new_row(id, self.festival_id.uuid(), recipient, kind, numbers, None, self.now)
    }
}

fn new_row(
    id: Uuid,
    festival_id: Uuid,
    recipient: Recipient,
    kind: MessageKind,
    (first, last): (Option<i64>, Option<i64>),
    assignment: Option<Uuid>,
    now: DateTime<Utc>,
) -> ActiveModel {
    let (Recipient::Volunteer(recipient_id)
    | Recipient::User(recipient_id)
    | Recipient::Webhook(recipient_id)
    | Recipient::Reader(recipient_id)) = recipient;
    let channel = match recipient {
        Recipient::Volunteer(_) | Recipient::User(_) => Channel::Sms,
        Recipient::Webhook(_) => Channel::Webhook,
        Recipient::Reader(_) => Channel::Email,
    };
    ActiveModel {
        id: Set(id),
        festival_id: Set(festival_id),
        kind: Set(kind.as_str().to_owned()),
        channel: Set(channel.as_str().to_owned()),
        recipient_id: Set(recipient_id),
        volunteer_id: Set(matches!(recipient, Recipient::Volunteer(_)).then_some(recipient_id)),
        user_id: Set(matches!(recipient, Recipient::User(_)).then_some(recipient_id)),
        webhook_id: Set(matches!(recipient, Recipient::Webhook(_)).then_some(recipient_id)),
        first_number: Set(first),
        last_number: Set(last),
        assignment_id: Set(assignment),
        report_recipient_id: Set(matches!(recipient, Recipient::Reader(_)).then_some(recipient_id)),
        report_day: Set(None),
        state: Set("queued".to_owned()),
        attempts: Set(0),
        token: Set(0),
        next_at: Set(now),
        lease_until: Set(None),
        error: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
    }
}

/// The messages of a transaction's events: one for each person, of all that concerns them.
pub(crate) async fn of_events(
    db: &Db,
    occasion: &Occasion,
    events: &[NewEvent],
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Vec<ActiveModel>, StorageError> {
    let mut told: BTreeMap<Recipient, Vec<MessageKind>> = BTreeMap::new();
    let mut of_districts: Vec<(Option<Uuid>, MessageKind)> = Vec::new();
    for event in events.iter().filter(|event| !told_elsewhere(event)) {
        let Some(kind) = MessageKind::of(event.kind) else { continue };
        let hearers = event.kind.hearers();
        if let Some(volunteer) = event.volunteer_id.filter(|_| hearers.volunteer) {
            told.entry(Recipient::Volunteer(volunteer.uuid())).or_default().push(kind);
        }
        // Of a seat that is empty now, or of what has no volunteer of its own to tell.
        if hearers.coordinators && (event.assignment.is_some() || event.volunteer_id.is_none()) {
            of_districts.push((event.district_id.map(Id::uuid), kind));
        }
    }
    let districts: BTreeSet<Option<Uuid>> = of_districts.iter().map(|(district, _)| *district).collect();
    for district in districts {
        for user in coordinators(db, occasion.festival_id, district).await? {
            let kinds = of_districts.iter().filter(|(of, _)| *of == district).map(|(_, kind)| *kind);
            told.entry(Recipient::User(user)).or_default().extend(kinds);
        }
    }
    if let Some(by) = occasion.by {
        told.remove(&Recipient::User(by.uuid()));
        for volunteer in themselves(db, occasion.festival_id, by).await? {
            told.remove(&Recipient::Volunteer(volunteer));
        }
    }
    let rows = told.into_iter().map(|(recipient, kinds)| {
        let kind = match kinds[..] {
            [kind] => kind,
            _ => MessageKind::RosterChanged,
        };
        occasion.row(new_id(), recipient, kind)
    });
    Ok(rows.collect())
}

/// The messages of a transaction's events to other systems: one for each that wants any of them, or several of a large
/// transaction.
pub(crate) async fn to_systems(
    db: &Db,
    occasion: &Occasion,
    events: &[NewEvent],
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<Vec<ActiveModel>, StorageError> {
    let mut rows = Vec::new();
    for subscription in webhooks::list(db, occasion.festival_id).await? {
        for (first, part) in (occasion.first..).step_by(TOLD_AT_ONCE).zip(events.chunks(TOLD_AT_ONCE)) {
            if part.iter().any(|event| subscription.wants(event.kind)) {
                let part = Occasion { first, last: first + part.len() as i64 - 1, ..*occasion };
                let recipient = Recipient::Webhook(subscription.id.uuid());
                rows.push(part.row(new_id(), recipient, MessageKind::Events));
            }
        }
    }
    Ok(rows)
}

/// Whether people know of it already: a roster that was made elsewhere was told there.
fn told_elsewhere(event: &NewEvent) -> bool {
    event.body["source"] == "import"
}

/// Who looks after a district: its coordinators, where it has any, else the organizers.
async fn coordinators(
    db: &Db,
    festival_id: Id<Festival>,
    district: Option<Uuid>,
) -> Result<Vec<Uuid>, StorageError> {
    if let Some(district) = district {
        let sql = "SELECT DISTINCT m.user_id FROM members m JOIN member_districts d ON d.member_id = m.id
                   WHERE m.festival_id = $1 AND m.role = $2 AND d.district_id = $3 ORDER BY m.user_id";
        let values = [festival_id.uuid().into(), Role::Coordinator.as_str().into(), district.into()];
        let found = ids(db, sql, values).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let sql = "SELECT DISTINCT user_id FROM members WHERE festival_id = $1 AND role = $2 ORDER BY user_id";
    ids(db, sql, [festival_id.uuid().into(), Role::Organizer.as_str().into()]).await
}

/// The volunteer that a user is.
async fn themselves(db: &Db, festival_id: Id<Festival>, user: Id<User>) -> Result<Vec<Uuid>, StorageError> {
    let sql = "SELECT volunteer_id FROM members
               WHERE festival_id = $1 AND user_id = $2 AND volunteer_id IS NOT NULL";
    ids(db, sql, [festival_id.uuid().into(), user.uuid().into()]).await
}

async fn ids<const N: usize>(
    db: &Db,
    sql: &str,
    values: [sea_orm::Value; N],
) -> Result<Vec<Uuid>, StorageError> {
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let rows = db.on().query_all_raw(statement).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Writes the mails of a weekly report, one to each reader.
pub(crate) async fn write_reports(
    db: &Db,
    festival_id: Id<Festival>,
    day: NaiveDate,
    readers: Vec<Uuid>,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<(), StorageError> {
    let rows: Vec<ActiveModel> = readers
        .into_iter()
        .map(|reader| {
            let (to, kind) = (Recipient::Reader(reader), MessageKind::WeeklyReport);
            let row = new_row(new_id(), festival_id.uuid(), to, kind, (None, None), None, now);
            ActiveModel { report_day: Set(Some(day)), ..row }
        })
        .collect();
    if !rows.is_empty() {
        row::Entity::insert_many(rows).exec_without_returning(&db.on()).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Upcoming {
    id: Uuid,
    festival_id: Uuid,
    volunteer_id: Uuid,
    starts_at: DateTime<Utc>,
    arrangements: Json,
}

/// The longest that anybody is reminded before.
const LONGEST_LEAD: TimeDelta = TimeDelta::days(7);

/// Writes the reminders that are due of what was accepted; how many. Each seat is reminded of once, whoever looks how often.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn remind(
    db: &Db,
    now: DateTime<Utc>,
    new_id: &mut (dyn FnMut() -> Uuid + Send),
) -> Result<u64, StorageError> {
    let sql = "SELECT a.id, a.festival_id, a.volunteer_id, a.starts_at, f.arrangements
               FROM assignments a JOIN festivals f ON f.id = a.festival_id
               WHERE a.state = 'accepted' AND a.starts_at > $1 AND a.starts_at <= $2
                 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.assignment_id = a.id)
               ORDER BY a.starts_at, a.id";
    let values = [now.into(), (now + LONGEST_LEAD).into()];
    let statement = Statement::from_sql_and_values(db.on().get_database_backend(), sql, values);
    let mut rows = Vec::new();
    for seat in Upcoming::find_by_statement(statement).all(&db.on()).await? {
        let arrangements: Arrangements = serde_json::from_value(seat.arrangements)
            .map_err(|_| StorageError::Corrupt("arrangements of a festival"))?;
        if arrangements.reminder().is_some_and(|lead| seat.starts_at - lead <= now) {
            let to = Recipient::Volunteer(seat.volunteer_id);
            let (kind, numbers) = (MessageKind::Reminder, (None, None));
            rows.push(new_row(new_id(), seat.festival_id, to, kind, numbers, Some(seat.id), now));
        }
    }
    let mut written = 0;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(500));
        // Of several who look at once, one writes it.
        written += row::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&db.on())
            .await?;
        rows = rest;
    }
    Ok(written)
}
