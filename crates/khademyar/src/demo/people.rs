//! The three who can sign in to the demo: who organizes, who coordinates where seats are empty, who serves.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use khademyar_api::auth;
use khademyar_domain::{
    Id, Text,
    district::District,
    member::{Member, Role},
    pair::PairKind,
    position::Position,
    set_up::SetUp,
    shift::Shift,
    volunteer::Volunteer,
};
use khademyar_storage::{
    Db, members,
    users::{self, NewUser},
};
use uuid::Uuid;

use super::sign_ins::SignIn;
use crate::password;

/// How many districts the coordinator has.
const DISTRICTS: usize = 3;

/// Who sits where in the published roster.
type Roster = [(Id<Volunteer>, Id<Position>)];

/// Gives someone a part in the demo, and a password for it. Who has the username from an earlier start keeps the part
/// and gets a new password.
pub(super) async fn sign_in(
    db: &Db,
    demo: &SetUp,
    member: &Member,
    now: DateTime<Utc>,
) -> anyhow::Result<SignIn> {
    let festival_id = demo.festival.id;
    let sign_in = SignIn { username: member.username.clone(), password: password::random()? };
    let password_hash = auth::password::hash(sign_in.password.clone()).await?;
    if let Some(account) = users::find(db, &member.username).await? {
        let actor = users::actor(db, account.id).await?.context("an account without a user")?;
        if actor.parts.is_empty() || actor.parts.iter().any(|part| part.festival_id != festival_id) {
            bail!("there is a user {} who is not the demo's", member.username);
        }
        users::set_password_hash(db, account.id, &password_hash).await?;
        return Ok(sign_in);
    }
    let user = NewUser {
        id: Uuid::now_v7().into(),
        username: member.username.clone(),
        name: member.name.clone(),
        password_hash,
        // The demo's organizer may found other festivals beside it.
        operator: member.role == Role::Organizer,
    };
    users::insert(db, &user, now).await?;
    members::insert(db, festival_id, Uuid::now_v7().into(), user.id, member).await?;
    Ok(sign_in)
}

pub(super) fn organizer() -> anyhow::Result<Member> {
    Ok(Member {
        username: "demo-organizer".to_owned(),
        name: Text::new("مریم نیک‌اندیش")?,
        role: Role::Organizer,
        district_ids: Vec::new(),
        volunteer_id: None,
        centre_id: None,
        venue_id: None,
    })
}

/// The coordinator of the districts where most of what is essential stayed empty.
pub(super) fn coordinator(demo: &SetUp, roster: &Roster) -> anyhow::Result<Member> {
    let mut filled: BTreeMap<Id<Position>, i32> = BTreeMap::new();
    for (_, position_id) in roster {
        *filled.entry(*position_id).or_default() += 1;
    }
    let districts_of: BTreeMap<Id<Shift>, Option<Id<District>>> =
        demo.shifts.iter().map(|shift| (shift.id, shift.value.district_id)).collect();
    let mut empty: BTreeMap<Id<District>, (i32, i32)> = BTreeMap::new();
    for position in &demo.positions {
        let filled = filled.get(&position.id).copied().unwrap_or(0);
        if let Some(Some(district)) = districts_of.get(&position.value.shift_id) {
            let (essential, welcome) = empty.entry(*district).or_default();
            *essential += (position.value.minimum - filled).max(0);
            *welcome += (position.value.desired - filled).max(0);
        }
    }
    let mut districts: Vec<Id<District>> = empty.keys().copied().collect();
    districts.sort_by_key(|district| std::cmp::Reverse(empty[district]));
    districts.truncate(DISTRICTS);
    Ok(Member {
        username: "demo-coordinator".to_owned(),
        name: Text::new("حسین ملک‌پور")?,
        role: Role::Coordinator,
        district_ids: districts,
        volunteer_id: None,
        centre_id: None,
        venue_id: None,
    })
}

/// Of those who have a companion, and serve in the coordinator's districts more than once, the volunteer who serves on the
/// most nights: what the one does, the other sees.
pub(super) fn volunteer(demo: &SetUp, roster: &Roster, coordinator: &Member) -> anyhow::Result<Member> {
    let shift_of: BTreeMap<Id<Shift>, &Shift> =
        demo.shifts.iter().map(|shift| (shift.id, &shift.value)).collect();
    let shifts_of: BTreeMap<Id<Position>, Id<Shift>> =
        demo.positions.iter().map(|position| (position.id, position.value.shift_id)).collect();
    let mut nights: BTreeMap<Id<Volunteer>, BTreeSet<i32>> = BTreeMap::new();
    let mut seen: BTreeMap<Id<Volunteer>, usize> = BTreeMap::new();
    for (volunteer_id, position_id) in roster {
        let Some(shift) = shifts_of.get(position_id).and_then(|shift| shift_of.get(shift)) else { continue };
        nights.entry(*volunteer_id).or_default().insert(shift.night);
        if shift.district_id.is_some_and(|district| coordinator.district_ids.contains(&district)) {
            *seen.entry(*volunteer_id).or_default() += 1;
        }
    }
    let accompanied: BTreeSet<Id<Volunteer>> = demo
        .pairs
        .iter()
        .filter(|pair| pair.value.kind == PairKind::Companions)
        .flat_map(|pair| [pair.value.first_id, pair.value.second_id])
        .collect();
    let volunteer = demo
        .volunteers
        .iter()
        .max_by_key(|volunteer| {
            let id = volunteer.id;
            let is_seen = seen.get(&id).is_some_and(|seats| *seats > 1);
            (is_seen, accompanied.contains(&id), nights.get(&id).map_or(0, BTreeSet::len))
        })
        .context("the demo has no volunteers")?;
    Ok(Member {
        username: "demo-volunteer".to_owned(),
        name: volunteer.value.name.fa.clone(),
        role: Role::Volunteer,
        district_ids: Vec::new(),
        volunteer_id: Some(volunteer.id),
        centre_id: None,
        venue_id: None,
    })
}
