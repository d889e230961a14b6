//! Who is told what of somebody: a phone is for those who must call, and of whoever may be under age less is told.

use chrono::{Datelike, NaiveDate};

use crate::{Name, Text, phone::Phone, rights::Scope, volunteer::Volunteer};

/// Who reads, as far as it matters to those who are read about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Organizers, and the coordinators and secretaries whose people they are: they let people in, and call them.
    InCharge,
    /// Whoever calls the roll of a venue.
    VenueLead,
    /// Another volunteer.
    Fellow,
    /// Another system, which calls nobody.
    System,
}

impl Reader {
    /// Whose rights reach so far.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        match scope {
            Scope::Festival | Scope::Districts(_) | Scope::Centre(_) => Self::InCharge,
            Scope::Venue(_) => Self::VenueLead,
            Scope::Own(_) => Self::Fellow,
        }
    }

    /// Somebody's phone, if it is told: a minor's only to those in charge of them. Whether a fellow must call is decided
    /// before: they call who leads their shift.
    #[must_use]
    pub fn phone(self, phone: Option<Phone>, age: Age) -> Option<Phone> {
        let told = match self {
            Self::InCharge => true,
            Self::VenueLead | Self::Fellow => age == Age::Adult,
            Self::System => false,
        };
        phone.filter(|_| told)
    }

    /// Somebody's name, as far as it is told: fellows know a minor by the first name.
    #[must_use]
    pub fn name(self, name: Name, age: Age) -> Name {
        match (self, age) {
            (Self::Fellow, Age::PerhapsMinor) => first(&name),
            _ => name,
        }
    }

    /// Takes out of a volunteer what is not told.
    #[must_use]
    pub fn volunteer(self, volunteer: Volunteer) -> Volunteer {
        match self {
            Self::InCharge => volunteer,
            Self::VenueLead | Self::Fellow | Self::System => {
                Volunteer { phone: None, birth_year: None, ..volunteer }
            }
        }
    }

    /// What they write of a volunteer, with what they are not told as it is stored: they cannot have left it out on
    /// purpose.
    #[must_use]
    pub fn written(self, volunteer: Volunteer, stored: &Volunteer) -> Volunteer {
        match self {
            Self::InCharge => volunteer,
            Self::VenueLead | Self::Fellow | Self::System => Volunteer {
                phone: volunteer.phone.or_else(|| stored.phone.clone()),
                birth_year: volunteer.birth_year.or(stored.birth_year),
                ..volunteer
            },
        }
    }
}

/// Whether somebody may be under age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// Eighteen or older, or nobody says that they are not.
    Adult,
    /// Perhaps not yet eighteen.
    PerhapsMinor,
}

impl Age {
    /// On a date, of whoever was born in a year: who turns eighteen in that year may not have yet.
    #[must_use]
    pub fn on(date: NaiveDate, birth_year: Option<i32>) -> Self {
        if birth_year.is_some_and(|year| date.year() - year <= 18) { Self::PerhapsMinor } else { Self::Adult }
    }
}

fn first(name: &Name) -> Name {
    let first = |text: &Text| {
        let first = text.as_str().split(' ').next().unwrap_or_default();
        Text::new(first).unwrap_or_else(|_| text.clone())
    };
    Name { fa: first(&name.fa), en: name.en.as_ref().map(first) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: NaiveDate = NaiveDate::from_ymd_opt(2027, 4, 8).expect("a date");

    fn phone() -> Phone {
        Phone::parse("09131234567").expect("a phone")
    }

    #[test]
    fn who_turns_eighteen_this_year_may_be_a_minor() {
        assert_eq!(Age::on(NIGHT, Some(2008)), Age::Adult);
        assert_eq!(Age::on(NIGHT, Some(2009)), Age::PerhapsMinor);
        assert_eq!(Age::on(NIGHT, Some(2015)), Age::PerhapsMinor);
        assert_eq!(Age::on(NIGHT, None), Age::Adult);
    }

    #[test]
    fn a_phone_is_told_to_whoever_must_call_and_a_minors_to_those_in_charge() {
        for (reader, adults, minors) in [
            (Reader::InCharge, true, true),
            (Reader::VenueLead, true, false),
            (Reader::Fellow, true, false),
            (Reader::System, false, false),
        ] {
            assert_eq!(reader.phone(Some(phone()), Age::Adult).is_some(), adults, "{reader:?}");
            assert_eq!(reader.phone(Some(phone()), Age::PerhapsMinor).is_some(), minors, "{reader:?}");
        }
    }

    #[test]
    fn fellows_know_a_minor_by_the_first_name() {
        let text = |text| Text::new(text).expect("a text");
        let name = Name { fa: text("زهرا کریمی"), en: Some(text("Zahra Karimi")) };
        let told = Reader::Fellow.name(name.clone(), Age::PerhapsMinor);
        assert_eq!((told.fa.as_str(), told.english()), ("زهرا", "Zahra"));
        assert_eq!(Reader::Fellow.name(name.clone(), Age::Adult), name);
        assert_eq!(Reader::VenueLead.name(name.clone(), Age::PerhapsMinor), name);
    }
}
