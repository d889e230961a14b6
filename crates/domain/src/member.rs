//! A user's part in a festival.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Fault, Id, Text, centre::Centre, district::District, venue::Venue, volunteer::Volunteer};

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
    /// A coordinator's or a partner's districts.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub district_ids: Vec<Id<District>>,
    /// The volunteer they are, for the role `volunteer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volunteer_id: Option<Id<Volunteer>>,
    /// The centre whose volunteers they look after, for the role `secretary`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_id: Option<Id<Centre>>,
    /// Where they call the roll, for the role `venue_lead`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<Id<Venue>>,
}

/// What a user does in a festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets the festival up, has it solved, publishes, thanks.
    Organizer,
    /// Staffs the shifts of certain districts.
    Coordinator,
    /// Looks after the volunteers of a centre.
    Secretary,
    /// Calls the roll at a venue.
    VenueLead,
    /// Serves.
    Volunteer,
    /// Gives to certain districts, and reads their figures.
    Partner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Organizer,
        Self::Coordinator,
        Self::Secretary,
        Self::VenueLead,
        Self::Volunteer,
        Self::Partner,
    ];

    /// Its name, as it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::Coordinator => "coordinator",
            Self::Secretary => "secretary",
            Self::VenueLead => "venue_lead",
            Self::Volunteer => "volunteer",
            Self::Partner => "partner",
        }
    }
}

impl Check for Member {
    fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut mismatch = |path: &'static str, en: &'static str, fa: &'static str| {
            faults.push(Fault::new(path, "role_mismatch", en, fa));
        };
        if matches!(self.role, Role::Coordinator | Role::Partner) == self.district_ids.is_empty() {
            mismatch(
                "/district_ids",
                "Name the districts of a coordinator or a partner, and of nobody else.",
                "منطقه‌ها را برای هماهنگ‌کننده یا همکار و تنها برای او نام ببرید.",
            );
        }
        if (self.role == Role::Volunteer) != self.volunteer_id.is_some() {
            mismatch(
                "/volunteer_id",
                "Name which volunteer this is for the role `volunteer`, and for no other role.",
                "برای نقش «volunteer» و تنها برای آن، خادمیار را نام ببرید.",
            );
        }
        if (self.role == Role::Secretary) != self.centre_id.is_some() {
            mismatch(
                "/centre_id",
                "Name the centre for the role `secretary`, and for no other role.",
                "برای نقش «secretary» و تنها برای آن، کانون را نام ببرید.",
            );
        }
        if (self.role == Role::VenueLead) != self.venue_id.is_some() {
            mismatch(
                "/venue_id",
                "Name the venue for the role `venue_lead`, and for no other role.",
                "برای نقش «venue_lead» و تنها برای آن، محل خدمت را نام ببرید.",
            );
        }
        faults
    }
}
