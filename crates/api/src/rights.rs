//! What each operation asks of whoever wants it, in one table; and the guard that asks it before a handler runs.
//!
//! A handler may ask again for how far a right reaches. One that forgets is guarded all the same, and an operation that is
//! not in the table is refused to everyone.

mod document;
mod grants;

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use axum::{
    extract::{DefaultBodyLimit, FromRequestParts, MatchedPath, Path, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use khademyar_domain::{
    Id,
    api_token::Grant,
    centre::Centre,
    district::District,
    festival::Festival,
    pair::{Pair, Pin},
    partner::{Contribution, Partner},
    position::Position,
    rights::Action,
    shift::Shift,
    specialty::Specialty,
    venue::Venue,
    volunteer::Volunteer,
};
use khademyar_storage::{
    StorageError, archives,
    audit::{self, Origin},
    second_factors,
};
use utoipa::openapi::{OpenApi, path::Operation};

pub use document::{Cell, Who, document};

use crate::{
    LARGEST_BODY,
    auth::{Bearer, Credential, secret::random},
    crud::Resource,
    error::ApiError,
    extract::InFestival,
    gate::ClientAddress,
    state::AppState,
};

/// What an operation asks of whoever wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// Nothing: whoever asks is answered, or has a secret in the request.
    Nothing,
    /// To be signed in.
    SignIn,
    /// To be an operator, or the organizer of some festival.
    Founding,
    /// To serve in some festival; what is answered is one's own.
    Serving,
    /// To be allowed this in the festival that the path names.
    In(Action),
}

/// What the operations that are no list of a set-up ask for: a new one needs a line here.
const OPERATIONS: &[(&str, Needs)] = &[
    ("healthz", Needs::Nothing),
    ("readyz", Needs::Nothing),
    ("create_token", Needs::Nothing),
    ("refresh_token", Needs::Nothing),
    ("revoke_token", Needs::Nothing),
    ("create_token_by_second_factor", Needs::Nothing),
    ("create_sign_in_code", Needs::Nothing),
    ("verify_sign_in_code", Needs::Nothing),
    ("list_signing_keys", Needs::Nothing),
    ("get_me", Needs::SignIn),
    ("change_my_password", Needs::SignIn),
    ("get_my_second_factor", Needs::SignIn),
    ("enrol_second_factor", Needs::SignIn),
    ("confirm_second_factor", Needs::SignIn),
    ("renew_recovery_codes", Needs::SignIn),
    ("remove_second_factor", Needs::SignIn),
    ("list_my_devices", Needs::SignIn),
    ("sign_out_device", Needs::SignIn),
    ("sign_out_everywhere", Needs::SignIn),
    ("get_my_data", Needs::SignIn),
    ("erase_my_data", Needs::SignIn),
    ("get_my_schedule", Needs::Serving),
    ("get_my_profile", Needs::Serving),
    ("replace_my_profile", Needs::Serving),
    ("get_my_pass", Needs::Serving),
    ("draw_my_pass", Needs::Serving),
    ("list_festival_keys", Needs::Nothing),
    ("accept_assignment", Needs::Serving),
    ("decline_assignment", Needs::Serving),
    ("withdraw_assignment", Needs::Serving),
    ("list_my_eligible_shifts", Needs::Serving),
    ("follow_my_schedule", Needs::Serving),
    ("get_my_preferences", Needs::Serving),
    ("replace_my_preferences", Needs::Serving),
    ("request_cover", Needs::Serving),
    ("list_swap_seats", Needs::Serving),
    ("request_swap", Needs::Serving),
    ("list_my_covers", Needs::Serving),
    ("cancel_my_cover", Needs::Serving),
    ("accept_cover", Needs::Serving),
    ("decline_cover", Needs::Serving),
    ("list_my_waiting", Needs::Serving),
    ("join_waiting", Needs::Serving),
    ("leave_waiting", Needs::Serving),
    ("list_my_worklog", Needs::Serving),
    ("create_my_worklog_entry", Needs::Serving),
    ("withdraw_my_worklog_entry", Needs::Serving),
    ("stand_by", Needs::Serving),
    ("stand_down", Needs::Serving),
    ("create_my_calendar", Needs::Serving),
    ("revoke_my_calendar", Needs::Serving),
    ("get_my_calendar", Needs::Nothing),
    ("list_festivals", Needs::SignIn),
    ("create_festival", Needs::Founding),
    ("get_festival", Needs::In(Action::ReadFestival)),
    ("replace_festival", Needs::In(Action::Organize)),
    ("delete_festival", Needs::In(Action::Organize)),
    ("get_archive", Needs::In(Action::Organize)),
    ("archive_festival", Needs::In(Action::Organize)),
    ("get_travel_minutes", Needs::In(Action::ReadFestival)),
    ("replace_travel_minutes", Needs::In(Action::Organize)),
    ("get_festival_problem", Needs::In(Action::Organize)),
    ("replace_festival_problem", Needs::In(Action::Organize)),
    ("import_volunteers", Needs::In(Action::Organize)),
    ("erase_volunteer", Needs::In(Action::Erase)),
    ("list_members", Needs::In(Action::Organize)),
    ("create_member", Needs::In(Action::Organize)),
    ("get_member", Needs::In(Action::Organize)),
    ("replace_member", Needs::In(Action::Organize)),
    ("delete_member", Needs::In(Action::Organize)),
    ("list_api_tokens", Needs::In(Action::Organize)),
    ("create_api_token", Needs::In(Action::Organize)),
    ("revoke_api_token", Needs::In(Action::Organize)),
    ("list_webhooks", Needs::In(Action::Organize)),
    ("create_webhook", Needs::In(Action::Organize)),
    ("delete_webhook", Needs::In(Action::Organize)),
    ("get_registration_form", Needs::Nothing),
    ("create_registration", Needs::Nothing),
    ("get_registration_setting", Needs::In(Action::Organize)),
    ("replace_registration_setting", Needs::In(Action::Organize)),
    ("list_registrations", Needs::In(Action::Approve)),
    ("approve_registration", Needs::In(Action::Approve)),
    ("decline_registration", Needs::In(Action::Approve)),
    ("list_plans", Needs::In(Action::ReadRoster)),
    ("create_plan", Needs::In(Action::Organize)),
    ("get_plan", Needs::In(Action::ReadRoster)),
    ("stop_plan", Needs::In(Action::Organize)),
    ("publish_plan", Needs::In(Action::Organize)),
    ("unpublish_plan", Needs::In(Action::Organize)),
    ("change_draft", Needs::In(Action::Organize)),
    ("compare_plan", Needs::In(Action::Organize)),
    ("follow_plan", Needs::In(Action::ReadRoster)),
    ("list_plan_assignments", Needs::In(Action::ReadRoster)),
    ("get_plan_coverage", Needs::In(Action::ReadRoster)),
    ("list_plan_unfilled", Needs::In(Action::ReadRoster)),
    ("get_plan_recruitment", Needs::In(Action::Organize)),
    ("list_assignments", Needs::In(Action::ReadRoster)),
    ("list_candidates", Needs::In(Action::ReadRoster)),
    ("follow_festival", Needs::In(Action::ReadRoster)),
    ("assign_volunteer", Needs::In(Action::Staff)),
    ("remove_assignment", Needs::In(Action::Staff)),
    ("move_assignment", Needs::In(Action::Staff)),
    ("pin_assignment", Needs::In(Action::Staff)),
    ("unpin_assignment", Needs::In(Action::Staff)),
    ("create_walk_in", Needs::In(Action::Staff)),
    ("get_standby_advice", Needs::In(Action::Staff)),
    ("list_rolls", Needs::In(Action::CallRoll)),
    ("get_roll", Needs::In(Action::CallRoll)),
    ("follow_roll", Needs::In(Action::CallRoll)),
    ("send_attendance_events", Needs::In(Action::CallRoll)),
    ("request_takers", Needs::In(Action::Staff)),
    ("list_covers", Needs::In(Action::ReadRoster)),
    ("approve_cover", Needs::In(Action::Staff)),
    ("disapprove_cover", Needs::In(Action::Staff)),
    ("cancel_cover", Needs::In(Action::Staff)),
    ("list_worklog", Needs::In(Action::ReadRoster)),
    ("create_worklog_entry", Needs::In(Action::Staff)),
    ("approve_worklog_entry", Needs::In(Action::Staff)),
    ("decline_worklog_entry", Needs::In(Action::Staff)),
    ("get_coverage", Needs::In(Action::ReadFigures)),
    ("list_unfilled", Needs::In(Action::ReadRoster)),
    ("list_batches", Needs::In(Action::Organize)),
    ("undo_batch", Needs::In(Action::Organize)),
    ("list_messages", Needs::In(Action::Organize)),
    ("resend_message", Needs::In(Action::Organize)),
    ("list_audit_entries", Needs::In(Action::ReadAudit)),
    ("get_thank_you_report", Needs::In(Action::Organize)),
    ("get_volunteer_letter", Needs::In(Action::ReadThanks)),
    ("get_district_letter", Needs::In(Action::Organize)),
    ("get_letter", Needs::In(Action::ReadThanks)),
    ("get_festival_report", Needs::In(Action::Organize)),
    ("verify_letter", Needs::Nothing),
    ("list_letter_wordings", Needs::In(Action::Organize)),
    ("replace_letter_wording", Needs::In(Action::Organize)),
    ("delete_letter_wording", Needs::In(Action::Organize)),
    ("preview_letter_wording", Needs::In(Action::Organize)),
    ("list_letter_bundles", Needs::In(Action::Organize)),
    ("create_letter_bundle", Needs::In(Action::Organize)),
    ("get_letter_bundle", Needs::In(Action::Organize)),
    ("get_letter_bundle_file", Needs::In(Action::Organize)),
    ("get_weekly_report_setting", Needs::In(Action::Organize)),
    ("replace_weekly_report_setting", Needs::In(Action::Organize)),
    ("preview_weekly_report", Needs::In(Action::Organize)),
    ("get_weekly_report", Needs::Nothing),
];

/// What each operation asks for.
pub fn operations() -> Vec<(String, Needs)> {
    let mut all: Vec<_> = OPERATIONS.iter().map(|&(name, needs)| (name.to_owned(), needs)).collect();
    all.extend(of_list::<District>());
    all.extend(of_list::<Centre>());
    all.extend(of_list::<Specialty>());
    all.extend(of_list::<Venue>());
    all.extend(of_list::<Shift>());
    all.extend(of_list::<Position>());
    all.extend(of_list::<Volunteer>());
    all.extend(of_list::<Pair>());
    all.extend(of_list::<Pin>());
    all.extend(of_list::<Partner>());
    all.extend(of_list::<Contribution>());
    all
}

/// A list of a set-up is read by whom [`Resource::READ`] names, and changed by organizers.
fn of_list<T: Resource>() -> [(String, Needs); 6] {
    let (one, many) = (T::NOUN.replace(' ', "_"), T::NAME);
    let (read, write) = (Needs::In(T::READ), Needs::In(Action::Organize));
    [
        (format!("list_{many}"), read),
        (format!("get_{one}"), read),
        (format!("create_{one}"), write),
        (format!("create_{many}"), write),
        (format!("replace_{one}"), write),
        (format!("delete_{one}"), write),
    ]
}

/// Every operation of the contract: its method, its path and its name.
pub fn named_operations(contract: &OpenApi) -> impl Iterator<Item = (Method, &str, &str)> {
    contract.paths.paths.iter().flat_map(|(path, item)| {
        let operations: [(Method, &Option<Operation>); 5] = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        operations.into_iter().filter_map(move |(method, operation)| {
            let name = operation.as_ref()?.operation_id.as_deref()?;
            Some((method, path.as_str(), name))
        })
    })
}

/// What the token of another system must be for, to be good for an operation; none: no token serves.
fn token_grant(contract: &OpenApi, method: &Method, path: &str) -> Option<Grant> {
    let item = contract.paths.paths.get(path)?;
    let operation = match *method {
        Method::GET => &item.get,
        Method::POST => &item.post,
        Method::PUT => &item.put,
        Method::PATCH => &item.patch,
        Method::DELETE => &item.delete,
        _ => &None,
    };
    let tag = operation.as_ref()?.tags.as_ref()?.first()?;
    grants::grant(method, path, tag)
}

/// An operation as the guard knows it.
#[derive(Clone, Debug)]
struct Guarded {
    name: Arc<str>,
    needs: Needs,
    /// What the token of another system must be for; none: no token serves.
    grant: Option<Grant>,
}

/// The operations by path and method.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    operations: Arc<HashMap<String, Vec<(Method, Guarded)>>>,
    state: AppState,
}

