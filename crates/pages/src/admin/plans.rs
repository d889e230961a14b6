//! Rosters: asked for, followed while they are solved, stopped, published and taken back.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use khademyar_domain::plan::{PlanKind, PlanState, Score};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{done, when::moment};
use crate::{
    Pages,
    form::{Filled, Input, Shape, number, refilled, written},
    frame::{Frame, page},
    ground::Ground,
    news::Last,
    trouble::Trouble,
    visitor::Visitor,
};

/// How many plans are listed.
const SHOWN: usize = 50;

/// A plan of the API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Plan {
    pub(crate) id: Uuid,
    pub(crate) kind: PlanKind,
    pub(crate) state: PlanState,
    pub(crate) seconds: i32,
    pub(crate) cancel_asked: bool,
    pub(crate) progress: f64,
    pub(crate) score: Option<Score>,
    pub(crate) bound: Option<Score>,
    pub(crate) gap: Option<f64>,
    pub(crate) error: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) publication: Option<Publication>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Publication {
    at: DateTime<Utc>,
    pub(crate) offered: u32,
    pub(crate) kept: u32,
    pub(crate) cancelled: u32,
}

/// How far a roster covers what was asked.
#[derive(Deserialize)]
pub(crate) struct Coverage {
    pub(crate) total: Total,
}

#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Total {
    pub(crate) desired: u32,
    pub(crate) filled: u32,
    pub(crate) essential_missing: u32,
    pub(crate) missing: u32,
}

#[derive(Deserialize)]
struct Plans {
    items: Vec<Plan>,
}

impl Plan {
    /// The festival's plans, the newest first.
    pub(crate) async fn list(pages: &Pages, visitor: &Visitor, path: &str) -> Result<Vec<Self>, Trouble> {
        let plans: Plans = pages.read(visitor, &format!("{path}/plans?limit={SHOWN}")).await?;
        Ok(plans.items)
    }

    /// Whether nothing more will come.
    pub(crate) fn is_over(&self) -> bool {
        self.state.is_over()
    }

    /// Whether it has a roster that could be published.
    pub(crate) fn has_roster(&self) -> bool {
        self.is_over() && self.state != PlanState::Failed && self.score.is_some()
    }

    pub(crate) fn state_words(&self, frame: &Frame) -> &'static str {
        let (fa, en) = match self.state {
            PlanState::Running if self.cancel_asked => ("دارد می‌ایستد", "being stopped"),
            PlanState::Queued => ("در صف", "waiting"),
            PlanState::Running => ("در حال حل", "being solved"),
            PlanState::Completed => ("آماده", "ready"),
            PlanState::Failed => ("ناموفق", "failed"),
            PlanState::Cancelled if self.score.is_some() => ("متوقف شد؛ آماده", "stopped; ready"),
            PlanState::Cancelled => ("متوقف شد", "stopped"),
        };
        frame.say(fa, en)
    }

    pub(crate) fn kind_words(&self, frame: &Frame) -> &'static str {
        let (fa, en) = match self.kind {
            PlanKind::Solve => ("بهترین برنامه", "Best roster"),
            PlanKind::Repair => ("کمترین تغییر", "Least change"),
            PlanKind::Draft => ("پیش‌نویس دستی", "Draft by hand"),
        };
        frame.say(fa, en)
    }

    /// Whether it is proven how many essential seats must stay empty: only then is there something to say of the cost.
    pub(crate) fn is_essential_proven(&self) -> bool {
        self.score.zip(self.bound).is_some_and(|(score, bound)| score.essential == bound.essential)
    }

    /// How far from the best possible it can be at most, in percent.
    pub(crate) fn gap_words(&self, frame: &Frame) -> Option<String> {
        let percent = self.gap? * 100.0;
        let told = if percent == 0.0 {
            frame.say("اثبات شده که بهترین است", "proven to be the best").to_owned()
        } else {
            let percent = frame.n(format_args!("{percent:.1}"));
            format!(
                "{} {percent}{}",
                frame.say("حداکثر", "at most"),
                frame.say("٪ تا بهترین ممکن", " % from the best possible")
            )
        };
        Some(told)
    }
}

/// The plan that is the festival's roster.
pub(crate) fn published(plans: &[Plan]) -> Option<&Plan> {
    let with_date = plans.iter().filter_map(|plan| Some((plan.publication.as_ref()?.at, plan)));
    with_date.max_by_key(|(at, _)| *at).map(|(_, plan)| plan)
}

/// A plan as it is listed.
struct Shown {
    plan: Plan,
    when: String,
    is_published: bool,
}

