//! What a kind has at hand while it works: clients, its identity, progress and cancellation.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::batch::Batcher;
use super::clients::{Aws, ServiceClient, partition};
use super::error::Result;
use super::tags;
use super::wait::Clock;

/// Shows a person what a wait is about.
pub trait Progress: Send + Sync {
    /// Replaces the line shown beside the resource; an empty text clears it.
    fn say(&self, text: &str);
}

/// What is known of an instance of the same resource that a new one takes the place of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Replaced {
    /// There is none: this is the first.
    #[default]
    Nothing,
    /// The one with this id.
    Id(String),
    /// One whose id the engine did not tell, so that it could be taken for a leftover of ours.
    Something,
}

/// What a kind has at hand while it works on one resource.
#[derive(Clone)]
pub struct Cx {
    pub aws: Aws,
    /// The region of this resource, where it is not the provider's.
    pub region: Option<String>,
    /// The URN of the resource.
    pub urn: String,
    /// What the resource takes the place of.
    pub replaced: Replaced,
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
        let region = self.region().unwrap_or_default();
        let batcher = self.aws.shared::<F, _>(region, || Batcher::new(most, loader));
        batcher.load(key).await
    }

    /// Leaves a note for the later steps of this operation, in place of an earlier one.
    pub fn note<T: Clone + Send + 'static>(&self, note: T) {
        self.notes.put(note);
    }

    /// The note that an earlier step of this operation left.
    pub fn noted<T: Clone + Send + 'static>(&self) -> Option<T> {
        self.notes.get()
    }

    /// What tells this stack from others: 16 hexadecimal digits, the first half of every token.
    pub fn stack_mark(&self) -> String {
        let stack = self.urn.strip_prefix("urn:pulumi:").unwrap_or(&self.urn);
        let stack: Vec<&str> = stack.split("::").take(2).collect();
        hex(&Sha256::digest(stack.join("::")))[..16].to_owned()
    }

    /// A text that only this instance of this resource has: 32 hexadecimal digits. A creation that
    /// is tried again, by another process even, has the same.
    pub fn token(&self) -> String {
        self.stack_mark() + &instance_token(&self.urn, &self.replaced)[..16]
    }

    /// A client token for a create call: the same for each try of this operation, but another for
    /// the next one. AWS answers a token that it has seen with what it made then, even where that
    /// was deleted since.
    pub fn client_token(&self) -> String {
        let nonce = self.noted().unwrap_or_else(Nonce::new);
        self.note(nonce);
        let mut hash = Sha256::new();
        hash.update(self.token());
        hash.update(nonce.0);
        hex(&hash.finalize())
    }

    /// The tags of the resource together with the one that says whose it is.
    pub fn owned(&self, user: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = user.clone();
        all.insert(tags::OWNER.to_owned(), self.token());
        all
    }

    /// Whether tags found on a resource say that it is this very instance.
    pub fn is_ours<'a>(&self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> bool {
        let token = self.token();
        tags.into_iter().any(|(key, value)| key == tags::OWNER && value == token)
    }
}

impl Notes {
    fn put<T: Send + 'static>(&self, note: T) {
        self.lock().insert(TypeId::of::<T>(), Box::new(note));
    }

    fn get<T: Clone + 'static>(&self) -> Option<T> {
        self.lock().get(&TypeId::of::<T>()).and_then(|note| note.downcast_ref().cloned())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Box<dyn Any + Send>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text that only one instance of a resource has; see [`Cx::token`].
pub fn instance_token(urn: &str, replaced: &Replaced) -> String {
    let mut hash = Sha256::new();
    hash.update(urn);
    match replaced {
        Replaced::Nothing => {}
        Replaced::Id(id) => hash.update(format!("\n{id}")),
        Replaced::Something => hash.update(Nonce::new().0),
    }
    hex(&hash.finalize())
}

/// What tells one operation from others.
#[derive(Clone, Copy)]
struct Nonce([u8; 16]);

impl Nonce {
    fn new() -> Self {
        let mut random = [0; 16];
        // Without randomness the text is merely less unusual.
        let _ = getrandom::fill(&mut random);
        Nonce(random)
    }
}

/// 32 hexadecimal digits.
fn hex(digest: &[u8]) -> String {
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_same_for_each_try_and_another_for_a_replacement() {
        let first = instance_token("urn:a", &Replaced::Nothing);
        assert_eq!(first, instance_token("urn:a", &Replaced::Nothing));
        let second = instance_token("urn:a", &Replaced::Id("vpc-1".into()));
        assert_eq!(second, instance_token("urn:a", &Replaced::Id("vpc-1".into())));
        let forced = instance_token("urn:a", &Replaced::Something);
        assert!(first != second && forced != first && first.len() == 32);
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
