//! The lists of a set-up that are filled in row by row: they differ in their fields and in nothing else.

use crate::form::Words;

/// What a field of a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A text that is written from left to right.
    Latin,
    /// A whole number.
    Number,
    /// A number with digits behind the point.
    Decimal,
    /// A year of birth: Solar Hijri or Gregorian, stored as the latter.
    Year,
    /// One of these words.
    Word(&'static [(&'static str, Words)]),
    /// A row of that list.
    Of(&'static str),
    /// Where a mobile base stands, night by night.
    Stands,
    /// Specialties with their levels.
    Skills,
    /// The nights somebody can serve.
    Nights,
}

/// A field of a row.
#[derive(Debug)]
pub(crate) struct Field {
    /// Where it stands in the row.
    pub(crate) at: &'static str,
    pub(crate) label: Words,
    pub(crate) kind: Kind,
    pub(crate) is_required: bool,
    /// What is chosen where nothing else is said.
    pub(crate) usual: Option<&'static str>,
}

/// A list of a set-up.
#[derive(Debug)]
pub(crate) struct List {
    /// As the API calls it.
    pub(crate) name: &'static str,
    pub(crate) title: Words,
    /// What one adds to it.
    pub(crate) one: Words,
    /// What its rows are.
    pub(crate) about: Words,
    /// What codes that are made up begin with; none: its rows have no code.
    pub(crate) code: Option<&'static str>,
    /// Whether rows are often added many at once, by their names.
    pub(crate) is_pasted: bool,
    pub(crate) fields: &'static [Field],
}

const fn needed(at: &'static str, label: Words, kind: Kind) -> Field {
    Field { at, label, kind, is_required: true, usual: None }
}

const fn optional(at: &'static str, label: Words, kind: Kind) -> Field {
    Field { at, label, kind, is_required: false, usual: None }
}

const NAME: Field = needed("name/fa", ("نام", "Name in Persian"), Kind::Text);
const ENGLISH: Field = optional("name/en", ("نام انگلیسی", "Name in English"), Kind::Latin);

const PRIORITIES: Kind = Kind::Word(&[
    ("1", ("۱: خدمت بسیار دیده", "1: much served")),
    ("2", ("۲", "2")),
    ("3", ("۳: میانه", "3: in between")),
    ("4", ("۴", "4")),
    ("5", ("۵: کم‌برخوردارترین", "5: least served")),
]);
const VENUE_KINDS: Kind =
    Kind::Word(&[("fixed", ("مکان ثابت", "Fixed venue")), ("mobile", ("پایگاه سیار", "Mobile base"))]);
const CONTRIBUTION_KINDS: Kind = Kind::Word(&[
    ("place", ("مکان", "A place")),
    ("equipment", ("وسیله", "Equipment")),
    ("money", ("پول", "Money")),
    ("people", ("نیرو", "People")),
]);
const GENDERS: Kind = Kind::Word(&[("woman", ("زن", "Woman")), ("man", ("مرد", "Man"))]);

