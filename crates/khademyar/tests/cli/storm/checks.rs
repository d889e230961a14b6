//! What must hold after a storm, read from the database itself.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
};

use chrono::{DateTime, Utc};
use khademyar_domain::{
    assignment::{AssignmentState, change::allows},
    attendance::{Hours, Presence, Saying, Told},
    event::EventKind,
    message::MessageKind,
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement, TryGetable};
use uuid::Uuid;

use super::{
    site::{NIGHTS, Site, VOLUNTEERS, username},
    tally::{Kept, Tally},
};

struct Row(QueryResult);

impl Row {
    fn get<T: TryGetable>(&self, column: &str) -> T {
        self.0.try_get("", column).unwrap()
    }
}

struct Asked {
    db: DatabaseConnection,
    runtime: tokio::runtime::Runtime,
}

impl Asked {
    fn rows(&self, sql: &str) -> Vec<Row> {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        self.runtime.block_on(self.db.query_all_raw(statement)).unwrap().into_iter().map(Row).collect()
    }
}

/// Fails at whatever does not hold; what was counted.
pub(super) fn all(site: &Site<'_>, tally: &Tally) -> String {
    let metrics = site.metrics();
    for invariant in ["khademyar_double_bookings 0", "khademyar_overfull_positions 0"] {
        assert!(metrics.lines().any(|line| line == invariant), "{invariant} is not in {metrics}");
    }
    site.close();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(Database::connect(&site.database())).unwrap();
    let asked = Asked { db, runtime };
    let seats = life(&asked);
    let versions = acknowledged(&asked, tally);
    let messages = messages(&asked);
    let told = attendance(&asked);
    let sent = sent(&asked, site);
    format!(
        "held: {seats} changes of assignments, {versions} acknowledgements, {messages} messages, {told} events of phones; {sent}"
    )
}

/// Every assignment's life is one the state machine allows, each version told once, and the last is how it stands; nobody
/// is in two places, and no position has too many.
fn life(asked: &Asked) -> usize {
    let mut events: HashMap<Uuid, Vec<(i64, EventKind, Option<AssignmentState>)>> = HashMap::new();
    let rows = asked.rows("SELECT * FROM events WHERE assignment_id IS NOT NULL ORDER BY number");
    for row in &rows {
        let body: serde_json::Value = row.get("body");
        let from = body["from"].as_str().map(|from| AssignmentState::named(from).unwrap());
        let kind = EventKind::named(&row.get::<String>("kind")).unwrap();
        events.entry(row.get("assignment_id")).or_default().push((row.get("assignment_version"), kind, from));
    }
    let assignments =
        asked.rows("SELECT a.*, p.desired FROM assignments a JOIN positions p ON p.id = a.position_id");
    let mut held: HashMap<Uuid, Vec<[DateTime<Utc>; 2]>> = HashMap::new();
    let mut filled: HashMap<Uuid, i32> = HashMap::new();
    for row in &assignments {
        let (id, version): (Uuid, i64) = (row.get("id"), row.get("version"));
        let state = AssignmentState::named(&row.get::<String>("state")).unwrap();
        let life = events.remove(&id).unwrap_or_else(|| panic!("nothing was told of {id}"));
        let versions: Vec<i64> = life.iter().map(|(version, ..)| *version).collect();
        assert_eq!(versions, (1..=version).collect::<Vec<_>>(), "of {id}: {life:?}");
        for (k, (_, kind, from)) in life.iter().enumerate() {
            let to = match life.get(k + 1) {
                None => state,
                Some((_, next, from)) => from.unwrap_or_else(|| panic!("{next:?} of {id}: {life:?}")),
            };
            if *kind == EventKind::AssignmentReopened {
                assert!(matches!(to, AssignmentState::Offered | AssignmentState::Accepted), "{life:?}");
            } else {
                assert_eq!(*kind, EventKind::from(to), "of {id}, which is {state:?}: {life:?}");
            }
            match from {
                None => assert!(k == 0, "of {id}: {life:?}"),
                Some(from) => assert!(*from == to || allows(*from, to), "of {id}: {life:?}"),
            }
        }
        if state.holds_seat() {
            held.entry(row.get("volunteer_id")).or_default().push([row.get("starts_at"), row.get("ends_at")]);
            let count = filled.entry(row.get("position_id")).or_default();
            *count += 1;
            assert!(*count <= row.get::<i32>("desired"), "too many in a position");
        }
    }
    assert!(events.is_empty(), "told of assignments that are not there");
    for times in held.values_mut() {
        times.sort();
        assert!(times.windows(2).all(|two| two[0][1] <= two[1][0]), "in two places: {times:?}");
    }
    rows.len()
}

