//! A way from a VPC to a service of AWS that leads past the internet.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, DnsOptionsSpecification, DnsRecordIpType, IpAddressType, ResourceType, VpcEndpointType,
};

use super::{Ec2Tags, Vpc, filter, find_by_id, left_behind_in, tag_map, tagged};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::aws::{ids, policies};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update};
use crate::model::{Failures, Json, Model, Prop};

const GATEWAY: &str = "Gateway";
const INTERFACE: &str = "Interface";
const BALANCER: &str = "GatewayLoadBalancer";

/// The services that gateway endpoints lead to.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
const WITH_GATEWAY: [&str; 3] = ["s3", "dynamodb", "s3express"];

/// DNS for an interface endpoint.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VpcEndpointDnsOptions {
    /// The DNS records of the endpoint.
    #[model(aws_default, one_of = ["ipv4", "dualstack", "ipv6", "service-defined"])]
    pub dns_record_ip_type: Option<String>,
    /// Whether private DNS serves only requests from on-premises networks, through a Route 53
    /// Resolver inbound endpoint. Requires `privateDnsEnabled` and a gateway endpoint for the
    /// same service.
    #[model(aws_default)]
    pub private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
}

/// A DNS name of an interface endpoint.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VpcEndpointDnsEntry {
    /// The DNS name.
    pub dns_name: String,
    /// The ID of the private hosted zone that has the name.
    pub hosted_zone_id: String,
}

/// A VPC endpoint: lets resources of a VPC reach an AWS service without the internet. A gateway
/// endpoint, for S3 and DynamoDB, is a target in route tables and is free of charge. An interface
/// endpoint has a network interface in each subnet, and AWS charges for it by the hour and by the
/// gigabyte.
#[derive(Clone, Debug, Model)]
pub struct VpcEndpointArgs {
    /// DNS for an interface endpoint. If a property is omitted, AWS chooses its value.
    #[model(in_place, aws_default, told)]
    pub dns_options: Option<VpcEndpointDnsOptions>,
    /// The IP address type of the endpoint. Defaults to that of the service and the subnets.
    #[model(in_place, aws_default, told, one_of = ["ipv4", "dualstack", "ipv6"])]
    pub ip_address_type: Option<String>,
    /// The endpoint policy: the requests that may pass the endpoint, as an object or as JSON text.
    /// Defaults to all requests that IAM policies allow.
    #[model(in_place, policy, aws_default, told, resets)]
    pub policy: Option<Json>,
    /// Whether private DNS is enabled: the public DNS name of the service then resolves to the
    /// interface endpoint within the VPC. Requires `enableDnsHostnames` and `enableDnsSupport` of
    /// the VPC. If omitted, AWS enables it for its own services.
    #[model(in_place, aws_default, told)]
    pub private_dns_enabled: Option<bool>,
    /// The IDs of the route tables that get a route to a gateway endpoint.
    #[model(in_place, default = [], set, check = ids::route_table)]
    pub route_table_ids: Vec<String>,
    /// The IDs of the security groups of an interface endpoint. They must allow the clients to
    /// connect, usually to port 443. Defaults to the default security group of the VPC.
    #[model(in_place, set, aws_default, resets, told, length = 1..=16, check = ids::security_group)]
    pub security_group_ids: Option<Vec<String>>,
    /// The name of the service, such as `com.amazonaws.us-east-1.s3`.
    #[model(replace, optional_type, check = check_service)]
    pub service_name: String,
    /// The IDs of the subnets in which an interface endpoint has network interfaces: one for each
    /// Availability Zone.
    #[model(in_place, default = [], set, check = ids::subnet)]
    pub subnet_ids: Vec<String>,
    /// The tags of the VPC endpoint.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The type of the endpoint. Only S3 and DynamoDB have gateway endpoints.
    #[model(replace, default = GATEWAY, one_of = [GATEWAY, INTERFACE, BALANCER])]
    pub vpc_endpoint_type: String,
    /// The ID of the VPC.
    #[model(replace, check = ids::vpc)]
    pub vpc_id: String,
}

