//! Resources that take time.

use crate::clients::{Aws, Network, code};
use aws_sdk_acm::types::{CertificateStatus, DomainStatus};
use aws_sdk_ec2::types::{NatGatewayState, SubnetState, VpcState};
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerStateEnum;
use aws_sdk_route53::types as route53;
use std::time::{Duration, Instant};

async fn db_status(aws: &Aws) -> String {
    let found = aws.rds().describe_db_instances().db_instance_identifier("db").send().await;
    match found {
        Ok(found) => found.db_instances()[0].db_instance_status.clone().unwrap(),
        refused => code(refused),
    }
}

async fn db_statuses(aws: &Aws, polls: usize) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..polls {
        seen.push(db_status(aws).await);
    }
    seen
}

#[tokio::test]
async fn a_db_instance_takes_its_time_to_come_change_and_go() {
    let aws = Aws::start().await;
    aws.hold("rds", "DBInstance", 3);
    assert_eq!(aws.db_instance("db").await.db_instance_status.unwrap(), "creating");
    let states = ["creating", "configuring-enhanced-monitoring", "backing-up", "available", "available"];
    assert_eq!(db_statuses(&aws, 5).await, states);

    let change = aws.rds().modify_db_instance().db_instance_identifier("db").allocated_storage(30);
    change.send().await.unwrap();
    assert_eq!(db_statuses(&aws, 4).await, ["modifying", "modifying", "modifying", "available"]);
    aws.rds().reboot_db_instance().db_instance_identifier("db").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 4).await, ["rebooting", "rebooting", "rebooting", "available"]);

    let delete =
        || aws.rds().delete_db_instance().db_instance_identifier("db").skip_final_snapshot(true).send();
    let deleted = delete().await.unwrap().db_instance.unwrap();
    assert_eq!(deleted.db_instance_status.unwrap(), "deleting");
    assert_eq!(code(delete().await), "InvalidDBInstanceState");
    assert_eq!(db_statuses(&aws, 4).await, ["deleting", "deleting", "deleting", "DBInstanceNotFound"]);
}

#[tokio::test]
async fn a_protected_db_instance_is_refused_at_once() {
    let aws = Aws::start().await;
    aws.db_instance("db").await;
    let protect = aws.rds().modify_db_instance().db_instance_identifier("db").deletion_protection(true);
    protect.send().await.unwrap();
    aws.hold("rds", "DBInstance", 2);
    let delete = aws.rds().delete_db_instance().db_instance_identifier("db").skip_final_snapshot(true);
    assert_eq!(code(delete.send().await), "InvalidParameterCombination");
    assert_eq!(db_status(&aws).await, "available");
}

#[tokio::test]
async fn a_test_can_name_the_states_itself() {
    let aws = Aws::start().await;
    // RDS may still say "available" just after a change.
    aws.states("rds", "DBInstance", "ModifyDBInstance", &["available", "modifying"]);
    aws.db_instance("db").await;
    let change = aws.rds().modify_db_instance().db_instance_identifier("db").allocated_storage(30);
    change.send().await.unwrap();
    assert_eq!(db_statuses(&aws, 3).await, ["available", "modifying", "available"]);
}

#[tokio::test]
async fn a_replica_and_a_snapshot_take_their_time() {
    let aws = Aws::start().await;
    aws.db_instance("source").await;
    aws.hold("rds", "DBInstance", 1);
    aws.hold("rds", "DBSnapshot", 1);
    let replica = aws.rds().create_db_instance_read_replica().db_instance_identifier("db");
    replica.source_db_instance_identifier("source").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["creating", "available"]);
    aws.rds().promote_read_replica().db_instance_identifier("db").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["modifying", "available"]);
    aws.rds().stop_db_instance().db_instance_identifier("db").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["stopping", "stopped"]);
    aws.rds().start_db_instance().db_instance_identifier("db").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["starting", "available"]);

    let snapshot =
        aws.rds().create_db_snapshot().db_instance_identifier("source").db_snapshot_identifier("s");
    snapshot.send().await.unwrap();
    for expected in ["creating", "available"] {
        let found = aws.rds().describe_db_snapshots().db_snapshot_identifier("s").send().await.unwrap();
        assert_eq!(found.db_snapshots()[0].status(), Some(expected));
    }
    aws.rds()
        .delete_db_instance()
        .db_instance_identifier("db")
        .skip_final_snapshot(true)
        .send()
        .await
        .unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["deleting", "DBInstanceNotFound"]);
    let restore = aws.rds().restore_db_instance_from_db_snapshot().db_instance_identifier("db");
    restore.db_snapshot_identifier("s").send().await.unwrap();
    assert_eq!(db_statuses(&aws, 2).await, ["creating", "available"]);
    let back = aws.rds().restore_db_instance_to_point_in_time().source_db_instance_identifier("source");
    let back =
        back.target_db_instance_identifier("then").use_latest_restorable_time(true).send().await.unwrap();
    assert_eq!(back.db_instance.unwrap().db_instance_status.unwrap(), "creating");
}

