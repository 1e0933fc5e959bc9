//! The target group of a proxy, which each proxy has one of.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ConnectionPoolConfiguration, DbProxyTargetGroup};

use super::{number, small, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Actions, Kind, Live, Update, set_up};
use crate::model::{Failures, Model, Path};

/// The name of the target group that each proxy has.
pub(super) const DEFAULT: &str = "default";

/// The settings of the connection pool of a proxy. If a property is omitted, AWS chooses its value.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ProxyConnectionPool {
    /// The time in seconds that the proxy waits for a connection to become available before it
    /// returns an error. Defaults to 120.
    #[model(aws_default, range = 0..=300)]
    pub connection_borrow_timeout: Option<i64>,
    /// The SQL statements to run on each new connection to the database, separated by semicolons.
    #[model(aws_default)]
    pub init_query: Option<String>,
    /// The maximum number of connections in the pool, as a percentage of `max_connections` of the
    /// database. Defaults to 100.
    #[model(aws_default, range = 1..=100)]
    pub max_connections_percent: Option<i64>,
    /// The maximum number of idle connections in the pool, as a percentage of `max_connections` of
    /// the database. Defaults to half of `maxConnectionsPercent`.
    #[model(aws_default, follows = [ProxyConnectionPool::MAX_CONNECTIONS_PERCENT], range = 0..=100)]
    pub max_idle_connections_percent: Option<i64>,
    /// The SQL operations that do not pin a client to its connection: `EXCLUDE_VARIABLE_SETS`. Only
    /// for MySQL.
    #[model(aws_default)]
    pub session_pinning_filters: Option<Vec<String>>,
}

/// The default target group of an RDS Proxy, which has the settings of its connection pool. AWS
/// creates and deletes it with the proxy; deleting the resource does not change the settings.
#[derive(Clone, Debug, Model)]
pub struct ProxyDefaultTargetGroupArgs {
    /// The settings of the connection pool. If a property is omitted, AWS chooses its value.
    #[model(in_place, aws_default, told)]
    pub connection_pool_config: Option<ProxyConnectionPool>,
    /// The name of the proxy.
    #[model(replace, any_case, check = check_proxy)]
    pub db_proxy_name: String,
}

/// The outputs of the default target group of a proxy.
#[derive(Clone, Debug, Model)]
pub struct ProxyDefaultTargetGroupState {
    /// The ARN of the target group.
    pub arn: String,
    /// The name of the target group: `default`.
    pub name: String,
}

/// The target group of a proxy.
pub struct ProxyDefaultTargetGroup;

impl Kind for ProxyDefaultTargetGroup {
    const TOKEN: &'static str = "agentic:rds:ProxyDefaultTargetGroup";
    const ID: &'static str = "the name of the proxy";
    const ACTIONS: Actions = Actions {
        create: &["rds:DescribeDBProxyTargetGroups", "rds:ModifyDBProxyTargetGroup"],
        read: &["rds:DescribeDBProxyTargetGroups"],
        update: &["rds:ModifyDBProxyTargetGroup"],
        delete: &[],
    };

    type Args = ProxyDefaultTargetGroupArgs;
    type State = ProxyDefaultTargetGroupState;

