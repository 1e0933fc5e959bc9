//! The wait for a replication group.

use aws_sdk_elasticache::Client;
use aws_sdk_elasticache::types::{
    CacheCluster, ReplicationGroup as Group, ReplicationGroupPendingModifiedValues as OfGroup, SourceType,
};

use super::from_aws::Size;
use super::to_aws::{Asked, Step, differing};
use super::{ReplicationGroupArgs, find, node};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::Poll;
use crate::kinds::elasticache::node_lists_changes;

/// How many nodes a wait looks at one by one.
const FEW: usize = 6;

/// For how many minutes back the events of a failed group are asked for: 14 days, as long as AWS
/// keeps them.
const EVENTS: i32 = 14 * 24 * 60;

/// Whether the group is available, with all that was asked of AWS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &ReplicationGroupArgs) -> Result<Poll> {
    let group = find(cx, id).await?.ok_or_else(|| missing(id))?;
    match group.status().unwrap_or_default() {
        "available" => {}
        "create-failed" => return Ok(Poll::Failed(failed(cx, id, "could not be created").await)),
        "deleting" => return Ok(Poll::Failed(failed(cx, id, "is being deleted").await)),
        _ => return progress(cx, &group).await,
    }
    let Some(asked) = cx.noted::<Asked>() else { return Ok(Poll::Ready(())) };
    let resizes = asked.steps.iter().any(|step| [Step::Grow, Step::Reshard, Step::Shrink].contains(step));
    let size = Size::of(&group);
    if resizes && Size::wanted(args, size) != size {
        return Ok(Poll::Pending("the number of nodes is not changed yet".to_owned()));
    }
    if !asked.immediately || asked.fields.is_empty() {
        return Ok(Poll::Ready(()));
    }
    let node = node(cx, &group).await?;
    let differing = differing(args, &group, node.as_ref(), true);
    Ok(match differing.into_iter().find(|field| asked.fields.contains(field)) {
        Some(field) if lists_changes(&group, node.as_ref()) => {
            Poll::Pending(format!("{field} is not changed yet"))
        }
        Some(field) => Poll::Settling(format!("{field} is not changed yet"), ()),
        None => Poll::Ready(()),
    })
}

/// Whether AWS lists changes to come of a group or its nodes.
fn lists_changes(group: &Group, node: Option<&CacheCluster>) -> bool {
    group.pending_modified_values.as_ref().is_some_and(|pending| *pending != OfGroup::builder().build())
        || node.is_some_and(node_lists_changes)
}

/// How far a group is that is on its way, and whether one of its nodes will not get there.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html>
async fn progress(cx: &Cx, group: &Group) -> Result<Poll> {
    let id = group.replication_group_id().unwrap_or_default();
    let status = group.status().unwrap_or("not visible yet");
    let members = group.member_clusters();
    if members.is_empty() || members.len() > FEW {
        return Ok(Poll::Pending(status.to_owned()));
    }
    let client = cx.client::<Client>()?;
    let looks = members.iter().map(|name| client.describe_cache_clusters().cache_cluster_id(name).send());
    let answers = futures::future::join_all(looks).await;
    // A node that does not show yet is on its way as well.
    let nodes = answers.into_iter().flatten().flat_map(|answer| answer.cache_clusters.unwrap_or_default());
    let states: Vec<String> = nodes.filter_map(|node| node.cache_cluster_status).collect();
    for (state, what) in
        [("incompatible-network", "does not fit its subnets"), ("restore-failed", "could not be restored")]
    {
        if states.iter().any(|found| found == state) {
            return Ok(Poll::Failed(failed(cx, id, what).await));
        }
    }
    let ready = states.iter().filter(|state| *state == "available").count();
    Ok(Poll::Pending(format!("{status}, {ready} of {} nodes available", members.len())))
}

/// The error for a group that is of no use, with what AWS says of it.
async fn failed(cx: &Cx, id: &str, what: &str) -> Error {
    let error = Error::new(ErrorKind::Failed, format!("the replication group {id} {what}"));
    match events(cx, id).await {
        Some(events) => error.with_hint(format!("AWS says: {events}")),
        None => error.with_hint(format!(
            "`aws elasticache describe-events --source-type replication-group --source-identifier {id}` may say why."
        )),
    }
}

/// The last events of a group.
async fn events(cx: &Cx, id: &str) -> Option<String> {
    let call = cx.client::<Client>().ok()?.describe_events().source_type(SourceType::ReplicationGroup);
    let answer = call.source_identifier(id).duration(EVENTS).send().await.ok()?;
    let mut events: Vec<&str> = answer.events().iter().rev().filter_map(|event| event.message()).collect();
    events.truncate(3);
    events.reverse();
    (!events.is_empty()).then(|| events.join(" "))
}

/// That the group can be worked with; else that it may become so.
pub fn usable(group: &Group) -> Result<()> {
    match group.status() {
        Some("available") => Ok(()),
        status => {
            let name = group.replication_group_id().unwrap_or_default();
            let status = status.unwrap_or("not visible yet");
            let kind = if status == "create-failed" { ErrorKind::Failed } else { ErrorKind::NotReady };
            Err(Error::new(kind, format!("the replication group {name} is {status}")))
        }
    }
}

pub fn on_its_way(id: &str) -> Error {
    Error::new(ErrorKind::NotReady, format!("the replication group {id} is changing"))
}

pub fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no replication group {id}"))
}
