//! What a request asks for: service, operation, parameters.

use crate::tree;
use crate::wire::{self, Protocol};
use bytes::Bytes;
use hyper::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

/// An HTTP request, whole.
#[derive(Clone, Debug)]
pub struct Http {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Http {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map(|(_, query)| query).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An AWS API call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The service's signing name: `ec2`, `elasticloadbalancing`, `monitoring`, ...
    pub service: String,
    pub operation: String,
    pub region: String,
    pub access_key: String,
    /// The parameters, in the shape of the API's JSON form: `{"GroupId": "sg-1"}`.
    pub params: Value,
    pub protocol: Protocol,
    pub http: Http,
}

impl Call {
    pub fn read(http: Http) -> Self {
        let mut scope = Scope::of(&http);
        let target = http.header("x-amz-target").to_string();
        let form = http.header("content-type").starts_with("application/x-www-form-urlencoded");
        let (protocol, operation, mut params) = if !target.is_empty() {
            let operation = target.rsplit('.').next().unwrap_or_default().to_string();
            (Protocol::Json, operation, wire::parse(Protocol::Json, &http.body))
        } else if form {
            let params = tree::from_form(&http.body);
            let protocol = if scope.service == "ec2" { Protocol::Ec2 } else { Protocol::Query };
            (protocol, tree::text(&params, "Action"), params)
        } else {
            let protocol = match scope.service.as_str() {
                "s3" | "route53" | "cloudfront" => Protocol::RestXml,
                _ => Protocol::RestJson,
            };
            let (operation, params) = rest(&scope.service, protocol, &http);
            (protocol, operation, params)
        };
        if let Value::Object(fields) = &mut params {
            fields.remove("Action");
            fields.remove("Version");
        }
        if scope.service.is_empty() && operation.starts_with("AssumeRole") {
            scope.service = "sts".into();
        }
        let Scope { service, region, access_key } = scope;
        Self { service, operation, region, access_key, params, protocol, http }
    }

    /// The parameter at a dotted path, as text.
    pub fn text(&self, path: &str) -> String {
        tree::text(&self.params, path)
    }

