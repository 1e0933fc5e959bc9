//! The wait for a database instance, of its own or in a cluster.

use aws_sdk_rds::types::DbInstance;

use super::to_aws::differing;
use super::{InstanceArgs, find, missing};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::aws::wait::Poll;
use crate::kinds::rds::asked::{self, Asked, Outstanding, is_moving, lists_changes};
use crate::kinds::rds::status::Passing;
use crate::model::Prop;

impl Passing for DbInstance {
    const WHAT: &'static str = "database";

    fn name(&self) -> Option<&str> {
        self.db_instance_identifier()
    }

    fn status(&self) -> Option<&str> {
        self.db_instance_status()
    }

    fn percent(&self) -> Option<String> {
        self.percent_progress.clone()
    }
}

/// Whether the database is available, with all that was asked of RDS in this operation.
pub async fn look(cx: &Cx, id: &str, args: &InstanceArgs) -> Result<Poll> {
    let instance = find(cx, id).await?.ok_or_else(|| missing(id))?;
    Ok(asked::look(&instance, cx.noted::<Asked<InstanceArgs>>(), |asked| outstanding(asked, args, &instance)))
}

/// The first of what was asked for that is not there.
fn outstanding(
    asked: &Asked<InstanceArgs>,
    args: &InstanceArgs,
    instance: &DbInstance,
) -> Option<Outstanding<InstanceArgs>> {
    let is_asked = |this: &Prop<InstanceArgs>| asked.fields.contains(this);
    let differing = || differing(args, instance, true).into_iter().find(is_asked);
    let pending = instance.pending_modified_values.as_ref();
    let password = asked.password && pending.is_some_and(|pending| pending.master_user_password.is_some());
    let groups = instance.vpc_security_groups().iter();
    let mut parameters = instance.db_parameter_groups().iter();
    let mut options = instance.option_group_memberships().iter();
    match () {
        () if password => Some(InstanceArgs::PASSWORD),
        () if groups.clone().any(|group| is_moving(group.status(), &["adding", "removing"])) => {
            Some(InstanceArgs::VPC_SECURITY_GROUP_IDS).filter(is_asked)
        }
        () if parameters.any(|group| is_moving(group.parameter_apply_status(), &["applying"])) => {
            Some(InstanceArgs::PARAMETER_GROUP_NAME).filter(is_asked)
        }
        () if options.any(|group| is_moving(group.status(), &["applying", "pending-apply"])) => {
            Some(InstanceArgs::OPTION_GROUP_NAME).filter(is_asked)
        }
        () => None,
    }
    .map(Outstanding::Moving)
    .or_else(|| differing().map(|what| Outstanding::differs(what, lists_changes(instance))))
}
