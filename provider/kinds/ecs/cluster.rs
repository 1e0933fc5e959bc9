//! A cluster: where services and tasks live together.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{self, ClusterField, ClusterSettingName, ExecuteCommandLogging};

use super::{ClusterCapacityProviders, EcsTags, last, only_missing, pairs, strategy_item, tag_list, tag_map};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::engine::names::{NameRule, PLAIN};
use crate::kinds::{Actions, Kind, Live, Setting, TaggedBy, Update, may_claim};
use crate::model::{Failures, Model, Path};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html>
const ECS_CLUSTER: NameRule = NameRule { what: "ECS cluster", ..PLAIN };

/// An ECS cluster: a logical group of services and tasks. A cluster itself is free of charge.
#[derive(Clone, Debug, Model)]
pub struct ClusterArgs {
    /// The name of the cluster.
    #[model(replace, autoname)]
    pub name: String,
    /// The settings of the cluster: the monitoring by CloudWatch Container Insights. Defaults to
    /// the account setting.
    #[model(in_place, set, aws_default, told, imported)]
    pub settings: Option<Vec<ClusterSetting>>,
    /// The logging of ECS Exec sessions, and the encryption of managed storage.
    #[model(in_place)]
    pub configuration: Option<ClusterConfiguration>,
    /// The Service Connect defaults for services of the cluster that name no namespace.
    #[model(in_place)]
    pub service_connect_defaults: Option<ServiceConnectDefaults>,
    /// The capacity providers that services of the cluster can use, such as `FARGATE` and
    /// `FARGATE_SPOT`. Services with a launch type do not require any.
    #[model(in_place, set, aws_default, told, imported)]
    pub capacity_providers: Option<Vec<String>>,
    /// The capacity provider strategy of services and tasks that have neither a strategy nor a
    /// launch type.
    #[model(in_place, set, aws_default, told, imported, resets)]
    pub default_capacity_provider_strategies: Option<Vec<DefaultStrategyItem>>,
    /// The tags of the cluster.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
}

/// A setting of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterSetting {
    /// The name of the setting.
    #[model(one_of = ["containerInsights"])]
    pub name: String,
    /// The value of the setting. `enabled` collects metrics of the cluster and its services,
    /// `enhanced` of each task and container as well. CloudWatch charges for both.
    #[model(one_of = ["enabled", "disabled", "enhanced"])]
    pub value: String,
}

/// The logging of ECS Exec sessions, and the encryption of managed storage.
#[derive(Clone, Debug, Model)]
pub struct ClusterConfiguration {
    /// The configuration of ECS Exec (`aws ecs execute-command`).
    pub execute_command_configuration: Option<ExecuteCommand>,
    /// The encryption of the storage that ECS manages for tasks.
    pub managed_storage_configuration: Option<ManagedStorage>,
}

/// The configuration of ECS Exec in a cluster.
#[derive(Clone, Debug, Model)]
pub struct ExecuteCommand {
    /// The ID or ARN of the KMS key that encrypts the data between the client and the container.
    pub kms_key_id: Option<String>,
    /// The log destination of ECS Exec sessions: none, the log configuration of the container
    /// (`DEFAULT`), or `logConfiguration` (`OVERRIDE`).
    #[model(default = "DEFAULT", one_of = ["NONE", "DEFAULT", "OVERRIDE"])]
    pub logging: String,
    /// The log destinations of ECS Exec sessions. Required if `logging` is `OVERRIDE`, and not
    /// allowed otherwise.
    pub log_configuration: Option<ExecuteCommandLogs>,
}

/// The log destinations of ECS Exec sessions.
#[derive(Clone, Debug, Model)]
pub struct ExecuteCommandLogs {
    /// The name of the CloudWatch log group.
    pub cloud_watch_log_group_name: Option<String>,
    /// Whether the CloudWatch logs are encrypted.
    #[model(default = false)]
    pub cloud_watch_encryption_enabled: bool,
    /// The name of the S3 bucket.
    pub s3_bucket_name: Option<String>,
    /// Whether the logs in the S3 bucket are encrypted.
    #[model(default = false)]
    pub s3_bucket_encryption_enabled: bool,
    /// The key prefix of the logs in the S3 bucket.
    pub s3_key_prefix: Option<String>,
}

