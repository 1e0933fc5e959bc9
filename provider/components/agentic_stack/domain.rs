//! The domain of a stack: its certificate and its record.

use super::delivery::HOME;
use super::{Builder, Options};
use crate::components::Built;
use crate::components::certificate::{CertificatePlan, certificate};
use crate::components::edge::Front;
use crate::kinds::route53::{GetZone, GetZoneInputs, Record, RecordAliasInput, RecordInputs};
use crate::model::{In, Model};

/// The domain of a stack.
#[derive(Clone, Debug, Model)]
pub struct Domain {
    /// The name of an existing Route 53 hosted zone, such as `example.com`. If omitted,
    /// `certificateArn` is required, and you must create the DNS records of the load balancer
    /// elsewhere.
    pub zone: Option<String>,
    /// The subdomain in the hosted zone, such as `app`. If omitted, the domain is the name of the
    /// hosted zone itself.
    pub subdomain: Option<String>,
    /// The additional domain names of the certificate, such as `*.example.com`.
    #[model(default = [])]
    pub alternative_names: Vec<String>,
    /// The ARN of an existing certificate. If omitted, a certificate is created and validated by
    /// DNS.
    pub certificate_arn: Option<String>,
}

/// Where the public services are reached.
#[derive(Default)]
pub struct Place {
    /// The host name, where the stack has a domain.
    pub host: In<String>,
    pub zone_id: In<String>,
    /// A certificate that can be used.
    pub certificate_arn: In<String>,
}

impl Place {
    /// The address of the public load balancer, by its own name where there is no domain.
    pub fn url(&self, dns_name: &In<String>) -> In<String> {
        if self.host.is_set() && dns_name.is_set() {
            return self.host.clone().map(|host| format!("https://{host}"));
        }
        let scheme = if self.certificate_arn.is_set() { "https" } else { "http" };
        dns_name.clone().map(|name| format!("{scheme}://{name}"))
    }
}

impl Place {
    /// The address of the distribution, by its own name where there is no domain.
    pub fn url_of_edge(&self, domain_name: &In<String>) -> In<String> {
        let host = if self.host.is_set() { &self.host } else { domain_name };
        host.clone().map(|host| format!("https://{host}"))
    }
}

impl Builder<'_> {
    /// The id of the zone, which must be there.
    pub(super) async fn zone(&self) -> Built<In<String>> {
        let Some(domain) = self.args.domain.get().filter(|domain| domain.zone.is_set()) else {
            return Ok(In::default());
        };
        let found = GetZoneInputs { name: domain.zone.clone(), ..GetZoneInputs::default() };
        Ok(self.at.look_up::<GetZone>(found).await?.and_then(|zone| zone.zone_id))
    }

    /// Makes a certificate that the zone proves to be ours.
    pub(super) fn domain(&self, zone_id: In<String>) -> Place {
        let Some(domain) = self.args.domain.get() else { return Place::default() };
        // Without a zone `host` stays empty: other name servers than Route 53 know it.
        let host = if domain.subdomain.is_set() {
            domain.subdomain.clone().zip(domain.zone.clone()).map(|(sub, zone)| format!("{sub}.{zone}"))
        } else {
            domain.zone.clone()
        };
        if domain.certificate_arn.is_set() {
            return Place { host, zone_id, certificate_arn: domain.certificate_arn.clone() };
        }
        let names = &domain.alternative_names;
        let plan = CertificatePlan { host: &host, alternative_names: names, zone_id: &zone_id };
        let certificate_arn = match self.args.edge.is_set() {
            true => certificate(&self.at.in_region(HOME), "certificate", &plan),
            false => certificate(self.at, "certificate", &plan),
        };
        Place { host, zone_id, certificate_arn }
    }

    /// Lets the domain lead to the public load balancer. To one in another VPC it leads once the tasks
    /// behind that are there; until then it leads to the old one.
    pub(super) fn record(&self, place: &Place, front: &Front) {
        if !place.host.is_set() {
            return;
        }
        let alias = RecordAliasInput {
            name: front.balancer.out.dns_name.clone(),
            zone_id: front.balancer.out.zone_id.clone(),
            evaluate_target_health: true.into(),
        };
        let record = RecordInputs {
            zone_id: place.zone_id.clone(),
            name: place.host.clone(),
            r#type: "A".into(),
            aliases: In::list([alias.into()]),
            ..RecordInputs::default()
        };
        let public = self.each_service().filter(|(_, service)| {
            self.passing.moves() && service.expose.get().is_some_and(|expose| expose == "public")
        });
        let tasks: Vec<String> = public.map(|(name, _)| self.urn_of_tasks(name)).collect();
        self.at.child::<Record>("record", record, Options::default().after(&tasks));
    }
}
