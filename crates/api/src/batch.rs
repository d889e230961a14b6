//! Questions to the database that many ask at the same moment: one answers them all.
//!
//! Each answer is as the database has it after its question was asked, so that nobody is told less than by asking alone:
//! whoever asks while others are being answered takes another turn, with all who come meanwhile. What was read before is
//! told again for as long as nothing at all was committed, which is what a turn asks first.

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
    /// How many are under way.
    running: usize,
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
        Self { lookup, turns: Arc::new(Mutex::new(Turns { running: 0, waiting: Vec::new(), known: None })) }
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
            // Whoever is not the first to wait is taken along by the turn that the first begins or waits for.
            let begins = turns.waiting.len() == 1 && turns.running < store.moments_at_once();
            turns.running += usize::from(begins);
            begins
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
            // Whoever is about to ask comes along.
            while self.more_came().await {}
            let asked = {
                let mut turns = self.lock();
                if turns.waiting.is_empty() {
                    turns.running -= 1;
                    mem::forget(running);
                    return;
                }
                let many = turns.waiting.len().min(LARGEST);
                turns.waiting.drain(..many).collect::<Vec<_>>()
            };
            let Ok(answers) = self.answers(&store, asked.iter().map(|(key, _)| *key).collect()).await else {
                continue;
            };
            for ((_, tell), answer) in asked.into_iter().zip(answers) {
                // Who has left needs no answer.
                let _ = tell.send(answer);
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

    /// What there is for each of the keys, in what is known as the database has it now.
    async fn answers(&self, store: &Store, keys: Vec<K>) -> Result<Vec<Option<V>>, StorageError> {
        let moment = store.moment().await?;
        let known: Vec<Option<Option<V>>> = {
            let mut turns = self.lock();
            if turns.known.as_ref().is_none_or(|(then, all)| *then != moment || all.len() >= MOST_KNOWN) {
                turns.known = Some((moment.clone(), HashMap::new()));
            }
            let known = |key| turns.known.as_ref().and_then(|(_, all)| all.get(key).cloned());
            keys.iter().map(known).collect()
        };
        let missing = keys.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(key, _)| *key);
        let missing: HashSet<K> = missing.collect();
        let mut read = HashMap::new();
        if !missing.is_empty() {
            read = (self.lookup)(store.clone(), missing.iter().copied().collect()).await?;
            // Another turn may have found a later moment meanwhile.
            if let Some((_, all)) = self.lock().known.as_mut().filter(|(then, _)| *then == moment) {
                all.extend(missing.into_iter().map(|key| (key, read.get(&key).cloned())));
            }
        }
        let answer = |(key, known): (&K, Option<_>)| known.unwrap_or_else(|| read.get(key).cloned());
        Ok(keys.iter().zip(known).map(answer).collect())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Turns<K, V>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn under way: should it end before its time, those who wait are let go, and the next who asks begins another.
struct Running<'a, K, V>(&'a Batch<K, V>);

impl<K, V> Drop for Running<'_, K, V> {
    fn drop(&mut self) {
        let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.running -= 1;
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
