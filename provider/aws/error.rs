//! The one error type of the provider: what failed, whether trying again can help, and what a
//! person can do about it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use aws_types::request_id::RequestId;

use super::actions;
use super::codes;
pub use super::error_kind::ErrorKind;
use super::error_text::{capitalized, sentence, tidy};
use super::http::Undelivered;

/// What every call that may fail returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with its kind, the AWS operation, code and request id where there are any, and advice.
///
/// It is cheap to clone, and its text holds no secret values.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    /// The IAM action of the operation, such as `ec2:CreateVpc`.
    action: Option<String>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    hint: Option<String>,
}

impl Error {
    /// Makes an error with a message of our own.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            action: None,
            code: None,
            message: message.into(),
            request_id: None,
            hint: None,
        }))
    }

    /// Why it failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed a little later.
    pub fn is_temporary(&self) -> bool {
        self.0.kind.is_temporary()
    }

    /// The error code of AWS, such as `InvalidVpcID.NotFound`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What happened, without operation, code and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The IAM action of the operation that failed, such as `ec2:CreateVpc`.
    pub fn action(&self) -> Option<&str> {
        self.0.action.as_deref()
    }

    /// The id under which AWS's support finds the call.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Replaces the advice.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.change(|inner| inner.hint = Some(hint.into()))
    }

    /// Replaces the message; operation, code, request id and advice stay.
    pub fn with_message(self, message: impl Into<String>) -> Self {
        self.change(|inner| inner.message = message.into())
    }

    /// Replaces the kind, where a caller knows more than the table of codes.
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        self.change(|inner| inner.kind = kind)
    }

    /// An error that a service tells inside an answer that is otherwise well, such as one of several
    /// entries that failed. `action` is the IAM action of the operation, such as `ec2:CreateVpc`.
    pub fn in_answer(action: &str, code: &str, message: &str) -> Self {
        const OK: u16 = 200;
        let (service, name) = action.split_once(':').unwrap_or_default();
        let operation = Operation { service: service.to_owned(), name: name.to_owned() };
        let message = tidy(message);
        let (kind, hint) = codes::classify(service, code, OK, &message);
        let hint = match kind {
            ErrorKind::AccessDenied if hint.is_empty() => access_hint(&operation, &message),
            _ => hint.to_owned(),
        };
        Self::of(kind, &operation, message).change(|inner| {
            inner.code = Some(code.to_owned()).filter(|code| !code.is_empty());
            inner.hint = Some(hint).filter(|hint| !hint.is_empty());
        })
    }

    fn of(kind: ErrorKind, operation: &Operation, message: impl Into<String>) -> Self {
        Self::new(kind, message).change(|inner| inner.action = Some(operation.action()))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

/// Turns 'not found' into `None`, for calls that ask whether something is there.
pub fn found<T, E: Into<Error>>(result: std::result::Result<T, E>) -> Result<Option<T>> {
    match result.map_err(Into::into) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match &inner.action {
            Some(action) => {
                let verb = match inner.kind {
                    ErrorKind::AccessDenied => "was denied",
                    ErrorKind::Throttled => "was throttled",
                    _ => "failed",
                };
                write!(f, "{action} {verb}")?;
                if let Some(code) = &inner.code {
                    write!(f, " ({code})")?;
                }
                if !inner.message.is_empty() {
                    write!(f, ": {}", sentence(&inner.message))?;
                } else {
                    write!(f, ".")?;
                }
            }
            None if inner.hint.is_some() => write!(f, "{}", sentence(&inner.message))?,
            None => write!(f, "{}", inner.message)?,
        }
        if let Some(hint) = &inner.hint {
            write!(f, " {}", capitalized(hint))?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, " [request {id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl StdError for Error {}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let operation = std::any::type_name::<E>();
        match &error {
            SdkError::ServiceError(answer) => from_service(operation, Told::by(answer.err()), answer.raw()),
            SdkError::ConstructionFailure(_) => from_failure(operation, ErrorKind::Invalid, "", &error),
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
                from_failure(operation, ErrorKind::Network, "", &error)
            }
            _ => from_failure(operation, ErrorKind::Network, "the response could not be read: ", &error),
        }
    }
}

