//! AWS Certificate Manager: certificates, and the wait until they are issued.

mod certificate;
mod certificate_validation;
mod get_certificate;
mod unsupported;

pub use certificate::*;
pub use certificate_validation::*;
pub use get_certificate::*;

use std::collections::BTreeMap;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, FailureReason, Tag};

use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Named, Tagging, Tags};

/// A certificate in whatever state it is.
async fn find(cx: &Cx, arn: &str) -> Result<Option<CertificateDetail>> {
    let client = cx.client::<Client>()?;
    let look = move |arn: String| {
        let describe = client.describe_certificate().certificate_arn(arn);
        async { Ok::<_, Error>(found(describe.send().await)?.and_then(|answer| answer.certificate)) }
    };
    cx.alone(arn.to_owned(), look).await
}

/// A certificate, unless it is a request that came to nothing, which AWS goes on showing.
async fn find_alive(cx: &Cx, arn: &str) -> Result<Option<CertificateDetail>> {
    Ok(find(cx, arn).await?.filter(|certificate| !certificate.status().is_some_and(came_to_nothing)))
}

/// Whether a request can become a certificate no more.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html>
fn came_to_nothing(status: &CertificateStatus) -> bool {
    matches!(status, CertificateStatus::Failed | CertificateStatus::ValidationTimedOut)
}

/// Why a certificate cannot be used, and will not be.
fn failure(certificate: &CertificateDetail) -> Option<Error> {
    let domain = certificate.domain_name().unwrap_or("the domain");
    let (message, hint) = match certificate.status()? {
        CertificateStatus::Failed => {
            let reason = certificate.failure_reason();
            let code = reason.map_or("no reason given", FailureReason::as_str);
            let hint = format!(
                "{} Then run `pulumi up --refresh`, which requests another certificate.",
                advice(reason)
            );
            (format!("AWS could not issue the certificate for {domain} ({code})"), hint)
        }
        // https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-timed-out.html
        CertificateStatus::ValidationTimedOut => {
            let pending = unproven(certificate);
            let message = format!(
                "the validation of the certificate for {domain} timed out: within 72 hours, AWS could not validate {}",
                if pending.is_empty() { domain.to_owned() } else { pending.join(", ") }
            );
            let hint = "Check that the validation record is in the public zone of the domain, and that the registrar of the domain has the name servers of this zone. Then run `pulumi up --refresh`, which requests another certificate.";
            (message, hint.to_owned())
        }
        CertificateStatus::Revoked => {
            let reason = certificate.revocation_reason().map_or("no reason given", |reason| reason.as_str());
            let hint = "It cannot be used any more: replace the certificate with `pulumi up --replace`.";
            (format!("the certificate for {domain} is revoked ({reason})"), hint.to_owned())
        }
        status @ (CertificateStatus::Expired | CertificateStatus::Inactive) => {
            let hint = "It cannot be used any more: replace the certificate with `pulumi up --replace`.";
            (format!("the certificate for {domain} is {}", status.as_str().to_lowercase()), hint.to_owned())
        }
        _ => return None,
    };
    Some(Error::new(ErrorKind::Failed, message).with_hint(hint))
}

/// <https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html>
fn advice(reason: Option<&FailureReason>) -> &'static str {
    match reason {
        Some(FailureReason::CaaError) => {
            "A CAA record of the domain, or of a parent domain, prevents Amazon from issuing certificates, or cannot be looked up: remove it, or add one with the value `0 issue \"amazon.com\"`."
        }
        Some(FailureReason::AdditionalVerificationRequired) => {
            "AWS requires more information to issue a certificate for this domain: contact AWS Support."
        }
        Some(FailureReason::InvalidPublicDomain) => {
            "Give a name below a public top-level domain, and check its spelling."
        }
        Some(FailureReason::DomainNotAllowed) => {
            "The domain is reported for malware or phishing: have it removed from such lists, or contact AWS Support."
        }
        Some(FailureReason::DomainValidationDenied) => "The owner of the domain denied the request by email.",
        Some(FailureReason::NoAvailableContacts) => {
            "The domain has no contact email address: use DNS validation."
        }
        _ => "See https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html.",
    }
}

