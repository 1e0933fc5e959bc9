//! What a kind has at hand while it works: clients, its identity, progress and cancellation.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::batch::Batcher;
use super::clients::{Aws, ServiceClient, partition};
use super::clock::Clock;
use super::error::{Error, Result};
use crate::engine::hash::random;
pub use crate::engine::hash::{digest, unheard_of};
pub use crate::engine::log::Progress;

/// What a kind has at hand while it works on one resource.
#[derive(Clone)]
pub struct Cx {
    pub aws: Aws,
    /// The region of this resource, where it is not the provider's.
    pub region: Option<String>,
    /// The URN of the resource.
    pub urn: String,
    /// Which instance of the resource this is: a replacement has the same URN, but is another.
    pub instance: Option<String>,
    /// How long the operation may take, where the program says so.
    pub timeout: Option<Duration>,
    pub cancel: CancellationToken,
    pub clock: Clock,
    pub progress: Arc<dyn Progress>,
    pub notes: Notes,
}

/// What the steps of one operation tell each other: at most one note of each type.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl Cx {
    /// A client of the resource's region.
    pub fn client<C: ServiceClient>(&self) -> Result<C> {
        self.aws.client(self.region.as_deref())
    }

    /// The region that the resource is in.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref().or_else(|| self.aws.region())
    }

    /// The ARN of something in the resource's region.
    pub fn arn(&self, service: &str, account: &str, what: &str) -> String {
        let region = self.region().unwrap_or_default();
        format!("arn:{}:{service}:{region}:{account}:{what}", partition(region))
    }

    /// Reads one thing together with all others of its kind that are asked for at the same
    /// moment. The `loader` gets at most `most` keys a call; a key that it does not return is
    /// `None`.
    pub async fn batched<K, V, F, R>(&self, most: usize, key: K, loader: F) -> Result<Option<V>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(Vec<K>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let answers = self.noted::<Answers>();
        let place = (self.region().unwrap_or_default().to_owned(), key);
        let seen = answers.as_ref().and_then(|answers| answers.get::<F, _, V>(&place));
        if let Some(seen) = seen.or_else(|| self.told(&place.1)) {
            return Ok(Some(seen));
        }
        let found = self.load(most, place.1.clone(), loader).await?;
        if let (Some(answers), Some(found)) = (answers, &found) {
            answers.put::<F, _, V>(place, found.clone());
        }
        Ok(found)
    }

    /// The same for what AWS tells of one thing at a time: who asks for it at the same moment is told by
    /// the same call.
    pub async fn alone<K, V, F, R>(&self, key: K, look: F) -> Result<Option<V>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(K) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<V>>> + Send + 'static,
    {
        let load = move |keys: Vec<K>| {
            let looks: Vec<_> = keys.into_iter().map(|key| (key.clone(), look(key))).collect();
            async move {
                let mut found = HashMap::new();
                for (key, look) in looks {
                    found.extend(look.await?.map(|there| (key, there)));
                }
                Ok::<_, Error>(found)
            }
        };
        self.batched(1, key, load).await
    }

    async fn load<K, V, F, R>(&self, most: usize, key: K, loader: F) -> Result<Option<V>>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        F: Fn(Vec<K>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<HashMap<K, V>>> + Send + 'static,
    {
        let region = self.region().unwrap_or_default();
        let batcher = self.aws.shared::<F, _>(region, || Batcher::new(most, loader));
        batcher.load(key).await
    }

    /// From now on this operation asks nothing twice of what it reads together with others; until
    /// it forgets, or begins to remember anew. Nothing may be written in between.
    pub fn remember(&self) {
        self.note(Answers::default());
    }

    /// What was remembered or told counts no more.
    pub fn forget(&self) {
        self.take_note::<Answers>();
        self.take_note::<Told>();
    }

    /// The call that this operation is about has made something that was not there before.
    pub fn makes_new(&self) {
        self.note(New);
    }

    /// Whether this operation has made what it is about, and not found it.
    pub fn is_new(&self) -> bool {
        self.noted::<New>().is_some()
    }

    /// Keeps what the call that made something answered: the first read of this operation takes it
    /// instead of asking for the same again. Whoever writes afterwards forgets it. `key` is what the
    /// read goes by.
    pub fn tell<K, V>(&self, key: K, answer: V)
    where
        K: Eq + Hash + Send + 'static,
        V: Clone + Send + 'static,
    {
        self.makes_new();
        self.keep(key, answer);
    }

    /// The same for what was not made by this operation: what it has just asked for, or what AWS has
    /// acknowledged as written.
    pub fn keep<K, V>(&self, key: K, answer: V)
    where
        K: Eq + Hash + Send + 'static,
        V: Clone + Send + 'static,
    {
        let told = self.noted::<Told>().unwrap_or_default();
        told.0.put::<V, _, V>((self.region().unwrap_or_default().to_owned(), key), answer);
        self.note(told);
    }

    /// What was told of something in this operation.
    pub fn told<K, V>(&self, key: &K) -> Option<V>
    where
        K: Clone + Eq + Hash + 'static,
        V: Clone + 'static,
    {
        let told = self.noted::<Told>()?;
        told.0.get::<V, _, V>(&(self.region().unwrap_or_default().to_owned(), key.clone()))
    }

    /// From here on nothing of an earlier attempt counts.
    pub fn begin_anew(&self) {
        self.forget();
        self.take_note::<New>();
    }

    /// Changes one thing together with all others that are to be changed in the same way at the same
    /// moment. The `change` gets at most `most` ids a call, and must do no harm when it is repeated:
    /// what AWS refuses for several is tried for each alone, so that everybody hears their own error.
    pub async fn together<H, F, R>(&self, most: usize, id: &str, how: H, change: F) -> Result<()>
    where
        H: Clone + Eq + Hash + Send + Sync + 'static,
        F: Fn(Vec<String>, H) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<()>> + Send + 'static,
    {
        self.in_one_call(most, id.to_owned(), how, change).await.map(drop)
    }

    /// The same for changes that differ, where `within` says which of them one call can make, such as those
    /// of one zone. Gives the answer of the call.
    pub async fn in_one_call<H, C, A, F, R>(
        &self,
        most: usize,
        wanted: C,
        within: H,
        change: F,
    ) -> Result<Option<A>>
    where
        H: Clone + Eq + Hash + Send + Sync + 'static,
        C: Clone + Eq + Hash + Send + Sync + 'static,
        A: Clone + Send + Sync + 'static,
        F: Fn(Vec<C>, H) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<A>> + Send + 'static,
    {
        let changed = self.load(most, (within, wanted), move |wanted| {
            let change = change.clone();
            async move {
                let mut calls: HashMap<H, Vec<C>> = HashMap::new();
                for (within, wanted) in wanted {
                    calls.entry(within).or_default().push(wanted);
                }
                let mut outcomes = HashMap::new();
                for (within, all) in calls {
                    let whole = change(all.clone(), within.clone()).await;
                    let apart = all.len() > 1 && whole.as_ref().is_err_and(|error| !error.is_temporary());
                    for wanted in all {
                        let outcome = match apart {
                            true => change(vec![wanted.clone()], within.clone()).await,
                            false => whole.clone(),
                        };
                        outcomes.insert((within.clone(), wanted), outcome);
                    }
                }
                Ok(outcomes)
            }
        });
        changed.await?.transpose()
    }

    /// Leaves a note for the later steps of this operation, in place of an earlier one.
    pub fn note<T: Clone + Send + 'static>(&self, note: T) {
        self.notes.put(note);
    }

    /// The note that an earlier step of this operation left, which is none from now on.
    pub fn take_note<T: Clone + Send + 'static>(&self) -> Option<T> {
        self.notes.take()
    }

    /// The note that an earlier step of this operation left.
    pub fn noted<T: Clone + Send + 'static>(&self) -> Option<T> {
        self.notes.get()
    }

    /// What a service keeps to tell requests apart: another for each instance of the resource.
    pub fn reference(&self) -> String {
        digest(&[self.token().as_bytes(), self.instance.as_deref().unwrap_or_default().as_bytes()])
    }

    /// A client token for a create call: the same for each try of this operation, but another for
    /// the next one. AWS answers a token that it has seen with what it made then, even where that
    /// was deleted since.
    pub fn client_token(&self) -> String {
        let nonce = self.noted().unwrap_or_else(Nonce::new);
        self.note(nonce);
        digest(&[self.token().as_bytes(), &nonce.0])
    }
}

