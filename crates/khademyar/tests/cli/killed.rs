//! A server that is killed in the midst of it all, and the one that is started after it.

use std::{
    collections::HashSet,
    thread,
    time::{Duration, Instant},
};

use khademyar_roster::problem;
use serde_json::{Value, json};

use crate::{
    Folder,
    database::in_a_folder_on_each_engine,
    server::{Server, Worker},
};

/// The organizer's view of the festival `id`.
struct Desk<'a> {
    server: &'a Server,
    token: String,
    festival: String,
}

impl<'a> Desk<'a> {
    fn at(server: &'a Server, id: &str) -> Self {
        let token = server.token(&json!({"username": "maryam", "password": crate::PASSWORD}));
        Self { server, token, festival: format!("/v1/festivals/{id}") }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let path = format!("{}{path}", self.festival);
        let (status, answer) = self.server.ask(method, &path, Some(&self.token), body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Waits until the plan is as `wanted`.
    fn until(&self, plan: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let now = self.ask("GET", &format!("/plans/{plan}"), None);
            if wanted(&now) {
                return now;
            }
            assert_ne!(now["state"], "failed", "{now}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn festival(folder: &Folder) -> String {
    let file = problem::write(&khademyar_demo::set_up(1), &[]);
    folder.import(&serde_json::to_value(&file).unwrap(), "maryam")
}

#[test]
fn a_solve_whose_server_is_killed_is_taken_up_by_the_next() {
    in_a_folder_on_each_engine(|folder| {
        let id = festival(folder);
        let server = Server::start(folder, &[]);
        let desk = Desk::at(&server, &id);
        let asked = desk.ask("POST", "/plans", Some(&json!({"seconds": 600})));
        let plan = asked["id"].as_str().unwrap();
        desk.until(plan, |plan| plan["state"] == "running" && !plan["score"].is_null());
        let written = |plan: &Value| plan["version"].as_i64().unwrap();
        let before = written(&desk.ask("GET", &format!("/plans/{plan}"), None));
        // As `kill -9` does.
        drop(server);

        let server = Server::start(folder, &[]);
        let desk = Desk::at(&server, &id);
        assert_eq!(desk.ask("GET", &format!("/plans/{plan}"), None)["state"], "running");
        // Nobody writes of it but a worker: one has taken it up, and found something.
        desk.until(plan, |plan| written(plan) > before + 1);
        desk.ask("DELETE", &format!("/plans/{plan}"), None);
        let ended = desk.until(plan, |plan| plan["state"] == "cancelled");

        let plans = desk.ask("GET", "/plans", None);
        assert_eq!(plans["items"].as_array().unwrap().len(), 1, "{plans}");
        let published = desk.ask("POST", &format!("/plans/{plan}/publish"), None);
        let (mut seats, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = desk.ask("GET", &format!("/assignments?limit=500{cursor}"), None);
            for assignment in page["items"].as_array().unwrap() {
                let seat = &assignment["seat"];
                seats.push((seat["volunteer_id"].to_string(), seat["position_id"].to_string()));
            }
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seats.len(), published["publication"]["offered"].as_u64().unwrap() as usize, "{ended}");
        assert_eq!(seats.iter().collect::<HashSet<_>>().len(), seats.len());
    });
}

#[test]
fn a_dead_workers_job_is_taken_over_by_one_that_lives() {
    in_a_folder_on_each_engine(|folder| {
        let id = festival(folder);
        let server = Server::start(folder, &["--no-worker"]);
        let desk = Desk::at(&server, &id);
        let dying = Worker::begin(&mut folder.command(&["worker"]));
        let asked = desk.ask("POST", "/plans", Some(&json!({"seconds": 600})));
        let plan = asked["id"].as_str().unwrap();
        let written = |plan: &Value| plan["version"].as_i64().unwrap();
        desk.until(plan, |plan| plan["state"] == "running" && !plan["score"].is_null());
        let _living = Worker::begin(&mut folder.command(&["worker"]));
        // As `kill -9` does.
        drop(dying);
        let before = written(&desk.ask("GET", &format!("/plans/{plan}"), None));
        let died = Instant::now();
        desk.until(plan, |plan| written(plan) > before + 1);
        eprintln!("taken over after {:.1?}", died.elapsed());
        desk.ask("DELETE", &format!("/plans/{plan}"), None);
        desk.until(plan, |plan| plan["state"] == "cancelled");
    });
}
