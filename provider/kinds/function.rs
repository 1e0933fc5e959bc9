//! Look-ups: functions that ask AWS and change nothing.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::common::{Common, REGION};
use super::life::empty;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::check::settle;
use crate::engine::unsupported::{self, Unsupported};
use crate::model::{Failures, Field, Model, Object, Shape, Table, Value};

/// A function of the package, such as `agentic:ec2:getVpc`.
pub trait Function: Send + Sync + 'static {
    const TOKEN: &'static str;
    /// The IAM actions that it needs.
    const ACTIONS: &'static [&'static str];

    /// Arguments of the function in Pulumi's AWS package that this one does not have.
    const UNSUPPORTED: &'static [Unsupported] = &[];

    type Args: Model + Send + Sync;
    type Result: Model + Send + Sync;

    fn rules(_args: &<Self::Args as Model>::Input, _failures: &mut Failures) {}

    fn call(cx: &Cx, args: &Self::Args) -> impl Future<Output = Result<Self::Result>> + Send;
}

/// A function without its types.
pub trait AnyFunction: Send + Sync {
    fn token(&self) -> &'static str;
    fn args(&self) -> &'static Table;
    /// Arguments that are known by name, and refused.
    fn unsupported(&self) -> &'static [Unsupported];
    fn result(&self) -> Vec<Field>;
    /// The IAM actions that it needs.
    fn actions(&self) -> Vec<&'static str>;

    /// The answer; nothing where failures were noted.
    fn call<'a>(
        &self,
        cx: &'a Cx,
        args: &'a Object,
        failures: &'a mut Failures,
    ) -> BoxFuture<'a, Result<Option<Object>>>;
}

/// What a look-up tells, and where it has looked.
pub(super) fn with_region(mut fields: Vec<Field>) -> Vec<Field> {
    let region = Field::new(REGION, "The AWS region of the lookup.", Shape::String, true);
    if fields.iter().all(|field| field.name != REGION) {
        fields.push(region);
    }
    fields
}

pub(super) fn tell_region(cx: &Cx, answer: &mut Object) {
    let region = cx.region().unwrap_or_default();
    answer.entry(REGION.to_owned()).or_insert_with(|| Value::from(region));
}

/// A function, as a value.
pub struct Callable<F>(PhantomData<fn() -> F>);

impl<F: Function> Callable<F> {
    pub const NEW: Self = Callable(PhantomData);
}

impl<F: Function> AnyFunction for Callable<F> {
    fn token(&self) -> &'static str {
        F::TOKEN
    }

    fn args(&self) -> &'static Table {
        F::Args::TABLE
    }

    fn unsupported(&self) -> &'static [Unsupported] {
        F::UNSUPPORTED
    }

    fn result(&self) -> Vec<Field> {
        with_region(F::Result::TABLE.fields.to_vec())
    }

    fn actions(&self) -> Vec<&'static str> {
        F::ACTIONS.to_vec()
    }

    fn call<'a>(
        &self,
        cx: &'a Cx,
        args: &'a Object,
        failures: &'a mut Failures,
    ) -> BoxFuture<'a, Result<Option<Object>>> {
        Box::pin(async move {
            let common = Common::of(args);
            let mut args = args.clone();
            args.remove(REGION);
            unsupported::take(F::UNSUPPORTED, &mut args, failures);
            common.check(failures);
            let Some(args) = settle::<F::Args>(&args, failures, F::rules) else { return Ok(None) };
            let cx = common.cx(cx, false);
            let mut answer = F::call(&cx, &args).await?.encode_fields();
            tell_region(&cx, &mut answer);
            for field in F::Result::TABLE.fields.iter().filter(|field| field.told) {
                answer.entry(field.name.to_owned()).or_insert_with(|| empty(&field.shape));
            }
            F::Result::TABLE.mark_secrets(&mut answer);
            Ok(Some(answer))
        })
    }
}
