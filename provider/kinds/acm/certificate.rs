//! A certificate that AWS issues and renews, or one that is imported.

mod imported;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{
    CertificateDetail, CertificateStatus, CertificateSummary, CertificateType, Filters, KeyAlgorithm,
    ValidationMethod,
};

use super::{AcmTags, all_tags, came_to_nothing, failure, find, find_alive, tagged};
use crate::aws::context::Cx;
use crate::aws::domain::check_domain;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::owner::{Standing, as_pairs};
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Review, TaggedBy, Update, adopt, only_one, search};
use crate::model::{Failures, Model};

/// The longest idempotency token.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
const MAX_TOKEN: usize = 32;

/// A TLS certificate in AWS Certificate Manager: a public one that AWS issues for `domainName`, or
/// a certificate of another authority that is imported with `certificateBody` and `privateKey`.
///
/// AWS issues a certificate once control of the domain names is validated, and renews it for as
/// long as the validation records exist: create the records of `domainValidationOptions`, and use
/// `CertificateValidation` to wait until the certificate is issued. AWS does not renew an imported
/// certificate.
#[derive(Clone, Debug, Model)]
pub struct CertificateArgs {
    /// The certificate to import, in PEM format. A change reimports the certificate under the same
    /// ARN.
    #[model(in_place, same = imported::same_pem, check = imported::check_certificate)]
    pub certificate_body: Option<String>,
    /// The intermediate certificates between the certificate to import and its certificate
    /// authority, in PEM format.
    #[model(in_place, same = imported::same_pem, check = imported::check_certificate)]
    pub certificate_chain: Option<String>,
    /// The domain name of the certificate, such as `example.com`, or `*.example.com` for all names
    /// directly below it. Conflicts with `certificateBody`.
    #[model(replace, aws_default, told, any_case, check = check_common_name)]
    pub domain_name: Option<String>,
    /// The algorithm of the key pair. Defaults to `RSA_2048`, which all clients support.
    #[model(
        replace,
        aws_default,
        one_of = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
    )]
    #[model(told)]
    pub key_algorithm: Option<String>,
    /// The private key of the certificate to import, unencrypted and in PEM format.
    #[model(in_place, secret, write_only, check = imported::check_key)]
    pub private_key: Option<String>,
    /// The additional domain names of the certificate.
    #[model(replace, set, default = [], length = 0..=100)]
    pub subject_alternative_names: Vec<String>,
    /// The tags of the certificate.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The validation method: by DNS records, or by email to the owners of the domains. Defaults to
    /// `DNS`.
    #[model(replace, aws_default, told, one_of = ["DNS", "EMAIL"])]
    pub validation_method: Option<String>,
}

/// The DNS record that validates a domain name of a certificate.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct CertificateDomainValidationOption {
    /// The domain name. A wildcard has the same record as the name without the wildcard.
    pub domain_name: String,
    /// The name of the DNS record.
    pub resource_record_name: String,
    /// The type of the DNS record: `CNAME`.
    pub resource_record_type: String,
    /// The value of the DNS record.
    pub resource_record_value: String,
}

/// What AWS says of a certificate.
#[derive(Clone, Debug, Model)]
pub struct CertificateState {
    /// The ARN of the certificate.
    pub arn: String,
    /// The DNS records that validate the domain names: first that of `domainName`, then the others
    /// by name. Empty for validation by email.
    pub domain_validation_options: Vec<CertificateDomainValidationOption>,
    /// The status of the certificate, such as `PENDING_VALIDATION` or `ISSUED`.
    #[model(in_place)]
    pub status: String,
}

/// A certificate that AWS issues and renews, or one that is imported.
pub struct Certificate;

