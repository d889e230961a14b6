//! The weekly report: the last one for anybody to read, and for organizers its setting and how it would look now.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{Method, StatusCode},
    response::Response,
};
use khademyar_domain::{
    email::EmailAddress,
    jalali,
    weekly_report::{AttendanceFigures, PeriodFigures, Weekday, WeeklyFigures, WeeklyReportSetting},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    Pages,
    form::{Choice, Filled, Input, LANGUAGES, Shape, language_words, number, refilled, said, written},
    frame::{Frame, page},
    ground::Ground,
    session::done,
    trouble::Trouble,
    visitor::Visitor,
};

/// A report as it is shown.
struct Shown {
    festival: String,
    day: String,
    periods: [Period; 2],
    registered: String,
    essential_missing: u32,
    districts: Vec<District>,
}

/// What was done in some time.
struct Period {
    title: &'static str,
    figures: Vec<(&'static str, String)>,
}

struct District {
    name: String,
    filled: u32,
    desired: u32,
    essential_missing: u32,
}

impl Shown {
    fn new(visitor: &Visitor, report: &WeeklyFigures) -> Self {
        let language = visitor.language;
        let districts = report.districts.iter().map(|district| District {
            name: district.name.in_language(language),
            filled: district.filled,
            desired: district.desired,
            essential_missing: district.essential_missing,
        });
        Self {
            festival: report.festival.in_language(language),
            day: jalali::long(report.day, language),
            periods: [
                period(visitor, visitor.say("در این هفته", "This week"), &report.week),
                period(visitor, visitor.say("تا کنون", "Until now"), &report.all),
            ],
            registered: language.amount(report.registered as i64),
            essential_missing: report.essential_missing,
            districts: districts.collect(),
        }
    }
}

fn period(visitor: &Visitor, title: &'static str, figures: &PeriodFigures) -> Period {
    let n = |count: i64| visitor.language.amount(count);
    let AttendanceFigures { present, partial, absent, excused, unknown } = figures.attendance;
    let seats =
        format!("{} {} {}", n(figures.filled.into()), visitor.say("از", "of"), n(figures.desired.into()));
    let figures = vec![
        (visitor.say("خادمیار خدمت کرد", "volunteers served"), n(figures.volunteers as i64)),
        (visitor.say("جا پر است", "seats are filled"), seats),
        (visitor.say("ساعت در شیفت‌ها", "hours in shifts"), n(figures.minutes / 60)),
        (visitor.say("ساعت بیرون از آن‌ها", "hours outside them"), n(figures.worklog_minutes / 60)),
        (visitor.say("حاضر", "present"), n(present as i64)),
        (visitor.say("بخشی از شیفت", "for a part of the shift"), n(partial as i64)),
        (visitor.say("غایب", "absent"), n(absent as i64)),
        (visitor.say("غایب با عذر", "excused"), n(excused as i64)),
        (visitor.say("ثبت‌نشده", "not told by the roll"), n(unknown as i64)),
    ];
    Period { title, figures }
}

#[derive(Template)]
#[template(path = "weekly.html")]
struct PublicPage {
    frame: Frame,
    report: Shown,
}

#[derive(Template)]
#[template(path = "admin/weekly.html")]
struct SettingPage {
    frame: Frame,
    ground: Ground,
    form: Vec<Input>,
    fault: Option<String>,
    /// Where anybody may read the last one.
    public: Option<String>,
    report: Shown,
}

/// The last report, for anybody.
pub(crate) async fn public(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let report: WeeklyFigures = pages.read(&visitor, &format!("/v1/weekly-reports/{festival}")).await?;
    let frame = Frame::new(&visitor, visitor.say("گزارش هفتگی", "Weekly report"));
    let report = Shown::new(&visitor, &report);
    Ok(page(&visitor, StatusCode::OK, &PublicPage { frame, report }))
}

/// When it is made and to whom it goes, and how it would look now.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    shown(&pages, &visitor, festival, None).await
}

