//! A refresh of many resources of one kind asks AWS for as many at a time as AWS tells of.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_ec2::types::{DomainType, IpPermission, IpRange};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use futures::future::join_all;

use crate::stage::{REGION, Stage, kind};

/// How many there are of a kind. What a refresh of a thousand may take in all is fifteen calls.
const MANY: usize = 300;
const MOST: usize = 15 * MANY / 1000;

/// The calls of reading all of these at the same moment, by operation.
async fn calls(stage: &Stage, token: &str, ids: &[String]) -> BTreeMap<String, usize> {
    stage.clients.account_id().await.unwrap();
    stage.aws.clear();
    let read = ids.iter().map(async |id| {
        let found = kind(token).read(&stage.cx(id), id, None, None).await;
        assert!(found.unwrap().is_some(), "{token}: {id} is not found");
    });
    join_all(read).await;
    let mut made = BTreeMap::new();
    for call in stage.aws.calls() {
        *made.entry(call.name()).or_default() += 1;
    }
    made
}

async fn is_read_in_few_calls(stage: &Stage, token: &str, ids: &[String]) {
    assert_eq!(ids.len(), MANY);
    let made = calls(stage, token, ids).await;
    let all: usize = made.values().sum();
    assert!(all <= MOST, "{MANY} times {token} take {all} calls: {made:?}");
}

/// Makes one after the other: moto takes one request at a time in any case.
async fn made<R: Future<Output = Option<String>>>(make: impl Fn(usize) -> R) -> Vec<String> {
    let mut ids = Vec::new();
    for at in 0..MANY {
        ids.push(make(at).await.unwrap());
    }
    ids
}

#[tokio::test]
async fn networks() {
    let stage = Stage::new().await;
    let ec2: aws_sdk_ec2::Client = stage.clients.client(None).unwrap();
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let vpc = vpc.vpc.unwrap().vpc_id.unwrap();

    let subnets = made(async |at| {
        let range = format!("10.0.{}.{}/28", at / 16, at % 16 * 16);
        let call = ec2.create_subnet().vpc_id(&vpc).cidr_block(range);
        call.availability_zone(format!("{REGION}a")).send().await.unwrap().subnet?.subnet_id
    })
    .await;
    is_read_in_few_calls(&stage, "agentic:ec2:Subnet", &subnets).await;

    let tables = made(async |_| {
        ec2.create_route_table().vpc_id(&vpc).send().await.unwrap().route_table?.route_table_id
    })
    .await;
    is_read_in_few_calls(&stage, "agentic:ec2:RouteTable", &tables).await;

    let gateway = ec2.create_internet_gateway().send().await.unwrap();
    let gateway = gateway.internet_gateway.unwrap().internet_gateway_id.unwrap();
    ec2.attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.unwrap();
    for (table, subnet) in tables.iter().zip(&subnets) {
        let route = ec2.create_route().route_table_id(table).gateway_id(&gateway);
        route.destination_cidr_block("0.0.0.0/0").send().await.unwrap();
        ec2.associate_route_table().route_table_id(table).subnet_id(subnet).send().await.unwrap();
    }
    let routes: Vec<_> = tables.iter().map(|table| format!("{table}_0.0.0.0/0")).collect();
    is_read_in_few_calls(&stage, "agentic:ec2:Route", &routes).await;
    is_read_in_few_calls(&stage, "agentic:ec2:RouteTableAssociation", &subnets).await;

    let groups = made(async |at| {
        let call = ec2.create_security_group().group_name(format!("group-{at}")).description("many");
        call.vpc_id(&vpc).send().await.unwrap().group_id
    })
    .await;
    is_read_in_few_calls(&stage, "agentic:ec2:SecurityGroup", &groups).await;

    let rules = made(async |at| {
        let range = IpRange::builder().cidr_ip(format!("10.1.{}.{}/32", at / 256, at % 256)).build();
        let opens = IpPermission::builder().ip_protocol("tcp").from_port(443).to_port(443).ip_ranges(range);
        let call = ec2.authorize_security_group_ingress().group_id(&groups[at]).ip_permissions(opens.build());
        call.send().await.unwrap().security_group_rules?.pop()?.security_group_rule_id
    })
    .await;
    is_read_in_few_calls(&stage, "agentic:ec2:SecurityGroupIngressRule", &rules).await;

    let addresses =
        made(async |_| ec2.allocate_address().domain(DomainType::Vpc).send().await.unwrap().allocation_id)
            .await;
    is_read_in_few_calls(&stage, "agentic:ec2:Eip", &addresses).await;
}

