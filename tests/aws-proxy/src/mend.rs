//! Where moto does something else than AWS says, and what follows from it.

use crate::call::{Call, Http};
use crate::moto::Moto;
use crate::refuse;
use crate::tree::{self, nodes, text, texts};
use crate::wire::{self, Answer, AwsError};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Defaults that moto does not know:
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>.
const DEFAULTS: [(&str, &str, &str, &str); 2] = [
    ("ec2", "CreateVpcEndpoint", "VpcEndpointType", "Gateway"),
    ("elasticloadbalancing", "CreateLoadBalancer", "Scheme", "internet-facing"),
];

/// The request as moto understands it.
pub fn request(call: &Call) -> Http {
    let mut http = call.http.clone();
    // moto has one of the two operations that change a cluster's settings:
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html
    if call.is("ecs", "UpdateClusterSettings") {
        let target =
            hyper::header::HeaderValue::from_static("AmazonEC2ContainerServiceV20141113.UpdateCluster");
        http.headers.insert("x-amz-target", target);
    }
    // SDKs leave out a flag that is false by default; moto takes that for no change:
    // https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanningConfiguration.html
    let scanning = "imageScanningConfiguration";
    if call.is("ecr", "PutImageScanningConfiguration") && call.params[scanning]["scanOnPush"].is_null() {
        let mut params = call.params.clone();
        params[scanning]["scanOnPush"] = json!(false);
        http.body = params.to_string().into();
    }
    // moto fails where AWS takes the default group of the VPC:
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    if call.is("ecs", "CreateService") || call.is("ecs", "UpdateService") {
        let at = "/networkConfiguration/awsvpcConfiguration";
        let mut params = call.params.clone();
        if let Some(network) = params.pointer_mut(at).filter(|network| network["securityGroups"].is_null()) {
            network["securityGroups"] = json!([]);
            http.body = params.to_string().into();
        }
    }
    for (service, operation, param, value) in DEFAULTS {
        if call.is(service, operation) && call.text(param).is_empty() {
            http.body = [&http.body, format!("&{param}={value}").as_bytes()].concat().into();
        }
    }
    http
}

/// Read replicas that are none any more, by region and name; moto goes on
/// showing their source.
pub type Promoted = HashSet<(String, String)>;

/// What has to happen before a call; answers with the replicas that it promotes.
pub async fn before(moto: &Moto, call: &Call) -> Vec<String> {
    let mut promoted = Vec::new();
    if call.is("rds", "PromoteReadReplica") {
        promoted.push(call.text("DBInstanceIdentifier"));
    }
    // "If you delete a source DB instance without deleting its read replicas in the same
    // AWS Region, each read replica is promoted to a standalone DB instance":
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html
    if call.is("rds", "DeleteDBInstance") {
        let source = call.text("DBInstanceIdentifier");
        let params = json!({"DBInstanceIdentifier": source});
        let found = moto.ask(call, "rds", "DescribeDBInstances", params).await;
        let protected = texts(&found, "DeletionProtection").iter().any(|flag| flag == "true");
        for replica in texts(&found, "ReadReplicaDBInstanceIdentifier").iter().filter(|_| !protected) {
            let params = json!({"DBInstanceIdentifier": replica});
            moto.ask(call, "rds", "PromoteReadReplica", params).await;
            promoted.push(replica.clone());
        }
    }
    // A resource has one web ACL at most, and associating another takes its place:
    // https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
    if call.is("wafv2", "AssociateWebACL") {
        let params = json!({"ResourceArn": call.text("ResourceArn")});
        moto.ask(call, "wafv2", "DisassociateWebACL", params).await;
    }
    // "You can reorder the rules as long as there are no priority conflicts in the new order";
    // moto minds the places that the same call makes free:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html
    if call.is("elasticloadbalancing", "SetRulePriorities") {
        let rules = texts(&call.params, "RuleArn");
        for (index, rule) in rules.iter().enumerate().filter(|_| rules.len() > 1) {
            let aside = json!({
                "RulePriorities.member.1.RuleArn": rule,
                "RulePriorities.member.1.Priority": 49_000 + index,
            });
            moto.ask(call, "elasticloadbalancing", "SetRulePriorities", aside).await;
        }
    }
    promoted
}

