//! The domain of a stack: its certificate and its record.

use super::{Builder, Options};
use crate::components::edge::Front;
use crate::components::{Built, Child};
use crate::kinds::acm::{Certificate, CertificateInputs, CertificateValidation, CertificateValidationInputs};
use crate::kinds::route53::{GetZone, GetZoneInputs, Record, RecordAliasInput, RecordInputs};
use crate::model::In;

/// Where the public services are reached.
#[derive(Default)]
pub struct Place {
    /// The host name, where the stack has a domain.
    host: In<String>,
    zone_id: In<String>,
    /// A certificate that can be used.
    pub certificate_arn: In<String>,
}

impl Place {
    /// The address of the public load balancer, by its own name where there is no domain.
    pub fn url(&self, dns_name: &In<String>) -> In<String> {
        if self.host.is_set() && dns_name.is_set() {
            return self.host.clone().map(|host| format!("https://{host}"));
        }
        dns_name.clone().map(|name| format!("http://{name}"))
    }
}

impl Builder<'_> {
    /// The id of the zone, which must be there.
    pub(super) async fn zone(&self) -> Built<In<String>> {
        let Some(domain) = self.args.domain.get() else { return Ok(In::default()) };
        let found = GetZoneInputs { name: domain.zone.clone(), ..GetZoneInputs::default() };
        Ok(self.at.look_up::<GetZone>(found).await?.and_then(|zone| zone.zone_id))
    }

    /// Makes a certificate that the zone proves to be ours.
    pub(super) async fn domain(&self, zone_id: In<String>) -> Built<Place> {
        let Some(domain) = self.args.domain.get() else { return Ok(Place::default()) };
        let host = if domain.subdomain.is_set() {
            domain.subdomain.clone().zip(domain.zone.clone()).map(|(sub, zone)| format!("{sub}.{zone}"))
        } else {
            domain.zone.clone()
        };
        if domain.certificate_arn.is_set() {
            return Ok(Place { host, zone_id, certificate_arn: domain.certificate_arn.clone() });
        }
        let certificate = CertificateInputs {
            domain_name: host.clone(),
            subject_alternative_names: domain.alternative_names.clone(),
            validation_method: "DNS".into(),
            tags: self.tags.named(&self.names.of("certificate")),
            ..CertificateInputs::default()
        };
        let certificate: Child<Certificate> =
            self.at.child("certificate", certificate, Options::default()).await?;
        let names = domain.alternative_names.get().into_iter().flatten().filter_map(In::get);
        let records = self.proofs(&certificate, &zone_id, host.get().into_iter().chain(names)).await?;
        let validation = CertificateValidationInputs {
            certificate_arn: certificate.id.clone(),
            validation_record_fqdns: In::list(records.iter().map(|record| record.out.fqdn.clone())),
        };
        let validation: Child<CertificateValidation> =
            self.at.child("certificate-validation", validation, Options::default()).await?;
        let certificate_arn = certificate.id.clone().depending_on([&validation.urn]);
        Ok(Place { host, zone_id, certificate_arn })
    }

    /// The records that prove that the names are ours. A wildcard has the same as its parent.
    async fn proofs<'n>(
        &self,
        certificate: &Child<Certificate>,
        zone_id: &In<String>,
        names: impl Iterator<Item = &'n String>,
    ) -> Built<Vec<Child<Record>>> {
        let mut proven: Vec<&str> = Vec::new();
        for name in names {
            let name = name.strip_prefix("*.").unwrap_or(name);
            if !proven.contains(&name) {
                proven.push(name);
            }
        }
        let records = proven.into_iter().enumerate().map(|(index, name)| {
            let options = certificate.out.domain_validation_options.clone();
            let name = name.to_owned();
            let option = options.and_then(move |options| {
                let of_name = |option: &In<crate::kinds::acm::CertificateDomainValidationOptionInput>| {
                    let domain = option.get().and_then(|option| option.domain_name.get());
                    domain.is_some_and(|domain| domain.strip_prefix("*.").unwrap_or(domain) == name)
                };
                options.into_iter().find(of_name).unwrap_or_default()
            });
            let record = RecordInputs {
                zone_id: zone_id.clone(),
                name: option.clone().and_then(|option| option.resource_record_name),
                r#type: option.clone().and_then(|option| option.resource_record_type),
                records: In::list([option.and_then(|option| option.resource_record_value)]),
                ttl: 300.into(),
                // Each certificate for a name has the same record; another stack may have made it.
                allow_overwrite: true.into(),
                ..RecordInputs::default()
            };
            let suffix = if index == 0 {
                "certificate-record".to_owned()
            } else {
                format!("certificate-record-{}", index + 1)
            };
            async move { self.at.child(&suffix, record, Options::default()).await }
        });
        futures::future::try_join_all(records).await
    }

    /// Lets the domain lead to the public load balancer.
    pub(super) async fn record(&self, place: &Place, front: &Front) -> Built<()> {
        if !place.host.is_set() {
            return Ok(());
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
        self.at.child::<Record>("record", record, Options::default()).await.map(drop)
    }
}
