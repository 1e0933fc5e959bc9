//! What AWS refuses and moto does not.

use crate::clients::{Aws, code, message};
use aws_sdk_ec2::types as ec2;
use aws_sdk_ecs::types as ecs;
use aws_sdk_elasticloadbalancingv2::types as elb;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use aws_sdk_wafv2::types as waf;

async fn delete_group(aws: &Aws, group: &str) -> String {
    code(aws.ec2().delete_security_group().group_id(group).send().await)
}

#[tokio::test]
async fn a_security_group_that_another_one_names() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let other = aws.group(&network.vpc, "two").await;
    let pair = ec2::UserIdGroupPair::builder().group_id(&network.group).build();
    let rule =
        ec2::IpPermission::builder().ip_protocol("tcp").from_port(80).to_port(80).user_id_group_pairs(pair);
    let allow =
        aws.ec2().authorize_security_group_ingress().group_id(&other).ip_permissions(rule.clone().build());
    allow.send().await.unwrap();
    let own = aws.ec2().authorize_security_group_ingress().group_id(&network.group);
    own.ip_permissions(rule.build()).send().await.unwrap();
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    aws.ec2().delete_security_group().group_id(&other).send().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
}

#[tokio::test]
async fn a_security_group_and_a_subnet_with_a_network_interface() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let interface =
        aws.ec2().create_network_interface().subnet_id(&network.subnets[0]).groups(&network.group);
    let interface = interface.send().await.unwrap().network_interface.unwrap().network_interface_id.unwrap();
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[0]).send();
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    assert_eq!(code(delete_subnet().await), "DependencyViolation");
    aws.ec2().delete_network_interface().network_interface_id(interface).send().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn a_security_group_and_a_subnet_of_a_load_balancer() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let balancer = aws.balancer(&network).await;
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[1]).send();
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    assert_eq!(code(delete_subnet().await), "DependencyViolation");
    aws.elb().delete_load_balancer().load_balancer_arn(balancer).send().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn a_security_group_and_a_subnet_of_a_vpc_endpoint() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let endpoint = aws.ec2().create_vpc_endpoint().vpc_id(&network.vpc).security_group_ids(&network.group);
    let endpoint =
        endpoint.vpc_endpoint_type(ec2::VpcEndpointType::Interface).subnet_ids(&network.subnets[0]);
    let endpoint = endpoint.service_name("com.amazonaws.eu-south-2.ecr.api").send().await.unwrap();
    let endpoint = endpoint.vpc_endpoint.unwrap().vpc_endpoint_id.unwrap();
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[0]).send();
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    assert_eq!(code(delete_subnet().await), "DependencyViolation");
    aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(endpoint).send().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn what_an_ecs_service_uses() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let definition = aws.task_definition().await;
    aws.ecs().create_cluster().cluster_name("c").send().await.unwrap();
    let vpc =
        ecs::AwsVpcConfiguration::builder().subnets(&network.subnets[0]).security_groups(&network.group);
    let vpc = ecs::NetworkConfiguration::builder().awsvpc_configuration(vpc.build().unwrap()).build();
    let create = || {
        let service =
            aws.ecs().create_service().cluster("c").service_name("api").task_definition(&definition);
        service.desired_count(1).network_configuration(vpc.clone()).send()
    };
    create().await.unwrap();
    aws.ecs().describe_services().cluster("c").services("api").send().await.unwrap();
    assert_eq!(message(create().await), "Creation of service was not idempotent.");
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[0]).send();
    assert_eq!(code(delete_subnet().await), "DependencyViolation");
    let delete_cluster = || aws.ecs().delete_cluster().cluster("c").send();
    assert_eq!(code(delete_cluster().await), "ClusterContainsServicesException");
    let delete_service = || aws.ecs().delete_service().cluster("c").service("api");
    assert_eq!(code(delete_service().send().await), "InvalidParameterException");
    delete_service().force(true).send().await.unwrap();
    let list = aws.ecs().list_services().cluster("c").send().await.unwrap();
    assert!(list.service_arns().is_empty());
    delete_cluster().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn a_service_behind_a_target_group_that_nothing_forwards_to() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let (balancer, group) = (aws.balancer(&network).await, aws.target_group(&network).await);
    let definition = aws.task_definition().await;
    aws.ecs().create_cluster().cluster_name("c").send().await.unwrap();
    let vpc = ecs::AwsVpcConfiguration::builder().subnets(&network.subnets[0]).build().unwrap();
    let vpc = ecs::NetworkConfiguration::builder().awsvpc_configuration(vpc).build();
    let behind = ecs::LoadBalancer::builder().target_group_arn(&group).container_name("app");
    let create = || {
        let service = aws.ecs().create_service().cluster("c").service_name("api");
        let service = service.task_definition(&definition).desired_count(1);
        let behind = behind.clone().container_port(80).build();
        service.network_configuration(vpc.clone()).load_balancers(behind).send()
    };
    assert!(message(create().await).ends_with("does not have an associated load balancer."));
    aws.listener(&balancer, &group).await;
    create().await.unwrap();
}

