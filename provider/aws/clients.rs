//! Settings, credentials, regions, and one client per service and region.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::identity::IdentityCache;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, FrameworkMetadata, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::sync::OnceCell;

use super::error::{Error, ErrorKind, Result};
use super::http::LazyHttpClient;
use super::repeat::{self, NoBlindRepeat, QuotaIsFinal};

/// How often a call is made before its error is shown, unless the user says otherwise. With the
/// pauses between them that is about half a minute: enough for AWS's usual hiccups, and short
/// enough that a person sees what is wrong.
const ATTEMPTS: u32 = 8;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The slowest control plane calls (RDS, ELB) answer within some seconds; the AWS CLI waits as long.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// Programs that hand out credentials may ask a person first.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// The provider's configuration, as far as it concerns AWS.
///
/// What is not given here comes from the environment and the files of the AWS CLI.
#[derive(Clone, Default)]
pub struct Settings {
    /// The region of resources that name none.
    pub region: Option<String>,
    /// A profile of the AWS CLI; it wins over credentials in the environment.
    pub profile: Option<String>,
    /// An access key id; it needs `secret_key`.
    pub access_key: Option<String>,
    /// The secret access key.
    pub secret_key: Option<String>,
    /// The session token of temporary credentials.
    pub token: Option<String>,
    /// Roles to take on with the credentials found, one after the other.
    pub assume_roles: Vec<AssumeRole>,
    /// The URL of all services, for stand-ins of AWS.
    pub endpoint: Option<String>,
    /// Tags for every resource that takes tags.
    pub default_tags: BTreeMap<String, String>,
    /// How often a failed call is repeated.
    pub max_retries: Option<u32>,
    /// The accounts that may be changed; empty means any.
    pub allowed_account_ids: Vec<String>,
    /// The accounts that may not be changed.
    pub forbidden_account_ids: Vec<String>,
    /// The id of the provider in the state, which no other state has; empty where nobody told it.
    pub provider_id: String,
    /// What tells the stack from another one of the same project and name.
    pub discriminator: Option<String>,
}

/// A role to take on, as in the AWS CLI's profiles.
#[derive(Clone, Default)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session in CloudTrail.
    pub session_name: Option<String>,
    /// The id that the role's owner asks for.
    pub external_id: Option<String>,
    /// How long the session lasts, in seconds.
    pub duration_seconds: Option<i64>,
    /// A policy that narrows the session's permissions.
    pub policy: Option<String>,
}

/// Everything that reaches AWS goes through here. Cheap to clone.
#[derive(Clone)]
pub struct Aws(Arc<Inner>);

struct Inner {
    config: SdkConfig,
    has_own_region: bool,
    default_tags: BTreeMap<String, String>,
    allowed_account_ids: Vec<String>,
    forbidden_account_ids: Vec<String>,
    provider_id: String,
    discriminator: Option<String>,
    shared: Mutex<HashMap<(TypeId, String), Box<dyn Any + Send>>>,
    account: OnceCell<String>,
    account_told: OnceCell<Option<String>>,
}

/// A client of one AWS service.
pub trait ServiceClient: Clone + Send + Sync + 'static {
    /// Makes a client with the house rules for repeated requests.
    fn new(config: &SdkConfig) -> Self;
}

macro_rules! services {
    ($($service:ident $(with $setting:expr)?),* $(,)?) => {
        $(impl ServiceClient for $service::Client {
            fn new(config: &SdkConfig) -> Self {
                let builder = $service::config::Builder::from(config)
                    .interceptor(NoBlindRepeat)
                    .retry_classifier(QuotaIsFinal)
                    .retry_partition(repeat::partition(stringify!($service)));
                $(let builder = $setting(builder, config);)?
                Self::from_conf(builder.build())
            }
        })*
    };
}