impl Notes {
    fn put<T: Send + 'static>(&self, note: T) {
        self.lock().insert(TypeId::of::<T>(), Box::new(note));
    }

    fn get<T: Clone + 'static>(&self) -> Option<T> {
        self.lock().get(&TypeId::of::<T>()).and_then(|note| note.downcast_ref().cloned())
    }

    fn take<T: Clone + 'static>(&self) -> Option<T> {
        let note = self.lock().remove(&TypeId::of::<T>())?;
        note.downcast_ref().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Box<dyn Any + Send>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What AWS has answered, by the loader that asked.
#[derive(Clone, Default)]
struct Answers(Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

impl Answers {
    fn get<F: 'static, P: Eq + Hash + 'static, V: Clone + 'static>(&self, place: &P) -> Option<V> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&TypeId::of::<F>())?.downcast_ref::<HashMap<P, V>>()?.get(place).cloned()
    }

    fn put<F: 'static, P: Eq + Hash + Send + 'static, V: Send + 'static>(&self, place: P, answer: V) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_loader = all.entry(TypeId::of::<F>()).or_insert_with(|| Box::new(HashMap::<P, V>::new()));
        if let Some(answers) = of_loader.downcast_mut::<HashMap<P, V>>() {
            answers.insert(place, answer);
        }
    }
}

/// What the calls of this operation have answered of what they made, by the type of the answer.
#[derive(Clone, Default)]
struct Told(Answers);

/// What the operation is about was made by it.
#[derive(Clone)]
struct New;

/// What tells one operation from others.
#[derive(Clone, Copy)]
struct Nonce([u8; 16]);

impl Nonce {
    fn new() -> Self {
        Nonce(random())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_by_who_asked_and_what() {
        struct Loader;
        let answers = Answers::default();
        answers.put::<Loader, _, _>("here", 1_u8);
        assert_eq!(answers.get::<Loader, _, u8>(&"here"), Some(1));
        assert_eq!(answers.get::<Loader, _, u8>(&"there"), None);
        assert_eq!(answers.get::<u8, _, u8>(&"here"), None);
    }

    #[test]
    fn a_note_is_found_by_its_type_and_by_all_who_share_it() {
        let notes = Notes::default();
        notes.clone().put("first".to_owned());
        notes.put("second".to_owned());
        assert_eq!(notes.get::<String>().as_deref(), Some("second"));
        assert_eq!(notes.get::<u8>(), None);
    }
}
