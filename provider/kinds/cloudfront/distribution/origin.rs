//! Origins: where CloudFront gets what it serves.

use aws_sdk_cloudfront::types::{
    self, CustomHeaders, CustomOriginConfig, OriginProtocolPolicy, OriginShield, OriginSslProtocols,
    S3OriginConfig, SslProtocol,
};

use super::super::quantity;
use crate::aws::error::Result;
use crate::model::{Model, Value};

/// What CloudFront is to speak with origins where nothing else is said.
const PROTOCOLS: [&str; 1] = ["TLSv1.2"];

/// An origin of a distribution: an S3 bucket or a web server.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionOrigin {
    /// The headers that CloudFront adds to requests to the origin.
    #[model(set, default = [])]
    pub custom_headers: Vec<DistributionOriginCustomHeader>,
    /// The connection to an origin that is not an S3 bucket, such as a load balancer. If omitted,
    /// the origin is an S3 bucket.
    pub custom_origin_config: Option<DistributionOriginCustomOriginConfig>,
    /// The domain name of the origin; for an S3 bucket, its `bucketRegionalDomainName`.
    #[model(check = check_host)]
    pub domain_name: String,
    /// The ID of the origin access control with which CloudFront signs requests to the origin.
    pub origin_access_control_id: Option<String>,
    /// The name of the origin, unique in the distribution, to which cache behaviors refer.
    pub origin_id: String,
    /// The path that CloudFront prepends to the path of each request, such as `/production`.
    #[model(default = "", length = 0..=255, check = check_path)]
    pub origin_path: String,
    /// The legacy access to an S3 bucket through an origin access identity. Prefer
    /// `originAccessControlId`.
    #[model(off = is_without_identity)]
    pub s3_origin_config: Option<DistributionOriginS3OriginConfig>,
    /// The VPC origin, for a load balancer or an instance that only CloudFront reaches. `domainName`
    /// is then its own DNS name.
    pub vpc_origin_config: Option<DistributionOriginVpcOriginConfig>,
}

/// The access to an S3 bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionOriginS3OriginConfig {
    /// The origin access identity: its `cloudfrontAccessIdentityPath`. May be empty.
    #[model(check = check_identity)]
    pub origin_access_identity: String,
}

/// A VPC origin, and the connection to it.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionOriginVpcOriginConfig {
    /// The time that CloudFront keeps an idle connection to the origin open, in seconds.
    #[model(default = 5, range = 1..=120)]
    pub origin_keepalive_timeout: i64,
    /// The time that CloudFront waits for a response from the origin, in seconds.
    #[model(default = 30, range = 1..=120)]
    pub origin_read_timeout: i64,
    /// The ID of the VPC origin.
    pub vpc_origin_id: String,
}

/// A header that CloudFront adds to requests to the origin.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionOriginCustomHeader {
    /// The name of the header.
    pub name: String,
    /// The value of the header.
    pub value: String,
}

/// The connection to an origin that is not an S3 bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct DistributionOriginCustomOriginConfig {
    /// The HTTP port of the origin.
    #[model(default = 80, range = 1..=65535)]
    pub http_port: i64,
    /// The HTTPS port of the origin.
    #[model(default = 443, range = 1..=65535)]
    pub https_port: i64,
    /// The time that CloudFront keeps an idle connection to the origin open, in seconds.
    #[model(default = 5, range = 1..=120)]
    pub origin_keepalive_timeout: i64,
    /// The protocol with which CloudFront connects to the origin: HTTPS, HTTP, or the protocol of
    /// the viewer (`match-viewer`).
    #[model(default = "https-only", one_of = ["https-only", "http-only", "match-viewer"])]
    pub origin_protocol_policy: String,
    /// The time that CloudFront waits for a response from the origin, in seconds.
    #[model(default = 30, range = 1..=120)]
    pub origin_read_timeout: i64,
    /// The TLS protocols that CloudFront can use with the origin. Defaults to `TLSv1.2`.
    #[model(same = same_protocols, default = [], one_of = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"])]
    pub origin_ssl_protocols: Vec<String>,
}

impl DistributionOrigin {
    pub(super) fn from_aws(there: &types::Origin) -> Self {
        let headers = there.custom_headers().map(|headers| headers.items()).unwrap_or_default();
        let header = |header: &types::OriginCustomHeader| DistributionOriginCustomHeader {
            name: header.header_name.clone(),
            value: header.header_value.clone(),
        };
        DistributionOrigin {
            custom_headers: headers.iter().map(header).collect(),
            custom_origin_config: there
                .custom_origin_config()
                .map(DistributionOriginCustomOriginConfig::from_aws),
            domain_name: there.domain_name.clone(),
            origin_access_control_id: there.origin_access_control_id.clone().filter(|id| !id.is_empty()),
            origin_id: there.id.clone(),
            origin_path: there.origin_path.clone().unwrap_or_default(),
            s3_origin_config: there
                .s3_origin_config()
                .map(|config| config.origin_access_identity())
                .filter(|identity| !identity.is_empty())
                .map(|identity| DistributionOriginS3OriginConfig {
                    origin_access_identity: identity.to_owned(),
                }),
            vpc_origin_config: there.vpc_origin_config().map(|config| DistributionOriginVpcOriginConfig {
                origin_keepalive_timeout: config.origin_keepalive_timeout.unwrap_or(5).into(),
                origin_read_timeout: config.origin_read_timeout.unwrap_or(30).into(),
                vpc_origin_id: config.vpc_origin_id.clone(),
            }),
        }
    }