async fn shown(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let path = format!("{}/weekly-report", ground.path());
    let setting: WeeklyReportSetting = pages.read(visitor, &path).await?;
    let report: WeeklyFigures = pages.read(visitor, &format!("{path}/preview")).await?;
    let mut form = form(visitor, &setting);
    let (status, fault) = refilled(&mut form, refused)?;
    let template = SettingPage {
        frame: Frame::new(visitor, visitor.say("گزارش هفتگی", "Weekly report")),
        public: setting.is_public.then(|| format!("/reports/{festival}")),
        report: Shown::new(visitor, &report),
        ground,
        form,
        fault,
    };
    Ok(page(visitor, status, &template))
}

fn weekday_words(day: Weekday) -> (&'static str, &'static str) {
    match day {
        Weekday::Saturday => ("شنبه", "Saturday"),
        Weekday::Sunday => ("یکشنبه", "Sunday"),
        Weekday::Monday => ("دوشنبه", "Monday"),
        Weekday::Tuesday => ("سه‌شنبه", "Tuesday"),
        Weekday::Wednesday => ("چهارشنبه", "Wednesday"),
        Weekday::Thursday => ("پنجشنبه", "Thursday"),
        Weekday::Friday => ("جمعه", "Friday"),
    }
}

fn form(visitor: &Visitor, setting: &WeeklyReportSetting) -> Vec<Input> {
    let days = Weekday::ALL.map(|day| {
        let (fa, en) = weekday_words(day);
        (day.as_str().to_owned(), visitor.say(fa, en).to_owned())
    });
    let hours = (0..24).map(|hour| (hour.to_string(), written(format_args!("{hour}:00"), visitor.language)));
    let recipients: Vec<&str> = setting.recipients.iter().map(EmailAddress::as_str).collect();
    let ticks = |name: &str, label: &str, options: Vec<Choice>| Input {
        options,
        ..Input::new(Shape::Ticks, name, label)
    };
    let languages = LANGUAGES.map(|language| Choice {
        value: language.tag().to_owned(),
        label: said(visitor, language_words(language)).to_owned(),
        is_chosen: setting.languages.contains(&language),
    });
    let is_public = Choice {
        value: "true".to_owned(),
        label: visitor
            .say(
                "هر که نشانی آن را دارد آخرین گزارش را بخواند؛ در آن نام کسی نیست.",
                "Whoever has its address may read the last one; it names nobody.",
            )
            .to_owned(),
        is_chosen: setting.is_public,
    };
    vec![
        Input::new(Shape::Choice, "weekday", visitor.say("روز", "Day"))
            .options(days)
            .value(setting.weekday.as_str()),
        Input::new(Shape::Choice, "hour", visitor.say("ساعت", "Hour"))
            .options(hours)
            .value(setting.hour.to_string()),
        Input::new(
            Shape::Lines,
            "recipients",
            visitor.say("به این نشانی‌های رایانامه", "To these e-mail addresses"),
        )
        .value(recipients.join("\n"))
        .hint(visitor.say("هر نشانی در یک سطر.", "One address a line.")),
        ticks("languages", visitor.say("زبان", "Language"), languages.into()),
        ticks("is_public", visitor.say("برای همه", "For everybody"), vec![is_public]),
    ]
}

/// Keeps the setting.
pub(crate) async fn save(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let recipients: Vec<&str> =
        filled.get("recipients").split(char::is_whitespace).filter(|line| !line.is_empty()).collect();
    let hour: Value = number::<i32>(filled.get("hour")).map_or(Value::Null, Value::from);
    let body = json!({
        "weekday": filled.get("weekday"),
        "hour": hour,
        "recipients": recipients,
        "languages": filled.all("languages").collect::<Vec<_>>(),
        "is_public": filled.get("is_public") == "true",
    });
    let path = format!("/v1/festivals/{festival}/weekly-report");
    match pages.ask(&visitor, Method::PUT, &path, Some(body), None).await {
        Ok(_) => Ok(done(&pages, &format!("/admin/{festival}/weekly-report"), "saved")),
        Err(trouble) => shown(&pages, &visitor, festival, Some((filled, trouble))).await,
    }
}
