//! A listener of a load balancer.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{self, Certificate, ProtocolEnum};

use super::action::{self, Action, check_https, in_place_of, same_actions, seen_by, told_actions};
use super::{DESCRIBED, LbTags, LoadBalancer, check_arn, describe, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim, is_free};
use crate::model::{Failures, Model, Path};

/// TLS 1.3 and 1.2. Without a policy the API takes one of 2016, which still speaks TLS 1.0.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const SSL_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// A listener of a load balancer: checks for connection requests on a port, and routes requests
/// that match no rule to the default actions.
#[derive(Clone, Debug, Model)]
pub struct ListenerArgs {
    /// The Application-Layer Protocol Negotiation (ALPN) policy. Only for the protocol TLS.
    #[model(in_place, one_of = ["HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"])]
    pub alpn_policy: Option<String>,
    /// The ARN of the default server certificate. Required for the protocols HTTPS and TLS.
    #[model(in_place)]
    pub certificate_arn: Option<String>,
    /// The actions for requests that match no rule: at most one that authenticates users, which
    /// requires the protocol HTTPS, and one that forwards, redirects or responds. An authentication
    /// action that was added by other means is kept unless the list contains one.
    #[model(in_place, same = same_actions, length = 1..=100)]
    pub default_actions: Vec<Action>,
    /// The ARN of the load balancer.
    #[model(replace)]
    pub load_balancer_arn: String,
    /// The port that the listener accepts connections on. A load balancer has at most one listener
    /// for each port.
    #[model(in_place, optional_type, range = 1..=65_535)]
    pub port: i64,
    /// The protocol of connections from clients: HTTP or HTTPS for an Application Load Balancer,
    /// the others for a Network Load Balancer.
    #[model(in_place, default = "HTTP", one_of = ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"])]
    pub protocol: String,
    /// The name of the security policy, which defines the TLS protocols and ciphers. Only for the
    /// protocols HTTPS and TLS. Defaults to `ELBSecurityPolicy-TLS13-1-2-2021-06`, which supports
    /// TLS 1.3 and 1.2.
    #[model(in_place, aws_default, resets = SSL_POLICY, told, follows = [ListenerArgs::PROTOCOL])]
    pub ssl_policy: Option<String>,
    /// The tags of the listener.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// What AWS says of a listener.
#[derive(Clone, Debug, Model)]
pub struct ListenerState {
    /// The ARN of the listener.
    pub arn: String,
}

/// A listener of a load balancer.
pub struct Listener;

impl Kind for Listener {
    const TOKEN: &'static str = "agentic:lb:Listener";
    const ID: &'static str = "the ARN of the listener";
    const TAGS: TaggedBy = TaggedBy::service::<LbTags>();
    const ACTIONS: Actions = Actions {
        // Authentication with Cognito needs the last.
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
        create: &[
            "elasticloadbalancing:CreateListener",
            "elasticloadbalancing:DescribeListeners",
            "cognito-idp:DescribeUserPoolClient",
        ],
        read: &["elasticloadbalancing:DescribeListeners"],
        update: &["elasticloadbalancing:ModifyListener", "cognito-idp:DescribeUserPoolClient"],
        delete: &["elasticloadbalancing:DeleteListener"],
    };

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::LISTENER;

    type Args = ListenerArgs;
    type State = ListenerState;

    fn rules(args: &ListenerInputs, failures: &mut Failures) {
        action::check(&args.default_actions, &Path::from(ListenerArgs::DEFAULT_ACTIONS), failures);
        let Some(protocol) = args.protocol.get() else { return };
        check_https(protocol, &args.default_actions, &Path::from(ListenerArgs::DEFAULT_ACTIONS), failures);
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
        let is_secure = is_secure(protocol);
        if is_secure && !args.certificate_arn.is_set() {
            failures.add(
                ListenerArgs::CERTIFICATE_ARN,
                format!("is missing; a listener with the protocol {protocol} requires a certificate"),
            );
        }
        for (argument, given) in [
            (ListenerArgs::CERTIFICATE_ARN, args.certificate_arn.is_set()),
            (ListenerArgs::SSL_POLICY, args.ssl_policy.is_set()),
        ] {
            if given && !is_secure {
                let reason = format!(
                    "is only for the protocols HTTPS and TLS, and the protocol is {protocol}; leave it out"
                );
                failures.add(argument, reason);
            }
        }
        if args.alpn_policy.is_set() && protocol != "TLS" {
            failures.add(
                ListenerArgs::ALPN_POLICY,
                format!("is only for the protocol TLS, and the protocol is {protocol}; leave it out"),
            );
        }
    }

