//! A bucket as AWS has it: what the program has asked for, or all of it.

use aws_sdk_s3::Client;
use futures::future::BoxFuture;

use super::tags::tags_of;
use super::*;
use crate::aws::clients::partition;
use crate::aws::error::found;
use crate::kinds::s3::{place, policy, setting};

/// A bucket with the settings that are asked for. Without a word on what is asked for, with all that
/// differs from a new bucket.
pub(super) async fn look(cx: &Cx, id: &str, asked: Option<&BucketArgs>) -> Result<Option<Live<Bucket>>> {
    let client = cx.client::<Client>()?;
    let wants = |has: fn(&BucketArgs) -> bool| asked.is_none_or(has);
    let encrypts =
        |args: &BucketArgs| args.encryption.is_some() || args.server_side_encryption_configuration.is_some();
    let settings = async {
        tokio::try_join!(
            Box::pin(tags_of(cx, id)),
            setting(client.get_object_lock_configuration().bucket(id).send()),
            told(wants(|it| it.acl.is_some()), setting(client.get_bucket_acl().bucket(id).send())),
            told(wants(|it| it.cors_rules.is_some()), setting(client.get_bucket_cors().bucket(id).send())),
            told(wants(encrypts), setting(client.get_bucket_encryption().bucket(id).send())),
            told(
                wants(|it| it.lifecycle_rules.is_some()),
                setting(client.get_bucket_lifecycle_configuration().bucket(id).send()),
            ),
            told(wants(|it| it.logging.is_some()), setting(client.get_bucket_logging().bucket(id).send())),
            told(
                wants(|it| it.object_ownership.is_some()),
                setting(client.get_bucket_ownership_controls().bucket(id).send()),
            ),
            told(wants(|it| it.policy.is_some()), setting(policy::get(cx, id))),
            told(
                wants(|it| it.public_access_block.is_some()),
                setting(client.get_public_access_block().bucket(id).send()),
            ),
            told(wants(|it| it.versioning.is_some()), setting(versioning::status(&client, id))),
            told(wants(|it| it.website.is_some()), setting(client.get_bucket_website().bucket(id).send())),
        )
    };
    let Some(settings) = found(settings.await)? else { return Ok(None) };
    let (Some(tags), lock, acl, cors, encryption, lifecycle, logging, owner, policy, access, versions, site) =
        settings
    else {
        return Ok(None);
    };
    let lock = lock::Lock(lock.and_then(|answer| answer.object_lock_configuration));
    let encryption = encryption.map(|there| {
        Encryption::from_aws(there.and_then(|answer| answer.server_side_encryption_configuration))
    });
    let cors = cors.map(|there| {
        there.iter().flat_map(|answer| answer.cors_rules()).map(CorsRule::from_aws).collect::<Vec<_>>()
    });
    let lifecycle = lifecycle.map(|there| {
        there.iter().flat_map(|answer| answer.rules()).map(BucketLifecycleRule::from_aws).collect::<Vec<_>>()
    });
    let logging = logging.map(|there| there.and_then(|answer| answer.logging_enabled).map(Logging::from_aws));
    let access = access.map(|there| {
        PublicAccess::from_aws(there.and_then(|answer| answer.public_access_block_configuration))
    });
    let rule = |encryption: Encryption| ServerSideEncryption { rule: encryption.into() };
    let mut args = BucketObserved {
        acl: acl.map(|there| there.as_ref().and_then(access::canned_in).map(str::to_owned)),
        bucket: Some(id.to_owned()),
        cors_rules: cors.map(Some),
        encryption: encryption.clone().map(Some),
        lifecycle_rules: lifecycle.map(Some),
        logging,
        object_lock_configuration: Some(lock.rule()),
        object_lock_enabled: Some(lock.is_enabled()),
        object_ownership: owner.map(|there| Some(access::owner_in(there))),
        policy: policy.map(Option::flatten),
        public_access_block: access.map(Some),
        server_side_encryption_configuration: encryption.map(|there| Some(rule(there))),
        tags: Some(tags.into_iter().map(|tag| (tag.key, tag.value)).collect()),
        versioning: versions.map(|there| Some(Versioning::from_aws(there.flatten()))),
        website: site.map(|there| there.map(Website::from_aws)),
        ..BucketObserved::default()
    };
    if asked.is_none() {
        leave_out_usual(&mut args);
    }
    let region = cx.region().unwrap_or_default();
    Ok(Some(Live { args, state: state(id, region) }))
}

/// A bucket that has what was asked for, and needs no look.
pub(super) fn as_asked(cx: &Cx, id: &str) -> Live<Bucket> {
    let args = BucketObserved { bucket: Some(id.to_owned()), ..BucketObserved::default() };
    Live { args, state: state(id, cx.region().unwrap_or_default()) }
}

/// What only the name and the region decide.
fn state(bucket: &str, region: &str) -> BucketState {
    let domain = place::domain(region);
    let website_domain = place::website_domain(region);
    BucketState {
        arn: format!("arn:{}:s3:::{bucket}", partition(region)),
        bucket_domain_name: format!("{bucket}.s3.{domain}"),
        bucket_regional_domain_name: format!("{bucket}.s3.{region}.{domain}"),
        hosted_zone_id: place::hosted_zone(region).to_owned(),
        region: region.to_owned(),
        website_endpoint: format!("{bucket}.{website_domain}"),
        website_domain,
    }
}

/// A setting, where it is asked for.
fn told<'a, T: Send + 'a>(
    is_asked: bool,
    call: BoxFuture<'a, Result<Option<T>>>,
) -> BoxFuture<'a, Result<Option<Option<T>>>> {
    Box::pin(async move {
        match is_asked {
            true => call.await.map(Some),
            false => Ok(None),
        }
    })
}

/// An import has no need to say what a new bucket has by itself.
fn leave_out_usual(args: &mut BucketObserved) {
    fn keep<T: PartialEq>(told: &mut Option<Option<T>>, usual: &T) {
        told.take_if(|told| told.as_ref().is_none_or(|told| told == usual));
    }
    let usual = ServerSideEncryption { rule: Encryption::usual().into() };
    // Both say the same, and a program gives one of them.
    args.encryption = None;
    keep(&mut args.acl, &PRIVATE.to_owned());
    keep(&mut args.cors_rules, &Vec::new());
    keep(&mut args.lifecycle_rules, &Vec::new());
    keep(&mut args.object_ownership, &ENFORCED.to_owned());
    keep(&mut args.public_access_block, &PublicAccess::CLOSED);
    keep(&mut args.server_side_encryption_configuration, &usual);
    keep(&mut args.versioning, &Versioning { enabled: false });
}