/// The domain names for which AWS has no proof yet.
fn unproven(certificate: &CertificateDetail) -> Vec<&str> {
    let options = certificate.domain_validation_options().iter();
    let proven = |status: Option<&str>| status == Some("SUCCESS");
    let pending = options.filter(|option| !proven(option.validation_status().map(|status| status.as_str())));
    let mut names: Vec<&str> = pending.map(|option| option.domain_name()).collect();
    names.sort_unstable();
    names
}

/// All tags of a certificate, those included that are not the user's.
async fn all_tags(cx: &Cx, arn: &str) -> Result<BTreeMap<String, String>> {
    let listed = found(cx.client::<Client>()?.list_tags_for_certificate().certificate_arn(arn).send().await)?;
    let tags = listed.and_then(|answer| answer.tags).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
}

/// The tags that a request gives to the certificate, the one that says whose it is included.
fn tagged(cx: &Cx, user: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    cx.owned(user).into_iter().map(|(key, value)| tag(key, Some(value))).collect()
}

/// How Certificate Manager tags what it has.
pub(super) struct AcmTags;

impl Tagging for AcmTags {
    const LIST: &'static [&'static str] = &["acm:ListTagsForCertificate"];
    const CHANGE: &'static [&'static str] = &["acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"];

    async fn list(cx: &Cx, named: &Named) -> Result<Option<Tags>> {
        all_tags(cx, &named.id).await.map(Some)
    }

    async fn set(cx: &Cx, named: &Named, tags: Tags) -> Result<()> {
        let tags: Result<_> = tags.into_iter().map(|(key, value)| tag(key, Some(value))).collect();
        let call = cx.client::<Client>()?.add_tags_to_certificate().certificate_arn(&named.id);
        call.set_tags(Some(tags?)).send().await?;
        Ok(())
    }

    async fn remove(cx: &Cx, named: &Named, keys: Vec<String>) -> Result<()> {
        let keys: Result<_> = keys.into_iter().map(|key| tag(key, None)).collect();
        let call = cx.client::<Client>()?.remove_tags_from_certificate().certificate_arn(&named.id);
        call.set_tags(Some(keys?)).send().await?;
        Ok(())
    }
}

fn tag(key: String, value: Option<String>) -> Result<Tag> {
    let tag = Tag::builder().key(key).set_value(value).build();
    tag.map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn certificate(status: CertificateStatus) -> CertificateDetail {
        CertificateDetail::builder()
            .domain_name("example.com")
            .status(status)
            .failure_reason(FailureReason::CaaError)
            .build()
    }

    #[test]
    fn a_failure_says_why_and_what_to_do() {
        let text = failure(&certificate(CertificateStatus::Failed)).unwrap().to_string();
        assert!(
            text.starts_with("AWS could not issue the certificate for example.com (CAA_ERROR)"),
            "{text}"
        );
        assert!(text.contains("0 issue \"amazon.com\""), "{text}");
        let text = failure(&certificate(CertificateStatus::ValidationTimedOut)).unwrap().to_string();
        assert!(text.contains("could not validate example.com") && text.contains("name servers"), "{text}");
        let text = failure(&certificate(CertificateStatus::Expired)).unwrap().to_string();
        assert!(text.starts_with("the certificate for example.com is expired"), "{text}");
    }

    #[test]
    fn what_may_yet_be_issued_is_no_failure() {
        for status in [CertificateStatus::PendingValidation, CertificateStatus::Issued] {
            assert!(failure(&certificate(status.clone())).is_none() && !came_to_nothing(&status));
        }
        assert!(came_to_nothing(&CertificateStatus::Failed) && !came_to_nothing(&CertificateStatus::Expired));
    }
}
