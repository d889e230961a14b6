//! Volunteers from a file, as people really have them.

use axum::{
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::Response,
};
use khademyar_domain::{
    Code, Fault, Id, Stored, Text,
    festival::Festival,
    language::Language,
    persian::digits,
    volunteer::Volunteer,
    volunteer_sheet::{
        Duplicate, Fate, Field, Judged, Likeness, Original, Register, SheetRow, judge, read, recognise,
    },
};
use khademyar_sheets::{Limits, ReadError};
use khademyar_storage::{Db, StorageError, nights, table, volunteers};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    blocking::blocking, contract::Writing, error::ApiError, extract::Organizer, language::Spoken,
    problems::FieldProblem, query::choices, state::AppState, upload::Upload, work::Ended,
};

/// What is done with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ImportMode {
    /// Nothing; the answer says what would become of each row.
    DryRun,
    /// All are created, or none where one cannot be.
    AllOrNothing,
    /// Those that can be created are.
    GoodRows,
}

impl ImportMode {
    fn asked(query: Option<&str>) -> Result<Self, ApiError> {
        let [mode] = choices(query, [("mode", &["dry-run", "all-or-nothing", "good-rows"])])?;
        Ok(match mode {
            Some("all-or-nothing") => Self::AllOrNothing,
            Some("good-rows") => Self::GoodRows,
            _ => Self::DryRun,
        })
    }
}

/// The file of a form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape is published; the file is read by `Upload`")]
pub(crate) struct ImportForm {
    /// A CSV or an XLSX.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What became of a file, or would become of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportBody {
    /// What was asked for.
    mode: ImportMode,
    /// The batch by which the new volunteers can be undone together, where there are any.
    batch_id: Option<Uuid>,
    /// How many rows came to what.
    summary: ImportSummary,
    /// What each column was taken for, in the file's order.
    columns: Vec<ImportColumn>,
    /// Every row, in the file's order.
    rows: Vec<ImportRow>,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct ImportSummary {
    /// All of them.
    rows: usize,
    /// New volunteers.
    created: usize,
    /// Rows that would be new volunteers, were this no dry run.
    would_create: usize,
    /// Rows of people who are there already.
    duplicates: usize,
    /// Rows that cannot be taken.
    rejected: usize,
}

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportColumn {
    /// What stands above it.
    heading: String,
    /// What it was taken for; null: it was not read.
    field: Option<Field>,
}

/// A row of the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRow {
    /// Where it stands in the file: the line of a CSV, the row of an XLSX.
    number: u64,
    /// What became of it.
    fate: ImportFate,
    /// The name it gives.
    name: Option<Text>,
    /// The new volunteer's code, made up where the row gives none.
    code: Option<Code>,
    /// The new volunteer's id.
    id: Option<Id<Volunteer>>,
    /// Who it is, where they are there already.
    duplicate_of: Option<ImportDuplicate>,
    /// Everything that speaks against it.
    faults: Vec<ImportFault>,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImportFate {
    /// It is a new volunteer.
    Created,
    /// It would be one, were this no dry run.
    WouldCreate,
    /// It is someone who is there already.
    Duplicate,
    /// It cannot be taken.
    Rejected,
}

/// Someone who is there already: a volunteer, or the new one of an earlier row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportDuplicate {
    /// By what they are known.
    by: Likeness,
    /// The volunteer's id.
    volunteer_id: Option<Id<Volunteer>>,
    /// The volunteer's code.
    code: Option<Code>,
    /// The number of the earlier row.
    row: Option<u64>,
}

/// A fault of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportFault {
    /// The field it is in.
    #[schema(example = "phone")]
    field: String,
    /// What stands above its column.
    column: Option<String>,
    /// What, for programs: stable.
    #[schema(example = "invalid_phone")]
    code: String,
    /// What, and how to mend it.
    detail: String,
}

/// Reads volunteers from a CSV or an XLSX: in Persian or English, with any digits, phones in any form.
///
/// A dry run, which is the default, tells every row's fate and changes nothing. With `all-or-nothing` a row that cannot
/// be created, someone who is there already among them, is a fault of the whole; with `good-rows` the others are
/// created. People are known again by code or phone, those with neither by name, district, gender and year of birth.
/// Needed columns are the name, the gender and the district; districts, centres and specialties are known by code, name
/// or number. The skills are taken as confirmed.
#[utoipa::path(post, path = "/v1/festivals/{festival_id}/volunteers/import", tag = "set-up",
    params(("festival_id" = Uuid, Path, description = "The festival."),
           ("mode" = inline(Option<ImportMode>), Query, description = "What is done with the rows; `dry-run` when nothing is said."),
           ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless.", min_length = 1, max_length = 200, pattern = "^[!-~]+$")),
    request_body(description = "The file, at most 10 MiB and 20,000 rows.", content(
        (String = "text/csv", example = json!("نام,موبایل,منطقه,جنسیت\nزهرا کریمی,۰۹۱۳۱۲۳۴۵۶۷,منطقهٔ ۱۴,زن\n")),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("application/octet-stream"),
        (ImportForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "Nothing was created; this is what would be, or why nothing was.", body = ImportBody, example = json!(example(ImportMode::DryRun))),
        (status = 201, description = "Volunteers were created.", body = ImportBody, example = json!(example(ImportMode::GoodRows))),
        Writing))]
