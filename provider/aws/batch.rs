//! Reads of many things of one kind, made one call.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::error::{Error, ErrorKind, Result};

/// How long the first reader of a batch waits for others.
const WINDOW: Duration = Duration::from_millis(10);

/// How long a batch that is not full waits for a call under way, and gathers readers meanwhile.
const PATIENCE: Duration = Duration::from_millis(250);

type Loader<K, V> =
    dyn Fn(Vec<K>) -> Pin<Box<dyn Future<Output = Result<HashMap<K, V>>> + Send>> + Send + Sync;

type Reader<V> = oneshot::Sender<Result<Option<V>>>;

/// Gathers the keys that are asked for within a few milliseconds and loads them together. While a
/// call is under way, the next one gathers for longer. A key is always loaded by a call that begins
/// after it was asked for: what was written before is seen.
///
/// A key that the loader does not return is `None`. An error of the loader goes to everybody
/// whose key was in that call.
pub struct Batcher<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    most: usize,
    loader: Box<Loader<K, V>>,
    queue: Mutex<Queue<K, V>>,
    /// Told when the queue may have become due.
    changed: Notify,
}

struct Queue<K, V> {
    /// The readers of each key that the next call will load.
    waiting: HashMap<K, Vec<Reader<V>>>,
    /// How many loads are under way.
    loads: usize,
}

impl<K, V> Default for Queue<K, V> {
    fn default() -> Self {
        Queue { waiting: HashMap::new(), loads: 0 }
    }
}

impl<K, V> Clone for Batcher<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Batcher<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Makes a batcher whose loader gets at most `most` keys a call, each of them once.
    pub fn new<F, R>(most: usize, loader: F) -> Self
    where
        F: Fn(Vec<K>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        Self(Arc::new(Inner {
            most: most.max(1),
            loader: Box::new(move |keys| Box::pin(loader(keys))),
            queue: Mutex::default(),
            changed: Notify::new(),
        }))
    }

    /// Loads one key together with whatever else is asked for now.
    pub async fn load(&self, key: K) -> Result<Option<V>> {
        let (sender, receiver) = oneshot::channel();
        let first = {
            let mut queue = self.0.lock();
            let first = queue.waiting.is_empty();
            queue.waiting.entry(key).or_default().push(sender);
            first
        };
        self.0.changed.notify_one();
        if first {
            let inner = self.0.clone();
            // Its own task: a caller that is cancelled must not leave the others waiting.
            tokio::spawn(async move {
                tokio::time::sleep(WINDOW).await;
                // Whoever hangs must not hold the others.
                let _ = tokio::time::timeout(PATIENCE, inner.due()).await;
                inner.load_all().await;
            });
        }
        receiver.await.unwrap_or_else(|_| Err(Error::new(ErrorKind::Other, "a read ended without a result")))
    }
}

impl<K, V> Inner<K, V>
where
    K: Clone + Eq + Hash,
    V: Clone,
{
    fn lock(&self) -> MutexGuard<'_, Queue<K, V>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when the next call is full, or nothing is under way.
    async fn due(&self) {
        loop {
            let changed = self.changed.notified();
            {
                let queue = self.lock();
                if queue.loads == 0 || queue.waiting.len() >= self.most {
                    return;
                }
            }
            changed.await;
        }
    }

    async fn load_all(&self) {
        let mut waiting: Vec<_> = {
            let mut queue = self.lock();
            queue.loads += 1;
            std::mem::take(&mut queue.waiting).into_iter().collect()
        };
        let _under_way = UnderWay(self);
        let mut chunks = Vec::new();
        while !waiting.is_empty() {
            let rest = waiting.split_off(self.most.min(waiting.len()));
            chunks.push(std::mem::replace(&mut waiting, rest));
        }
        futures::future::join_all(chunks.into_iter().map(|chunk| self.load_chunk(chunk))).await;
    }

    async fn load_chunk(&self, chunk: Vec<(K, Vec<Reader<V>>)>) {
        let keys = chunk.iter().map(|(key, _)| key.clone()).collect();
        let found = (self.loader)(keys).await;
        for (key, readers) in chunk {
            let value = match &found {
                Ok(found) => Ok(found.get(&key).cloned()),
                Err(error) => Err(error.clone()),
            };
            for reader in readers {
                // A reader that went away needs no answer.
                let _ = reader.send(value.clone());
            }
        }
    }
}

