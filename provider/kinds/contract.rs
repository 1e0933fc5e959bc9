//! What a kind is: the trait that each implements, and what its functions are given.

use std::sync::Arc;
use std::time::Duration;

use super::held::Setting;
use super::tagging::{TaggedBy, hide_tags};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{PROPAGATION, Poll, Wait};
use crate::engine::diff::{self, Difference};
use crate::engine::names::NameRule;
use crate::engine::unsupported::Unsupported;
use crate::model::{Arguments, Change, Failures, Field, Model, Object, Prop, Resets, Table};

/// What a component may have as a child: a resource of any kind.
pub trait Custom: Send + Sync + 'static {
    const TOKEN: &'static str;
    const GLOBAL: bool;
    /// Whether it takes a preferred name.
    const NAMED: bool;

    type Args: Model;
    type State: Model;
}

impl<K: Kind> Custom for K {
    const TOKEN: &'static str = K::TOKEN;
    const GLOBAL: bool = K::GLOBAL;
    const NAMED: bool = K::NAME.is_some();

    type Args = K::Args;
    type State = K::State;
}

/// One kind of AWS resource.
///
/// The functions hold no loop and no pause: what takes time is said by [`Kind::READY`] and
/// [`Kind::GONE`], and whoever drives the kind does the waiting, the repeating and the reporting.
pub trait Kind: Send + Sync + 'static {
    /// The type of the resource in Pulumi, such as `agentic:ec2:Vpc`.
    const TOKEN: &'static str;
    /// What the ID is, for `pulumi import`: "the ID of the VPC, such as `vpc-0a1b2c`".
    const ID: &'static str;
    /// The ID that another form of it stands for, by which Pulumi's AWS package imports the resource.
    const IMPORT_ID: fn(&str) -> &str = |id| id;
    /// The IAM actions that each operation needs, beside those for tags.
    const ACTIONS: Actions;
    /// What a name may look like, where the kind has an `autoname` argument.
    const NAME: Option<&'static NameRule> = None;
    /// How long it takes from created or updated to usable.
    const READY: Option<Wait> = None;
    /// How long it takes from deleted to gone.
    const GONE: Option<Wait> = None;
    /// How long a deletion is tried again while something on its way out still holds the resource.
    const HELD: Duration = Duration::from_secs(15 * 60);
    /// How long a creation or an update is tried again while it meets `NotReady`: the state of the
    /// resource, or of one that it needs, does not allow it yet.
    const PATIENCE: Duration = PROPAGATION;
    /// How its service sets and removes tags; for kinds with the argument `tags`.
    const TAGS: TaggedBy = TaggedBy::NONE;
    /// The output that is the ARN, by which calls about tags may name the resource.
    const ARN: &'static str = "arn";
    /// Whether two instances cannot exist side by side, whatever their names.
    const ALONE: bool = false;
    /// Arguments of which one must differ for two instances to exist side by side; none where they
    /// always can.
    const APART: &'static [Prop<Self::Args>] = &[];
    /// Whether a replacement takes the name of what it replaces while that still exists.
    const SHARES_NAME: bool = false;
    /// Whether what holds it, see [`Kind::holders`], may stay while it is replaced. Under a name of
    /// which there can be one only, its replacement would then wait for ever.
    const STAYS_HELD: bool = false;
    /// Whether the resource belongs to the account as a whole and to no region.
    const GLOBAL: bool = false;
    /// The argument with the security groups, of a kind that gets the default group of the VPC where
    /// none is given. It gets that group again where a program takes its own out, which could not be
    /// deleted otherwise. Needs `resets`, and `ec2:DescribeSecurityGroups` for updates.
    const SECURITY_GROUPS: Option<Prop<Self::Args>> = None;

    /// Error codes of its service, where the form of the code does not tell what it means.
    const CODES: &'static [Row] = &[];
    /// Arguments of the resource in Pulumi's AWS package that the kind does not have.
    const UNSUPPORTED: &'static [Unsupported] = &[];

    type Args: Arguments + Clone + Send + Sync + 'static;
    type State: Model + Send + Sync;

    /// What a name that is made here ends in, by the other arguments.
    fn ending(_inputs: &Object) -> &'static str {
        ""
    }

    /// Rules between arguments. What is unknown breaks no rule.
    fn rules(_args: &<Self::Args as Model>::Input, _failures: &mut Failures) {}

    /// Rules that only a creation keeps: what must be given then, and may be left out later.
    fn creation_rules(_args: &<Self::Args as Model>::Input, _failures: &mut Failures) {}

    /// Rules for the way from what is in the state to what is wanted. A refresh does not ask them.
    fn change_rules(
        _old: &<Self::Args as Model>::Input,
        _new: &<Self::Args as Model>::Input,
        _failures: &mut Failures,
    ) {
    }

    /// Whether [`Kind::foresee`] asks AWS for anything.
    const FORESEES: bool = false;

    /// What AWS would refuse, as far as it can be asked before anything is made. `old` is nothing
    /// where the resource is about to be made. What cannot be asked breaks no rule.
    fn foresee(
        _cx: &Cx,
        _old: Option<&<Self::Args as Model>::Input>,
        _new: &<Self::Args as Model>::Input,
        _failures: &mut Failures,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Whether it is the settings that [`Kind::settings`] names and no more: its deletion does nothing
    /// where other resources make all of them.
    const IS_SETTINGS: bool = false;

    /// What its arguments set that other kinds can set as well, see [`Setting`].
    fn settings(_id: &str, _args: &<Self::Args as Model>::Input) -> Vec<Setting> {
        Vec::new()
    }

    /// Hears what a program wants of a resource that is there, before it is changed. For what other
    /// resources must know of it.
    fn hear(_cx: &Cx, _id: &str, _old: &<Self::Args as Model>::Input, _new: &<Self::Args as Model>::Input) {}

    /// A last look at what an update or replacement would change. May drop changes that are none,
    /// and refuse those that must not happen.
    fn review(_review: &mut Review<Self>) -> Result<()> {
        Ok(())
    }

    /// Makes the resource and gives its id. Safe to repeat: what an earlier attempt made is found
    /// by its name or token and not made again.
    fn create(cx: &Cx, args: &Self::Args) -> impl Future<Output = Result<String>> + Send;

    /// What the call that made the resource could not say. Safe to repeat: it is done again where
    /// an earlier attempt broke off. [`set_up`] does it where updates say the same.
    fn configure(_cx: &Cx, _id: &str, _args: &Self::Args) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Whether the resource is usable as asked for. What the create or update of the same operation
    /// left with [`Cx::note`] is at hand.
    fn ready(_cx: &Cx, _id: &str, _args: &Self::Args) -> impl Future<Output = Result<Poll>> + Send {
        async { Ok(Poll::Ready(())) }
    }

    /// How long what the arguments ask for takes beyond [`Kind::READY`], such as a pause for a person.
    fn takes(_args: &Self::Args) -> Duration {
        Duration::ZERO
    }

    /// The resource as AWS has it, or nothing where it is gone. Arguments that AWS does not tell are
    /// left out, and stay as they were asked for.
    fn read(cx: &Cx, id: &str) -> impl Future<Output = Result<Option<Live<Self>>>> + Send;

    /// The same for a refresh, which knows what the program asked for. Only for kinds where AWS
    /// shows another value than was asked for that means the same.
    fn refresh(
        cx: &Cx,
        id: &str,
        _old: &Self::Args,
    ) -> impl Future<Output = Result<Option<Live<Self>>>> + Send {
        Self::read(cx, id)
    }

    /// Changes what differs, and nothing else. Tags are none of it.
    fn update(_cx: &Cx, _id: &str, _update: &Update<Self::Args>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Deletes the resource. `NotFound` is success, and `InUse` is tried again for a while.
    fn delete(cx: &Cx, id: &str, args: &Self::Args) -> impl Future<Output = Result<()>> + Send;

    /// Whether the deleted resource, with all that it held, is gone.
    fn gone(cx: &Cx, id: &str, _args: &Self::Args) -> impl Future<Output = Result<Poll>> + Send {
        async {
            Ok(match Self::read(cx, id).await? {
                None => Poll::Ready(()),
                Some(_) => Poll::Pending("still there".to_owned()),
            })
        }
    }

    /// What still uses a resource that AWS will not delete, for a person to read.
    fn holders(_cx: &Cx, _id: &str) -> impl Future<Output = Option<String>> + Send {
        async { None }
    }
}

/// What AWS tells of the arguments of a kind.
pub type Observed<K> = <<K as Kind>::Args as Arguments>::Observed;

/// A resource as AWS has it.
pub struct Live<K: Kind + ?Sized> {
    /// What AWS tells of its arguments.
    pub args: Observed<K>,
    pub state: K::State,
}

/// What an update is to change.
pub struct Update<A> {
    pub old: A,
    pub new: Arc<A>,
    /// The arguments that differ.
    pub changed: Vec<Prop<A>>,
}

impl<A: Model> Update<A> {
    /// An argument for which the resource must be replaced, if there is one.
    pub fn replacing(&self) -> Option<Prop<A>> {
        Prop::such(|field| field.change == Change::Replace).find(|prop| self.any(&[*prop]))
    }
}

impl<A: Arguments + Clone> Update<A> {
    /// What it takes to get from what AWS tells to what is wanted. What it does not tell is taken to
    /// be as it is wanted.
    pub fn towards(wanted: &A, mut told: A::Observed) -> Self {
        hide_tags::<A>(&mut told);
        let (old, new) = (wanted.clone().overlaid(told), Arc::new(wanted.clone()));
        let (mut from, to) = (old.encode_fields(), new.encode_fields());
        // What AWS gave it by itself was in no program, and is taken out of none.
        let given = |name: &str| to.get(name).is_some_and(|value| !value.is_null());
        let by_itself = |field: &&Field| field.resets != Resets::Never && !given(field.name);
        for field in A::TABLE.fields.iter().filter(by_itself) {
            from.remove(field.name);
        }
        let found = diff::compare(A::TABLE, &from, &Object::new(), &to);
        let mut changed: Vec<_> = found.iter().filter_map(|it| it.path.top().and_then(Prop::named)).collect();
        changed.dedup();
        Update { old, new, changed }
    }

    /// The arguments that differ and that can be changed in place.
    pub fn in_place(&self) -> impl Iterator<Item = Prop<A>> {
        Prop::such(|field| field.change == Change::InPlace).filter(|prop| self.any(&[*prop]))
    }
}

impl<A> Update<A> {
    /// Whether any of these arguments changed.
    pub fn any(&self, these: &[Prop<A>]) -> bool {
        self.changed.iter().any(|changed| these.contains(changed))
    }

    /// Whether any argument other than these changed.
    pub fn any_but(&self, these: &[Prop<A>]) -> bool {
        self.changed.iter().any(|changed| !these.contains(changed))
    }
}

/// What a kind looks at before an update or replacement is shown to a person.
pub struct Review<'a, K: Kind + ?Sized> {
    pub old: &'a <K::Args as Model>::Input,
    pub new: &'a <K::Args as Model>::Input,
    /// What is known of the resource beside its old arguments.
    pub outputs: &'a Object,
    pub(super) differences: &'a mut Vec<Difference>,
}

