//! The table of rights: complete, as committed, and true of the service, cell by cell.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use http_body_util::BodyExt;
use khademyar_api::rights::{Cell, Needs, Who, document, named_operations, operations};
use khademyar_domain::{
    cover::{Cover, CoverState},
    member::Role,
    worklog::{Stint, WorklogEntry},
};
use khademyar_storage::{
    covers::{self, Waves},
    festivals, members, registrations, worklog,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Person, TestApp, on_each_api},
    evening::Evening,
    house::root,
    letters::{bundle, press},
    parts::someone,
    sample::{now, stored, text, three_nights},
};

#[test]
fn every_operation_has_one_row_and_every_row_an_operation() {
    let contract = khademyar_api::openapi();
    let told: BTreeSet<&str> = named_operations(&contract).map(|(_, _, name)| name).collect();
    let rows = operations();
    let named: BTreeSet<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();

    assert_eq!(told.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "operations without a row");
    assert_eq!(named.difference(&told).collect::<Vec<_>>(), Vec::<&&str>::new(), "rows without an operation");
    assert_eq!(rows.len(), named.len(), "an operation has two rows");
}

#[test]
fn the_committed_table_is_the_codes() {
    let committed = fs::read_to_string(root().join("docs/rights.md")).unwrap_or_default();
    assert!(
        committed == document(),
        "docs/rights.md is not what the code tells; write it anew:\n\
         cargo run -p khademyar -- rights > docs/rights.md"
    );
}

/// A festival with people in every role, and of every kind of object one in the north, which the coordinator and the
/// partner have, and one in the south.
pub(crate) struct World {
    pub(crate) evening: Evening,
    pub(crate) people: Vec<(Who, Option<Person>)>,
    /// By list: the one in the north and the one in the south.
    objects: BTreeMap<&'static str, [String; 2]>,
}

/// Which of two objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Own,
    Others,
}

