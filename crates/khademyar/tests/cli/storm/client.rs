//! One who asks and asks, and repeats what was not answered.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    site::{COORDINATORS, Dice, NIGHTS, PHONES, Site, VOLUNTEERS, username},
    tally::{Kept, Tally},
};
use crate::{
    PASSWORD,
    server::{broken, exchange},
};

/// A process that is silent for so long is asked anew.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Whoever is not answered for so long never will be.
const LONGEST: Duration = Duration::from_mins(5);

pub(super) struct Client<'a> {
    site: &'a Site<'a>,
    number: usize,
    token: String,
    dice: Dice,
    tally: Tally,
    /// What a phone told already.
    told: Vec<Value>,
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

impl<'a> Client<'a> {
    pub(super) fn new(site: &'a Site<'a>, number: usize) -> Self {
        let dice = Dice::new(number as u64 + 1);
        Self { site, number, token: String::new(), dice, tally: Tally::default(), told: Vec::new() }
    }

    /// Does what it does as long as there is something left to do.
    pub(super) fn storm(mut self) -> Tally {
        self.sign_in();
        while self.site.another() {
            match self.number {
                n if n < VOLUNTEERS => self.volunteer(),
                n if n < VOLUNTEERS + COORDINATORS => self.coordinator(),
                n if n < VOLUNTEERS + COORDINATORS + PHONES => self.phone(),
                _ => self.organizer(),
            }
        }
        self.tally
    }