pub(crate) async fn import_volunteers(
    State(app): State<AppState>,
    organizer: Organizer,
    Spoken(language): Spoken,
    RawQuery(query): RawQuery,
    upload: Upload,
) -> Result<Response, Ended> {
    let festival_id = organizer.festival_id;
    let mode = ImportMode::asked(query.as_deref())?;
    let file = upload.file.clone();
    let Sheet { headings, fields, rows } = blocking(move || Sheet::read(&file)).await??;

    let work = upload.begin(&app, organizer.actor.user_id).await?;
    let register = register(&work.db, festival_id).await?;
    let judged = blocking(move || judge(rows, &register)).await?;
    if mode == ImportMode::AllOrNothing {
        let faults: Vec<Fault> = judged.iter().flat_map(faults).collect();
        if !faults.is_empty() {
            return Err(ApiError::Invalid(faults).into());
        }
    }

    let told = |fault: &Fault| ImportFault::of(fault, &headings, &fields, language);
    let mut created = Vec::new();
    let mut rows = Vec::with_capacity(judged.len());
    for row in judged {
        let id = (mode != ImportMode::DryRun).then(|| app.new_id().into());
        rows.push(ImportRow::of(&row, id, told));
        if let (Fate::New(volunteer), Some(id)) = (row.fate, id) {
            created.push(Stored { id, version: 1, value: *volunteer });
        }
    }
    let mut body = ImportBody {
        mode,
        batch_id: None,
        summary: ImportSummary::of(&rows),
        columns: headings
            .iter()
            .zip(&fields)
            .map(|(heading, &field)| ImportColumn { heading: heading.clone(), field })
            .collect(),
        rows,
    };
    if created.is_empty() {
        return Ok(work.answer(None, StatusCode::OK, &[], &body).await?);
    }
    let batch_id = app.new_id();
    table::insert_batch(&work.db, festival_id, &created, batch_id, organizer.actor.user_id, app.clock.now())
        .await?;
    body.batch_id = Some(batch_id);
    let location = format!("/v1/festivals/{festival_id}/batches/{batch_id}");
    Ok(work.answer(Some(festival_id), StatusCode::CREATED, &[(header::LOCATION, location)], &body).await?)
}

impl ImportSummary {
    fn of(rows: &[ImportRow]) -> Self {
        let count = |fate| rows.iter().filter(|row| row.fate == fate).count();
        Self {
            rows: rows.len(),
            created: count(ImportFate::Created),
            would_create: count(ImportFate::WouldCreate),
            duplicates: count(ImportFate::Duplicate),
            rejected: count(ImportFate::Rejected),
        }
    }
}

impl ImportRow {
    /// The row as it is told; `id` is the new volunteer's, where one is created.
    fn of(row: &Judged, id: Option<Id<Volunteer>>, told: impl Fn(&Fault) -> ImportFault) -> Self {
        let mut body = Self {
            number: row.number,
            fate: ImportFate::Rejected,
            name: row.name.clone(),
            code: None,
            id: None,
            duplicate_of: None,
            faults: Vec::new(),
        };
        match &row.fate {
            Fate::New(volunteer) => {
                body.fate = if id.is_some() { ImportFate::Created } else { ImportFate::WouldCreate };
                body.code = Some(volunteer.code.clone());
                body.id = id;
            }
            Fate::Duplicate(duplicate) => {
                body.fate = ImportFate::Duplicate;
                body.duplicate_of = Some(ImportDuplicate::of(duplicate));
                body.faults = vec![told(&duplicate.fault())];
            }
            Fate::Rejected(faults) => body.faults = faults.iter().map(told).collect(),
        }
        body
    }
}

impl ImportDuplicate {
    fn of(duplicate: &Duplicate) -> Self {
        let (volunteer_id, code, row) = match &duplicate.of {
            Original::Volunteer(id, code) => (Some(*id), Some(code.clone()), None),
            Original::Row(number) => (None, None, Some(*number)),
        };
        Self { by: duplicate.by, volunteer_id, code, row }
    }
}

