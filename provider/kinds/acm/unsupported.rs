//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const CERTIFICATE: &[Unsupported] = &[
    without(
        "certificateAuthorityArn",
        "certificates of a private CA are not issued; give domainName and validationMethod for a public one",
    ),
    without(
        "earlyRenewalDuration",
        "certificates of a private CA are not issued; give domainName and validationMethod for a public one",
    ),
    without("privateKeyWo", "give privateKey instead, which is encrypted in the state"),
    without("privateKeyWoVersion", "give privateKey instead, which is encrypted in the state"),
    without("options", "certificate transparency logging and export keep the defaults of AWS; leave it out"),
    without(
        "validationOptions",
        "the domain of validation emails cannot be chosen; give the validationMethod DNS",
    ),
];
