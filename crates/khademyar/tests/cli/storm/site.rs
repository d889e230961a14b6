//! The processes that a storm goes over, and the festival they serve.

use std::{
    collections::HashMap,
    process::Command,
    sync::{
        Mutex, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use sea_orm::{ConnectionTrait, Database, DbBackend};
use serde_json::{Value, json};

use crate::{
    Folder, PASSWORD,
    server::{Server, Worker, exchange},
};

/// Of them volunteers, then coordinators, then phones at venues; the last two organize.
pub(super) const CLIENTS: usize = 64;
pub(super) const VOLUNTEERS: usize = 42;
pub(super) const COORDINATORS: usize = 10;
pub(super) const PHONES: usize = 10;
const PEOPLE: usize = 90;
const DISTRICTS: usize = 4;
pub(super) const NIGHTS: usize = 3;

/// Chance that comes from a seed alone.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

pub(super) struct Site<'a> {
    pub(super) folder: &'a Folder,
    pub(super) festival: String,
    /// Where each `serve` answers now.
    addresses: Vec<RwLock<String>>,
    servers: Vec<Mutex<Option<Server>>>,
    workers: Vec<Mutex<Option<Worker>>>,
    /// How many operations are left.
    left: AtomicUsize,
    pub(super) positions: Vec<String>,
    pub(super) volunteers: Vec<String>,
    /// Those of the first night, by venue.
    pub(super) tonight: Vec<Vec<String>>,
    /// Assignments that somebody saw lately.
    pub(super) seen: Mutex<Vec<String>>,
}

impl<'a> Site<'a> {
    /// Starts all of it: a festival that is published and everyone who is to ask.
    pub(super) fn open(folder: &'a Folder, operations: usize) -> Self {
        let festival = folder.import(&problem(Utc::now()), "maryam");
        let on_postgres = folder.database_url.is_some();
        let servers: Vec<_> =
            (0..if on_postgres { 3 } else { 1 }).map(|_| Mutex::new(Some(serve(folder)))).collect();
        let workers = (0..if on_postgres { 2 } else { 0 }).map(|_| Mutex::new(Some(work(folder)))).collect();
        let addresses = servers
            .iter()
            .map(|server| RwLock::new(server.lock().unwrap().as_ref().unwrap().address.clone()))
            .collect();
        let mut site = Self {
            folder,
            festival,
            addresses,
            servers,
            workers,
            left: AtomicUsize::new(operations),
            positions: Vec::new(),
            volunteers: Vec::new(),
            tonight: Vec::new(),
            seen: Mutex::default(),
        };
        site.furnish();
        site
    }

    /// Where the database is.
    pub(super) fn database(&self) -> String {
        self.folder.database_url.clone().unwrap_or_else(|| {
            format!("sqlite://{}", self.folder.path().join("data/khademyar.sqlite").display())
        })
    }

    /// Gives those who serve phones, which no problem file holds, so that messages leave.
    fn give_phones(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let db = Database::connect(&self.database()).await.unwrap();
            let digits = match db.get_database_backend() {
                DbBackend::Postgres => "lpad(substr(code, 2), 7, '0')",
                _ => "substr('0000000' || substr(code, 2), -7)",
            };
            let give = format!("UPDATE volunteers SET phone = '+98912' || {digits}");
            db.execute_unprepared(&give).await.unwrap();
        });
    }

    fn furnish(&mut self) {
        self.give_phones();
        let guard = self.servers[0].lock().unwrap();
        let server = guard.as_ref().unwrap();
        let token = server.token(&json!({"username": "maryam", "password": PASSWORD}));
        let path = format!("/v1/festivals/{}", self.festival);
        let ask = |method: &str, path: &str, body: Option<&Value>| {
            let (status, answer) = server.ask(method, path, Some(&token), body);
            assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
            answer
        };
        let list = |name: &str| {
            ask("GET", &format!("{path}/{name}?limit=500"), None)["items"].as_array().unwrap().clone()
        };
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        let by_code = |rows: &[Value]| -> HashMap<String, String> {
            rows.iter().map(|row| (row["code"].as_str().unwrap().to_owned(), id(row))).collect()
        };
        let volunteers = by_code(&list("volunteers"));
        let (districts, venues) = (by_code(&list("districts")), by_code(&list("venues")));
        let shifts = list("shifts");
        self.positions = list("positions").iter().map(id).collect();
        self.volunteers = volunteers.values().cloned().collect();
        self.volunteers.sort();
        self.tonight = (0..DISTRICTS)
            .map(|k| {
                let here =
                    shifts.iter().filter(|s| s["night"] == 0 && s["venue_id"] == venues[&format!("w{k}")]);
                here.map(id).collect()
            })
            .collect();
        let mut members = Vec::new();
        for number in 0..CLIENTS {
            let username = username(number);
            let part = if number < VOLUNTEERS {
                json!({"role": "volunteer", "volunteer_id": volunteers[&format!("v{number}")]})
            } else if number < VOLUNTEERS + COORDINATORS {
                let (one, two) = (number % DISTRICTS, (number + 1) % DISTRICTS);
                json!({"role": "coordinator", "district_ids": [districts[&format!("d{one}")], districts[&format!("d{two}")]]})
            } else if number < VOLUNTEERS + COORDINATORS + PHONES {
                json!({"role": "venue_lead", "venue_id": venues[&format!("w{}", number % DISTRICTS)]})
            } else {
                json!({"role": "organizer"})
            };
            let mut member = part;
            member["username"] = json!(username);
            member["name"] = json!(username);
            member["password"] = json!(PASSWORD);
            members.push(member);
        }
        for member in &members {
            ask("POST", &format!("{path}/members"), Some(member));
        }
        let mut festival = ask("GET", &path, None);
        for of_the_row in ["id", "version"] {
            festival.as_object_mut().unwrap().remove(of_the_row);
        }
        festival["arrangements"]["approve_covers"] = json!(true);
        ask("PUT", &path, Some(&festival));
        let plan = id(&ask("POST", &format!("{path}/plans"), Some(&json!({"seconds": 2}))));
        let plan = format!("{path}/plans/{plan}");
        loop {
            let now = ask("GET", &plan, None);
            match now["state"].as_str().unwrap() {
                "completed" => break,
                "failed" | "cancelled" => panic!("{now}"),
                _ => thread::sleep(Duration::from_millis(100)),
            }
        }
        ask("POST", &format!("{plan}/publish"), None);
    }

    /// Where one of the processes answers.
    pub(super) fn address(&self, number: usize) -> String {
        self.addresses[number % self.addresses.len()].read().unwrap().clone()
    }

    /// Whether there is another operation to do.
    pub(super) fn another(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    pub(super) fn processes(&self) -> usize {
        self.servers.len() + self.workers.len()
    }

    /// Kills a process as `kill -9` does, and starts another in its place.
    pub(super) fn kill_one(&self, number: usize) {
        if let Some(server) = self.servers.get(number) {
            let mut server = server.lock().unwrap();
            drop(server.take());
            let next = serve(self.folder);
            self.addresses[number].write().unwrap().clone_from(&next.address);
            *server = Some(next);
        } else {
            let mut worker = self.workers[number - self.servers.len()].lock().unwrap();
            drop(worker.take());
            *worker = Some(work(self.folder));
        }
    }

    /// Ends every process.
    pub(super) fn close(&self) {
        for server in &self.servers {
            drop(server.lock().unwrap().take());
        }
        for worker in &self.workers {
            drop(worker.lock().unwrap().take());
        }
    }

    pub(super) fn metrics(&self) -> String {
        exchange(&self.address(0), None, "GET", "/metrics", "", "").unwrap().1
    }
}