impl From<BuildError> for Error {
    /// A request could not be built, which is a mistake in this program or in its input.
    fn from(error: BuildError) -> Self {
        Self::new(ErrorKind::Invalid, chain(&error))
    }
}

/// What an error answer says.
struct Told<'a> {
    code: &'a str,
    message: &'a str,
    request_id: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn by<E: ProvideErrorMetadata>(error: &'a E) -> Self {
        Told {
            code: error.code().unwrap_or_default(),
            message: error.message().unwrap_or_default(),
            request_id: error.meta().request_id(),
        }
    }
}

// What follows is of no operation, so that it is compiled once and not for each of them.

/// An error answer of a service, by its code.
fn from_service(operation: &str, told: Told, answer: &HttpResponse) -> Error {
    let operation = Operation::of(operation);
    let (code, message) = (told.code, tidy(told.message));
    let (kind, hint) = codes::classify(&operation.service, code, answer.status().as_u16(), &message);
    let hint = match kind {
        ErrorKind::AccessDenied if hint.is_empty() => access_hint(&operation, &message),
        _ => hint.to_owned(),
    };
    let (message, hint) = match (code, message.as_str()) {
        ("", "") => {
            let status = answer.status().as_u16();
            let message = format!("the response has the HTTP status {status} and is not from AWS");
            let hint = "Check whether a proxy is in between, or an emulator of AWS that does not support this operation.";
            (message, hint.to_owned())
        }
        _ => (message, hint),
    };
    let request_id = answer.request_id().or(told.request_id);
    Error::of(kind, &operation, message).change(|inner| {
        inner.code = Some(code.to_owned()).filter(|code| !code.is_empty());
        inner.request_id = request_id.map(str::to_owned);
        inner.hint = Some(hint).filter(|hint| !hint.is_empty());
    })
}

/// No usable answer at all: credentials, network, or a request that could not be made.
fn from_failure(operation: &str, kind: ErrorKind, what: &str, error: &(dyn StdError + 'static)) -> Error {
    let operation = &Operation::of(operation);
    let text = tidy(&chain(error));
    let undelivered = find::<Undelivered>(error);
    if let Some(credentials) = find::<CredentialsError>(error) {
        if let Some(refusal) = refused_role(credentials) {
            return refusal;
        }
        // A cloud instance's own address answers nowhere else, so silence there means no credentials.
        match undelivered.filter(|failure| !failure.host.starts_with("169.254.")) {
            Some(failure) => return unreachable(operation, failure),
            None => {
                let (message, hint) = codes::credentials(&tidy(&chain(credentials)));
                return Error::of(ErrorKind::Credentials, operation, message).with_hint(hint);
            }
        }
    }
    if let Some(failure) = undelivered {
        return unreachable(operation, failure);
    }
    Error::of(kind, operation, format!("{what}{text}"))
}

/// What STS said when the credentials were to take on a role.
fn refused_role(error: &CredentialsError) -> Option<Error> {
    fn refusal<E>(error: &CredentialsError) -> Option<Error>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match find::<SdkError<E, HttpResponse>>(error)? {
            SdkError::ServiceError(answer) => {
                let operation = std::any::type_name::<E>();
                Some(from_service(operation, Told::by(answer.err()), answer.raw()))
            }
            _ => None,
        }
    }
    refusal::<AssumeRoleError>(error).or_else(|| refusal::<AssumeRoleWithWebIdentityError>(error))
}

