//! Components without their types, as the server has them.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::rehearsal::Rehearsal;
use super::{Built, Scope, Site, Trouble, dependencies, encode_outputs, refuse};
use crate::components::{Component, Inputs, Outputs};
use crate::engine::construct;
use crate::engine::monitor::Stop;
use crate::kinds::Home;
use crate::model::{Failures, Model, Object, Table};

/// A component without its types.
pub trait AnyComponent: Send + Sync {
    fn token(&self) -> &'static str;
    fn args(&self) -> &'static Table;
    fn state(&self) -> &'static Table;

    /// All that is wrong with its arguments.
    fn check(&self, inputs: &Object) -> Failures;

    /// Registers its children, and gives its outputs once all of them are there.
    fn build(&self, site: Site, inputs: Object) -> BoxFuture<'static, Built<construct::Outputs>>;
}

/// A component, as a value.
pub struct Of<C>(PhantomData<fn() -> C>);

impl<C: Component> Of<C> {
    pub const NEW: Self = Of(PhantomData);
}

impl<C: Component> AnyComponent for Of<C> {
    fn token(&self) -> &'static str {
        C::TOKEN
    }

    fn args(&self) -> &'static Table {
        C::Args::TABLE
    }

    fn state(&self) -> &'static Table {
        C::State::TABLE
    }

    fn check(&self, inputs: &Object) -> Failures {
        let mut failures = Failures::new();
        let args = C::Args::read(&prepared::<C>(inputs), &mut failures);
        C::rules(&args, &mut failures);
        failures
    }

    fn build(&self, site: Site, inputs: Object) -> BoxFuture<'static, Built<construct::Outputs>> {
        Box::pin(async move {
            let args = C::Args::read(&prepared::<C>(&inputs), &mut Failures::new());
            let home = Home { region: site.cx.region(), is_configured: site.cx.aws.has_own_region() };
            let rehearsal = Rehearsal::of(inputs, &home);
            let scope = Scope::at(site, rehearsal);
            // Refused where any of its children would be, before the first of them is registered.
            C::build(&scope, args.clone()).await?;
            refuse(scope.progress.rehearsed())?;
            let outputs = match unfold::<C>(&scope, args).await {
                Ok(outputs) => outputs,
                // Told already; what did come to be is in the state.
                Err(Trouble::Stopped(Stop::Skipped)) => Outputs::<C>::default(),
                Err(trouble) => return Err(trouble),
            };
            Ok(construct::Outputs {
                state: encode_outputs::<C>(&outputs),
                dependencies: dependencies::<C::State>(&outputs),
            })
        })
    }
}

/// What a program gives, with what follows from it.
fn prepared<C: Component>(inputs: &Object) -> Object {
    let mut fields = inputs.clone();
    C::prepare(&mut fields);
    fields
}

/// Builds a component until all of its children are there.
async fn unfold<C: Component>(scope: &Scope, args: Inputs<C>) -> Built<Outputs<C>> {
    loop {
        let outputs = C::build(scope, args.clone()).await?;
        if scope.progress.next().await? {
            continue;
        }
        if scope.progress.lacks_any() {
            return Err(Trouble::Stopped(Stop::Skipped));
        }
        return Ok(outputs);
    }
}
