//! Every protocol goes through, and is understood on the way.

use crate::clients::Aws;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use serde_json::json;

#[tokio::test]
async fn calls_are_recorded_with_their_parameters() {
    let aws = Aws::start().await;
    let filter = aws_sdk_ec2::types::Filter::builder().name("tag:Name").values("a").values("b").build();
    aws.ec2().describe_vpcs().filters(filter).send().await.unwrap();
    aws.rds().describe_db_parameter_groups().max_records(20).send().await.unwrap();
    aws.ecs().describe_clusters().clusters("c").send().await.unwrap();
    aws.logs().create_log_group().log_group_name("/a").send().await.unwrap();
    aws.iam().list_roles().path_prefix("/a/").send().await.unwrap();
    let zone =
        aws.route53().create_hosted_zone().name("example.com").caller_reference("1").send().await.unwrap();
    let zone = zone.hosted_zone.unwrap().id;
    aws.route53().list_resource_record_sets().hosted_zone_id(&zone).max_items(5).send().await.unwrap();
    aws.cloudwatch().describe_alarms().alarm_names("a").max_records(5).send().await.unwrap();
    aws.sts().get_caller_identity().send().await.unwrap();
    let calls: Vec<_> = aws.calls().into_iter().map(|call| (call.name(), call.params)).collect();
    let zone = zone.trim_start_matches("/hostedzone/");
    let expected = [
        ("ec2:DescribeVpcs", json!({"Filter": [{"Name": "tag:Name", "Value": ["a", "b"]}]})),
        ("rds:DescribeDBParameterGroups", json!({"MaxRecords": "20"})),
        ("ecs:DescribeClusters", json!({"clusters": ["c"]})),
        ("logs:CreateLogGroup", json!({"logGroupName": "/a"})),
        ("iam:ListRoles", json!({"PathPrefix": "/a/"})),
    ];
    for (call, expected) in calls.iter().zip(expected) {
        assert_eq!((call.0.as_str(), &call.1), (expected.0, &expected.1));
    }
    assert_eq!(
        (calls[5].0.as_str(), &calls[5].1["Name"]),
        ("route53:CreateHostedZone", &json!("example.com"))
    );
    assert_eq!(
        calls[6],
        ("route53:ListResourceRecordSets".into(), json!({"HostedZoneId": zone, "maxitems": "5"}))
    );
    assert_eq!(calls[7], ("monitoring:DescribeAlarms".into(), json!({"AlarmNames": ["a"], "MaxRecords": 5})));
    assert_eq!(calls[8].0, "sts:GetCallerIdentity");
    assert_eq!(aws.mutations(), ["logs:CreateLogGroup", "route53:CreateHostedZone"]);
    assert!(
        aws.calls()
            .iter()
            .all(|call| call.region == "eu-south-2" || call.service == "route53" || call.service == "iam")
    );
    aws.clear();
    assert!(aws.calls().is_empty());
}

#[tokio::test]
async fn alarms_and_dashboards_are_kept() {
    let aws = Aws::start().await;
    let alarm = aws.cloudwatch().put_metric_alarm().alarm_name("cpu").namespace("AWS/ECS").metric_name("CPU");
    let alarm = alarm.statistic(Statistic::Average).period(60).evaluation_periods(2).threshold(80.0);
    let alarm = alarm.comparison_operator(ComparisonOperator::GreaterThanThreshold).actions_enabled(true);
    alarm.treat_missing_data("breaching").send().await.unwrap();
    let found = aws.cloudwatch().describe_alarms().alarm_names("cpu").send().await.unwrap();
    let alarm = &found.metric_alarms()[0];
    assert_eq!((alarm.threshold, alarm.period, alarm.actions_enabled), (Some(80.0), Some(60), Some(true)));
    assert!(alarm.state_updated_timestamp.is_some());
    assert_eq!(alarm.treat_missing_data(), Some("breaching"));
    let dashboard = aws.cloudwatch().put_dashboard().dashboard_name("d").dashboard_body("{\"widgets\":[]}");
    dashboard.send().await.unwrap();
    let list = aws.cloudwatch().list_dashboards().send().await.unwrap();
    assert!(list.dashboard_entries()[0].last_modified.is_some());
    let missing = aws.cloudwatch().get_dashboard().dashboard_name("none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_dashboard_not_found_error());
    aws.cloudwatch().delete_alarms().alarm_names("cpu").send().await.unwrap();
}

#[tokio::test]
async fn what_moto_lacks_is_mended_or_said() {
    let aws = Aws::start().await;
    aws.ecs().create_cluster().cluster_name("c").send().await.unwrap();
    let setting =
        aws_sdk_ecs::types::ClusterSetting::builder().name("containerInsights".into()).value("enabled");
    let update =
        aws.ecs().update_cluster_settings().cluster("c").settings(setting.build()).send().await.unwrap();
    assert_eq!(update.cluster.unwrap().settings()[0].value(), Some("enabled"));
    let refused = aws.ec2().describe_ipam_pools().send().await.unwrap_err();
    assert_eq!(crate::clients::code::<(), _>(Err(refused)), "LocalAwsFailure");
}

#[tokio::test]
async fn each_test_has_an_empty_account() {
    let (one, two) = (Aws::start().await, Aws::start().await);
    let count =
        async |aws: &Aws| aws.ecr().describe_repositories().send().await.unwrap().repositories().len();
    one.ecr().create_repository().repository_name("api").send().await.unwrap();
    assert_eq!((count(&one).await, count(&two).await), (1, 0));
    let caller = one.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account, Some(one.account()));
    one.reset();
    assert!(one.calls().is_empty());
    assert_eq!(count(&one).await, 0);
}
