//! Health checks as Route 53 says them.

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    AlarmIdentifier, CloudWatchRegion, HealthCheckConfig, HealthCheckRegion, HealthCheckType,
    InsufficientDataHealthStatus, ResettableElementName,
};

use super::{HealthCheckArgs, HealthCheckObserved};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::Update;

impl HealthCheckArgs {
    pub(super) fn to_aws(&self) -> Result<HealthCheckConfig> {
        let children = Some(self.child_healthchecks.clone()).filter(|children| !children.is_empty());
        let status = self.insufficient_data_health_status.as_deref();
        Ok(HealthCheckConfig::builder()
            .set_alarm_identifier(alarm(self)?)
            .set_child_health_checks(children)
            .set_disabled(self.disabled.then_some(true))
            .set_enable_sni(self.enable_sni)
            .set_failure_threshold(small(self.failure_threshold))
            .set_fully_qualified_domain_name(self.fqdn.clone())
            .set_health_threshold(small(self.child_health_threshold))
            .set_insufficient_data_health_status(status.map(InsufficientDataHealthStatus::from))
            .set_inverted(self.invert_healthcheck.then_some(true))
            .set_ip_address(self.ip_address.clone())
            .set_measure_latency(self.measure_latency.then_some(true))
            .set_port(small(self.port))
            .set_regions(regions(self))
            .set_request_interval(small(self.request_interval))
            .set_resource_path(self.resource_path.clone())
            .set_search_string(self.search_string.clone())
            .r#type(HealthCheckType::from(self.kind.as_str()))
            .build()?)
    }
}

pub(super) fn observed(there: &HealthCheckConfig) -> HealthCheckObserved {
    let large = |number: Option<i32>| number.map(i64::from);
    let alarm = there.alarm_identifier();
    let regions = there.regions().iter().map(|region| region.as_str().to_owned());
    let status = there.insufficient_data_health_status();
    HealthCheckObserved {
        child_health_threshold: Some(large(there.health_threshold)),
        child_healthchecks: Some(there.child_health_checks().to_vec()),
        cloudwatch_alarm_name: Some(alarm.map(|alarm| alarm.name().to_owned())),
        cloudwatch_alarm_region: Some(alarm.map(|alarm| alarm.region().as_str().to_owned())),
        disabled: Some(there.disabled.unwrap_or_default()),
        enable_sni: Some(there.enable_sni),
        failure_threshold: Some(large(there.failure_threshold)),
        fqdn: Some(there.fully_qualified_domain_name.clone().filter(|name| !name.is_empty())),
        insufficient_data_health_status: Some(status.map(|status| status.as_str().to_owned())),
        invert_healthcheck: Some(there.inverted.unwrap_or_default()),
        ip_address: Some(there.ip_address.clone().filter(|address| !address.is_empty())),
        measure_latency: Some(there.measure_latency.unwrap_or_default()),
        port: Some(large(there.port)),
        regions: Some(Some(regions.collect())),
        request_interval: Some(large(there.request_interval)),
        resource_path: Some(there.resource_path.clone().filter(|path| !path.is_empty())),
        search_string: Some(there.search_string.clone().filter(|text| !text.is_empty())),
        tags: None,
        kind: Some(there.r#type().as_str().to_owned()),
    }
}

/// Changes what differs; what is taken out is reset.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html>
pub(super) async fn update(cx: &Cx, id: &str, update: &Update<HealthCheckArgs>) -> Result<()> {
    let new = &update.new;
    let mut call = cx.client::<Client>()?.update_health_check().health_check_id(id);
    if update.any(&[HealthCheckArgs::CLOUDWATCH_ALARM_NAME, HealthCheckArgs::CLOUDWATCH_ALARM_REGION]) {
        call = call.set_alarm_identifier(alarm(new)?);
    }
    if update.any(&[HealthCheckArgs::CHILD_HEALTHCHECKS]) {
        call = match new.child_healthchecks.is_empty() {
            true => call.reset_elements(ResettableElementName::ChildHealthChecks),
            false => call.set_child_health_checks(Some(new.child_healthchecks.clone())),
        };
    }
    if update.any(&[HealthCheckArgs::CHILD_HEALTH_THRESHOLD]) {
        call = call.set_health_threshold(small(new.child_health_threshold));
    }
    if update.any(&[HealthCheckArgs::DISABLED]) {
        call = call.disabled(new.disabled);
    }
    if update.any(&[HealthCheckArgs::ENABLE_SNI]) {
        call = call.set_enable_sni(new.enable_sni);
    }
    if update.any(&[HealthCheckArgs::FAILURE_THRESHOLD]) {
        call = call.set_failure_threshold(small(new.failure_threshold));
    }
    if update.any(&[HealthCheckArgs::FQDN]) {
        call = match &new.fqdn {
            Some(name) => call.fully_qualified_domain_name(name),
            None => call.reset_elements(ResettableElementName::FullyQualifiedDomainName),
        };
    }
    if update.any(&[HealthCheckArgs::INSUFFICIENT_DATA_HEALTH_STATUS]) {
        let status = new.insufficient_data_health_status.as_deref();
        call = call.set_insufficient_data_health_status(status.map(InsufficientDataHealthStatus::from));
    }
    if update.any(&[HealthCheckArgs::INVERT_HEALTHCHECK]) {
        call = call.inverted(new.invert_healthcheck);
    }
    if update.any(&[HealthCheckArgs::IP_ADDRESS]) {
        call = call.set_ip_address(new.ip_address.clone());
    }
    if update.any(&[HealthCheckArgs::PORT]) {
        call = call.set_port(small(new.port));
    }
    if update.any(&[HealthCheckArgs::REGIONS]) {
        call = match regions(new) {
            Some(regions) => call.set_regions(Some(regions)),
            None => call.reset_elements(ResettableElementName::Regions),
        };
    }
    if update.any(&[HealthCheckArgs::RESOURCE_PATH]) {
        call = match &new.resource_path {
            Some(path) => call.resource_path(path),
            None => call.reset_elements(ResettableElementName::ResourcePath),
        };
    }
    if update.any(&[HealthCheckArgs::SEARCH_STRING]) {
        call = call.set_search_string(new.search_string.clone());
    }
    call.send().await?;
    Ok(())
}

fn alarm(args: &HealthCheckArgs) -> Result<Option<AlarmIdentifier>> {
    let (Some(name), Some(region)) = (&args.cloudwatch_alarm_name, &args.cloudwatch_alarm_region) else {
        return Ok(None);
    };
    let alarm = AlarmIdentifier::builder().name(name).region(CloudWatchRegion::from(region.as_str()));
    Ok(Some(alarm.build()?))
}

fn regions(args: &HealthCheckArgs) -> Option<Vec<HealthCheckRegion>> {
    let regions = args.regions.as_ref().filter(|regions| !regions.is_empty())?;
    Some(regions.iter().map(|region| HealthCheckRegion::from(region.as_str())).collect())
}

fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}
