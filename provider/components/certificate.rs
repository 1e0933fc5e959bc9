//! Certificates that a hosted zone proves to be ours.

use super::{Child, Options, Scope};
use crate::kinds::acm::{
    Certificate, CertificateDomainValidationOptionInput, CertificateInputs, CertificateValidation,
    CertificateValidationInputs,
};
use crate::kinds::route53::{Record, RecordInputs};
use crate::model::In;

/// What a certificate is for.
pub struct CertificatePlan<'a> {
    pub host: &'a In<String>,
    pub alternative_names: &'a In<Vec<In<String>>>,
    pub zone_id: &'a In<String>,
}

/// Makes a certificate, and gives its ARN once it can be used.
pub fn certificate(at: &Scope, label: &str, plan: &CertificatePlan<'_>) -> In<String> {
    let inputs = CertificateInputs {
        domain_name: plan.host.clone(),
        subject_alternative_names: plan.alternative_names.clone(),
        validation_method: "DNS".into(),
        ..CertificateInputs::default()
    };
    let certificate: Child<Certificate> = at.child(label, inputs, Options::shown());
    let names = plan.alternative_names.get().into_iter().flatten().filter_map(In::get);
    let names = plan.host.get().into_iter().chain(names);
    let records = proofs(at, label, &certificate, plan.zone_id, names);
    let validation = CertificateValidationInputs {
        certificate_arn: certificate.id.clone(),
        validation_record_fqdns: In::list(records.iter().map(|record| record.out.fqdn.clone())),
    };
    let validation: Child<CertificateValidation> =
        at.child(&format!("{label}-validation"), validation, Options::default());
    certificate.id.clone().depending_on([&validation.urn])
}

/// The records that prove that the names are ours. A wildcard has the same as its parent.
fn proofs<'a>(
    at: &Scope,
    label: &str,
    certificate: &Child<Certificate>,
    zone_id: &In<String>,
    names: impl Iterator<Item = &'a String>,
) -> Vec<Child<Record>> {
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
            let of_name = |option: &In<CertificateDomainValidationOptionInput>| {
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
        let suffix =
            if index == 0 { format!("{label}-record") } else { format!("{label}-record-{}", index + 1) };
        at.child(&suffix, record, Options::default())
    });
    records.collect()
}