    fn sign_in(&mut self) {
        let body = json!({"username": username(self.number), "password": PASSWORD});
        self.token.clear();
        let (status, tokens) = self.send("POST", "/v1/auth/token", Some(&body), None);
        assert_eq!(status, 200, "{tokens}");
        tokens["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Asks until there is an answer, with the same key each time.
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> (u16, Value) {
        let asked = Instant::now();
        loop {
            assert!(asked.elapsed() < LONGEST, "{method} {path} is not answered");
            let address = self.site.address(self.dice.below(12));
            match once(&address, method, path, &self.token, body, key) {
                Ok((401, _)) if !self.token.is_empty() => self.sign_in(),
                Ok((status @ (408 | 429 | 500..), answer)) => {
                    self.tally.again(format!("{status} {}", answer["type"]));
                }
                Ok(answer) => return answer,
                Err(error) => self.tally.again(format!("{:?}", error.kind())),
            }
            thread::sleep(Duration::from_millis(20 + self.dice.below(100) as u64));
        }
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, answer) = self.send("GET", path, None, None);
        if status == 200 { answer } else { Value::Null }
    }

    /// Does something once; the answer, if it was done.
    fn act(&mut self, what: &'static str, method: &str, path: &str, body: Option<&Value>) -> Option<Value> {
        let key = (method == "POST" && body.is_some()).then(|| Uuid::now_v7().to_string());
        let (status, answer) = self.send(method, path, body, key.as_deref());
        let done = (200..300).contains(&status);
        self.tally.count(what, done);
        if !done {
            let why = answer["type"].as_str().unwrap_or_default();
            self.tally.refused(why.rsplit(':').next().unwrap_or_default().to_owned());
            return None;
        }
        if let Some(key) = key {
            self.tally.kept.push(Kept::Key(username(self.number), key, status));
        }
        Some(answer)
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/festivals/{}/{rest}", self.site.festival)
    }

    fn keep_seat(&mut self, assignment: &Value, of: &str) {
        let state = assignment["state"].as_str().unwrap().to_owned();
        let kept = Kept::Seat(id(&assignment[of]).unwrap(), assignment["version"].as_i64().unwrap(), state);
        self.tally.kept.push(kept);
    }

    fn keep_cover(&mut self, cover: &Value) {
        let state = cover["state"].as_str().unwrap().to_owned();
        self.tally.kept.push(Kept::Cover(
            id(&cover["id"]).unwrap(),
            cover["version"].as_i64().unwrap(),
            state,
        ));
    }

    fn position(&mut self) -> String {
        self.dice.of(&self.site.positions).unwrap().clone()
    }

    fn volunteer(&mut self) {
        let night = self.dice.below(NIGHTS);
        match self.dice.below(100) {
            0..60 => self.answers(),
            60..78 => self.covers(),
            78..90 => {
                let method = if self.dice.below(4) == 0 { "DELETE" } else { "PUT" };
                let path = format!("/v1/me/waiting/{}", self.position());
                self.act("wait for a seat", method, &path, None);
            }
            _ => {
                let stands = self.dice.below(3) > 0;
                let method = if stands { "PUT" } else { "DELETE" };
                if self.act("stand by", method, &format!("/v1/me/standbys/{night}"), None).is_some() {
                    self.tally.standbys.insert((username(self.number), night), stands);
                }
            }
        }
    }

    fn answers(&mut self) {
        let schedule = self.get("/v1/me/schedule");
        let services: Vec<Value> = schedule["nights"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|night| night["services"].as_array().cloned().unwrap_or_default())
            .collect();
        let Some(service) = self.dice.of(&services).cloned() else {
            return self.tally.count("has nothing", true);
        };
        let path = format!("/v1/me/assignments/{}", service["assignment_id"].as_str().unwrap());
        let excuse = json!({"reason": "ill"});
        let answer = match self.dice.below(100) {
            0..50 => self.act("accept", "POST", &format!("{path}/accept"), None),
            50..60 => self.act("decline", "POST", &format!("{path}/decline"), Some(&excuse)),
            60..72 => self.act("withdraw", "POST", &format!("{path}/withdraw"), Some(&excuse)),
            72..88 => {
                let body = json!({"wave_size": 20, "wave_minutes": 1});
                if let Some(cover) = self.act("ask for cover", "POST", &format!("{path}/covers"), Some(&body))
                {
                    self.keep_cover(&cover);
                }
                return;
            }
            _ => {
                let other = {
                    let seen = self.site.seen.lock().unwrap();
                    self.dice.of(&seen).cloned()
                };
                let body = json!({"assignment_id": other.unwrap_or_else(|| Uuid::now_v7().to_string())});
                if let Some(cover) = self.act("ask for swap", "POST", &format!("{path}/swaps"), Some(&body)) {
                    self.keep_cover(&cover);
                }
                return;
            }
        };
        if let Some(answer) = answer {
            self.keep_seat(&answer, "assignment_id");
        }
    }

    fn covers(&mut self) {
        let covers = self.get("/v1/me/covers");
        let covers = covers["items"].as_array().cloned().unwrap_or_default();
        let Some(cover) = self.dice.of(&covers) else { return self.tally.count("is asked nothing", true) };
        let path = format!("/v1/me/covers/{}", cover["id"].as_str().unwrap());
        let answer = if cover["mine"].is_null() {
            if self.dice.below(4) > 0 {
                return self.tally.count("waits for an answer", true);
            }
            self.act("cancel cover", "DELETE", &path, None)
        } else if self.dice.below(4) > 0 {
            self.act("accept cover", "POST", &format!("{path}/accept"), None)
        } else {
            self.act("decline cover", "POST", &format!("{path}/decline"), None)
        };
        if let Some(cover) = answer {
            self.keep_cover(&cover);
        }
    }

    /// An assignment that stands somewhere.
    fn standing(&mut self) -> Option<String> {
        let position = self.position();
        self.one_of(&format!("position_id={position}"))
    }

    /// An assignment that stands, of those that `filter` finds.
    fn one_of(&mut self, filter: &str) -> Option<String> {
        let rows = self.get(&self.path(&format!("assignments?limit=100&{filter}")));
        let held = ["offered", "accepted"];
        let ids: Vec<String> = rows["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|row| held.contains(&row["state"].as_str().unwrap()))
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        let one = self.dice.of(&ids).cloned()?;
        let mut seen = self.site.seen.lock().unwrap();
        if seen.len() > 200 {
            seen.clear();
        }
        seen.push(one.clone());
        Some(one)
    }

    /// Somebody whom the roster proposes for a position.
    fn proposed(&mut self, position: &str) -> Option<Value> {
        let proposed = self.get(&self.path(&format!("positions/{position}/candidates?limit=10")));
        let proposed = proposed["candidates"].as_array().map_or(&[][..], Vec::as_slice);
        Some(self.dice.of(proposed)?["volunteer_id"].clone())
    }

    fn coordinator(&mut self) {
        let position = self.position();
        match self.dice.below(100) {
            0..45 => {
                // Often whom the roster proposes, else whoever it is.
                let proposed = self.proposed(&position);
                let volunteer = proposed.unwrap_or_else(|| json!(self.dice.of(&self.site.volunteers)));
                let body = json!({"volunteer_id": volunteer, "position_id": position});
                let placed = self.act("assign", "POST", &self.path("assignments"), Some(&body));
                self.keep_placed(placed);
            }
            45..58 => {
                // Who could come here, and serves elsewhere.
                let one = self.proposed(&position).and_then(|volunteer| {
                    self.one_of(&format!("volunteer_id={}", volunteer.as_str().unwrap()))
                });
                let Some(one) = one else { return self.tally.count("finds nobody", true) };
                let path = self.path(&format!("assignments/{one}/move"));
                let placed = self.act("move", "POST", &path, Some(&json!({"position_id": position})));
                self.keep_placed(placed);
            }
            58..70 => {
                let Some(one) = self.standing() else { return self.tally.count("finds nobody", true) };
                let path = self.path(&format!("assignments/{one}"));
                if let Some(told) = self.act("remove", "DELETE", &path, None) {
                    self.keep_seat(&told["assignment"], "id");
                }
            }
            70..78 => {
                let path = self.path(&format!("positions/{position}/covers"));
                let body = json!({"wave_size": 10, "wave_minutes": 1});
                if let Some(cover) = self.act("ask for takers", "POST", &path, Some(&body)) {
                    self.keep_cover(&cover);
                }
            }
            78..96 => {
                let covers = self.get(&self.path("covers"));
                let taken: Vec<Value> = covers["items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|cover| cover["state"] == "taken")
                    .cloned()
                    .collect();
                let Some(cover) = self.dice.of(&taken) else {
                    return self.tally.count("approves nothing", true);
                };
                let word = if self.dice.below(4) > 0 { "approve" } else { "decline" };
                let path = self.path(&format!("covers/{}/{word}", cover["id"].as_str().unwrap()));
                if let Some(cover) = self.act("approve or not", "POST", &path, None) {
                    self.keep_cover(&cover);
                }
            }
            _ => {
                let body = json!({"name": {"fa": "ناخوانده"}, "gender": "woman", "position_id": position});
                self.act("walk in", "POST", &self.path("walk-ins"), Some(&body));
            }
        }
    }

    fn keep_placed(&mut self, placed: Option<Value>) {
        if let Some(placed) = placed {
            self.keep_seat(&placed["assignment"], "id");
            self.tally.kept.push(Kept::Placed(id(&placed["assignment"]["id"]).unwrap()));
        }
    }

    fn phone(&mut self) {
        let here = &self.site.tonight[self.number % self.site.tonight.len()];
        let shift = self.dice.of(here).unwrap();
        let path = self.path(&format!("shifts/{shift}/roll"));
        let roll = self.get(&path);
        let people = roll["people"].as_array().cloned().unwrap_or_default();
        let mut batch = Vec::new();
        for _ in 0..=self.dice.below(6) {
            let Some(person) = self.dice.of(&people) else { break };
            let at = Utc::now() - TimeDelta::seconds(self.dice.below(3_600) as i64);
            let mut event = json!({"id": Uuid::now_v7(), "assignment_id": person["assignment_id"], "at": at});
            let kinds = ["check_in", "check_out", "present", "partial", "absent", "excused", "undo"];
            let mut kind = *self.dice.of(&kinds).unwrap();
            match kind {
                "partial" => event["minutes"] = json!(1 + self.dice.below(120)),
                "undo" => match self.dice.of(&self.told) {
                    Some(earlier) => {
                        event["undoes_id"] = earlier["id"].clone();
                        event["assignment_id"] = earlier["assignment_id"].clone();
                    }
                    None => kind = "present",
                },
                _ => {}
            }
            event["kind"] = json!(kind);
            batch.push(event);
        }
        // What it told already it tells again, in another order.
        let again: Vec<Value> =
            (0..self.dice.below(3)).filter_map(|_| self.dice.of(&self.told).cloned()).collect();
        batch.extend(again);
        for k in (1..batch.len()).rev() {
            batch.swap(k, self.dice.below(k + 1));
        }
        if batch.is_empty() {
            return self.tally.count("nobody to call", true);
        }
        let body = json!({"items": batch});
        let Some(heard) = self.act("call the roll", "POST", &self.path("attendance-events"), Some(&body))
        else {
            return;
        };
        for (one, event) in heard["items"].as_array().unwrap().iter().zip(&batch) {
            if one["outcome"] == "refused" {
                let why = one["refusal"]["code"].as_str().unwrap_or_default();
                self.tally.refused(format!("event {why}"));
            } else {
                self.tally.kept.push(Kept::Told(id(&one["id"]).unwrap()));
                self.told.push(event.clone());
            }
        }
    }

    fn organizer(&mut self) {
        let kind = if self.dice.below(2) == 0 { "repair" } else { "draft" };
        let plans = self.path("plans");
        let body = json!({"kind": kind, "seconds": 1});
        let Some(plan) = self.act("ask for a plan", "POST", &plans, Some(&body)) else { return };
        let path = format!("{plans}/{}", plan["id"].as_str().unwrap());
        let mut state = plan["state"].clone();
        for _ in 0..400 {
            if state != "queued" && state != "running" {
                break;
            }
            thread::sleep(Duration::from_millis(100));
            state = self.get(&path)["state"].clone();
        }
        if kind == "draft" {
            let seats = self.get(&format!("{path}/assignments?limit=50"));
            let Some(out) = self.dice.of(seats["items"].as_array().map_or(&[], Vec::as_slice)) else {
                return;
            };
            let out = json!({"volunteer_id": out["volunteer_id"], "position_id": out["position_id"]});
            let body = json!({"add": [], "remove": [out]});
            self.act("change a draft", "POST", &format!("{path}/changes"), Some(&body));
        }
        if self.act("publish", "POST", &format!("{path}/publish"), None).is_some() {
            // What is taken back is published no more, whether or not the answer to that came through.
            if self.dice.below(5) == 0 {
                self.act("unpublish", "POST", &format!("{path}/unpublish"), None);
            } else {
                self.tally.kept.push(Kept::Published(id(&plan["id"]).unwrap()));
            }
        }
    }
}

fn once(
    address: &str,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Value>,
    key: Option<&str>,
) -> io::Result<(u16, Value)> {
    let mut head = String::new();
    if !token.is_empty() {
        head.extend(["authorization: Bearer ", token, "\r\n"]);
    }
    if let Some(key) = key {
        head.extend(["idempotency-key: ", key, "\r\n"]);
    }
    let (status, body) = exchange(
        address,
        Some(LONGEST_WAIT),
        method,
        path,
        &head,
        &body.map(Value::to_string).unwrap_or_default(),
    )?;
    let body =
        if body.is_empty() { Value::Null } else { serde_json::from_str(&body).map_err(|_| broken())? };
    Ok((status, body))
}
