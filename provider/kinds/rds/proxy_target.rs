//! The database that a proxy leads to.

use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbProxyTarget, TargetState, TargetType};

use super::proxy_default_target_group::{DEFAULT, check_proxy};
use super::{number, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, bad_id, begin, claim_alike};
use crate::model::{Failures, Model};

const INSTANCE: &str = "RDS_INSTANCE";
const CLUSTER: &str = "TRACKED_CLUSTER";

/// A target of an RDS Proxy: the database instance or the Aurora cluster that it connects to.
#[derive(Clone, Debug, Model)]
pub struct ProxyTargetArgs {
    /// The identifier of the Aurora cluster. Specify either this or `dbInstanceIdentifier`.
    #[model(replace, any_case)]
    pub db_cluster_identifier: Option<String>,
    /// The identifier of the database instance. Specify either this or `dbClusterIdentifier`.
    #[model(replace, any_case)]
    pub db_instance_identifier: Option<String>,
    /// The name of the proxy.
    #[model(replace, any_case, check = check_proxy)]
    pub db_proxy_name: String,
    /// The name of the target group of the proxy.
    #[model(replace, default = DEFAULT)]
    pub target_group_name: String,
}

/// The outputs of a target.
#[derive(Clone, Debug, Model)]
pub struct ProxyTargetState {
    /// The endpoint of the database instance, or of the writer of the cluster.
    #[model(told)]
    pub endpoint: Option<String>,
    /// The port of the database.
    pub port: i64,
    /// The identifier of the database instance or cluster.
    pub rds_resource_id: String,
    /// The ARN of the database instance or cluster.
    #[model(told)]
    pub target_arn: Option<String>,
    /// The identifier of the cluster that the database belongs to.
    #[model(told)]
    pub tracked_cluster_id: Option<String>,
    /// The type of the target: `RDS_INSTANCE` or `TRACKED_CLUSTER`.
    #[model(name = "type")]
    pub kind: String,
}

/// The database that a proxy leads to.
pub struct ProxyTarget;

impl Kind for ProxyTarget {
    const TOKEN: &'static str = "agentic:rds:ProxyTarget";
    const ID: &'static str = "the name of the proxy, the name of the target group, the type of the target and its identifier, separated by slashes, such as `orders/default/RDS_INSTANCE/orders`";
    const ACTIONS: Actions = Actions {
        create: &["rds:DescribeDBProxyTargets", "rds:RegisterDBProxyTargets"],
        read: &["rds:DescribeDBProxyTargets"],
        update: &[],
        delete: &["rds:DeregisterDBProxyTargets"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the proxy can connect to the database",
        usual: [30, 600],
        budget: Duration::from_secs(30 * 60),
    });
    // The database may still be changing.
    const PATIENCE: Duration = Duration::from_secs(30 * 60);
    // A proxy has one database.
    const ALONE: bool = true;

    type Args = ProxyTargetArgs;
    type State = ProxyTargetState;

    fn rules(args: &ProxyTargetInputs, failures: &mut Failures) {
        let (cluster, instance) = (&args.db_cluster_identifier, &args.db_instance_identifier);
        if cluster.get().is_some() && instance.get().is_some() {
            let reason = "conflicts with dbInstanceIdentifier; give only one of them";
            failures.add(ProxyTargetArgs::DB_CLUSTER_IDENTIFIER, reason);
        }
        if !cluster.is_set() && !instance.is_set() {
            let reason = "is missing; give it, or dbClusterIdentifier";
            failures.add(ProxyTargetArgs::DB_INSTANCE_IDENTIFIER, reason);
        }
    }

    async fn create(cx: &Cx, args: &ProxyTargetArgs) -> Result<String> {
        let id = id_of(args);
        let at = Place::parse(&id)?;
        if target(cx, &at).await?.is_some() {
            claim_alike::<Self>(cx, &id, "target of the proxy", async { Ok(false) }).await?;
            return Ok(id);
        }
        begin(cx, &id);
        let register = cx.client::<Client>()?.register_db_proxy_targets().db_proxy_name(at.proxy);
        let register = register.target_group_name(at.group);
        match at.kind {
            CLUSTER => register.db_cluster_identifiers(at.database).send().await?,
            _ => register.db_instance_identifiers(at.database).send().await?,
        };
        Ok(id)
    }