    fn rules(args: &ProxyDefaultTargetGroupInputs, failures: &mut Failures) {
        let Some(pool) = args.connection_pool_config.get() else { return };
        let (most, idle) = (pool.max_connections_percent.get(), pool.max_idle_connections_percent.get());
        let at = Path::from(ProxyDefaultTargetGroupArgs::CONNECTION_POOL_CONFIG);
        if let (Some(most), Some(idle)) = (most, idle)
            && idle > most
        {
            let reason = format!("is {idle}, more than maxConnectionsPercent, which is {most}");
            failures.add(at.key(ProxyConnectionPool::MAX_IDLE_CONNECTIONS_PERCENT), reason);
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ConnectionPoolConfiguration.html
        if idle.is_some() && !pool.max_connections_percent.is_set() {
            let reason = "is missing; maxIdleConnectionsPercent requires it";
            failures.add(at.key(ProxyConnectionPool::MAX_CONNECTIONS_PERCENT), reason);
        }
    }

    async fn create(cx: &Cx, args: &ProxyDefaultTargetGroupArgs) -> Result<String> {
        match find(cx, &args.db_proxy_name).await? {
            Some(group) => {
                cx.keep(args.db_proxy_name.clone(), group);
                Ok(args.db_proxy_name.clone())
            }
            None => {
                let message = format!("the database proxy {} is not visible", args.db_proxy_name);
                Err(Error::new(ErrorKind::NotReady, message))
            }
        }
    }

    async fn configure(cx: &Cx, id: &str, args: &ProxyDefaultTargetGroupArgs) -> Result<()> {
        set_up::<Self>(cx, id, args).await
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(group) = find(cx, id).await? else { return Ok(None) };
        let pool = group.connection_pool_config().map(|pool| ProxyConnectionPool {
            connection_borrow_timeout: number(pool.connection_borrow_timeout),
            init_query: text(pool.init_query()),
            max_connections_percent: number(pool.max_connections_percent),
            max_idle_connections_percent: number(pool.max_idle_connections_percent),
            session_pinning_filters: Some(pool.session_pinning_filters().to_vec()),
        });
        Ok(Some(Live {
            args: ProxyDefaultTargetGroupObserved {
                connection_pool_config: Some(pool),
                db_proxy_name: Some(id.to_owned()),
            },
            state: ProxyDefaultTargetGroupState {
                arn: group.target_group_arn.clone().unwrap_or_default(),
                name: text(group.target_group_name()).unwrap_or_else(|| DEFAULT.to_owned()),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ProxyDefaultTargetGroupArgs>) -> Result<()> {
        let Some(pool) = &update.new.connection_pool_config else { return Ok(()) };
        let config = ConnectionPoolConfiguration::builder()
            .set_connection_borrow_timeout(small(pool.connection_borrow_timeout))
            .set_init_query(pool.init_query.clone())
            .set_max_connections_percent(small(pool.max_connections_percent))
            .set_max_idle_connections_percent(small(pool.max_idle_connections_percent))
            .set_session_pinning_filters(pool.session_pinning_filters.clone())
            .build();
        let change = cx.client::<Client>()?.modify_db_proxy_target_group().db_proxy_name(id);
        change.target_group_name(DEFAULT).connection_pool_config(config).send().await?;
        Ok(())
    }

    /// The group goes with its proxy.
    async fn delete(_cx: &Cx, _id: &str, _args: &ProxyDefaultTargetGroupArgs) -> Result<()> {
        Ok(())
    }
}

async fn find(cx: &Cx, proxy: &str) -> Result<Option<DbProxyTargetGroup>> {
    let client = cx.client::<Client>()?;
    let look = move |proxy: String| {
        let describe = client.describe_db_proxy_target_groups().db_proxy_name(proxy);
        async move {
            let answer = found(describe.target_group_name(DEFAULT).send().await)?;
            let groups = answer.and_then(|answer| answer.target_groups).unwrap_or_default();
            Ok(groups.into_iter().find(|group| group.target_group_name() == Some(DEFAULT)))
        }
    };
    cx.alone(proxy.to_owned(), look).await
}

pub(super) fn check_proxy(name: &str) -> Result<(), String> {
    super::proxy::DB_PROXY.check(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::In;

    #[test]
    fn what_is_idle_is_part_of_all() {
        let check = |most: Option<i64>, idle: i64| {
            let pool = ProxyConnectionPoolInput {
                max_connections_percent: most.into(),
                max_idle_connections_percent: Some(idle).into(),
                ..ProxyConnectionPoolInput::default()
            };
            let inputs = ProxyDefaultTargetGroupInputs {
                connection_pool_config: In::known(pool),
                ..ProxyDefaultTargetGroupInputs::default()
            };
            let mut failures = Failures::new();
            ProxyDefaultTargetGroup::rules(&inputs, &mut failures);
            failures.to_string()
        };
        assert_eq!(check(Some(80), 40), "");
        assert!(check(Some(20), 40).contains("more than maxConnectionsPercent"));
        assert!(check(None, 40).contains("maxConnectionsPercent: is missing"));
    }
}
