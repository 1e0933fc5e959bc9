//! What a stack that holds data cannot change any more.

use super::{AgenticStackArgs, Builder};
use crate::components::network::Network;
use crate::components::settled::Fact;
use crate::components::{aurora_cluster, db_with_replica};
use crate::model::{In, Path};

impl Builder<'_> {
    /// The arguments that stay, where the stack has a database, a cache or buckets.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let args = &self.args;
        let database =
            args.database.get().map(|database| (AgenticStackArgs::DATABASE, db_with_replica::held(database)));
        let aurora =
            || args.aurora.get().map(|aurora| (AgenticStackArgs::AURORA, aurora_cluster::held(aurora)));
        let network = args.network.get();
        let given = |pick: fn(&super::NetworkInput) -> &In<String>| {
            network.map(|network| pick(network).clone()).unwrap_or_default()
        };
        let range = (
            Path::from(AgenticStackArgs::NETWORK).key(Network::CIDR_BLOCK),
            given(|network| &network.cidr_block),
        );
        let vpc = (
            Path::from(AgenticStackArgs::NETWORK).key(Network::EXISTING_VPC_ID),
            given(|network| &network.existing_vpc_id),
        );
        let names = [
            (AgenticStackArgs::PROJECT, args.project.clone()),
            (AgenticStackArgs::ENVIRONMENT, args.environment.clone()),
            (AgenticStackArgs::NAMING, args.naming.clone()),
        ];
        let mut facts = Vec::new();
        if let Some((at, held)) = database.or_else(aurora) {
            let at = Path::from(at);
            facts.extend(held.facts(&at));
            facts.extend([range, vpc].map(|(path, value)| held.place(path, value, &at)));
            facts.extend(held.name(&self.at.names, &at));
        } else if args.cache.is_set() {
            let why = "but the cache cannot leave its VPC with its data; revert the change, or deploy a second stack";
            facts.extend([range, vpc].map(|(path, value)| Fact::new(path, value, why)));
        }
        let cache = args.cache.is_set().then(|| ("cache", "redis".to_owned()));
        let keeps = |bucket: &super::StackBucketInput| bucket.force_destroy.get() != Some(&true);
        let buckets = args.buckets.get().into_iter().flatten();
        let buckets = buckets.filter(|(_, bucket)| bucket.get().is_some_and(keeps));
        let buckets = buckets.map(|(name, _)| ("bucket", format!("{name}-bucket")));
        facts.extend(cache.into_iter().chain(buckets).map(|(what, label)| {
            let why = format!(
                "which would replace the {what} with a new, empty one; revert the change, or deploy a second stack and move the data"
            );
            Fact::made(Path::from(AgenticStackArgs::NAMES).key(label.as_str()), self.at.names.of(&label), why)
        }));
        if facts.is_empty() {
            return facts;
        }
        facts.extend(names.map(|(name, value)| Fact::maker(name, value)));
        facts
    }
}
