//! The look-up of a listener that may be there.

use aws_sdk_elasticloadbalancingv2::Client;

use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::kinds::Function;
use crate::model::Model;

/// The listener of a load balancer on a port. Components alone ask for it.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct FindListenerArgs {
    /// The ARN of the load balancer.
    pub load_balancer_arn: String,
    /// The port of the listener.
    pub port: i64,
}

/// A listener.
#[derive(Clone, Debug, Model)]
pub struct FindListenerResult {
    /// The ARN of the listener, if there is one.
    pub arn: Option<String>,
}

/// Finds the listener of a load balancer on a port.
pub struct FindListener;

impl Function for FindListener {
    const TOKEN: &'static str = "agentic:lb:findListener";
    const ACTIONS: &'static [&'static str] = &["elasticloadbalancing:DescribeListeners"];

    type Args = FindListenerArgs;
    type Result = FindListenerResult;

    async fn call(cx: &Cx, args: &FindListenerArgs) -> Result<FindListenerResult> {
        let listeners =
            cx.client::<Client>()?.describe_listeners().load_balancer_arn(&args.load_balancer_arn);
        let listeners = found(listeners.send().await)?.and_then(|told| told.listeners).unwrap_or_default();
        let on_port = listeners.into_iter().find(|listener| listener.port.map(i64::from) == Some(args.port));
        Ok(FindListenerResult { arn: on_port.and_then(|listener| listener.listener_arn) })
    }
}
