//! What kinds of this module do not have of the arguments in Pulumi's AWS package.

use crate::engine::unsupported::{Unsupported, without};

pub(super) const SECRET: &[Unsupported] = &[
    without("forceOverwriteReplicaSecret", "secrets are not replicated; create one in each region"),
    without("replicas", "secrets are not replicated; create one in each region"),
    without("type", "secrets of external partners are not managed; leave it out"),
];

pub(super) const SECRET_VERSION: &[Unsupported] = &[
    without("secretBinary", "give secretString, with the bytes in Base64"),
    without("secretStringWo", "give secretString instead, which is encrypted in the state"),
    without("secretStringWoVersion", "give secretString instead, which is encrypted in the state"),
];

pub(super) const SECRET_ROTATION: &[Unsupported] = &[
    without("externalSecretRotationMetadatas", "secrets of external partners are not managed; leave it out"),
    without("externalSecretRotationRoleArn", "secrets of external partners are not managed; leave it out"),
    without("rotationEnabled", "remove the resource to stop the rotation").but(&["true"]),
    without(
        "rotationLambdaArn",
        "RDS rotates the secrets that it manages; for a function of your own, use the AWS package for this resource",
    ),
];