impl World {
    pub(crate) async fn on(app: &TestApp) -> Self {
        let evening = Evening::on(app).await;
        let (organizer, path) = (evening.organizer.clone(), evening.path.clone());
        let rows = async |list: &str| -> Vec<Value> {
            let page = app.get(format!("{path}/{list}?limit=500")).by(&organizer).await;
            page.expect(StatusCode::OK)["items"].as_array().unwrap().clone()
        };
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        let coded = async |list: &str, code: &str| {
            id(rows(list).await.iter().find(|row| row["code"] == code).unwrap())
        };
        let create = async |list: &str, body: Value| -> String {
            let made = app.post(format!("{path}/{list}"), body).by(&organizer).await;
            id(&made.expect(StatusCode::CREATED))
        };
        let both =
            async |list: &str, north: &str, south: &str| [coded(list, north).await, coded(list, south).await];
        let districts = both("districts", "d1", "d2").await;
        let specialties = {
            let coffee = create("specialties", json!({"code": "coffee", "name": {"fa": "قهوه"}})).await;
            [coded("specialties", "tea").await, coffee]
        };
        let venues = both("venues", "garden", "base").await;
        let shifts = both("shifts", "early", "away").await;
        let positions = both("positions", "early-team", "away-lead").await;
        let mut centres = Vec::new();
        for (code, district) in [("c1", &districts[0]), ("c2", &districts[1])] {
            let centre = json!({"code": code, "name": {"fa": "کانون"}, "district_id": district});
            centres.push(create("centres", centre).await);
        }
        let southerner = |code: &str, centre: Option<&String>| {
            json!({"code": code, "name": {"fa": "جنوبی"}, "gender": "woman", "home_district_id": districts[1],
                   "centre_id": centre})
        };
        let centred = create("volunteers", southerner("centred", centres.first())).await;
        let friend = create("volunteers", southerner("friend", None)).await;
        let maryam = coded("volunteers", "Maryam").await;
        let pair = json!({"kind": "apart", "first_id": centred, "second_id": friend});
        let pairs = [id(&rows("pairs").await[0]), create("pairs", pair).await];
        let mut pins = Vec::new();
        for position in &positions {
            pins.push(create("pins", json!({"volunteer_id": friend, "position_id": position})).await);
        }
        let mut partners = Vec::new();
        let mut contributions = Vec::new();
        for (code, district) in [("north", &districts[0]), ("south", &districts[1])] {
            let partner = json!({"code": code, "name": {"fa": "شهرداری"}, "district_id": district});
            let partner = create("partners", partner).await;
            let gift = json!({"partner_id": partner, "kind": "place", "description": "مکان"});
            contributions.push(create("contributions", gift).await);
            partners.push(partner);
        }
        let bulk = json!({"items": [{"code": "bulk", "name": {"fa": "انبوه"}}]});
        let bulk = app.post(format!("{path}/specialties/bulk"), bulk).by(&organizer).await;
        let batch = bulk.expect(StatusCode::CREATED)["batch_id"].as_str().unwrap().to_owned();

        let mut people = vec![
            (Who::Member(Role::Organizer), Some(organizer.clone())),
            (Who::Member(Role::Volunteer), Some(evening.maryam.clone())),
        ];
        for (role, limit) in [
            (Role::Coordinator, json!({"district_ids": [districts[0]]})),
            (Role::Secretary, json!({"centre_id": centres[0]})),
            (Role::VenueLead, json!({"venue_id": venues[0]})),
            (Role::Partner, json!({"district_ids": [districts[0]]})),
        ] {
            let mut part = limit;
            part["role"] = json!(role);
            let person = someone(app, &organizer, &path, role.as_str(), part).await;
            people.push((Who::Member(role), Some(person)));
        }
        people.push((Who::Operator, Some(app.person("operator", true).await)));
        let stranger = app.person("stranger", false).await;
        let elsewhere = stored(three_nights());
        let db = app.state.store.begin().await.unwrap();
        festivals::insert(&db, &elsewhere, now()).await.unwrap();
        members::add_organizer(&db, elsewhere.id, stranger.id, Uuid::now_v7()).await.unwrap();
        db.commit().await.unwrap();
        people.push((Who::Stranger, Some(stranger)));
        people.push((Who::Nobody, None));

        let member = id(&rows("members").await[0]);
        let plan = id(&rows("plans").await[0]);
        let mut objects: BTreeMap<&'static str, [String; 2]> = BTreeMap::new();
        let assigned = async |code: &str| id(&evening.assignment(app, code, "early-team").await);
        let base = id(&evening.assignment(app, "Maryam", "away-lead").await);
        objects.insert("assignments", [assigned("Maryam").await, base]);
        // What a volunteer has no part in, though it is in the north.
        objects.insert("others' assignments", [assigned("Narges").await, assigned("Narges").await]);
        let mut covers = Vec::new();
        let maryams = (maryam.parse().unwrap(), objects["assignments"][0].parse().unwrap());
        for (position, district, asker) in
            [(&positions[0], &districts[0], Some(maryams)), (&positions[1], &districts[1], None)]
        {
            let cover = Cover {
                id: Uuid::now_v7().into(),
                version: 1,
                state: CoverState::Open,
                asker,
                in_return: None,
                position_id: position.parse().unwrap(),
                district_id: district.parse().unwrap(),
                taken_by: None,
                starts_at: "2027-04-08T16:30:00Z".parse().unwrap(),
            };
            let db = app.state.store.begin().await.unwrap();
            let waves = Waves { size: 1, minutes: 1 };
            covers::insert(&db, evening.festival_id(), &cover, waves, now()).await.unwrap();
            db.commit().await.unwrap();
            covers.push(cover.id.to_string());
        }
        let mut waiting = Vec::new();
        for (phone, district, centre) in
            [("09130000001", &districts[0], None), ("09130000002", &districts[1], centres.first())]
        {
            let registration = json!({"name": "تازه‌وارد", "phone": phone, "gender": "woman",
                                      "home_district_id": district, "centre_id": centre});
            let registration = serde_json::from_value(registration).unwrap();
            let id = Uuid::now_v7();
            let db = app.state.store.begin().await.unwrap();
            let festival_id = evening.festival_id();
            assert!(registrations::insert(&db, festival_id, id.into(), &registration, now()).await.unwrap());
            db.commit().await.unwrap();
            waiting.push(id.to_string());
        }
        objects.insert("registrations", [waiting[0].clone(), waiting[1].clone()]);
        let mut worklog_ids = Vec::new();
        for (volunteer, by) in [(&maryam, evening.maryam.id), (&centred, organizer.id)] {
            let id = Uuid::now_v7();
            let at = |text: &str| text.parse().unwrap();
            let (started_at, ended_at) = (at("2027-04-07T08:00:00Z"), at("2027-04-07T10:00:00Z"));
            let stint = Stint { what: text("بسته‌بندی هدیه‌ها"), started_at, ended_at };
            let entry = WorklogEntry::own(id.into(), volunteer.parse().unwrap(), stint, by, now());
            let db = app.state.store.begin().await.unwrap();
            worklog::insert(&db, evening.festival_id(), &entry).await.unwrap();
            db.commit().await.unwrap();
            worklog_ids.push(id.to_string());
        }
        objects.insert("worklog", [worklog_ids[0].clone(), worklog_ids[1].clone()]);
        let bundle = bundle(&app.state.store, evening.festival_id()).await;
        objects.insert("bundles", [bundle.clone(), bundle]);
        objects.insert("volunteers", [maryam, centred]);
        let [centre_north, centre_south] = &centres[..] else { unreachable!() };
        objects.insert("centres", [centre_north.clone(), centre_south.clone()]);
        let pair = |list: &[String]| [list[0].clone(), list[1].clone()];
        for (list, ids) in [
            ("districts", pair(&districts)),
            ("specialties", pair(&specialties)),
            ("venues", pair(&venues)),
            ("shifts", pair(&shifts)),
            ("positions", pair(&positions)),
            ("covers", pair(&covers)),
            ("pairs", pair(&pairs)),
            ("pins", pair(&pins)),
            ("partners", pair(&partners)),
            ("contributions", pair(&contributions)),
            ("members", [member.clone(), member]),
            ("plans", [plan.clone(), plan]),
            ("batches", [batch.clone(), batch]),
        ] {
            objects.insert(list, ids);
        }
        Self { evening, people, objects }
    }

