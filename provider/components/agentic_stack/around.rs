//! What stands around the services of a stack: its network, what runs by the clock, and static sites.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::agents::StackAgentInput;
use super::services::{Around, Made};
use super::{Builder, ScheduleInput, rules};
use crate::components::network::{self, NetworkInput, Places};
use crate::components::scheduled_task::{ScheduledTask, ScheduledTaskInputs};
use crate::components::static_site::{SiteInput, StaticSite, StaticSiteInputs, StaticSiteOutputs};
use crate::components::{Built, bucket};
use crate::model::In;

impl Builder<'_> {
    /// The network, where anything is to be in one.
    pub(super) async fn places(&self, network: &NetworkInput) -> Built<Places> {
        if !self.has_network() {
            return Ok(Places::none());
        }
        let plan = network::plan(self.at, network, &rules::two_zoned(&self.args)).await?;
        Ok(network::build(self.at, plan, network))
    }

    /// Whether anything of the stack is in a network, or can be: agents alone may do without.
    pub(super) fn has_network(&self) -> bool {
        let args = &self.args;
        let is_inside = |agent: &StackAgentInput| agent.network.get().is_none_or(|network| network == "vpc");
        !self.is_of_agents_alone()
            || args.database.is_set()
            || args.aurora.is_set()
            || args.cache.is_set()
            || self.each_agent().any(|(_, agent)| is_inside(agent))
    }

    /// Whether the stack has agents and no services.
    pub(super) fn is_of_agents_alone(&self) -> bool {
        self.each_service().next().is_none() && self.each_agent().next().is_some()
    }

    /// What services run by the clock.
    pub(super) async fn schedules(
        &self,
        around: &Around<'_>,
        services: &BTreeMap<String, Made>,
    ) -> Built<()> {
        let wanted = self.args.schedules.get().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, schedule)| {
            let schedule = schedule.get()?;
            Some((name, schedule, services.get(schedule.service.get()?)?))
        });
        let made = wanted.map(|(name, schedule, service)| async move {
            let args = self.schedule(name, schedule, service, around);
            self.at.component::<ScheduledTask>(name, args).await
        });
        try_join_all(made).await.map(drop)
    }

    fn schedule(
        &self,
        name: &str,
        schedule: &ScheduleInput,
        service: &Made,
        around: &Around<'_>,
    ) -> ScheduledTaskInputs {
        let names = self.at.names.part(name);
        let of = schedule.service.get().map_or("", String::as_str);
        let is_public =
            self.each_service().any(|(name, service)| name == of && self.is_placed_public(service));
        let places = around.places;
        let (subnet_ids, way) = places.tier(is_public);
        ScheduledTaskInputs {
            cluster_arn: service.cluster_arn.clone(),
            task_definition_arn: service.task_definition_arn.clone(),
            role_arns: In::list([service.execution_role_arn.clone(), service.task_role_arn.clone()]),
            subnet_ids: subnet_ids.clone().depending_on(way),
            security_group_ids: In::list([service.security_group_id.clone()]),
            assign_public_ip: is_public.into(),
            clock: schedule.clock.clone(),
            placed: names.placed(&self.at.tags),
            ..ScheduledTaskInputs::default()
        }
    }

    /// The static sites, by name.
    pub(super) async fn sites(&self) -> Built<BTreeMap<String, StaticSiteOutputs>> {
        let wanted = self.args.sites.get().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, site)| Some((name, site.get()?)));
        let made = wanted.map(|(name, site)| async move {
            let args = self.site(name, site).await?;
            let made = self.at.component::<StaticSite>(name, args).await?;
            Built::Ok((name.clone(), made))
        });
        Ok(try_join_all(made).await?.into_iter().collect())
    }

    async fn site(&self, name: &str, site: &SiteInput) -> Built<StaticSiteInputs> {
        let names = self.at.names.part(name);
        let bucket = bucket::name(self.at, &names, "bucket").await?;
        let names = names.with(&In::entries([("bucket", bucket.into())]))?;
        let zone = self.args.domain.clone().and_then(|domain| domain.zone);
        let zone = if site.domain.is_set() { site.zone.clone().or(zone) } else { site.zone.clone() };
        let site = SiteInput { zone, ..site.clone() };
        Ok(StaticSiteInputs { site, placed: names.placed(&self.at.tags) })
    }
}
