//! The JSON API: every route stands on this page; handlers are in `handlers/`, the lists of a set-up in `crud`.

mod accept;
mod again;
pub mod auth;
mod batch;
mod blocking;
mod contract;
mod crud;
mod edit;
mod error;
mod extract;
mod fresh;
pub mod gate;
mod handlers;
mod language;
mod live;
mod observe;
mod own_part;
mod printing;
mod problems;
mod query;
mod reasons;
pub mod rights;
pub mod serving;
mod state;
mod upload;
mod validate;
mod work;

use std::time::Instant;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderName, Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use khademyar_domain::{
    centre::Centre,
    district::District,
    pair::{Pair, Pin},
    partner::{Contribution, Partner},
    position::Position,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::Volunteer,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use khademyar_reports::paper::{NoFonts, Press};

pub use crate::{
    again::at_once,
    error::ApiError,
    fresh::Fresh,
    live::Live,
    observe::Metrics,
    printing::Letters,
    state::{AppState, Clock, Services},
};
use crate::{
    handlers::{
        answers, api_tokens, archives, assignments, attendance, audit, batches, calendars, candidates,
        coverage, covers, devices, drafts, festival_problems, festivals, happenings, health, letter_bundles,
        letter_wordings, letters, me, members, messages, passes, personal_data, placements, plan_events,
        plans, profiles, recruitment, registrations, reports, rolls, schedules, second_factors,
        sign_in_codes, signing_keys, standbys, swaps, tokens, volunteer_import, waiting, webhooks,
        weekly_reports, worklog,
    },
    problems::as_problems,
};

/// The largest body that is read, in bytes: a festival-problem file of a whole province.
const LARGEST_BODY: usize = 256 * 1024 * 1024;

fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(contract::Contract::openapi())
        .routes(routes!(tokens::create_token))
        .routes(routes!(tokens::refresh_token))
        .routes(routes!(tokens::revoke_token))
        .routes(routes!(second_factors::create_token_by_second_factor))
        .routes(routes!(sign_in_codes::create_sign_in_code))
        .routes(routes!(sign_in_codes::verify_sign_in_code))
        .routes(routes!(signing_keys::list_signing_keys))
        .routes(routes!(me::get_me))
        .routes(routes!(me::change_my_password))
        .routes(routes!(second_factors::get_my_second_factor, second_factors::enrol_second_factor))
        .routes(routes!(second_factors::confirm_second_factor))
        .routes(routes!(second_factors::renew_recovery_codes))
        .routes(routes!(second_factors::remove_second_factor))
        .routes(routes!(devices::list_my_devices, devices::sign_out_everywhere))
        .routes(routes!(devices::sign_out_device))
        .routes(routes!(personal_data::get_my_data, personal_data::erase_my_data))
        .routes(routes!(schedules::get_my_schedule))
        .routes(routes!(profiles::get_my_profile, profiles::replace_my_profile))
        .routes(routes!(passes::get_my_pass))
        .routes(routes!(passes::draw_my_pass))
        .routes(routes!(answers::accept_assignment))
        .routes(routes!(answers::decline_assignment))
        .routes(routes!(answers::withdraw_assignment))
        .routes(routes!(candidates::list_my_eligible_shifts))
        .routes(routes!(covers::request_cover))
        .routes(routes!(swaps::list_swap_seats, covers::request_swap))
        .routes(routes!(covers::list_my_covers))
        .routes(routes!(covers::cancel_my_cover))
        .routes(routes!(covers::accept_cover))
        .routes(routes!(covers::decline_cover))
        .routes(routes!(waiting::list_my_waiting))
        .routes(routes!(waiting::join_waiting, waiting::leave_waiting))
        .routes(routes!(waiting::stand_by, waiting::stand_down))
        .routes(routes!(worklog::list_my_worklog, worklog::create_my_worklog_entry))
        .routes(routes!(worklog::withdraw_my_worklog_entry))
        .routes(routes!(messages::get_my_preferences, messages::replace_my_preferences))
        .routes(routes!(happenings::follow_my_schedule))
        .routes(routes!(calendars::create_my_calendar, calendars::revoke_my_calendar))
        .routes(routes!(calendars::get_my_calendar))
        .routes(routes!(festivals::list_festivals, festivals::create_festival))
        .routes(routes!(festivals::get_festival, festivals::replace_festival, festivals::delete_festival))
        .routes(routes!(archives::get_archive, archives::archive_festival))
        .routes(routes!(festivals::get_travel_minutes, festivals::replace_travel_minutes))
        .routes(routes!(festival_problems::get_festival_problem, festival_problems::replace_festival_problem))
        .merge(crud::routes::<District>())
        .merge(crud::routes::<Centre>())
        .merge(crud::routes::<Specialty>())
        .merge(crud::routes::<Venue>())
        .merge(crud::routes::<Shift>())
        .merge(crud::routes::<Position>())
        .merge(crud::routes::<Volunteer>())
        .routes(routes!(personal_data::erase_volunteer))
        .routes(routes!(volunteer_import::import_volunteers))
        .merge(crud::routes::<Pair>())
        .merge(crud::routes::<Pin>())
        .merge(crud::routes::<Partner>())
        .merge(crud::routes::<Contribution>())
        .routes(routes!(members::list_members, members::create_member))
        .routes(routes!(members::get_member, members::replace_member, members::delete_member))
        .routes(routes!(api_tokens::list_api_tokens, api_tokens::create_api_token))
        .routes(routes!(api_tokens::revoke_api_token))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::delete_webhook))
        .routes(routes!(registrations::get_registration_form, registrations::create_registration))
        .routes(routes!(registrations::get_registration_setting, registrations::replace_registration_setting))
        .routes(routes!(registrations::list_registrations))
        .routes(routes!(registrations::approve_registration))
        .routes(routes!(registrations::decline_registration))
        .routes(routes!(plans::list_plans, plans::create_plan))
        .routes(routes!(plans::get_plan, plans::stop_plan))
        .routes(routes!(plans::publish_plan))
        .routes(routes!(plans::unpublish_plan))
        .routes(routes!(drafts::change_draft))
        .routes(routes!(drafts::compare_plan))
        .routes(routes!(plan_events::follow_plan))
        .routes(routes!(assignments::list_plan_assignments))
        .routes(routes!(coverage::get_plan_coverage))
        .routes(routes!(coverage::list_plan_unfilled))
        .routes(routes!(recruitment::get_plan_recruitment))
        .routes(routes!(assignments::list_assignments, placements::assign_volunteer))
        .routes(routes!(placements::remove_assignment))
        .routes(routes!(placements::move_assignment))
        .routes(routes!(placements::pin_assignment, placements::unpin_assignment))
        .routes(routes!(placements::create_walk_in))
        .routes(routes!(rolls::list_rolls))
        .routes(routes!(rolls::get_roll))
        .routes(routes!(happenings::follow_roll))
        .routes(routes!(standbys::get_standby_advice))
        .routes(routes!(passes::list_festival_keys))
        .routes(routes!(attendance::send_attendance_events))
        .routes(routes!(candidates::list_candidates))
        .routes(routes!(covers::request_takers))
        .routes(routes!(covers::list_covers))
        .routes(routes!(covers::cancel_cover))
        .routes(routes!(covers::approve_cover))
        .routes(routes!(covers::disapprove_cover))
        .routes(routes!(worklog::list_worklog, worklog::create_worklog_entry))
        .routes(routes!(worklog::approve_worklog_entry))
        .routes(routes!(worklog::decline_worklog_entry))
        .routes(routes!(messages::list_messages))
        .routes(routes!(messages::resend_message))
        .routes(routes!(happenings::follow_festival))
        .routes(routes!(coverage::get_coverage))
        .routes(routes!(coverage::list_unfilled))
        .routes(routes!(batches::list_batches))
        .routes(routes!(batches::undo_batch))
        .routes(routes!(audit::list_audit_entries))
        .routes(routes!(reports::get_thank_you_report))
        .routes(routes!(reports::get_volunteer_letter))
        .routes(routes!(reports::get_district_letter))
        .routes(routes!(letters::get_letter))
        .routes(routes!(letters::get_festival_report))
        .routes(routes!(letters::verify_letter))
        .routes(routes!(letter_wordings::list_letter_wordings))
        .routes(routes!(letter_wordings::replace_letter_wording, letter_wordings::delete_letter_wording))
        .routes(routes!(letter_wordings::preview_letter_wording))
        .routes(routes!(letter_bundles::list_letter_bundles, letter_bundles::create_letter_bundle))
        .routes(routes!(letter_bundles::get_letter_bundle))
        .routes(routes!(letter_bundles::get_letter_bundle_file))
        .routes(routes!(
            weekly_reports::get_weekly_report_setting,
            weekly_reports::replace_weekly_report_setting
        ))
        .routes(routes!(weekly_reports::preview_weekly_report))
        .routes(routes!(weekly_reports::get_weekly_report))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// The contract of the API, as it is committed in `openapi.yaml`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    contract::finished(routes().into_openapi())
}

