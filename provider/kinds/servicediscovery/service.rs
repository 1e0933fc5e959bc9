//! A name in a namespace, under which instances are found.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_servicediscovery::Client;
use aws_sdk_servicediscovery::operation::list_instances::ListInstancesOutput;
use aws_sdk_servicediscovery::operation::list_services::ListServicesOutput;
use aws_sdk_servicediscovery::types::{
    self, DnsConfig, DnsConfigChange, DnsRecord, FilterCondition, HealthCheckConfig, HealthCheckCustomConfig,
    HealthCheckType, RecordType, RoutingPolicy, ServiceChange, ServiceFilter, ServiceFilterName,
    ServiceTypeOption,
};

use super::{Asked, MapTags, progress, tag_list};
use crate::aws::codes::Row;
use crate::aws::context::Cx;
use crate::aws::error::{Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, claim};
use crate::model::{Failures, Model, Prop};

/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html>
const SERVICE_NAME: NameRule = NameRule { what: "Cloud Map service", max: 64, ..PLAIN };

/// A DNS record of each instance of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServiceDnsRecord {
    /// The time that resolvers may cache the record, in seconds.
    #[model(range = 0..=2_147_483_647)]
    pub ttl: i64,
    /// The type of the record.
    #[model(one_of = ["A", "AAAA", "SRV", "CNAME"])]
    pub r#type: String,
}

/// The DNS records of a service.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServiceDnsConfig {
    /// The DNS records of each instance. `SRV` records include the port.
    #[model(length = 1..=2)]
    pub dns_records: Vec<ServiceDnsRecord>,
    /// The ID of the namespace.
    pub namespace_id: String,
    /// The routing policy: DNS answers contain up to eight healthy instances (`MULTIVALUE`), or one
    /// instance by weight (`WEIGHTED`).
    #[model(default = "MULTIVALUE", one_of = ["MULTIVALUE", "WEIGHTED"])]
    pub routing_policy: String,
}

/// A health check by Route 53, for public DNS namespaces.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServiceHealthCheckConfig {
    /// The number of consecutive checks that change the health of an instance.
    #[model(aws_default, range = 1..=10)]
    pub failure_threshold: Option<i64>,
    /// The path to request, such as `/health`.
    pub resource_path: Option<String>,
    /// The protocol of the check.
    #[model(one_of = ["HTTP", "HTTPS", "TCP"])]
    pub r#type: String,
}

/// The custom health check: an application reports the health of instances, as ECS does for its
/// tasks.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ServiceHealthCheckCustomConfig {
    /// Has no effect: AWS always uses 1.
    #[model(aws_default, range = 1..=10)]
    pub failure_threshold: Option<i64>,
}

/// A service of AWS Cloud Map: a name in a namespace, under which the tasks of an ECS service are
/// found.
#[derive(Clone, Debug, Model)]
pub struct ServiceArgs {
    /// The description of the service.
    #[model(in_place, length = 0..=1024)]
    pub description: Option<String>,
    /// The DNS records of the service. A change of the namespace or of the routing policy replaces it.
    #[model(in_place)]
    pub dns_config: Option<ServiceDnsConfig>,
    /// Whether registered instances are removed before the service is deleted. ECS removes the
    /// instances of its tasks itself.
    #[model(in_place, write_only, default = false)]
    pub force_destroy: bool,
    /// The health check by Route 53. Only for public DNS namespaces.
    #[model(in_place)]
    pub health_check_config: Option<ServiceHealthCheckConfig>,
    /// The custom health check: an application reports the health of instances, as ECS does for its
    /// tasks.
    #[model(replace)]
    pub health_check_custom_config: Option<ServiceHealthCheckCustomConfig>,
    /// The name of the service within its namespace.
    #[model(replace, autoname)]
    pub name: String,
    /// The ID of the namespace, if `dnsConfig` is omitted.
    #[model(replace, aws_default)]
    pub namespace_id: Option<String>,
    /// The tags of the service.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The type of the service: `HTTP` for a service in a DNS namespace that can be discovered by
    /// API calls only.
    #[model(replace, write_only, one_of = ["HTTP"])]
    pub r#type: Option<String>,
}

/// What AWS says of a Cloud Map service.
#[derive(Clone, Debug, Model)]
pub struct ServiceState {
    /// The ARN of the service, for `serviceRegistries` of an ECS service.
    pub arn: String,
}

/// A name in a namespace.
pub struct Service;