/// What was acknowledged is there, and what coordinators made is nothing else.
fn acknowledged(asked: &Asked, tally: &Tally) -> usize {
    let set = |sql: &str| -> HashSet<Uuid> { asked.rows(sql).iter().map(|row| row.get("id")).collect() };
    let events: HashMap<(Uuid, i64), EventKind> = asked
        .rows("SELECT assignment_id, assignment_version, kind FROM events WHERE assignment_id IS NOT NULL")
        .iter()
        .map(|row| {
            let kind = EventKind::named(&row.get::<String>("kind")).unwrap();
            ((row.get("assignment_id"), row.get("assignment_version")), kind)
        })
        .collect();
    let covers: HashMap<Uuid, (i64, String)> = asked
        .rows("SELECT id, version, state FROM covers")
        .iter()
        .map(|row| (row.get("id"), (row.get("version"), row.get("state"))))
        .collect();
    let keys: HashMap<(String, String), i32> = asked
        .rows("SELECT u.username, k.key, k.status FROM idempotency_keys k JOIN users u ON u.id = k.user_id")
        .iter()
        .map(|row| ((row.get("username"), row.get("key")), row.get("status")))
        .collect();
    let told = set("SELECT id FROM attendance_events");
    let published = set("SELECT id FROM plans WHERE published_at IS NOT NULL");
    let mut placed = HashSet::new();
    for kept in &tally.kept {
        match kept {
            Kept::Seat(id, version, state) => {
                let kind = events.get(&(*id, *version)).unwrap_or_else(|| panic!("lost: {kept:?}"));
                let meant = EventKind::from(AssignmentState::named(state).unwrap());
                assert!(*kind == meant || *kind == EventKind::AssignmentReopened, "{kept:?} is {kind:?}");
            }
            Kept::Placed(id) => assert!(placed.insert(*id), "answered for twice: {id}"),
            Kept::Told(id) => assert!(told.contains(id), "lost: {kept:?}"),
            Kept::Cover(id, version, state) => {
                let (now, stands) = covers.get(id).unwrap_or_else(|| panic!("lost: {kept:?}"));
                assert!(now > version || (now == version && stands == state), "{kept:?} is {now} {stands}");
                assert!(matches!(&**state, "open" | "taken") || stands == state, "{kept:?} is {stands}");
            }
            Kept::Published(id) => assert!(published.contains(id), "lost: {kept:?}"),
            Kept::Key(user, key, status) => {
                let stored = keys.get(&(user.clone(), key.clone()));
                assert_eq!(stored, Some(&i32::from(*status)), "{kept:?}");
            }
        }
    }
    let by_hand = "SELECT a.id FROM assignments a JOIN volunteers v ON v.id = a.volunteer_id
                   WHERE a.source = 'coordinator' AND a.plan_id IS NULL AND v.code LIKE 'v%'";
    // A publication that was taken back gave their seats again to whom it had ended them for.
    let given_back: HashSet<Uuid> = asked
        .rows("SELECT assignment_id, body FROM events WHERE assignment_version = 1")
        .iter()
        .filter(|row| row.get::<serde_json::Value>("body")["undone"] == true)
        .map(|row| row.get("assignment_id"))
        .collect();
    let by_hand: HashSet<Uuid> = set(by_hand).difference(&given_back).copied().collect();
    let lost: Vec<_> = placed.difference(&by_hand).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let doubled: Vec<_> = by_hand.difference(&placed).collect();
    assert!(doubled.is_empty(), "nobody was told of {doubled:?}");

    let standbys: HashSet<(String, i32)> = asked
        .rows("SELECT u.username, s.night FROM standbys s JOIN members m ON m.volunteer_id = s.volunteer_id JOIN users u ON u.id = m.user_id")
        .iter()
        .map(|row| (row.get("username"), row.get("night")))
        .collect();
    for number in 0..VOLUNTEERS {
        for night in 0..NIGHTS {
            let stands = tally.standbys.get(&(username(number), night)).copied().unwrap_or(false);
            assert_eq!(standbys.contains(&(username(number), night as i32)), stands, "{number} on {night}");
        }
    }
    tally.kept.len() + tally.standbys.len()
}

