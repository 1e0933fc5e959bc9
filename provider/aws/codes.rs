//! AWS's error codes and what they mean here. The first row that matches wins: those of every service, then those
//! that kinds have beside them, then what the form of a code tells.
//!
//! Sources, beside the error lists of each operation in the API references:
//! - EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/errors-overview.html>
//! - all services: <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
//! - RDS: <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html>
//! - ECS: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html>

use std::sync::{LazyLock, OnceLock};

use super::error_kind::ErrorKind;
use ErrorKind::*;

/// `(service, code, part of the message, kind, advice)`. The service is an IAM prefix or `*`; a
/// code may begin or end with `*`; an empty text matches every message.
pub type Row = (&'static str, &'static str, &'static str, ErrorKind, &'static str);

const SIGN_IN: &str =
    "The session has expired. Sign in again (for SSO: `aws sso login`) and repeat the command.";
const BAD_KEY: &str = "Check the access key, or whether this region is enabled for the account.";
const CLOCK: &str = "Check the clock of this machine.";
pub const QUOTA: &str = "Request an increase in the Service Quotas console, or delete what is not needed.";
const UNSIGNED: &str = "Check how this program gets its AWS credentials.";
pub const PROTECTED: &str = "Set deletion protection to false and run the update before the deletion.";
pub const CAPACITY: &str = "Choose another size or other zones, or try again later.";
pub const KMS: &str = "Allow this role to use the KMS key, in the key policy as well.";

/// Credentials, permissions and AWS's own faults, before the rows of kinds.
#[rustfmt::skip]
const FIRST: &[Row] = &[
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
    ("*", "InvalidIdentityToken*", "", Credentials, "Check the web identity token, and that the trust policy of the role names its issuer."),
    ("*", "IDPRejectedClaim", "", Credentials, "Check the web identity token, and that the trust policy of the role names its issuer."),
    ("*", "RegionDisabledException", "", Credentials, "Activate STS for this region in the account settings of IAM."),
    ("*", "OptInRequired", "", AccessDenied, "Enable this region or service for the account."),
    ("*", "Blocked*", "", AccessDenied, "AWS has blocked this account; contact AWS Support."),
    ("ec2", "PendingVerification", "", Limit, "AWS is still verifying this account for the region; try again when AWS has confirmed it by email."),
    ("sts", "AccessDenied", "sts:AssumeRole", AccessDenied, "Allow these credentials the action sts:AssumeRole for the role, and name them in the trust policy of the role."),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    ("s3", "AccessDenied", "BlockPublicAcls", Invalid, "The access control list is public: choose another one, or set blockPublicAcls of the bucket's public access block to false."),
    ("s3", "AccessDenied", "BlockPublicPolicy", Invalid, "The policy is public: restrict its principals, or set publicAccessBlock.blockPublicPolicy of the bucket to false."),
    ("*", "*AccessDenied*", "", AccessDenied, ""),
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
    ("*", "*", "Rate exceeded", Throttled, ""),
    ("*", "PriorRequestNotComplete", "", Throttled, ""),
    ("*", "Internal*", "", Network, ""),
    ("*", "ServiceUnavailable*", "", Network, ""),
    ("*", "Unavailable", "", Network, ""),
    ("*", "ServerException", "", Network, ""),
    ("*", "ServiceFailure", "", Network, ""),
    ("*", "RequestTimeout*", "", Network, ""),
    ("sts", "IDPCommunicationError", "", Network, ""),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html (eventual consistency)
    ("*", "MalformedPolicy*", "invalid principal", Propagating, "Every principal in the policy must exist."),
];