services! {
    aws_sdk_acm,
    aws_sdk_applicationautoscaling,
    aws_sdk_autoscaling,
    aws_sdk_bedrockagentcorecontrol,
    aws_sdk_bedrockdataautomation,
    aws_sdk_cloudfront,
    aws_sdk_cloudtrail,
    aws_sdk_cloudwatch,
    aws_sdk_cloudwatchlogs,
    aws_sdk_cognitoidentityprovider,
    aws_sdk_ec2,
    aws_sdk_ecr,
    aws_sdk_ecs,
    aws_sdk_efs,
    aws_sdk_elasticache,
    aws_sdk_elasticloadbalancingv2,
    aws_sdk_eventbridge,
    aws_sdk_iam,
    aws_sdk_kinesis,
    aws_sdk_kms,
    aws_sdk_rds,
    aws_sdk_route53,
    // A bucket's own host name is known to AWS's name servers only.
    aws_sdk_s3 with |builder: aws_sdk_s3::config::Builder, config: &SdkConfig| {
        builder.force_path_style(config.endpoint_url().is_some())
    },
    aws_sdk_secretsmanager,
    aws_sdk_servicediscovery,
    aws_sdk_sns,
    aws_sdk_sqs,
    aws_sdk_ssm,
    aws_sdk_sts,
    aws_sdk_wafv2,
}

impl Aws {
    /// Reads files and the environment, and makes no network call. A missing region or missing
    /// credentials are an error only where they are needed.
    pub async fn new(settings: Settings) -> Result<Self> {
        let config = load(&settings).await?;
        Ok(Self(Arc::new(Inner {
            config,
            has_own_region: settings.region.is_some(),
            default_tags: settings.default_tags,
            allowed_account_ids: settings.allowed_account_ids,
            forbidden_account_ids: settings.forbidden_account_ids,
            provider_id: settings.provider_id,
            discriminator: settings.discriminator,
            shared: Mutex::default(),
            account: OnceCell::new(),
            account_told: OnceCell::new(),
        })))
    }

    /// The region of resources that name none.
    pub fn region(&self) -> Option<&str> {
        self.0.config.region().map(AsRef::as_ref)
    }

    /// Whether the provider's own configuration names the region.
    pub fn has_own_region(&self) -> bool {
        self.0.has_own_region
    }

    /// Tags for every resource that takes tags.
    pub fn default_tags(&self) -> &BTreeMap<String, String> {
        &self.0.default_tags
    }

    /// The id of the provider in the state, which no other state has; empty where nobody told it.
    pub fn provider_id(&self) -> &str {
        &self.0.provider_id
    }

    /// What tells the stack from another one of the same project and name.
    pub fn discriminator(&self) -> Option<&str> {
        self.0.discriminator.as_deref()
    }

    /// The client of a service in a region, or in the provider's own. Each is made once.
    pub fn client<C: ServiceClient>(&self, region: Option<&str>) -> Result<C> {
        let region = match region.or_else(|| self.region()) {
            Some(region) => checked_region(region)?,
            None => return Err(no_region()),
        };
        let config = || self.0.config.to_builder().region(Region::new(region.to_owned())).build();
        Ok(self.shared::<C, C>(region, || C::new(&config())))
    }

    /// What is made once for a region and then shared, told apart by the type `T` that asks.
    pub fn shared<T: 'static, S: Any + Clone + Send>(&self, region: &str, make: impl FnOnce() -> S) -> S {
        let key = (TypeId::of::<T>(), region.to_owned());
        let mut shared = self.0.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = shared.get(&key).and_then(|made| made.downcast_ref::<S>()) {
            return made.clone();
        }
        let made = make();
        shared.insert(key, Box::new(made.clone()));
        made
    }

    /// The account of the credentials, asked for once, however many ask at a time.
    ///
    /// # Errors
    /// Besides failed calls: the account is none of the allowed ones, or a forbidden one.
    pub async fn account_id(&self) -> Result<String> {
        let account = self.0.account.get_or_try_init(|| self.ask_account()).await?;
        if self.0.forbidden_account_ids.contains(account) {
            let message = format!(
                "the credentials belong to the account {account}, which is among forbiddenAccountIds"
            );
            let hint = "Use another profile or role, or remove the account from agentic:forbiddenAccountIds.";
            return Err(Error::new(ErrorKind::AccessDenied, message).with_hint(hint));
        }
        let allowed = &self.0.allowed_account_ids;
        if allowed.is_empty() || allowed.contains(account) {
            return Ok(account.clone());
        }
        let message = format!(
            "the credentials belong to the account {account}, which is not among allowedAccountIds ({})",
            allowed.join(", ")
        );
        let hint = "Use another profile or role, or add the account to agentic:allowedAccountIds.";
        Err(Error::new(ErrorKind::AccessDenied, message).with_hint(hint))
    }

    /// The account of the credentials, allowed or not, where AWS tells it in good time. Asked for
    /// once.
    pub async fn account(&self) -> Option<String> {
        let told = self.0.account_told.get_or_init(|| async {
            let asked = self.0.account.get_or_try_init(|| self.ask_account());
            tokio::time::timeout(CONNECT_TIMEOUT, asked).await.ok()?.ok().cloned()
        });
        told.await.clone()
    }

    /// Refuses to go on in an account that is not among the allowed ones; to be called before
    /// anything is changed. Free when every account is allowed.
    pub async fn ensure_account_allowed(&self) -> Result<()> {
        if !self.0.allowed_account_ids.is_empty() || !self.0.forbidden_account_ids.is_empty() {
            self.account_id().await?;
        }
        Ok(())
    }

    async fn ask_account(&self) -> Result<String> {
        // Any region can tell the account.
        let region = self.region().unwrap_or("us-east-1");
        let sts: aws_sdk_sts::Client = self.client(Some(region))?;
        let answer = sts.get_caller_identity().send().await?;
        answer
            .account
            .ok_or_else(|| Error::new(ErrorKind::Other, "AWS did not return the account of the credentials"))
    }
}