    /// The path of an operation, on an object of `who`'s or of others'; and whether it is known which those are.
    pub(crate) fn path(&self, template: &str, who: Who, whose: Whose) -> (String, bool) {
        let mut known = true;
        let mut list = "";
        let path: Vec<String> = template
            .split('/')
            .map(|part| {
                let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
                    list = part;
                    return part.to_owned();
                };
                match name {
                    "kind" => return "volunteer".to_owned(),
                    "language" => return "fa".to_owned(),
                    _ => {}
                }
                if name == "festival_id" {
                    return self.evening.path.rsplit('/').next().unwrap().to_owned();
                }
                let plural = name.strip_suffix("_id").map(|noun| format!("{noun}s"));
                let object = self.object(plural.as_deref().unwrap_or(list), who, whose);
                known &= object.is_some();
                object.unwrap_or_else(|| Uuid::max().to_string())
            })
            .collect();
        (path.join("/"), known)
    }

    fn object(&self, list: &str, who: Who, whose: Whose) -> Option<String> {
        let list = match list {
            "batchs" => "batches",
            "entrys" => "worklog",
            // Where letters are printed; else no letter is known.
            "subjects" if press().is_some() => "volunteers",
            list => list,
        };
        let list = match (who, list, whose) {
            (Who::Member(Role::Volunteer), "assignments", Whose::Others) => "others' assignments",
            _ => list,
        };
        let [north, south] = self.objects.get(list)?;
        let own = match (who, list) {
            // The secretary's centre has a volunteer who lives in the south.
            (Who::Member(Role::Secretary), "volunteers" | "registrations") => whose == Whose::Others,
            // Whoever serves may wait for any seat.
            (Who::Member(Role::Volunteer), "positions") => true,
            _ => whose == Whose::Own,
        };
        Some(if own { north.clone() } else { south.clone() })
    }

    /// What nobody whose part is in the north may read of.
    fn hidden(&self) -> impl Iterator<Item = &String> {
        ["volunteers", "registrations", "centres", "shifts", "positions", "pairs", "pins", "partners"]
            .into_iter()
            .map(|list| &self.objects[list][1])
    }
}

/// An operation as a test sends it.
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) template: String,
    pub(crate) needs: Needs,
    /// An example of its body, if it has one.
    pub(crate) body: Option<(String, Value)>,
}

impl Operation {
    fn ends_what_others_ask_for(&self) -> bool {
        matches!(self.name.as_str(), "replace_member" | "delete_member" | "delete_festival")
            || self.name.starts_with("erase_")
    }
}

