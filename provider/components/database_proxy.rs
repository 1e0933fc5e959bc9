//! A proxy before a database, which shares out its connections.

use serde_json::Value as Json_;

use super::database::{Postgres, PostgresInput, has_iam_login};
use super::policy::{all, allow, attach, decrypt, policy, role};
use super::{Child, Options, Scope, edge};
use crate::aws::clients::partition;
use crate::kinds::ec2::{
    SecurityGroup, SecurityGroupEgressRule, SecurityGroupIngressRule, SecurityGroupRuleInputs,
};
use crate::kinds::rds::{
    Proxy, ProxyAuthInput, ProxyConnectionPoolInput, ProxyDefaultTargetGroup, ProxyDefaultTargetGroupInputs,
    ProxyInputs, ProxyTarget, ProxyTargetInputs,
};
use crate::model::{Failures, In, Model, Path};

/// The RDS Proxy of a database. Callers connect to it instead of the database, on port 5432.
#[derive(Clone, Debug, Model)]
pub struct DatabaseProxy {
    /// The time in seconds that the proxy waits for a connection to become available before it
    /// returns an error.
    #[model(default = 120, range = 0..=300)]
    pub connection_borrow_timeout: i64,
    /// The time after which the proxy closes an idle connection of a client, in seconds.
    #[model(default = 1800, range = 1..=28800)]
    pub idle_client_timeout: i64,
    /// The maximum number of connections to the database, as a percentage of its `max_connections`.
    #[model(default = 100, range = 1..=100)]
    pub max_connections_percent: i64,
    /// Whether clients must connect with TLS.
    #[model(default = true)]
    pub require_tls: bool,
}

/// The port of every proxy for PostgreSQL, whatever that of the database is.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html>
pub const PORT: i64 = 5432;

/// A proxy that is there.
pub struct Made {
    pub endpoint: In<String>,
    /// The resource ID that policies name for `rds-db:connect`.
    pub resource_id: In<String>,
    /// The security group that callers connect to.
    pub group: Child<SecurityGroup>,
    name: In<String>,
    pool: String,
}

/// What a proxy stands before.
pub struct Behind<'a> {
    pub vpc_id: &'a In<String>,
    pub subnet_ids: &'a In<Vec<In<String>>>,
    pub called_by: &'a In<Vec<In<String>>>,
    pub database: &'a Child<SecurityGroup>,
    pub secret_arn: &'a In<String>,
    /// The resource ID of the database.
    pub resource_id: &'a In<String>,
}

/// Makes the proxy, where there is to be one. It leads to the database once [`Made::lead`] says so.
pub fn make(at: &Scope, postgres: &PostgresInput, behind: &Behind<'_>) -> Option<Made> {
    let wanted = postgres.proxy.get()?;
    let group = edge::closed_group(at, "db-proxy-sg", behind.vpc_id.clone(), "database proxy");
    let callers = behind.called_by.get().cloned().unwrap_or_default();
    edge::open_to_callers(at, "db-proxy-sg", &group, PORT.into(), callers);
    let out = SecurityGroupRuleInputs {
        security_group_id: group.id.clone(),
        referenced_security_group_id: behind.database.id.clone(),
        ip_protocol: "tcp".into(),
        from_port: postgres.port.clone(),
        to_port: postgres.port.clone(),
        description: "To the database".into(),
        ..SecurityGroupRuleInputs::default()
    };
    let out = at.child::<SecurityGroupEgressRule>("db-proxy-sg-out", out, Options::untagged());
    let into: Child<SecurityGroupIngressRule> =
        edge::open_to_group(at, "db-sg-proxy", &behind.database.id, postgres.port.clone(), group.id.clone());
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-secrets-arns.html
    let role = role(at, "db-proxy-role", "rds.amazonaws.com");
    let region = at.region().unwrap_or("*");
    let is_iam = has_iam_login(postgres);
    let statements = match is_iam {
        // It logs in as its clients do, with IAM from end to end, and reads no secret.
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
        true => vec![connect(region, [behind.resource_id.clone()], "*")],
        false => {
            let secret = behind.secret_arn.clone().map(|arn| vec![arn]);
            let key = postgres.kms_key_id.is_set().then(|| decrypt(postgres.kms_key_id.clone(), region));
            [allow(&["secretsmanager:GetSecretValue"], secret)].into_iter().chain(key).collect()
        }
    };
    let attached = attach(at, "db-proxy-policy", &role, policy(statements));
    let login = ProxyAuthInput {
        auth_scheme: "SECRETS".into(),
        iam_auth: "DISABLED".into(),
        secret_arn: behind.secret_arn.clone(),
        ..ProxyAuthInput::default()
    };
    let proxy = ProxyInputs {
        auths: if is_iam { In::default() } else { In::list([login.into()]) },
        default_auth_scheme: if is_iam { "IAM_AUTH".into() } else { In::default() },
        engine_family: "POSTGRESQL".into(),
        idle_client_timeout: wanted.idle_client_timeout.clone(),
        require_tls: wanted.require_tls.clone(),
        role_arn: role.out.arn.clone().depending_on([&attached.urn]),
        vpc_security_group_ids: In::list([group.id.clone()]),
        vpc_subnet_ids: behind.subnet_ids.clone(),
        ..ProxyInputs::default()
    };
    let options = Options::default().within(behind.vpc_id).after([&out.urn, &into.urn]);
    let proxy: Child<Proxy> = at.child("db-proxy", proxy, options);
    let pool = ProxyConnectionPoolInput {
        connection_borrow_timeout: wanted.connection_borrow_timeout.clone(),
        max_connections_percent: wanted.max_connections_percent.clone(),
        ..ProxyConnectionPoolInput::default()
    };
    let name = proxy.get::<String>("name");
    let pool =
        ProxyDefaultTargetGroupInputs { db_proxy_name: name.clone(), connection_pool_config: pool.into() };
    let pool = at.child::<ProxyDefaultTargetGroup>("db-proxy-pool", pool, Options::default());
    // arn:aws:rds:us-east-1:123456789012:db-proxy:prx-0123456789abcdef0
    let resource_id = proxy.out.arn.clone().map(|arn| arn.rsplit(':').next().unwrap_or_default().to_owned());
    Some(Made { endpoint: proxy.out.endpoint.clone(), resource_id, group, name, pool: pool.urn })
}