    async fn create(cx: &Cx, args: &ListenerArgs) -> Result<String> {
        let client = cx.client::<Client>()?;
        // Another listener on this port is refused by AWS.
        if !is_free::<LoadBalancer, Self>(cx, &args.load_balancer_arn, "")
            && let Some(arn) = on_port(cx, args).await?
        {
            return claim_there(cx, &arn, args, None).await;
        }
        let created = client
            .create_listener()
            .load_balancer_arn(&args.load_balancer_arn)
            .port(args.port as i32)
            .protocol(ProtocolEnum::from(args.protocol.as_str()))
            .set_ssl_policy(ssl_policy(args, None))
            .set_certificates(certificates(args))
            .set_alpn_policy(args.alpn_policy.clone().map(|policy| vec![policy]))
            .set_default_actions(Some(Action::all_to_aws(&args.default_actions)))
            .set_tags(Some(tagged(cx, &args.tags)))
            .send()
            .await
            .map_err(Error::from);
        let made = match created {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let Some(arn) = on_port(cx, args).await? else { return Err(error) };
                return claim_there(cx, &arn, args, Some(error)).await;
            }
            created => created?.listeners.and_then(|mut made| made.pop()),
        };
        let made = made.and_then(|listener| Some((listener.listener_arn.clone()?, listener)));
        let Some((arn, listener)) = made else {
            return Err(Error::new(ErrorKind::Other, "AWS returned no listener"));
        };
        cx.tell(arn.clone(), listener);
        Ok(arn)
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        check_arn(id, "listener", "listener")?;
        let Some(listener) = find(cx, id).await? else { return Ok(None) };
        let protocol = listener.protocol().map_or("HTTP", ProtocolEnum::as_str).to_owned();
        // Only these have a certificate and a policy, whatever a listener had before.
        let is_secure = is_secure(&protocol);
        let certificate = listener.certificates().first().filter(|_| is_secure);
        let alpn_policy = listener.alpn_policy().first().filter(|policy| !policy.is_empty());
        let actions = told_actions(listener.default_actions());
        Ok(Some(Live {
            args: ListenerObserved {
                alpn_policy: Some(alpn_policy.cloned()),
                certificate_arn: Some(
                    certificate.and_then(|certificate| certificate.certificate_arn.clone()),
                ),
                default_actions: Some(actions),
                load_balancer_arn: listener.load_balancer_arn.clone(),
                port: listener.port.map(i64::from),
                protocol: Some(protocol),
                ssl_policy: Some(listener.ssl_policy.clone().filter(|_| is_secure)),
                ..ListenerObserved::default()
            },
            state: ListenerState { arn: id.to_owned() },
        }))
    }

    async fn refresh(cx: &Cx, id: &str, old: &ListenerArgs) -> Result<Option<Live<Self>>> {
        Ok(Self::read(cx, id).await?.map(|mut live| {
            let told = live.args.default_actions.take();
            live.args.default_actions = told.map(|told| seen_by(&old.default_actions, told));
            live
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ListenerArgs>) -> Result<()> {
        let Update { old, new, .. } = update;
        let security = update.any(&[
            ListenerArgs::PROTOCOL,
            ListenerArgs::CERTIFICATE_ARN,
            ListenerArgs::SSL_POLICY,
            ListenerArgs::ALPN_POLICY,
        ]);
        let (port, actions) =
            (update.any(&[ListenerArgs::PORT]), update.any(&[ListenerArgs::DEFAULT_ACTIONS]));
        if security || port || actions {
            let mut call = cx.client::<Client>()?.modify_listener().listener_arn(id);
            if port {
                call = call.port(new.port as i32);
            }
            if security {
                let no_policy = || old.alpn_policy.as_ref().map(|_| Vec::new());
                call = call
                    .protocol(ProtocolEnum::from(new.protocol.as_str()))
                    .set_ssl_policy(ssl_policy(new, Some(old)))
                    .set_certificates(certificates(new))
                    .set_alpn_policy(new.alpn_policy.clone().map(|policy| vec![policy]).or_else(no_policy));
            }
            if actions {
                // The call sets all of them.
                let there = find(cx, id).await?;
                let there = there.as_ref().map(|there| there.default_actions()).unwrap_or_default();
                let all = in_place_of(there, &old.default_actions, &new.default_actions);
                call = call.set_default_actions(Some(all));
            }
            call.send().await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ListenerArgs) -> Result<()> {
        cx.client::<Client>()?.delete_listener().listener_arn(id).send().await?;
        Ok(())
    }
}

/// The listener on this port of the load balancer.
async fn on_port(cx: &Cx, args: &ListenerArgs) -> Result<Option<String>> {
    let all = cx.client::<Client>()?.describe_listeners().load_balancer_arn(&args.load_balancer_arn);
    let all: Vec<types::Listener> = all.into_paginator().items().send().try_collect().await?;
    let there = all.into_iter().find(|listener| listener.port.map(i64::from) == Some(args.port));
    Ok(there.and_then(|there| there.listener_arn))
}

async fn claim_there(cx: &Cx, arn: &str, args: &ListenerArgs, error: Option<Error>) -> Result<String> {
    let what = format!("listener on port {} of this load balancer", args.port);
    claim::<Listener>(cx, arn, args, error, &what).await
}

async fn find(cx: &Cx, arn: &str) -> Result<Option<types::Listener>> {
    let client = cx.client::<Client>()?;
    let read = cx.batched(DESCRIBED, arn.to_owned(), move |arns| {
        let client = client.clone();
        async move {
            let call = |arns| {
                let call = client.describe_listeners().set_listener_arns(Some(arns));
                async { Ok(call.send().await?.listeners.unwrap_or_default()) }
            };
            describe(arns, call, |listener: &types::Listener| listener.listener_arn.clone()).await
        }
    });
    read.await
}

fn is_secure(protocol: &str) -> bool {
    matches!(protocol, "HTTPS" | "TLS")
}

/// The policy to set: the one given, or ours for what had none before.
fn ssl_policy(args: &ListenerArgs, old: Option<&ListenerArgs>) -> Option<String> {
    let is_new = is_secure(&args.protocol) && !old.is_some_and(|old| is_secure(&old.protocol));
    let given = args.ssl_policy.clone().filter(|_| is_secure(&args.protocol));
    given.or_else(|| is_new.then(|| SSL_POLICY.to_owned()))
}

fn certificates(args: &ListenerArgs) -> Option<Vec<Certificate>> {
    let arn = args.certificate_arn.as_ref()?;
    Some(vec![Certificate::builder().certificate_arn(arn).build()])
}
