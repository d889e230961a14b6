//! Rows added to the lists of a set-up, one by one or many at once, under codes that are made up here.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    bulk::Batch,
    done,
    founding::name,
    lists::List,
    rows::{Refused, Row, Which, named, shown, write},
};
use crate::{Pages, api::Answer, form::Filled, ground::pages_of, trouble::Trouble, visitor::Visitor};

/// Codes that are free, for rows that nobody gave one: the first ones, or some behind them where an `attempt` failed before.
async fn codes(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    list: &List,
    count: usize,
    attempt: usize,
) -> Result<Vec<String>, Trouble> {
    let Some(beginning) = list.code else { return Ok(Vec::new()) };
    let path = format!("/v1/festivals/{festival}/{}?limit=500", list.name);
    let rows: Vec<Row> = pages_of(pages, visitor, &path).await?;
    let taken: std::collections::HashSet<&str> =
        rows.iter().filter_map(|row| row.value["code"].as_str()).collect();
    let numbered = (1_u64..).map(|number| format!("{beginning}{number}"));
    let free = numbered.filter(|code| !taken.contains(code.as_str()));
    // Whoever comes too late goes out of the others' way.
    let passed_over =
        if attempt == 0 { 0 } else { Uuid::new_v4().as_fields().0 as usize % (PASSED_OVER * attempt) };
    Ok(free.skip(passed_over).take(count).collect())
}

/// How often codes are made up anew that others were faster to take.
const TRIES: usize = 6;
/// Of how many free codes one is chosen then by chance, and more each time.
const PASSED_OVER: usize = 50;

/// Whether nothing was refused but codes that were made up here.
fn is_code_taken(trouble: &Trouble) -> bool {
    let Trouble::Problem(problem) = trouble else { return false };
    !problem.errors.is_empty() && problem.errors.iter().all(|error| error.path.ends_with("/code"))
}

/// Posts the `body` that so many free codes make; anew with others, where somebody else was faster to take one. `None`, where
/// what was `filled` in was done before.
async fn post_under_codes(
    pages: &Pages,
    visitor: &Visitor,
    (festival, list, path): (Uuid, &List, &str),
    (filled, count): (&Filled, usize),
    body: impl Fn(Vec<String>) -> Value + Send + Sync,
) -> Result<Option<Answer>, Trouble> {
    let mut attempt = 0;
    loop {
        let codes = codes(pages, visitor, festival, list, count, attempt).await?;
        attempt += 1;
        match pages.post_filled(visitor, path, body(codes), filled).await {
            Err(trouble) if attempt < TRIES && is_code_taken(&trouble) => {}
            answered => return answered,
        }
    }
}

/// Adds a row.
pub(crate) async fn add(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list)): Path<(Uuid, String)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let list = named(&list)?;
    let (path, home) =
        (format!("/v1/festivals/{festival}/{}", list.name), format!("/admin/{festival}/{}", list.name));
    let row = |mut codes: Vec<String>| {
        let mut row = json!({});
        if let Some(code) = codes.pop() {
            row["code"] = json!(code);
        }
        write(list, &mut row, &filled);
        row
    };
    match post_under_codes(&pages, &visitor, (festival, list, &path), (&filled, 1), row).await {
        Ok(answer) => {
            let row: Option<Row> = answer.map(|answer| answer.read()).transpose()?;
            // A base is not whole before it is said where it stands.
            let to = match row {
                Some(row) if row.value["kind"] == "mobile" => format!("{home}/{}", row.id),
                _ => home,
            };
            Ok(done(&pages, &to, "added"))
        }
        Err(trouble) => {
            let refused = Refused { single: Some((filled, trouble)), many: None };
            shown(&pages, &visitor, festival, list, Which::default(), refused).await
        }
    }
}

/// Adds many rows at once, by their names.
pub(crate) async fn add_many(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, list)): Path<(Uuid, String)>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let list = named(&list)?;
    let (path, home) =
        (format!("/v1/festivals/{festival}/{}/bulk", list.name), format!("/admin/{festival}/{}", list.name));
    let names: Vec<&str> =
        filled.get("names").lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    let items = |codes: Vec<String>| {
        let mut items = Vec::new();
        for (line, code) in names.iter().zip(codes) {
            let (fa, en) = line.split_once('/').map_or((*line, ""), |(fa, en)| (fa.trim(), en.trim()));
            let mut row = json!({});
            write(list, &mut row, &filled);
            row["code"] = json!(code);
            row["name"] = name(fa, en);
            items.push(row);
        }
        json!({"items": items})
    };
    match post_under_codes(&pages, &visitor, (festival, list, &path), (&filled, names.len()), items).await {
        Ok(Some(answer)) => Ok(answer.read::<Batch>()?.told_at(&home)),
        Ok(None) => Ok(done(&pages, &home, "added")),
        Err(trouble) => {
            let refused = Refused { single: None, many: Some((filled, trouble)) };
            shown(&pages, &visitor, festival, list, Which::default(), refused).await
        }
    }
}