impl<K: Kind + ?Sized> Review<'_, K> {
    /// Whether this argument differs.
    pub fn changes(&self, this: Prop<K::Args>) -> bool {
        self.differences.iter().any(|difference| difference.path.top() == Some(this.name()))
    }

    /// The arguments that make the resource be replaced.
    pub fn replacing(&self) -> Vec<String> {
        let replacing = self.differences.iter().filter(|difference| difference.replace);
        replacing.map(|difference| difference.path.to_string()).collect()
    }

    /// Takes a change back: it is none.
    pub fn forget(&mut self, this: Prop<K::Args>) {
        self.differences.retain(|difference| difference.path.top() != Some(this.name()));
    }

    /// Makes the resource be replaced for a change that is otherwise made in place.
    pub fn replace(&mut self, this: Prop<K::Args>) {
        let is_this = |difference: &&mut Difference| difference.path.top() == Some(this.name());
        self.differences.iter_mut().filter(is_this).for_each(|difference| difference.replace = true);
    }
}

/// All IAM actions that each operation of a kind needs.
#[derive(Clone, Debug)]
pub struct Needed {
    pub create: Vec<&'static str>,
    pub read: Vec<&'static str>,
    pub update: Vec<&'static str>,
    pub delete: Vec<&'static str>,
}