    /// An origin with what CloudFront wants said of it, for [`Self::over`]. The numbers are its
    /// defaults.
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html>
    pub(super) fn bare(&self) -> Result<types::Origin> {
        Ok(types::Origin::builder()
            .id(&self.origin_id)
            .domain_name(&self.domain_name)
            .connection_attempts(3)
            .connection_timeout(10)
            .origin_shield(OriginShield::builder().enabled(false).build()?)
            .build()?)
    }

    /// This, laid over what there is.
    pub(super) fn over(&self, mut there: types::Origin) -> Result<types::Origin> {
        let headers = self.custom_headers.iter().map(|header| {
            types::OriginCustomHeader::builder().header_name(&header.name).header_value(&header.value).build()
        });
        let headers: Vec<_> = headers.collect::<Result<_, _>>()?;
        let count = quantity(&headers);
        let headers = Some(headers).filter(|headers| !headers.is_empty());
        there.custom_headers = Some(CustomHeaders::builder().quantity(count).set_items(headers).build()?);
        there.domain_name = self.domain_name.clone();
        there.id = self.origin_id.clone();
        there.origin_access_control_id = Some(self.origin_access_control_id.clone().unwrap_or_default());
        there.origin_path = Some(self.origin_path.clone());
        match (&self.custom_origin_config, &self.vpc_origin_config) {
            (Some(config), _) => {
                (there.s3_origin_config, there.vpc_origin_config) = (None, None);
                there.custom_origin_config = Some(config.over(there.custom_origin_config)?);
            }
            (None, Some(config)) => {
                (there.s3_origin_config, there.custom_origin_config) = (None, None);
                let owner = there.vpc_origin_config.and_then(|there| there.owner_account_id);
                let built = types::VpcOriginConfig::builder()
                    .vpc_origin_id(&config.vpc_origin_id)
                    .set_owner_account_id(owner)
                    .origin_keepalive_timeout(config.origin_keepalive_timeout as i32)
                    .origin_read_timeout(config.origin_read_timeout as i32);
                there.vpc_origin_config = Some(built.build()?);
            }
            (None, None) => {
                (there.custom_origin_config, there.vpc_origin_config) = (None, None);
                // Without an identity of old, which origin access controls have taken the place of.
                let identity = self.s3_origin_config.as_ref().map(|it| it.origin_access_identity.as_str());
                let there = there.s3_origin_config.get_or_insert_with(|| S3OriginConfig::builder().build());
                there.origin_access_identity = identity.unwrap_or_default().to_owned();
            }
        }
        Ok(there)
    }
}

impl DistributionOriginCustomOriginConfig {
    fn from_aws(there: &CustomOriginConfig) -> Self {
        let protocols = there.origin_ssl_protocols().map(|protocols| protocols.items()).unwrap_or_default();
        DistributionOriginCustomOriginConfig {
            http_port: there.http_port.into(),
            https_port: there.https_port.into(),
            origin_keepalive_timeout: there.origin_keepalive_timeout.unwrap_or(5).into(),
            origin_protocol_policy: there.origin_protocol_policy.as_str().to_owned(),
            origin_read_timeout: there.origin_read_timeout.unwrap_or(30).into(),
            origin_ssl_protocols: protocols.iter().map(|protocol| protocol.as_str().to_owned()).collect(),
        }
    }

    fn over(&self, there: Option<CustomOriginConfig>) -> Result<CustomOriginConfig> {
        let policy = OriginProtocolPolicy::from(self.origin_protocol_policy.as_str());
        let mut config = match there {
            Some(there) => there,
            None => CustomOriginConfig::builder()
                .http_port(80)
                .https_port(443)
                .origin_protocol_policy(policy.clone())
                .build()?,
        };
        let protocols: Vec<SslProtocol> = match self.origin_ssl_protocols.is_empty() {
            true => PROTOCOLS.into_iter().map(SslProtocol::from).collect(),
            false => self.origin_ssl_protocols.iter().map(|text| SslProtocol::from(text.as_str())).collect(),
        };
        let protocols =
            OriginSslProtocols::builder().quantity(quantity(&protocols)).set_items(Some(protocols));
        config.http_port = self.http_port as i32;
        config.https_port = self.https_port as i32;
        config.origin_keepalive_timeout = Some(self.origin_keepalive_timeout as i32);
        config.origin_protocol_policy = policy;
        config.origin_read_timeout = Some(self.origin_read_timeout as i32);
        config.origin_ssl_protocols = Some(protocols.build()?);
        Ok(config)
    }
}