/// For each transaction whoever is to hear of it has one message, and nobody has one of nothing.
fn messages(asked: &Asked) -> usize {
    let of_users: HashMap<Uuid, Uuid> = asked
        .rows("SELECT user_id, volunteer_id FROM members WHERE volunteer_id IS NOT NULL")
        .iter()
        .map(|row| (row.get("user_id"), row.get("volunteer_id")))
        .collect();
    let mut coordinators: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let sql = "SELECT m.user_id, d.district_id FROM members m JOIN member_districts d ON d.member_id = m.id
               WHERE m.role = 'coordinator'";
    for row in asked.rows(sql) {
        coordinators.entry(row.get("district_id")).or_default().push(row.get("user_id"));
    }
    // By recipient and event, which message tells of it.
    let mut told: HashMap<(Uuid, i64), Uuid> = HashMap::new();
    let mut idle: BTreeSet<Uuid> = BTreeSet::new();
    let mut spans: BTreeMap<i64, i64> = BTreeMap::new();
    let rows = asked.rows("SELECT * FROM messages WHERE first_number IS NOT NULL AND channel = 'sms'");
    for row in &rows {
        let (first, last): (i64, i64) = (row.get("first_number"), row.get("last_number"));
        assert_eq!(*spans.entry(first).or_insert(last), last, "transactions that overlap");
        idle.insert(row.get("id"));
        for number in first..=last {
            let twice = told.insert((row.get("recipient_id"), number), row.get("id"));
            assert!(twice.is_none(), "told twice of event {number}");
        }
    }
    let ordered: Vec<(i64, i64)> = spans.into_iter().collect();
    assert!(ordered.windows(2).all(|two| two[0].1 < two[1].0), "transactions that overlap");
    let mut last = 0;
    for row in asked.rows("SELECT * FROM events ORDER BY number") {
        let number: i64 = row.get("number");
        assert_eq!(number, last + 1, "an event is missing");
        last = number;
        let kind = EventKind::named(&row.get::<String>("kind")).unwrap();
        let body: serde_json::Value = row.get("body");
        if MessageKind::of(kind).is_none() || body["source"] == "import" {
            continue;
        }
        let by: Option<Uuid> = row.get("by_user_id");
        let volunteer: Option<Uuid> = row.get("volunteer_id");
        let hearers = kind.hearers();
        let mut hear = Vec::new();
        if let Some(volunteer) = volunteer.filter(|_| hearers.volunteer) {
            let themselves = by.is_some_and(|by| of_users.get(&by) == Some(&volunteer));
            hear.extend((!themselves).then_some(volunteer));
        }
        let district: Option<Uuid> = row.get("district_id");
        if hearers.coordinators && (row.get::<Option<Uuid>>("assignment_id").is_some() || volunteer.is_none())
        {
            let theirs = district.and_then(|district| coordinators.get(&district)).into_iter().flatten();
            hear.extend(theirs.filter(|user| by != Some(**user)));
        }
        for recipient in hear {
            let message = told.get(&(recipient, number));
            idle.remove(
                message.unwrap_or_else(|| panic!("{recipient} was not told of event {number}, {kind:?}")),
            );
        }
    }
    assert!(idle.is_empty(), "messages of nothing: {idle:?}");
    rows.len()
}

/// What phones told comes to what stands with the assignment.
fn attendance(asked: &Asked) -> usize {
    let mut told: HashMap<Uuid, Vec<Told>> = HashMap::new();
    let rows = asked.rows("SELECT * FROM attendance_events");
    for row in &rows {
        let saying = match &*row.get::<String>("kind") {
            "check_in" => Saying::CheckIn,
            "check_out" => Saying::CheckOut,
            "present" => Saying::Present,
            "partial" => Saying::Partial(row.get("minutes")),
            "absent" => Saying::Absent,
            "excused" => Saying::Excused,
            _ => Saying::Undo(row.get::<Uuid>("undoes_id").into()),
        };
        let event = Told { at: row.get("at"), id: row.get::<Uuid>("id").into(), saying };
        told.entry(row.get("assignment_id")).or_default().push(event);
    }
    for row in asked.rows("SELECT * FROM assignments") {
        let Some(told) = told.remove(&row.get("id")) else { continue };
        let hours = Hours { starts_at: row.get("starts_at"), ends_at: row.get("ends_at") };
        let presence = Presence::of(told.clone(), hours);
        let stands = (
            row.get::<String>("attendance"),
            i64::from(row.get::<i32>("minutes_served")),
            row.get::<Option<DateTime<Utc>>>("came_at"),
            row.get::<Option<DateTime<Utc>>>("left_at"),
        );
        let meant =
            (presence.attendance.as_str().to_owned(), presence.minutes, presence.came_at, presence.left_at);
        assert_eq!(stands, meant, "{told:?}");
    }
    rows.len()
}

/// Every message that counts as sent stands in the file, perhaps more than once where its sender was killed.
fn sent(asked: &Asked, site: &Site<'_>) -> String {
    let file = fs::read_to_string(site.folder.path().join("data/messages.jsonl")).unwrap_or_default();
    let mut lines: HashMap<Uuid, usize> = HashMap::new();
    for line in file.lines() {
        // A line that a kill cut short tells of nothing.
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if let Some(id) = line["id"].as_str().and_then(|id| id.parse().ok()) {
            *lines.entry(id).or_default() += 1;
        }
    }
    let rows = asked.rows("SELECT id FROM messages WHERE state = 'sent'");
    for row in &rows {
        let id: Uuid = row.get("id");
        assert!(lines.contains_key(&id), "message {id} counts as sent, and never left");
    }
    let again = lines.values().filter(|count| **count > 1).count();
    format!("{} left, {again} of them again after a kill", rows.len())
}
