//! Building a component: its arguments, its children and its outputs.

mod any;
mod progress;
mod rehearsal;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::naming::{Names, PlacedInput};
use super::tags::Tags;
use super::{Component, Inputs, Outputs};
use crate::aws::context::Cx;
use crate::aws::error::Error;
use crate::engine::check::settle;
use crate::engine::monitor::{Monitor, Registered, Registration, Stop};
use crate::kinds::{Custom, Function, PREFERRED_NAME, REGION, retained};
use crate::model::derive::{field_dependencies, put_input};
use crate::model::{Dependencies, Failures, In, Model, Object, OutputValue, Path, Property, Table, Value};
pub use any::{AnyComponent, Of};
use progress::{Progress, urn_of};
use rehearsal::Rehearsal;

/// What building a part of a component gives.
pub type Built<T> = Result<T, Trouble>;

/// Why a component cannot be built.
#[derive(Debug)]
pub enum Trouble {
    /// Its arguments are wrong.
    Invalid(Failures),
    /// A look-up failed.
    LookUp(Error),
    Stopped(Stop),
}

/// A component that is being built.
#[derive(Clone)]
pub struct Scope {
    progress: Arc<Progress>,
    is_preview: bool,
    cx: Cx,
    /// The region that all children name, where it is not the provider's.
    region: In<String>,
    /// How children are called that are not named otherwise.
    pub names: Names,
    /// What children are tagged with.
    pub tags: Tags,
    /// Whether a deletion leaves the children in place.
    retains: bool,
    pub urn: String,
    pub name: String,
}

/// A child that is there, or will be.
pub struct Child<K: Custom> {
    pub urn: String,
    pub id: In<String>,
    /// What AWS added to the arguments.
    pub out: <K::State as Model>::Input,
    registered: Arc<Registered>,
}

/// What else is said of a child.
pub struct Options {
    /// The name in AWS of the first instance; see the argument `preferredName` of each kind.
    preferred_name: Option<String>,
    /// Resources that must be there first, beside those that arguments come from.
    depends_on: Dependencies,
    /// What the child stays in, or with, for as long as it lives.
    home: In<String>,
    /// Arguments with whose change it is made anew, before the one that there was goes.
    anew_with: &'static [&'static str],
    /// Arguments that stay as they were when it was made.
    keeps: Vec<&'static str>,
    /// Whether AWS shows its name by the tag `Name` alone.
    is_shown: bool,
    /// Whether it goes without tags, as a part of what has them.
    is_untagged: bool,
    /// Whether it stays where the component retains its children.
    stays: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            preferred_name: None,
            depends_on: Dependencies::new(),
            home: In::default(),
            anew_with: &[],
            keeps: Vec::new(),
            is_shown: false,
            is_untagged: false,
            stays: true,
        }
    }
}

impl Options {
    /// A child that lives in the state alone, and goes with it.
    pub fn passing() -> Self {
        Options { stays: false, ..Options::default() }
    }

    /// A child whose name the AWS console shows by the tag `Name`.
    pub fn shown() -> Self {
        Options { is_shown: true, ..Options::default() }
    }

    /// A child without tags, since it is a part of what has them.
    pub fn untagged() -> Self {
        Options { is_untagged: true, ..Options::default() }
    }

    /// A child of this name in AWS.
    pub fn named(name: impl Into<String>) -> Self {
        Options { preferred_name: Some(name.into()), ..Options::default() }
    }

    /// A child that AWS cannot move into another VPC: with another one it is replaced, also where no
    /// argument of its own says which it is in. Not for what holds data, whose kind is not asked.
    #[must_use]
    pub fn within(mut self, vpc_id: &In<String>) -> Self {
        self.home = vpc_id.clone();
        self
    }

    /// A child that AWS ties to another thing for as long as it lives, as it does a target group to its
    /// load balancer: with another one it is replaced.
    #[must_use]
    pub fn tied_to(mut self, id: &In<String>) -> Self {
        self.home = id.clone();
        self
    }