/// The first part of ARNs in a region: `aws`, `aws-cn`, `aws-us-gov` and so on.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn partition(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

async fn load(settings: &Settings) -> Result<SdkConfig> {
    let version = BehaviorVersion::v2026_01_12();
    let http = SharedHttpClient::new(LazyHttpClient::default());
    let region = find_region(settings).await;
    let provider_config = ProviderConfig::without_region()
        .with_behavior_version(Some(version))
        .with_http_client(http.clone())
        .with_region(region.clone());
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();

    let mut loader = aws_config::defaults(version)
        .http_client(http)
        .region(region)
        .timeout_config(timeouts)
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build());
    if let Ok(framework) = FrameworkMetadata::new("pulumi-resource-agentic", Some(env!("CARGO_PKG_VERSION")))
    {
        loader = loader.framework_metadata(framework);
    }
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = credentials(settings, &provider_config)? {
        loader = loader.credentials_provider(credentials);
    }
    let config = loader.load().await;
    let retry = repeat::config(attempts(settings, config.retry_config()));
    let mut config = config.into_builder().retry_config(retry).build();
    for role in &settings.assume_roles {
        config = with_role(config, role).await?;
    }
    Ok(config)
}

/// As the SDK does, but without asking an EC2 instance's metadata, which takes seconds elsewhere.
async fn find_region(settings: &Settings) -> Option<Region> {
    if let Some(region) = &settings.region {
        return Some(Region::new(region.clone()));
    }
    let mut file = ProfileFileRegionProvider::builder();
    if let Some(profile) = &settings.profile {
        file = file.profile_name(profile);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(file.build())
        .region()
        .await
}

/// The credentials that the settings name, or `None` for the SDK's own chain.
fn credentials(
    settings: &Settings,
    provider_config: &ProviderConfig,
) -> Result<Option<SharedCredentialsProvider>> {
    match (&settings.access_key, &settings.secret_key) {
        (Some(key), Some(secret)) => {
            let token = settings.token.clone();
            let keys = Credentials::new(key, secret, token, None, "agentic settings");
            Ok(Some(SharedCredentialsProvider::new(keys)))
        }
        (None, None) => Ok(settings.profile.as_ref().map(|profile| {
            // As with `aws --profile`, a named profile wins over keys in the environment.
            let provider =
                ProfileFileCredentialsProvider::builder().configure(provider_config).profile_name(profile);
            SharedCredentialsProvider::new(provider.build())
        })),
        (Some(_), None) => Err(half("accessKey", "secretKey")),
        (None, Some(_)) => Err(half("secretKey", "accessKey")),
    }
}

/// How often a call is made: by the settings, by the AWS CLI's variables and files, or as we think.
fn attempts(settings: &Settings, loaded: Option<&RetryConfig>) -> u32 {
    let standard = RetryConfig::standard().max_attempts();
    match (settings.max_retries, loaded.map(RetryConfig::max_attempts)) {
        (Some(retries), _) => retries.saturating_add(1),
        // The SDK does not tell its own 3 from a user's.
        (None, Some(attempts)) if attempts != standard => attempts,
        (None, _) => ATTEMPTS,
    }
}

async fn with_role(config: SdkConfig, role: &AssumeRole) -> Result<SdkConfig> {
    let name = role.session_name.as_deref().unwrap_or("pulumi-agentic");
    let mut builder = AssumeRoleProvider::builder(&role.role_arn).configure(&config).session_name(name);
    if config.region().is_none() {
        builder = builder.region(Region::from_static("us-east-1"));
    }
    if let Some(id) = &role.external_id {
        builder = builder.external_id(id);
    }
    if let Some(seconds) = role.duration_seconds {
        let seconds = u64::try_from(seconds).ok().filter(|s| (900..=43_200).contains(s));
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        let seconds = seconds.ok_or_else(|| {
            let message = "a role's session lasts between 900 and 43200 seconds";
            Error::new(ErrorKind::Invalid, message)
        })?;
        builder = builder.session_length(Duration::from_secs(seconds));
    }
    if let Some(policy) = &role.policy {
        builder = builder.policy(policy);
    }
    let provider = SharedCredentialsProvider::new(builder.build().await);
    Ok(config.into_builder().credentials_provider(provider).build())
}

/// The profile that is named and is in none of the files of the AWS CLI, with the files.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>
pub fn missing_profile(settings: &Settings) -> Option<Error> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let of_environment = || variable("AWS_PROFILE").filter(|_| variable("AWS_ACCESS_KEY_ID").is_none());
    if settings.access_key.is_some() {
        return None;
    }
    let profile = settings.profile.clone().or_else(of_environment)?;
    let home = variable("HOME").or_else(|| variable("USERPROFILE")).unwrap_or_default();
    let file = |name: &str, usual: &str| variable(name).unwrap_or_else(|| format!("{home}/.aws/{usual}"));
    let files = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    let names = |line: &str| {
        let name = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_default();
        let name = name.trim();
        name == profile
            || name.strip_prefix("profile").is_some_and(|rest| rest.trim().trim_matches('"') == profile)
    };
    let is_there =
        files.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.lines().any(names)));
    let [config, credentials] = &files;
    let message = format!("there is no profile '{profile}' in {config} or {credentials}");
    let hint = "Give one that is there with `pulumi config set agentic:profile <name>` or AWS_PROFILE, or make it with `aws configure --profile <name>`.";
    (!is_there && profile != "default").then(|| Error::new(ErrorKind::Credentials, message).with_hint(hint))
}

