//! What is asked for with every request, by thousands of phones at once: who somebody is, how often their festivals changed,
//! and their nights as they were made last. The first two are always read anew; the last is kept for as long as they say so.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use khademyar_domain::{
    Id, device::Device, festival::Festival, language::Language, member::User, volunteer::Volunteer,
};
use khademyar_storage::{
    StorageError, Store,
    users::{self, SignedIn},
};

use crate::batch::{Answers, Batch};

/// How many bytes of schedules are kept; what would be more begins anew.
const MOST_KEPT: usize = 32 << 20;

/// What every request asks for; cheap to clone.
#[derive(Clone, Debug)]
pub struct Fresh {
    signed_in: Batch<Id<Device>, SignedIn>,
    schedules: Arc<Mutex<Schedules>>,
}

#[derive(Default)]
struct Schedules {
    bytes: usize,
    of: HashMap<Id<Festival>, OfFestival>,
}

/// Those of one revision alone: what was before it is forgotten.
#[derive(Default)]
struct OfFestival {
    revision: i64,
    made: HashMap<(Id<Volunteer>, Language), Bytes>,
}

impl Default for Fresh {
    fn default() -> Self {
        Self { signed_in: Batch::new(signed_in), schedules: Arc::default() }
    }
}

impl Fresh {
    /// Who is signed in on a device; none where nobody is, or somebody else.
    ///
    /// # Errors
    /// [`StorageError::Database`] when the database cannot be asked.
    pub(crate) async fn signed_in(
        &self,
        store: &Store,
        user_id: Id<User>,
        device_id: Id<Device>,
    ) -> Result<Option<SignedIn>, StorageError> {
        let signed_in = self.signed_in.ask(store, device_id).await?;
        Ok(signed_in.filter(|one| one.actor.user_id == user_id))
    }

    /// Somebody's nights as JSON, if they were made of this revision already.
    pub(crate) fn schedule(
        &self,
        id: Id<Festival>,
        revision: i64,
        volunteer_id: Id<Volunteer>,
        language: Language,
    ) -> Option<Bytes> {
        let schedules = self.schedules();
        let of = schedules.of.get(&id).filter(|of| of.revision == revision)?;
        of.made.get(&(volunteer_id, language)).cloned()
    }

    /// Keeps somebody's nights as they are at a revision.
    pub(crate) fn keep_schedule(
        &self,
        id: Id<Festival>,
        revision: i64,
        volunteer_id: Id<Volunteer>,
        language: Language,
        made: Bytes,
    ) {
        let mut schedules = self.schedules();
        if schedules.bytes + made.len() > MOST_KEPT {
            *schedules = Schedules::default();
        }
        let of = schedules.of.entry(id).or_default();
        if of.revision > revision {
            return;
        }
        let mut before = 0;
        if of.revision < revision {
            before = of.made.drain().map(|(_, made)| made.len()).sum();
            of.revision = revision;
        }
        let more = made.len();
        before += of.made.insert((volunteer_id, language), made).map_or(0, |made| made.len());
        schedules.bytes = schedules.bytes + more - before;
    }

    fn schedules(&self) -> MutexGuard<'_, Schedules> {
        self.schedules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signed_in(store: Store, ids: Vec<Id<Device>>) -> Answers<Id<Device>, SignedIn> {
    Box::pin(async move { users::signed_in(&store.reader(), &ids).await })
}

impl fmt::Debug for Schedules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedules").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<T>(of: u128) -> Id<T> {
        Uuid::from_u128(of).into()
    }

    #[test]
    fn a_schedule_is_kept_until_the_festival_changes() {
        let fresh = Fresh::default();
        let made = |text: &'static str| Bytes::from_static(text.as_bytes());
        let (festival, zahra, maryam) = (id(1), id(2), id(3));
        let kept = |revision, volunteer| fresh.schedule(festival, revision, volunteer, Language::Persian);
        fresh.keep_schedule(festival, 7, zahra, Language::Persian, made("seven"));
        assert_eq!(kept(7, zahra), Some(made("seven")));
        assert_eq!((kept(7, maryam), kept(6, zahra), kept(8, zahra)), (None, None, None));
        assert_eq!(fresh.schedule(festival, 7, zahra, Language::English), None);
        assert_eq!(fresh.schedule(id(9), 7, zahra, Language::Persian), None);

        fresh.keep_schedule(festival, 8, maryam, Language::Persian, made("eight"));
        assert_eq!((kept(7, zahra), kept(8, maryam)), (None, Some(made("eight"))));
        fresh.keep_schedule(festival, 7, zahra, Language::Persian, made("seven"));
        assert_eq!(
            (kept(7, zahra), kept(8, maryam)),
            (None, Some(made("eight"))),
            "who was slow changes nothing"
        );
        assert_eq!(fresh.schedules().bytes, 5);
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let fresh = Fresh::default();
        for number in 0..100 {
            let large = Bytes::from(vec![0; 1 << 20]);
            fresh.keep_schedule(id(number % 3), 1, id(number), Language::Persian, large);
            let schedules = fresh.schedules();
            let bytes: usize = schedules.of.values().flat_map(|of| of.made.values()).map(Bytes::len).sum();
            assert_eq!(schedules.bytes, bytes);
            assert!(bytes <= MOST_KEPT);
        }
    }
}
