//! Certificates of other authorities.

use aws_sdk_acm::Client;
use aws_sdk_acm::primitives::Blob;

use super::{CertificateArgs, CertificateInputs};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::acm::tagged;
use crate::model::{Failures, Value};

/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html>
pub fn check(args: &CertificateInputs, failures: &mut Failures) {
    let is_imported = args.certificate_body.is_set();
    if !is_imported && !args.domain_name.is_set() {
        let reason = "is missing; give it, or certificateBody and privateKey of a certificate to import";
        failures.add(CertificateArgs::DOMAIN_NAME, reason);
    }
    if is_imported && !args.private_key.is_set() {
        failures.add(CertificateArgs::PRIVATE_KEY, "is missing; give the key of certificateBody");
    }
    if args.certificate_body.get().is_some() {
        let names = args.subject_alternative_names.get().is_some_and(|names| !names.is_empty());
        for (argument, is_given) in [
            (CertificateArgs::DOMAIN_NAME, args.domain_name.is_set()),
            (CertificateArgs::KEY_ALGORITHM, args.key_algorithm.is_set()),
            (CertificateArgs::SUBJECT_ALTERNATIVE_NAMES, names),
            (CertificateArgs::VALIDATION_METHOD, args.validation_method.is_set()),
        ] {
            if is_given {
                failures.add(argument, "conflicts with certificateBody, which determines it; leave it out");
            }
        }
    }
    for (argument, is_given) in [
        (CertificateArgs::CERTIFICATE_CHAIN, args.certificate_chain.get().is_some()),
        (CertificateArgs::PRIVATE_KEY, args.private_key.get().is_some()),
    ] {
        if is_given && !is_imported {
            failures
                .add(argument, "is for a certificate to import; give certificateBody too, or leave it out");
        }
    }
}

/// Imports a certificate: a new one, or in the place of the one with this ARN. Gives its ARN.
pub async fn import(cx: &Cx, arn: Option<&str>, args: &CertificateArgs) -> Result<String> {
    let blob = |text: &Option<String>| text.as_ref().map(|text| Blob::new(text.as_bytes()));
    // AWS takes tags with a new certificate only.
    let tags = if arn.is_none() { Some(tagged(cx, &args.tags)?) } else { None };
    let made = cx
        .client::<Client>()?
        .import_certificate()
        .set_certificate_arn(arn.map(str::to_owned))
        .set_certificate(blob(&args.certificate_body))
        .set_certificate_chain(blob(&args.certificate_chain))
        .set_private_key(blob(&args.private_key))
        .set_tags(tags)
        .send()
        .await?;
    made.certificate_arn.ok_or_else(|| Error::new(ErrorKind::Other, "AWS returned no certificate"))
}

/// The certificate and its chain, as AWS has them.
pub async fn texts(cx: &Cx, arn: &str) -> Result<Option<(String, Option<String>)>> {
    let call = cx.client::<Client>()?.get_certificate().certificate_arn(arn);
    let answer = found(call.send().await)?;
    Ok(answer.map(|answer| {
        let chain = answer.certificate_chain.filter(|chain| !chain.trim().is_empty());
        (answer.certificate.unwrap_or_default(), chain)
    }))
}

/// Whether two texts in PEM format are the same: line breaks carry no meaning.
pub fn same_pem(one: &Value, other: &Value) -> bool {
    let bare = |value: &Value| value.as_str().map(|text| text.split_whitespace().collect::<String>());
    bare(one).is_some_and(|one| bare(other) == Some(one))
}

pub fn check_certificate(text: &str) -> Result<(), String> {
    match text.trim_start().starts_with("-----BEGIN CERTIFICATE-----") {
        true => Ok(()),
        false => {
            Err("is not in PEM format; give a text that begins with -----BEGIN CERTIFICATE-----".to_owned())
        }
    }
}

/// <https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html>
pub fn check_key(text: &str) -> Result<(), String> {
    let first = text.trim_start().lines().next().unwrap_or_default();
    match first.starts_with("-----BEGIN") && first.contains("PRIVATE KEY-----") {
        true if text.contains("ENCRYPTED") => {
            Err("is encrypted; give the key without its passphrase".to_owned())
        }
        true => Ok(()),
        false => {
            Err("is not in PEM format; give a text that begins with -----BEGIN PRIVATE KEY-----".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Model;
    use serde_json::json;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";

    fn told(given: serde_json::Value) -> String {
        let mut failures = Failures::new();
        let input = CertificateArgs::read(Value::from_json(&given).as_object().unwrap(), &mut failures);
        check(&input, &mut failures);
        failures.to_string()
    }

    #[test]
    fn a_certificate_is_requested_or_imported() {
        assert_eq!(told(json!({"domainName": "example.com"})), "");
        assert_eq!(told(json!({"certificateBody": CERTIFICATE, "privateKey": KEY})), "");
        for (given, part) in [
            (json!({}), "domainName: is missing"),
            (json!({"certificateBody": CERTIFICATE}), "privateKey: is missing"),
            (
                json!({"certificateBody": CERTIFICATE, "privateKey": KEY, "domainName": "example.com"}),
                "domainName: conflicts with certificateBody",
            ),
            (json!({"domainName": "example.com", "privateKey": KEY}), "privateKey: is for a certificate"),
            (json!({"certificateBody": "MIIB", "privateKey": KEY}), "certificateBody: is not in PEM format"),
            (
                json!({"certificateBody": CERTIFICATE, "privateKey": KEY.replace("PRIVATE", "ENCRYPTED PRIVATE")}),
                "privateKey: is encrypted",
            ),
        ] {
            let all = told(given.clone());
            assert!(all.contains(part), "{given}: {all}");
            assert!(!all.contains("MIIE"), "a key is never shown");
        }
    }

    #[test]
    fn line_breaks_carry_no_meaning() {
        assert!(same_pem(&CERTIFICATE.into(), &CERTIFICATE.replace('\n', "\r\n").as_str().into()));
        assert!(!same_pem(&CERTIFICATE.into(), &CERTIFICATE.replace("MIIB", "MIIC").as_str().into()));
    }
}