/// The whole API on `state`.
pub fn router(state: AppState) -> Router {
    let (router, contract) = routes().split_for_parts();
    let contract = contract::finished(contract);
    let guard = rights::Guard::new(&contract, state.clone());
    let json = Bytes::from(contract.to_json().unwrap_or_default());
    let yaml = Bytes::from(contract.to_yaml().unwrap_or_default());
    let limits = state.gate.limits();
    let router = router
        .route_layer(middleware::from_fn_with_state(guard, rights::guard))
        .route("/metrics", get(observe::metrics))
        .route("/v1/openapi.json", get(move || async { ([("content-type", "application/json")], json) }))
        .route("/v1/openapi.yaml", get(move || async { ([("content-type", "application/yaml")], yaml) }))
        .fallback(|| async { ApiError::NotFound("page") })
        .method_not_allowed_fallback(|| async { StatusCode::METHOD_NOT_ALLOWED });
    // One stack, outermost first: each `Router::layer` would put every route into a box of its own.
    let around = ServiceBuilder::new()
        .option_layer(cross_origin(&limits.cors_origins))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(state.clone(), by_route))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(problems::panicked))
        .layer(RequestBodyTimeoutLayer::new(limits.silence))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.longest_request));
    router.layer(around).with_state(state)
}

/// Answers by a route, or as before. One middleware, for each clones all that is within it.
async fn by_route(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let answer = |request| again::or_anew(&app, request, |request| next.run(request));
    around(&app, request, Instant::now(), answer).await
}

/// What is done around every answer, outermost first, to a request that came at `begun`.
async fn around<F: Future<Output = Response>>(
    app: &AppState,
    request: Request,
    begun: Instant,
    answer: impl FnOnce(Request) -> F,
) -> Response {
    let pass = |request| gate::gate(app, request, answer);
    let word = |request| as_problems(request, pass);
    let harden = |request| gate::harden(app, request, word);
    observe::observe(app, request, begun, harden).await
}

/// What pages of these origins may ask and read from a browser; none where no others than our own may.
fn cross_origin(origins: &gate::Origins) -> Option<CorsLayer> {
    let told = [header::CONTENT_DISPOSITION, header::ETAG, header::LOCATION, header::RETRY_AFTER];
    let sent = [
        header::ACCEPT_LANGUAGE,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
    ];
    let named = ["idempotency-key", "last-event-id"].map(HeaderName::from_static);
    (!origins.0.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins.0.clone())
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(sent.into_iter().chain(named).collect::<Vec<_>>())
            .expose_headers(told)
    })
}