impl Guard {
    /// The guard of the operations that `contract` names.
    pub(crate) fn new(contract: &OpenApi, state: AppState) -> Self {
        let needs: HashMap<String, Needs> = operations().into_iter().collect();
        let mut guarded: HashMap<String, Vec<(Method, Guarded)>> = HashMap::new();
        for (method, path, name) in named_operations(contract) {
            if let Some(&needs) = needs.get(name) {
                let grant = token_grant(contract, &method, path);
                let operation = Guarded { name: name.into(), needs, grant };
                guarded.entry(path.to_owned()).or_default().push((method, operation));
            }
        }
        Self { operations: Arc::new(guarded), state }
    }

    fn find(&self, request: &Request) -> Option<Guarded> {
        let path = request.extensions().get::<MatchedPath>()?;
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let operations = self.operations.get(path.as_str())?;
        operations.iter().find(|(known, _)| known == method).map(|(_, operation)| operation.clone())
    }
}

/// Lets a request through to its handler if whoever sent it may do what it asks for.
pub(crate) async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let Some(Guarded { name, needs, grant }) = guard.find(&request) else {
        return ApiError::Denied.into_response();
    };
    DefaultBodyLimit::max(largest_body(&name, needs)).apply(&mut request);
    let (mut parts, body) = request.into_parts();
    let mut asked = None;
    if needs != Needs::Nothing {
        let bearer = match Bearer::of(&parts.headers, &guard.state).await {
            Ok(bearer) => Arc::new(bearer),
            Err(error) => return error.into_response(),
        };
        parts.extensions.insert(Arc::clone(&bearer));
        asked = guard.state.gate.count_account(bearer.counted_as(), guard.state.clock.now());
        if let Some(asked) = &asked
            && let Some(refusal) = asked.refusal()
        {
            let mut response = refusal.into_response();
            asked.tell(response.headers_mut());
            return response;
        }
        if let Credential::ApiToken(_, grants) = &bearer.by
            && grant.is_none_or(|asked| !grants.iter().any(|grant| grant.holds(asked)))
        {
            return ApiError::OutOfGrant(grant).into_response();
        }
        let actor = &bearer.actor;
        // What is one's own stays open: there the second factor is added.
        if guard.state.staff_need_second_factor && needs != Needs::SignIn && actor.is_staff() {
            match second_factors::is_on(&guard.state.store.reader(), actor.user_id).await {
                Ok(true) => {}
                Ok(false) => return ApiError::SecondFactorNeeded.into_response(),
                Err(error) => return ApiError::from(error).into_response(),
            }
        }
        let allowed = match needs {
            Needs::Nothing | Needs::SignIn => Ok(()),
            Needs::Founding if actor.may_found_festivals() => Ok(()),
            Needs::Founding => Err(ApiError::Denied),
            Needs::Serving if actor.volunteers().next().is_some() => Ok(()),
            Needs::Serving => Err(ApiError::NotFound("schedule")),
            Needs::In(action) => match InFestival::from_request_parts(&mut parts, &guard.state).await {
                Ok(here) => match here.may(action) {
                    Ok(_) if adds(&parts.method, &name) => {
                        still_changes(&guard.state, here.festival_id).await
                    }
                    told => told.map(|_| ()),
                },
                Err(error) => Err(error),
            },
        };
        if let Err(error) = allowed {
            return error.into_response();
        }
    }
    // What is only read leaves nothing in the audit.
    let mut response = if parts.method.is_safe() {
        next.run(Request::from_parts(parts, body)).await
    } else {
        match origin(&mut parts, &guard.state, name).await {
            Ok(origin) => audit::within(origin, next.run(Request::from_parts(parts, body))).await,
            Err(error) => return error.into_response(),
        }
    };
    if let Some(asked) = asked {
        asked.tell(response.headers_mut());
    }
    response
}