#[tokio::test]
async fn a_cluster_with_a_running_task() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    // moto cannot run a task without.
    let names = ec2::AttributeBooleanValue::builder().value(true).build();
    let names = aws.ec2().modify_vpc_attribute().vpc_id(&network.vpc).enable_dns_hostnames(names);
    names.send().await.unwrap();
    let definition = aws.task_definition().await;
    aws.ecs().create_cluster().cluster_name("c").send().await.unwrap();
    let vpc =
        ecs::AwsVpcConfiguration::builder().subnets(&network.subnets[0]).security_groups(&network.group);
    let vpc = ecs::NetworkConfiguration::builder().awsvpc_configuration(vpc.build().unwrap()).build();
    let run = aws.ecs().run_task().cluster("c").task_definition(definition).network_configuration(vpc);
    let task =
        run.launch_type(ecs::LaunchType::Fargate).send().await.unwrap().tasks()[0].task_arn.clone().unwrap();
    let delete_cluster = || aws.ecs().delete_cluster().cluster("c").send();
    assert_eq!(code(delete_cluster().await), "ClusterContainsTasksException");
    aws.ecs().stop_task().cluster("c").task(task).send().await.unwrap();
    delete_cluster().await.unwrap();
}

#[tokio::test]
async fn a_vpc_with_a_gateway_a_group_or_an_endpoint() {
    let aws = Aws::start().await;
    let vpc = aws.vpc().await;
    let delete_vpc = || aws.ec2().delete_vpc().vpc_id(&vpc).send();
    let gateway = aws.ec2().create_internet_gateway().send().await.unwrap().internet_gateway.unwrap();
    let gateway = gateway.internet_gateway_id.unwrap();
    aws.ec2().attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.unwrap();
    assert_eq!(code(delete_vpc().await), "DependencyViolation");
    let delete_gateway = || aws.ec2().delete_internet_gateway().internet_gateway_id(&gateway).send();
    assert_eq!(code(delete_gateway().await), "DependencyViolation");
    aws.ec2().detach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await.unwrap();
    delete_gateway().await.unwrap();
    let group = aws.group(&vpc, "one").await;
    assert_eq!(code(delete_vpc().await), "DependencyViolation");
    aws.ec2().delete_security_group().group_id(group).send().await.unwrap();
    let endpoint = aws.ec2().create_vpc_endpoint().vpc_id(&vpc).service_name("com.amazonaws.eu-south-2.s3");
    let endpoint = endpoint.send().await.unwrap().vpc_endpoint.unwrap().vpc_endpoint_id.unwrap();
    assert_eq!(code(delete_vpc().await), "DependencyViolation");
    aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(endpoint).send().await.unwrap();
    delete_vpc().await.unwrap();
}

#[tokio::test]
async fn a_gateway_with_public_addresses_behind_it() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let gateway = aws.ec2().create_internet_gateway().send().await.unwrap().internet_gateway.unwrap();
    let gateway = gateway.internet_gateway_id.unwrap();
    aws.ec2()
        .attach_internet_gateway()
        .internet_gateway_id(&gateway)
        .vpc_id(&network.vpc)
        .send()
        .await
        .unwrap();
    let detach =
        || aws.ec2().detach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&network.vpc).send();
    let (nat, address) = aws.nat_gateway(&network).await;
    assert!(message(detach().await).contains("mapped public address"));
    let release = || aws.ec2().release_address().allocation_id(&address).send();
    assert_eq!(code(release().await), "InvalidIPAddress.InUse");
    aws.ec2().delete_nat_gateway().nat_gateway_id(nat).send().await.unwrap();
    release().await.unwrap();
    let balancer = aws.balancer(&network).await;
    assert_eq!(code(detach().await), "DependencyViolation");
    aws.elb().delete_load_balancer().load_balancer_arn(balancer).send().await.unwrap();
    detach().await.unwrap();
}