/// One statement that allows to connect as a database user, to databases and proxies of these resource
/// IDs, and to no others.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html>
pub fn connect(region: &str, to: impl IntoIterator<Item = In<String>>, user: &str) -> In<Json_> {
    let begin = format!("arn:{}:rds-db:{region}:*:dbuser", partition(region));
    let user = user.to_owned();
    let ids = all(to.into_iter().filter(In::is_set));
    allow(
        &["rds-db:connect"],
        ids.map(move |ids| ids.iter().map(|id| format!("{begin}:{id}/{user}")).collect()),
    )
}

impl Made {
    /// Leads the proxy to a database, once all of this is there. Gives what has to be there before the
    /// proxy answers.
    pub fn lead(&self, at: &Scope, to: ProxyTargetInputs, after: &[&String]) -> String {
        let target = ProxyTargetInputs { db_proxy_name: self.name.clone(), ..to };
        let options = Options::default().after(after.iter().copied()).after([&self.pool]);
        at.child::<ProxyTarget>("db-proxy-target", target, options).urn
    }
}

/// The proxy reads the login under the names that AWS gives it.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-secrets-arns.html>
pub fn rules(postgres: &PostgresInput, at: &Path, failures: &mut Failures) {
    let Some(proxy) = postgres.proxy.get() else { return };
    if has_iam_login(postgres) && proxy.require_tls.get() == Some(&false) {
        let reason = "is false, but login is \"iam\", which requires TLS; leave it out";
        failures.add(at.key("proxy").key(DatabaseProxy::REQUIRE_TLS), reason);
    }
    for (key, name) in postgres.secret_keys.get().into_iter().flatten() {
        let is_read = ["username", "password"].contains(&key.as_str());
        if let Some(name) = name.get().filter(|name| is_read && *name != key) {
            let reason = format!("is {name:?}, but the proxy reads the secret's {key:?}; leave it out");
            failures.add(at.key(Postgres::SECRET_KEYS).key(key.as_str()), reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_finds_the_login() {
        let told = |key: &str, name: &str| {
            let postgres = PostgresInput {
                proxy: DatabaseProxyInput::default().into(),
                secret_keys: In::entries([(key, In::from(name))]),
                ..PostgresInput::default()
            };
            let mut failures = Failures::new();
            rules(&postgres, &Path::root().key("database"), &mut failures);
            failures.to_string()
        };
        assert_eq!(told("host", "DB_HOST"), "");
        assert_eq!(told("username", "username"), "");
        assert!(
            told("password", "DB_PASSWORD").starts_with("database.secretKeys.password: is \"DB_PASSWORD\"")
        );
    }
}