/// What AWS says of a VPC endpoint.
#[derive(Clone, Debug, Model)]
pub struct VpcEndpointState {
    /// The ARN of the endpoint.
    pub arn: String,
    /// The IP address ranges of the service behind a gateway endpoint.
    #[model(in_place)]
    pub cidr_blocks: Vec<String>,
    /// The DNS names of an interface endpoint.
    #[model(in_place)]
    pub dns_entries: Vec<VpcEndpointDnsEntry>,
    /// The IDs of the network interfaces of an interface endpoint.
    #[model(in_place)]
    pub network_interface_ids: Vec<String>,
    /// The ID of the AWS account that owns the endpoint.
    pub owner_id: String,
    /// The ID of the prefix list of a gateway endpoint, for rules of security groups.
    #[model(told)]
    pub prefix_list_id: Option<String>,
    /// Whether the service manages the endpoint.
    pub requester_managed: bool,
    /// The state of the endpoint, such as `available`.
    #[model(in_place)]
    pub state: String,
}

/// A way from a VPC to a service.
pub struct VpcEndpoint;

impl Kind for VpcEndpoint {
    const TOKEN: &'static str = "agentic:ec2:VpcEndpoint";
    const ID: &'static str = "the ID of the VPC endpoint, such as `vpce-0a1b2c3d4e5f67890`";
    const TAGS: TaggedBy = TaggedBy::service::<Ec2Tags>();
    const ACTIONS: Actions = Actions {
        create: &["ec2:CreateVpcEndpoint", "ec2:DescribeTags", "ec2:DescribeVpcEndpoints"],
        read: &["ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"],
        update: &["ec2:DescribeSecurityGroups", "ec2:ModifyVpcEndpoint"],
        delete: &["ec2:DeleteVpcEndpoints", "ec2:DescribeVpcEndpoints"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the VPC endpoint is available",
        usual: [30, 120],
        budget: Duration::from_secs(15 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the VPC endpoint is deleted",
        usual: [30, 180],
        budget: Duration::from_secs(20 * 60),
    });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::VPC_ENDPOINT;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(VpcEndpointArgs::SECURITY_GROUP_IDS);

    type Args = VpcEndpointArgs;
    type State = VpcEndpointState;

    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>
    fn rules(args: &VpcEndpointInputs, failures: &mut Failures) {
        for problem in args.policy.get().iter().flat_map(|it| policies::problems(&it.0, &policies::ENDPOINT))
        {
            failures.add(VpcEndpointArgs::POLICY, problem);
        }
        let Some(kind) = args.vpc_endpoint_type.get().map(String::as_str) else { return };
        let given = |list: Option<&Vec<_>>| list.is_some_and(|list| !list.is_empty());
        let (subnets, tables) = (given(args.subnet_ids.get()), given(args.route_table_ids.get()));
        let not_for = |what: &str| format!("is not for endpoints of the type {kind}; {what}");
        if kind == GATEWAY {
            let service = args.service_name.get().and_then(|name| name.rsplit('.').next());
            if let Some(service) = service.filter(|service| !WITH_GATEWAY.contains(service)) {
                let reason = format!(
                    "is {kind}, and {service} has no gateway endpoint; give vpcEndpointType {INTERFACE:?}"
                );
                failures.add(VpcEndpointArgs::VPC_ENDPOINT_TYPE, reason);
            }
            if subnets {
                failures.add(VpcEndpointArgs::SUBNET_IDS, not_for("give routeTableIds"));
            }
            if args.security_group_ids.get().is_some() {
                failures.add(VpcEndpointArgs::SECURITY_GROUP_IDS, not_for("leave it out"));
            }
            if args.private_dns_enabled.get() == Some(&true) {
                failures.add(VpcEndpointArgs::PRIVATE_DNS_ENABLED, not_for("leave it out"));
            }
        } else if tables {
            failures.add(VpcEndpointArgs::ROUTE_TABLE_IDS, not_for("give subnetIds"));
        }
        if kind == BALANCER && args.subnet_ids.get().is_some_and(|subnets| subnets.len() > 1) {
            failures.add(VpcEndpointArgs::SUBNET_IDS, "has several; an endpoint of this type has one subnet");
        }
    }

    async fn create(cx: &Cx, args: &VpcEndpointArgs) -> Result<String> {
        if let Some(id) = left_behind_in::<Vpc, Self>(cx, &args.vpc_id, "VPC endpoint", args).await? {
            return Ok(id);
        }
        let create = cx
            .client::<Client>()?
            .create_vpc_endpoint()
            .client_token(cx.client_token())
            .set_dns_options(args.dns_options.as_ref().map(dns_options))
            .set_ip_address_type(args.ip_address_type.as_deref().map(IpAddressType::from))
            .set_policy_document(args.policy.as_ref().map(|policy| policy.0.to_string()))
            .set_private_dns_enabled(args.private_dns_enabled)
            .set_route_table_ids(some(&args.route_table_ids))
            .set_security_group_ids(args.security_group_ids.clone())
            .service_name(&args.service_name)
            .set_subnet_ids(some(&args.subnet_ids))
            .tag_specifications(tagged(cx, ResourceType::VpcEndpoint, &args.tags))
            .vpc_endpoint_type(VpcEndpointType::from(args.vpc_endpoint_type.as_str()))
            .vpc_id(&args.vpc_id);
        let made = create.send().await?;
        Ok(made.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &VpcEndpointArgs) -> Result<Poll> {
        let Some(endpoint) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let state = state(&endpoint);
        Ok(match state.as_str() {
            "available" => Poll::Ready(()),
            "pendingacceptance" => Poll::Pending(format!(
                "the owner of {} has to accept the endpoint",
                endpoint.service_name().unwrap_or("the service")
            )),
            "rejected" | "failed" | "expired" | "deleting" | "deleted" => {
                Poll::Failed(failure(&endpoint, &state))
            }
            _ => Poll::Pending(state),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(endpoint) = find(cx, id).await? else { return Ok(None) };
        let state = state(&endpoint);
        // AWS shows for a while what is deleted.
        if state == "deleted" {
            return Ok(None);
        }
        let kind = endpoint.vpc_endpoint_type().map_or(GATEWAY, VpcEndpointType::as_str).to_owned();
        let (prefix_list_id, cidr_blocks) = match kind == GATEWAY {
            true => prefix_list(cx, endpoint.service_name().unwrap_or_default()).await?,
            false => (None, Vec::new()),
        };
        let groups = endpoint.groups().iter().filter_map(|group| group.group_id.clone());
        let dns = endpoint.dns_options().map(|options| VpcEndpointDnsOptions {
            dns_record_ip_type: options.dns_record_ip_type().map(|kind| kind.as_str().to_owned()),
            private_dns_only_for_inbound_resolver_endpoint: options
                .private_dns_only_for_inbound_resolver_endpoint,
        });
        let dns_entries = endpoint.dns_entries().iter().map(|entry| VpcEndpointDnsEntry {
            dns_name: entry.dns_name().unwrap_or_default().to_owned(),
            hosted_zone_id: entry.hosted_zone_id().unwrap_or_default().to_owned(),
        });
        let owner_id = endpoint.owner_id.clone().unwrap_or_default();
        Ok(Some(Live {
            args: VpcEndpointObserved {
                dns_options: Some(dns),
                ip_address_type: Some(endpoint.ip_address_type().map(|kind| kind.as_str().to_owned())),
                policy: Some(
                    endpoint.policy_document().and_then(|it| serde_json::from_str(it).ok()).map(Json),
                ),
                private_dns_enabled: Some(Some(endpoint.private_dns_enabled.unwrap_or_default())),
                route_table_ids: Some(endpoint.route_table_ids().to_vec()),
                security_group_ids: Some(Some(groups.collect())),
                service_name: endpoint.service_name.clone(),
                subnet_ids: Some(endpoint.subnet_ids().to_vec()),
                tags: Some(tag_map(endpoint.tags())),
                vpc_endpoint_type: Some(kind),
                vpc_id: endpoint.vpc_id.clone(),
            },
            state: VpcEndpointState {
                arn: cx.arn("ec2", &owner_id, &format!("vpc-endpoint/{id}")),
                cidr_blocks,
                dns_entries: dns_entries.collect(),
                network_interface_ids: endpoint.network_interface_ids().to_vec(),
                owner_id,
                prefix_list_id,
                requester_managed: endpoint.requester_managed.unwrap_or_default(),
                state,
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<VpcEndpointArgs>) -> Result<()> {
        if !update.any_but(&[VpcEndpointArgs::TAGS]) {
            return Ok(());
        }
        let (old, new) = (&update.old, &update.new);
        let mut call = cx.client::<Client>()?.modify_vpc_endpoint().vpc_endpoint_id(id);
        if update.any(&[VpcEndpointArgs::POLICY]) {
            call = match &new.policy {
                Some(policy) => call.policy_document(policy.0.to_string()),
                None => call.reset_policy(true),
            };
        }
        if update.any(&[VpcEndpointArgs::ROUTE_TABLE_IDS]) {
            let (added, removed) = moved(&old.route_table_ids, &new.route_table_ids);
            call = call.set_add_route_table_ids(added).set_remove_route_table_ids(removed);
        }
        if update.any(&[VpcEndpointArgs::SUBNET_IDS]) {
            let (added, removed) = moved(&old.subnet_ids, &new.subnet_ids);
            call = call.set_add_subnet_ids(added).set_remove_subnet_ids(removed);
        }
        if let Some(groups) =
            new.security_group_ids.as_ref().filter(|_| update.any(&[VpcEndpointArgs::SECURITY_GROUP_IDS]))
        {
            let there = match &old.security_group_ids {
                Some(there) => there.clone(),
                // What AWS had picked goes.
                None => groups_of(cx, id).await?,
            };
            let (added, removed) = moved(&there, groups);
            call = call.set_add_security_group_ids(added).set_remove_security_group_ids(removed);
        }
        if update.any(&[VpcEndpointArgs::PRIVATE_DNS_ENABLED]) {
            call = call.set_private_dns_enabled(new.private_dns_enabled);
        }
        if update.any(&[VpcEndpointArgs::DNS_OPTIONS]) {
            call = call.set_dns_options(new.dns_options.as_ref().map(dns_options));
        }
        if update.any(&[VpcEndpointArgs::IP_ADDRESS_TYPE]) {
            call = call.set_ip_address_type(new.ip_address_type.as_deref().map(IpAddressType::from));
        }
        call.send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &VpcEndpointArgs) -> Result<()> {
        let answer = cx.client::<Client>()?.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await?;
        // The call succeeds also where the endpoint is not deleted.
        match answer.unsuccessful().first().and_then(|item| item.error()) {
            Some(error) if error.code().is_some_and(|code| code.ends_with("NotFound")) => Ok(()),
            Some(error) => {
                let (code, reason) =
                    (error.code().unwrap_or("no code"), error.message().unwrap_or("no reason"));
                Err(Error::new(ErrorKind::Other, format!("AWS did not delete {id} ({code}): {reason}")))
            }
            None => Ok(()),
        }
    }
}

/// In lower case: answers do not spell it as the reference does.
fn state(endpoint: &types::VpcEndpoint) -> String {
    endpoint.state().map(|state| state.as_str().to_lowercase()).unwrap_or_default()
}

fn failure(endpoint: &types::VpcEndpoint, state: &str) -> Error {
    let id = endpoint.vpc_endpoint_id().unwrap_or_default();
    let last = endpoint.last_error().and_then(|error| error.message());
    let reason = endpoint.failure_reason().or(last).unwrap_or("AWS gives no reason").trim_end_matches('.');
    Error::new(ErrorKind::Failed, format!("the VPC endpoint {id} is {state}: {reason}"))
        .with_hint("Resolve the cause, and run `pulumi up` again.")
}

/// The prefix list of a service with gateway endpoints, and its ranges.
async fn prefix_list(cx: &Cx, service: &str) -> Result<(Option<String>, Vec<String>)> {
    let named = filter("prefix-list-name", [service.to_owned()]);
    let found = cx.client::<Client>()?.describe_prefix_lists().filters(named).send().await?;
    let list = found.prefix_lists.unwrap_or_default().into_iter().next();
    Ok(list.map_or_else(Default::default, |list| (list.prefix_list_id, list.cidrs.unwrap_or_default())))
}

async fn groups_of(cx: &Cx, id: &str) -> Result<Vec<String>> {
    let endpoint = find(cx, id).await?;
    let groups = endpoint.iter().flat_map(types::VpcEndpoint::groups);
    Ok(groups.filter_map(|group| group.group_id.clone()).collect())
}

fn dns_options(options: &VpcEndpointDnsOptions) -> DnsOptionsSpecification {
    let kind = options.dns_record_ip_type.as_deref().map(DnsRecordIpType::from);
    let only = options.private_dns_only_for_inbound_resolver_endpoint;
    let built = DnsOptionsSpecification::builder().set_dns_record_ip_type(kind);
    built.set_private_dns_only_for_inbound_resolver_endpoint(only).build()
}

fn some(ids: &[String]) -> Option<Vec<String>> {
    Some(ids.to_vec()).filter(|ids| !ids.is_empty())
}

/// What is to be added and what to be removed.
fn moved(old: &[String], new: &[String]) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let beyond = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|id| !others.contains(id)).cloned().collect()
    };
    (some(&beyond(new, old)), some(&beyond(old, new)))
}

async fn find(cx: &Cx, id: &str) -> Result<Option<types::VpcEndpoint>> {
    find_by_id(cx, id, types::VpcEndpoint::vpc_endpoint_id, |client, ids| async move {
        let pages = client.describe_vpc_endpoints().filters(filter("vpc-endpoint-id", ids)).into_paginator();
        Ok(pages.items().send().try_collect().await?)
    })
    .await
}

/// <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>
fn check_service(name: &str) -> Result<(), String> {
    match name.split('.').count() >= 3 {
        true => Ok(()),
        false => {
            Err(format!("is {name:?}; give the name with the region, such as com.amazonaws.us-east-1.{name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::In;

    fn check(kind: &str, service: &str, subnets: &[&str], tables: &[&str]) -> String {
        let list = |ids: &[&str]| In::list(ids.iter().map(|id| In::from(*id)));
        let inputs = VpcEndpointInputs {
            service_name: service.into(),
            vpc_endpoint_type: kind.into(),
            subnet_ids: list(subnets),
            route_table_ids: list(tables),
            ..VpcEndpointInputs::default()
        };
        let mut failures = Failures::new();
        VpcEndpoint::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn each_type_has_its_own_places() {
        let (s3, logs) = ("com.amazonaws.eu-west-1.s3", "com.amazonaws.eu-west-1.logs");
        assert_eq!(check(GATEWAY, s3, &[], &["rtb-1"]), "");
        assert_eq!(check(INTERFACE, logs, &["subnet-1", "subnet-2"], &[]), "");
        assert!(check(GATEWAY, logs, &[], &[]).contains("logs has no gateway endpoint"));
        assert!(check(GATEWAY, s3, &["subnet-1"], &[]).contains("give routeTableIds"));
        assert!(check(INTERFACE, logs, &[], &["rtb-1"]).contains("give subnetIds"));
        assert!(
            check(BALANCER, "com.amazonaws.vpce.eu-west-1.vpce-svc-1", &["subnet-1", "subnet-2"], &[])
                .contains("one subnet")
        );
    }

    #[test]
    fn what_moves_is_told_apart() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(moved(&ids(&["a", "b"]), &ids(&["b", "c"])), (Some(ids(&["c"])), Some(ids(&["a"]))));
        assert_eq!(moved(&ids(&["a"]), &ids(&["a"])), (None, None));
    }
}