/// Whether an operation puts something into a festival. Who staffs one that is archived is said still, so that somebody
/// reads it.
fn adds(method: &Method, operation: &str) -> bool {
    matches!(*method, Method::POST | Method::PUT)
        && !matches!(
            operation,
            "archive_festival" | "create_member" | "replace_member" | "preview_letter_wording"
        )
}

/// Lets nothing into a festival that is archived. What rosters are made from the database itself refuses to change; this is
/// for the rest, and answers sooner.
async fn still_changes(state: &AppState, festival_id: Id<Festival>) -> Result<(), ApiError> {
    if archives::is_begun(&state.store.reader(), festival_id).await? {
        return Err(StorageError::Refused(archives::ARCHIVED.to_owned()).into());
    }
    Ok(())
}

/// The largest body that an operation reads, in bytes: of strangers only what they sign in or register with. What takes
/// files has a limit of its own.
fn largest_body(operation: &str, needs: Needs) -> usize {
    match (operation, needs) {
        (_, Needs::Nothing) => 64 * 1024,
        ("replace_festival_problem", _) => LARGEST_BODY,
        _ => 16 * 1024 * 1024,
    }
}

/// Where what the request changes comes from.
async fn origin(parts: &mut Parts, state: &AppState, operation: Arc<str>) -> Result<Origin, ApiError> {
    let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let festival_id = path.get("festival_id").and_then(|id| id.parse().ok());
    // What the path names last: a template such as `…/volunteers/{id}` has one object beside the festival.
    let object = path.iter().find(|(name, _)| *name != "festival_id").and_then(|(_, id)| id.parse().ok());
    let bearer = parts.extensions.get::<Arc<Bearer>>();
    Ok(Origin {
        by: bearer.map(|bearer| bearer.actor.user_id),
        address: client_address(parts).map(|address| address.to_string()),
        api_token: bearer.and_then(|bearer| match bearer.by {
            Credential::ApiToken(id, _) => Some(id),
            Credential::Device(_) => None,
        }),
        operation,
        festival_id,
        object_id: object.or(festival_id.map(Id::uuid)),
        at: state.clock.now(),
        secret: random()?,
    })
}

/// The address that a request came from, as far as the proxies between are trusted.
pub(crate) fn client_address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ClientAddress>().map(|client| client.0)
}
