//! AWS's error codes and what they mean here: one table, first match wins.
//!
//! Sources, beside the error lists of each operation in the API references:
//! - EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html>
//! - all services: <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
//! - RDS: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html>
//! - ECS: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>

use super::error::{Error, ErrorKind};
use ErrorKind::*;

/// `(service, code, part of the message, kind, advice)`. The service is an IAM prefix or `*`; a
/// code may begin or end with `*`; an empty text matches every message.
type Row = (&'static str, &'static str, &'static str, ErrorKind, &'static str);

const SIGN_IN: &str =
    "The session has expired. Sign in again (for SSO: `aws sso login`) and repeat the command.";
const BAD_KEY: &str = "Check the access key, or whether this region is enabled for the account.";
const CLOCK: &str = "Check the clock of this machine.";
const QUOTA: &str = "Ask for more in the Service Quotas console, or remove what is not needed.";
const UNSIGNED: &str = "Check how this program gets its AWS credentials.";
const PROTECTED: &str = "Set deletion protection to false and run the update before the deletion.";
const CAPACITY: &str = "Choose another size or other zones, or try again later.";
const KMS: &str = "Allow this role the use of the KMS key, in the key's policy too.";

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Credentials and permissions. https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html
    ("*", "SignatureDoesNotMatch", "Signature expired", Credentials, CLOCK),
    ("*", "SignatureDoesNotMatch", "not yet current", Credentials, CLOCK),
    ("*", "InvalidSignatureException", "Signature expired", Credentials, CLOCK),
    ("*", "InvalidSignatureException", "not yet current", Credentials, CLOCK),
    ("*", "RequestTimeTooSkewed", "", Credentials, CLOCK),
    ("*", "ExpiredToken*", "", Credentials, SIGN_IN),
    ("*", "RequestExpired", "", Credentials, "The session has expired, or the clock of this machine is wrong."),
    ("*", "InvalidClientTokenId", "", Credentials, BAD_KEY),
    ("*", "UnrecognizedClientException", "", Credentials, BAD_KEY),
    ("*", "InvalidAccessKeyId", "", Credentials, BAD_KEY),
    ("ec2", "AuthFailure", "validate the provided access credentials", Credentials, BAD_KEY),
    ("*", "SignatureDoesNotMatch", "", Credentials, "Check the secret key."),
    ("*", "InvalidSignatureException", "", Credentials, "Check the secret key."),
    ("*", "IncompleteSignature*", "", Credentials, UNSIGNED),
    ("*", "MissingAuthenticationToken*", "", Credentials, UNSIGNED),
    ("*", "InvalidIdentityToken*", "", Credentials, "Check the web identity token and the role's trust in its issuer."),
    ("*", "IDPRejectedClaim", "", Credentials, "Check the web identity token and the role's trust in its issuer."),
    ("*", "RegionDisabledException", "", Credentials, "Activate STS for this region in the account settings of IAM."),
    ("*", "OptInRequired", "", AccessDenied, "Enable this region or service for the account."),
    ("*", "Blocked*", "", AccessDenied, "AWS has blocked this account; contact AWS Support."),
    ("ec2", "PendingVerification", "", Limit, "AWS is still checking this account for the region; try again after its mail."),
    ("*", "AccessDenied*", "", AccessDenied, ""),
    ("*", "UnauthorizedOperation", "", AccessDenied, ""),
    ("*", "Unauthorized*", "", AccessDenied, ""),
    ("*", "AuthorizationError*", "", AccessDenied, ""),
    ("*", "NotAuthorized*", "", AccessDenied, ""),
    ("*", "AuthFailure", "", AccessDenied, ""),

    // Throttling, and AWS's own faults.
    ("*", "RequestLimitExceeded", "", Throttled, ""),
    ("*", "BandwidthLimitExceeded", "", Throttled, ""),
    ("*", "Throttl*", "", Throttled, ""),
    ("*", "RequestThrottled*", "", Throttled, ""),
    ("*", "EC2ThrottledException", "", Throttled, ""),
    ("*", "TooManyRequests*", "", Throttled, ""),
    ("*", "SlowDown", "", Throttled, ""),
    ("*", "PriorRequestNotComplete", "", Throttled, ""),
    ("*", "Internal*", "", Network, ""),
    ("*", "ServiceUnavailable*", "", Network, ""),
    ("*", "Unavailable", "", Network, ""),
    ("*", "ServerException", "", Network, ""),
    ("*", "ServiceFailure", "", Network, ""),
    ("*", "RequestTimeout*", "", Network, ""),
    ("sts", "IDPCommunicationError", "", Network, ""),

    // EC2. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    ("ec2", "Gateway.NotAttached", "", NotFound, ""),
    ("ec2", "InvalidSubnet.Conflict", "", Invalid, "Another subnet of this VPC has these addresses already; choose a free block."),
    ("ec2", "InvalidVpc.Range", "", Invalid, "A VPC has between /16 and /28."),
    ("ec2", "InvalidSubnet.Range", "", Invalid, "A subnet lies within its VPC's blocks and has between /16 and /28."),
    ("ec2", "Resource.AlreadyAssociated", "", AlreadyExists, ""),
    ("ec2", "IdempotentParameterMismatch", "", Invalid, "An earlier attempt had other properties; change the name or the client token."),
    ("ec2", "OperationNotPermitted", "", InUse, "An AWS service manages it; remove what it was made for."),
    ("ec2", "InvalidParameterValue", "currently in use", InUse, ""),
    ("ec2", "InvalidParameterValue", "Invalid IAM Instance Profile", Propagating, ""),
    ("ec2", "InsufficientFreeAddressesInSubnet", "", Limit, "The subnet has no free address left; use a larger one."),
    ("ec2", "Insufficient*Capacity", "", Limit, CAPACITY),
    ("ec2", "IncorrectState*", "", NotReady, ""),
    ("ec2", "IncorrectInstanceState", "", NotReady, ""),

    // Elastic Load Balancing. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html
    ("elasticloadbalancing", "CertificateNotFound", "", Propagating, "The certificate must be issued and lie in the load balancer's region."),
    ("elasticloadbalancing", "UnsupportedCertificate", "", Propagating, "The certificate must be issued and of a key type that load balancers take."),
    ("elasticloadbalancing", "SSLPolicyNotFound", "", Invalid, "See the names of security policies in the Elastic Load Balancing guide."),
    ("elasticloadbalancing", "SubnetNotFound", "", Invalid, ""),
    ("elasticloadbalancing", "PriorityInUse", "", AlreadyExists, "Another rule of this listener has this priority; choose a free one."),
    ("elasticloadbalancing", "OperationNotPermitted", "deletion protection", Invalid, PROTECTED),
    ("elasticloadbalancing", "OperationNotPermitted", "", Invalid, ""),
    ("elasticloadbalancing", "TargetGroupAssociationLimit", "", Limit, "A target group serves one load balancer; make one for each."),

    // ECS. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    ("ecs", "ServiceNotActiveException", "", NotFound, ""),
    ("ecs", "ClientException", "Unable to describe task definition", NotFound, ""),
    ("ecs", "*", "Unable to assume the service linked role", Propagating, "The role AWSServiceRoleForECS is made on first use; if it is missing, make it with `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`."),
    ("ecs", "*", "unable to assume the role", Propagating, "The role must trust ecs-tasks.amazonaws.com."),
    ("ecs", "*", "unable to assume role", Propagating, "The role must trust ecs-tasks.amazonaws.com."),
    ("ecs", "*", "service role being passed has the proper permissions", Propagating, ""),
    ("ecs", "ClientException", "Role is not valid", Propagating, "The role must exist and trust ecs-tasks.amazonaws.com."),
    ("ecs", "InvalidParameterException", "does not have an associated load balancer", Propagating, "A listener or a rule must send to the target group before the service uses it."),
    ("ecs", "InvalidParameterException", "not idempotent", AlreadyExists, "The cluster has a service of this name already."),
    ("ecs", "InvalidParameterException", "still Draining", NotReady, "The service of this name is being deleted; its tasks are draining."),
    ("ecs", "InvalidParameterException", "scaled above 0", InUse, "Set the desired count to 0 first, or force the deletion."),
    ("ecs", "ClusterContains*", "", InUse, ""),
    ("ecs", "UpdateInProgressException", "", NotReady, ""),
    ("ecs", "Platform*Exception", "", Invalid, ""),
    ("ecs", "ClientException", "", Invalid, ""),

    // RDS. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    ("rds", "*", "does not include the required permissions", Propagating, "The role must trust monitoring.rds.amazonaws.com and have the policy AmazonRDSEnhancedMonitoringRole."),
    ("rds", "InvalidParameterCombination", "disable deletion protection", Invalid, PROTECTED),
    ("rds", "InvalidDBSubnetGroupStateFault", "", InUse, ""),
    ("rds", "InvalidDBParameterGroupState", "still members", InUse, ""),
    ("rds", "InvalidDBClusterStateFault", "still contains", InUse, ""),
    ("rds", "DBSubnetGroupDoesNotCoverEnoughAZs", "", Invalid, "Give subnets in at least two zones."),
    ("rds", "SubnetAlreadyInUse", "", InUse, ""),
    ("rds", "KMSKeyNotAccessibleFault", "", AccessDenied, KMS),
    ("rds", "Insufficient*Capacity*", "", Limit, CAPACITY),
    ("rds", "IamRoleNotFound", "", Propagating, ""),
    ("rds", "SubscriptionAlreadyExist", "", AlreadyExists, ""),
    ("rds", "PointInTimeRestoreNotEnabled", "", Invalid, ""),
    ("rds", "DBUpgradeDependencyFailure", "", Failed, ""),
    ("rds", "*NotAvailable*", "", Invalid, ""),
    ("rds", "*NotSupported*", "", Invalid, ""),

    // ECR. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html
    ("ecr", "RepositoryNotEmptyException", "", InUse, "Delete its images first, or set forceDelete."),
    ("ecr", "InvalidParameterException", "Invalid repository policy", Propagating, "Every principal in the policy must exist."),
    ("ecr", "KmsException", "", AccessDenied, KMS),

    // Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    ("secretsmanager", "InvalidRequestException", "scheduled for deletion", NotReady, "A secret of this name waits for its deletion: restore it with `aws secretsmanager restore-secret`, or choose another name."),
    ("secretsmanager", "InvalidRequestException", "marked for deletion", NotFound, ""),
    ("secretsmanager", "InvalidRequestException", "marked deleted", NotFound, ""),
    ("secretsmanager", "ResourceExistsException", "", AlreadyExists, ""),
    ("secretsmanager", "MalformedPolicyDocumentException", "principal", Propagating, "Every principal in the policy must exist."),
    ("secretsmanager", "DecryptionFailure", "", AccessDenied, KMS),
    ("secretsmanager", "EncryptionFailure", "", AccessDenied, KMS),

    // IAM. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html (eventual consistency)
    ("iam", "MalformedPolicyDocument", "Invalid principal", Propagating, "Every principal in the trust policy must exist."),
    ("iam", "DeleteConflict", "", InUse, ""),
    ("iam", "EntityTemporarilyUnmodifiable", "", NotReady, ""),
    ("iam", "InvalidInput", "has been taken in this account", AlreadyExists, ""),

    // CloudWatch Logs: another change of the same group is under way.
    ("logs", "OperationAbortedException", "", NotReady, ""),

    // Route 53. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    ("route53", "InvalidChangeBatch", "it was not found", NotFound, ""),
    ("route53", "InvalidChangeBatch", "it already exists", AlreadyExists, "Import the record, or set allowOverwrite."),
    ("route53", "InvalidChangeBatch", "do not match the current values", Invalid, "Somebody else changed the record; run `pulumi refresh`."),
    ("route53", "HostedZoneNotEmpty", "", InUse, "Delete its other records first."),
    ("route53", "ConflictingDomainExists", "", AlreadyExists, ""),
    ("route53", "DelegationSetNotAvailable", "", Limit, ""),
    ("route53", "LimitsExceeded", "", Limit, QUOTA),

    // Application Auto Scaling. https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    ("application-autoscaling", "ValidationException", "ECS service doesn't exist", Propagating, ""),
    ("application-autoscaling", "ValidationException", "Unable to assume IAM role", Propagating, ""),
    ("application-autoscaling", "FailedResourceAccessException", "", Propagating, "The service-linked role of Application Auto Scaling must be able to read the alarms and the resource."),

    // Any service, by the way AWS forms its codes.
    ("*", "*NotFound", "", NotFound, ""),
    ("*", "*NotFoundException", "", NotFound, ""),
    ("*", "*NotFoundFault", "", NotFound, ""),
    ("*", "NoSuch*", "", NotFound, ""),
    ("*", "*AlreadyExists", "", AlreadyExists, ""),
    ("*", "*AlreadyExistsException", "", AlreadyExists, ""),
    ("*", "*AlreadyExistsFault", "", AlreadyExists, ""),
    ("*", "*AlreadyRegisteredFault", "", AlreadyExists, ""),
    ("*", "DuplicateTagKeys", "", Invalid, ""),
    ("*", "*.Duplicate", "", AlreadyExists, ""),
    ("*", "Duplicate*", "", AlreadyExists, ""),
    ("*", "DependencyViolation", "", InUse, ""),
    ("*", "*InUse", "", InUse, ""),
    ("*", "*InUseException", "", InUse, ""),
    ("*", "*LimitExceeded", "", Limit, QUOTA),
    ("*", "*LimitExceededException", "", Limit, QUOTA),
    ("*", "*QuotaExceeded", "", Limit, QUOTA),
    ("*", "*QuotaExceededFault", "", Limit, QUOTA),
    ("*", "*QuotaExceededException", "", Limit, QUOTA),
    ("*", "QuotaExceeded*", "", Limit, QUOTA),
    ("*", "*LimitReached", "", Limit, QUOTA),
    ("*", "TooMany*", "", Limit, QUOTA),
    ("*", "Insufficient*", "", Limit, CAPACITY),
    ("*", "*InProgressException", "", NotReady, ""),
    ("*", "*ConflictException", "", NotReady, ""),
    ("*", "Concurrent*", "", NotReady, ""),
    ("*", "*NotReady", "", NotReady, ""),
    ("*", "Invalid*State", "", NotReady, ""),
    ("*", "Invalid*StateFault", "", NotReady, ""),
    ("*", "InvalidStateException", "", NotReady, ""),
    ("*", "Invalid*", "", Invalid, ""),
    ("*", "Incompatible*", "", Invalid, ""),
    ("*", "Malformed*", "", Invalid, ""),
    ("*", "Missing*", "", Invalid, ""),
    ("*", "Packed*", "", Invalid, ""),
    ("*", "Tag*Exception", "", Invalid, ""),
    ("*", "Unknown*", "", Invalid, ""),
    ("*", "Unmodifiable*", "", Invalid, ""),
    ("*", "Unsupported*", "", Invalid, ""),
    ("*", "Validation*", "", Invalid, ""),
    ("*", "*.Malformed", "", Invalid, ""),
    ("*", "*NotSupported", "", Invalid, ""),
    ("*", "*NotSupportedService", "", Invalid, ""),
];

