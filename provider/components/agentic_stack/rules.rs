//! The rules that the arguments of a stack keep among each other.

use std::collections::{BTreeMap, BTreeSet};

use super::alarms::{Alarms, AlarmsInput, CustomAlarm, LogMetric};
use super::args::is_default;
use super::domain::Domain;
use super::words::{LATEST_ONCE, LONGEST_NAME, check_word};
use super::{
    AgenticStack, AgenticStackArgs, Logs, Repositories, Schedule, Service, ServiceInput, agents, secrets,
    stack_roles, way_out,
};
use crate::components::network::{Need, Of};
use crate::components::workload::{Scaling, Workload};
use crate::components::{
    Inputs, aurora_cluster, auth, db_with_replica, deployment, network, redis_cache, static_site, volume,
    workload,
};
use crate::kinds::ssm::STANDARD_BYTES;
use crate::model::{Failures, In, Path, Text};

pub fn check(args: &Inputs<AgenticStack>, failures: &mut Failures) {
    let words =
        [(AgenticStackArgs::PROJECT, &args.project), (AgenticStackArgs::ENVIRONMENT, &args.environment)];
    for (name, text) in words {
        // What is too long is told already.
        let text = text.get().filter(|text| text.chars().count() <= 40);
        if let Some(Err(reason)) = text.map(|text| check_word(text, 40)) {
            failures.add(name, reason);
        }
    }
    if let Some(domain) = args.domain.get().filter(|domain| !domain.zone.is_set()) {
        let at = Path::from(AgenticStackArgs::DOMAIN);
        if !domain.certificate_arn.is_set() {
            failures.add(
                at.key(Domain::ZONE),
                "is missing; give the hosted zone, or the certificateArn of a certificate",
            );
        }
        if domain.subdomain.is_set() {
            failures.add(at.key(Domain::SUBDOMAIN), "requires a hosted zone; give zone as well");
        }
    }
    if let Some(network) = args.network.get() {
        network::rules(network, &two_zoned(args), &Path::from(AgenticStackArgs::NETWORK), failures);
        two_zones(args, network, failures);
        way_out::rules(args, network, failures);
    }
    for_the_public(args, failures);
    if let Some(database) = args.database.get() {
        db_with_replica::rules(database, &Path::from(AgenticStackArgs::DATABASE), failures);
    }
    if let Some(aurora) = args.aurora.get() {
        let at = Path::from(AgenticStackArgs::AURORA);
        aurora_cluster::rules(aurora, &at, failures);
        if args.database.is_set() {
            failures.add(at, "conflicts with database; give only one of them");
        }
    }
    if let Some(cache) = args.cache.get() {
        redis_cache::rules(cache, &Path::from(AgenticStackArgs::CACHE), failures);
    }
    let zone = args.domain.clone().and_then(|domain| domain.zone);
    for (name, site) in args.sites.get().into_iter().flatten() {
        if let Some(site) = site.get() {
            static_site::rules(
                site,
                Some(&zone),
                &Path::from(AgenticStackArgs::SITES).key(name.as_str()),
                failures,
            );
        }
    }
    let services = args.services.get().into_iter().flatten();
    let services: Vec<(&String, &ServiceInput)> =
        services.filter_map(|(name, service)| Some((name, service.get()?))).collect();
    for (name, service) in &services {
        let at = Path::from(AgenticStackArgs::SERVICES).key(name.as_str());
        if let Err(reason) = check_word(name, LONGEST_NAME) {
            failures.add(at.clone(), reason);
        }
        workload::rules(&service.workload, &at, failures);
        if let Some(given) = service.workload.deployment.get() {
            deployment::rules(given, is_exposed(service), &at.key(Workload::DEPLOYMENT), failures);
        }
        if is_exposed(service) {
            workload::request_rules(&service.workload, &at, failures);
        }
        if is_exposed(service) && !service.workload.port.is_set() {
            failures.add(
                at.key(Workload::PORT),
                "is missing; an exposed service needs the port that its container listens on",
            );
        }
        let counts_requests =
            service.workload.scaling.get().is_some_and(|scaling| scaling.requests_per_target.is_set());
        if counts_requests && service.expose.get().is_some_and(|expose| expose == "none") {
            let reason = "counts the requests of a load balancer; give the service expose";
            failures.add(at.key(Workload::SCALING).key(Scaling::REQUESTS_PER_TARGET), reason);
        }
        if let Some(of) = service.image_of.get() {
            let at = at.key(Service::IMAGE_OF);
            if service.workload.image.is_set() {
                failures.add(at.clone(), "conflicts with image; give only one of them");
            }
            match services.iter().find(|(name, _)| *name == of) {
                None => failures.add(at, no_such_service(of, &services)),
                Some((_, other)) if other.image_of.is_set() => {
                    failures.add(
                        at,
                        format!(
                            "is {of:?}, which runs the image of another service itself; give that service"
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        let has_database = args.database.is_set() || args.aurora.is_set();
        for (name, uses, has) in
            [("database", &service.database, has_database), ("cache", &service.cache, args.cache.is_set())]
        {
            if uses.get() == Some(&true) && !has {
                failures
                    .add(at.key(name), format!("is true, but the stack has no {name}; give the stack one"));
            }
        }
        if service.user_pool.get() == Some(&true) && !args.user_pool.is_set() {
            failures.add(
                at.key(Service::USER_POOL),
                "is true, but the stack has no user pool; give the stack a userPool",
            );
        }
        let why_not = match service.expose.get().map(String::as_str) {
            Some("public") | None if args.edge.is_set() => Some(
                "requires HTTPS at the load balancer, but with edge only CloudFront has HTTPS; leave edge out",
            ),
            Some("public") | None if args.domain.is_set() => None,
            Some("public") | None => Some("requires HTTPS; give the stack a domain"),
            Some(_) => Some("requires the public load balancer, which serves HTTPS; give expose: \"public\""),
        };
        let own = &service.workload;
        auth::rules(&own.auth, &at.key(Workload::AUTH), why_not, args.user_pool.is_set(), failures);
        volume::rules(&own.volumes, &at, true, failures);
        for (index, bucket) in service.buckets.get().into_iter().flatten().enumerate() {
            let Some(bucket) = bucket.get() else { continue };
            if !args.buckets.get().is_none_or(|buckets| buckets.contains_key(bucket)) {
                let reason = format!("is {bucket:?}, but the stack has no such bucket; give it in buckets");
                failures.add(at.key(Service::BUCKETS).index(index), reason);
            }
        }
        for (index, callee) in service.calls.get().into_iter().flatten().enumerate() {
            let at = at.key(Service::CALLS).index(index);
            let Some(callee) = callee.get() else { continue };
            match services.iter().find(|(name, _)| *name == callee) {
                None => failures.add(at, no_such_service(callee, &services)),
                Some((_, service)) if !is_exposed(service) => {
                    let reason = format!("is {callee:?}, which is not exposed; give it expose: \"internal\"");
                    failures.add(at, reason);
                }
                Some(_) => {}
            }
        }
    }
    one_owner(&services, failures);
    for (name, schedule) in args.schedules.get().into_iter().flatten() {
        let service = schedule.get().and_then(|schedule| schedule.service.get());
        if let Some(service) = service.filter(|service| !services.iter().any(|(name, _)| name == service)) {
            let at = Path::from(AgenticStackArgs::SCHEDULES).key(name.as_str()).key(Schedule::SERVICE);
            failures.add(at, no_such_service(service, &services));
        }
    }
    secrets::rules(args, failures);
    repository_rules(args, &services, failures);
    let agents = args.agents.get();
    let metrics = args.logs.get().and_then(|logs| logs.metrics.get());
    for (name, metric) in metrics.into_iter().flatten() {
        let chosen = metric.get().and_then(|metric| metric.services.get());
        for (index, service) in chosen.into_iter().flatten().enumerate() {
            let Some(service) = service.get() else { continue };
            let is_agent = agents.is_none_or(|agents| agents.contains_key(service));
            if !is_agent && !services.iter().any(|(name, _)| *name == service) {
                let at = Path::from(AgenticStackArgs::LOGS).key(Logs::METRICS).key(name.as_str());
                failures.add(at.key(LogMetric::SERVICES).index(index), no_such_service(service, &services));
            }
        }
    }
    let metrics = args.dashboard_metrics.get().is_some_and(|metrics| !metrics.is_empty());
    if metrics && args.dashboard.get() == Some(&false) {
        let reason = "is given, but there is no dashboard to show it; give dashboard: true";
        failures.add(AgenticStackArgs::DASHBOARD_METRICS, reason);
    }
    let nobody = |alarms: &AlarmsInput| alarms.emails.get().is_some_and(Vec::is_empty);
    if args.alarms.get().is_some_and(|alarms| alarms.kms_key_id.is_set() && nobody(alarms)) {
        let reason = "encrypts the topic of the email addresses, and there are none; give emails as well";
        failures.add(Path::from(AgenticStackArgs::ALARMS).key(Alarms::KMS_KEY_ID), reason);
    }
    let custom = args.alarms.get().and_then(|alarms| alarms.custom.get());
    for (name, alarm) in custom.into_iter().flatten() {
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        let period = alarm.get().and_then(|alarm| alarm.period.get());
        if let Some(period) = period.filter(|period| !matches!(period, 10 | 20 | 30) && *period % 60 != 0) {
            let at = Path::from(AgenticStackArgs::ALARMS).key(Alarms::CUSTOM).key(name.as_str());
            failures.add(
                at.key(CustomAlarm::PERIOD),
                format!("is {period}; give 10, 20, 30, or a multiple of 60 seconds"),
            );
        }
    }
    agents::rules(args, &services, failures);
    stack_roles::rules(args, &services, failures);
    parameter_sizes(args, failures);
    for exposure in ["public", "internal"] {
        one_taker(exposure, &services, failures);
    }
}

/// What is of use to public services alone.
fn for_the_public(args: &Inputs<AgenticStack>, failures: &mut Failures) {
    let is_public = |service: &In<ServiceInput>| {
        service.get().is_none_or(|service| service.expose.get().is_none_or(|expose| expose == "public"))
    };
    if args.services.get().is_none_or(|services| services.values().any(is_public)) {
        return;
    }
    let given = [
        (AgenticStackArgs::ACCESS_LOGS, args.access_logs.is_set()),
        (AgenticStackArgs::EDGE, args.edge.is_set()),
        (AgenticStackArgs::WAF, args.waf.is_set()),
    ];
    for (name, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
        let reason = format!(
            "is given, but no service is public; give one expose: \"public\", or leave {} out",
            name.name()
        );
        failures.add(name, reason);
    }
}

/// What Parameter Store takes in its standard tier, which is that of the stack's parameters.
fn parameter_sizes(args: &Inputs<AgenticStack>, failures: &mut Failures) {
    for (name, value) in args.parameters.get().into_iter().flatten() {
        let Some(size) = value.get().map(|Text(text)| text.len()) else { continue };
        let reason = match size {
            0 => "is empty; a parameter has at least one character".to_owned(),
            size if size > STANDARD_BYTES => format!(
                "has {size} bytes, and a parameter stores {STANDARD_BYTES}; split it, or store it in a secret or a bucket"
            ),
            _ => continue,
        };
        failures.add(Path::from(AgenticStackArgs::PARAMETERS).key(name.as_str()), reason);
    }
}

/// Services share a volume by its name, and so its owner.
fn one_owner(services: &[(&String, &ServiceInput)], failures: &mut Failures) {
    let all = services.iter().flat_map(|(service, args)| {
        volume::each(&args.workload.volumes).map(|(name, volume)| (service.as_str(), name, volume))
    });
    let mut seen: Vec<(&str, &String, &volume::VolumeInput)> = Vec::new();
    for (service, name, volume) in all.filter(|(_, _, volume)| !volume.file_system_id.is_set()) {
        let same = |other: &volume::VolumeInput| {
            other.uid.get() == volume.uid.get() && other.gid.get() == volume.gid.get()
        };
        match seen.iter().find(|(_, other, _)| *other == name) {
            Some((first, _, other)) if !same(other) => {
                let at = Path::from(AgenticStackArgs::SERVICES)
                    .key(service)
                    .key(Workload::VOLUMES)
                    .key(name.as_str());
                let reason = format!(
                    "has another uid or gid than {first}, which is the same volume; give both the same values"
                );
                failures.add(at, reason);
            }
            Some(_) => {}
            None => seen.push((service, name, volume)),
        }
    }
}

/// What ECR takes together, and what a tag that never moves means for services.
fn repository_rules(
    args: &Inputs<AgenticStack>,
    services: &[(&String, &ServiceInput)],
    failures: &mut Failures,
) {
    let Some(given) = args.repositories.get() else { return };
    let at = Path::from(AgenticStackArgs::REPOSITORIES);
    if given.keep_images.is_set() && given.expire_after_days.is_set() {
        let reason = "conflicts with expireAfterDays, since ECR takes one rule for all images; give keepTagged and keepUntagged instead";
        failures.add(at.key(Repositories::KEEP_IMAGES), reason);
    }
    if given.immutable_tags.get() != Some(&true) {
        return;
    }
    let made =
        services.iter().filter(|(_, service)| !service.workload.image.is_set() && !service.image_of.is_set());
    for (name, _) in made.filter(|(_, service)| service.image_tag.get().is_some_and(|tag| tag == "latest")) {
        let at = Path::from(AgenticStackArgs::SERVICES).key(name.as_str()).key(Service::IMAGE_TAG);
        failures.add(at, LATEST_ONCE);
    }
}

fn is_exposed(service: &ServiceInput) -> bool {
    service.expose.get().is_some_and(|expose| expose != "none")
}

/// The requests of a load balancer go to one service each.
fn one_taker(exposure: &str, services: &[(&String, &ServiceInput)], failures: &mut Failures) {
    let texts = |list: &In<Vec<In<String>>>| -> Option<BTreeSet<String>> {
        let known = |list: &Vec<In<String>>| list.iter().map(|text| text.get().cloned()).collect();
        if list.is_set() { list.get().and_then(known) } else { Some(BTreeSet::new()) }
    };
    let mut takers: BTreeMap<(BTreeSet<String>, BTreeSet<String>), &str> = BTreeMap::new();
    for (name, service) in services {
        if service.expose.get().is_none_or(|expose| expose != exposure) {
            continue;
        }
        let wanted = texts(&service.workload.paths).zip(texts(&service.workload.hosts));
        let Some(wanted) = wanted else { continue };
        let Some(first) = takers.get(&wanted) else {
            takers.insert(wanted, name.as_str());
            continue;
        };
        let reason = match is_default(service) {
            true => format!(
                "takes all {exposure} requests, and so does {first}; give paths or hosts to all {exposure} services but one"
            ),
            false => format!(
                "has the paths and hosts of {first}, which takes all of these requests; give it others"
            ),
        };
        failures.add(Path::from(AgenticStackArgs::SERVICES).key(name.as_str()), reason);
    }
}

fn no_such_service(callee: &str, services: &[(&String, &ServiceInput)]) -> String {
    let names: Vec<&str> = services.iter().map(|(name, _)| name.as_str()).collect();
    format!("is {callee:?}, but there is no such service; there are {}", names.join(", "))
}

/// Load balancers and subnet groups of databases need two zones.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html>
fn two_zones(args: &Inputs<AgenticStack>, network: &network::NetworkInput, failures: &mut Failures) {
    if network.existing_vpc_id.is_set() {
        return;
    }
    // Of those that are counted, there are two where two are needed.
    let Some(zones) = network.availability_zones.get().map(Vec::len) else { return };
    let mut services = args.services.get().into_iter().flatten().filter_map(|(_, service)| service.get());
    let exposed = services.any(is_exposed);
    let what = match (exposed, args.database.is_set() || args.aurora.is_set()) {
        (true, _) => "a load balancer",
        (false, true) => "a database",
        (false, false) => return,
    };
    if zones < 2 {
        failures.add(
            Path::from(AgenticStackArgs::NETWORK).key(network::Network::AVAILABILITY_ZONES),
            format!("gives {zones} zone, but {what} needs two; give at least two"),
        );
    }
}

/// What has to have subnets in two zones.
pub fn two_zoned(args: &Inputs<AgenticStack>) -> Vec<Need> {
    let services = || args.services.get().into_iter().flatten().filter_map(|(_, service)| service.get());
    let exposes =
        |how: &str| services().any(|service| service.expose.get().is_some_and(|expose| expose == how));
    let all = [
        (exposes("public") && !args.edge.is_set(), (Of::Public, "a public load balancer")),
        (exposes("public") && args.edge.is_set(), (Of::Private, "a load balancer behind CloudFront")),
        (exposes("internal"), (Of::Private, "an internal load balancer")),
        (args.database.is_set() || args.aurora.is_set(), (Of::Database, "a database")),
    ];
    all.into_iter().filter_map(|(is_there, need)| is_there.then_some(need)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::components::agentic_stack::AgenticStackArgs;
    use crate::model::{Model, Value};
    use serde_json::{Value as Json, json};

    fn told(services: Json, more: Json) -> String {
        let mut args = json!({ "project": "shop", "environment": "dev", "services": services });
        args.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let mut failures = Failures::new();
        let input = AgenticStackArgs::read(&fields, &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_stack_that_is_right_is_not_refused() {
        let services = json!({
            "web": { "expose": "public", "port": 3000, "calls": ["api"] },
            "api": { "expose": "internal", "port": 8000, "database": true },
            "admin": { "expose": "public", "port": 80, "paths": ["/admin/*"] },
            "worker": {},
        });
        assert_eq!(told(services, json!({ "database": {} })), "");
        assert_eq!(told(json!({}), json!({})), "");
    }

    #[test]
    fn a_load_balancer_behind_cloudfront_authenticates_nobody() {
        let jwt = json!({ "issuer": "https://i", "jwksEndpoint": "https://i/keys" });
        let services = json!({ "web": { "expose": "public", "port": 80, "auth": { "jwt": jwt } } });
        let domain = json!({ "domain": { "zone": "example.com" } });
        assert!(!told(services.clone(), domain).contains("services.web.auth"));
        let edge = json!({ "domain": { "zone": "example.com" }, "edge": {} });
        assert!(told(services, edge).contains("services.web.auth: requires HTTPS at the load balancer"));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let services = json!({
            "web": { "expose": "public", "port": 3000, "calls": ["api", "worker"], "database": true },
            "site": { "expose": "public", "scaling": { "min": 3, "max": 2, "cpu": 70 } },
            "worker": { "cpu": 300 },
            "Bad_Name": {},
        });
        let told = told(
            services,
            json!({ "network": { "cidrBlock": "10.0.0.1/16", "availabilityZones": ["us-east-1a"] }, "logs": { "retentionInDays": 8 } }),
        );
        for expected in [
            "network.cidrBlock: is \"10.0.0.1/16\"",
            "logs.retentionInDays: is 8; give one of 0, 1, 3, 5, 7, 14, 30",
            "network.availabilityZones: gives 1 zone, but a load balancer needs two",
            "services.web.calls[0]: is \"api\", but there is no such service",
            "services.web.calls[1]: is \"worker\", which is not exposed",
            "services.web.database: is true, but the stack has no database",
            "services.site.port: is missing",
            "services.site.scaling.min: is 3, above the maximum 2",
            "services.worker.cpu: is 300",
            "services.Bad_Name: is \"Bad_Name\"",
            "takes all public requests",
        ] {
            assert!(told.contains(expected), "{expected} is not in\n{told}");
        }
    }
}