    /// A child of which another one is made when these arguments change, though AWS could change them,
    /// since something that runs relies on what they say: the old one goes when all has moved.
    #[must_use]
    pub fn anew_with(mut self, arguments: &'static [&'static str]) -> Self {
        self.anew_with = arguments;
        self
    }

    /// A child that keeps these arguments as it was made with them.
    #[must_use]
    pub fn keeping(mut self, argument: &'static str) -> Self {
        self.keeps.push(argument);
        self
    }

    /// A child that comes after others.
    #[must_use]
    pub fn after<'a>(mut self, urns: impl IntoIterator<Item = &'a String>) -> Self {
        self.depends_on.extend(urns.into_iter().cloned());
        self
    }
}

impl<K: Custom> Child<K> {
    /// A property of the child that is an argument as well, such as a name that was made.
    pub fn get<T: Property>(&self, name: &str) -> In<T::Input> {
        let made = match self.registered.object.get(name).map(Value::peel) {
            Some(Value::Unknown) => In::unknown(),
            Some(value) => T::decode(value, &Path::root(), &mut Failures::new()).into(),
            None if self.registered.is_pending => In::unknown(),
            None => In::default(),
        };
        made.depending_on([&self.urn])
    }
}

impl Scope {
    fn at(site: Site, rehearsal: Rehearsal) -> Self {
        Scope {
            is_preview: site.monitor.preview,
            progress: Arc::new(Progress::new(site.monitor, rehearsal)),
            cx: site.cx,
            region: site.region.into(),
            names: Names::by("{type}"),
            tags: Tags::default(),
            retains: false,
            urn: site.urn,
            name: site.name,
        }
    }

    /// A child, named and tagged as all in this component. It is registered as soon as all is there
    /// that its arguments come from, and until it is there itself nothing is known of its outputs but
    /// that they will come from it.
    pub fn child<K: Custom>(
        &self,
        suffix: &str,
        inputs: <K::Args as Model>::Input,
        options: Options,
    ) -> Child<K> {
        let name = self.name_of(suffix);
        let urn = urn_of(&self.urn, K::TOKEN, &name);
        let registered = self.progress.child(&urn, &self.urn, move || {
            let mut dependencies = dependencies::<K::Args>(&inputs);
            let mut keeps = options.keeps;
            if K::NAMED && options.preferred_name.is_none() && self.names.is_of_component(suffix) {
                keeps.push(PREFERRED_NAME);
            }
            let preferred = options.preferred_name.unwrap_or_else(|| self.names.of(suffix));
            let tags = if options.is_shown { self.tags.named(&preferred) } else { self.tags.0.clone() };
            let takes_tags = !options.is_untagged && K::Args::TABLE.field("tags").is_some();
            if takes_tags {
                let urns = field_dependencies::<BTreeMap<String, String>>(&tags);
                dependencies.entry("tags".to_owned()).or_default().extend(urns);
            }
            let mut needs = options.depends_on.clone();
            needs.extend(dependencies.values().flatten().cloned());
            needs.extend(options.home.dependencies.iter().cloned());
            let registration = move || {
                let mut object = K::Args::encode_input_fields(&inputs);
                if let (Some(region), false) = (self.region.get(), K::GLOBAL) {
                    object.entry(REGION.to_owned()).or_insert_with(|| Value::from(region.clone()));
                }
                if K::NAMED {
                    object.entry(PREFERRED_NAME.to_owned()).or_insert(Value::String(preferred));
                }
                if takes_tags {
                    put_input::<BTreeMap<String, String>>(&mut object, "tags", &tags);
                }
                Registration {
                    custom: true,
                    object,
                    dependencies,
                    depends_on: options.depends_on,
                    ignore_changes: keeps.into_iter().map(str::to_owned).collect(),
                    // One that is made anew would stay beside its successor, and go on to open or allow.
                    replace_on_changes: match self.retains {
                        true => Vec::new(),
                        false => options.anew_with.iter().copied().map(str::to_owned).collect(),
                    },
                    retain: self.retains && options.stays,
                    replacement_trigger: match options.home.get() {
                        Some(id) => Some(Value::from(id.clone())),
                        None => options.home.is_unknown().then_some(Value::Unknown),
                    },
                    ..self.registration(K::TOKEN, name)
                }
            };
            (needs, registration)
        });
        let outputs = outputs(&registered, K::State::TABLE);
        let out = K::State::decode_fields(&outputs, &Path::root(), &mut Failures::new());
        Child { urn, id: registered.id.clone(), out, registered }
    }

