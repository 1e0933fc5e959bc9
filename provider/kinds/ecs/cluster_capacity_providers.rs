//! What tasks of a cluster run on, beside the cluster.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::CapacityProviderStrategyItem as Item;

use super::cluster::{find, is_of_state, strategy};
use super::{Cluster, DefaultStrategyItem, last};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_free, is_wanted};
use crate::model::{Failures, Model};

/// The capacity providers of an ECS cluster, as a separate resource. Use either this resource or
/// the property `capacityProviders` of the cluster.
#[derive(Clone, Debug, Model)]
pub struct ClusterCapacityProvidersArgs {
    /// The capacity providers, such as `FARGATE` and `FARGATE_SPOT`.
    #[model(in_place, set, default = [])]
    pub capacity_providers: Vec<String>,
    /// The name of the cluster.
    #[model(replace, same = same_cluster)]
    pub cluster_name: String,
    /// The capacity provider strategy of services and tasks that have neither a strategy nor a
    /// launch type.
    #[model(in_place, set, default = [])]
    pub default_capacity_provider_strategies: Vec<DefaultStrategyItem>,
}

/// What AWS says of capacity providers, beside what it was told.
#[derive(Clone, Debug, Model)]
pub struct ClusterCapacityProvidersState {}

/// The capacity providers of a cluster.
pub struct ClusterCapacityProviders;

impl Kind for ClusterCapacityProviders {
    const TOKEN: &'static str = "agentic:ecs:ClusterCapacityProviders";
    const ID: &'static str = "the name of the cluster";
    const ACTIONS: Actions = Actions {
        create: &["ecs:DescribeClusters", "ecs:PutClusterCapacityProviders"],
        read: &["ecs:DescribeClusters"],
        update: &["ecs:PutClusterCapacityProviders"],
        delete: &["ecs:PutClusterCapacityProviders"],
    };
    const READY: Option<Wait> = Cluster::READY;
    /// A cluster has one list.
    const ALONE: bool = true;

    type Args = ClusterCapacityProvidersArgs;
    type State = ClusterCapacityProvidersState;

    fn rules(args: &ClusterCapacityProvidersInputs, failures: &mut Failures) {
        let is_empty = args.capacity_providers.get().is_none_or(|all| all.is_empty());
        if !args.capacity_providers.is_unknown() && is_empty {
            failures.add(
                ClusterCapacityProvidersArgs::CAPACITY_PROVIDERS,
                "lists nothing; list a capacity provider, such as FARGATE, or leave the resource out",
            );
        }
    }

    async fn create(cx: &Cx, args: &ClusterCapacityProvidersArgs) -> Result<String> {
        // Putting a list overwrites the one that is there.
        let name = last(&args.cluster_name).to_owned();
        let cluster = cx.arn("ecs", &cx.aws.account_id().await?, &format!("cluster/{name}"));
        match if is_free::<Cluster, Self>(cx, &cluster, &name) { None } else { look(cx, &name).await? } {
            Some(there) if is_wanted(there.args.clone(), args) => {
                let of_state = is_of_state(cx, &name);
                claim_alike::<Self>(cx, &name, "list of capacity providers", of_state).await?;
            }
            Some(_) => {
                let message = format!("the cluster {name} has other capacity providers already");
                let hint = "Take capacityProviders out of the cluster's own arguments; or import them with `pulumi import`.";
                return Err(Error::new(ErrorKind::AlreadyExists, message).with_hint(hint));
            }
            None => {
                begin(cx, &name);
                put(cx, &name, &args.capacity_providers, &args.default_capacity_provider_strategies).await?;
            }
        }
        Ok(name)
    }

    async fn ready(cx: &Cx, id: &str, _args: &ClusterCapacityProvidersArgs) -> Result<Poll> {
        let cluster = find(cx, id).await?;
        Ok(match cluster.as_ref().and_then(|cluster| cluster.attachments_status()) {
            Some("UPDATE_IN_PROGRESS") => Poll::Pending("capacity providers are being set up".to_owned()),
            Some("UPDATE_FAILED") => {
                let text = format!("the capacity providers of cluster {id} could not be set up");
                Poll::Failed(Error::new(ErrorKind::Failed, text).with_hint("Check capacityProviders."))
            }
            _ => Poll::Ready(()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        look(cx, last(id)).await
    }

    async fn update(cx: &Cx, id: &str, update: &Update<ClusterCapacityProvidersArgs>) -> Result<()> {
        let new = &update.new;
        put(cx, id, &new.capacity_providers, &new.default_capacity_provider_strategies).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &ClusterCapacityProvidersArgs) -> Result<()> {
        put(cx, id, &[], &[]).await
    }
}

fn same_cluster(one: &crate::model::Value, other: &crate::model::Value) -> bool {
    one.as_str().map(last) == other.as_str().map(last)
}

/// The list, unless there is none.
async fn look(cx: &Cx, name: &str) -> Result<Option<Live<ClusterCapacityProviders>>> {
    let Some(cluster) = find(cx, name).await? else { return Ok(None) };
    let defaults = cluster.default_capacity_provider_strategy();
    if cluster.capacity_providers().is_empty() && defaults.is_empty() {
        return Ok(None);
    }
    let default = |item: &Item| DefaultStrategyItem {
        capacity_provider: item.capacity_provider.clone(),
        base: item.base.into(),
        weight: item.weight.into(),
    };
    Ok(Some(Live {
        args: ClusterCapacityProvidersObserved {
            capacity_providers: Some(cluster.capacity_providers().to_vec()),
            cluster_name: Some(name.to_owned()),
            default_capacity_provider_strategies: Some(defaults.iter().map(default).collect()),
        },
        state: ClusterCapacityProvidersState {},
    }))
}

async fn put(cx: &Cx, cluster: &str, providers: &[String], defaults: &[DefaultStrategyItem]) -> Result<()> {
    let call = cx.client::<Client>()?.put_cluster_capacity_providers().cluster(cluster);
    let call = call.set_capacity_providers(Some(providers.to_vec()));
    call.set_default_capacity_provider_strategy(Some(strategy(defaults)?)).send().await?;
    Ok(())
}