fn unreachable(operation: &Operation, failure: &Undelivered) -> Error {
    let host = &failure.host;
    if failure.unknown_host() {
        let message = format!("the host {host} has no address");
        let hint = match host.split('.').find(|label| looks_like_region(label)) {
            Some(region) => {
                format!("Does AWS have a region '{region}' with this service? If so, {CONNECTION}")
            }
            None => capitalized(CONNECTION),
        };
        return Error::of(ErrorKind::Network, operation, message).with_hint(hint);
    }
    let cause = tidy(&chain(failure.source.as_ref()));
    let message = match failure.sent {
        true => format!("{host} did not respond: {cause}"),
        false => format!("no connection to {host}: {cause}"),
    };
    Error::of(ErrorKind::Network, operation, message).with_hint(capitalized(CONNECTION))
}

const CONNECTION: &str = "check this machine's network, DNS and proxy settings.";

fn looks_like_region(label: &str) -> bool {
    label.matches('-').count() >= 2 && label.ends_with(|c: char| c.is_ascii_digit())
}

/// The service and the name of an operation, as IAM calls them.
struct Operation {
    service: String,
    name: String,
}

impl Operation {
    /// Reads them from the path of the SDK's error type, such as
    /// `aws_sdk_ec2::operation::create_vpc::CreateVpcError`.
    fn of(path: &str) -> Self {
        let path = path.split('<').next().unwrap_or(path);
        let service = path.split("::").next().unwrap_or_default();
        let service = service.strip_prefix("aws_sdk_").unwrap_or(service);
        let name = path.rsplit("::").next().unwrap_or_default();
        Self {
            service: actions::iam_prefix(service).to_owned(),
            name: name.strip_suffix("Error").unwrap_or(name).to_owned(),
        }
    }

    fn action(&self) -> String {
        actions::iam_action(&self.service, &self.name)
    }
}

/// Names the action to allow; AWS's own message knows it best, `iam:PassRole` for example.
fn access_hint(operation: &Operation, message: &str) -> String {
    let named = message
        .split_once("not authorized to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .filter(|word| word.contains(':'));
    let action = named.map_or_else(|| operation.action(), str::to_owned);
    match message.contains("explicit deny") {
        true => format!("A policy denies the action {action} expressly; that policy must change."),
        false => format!("Allow the action {action} for this role."),
    }
}

/// The texts of an error and of its causes, without repetition.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !text.is_empty() && !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    texts.join(": ")
}

