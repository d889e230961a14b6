//! What the token of another system must be for, operation by operation.
//!
//! No token changes who has rights: members and tokens are out of every token's reach, and so is what concerns a person
//! who is signed in. What stands in none of the lists is too.

use axum::http::Method;
use khademyar_domain::api_token::{Access, Data, Grant};

/// The grant that an operation on a festival asks of a token; none: no token serves.
pub(super) fn grant(method: &Method, path: &str, tag: &str) -> Option<Grant> {
    let within = path.strip_prefix("/v1/festivals/{festival_id}")?;
    let access = if method == Method::GET { Access::Read } else { Access::Write };
    let list = within.split('/').nth(1);
    let data = match (list, tag) {
        // The festival as a whole: no program ends it, or puts another in its place.
        (None, _) => (method == Method::GET).then_some(Data::SetUp),
        (Some("problem"), _) => (access == Access::Read).then_some(Data::People),
        // What a table repeats of who is there tells who that is.
        (Some("volunteers"), _) if within.ends_with("/import") => None,
        // Who registered is nobody's business yet but theirs who let people in; to whom reports go is for people to say.
        (Some("registrations" | "weekly-report"), _) => None,
        (Some("volunteers" | "pairs"), _) => Some(Data::People),
        (Some("partners" | "contributions"), _) => Some(Data::Partners),
        (Some("audit"), _) => Some(Data::Audit),
        (Some("coverage" | "rolls"), "roster") => Some(Data::Figures),
        (
            Some(
                "travel-minutes" | "districts" | "centres" | "specialties" | "venues" | "shifts"
                | "positions" | "pins",
            ),
            "festivals" | "set-up",
        ) => Some(Data::SetUp),
        (_, "plans") => Some(Data::Plans),
        (_, "roster") => Some(Data::Roster),
        (_, "reports") => Some(Data::Reports),
        _ => None,
    };
    data.map(|data| Grant { data, access })
}
