//! A centre (kanoon) that volunteers belong to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Id, Name, Text, district::District};

/// A centre (کانون): a specialist's or a neighbourhood's, led by a secretary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Centre {
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// The district it stands in.
    pub district_id: Id<District>,
    /// Its secretary (دبیر).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secretary: Option<Text>,
}

impl Check for Centre {}