#[tokio::test]
async fn databases() {
    let stage = Stage::new().await;
    let rds: aws_sdk_rds::Client = stage.clients.client(None).unwrap();
    let databases = made(async |at| {
        let call = rds.create_db_instance().db_instance_identifier(format!("database-{at}"));
        let call = call.engine("postgres").db_instance_class("db.t4g.micro").allocated_storage(20);
        let call = call.master_username("app").master_user_password("of-a-test");
        call.send().await.unwrap().db_instance?.db_instance_identifier
    })
    .await;
    is_read_in_few_calls(&stage, "agentic:rds:Instance", &databases).await;
}

#[tokio::test]
async fn records() {
    let stage = Stage::new().await;
    let route53: aws_sdk_route53::Client = stage.clients.client(None).unwrap();
    let zone = route53.create_hosted_zone().name("many.example").caller_reference("many").send().await;
    let zone = zone.unwrap().hosted_zone.unwrap().id.trim_start_matches("/hostedzone/").to_owned();
    let names: Vec<_> = (0..MANY).map(|at| format!("r{at}.many.example")).collect();
    for names in names.chunks(100) {
        let changes = names.iter().map(|name| {
            let value = ResourceRecord::builder().value("10.0.0.1").build().unwrap();
            let set = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60);
            let set = set.resource_records(value).build().unwrap();
            Change::builder().action(ChangeAction::Create).resource_record_set(set).build().unwrap()
        });
        let batch = ChangeBatch::builder().set_changes(Some(changes.collect())).build().unwrap();
        let call = route53.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch);
        call.send().await.unwrap();
    }
    let ids: Vec<_> = names.iter().map(|name| format!("{zone}_{name}_A")).collect();
    is_read_in_few_calls(&stage, "agentic:route53:Record", &ids).await;
}

/// AWS tells the tags of these one by one, and the rest by pages.
#[tokio::test]
async fn logs_and_alarms() {
    let stage = Stage::new().await;
    let logs: aws_sdk_cloudwatchlogs::Client = stage.clients.client(None).unwrap();
    let groups = made(async |at| {
        let name = format!("/many/{at}");
        logs.create_log_group().log_group_name(&name).send().await.unwrap();
        Some(name)
    })
    .await;
    // One that begins like the others and is none of them.
    logs.create_log_group().log_group_name("/many/1/beside").send().await.unwrap();
    let calls_of_groups = calls(&stage, "agentic:cloudwatch:LogGroup", &groups).await;
    assert_eq!(calls_of_groups["logs:DescribeLogGroups"], (MANY + 1).div_ceil(50));
    assert_eq!(calls_of_groups["logs:ListTagsForResource"], MANY);

    let cloudwatch: aws_sdk_cloudwatch::Client = stage.clients.client(None).unwrap();
    let alarms = made(async |at| {
        let name = format!("many-{at}");
        let call = cloudwatch.put_metric_alarm().alarm_name(&name).namespace("many").metric_name("many");
        let call = call.statistic(Statistic::Average).period(60).evaluation_periods(1).threshold(1.0);
        let call = call.comparison_operator(ComparisonOperator::GreaterThanThreshold);
        call.send().await.unwrap();
        Some(name)
    })
    .await;
    let calls_of_alarms = calls(&stage, "agentic:cloudwatch:MetricAlarm", &alarms).await;
    assert_eq!(calls_of_alarms["monitoring:DescribeAlarms"], MANY.div_ceil(100));
}
