//! Who may get at a bucket and its objects: public access, ownership and access control lists.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_ownership_controls::GetBucketOwnershipControlsOutput;
use aws_sdk_s3::types::{
    BucketCannedAcl, Grant, ObjectOwnership, OwnershipControls, OwnershipControlsRule, Permission,
    PublicAccessBlockConfiguration,
};

use super::{BucketArgs, BucketInputs};
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::model::{Failures, Model};

/// Whose objects can be, where it is said.
pub(in crate::kinds::s3) const OWNERSHIP: [&str; 3] = [ENFORCED, "BucketOwnerPreferred", "ObjectWriter"];

/// Access control lists are disabled.
pub(in crate::kinds::s3) const ENFORCED: &str = "BucketOwnerEnforced";

/// Access control lists by their names.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
pub(in crate::kinds::s3) const CANNED: [&str; 5] =
    [PRIVATE, "public-read", "public-read-write", "authenticated-read", "log-delivery-write"];

/// What a bucket has by itself: all is the owner's.
pub(in crate::kinds::s3) const PRIVATE: &str = "private";

/// The settings that block public access to a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct PublicAccess {
    /// Whether new access control lists that grant public access are refused.
    #[model(default = true)]
    pub block_public_acls: bool,
    /// Whether new bucket policies that grant public access are refused.
    #[model(default = true)]
    pub block_public_policy: bool,
    /// Whether access control lists that grant public access are ignored.
    #[model(default = true)]
    pub ignore_public_acls: bool,
    /// Whether a bucket policy that grants public access is restricted to AWS services and the
    /// account of the bucket.
    #[model(default = true)]
    pub restrict_public_buckets: bool,
}

impl PublicAccess {
    /// What AWS gives a new bucket.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
    pub(in crate::kinds::s3) const CLOSED: Self = PublicAccess {
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
    };

    /// Where nothing is said, nothing keeps the public out.
    pub(in crate::kinds::s3) fn from_aws(there: Option<PublicAccessBlockConfiguration>) -> Self {
        let is = |flag: fn(&PublicAccessBlockConfiguration) -> Option<bool>| {
            there.as_ref().and_then(flag).unwrap_or_default()
        };
        PublicAccess {
            block_public_acls: is(|there| there.block_public_acls),
            block_public_policy: is(|there| there.block_public_policy),
            ignore_public_acls: is(|there| there.ignore_public_acls),
            restrict_public_buckets: is(|there| there.restrict_public_buckets),
        }
    }

    fn to_aws(&self) -> PublicAccessBlockConfiguration {
        PublicAccessBlockConfiguration::builder()
            .block_public_acls(self.block_public_acls)
            .block_public_policy(self.block_public_policy)
            .ignore_public_acls(self.ignore_public_acls)
            .restrict_public_buckets(self.restrict_public_buckets)
            .build()
    }

    pub(in crate::kinds::s3) async fn put(&self, cx: &Cx, bucket: &str) -> Result<()> {
        let put = cx.client::<Client>()?.put_public_access_block().bucket(bucket);
        put.public_access_block_configuration(self.to_aws()).send().await?;
        Ok(())
    }
}

/// Whose the objects of a bucket are. Buckets from before April 2023 may not say so, which leaves
/// objects to their writers.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
pub(in crate::kinds::s3) fn owner_in(there: Option<GetBucketOwnershipControlsOutput>) -> String {
    let controls = there.and_then(|answer| answer.ownership_controls);
    let rule = controls.as_ref().and_then(|controls| controls.rules().first());
    rule.map_or(&ObjectOwnership::ObjectWriter, |rule| rule.object_ownership()).as_str().to_owned()
}

pub(in crate::kinds::s3) async fn put_owner(cx: &Cx, bucket: &str, owner: &str) -> Result<()> {
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(owner)).build()?;
    let controls = OwnershipControls::builder().rules(rule).build()?;
    let put = cx.client::<Client>()?.put_bucket_ownership_controls().bucket(bucket);
    put.ownership_controls(controls).send().await?;
    Ok(())
}

pub(in crate::kinds::s3) async fn put_canned(cx: &Cx, bucket: &str, acl: &str) -> Result<()> {
    let put = cx.client::<Client>()?.put_bucket_acl().bucket(bucket);
    put.acl(BucketCannedAcl::from(acl)).send().await?;
    Ok(())
}