impl ImportFault {
    fn of(fault: &Fault, headings: &[String], fields: &[Option<Field>], language: Language) -> Self {
        let problem = FieldProblem::of(fault, language);
        let column = fields.iter().position(|field| field.is_some_and(|field| field.pointer() == fault.path));
        Self {
            field: fault.path.trim_start_matches('/').to_owned(),
            column: column.map(|column| headings[column].clone()),
            code: problem.code,
            detail: problem.detail,
        }
    }
}

/// A file that was read, before anything is known of the festival.
struct Sheet {
    headings: Vec<String>,
    fields: Vec<Option<Field>>,
    rows: Vec<SheetRow>,
}

impl Sheet {
    fn read(file: &[u8]) -> Result<Self, ApiError> {
        let table = khademyar_sheets::read(file, &Limits::default()).map_err(|error| refused(&error))?;
        let fields = recognise(&table.headings).map_err(|faults| {
            ApiError::Invalid(faults.into_iter().map(|fault| fault.under("/columns")).collect())
        })?;
        let rows = read(&fields, table.rows.iter().map(|row| (row.number, row.cells.as_slice())));
        Ok(Self { headings: table.headings, fields, rows })
    }
}

fn refused(error: &ReadError) -> ApiError {
    let (code, fa) = match error {
        ReadError::TooLarge { .. } | ReadError::UnpacksTooLarge { .. } => return ApiError::TooLarge,
        ReadError::TooManyRows { limit } => {
            ("too_many_rows", format!("پرونده بیش از {} ردیف دارد: آن را در چند بخش بفرستید.", digits(limit)))
        }
        ReadError::TooManyColumns { row, limit } => (
            "too_many_columns",
            format!("ردیف {} بیش از {} ستون دارد: ستون‌های اضافی را بردارید.", digits(row), digits(limit)),
        ),
        ReadError::CellTooLong { row, column, limit } => (
            "cell_too_long",
            format!(
                "ردیف {}، ستون {} بیش از {} نویسه دارد: آن را کوتاه کنید.",
                digits(row),
                digits(column),
                digits(limit)
            ),
        ),
        ReadError::Empty => ("empty", "پرونده خالی است: ردیف اول باید عنوان ستون‌ها باشد.".to_owned()),
        ReadError::LegacyWorkbook => (
            "legacy_workbook",
            "این پرونده .xls قدیمی یا رمزدار است: آن را بی‌رمز با قالب .xlsx یا .csv ذخیره کنید.".to_owned(),
        ),
        ReadError::NotATable => ("not_a_table", "پرونده نه CSV است و نه XLSX.".to_owned()),
        ReadError::Damaged(_) => {
            ("damaged", "پروندهٔ XLSX آسیب دیده است: آن را باز کنید و دوباره ذخیره کنید.".to_owned())
        }
    };
    let en = format!("The file was not read: {error}.");
    ApiError::Invalid(vec![Fault::new("", code, en, fa)])
}

async fn register(db: &Db, festival_id: Id<Festival>) -> Result<Register, StorageError> {
    Ok(Register {
        districts: table::all(db, festival_id).await?,
        centres: table::all(db, festival_id).await?,
        specialties: table::all(db, festival_id).await?,
        nights: nights::list(db, festival_id).await?.len(),
        volunteers: volunteers::registered(db, festival_id, None).await?,
    })
}

/// What speaks against a row, by its place in the file.
fn faults(row: &Judged) -> Vec<Fault> {
    let faults = match &row.fate {
        Fate::New(_) => Vec::new(),
        Fate::Duplicate(duplicate) => vec![duplicate.fault()],
        Fate::Rejected(faults) => faults.clone(),
    };
    faults.into_iter().map(|fault| fault.under(&format!("/rows/{}", row.number))).collect()
}

fn example(mode: ImportMode) -> serde_json::Value {
    let written = mode != ImportMode::DryRun;
    json!({
        "mode": mode,
        "batch_id": written.then_some("0190d1a0-5e6c-7a3b-8c1d-0000000000ff"),
        "summary": {
            "rows": 2, "created": usize::from(written), "would_create": usize::from(!written), "duplicates": 0,
            "rejected": 1
        },
        "columns": [{"heading": "نام", "field": "name"}, {"heading": "توضیحات", "field": null}],
        "rows": [
            {
                "number": 2, "fate": if written { "created" } else { "would_create" }, "name": "زهرا کریمی",
                "code": "v0001", "id": written.then_some("0190d1a0-5e6c-7a3b-8c1d-2f3a4b5c6d7e"),
                "duplicate_of": null, "faults": []
            },
            {
                "number": 3, "fate": "rejected", "name": "مریم کاظمی", "code": null, "id": null, "duplicate_of": null,
                "faults": [{
                    "field": "phone", "column": "موبایل", "code": "invalid_phone",
                    "detail": "«0912»: شماره تلفن نیست؛ مانند ۰۹۱۳۱۲۳۴۵۶۷ بدهید."
                }]
            }
        ]
    })
}