/// What follows from a call that was made.
pub async fn after(moto: &Moto, call: &Call) {
    // "Deleting a NAT gateway disassociates its Elastic IP address", and its interface goes:
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html
    if call.is("ec2", "DeleteNatGateway") {
        let params = json!({"NatGatewayId.1": call.text("NatGatewayId")});
        let gateway = moto.ask(call, "ec2", "DescribeNatGateways", params).await;
        for association in texts(&gateway, "associationId") {
            moto.ask(call, "ec2", "DisassociateAddress", json!({"AssociationId": association})).await;
        }
        for interface in texts(&gateway, "networkInterfaceId") {
            moto.ask(call, "ec2", "DeleteNetworkInterface", json!({"NetworkInterfaceId": interface})).await;
        }
    }
    // A bucket has the tags that it is made with, which moto leaves out:
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    if call.is("s3", "CreateBucket") && !call.params["Tags"].is_null() {
        let set = json!({"Tagging": {"TagSet": call.params["Tags"]}});
        let target = format!("/{}?tagging", call.text("Bucket"));
        moto.send(&Http { target, body: tree::to_xml(&set).into(), ..call.http.clone() }).await;
    }
}

/// Whether [`answer`] has something to do.
pub fn concerns(call: &Call) -> bool {
    call.is("acm", "DescribeCertificate") || call.is("s3", "GetBucketVersioning") || call.service == "rds"
}

/// Puts an answer right.
pub async fn answer(moto: &Moto, call: &Call, promoted: &Promoted, tree: &mut Value) {
    forget_sources(call, promoted, tree);
    // moto names the document after the operation:
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
    if let Some(document) = tree.get_mut("GetBucketVersioningResponse") {
        *tree = tree::object("VersioningConfiguration", document.take());
    }
    // moto lists listeners, and those that are gone too; AWS lists load balancers:
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
    if call.is("acm", "DescribeCertificate") {
        let arn = nodes(tree, "CertificateArn").first().map(|node| text(node, "CertificateArn"));
        let users = refuse::certificate_users(moto, call, &arn.unwrap_or_default()).await;
        tree::change(tree, "CertificateArn", &mut |node| node["InUseBy"] = json!(users));
    }
}

/// Shows promoted replicas as what they are now.
pub fn forget_sources(call: &Call, promoted: &Promoted, tree: &mut Value) {
    tree::change(tree, "DBInstanceStatus", &mut |node| {
        let is_promoted = |name: &str| promoted.contains(&(call.region.clone(), name.to_string()));
        if is_promoted(&text(node, "DBInstanceIdentifier")) {
            tree::set(node, "ReadReplicaSourceDBInstanceIdentifier", "");
        }
        let replicas = &mut node["ReadReplicaDBInstanceIdentifiers"];
        if !replicas.is_null() {
            let mut names = texts(replicas, "ReadReplicaDBInstanceIdentifier");
            names.retain(|name| !is_promoted(name));
            *replicas = json!({"ReadReplicaDBInstanceIdentifier": names});
        }
    });
}

/// An error as AWS says it; one of moto's own code as one that clients do not retry and that says
/// what it is.
pub fn failure(call: &Call, answer: Answer) -> Answer {
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html
    // and the page of DeregisterScalableTarget.
    if call.service == "application-autoscaling" && call.operation.starts_with("De") {
        let message = text(&wire::parse(call.protocol, &answer.body), "message");
        if message.starts_with("No scal") {
            let error = AwsError::new(400, "ObjectNotFoundException", message);
            return wire::error(call.protocol, &call.service, &error);
        }
    }
    // https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
    if call.is("wafv2", "CreateWebACL") {
        let parsed = wire::parse(call.protocol, &answer.body);
        if text(&parsed, "__type") == "WafV2DuplicateItem" {
            let error = AwsError::new(400, "WAFDuplicateItemException", text(&parsed, "message"));
            return wire::error(call.protocol, &call.service, &error);
        }
    }
    let is_page =
        answer.headers.get("content-type").is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    // An answer to `HEAD` has no body that could be a page.
    let is_bare = call.operation.starts_with("Head");
    if (is_bare || !is_page) && answer.status != 502 {
        return answer;
    }
    let message = format!(
        "moto does not do this ({} {}); AGENTIC_MOTO_LOG=<file> keeps its reasons",
        call.service, call.operation
    );
    wire::error(call.protocol, &call.service, &AwsError::new(400, "LocalAwsFailure", message))
}