    pub fn is(&self, service: &str, operation: &str) -> bool {
        self.service == service && self.operation == operation
    }
}

/// Whether an operation only reads.
pub fn is_read(operation: &str) -> bool {
    const READS: [&str; 10] =
        ["Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Filter", "Simulate", "Assume", "GET "];
    READS.iter().any(|read| operation.starts_with(read))
}

/// The credential scope of a Signature Version 4 request:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html>.
struct Scope {
    service: String,
    region: String,
    access_key: String,
}

impl Scope {
    fn of(http: &Http) -> Self {
        let header = http.header("authorization").split("Credential=").nth(1).unwrap_or_default();
        let query = http.query().split("X-Amz-Credential=").nth(1).unwrap_or_default();
        let credential =
            percent_decode_str(if header.is_empty() { query } else { header }).decode_utf8_lossy();
        let end = credential.find([',', '&', ' ']).unwrap_or(credential.len());
        let mut parts = credential[..end].split('/').map(str::to_string);
        let mut next = || parts.next().unwrap_or_default();
        let (access_key, _date, region, service) = (next(), next(), next(), next());
        Self { service, region, access_key }
    }
}

/// Methods and paths of the REST services, from the "Request Syntax" of each
/// operation's page. A query key after `?`, with its value if one is given, must
/// be there; `/` at the end does not count.
#[rustfmt::skip]
const ROUTES: &[(&str, &str, &str, &str)] = &[
    ("route53", "POST", "/2013-04-01/hostedzone", "CreateHostedZone"),
    ("route53", "GET", "/2013-04-01/hostedzone", "ListHostedZones"),
    ("route53", "GET", "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName"),
    ("route53", "GET", "/2013-04-01/hostedzonesbyvpc", "ListHostedZonesByVPC"),
    ("route53", "GET", "/2013-04-01/hostedzone/{Id}", "GetHostedZone"),
    ("route53", "POST", "/2013-04-01/hostedzone/{Id}", "UpdateHostedZoneComment"),
    ("route53", "DELETE", "/2013-04-01/hostedzone/{Id}", "DeleteHostedZone"),
    ("route53", "POST", "/2013-04-01/hostedzone/{HostedZoneId}/rrset", "ChangeResourceRecordSets"),
    ("route53", "GET", "/2013-04-01/hostedzone/{HostedZoneId}/rrset", "ListResourceRecordSets"),
    ("route53", "POST", "/2013-04-01/hostedzone/{HostedZoneId}/associatevpc", "AssociateVPCWithHostedZone"),
    ("route53", "POST", "/2013-04-01/hostedzone/{HostedZoneId}/disassociatevpc", "DisassociateVPCFromHostedZone"),
    ("route53", "GET", "/2013-04-01/change/{Id}", "GetChange"),
    ("route53", "GET", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ListTagsForResource"),
    ("route53", "POST", "/2013-04-01/tags/{ResourceType}/{ResourceId}", "ChangeTagsForResource"),
    ("route53", "GET", "/2013-04-01/healthcheck", "ListHealthChecks"),
    ("route53", "POST", "/2013-04-01/healthcheck", "CreateHealthCheck"),
    ("route53", "GET", "/2013-04-01/healthcheck/{HealthCheckId}", "GetHealthCheck"),
    ("route53", "POST", "/2013-04-01/healthcheck/{HealthCheckId}", "UpdateHealthCheck"),
    ("route53", "DELETE", "/2013-04-01/healthcheck/{HealthCheckId}", "DeleteHealthCheck"),
    ("cloudfront", "POST", "/2020-05-31/distribution?WithTags", "CreateDistributionWithTags"),
    ("cloudfront", "POST", "/2020-05-31/distribution", "CreateDistribution"),
    ("cloudfront", "GET", "/2020-05-31/distribution", "ListDistributions"),
    ("cloudfront", "GET", "/2020-05-31/distribution/{Id}", "GetDistribution"),
    ("cloudfront", "GET", "/2020-05-31/distribution/{Id}/config", "GetDistributionConfig"),
    ("cloudfront", "DELETE", "/2020-05-31/distribution/{Id}", "DeleteDistribution"),
    ("cloudfront", "GET", "/2020-05-31/distribution/{Id}/config", "GetDistributionConfig"),
    ("cloudfront", "PUT", "/2020-05-31/distribution/{Id}/config", "UpdateDistribution"),
    ("cloudfront", "POST", "/2020-05-31/distribution/{DistributionId}/invalidation", "CreateInvalidation"),
    ("cloudfront", "GET", "/2020-05-31/distribution/{DistributionId}/invalidation/{Id}", "GetInvalidation"),
    ("cloudfront", "POST", "/2020-05-31/origin-access-control", "CreateOriginAccessControl"),
    ("cloudfront", "GET", "/2020-05-31/origin-access-control", "ListOriginAccessControls"),
    ("cloudfront", "GET", "/2020-05-31/origin-access-control/{Id}", "GetOriginAccessControl"),
    ("cloudfront", "PUT", "/2020-05-31/origin-access-control/{Id}/config", "UpdateOriginAccessControl"),
    ("cloudfront", "DELETE", "/2020-05-31/origin-access-control/{Id}", "DeleteOriginAccessControl"),
    ("cloudfront", "POST", "/2020-05-31/cache-policy", "CreateCachePolicy"),
    ("cloudfront", "GET", "/2020-05-31/cache-policy", "ListCachePolicies"),
    ("cloudfront", "GET", "/2020-05-31/cache-policy/{Id}", "GetCachePolicy"),
    ("cloudfront", "PUT", "/2020-05-31/cache-policy/{Id}", "UpdateCachePolicy"),
    ("cloudfront", "DELETE", "/2020-05-31/cache-policy/{Id}", "DeleteCachePolicy"),
    ("cloudfront", "POST", "/2020-05-31/origin-access-identity/cloudfront", "CreateCloudFrontOriginAccessIdentity"),
    ("cloudfront", "GET", "/2020-05-31/origin-access-identity/cloudfront", "ListCloudFrontOriginAccessIdentities"),
    ("cloudfront", "GET", "/2020-05-31/origin-access-identity/cloudfront/{Id}", "GetCloudFrontOriginAccessIdentity"),
    ("cloudfront", "PUT", "/2020-05-31/origin-access-identity/cloudfront/{Id}/config", "UpdateCloudFrontOriginAccessIdentity"),
    ("cloudfront", "DELETE", "/2020-05-31/origin-access-identity/cloudfront/{Id}", "DeleteCloudFrontOriginAccessIdentity"),
    ("cloudfront", "POST", "/2020-05-31/origin-request-policy", "CreateOriginRequestPolicy"),
    ("cloudfront", "GET", "/2020-05-31/origin-request-policy", "ListOriginRequestPolicies"),
    ("cloudfront", "GET", "/2020-05-31/origin-request-policy/{Id}", "GetOriginRequestPolicy"),
    ("cloudfront", "PUT", "/2020-05-31/origin-request-policy/{Id}", "UpdateOriginRequestPolicy"),
    ("cloudfront", "DELETE", "/2020-05-31/origin-request-policy/{Id}", "DeleteOriginRequestPolicy"),
    ("cloudfront", "POST", "/2020-05-31/response-headers-policy", "CreateResponseHeadersPolicy"),
    ("cloudfront", "GET", "/2020-05-31/response-headers-policy", "ListResponseHeadersPolicies"),
    ("cloudfront", "GET", "/2020-05-31/response-headers-policy/{Id}", "GetResponseHeadersPolicy"),
    ("cloudfront", "PUT", "/2020-05-31/response-headers-policy/{Id}", "UpdateResponseHeadersPolicy"),
    ("cloudfront", "DELETE", "/2020-05-31/response-headers-policy/{Id}", "DeleteResponseHeadersPolicy"),
    ("cloudfront", "POST", "/2020-05-31/function", "CreateFunction"),
    ("cloudfront", "GET", "/2020-05-31/function", "ListFunctions"),
    ("cloudfront", "GET", "/2020-05-31/function/{Name}", "GetFunction"),
    ("cloudfront", "GET", "/2020-05-31/function/{Name}/describe", "DescribeFunction"),
    ("cloudfront", "PUT", "/2020-05-31/function/{Name}", "UpdateFunction"),
    ("cloudfront", "POST", "/2020-05-31/function/{Name}/publish", "PublishFunction"),
    ("cloudfront", "DELETE", "/2020-05-31/function/{Name}", "DeleteFunction"),
    ("cloudfront", "POST", "/2020-05-31/vpc-origin", "CreateVpcOrigin"),
    ("cloudfront", "GET", "/2020-05-31/vpc-origin", "ListVpcOrigins"),
    ("cloudfront", "GET", "/2020-05-31/vpc-origin/{Id}", "GetVpcOrigin"),
    ("cloudfront", "PUT", "/2020-05-31/vpc-origin/{Id}", "UpdateVpcOrigin"),
    ("cloudfront", "DELETE", "/2020-05-31/vpc-origin/{Id}", "DeleteVpcOrigin"),
    ("cloudfront", "GET", "/2020-05-31/tagging", "ListTagsForResource"),
    ("cloudfront", "POST", "/2020-05-31/tagging?Operation=Tag", "TagResource"),
    ("cloudfront", "POST", "/2020-05-31/tagging?Operation=Untag", "UntagResource"),
    ("scheduler", "GET", "/schedules", "ListSchedules"),
    ("scheduler", "POST", "/schedules/{Name}", "CreateSchedule"),
    ("scheduler", "GET", "/schedules/{Name}", "GetSchedule"),
    ("scheduler", "PUT", "/schedules/{Name}", "UpdateSchedule"),
    ("scheduler", "DELETE", "/schedules/{Name}", "DeleteSchedule"),
    ("scheduler", "POST", "/schedule-groups/{Name}", "CreateScheduleGroup"),
    ("scheduler", "GET", "/schedule-groups/{Name}", "GetScheduleGroup"),
    ("scheduler", "DELETE", "/schedule-groups/{Name}", "DeleteScheduleGroup"),
    ("bedrock-agentcore", "PUT", "/runtimes", "CreateAgentRuntime"),
    ("bedrock-agentcore", "POST", "/runtimes", "ListAgentRuntimes"),
    ("bedrock-agentcore", "GET", "/runtimes/{agentRuntimeId}", "GetAgentRuntime"),
    ("bedrock-agentcore", "PUT", "/runtimes/{agentRuntimeId}", "UpdateAgentRuntime"),
    ("bedrock-agentcore", "DELETE", "/runtimes/{agentRuntimeId}", "DeleteAgentRuntime"),
    ("bedrock-agentcore", "PUT", "/runtimes/{agentRuntimeId}/runtime-endpoints", "CreateAgentRuntimeEndpoint"),
    ("bedrock-agentcore", "POST", "/runtimes/{agentRuntimeId}/runtime-endpoints", "ListAgentRuntimeEndpoints"),
    ("bedrock-agentcore", "GET", "/runtimes/{agentRuntimeId}/runtime-endpoints/{endpointName}", "GetAgentRuntimeEndpoint"),
    ("bedrock-agentcore", "PUT", "/runtimes/{agentRuntimeId}/runtime-endpoints/{endpointName}", "UpdateAgentRuntimeEndpoint"),
    ("bedrock-agentcore", "DELETE", "/runtimes/{agentRuntimeId}/runtime-endpoints/{endpointName}", "DeleteAgentRuntimeEndpoint"),
    ("bedrock-agentcore", "POST", "/runtimes/{agentRuntimeId}/versions", "ListAgentRuntimeVersions"),
    ("bedrock-agentcore", "POST", "/memories/create", "CreateMemory"),
    ("bedrock-agentcore", "POST", "/memories", "ListMemories"),
    ("bedrock-agentcore", "GET", "/memories/{memoryId}/details", "GetMemory"),
    ("bedrock-agentcore", "PUT", "/memories/{memoryId}/update", "UpdateMemory"),
    ("bedrock-agentcore", "DELETE", "/memories/{memoryId}/delete", "DeleteMemory"),
    ("bedrock-agentcore", "POST", "/gateways", "CreateGateway"),
    ("bedrock-agentcore", "GET", "/gateways", "ListGateways"),
    ("bedrock-agentcore", "GET", "/gateways/{gatewayIdentifier}", "GetGateway"),
    ("bedrock-agentcore", "PUT", "/gateways/{gatewayIdentifier}", "UpdateGateway"),
    ("bedrock-agentcore", "DELETE", "/gateways/{gatewayIdentifier}", "DeleteGateway"),
    ("bedrock-agentcore", "POST", "/gateways/{gatewayIdentifier}/targets", "CreateGatewayTarget"),
    ("bedrock-agentcore", "GET", "/gateways/{gatewayIdentifier}/targets", "ListGatewayTargets"),
    ("bedrock-agentcore", "GET", "/gateways/{gatewayIdentifier}/targets/{targetId}", "GetGatewayTarget"),
    ("bedrock-agentcore", "PUT", "/gateways/{gatewayIdentifier}/targets/{targetId}", "UpdateGatewayTarget"),
    ("bedrock-agentcore", "DELETE", "/gateways/{gatewayIdentifier}/targets/{targetId}", "DeleteGatewayTarget"),
    ("bedrock-agentcore", "POST", "/tags/{resourceArn}", "TagResource"),
    ("bedrock-agentcore", "DELETE", "/tags/{resourceArn}", "UntagResource"),
    ("bedrock-agentcore", "GET", "/tags/{resourceArn}", "ListTagsForResource"),
    ("bedrock", "PUT", "/data-automation-projects", "CreateDataAutomationProject"),
    ("bedrock", "POST", "/data-automation-projects", "ListDataAutomationProjects"),
    ("bedrock", "POST", "/data-automation-projects/{projectArn}", "GetDataAutomationProject"),
    ("bedrock", "PUT", "/data-automation-projects/{projectArn}", "UpdateDataAutomationProject"),
    ("bedrock", "DELETE", "/data-automation-projects/{projectArn}", "DeleteDataAutomationProject"),
    ("bedrock", "POST", "/tagResource", "TagResource"),
    ("bedrock", "POST", "/untagResource", "UntagResource"),
    ("bedrock", "POST", "/listTagsForResource", "ListTagsForResource"),
    ("elasticfilesystem", "POST", "/2015-02-01/access-points", "CreateAccessPoint"),
    ("elasticfilesystem", "GET", "/2015-02-01/access-points", "DescribeAccessPoints"),
    ("elasticfilesystem", "DELETE", "/2015-02-01/access-points/{AccessPointId}", "DeleteAccessPoint"),
    ("elasticfilesystem", "POST", "/2015-02-01/file-systems", "CreateFileSystem"),
    ("elasticfilesystem", "GET", "/2015-02-01/file-systems", "DescribeFileSystems"),
    ("elasticfilesystem", "PUT", "/2015-02-01/file-systems/{FileSystemId}", "UpdateFileSystem"),
    ("elasticfilesystem", "DELETE", "/2015-02-01/file-systems/{FileSystemId}", "DeleteFileSystem"),
    ("elasticfilesystem", "GET", "/2015-02-01/file-systems/{FileSystemId}/lifecycle-configuration", "DescribeLifecycleConfiguration"),
    ("elasticfilesystem", "PUT", "/2015-02-01/file-systems/{FileSystemId}/lifecycle-configuration", "PutLifecycleConfiguration"),
    ("elasticfilesystem", "PUT", "/2015-02-01/file-systems/{FileSystemId}/protection", "UpdateFileSystemProtection"),
    ("elasticfilesystem", "POST", "/2015-02-01/mount-targets", "CreateMountTarget"),
    ("elasticfilesystem", "GET", "/2015-02-01/mount-targets", "DescribeMountTargets"),
    ("elasticfilesystem", "DELETE", "/2015-02-01/mount-targets/{MountTargetId}", "DeleteMountTarget"),
    ("elasticfilesystem", "GET", "/2015-02-01/mount-targets/{MountTargetId}/security-groups", "DescribeMountTargetSecurityGroups"),
    ("elasticfilesystem", "PUT", "/2015-02-01/mount-targets/{MountTargetId}/security-groups", "ModifyMountTargetSecurityGroups"),
    ("elasticfilesystem", "GET", "/2015-02-01/resource-tags/{ResourceId}", "ListTagsForResource"),
    ("elasticfilesystem", "POST", "/2015-02-01/resource-tags/{ResourceId}", "TagResource"),
    ("elasticfilesystem", "DELETE", "/2015-02-01/resource-tags/{ResourceId}", "UntagResource"),
];

/// S3 names its bucket operations by a query key:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>.
const BUCKET_PARTS: [(&str, &str); 15] = [
    ("accelerate", "BucketAccelerateConfiguration"),
    ("acl", "BucketAcl"),
    ("cors", "BucketCors"),
    ("encryption", "BucketEncryption"),
    ("lifecycle", "BucketLifecycleConfiguration"),
    ("location", "BucketLocation"),
    ("logging", "BucketLogging"),
    ("notification", "BucketNotificationConfiguration"),
    ("object-lock", "ObjectLockConfiguration"),
    ("ownershipControls", "BucketOwnershipControls"),
    ("policy", "BucketPolicy"),
    ("publicAccessBlock", "PublicAccessBlock"),
    ("tagging", "BucketTagging"),
    ("versioning", "BucketVersioning"),
    ("website", "BucketWebsite"),
];

fn rest(service: &str, protocol: Protocol, http: &Http) -> (String, Value) {
    let (operation, labels) = match service {
        "s3" => s3(http),
        _ => ROUTES
            .iter()
            .filter(|route| route.0 == service && route.1 == http.method.as_str())
            .find_map(|route| Some((route.3.to_string(), labels(route.2, http)?)))
            .unwrap_or_else(|| (format!("{} {}", http.method, http.path()), Map::new())),
    };
    let mut params = labels;
    for (key, value) in form_urlencoded::parse(http.query().as_bytes()) {
        params.insert(key.into(), value.as_ref().into());
    }
    let body = match wire::parse(protocol, &http.body) {
        Value::Object(root) if protocol == Protocol::RestXml => root.into_iter().next().map(|(_, v)| v),
        body => Some(body),
    };
    if let Some(Value::Object(body)) = body {
        params.extend(body);
    }
    (operation, Value::Object(params))
}

/// The labels of a path template, if the request matches it.
fn labels(template: &str, http: &Http) -> Option<Map<String, Value>> {
    let (template, key) = template.split_once('?').unwrap_or((template, ""));
    let has_key = http.query().split('&').any(|pair| pair == key || pair.split('=').next() == Some(key));
    let names: Vec<&str> = template.split('/').collect();
    let parts: Vec<&str> = http.path().trim_end_matches('/').split('/').collect();
    if names.len() != parts.len() || !(key.is_empty() || has_key) {
        return None;
    }
    let mut labels = Map::new();
    for (name, part) in names.iter().zip(parts) {
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(label) => {
                let part = percent_decode_str(part).decode_utf8_lossy().into_owned();
                labels.insert(label.into(), part.into());
            }
            None if *name == part => {}
            None => return None,
        }
    }
    Some(labels)
}

fn s3(http: &Http) -> (String, Map<String, Value>) {
    let (bucket, key) = http
        .path()
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((http.path().trim_start_matches('/'), ""));
    let has = |name: &str| http.query().split('&').any(|pair| pair.split('=').next() == Some(name));
    let part = BUCKET_PARTS.iter().find(|(name, _)| has(name)).map(|(_, part)| *part);
    let operation = match (http.method.as_str(), key, part) {
        ("GET", "", Some(part)) => format!("Get{part}"),
        ("PUT", "", Some(part)) => format!("Put{part}"),
        ("DELETE", "", Some("BucketLifecycleConfiguration")) => "DeleteBucketLifecycle".into(),
        ("DELETE", "", Some(part)) => format!("Delete{part}"),
        ("GET", "", None) if bucket.is_empty() => "ListBuckets".into(),
        ("GET", "", None) if has("versions") => "ListObjectVersions".into(),
        ("GET", "", None) => "ListObjectsV2".into(),
        ("HEAD", "", _) => "HeadBucket".into(),
        ("PUT", "", None) => "CreateBucket".into(),
        ("DELETE", "", None) => "DeleteBucket".into(),
        ("POST", "", _) if has("delete") => "DeleteObjects".into(),
        ("GET", _, Some("BucketTagging")) => "GetObjectTagging".into(),
        ("PUT", _, Some("BucketTagging")) => "PutObjectTagging".into(),
        ("PUT", _, Some("BucketAcl")) => "PutObjectAcl".into(),
        ("GET", ..) => "GetObject".into(),
        ("HEAD", ..) => "HeadObject".into(),
        ("PUT", ..) => "PutObject".into(),
        ("DELETE", ..) => "DeleteObject".into(),
        (method, ..) => format!("{method} {}", http.path()),
    };
    let mut labels = Map::from_iter([("Bucket".to_string(), bucket.into())]);
    if !key.is_empty() {
        labels.insert("Key".into(), key.into());
    }
    (operation, labels)
}

/// What a label is encoded by: <https://smithy.io/2.0/spec/http-bindings.html#serialization-rules>.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The request line of a REST operation: its path with the labels filled in.
pub fn rest_target(service: &str, operation: &str, params: &Value) -> Option<(Method, String)> {
    let (_, method, template, _) = ROUTES.iter().find(|route| route.0 == service && route.3 == operation)?;
    let path: Vec<String> = template
        .split('/')
        .map(|name| match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            // A label may be an ARN.
            Some(label) => utf8_percent_encode(&tree::text(params, label), LABEL).to_string(),
            None => name.to_string(),
        })
        .collect();
    Some((method.parse().ok()?, path.join("/")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The call that a signed request without a body makes.
    fn call(service: &str, method: &str, target: &str) -> (String, Value) {
        let scope = format!("AWS4-HMAC-SHA256 Credential=a/20260101/eu-south-2/{service}/aws4_request, X=y");
        let headers = HeaderMap::from_iter([(hyper::header::AUTHORIZATION, scope.parse().unwrap())]);
        let http =
            Http { method: method.parse().unwrap(), target: target.into(), headers, body: Bytes::new() };
        let call = Call::read(http);
        assert_eq!((call.service.as_str(), call.region.as_str()), (service, "eu-south-2"));
        (call.operation, call.params)
    }

    #[test]
    fn rest_operations_are_known_by_method_and_path() {
        let cases = [
            ("s3", "PUT", "/b?versioning", "PutBucketVersioning"),
            ("s3", "GET", "/b/?policy", "GetBucketPolicy"),
            ("s3", "DELETE", "/b", "DeleteBucket"),
            ("s3", "DELETE", "/b?lifecycle", "DeleteBucketLifecycle"),
            ("s3", "PUT", "/b/some/key", "PutObject"),
            ("s3", "PUT", "/b/some/key?tagging", "PutObjectTagging"),
            ("s3", "GET", "/", "ListBuckets"),
            ("cloudfront", "POST", "/2020-05-31/distribution?WithTags", "CreateDistributionWithTags"),
            ("cloudfront", "PUT", "/2020-05-31/distribution/E1/config", "UpdateDistribution"),
            ("cloudfront", "POST", "/2020-05-31/tagging?Operation=Untag&Resource=a", "UntagResource"),
            ("scheduler", "POST", "/schedules/nightly", "CreateSchedule"),
            ("bedrock-agentcore", "PUT", "/runtimes/", "CreateAgentRuntime"),
            ("bedrock-agentcore", "GET", "/runtimes/r-1/", "GetAgentRuntime"),
            ("bedrock-agentcore", "POST", "/runtimes/", "ListAgentRuntimes"),
            (
                "bedrock",
                "POST",
                "/data-automation-projects/arn%3Aa%3Aproject%2Fp/",
                "GetDataAutomationProject",
            ),
            ("cloudfront", "PUT", "/2020-05-31/vpc-origin/vo_1", "UpdateVpcOrigin"),
            ("route53", "POST", "/2013-04-01/hostedzone/Z1/rrset", "ChangeResourceRecordSets"),
            ("route53", "GET", "/2013-04-01/unheard-of", "GET /2013-04-01/unheard-of"),
        ];
        for (service, method, target, operation) in cases {
            assert_eq!(call(service, method, target).0, operation, "{method} {target}");
        }
    }

    #[test]
    fn an_arn_in_a_path_is_one_label() {
        let params = serde_json::json!({"projectArn": "arn:aws:bedrock:x:1:data-automation-project/p"});
        let (method, target) = rest_target("bedrock", "GetDataAutomationProject", &params).unwrap();
        assert_eq!(call("bedrock", method.as_str(), &target).1, params);
    }

    #[test]
    fn labels_and_queries_are_parameters() {
        let (_, params) = call("route53", "GET", "/2013-04-01/hostedzone/Z1/rrset?maxitems=5&name=a%20b");
        assert_eq!(params, serde_json::json!({"HostedZoneId": "Z1", "maxitems": "5", "name": "a b"}));
        let (_, params) = call("s3", "PUT", "/b/some/key");
        assert_eq!(params, serde_json::json!({"Bucket": "b", "Key": "some/key"}));
    }

    #[test]
    fn reads_are_known_by_their_names() {
        for read in ["DescribeVpcs", "GetCallerIdentity", "ListRoles", "HeadBucket", "GET /x"] {
            assert!(is_read(read), "{read}");
        }
        for write in ["CreateVpc", "PutMetricAlarm", "RunTask", "DELETE /x"] {
            assert!(!is_read(write), "{write}");
        }
    }
}
