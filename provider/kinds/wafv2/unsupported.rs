//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const WEB_ACL: &[Unsupported] = &[
    without("associationConfig", "leave it out: the defaults of AWS apply"),
    without("captchaConfig", "leave it out: the defaults of AWS apply"),
    without("challengeConfig", "leave it out: the defaults of AWS apply"),
    without("tokenDomains", "leave it out: the defaults of AWS apply"),
    without("customResponseBodies", "give a rule's action without a body of its own"),
    without("dataProtectionConfig", "leave it out: requests are logged as they are"),
    without("ruleJson", "give rules"),
];
