//! A user's part in a festival.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Fault, Id, Text, district::District, volunteer::Volunteer};

/// Someone who can sign in. The fields are in [`Member`]; this names whose id it is.
#[derive(Debug)]
pub struct User;

/// A user's role in a festival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What they sign in with: 3 to 60 of `a-z 0-9 . _ - @ +`.
    #[schema(min_length = 3, max_length = 60, pattern = r"^[a-z0-9._@+\-]+$", example = "zahra.karimi")]
    pub username: String,
    /// Their name.
    pub name: Text,
    /// What they do.
    pub role: Role,
    /// A coordinator's districts.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub district_ids: Vec<Id<District>>,
    /// The volunteer they are, for the role `volunteer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volunteer_id: Option<Id<Volunteer>>,
}

/// What a user does in a festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets the festival up, has it solved, publishes, thanks.
    Organizer,
    /// Staffs the shifts of certain districts.
    Coordinator,
    /// Serves.
    Volunteer,
}

impl Check for Member {
    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if (self.role == Role::Coordinator) == self.district_ids.is_empty() {
            faults.push(Fault::new(
                "/district_ids",
                "role_mismatch",
                "Name the districts of a coordinator, and of nobody else.",
                "منطقه‌ها را برای هماهنگ‌کننده و تنها برای او نام ببرید.",
            ));
        }
        if (self.role == Role::Volunteer) != self.volunteer_id.is_some() {
            faults.push(Fault::new(
                "/volunteer_id",
                "role_mismatch",
                "Name which volunteer this is for the role `volunteer`, and for no other role.",
                "برای نقش «volunteer» و تنها برای آن، خادمیار را نام ببرید.",
            ));
        }
        faults
    }
}