    /// Builds another component as a child of this one.
    pub fn component<'a, C: Component>(
        &'a self,
        suffix: &'a str,
        args: Inputs<C>,
    ) -> BoxFuture<'a, Built<Outputs<C>>> {
        Box::pin(async move {
            let mut object = C::Args::encode_input_fields(&args);
            let mut failures = Failures::new();
            // Read again, so that defaults are in place as in a component that a program asks for.
            let args = C::Args::read(&object, &mut failures);
            C::rules(&args, &mut failures);
            refuse(failures)?;
            let name = self.name_of(suffix);
            let urn = urn_of(&self.urn, C::TOKEN, &name);
            object.retain(|name, _| !C::LATE.contains(&name.as_str()));
            self.progress.child(&urn, &self.urn, || {
                // What is known need not be there: whoever uses it in there waits for it.
                let of_unknown = dependencies::<C::Args>(&args).into_iter();
                let of_unknown =
                    of_unknown.filter(|(name, _)| object.get(name).is_some_and(Value::has_unknown));
                let needs = of_unknown.flat_map(|(_, urns)| urns).collect();
                let name = name.clone();
                let registration = move || Registration { object, ..self.registration(C::TOKEN, name) };
                (needs, registration)
            });
            let inner = Scope { urn, name, ..self.clone() };
            let outputs = C::build(&inner, args).await?;
            let needs = dependencies::<C::State>(&outputs).into_values().flatten().collect();
            self.progress.tell(&inner.urn, &needs, || encode_outputs::<C>(&outputs));
            Ok(outputs)
        })
    }

    /// Asks a look-up, once its arguments are known.
    pub async fn look_up<F: Function>(
        &self,
        args: <F::Args as Model>::Input,
    ) -> Built<In<<F::Result as Model>::Input>> {
        let fields = F::Args::encode_input_fields(&args);
        if fields.values().any(Value::has_unknown) {
            return Ok(In::unknown());
        }
        let mut failures = Failures::new();
        let settled = settle::<F::Args>(&fields, &mut failures, |_, _| {});
        refuse(failures)?;
        let Some(settled) = settled else { return Ok(In::unknown()) };
        let question = format!("{} {:?} {:?}", F::TOKEN, self.region(), settled.encode_fields());
        let answer = match self.progress.found(&question) {
            Some(answer) => answer,
            None => {
                let cx = Cx { region: self.region().map(str::to_owned), ..self.cx.clone() };
                let answer = F::call(&cx, &settled).await.map(|answer| answer.encode_fields());
                self.progress.keep(question, answer.clone());
                answer
            }
        };
        let fields = answer.map_err(Trouble::LookUp)?;
        Ok(In::known(F::Result::decode_fields(&fields, &Path::root(), &mut Failures::new())))
    }

    /// The number of the account, which is asked for once.
    pub async fn account_id(&self) -> Built<String> {
        self.cx.aws.account_id().await.map_err(Trouble::LookUp)
    }

    /// Puts this child before all others of the component. Gives false in a part of it, which is built
    /// when that is there.
    pub fn comes_first<K: Custom>(&self, suffix: &str) -> bool {
        self.progress.put_first(&urn_of(&self.urn, K::TOKEN, &self.name_of(suffix)))
    }

    /// Whether a child is there, in a preview as far as it can be.
    pub fn is_there(&self, urn: &str) -> bool {
        self.progress.has(urn)
    }

    /// Says once, in a preview, what the person at the terminal should know.
    pub fn warn(&self, text: &str) {
        if self.is_preview && self.progress.is_new(text) {
            self.cx.progress.warn(text);
        }
    }

    pub fn is_preview(&self) -> bool {
        self.is_preview
    }

    /// The same component, with what its arguments say of names and tags.
    pub fn placed(&self, placed: &PlacedInput) -> Built<Self> {
        Ok(self.naming(Names::given(self, placed)?, Tags(placed.tags.clone())))
    }

    /// The same component, for children of these names and tags.
    pub fn naming(&self, names: Names, tags: Tags) -> Self {
        Scope { names, tags, ..self.clone() }
    }

    /// The same component, whose children a deletion leaves in place where this says so.
    pub fn retaining(&self, retains: bool) -> Self {
        Scope { retains, ..self.clone() }
    }

    /// What the component leaves in place where it is deleted is nothing any more.
    pub fn retains_no_more(&self) {
        retained::dismiss(&self.cx, &self.urn);
    }

    /// The children so far, in this component and in those in it: their names and types.
    pub fn children(&self) -> Vec<(String, String)> {
        self.progress.children()
    }

    /// The same component, for children that must be in another region.
    pub fn in_region(&self, region: &str) -> Self {
        Scope { region: region.into(), ..self.clone() }
    }

    /// The region that the children are in, where it is known.
    pub fn region(&self) -> Option<&str> {
        self.region.get().map(String::as_str).or_else(|| self.cx.region())
    }

    /// The URN of a child of another component in this one.
    pub fn urn_within<C: Component, K: Custom>(&self, component: &str, suffix: &str) -> String {
        let name = self.name_of(component);
        urn_of(&urn_of(&self.urn, C::TOKEN, &name), K::TOKEN, &format!("{name}-{suffix}"))
    }

    /// The URN of a child of this component.
    pub fn urn_of<K: Custom>(&self, suffix: &str) -> String {
        urn_of(&self.urn, K::TOKEN, &self.name_of(suffix))
    }

    fn name_of(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.name)
    }

    fn registration(&self, token: &str, name: String) -> Registration {
        Registration { token: token.to_owned(), name, parent: self.urn.clone(), ..Registration::default() }
    }
}

