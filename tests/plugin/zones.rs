//! Hosted zones with records that are not of the stack.

use agentic::aws::ErrorKind;
use agentic::kinds::Partial;
use agentic::model::Object;
use aws_sdk_route53::Client;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use serde_json::{Value as Json, json};

use crate::stage::{Stage, checked, kind};

const ZONE: &str = "agentic:route53:Zone";

fn zone(more: Json) -> Json {
    let mut inputs = json!({"name": "example.com"});
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}

/// A zone, with a record that somebody else has made in it.
async fn with_record(stage: &Stage) -> (String, Object) {
    let made = stage.create(ZONE, &zone(json!({}))).await.map_err(|partial| partial.error).unwrap();
    let record = ResourceRecord::builder().value("192.0.2.1").build().unwrap();
    let set = ResourceRecordSet::builder().name("www.example.com").r#type(RrType::A).ttl(60);
    let set = set.resource_records(record).build().unwrap();
    let change = Change::builder().action(ChangeAction::Create).resource_record_set(set).build().unwrap();
    let batch = ChangeBatch::builder().changes(change).build().unwrap();
    let client: Client = stage.clients.client(None).unwrap();
    client.change_resource_record_sets().hosted_zone_id(&made.0).change_batch(batch).send().await.unwrap();
    made
}

#[tokio::test]
async fn a_zone_with_records_is_deleted_by_force_only() {
    let stage = Stage::new().await;
    let (id, _) = with_record(&stage).await;
    let refused = stage.delete(ZONE, &id, &zone(json!({}))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid, "{refused}");
    let text = refused.to_string();
    assert!(text.contains("www.example.com A") && text.contains("forceDestroy"), "{text}");
    assert!(stage.read(ZONE, &id).await.is_some());
    stage.delete(ZONE, &id, &zone(json!({"forceDestroy": true}))).await.unwrap();
    assert!(stage.read(ZONE, &id).await.is_none());
}

#[tokio::test]
async fn a_zone_without_its_tags_yet_is_gone_on_with() {
    let stage = Stage::new().await;
    let denied = aws_proxy::Fault::on("route53", "ChangeTagsForResource").error(403, "AccessDenied", "no");
    stage.aws.fault(denied.times(1));
    let inputs = checked(ZONE, &zone(json!({"tags": {"team": "a"}})));
    let refused: Result<_, Partial> = kind(ZONE).create(&stage.cx(ZONE), &inputs).await;
    assert_eq!(refused.unwrap_err().error.kind(), ErrorKind::AccessDenied);
    let (id, outputs) = kind(ZONE).create(&stage.cx(ZONE), &inputs).await.map_err(|it| it.error).unwrap();
    assert_eq!(outputs["tags"].as_object().unwrap().len(), 1);
    let client: Client = stage.clients.client(None).unwrap();
    let all = client.list_hosted_zones().send().await.unwrap().hosted_zones;
    assert_eq!(all.len(), 1, "{id} was made beside another: {all:?}");
}

#[tokio::test]
async fn a_private_zone_has_all_of_its_vpcs() {
    let stage = Stage::new().await;
    let mut vpcs = Vec::new();
    for (name, block) in [("a", "10.0.0.0/16"), ("b", "10.1.0.0/16"), ("c", "10.2.0.0/16")] {
        let inputs = checked("agentic:ec2:Vpc", &json!({"cidrBlock": block}));
        let made = kind("agentic:ec2:Vpc").create(&stage.cx(name), &inputs).await;
        vpcs.push(json!({"vpcId": made.map_err(|partial| partial.error).unwrap().0}));
    }
    let (first, last) = (zone(json!({"vpcs": vpcs[..2]})), zone(json!({"vpcs": vpcs[1..]})));
    let made = stage.create(ZONE, &first).await.map_err(|partial| partial.error).unwrap();
    assert_eq!(stage.read(ZONE, &made.0).await.unwrap()["vpcs"].as_array().unwrap().len(), 2);
    stage.update(ZONE, &made, &first, &last).await.map_err(|partial| partial.error).unwrap();
    let there = stage.read(ZONE, &made.0).await.unwrap();
    let mut ids: Vec<&str> =
        there["vpcs"].as_array().unwrap().iter().filter_map(|vpc| vpc["vpcId"].as_str()).collect();
    ids.sort_unstable();
    let mut expected: Vec<&str> = vpcs[1..].iter().filter_map(|vpc| vpc["vpcId"].as_str()).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(made.1["nameServers"].to_json(), Some(json!([])));
}