#[tokio::test]
async fn load_balancers_and_what_hangs_on_them() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let balancer = aws.balancer(&network).await;
    let group = aws.target_group(&network).await;
    let certificate = aws.acm().request_certificate().domain_name("a.example.com").send().await.unwrap();
    let certificate = certificate.certificate_arn.unwrap();
    let action = elb::Action::builder().r#type(elb::ActionTypeEnum::Forward).target_group_arn(&group).build();
    let listen = |port| {
        let listener = aws.elb().create_listener().load_balancer_arn(&balancer).port(port);
        let listener = listener.protocol(elb::ProtocolEnum::Https).default_actions(action.clone());
        listener.certificates(elb::Certificate::builder().certificate_arn(&certificate).build())
    };
    let listener = listen(443).send().await.unwrap().listeners()[0].listener_arn.clone().unwrap();

    let delete_group = || aws.elb().delete_target_group().target_group_arn(&group).send();
    assert_eq!(code(delete_group().await), "ResourceInUse");
    let delete_certificate = || aws.acm().delete_certificate().certificate_arn(&certificate).send();
    assert_eq!(code(delete_certificate().await), "ResourceInUseException");
    let users = async || {
        let found = aws.acm().describe_certificate().certificate_arn(&certificate).send().await.unwrap();
        found.certificate.unwrap().in_use_by.unwrap_or_default()
    };
    assert_eq!(users().await, [&*balancer]);

    let again = listen(443).send().await.unwrap();
    assert_eq!(again.listeners()[0].listener_arn(), Some(&*listener));
    let other = listen(443).protocol(elb::ProtocolEnum::Http).send().await;
    assert_eq!(code(other), "DuplicateListener");
    assert_eq!(aws.balancer(&network).await, balancer);
    let other = aws.elb().create_load_balancer().name("lb").set_subnets(Some(network.subnets.to_vec()));
    let other = other.scheme(elb::LoadBalancerSchemeEnum::Internal).send().await;
    assert_eq!(code(other), "DuplicateLoadBalancerName");
    assert_eq!(aws.target_group(&network).await, group);
    let other = aws.elb().create_target_group().name("tg").protocol(elb::ProtocolEnum::Http).port(81);
    let other = other.vpc_id(&network.vpc).target_type(elb::TargetTypeEnum::Ip).send().await;
    assert_eq!(code(other), "DuplicateTargetGroupName");

    let protect = async |value: &str| {
        let attribute = elb::LoadBalancerAttribute::builder().key("deletion_protection.enabled").value(value);
        let attributes = aws.elb().modify_load_balancer_attributes().load_balancer_arn(&balancer);
        attributes.attributes(attribute.build()).send().await.unwrap();
    };
    let delete = || aws.elb().delete_load_balancer().load_balancer_arn(&balancer).send();
    protect("true").await;
    assert_eq!(code(delete().await), "OperationNotPermitted");
    protect("false").await;
    delete().await.unwrap();
    delete_group().await.unwrap();
    assert!(users().await.is_empty());
    delete_certificate().await.unwrap();
}

#[tokio::test]
async fn what_a_db_instance_uses() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let create_group = || {
        let group =
            aws.rds().create_db_subnet_group().db_subnet_group_name("g").db_subnet_group_description("g");
        group.set_subnet_ids(Some(network.subnets.to_vec())).send()
    };
    create_group().await.unwrap();
    assert_eq!(code(create_group().await), "DBSubnetGroupAlreadyExists");
    let parameters = aws.rds().create_db_parameter_group().db_parameter_group_name("p").description("p");
    parameters.db_parameter_group_family("postgres15").send().await.unwrap();
    let instance = aws.rds().create_db_instance().db_instance_identifier("db").engine("postgres");
    let instance = instance.db_instance_class("db.t4g.micro").allocated_storage(20).master_username("root");
    let instance = instance.master_user_password("correct-horse").db_subnet_group_name("g");
    let instance = instance.db_parameter_group_name("p").vpc_security_group_ids(&network.group);
    instance.send().await.unwrap();

    let delete_subnets = || aws.rds().delete_db_subnet_group().db_subnet_group_name("g").send();
    assert_eq!(code(delete_subnets().await), "InvalidDBSubnetGroupStateFault");
    let delete_parameters = || aws.rds().delete_db_parameter_group().db_parameter_group_name("p").send();
    assert_eq!(code(delete_parameters().await), "InvalidDBParameterGroupState");
    assert_eq!(delete_group(&aws, &network.group).await, "DependencyViolation");
    let delete_subnet = || aws.ec2().delete_subnet().subnet_id(&network.subnets[0]).send();
    assert_eq!(code(delete_subnet().await), "DependencyViolation");
    aws.rds()
        .delete_db_instance()
        .db_instance_identifier("db")
        .skip_final_snapshot(true)
        .send()
        .await
        .unwrap();
    delete_subnets().await.unwrap();
    delete_parameters().await.unwrap();
    aws.ec2().delete_security_group().group_id(&network.group).send().await.unwrap();
    delete_subnet().await.unwrap();
}