/// The value, which must be known because resources are counted or named by it.
pub fn must_know<T>(value: &In<T>, at: impl Into<Path>) -> Built<Option<&T>> {
    if value.is_unknown() {
        let mut failures = Failures::new();
        let reason = "is known only after a deployment, but resources are named and counted by it; \
                      give a value that is known before";
        failures.add(at, reason);
        return Err(Trouble::Invalid(failures));
    }
    Ok(value.get())
}

/// Where a component that a program asked for is built.
pub struct Site {
    pub cx: Cx,
    pub monitor: Monitor,
    /// The region that all children name, where it is not the provider's.
    pub region: Option<String>,
    pub urn: String,
    pub name: String,
}

fn dependencies<M: Model>(input: &M::Input) -> BTreeMap<String, Dependencies> {
    let mut all = BTreeMap::new();
    M::each_dependency(input, &mut |name, urns| drop(all.insert(name.to_owned(), urns)));
    all
}

/// Outputs as the engine keeps them, with secrets marked.
fn encode_outputs<C: Component>(outputs: &Outputs<C>) -> Object {
    let mut fields = C::State::encode_input_fields(outputs);
    C::State::TABLE.mark_secrets(&mut fields);
    fields
}

/// What AWS added to a child's arguments, with the child as its origin; unknown until it is there.
fn outputs(registered: &Registered, table: &Table) -> Object {
    let fields = table.fields.iter().filter_map(|field| {
        let (value, secret) = match registered.object.get(field.name) {
            Some(Value::Unknown) => (None, false),
            Some(value) => (Some(value.clone()), false),
            None if registered.is_pending => (None, field.secret),
            None => return None,
        };
        let dependencies = Dependencies::from([registered.urn.clone()]);
        let output = OutputValue { value, secret, dependencies };
        Some((field.name.to_owned(), Value::Output(Box::new(output))))
    });
    fields.collect()
}

fn refuse(failures: Failures) -> Built<()> {
    if failures.is_empty() { Ok(()) } else { Err(Trouble::Invalid(failures)) }
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Trouble::Stopped(stop)
    }
}
