//! The load balancers of a stack: one for everybody, one for the services among themselves.

use std::collections::BTreeMap;

use super::args::is_default;
use super::domain::Place;
use super::{AgenticStackArgs, Builder, ServiceInput};
use crate::components::auth::{self, Pool};
use crate::components::edge::{self, Front, FrontPlan, Order, TargetPlan, Wanted};
use crate::components::network::Places;
use crate::components::settled::Since;
use crate::components::shifting::{self, Groups};
use crate::components::workload::Workload;
use crate::components::{Built, Child, deployment};
use crate::kinds::ec2::SecurityGroup;
use crate::kinds::lb::{FindListener, FindListenerInputs, ListenerRule};
use crate::model::{In, Path};

/// The load balancers, and the place of each service behind them.
#[derive(Default)]
pub struct Entrances {
    pub public: Option<Front>,
    pub internal: Option<Front>,
    pub targets: BTreeMap<String, Target>,
    /// The bucket with the log of each request.
    pub log_bucket: In<String>,
    /// The listener and the rules of each load balancer, by its exposure.
    pub led: BTreeMap<String, Vec<String>>,
}

/// The place of a service behind its load balancer.
pub struct Target {
    pub group_arn: In<String>,
    /// The target group as metrics know it, `targetgroup/name/id`.
    pub arn_suffix: In<String>,
    pub load_balancer_arn: In<String>,
    pub security_group_id: In<String>,
    /// The second target group, and the rules of listeners that lead to both.
    pub alternate_arn: In<String>,
    pub production_rule: In<String>,
    pub test_rule: In<String>,
}

