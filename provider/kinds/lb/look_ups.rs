//! Look-ups of load balancers and of what belongs to them.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::Client;

use super::{Listener, LoadBalancer, TargetGroup};
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::LookUp;
use crate::model::{Failures, Model};

/// Gets the load balancer that matches all of the arguments. It is an error if no load balancer or
/// more than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetLoadBalancerArgs {
    /// The ARN of the load balancer.
    pub arn: Option<String>,
    /// The name of the load balancer, unique within the region.
    pub name: Option<String>,
    /// The tags that the load balancer must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a load balancer.
pub struct GetLoadBalancer;

impl LookUp for GetLoadBalancer {
    const TOKEN: &'static str = "agentic:lb:getLoadBalancer";
    const WHAT: &'static str = "load balancer";

    type Kind = LoadBalancer;
    type Args = GetLoadBalancerArgs;

    async fn find(cx: &Cx, args: &GetLoadBalancerArgs) -> Result<Vec<String>> {
        let call = cx.client::<Client>()?.describe_load_balancers();
        let call = args.arn.iter().fold(call, |call, arn| call.load_balancer_arns(arn));
        // AWS takes one of both, and the other is compared here.
        let by_name = args.name.iter().filter(|_| args.arn.is_none());
        let call = by_name.fold(call, |call, name| call.names(name));
        let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = found(listed)?.unwrap_or_default();
        let fits = listed.into_iter().filter(|it| args.name.is_none() || it.load_balancer_name == args.name);
        Ok(fits.filter_map(|it| it.load_balancer_arn).collect())
    }
}

/// Gets a listener by its ARN, or by its load balancer and port.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetListenerArgs {
    /// The ARN of the listener. Specify either this, or `loadBalancerArn` and `port`.
    pub arn: Option<String>,
    /// The ARN of the load balancer.
    pub load_balancer_arn: Option<String>,
    /// The port of the listener.
    #[model(range = 1..=65_535)]
    pub port: Option<i64>,
    /// The tags that the listener must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a listener.
pub struct GetListener;

impl LookUp for GetListener {
    const TOKEN: &'static str = "agentic:lb:getListener";
    const WHAT: &'static str = "listener";

    type Kind = Listener;
    type Args = GetListenerArgs;

    fn rules(args: &GetListenerInputs, failures: &mut Failures) {
        if !args.arn.is_set() && !args.load_balancer_arn.is_set() {
            failures.add(GetListenerArgs::ARN, "is missing; give the arn, or loadBalancerArn and port");
        }
    }

    async fn find(cx: &Cx, args: &GetListenerArgs) -> Result<Vec<String>> {
        let call = cx.client::<Client>()?.describe_listeners();
        let call = match &args.arn {
            Some(arn) => call.listener_arns(arn),
            None => call.set_load_balancer_arn(args.load_balancer_arn.clone()),
        };
        let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = found(listed)?.unwrap_or_default();
        let fits = listed.into_iter().filter(|it| {
            let port = it.port.map(i64::from);
            (args.port.is_none() || port == args.port)
                && (args.load_balancer_arn.is_none() || it.load_balancer_arn == args.load_balancer_arn)
        });
        Ok(fits.filter_map(|it| it.listener_arn).collect())
    }
}

/// Gets the target group that matches all of the arguments. It is an error if no target group or
/// more than one matches.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetTargetGroupArgs {
    /// The ARN of the target group.
    pub arn: Option<String>,
    /// The name of the target group, unique within the region.
    pub name: Option<String>,
    /// The tags that the target group must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a target group.
pub struct GetTargetGroup;

impl LookUp for GetTargetGroup {
    const TOKEN: &'static str = "agentic:lb:getTargetGroup";
    const WHAT: &'static str = "target group";

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::GET_TARGET_GROUP;

    type Kind = TargetGroup;
    type Args = GetTargetGroupArgs;

    async fn find(cx: &Cx, args: &GetTargetGroupArgs) -> Result<Vec<String>> {
        let call = cx.client::<Client>()?.describe_target_groups();
        let call = args.arn.iter().fold(call, |call, arn| call.target_group_arns(arn));
        let by_name = args.name.iter().filter(|_| args.arn.is_none());
        let call = by_name.fold(call, |call, name| call.names(name));
        let listed = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let listed = found(listed)?.unwrap_or_default();
        let fits = listed.into_iter().filter(|it| args.name.is_none() || it.target_group_name == args.name);
        Ok(fits.filter_map(|it| it.target_group_arn).collect())
    }
}