impl Kind for Certificate {
    const TOKEN: &'static str = "agentic:acm:Certificate";
    const ID: &'static str = "the ARN of the certificate";
    const TAGS: TaggedBy = TaggedBy::service::<AcmTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "acm:RequestCertificate",
            "acm:ImportCertificate",
            "acm:ListCertificates",
            "acm:DescribeCertificate",
            "acm:DeleteCertificate",
            "acm:GetCertificate",
        ],
        read: &["acm:DescribeCertificate", "acm:GetCertificate"],
        update: &["acm:ImportCertificate"],
        delete: &["acm:DeleteCertificate", "acm:DescribeCertificate"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "AWS provides the validation records",
        usual: [2, 10],
        budget: Duration::from_secs(5 * 60),
    });

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::CERTIFICATE;

    type Args = CertificateArgs;
    type State = CertificateState;

    fn rules(args: &CertificateInputs, failures: &mut Failures) {
        imported::check(args, failures);
    }

    fn review(review: &mut Review<Self>) -> Result<()> {
        // A certificate that AWS has issued cannot become an imported one.
        if review.old.certificate_body.is_set() != review.new.certificate_body.is_set() {
            review.replace(CertificateArgs::CERTIFICATE_BODY);
        }
        Ok(())
    }

    async fn create(cx: &Cx, args: &CertificateArgs) -> Result<String> {
        if let Some(arn) = search(cx, || left(cx, args.domain_name.as_deref())).await? {
            return adopt::<Self>(cx, &arn, args).await;
        }
        let Some(domain) = &args.domain_name else {
            return imported::import(cx, None, args).await;
        };
        let names = &args.subject_alternative_names;
        let mut token = cx.client_token();
        token.truncate(MAX_TOKEN);
        let requested = cx
            .client::<Client>()?
            .request_certificate()
            .domain_name(domain)
            .set_subject_alternative_names((!names.is_empty()).then(|| names.clone()))
            .validation_method(ValidationMethod::from(method(args)))
            .set_key_algorithm(args.key_algorithm.as_deref().map(KeyAlgorithm::from))
            .idempotency_token(token)
            .set_tags(Some(tagged(cx, &args.tags)?))
            .send()
            .await?;
        let arn = requested.certificate_arn;
        arn.ok_or_else(|| Error::new(ErrorKind::Other, "AWS returned no certificate"))
    }

    async fn ready(cx: &Cx, id: &str, args: &CertificateArgs) -> Result<Poll> {
        let Some(certificate) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match failure(&certificate) {
            Some(error) => Poll::Failed(error),
            None => match without_record(&certificate, args) {
                missing if missing.is_empty() => Poll::Ready(()),
                missing => Poll::Pending(format!("no record yet for {}", missing.join(", "))),
            },
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some(certificate) = find_alive(cx, id).await? else { return Ok(None) };
        if certificate.r#type() != Some(&CertificateType::Imported) {
            return Ok(Some(live(certificate, id)));
        }
        let mut live = live(certificate, id);
        let Some((body, chain)) = imported::texts(cx, id).await? else { return Ok(None) };
        live.args.certificate_body = Some(Some(body));
        live.args.certificate_chain = Some(chain);
        live.args.subject_alternative_names = None;
        live.args.validation_method = Some(Some("NONE".to_owned()));
        Ok(Some(live))
    }

    async fn refresh(cx: &Cx, id: &str, old: &CertificateArgs) -> Result<Option<Live<Self>>> {
        Ok(Self::read(cx, id).await?.map(|mut live| {
            let names = live.args.subject_alternative_names.take();
            live.args.subject_alternative_names = names.map(|names| as_asked(old, names));
            live
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<CertificateArgs>) -> Result<()> {
        let imports = [
            CertificateArgs::CERTIFICATE_BODY,
            CertificateArgs::CERTIFICATE_CHAIN,
            CertificateArgs::PRIVATE_KEY,
        ];
        if update.any(&imports) && update.new.certificate_body.is_some() {
            imported::import(cx, Some(id), &update.new).await?;
        }
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &CertificateArgs) -> Result<()> {
        cx.client::<Client>()?.delete_certificate().certificate_arn(id).send().await?;
        Ok(())
    }

    async fn holders(cx: &Cx, id: &str) -> Option<String> {
        let users = find(cx, id).await.ok()??.in_use_by.unwrap_or_default();
        (!users.is_empty()).then(|| users.join(", "))
    }
}

/// What an earlier attempt to create this very certificate left. A request of ours that came to
/// nothing is cleared away. One without a domain is imported.
async fn left(cx: &Cx, domain: Option<&str>) -> Result<Option<String>> {
    // Without a filter AWS leaves out most key types.
    // https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html
    let types = KeyAlgorithm::values().iter().map(|value| KeyAlgorithm::from(*value)).collect();
    let filters = Filters::builder().set_key_types(Some(types)).build();
    let client = cx.client::<Client>()?;
    let pages = client.list_certificates().includes(filters).into_paginator();
    let all: Vec<CertificateSummary> = pages.items().send().try_collect().await?;
    let mut left = Vec::new();
    for certificate in all {
        let is_imported = certificate.r#type() == Some(&CertificateType::Imported);
        let is_named = domain.map_or(is_imported, |domain| {
            certificate.domain_name().is_some_and(|name| name.eq_ignore_ascii_case(domain))
        });
        let Some(arn) = certificate.certificate_arn.filter(|_| is_named) else { continue };
        let tags = all_tags(cx, &arn).await?;
        let standing = cx.standing(as_pairs(&tags));
        if !matches!(standing, Standing::Left(_)) {
            continue;
        }
        match certificate.status {
            Some(status) if came_to_nothing(&status) => {
                found(client.delete_certificate().certificate_arn(&arn).send().await)?;
            }
            Some(CertificateStatus::PendingValidation | CertificateStatus::Issued) => {
                left.push((arn, standing));
            }
            _ => {}
        }
    }
    only_one::<Certificate>(cx, "certificate", left)
}

fn live(certificate: CertificateDetail, arn: &str) -> Live<Certificate> {
    let options = validation_options(&certificate);
    let mails = |method: Option<&ValidationMethod>| method == Some(&ValidationMethod::Email);
    let by_mail =
        certificate.domain_validation_options().iter().any(|option| mails(option.validation_method()));
    let status = certificate.status().map(|status| status.as_str().to_owned()).unwrap_or_default();
    let domain_name = certificate.domain_name.unwrap_or_default();
    let mut names = certificate.subject_alternative_names.unwrap_or_default();
    // AWS lists the domain name itself among them.
    names.retain(|name| !name.eq_ignore_ascii_case(&domain_name));
    // AWS writes RSA-2048 in answers and RSA_2048 in requests.
    let key_algorithm = certificate.key_algorithm.map(|key| key.as_str().replace('-', "_"));
    Live {
        args: CertificateObserved {
            certificate_body: Some(None),
            certificate_chain: Some(None),
            domain_name: Some(Some(domain_name)),
            key_algorithm: Some(key_algorithm),
            subject_alternative_names: Some(names),
            validation_method: Some(Some(if by_mail { "EMAIL" } else { "DNS" }.to_owned())),
            ..CertificateObserved::default()
        },
        state: CertificateState { arn: arn.to_owned(), domain_validation_options: options, status },
    }
}

fn method(args: &CertificateArgs) -> &str {
    args.validation_method.as_deref().unwrap_or("DNS")
}

/// The records, in an order that stays.
fn validation_options(certificate: &CertificateDetail) -> Vec<CertificateDomainValidationOption> {
    let options = certificate.domain_validation_options().iter().filter_map(|option| {
        let record = option.resource_record()?;
        Some(CertificateDomainValidationOption {
            domain_name: option.domain_name().to_owned(),
            resource_record_name: record.name().to_owned(),
            resource_record_type: record.r#type().as_str().to_owned(),
            resource_record_value: record.value().to_owned(),
        })
    });
    let mut options: Vec<_> = options.collect();
    let first = certificate.domain_name();
    options.sort_by(|a, b| {
        let key = |name: &str| Some(name) != first;
        (key(&a.domain_name), &a.domain_name).cmp(&(key(&b.domain_name), &b.domain_name))
    });
    options
}

/// The domain names whose records AWS has not told yet: it makes them after it has answered.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
fn without_record<'a>(certificate: &CertificateDetail, args: &'a CertificateArgs) -> Vec<&'a str> {
    if method(args) != "DNS" || certificate.status() == Some(&CertificateStatus::Issued) {
        return Vec::new();
    }
    let options = validation_options(certificate);
    let has_record = |name: &str| options.iter().any(|option| option.domain_name.eq_ignore_ascii_case(name));
    let names = args.domain_name.iter().chain(&args.subject_alternative_names);
    names.map(String::as_str).filter(|name| !has_record(name)).collect()
}

