//! What AWS refuses and moto does not: what is to be in two VPCs, what is to move from one into
//! another, and target groups behind two load balancers.

use crate::call::Call;
use crate::moto::Moto;
use crate::tree::{leaves, nodes, text, texts};
use crate::wire::AwsError;
use serde_json::{Value, json};

const ELB: &str = "elasticloadbalancing";

/// The refusal of what is in several VPCs, or in another one than before.
pub async fn refusal(moto: &Moto, call: &Call) -> Option<AwsError> {
    let name = |param: &str| json!({ param: call.text(param) });
    match (call.service.as_str(), call.operation.as_str()) {
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
        ("rds", "ModifyDBSubnetGroup") => {
            let group = moto.ask(call, "rds", "DescribeDBSubnetGroups", name("DBSubnetGroupName")).await;
            other_vpc(moto, call, &group, "subnet group").await
        }
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheSubnetGroup.html
        ("elasticache", "ModifyCacheSubnetGroup") => {
            let params = name("CacheSubnetGroupName");
            let group = moto.ask(call, "elasticache", "DescribeCacheSubnetGroups", params).await;
            other_vpc(moto, call, &group, "cache subnet group").await
        }
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html
        (ELB, "SetSubnets" | "SetSecurityGroups") => {
            let params = json!({"LoadBalancerArns.member.1": call.text("LoadBalancerArn")});
            let balancer = moto.ask(call, ELB, "DescribeLoadBalancers", params).await;
            let (vpc, asked) = (text(*nodes(&balancer, "VpcId").first()?, "VpcId"), vpcs(moto, call).await);
            asked
                .iter()
                .any(|asked| *asked != vpc)
                .then(|| invalid(&format!("the load balancer is in {vpc}")))
        }
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
        (ELB, "CreateLoadBalancer") => {
            let asked = vpcs(moto, call).await;
            let first = asked.first()?;
            asked.iter().any(|vpc| vpc != first).then(|| invalid("they are in several VPCs"))
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
        ("rds", "CreateDBInstance" | "CreateDBCluster") if !call.text("DBSubnetGroupName").is_empty() => {
            let group = moto.ask(call, "rds", "DescribeDBSubnetGroups", name("DBSubnetGroupName")).await;
            let (vpc, asked) = (text(*nodes(&group, "VpcId").first()?, "VpcId"), vpcs(moto, call).await);
            let other = asked.into_iter().find(|asked| *asked != vpc)?;
            let message = format!(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in {vpc} and \
                 the EC2 security group is in {other}"
            );
            Some(AwsError::new(400, "InvalidParameterCombination", message))
        }
        (ELB, "CreateListener" | "ModifyListener" | "CreateRule" | "ModifyRule") => shared(moto, call).await,
        ("ecs", "CreateService") => unreached(moto, call).await,
        _ => None,
    }
}

/// A target group goes with one load balancer.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html>
async fn shared(moto: &Moto, call: &Call) -> Option<AwsError> {
    let groups = texts(&call.params, "TargetGroupArn");
    let own = ["LoadBalancerArn", "ListenerArn", "RuleArn"].map(|param| balancer_of(&call.text(param)));
    let own = own.into_iter().find(|name| !name.is_empty())?;
    let balancers = moto.ask(call, ELB, "DescribeLoadBalancers", json!({})).await;
    for arn in texts(&balancers, "LoadBalancerArn").into_iter().filter(|arn| balancer_of(arn) != own) {
        let used = target_groups(moto, call, &arn).await;
        if let Some(group) = groups.iter().find(|group| used.contains(group)) {
            let message = format!(
                "The following target groups cannot be associated with more than one load balancer: {group}"
            );
            return Some(AwsError::new(400, "TargetGroupAssociationLimit", message));
        }
    }
    None
}

/// A service is registered with a target group only once a load balancer forwards to it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>
async fn unreached(moto: &Moto, call: &Call) -> Option<AwsError> {
    let mut groups = texts(call.params.get("loadBalancers")?, "targetGroupArn");
    groups.retain(|group| !group.is_empty());
    if groups.is_empty() {
        return None;
    }
    let balancers = moto.ask(call, ELB, "DescribeLoadBalancers", json!({})).await;
    for arn in texts(&balancers, "LoadBalancerArn") {
        let used = target_groups(moto, call, &arn).await;
        groups.retain(|group| !used.contains(group));
    }
    let group = groups.first()?;
    let message =
        format!("The target group with targetGroupArn {group} does not have an associated load balancer.");
    Some(AwsError::new(400, "InvalidParameterException", message))
}

/// The target groups that listeners and rules of a load balancer forward to.
async fn target_groups(moto: &Moto, call: &Call, balancer: &str) -> Vec<String> {
    let listeners = moto.ask(call, ELB, "DescribeListeners", json!({"LoadBalancerArn": balancer})).await;
    let mut used = texts(&listeners, "TargetGroupArn");
    for listener in texts(&listeners, "ListenerArn") {
        let rules = moto.ask(call, ELB, "DescribeRules", json!({"ListenerArn": listener})).await;
        used.extend(texts(&rules, "TargetGroupArn"));
    }
    used
}

/// What tells a load balancer, `app/web/50dc6c`, in its ARN and in those of its listeners and rules.
fn balancer_of(arn: &str) -> String {
    let path = arn.rsplit(':').next().unwrap_or_default();
    path.split('/').skip(1).take(3).collect::<Vec<_>>().join("/")
}

async fn other_vpc(moto: &Moto, call: &Call, group: &Value, what: &str) -> Option<AwsError> {
    let vpc = text(*nodes(group, "VpcId").first()?, "VpcId");
    let asked = vpcs(moto, call).await;
    asked.iter().any(|asked| *asked != vpc).then(|| {
        let message = format!("The new Subnets are not in the same Vpc as the existing {what}");
        AwsError::new(400, "InvalidParameterValue", message)
    })
}

fn invalid(why: &str) -> AwsError {
    let message = format!("One or more subnets or security groups are invalid: {why}");
    AwsError::new(400, "InvalidConfigurationRequest", message)
}

/// The VPCs of all subnets and security groups that a call names.
async fn vpcs(moto: &Moto, call: &Call) -> Vec<String> {
    let mut named = Vec::new();
    leaves(&call.params, &mut named);
    let mut vpcs = Vec::new();
    for (prefix, operation, id) in
        [("subnet-", "DescribeSubnets", "subnetId"), ("sg-", "DescribeSecurityGroups", "groupId")]
    {
        if !named.iter().any(|name| name.starts_with(prefix)) {
            continue;
        }
        let all = moto.ask(call, "ec2", operation, json!({})).await;
        let asked = nodes(&all, id).into_iter().filter(|node| named.contains(&text(node, id)));
        vpcs.extend(asked.flat_map(|node| texts(node, "vpcId")));
    }
    vpcs
}
