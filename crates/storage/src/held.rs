//! What is held on people, column by column of the whole schema: what they are told of when they ask, what goes when they
//! are erased, and what stays as a figure. A test compares it with the database, so that no column is forgotten.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value, entity::prelude::Uuid};

use crate::{Db, StorageError};

/// Whose a row is, by a column of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The volunteer of this id.
    Volunteer(&'static str),
    /// The user of this id.
    User(&'static str),
    /// The volunteer or user of this id.
    Person(&'static str),
    /// Whoever has this phone.
    Phone(&'static str),
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whose its rows are; none: nobody's.
    pub of: &'static [Of],
    /// Whether its rows count on as a nameless volunteer's when the person is erased. All others go.
    pub counts_on: bool,
    /// What tells of the person, and is told to them.
    pub told: &'static str,
    /// What tells of a person and is of no use to them: hashes, secrets, other forms of what is told.
    pub withheld: &'static str,
    /// Written by people about people, in rows that count on: it is emptied.
    pub emptied: &'static str,
    /// What tells of nobody.
    pub rest: &'static str,
}

/// A table that holds nothing on those who can be erased. What it tells of others (a mayor, a partner's contact) an
/// organizer writes and takes away.
const fn nobodys(name: &'static str, rest: &'static str) -> Table {
    Table { name, of: &[], counts_on: false, told: "", withheld: "", emptied: "", rest }
}

/// A table whose rows go with the person.
const fn goes(
    name: &'static str,
    of: &'static [Of],
    told: &'static str,
    withheld: &'static str,
    rest: &'static str,
) -> Table {
    Table { name, of, counts_on: false, told, withheld, emptied: "", rest }
}

const VOLUNTEER: &[Of] = &[Of::Volunteer("volunteer_id")];
const USER: &[Of] = &[Of::User("user_id")];

/// Every table.
pub const TABLES: &[Table] = &[
    goes(
        "volunteers",
        &[Of::Volunteer("id")],
        "id festival_id code name_fa name_en phone home_district_id centre_id gender birth_year always_available \
         max_travel_minutes max_nights max_consecutive_nights max_shifts_per_night min_shifts",
        "name_sort name_search",
        "version batch_id ordinal erased",
    ),
    goes("skills", VOLUNTEER, "volunteer_id specialty_id level confirmed", "", "festival_id"),
    goes("availabilities", VOLUNTEER, "volunteer_id night from_at to_at", "", "festival_id ordinal"),
    goes("preferred_venues", VOLUNTEER, "volunteer_id venue_id", "", "festival_id"),
    goes("wishes", VOLUNTEER, "volunteer_id night want weight", "", "festival_id"),
    goes(
        "pairs",
        &[Of::Volunteer("first_id"), Of::Volunteer("second_id")],
        "id kind first_id second_id",
        "",
        "festival_id version batch_id ordinal",
    ),
    goes("pins", VOLUNTEER, "id volunteer_id position_id", "", "festival_id version batch_id ordinal"),
    Table {
        name: "assignments",
        of: VOLUNTEER,
        counts_on: true,
        told: "id volunteer_id position_id shift_id starts_at ends_at state source answer_until answered_at reason \
               forced_against created_at updated_at attendance came_at left_at minutes_served",
        withheld: "",
        emptied: "note",
        rest: "festival_id version plan_id sequence",
    },
    Table {
        name: "worklog_entries",
        of: VOLUNTEER,
        counts_on: true,
        told: "id volunteer_id started_at ended_at state decided_at created_at updated_at",
        withheld: "",
        // Who wrote it too, for that is mostly the volunteer.
        emptied: "what reason written_by",
        rest: "festival_id version decided_by",
    },
    Table {
        name: "events",
        of: VOLUNTEER,
        counts_on: true,
        told: "id number kind at volunteer_id assignment_id position_id body",
        withheld: "",
        emptied: "",
        rest: "festival_id by_user_id district_id assignment_version",
    },
    // What a lead said of a seat; what it comes to is told with the assignment.
    nobodys(
        "attendance_events",
        "festival_id id assignment_id kind minutes undoes_id at received_at by_user_id device_id",
    ),
    // Other systems.
    nobodys("webhooks", "id festival_id name url kinds secret created_at"),
    // Whom an organizer names as readers, and takes away: of no account here. Their mails go with them.
    nobodys("weekly_report_recipients", "id festival_id email"),
    nobodys("weekly_report_settings", "festival_id weekday hour languages is_public since"),
    // Figures, and the names of districts.
    nobodys("weekly_reports", "festival_id day figures created_at"),
    // Those of shifts that have begun count on.
    goes("plan_assignments", VOLUNTEER, "plan_id position_id volunteer_id", "", "festival_id"),
    goes(
        "covers",
        &[Of::Volunteer("volunteer_id"), Of::Volunteer("taken_by_id")],
        "id state volunteer_id assignment_id return_assignment_id position_id taken_by_id created_at updated_at",
        "",
        "festival_id version district_id starts_at wave_size wave_minutes next_wave_at",
    ),
    goes(
        "cover_asks",
        VOLUNTEER,
        "cover_id volunteer_id state asked_at answered_at",
        "",
        "festival_id ordinal",
    ),
    goes("waiting", VOLUNTEER, "position_id volunteer_id since", "", "festival_id"),
    goes("standbys", VOLUNTEER, "volunteer_id night since", "", "festival_id"),
    goes("calendar_feeds", VOLUNTEER, "volunteer_id created_at revoked_at", "token_hash", "festival_id"),
    goes(
        "messages",
        &[Of::Volunteer("volunteer_id"), Of::User("user_id")],
        "id kind channel volunteer_id user_id assignment_id state created_at sent_at",
        "recipient_id",
        "festival_id webhook_id report_recipient_id report_day first_number last_number attempts token next_at \
         lease_until error",
    ),
    goes("message_preferences", VOLUNTEER, "volunteer_id language unwanted", "", "festival_id"),
    goes(
        "registrations",
        &[Of::Phone("phone")],
        "id festival_id name phone gender birth_year home_district_id centre_id nights created_at",
        "",
        "",
    ),
    goes(
        "members",
        &[Of::Volunteer("volunteer_id"), Of::User("user_id")],
        "id festival_id user_id role volunteer_id centre_id venue_id",
        "",
        "version",
    ),
    // Of staff alone, and gone with their part.
    nobodys("member_districts", "festival_id member_id district_id"),
    goes("users", &[Of::User("id")], "id username name phone operator created_at", "password_hash", ""),
    goes("devices", USER, "id description address created_at last_used_at expires_at", "", "user_id"),
    goes("refresh_tokens", USER, "device_id expires_at used_at", "hash", "user_id"),
    goes("second_factors", USER, "created_at confirmed_at", "secret last_step", "user_id"),
    goes("recovery_codes", USER, "", "hash", "user_id"),
    goes("sign_in_challenges", USER, "expires_at tries", "hash", "user_id"),
    goes(
        "api_tokens",
        USER,
        "id name grants created_at expires_at last_used_at revoked_at",
        "hash",
        "festival_id user_id",
    ),
    // Answers kept for a day; of those given to others, what tells of the person is taken out.
    goes("idempotency_keys", USER, "key status created_at", "request_hash headers body", "user_id"),
    // Forgotten within the hour by themselves.
    goes("sign_in_attempts", &[], "", "username", "attempts since"),
    goes("sign_in_codes", &[], "", "phone_hash code_hash", "expires_at tries"),
    goes("counts", &[], "", "of_whom", "kind done since until"),
    // Rows stay, for the chain counts on them; what they tell is emptied.
    goes(
        "audit_details",
        &[Of::Person("person_id")],
        "festival_id number part content",
        "salt person_id",
        "",
    ),
    nobodys(
        "audit_entries",
        "id festival_id number at by_user_id operation kind object_id change_hash origin_hash hash",
    ),
    nobodys("audit_heads", "festival_id number hash"),
    nobodys(
        "festivals",
        "id version revision set_up_revision name_fa name_en timezone min_rest_minutes weight_desired weight_travel \
         weight_venue weight_wish weight_idle weight_fairness weight_continuity weight_companion weight_stability \
         published_plan_id created_at event_number arrangements archiving_since archived_at \
         archiving_steps",
    ),
    nobodys("nights", "festival_id night date"),
    nobodys("open_registrations", "festival_id opened_at"),
    nobodys("batches", "id festival_id resource rows_created created_by created_at undone_at"),
    nobodys(
        "districts",
        "id festival_id version batch_id ordinal code name_fa name_en name_sort priority mayor",
    ),
    nobodys("travel_minutes", "festival_id from_district_id to_district_id minutes"),
    nobodys(
        "centres",
        "id festival_id version batch_id ordinal code name_fa name_en name_sort district_id secretary",
    ),
    nobodys("specialties", "id festival_id version batch_id ordinal code name_fa name_en name_sort"),
    nobodys(
        "venues",
        "id festival_id version batch_id ordinal code name_fa name_en name_sort kind district_id address latitude \
         longitude",
    ),
    nobodys("venue_stands", "festival_id venue_id night district_id"),
    nobodys(
        "shifts",
        "id festival_id version batch_id ordinal code venue_id district_id night starts_at ends_at",
    ),
    nobodys(
        "positions",
        "id festival_id version batch_id ordinal code shift_id specialty_id min_level gender minimum desired weight",
    ),
    nobodys(
        "partners",
        "id festival_id version batch_id ordinal code name_fa name_en name_sort district_id contact",
    ),
    nobodys(
        "contributions",
        "id festival_id version batch_id ordinal partner_id kind description amount unit venue_id",
    ),
    nobodys(
        "plans",
        "id festival_id version state seconds seed cancel_asked essential cost bound_essential bound_cost terms error \
         created_by created_at started_at finished_at published_at published_offered published_kept \
         published_cancelled kind changes_dropped changes_bound published_after_id",
    ),
    nobodys("plan_progress", "festival_id plan_id step at_millis essential cost bound_essential bound_cost"),
    nobodys(
        "jobs",
        "id kind festival_id subject_id state run_at attempts max_attempts token lease_until last_error created_at \
         finished_at",
    ),
    nobodys("letter_wordings", "festival_id kind language title greeting body closing signatory"),
    nobodys(
        "letter_bundles",
        "id festival_id kinds language issued_on state printed letters size error created_at finished_at",
    ),
    // They name whoever served: a festival's go when anybody in it is erased, and all after a week.
    nobodys("letter_bundle_pieces", "festival_id bundle_id number bytes"),
    nobodys("signing_keys", "kid private_der created_at"),
    nobodys("festival_key_seed", "only_one seed created_at"),
];

/// Somebody, by all that rows name them by.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The user they are.
    pub users: Vec<Uuid>,
    /// The volunteers they are, in each festival.
    pub volunteers: Vec<Uuid>,
    /// Their phones.
    pub phones: Vec<String>,
}

/// Everything that is held on somebody, by table: what [`Table::told`] names, and the notes others wrote.
///
/// # Errors
/// [`StorageError::Database`] when the database cannot be asked.
pub async fn everything(
    db: &Db,
    person: &Person,
) -> Result<BTreeMap<&'static str, Vec<serde_json::Value>>, StorageError> {
    let mut told = BTreeMap::new();
    for table in TABLES.iter().filter(|table| !table.told.is_empty()) {
        let rows = rows(db, table, person).await?;
        if !rows.is_empty() {
            told.insert(table.name, rows);
        }
    }
    Ok(told)
}

async fn rows(db: &Db, table: &Table, person: &Person) -> Result<Vec<serde_json::Value>, StorageError> {
    let mut values: Vec<Value> = Vec::new();
    let mut among = |column: &str, names: Vec<Value>| {
        let places: Vec<String> = (1..=names.len()).map(|k| format!("${}", values.len() + k)).collect();
        values.extend(names);
        (!places.is_empty()).then(|| format!("{column} IN ({})", places.join(", ")))
    };
    let ids = |ids: &[Uuid]| ids.iter().map(|&id| id.into()).collect::<Vec<Value>>();
    let theirs: Vec<String> = table
        .of
        .iter()
        .filter_map(|of| match *of {
            Of::Volunteer(column) => among(column, ids(&person.volunteers)),
            Of::User(column) => among(column, ids(&person.users)),
            Of::Person(column) => among(column, [ids(&person.users), ids(&person.volunteers)].concat()),
            Of::Phone(column) => {
                among(column, person.phones.iter().map(|phone| phone.as_str().into()).collect())
            }
        })
        .collect();
    if theirs.is_empty() {
        return Ok(Vec::new());
    }
    let (name, theirs) = (table.name, theirs.join(" OR "));
    let columns = table.told.split_whitespace().chain(table.emptied.split_whitespace());
    let backend = db.on().get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        let columns: Vec<&str> = columns.collect();
        format!(
            "SELECT to_jsonb(told)::text FROM (SELECT {} FROM {name} WHERE {theirs}) AS told",
            columns.join(", ")
        )
    } else {
        let kinds = kinds(db, name).await?;
        let columns: Vec<String> = columns
            .map(|column| {
                format!("'{column}', {}", sqlite_json(column, kinds.get(column).map_or("", String::as_str)))
            })
            .collect();
        format!("SELECT json_object({}) FROM {name} WHERE {theirs}", columns.join(", "))
    };
    let rows = db.on().query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    rows.iter()
        .map(|row| {
            let row: String = row.try_get_by_index(0)?;
            serde_json::from_str(&row).map_err(|_| StorageError::Corrupt("row as JSON"))
        })
        .collect()
}

/// How SQLite's columns were declared: it tells a truth from a number by nothing else.
async fn kinds(db: &Db, table: &str) -> Result<BTreeMap<String, String>, StorageError> {
    let sql = format!("SELECT name, lower(type) AS kind FROM pragma_table_info('{table}')");
    let rows = db.on().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    Ok(rows
        .iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "kind")?)))
        .collect::<Result<_, sea_orm::DbErr>>()?)
}

fn sqlite_json(column: &str, kind: &str) -> String {
    match kind {
        "boolean" => format!("json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"),
        "jsonb_text" => format!("json({column})"),
        "timestamp_with_timezone_text" => format!("replace({column}, ' ', 'T')"),
        // As ids are written everywhere else.
        "uuid_text" => {
            let hex = format!("lower(hex({column}))");
            let part = |from: u8, length: u8| format!("substr({hex}, {from}, {length})");
            let dashed = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ");
            format!("CASE typeof({column}) WHEN 'blob' THEN {dashed} ELSE {column} END")
        }
        _ => column.to_owned(),
    }
}