/// The kind of an error answer and the advice for it, which may be empty.
pub(super) fn classify(service: &str, code: &str, status: u16, message: &str) -> (ErrorKind, &'static str) {
    let row = TABLE.iter().find(|(of, pattern, text, _, _)| {
        (*of == "*" || *of == service) && matches(pattern, code) && contains(message, text)
    });
    if let Some((_, _, _, kind, hint)) = row {
        return (*kind, hint);
    }
    let kind = match status {
        401 | 403 => AccessDenied,
        429 => Throttled,
        500.. => Network,
        _ => Other,
    };
    (kind, "")
}

/// What kept the SDK from having credentials, from the texts of its error.
pub(super) fn credentials(text: &str) -> Error {
    let (message, hint): (&str, &str) = match () {
        () if contains(text, "no providers in chain") || contains(text, "was not enabled") => (
            "no AWS credentials were found",
            "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `pulumi config set agentic:profile <name>`.",
        ),
        () if contains(text, "was not defined") || contains(text, "did not contain") => {
            (text, "Check the profile's name and entries in ~/.aws/config and ~/.aws/credentials.")
        }
        () if contains(text, "sso") => (text, "Sign in with `aws sso login` for this profile."),
        () if contains(text, "expired") => (text, SIGN_IN),
        () if contains(text, "AssumeRole") => {
            (text, "Check the role's ARN, its trust policy and the permission sts:AssumeRole.")
        }
        () => (text, UNSIGNED),
    };
    Error::new(Credentials, message).with_hint(hint)
}

/// The prefix that IAM uses for a service, from the name of its SDK crate.
pub(super) fn iam_prefix(service: &str) -> &str {
    match service {
        "applicationautoscaling" => "application-autoscaling",
        "cloudwatchlogs" => "logs",
        "eventbridge" => "events",
        "cognitoidentityprovider" => "cognito-idp",
        "elasticloadbalancingv2" => "elasticloadbalancing",
        other => other,
    }
}

fn contains(message: &str, text: &str) -> bool {
    text.is_empty() || message.to_lowercase().contains(&text.to_lowercase())
}

/// Whether a code is of a pattern in which `*` stands for any run of characters.
fn matches(pattern: &str, code: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == code;
    };
    let Some(code) = code.strip_prefix(first) else {
        return false;
    };
    match rest.split_once('*') {
        None => code.ends_with(rest),
        Some((middle, _)) => match code.find(middle) {
            Some(at) => matches(rest, &code[at..]),
            None => false,
        },
    }
}