/// A load that counts until it ends, however it does.
struct UnderWay<'a, K, V>(&'a Inner<K, V>);

impl<K, V> Drop for UnderWay<'_, K, V> {
    fn drop(&mut self) {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).loads -= 1;
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn squares(most: usize, calls: &Arc<AtomicUsize>) -> Batcher<u32, u32> {
        let calls = calls.clone();
        Batcher::new(most, move |keys: Vec<u32>| {
            calls.fetch_add(1, Ordering::Relaxed);
            assert!(keys.len() <= most);
            async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                if keys.contains(&13) {
                    return Err(Error::new(ErrorKind::Throttled, "too fast"));
                }
                Ok(keys.into_iter().filter(|key| key % 2 == 0).map(|key| (key, key * key)).collect())
            }
        })
    }

    #[tokio::test]
    async fn fifty_loads_make_one_call() {
        let calls = Arc::default();
        let batcher = squares(100, &calls);
        let loads = (0..50).map(|key| batcher.load(key % 12));
        for (key, value) in futures::future::join_all(loads).await.into_iter().enumerate() {
            let key = u32::try_from(key).unwrap() % 12;
            assert_eq!(value.unwrap(), (key % 2 == 0).then_some(key * key));
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);

        batcher.load(4).await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 2, "a later read asks again");
    }

    #[tokio::test]
    async fn calls_take_no_more_keys_than_they_may() {
        let calls = Arc::default();
        let batcher = squares(20, &calls);
        let loads = (100..150).map(|key| batcher.load(key));
        assert!(futures::future::join_all(loads).await.iter().all(Result::is_ok));
        assert_eq!(calls.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn readers_gather_while_a_call_is_under_way() {
        let calls: Arc<AtomicUsize> = Arc::default();
        let (counted, gate) = (calls.clone(), Arc::new(Notify::new()));
        let closed = gate.clone();
        let batcher = Batcher::new(100, move |keys: Vec<u32>| {
            let (first, closed) = (counted.fetch_add(1, Ordering::Relaxed) == 0, closed.clone());
            async move {
                if first {
                    closed.notified().await;
                }
                Ok(keys.into_iter().map(|key| (key, key)).collect())
            }
        });
        let load = |key| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.load(key).await })
        };
        let first = load(0);
        while calls.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let others: Vec<_> = (1..10).map(load).collect();
        tokio::time::sleep(WINDOW * 3).await;
        gate.notify_one();
        assert_eq!(first.await.unwrap().unwrap(), Some(0));
        for (other, key) in others.into_iter().zip(1..) {
            assert_eq!(other.await.unwrap().unwrap(), Some(key));
        }
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_call_that_hangs_holds_nobody() {
        let batcher = Batcher::new(100, |keys: Vec<u32>| async move {
            if keys.contains(&0) {
                std::future::pending::<()>().await;
            }
            Ok(keys.into_iter().map(|key| (key, key)).collect())
        });
        let hanging = tokio::spawn({
            let batcher = batcher.clone();
            async move { batcher.load(0).await }
        });
        tokio::time::sleep(WINDOW * 3).await;
        assert_eq!(batcher.load(1).await.unwrap(), Some(1));
        hanging.abort();
    }

    #[tokio::test]
    async fn an_error_goes_to_everybody_in_the_call() {
        let batcher = squares(100, &Arc::default());
        let (a, b) = tokio::join!(batcher.load(13), batcher.load(2));
        assert_eq!(a.unwrap_err().kind(), ErrorKind::Throttled);
        assert_eq!(b.unwrap_err().kind(), ErrorKind::Throttled);
        assert_eq!(batcher.load(2).await.unwrap(), Some(4));
    }

    #[tokio::test]
    async fn a_reader_that_goes_away_takes_nobody_with_it() {
        let batcher = squares(100, &Arc::default());
        let impatient = tokio::time::timeout(Duration::from_millis(1), batcher.load(2));
        let (gone, stayed) = tokio::join!(impatient, batcher.load(4));
        assert!(gone.is_err());
        assert_eq!(stayed.unwrap(), Some(16));
    }
}