#[tokio::test]
async fn a_db_cluster_takes_its_time() {
    let aws = Aws::start().await;
    aws.hold("rds", "DBCluster", 1);
    let status = async || match aws.rds().describe_db_clusters().db_cluster_identifier("c").send().await {
        Ok(found) => found.db_clusters()[0].status.clone().unwrap(),
        refused => code(refused),
    };
    let cluster = aws.rds().create_db_cluster().db_cluster_identifier("c").engine("aurora-postgresql");
    let cluster = cluster.master_username("root").master_user_password("correct-horse").send().await.unwrap();
    assert_eq!(cluster.db_cluster.unwrap().status.unwrap(), "creating");
    assert_eq!([status().await, status().await], ["creating", "available"]);
    let change = aws.rds().modify_db_cluster().db_cluster_identifier("c").backup_retention_period(5);
    change.send().await.unwrap();
    assert_eq!([status().await, status().await], ["modifying", "available"]);
    let snapshot = aws.rds().create_db_cluster_snapshot().db_cluster_identifier("c");
    snapshot.db_cluster_snapshot_identifier("s").send().await.unwrap();
    let delete = || aws.rds().delete_db_cluster().db_cluster_identifier("c").skip_final_snapshot(true).send();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "InvalidDBClusterStateFault");
    assert_eq!([status().await, status().await], ["deleting", "DBClusterNotFoundFault"]);
    let restore = aws.rds().restore_db_cluster_from_snapshot().db_cluster_identifier("d");
    let restore = restore.engine("aurora-postgresql").snapshot_identifier("s").send().await.unwrap();
    assert_eq!(restore.db_cluster.unwrap().status.unwrap(), "creating");
}

async fn nat_state(aws: &Aws, id: &str) -> NatGatewayState {
    let found = aws.ec2().describe_nat_gateways().nat_gateway_ids(id).send().await.unwrap();
    found.nat_gateways()[0].state.clone().unwrap()
}

#[tokio::test]
async fn a_nat_gateway_takes_its_time_and_its_address_with_it() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    aws.hold("ec2", "NatGateway", 2);
    let (nat, address) = aws.nat_gateway(&network).await;
    for expected in [NatGatewayState::Pending, NatGatewayState::Pending, NatGatewayState::Available] {
        assert_eq!(nat_state(&aws, &nat).await, expected);
    }
    let deleted = aws.ec2().delete_nat_gateway().nat_gateway_id(&nat).send().await.unwrap();
    assert_eq!(deleted.nat_gateway_id.as_deref(), Some(&*nat));
    let release = || aws.ec2().release_address().allocation_id(&address).send();
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[0]).send();
    for _ in 0..2 {
        assert_eq!(nat_state(&aws, &nat).await, NatGatewayState::Deleting);
        assert_eq!(code(release().await), "InvalidIPAddress.InUse");
        assert_eq!(code(delete_subnet().await), "DependencyViolation");
    }
    assert_eq!(nat_state(&aws, &nat).await, NatGatewayState::Deleted);
    release().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn a_nat_gateway_can_fail_with_a_reason() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    aws.hold("ec2", "NatGateway", 1);
    let fields = [("failureCode", "Gateway.NotAttached"), ("failureMessage", "Network has no gateway")];
    aws.ends_in("ec2", "NatGateway", "failed", &fields);
    let (nat, _) = aws.nat_gateway(&network).await;
    assert_eq!(nat_state(&aws, &nat).await, NatGatewayState::Pending);
    for _ in 0..2 {
        let found = aws.ec2().describe_nat_gateways().nat_gateway_ids(&nat).send().await.unwrap();
        assert_eq!(found.nat_gateways()[0].state, Some(NatGatewayState::Failed));
        assert_eq!(found.nat_gateways()[0].failure_code(), Some("Gateway.NotAttached"));
    }
    let (next, _) = aws.nat_gateway(&network).await;
    assert_eq!(nat_state(&aws, &next).await, NatGatewayState::Pending);
    assert_eq!(nat_state(&aws, &next).await, NatGatewayState::Available);
}