#[tokio::test]
async fn the_final_snapshot_and_the_replicas_of_a_db_instance() {
    let aws = Aws::start().await;
    aws.db_instance("db").await;
    let replica = aws.rds().create_db_instance_read_replica().db_instance_identifier("replica");
    replica.source_db_instance_identifier("db").send().await.unwrap();
    let delete = |name: &str| aws.rds().delete_db_instance().db_instance_identifier(name);
    assert_eq!(code(delete("db").send().await), "InvalidParameterCombination");
    let both = delete("db").skip_final_snapshot(true).final_db_snapshot_identifier("last");
    assert_eq!(code(both.send().await), "InvalidParameterCombination");
    let snapshot = delete("replica").final_db_snapshot_identifier("last");
    assert_eq!(code(snapshot.send().await), "InvalidParameterCombination");

    delete("db").final_db_snapshot_identifier("last").send().await.unwrap();
    let found = aws.rds().describe_db_instances().send().await.unwrap();
    assert_eq!(found.db_instances().len(), 1);
    assert_eq!(found.db_instances()[0].read_replica_source_db_instance_identifier(), None);
    let found = aws.rds().describe_db_snapshots().db_snapshot_identifier("last").send().await.unwrap();
    assert_eq!(found.db_snapshots().len(), 1);
    delete("replica").final_db_snapshot_identifier("its-last").send().await.unwrap();
}

#[tokio::test]
async fn roles_and_policies_in_use() {
    let aws = Aws::start().await;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ecs-tasks.amazonaws.com"}}]}"#;
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    aws.iam().create_role().role_name("r").assume_role_policy_document(trust).send().await.unwrap();
    let arn = aws.iam().create_policy().policy_name("p").policy_document(policy).send().await.unwrap();
    let arn = arn.policy.unwrap().arn.unwrap();
    aws.iam().attach_role_policy().role_name("r").policy_arn(&arn).send().await.unwrap();
    let delete_role = || aws.iam().delete_role().role_name("r").send();
    let delete_policy = || aws.iam().delete_policy().policy_arn(&arn).send();
    assert_eq!(code(delete_role().await), "DeleteConflict");
    assert_eq!(code(delete_policy().await), "DeleteConflict");
    aws.iam().detach_role_policy().role_name("r").policy_arn(&arn).send().await.unwrap();
    delete_role().await.unwrap();
    let version =
        aws.iam().create_policy_version().policy_arn(&arn).policy_document(policy).set_as_default(true);
    version.send().await.unwrap();
    assert!(message(delete_policy().await).contains("more than one version"));
    aws.iam().delete_policy_version().policy_arn(&arn).version_id("v1").send().await.unwrap();
    delete_policy().await.unwrap();
}

#[tokio::test]
async fn a_repository_with_images() {
    let aws = Aws::start().await;
    aws.ecr().create_repository().repository_name("api").send().await.unwrap();
    let manifest = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{},"layers":[]}"#;
    aws.ecr()
        .put_image()
        .repository_name("api")
        .image_manifest(manifest)
        .image_tag("1")
        .send()
        .await
        .unwrap();
    let delete = || aws.ecr().delete_repository().repository_name("api");
    assert_eq!(code(delete().send().await), "RepositoryNotEmptyException");
    delete().force(true).send().await.unwrap();
}

