//! Tokens that other systems come with.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A token for another system. The fields are where it is stored; this names whose id it is.
#[derive(Debug)]
pub struct ApiToken;

/// What a token may be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Data {
    /// The festival itself and what is set up: districts, venues, shifts, positions.
    SetUp,
    /// The volunteers.
    People,
    /// The plans.
    Plans,
    /// The published roster.
    Roster,
    /// How many serve, are here and are missing: figures of the roster, without names.
    Figures,
    /// Partners and what they contribute.
    Partners,
    /// Thanks and figures.
    Reports,
    /// Who changed what.
    Audit,
}

/// What is done with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// They are read.
    Read,
    /// They are changed.
    Write,
}

/// Leave to read or to change certain data; neither holds the other. Who reads the roster reads its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"data": "roster", "access": "read"}))]
pub struct Grant {
    /// Which data.
    pub data: Data,
    /// To do what.
    pub access: Access,
}

impl Data {
    /// Every kind of data.
    pub const ALL: [Self; 8] = [
        Self::SetUp,
        Self::People,
        Self::Plans,
        Self::Roster,
        Self::Figures,
        Self::Partners,
        Self::Reports,
        Self::Audit,
    ];

    /// Its name, as it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::People => "people",
            Self::Plans => "plans",
            Self::Roster => "roster",
            Self::Figures => "figures",
            Self::Partners => "partners",
            Self::Reports => "reports",
            Self::Audit => "audit",
        }
    }
}

impl Access {
    /// Its name, as it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl Grant {
    /// Whether it is leave for what `asked` is leave for.
    pub fn holds(self, asked: Self) -> bool {
        let figures = Self { data: Data::Figures, access: Access::Read };
        self == asked || (asked == figures && self == Self { data: Data::Roster, access: Access::Read })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.data.as_str(), self.access.as_str())
    }
}

/// Not a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a grant")]
pub struct NotAGrant;

impl FromStr for Grant {
    type Err = NotAGrant;

    fn from_str(text: &str) -> Result<Self, NotAGrant> {
        let (data, access) = text.split_once(':').ok_or(NotAGrant)?;
        Ok(Self {
            data: Data::ALL.into_iter().find(|known| known.as_str() == data).ok_or(NotAGrant)?,
            access: [Access::Read, Access::Write]
                .into_iter()
                .find(|known| known.as_str() == access)
                .ok_or(NotAGrant)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_back_as_it_is_written_and_holds_no_more_than_it_says() {
        for data in Data::ALL {
            for access in [Access::Read, Access::Write] {
                let grant = Grant { data, access };
                assert_eq!(grant.to_string().parse(), Ok(grant));
                let told = serde_json::to_value(grant).unwrap();
                assert_eq!(told["data"], data.as_str());
                assert_eq!(told["access"], access.as_str());
            }
        }
        let (read, write) = (Access::Read, Access::Write);
        let grant = |data, access| Grant { data, access };
        assert!(grant(Data::Roster, read).holds(grant(Data::Figures, read)));
        for (held, asked) in [
            (grant(Data::Figures, read), grant(Data::Roster, read)),
            (grant(Data::Roster, write), grant(Data::Figures, read)),
            (grant(Data::Roster, read), grant(Data::Roster, write)),
            (grant(Data::Reports, read), grant(Data::Figures, read)),
        ] {
            assert!(!held.holds(asked), "{held} holds {asked}");
        }
        for text in ["", "roster", "roster:", ":read", "roster:read:write", "all:read", "Roster:read"] {
            assert_eq!(text.parse::<Grant>(), Err(NotAGrant), "{text}");
        }
    }
}
