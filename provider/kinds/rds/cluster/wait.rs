//! The wait for a database cluster.

use aws_sdk_rds::types::{ClusterPendingModifiedValues, DbCluster};

use super::to_aws::differing;
use super::{ClusterArgs, find, missing};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::kinds::rds::asked::{self, Asked, Outstanding, is_moving};
use crate::model::Prop;

/// Whether the cluster is available, with all that was asked of RDS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &ClusterArgs) -> Result<Poll> {
    let cluster = find(cx, id).await?.ok_or_else(|| missing(id))?;
    Ok(asked::look(&cluster, cx.noted::<Asked<ClusterArgs>>(), |asked| outstanding(asked, args, &cluster)))
}

/// The first of what was asked for that is not there.
fn outstanding(
    asked: &Asked<ClusterArgs>,
    args: &ClusterArgs,
    cluster: &DbCluster,
) -> Option<Outstanding<ClusterArgs>> {
    let is_asked = |this: &Prop<ClusterArgs>| asked.fields.contains(this);
    let pending = cluster.pending_modified_values.as_ref();
    if asked.password && pending.is_some_and(|pending| pending.master_user_password.is_some()) {
        return Some(Outstanding::Moving(ClusterArgs::MASTER_PASSWORD));
    }
    let mut groups = cluster.vpc_security_groups().iter();
    if groups.any(|group| is_moving(group.status(), &["adding", "removing"]))
        && is_asked(&ClusterArgs::VPC_SECURITY_GROUP_IDS)
    {
        return Some(Outstanding::Moving(ClusterArgs::VPC_SECURITY_GROUP_IDS));
    }
    let lists_changes =
        pending.is_some_and(|pending| *pending != ClusterPendingModifiedValues::builder().build());
    let what = differing(args, cluster, true).into_iter().find(is_asked)?;
    Some(Outstanding::differs(what, lists_changes))
}