pub(super) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::operation::create_vpc::CreateVpcError;
    use aws_sdk_elasticloadbalancingv2::operation::describe_rules::DescribeRulesError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn answer(status: u16, code: &str, message: &str) -> SdkError<CreateVpcError, HttpResponse> {
        let status = StatusCode::try_from(status).unwrap_or_else(|_| unreachable!());
        let mut response = HttpResponse::new(status, SdkBody::empty());
        response.headers_mut().insert("x-amzn-requestid", "r-1");
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        SdkError::service_error(CreateVpcError::generic(meta), response)
    }

    fn undelivered(host: &str, sent: bool, cause: &str) -> Error {
        let failure = Undelivered { host: host.into(), sent, source: cause.into() };
        let error: SdkError<CreateVpcError, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::io(failure.into()));
        error.into()
    }

    #[test]
    fn an_answer_that_is_none_of_awss_is_called_so() {
        let error = Error::from(answer(404, "", ""));
        let told = error.to_string();
        assert!(
            told.contains("the response has the HTTP status 404 and is not from AWS. Check whether a proxy"),
            "{told}"
        );
    }

    #[test]
    fn a_denial_names_the_action_to_allow() {
        let message =
            "You are not authorized to perform this operation. Encoded authorization failure message: AAAA";
        let error = Error::from(answer(403, "UnauthorizedOperation", message));
        assert_eq!((error.kind(), error.is_temporary()), (ErrorKind::AccessDenied, false));
        assert_eq!(
            error.to_string(),
            "ec2:CreateVpc was denied (UnauthorizedOperation): You are not authorized to perform this operation. \
             Allow the action ec2:CreateVpc for this role. [request r-1]"
        );
        let message = "User: arn:aws:iam::1:user/u is not authorized to perform: iam:PassRole on resource: r";
        let error = Error::from(answer(403, "AccessDenied", message));
        assert_eq!(error.hint(), Some("Allow the action iam:PassRole for this role."));
        let error = Error::from(answer(
            403,
            "AccessDenied",
            "denied with an explicit deny in a service control policy",
        ));
        assert!(error.to_string().contains("denies the action ec2:CreateVpc expressly"), "{error}");
    }

    #[test]
    fn unknown_codes_stay_visible() {
        let error = Error::from(answer(400, "BrandNew", "Surprise"));
        assert_eq!((error.kind(), error.code()), (ErrorKind::Other, Some("BrandNew")));
        assert_eq!(error.to_string(), "ec2:CreateVpc failed (BrandNew): Surprise. [request r-1]");
    }

    #[test]
    fn actions_have_the_names_of_iam() {
        assert_eq!(
            Operation::of(std::any::type_name::<DescribeRulesError>()).action(),
            "elasticloadbalancing:DescribeRules"
        );
        assert_eq!(
            Operation::of(std::any::type_name::<AssumeRoleWithWebIdentityError>()).action(),
            "sts:AssumeRoleWithWebIdentity"
        );
        use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionError;
        assert_eq!(
            Operation::of(std::any::type_name::<GetBucketEncryptionError>()).action(),
            "s3:GetEncryptionConfiguration"
        );
    }

    #[test]
    fn a_region_that_does_not_exist_is_suspected() {
        let error =
            undelivered("ec2.us-nowhere-1.amazonaws.com", false, "dns error: Name or service not known");
        assert_eq!(error.kind(), ErrorKind::Network);
        assert_eq!(
            error.to_string(),
            "ec2:CreateVpc failed: the host ec2.us-nowhere-1.amazonaws.com has no address. Does AWS have a region \
             'us-nowhere-1' with this service? If so, check this machine's network, DNS and proxy settings."
        );
        let error = undelivered("iam.amazonaws.com", false, "dns error: x");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("Check this machine's")), "{error}");
    }

    #[test]
    fn a_lost_answer_is_temporary_and_says_so() {
        let error = undelivered("localhost:1", true, "connection reset");
        assert!(error.is_temporary());
        assert!(error.to_string().contains("localhost:1 did not respond: connection reset"), "{error}");
    }

    #[test]
    fn secret_values_are_concealed() {
        let message = "2 validation errors detected: Value 'hunter2' at 'masterUserPassword' failed; Value 'x y' at 'engine' failed";
        let error = Error::from(answer(400, "ValidationException", message));
        assert!(
            !error.to_string().contains("hunter2") && error.to_string().contains("Value 'x y' at 'engine'")
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn our_own_errors_are_plain() {
        let error = Error::new(ErrorKind::Timeout, "gave up after 5m");
        assert_eq!(error.to_string(), "gave up after 5m");
        let error = error.with_hint("run `pulumi up` again");
        assert_eq!(error.to_string(), "gave up after 5m. Run `pulumi up` again");
        let changed = error.clone().with_message("stopped").with_kind(ErrorKind::Cancelled);
        assert_eq!((changed.kind(), changed.message()), (ErrorKind::Cancelled, "stopped"));
        assert_eq!(error.message(), "gave up after 5m", "a clone is changed alone");
        assert_eq!(std::mem::size_of::<Error>(), std::mem::size_of::<usize>());
    }

    #[test]
    fn not_found_can_be_asked_for() {
        let missing = || Error::new(ErrorKind::NotFound, "gone");
        assert!(matches!(found::<(), _>(Err(missing())), Ok(None)));
        assert!(matches!(found::<_, Error>(Ok(1)), Ok(Some(1))));
        assert!(found::<(), _>(Err(missing().with_kind(ErrorKind::AccessDenied))).is_err());
    }
}