impl Builder<'_> {
    pub(super) async fn entrances(
        &self,
        places: &Places,
        place: &Place,
        group: Option<&Child<SecurityGroup>>,
        pool: &Pool,
    ) -> Built<Entrances> {
        let mut made = Entrances { log_bucket: self.access_logs().await?, ..Entrances::default() };
        // CloudFront has the certificate, where it is in front.
        let certificate = if self.args.edge.is_set() { &In::default() } else { &place.certificate_arn };
        made.public = self.entrance("public", places, (certificate, pool), group, &mut made).await?;
        made.internal = self.entrance("internal", places, (&In::default(), pool), group, &mut made).await?;
        Ok(made)
    }

    /// One load balancer with a target group for each service behind it.
    async fn entrance(
        &self,
        exposure: &str,
        places: &Places,
        (certificate_arn, pool): (&In<String>, &Pool),
        group: Option<&Child<SecurityGroup>>,
        made: &mut Entrances,
    ) -> Built<Option<Front>> {
        let behind: Vec<(&String, &ServiceInput)> = self
            .each_service()
            .filter(|(_, service)| service.expose.get().is_some_and(|expose| expose == exposure))
            .collect();
        if behind.is_empty() {
            return Ok(None);
        }
        let label = format!("{exposure}-alb");
        let is_public = exposure == "public";
        let is_inside = !is_public || self.args.edge.is_set();
        let plan = FrontPlan {
            label: &label,
            internal: is_inside,
            vpc_id: places.vpc_id.clone(),
            subnet_ids: if is_inside { places.private.clone() } else { places.public.clone() },
            after: if is_inside { &[] } else { &places.public_way },
            open_ports: match (is_inside, certificate_arn.is_set()) {
                (true, _) => &[],
                (false, true) => &[80, 443],
                (false, false) => &[80],
            },
            access_logs: if is_public { made.log_bucket.clone() } else { In::default() },
            deletion_protection: self.is_protected(),
        };
        let mut front = edge::front(self.at, &plan);
        if is_public && is_inside {
            let (group, range) = (&front.security_group.id, places.cidr_block.clone());
            front.rules.push(edge::open_to_range(self.at, "public-alb-sg-vpc", group, 80, range).urn);
        }
        let groups: Vec<(Groups, Option<Since>)> =
            behind.iter().map(|(name, service)| self.groups(name, service, places, &front)).collect();
        // Tasks are healthy only where the load balancer reaches them.
        let mut opened = front.rules.clone();
        if let Some(group) = group {
            opened.extend(self.open_shared(exposure, &front, group, &behind));
        }
        let default = behind.iter().zip(&groups).find(|((_, service), _)| is_default(service));
        let guard = |service: &ServiceInput| auth::before(&service.workload.auth, pool);
        let default = default
            .map(|((_, service), (groups, since))| (guard(service), groups.default_of_listener(*since)));
        let there = self.listener_there(exposure, &front, certificate_arn).await?;
        let after = if there.is_some() { self.before_listener(&behind) } else { Vec::new() };
        let default = default.unwrap_or_default();
        let listener = edge::listen(self.at, &front, &label, certificate_arn, default, &after);
        let listener_arn = there.as_ref().unwrap_or(&listener.id);
        let key = |name: &str, what: &str| format!("{}-{name}-{what}", self.at.name);
        let rule_place = |name: &str, longest: usize| edge::place(&key(name, "rule"), longest);
        let mut order = Order::without(self.passing.going(exposure, rule_place));
        let mut rules = Vec::new();
        let mut tests = BTreeMap::new();
        for ((name, service), (groups, since)) in behind.iter().zip(&groups) {
            let (leads, mut wanted) = (groups.leads(guard(service)), Wanted::by(&service.workload));
            let door = self.passing.comes(name).then(|| {
                let place = order.take(edge::place(&key(name, "door"), 0), None);
                let group = groups.own.id.clone();
                edge::door(self.at, &format!("{name}-door"), listener_arn.clone(), group, place)
            });
            let rule = self.has_rule(name, service).then(|| {
                let place = wanted.priority(&key(name, "rule"));
                wanted.place = Some(order.take(place, self.passing.precedes(name, rule_place)));
                let mut after = Vec::new();
                if door.is_some() {
                    after.push(self.urn_of_tasks(name));
                }
                if since.is_some() {
                    after.extend(self.rules_of_takers(name));
                }
                edge::rule(self.at, &format!("{name}-rule"), listener_arn.clone(), &leads, &wanted, &after)
            });
            let test = shifting::test(&service.workload.deployment).filter(|_| since.is_some());
            let test = test.and_then(|test| {
                let place = shifting::Place {
                    front: &front,
                    label: &label,
                    listener: listener_arn,
                    certificate_arn,
                    is_public: is_public && !is_inside,
                };
                place.test(self.at, &format!("{name}-test-rule"), &leads, &wanted, test, &mut tests)
            });
            // ECS takes a target group only once a load balancer uses it, and leaves none.
            let before = match (&door, &rule) {
                (Some(door), _) => Some(&door.urn),
                (None, Some(rule)) => Some(&rule.urn),
                (None, None) => there.is_none().then_some(&listener.urn),
            };
            rules.extend(rule.iter().map(|rule| rule.urn.clone()));
            let target = Target {
                group_arn: groups.own.id.clone().depending_on(before).depending_on(&opened),
                arn_suffix: groups.own.out.arn_suffix.clone(),
                load_balancer_arn: front.balancer.id.clone(),
                security_group_id: front.security_group.id.clone(),
                alternate_arn: leads.or,
                production_rule: rule.filter(|_| since.is_some()).map(|rule| rule.id).unwrap_or_default(),
                test_rule: test.map(|rule| rule.id).unwrap_or_default(),
            };
            made.targets.insert((*name).clone(), target);
        }
        edge::redirect(self.at, &mut front, &label, certificate_arn, (&listener, &rules));
        made.led.insert(exposure.to_owned(), rules.into_iter().chain([listener.urn]).collect());
        Ok(Some(front))
    }

    /// Whether a rule leads to the service, and not the listener alone.
    fn has_rule(&self, name: &str, service: &ServiceInput) -> bool {
        !is_default(service) || self.since(name).is_some()
    }

    /// The listener that is there already, where its requests pass to another service: its rules are
    /// made first then, without it.
    async fn listener_there(
        &self,
        exposure: &str,
        front: &Front,
        certificate_arn: &In<String>,
    ) -> Built<Option<In<String>>> {
        if !self.passing.rest_passes(exposure) {
            return Ok(None);
        }
        let wanted = FindListenerInputs {
            load_balancer_arn: front.balancer.id.clone(),
            port: edge::port_of(certificate_arn).into(),
        };
        let found = self.at.look_up::<FindListener>(wanted).await?.and_then(|found| found.arn);
        Ok(found.get().cloned().map(In::from))
    }

    /// What is there before a listener changes: its rules, and the tasks of who gets the rest.
    fn before_listener(&self, behind: &[(&String, &ServiceInput)]) -> Vec<String> {
        let rules = behind.iter().filter(|(name, service)| self.has_rule(name, service));
        let rules = rules.map(|(name, _)| self.at.urn_of::<ListenerRule>(&format!("{name}-rule")));
        let coming = behind.iter().filter(|(name, service)| is_default(service) && self.passing.comes(name));
        rules.chain(coming.map(|(name, _)| self.urn_of_tasks(name))).collect()
    }

    /// Opens the security group that all services share to a load balancer, and an internal load
    /// balancer to the services that call others. Gives the URNs of the rules.
    fn open_shared(
        &self,
        exposure: &str,
        front: &Front,
        group: &Child<SecurityGroup>,
        behind: &[(&String, &ServiceInput)],
    ) -> Vec<String> {
        let mut ports: Vec<i64> =
            behind.iter().filter_map(|(_, service)| service.workload.port.get().copied()).collect();
        ports.sort_unstable();
        ports.dedup();
        let from = &front.security_group.id;
        let open = |suffix: &str, to: &In<String>, port: i64, from: &In<String>| {
            edge::open_to_group(self.at, suffix, to, port.into(), from.clone()).urn
        };
        let rules = ports
            .into_iter()
            .map(|port| open(&format!("services-sg-{exposure}-{port}"), &group.id, port, from));
        let mut rules: Vec<String> = rules.collect();
        if exposure == "internal" {
            rules.push(open("internal-alb-sg-services", from, 80, &group.id));
        }
        rules
    }

    fn groups(
        &self,
        name: &str,
        service: &ServiceInput,
        places: &Places,
        front: &Front,
    ) -> (Groups, Option<Since>) {
        let plan = TargetPlan { vpc_id: places.vpc_id.clone(), workload: &service.workload };
        let since = self.since(name);
        (shifting::groups(self.at, &format!("{name}-tg"), &plan, &front.balancer.id, since), since)
    }

    /// Since when the service has a second target group.
    pub(super) fn since(&self, name: &str) -> Option<Since> {
        self.shifting.get(&shift_path(name).to_string()).copied()
    }

    /// What of the services lasts: a second target group, once there is one.
    pub(super) fn lasting(&self) -> Vec<(Path, bool)> {
        let exposed =
            self.each_service().filter(|(_, service)| service.expose.get().is_some_and(|it| it != "none"));
        exposed
            .map(|(name, service)| (shift_path(name), deployment::shifts(&service.workload.deployment)))
            .collect()
    }
}

fn shift_path(name: &str) -> Path {
    Path::from(AgenticStackArgs::SERVICES).key(name).key(Workload::DEPLOYMENT)
}
