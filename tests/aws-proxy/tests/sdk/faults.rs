//! Things that go wrong on the way.

use crate::clients::{Aws, code};
use aws_proxy::Fault;
use aws_sdk_ec2::error::SdkError;
use std::time::{Duration, Instant};

#[tokio::test]
async fn an_error_hits_the_calls_it_is_meant_for() {
    let aws = Aws::start().await;
    aws.fault(Fault::on("ec2", "CreateVpc").nth(2).times(2).error(400, "VpcLimitExceeded", "Too many"));
    let create = || aws.ec2().create_vpc().cidr_block("10.0.0.0/16").send();
    create().await.unwrap();
    aws.ec2().describe_vpcs().send().await.unwrap();
    for _ in 0..2 {
        assert_eq!(code(create().await), "VpcLimitExceeded");
    }
    assert_eq!(aws.faults_left().len(), 0);
    create().await.unwrap();
    let statuses: Vec<_> =
        aws.calls().into_iter().map(|call| (call.operation, call.status, call.code)).collect();
    let refused = ("CreateVpc".to_string(), Some(400), Some("VpcLimitExceeded".to_string()));
    assert_eq!(statuses[1], ("DescribeVpcs".to_string(), Some(200), None));
    assert_eq!(statuses[2..4], [refused.clone(), refused]);
}

#[tokio::test]
async fn an_error_can_be_meant_for_one_resource_or_for_a_whole_service() {
    let aws = Aws::start().await;
    let (one, two) = (aws.vpc().await, aws.vpc().await);
    aws.fault(Fault::on("ec2", "DeleteVpc").when("VpcId", &one).error(400, "DependencyViolation", "In use"));
    let delete = |vpc: &str| aws.ec2().delete_vpc().vpc_id(vpc).send();
    delete(&two).await.unwrap();
    assert_eq!(code(delete(&one).await), "DependencyViolation");
    delete(&one).await.unwrap();
    aws.fault(Fault::on("ec2", "Describe*").always().throttle());
    for _ in 0..2 {
        assert_eq!(code(aws.ec2().describe_vpcs().send().await), "RequestLimitExceeded");
        assert_eq!(code(aws.ec2().describe_subnets().send().await), "RequestLimitExceeded");
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_resource() {
    let aws = Aws::start().await;
    aws.fault(Fault::on("ec2", "CreateInternetGateway").lose_answer());
    aws.fault(Fault::on("ec2", "CreateInternetGateway").nth(2).lose_call());
    let create = || aws.ec2().create_internet_gateway().send();
    for (lost, there) in [(true, 1), (true, 1), (false, 2)] {
        assert_eq!(matches!(create().await, Err(SdkError::DispatchFailure(_))), lost);
        let found = aws.ec2().describe_internet_gateways().send().await.unwrap();
        assert_eq!(found.internet_gateways().len(), there);
    }
    assert_eq!(aws.mutations(), ["ec2:CreateInternetGateway"; 3]);
    let statuses: Vec<_> =
        aws.calls().iter().filter(|call| call.is_mutation()).map(|call| call.status).collect();
    assert_eq!(statuses, [None, None, Some(200)]);
}

#[tokio::test]
async fn a_client_token_answers_the_retry_of_a_lost_answer() {
    let aws = Aws::start().await.retrying();
    let network = aws.network().await;
    aws.fault(Fault::on("ec2", "CreateNatGateway").lose_answer());
    aws.fault(Fault::on("secretsmanager", "CreateSecret").lose_answer());
    let (nat, _) = aws.nat_gateway(&network).await;
    let found = aws.ec2().describe_nat_gateways().send().await.unwrap();
    assert_eq!(found.nat_gateways().len(), 1);
    assert_eq!(found.nat_gateways()[0].nat_gateway_id(), Some(&*nat));
    aws.secrets().create_secret().name("s").secret_string("x").send().await.unwrap();
    assert_eq!(aws.count("ec2", "CreateNatGateway"), 2);
    assert_eq!(aws.count("secretsmanager", "CreateSecret"), 2);
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let aws = Aws::start().await;
    aws.fault(Fault::on("ec2", "DescribeVpcs").delay(Duration::from_millis(300)));
    let start = Instant::now();
    aws.ec2().describe_vpcs().send().await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn an_answer_can_be_no_answer_of_aws() {
    let aws = Aws::start().await;
    aws.fault(Fault::on("ec2", "DescribeVpcs").raw(503, "text/html", "<html>Service Unavailable</html>"));
    let refused = aws.ec2().describe_vpcs().send().await.unwrap_err();
    assert_eq!(refused.raw_response().unwrap().status().as_u16(), 503);
}

#[tokio::test]
async fn the_sdk_retries_what_is_throttled() {
    let aws = Aws::start().await.retrying();
    aws.fault(Fault::on("rds", "*").times(2).throttle());
    aws.rds().describe_db_instances().send().await.unwrap();
    assert_eq!(aws.count("rds", "DescribeDBInstances"), 3);
}

/// Denied and throttled, in the form of every protocol.
#[tokio::test]
async fn every_service_says_no_in_its_own_words() {
    let aws = Aws::start().await;
    let services = [
        "acm",
        "ec2",
        "ecr",
        "ecs",
        "elasticloadbalancing",
        "iam",
        "logs",
        "monitoring",
        "rds",
        "route53",
        "secretsmanager",
        "sts",
    ];
    let ask = async || {
        [
            code(aws.acm().list_certificates().send().await),
            code(aws.ec2().describe_vpcs().send().await),
            code(aws.ecr().describe_repositories().send().await),
            code(aws.ecs().list_clusters().send().await),
            code(aws.elb().describe_load_balancers().send().await),
            code(aws.iam().list_roles().send().await),
            code(aws.logs().describe_log_groups().send().await),
            code(aws.cloudwatch().describe_alarms().send().await),
            code(aws.rds().describe_db_instances().send().await),
            code(aws.route53().list_hosted_zones().send().await),
            code(aws.secrets().list_secrets().send().await),
            code(aws.sts().get_caller_identity().send().await),
        ]
    };
    let codes = |ec2: &'static str, xml: &'static str, json: &'static str| {
        services.map(|service| match service {
            "ec2" => ec2,
            "elasticloadbalancing" | "iam" | "rds" | "route53" | "sts" => xml,
            _ => json,
        })
    };
    services.iter().for_each(|service| aws.fault(Fault::on(service, "*").deny()));
    assert_eq!(ask().await, codes("UnauthorizedOperation", "AccessDenied", "AccessDeniedException"));
    services.iter().for_each(|service| aws.fault(Fault::on(service, "*").throttle()));
    assert_eq!(ask().await, codes("RequestLimitExceeded", "Throttling", "ThrottlingException"));
}