#[tokio::test]
async fn a_secret_name_that_waits_for_its_deletion() {
    let aws = Aws::start().await;
    let create = || aws.secrets().create_secret().name("s").secret_string("x").send();
    create().await.unwrap();
    assert_eq!(code(create().await), "ResourceExistsException");
    aws.secrets().delete_secret().secret_id("s").send().await.unwrap();
    assert_eq!(code(create().await), "InvalidRequestException");
    aws.secrets().restore_secret().secret_id("s").send().await.unwrap();
    let delete = aws.secrets().delete_secret().secret_id("s").force_delete_without_recovery(true);
    delete.send().await.unwrap();
    create().await.unwrap();
}

#[tokio::test]
async fn dns_records_that_exist_or_do_not() {
    let aws = Aws::start().await;
    let zone =
        aws.route53().create_hosted_zone().name("example.com").caller_reference("1").send().await.unwrap();
    let zone = zone.hosted_zone.unwrap().id;
    let change = |action: ChangeAction, value: &str| {
        let record = ResourceRecord::builder().value(value).build().unwrap();
        let record = ResourceRecordSet::builder()
            .name("a.example.com")
            .r#type(RrType::A)
            .ttl(60)
            .resource_records(record);
        Change::builder().action(action).resource_record_set(record.build().unwrap()).build().unwrap()
    };
    let apply = |changes: &[Change]| {
        let batch = ChangeBatch::builder().set_changes(Some(changes.to_vec())).build().unwrap();
        aws.route53().change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch).send()
    };
    assert!(
        message(apply(&[change(ChangeAction::Delete, "192.0.2.1")]).await).contains("but it was not found")
    );
    apply(&[change(ChangeAction::Create, "192.0.2.1")]).await.unwrap();
    let taken = apply(&[change(ChangeAction::Create, "192.0.2.2")]).await;
    assert_eq!(code(taken), "InvalidChangeBatch");
    let wrong = apply(&[change(ChangeAction::Delete, "192.0.2.2")]).await;
    assert!(message(wrong).contains("do not match the current values"));
    let delete_zone = || aws.route53().delete_hosted_zone().id(&zone).send();
    assert_eq!(code(delete_zone().await), "HostedZoneNotEmpty");
    let swap = [change(ChangeAction::Delete, "192.0.2.1"), change(ChangeAction::Create, "192.0.2.2")];
    apply(&swap).await.unwrap();
    apply(&[change(ChangeAction::Delete, "192.0.2.2")]).await.unwrap();
    delete_zone().await.unwrap();
}

async fn web_acl(aws: &Aws, name: &str) -> Result<waf::WebAclSummary, String> {
    let shown = waf::VisibilityConfig::builder().metric_name(name).cloud_watch_metrics_enabled(false);
    let shown = shown.sampled_requests_enabled(false).build().unwrap();
    let allow = waf::DefaultAction::builder().allow(waf::AllowAction::builder().build()).build();
    let create = aws.wafv2().create_web_acl().name(name).scope(waf::Scope::Regional);
    let made = create.default_action(allow).visibility_config(shown).send().await;
    match made {
        Ok(made) => Ok(made.summary.unwrap()),
        error => Err(code(error)),
    }
}

#[tokio::test]
async fn a_web_acl_in_front_of_a_load_balancer() {
    let aws = Aws::start().await;
    let balancer = aws.balancer(&aws.network().await).await;
    let (one, two) = (web_acl(&aws, "one").await.unwrap(), web_acl(&aws, "two").await.unwrap());
    assert_eq!(web_acl(&aws, "one").await.unwrap_err(), "WAFDuplicateItemException");
    let delete = async |acl: &waf::WebAclSummary| {
        let delete = aws.wafv2().delete_web_acl().id(acl.id().unwrap()).name(acl.name().unwrap());
        delete.scope(waf::Scope::Regional).lock_token(acl.lock_token().unwrap()).send().await
    };
    for acl in [&one, &two] {
        let associate = aws.wafv2().associate_web_acl().resource_arn(&balancer);
        associate.web_acl_arn(acl.arn().unwrap()).send().await.unwrap();
    }
    // The second took the place of the first.
    assert_eq!(code(delete(&two).await), "WAFAssociatedItemException");
    delete(&one).await.unwrap();
    aws.wafv2().disassociate_web_acl().resource_arn(&balancer).send().await.unwrap();
    delete(&two).await.unwrap();
}

