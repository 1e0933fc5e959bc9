//! Look-ups: functions that ask AWS and change nothing.

use std::marker::PhantomData;

use futures::future::BoxFuture;

use super::common::{Common, REGION};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::engine::check::settle;
use crate::model::{Failures, Model, Object, Table};

/// A function of the package, such as `agentic:ec2:getVpc`.
pub trait Function: Send + Sync + 'static {
    const TOKEN: &'static str;
    /// The IAM actions that it needs.
    const ACTIONS: &'static [&'static str];

    type Args: Model + Send + Sync;
    type Result: Model + Send + Sync;

    fn rules(_args: &<Self::Args as Model>::Input, _failures: &mut Failures) {}

    fn call(cx: &Cx, args: &Self::Args) -> impl Future<Output = Result<Self::Result>> + Send;
}

/// A function without its types.
pub trait AnyFunction: Send + Sync {
    fn token(&self) -> &'static str;
    fn args(&self) -> &'static Table;
    fn result(&self) -> &'static Table;
    fn actions(&self) -> &'static [&'static str];

    /// The answer; nothing where failures were noted.
    fn call<'a>(
        &self,
        cx: &'a Cx,
        args: &'a Object,
        failures: &'a mut Failures,
    ) -> BoxFuture<'a, Result<Option<Object>>>;
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

    fn result(&self) -> &'static Table {
        F::Result::TABLE
    }

    fn actions(&self) -> &'static [&'static str] {
        F::ACTIONS
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
            common.check(failures);
            let Some(args) = settle::<F::Args>(&args, failures, F::rules) else { return Ok(None) };
            let mut answer = F::call(&common.cx(cx, false), &args).await?.encode_fields();
            F::Result::TABLE.mark_secrets(&mut answer);
            Ok(Some(answer))
        })
    }
}