impl Kind for Service {
    const TOKEN: &'static str = "agentic:servicediscovery:Service";
    const ID: &'static str = "the ID of the service, such as `srv-0a1b2c3d4e5f6789`";
    const NAME: Option<&'static NameRule> = Some(&SERVICE_NAME);
    const TAGS: TaggedBy = TaggedBy::service::<MapTags>();
    const ACTIONS: Actions = Actions {
        create: &["servicediscovery:CreateService", "servicediscovery:ListServices"],
        read: &["servicediscovery:GetService"],
        update: &["servicediscovery:UpdateService", "servicediscovery:GetOperation"],
        delete: &[
            "servicediscovery:DeleteService",
            "servicediscovery:ListInstances",
            "servicediscovery:DeregisterInstance",
        ],
    };
    const READY: Option<Wait> =
        Some(Wait { goal: "the service is updated", usual: [5, 60], budget: Duration::from_secs(10 * 60) });
    const APART: &'static [Prop<Self::Args>] =
        &[ServiceArgs::NAME, ServiceArgs::NAMESPACE_ID, ServiceArgs::DNS_CONFIG];
    const CODES: &'static [Row] = super::codes::CODES;

    type Args = ServiceArgs;
    type State = ServiceState;

    fn rules(args: &ServiceInputs, failures: &mut Failures) {
        if args.health_check_config.is_set() && args.health_check_custom_config.is_set() {
            let reason = "conflicts with healthCheckConfig; give only one of them";
            failures.add(ServiceArgs::HEALTH_CHECK_CUSTOM_CONFIG, reason);
        }
        if !args.dns_config.is_set() && !args.namespace_id.is_set() {
            failures.add(ServiceArgs::NAMESPACE_ID, "is missing; give it, or dnsConfig");
        }
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        let place = |inputs: &ServiceInputs| {
            let config = inputs.dns_config.get()?;
            Some((config.namespace_id.get().cloned(), config.routing_policy.get().cloned()))
        };
        if review.changes(ServiceArgs::DNS_CONFIG) && place(review.old) != place(review.new) {
            review.replace(ServiceArgs::DNS_CONFIG);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &ServiceArgs) -> Result<String> {
        if let Some(id) = named(cx, args).await? {
            return claim::<Self>(cx, &id, args, None, "Cloud Map service").await;
        }
        let call = cx
            .client::<Client>()?
            .create_service()
            .creator_request_id(cx.client_token())
            .set_description(args.description.clone())
            .set_dns_config(args.dns_config.as_ref().map(dns).transpose()?)
            .set_health_check_config(args.health_check_config.as_ref().map(check).transpose()?)
            .set_health_check_custom_config(args.health_check_custom_config.as_ref().map(reported))
            .name(&args.name)
            .set_namespace_id(args.namespace_id.clone().filter(|_| args.dns_config.is_none()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))?))
            .set_type(args.r#type.as_deref().map(ServiceTypeOption::from));
        Ok(call.send().await?.service.and_then(|service| service.id).unwrap_or_default())
    }

