//! A proxy before a database: keeps connections open, and shares them out.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{
    AuthScheme, ClientPasswordAuthType, DbProxy, DbProxyStatus as Status, DefaultAuthScheme, EngineFamily,
    IamAuthMode, UserAuthConfig, UserAuthConfigInfo,
};

use super::{RdsTags, tag_list, text};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::ids;
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{HYPHENED, NameRule, PLAIN};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::{Failures, Maybe, Model, Path, Prop};

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html>
pub(super) const DB_PROXY: NameRule = NameRule {
    what: "database proxy",
    max: 63,
    alphabet: HYPHENED,
    letter_first: true,
    inner: "-",
    doubled: false,
    ..PLAIN
};

/// The authentication of clients to the proxy, and of the proxy to the database, for a database
/// user.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ProxyAuth {
    /// The authentication of the proxy to the database.
    #[model(default = "SECRETS", one_of = ["SECRETS"])]
    pub auth_scheme: String,
    /// The method with which the proxy verifies the passwords of clients. Defaults to the method of
    /// the engine family, such as `POSTGRES_SCRAM_SHA_256`.
    #[model(aws_default, resets, one_of = [
        "MYSQL_NATIVE_PASSWORD",
        "MYSQL_CACHING_SHA2_PASSWORD",
        "POSTGRES_SCRAM_SHA_256",
        "POSTGRES_MD5",
        "SQL_SERVER_AUTHENTICATION",
    ])]
    pub client_password_auth_type: Option<String>,
    /// The description of the authentication settings.
    #[model(length = 1..=1000)]
    pub description: Option<String>,
    /// Whether IAM authentication of clients to the proxy is required (`REQUIRED`), not possible
    /// (`DISABLED`), or, for SQL Server, optional (`ENABLED`).
    #[model(default = "DISABLED", one_of = ["DISABLED", "REQUIRED", "ENABLED"])]
    pub iam_auth: String,
    /// The ARN of the secret with the properties `username` and `password`.
    #[model(length = 20..=2048)]
    pub secret_arn: Option<String>,
    /// The name of the database user. Defaults to the `username` in the secret.
    #[model(aws_default, resets, length = 1..=128)]
    pub username: Option<String>,
}

/// An RDS Proxy: shares a pool of database connections among clients, and keeps clients connected
/// during a failover of the database. AWS charges for it by the vCPU of the database and by the
/// hour.
#[derive(Clone, Debug, Model)]
pub struct ProxyArgs {
    /// The authentication settings, one for each database user. Required unless `defaultAuthScheme`
    /// is `IAM_AUTH`.
    #[model(in_place, default = [], set, length = 0..=200)]
    pub auths: Vec<ProxyAuth>,
    /// Whether the proxy logs the text of queries. Debug logging reduces performance, and can log
    /// sensitive data.
    #[model(in_place, default = false)]
    pub debug_logging: bool,
    /// The authentication of database users that are not listed in `auths`: none (`NONE`), or IAM
    /// for both the proxy and the database (`IAM_AUTH`).
    #[model(in_place, default = "NONE", one_of = ["NONE", "IAM_AUTH"])]
    pub default_auth_scheme: String,
    /// The family of the engines that the proxy can connect to.
    #[model(replace, one_of = ["MYSQL", "POSTGRESQL", "SQLSERVER"])]
    pub engine_family: String,
    /// The time after which the proxy closes an idle connection of a client, in seconds.
    #[model(in_place, default = 1800, range = 1..=28800)]
    pub idle_client_timeout: i64,
    /// The name of the proxy, unique in the account and region.
    #[model(replace, autoname, any_case)]
    pub name: String,
    /// Whether clients must connect with TLS.
    #[model(in_place, default = true)]
    pub require_tls: bool,
    /// The ARN of the IAM role with which the proxy reads the secrets. It must trust
    /// `rds.amazonaws.com`.
    #[model(in_place, length = 20..=2048)]
    pub role_arn: String,
    /// The tags of the proxy.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The IDs of the security groups of the proxy. Defaults to the default security group of the
    /// VPC.
    #[model(in_place, set, aws_default, resets, told, length = 1..=100, check = ids::security_group)]
    pub vpc_security_group_ids: Option<Vec<String>>,
    /// The IDs of the subnets of the proxy. They must be in at least two Availability Zones.
    #[model(replace, set, length = 2..=100, check = ids::subnet)]
    pub vpc_subnet_ids: Vec<String>,
}

/// The outputs of a proxy.
#[derive(Clone, Debug, Model)]
pub struct ProxyState {
    /// The ARN of the proxy.
    pub arn: String,
    /// The endpoint of the proxy, which clients connect to.
    pub endpoint: String,
}

/// A proxy before a database.
pub struct Proxy;

