//! What is there already when a resource is to be created: our own, from an attempt that broke off,
//! or what a state holds, this one's or another's.
//!
//! `docs/design.md` has the rule. What an interrupted attempt left a short while ago is taken over
//! and told; what is older, or another's, stops the creation and is named.

use std::time::Duration;

use super::contract::{Kind, Live, Update};
use super::held::{Held, OutcomeUnknown, Predecessor, makes_another};
use super::journal;
use super::life;
use super::live::{look, look_whole, not_shown};
use super::steps::{self, Change};
use super::tagging::Named;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::owner::{ATTEMPT, RECENT, Standing, ago, as_pairs};
use crate::aws::wait::{self, Poll, Wait};
use crate::engine::diff;
use crate::model::{Arguments, Model, Object};

/// How long what a lost call made may take to show itself. EC2 tells of "eventual consistency"
/// and of waits that grow: <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
const SHOWS: Wait = Wait {
    goal: "AWS shows whether the request whose response was lost has created the resource",
    usual: [0, 30],
    budget: Duration::from_secs(30),
};

/// Takes up what is there under the name or in the place that is wanted, where an attempt to create
/// this very resource left it; otherwise says whose it is. `what` reads like `log group`, `error` is what
/// AWS said, where it was asked.
pub async fn claim<K: Kind>(
    cx: &Cx,
    id: &str,
    args: &K::Args,
    error: impl Into<Option<Error>>,
    what: &str,
) -> Result<String> {
    let error = error.into();
    let Some(mut live) = look_whole::<K>(cx, id, Some(args)).await? else {
        return Err(error.map_or_else(|| not_shown(id), |error| taken(error, what, id)));
    };
    let tags = K::Args::observed_tags(&mut live.args).and_then(|tags| tags.clone()).unwrap_or_default();
    may_claim::<K>(cx, id, as_pairs(&tags), error, what)?;
    bring::<K>(cx, id, args, live).await
}

/// Whether what has these tags may be taken up, and tells it to the user: the first half of [`claim`],
/// for kinds that look at more than tags, or go on otherwise than with [`adopt`].
pub fn may_claim<'a, K: Kind>(
    cx: &Cx,
    id: &str,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    error: impl Into<Option<Error>>,
    what: &str,
) -> Result<()> {
    match standing::<K>(cx, id, cx.standing(tags)) {
        Standing::Left(age) if age <= RECENT => {
            took_over(cx, id, what, age);
            Ok(())
        }
        Standing::Left(age) => Err(too_old(id, what, age)),
        Standing::Held => {
            cx.note(Predecessor(id.to_owned()));
            Err(already(error, &format!("this resource has {} already: {id}", an(what))).with_hint(
                "Two such resources cannot exist at the same time: give the resource another name, or let Pulumi delete it first with the option `deleteBeforeReplace`. If no state holds it any more, import it or delete it.",
            ))
        }
        Standing::OfState => {
            let message = format!("another resource of this stack has this {what} already: {id}");
            Err(already(error, &message).with_hint(
                "If the resource in your program was renamed, give it an alias of its old name (`aliases`); otherwise choose another name.",
            ))
        }
        Standing::OfStack | Standing::Foreign => Err(taken(error, what, id)),
    }
}

/// What its tags say, and what the engine has told: where a run was killed, a thing that the state
/// holds still looks like an attempt.
pub fn standing<K: Kind>(cx: &Cx, id: &str, tagged: Standing) -> Standing {
    match tagged {
        Standing::Left(_) if Held::of(cx).other(cx, K::TOKEN, id).is_some() => Standing::Held,
        tagged => tagged,
    }
}

/// The error for a name or place at which there is something that this stack did not make. `what`
/// reads like `log group`, `error` is what AWS said, where it was asked.
pub fn taken(error: impl Into<Option<Error>>, what: &str, id: &str) -> Error {
    let message = format!("there is {} {id:?} already, and this stack did not create it", an(what));
    already(error, &message).with_hint(format!(
        "Choose another name; or take over what is there with `pulumi import` and the id {id}; or delete it. If another stack with the same names is in this account, `agentic:discriminator` tells the two apart."
    ))
}

fn already(error: impl Into<Option<Error>>, message: &str) -> Error {
    let error = error.into().unwrap_or_else(|| Error::new(ErrorKind::AlreadyExists, ""));
    error.with_kind(ErrorKind::AlreadyExists).with_message(message)
}

fn too_old(id: &str, what: &str, age: Duration) -> Error {
    let message = format!(
        "an interrupted attempt to create this resource left {} {} ago, {id}: too long ago to take it over",
        an(what),
        ago(age)
    );
    Error::new(ErrorKind::AlreadyExists, message).with_hint(format!(
        "Take it over with `pulumi import` and the id {id}, or delete it, and run `pulumi up` again. If it is in a state after all, remove its tag {ATTEMPT}."
    ))
}

fn took_over(cx: &Cx, id: &str, what: &str, age: Duration) {
    // What this operation itself made is no news.
    if cx.noted::<OutcomeUnknown>().is_some() {
        return;
    }
    let (what, age) = (an(what), ago(age));
    cx.progress.tell(&format!("took over {what} that an interrupted attempt left {age} ago: {id}"));
}

/// With the article: `an IAM role`.
fn an(what: &str) -> String {
    let vowel = what.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O', 'S']);
    format!("{} {what}", if vowel { "an" } else { "a" })
}

