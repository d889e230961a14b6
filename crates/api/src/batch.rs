//! Questions to the database that many ask at the same moment: one answers them all.
//!
//! Each answer is read after its question was asked, so that nobody is told less than by asking alone: whoever asks while
//! others are being answered waits for the next turn, with all who came meanwhile.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use khademyar_storage::{StorageError, Store};
use tokio::sync::oneshot;

/// How questions are answered: for many keys at once. What is not in the answer is not there.
pub(crate) type Lookup<K, V> = fn(Store, Vec<K>) -> Answers<K, V>;
/// What is looked up, under way.
pub(crate) type Answers<K, V> = Pin<Box<dyn Future<Output = Result<HashMap<K, V>, StorageError>> + Send>>;

/// Questions of one kind; cheap to clone.
pub(crate) struct Batch<K, V> {
    lookup: Lookup<K, V>,
    turns: Arc<Mutex<Turns<K, V>>>,
}

struct Turns<K, V> {
    /// Whether a turn is under way.
    running: bool,
    /// Who waits for the next.
    waiting: Vec<(K, oneshot::Sender<Option<V>>)>,
}

/// How many keys are looked up in one turn.
const LARGEST: usize = 500;

impl<K, V> Batch<K, V>
where
    K: Copy + Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    pub(crate) fn new(lookup: Lookup<K, V>) -> Self {
        Self { lookup, turns: Arc::new(Mutex::new(Turns { running: false, waiting: Vec::new() })) }
    }

    /// What there is for `key`.
    ///
    /// # Errors
    /// [`StorageError`] as looking it up alone has it.
    pub(crate) async fn ask(&self, store: &Store, key: K) -> Result<Option<V>, StorageError> {
        let (tell, told) = oneshot::channel();
        let begins = {
            let mut turns = self.lock();
            turns.waiting.push((key, tell));
            !mem::replace(&mut turns.running, true)
        };
        if begins {
            // On its own, so that whoever leaves does not end it for the others.
            tokio::spawn(self.clone().run(store.clone()));
        }
        match told.await {
            Ok(answer) => Ok(answer),
            // The turn failed: why, each finds out alone.
            Err(_) => Ok((self.lookup)(store.clone(), vec![key]).await?.remove(&key)),
        }
    }

    async fn run(self, store: Store) {
        let running = Running(&self);
        loop {
            let asked = {
                let mut turns = self.lock();
                if turns.waiting.is_empty() {
                    turns.running = false;
                    mem::forget(running);
                    return;
                }
                let many = turns.waiting.len().min(LARGEST);
                turns.waiting.drain(..many).collect::<Vec<_>>()
            };
            let keys: HashSet<K> = asked.iter().map(|(key, _)| *key).collect();
            let Ok(answers) = (self.lookup)(store.clone(), keys.into_iter().collect()).await else {
                continue;
            };
            for (key, tell) in asked {
                // Who has left needs no answer.
                let _ = tell.send(answers.get(&key).cloned());
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Turns<K, V>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn under way: should it end before its time, those who wait are let go, and the next who asks begins anew.
struct Running<'a, K, V>(&'a Batch<K, V>);

impl<K, V> Drop for Running<'_, K, V> {
    fn drop(&mut self) {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.running = false;
        turns.waiting.clear();
    }
}

impl<K, V> Clone for Batch<K, V> {
    fn clone(&self) -> Self {
        Self { lookup: self.lookup, turns: Arc::clone(&self.turns) }
    }
}

impl<K, V> fmt::Debug for Batch<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}
