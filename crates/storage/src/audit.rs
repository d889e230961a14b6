//! Who changed what: every transaction that a request begins leaves entries in the festival's chain when it commits.
//!
//! The request's [`Origin`] travels beside its calls, so that no handler can forget to hand it on. What was before and
//! after is said by [`Db::record`], which the functions of this crate call where they write; a commit of which nothing was
//! said leaves an entry all the same, of the operation alone.

mod chain;
mod read;

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use khademyar_domain::{Id, api_token::ApiToken, festival::Festival, member::User};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Db, StorageError};

pub use chain::{Chain, Fault, chains, verify};
pub(crate) use read::erase_all;
pub use read::{Entry, FILTERS, SORTS, erase, list, of_person};

/// Where the transactions of a request come from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Who asked; none: the service itself.
    pub by: Option<Id<User>>,
    /// The address they asked from.
    pub address: Option<String>,
    /// The token for another system that asked in their name, where it was one.
    pub api_token: Option<Id<ApiToken>>,
    /// What they asked for: the operation's name.
    pub operation: Arc<str>,
    /// In which festival, where the request names one.
    pub festival_id: Option<Id<Festival>>,
    /// Of what, where the request names something.
    pub object_id: Option<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
    /// What nobody can guess: with it, what is erased cannot be found again by its hash.
    pub secret: [u8; 32],
}

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

/// Does `work`, whose transactions come from `origin`.
pub async fn within<F: Future>(origin: Origin, work: F) -> F::Output {
    ORIGIN.scope(Arc::new(origin), work).await
}

/// A change of one thing.
#[derive(Clone, Debug)]
pub struct Change {
    kind: &'static str,
    object_id: Uuid,
    person_id: Option<Uuid>,
    festival_id: Option<Id<Festival>>,
    before: Value,
    after: Value,
}

impl Change {
    /// Of the thing with this id in the list of this name.
    pub fn of(kind: &'static str, object_id: Uuid) -> Self {
        Self { kind, object_id, person_id: None, festival_id: None, before: Value::Null, after: Value::Null }
    }

    /// What it tells is personal to the volunteer or user with this id, and erased with them.
    #[must_use]
    pub fn person(mut self, id: Uuid) -> Self {
        self.person_id = Some(id);
        self
    }

    /// In which festival, where neither the request nor the commit says.
    #[must_use]
    pub fn in_festival(mut self, id: Id<Festival>) -> Self {
        self.festival_id = Some(id);
        self
    }

    /// How it was.
    #[must_use]
    pub fn before(mut self, value: &impl Serialize) -> Self {
        self.before = told(value);
        self
    }

    /// How it is.
    #[must_use]
    pub fn after(mut self, value: &impl Serialize) -> Self {
        self.after = told(value);
        self
    }

    /// What differs, as it stands beside the chain.
    fn content(mut self) -> String {
        if let (Value::Object(before), Value::Object(after)) = (&mut self.before, &mut self.after) {
            let same: Vec<String> = before
                .iter()
                .filter(|(key, value)| after.get(*key) == Some(value))
                .map(|(key, _)| key.clone())
                .collect();
            for key in same {
                before.remove(&key);
                after.remove(&key);
            }
        }
        let parts = [("before", self.before), ("after", self.after)];
        let told: Map<String, Value> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Value::Object(told).to_string()
    }
}

fn told(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// What a transaction changed, until it commits.
#[derive(Debug)]
pub(crate) struct Trail {
    origin: Arc<Origin>,
    changes: Mutex<Vec<Change>>,
}

impl Trail {
    /// The trail of a transaction that begins now, where someone asked for it.
    pub(crate) fn begin() -> Option<Box<Self>> {
        let origin = ORIGIN.try_with(Arc::clone).ok()?;
        Some(Box::new(Self { origin, changes: Mutex::default() }))
    }

    /// Writes the entries of a transaction that is about to commit: in the chain of `festival_id`, else of the festival
    /// that the request or a change names, else of what concerns no festival.
    pub(crate) async fn end(self, db: &Db, festival_id: Option<Id<Festival>>) -> Result<(), StorageError> {
        let changes = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let told = || changes.iter().find_map(|change| change.festival_id);
        let festival_id = festival_id.or(self.origin.festival_id).or_else(told).map(Id::uuid);
        if festival_id.is_none() && changes.is_empty() {
            return Ok(());
        }
        // On the heap: every transaction's future would else be large by it.
        Box::pin(chain::append(db, &self.origin, festival_id.unwrap_or_default(), changes)).await
    }
}

impl Db {
    /// Says what this transaction changes, for the audit.
    pub fn record(&self, change: Change) {
        if let Some(trail) = &self.trail {
            trail.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change);
        }
    }

    /// Whether what this transaction changes is written down: if not, nobody needs to read what was before.
    pub fn is_recorded(&self) -> bool {
        self.trail.is_some()
    }
}
