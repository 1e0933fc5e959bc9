//! The ways from a network to services of AWS that lead past the internet, and the record of what
//! passes through it.

use super::{NetworkInput, Places, at_network};
use crate::aws::clients::partition;
use crate::components::policy::{allow, attach, policy, role};
use crate::components::{Child, Options, Scope, edge};
use crate::kinds::cloudwatch::{LogGroup, LogGroupInputs};
use crate::kinds::ec2::{FlowLog, FlowLogInputs, VpcEndpoint, VpcEndpointInputs};
use crate::model::{Failures, In, Model};

/// The flow log settings of a network.
#[derive(Clone, Debug, Model)]
pub struct NetworkFlowLogs {
    /// The traffic to record.
    #[model(default = "ALL", one_of = ["ACCEPT", "REJECT", "ALL"])]
    pub traffic_type: String,
    /// The maximum aggregation interval in seconds, during which packets are aggregated into one
    /// record.
    #[model(default = 600, numbers = [60, 600])]
    pub max_aggregation_interval: i64,
    /// The number of days to retain the records in CloudWatch Logs. 0 retains them indefinitely.
    #[model(default = 30, numbers = crate::kinds::cloudwatch::RETENTION_DAYS)]
    pub retention_in_days: i64,
    /// The ARN of an S3 bucket, with an optional folder, that receives the records. The bucket
    /// policy must allow the delivery. If omitted, the records are sent to a log group in
    /// CloudWatch Logs.
    #[model(check = check_bucket)]
    pub bucket_arn: Option<String>,
}

/// The services whose gateway endpoints route tables lead to. They cost nothing.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
const GATEWAYS: [&str; 2] = ["s3", "dynamodb"];

/// What tasks in subnets without a way out need to start: their image, and a place for their logs.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
pub const FOR_TASKS: [&str; 4] = ["ecr.api", "ecr.dkr", "s3", "logs"];

/// Makes the endpoints of a network, and gives what must be there before they are of use.
pub fn endpoints(at: &Scope, network: &NetworkInput, places: &Places) -> Vec<String> {
    let wanted: Vec<&String> = network.endpoints.get().into_iter().flatten().filter_map(In::get).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let has_interfaces = wanted.iter().any(|service| !GATEWAYS.contains(&service.as_str()));
    let group = has_interfaces.then(|| {
        let group = edge::closed_group(at, "endpoints-sg", places.vpc_id.clone(), "VPC endpoints");
        let rule = edge::open_to_range(at, "endpoints-sg-vpc", &group.id, 443, places.cidr_block.clone());
        (group, rule.urn)
    });
    let region = at.region().unwrap_or_default();
    let mut needed: Vec<String> = group.iter().map(|(_, rule)| rule.clone()).collect();
    for service in wanted {
        let is_gateway = GATEWAYS.contains(&service.as_str());
        let common = VpcEndpointInputs {
            service_name: format!("com.amazonaws.{region}.{service}").into(),
            vpc_id: places.vpc_id.clone(),
            ..VpcEndpointInputs::default()
        };
        let inputs = match (&group, is_gateway) {
            (Some((group, _)), false) => VpcEndpointInputs {
                vpc_endpoint_type: "Interface".into(),
                private_dns_enabled: true.into(),
                security_group_ids: In::list([group.id.clone()]),
                subnet_ids: places.private_each.clone(),
                ..common
            },
            _ => VpcEndpointInputs {
                vpc_endpoint_type: "Gateway".into(),
                route_table_ids: places.all_tables.clone(),
                ..common
            },
        };
        let label = format!("endpoint-{}", service.replace('.', "-"));
        needed.push(at.child::<VpcEndpoint>(&label, inputs, Options::shown()).urn);
    }
    needed
}