#[tokio::test]
async fn what_is_in_a_vpc_does_not_move_into_another() {
    let aws = Aws::start().await;
    let (network, other) = (aws.network().await, aws.network().await);
    let group = aws.rds().create_db_subnet_group().db_subnet_group_name("g").db_subnet_group_description("g");
    group.set_subnet_ids(Some(network.subnets.to_vec())).send().await.unwrap();
    let modify = |subnets: &[String]| {
        let group = aws.rds().modify_db_subnet_group().db_subnet_group_name("g");
        group.set_subnet_ids(Some(subnets.to_vec())).send()
    };
    assert_eq!(code(modify(&other.subnets).await), "InvalidParameterValue");
    modify(&network.subnets).await.unwrap();
    let instance = |group: &str| {
        let instance = aws.rds().create_db_instance().db_instance_identifier("db").engine("postgres");
        let instance =
            instance.db_instance_class("db.t4g.micro").allocated_storage(20).master_username("app");
        let instance = instance.master_user_password("correct-horse").db_subnet_group_name("g");
        instance.vpc_security_group_ids(group).send()
    };
    assert_eq!(code(instance(&other.group).await), "InvalidParameterCombination");
    instance(&network.group).await.unwrap();

    let balancer = aws.balancer(&network).await;
    let subnets = aws.elb().set_subnets().load_balancer_arn(&balancer);
    let moved = subnets.set_subnets(Some(other.subnets.to_vec())).send().await;
    assert_eq!(code(moved), "InvalidConfigurationRequest");
    let groups = aws.elb().set_security_groups().load_balancer_arn(&balancer);
    assert_eq!(code(groups.security_groups(&other.group).send().await), "InvalidConfigurationRequest");
    let create = aws.elb().create_load_balancer().name("both").security_groups(&other.group);
    let both = create.set_subnets(Some(network.subnets.to_vec())).send().await;
    assert_eq!(code(both), "InvalidConfigurationRequest");
}

#[tokio::test]
async fn a_cache_subnet_group_does_not_move_into_another_vpc() {
    let aws = Aws::start().await;
    let (network, other) = (aws.network().await, aws.network().await);
    let create = aws.elasticache().create_cache_subnet_group().cache_subnet_group_name("g");
    let create = create.cache_subnet_group_description("g").set_subnet_ids(Some(network.subnets.to_vec()));
    create.send().await.unwrap();
    let modify = |subnets: &[String]| {
        let group = aws.elasticache().modify_cache_subnet_group().cache_subnet_group_name("g");
        group.set_subnet_ids(Some(subnets.to_vec())).send()
    };
    assert_eq!(code(modify(&other.subnets).await), "InvalidParameterValue");
    modify(&network.subnets).await.unwrap();
}

#[tokio::test]
async fn a_target_group_behind_a_second_load_balancer() {
    let aws = Aws::start().await;
    let network = aws.network().await;
    let (balancer, group) = (aws.balancer(&network).await, aws.target_group(&network).await);
    let other = aws.elb().create_load_balancer().name("other").set_subnets(Some(network.subnets.to_vec()));
    let other = other.send().await.unwrap().load_balancers()[0].load_balancer_arn.clone().unwrap();
    let forward =
        elb::Action::builder().r#type(elb::ActionTypeEnum::Forward).target_group_arn(&group).build();
    let nothing = elb::FixedResponseActionConfig::builder().status_code("404").build();
    let nothing = elb::Action::builder()
        .r#type(elb::ActionTypeEnum::FixedResponse)
        .fixed_response_config(nothing)
        .build();
    let listen = |balancer: &str, action: &elb::Action, port| {
        let listener = aws.elb().create_listener().load_balancer_arn(balancer).port(port);
        listener.protocol(elb::ProtocolEnum::Http).default_actions(action.clone()).send()
    };
    listen(&balancer, &forward, 80).await.unwrap();
    listen(&balancer, &forward, 81).await.unwrap();
    assert_eq!(code(listen(&other, &forward, 80).await), "TargetGroupAssociationLimit");
    let there = listen(&other, &nothing, 80).await.unwrap().listeners()[0].listener_arn.clone().unwrap();
    let path = elb::RuleCondition::builder().field("path-pattern").values("/a").build();
    let rule = aws.elb().create_rule().listener_arn(there).priority(1).conditions(path).actions(forward);
    assert_eq!(code(rule.send().await), "TargetGroupAssociationLimit");
}