/// The IAM actions that each operation of a kind needs beside those for its tags.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    pub create: &'static [&'static str],
    pub read: &'static [&'static str],
    pub update: &'static [&'static str],
    pub delete: &'static [&'static str],
}

/// The error for an id that is not of the form that a kind's ids have.
pub fn bad_id(id: &str, form: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{id:?} is not {form}"))
}

/// What there is to say about a kind.
#[derive(Clone)]
pub struct Description {
    pub args: &'static Table,
    pub state: &'static Table,
    pub id: &'static str,
    /// The ID that another form of it stands for.
    pub import_id: fn(&str) -> &str,
    pub actions: Needed,
    pub name: Option<&'static NameRule>,
    /// Whether two instances cannot exist side by side, whatever their names.
    pub alone: bool,
    /// Arguments of which one must differ for two instances to exist side by side, if any.
    pub apart: Vec<&'static str>,
    /// Whether a replacement takes the name of what it replaces while that still exists.
    pub shares_name: bool,
    /// Whether the resource belongs to the account as a whole and to no region.
    pub global: bool,
    /// Whether the resource is in the state and nowhere else.
    pub local: bool,
    /// Arguments that are known by name, and refused.
    pub unsupported: &'static [Unsupported],
}

/// A failure, with what exists all the same.
#[derive(Debug)]
pub struct Partial {
    pub error: Error,
    /// The id and outputs of a resource that exists but is not as it should be.
    pub made: Option<(String, Object)>,
}

impl Partial {
    /// The same failure, with other outputs of what exists.
    pub(super) fn map(self, outputs: impl FnOnce(Object) -> Object) -> Self {
        let made = self.made.map(|(id, made)| (id, outputs(made)));
        Partial { made, ..self }
    }
}

impl From<Error> for Partial {
    fn from(error: Error) -> Self {
        Partial { error, made: None }
    }
}