fn half(given: &str, missing: &str) -> Error {
    let message = format!("agentic:{given} is set, but agentic:{missing} is not; set both");
    Error::new(ErrorKind::Credentials, message)
}

fn no_region() -> Error {
    Error::new(ErrorKind::Invalid, "no AWS region is known").with_hint(
        "Set it with `pulumi config set agentic:region <region>`, AWS_REGION, or the property `region`.",
    )
}

/// A region becomes a part of host names, so it must look like one.
fn checked_region(region: &str) -> Result<&str> {
    let fine = region.contains('-')
        && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    match fine {
        true => Ok(region),
        false => {
            let message = format!("'{region}' is not an AWS region; they look like eu-central-1");
            Err(Error::new(ErrorKind::Invalid, message))
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "[hidden]");
        f.debug_struct("Settings")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("access_key", &hidden(&self.access_key))
            .field("secret_key", &hidden(&self.secret_key))
            .field("token", &hidden(&self.token))
            .field("assume_roles", &self.assume_roles)
            .field("endpoint", &self.endpoint)
            .field("default_tags", &self.default_tags)
            .field("max_retries", &self.max_retries)
            .field("allowed_account_ids", &self.allowed_account_ids)
            .finish()
    }
}

impl fmt::Debug for AssumeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.external_id.as_ref().map(|_| "[hidden]");
        f.debug_struct("AssumeRole")
            .field("role_arn", &self.role_arn)
            .field("session_name", &self.session_name)
            .field("external_id", &hidden)
            .field("duration_seconds", &self.duration_seconds)
            .field("policy", &self.policy)
            .finish()
    }
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("region", &self.region()).finish()
    }
}

#[cfg(test)]
mod tests;
