//! The thank-you report: its figures, its tables, its letters; and the festival report on paper.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use khademyar_domain::Name;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pages,
    form::encoded,
    frame::{Frame, page},
    ground::Ground,
    trouble::Trouble,
    visitor::Visitor,
};

#[derive(Deserialize)]
struct Report {
    festival: Festival,
    districts: Vec<District>,
}

#[derive(Deserialize)]
struct Festival {
    registered: usize,
    partners: usize,
    contributions: usize,
    roll_taken: bool,
    unknown: usize,
    effort: Effort,
}

#[derive(Deserialize)]
struct Effort {
    volunteers: usize,
    shifts: usize,
    total_hours: f64,
}

#[derive(Deserialize)]
struct District {
    id: Uuid,
    name: Name,
    mayor: Option<String>,
    sent: Effort,
    hosted: Effort,
}

#[derive(Template)]
#[template(path = "admin/report.html")]
struct ReportPage {
    frame: Frame,
    ground: Ground,
    report: Report,
}

impl ReportPage {
    fn name(&self, name: &Name) -> String {
        name.in_language(self.frame.language)
    }

    fn hours(&self, effort: &Effort) -> String {
        self.frame.n(format_args!("{:.0}", effort.total_hours))
    }
}

/// Shows the figures, with the ways to the tables and the letters.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let report: Report =
        pages.read(&visitor, &format!("{}/reports/thank-you?format=json", ground.path())).await?;
    let frame = Frame::new(&visitor, visitor.say("گزارش سپاس", "Thank-you report"));
    Ok(page(&visitor, StatusCode::OK, &ReportPage { frame, ground, report }))
}

/// Which table of the report; all of them as a workbook where none is named.
#[derive(Deserialize)]
pub(crate) struct Which {
    table: Option<String>,
}

/// Hands the report out as a file.
pub(crate) async fn download(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<Response, Trouble> {
    let query = match which.table {
        Some(table) => format!("format=csv&table={}", encoded(&table)),
        None => "format=xlsx".to_owned(),
    };
    pages.hand_on(&visitor, &format!("/v1/festivals/{festival}/reports/thank-you?{query}")).await
}

/// In which language the report on paper is; Persian where none is named.
#[derive(Deserialize)]
pub(crate) struct Printed {
    language: Option<String>,
}

/// Hands out the festival report as a PDF.
pub(crate) async fn festival(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Query(printed): Query<Printed>,
) -> Result<Response, Trouble> {
    let language = printed.language.as_deref().unwrap_or("fa");
    let path = format!("/v1/festivals/{festival}/reports/festival?language={}", encoded(language));
    pages.hand_on(&visitor, &path).await
}