/// Records what passes through a network, where the program asks for that.
pub fn flow_logs(at: &Scope, network: &NetworkInput, places: &Places) {
    let Some(wanted) = network.flow_logs.get() else { return };
    let common = FlowLogInputs {
        vpc_id: places.vpc_id.clone(),
        traffic_type: wanted.traffic_type.clone(),
        max_aggregation_interval: wanted.max_aggregation_interval.clone(),
        ..FlowLogInputs::default()
    };
    let inputs = if wanted.bucket_arn.is_set() {
        FlowLogInputs {
            log_destination: wanted.bucket_arn.clone(),
            log_destination_type: "s3".into(),
            ..common
        }
    } else {
        let group = LogGroupInputs {
            retention_in_days: wanted.retention_in_days.clone(),
            ..LogGroupInputs::default()
        };
        let group: Child<LogGroup> = at.child("flow-logs", group, Options::default());
        let role = role(at, "flow-logs-role", "vpc-flow-logs.amazonaws.com");
        // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        let streams = group.out.arn.clone().map(|arn| vec![format!("{arn}:*")]);
        let region = at.region().unwrap_or("*");
        let groups = format!("arn:{}:logs:{region}:*:log-group:*", partition(region));
        let statements = [
            allow(&["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], streams),
            allow(&["logs:DescribeLogGroups"], In::known(vec![groups])),
        ];
        let attached = attach(at, "flow-logs-policy", &role, policy(statements));
        FlowLogInputs {
            log_destination: group.out.arn.clone(),
            iam_role_arn: role.out.arn.clone().depending_on([&attached.urn]),
            ..common
        }
    };
    at.child::<FlowLog>("flow-log", inputs, Options::shown());
}

/// What must hold between endpoints.
pub fn rules(network: &NetworkInput, failures: &mut Failures) {
    let given: Vec<&String> = network.endpoints.get().into_iter().flatten().filter_map(In::get).collect();
    for (index, service) in given.iter().enumerate() {
        if given[..index].contains(service) {
            let at = at_network().key(super::Network::ENDPOINTS).index(index);
            failures.add(at, format!("is {service:?}, which is given twice; give each service once"));
        }
    }
}

/// The name of a service, as its endpoint is called behind the region.
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>
pub fn check_service(name: &str) -> Result<(), String> {
    if let Some((_, own)) = name.strip_prefix("com.amazonaws.").and_then(|rest| rest.split_once('.')) {
        return Err(format!("is {name:?}; give the name behind the region: {own:?}"));
    }
    if name == "ecr" {
        return Err("is \"ecr\"; give \"ecr.api\" and \"ecr.dkr\", which images need both".to_owned());
    }
    let is_legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    match !name.is_empty() && name.chars().all(is_legal) {
        true => Ok(()),
        false => Err(format!("is {name:?}; give the name of a service, such as ecr.api, logs or s3")),
    }
}

fn check_bucket(arn: &str) -> Result<(), String> {
    match arn.starts_with("arn:") && arn.split(':').nth(2) == Some("s3") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of an S3 bucket")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_service_is_named_as_behind_the_region() {
        assert!(check_service("ecr.api").is_ok() && check_service("s3").is_ok());
        let whole = check_service("com.amazonaws.eu-west-1.ecr.api").unwrap_err();
        assert!(whole.ends_with("give the name behind the region: \"ecr.api\""), "{whole}");
        assert!(check_service("ecr").unwrap_err().contains("ecr.dkr"));
        assert!(check_service("S3").is_err() && check_bucket("logs").is_err());
        assert!(check_bucket("arn:aws:s3:::logs/vpc/").is_ok());
    }

    #[test]
    fn a_service_is_given_once() {
        let network = NetworkInput {
            endpoints: In::list(["s3", "logs", "s3"].map(In::from)),
            ..NetworkInput::default()
        };
        let mut failures = Failures::new();
        rules(&network, &mut failures);
        assert!(failures.to_string().starts_with("network.endpoints[2]: is \"s3\", which is given twice"));
    }
}
