//! Rows added to the lists of a set-up, one by one or many at once, under codes that are made up here.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    bulk::Batch,
    done,
    founding::name,
    lists::List,
    rows::{Refused, Row, Which, named, shown, write},
};
use crate::{Pages, form::Filled, ground::pages_of, trouble::Trouble, visitor::Visitor};

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
    let mut attempt = 0;
    loop {
        let mut row = json!({});
        if let Some(code) = codes(&pages, &visitor, festival, list, 1, attempt).await?.pop() {
            row["code"] = json!(code);
        }
        write(list, &mut row, &filled);
        attempt += 1;
        match pages.post_filled(&visitor, &path, row, &filled).await {
            Ok(answer) => {
                let row: Option<Row> = answer.map(|answer| answer.read()).transpose()?;
                // A base is not whole before it is said where it stands.
                let to = match row {
                    Some(row) if row.value["kind"] == "mobile" => format!("{home}/{}", row.id),
                    _ => home,
                };
                return Ok(done(&pages, &to, "added"));
            }
            Err(trouble) if attempt < TRIES && is_code_taken(&trouble) => {}
            Err(trouble) => {
                let refused = Refused { single: Some((filled, trouble)), many: None };
                return shown(&pages, &visitor, festival, list, Which::default(), refused).await;
            }
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
        (format!("/v1/festivals/{festival}/{}", list.name), format!("/admin/{festival}/{}", list.name));
    let names: Vec<&str> =
        filled.get("names").lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut attempt = 0;
    loop {
        let codes = codes(&pages, &visitor, festival, list, names.len(), attempt).await?;
        let mut items = Vec::new();
        for (line, code) in names.iter().zip(codes) {
            let (fa, en) = line.split_once('/').map_or((*line, ""), |(fa, en)| (fa.trim(), en.trim()));
            let mut row = json!({});
            write(list, &mut row, &filled);
            row["code"] = json!(code);
            row["name"] = name(fa, en);
            items.push(row);
        }
        attempt += 1;
        match Batch::create_filled(&pages, &visitor, &path, items, &filled).await {
            Ok(Some(batch)) => return Ok(batch.told_at(&home)),
            Ok(None) => return Ok(done(&pages, &home, "added")),
            Err(trouble) if attempt < TRIES && is_code_taken(&trouble) => {}
            Err(trouble) => {
                let refused = Refused { single: None, many: Some((filled, trouble)) };
                return shown(&pages, &visitor, festival, list, Which::default(), refused).await;
            }
        }
    }
}
