//! The table of rights as people read it.

use std::fmt::Write;

use khademyar_domain::{
    Id,
    festival::Festival,
    member::Role,
    rights::{Actor, Part, PartRole, Refusal, Scope, may},
};
use uuid::Uuid;

use super::{Needs, named_operations, operations, token_grant};

/// Who is asked about, beside whoever has a [`Role`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Someone with this part in the festival.
    Member(Role),
    /// An operator without a part in the festival.
    Operator,
    /// An organizer of another festival.
    Stranger,
    /// Nobody who is signed in.
    Nobody,
}

impl Who {
    /// Everyone who is asked about, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        Role::ALL.into_iter().map(Self::Member).chain([Self::Operator, Self::Stranger, Self::Nobody])
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Member(Role::Organizer) => "organizer",
            Self::Member(Role::Coordinator) => "coordinator",
            Self::Member(Role::Secretary) => "secretary",
            Self::Member(Role::VenueLead) => "venue lead",
            Self::Member(Role::Volunteer) => "volunteer",
            Self::Member(Role::Partner) => "partner",
            Self::Operator => "operator",
            Self::Stranger => "organizer elsewhere",
            Self::Nobody => "nobody",
        }
    }

    /// Someone like that, where `here` is the festival in question.
    fn actor(self, here: Id<Festival>) -> Option<Actor> {
        let part = |festival_id, role| vec![Part { festival_id, role }];
        let (operator, parts) = match self {
            Self::Member(role) => (false, part(here, limited(role))),
            Self::Operator => (true, Vec::new()),
            Self::Stranger => (false, part(Uuid::max().into(), PartRole::Organizer)),
            Self::Nobody => return None,
        };
        Some(Actor { user_id: Uuid::nil().into(), operator, parts })
    }
}

fn limited(role: Role) -> PartRole {
    let id = Uuid::nil();
    match role {
        Role::Organizer => PartRole::Organizer,
        Role::Coordinator => PartRole::Coordinator(vec![id.into()]),
        Role::Secretary => PartRole::Secretary(id.into()),
        Role::VenueLead => PartRole::VenueLead(id.into()),
        Role::Volunteer => PartRole::Volunteer(id.into()),
        Role::Partner => PartRole::Partner(vec![id.into()]),
    }
}

/// What an operation says to someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It does what is asked, for all there is.
    All,
    /// It does what is asked for what belongs to their districts; what belongs to others is hidden.
    Districts,
    /// The same, for the volunteers of their centre.
    Centre,
    /// The same, for what happens at their venue.
    Venue,
    /// The same, for what is their own.
    Own,
    /// 403: their part does not reach so far.
    Denied,
    /// 404: they are not told that it exists.
    Hidden,
    /// 401: they must sign in.
    SignIn,
}

impl Cell {
    /// What `needs` says to `who`.
    pub fn of(needs: Needs, who: Who) -> Self {
        let here = Uuid::nil().into();
        if needs == Needs::Nothing {
            return Self::All;
        }
        let Some(actor) = who.actor(here) else { return Self::SignIn };
        match needs {
            Needs::Nothing => Self::All,
            Needs::SignIn => Self::Own,
            Needs::Founding if actor.may_found_festivals() => Self::All,
            Needs::Founding => Self::Denied,
            Needs::Serving if actor.volunteers().next().is_some() => Self::Own,
            Needs::Serving => Self::Hidden,
            Needs::In(action) => match may(&actor, action, here) {
                Ok(Scope::Festival) => Self::All,
                Ok(Scope::Districts(_)) => Self::Districts,
                Ok(Scope::Centre(_)) => Self::Centre,
                Ok(Scope::Venue(_)) => Self::Venue,
                Ok(Scope::Own(_)) => Self::Own,
                Err(Refusal::Denied) => Self::Denied,
                Err(Refusal::Hidden) => Self::Hidden,
            },
        }
    }

    /// Whether anything is done.
    pub fn is_allowed(self) -> bool {
        !matches!(self, Self::Denied | Self::Hidden | Self::SignIn)
    }

    fn word(self) -> &'static str {
        match self {
            Self::All => "**all**",
            Self::Districts => "districts",
            Self::Centre => "centre",
            Self::Venue => "venue",
            Self::Own => "own",
            Self::Denied => "—",
            Self::Hidden => "hidden",
            Self::SignIn => "sign in",
        }
    }
}

const WORDS: &str = "\
# Who may do what

Written by `khademyar rights` from the code; a test compares this page with it, and another asks every cell of a running
service. What is not allowed here is denied.

| word | what happens |
| --- | --- |
| **all** | done, for everything in the festival |
| districts, centre, venue, own | done for what belongs to their districts, their centre's volunteers, their venue, or themselves; another's object is answered 404, and lists and counts leave it out |
| — | 403: their part in the festival does not reach so far |
| hidden | 404: they are not told that there is such a thing |
| sign in | 401 |

The last column says what the token of another system must be for. It reaches as far as whoever made it, in the festival it
was made for; for anything else it is answered 403.

";

/// The page.
pub fn document() -> String {
    let mut page = WORDS.to_owned();
    let mut line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        writeln!(page, "| {} |", cells.join(" | ")).expect("a string takes all that is written");
    };
    let headings = Who::all().map(Who::heading).chain(["a token for"]);
    line(&mut ["operation"].into_iter().chain(headings).map(str::to_owned));
    line(&mut Who::all().map(|_| "---").chain(["---", "---"]).map(str::to_owned));
    let needs: std::collections::HashMap<String, Needs> = operations().into_iter().collect();
    let contract = crate::openapi();
    let mut named: Vec<_> = named_operations(&contract).collect();
    named.sort_unstable_by_key(|(_, _, name)| *name);
    for (method, path, name) in named {
        let cell = |who| needs.get(name).map_or("—", |&needs| Cell::of(needs, who).word());
        let token = match (needs.get(name), token_grant(&contract, &method, path)) {
            (Some(Needs::Nothing), _) => "needs none".to_owned(),
            (_, Some(grant)) => grant.to_string(),
            (_, None) => "—".to_owned(),
        };
        let cells = Who::all().map(|who| cell(who).to_owned()).chain([token]);
        line(&mut [format!("`{name}`")].into_iter().chain(cells));
    }
    page
}