/// Any service, by the way AWS forms its codes, after the rows of kinds.
#[rustfmt::skip]
const LAST: &[Row] = &[
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
    ("*", "TooManyTags*", "", Invalid, "A resource can have at most 50 tags."),
    ("*", "TooMany*", "", Limit, QUOTA),
    ("*", "Insufficient*Capacity*", "", Limit, CAPACITY),
    ("*", "InsufficientAvailableIPs*", "", Limit, "The subnets have no free address left; use larger ones."),
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

/// The rows of kinds, which this room does not know by itself.
static OF_KINDS: OnceLock<LazyLock<Vec<&'static [Row]>>> = OnceLock::new();

/// Takes what the kinds know of the codes of their services. They are asked once there is an error.
pub fn learn(rows: fn() -> Vec<&'static [Row]>) {
    OF_KINDS.get_or_init(|| LazyLock::new(rows));
}

/// All rows, in the order in which they are tried.
fn rows() -> impl Iterator<Item = &'static Row> {
    let of_kinds = OF_KINDS.get().into_iter().flat_map(|rows| rows.iter().copied().flatten());
    FIRST.iter().chain(of_kinds).chain(LAST)
}

/// The kind of an error answer and the advice for it, which may be empty.
pub fn classify(service: &str, code: &str, status: u16, message: &str) -> (ErrorKind, &'static str) {
    let row = rows().find(|(of, pattern, text, _, _)| {
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

/// What kept the SDK from having credentials, from the texts of its error, and advice.
pub(super) fn credentials(text: &str) -> (String, &'static str) {
    const PROFILE: &str = "Check the profile in ~/.aws/config and ~/.aws/credentials.";
    const NOTHING: &str = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `pulumi config set agentic:profile <name>`.";
    // The SDK says so of every source that it passed over.
    let text = text.replace("the credential provider was not enabled: ", "");
    let undefined = text
        .split_once("profile `")
        .and_then(|(_, rest)| rest.split_once("` was not defined"))
        .map(|(profile, _)| format!("there is no profile '{profile}'"));
    match undefined {
        Some(message) => (message, PROFILE),
        None if text.starts_with("no credentials found in chain") => {
            ("no AWS credentials were found".to_owned(), NOTHING)
        }
        None if text.contains("did not contain credential") => (text, PROFILE),
        None if text.contains("SSO") => (text, "Sign in with `aws sso login` for this profile."),
        None if contains(&text, "expired") => (text, SIGN_IN),
        None => (text, UNSIGNED),
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

/// The rows that no code reaches, or whose advice is no sentence.
#[cfg(test)]
pub fn faults_of_rows() -> Vec<String> {
    let mut wrong = Vec::new();
    for (index, (service, code, text, kind, hint)) in rows().enumerate() {
        let service = if *service == "*" { "any" } else { service };
        let code = code.replace('*', "X");
        let first = rows().position(|(of, pattern, part, _, _)| {
            (*of == "*" || *of == service) && matches(pattern, &code) && contains(text, part)
        });
        if first != Some(index) {
            wrong.push(format!("{service} {code} {text} {kind:?} is shadowed"));
        }
        if !(hint.is_empty() || hint.ends_with('.') || hint.ends_with('`')) {
            wrong.push(format!("{hint} is no sentence"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_decides_where_the_code_is_unknown() {
        for (status, kind) in
            [(403, AccessDenied), (429, Throttled), (500, Network), (503, Network), (418, Other)]
        {
            assert_eq!(classify("ec2", "SomethingNew", status, "").0, kind);
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases =
            [("a", "a", true), ("a", "ab", false), ("*", "", true), ("a*", "ab", true), ("*b", "ab", true)];
        let more = [("a*c", "abc", true), ("a*c", "ab", false), ("*b*", "abc", true), ("*x*", "abc", false)];
        for (pattern, code, expected) in cases.into_iter().chain(more) {
            assert_eq!(matches(pattern, code), expected, "{pattern} {code}");
        }
    }

    #[test]
    fn missing_credentials_are_explained() {
        let cases = [
            ("no credentials found in chain. Attempted: ...", "no AWS credentials", "AWS_PROFILE"),
            (
                "the credential provider was not enabled: profile `dev` was not defined: x",
                "no profile 'dev'",
                "~/.aws",
            ),
            ("an error: the SSO token has expired and cannot be refreshed", "SSO token", "aws sso login"),
            ("the process failed", "the process failed", "credentials"),
        ];
        for (text, message, hint) in cases {
            let found = credentials(text);
            assert!(found.0.contains(message) && found.1.contains(hint), "{found:?}");
        }
    }
}
