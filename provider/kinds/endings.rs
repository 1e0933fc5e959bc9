//! The end of creations: the tag of an attempt goes once the engine has surely written down what
//! it heard.
//!
//! Between the answer to a creation and the state lies a moment in which all may be killed. What was
//! made must still look like an attempt then, so that the next run goes on with it. So the tag goes
//! a minute later, or when the engine says that it is done with the plugin, whichever comes first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::tagging::{Named, TaggedBy};
use crate::aws::Aws;
use crate::aws::context::Cx;
use crate::aws::owner;

/// After this the state is written, as far as it ever will be.
const STORED: Duration = Duration::from_secs(60);

const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How many calls are made at a time.
const AT_ONCE: usize = 64;

/// Creations of which the engine has heard and whose tags do not say so yet.
#[derive(Clone, Default)]
pub struct Endings(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    waiting: Vec<Ending>,
    /// Whether something looks at them now and then.
    is_watched: bool,
}

struct Ending {
    answered: Instant,
    end: BoxFuture<'static, ()>,
}

impl Endings {
    /// Those of the provider.
    pub fn of(aws: &Aws) -> Self {
        aws.shared::<Endings, Endings>("", Endings::default)
    }

    /// The engine is about to hear of this.
    pub(super) fn add(cx: &Cx, tags: TaggedBy, named: Named) {
        if !tags.is_some() {
            return;
        }
        let at = cx.clone();
        let end = Box::pin(async move {
            // What was deleted meanwhile has no tags, and what keeps the tag is well made all the same.
            let _ = tags.change(&at, &named, owner::settled()).await;
        });
        let endings = Endings::of(&cx.aws);
        let mut all = endings.lock();
        all.waiting.push(Ending { answered: Instant::now(), end });
        // Where time is made to pass faster, no call is to come unasked.
        if !all.is_watched && cx.clock.is_true() {
            all.is_watched = true;
            tokio::spawn(Endings::in_time(Arc::downgrade(&endings.0)));
        }
    }

    /// Ends all of them now.
    pub async fn now(&self) {
        end(self.take(|_| true)).await;
    }

    async fn in_time(endings: Weak<Mutex<All>>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(all) = endings.upgrade().map(Endings) else { return };
            end(all.take(|ending| ending.answered.elapsed() >= STORED)).await;
        }
    }

    fn take(&self, may_end: impl Fn(&Ending) -> bool) -> Vec<Ending> {
        self.lock().waiting.extract_if(.., |ending| may_end(ending)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn end(endings: Vec<Ending>) {
    let calls = futures::stream::iter(endings.into_iter().map(|ending| ending.end));
    calls.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}
