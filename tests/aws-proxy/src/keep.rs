//! What moto takes and forgets: the proxy keeps it and shows it.

use crate::call::Call;
use crate::tree;
use crate::wire::{self, Answer};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Settings of a kind of resource.
struct Row {
    service: &'static str,
    /// The field with the id, beside the settings in an answer.
    id: &'static str,
    /// Where a call has the id; empty where only its answer does.
    named: &'static str,
    /// Operations that make a resource anew, and those that change it.
    makes: &'static [&'static str],
    changes: &'static [&'static str],
    /// Operations that show it.
    shows: &'static [&'static str],
    /// Where a call has the setting, and where an answer shows it, with dots between names.
    fields: &'static [(&'static str, &'static str)],
}

const ROWS: &[Row] = &[
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    Row {
        service: "rds",
        id: "DBInstanceIdentifier",
        named: "DBInstanceIdentifier",
        makes: &["CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot"],
        changes: &["ModifyDBInstance"],
        shows: &["DescribeDBInstances"],
        fields: &[
            ("DBPortNumber", "Endpoint.Port"),
            ("DatabaseInsightsMode", "DatabaseInsightsMode"),
            ("EnablePerformanceInsights", "PerformanceInsightsEnabled"),
            ("EngineLifecycleSupport", "EngineLifecycleSupport"),
            ("NetworkType", "NetworkType"),
            ("PerformanceInsightsKMSKeyId", "PerformanceInsightsKMSKeyId"),
            ("PerformanceInsightsRetentionPeriod", "PerformanceInsightsRetentionPeriod"),
        ],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html
    Row {
        service: "rds",
        id: "DBClusterIdentifier",
        named: "DBClusterIdentifier",
        makes: &["CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime"],
        changes: &["ModifyDBCluster"],
        shows: &["DescribeDBClusters"],
        fields: &[
            ("DatabaseInsightsMode", "DatabaseInsightsMode"),
            ("EnablePerformanceInsights", "PerformanceInsightsEnabled"),
            ("PerformanceInsightsKMSKeyId", "PerformanceInsightsKMSKeyId"),
            ("PerformanceInsightsRetentionPeriod", "PerformanceInsightsRetentionPeriod"),
        ],
    },
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    Row {
        service: "acm",
        id: "CertificateArn",
        named: "",
        makes: &["RequestCertificate"],
        changes: &[],
        shows: &["DescribeCertificate"],
        fields: &[
            ("KeyAlgorithm", "KeyAlgorithm"),
            ("ValidationMethod", "DomainValidationOptions.ValidationMethod"),
        ],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html
    Row {
        service: "ec2",
        id: "allocationId",
        named: "",
        makes: &["AllocateAddress"],
        changes: &[],
        shows: &["DescribeAddresses"],
        fields: &[("NetworkBorderGroup", "networkBorderGroup"), ("PublicIpv4Pool", "publicIpv4Pool")],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
    Row {
        service: "ec2",
        id: "subnetId",
        named: "SubnetId",
        makes: &[],
        changes: &["ModifySubnetAttribute"],
        shows: &["DescribeSubnets"],
        fields: &[("PrivateDnsHostnameTypeOnLaunch", "privateDnsNameOptionsOnLaunch.hostnameType")],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
    Row {
        service: "ec2",
        id: "natGatewayId",
        named: "",
        makes: &["CreateNatGateway"],
        changes: &[],
        shows: &["DescribeNatGateways"],
        fields: &[("PrivateIpAddress", "natGatewayAddressSet.item.privateIp")],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
    Row {
        service: "ec2",
        id: "vpcEndpointId",
        named: "VpcEndpointId",
        makes: &[],
        changes: &["ModifyVpcEndpoint"],
        shows: &["DescribeVpcEndpoints"],
        fields: ENDPOINT,
    },
    Row {
        service: "ec2",
        id: "vpcEndpointId",
        named: "",
        makes: &["CreateVpcEndpoint"],
        changes: &[],
        shows: &["DescribeVpcEndpoints"],
        fields: ENDPOINT,
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBProxy.html
    Row {
        service: "rds",
        id: "DBProxyName",
        named: "DBProxyName",
        makes: &["CreateDBProxy"],
        changes: &["ModifyDBProxy"],
        shows: &["DescribeDBProxies"],
        fields: &[("DefaultAuthScheme", "DefaultAuthScheme")],
    },
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfigurationInfo.html
    Row {
        service: "rds",
        id: "DBProxyName",
        named: "DBProxyName",
        makes: &[],
        changes: &["ModifyDBProxyTargetGroup"],
        shows: &["DescribeDBProxyTargetGroups"],
        fields: &[("ConnectionPoolConfig.InitQuery", "ConnectionPoolConfig.InitQuery")],
    },
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    Row {
        service: "ec2",
        id: "securityGroupRuleId",
        named: "SecurityGroupRule.0.SecurityGroupRuleId",
        makes: &[],
        changes: &["ModifySecurityGroupRules"],
        shows: &["DescribeSecurityGroupRules"],
        fields: &[
            ("SecurityGroupRule.0.SecurityGroupRule.CidrIpv6", "cidrIpv6"),
            ("SecurityGroupRule.0.SecurityGroupRule.PrefixListId", "prefixListId"),
            ("SecurityGroupRule.0.SecurityGroupRule.ReferencedGroupId", "referencedGroupInfo.groupId"),
        ],
    },
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
    Row {
        service: "logs",
        id: "logGroupName",
        named: "logGroupName",
        makes: &["CreateLogGroup"],
        changes: &["AssociateKmsKey", "DisassociateKmsKey"],
        shows: &["DescribeLogGroups"],
        fields: &[("kmsKeyId", "kmsKeyId"), ("logGroupClass", "logGroupClass")],
    },
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricFilter.html
    Row {
        service: "logs",
        id: "filterName",
        named: "filterName",
        makes: &["PutMetricFilter"],
        changes: &[],
        shows: &["DescribeMetricFilters"],
        fields: &[("applyOnTransformedLogs", "applyOnTransformedLogs")],
    },
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTarget.html
    Row {
        service: "application-autoscaling",
        id: "ScalableTargetARN",
        named: "",
        makes: &[],
        changes: &["RegisterScalableTarget"],
        shows: &["DescribeScalableTargets"],
        fields: &[("RoleARN", "RoleARN")],
    },
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
    Row {
        service: "monitoring",
        id: "AlarmName",
        named: "AlarmName",
        makes: &["PutMetricAlarm"],
        changes: &[],
        shows: &["DescribeAlarms"],
        fields: &[("ThresholdMetricId", "ThresholdMetricId")],
    },
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html
    Row {
        service: "elasticloadbalancing",
        id: "ListenerArn",
        named: "ListenerArn",
        makes: &[],
        changes: &["ModifyListener"],
        shows: &["DescribeListeners"],
        fields: &[("AlpnPolicy", "AlpnPolicy.member")],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
    Row {
        service: "ecs",
        id: "serviceArn",
        named: "",
        makes: &["CreateService"],
        changes: &["UpdateService"],
        shows: &["CreateService", "UpdateService", "DescribeServices"],
        fields: &[
            ("deploymentConfiguration.alarms", "deploymentConfiguration.alarms"),
            ("serviceConnectConfiguration", "deployments.serviceConnectConfiguration"),
            ("serviceRegistries", "serviceRegistries"),
        ],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AutoScalingGroupProviderUpdate.html
    Row {
        service: "ecs",
        id: "capacityProviderArn",
        named: "",
        makes: &["CreateCapacityProvider"],
        changes: &["UpdateCapacityProvider"],
        shows: &["CreateCapacityProvider", "UpdateCapacityProvider", "DescribeCapacityProviders"],
        fields: &[("autoScalingGroupProvider.managedDraining", "autoScalingGroupProvider.managedDraining")],
    },
    // https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
    Row {
        service: "cloudfront",
        id: "Id",
        named: "",
        makes: &["CreateDistributionWithTags"],
        changes: &["UpdateDistribution"],
        shows: &["CreateDistributionWithTags", "UpdateDistribution", "GetDistribution"],
        fields: &[
            ("DistributionConfig.CacheBehaviors", "DistributionConfig.CacheBehaviors"),
            ("DistributionConfig.DefaultCacheBehavior", "DistributionConfig.DefaultCacheBehavior"),
            ("DistributionConfig.Origins", "DistributionConfig.Origins"),
            ("CacheBehaviors", "DistributionConfig.CacheBehaviors"),
            ("DefaultCacheBehavior", "DistributionConfig.DefaultCacheBehavior"),
            ("Origins", "DistributionConfig.Origins"),
        ],
    },
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    Row {
        service: "ecs",
        id: "taskDefinitionArn",
        named: "",
        makes: &["RegisterTaskDefinition"],
        changes: &[],
        shows: &["RegisterTaskDefinition", "DescribeTaskDefinition"],
        fields: &[("enableFaultInjection", "enableFaultInjection")],
    },
];

const ENDPOINT: &[(&str, &str)] = &[
    ("DnsOptions.DnsRecordIpType", "dnsOptions.dnsRecordIpType"),
    (
        "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint",
        "dnsOptions.privateDnsOnlyForInboundResolverEndpoint",
    ),
    ("IpAddressType", "ipAddressType"),
    ("PrivateDnsEnabled", "privateDnsEnabled"),
];

/// Operations that moto does not know, and that do nothing else than to set something.
const UNKNOWN: &[(&str, &str)] = &[("logs", "AssociateKmsKey"), ("logs", "DisassociateKmsKey")];

/// The settings by service, region and id.
#[derive(Debug, Default)]
pub struct Kept(HashMap<(&'static str, String, String), Map<String, Value>>);

/// Whether the answer to this call may have to be read or changed.
pub fn concerns(call: &Call) -> bool {
    let all = |row: &Row| [row.makes, row.changes, row.shows].concat();
    ROWS.iter().any(|row| row.service == call.service && all(row).contains(&call.operation.as_str()))
}

impl Kept {
    /// The answer to an operation that moto does not know.
    pub fn answer(&mut self, call: &Call) -> Option<Answer> {
        UNKNOWN.iter().find(|(service, operation)| call.is(service, operation))?;
        self.after(call, &mut Value::Null);
        Some(wire::success(call.protocol, &call.operation, Value::Object(Map::new())))
    }

    /// Keeps what a call that was made says, and shows in its answer what earlier ones said.
    pub fn after(&mut self, call: &Call, answer: &mut Value) {
        for row in ROWS.iter().filter(|row| row.service == call.service) {
            let among = |operations: &[&str]| operations.contains(&call.operation.as_str());
            if among(row.makes) || among(row.changes) {
                self.keep(row, call, answer, among(row.makes));
            }
            if among(row.shows) {
                tree::change(answer, row.id, &mut |node| {
                    let key = (row.service, call.region.clone(), tree::text(node, row.id));
                    for (path, value) in self.0.get(&key).into_iter().flatten() {
                        put(node, path, value);
                    }
                });
            }
        }
    }

    fn keep(&mut self, row: &Row, call: &Call, answer: &Value, is_new: bool) {
        let id = match row.named {
            "" => tree::nodes(answer, row.id).first().map(|node| tree::text(node, row.id)),
            named => at(&call.params, named).map(tree::as_text),
        };
        let kept = self.0.entry((row.service, call.region.clone(), id.unwrap_or_default())).or_default();
        if is_new {
            kept.clear();
        }
        // The one that takes something away.
        if call.operation == "DisassociateKmsKey" {
            kept.remove("kmsKeyId");
        }
        for (from, to) in row.fields {
            if let Some(value) = at(&call.params, from) {
                kept.insert((*to).to_string(), value.clone());
            }
        }
    }
}

/// What is at a dotted path, with numbers for the items of lists.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    value.pointer(&format!("/{}", path.replace('.', "/"))).filter(|value| !value.is_null())
}

/// Sets what is at a dotted path, in each item where there is a list on the way.
fn put(node: &mut Value, path: &str, value: &Value) {
    if let Value::Array(items) = node {
        return items.iter_mut().for_each(|item| put(item, path, value));
    }
    let Value::Object(fields) = node else { return };
    match path.split_once('.') {
        None => drop(fields.insert(path.to_string(), value.clone())),
        Some((first, rest)) => {
            let inner = fields.entry(first).or_insert(Value::Null);
            if !inner.is_object() && !inner.is_array() {
                *inner = Value::Object(Map::new());
            }
            put(inner, rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_setting_is_put_where_answers_show_it() {
        let mut node = json!({"Id": "a", "Options": [{"x": 1}, {}]});
        put(&mut node, "Options.Method", &json!("DNS"));
        put(&mut node, "State.Code", &json!("ok"));
        let options = json!([{"x": 1, "Method": "DNS"}, {"Method": "DNS"}]);
        assert_eq!(node, json!({"Id": "a", "Options": options, "State": {"Code": "ok"}}));
    }
}
