//! Set-ups with what the engine makes of them, kept as long as they stand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use khademyar_domain::{Id, festival::Festival};
use khademyar_roster::Known;
use khademyar_storage::{Db, festivals, set_ups};

use super::Live;
use crate::{blocking::blocking, error::ApiError};

/// Festivals that are kept at the most; beyond that, one that nobody reads at the moment goes.
const MOST_KEPT: usize = 16;

/// A festival's set-up, and the revision of it.
type Kept = tokio::sync::Mutex<Option<(i64, Arc<Known>)>>;

/// What is kept, by festival.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Id<Festival>, Arc<Kept>>>);

impl Memory {
    fn of(&self, festival_id: Id<Festival>) -> Arc<Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(&festival_id) {
            let idle = kept.iter().find(|(_, one)| Arc::strong_count(one) == 1).map(|(&id, _)| id);
            idle.map(|id| kept.remove(&id));
        }
        Arc::clone(kept.entry(festival_id).or_default())
    }
}

impl Live {
    /// The festival as `db`, a snapshot, sees it. Those who ask at once wait for one reading.
    ///
    /// # Errors
    /// [`ApiError`] when there is no such festival, or it cannot be read.
    pub(crate) async fn known(&self, db: &Db, festival_id: Id<Festival>) -> Result<Arc<Known>, ApiError> {
        let revision = festivals::set_up_revision(db, festival_id).await?;
        let kept = self.memory.of(festival_id);
        let mut kept = kept.lock().await;
        if let Some((of, known)) = &*kept
            && *of == revision
        {
            return Ok(Arc::clone(known));
        }
        let set_up = set_ups::load(db, festival_id).await?;
        let known = blocking(move || Known::new(set_up)).await?;
        let known = Arc::new(known.map_err(|faults| ApiError::Internal(format!("{faults:?}")))?);
        *kept = Some((revision, Arc::clone(&known)));
        Ok(known)
    }
}