/// What an attempt left, of those that were found by the tag of this very resource: the one that
/// may be taken up.
///
/// # Errors
/// It is too old, or there are several.
pub fn only_one<K: Kind>(cx: &Cx, what: &str, found: Vec<(String, Standing)>) -> Result<Option<String>> {
    let mut left = Vec::new();
    for (id, standing) in found {
        match self::standing::<K>(cx, &id, standing) {
            Standing::Left(age) => left.push((id, age)),
            Standing::Held => makes_another(cx, K::TOKEN, &id),
            _ => {}
        }
    }
    match left.as_slice() {
        [] => Ok(None),
        [(id, age)] if *age <= RECENT => {
            took_over(cx, id, what, *age);
            Ok(Some(id.clone()))
        }
        [(id, age)] => Err(too_old(id, what, *age)),
        [(first, _), (second, _), ..] => {
            let message =
                format!("interrupted attempts to create this resource left two: {first} and {second}");
            let hint = format!("Delete one of them, such as {second}, and run `pulumi up` again.");
            Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint))
        }
    }
}

/// Looks for what an earlier attempt left: once, or, where a call was lost a moment ago, until
/// it shows or would have.
pub async fn search<T, F>(cx: &Cx, mut look: impl FnMut() -> F + Send) -> Result<Option<T>>
where
    T: Send,
    F: Future<Output = Result<Option<T>>> + Send,
{
    if cx.noted::<OutcomeUnknown>().is_none() {
        return look().await;
    }
    let unlimited = Cx { timeout: None, ..cx.clone() };
    let start = cx.clock.start();
    let mut look = || {
        let found = look();
        async {
            match found.await? {
                Some(found) => Ok(Poll::Ready(Some(found))),
                None if start.elapsed() >= SHOWS.budget => Ok(Poll::Ready(None)),
                None => Ok(Poll::Pending("nothing so far".to_owned())),
            }
        }
    };
    wait::until(&unlimited, &SHOWS, &mut look).await
}

/// Whether what has no tags, and is there already just as wanted, may be taken for this resource's
/// own: this process has lost the answer to the call that made it, another resource of the state
/// holds it too, an interrupted process was about to make it, or it is part of what this stack made.
/// `of_state` looks whether it is.
pub async fn claim_alike<K: Kind>(
    cx: &Cx,
    id: &str,
    what: &str,
    of_state: impl Future<Output = Result<bool>>,
) -> Result<()> {
    if cx.noted::<OutcomeUnknown>().is_some() {
        return Ok(());
    }
    if let Some(urn) = Held::of(cx).other(cx, K::TOKEN, id) {
        let name = urn.rsplit("::").next().unwrap_or_default();
        cx.progress.tell(&format!("shares {} with {name}: {id}", an(what)));
        return Ok(());
    }
    if journal::began(cx, id) || of_state.await? {
        cx.progress
            .tell(&format!("took over {} that was there already with the same settings: {id}", an(what)));
        return Ok(());
    }
    let message = format!(
        "there is {} with the same settings already, {id}, and nothing shows that this stack created it",
        an(what)
    );
    Err(already(None, &message).with_hint(format!(
        "If the resource in your program was renamed, give it an alias of its old name (`aliases`); otherwise take it over with `pulumi import` and the id {id}, or delete it."
    )))
}

/// Whether there can be nothing at a place yet, so that a look would tell nothing: what the place is
/// part of was made by this deployment, no other resource has taken the place since, and no call for it
/// was lost.
pub fn is_free<Whole: Kind, Part: Kind>(cx: &Cx, whole: &str, place: &str) -> bool {
    let held = Held::of(cx);
    held.is_bare(cx, Whole::TOKEN, whole)
        && held.other(cx, Part::TOKEN, place).is_none()
        && cx.noted::<OutcomeUnknown>().is_none()
}

/// Whether what AWS has is what is wanted, for what has no tags to say whose it is.
pub fn alike<M: Model>(actual: &M, wanted: &M) -> bool {
    let (actual, wanted) = (actual.encode_fields(), wanted.encode_fields());
    diff::compare(M::TABLE, &actual, &Object::new(), &wanted).is_empty()
}

/// The same for a whole resource; what AWS does not tell of it is taken to be as it is wanted.
pub fn is_wanted<A: Arguments + Clone>(observed: A::Observed, wanted: &A) -> bool {
    Update::towards(wanted, observed).changed.is_empty()
}

/// Brings what is there of this very resource to what is wanted of it now, and gives its id.
pub async fn adopt<K: Kind>(cx: &Cx, id: &str, args: &K::Args) -> Result<String> {
    match look::<K>(cx, id, Some(args)).await? {
        Some(live) => bring::<K>(cx, id, args, live).await,
        None => Err(not_shown(id)),
    }
}

async fn bring<K: Kind>(cx: &Cx, id: &str, args: &K::Args, live: Live<K>) -> Result<String> {
    let named = Named::by(K::ARN, id, &live.state.encode_fields());
    let update = Update::towards(args, live.args);
    if let Some(fixed) = update.replacing() {
        let message = format!("{id} is there from an earlier attempt, and its {fixed} cannot be changed");
        let hint = "Choose another name, or delete it if nothing needs it.";
        return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
    }
    life::change(steps::of::<K>(), cx, &named, &Change::<K>::of(update)).await?;
    Ok(id.to_owned())
}