impl Kind for Proxy {
    const TOKEN: &'static str = "agentic:rds:Proxy";
    const ID: &'static str = "the name of the proxy";
    const TAGS: TaggedBy = TaggedBy::service::<RdsTags>();
    const ACTIONS: Actions = Actions {
        create: &["rds:CreateDBProxy", "rds:DescribeDBProxies", "iam:PassRole"],
        read: &["rds:DescribeDBProxies"],
        update: &["ec2:DescribeSecurityGroups", "rds:ModifyDBProxy", "rds:DescribeDBProxies", "iam:PassRole"],
        delete: &["rds:DeleteDBProxy", "rds:DescribeDBProxies"],
    };
    const NAME: Option<&'static NameRule> = Some(&DB_PROXY);
    const READY: Option<Wait> = Some(Wait {
        goal: "the database proxy is available",
        usual: [240, 720],
        budget: Duration::from_secs(45 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the database proxy is deleted",
        usual: [60, 300],
        budget: Duration::from_secs(45 * 60),
    });
    const PATIENCE: Duration = Duration::from_secs(20 * 60);

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::PROXY;

    const SECURITY_GROUPS: Option<Prop<Self::Args>> = Some(ProxyArgs::VPC_SECURITY_GROUP_IDS);

    type Args = ProxyArgs;
    type State = ProxyState;

    /// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBProxy.html>
    fn rules(args: &ProxyInputs, failures: &mut Failures) {
        let Maybe::Known(auths) = &args.auths.value else { return };
        if auths.is_empty() && args.default_auth_scheme.get().is_some_and(|scheme| scheme == "NONE") {
            let reason = "is empty; give a login with its secretArn, or defaultAuthScheme IAM_AUTH";
            failures.add(ProxyArgs::AUTHS, reason);
        }
        for (index, auth) in auths.iter().enumerate() {
            let Some(auth) = auth.get() else { continue };
            if !auth.secret_arn.is_set() {
                let at = Path::from(ProxyArgs::AUTHS).index(index);
                failures.add(at.key(ProxyAuth::SECRET_ARN), "is missing; give the ARN of the login's secret");
            }
        }
    }

    async fn create(cx: &Cx, args: &ProxyArgs) -> Result<String> {
        let made = cx
            .client::<Client>()?
            .create_db_proxy()
            .db_proxy_name(&args.name)
            .set_auth(Some(args.auths.iter().map(to_aws).collect()))
            .debug_logging(args.debug_logging)
            .set_default_auth_scheme(default_scheme(args))
            .engine_family(EngineFamily::from(args.engine_family.as_str()))
            .idle_client_timeout(args.idle_client_timeout as i32)
            .require_tls(args.require_tls)
            .role_arn(&args.role_arn)
            .set_vpc_security_group_ids(args.vpc_security_group_ids.clone())
            .set_vpc_subnet_ids(Some(args.vpc_subnet_ids.clone()))
            .set_tags(Some(tag_list(cx.owned(&args.tags))))
            .send()
            .await
            .map_err(Error::from);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                claim::<Self>(cx, &args.name, args, error, "database proxy").await
            }
            made => made.map(|_| args.name.clone()),
        }
    }

    async fn ready(cx: &Cx, id: &str, _args: &ProxyArgs) -> Result<Poll> {
        let Some(proxy) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let failed = |why: &str, advice: &str| {
            let message = format!("the database proxy {id} cannot become available: {why}");
            Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(advice))
        };
        Ok(match &proxy.status {
            Some(Status::Available) => Poll::Ready(()),
            Some(Status::IncompatibleNetwork) => failed(
                "its network does not meet the requirements",
                "Give subnets in two zones with free addresses, and keep the tenancy `default` of the VPC.",
            ),
            Some(Status::InsufficientResourceLimits) => failed(
                "a quota or a limit of the account is reached",
                "The subnets need free addresses, and the role must be able to read the secrets.",
            ),
            Some(Status::Deleting) => failed("it is being deleted", "Run `pulumi up` again once it is gone."),
            Some(status) => Poll::Pending(status.as_str().to_owned()),
            None => Poll::Pending("the status is unknown".to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(proxy) = find(cx, id).await? else { return Ok(None) };
        Ok(Some(Live {
            args: ProxyObserved {
                auths: Some(proxy.auth().iter().map(from_aws).collect()),
                debug_logging: Some(proxy.debug_logging.unwrap_or_default()),
                default_auth_scheme: Some(
                    text(proxy.default_auth_scheme()).unwrap_or_else(|| "NONE".to_owned()),
                ),
                engine_family: text(proxy.engine_family()),
                idle_client_timeout: proxy.idle_client_timeout.map(i64::from),
                name: Some(id.to_owned()),
                require_tls: Some(proxy.require_tls.unwrap_or_default()),
                role_arn: text(proxy.role_arn()),
                vpc_security_group_ids: Some(Some(proxy.vpc_security_group_ids().to_vec())),
                vpc_subnet_ids: Some(proxy.vpc_subnet_ids().to_vec()),
                ..ProxyObserved::default()
            },
            state: ProxyState {
                arn: proxy.db_proxy_arn.clone().unwrap_or_default(),
                endpoint: proxy.endpoint.clone().unwrap_or_default(),
            },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ProxyArgs>) -> Result<()> {
        if !update.any_but(&[ProxyArgs::TAGS]) {
            return Ok(());
        }
        let new = &update.new;
        let mut call = cx.client::<Client>()?.modify_db_proxy().db_proxy_name(id);
        if update.any(&[ProxyArgs::AUTHS]) {
            call = call.set_auth(Some(new.auths.iter().map(to_aws).collect()));
        }
        if update.any(&[ProxyArgs::DEBUG_LOGGING]) {
            call = call.debug_logging(new.debug_logging);
        }
        if update.any(&[ProxyArgs::DEFAULT_AUTH_SCHEME]) {
            call = call.default_auth_scheme(DefaultAuthScheme::from(new.default_auth_scheme.as_str()));
        }
        if update.any(&[ProxyArgs::IDLE_CLIENT_TIMEOUT]) {
            call = call.idle_client_timeout(new.idle_client_timeout as i32);
        }
        if update.any(&[ProxyArgs::REQUIRE_TLS]) {
            call = call.require_tls(new.require_tls);
        }
        if update.any(&[ProxyArgs::ROLE_ARN]) {
            call = call.role_arn(&new.role_arn);
        }
        if update.any(&[ProxyArgs::VPC_SECURITY_GROUP_IDS]) {
            call = call.set_security_groups(new.vpc_security_group_ids.clone());
        }
        call.send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ProxyArgs) -> Result<()> {
        cx.client::<Client>()?.delete_db_proxy().db_proxy_name(id).send().await?;
        Ok(())
    }
}

/// What AWS does by itself is not named, so that regions without the choice take the call.
fn default_scheme(args: &ProxyArgs) -> Option<DefaultAuthScheme> {
    let scheme = args.default_auth_scheme.as_str();
    (scheme != "NONE").then(|| DefaultAuthScheme::from(scheme))
}

fn to_aws(auth: &ProxyAuth) -> UserAuthConfig {
    let kind = auth.client_password_auth_type.as_deref().map(ClientPasswordAuthType::from);
    UserAuthConfig::builder()
        .auth_scheme(AuthScheme::from(auth.auth_scheme.as_str()))
        .set_client_password_auth_type(kind)
        .set_description(auth.description.clone())
        .iam_auth(IamAuthMode::from(auth.iam_auth.as_str()))
        .set_secret_arn(auth.secret_arn.clone())
        .set_user_name(auth.username.clone())
        .build()
}

fn from_aws(auth: &UserAuthConfigInfo) -> ProxyAuth {
    let or = |value: Option<&str>, otherwise: &str| text(value).unwrap_or_else(|| otherwise.to_owned());
    ProxyAuth {
        auth_scheme: or(auth.auth_scheme().map(AuthScheme::as_str), "SECRETS"),
        client_password_auth_type: text(auth.client_password_auth_type().map(|kind| kind.as_str())),
        description: text(auth.description()),
        iam_auth: or(auth.iam_auth().map(IamAuthMode::as_str), "DISABLED"),
        secret_arn: text(auth.secret_arn()),
        username: text(auth.user_name()),
    }
}

async fn find(cx: &Cx, name: &str) -> Result<Option<DbProxy>> {
    let answer = found(cx.client::<Client>()?.describe_db_proxies().db_proxy_name(name).send().await)?;
    Ok(answer.and_then(|answer| answer.db_proxies.unwrap_or_default().into_iter().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::In;

    fn check(auths: Vec<ProxyAuthInput>, scheme: &str) -> String {
        let inputs = ProxyInputs {
            auths: In::list(auths.into_iter().map(In::known)),
            default_auth_scheme: scheme.into(),
            ..ProxyInputs::default()
        };
        let mut failures = Failures::new();
        Proxy::rules(&inputs, &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_proxy_can_log_in() {
        let login = |arn: Option<&str>| ProxyAuthInput {
            secret_arn: arn.map(str::to_owned).into(),
            ..ProxyAuthInput::default()
        };
        assert_eq!(check(vec![login(Some("arn:aws:secretsmanager:x"))], "NONE"), "");
        assert_eq!(check(Vec::new(), "IAM_AUTH"), "");
        assert!(check(Vec::new(), "NONE").contains("auths: is empty"));
        assert!(check(vec![login(None)], "NONE").contains("auths[0].secretArn: is missing"));
    }
}
