//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // Bedrock AgentCore, whose names of errors are the same for several things.
    // https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_CreateAgentRuntime.html
    ("bedrock-agentcore", "ConflictException", "already exists", AlreadyExists, ""),
    ("bedrock-agentcore", "ValidationException", "already exists", AlreadyExists, ""),
    ("bedrock-agentcore", "ValidationException", "Role validation failed", Propagating, "The role must exist and trust bedrock-agentcore.amazonaws.com."),
    ("bedrock-agentcore", "ValidationException", "assume", Propagating, "The role must exist and trust bedrock-agentcore.amazonaws.com."),
    ("bedrock-agentcore", "ValidationException", "Access denied while validating ECR", Propagating, "The role must be allowed ecr:BatchGetImage and ecr:GetDownloadUrlForLayer for the repository, and ecr:GetAuthorizationToken; the image must exist."),
    ("bedrock-agentcore", "ValidationException", "Access denied while validating S3", Propagating, "The role must be allowed s3:GetObject for the ZIP file, which must exist."),
    ("bedrock-agentcore", "ServiceException", "", Network, ""),
];