#[derive(Template)]
#[template(path = "admin/plans.html")]
struct PlansPage {
    frame: Frame,
    ground: Ground,
    plans: Vec<Shown>,
    form: Vec<Input>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/plan.html")]
struct PlanPage {
    frame: Frame,
    ground: Ground,
    plan: Plan,
    when: String,
    is_published: bool,
    /// What it covers, once it is over.
    total: Option<Total>,
    /// The others, to compare with.
    others: Vec<Shown>,
}

fn form(visitor: &Visitor, has_roster: bool) -> Vec<Input> {
    let mut kinds = vec![("solve".to_owned(), visitor.say("بهترین برنامه", "The best roster").to_owned())];
    if has_roster {
        let repair =
            visitor.say("کمترین تغییر در برنامهٔ منتشرشده", "The least change to the published roster");
        kinds.push(("repair".to_owned(), repair.to_owned()));
    }
    vec![
        Input::new(Shape::Choice, "kind", visitor.say("چه می‌خواهید؟", "What for?"))
            .options(kinds)
            .value("solve"),
        Input::new(Shape::Number, "seconds", visitor.say("چند ثانیه بکوشد", "For how many seconds"))
            .required()
            .value(written(30, visitor.language))
            .hint(
                visitor.say(
                    "هر وقت بس بود می‌توانید متوقفش کنید.",
                    "You can stop it as soon as it is good enough.",
                ),
            ),
    ]
}

fn shown_plans(plans: Vec<Plan>, ground: &Ground, frame: &Frame) -> Vec<Shown> {
    let current = published(&plans).map(|plan| plan.id);
    let shown = plans.into_iter().map(|plan| Shown {
        when: moment(plan.created_at, ground, frame),
        is_published: current == Some(plan.id),
        plan,
    });
    shown.collect()
}

async fn listed(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    refused: Option<(Filled, Trouble)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(pages, visitor, festival).await?;
    let frame = Frame::new(visitor, visitor.say("برنامه‌ها", "Rosters"));
    let plans = Plan::list(pages, visitor, &ground.path()).await?;
    let mut form = form(visitor, published(&plans).is_some());
    let (status, fault) = refilled(&mut form, refused)?;
    let plans = shown_plans(plans, &ground, &frame);
    Ok(page(visitor, status, &PlansPage { frame, ground, plans, form, fault }))
}

/// Lists the plans, with the form that asks for one.
pub(crate) async fn list(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
) -> Result<Response, Trouble> {
    listed(&pages, &visitor, festival, None).await
}

/// Asks for a plan and leads to it.
pub(crate) async fn create(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path(festival): Path<Uuid>,
    Form(filled): Form<Filled>,
) -> Result<Response, Trouble> {
    let seconds = filled.get("seconds");
    // Each form asks with another seed, so that asking again is worth it.
    let seed = visitor.once.map_or_else(|| pages.now().timestamp(), |once| once.as_fields().0.into());
    let seconds = number::<i64>(seconds).map_or_else(|| json!(seconds), |seconds| json!(seconds));
    let body = json!({"kind": filled.get("kind"), "seconds": seconds, "seed": seed});
    match pages.post(&visitor, &format!("/v1/festivals/{festival}/plans"), body).await {
        Ok(answer) => {
            let plan: Plan = answer.read()?;
            Ok(crate::session::lead(&format!("/admin/{festival}/plans/{}", plan.id), Vec::new()))
        }
        Err(trouble) => listed(&pages, &visitor, festival, Some((filled, trouble))).await,
    }
}

/// Shows a plan: how it comes along, and what can be done with it.
pub(crate) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    let ground = Ground::organized(&pages, &visitor, festival).await?;
    let path = ground.path();
    let plan: Plan = pages.read(&visitor, &format!("{path}/plans/{plan}")).await?;
    let mut total = None;
    if plan.has_roster() {
        let coverage: Coverage = pages.read(&visitor, &format!("{path}/plans/{}/coverage", plan.id)).await?;
        total = Some(coverage.total);
    }
    let plans = Plan::list(&pages, &visitor, &path).await?;
    let is_published = published(&plans).is_some_and(|current| current.id == plan.id);
    let mut frame = Frame::new(&visitor, "");
    plan.kind_words(&frame).clone_into(&mut frame.title);
    let mut others = shown_plans(plans, &ground, &frame);
    others.retain(|other| other.plan.id != plan.id && other.plan.has_roster());
    let when = moment(plan.created_at, &ground, &frame);
    Ok(page(&visitor, StatusCode::OK, &PlanPage { frame, ground, plan, when, is_published, total, others }))
}

/// Follows how a plan comes along, for a script that draws it.
pub(crate) async fn follow(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
    Last(last): Last,
) -> Result<Response, Trouble> {
    pages.stream(&visitor, &format!("/v1/festivals/{festival}/plans/{plan}/events"), last).await
}

/// Stops a plan; the best it found stays.
pub(crate) async fn stop(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    pages.delete(&visitor, &format!("/v1/festivals/{festival}/plans/{plan}")).await?;
    Ok(done(&pages, &format!("/admin/{festival}/plans/{plan}"), "stopped"))
}

/// Makes a plan the festival's roster.
pub(crate) async fn publish(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    publication(&pages, &visitor, festival, plan, "publish", "published").await
}

/// Takes the publication back, as long as nobody has answered.
pub(crate) async fn unpublish(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((festival, plan)): Path<(Uuid, Uuid)>,
) -> Result<Response, Trouble> {
    publication(&pages, &visitor, festival, plan, "unpublish", "unpublished").await
}

async fn publication(
    pages: &Pages,
    visitor: &Visitor,
    festival: Uuid,
    plan: Uuid,
    verb: &str,
    told: &str,
) -> Result<Response, Trouble> {
    let path = format!("/v1/festivals/{festival}/plans/{plan}/{verb}");
    pages.ask(visitor, axum::http::Method::POST, &path, None, None).await?;
    Ok(done(pages, &format!("/admin/{festival}/plans/{plan}"), told))
}