pub(super) fn username(number: usize) -> String {
    format!("client{number}")
}

fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = folder.command(arguments);
    command.env("KHADEMYAR_LOG", "error").env("KHADEMYAR_SMS", "file");
    command
}

fn serve(folder: &Folder) -> Server {
    let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
    if folder.database_url.is_some() {
        arguments.push("--no-worker");
    }
    Server::begin(command(folder, &arguments).env("KHADEMYAR_ACCOUNT_REQUESTS", "0"))
}

fn work(folder: &Folder) -> Worker {
    Worker::begin(&mut command(folder, &["worker"]))
}

/// Three nights from today on, in a zone where it is early afternoon: tonight's shifts have yet to begin, so that they
/// can still change, and phones may tell of them already.
fn problem(now: DateTime<Utc>) -> Value {
    let east = 14 - i64::from(now.hour());
    let here = now + TimeDelta::hours(east);
    let (zone, offset) =
        (format!("Etc/GMT{:+}", -east), format!("{}{:02}:00", if east < 0 { '-' } else { '+' }, east.abs()));
    let date = |night: usize| (here + TimeDelta::days(night as i64)).date_naive();
    let (mut shifts, mut positions) = (Vec::new(), Vec::new());
    for night in 0..NIGHTS {
        for place in 0..DISTRICTS {
            for (part, from, to) in [("early", "16:30", "18:30"), ("late", "19:00", "21:00")] {
                let id = format!("s{night}-{place}-{part}");
                let at = |time: &str| format!("{}T{time}:00{offset}", date(night));
                shifts.push(json!({"id": id, "venue": format!("w{place}"), "district": format!("d{place}"),
                                   "night": night, "start": at(from), "end": at(to)}));
                for field in ["tea", "cook"] {
                    positions.push(
                        json!({"id": format!("{id}-{field}"), "shift": id, "specialty": field, "min_level": 1,
                                          "gender": "any", "minimum": 1, "desired": 3, "weight": 2}),
                    );
                }
            }
        }
    }
    let nights: Vec<_> = (0..NIGHTS).map(|night| date(night).to_string()).collect();
    let volunteers: Vec<Value> = (0..PEOPLE)
        .map(|k| {
            let available: Vec<Value> = nights
                .iter()
                .map(|date| json!({"from": format!("{date}T12:00:00{offset}"), "to": format!("{date}T23:00:00{offset}")}))
                .collect();
            json!({"id": format!("v{k}"), "home": format!("d{}", k % DISTRICTS), "gender": "woman",
                   "skills": {"tea": 2, "cook": 2}, "available": available, "max_nights": 3,
                   "max_consecutive_nights": 3, "max_shifts_per_night": 2, "min_shifts": 1,
                   "preferred_venues": [], "wishes": []})
        })
        .collect();
    let travel = vec![vec![10; DISTRICTS]; DISTRICTS];
    json!({
        "format": "festival-problem/1", "name": "a storm", "timezone": zone, "nights": nights,
        "districts": (0..DISTRICTS).map(|k| json!({"id": format!("d{k}"), "priority": 3})).collect::<Vec<_>>(),
        "travel_minutes": travel, "specialties": ["tea", "cook"],
        "venues": (0..DISTRICTS).map(|k| json!({"id": format!("w{k}")})).collect::<Vec<_>>(),
        "shifts": shifts, "positions": positions, "volunteers": volunteers,
        "companions": [], "apart": [], "locked": [], "published": [], "rules": {"min_rest_minutes": 600},
        "weights": {"desired": 60, "travel": 1, "venue": 15, "wish": 4, "idle": 40, "fairness": 3,
                    "continuity": 10, "companion": 30, "stability": 40},
    })
}
