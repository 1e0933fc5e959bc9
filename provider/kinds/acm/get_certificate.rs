//! The look-up of a certificate.

use std::collections::BTreeMap;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateStatus, Filters, KeyAlgorithm};

use super::Certificate;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Live, LookUp};
use crate::model::{Field, Model, Object, Shape, Value};

/// Gets an ACM certificate by its domain. It is an error if no certificate matches, or more than one
/// unless `mostRecent` is `true`.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetCertificateArgs {
    /// The domain name of the certificate. Alternative names do not match.
    pub domain: String,
    /// The key algorithms of the certificate, such as `RSA_2048` and `EC_prime256v1`. If omitted,
    /// any algorithm matches.
    #[model(default = [])]
    pub key_types: Vec<String>,
    /// Whether to get the most recently issued of several matching certificates.
    #[model(default = false)]
    pub most_recent: bool,
    /// The statuses of the certificate. Defaults to `ISSUED`.
    #[model(default = [])]
    pub statuses: Vec<String>,
    /// The tags that the certificate must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
    /// The types of the certificate: `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`. If omitted, any type
    /// matches.
    #[model(default = [])]
    pub types: Vec<String>,
}

/// Finds a certificate.
pub struct GetCertificate;

impl LookUp for GetCertificate {
    const TOKEN: &'static str = "agentic:acm:getCertificate";
    const WHAT: &'static str = "certificate";
    const ACTIONS: &'static [&'static str] = &["acm:ListCertificates"];
    const ALSO: &'static [Field] = &[Field::new("domain", "The domain name.", Shape::String, true)];

    type Kind = Certificate;
    type Args = GetCertificateArgs;

    async fn find(cx: &Cx, args: &GetCertificateArgs) -> Result<Vec<String>> {
        let issued = || vec![CertificateStatus::Issued];
        let statuses: Vec<_> = args.statuses.iter().map(|it| CertificateStatus::from(it.as_str())).collect();
        // AWS lists certificates of RSA with 2,048 bits alone unless it is asked for others.
        // https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html
        let algorithms: Vec<_> = match args.key_types.is_empty() {
            true => KeyAlgorithm::values().iter().map(|name| KeyAlgorithm::from(*name)).collect(),
            false => args.key_types.iter().map(|name| KeyAlgorithm::from(name.as_str())).collect(),
        };
        let call = cx
            .client::<Client>()?
            .list_certificates()
            .set_certificate_statuses(Some(if statuses.is_empty() { issued() } else { statuses }))
            .includes(Filters::builder().set_key_types(Some(algorithms)).build());
        let mut found: Vec<_> = call.into_paginator().items().send().try_collect().await?;
        found.retain(|it| {
            let sort = it.r#type().map(|sort| sort.as_str()).unwrap_or_default();
            it.domain_name() == Some(&args.domain)
                && (args.types.is_empty() || args.types.iter().any(|wanted| wanted == sort))
        });
        let dated = |it: &aws_sdk_acm::types::CertificateSummary| {
            it.issued_at.or(it.imported_at).or(it.created_at).map(|time| time.secs())
        };
        found.sort_by_key(|it| std::cmp::Reverse(dated(it)));
        if args.most_recent {
            found.truncate(1);
        }
        Ok(found.into_iter().filter_map(|it| it.certificate_arn).collect())
    }

    fn also(live: &Live<Certificate>) -> Object {
        let domain = live.args.domain_name.clone().flatten().unwrap_or_default();
        Object::from([("domain".to_owned(), Value::from(domain))])
    }
}