/// The encryption of the storage that ECS manages for tasks.
#[derive(Clone, Debug, Model)]
pub struct ManagedStorage {
    /// The ID or ARN of the KMS key that encrypts the ephemeral storage of Fargate tasks.
    pub fargate_ephemeral_storage_kms_key_id: Option<String>,
    /// The ID or ARN of the KMS key that encrypts other managed storage.
    pub kms_key_id: Option<String>,
}

/// The Service Connect defaults of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ServiceConnectDefaults {
    /// The ARN of the Cloud Map namespace.
    pub namespace: String,
}

/// A capacity provider of a strategy.
#[derive(Clone, Debug, Model)]
pub struct DefaultStrategyItem {
    /// The name of the capacity provider, such as `FARGATE` or `FARGATE_SPOT`.
    pub capacity_provider: String,
    /// The minimum number of tasks on the capacity provider. Only one capacity provider of a
    /// strategy can have a base.
    #[model(default = 0, range = 0..=100_000)]
    pub base: i64,
    /// The relative share of the tasks that run on the capacity provider once all bases are met.
    #[model(default = 0, range = 0..=1000)]
    pub weight: i64,
}

/// What AWS says of a cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterState {
    /// The ARN of the cluster.
    pub arn: String,
}

/// An ECS cluster.
pub struct Cluster;