pub(crate) fn every_operation() -> Vec<Operation> {
    let contract = khademyar_api::openapi();
    let told = serde_json::to_value(&contract).unwrap();
    let needs: BTreeMap<String, Needs> = operations().into_iter().collect();
    let mut all: Vec<Operation> = named_operations(&contract)
        .map(|(method, path, name)| {
            let operation = &told["paths"][path][method.as_str().to_lowercase()];
            let bodies = operation["requestBody"]["content"].as_object();
            let body = bodies.and_then(|bodies| bodies.iter().next()).map(|(kind, content)| {
                let schema = content["schema"]["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
                let of_schema = told.pointer(schema).map_or(Value::Null, |schema| schema["example"].clone());
                let own = content.get("example").cloned();
                (kind.clone(), own.unwrap_or(of_schema))
            });
            let (name, template) = (name.to_owned(), path.to_owned());
            Operation { needs: needs[&name], name, method, template, body }
        })
        .collect();
    // What ends things comes last.
    let order = |operation: &Operation| match operation.method.as_str() {
        "GET" => 0,
        "POST" => 1,
        "PUT" => 2,
        _ if operation.name == "delete_festival" => 4,
        _ if operation.name == "erase_volunteer" => 5,
        _ if operation.name == "erase_my_data" => 6,
        _ => 3,
    };
    all.sort_by_key(order);
    all
}

async fn send(
    app: &TestApp,
    operation: &Operation,
    path: &str,
    person: Option<&Person>,
) -> (StatusCode, String) {
    let (kind, body) = match &operation.body {
        Some((kind, example)) => (Some(kind.as_str()), Body::from(example.to_string())),
        None => (None, Body::empty()),
    };
    let call = app.call(operation.method.clone(), path.to_owned(), body, kind);
    let call = match person {
        Some(person) => call.by(person),
        None => call,
    };
    let response = call.begin().await;
    let status = response.status();
    let kind = response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap_or_default());
    if kind.starts_with("text/event-stream") {
        // It goes on for as long as one listens.
        return (status, String::new());
    }
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn every_cell_of_the_table_is_what_the_service_does() {
    on_each_api(async |app| {
        let world = World::on(app).await;
        let operations = every_operation();
        let mut wrong = Vec::new();
        let mut asked = 0;
        // The organizer comes last, who may end things that others ask for.
        let (organizers, others): (Vec<_>, Vec<_>) =
            world.people.iter().partition(|(who, _)| *who == Who::Member(Role::Organizer));
        // What others ask for is ended once everyone has asked for it.
        let (lasting, ending): (Vec<_>, Vec<_>) = operations
            .iter()
            .filter(|operation| operation.needs != Needs::Nothing)
            .partition(|operation| !operation.ends_what_others_ask_for());
        let everyone = others.into_iter().chain(organizers);
        let rounds = [lasting, ending]
            .map(|operations| everyone.clone().map(move |(who, person)| (who, person, operations.clone())));
        for (who, person, operations) in rounds.into_iter().flatten() {
            for operation in operations {
                let cell = Cell::of(operation.needs, *who);
                let (path, known) = world.path(&operation.template, *who, Whose::Own);
                // Of what was asked before, some signed them out.
                let person = match person {
                    Some(Person { id, .. }) => Some(Person { id: *id, token: app.token(*id).await }),
                    None => None,
                };
                let (status, body) = send(app, operation, &path, person.as_ref()).await;
                asked += 1;
                let reads = operation.method == Method::GET;
                let right = match cell {
                    Cell::SignIn => status == StatusCode::UNAUTHORIZED,
                    Cell::Denied => status == StatusCode::FORBIDDEN,
                    Cell::Hidden => status == StatusCode::NOT_FOUND,
                    _ if reads && known => status == StatusCode::OK,
                    _ => !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN),
                } && !status.is_server_error();
                if !right {
                    wrong.push(format!("{who:?} {}: {cell:?}, got {status}: {body}", operation.name));
                }
                if !matches!(cell, Cell::Districts | Cell::Centre | Cell::Venue | Cell::Own) {
                    continue;
                }
                // Who can fill a seat may come from anywhere; one's own nights may be anywhere.
                let tells = reads && cell == Cell::Districts && operation.name != "list_candidates";
                let hidden = world.hidden().filter(|_| tells);
                wrong.extend(
                    hidden
                        .filter(|id| body.contains(id.as_str()))
                        .map(|id| format!("{who:?} {}: tells of {id}", operation.name)),
                );
                let (others, _) = world.path(&operation.template, *who, Whose::Others);
                if others != path {
                    let (status, body) = send(app, operation, &others, person.as_ref()).await;
                    asked += 1;
                    if status != StatusCode::NOT_FOUND {
                        let name = &operation.name;
                        wrong.push(format!("{who:?} {name} of others: hidden, got {status}: {body}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > operations.len() * 8, "only {asked} cells were asked for");
    })
    .await;
}