/// The name of the list that a bucket has; nothing where it has one without a name.
pub(in crate::kinds::s3) fn canned_in(there: &GetBucketAclOutput) -> Option<&'static str> {
    const GROUPS: &str = "http://acs.amazonaws.com/groups/";
    let owner = there.owner().and_then(|owner| owner.id());
    let said = |grant: &Grant| -> Option<(String, Permission)> {
        let (grantee, permission) = (grant.grantee()?, grant.permission()?.clone());
        let group = grantee.uri().and_then(|uri| uri.strip_prefix(GROUPS));
        let who = match group {
            Some(group) => group.to_owned(),
            None if grantee.id().is_some() && grantee.id() == owner => String::new(),
            None => grantee.id().or(grantee.email_address())?.to_owned(),
        };
        Some((who, permission))
    };
    let mut grants: Vec<_> = there.grants().iter().map(said).collect::<Option<_>>()?;
    grants.retain(|(who, permission)| !(who.is_empty() && *permission == Permission::FullControl));
    let has = |who: &str, permissions: &[Permission]| {
        grants.len() == permissions.len()
            && grants.iter().all(|(whose, permission)| whose == who && permissions.contains(permission))
    };
    match () {
        () if grants.is_empty() => Some(PRIVATE),
        () if has("global/AllUsers", &[Permission::Read]) => Some("public-read"),
        () if has("global/AllUsers", &[Permission::Read, Permission::Write]) => Some("public-read-write"),
        () if has("global/AuthenticatedUsers", &[Permission::Read]) => Some("authenticated-read"),
        () if has("s3/LogDelivery", &[Permission::Write, Permission::ReadAcp]) => Some("log-delivery-write"),
        () => None,
    }
}

/// A list needs lists to be enabled, and the public to be let in.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
pub(super) fn check_acl(args: &BucketInputs, failures: &mut Failures) {
    let Some(acl) = args.acl.get().filter(|acl| *acl != PRIVATE) else { return };
    let is_enforced = match args.object_ownership.is_set() {
        true => args.object_ownership.get().is_some_and(|owner| owner == ENFORCED),
        false => true,
    };
    if is_enforced {
        let reason = format!(
            "is {acl}, and new buckets have access control lists disabled; set objectOwnership to BucketOwnerPreferred, or leave acl out and give a policy"
        );
        failures.add(BucketArgs::ACL, reason);
    }
    let access = args.public_access_block.get();
    let blocks = match args.public_access_block.is_set() {
        true => access.and_then(|access| access.block_public_acls.get()) == Some(&true),
        false => true,
    };
    if blocks && acl != "log-delivery-write" {
        let reason = format!(
            "is {acl}, and new buckets refuse public access; set publicAccessBlock.blockPublicAcls and publicAccessBlock.ignorePublicAcls to false"
        );
        failures.add(BucketArgs::ACL, reason);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use aws_sdk_s3::types::{Grantee, Owner, Type};
    use serde_json::json;

    fn told(args: serde_json::Value) -> usize {
        let fields = Value::from_json(&args).as_object().unwrap().clone();
        let mut failures = Failures::new();
        check_acl(&BucketArgs::read(&fields, &mut Failures::new()), &mut failures);
        failures.iter().count()
    }

    #[test]
    fn a_public_list_needs_an_open_bucket() {
        assert_eq!(told(json!({})), 0);
        assert_eq!(told(json!({ "acl": "private" })), 0);
        assert_eq!(told(json!({ "acl": "public-read" })), 2);
        assert_eq!(told(json!({ "acl": "log-delivery-write" })), 1);
        let open = json!({ "blockPublicAcls": false, "ignorePublicAcls": false });
        let owner = "BucketOwnerPreferred";
        let args = json!({ "acl": "public-read", "objectOwnership": owner, "publicAccessBlock": open });
        assert_eq!(told(args), 0);
    }

    #[test]
    fn grants_are_told_by_the_name_of_their_list() {
        let grant = |grantee: Grantee, permission: Permission| {
            Grant::builder().grantee(grantee).permission(permission).build()
        };
        let user = |id: &str| Grantee::builder().r#type(Type::CanonicalUser).id(id).build().unwrap();
        let group = |name: &str| {
            let uri = format!("http://acs.amazonaws.com/groups/{name}");
            Grantee::builder().r#type(Type::Group).uri(uri).build().unwrap()
        };
        let list = |others: Vec<Grant>| {
            let own = grant(user("me"), Permission::FullControl);
            let all = std::iter::once(own).chain(others).collect();
            let answer = GetBucketAclOutput::builder().owner(Owner::builder().id("me").build());
            canned_in(&answer.set_grants(Some(all)).build())
        };
        assert_eq!(list(vec![]), Some("private"));
        let read = grant(group("global/AllUsers"), Permission::Read);
        assert_eq!(list(vec![read.clone()]), Some("public-read"));
        let write = grant(group("global/AllUsers"), Permission::Write);
        assert_eq!(list(vec![write.clone(), read.clone()]), Some("public-read-write"));
        assert_eq!(list(vec![write]), None);
        assert_eq!(list(vec![read, grant(user("friend"), Permission::Read)]), None);
    }

    #[test]
    fn what_is_sent_is_what_is_read() {
        let access = PublicAccess {
            block_public_acls: true,
            block_public_policy: false,
            ignore_public_acls: true,
            restrict_public_buckets: false,
        };
        assert_eq!(PublicAccess::from_aws(Some(access.to_aws())), access);
        assert!(!PublicAccess::from_aws(None).block_public_policy);
    }
}