    async fn ready(cx: &Cx, id: &str, _args: &ProxyTargetArgs) -> Result<Poll> {
        let at = Place::parse(id)?;
        let all = targets(cx, &at).await?.unwrap_or_default();
        // The health of a cluster is that of its instances.
        let of_it = |target: &&DbProxyTarget| match at.kind {
            CLUSTER => target.tracked_cluster_id() == Some(at.database) || at.is(target),
            _ => at.is(target),
        };
        let mut waiting = None;
        for health in all.iter().filter(of_it).filter_map(DbProxyTarget::target_health) {
            match health.state() {
                Some(TargetState::Available) => return Ok(Poll::Ready(())),
                state => {
                    let state = state.map_or("unknown", TargetState::as_str).to_lowercase();
                    let reason = health.description().or(health.reason().map(|reason| reason.as_str()));
                    waiting = Some(match reason {
                        Some(reason) => format!("{state}: {reason}"),
                        None => state,
                    });
                }
            }
        }
        Ok(Poll::Pending(waiting.unwrap_or_else(|| "the target is not visible".to_owned())))
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let at = Place::parse(id)?;
        let Some(target) = target(cx, &at).await? else { return Ok(None) };
        let of = |kind: &str| Some((at.kind == kind).then(|| at.database.to_owned()));
        Ok(Some(Live {
            args: ProxyTargetObserved {
                db_cluster_identifier: of(CLUSTER),
                db_instance_identifier: of(INSTANCE),
                db_proxy_name: Some(at.proxy.to_owned()),
                target_group_name: Some(at.group.to_owned()),
            },
            state: ProxyTargetState {
                endpoint: text(target.endpoint()),
                port: number(target.port).unwrap_or_default(),
                rds_resource_id: at.database.to_owned(),
                target_arn: text(target.target_arn()),
                tracked_cluster_id: text(target.tracked_cluster_id()),
                kind: at.kind.to_owned(),
            },
        }))
    }

    async fn delete(cx: &Cx, id: &str, _args: &ProxyTargetArgs) -> Result<()> {
        let at = Place::parse(id)?;
        let call = cx.client::<Client>()?.deregister_db_proxy_targets().db_proxy_name(at.proxy);
        let call = call.target_group_name(at.group);
        match at.kind {
            CLUSTER => call.db_cluster_identifiers(at.database).send().await?,
            _ => call.db_instance_identifiers(at.database).send().await?,
        };
        Ok(())
    }
}

/// What an id says.
struct Place<'a> {
    proxy: &'a str,
    group: &'a str,
    kind: &'a str,
    database: &'a str,
}

impl<'a> Place<'a> {
    fn parse(id: &'a str) -> Result<Self> {
        let bad = || bad_id(id, ProxyTarget::ID);
        let parts: [&str; 4] = id.split('/').collect::<Vec<_>>().try_into().map_err(|_| bad())?;
        let [proxy, group, kind, database] = parts;
        match [INSTANCE, CLUSTER].contains(&kind) {
            true => Ok(Place { proxy, group, kind, database }),
            false => Err(bad()),
        }
    }

    fn is(&self, target: &DbProxyTarget) -> bool {
        target.r#type().map(TargetType::as_str) == Some(self.kind)
            && target.rds_resource_id().is_some_and(|id| id.eq_ignore_ascii_case(self.database))
    }
}

/// RDS stores identifiers in lower case.
fn id_of(args: &ProxyTargetArgs) -> String {
    let (kind, database) = match &args.db_cluster_identifier {
        Some(cluster) => (CLUSTER, cluster.as_str()),
        None => (INSTANCE, args.db_instance_identifier.as_deref().unwrap_or_default()),
    };
    let (proxy, group) = (args.db_proxy_name.to_lowercase(), &args.target_group_name);
    format!("{proxy}/{group}/{kind}/{}", database.to_lowercase())
}

async fn target(cx: &Cx, at: &Place<'_>) -> Result<Option<DbProxyTarget>> {
    let targets = targets(cx, at).await?;
    Ok(targets.unwrap_or_default().into_iter().find(|target| at.is(target)))
}

/// Nothing where there is no such proxy.
async fn targets(cx: &Cx, at: &Place<'_>) -> Result<Option<Vec<DbProxyTarget>>> {
    let client = cx.client::<Client>()?;
    let look = move |(proxy, group): (String, String)| {
        let describe = client.describe_db_proxy_targets().db_proxy_name(proxy).target_group_name(group);
        let pages = describe.into_paginator().items().send();
        async move { found(pages.try_collect().await.map_err(Error::from)) }
    };
    cx.alone((at.proxy.to_owned(), at.group.to_owned()), look).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_says_where_and_what() {
        let args = ProxyTargetArgs {
            db_cluster_identifier: None,
            db_instance_identifier: Some("Orders".to_owned()),
            db_proxy_name: "orders".to_owned(),
            target_group_name: DEFAULT.to_owned(),
        };
        let id = id_of(&args);
        assert_eq!(id, "orders/default/RDS_INSTANCE/orders");
        assert_eq!(Place::parse(&id).unwrap().database, "orders");
        assert!(Place::parse("orders/orders").is_err() && Place::parse("a/default/OTHER/b").is_err());
    }
}
