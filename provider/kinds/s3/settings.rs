//! Settings of buckets that are resources of their own: how one comes to be.
//!
//! A setting takes no tags, and its place is the bucket. One that every bucket has, such as whether it
//! keeps versions, is written over. One that a bucket has or lacks, such as a website, is taken up
//! where it is there just as wanted and the bucket is of this state, and otherwise refused, so that two
//! resources do not write over each other, nor one over an argument of the bucket itself.

use super::{is_of_state, naming};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::{Kind, Observed, begin, claim_alike, is_wanted, taken};

/// Gives a bucket a setting that it lacks, by `put`. `there` is what it has of it, and `what` reads like
/// `website of the bucket`.
pub(super) async fn give<K: Kind>(
    cx: &Cx,
    bucket: &str,
    wanted: &K::Args,
    there: Result<Option<Observed<K>>>,
    what: &str,
    put: impl Future<Output = Result<()>>,
) -> Result<String> {
    match there.map_err(naming(bucket))? {
        Some(there) if is_wanted::<K::Args>(there.clone(), wanted) => {
            claim_alike::<K>(cx, bucket, what, is_of_state(cx, bucket)).await?;
        }
        Some(_) => {
            let hint = format!(
                "A bucket has one {what}: put all of it into one resource or into the arguments of the bucket, or take over what is there with `pulumi import`."
            );
            return Err(taken(None, what, bucket).with_hint(hint));
        }
        None => {
            begin(cx, bucket);
            put.await.map_err(naming(bucket))?;
        }
    }
    Ok(bucket.to_owned())
}

/// The name of the bucket in an ID by which Pulumi's AWS package imports settings: the owner of the bucket, and what
/// an access control list is, may stand behind it.
pub(super) fn bucket_of(id: &str) -> &str {
    id.split(',').next().unwrap_or(id)
}
