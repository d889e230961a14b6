//! A festival at a glance: what is there, what is still missing, and where to go on.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    month::{Month, months},
    plans::{Coverage, Plan, Total, published},
};
use crate::{
    Pages,
    frame::{Frame, page},
    ground::Ground,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many rows are counted before it is said that there are more.
const COUNTED: usize = 500;

#[derive(Deserialize)]
struct Rows {
    items: Vec<Value>,
    next_cursor: Option<String>,
}

/// A step on the way to a published roster.
struct Step {
    href: String,
    name: &'static str,
    /// What is there, in words; empty where nothing is.
    there: String,
    /// What it is for.
    about: &'static str,
    is_done: bool,
    /// Whether it is the first that is not done.
    is_next: bool,
}

/// A way to something that has no place in the order of steps.
struct Way {
    href: String,
    name: &'static str,
    about: &'static str,
}

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    frame: Frame,
    ground: Ground,
    steps: Vec<Step>,
    ways: Vec<Way>,
    months: Vec<Month>,
    total: Total,
    is_published: bool,
}

/// Shows the festival at a glance.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let frame = Frame::new(&visitor, ground.name.clone());
    let mut counts = Vec::new();
    for list in ["districts", "specialties", "venues", "shifts", "volunteers"] {
        let rows: Rows = pages.read(&visitor, &format!("{path}/{list}?limit={COUNTED}")).await?;
        counts.push((rows.items.len(), rows.next_cursor.is_some()));
    }
    let Coverage { total } = pages.read(&visitor, &format!("{path}/coverage")).await?;
    let plans = Plan::list(&pages, &visitor, &path).await?;
    let is_published = published(&plans).is_some();

    let home = format!("/admin/{festival}");
    let counted = |k: usize, fa: &str, en: &str| match counts[k] {
        (0, _) => String::new(),
        (n, false) => format!("{} {}", frame.n(n), frame.say(fa, en)),
        (n, true) => format!("{} {} {}", frame.say("بیش از", "over"), frame.n(n), frame.say(fa, en)),
    };
    let nights = ground.nights.len();
    let step = |to: &str, name, there: String, about| Step {
        href: format!("{home}/{to}"),
        name,
        is_done: !there.is_empty(),
        there,
        about,
        is_next: false,
    };
    let of = |count: usize, words: String| if count == 0 { String::new() } else { words };
    let seats = format!("{} {}", frame.n(total.desired), frame.say("نفر", "people"));
    let made = format!("{} {}", frame.n(plans.len()), frame.say("برنامه", "made"));
    let mut steps = vec![
        step(
            "festival",
            frame.say("شب‌ها", "Nights"),
            of(nights, format!("{} {}", frame.n(nights), frame.say("شب", "nights"))),
            frame.say("نام رویداد، تاریخ شب‌ها و ساعت آن", "The name, the dates of the nights, the clocks"),
        ),
        step(
            "districts",
            frame.say("منطقه‌ها", "Districts"),
            counted(0, "منطقه", "districts"),
            frame.say(
                "خانهٔ خادمیاران و جای خدمت، با اولویت هر یک",
                "Where people live and serve, and how soon each is served",
            ),
        ),
        step(
            "specialties",
            frame.say("عرصه‌ها", "Specialties"),
            counted(1, "عرصه", "specialties"),
            frame.say("خدمت در چه کاری", "The fields people serve in"),
        ),
        step(
            "venues",
            frame.say("مکان‌ها و پایگاه‌ها", "Venues and bases"),
            counted(2, "مکان", "venues"),
            frame.say(
                "مکان‌های ثابت و پایگاه‌های سیار، شب به شب",
                "Fixed venues, and mobile bases night by night",
            ),
        ),
        step(
            "shifts",
            frame.say("شیفت‌ها", "Shifts"),
            counted(3, "شیفت", "shifts"),
            frame.say("ساعت‌های خدمت در هر مکان و هر شب", "The hours of service, by venue and night"),
        ),
        step(
            "positions",
            frame.say("جایگاه‌ها", "Positions"),
            of(total.desired as usize, seats),
            frame.say(
                "در هر شیفت چند نفر، در چه عرصه‌ای",
                "How many people each shift asks for, in which field",
            ),
        ),
        step(
            "volunteers",
            frame.say("خادمیاران", "Volunteers"),
            counted(4, "نفر", "people"),
            frame.say("از پروندهٔ اکسل یا یکی‌یکی", "From a spreadsheet, or one by one"),
        ),
        step(
            "plans",
            frame.say("برنامه", "Roster"),
            of(plans.len(), made),
            frame.say("بهترین چینش یافته می‌شود", "The best one is looked for"),
        ),
    ];
    let mut publication = step(
        "plans",
        frame.say("انتشار", "Publication"),
        if is_published { frame.say("منتشر شده", "published").to_owned() } else { String::new() },
        frame.say("پس از دیدن اینکه به چه کسانی می‌رسد", "Once you have seen whom it touches"),
    );
    if let Some(plan) = published(&plans) {
        publication.href = format!("{home}/plans/{}", plan.id);
    }
    steps.push(publication);
    if let Some(next) = steps.iter_mut().find(|step| !step.is_done) {
        next.is_next = true;
    }

    let way = |to: &str, name, about| Way { href: format!("{home}/{to}"), name, about };
    let ways = vec![
        way(
            "members",
            frame.say("افراد و نقش‌ها", "People and roles"),
            frame.say("هماهنگ‌کننده، دبیر، سرگروه", "Coordinators, secretaries, venue leads"),
        ),
        way(
            "walls",
            frame.say("تابلوها", "Walls"),
            frame.say("شمار امشب برای صفحه‌نمایش اتاق هماهنگی", "Tonight’s figures for a screen in the room"),
        ),
        way(
            "ways",
            frame.say("راه‌ها", "Ways"),
            frame.say("چند دقیقه از منطقه به منطقه", "Minutes from district to district"),
        ),
        way(
            "centres",
            frame.say("کانون‌ها", "Centres"),
            frame.say("خادمیاران از کدام کانون‌اند", "Which centres the volunteers belong to"),
        ),
        way(
            "partners",
            frame.say("همکاران", "Partners"),
            frame.say("شهرداری‌ها، شرکت‌ها، خیّران", "Municipalities, companies, benefactors"),
        ),
        way(
            "contributions",
            frame.say("کمک‌ها", "Contributions"),
            frame.say("آنچه همکاران داده‌اند", "What the partners gave"),
        ),
        way(
            "report",
            frame.say("گزارش سپاس", "Thank-you report"),
            frame.say("چه کسی چند ساعت خدمت کرد", "Who served, and for how long"),
        ),
        way(
            "letters",
            frame.say("نامه‌ها", "Letters"),
            frame.say(
                "لوح و نامهٔ سپاس، چاپ و متن آن‌ها",
                "Certificates and letters of thanks: printed, and worded",
            ),
        ),
        way(
            "weekly-report",
            frame.say("گزارش هفتگی", "Weekly report"),
            frame.say(
                "عددهای هر هفته، با رایانامه و برای همه",
                "Each week's figures, by e-mail and for everybody",
            ),
        ),
        way(
            "batches",
            frame.say("افزودن‌های گروهی", "Bulk creations"),
            frame.say("و پس گرفتن آن‌ها", "And how to undo them"),
        ),
        way(
            "audit",
            frame.say("تاریخچه", "History"),
            frame.say("چه کسی چه چیزی را تغییر داد", "Who changed what"),
        ),
    ];
    let months = months(&ground.nights, visitor.language);
    let template = OverviewPage { frame, ground, steps, ways, months, total, is_published };
    Ok(page(&visitor, StatusCode::OK, &template))
}