#[tokio::test]
async fn a_vpc_a_subnet_and_an_endpoint_take_their_time() {
    let aws = Aws::start().await;
    for kind in ["Vpc", "Subnet", "VpcEndpoint"] {
        aws.hold("ec2", kind, 1);
    }
    let Network { vpc, subnets, .. } = aws.network().await;
    for expected in [VpcState::Pending, VpcState::Available] {
        let found = aws.ec2().describe_vpcs().vpc_ids(&vpc).send().await.unwrap();
        assert_eq!(found.vpcs()[0].state, Some(expected));
    }
    for expected in [SubnetState::Pending, SubnetState::Available] {
        let found = aws.ec2().describe_subnets().subnet_ids(&subnets[1]).send().await.unwrap();
        assert_eq!(found.subnets()[0].state, Some(expected));
    }
    let endpoint = aws.ec2().create_vpc_endpoint().vpc_id(&vpc).service_name("com.amazonaws.eu-south-2.s3");
    let endpoint = endpoint.send().await.unwrap().vpc_endpoint.unwrap().vpc_endpoint_id.unwrap();
    let state = async || {
        let found = aws.ec2().describe_vpc_endpoints().vpc_endpoint_ids(&endpoint).send().await.unwrap();
        found.vpc_endpoints()[0].state.clone().unwrap().as_str().to_string()
    };
    assert_eq!([state().await, state().await], ["pending", "available"]);
    let delete = aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(&endpoint).send().await.unwrap();
    assert!(delete.unsuccessful().is_empty());
    assert_eq!([state().await, state().await], ["deleting", "deleted"]);
}

#[tokio::test]
async fn a_load_balancer_takes_its_time() {
    let aws = Aws::start().await;
    aws.hold("elasticloadbalancing", "LoadBalancer", 1);
    let balancer = aws.balancer(&aws.network().await).await;
    for expected in [LoadBalancerStateEnum::Provisioning, LoadBalancerStateEnum::Active] {
        let found = aws.elb().describe_load_balancers().load_balancer_arns(&balancer).send().await.unwrap();
        assert_eq!(found.load_balancers()[0].state.as_ref().unwrap().code, Some(expected));
    }
}

#[tokio::test]
async fn a_cluster_and_a_draining_service_take_their_time() {
    let aws = Aws::start().await;
    aws.hold("ecs", "Cluster", 1);
    aws.hold("ecs", "Service", 2);
    let cluster = aws.ecs().create_cluster().cluster_name("c").send().await.unwrap().cluster.unwrap();
    assert_eq!(cluster.status(), Some("PROVISIONING"));
    let cluster = async || {
        let found = aws.ecs().describe_clusters().clusters("c").send().await.unwrap();
        found.clusters()[0].status.clone().unwrap()
    };
    assert_eq!([cluster().await, cluster().await], ["PROVISIONING", "ACTIVE"]);

    let definition = aws.task_definition().await;
    let create = || aws.ecs().create_service().cluster("c").service_name("api").task_definition(&definition);
    create().desired_count(1).send().await.unwrap();
    let delete = aws.ecs().delete_service().cluster("c").service("api").force(true).send().await.unwrap();
    assert_eq!(delete.service.unwrap().status(), Some("DRAINING"));
    let message = create().send().await.unwrap_err().into_service_error().to_string();
    assert!(message.contains("still Draining"), "{message}");
    for expected in ["DRAINING", "DRAINING", "INACTIVE"] {
        let found = aws.ecs().describe_services().cluster("c").services("api").send().await.unwrap();
        assert_eq!(found.services()[0].status(), Some(expected));
        assert_eq!(found.services()[0].desired_count, 0);
    }
    create().desired_count(1).send().await.unwrap();
    aws.ecs().delete_service().cluster("c").service("api").force(true).send().await.unwrap();
    let refused = aws.ecs().delete_cluster().cluster("c").send().await;
    assert_eq!(code(refused), "ClusterContainsServicesException");
    for _ in 0..3 {
        aws.ecs().describe_services().cluster("c").services("api").send().await.unwrap();
    }
    aws.ecs().delete_cluster().cluster("c").send().await.unwrap();
    assert_eq!([cluster().await, cluster().await], ["DEPROVISIONING", "INACTIVE"]);
}