/// Whether two lists are the same set of protocols; none are the usual ones.
fn same_protocols(actual: &Value, wanted: &Value) -> bool {
    let set = |value: &Value| {
        let Value::Array(items) = value else { return None };
        let mut texts: Vec<String> =
            items.iter().filter_map(|item| Some(item.peel().as_str()?.to_owned())).collect();
        if texts.is_empty() {
            texts = PROTOCOLS.map(str::to_owned).to_vec();
        }
        texts.sort();
        Some(texts)
    };
    set(actual).is_some_and(|actual| Some(actual) == set(wanted))
}

/// Whether a bucket is read without an identity.
fn is_without_identity(config: &Value) -> bool {
    let identity = config.as_object().and_then(|fields| fields.get("originAccessIdentity"));
    identity.is_none_or(|identity| identity.peel().as_str() == Some(""))
}

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_S3OriginConfig.html>
fn check_identity(identity: &str) -> Result<(), String> {
    match identity.is_empty() || identity.starts_with("origin-access-identity/cloudfront/") {
        true => Ok(()),
        false => Err(format!(
            "is {identity:?}; give the cloudfrontAccessIdentityPath of an OriginAccessIdentity, origin-access-identity/cloudfront/..."
        )),
    }
}

fn check_host(host: &str) -> Result<(), String> {
    match host.contains("://") || host.contains('/') || host.starts_with("arn:") {
        true => {
            Err(format!("is {host:?}; give a host name alone, such as assets.s3.eu-west-1.amazonaws.com"))
        }
        false => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html>
fn check_path(path: &str) -> Result<(), String> {
    match path.is_empty() || path.starts_with('/') && !path.ends_with('/') {
        true => Ok(()),
        false => Err(format!("is {path:?}; give a path that begins with a slash and does not end with one")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{Failures, Path};
    use serde_json::json;

    fn origin(of: serde_json::Value) -> DistributionOrigin {
        let mut failures = Failures::new();
        let fields = Value::from_json(&of).as_object().unwrap().clone();
        let input = DistributionOrigin::read(&fields, &mut failures);
        let made = DistributionOrigin::settle_fields(&input, &Path::root(), &mut failures);
        assert!(failures.is_empty(), "{failures}");
        made.unwrap()
    }

    #[test]
    fn a_bucket_is_an_origin_without_an_identity() {
        let bucket = origin(json!({"originId": "b", "domainName": "b.s3.amazonaws.com"}));
        let sent = bucket.over(bucket.bare().unwrap()).unwrap();
        assert_eq!(sent.s3_origin_config().unwrap().origin_access_identity(), "");
        assert!(sent.custom_origin_config().is_none());
        assert_eq!(DistributionOrigin::from_aws(&sent), bucket);
    }

    #[test]
    fn what_is_not_known_here_stays() {
        let bucket = origin(json!({"originId": "b", "domainName": "b.s3.amazonaws.com"}));
        let mut there = bucket.bare().unwrap();
        there.connection_attempts = Some(1);
        let sent = bucket.over(there).unwrap();
        assert_eq!(sent.connection_attempts, Some(1));
    }

    #[test]
    fn an_identity_of_old_is_what_is_sent_of_it() {
        let identity = "origin-access-identity/cloudfront/E1";
        let bucket = origin(json!({
            "originId": "b",
            "domainName": "b.s3.amazonaws.com",
            "s3OriginConfig": { "originAccessIdentity": identity },
        }));
        let sent = bucket.over(bucket.bare().unwrap()).unwrap();
        assert_eq!(DistributionOrigin::from_aws(&sent), bucket);
        let without = origin(json!({"originId": "b", "domainName": "b.s3.amazonaws.com"}));
        let sent = without.over(sent).unwrap();
        assert_eq!(sent.s3_origin_config().unwrap().origin_access_identity(), "");
        assert!(check_identity("E1").is_err() && check_identity(identity).is_ok());
    }

    #[test]
    fn a_server_is_what_is_sent_of_it() {
        let server = origin(json!({
            "originId": "api",
            "domainName": "api.example.com",
            "originPath": "/v1",
            "originAccessControlId": "E1",
            "customHeaders": [{"name": "X-From", "value": "cdn"}],
            "customOriginConfig": {
                "httpPort": 8080,
                "httpsPort": 8443,
                "originProtocolPolicy": "match-viewer",
                "originSslProtocols": ["TLSv1.1", "TLSv1.2"],
                "originReadTimeout": 60,
                "originKeepaliveTimeout": 10,
            },
        }));
        let sent = server.over(server.bare().unwrap()).unwrap();
        assert!(sent.s3_origin_config().is_none());
        assert_eq!(DistributionOrigin::from_aws(&sent), server);
    }

    #[test]
    fn slips_are_told() {
        assert!(check_host("https://example.com").is_err() && check_host("example.com").is_ok());
        assert!(check_path("/a/").is_err() && check_path("a").is_err());
        assert!(check_path("").is_ok() && check_path("/a").is_ok());
    }
}
