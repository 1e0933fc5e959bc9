//! Things that go wrong on the way: errors, lost answers, delays.

use crate::call::Call;
use crate::wire::{self, Answer, AwsError, Protocol};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What happens to some calls of an operation.
///
/// ```
/// # use aws_proxy::Fault;
/// # use std::time::Duration;
/// // The second CreateVpc is made, but its answer gets lost.
/// Fault::on("ec2", "CreateVpc").nth(2).lose_answer();
/// // Three times in a row, whatever is asked of RDS.
/// Fault::on("rds", "*").times(3).throttle();
/// // Forever, for one resource only.
/// Fault::on("ec2", "DeleteSubnet").when("SubnetId", "subnet-1").always().deny();
/// // As it is, but late.
/// Fault::on("ecs", "DescribeServices").delay(Duration::from_secs(1));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    service: String,
    operation: String,
    #[serde(default)]
    when: Option<(String, String)>,
    /// Matching calls that still pass unharmed.
    #[serde(default)]
    skip: u32,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    effect: Effect,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Effect {
    #[default]
    None,
    /// An AWS error instead of an answer; the call is not made.
    Error {
        status: u16,
        code: String,
        message: String,
    },
    /// An answer that is not AWS's, such as a load balancer's error page; the call is not made.
    Raw {
        status: u16,
        content_type: String,
        body: String,
    },
    /// An answer in which there is nothing, such as an empty list; the call is not made.
    Nothing,
    Deny,
    Throttle,
    /// The call is made, the connection closes without an answer.
    LoseAnswer,
    /// The connection closes, the call is not made.
    LoseCall,
}

impl Fault {
    /// The next call of this operation; `*` at the end stands for any ending.
    pub fn on(service: &str, operation: &str) -> Self {
        Self {
            service: service.into(),
            operation: operation.into(),
            when: None,
            skip: 0,
            times: 1,
            delay_ms: 0,
            effect: Effect::None,
        }
    }

    /// Only calls whose parameter at this dotted path has this value count.
    pub fn when(mut self, path: &str, value: &str) -> Self {
        self.when = Some((path.into(), value.into()));
        self
    }

    /// Starts with the n-th matching call from now, 1 being the next.
    pub fn nth(mut self, n: u32) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Hits this many matching calls in a row.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    pub fn always(self) -> Self {
        self.times(u32::MAX)
    }

    /// Waits before anything else happens.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = delay.as_millis().try_into().unwrap_or(u64::MAX);
        self
    }

    /// Answers with this error instead of making the call.
    pub fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.with(Effect::Error { status, code: code.into(), message: message.into() })
    }

    /// Answers with something that is not AWS's form, instead of making the call.
    pub fn raw(self, status: u16, content_type: &str, body: &str) -> Self {
        self.with(Effect::Raw { status, content_type: content_type.into(), body: body.into() })
    }

    /// Answers, in the form of the service, that there is nothing.
    pub fn nothing(self) -> Self {
        self.with(Effect::Nothing)
    }

    /// Answers that the caller lacks the permission.
    pub fn deny(self) -> Self {
        self.with(Effect::Deny)
    }

    /// Answers that there were too many calls.
    pub fn throttle(self) -> Self {
        self.with(Effect::Throttle)
    }

    /// Makes the call and closes the connection without an answer.
    pub fn lose_answer(self) -> Self {
        self.with(Effect::LoseAnswer)
    }

    /// Closes the connection without making the call.
    pub fn lose_call(self) -> Self {
        self.with(Effect::LoseCall)
    }

    fn with(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    fn matches(&self, call: &Call) -> bool {
        let operation = match self.operation.strip_suffix('*') {
            Some(start) => call.operation.starts_with(start),
            None => call.operation == self.operation,
        };
        let when = self.when.as_ref().is_none_or(|(path, value)| call.text(path) == *value);
        self.service == call.service && operation && when
    }
}

/// What the proxy has to do for one call.
#[derive(Debug, Default)]
pub struct Verdict {
    pub delay: Duration,
    pub answer: Option<Answer>,
    pub lose_call: bool,
    pub lose_answer: bool,
}

/// Takes this call's faults out of the list: every fault counts every call
/// that it matches, the first one that is due decides.
pub fn judge(faults: &mut Vec<Fault>, account: &str, call: &Call) -> Verdict {
    let mut verdict = Verdict::default();
    let mut decided = false;
    for fault in faults.iter_mut().filter(|fault| fault.matches(call)) {
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        if decided {
            continue;
        }
        decided = true;
        fault.times = if fault.times == u32::MAX { u32::MAX } else { fault.times.saturating_sub(1) };
        verdict.delay = Duration::from_millis(fault.delay_ms);
        let error = |error: &AwsError| Some(wire::error(call.protocol, &call.service, error));
        match &fault.effect {
            Effect::None => {}
            Effect::Error { status, code, message } => {
                verdict.answer = error(&AwsError::new(*status, code, message));
            }
            Effect::Raw { status, content_type, body } => {
                verdict.answer = Some(Answer::new(*status, content_type, body.clone()));
            }
            Effect::Nothing => verdict.answer = Some(wire::nothing(call.protocol, &call.operation)),
            Effect::Deny => verdict.answer = error(&denied(account, call)),
            Effect::Throttle => verdict.answer = error(&throttled(call)),
            Effect::LoseAnswer => verdict.lose_answer = true,
            Effect::LoseCall => verdict.lose_call = true,
        }
    }
    faults.retain(|fault| fault.times > 0);
    verdict
}

/// - EC2: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>, `UnauthorizedOperation`
/// - others: "Common Errors" of each API, `AccessDenied` or `AccessDeniedException`
/// - wording: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn denied(account: &str, call: &Call) -> AwsError {
    let (status, code) = match call.protocol {
        Protocol::Ec2 => (403, "UnauthorizedOperation"),
        Protocol::Query | Protocol::RestXml => (403, "AccessDenied"),
        Protocol::Json => (400, "AccessDeniedException"),
        Protocol::RestJson => (403, "AccessDeniedException"),
    };
    let prefix = if call.service == "monitoring" { "cloudwatch" } else { &call.service };
    let message = format!(
        "User: arn:aws:iam::{account}:user/local is not authorized to perform: {prefix}:{} on resource: * \
         because no identity-based policy allows the {prefix}:{} action",
        call.operation, call.operation
    );
    AwsError::new(status, code, message)
}

/// - EC2: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>, `RequestLimitExceeded`
/// - S3: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>, `SlowDown`
/// - others: "Common Errors" of each API, `Throttling` or `ThrottlingException`
fn throttled(call: &Call) -> AwsError {
    let (status, code, message) = match call.protocol {
        Protocol::Ec2 => (503, "RequestLimitExceeded", "Request limit exceeded."),
        Protocol::RestXml if call.service == "s3" => (503, "SlowDown", "Please reduce your request rate."),
        Protocol::Query | Protocol::RestXml => (400, "Throttling", "Rate exceeded"),
        Protocol::Json => (400, "ThrottlingException", "Rate exceeded"),
        Protocol::RestJson => (429, "ThrottlingException", "Rate exceeded"),
    };
    AwsError::new(status, code, message)
}
