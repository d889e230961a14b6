//! A district of the city, and how long the ways between districts take.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Check, Code, Fault, Id, Name, Text, persian::digits};

/// A district of the city (منطقه).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// What files call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// How little it was served until now, 1 to 5: the higher, the sooner it is served.
    #[schema(minimum = 1, maximum = 5)]
    pub priority: i32,
    /// Its mayor, who is thanked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mayor: Option<Text>,
}

impl Check for District {}

/// Minutes of travel between all districts of a festival.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TravelMinutes {
    /// The districts, in the order of the rows and columns: every district of the festival once.
    #[schema(max_items = 1000)]
    pub districts: Vec<Id<District>>,
    /// A square of whole minutes, symmetric; the diagonal is the way within a district.
    #[schema(max_items = 1000)]
    pub minutes: Vec<Vec<i32>>,
}

/// The longest way that is stored, in minutes.
pub const LONGEST_WAY: i32 = 100_000;

impl Check for TravelMinutes {
    fn check(&self) -> Vec<Fault> {
        let n = self.districts.len();
        if self.minutes.len() != n || self.minutes.iter().any(|row| row.len() != n) {
            return vec![Fault::new(
                "/minutes",
                "not_square",
                format!("Give {n} rows of {n} minutes, a row and a column for each district."),
                format!("برای {0} منطقه {0} سطر و هر سطر {0} عدد بدهید.", digits(n)),
            )];
        }
        let mut faults = Vec::new();
        for (a, row) in self.minutes.iter().enumerate() {
            for (b, &minutes) in row.iter().enumerate() {
                if !(0..=LONGEST_WAY).contains(&minutes) {
                    faults.push(Fault::new(
                        format!("/minutes/{a}/{b}"),
                        "out_of_range",
                        format!("Give whole minutes between 0 and {LONGEST_WAY}."),
                        format!("عددی میان ۰ و {} دقیقه بدهید.", digits(LONGEST_WAY)),
                    ));
                } else if minutes != self.minutes[b][a] {
                    faults.push(Fault::new(
                        format!("/minutes/{a}/{b}"),
                        "not_symmetric",
                        format!(
                            "The way back takes {} minutes: give the same both ways.",
                            self.minutes[b][a]
                        ),
                        format!("راه برگشت {} دقیقه است؛ رفت و برگشت باید یکسان باشد.", self.minutes[b][a]),
                    ));
                }
            }
        }
        faults
    }
}
