//! Error codes of the service, and what they mean here.

use crate::aws::codes::Row;
use crate::aws::error::ErrorKind::*;

const ELSEWHERE: &str = "The bucket is in another region: give that as the property region.";

#[rustfmt::skip]
pub(super) const CODES: &[Row] = &[
    // S3. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    ("s3", "BucketAlreadyOwnedByYou", "", AlreadyExists, ""),
    ("s3", "BucketNotEmpty", "", InUse, ""),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    ("s3", "AccessControlListNotSupported", "", Invalid, "Access control lists of the bucket are disabled: enable them with BucketOwnershipControls, or grant access by a policy."),
    ("s3", "InvalidBucketAclWithObjectOwnership", "", Invalid, "The access control list of the bucket still grants access to others: make it private first."),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    ("s3", "InvalidArgument", "Unable to validate the following destination", NotReady, "Let the policy of the queue, topic or function allow s3.amazonaws.com to send to it."),
    ("s3", "OperationAborted", "", NotReady, "Another change of the bucket, or the deletion of a bucket of the same name, is in progress."),
    ("s3", "*NotFoundError", "", NotFound, ""),
    ("s3", "PermanentRedirect", "", Invalid, ELSEWHERE),
    ("s3", "AuthorizationHeaderMalformed", "", Invalid, ELSEWHERE),
    ("s3", "IllegalLocationConstraintException", "", Invalid, ELSEWHERE),
];
