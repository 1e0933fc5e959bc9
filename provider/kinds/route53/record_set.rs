//! A record as the API has it, and the values in it.

use aws_sdk_route53::types::{
    AliasTarget, GeoLocation, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover,
    ResourceRecordSetRegion, RrType,
};

use super::record::{
    RecordAlias, RecordArgs, RecordFailoverRoutingPolicy, RecordGeolocationRoutingPolicy,
    RecordLatencyRoutingPolicy, RecordObserved, RecordWeightedRoutingPolicy,
};
use super::{name, text};
use crate::aws::error::Result;
use crate::model::Value;

impl RecordArgs {
    /// The record as the API takes it, under its full name.
    pub(super) fn to_aws(&self, full_name: &str) -> Result<ResourceRecordSet> {
        let mut set = ResourceRecordSet::builder()
            .name(full_name)
            .r#type(RrType::from(self.r#type.as_str()))
            .set_ttl(self.ttl)
            .set_set_identifier(self.set_identifier.clone())
            .set_health_check_id(self.health_check_id.clone())
            .set_weight(self.weighted_routing_policies.first().map(|policy| policy.weight))
            .set_multi_value_answer(self.multivalue_answer_routing_policy.filter(|answer| *answer));
        if let Some(alias) = self.aliases.first() {
            let target = AliasTarget::builder()
                .dns_name(&alias.name)
                .hosted_zone_id(name::zone_id(&alias.zone_id))
                .evaluate_target_health(alias.evaluate_target_health);
            set = set.alias_target(target.build()?);
        }
        for value in &self.records {
            set =
                set.resource_records(ResourceRecord::builder().value(written(&self.r#type, value)).build()?);
        }
        if let Some(policy) = self.failover_routing_policies.first() {
            set = set.failover(ResourceRecordSetFailover::from(policy.r#type.as_str()));
        }
        if let Some(policy) = self.latency_routing_policies.first() {
            set = set.region(ResourceRecordSetRegion::from(policy.region.as_str()));
        }
        if let Some(policy) = self.geolocation_routing_policies.first() {
            let place = GeoLocation::builder()
                .set_continent_code(policy.continent.clone())
                .set_country_code(policy.country.clone())
                .set_subdivision_code(policy.subdivision.clone());
            set = set.geo_location(place.build());
        }
        Ok(set.build()?)
    }
}

/// What AWS tells of a record.
pub(super) fn observed(zone_id: &str, set: &ResourceRecordSet) -> RecordObserved {
    let kind = set.r#type().as_str();
    let failover = set.failover().map(|failover| failover.as_str().to_owned());
    let place = set.geo_location().map(|place| RecordGeolocationRoutingPolicy {
        continent: place.continent_code.clone(),
        country: place.country_code.clone(),
        subdivision: place.subdivision_code.clone(),
    });
    let region = set.region().map(|region| region.as_str().to_owned());
    let region = region.map(|region| RecordLatencyRoutingPolicy { region });
    let weight = set.weight.map(|weight| RecordWeightedRoutingPolicy { weight });
    RecordObserved {
        aliases: Some(set.alias_target().into_iter().map(alias).collect()),
        failover_routing_policies: Some(
            failover.map(|r#type| RecordFailoverRoutingPolicy { r#type }).into_iter().collect(),
        ),
        geolocation_routing_policies: Some(place.into_iter().collect()),
        health_check_id: Some(set.health_check_id.clone()),
        latency_routing_policies: Some(region.into_iter().collect()),
        multivalue_answer_routing_policy: Some(set.multi_value_answer.filter(|answer| *answer)),
        name: Some(name::canonical(set.name())),
        records: Some(set.resource_records().iter().map(|record| read(kind, record.value())).collect()),
        set_identifier: Some(set.set_identifier.clone()),
        ttl: Some(set.ttl),
        weighted_routing_policies: Some(weight.into_iter().collect()),
        r#type: Some(kind.to_owned()),
        zone_id: Some(zone_id.to_owned()),
        ..RecordObserved::default()
    }
}

/// Leaves for whom a record is as it is, where no argument is about that: without it, the record
/// would be for everybody.
pub(super) fn keep_untold(there: &ResourceRecordSet, set: &mut ResourceRecordSet) {
    set.cidr_routing_config.clone_from(&there.cidr_routing_config);
    set.geo_proximity_location.clone_from(&there.geo_proximity_location);
    set.traffic_policy_instance_id.clone_from(&there.traffic_policy_instance_id);
}

fn alias(target: &AliasTarget) -> RecordAlias {
    RecordAlias {
        evaluate_target_health: target.evaluate_target_health(),
        name: name::canonical(target.dns_name()),
        zone_id: target.hosted_zone_id().to_owned(),
    }
}

/// Whether two lists have the same values: the order means nothing, nor do a dot at the end, quotes
/// around a text, or the way in which a text or an address is written.
pub(super) fn same_values(actual: &Value, wanted: &Value) -> bool {
    let canonical = |values: &Value| match values.peel() {
        Value::Array(values) => {
            let mut values: Vec<String> = values.iter().filter_map(Value::as_str).map(plain).collect();
            values.sort();
            values
        }
        _ => Vec::new(),
    };
    canonical(actual) == canonical(wanted)
}

fn written(kind: &str, value: &str) -> String {
    if is_text(kind) { text::written(value) } else { value.to_owned() }
}

/// A value as programs give it.
fn read(kind: &str, value: &str) -> String {
    if is_text(kind) { text::read(value) } else { value.to_owned() }
}

fn is_text(kind: &str) -> bool {
    matches!(kind, "TXT" | "SPF")
}

/// The meaning of a value. A text in several parts is one text.
fn plain(value: &str) -> String {
    let value = value.trim();
    if value.contains(['"', '\\']) {
        return String::from_utf8_lossy(&text::meaning(value)).into_owned();
    }
    match value.parse::<std::net::Ipv6Addr>() {
        Ok(address) => address.to_string(),
        Err(_) => value.strip_suffix('.').unwrap_or(value).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_their_meaning() {
        let list = |values: &[&str]| Value::Array(values.iter().map(|value| Value::from(*value)).collect());
        let same = |a: &[&str], b: &[&str]| same_values(&list(a), &list(b));
        assert!(same(&["10.0.0.1", "10.0.0.2"], &["10.0.0.2", "10.0.0.1"]));
        assert!(same(&["a.example."], &["a.example"]));
        assert!(same(&["\"v=spf1 -all\""], &["v=spf1 -all"]));
        assert!(same(&["first\"\"second"], &["\"first\" \"second\""]));
        assert!(same(&["2001:db8::1"], &["2001:0db8:0:0:0:0:0:1"]));
        assert!(same(&[r#"say "hi""#], &[r#""say \"hi\"""#]));
        assert!(!same(&["Token"], &["token"]));
        assert!(!same(&["a"], &["a", "a"]));
    }
}