impl Kind for Cluster {
    const TOKEN: &'static str = "agentic:ecs:Cluster";
    const ID: &'static str =
        "the ARN or the name of the cluster, such as `arn:aws:ecs:us-east-1:123456789012:cluster/main`";
    const TAGS: TaggedBy = TaggedBy::service::<EcsTags>();
    const ACTIONS: Actions = Actions {
        create: &["ecs:DescribeClusters", "ecs:CreateCluster", "iam:CreateServiceLinkedRole"],
        read: &["ecs:DescribeClusters"],
        update: &["ecs:UpdateCluster", "ecs:PutClusterCapacityProviders"],
        delete: &["ecs:DescribeClusters", "ecs:DeleteCluster", "ecs:ListServices"],
    };
    const NAME: Option<&'static NameRule> = Some(&ECS_CLUSTER);
    const READY: Option<Wait> =
        Some(Wait { goal: "the cluster is active", usual: [5, 30], budget: Duration::from_secs(10 * 60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the cluster is gone", usual: [0, 30], budget: Duration::from_secs(10 * 60) });

    type Args = ClusterArgs;
    type State = ClusterState;

    fn rules(args: &ClusterInputs, failures: &mut Failures) {
        let command = args.configuration.get().and_then(|c| c.execute_command_configuration.get());
        if let Some(command) = command
            && let Some(logging) = command.logging.get()
            && (logging == "OVERRIDE") != command.log_configuration.is_set()
        {
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
            let at = Path::from(ClusterArgs::CONFIGURATION)
                .key(ClusterConfiguration::EXECUTE_COMMAND_CONFIGURATION)
                .key(ExecuteCommand::LOGGING);
            failures.add(
                at,
                format!(
                    "is {logging}; logConfiguration is required with OVERRIDE, and not allowed otherwise"
                ),
            );
        }
    }

    fn settings(id: &str, args: &ClusterInputs) -> Vec<Setting> {
        let is_set = args.capacity_providers.is_set() || args.default_capacity_provider_strategies.is_set();
        is_set.then(|| Setting::of::<ClusterCapacityProviders>(last(id))).into_iter().collect()
    }

    async fn create(cx: &Cx, args: &ClusterArgs) -> Result<String> {
        // ECS answers a create call for a name that is taken with the cluster that has it.
        if let Some(found) = find(cx, &args.name).await? {
            return adopt(cx, &found);
        }
        let created = cx
            .client::<Client>()?
            .create_cluster()
            .cluster_name(&args.name)
            .set_tags(tag_list(cx.owned(&args.tags)))
            .set_settings(args.settings.as_deref().map(settings))
            .set_configuration(args.configuration.as_ref().map(configuration))
            .set_service_connect_defaults(defaults(args.service_connect_defaults.as_ref())?)
            .set_capacity_providers(args.capacity_providers.clone())
            .set_default_capacity_provider_strategy(strategies(args)?)
            .send()
            .await?;
        // A list of its own is in the way of one that is a resource.
        if args.capacity_providers.is_none() && args.default_capacity_provider_strategies.is_none() {
            cx.makes_new();
        }
        Ok(created.cluster.and_then(|cluster| cluster.cluster_arn).unwrap_or_default())
    }

    async fn ready(cx: &Cx, id: &str, _args: &ClusterArgs) -> Result<Poll> {
        let Some(cluster) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        let (status, attachments) = (cluster.status().unwrap_or_default(), cluster.attachments_status());
        Ok(match (status, attachments) {
            ("FAILED", _) | (_, Some("UPDATE_FAILED")) => {
                let text =
                    format!("the capacity providers of cluster {} could not be set up", last_name(&cluster));
                Poll::Failed(Error::new(ErrorKind::Failed, text).with_hint("Check capacityProviders."))
            }
            ("PROVISIONING", _) | (_, Some("UPDATE_IN_PROGRESS")) => {
                Poll::Pending("capacity providers are being set up".to_owned())
            }
            _ => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(|cluster| live(&cluster)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterArgs>) -> Result<()> {
        let (_old, new) = (&update.old, &update.new);
        let client = cx.client::<Client>()?;
        if update.any(&[
            ClusterArgs::SETTINGS,
            ClusterArgs::CONFIGURATION,
            ClusterArgs::SERVICE_CONNECT_DEFAULTS,
        ]) {
            let mut request = client.update_cluster().cluster(id);
            if let (true, Some(given)) = (update.any(&[ClusterArgs::SETTINGS]), &new.settings) {
                request = request.set_settings(Some(settings(given)));
            }
            if update.any(&[ClusterArgs::CONFIGURATION]) {
                let none = types::ClusterConfiguration::builder().build();
                request = request.configuration(new.configuration.as_ref().map_or(none, configuration));
            }
            if update.any(&[ClusterArgs::SERVICE_CONNECT_DEFAULTS]) {
                let none = ServiceConnectDefaults { namespace: String::new() };
                let given = new.service_connect_defaults.as_ref().unwrap_or(&none);
                request = request.set_service_connect_defaults(defaults(Some(given))?);
            }
            request.send().await?;
        }
        if update.any(&[ClusterArgs::CAPACITY_PROVIDERS, ClusterArgs::DEFAULT_CAPACITY_PROVIDER_STRATEGIES]) {
            // The call takes both: what is not managed here stays as it is.
            let there = find(cx, id).await?;
            let there = there.as_ref();
            let is_taken_out = update.any(&[ClusterArgs::DEFAULT_CAPACITY_PROVIDER_STRATEGIES]);
            let providers = || there.map(|there| there.capacity_providers().to_vec());
            let strategy = || {
                let there = there.filter(|_| !is_taken_out);
                there.map(|there| there.default_capacity_provider_strategy().to_vec())
            };
            let providers = new.capacity_providers.clone().or_else(providers);
            let strategy = strategies(new)?.or_else(strategy).unwrap_or_default();
            client
                .put_cluster_capacity_providers()
                .cluster(id)
                .set_capacity_providers(Some(providers.unwrap_or_default()))
                .set_default_capacity_provider_strategy(Some(strategy))
                .send()
                .await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &ClusterArgs) -> Result<()> {
        cx.client::<Client>()?.delete_cluster().cluster(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let client = cx.client::<Client>().ok()?;
        let services = client.list_services().cluster(id).send().await.ok()?;
        let names: Vec<&str> = services.service_arns().iter().map(|arn| super::last(arn)).collect();
        (!names.is_empty()).then(|| format!("the services {}", names.join(", ")))
    }
}

/// The cluster of this name or ARN, deleted ones left out.
pub(super) async fn find(cx: &Cx, name_or_arn: &str) -> Result<Option<types::Cluster>> {
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html>
    const MOST: usize = 100;
    let client = cx.client::<Client>()?;
    let found = cx.batched(MOST, name_or_arn.to_owned(), move |ids| {
        let client = client.clone();
        async move {
            let include = [
                ClusterField::Attachments,
                ClusterField::Configurations,
                ClusterField::Settings,
                ClusterField::Tags,
            ];
            let found = client
                .describe_clusters()
                .set_clusters(Some(ids))
                .set_include(Some(include.into()))
                .send()
                .await?;
            only_missing(found.failures())?;
            let found = found.clusters.unwrap_or_default().into_iter();
            let by_name_and_arn = found.flat_map(|cluster| {
                let keys = [cluster.cluster_arn.clone(), cluster.cluster_name.clone()];
                keys.into_iter().flatten().map(move |key| (key, cluster.clone()))
            });
            Ok(by_name_and_arn.collect::<HashMap<_, _>>())
        }
    });
    Ok(found.await?.filter(|cluster| cluster.status() != Some("INACTIVE")))
}

/// Whether this state has a cluster.
pub(super) async fn is_of_state(cx: &Cx, name: &str) -> Result<bool> {
    Ok(find(cx, name).await?.is_some_and(|cluster| cx.standing(pairs(cluster.tags())).is_of_state()))
}

/// A cluster that is there already when it is to be made: ours from an earlier attempt, or not.
fn adopt(cx: &Cx, found: &types::Cluster) -> Result<String> {
    if found.status() == Some("DEPROVISIONING") {
        let text = format!("the cluster {} is being deleted", last_name(found));
        return Err(Error::new(ErrorKind::NotReady, text));
    }
    may_claim::<Cluster>(
        cx,
        found.cluster_arn().unwrap_or_default(),
        pairs(found.tags()),
        None,
        "ECS cluster",
    )?;
    Ok(found.cluster_arn.clone().unwrap_or_default())
}

fn live(cluster: &types::Cluster) -> Live<Cluster> {
    let settings = cluster.settings().iter().filter_map(|setting| {
        let name = setting.name()?.as_str().to_owned();
        Some(ClusterSetting { name, value: setting.value()?.to_owned() })
    });
    let strategy = |item: &types::CapacityProviderStrategyItem| DefaultStrategyItem {
        capacity_provider: item.capacity_provider.clone(),
        base: item.base.into(),
        weight: item.weight.into(),
    };
    let strategies = cluster.default_capacity_provider_strategy().iter().map(strategy);
    let namespace = cluster.service_connect_defaults().and_then(|defaults| defaults.namespace.clone());
    let namespace = namespace.filter(|namespace| !namespace.is_empty());
    Live {
        args: ClusterObserved {
            name: Some(last_name(cluster).to_owned()),
            settings: Some(Some(settings.collect())),
            configuration: Some(cluster.configuration().and_then(read_configuration)),
            service_connect_defaults: Some(namespace.map(|namespace| ServiceConnectDefaults { namespace })),
            capacity_providers: Some(Some(cluster.capacity_providers().to_vec())),
            default_capacity_provider_strategies: Some(Some(strategies.collect())),
            tags: Some(tag_map(cluster.tags())),
        },
        state: ClusterState { arn: cluster.cluster_arn.clone().unwrap_or_default() },
    }
}

fn last_name(cluster: &types::Cluster) -> &str {
    cluster.cluster_name().unwrap_or_default()
}

fn settings(given: &[ClusterSetting]) -> Vec<types::ClusterSetting> {
    let setting = |setting: &ClusterSetting| {
        let name = ClusterSettingName::from(setting.name.as_str());
        types::ClusterSetting::builder().name(name).value(&setting.value).build()
    };
    given.iter().map(setting).collect()
}

/// What tasks of a cluster run on where nothing else is said.
pub(super) async fn default_strategy(
    cx: &Cx,
    cluster: &str,
) -> Result<Vec<types::CapacityProviderStrategyItem>> {
    let found = find(cx, cluster).await?;
    Ok(found.and_then(|cluster| cluster.default_capacity_provider_strategy).unwrap_or_default())
}

fn strategies(args: &ClusterArgs) -> Result<Option<Vec<types::CapacityProviderStrategyItem>>> {
    args.default_capacity_provider_strategies.as_deref().map(strategy).transpose()
}

pub(super) fn strategy(given: &[DefaultStrategyItem]) -> Result<Vec<types::CapacityProviderStrategyItem>> {
    given.iter().map(|part| strategy_item(&part.capacity_provider, part.base, part.weight)).collect()
}

fn defaults(
    given: Option<&ServiceConnectDefaults>,
) -> Result<Option<types::ClusterServiceConnectDefaultsRequest>> {
    let Some(given) = given else { return Ok(None) };
    Ok(Some(types::ClusterServiceConnectDefaultsRequest::builder().namespace(&given.namespace).build()?))
}

fn configuration(given: &ClusterConfiguration) -> types::ClusterConfiguration {
    let command = given.execute_command_configuration.as_ref().map(|command| {
        let log = command.log_configuration.as_ref().map(|log| {
            types::ExecuteCommandLogConfiguration::builder()
                .set_cloud_watch_log_group_name(log.cloud_watch_log_group_name.clone())
                .cloud_watch_encryption_enabled(log.cloud_watch_encryption_enabled)
                .set_s3_bucket_name(log.s3_bucket_name.clone())
                .s3_encryption_enabled(log.s3_bucket_encryption_enabled)
                .set_s3_key_prefix(log.s3_key_prefix.clone())
                .build()
        });
        types::ExecuteCommandConfiguration::builder()
            .set_kms_key_id(command.kms_key_id.clone())
            .logging(ExecuteCommandLogging::from(command.logging.as_str()))
            .set_log_configuration(log)
            .build()
    });
    let storage = given.managed_storage_configuration.as_ref().map(|storage| {
        types::ManagedStorageConfiguration::builder()
            .set_fargate_ephemeral_storage_kms_key_id(storage.fargate_ephemeral_storage_kms_key_id.clone())
            .set_kms_key_id(storage.kms_key_id.clone())
            .build()
    });
    types::ClusterConfiguration::builder()
        .set_execute_command_configuration(command)
        .set_managed_storage_configuration(storage)
        .build()
}

fn read_configuration(found: &types::ClusterConfiguration) -> Option<ClusterConfiguration> {
    let command = found.execute_command_configuration().map(|command| {
        let log = command.log_configuration().map(|log| ExecuteCommandLogs {
            cloud_watch_log_group_name: log.cloud_watch_log_group_name.clone(),
            cloud_watch_encryption_enabled: log.cloud_watch_encryption_enabled,
            s3_bucket_name: log.s3_bucket_name.clone(),
            s3_bucket_encryption_enabled: log.s3_encryption_enabled,
            s3_key_prefix: log.s3_key_prefix.clone(),
        });
        ExecuteCommand {
            kms_key_id: command.kms_key_id.clone(),
            logging: command.logging().map_or("DEFAULT", ExecuteCommandLogging::as_str).to_owned(),
            log_configuration: log,
        }
    });
    let storage = found.managed_storage_configuration().map(|storage| ManagedStorage {
        fargate_ephemeral_storage_kms_key_id: storage.fargate_ephemeral_storage_kms_key_id.clone(),
        kms_key_id: storage.kms_key_id.clone(),
    });
    let empty = command.is_none() && storage.is_none();
    (!empty).then_some(ClusterConfiguration {
        execute_command_configuration: command,
        managed_storage_configuration: storage,
    })
}