    async fn ready(cx: &Cx, _id: &str, _args: &ServiceArgs) -> Result<Poll> {
        match cx.noted::<Asked>() {
            Some(Asked(operation)) => progress(cx, &operation).await,
            None => Ok(Poll::Ready(())),
        }
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let call = cx.client::<Client>()?.get_service().id(id);
        let Some(there) = found(call.send().await)?.and_then(|answer| answer.service) else {
            return Ok(None);
        };
        let namespace = there.namespace_id.clone();
        Ok(Some(Live {
            args: ServiceObserved {
                description: Some(there.description.clone().filter(|text| !text.is_empty())),
                dns_config: Some(there.dns_config().and_then(|config| shown(config, namespace.as_deref()))),
                force_destroy: None,
                health_check_config: Some(there.health_check_config().map(|check| {
                    ServiceHealthCheckConfig {
                        failure_threshold: check.failure_threshold.map(i64::from),
                        resource_path: check.resource_path.clone(),
                        r#type: check.r#type().as_str().to_owned(),
                    }
                })),
                health_check_custom_config: Some(there.health_check_custom_config().map(|custom| {
                    #[allow(deprecated, reason = "AWS still tells it")]
                    let failure_threshold = custom.failure_threshold.map(i64::from);
                    ServiceHealthCheckCustomConfig { failure_threshold }
                })),
                name: there.name.clone(),
                namespace_id: Some(namespace),
                tags: None,
                r#type: None,
            },
            state: ServiceState { arn: there.arn.clone().unwrap_or_default() },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ServiceArgs>) -> Result<()> {
        let new = &update.new;
        let these = [ServiceArgs::DESCRIPTION, ServiceArgs::DNS_CONFIG, ServiceArgs::HEALTH_CHECK_CONFIG];
        if !update.any(&these) {
            return Ok(());
        }
        // What is left out here goes.
        // <https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html>
        let records = new.dns_config.as_ref().map(|config| records(&config.dns_records)).transpose()?;
        let records =
            records.map(|records| DnsConfigChange::builder().set_dns_records(Some(records)).build());
        let change = ServiceChange::builder()
            .description(new.description.clone().unwrap_or_default())
            .set_dns_config(records.transpose()?)
            .set_health_check_config(new.health_check_config.as_ref().map(check).transpose()?);
        let call = cx.client::<Client>()?.update_service().id(id).service(change.build());
        cx.note(Asked(call.send().await?.operation_id.unwrap_or_default()));
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &ServiceArgs) -> Result<()> {
        let client = cx.client::<Client>()?;
        if args.force_destroy {
            let pages = client.list_instances().service_id(id).into_paginator();
            let pages: Vec<ListInstancesOutput> =
                found(pages.send().try_collect().await)?.unwrap_or_default();
            for instance in pages.into_iter().flat_map(|page| page.instances.unwrap_or_default()) {
                let instance = instance.id.unwrap_or_default();
                found(client.deregister_instance().service_id(id).instance_id(instance).send().await)?;
            }
        }
        client.delete_service().id(id).send().await?;
        Ok(())
    }
}

/// The service that has the name in this namespace.
async fn named(cx: &Cx, args: &ServiceArgs) -> Result<Option<String>> {
    let namespace =
        args.dns_config.as_ref().map(|config| &config.namespace_id).or(args.namespace_id.as_ref());
    let within = ServiceFilter::builder()
        .name(ServiceFilterName::NamespaceId)
        .set_values(Some(namespace.into_iter().cloned().collect()))
        .condition(FilterCondition::Eq)
        .build()?;
    let pages = cx.client::<Client>()?.list_services().filters(within).into_paginator();
    let pages: Vec<ListServicesOutput> = found(pages.send().try_collect().await)?.unwrap_or_default();
    let mut all = pages.into_iter().flat_map(|page| page.services.unwrap_or_default());
    Ok(all.find(|one| one.name() == Some(&args.name)).and_then(|one| one.id))
}

fn dns(config: &ServiceDnsConfig) -> Result<DnsConfig> {
    #[allow(deprecated, reason = "the records of a service and its namespace are one argument")]
    let built = DnsConfig::builder()
        .set_dns_records(Some(records(&config.dns_records)?))
        .namespace_id(&config.namespace_id)
        .routing_policy(RoutingPolicy::from(config.routing_policy.as_str()));
    Ok(built.build()?)
}

fn records(given: &[ServiceDnsRecord]) -> Result<Vec<DnsRecord>> {
    let record = |record: &ServiceDnsRecord| {
        let built = DnsRecord::builder().ttl(record.ttl).r#type(RecordType::from(record.r#type.as_str()));
        Ok(built.build()?)
    };
    given.iter().map(record).collect()
}

fn check(given: &ServiceHealthCheckConfig) -> Result<HealthCheckConfig> {
    let built = HealthCheckConfig::builder()
        .set_failure_threshold(given.failure_threshold.and_then(|it| i32::try_from(it).ok()))
        .set_resource_path(given.resource_path.clone())
        .r#type(HealthCheckType::from(given.r#type.as_str()));
    Ok(built.build()?)
}

fn reported(given: &ServiceHealthCheckCustomConfig) -> HealthCheckCustomConfig {
    #[allow(deprecated, reason = "AWS still takes it")]
    let built = HealthCheckCustomConfig::builder()
        .set_failure_threshold(given.failure_threshold.and_then(|it| i32::try_from(it).ok()));
    built.build()
}

fn shown(config: &types::DnsConfig, namespace: Option<&str>) -> Option<ServiceDnsConfig> {
    #[allow(deprecated, reason = "older services tell it here alone")]
    let namespace_id = namespace.or(config.namespace_id())?.to_owned();
    let record =
        |record: &DnsRecord| ServiceDnsRecord { ttl: record.ttl, r#type: record.r#type.as_str().to_owned() };
    Some(ServiceDnsConfig {
        dns_records: config.dns_records().iter().map(record).collect(),
        namespace_id,
        routing_policy: config.routing_policy().map_or("MULTIVALUE", |policy| policy.as_str()).to_owned(),
    })
}
