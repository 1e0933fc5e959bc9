//! What people come for: components made of the kinds of this package. One file a component.

mod agent_runtime;
mod agentic_stack;
mod alarm;
mod aurora_cluster;
mod auth;
mod bucket;
mod build;
mod certificate;
mod database;
mod database_proxy;
mod db_with_replica;
mod deployment;
mod edge;
mod fargate_service;
mod naming;
mod network;
mod policy;
mod redis_cache;
mod scheduled_task;
mod settled;
mod shifting;
mod static_site;
mod tags;
mod volume;
mod workload;

use std::future::Future;

pub use build::{AnyComponent, Built, Child, Options, Scope, Site, Trouble, must_know};

use crate::model::{Failures, Model, Object};

/// Every component, in the order of its token. A new component adds its line here.
pub const ALL: &[&dyn AnyComponent] = &[
    &build::Of::<agent_runtime::AgentRuntime>::NEW,
    &build::Of::<agentic_stack::AgenticStack>::NEW,
    &build::Of::<aurora_cluster::AuroraCluster>::NEW,
    &build::Of::<db_with_replica::DbWithReplica>::NEW,
    &build::Of::<fargate_service::FargateService>::NEW,
    &build::Of::<redis_cache::RedisCache>::NEW,
    &build::Of::<scheduled_task::ScheduledTask>::NEW,
    &build::Of::<static_site::StaticSite>::NEW,
];

/// The component with this token.
pub fn find(token: &str) -> Option<&'static dyn AnyComponent> {
    ALL.iter().copied().find(|component| component.token() == token)
}

/// The arguments of a component, as a program gives them.
pub type Inputs<C> = <<C as Component>::Args as Model>::Input;

/// The outputs of a component.
pub type Outputs<C> = <<C as Component>::State as Model>::Input;

/// A component: arguments in, children out. It makes no AWS call but look-ups.
pub trait Component: Send + Sync + 'static {
    /// The type of the component in Pulumi, such as `agentic:index:FargateService`.
    const TOKEN: &'static str;

    type Args: Model + Send + Sync;
    /// Its outputs.
    type State: Model + Send + Sync;

    /// Arguments that only some of its children wait for: as a part of another component it is registered
    /// without them.
    const LATE: &'static [&'static str] = &[];

    /// Fills in what a program leaves out and other arguments decide, before the defaults.
    fn prepare(_fields: &mut Object) {}

    /// Rules between arguments. What is unknown breaks no rule.
    fn rules(_args: &Inputs<Self>, _failures: &mut Failures) {}

    /// Registers the children.
    fn build(at: &Scope, args: Inputs<Self>) -> impl Future<Output = Built<Outputs<Self>>> + Send;
}