/// The further names as the program wrote them: it may name the domain itself among them, and use
/// capital letters.
fn as_asked(asked: &CertificateArgs, found: Vec<String>) -> Vec<String> {
    let wanted = &asked.subject_alternative_names;
    let spelled = found.into_iter().map(|name| {
        let same = wanted.iter().find(|wanted| wanted.eq_ignore_ascii_case(&name));
        same.cloned().unwrap_or(name)
    });
    let domain = asked.domain_name.as_deref().unwrap_or_default();
    let itself = wanted.iter().filter(|name| name.eq_ignore_ascii_case(domain));
    spelled.chain(itself.cloned()).collect()
}

/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
pub fn check_common_name(name: &str) -> Result<(), String> {
    check_domain(name)?;
    if name.ends_with('.') {
        return Err(format!("has a trailing dot; give {}", name.trim_end_matches('.')));
    }
    if name.len() > 64 {
        let length = name.len();
        return Err(format!(
            "has {length} characters, and AWS allows at most 64; give a shorter domain name here, and this one among subjectAlternativeNames"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_sdk_acm::types::{DomainValidation, RecordType, ResourceRecord};

    use super::*;

    fn args(names: &[&str]) -> CertificateArgs {
        CertificateArgs {
            certificate_body: None,
            certificate_chain: None,
            domain_name: Some("example.com".to_owned()),
            key_algorithm: None,
            private_key: None,
            subject_alternative_names: names.iter().map(|name| (*name).to_owned()).collect(),
            tags: BTreeMap::new(),
            validation_method: None,
        }
    }

    fn option(name: &str, has_record: bool) -> DomainValidation {
        let record = ResourceRecord::builder().name(format!("_1.{name}.")).value("_2.aws.");
        let record = record.r#type(RecordType::Cname).build().unwrap();
        DomainValidation::builder()
            .domain_name(name)
            .set_resource_record(has_record.then_some(record))
            .build()
            .unwrap()
    }

    fn detail(options: impl IntoIterator<Item = DomainValidation>) -> CertificateDetail {
        CertificateDetail::builder()
            .domain_name("example.com")
            .subject_alternative_names("example.com")
            .subject_alternative_names("www.example.com")
            .key_algorithm(KeyAlgorithm::from("RSA-2048"))
            .status(CertificateStatus::PendingValidation)
            .set_domain_validation_options(Some(options.into_iter().collect()))
            .build()
    }

    #[test]
    fn it_waits_for_the_record_of_every_name() {
        let args = args(&["www.example.com", "a.example.com"]);
        let detail = detail([option("example.com", true), option("www.example.com", false)]);
        assert_eq!(without_record(&detail, &args), ["www.example.com", "a.example.com"]);
        let by_mail = CertificateArgs { validation_method: Some("EMAIL".to_owned()), ..args };
        assert!(without_record(&detail, &by_mail).is_empty());
    }

    #[test]
    fn the_certificate_is_read_as_a_program_says_it() {
        let options = ["www.example.com", "example.com", "a.example.com"].map(|name| option(name, true));
        let live = live(detail(options), "arn");
        assert_eq!(live.args.subject_alternative_names.unwrap(), ["www.example.com"]);
        assert_eq!(live.args.key_algorithm.flatten().as_deref(), Some("RSA_2048"));
        let names: Vec<_> =
            live.state.domain_validation_options.into_iter().map(|option| option.domain_name).collect();
        assert_eq!(names, ["example.com", "a.example.com", "www.example.com"]);
    }

    #[test]
    fn names_keep_the_spelling_of_the_program() {
        let asked = args(&["WWW.example.com", "example.com"]);
        let found = vec!["www.example.com".to_owned(), "new.example.com".to_owned()];
        assert_eq!(as_asked(&asked, found), ["WWW.example.com", "new.example.com", "example.com"]);
    }

    #[test]
    fn a_common_name_is_short_and_ends_in_no_dot() {
        assert!(check_common_name("*.example.com").is_ok());
        assert!(check_common_name("example.com.").unwrap_err().ends_with("example.com"));
        assert!(check_common_name(&format!("{}.{}.com", "a".repeat(40), "b".repeat(30))).is_err());
    }
}