/// Every list that is filled in row by row.
pub(crate) static LISTS: [List; 7] = [
    List {
        name: "districts",
        title: ("منطقه‌ها", "Districts"),
        one: ("منطقهٔ تازه", "A new district"),
        about: (
            "هرچه اولویت بیشتر، آن منطقه زودتر نیرو می‌گیرد.",
            "The higher its priority, the sooner a district is staffed.",
        ),
        code: Some("d"),
        is_pasted: true,
        fields: &[
            NAME,
            ENGLISH,
            Field { usual: Some("3"), ..needed("priority", ("اولویت", "Priority"), PRIORITIES) },
            optional("mayor", ("شهردار، برای نامهٔ سپاس", "Mayor, for the letter of thanks"), Kind::Text),
        ],
    },
    List {
        name: "centres",
        title: ("کانون‌ها", "Centres"),
        one: ("کانون تازه", "A new centre"),
        about: (
            "خادمیاران عضو کانون‌اند و هر کانون دبیری دارد.",
            "Volunteers belong to centres, each with a secretary.",
        ),
        code: Some("k"),
        is_pasted: true,
        fields: &[
            NAME,
            ENGLISH,
            needed("district_id", ("منطقه", "District"), Kind::Of("districts")),
            optional("secretary", ("دبیر", "Secretary"), Kind::Text),
        ],
    },
    List {
        name: "specialties",
        title: ("عرصه‌های خدمت", "Specialties"),
        one: ("عرصهٔ تازه", "A new specialty"),
        about: (
            "هر جایگاه در یک عرصه است و هر خادمیار در یک یا چند عرصه مهارت دارد.",
            "A position is in one field; volunteers are skilled in one or more.",
        ),
        code: Some("s"),
        is_pasted: true,
        fields: &[NAME, ENGLISH],
    },
    List {
        name: "venues",
        title: ("مکان‌ها و پایگاه‌ها", "Venues and bases"),
        one: ("مکان تازه", "A new venue"),
        about: (
            "پایگاه سیار هر شب می‌تواند در منطقهٔ دیگری باشد؛ پس از افزودن، شب‌هایش را بنویسید.",
            "A mobile base may stand in another district each night: add it, then say where.",
        ),
        code: Some("m"),
        is_pasted: true,
        fields: &[
            NAME,
            ENGLISH,
            needed("kind", ("گونه", "Kind"), VENUE_KINDS),
            needed("district_id", ("منطقه", "District"), Kind::Of("districts")),
            optional("address", ("نشانی", "Address"), Kind::Text),
            optional("latitude", ("عرض جغرافیایی", "Latitude"), Kind::Decimal),
            optional("longitude", ("طول جغرافیایی", "Longitude"), Kind::Decimal),
            optional("stands", ("هر شب در کدام منطقه است", "Where it stands, night by night"), Kind::Stands),
        ],
    },
    List {
        name: "volunteers",
        title: ("خادمیاران", "Volunteers"),
        one: ("خادمیار تازه", "A new volunteer"),
        about: (
            "با شمارهٔ همراه وارد می‌شوند و شب‌های خود را می‌بینند.",
            "They sign in by their phones and see their nights.",
        ),
        code: Some("v"),
        is_pasted: false,
        fields: &[
            NAME,
            ENGLISH,
            optional("phone", ("شمارهٔ همراه", "Mobile number"), Kind::Latin),
            needed("gender", ("زن یا مرد", "Woman or man"), GENDERS),
            needed("home_district_id", ("منطقهٔ خانه", "Home district"), Kind::Of("districts")),
            optional("centre_id", ("کانون", "Centre"), Kind::Of("centres")),
            optional("birth_year", ("سال تولد", "Year of birth"), Kind::Year),
            optional("max_nights", ("بیشترین شمار شب", "Nights at the most"), Kind::Number),
            optional(
                "max_travel_minutes",
                ("بیشترین راه، به دقیقه", "Way at the most, in minutes"),
                Kind::Number,
            ),
            optional("available", ("شب‌هایی که می‌تواند بیاید", "Nights on which they can come"), Kind::Nights),
            optional("skills", ("مهارت‌ها", "Skills"), Kind::Skills),
        ],
    },
    List {
        name: "partners",
        title: ("همکاران", "Partners"),
        one: ("همکار تازه", "A new partner"),
        about: (
            "شهرداری، اداره، شرکت یا کسی که کمک کرده است؛ در گزارش سپاس از آنان نام می‌بریم.",
            "A municipality, an office, a company or a person who helps; the report thanks them.",
        ),
        code: Some("p"),
        is_pasted: true,
        fields: &[
            NAME,
            ENGLISH,
            optional("district_id", ("منطقه", "District"), Kind::Of("districts")),
            optional("contact", ("نامهٔ سپاس به نام", "The letter is addressed to"), Kind::Text),
        ],
    },
    List {
        name: "contributions",
        title: ("کمک‌ها", "Contributions"),
        one: ("کمک تازه", "A new contribution"),
        about: ("آنچه همکاران داده‌اند.", "What the partners gave."),
        code: None,
        is_pasted: false,
        fields: &[
            needed("partner_id", ("همکار", "Partner"), Kind::Of("partners")),
            needed("kind", ("گونه", "Kind"), CONTRIBUTION_KINDS),
            needed("description", ("شرح", "In words"), Kind::Text),
            optional("amount", ("مقدار", "How much"), Kind::Number),
            optional("unit", ("یکا (ریال، صندلی، نفر)", "Of what (rial, chair, person)"), Kind::Text),
            optional("venue_id", ("برای کدام مکان", "For which venue"), Kind::Of("venues")),
        ],
    },
];

impl List {
    /// The list of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        LISTS.iter().find(|list| list.name == name)
    }

    /// The lists that its rows refer to.
    pub(crate) fn references(&self) -> Vec<&'static str> {
        let of = |field: &Field| match field.kind {
            Kind::Of(list) => Some(list),
            Kind::Stands => Some("districts"),
            Kind::Skills => Some("specialties"),
            _ => None,
        };
        let mut lists: Vec<&'static str> = self.fields.iter().filter_map(of).collect();
        lists.sort_unstable();
        lists.dedup();
        lists
    }
}
