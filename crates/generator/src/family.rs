//! Sizes of festivals, and how many people there are for how many seats.

use std::str::FromStr;

/// A kind of festival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 60 people, three venues: small enough to be solved for certain.
    Hamlet,
    /// 300 people.
    Quarter,
    /// 5,000 people, a whole city.
    Isfahan,
    /// 2,000 people for more seats than they can fill.
    Short,
    /// 8,000 people for few seats.
    Crowd,
    /// 20,000 people in four cities.
    Province,
    /// 160,000 people in 31 cities.
    Nation,
}

/// What a family is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) people: usize,
    /// Venues of one or two shifts a night.
    pub(crate) bases: usize,
    pub(crate) cities: usize,
    /// Shifts asked for, welcome ones included, per hundred that people offer.
    pub(crate) load: usize,
}

impl Family {
    /// All, the smallest first.
    pub const ALL: [Self; 7] =
        [Self::Hamlet, Self::Quarter, Self::Short, Self::Isfahan, Self::Crowd, Self::Province, Self::Nation];

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hamlet => "hamlet",
            Self::Quarter => "quarter",
            Self::Isfahan => "isfahan",
            Self::Short => "short",
            Self::Crowd => "crowd",
            Self::Province => "province",
            Self::Nation => "nation",
        }
    }

    pub(crate) fn size(self) -> Size {
        let (people, bases, cities, load) = match self {
            Self::Hamlet => (60, 2, 1, 25),
            Self::Quarter => (300, 6, 1, 30),
            Self::Isfahan => (5_000, 30, 1, 75),
            Self::Short => (2_000, 20, 1, 120),
            Self::Crowd => (8_000, 20, 1, 35),
            Self::Province => (20_000, 150, 4, 75),
            Self::Nation => (160_000, 5_900, 31, 75),
        };
        Size { people, bases, cities, load }
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let known = Self::ALL.into_iter().find(|family| family.name() == name);
        known.ok_or_else(|| format!("give one of {}", names()))
    }
}