#[tokio::test]
async fn a_certificate_waits_for_its_validation() {
    let aws = Aws::start().await;
    aws.hold("acm", "Certificate", 2);
    aws.hold("acm", "ValidationRecords", 1);
    let request = aws.acm().request_certificate().domain_name("a.example.com");
    let arn = request.validation_method("DNS".into()).send().await.unwrap().certificate_arn.unwrap();
    let describe = async || {
        let found = aws.acm().describe_certificate().certificate_arn(&arn).send().await.unwrap();
        found.certificate.unwrap()
    };
    let first = describe().await;
    assert_eq!(first.status, Some(CertificateStatus::PendingValidation));
    assert!(first.domain_validation_options().is_empty());
    let second = describe().await;
    assert_eq!(second.status, Some(CertificateStatus::PendingValidation));
    let option = &second.domain_validation_options()[0];
    assert_eq!(option.validation_status, Some(DomainStatus::PendingValidation));
    assert!(option.resource_record.is_some());
    assert_eq!(describe().await.status, Some(CertificateStatus::Issued));
}

#[tokio::test]
async fn a_dns_change_is_pending() {
    let aws = Aws::start().await;
    aws.hold("route53", "Change", 1);
    let zone =
        aws.route53().create_hosted_zone().name("example.com").caller_reference("1").send().await.unwrap();
    let change = zone.change_info.unwrap();
    assert_eq!(change.status, route53::ChangeStatus::Pending);
    for expected in [route53::ChangeStatus::Pending, route53::ChangeStatus::Insync] {
        let found = aws.route53().get_change().id(&change.id).send().await.unwrap();
        assert_eq!(found.change_info.unwrap().status, expected);
    }
    let zone = zone.hosted_zone.unwrap().id;
    let deleted = aws.route53().delete_hosted_zone().id(&zone).send().await.unwrap();
    assert_eq!(deleted.change_info.unwrap().status, route53::ChangeStatus::Pending);
}

#[tokio::test]
async fn things_take_as_long_as_on_aws_divided_by_the_scale() {
    let aws = Aws::start().await;
    aws.scale(600);
    assert_eq!(aws.db_instance("db").await.db_instance_status.unwrap(), "creating");
    let begun = Instant::now();
    while db_status(&aws).await != "available" {
        assert!(begun.elapsed() < Duration::from_secs(5), "7.5 minutes are 0.75 seconds then");
    }
    assert!(begun.elapsed() > Duration::from_millis(500));
    let spans = aws.spans();
    assert_eq!(
        (spans.len(), spans[0].kind, spans[0].operation.as_str()),
        (1, "DBInstance", "CreateDBInstance")
    );
    assert_eq!((spans[0].id.as_str(), spans[0].seconds), ("db", 450.0), "what it takes on AWS");
    assert!(spans[0].looks > 0);
    assert!(spans[0].noticed.unwrap() - spans[0].began.unwrap() >= 0.75);
}

#[tokio::test]
async fn a_certificate_is_issued_some_time_after_its_record() {
    let aws = Aws::start().await;
    aws.scale(600);
    let zone = aws.route53().create_hosted_zone().name("example.com").caller_reference("zone").send();
    let zone = zone.await.unwrap().hosted_zone.unwrap().id;
    let certificate = aws.acm().request_certificate().domain_name("example.com");
    let asked = certificate.validation_method(aws_sdk_acm::types::ValidationMethod::Dns).send();
    let arn = asked.await.unwrap().certificate_arn.unwrap();
    let described = || async {
        let described = aws.acm().describe_certificate().certificate_arn(&arn).send().await;
        described.unwrap().certificate.unwrap()
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let pending = described().await;
    assert_eq!(pending.status.clone().unwrap(), CertificateStatus::PendingValidation);

    let proof = pending.domain_validation_options()[0].resource_record.clone().unwrap();
    let value = route53::ResourceRecord::builder().value(proof.value).build().unwrap();
    let set = route53::ResourceRecordSet::builder().name(proof.name).r#type(route53::RrType::Cname);
    let set = set.ttl(60).resource_records(value).build().unwrap();
    let change = route53::Change::builder().action(route53::ChangeAction::Upsert).resource_record_set(set);
    let batch = route53::ChangeBatch::builder().changes(change.build().unwrap()).build().unwrap();
    aws.route53()
        .change_resource_record_sets()
        .hosted_zone_id(zone)
        .change_batch(batch)
        .send()
        .await
        .unwrap();
    assert_eq!(described().await.status.unwrap(), CertificateStatus::PendingValidation);
    let begun = Instant::now();
    while described().await.status != Some(CertificateStatus::Issued) {
        assert!(begun.elapsed() < Duration::from_secs(5), "a minute is 0.1 seconds then");
    }
}
