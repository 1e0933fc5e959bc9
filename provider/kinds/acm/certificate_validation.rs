//! The wait until a certificate is issued.

use std::time::Duration;

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, ValidationMethod};

use super::{failure, find, find_alive, unproven};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::Model;

/// Waits until an ACM certificate is issued. It creates nothing in AWS: resources that require an
/// issued certificate use the `certificateArn` of this resource.
#[derive(Clone, Debug, Model)]
pub struct CertificateValidationArgs {
    /// The ARN of the certificate.
    #[model(replace)]
    pub certificate_arn: String,
    /// The names of the DNS validation records, such as their `fqdn`, so that they are created
    /// before the wait starts. If specified, the list must include all records that AWS requires.
    #[model(replace, set, default = [], write_only)]
    pub validation_record_fqdns: Vec<String>,
}

/// What AWS says of the wait: nothing that it was not told.
#[derive(Clone, Debug, Model)]
pub struct CertificateValidationState {}

/// The wait until a certificate is issued.
pub struct CertificateValidation;

impl Kind for CertificateValidation {
    const TOKEN: &'static str = "agentic:acm:CertificateValidation";
    const ID: &'static str = "the ARN of the certificate";
    const ACTIONS: Actions = Actions {
        create: &["acm:DescribeCertificate"],
        read: &["acm:DescribeCertificate"],
        update: &[],
        delete: &[],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the certificate is issued",
        usual: [20, 120],
        budget: Duration::from_secs(45 * 60),
    });

    type Args = CertificateValidationArgs;
    type State = CertificateValidationState;

    async fn create(cx: &Cx, args: &CertificateValidationArgs) -> Result<String> {
        let arn = &args.certificate_arn;
        let Some(certificate) = find(cx, arn).await? else {
            let region = cx.region().unwrap_or("this region");
            let error = Error::new(ErrorKind::NotFound, format!("there is no certificate {arn} in {region}"));
            return Err(error.with_hint("Give the ARN of a certificate in the same region and account."));
        };
        let missing = missing_records(&certificate, &args.validation_record_fqdns);
        if !missing.is_empty() {
            let message = format!("validationRecordFqdns lacks {}", missing.join(", "));
            let hint = "Create a record for each of the domainValidationOptions of the certificate.";
            return Err(Error::new(ErrorKind::Invalid, message).with_hint(hint));
        }
        // The wait begins with what was seen here.
        cx.keep(arn.clone(), certificate);
        Ok(arn.clone())
    }

    async fn ready(cx: &Cx, id: &str, _args: &CertificateValidationArgs) -> Result<Poll> {
        let Some(certificate) = find(cx, id).await? else {
            let message =
                format!("the certificate {id} no longer exists: it was deleted outside of this program");
            return Ok(Poll::Failed(Error::new(ErrorKind::Failed, message)));
        };
        Ok(match (certificate.status(), failure(&certificate)) {
            (_, Some(error)) => Poll::Failed(error),
            (Some(CertificateStatus::Issued), None) => Poll::Ready(()),
            _ => Poll::Pending(progress(&certificate)),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find_alive(cx, id).await?.map(|_| Live {
            args: CertificateValidationObserved {
                certificate_arn: Some(id.to_owned()),
                ..CertificateValidationObserved::default()
            },
            state: CertificateValidationState {},
        }))
    }

    async fn update(_cx: &Cx, _id: &str, _update: &Update<CertificateValidationArgs>) -> Result<()> {
        Ok(())
    }

    async fn delete(_cx: &Cx, _id: &str, _args: &CertificateValidationArgs) -> Result<()> {
        Ok(())
    }
}

/// The records that AWS asks for and that are not among those given.
fn missing_records<'a>(certificate: &'a CertificateDetail, given: &[String]) -> Vec<&'a str> {
    if given.is_empty() {
        return Vec::new();
    }
    let bare = |name: &str| name.trim_end_matches('.').to_lowercase();
    let given: Vec<String> = given.iter().map(|name| bare(name)).collect();
    let records =
        certificate.domain_validation_options().iter().filter_map(|option| option.resource_record());
    let mut missing: Vec<&str> =
        records.map(|record| record.name()).filter(|name| !given.contains(&bare(name))).collect();
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// How far AWS is.
fn progress(certificate: &CertificateDetail) -> String {
    let names = unproven(certificate);
    if names.is_empty() {
        return "all domain names are validated, AWS is issuing the certificate".to_owned();
    }
    let mails = |method: Option<&ValidationMethod>| method == Some(&ValidationMethod::Email);
    let by_mail =
        certificate.domain_validation_options().iter().any(|option| mails(option.validation_method()));
    let what = if by_mail { "receive the approval by email" } else { "see the record" };
    format!("AWS has yet to {what} of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_sdk_acm::types::{DomainStatus, DomainValidation, RecordType, ResourceRecord};

    use super::*;

    fn certificate(options: &[(&str, DomainStatus)]) -> CertificateDetail {
        let options = options.iter().map(|(name, status)| {
            let base = name.trim_start_matches("*.");
            let record = ResourceRecord::builder().name(format!("_1.{base}.")).value("_2.aws.");
            let record = record.r#type(RecordType::Cname).build().unwrap();
            let option = DomainValidation::builder().domain_name(*name).validation_status(status.clone());
            option.resource_record(record).build().unwrap()
        });
        CertificateDetail::builder().set_domain_validation_options(Some(options.collect())).build()
    }

    #[test]
    fn progress_names_the_domains_without_proof() {
        use DomainStatus::{PendingValidation, Success};
        let one = certificate(&[("example.com", Success), ("www.example.com", PendingValidation)]);
        assert_eq!(progress(&one), "AWS has yet to see the record of www.example.com");
        assert!(progress(&certificate(&[("example.com", Success)])).contains("is issuing the certificate"));
    }

    #[test]
    fn a_forgotten_record_is_named_at_once() {
        let pending = DomainStatus::PendingValidation;
        let names = ["example.com", "*.example.com", "a.org"].map(|name| (name, pending.clone()));
        let certificate = certificate(&names);
        assert_eq!(missing_records(&certificate, &["_1.Example.com".to_owned()]), ["_1.a.org."]);
        assert!(missing_records(&certificate, &[]).is_empty());
        let all = ["_1.example.com".to_owned(), "_1.a.org.".to_owned()];
        assert!(missing_records(&certificate, &all).is_empty());
    }
}
