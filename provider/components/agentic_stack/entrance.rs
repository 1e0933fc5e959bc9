//! The load balancers of a stack: one for everybody, one for the services among themselves.

use std::collections::BTreeMap;

use super::domain::Place;
use super::rules::is_default;
use super::{AgenticStackArgs, Builder, ServiceInput};
use crate::components::auth::{self, Pool};
use crate::components::edge::{self, Front, FrontPlan, TargetPlan, Wanted};
use crate::components::network::Places;
use crate::components::settled::Since;
use crate::components::shifting::{self, Groups};
use crate::components::workload::Workload;
use crate::components::{Built, Child, deployment};
use crate::kinds::ec2::SecurityGroup;
use crate::model::{In, Path};

/// The load balancers, and the place of each service behind them.
#[derive(Default)]
pub struct Entrances {
    pub public: Option<Front>,
    pub internal: Option<Front>,
    pub targets: BTreeMap<String, Target>,
    /// The bucket with the log of each request.
    pub log_bucket: In<String>,
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
        made.public = self.entrance("public", places, (certificate, pool), group, &mut made);
        made.internal = self.entrance("internal", places, (&In::default(), pool), group, &mut made);
        Ok(made)
    }

    /// One load balancer with a target group for each service behind it.
    fn entrance(
        &self,
        exposure: &str,
        places: &Places,
        (certificate_arn, pool): (&In<String>, &Pool),
        group: Option<&Child<SecurityGroup>>,
        made: &mut Entrances,
    ) -> Option<Front> {
        let behind: Vec<(&String, &ServiceInput)> = self
            .each_service()
            .filter(|(_, service)| service.expose.get().is_some_and(|expose| expose == exposure))
            .collect();
        if behind.is_empty() {
            return None;
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
        let listener = edge::listen(self.at, &front, &label, certificate_arn, default.unwrap_or_default());
        let mut rules = Vec::new();
        let mut tests = BTreeMap::new();
        for ((name, service), (groups, since)) in behind.iter().zip(&groups) {
            let (leads, wanted) = (groups.leads(guard(service)), Wanted::by(&service.workload));
            let rule = (!is_default(service) || since.is_some())
                .then(|| edge::rule(self.at, &format!("{name}-rule"), listener.id.clone(), &leads, &wanted));
            let test = shifting::test(&service.workload.deployment).filter(|_| since.is_some());
            let test = test.and_then(|test| {
                let place = shifting::Place {
                    front: &front,
                    label: &label,
                    listener: &listener.id,
                    certificate_arn,
                    is_public: is_public && !is_inside,
                };
                place.test(self.at, &format!("{name}-test-rule"), &leads, &wanted, test, &mut tests)
            });
            let before = rule.as_ref().map_or_else(|| listener.urn.clone(), |rule| rule.urn.clone());
            rules.push(before.clone());
            let target = Target {
                // ECS takes a target group only once a load balancer uses it.
                group_arn: groups.own.id.clone().depending_on([&before]).depending_on(&opened),
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
        Some(front)
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
        let mut rules: Vec<(String, &In<String>, i64, &In<String>)> = ports
            .into_iter()
            .map(|port| (format!("services-sg-{exposure}-{port}"), &group.id, port, from))
            .collect();
        if exposure == "internal" {
            rules.push(("internal-alb-sg-services".to_owned(), from, 80, &group.id));
        }
        let rules = rules.into_iter().map(|(suffix, to, port, from)| {
            edge::open_to_group(self.at, &suffix, to, port.into(), from.clone()).urn
        });
        rules.collect()
    }

    fn groups(
        &self,
        name: &str,
        service: &ServiceInput,
        places: &Places,
        front: &Front,
    ) -> (Groups, Option<Since>) {
        let plan = TargetPlan { vpc_id: places.vpc_id.clone(), workload: &service.workload };
        let since = self.shifting.get(&shift_path(name).to_string()).copied();
        (shifting::groups(self.at, &format!("{name}-tg"), &plan, &front.balancer.id, since), since)
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
