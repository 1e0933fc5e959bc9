//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const USER_POOL: &[Unsupported] = &[
    without("emailMfaConfiguration", "leave it out, or use the AWS package for this user pool"),
    without("webAuthnConfiguration", "leave it out, or use the AWS package for this user pool"),
    without("signInPolicy", "leave it out, or use the AWS package for this user pool"),
    without("emailVerificationMessage", "give verificationMessageTemplate with emailMessage"),
    without("emailVerificationSubject", "give verificationMessageTemplate with emailSubject"),
    without("smsVerificationMessage", "give verificationMessageTemplate with smsMessage"),
];

pub(super) const USER_POOL_CLIENT: &[Unsupported] = &[
    without("analyticsConfiguration", "Amazon Pinpoint has ended; leave it out"),
    without("refreshTokenRotation", "leave it out: refresh tokens stay valid for refreshTokenValidity"),
];
