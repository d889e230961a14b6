//! What is asked for with every request, by thousands of phones at once: who somebody is, and how often their festivals
//! changed.

use std::sync::Arc;

use khademyar_domain::{Id, device::Device, member::User};
use khademyar_storage::{
    StorageError, Store,
    users::{self, SignedIn},
};

use crate::{
    again::Again,
    batch::{Answers, Batch},
};

/// What every request asks for; cheap to clone.
#[derive(Clone, Debug)]
pub struct Fresh {
    signed_in: Batch<Id<Device>, Arc<SignedIn>>,
    /// What was answered, to be given again.
    pub(crate) again: Again,
}

impl Default for Fresh {
    fn default() -> Self {
        Self { signed_in: Batch::new(signed_in), again: Again::default() }
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
    ) -> Result<Option<Arc<SignedIn>>, StorageError> {
        let signed_in = self.signed_in.ask(store, device_id).await?;
        Ok(signed_in.filter(|one| one.actor.user_id == user_id))
    }
}

fn signed_in(store: Store, ids: Vec<Id<Device>>) -> Answers<Id<Device>, Arc<SignedIn>> {
    Box::pin(async move {
        let all = users::signed_in(&store.reader(), &ids).await?;
        Ok(all.into_iter().map(|(id, one)| (id, Arc::new(one))).collect())
    })
}
