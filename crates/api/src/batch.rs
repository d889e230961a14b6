//! Questions to the database that many ask at the same moment: one answers them all.
//!
//! Each answer is as the database has it after its question was asked, so that nobody is told less than by asking alone:
//! whoever asks while others are being answered waits for the next turn, with all who came meanwhile. What was read before
//! is told again for as long as nothing at all was committed, which is what a turn asks first.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::Hash,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use khademyar_storage::{Moment, StorageError, Store};
use tokio::{sync::oneshot, task::yield_now};

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
    /// What was read, and the moment that it was read at or after; also of what is not there.
    known: Option<(Moment, HashMap<K, Option<V>>)>,
}

/// How many keys are looked up in one turn.
const LARGEST: usize = 500;
/// How many answers are kept; what would be more begins anew.
const MOST_KNOWN: usize = 20_000;

impl<K, V> Batch<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + 'static,
{
    pub(crate) fn new(lookup: Lookup<K, V>) -> Self {
        Self {
            lookup,
            turns: Arc::new(Mutex::new(Turns { running: false, waiting: Vec::new(), known: None })),
        }
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
        let mut known = self.lock().known.take();
        loop {
            // Whoever is about to ask comes along.
            while self.more_came().await {}
            let asked = {
                let mut turns = self.lock();
                if turns.waiting.is_empty() {
                    turns.running = false;
                    turns.known = known;
                    mem::forget(running);
                    return;
                }
                let many = turns.waiting.len().min(LARGEST);
                turns.waiting.drain(..many).collect::<Vec<_>>()
            };
            let keys = asked.iter().map(|(key, _)| *key).collect();
            let Ok(answers) = self.answers(&store, known.take(), keys).await else {
                continue;
            };
            let (_, answers) = known.insert(answers);
            for (key, tell) in asked {
                // Who has left needs no answer.
                let _ = tell.send(answers.get(&key).cloned().flatten());
            }
        }
    }

    /// Lets others go on, and tells whether one of them asked meanwhile.
    async fn more_came(&self) -> bool {
        let before = self.lock().waiting.len();
        yield_now().await;
        let after = self.lock().waiting.len();
        after > before && after < LARGEST
    }

    /// What there is for `keys`, in what is known as the database has it now.
    async fn answers(
        &self,
        store: &Store,
        known: Option<(Moment, HashMap<K, Option<V>>)>,
        keys: HashSet<K>,
    ) -> Result<(Moment, HashMap<K, Option<V>>), StorageError> {
        let moment = store.moment().await?;
        let mut known = match known {
            Some((then, known)) if then == moment && known.len() < MOST_KNOWN => known,
            _ => HashMap::new(),
        };
        let missing: Vec<K> = keys.into_iter().filter(|key| !known.contains_key(key)).collect();
        if !missing.is_empty() {
            let mut read = (self.lookup)(store.clone(), missing.clone()).await?;
            known.extend(missing.into_iter().map(|key| (key, read.remove(&key))));
        }
        Ok((moment, known))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    static TURNS: AtomicUsize = AtomicUsize::new(0);
    const BROKEN: u64 = 13;

    /// Even numbers have a half.
    fn halves(_: Store, numbers: Vec<u64>) -> Answers<u64, u64> {
        Box::pin(async move {
            TURNS.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            if numbers.contains(&BROKEN) {
                return Err(StorageError::Corrupt("number"));
            }
            Ok(numbers
                .into_iter()
                .filter(|number| number % 2 == 0)
                .map(|number| (number, number / 2))
                .collect())
        })
    }

    #[tokio::test]
    async fn many_are_answered_at_once_each_with_their_own_answer_and_a_failure_is_no_one_elses() {
        let file = std::env::temp_dir().join(format!("khademyar-{}.sqlite", uuid::Uuid::now_v7()));
        let store = Store::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let batch = Batch::new(halves);
        let ask = |number: u64| batch.ask(&store, number % 20);
        let answers = join_all((0..1_000).map(ask)).await;
        for (number, answer) in (0..1_000_u64).map(|number| number % 20).zip(answers) {
            match answer {
                Err(_) => assert_eq!(number, BROKEN),
                Ok(half) => assert_eq!(half, (number % 2 == 0).then_some(number / 2), "of {number}"),
            }
        }
        let before = TURNS.swap(0, Ordering::Relaxed);
        let answers = join_all((0..1_000).map(|number| batch.ask(&store, number % 10))).await;
        assert!(answers.into_iter().all(|answer| answer.is_ok()));
        let turns = TURNS.load(Ordering::Relaxed);
        assert!(turns < 10, "{turns} turns for a thousand questions, and {before} where some failed");
        store.close().await.unwrap();
        std::fs::remove_file(file).unwrap();
    }
}
