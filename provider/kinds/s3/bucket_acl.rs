//! To whom a bucket grants access by a list.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::types::{self, AccessControlPolicy, Permission, Type};

use super::bucket::{CANNED, PRIVATE, canned_in, put_canned};
use super::{check_bucket, naming, setting, settings};
use crate::aws::context::Cx;
use crate::aws::error::{Error, Result, found};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, Update};
use crate::model::{Failures, Model, Path, Prop};

/// The access control list of an S3 bucket, as a predefined list or as individual grants. The
/// bucket must have access control lists enabled: a new bucket requires `BucketOwnershipControls`
/// first, and for public grants also `BucketPublicAccessBlock`. Deleting the resource makes the
/// bucket private.
#[derive(Clone, Debug, Model)]
pub struct BucketAclArgs {
    /// The individual grants. Conflicts with `acl`.
    #[model(in_place)]
    pub access_control_policy: Option<AccessPolicy>,
    /// The predefined access control list (canned ACL). Conflicts with `accessControlPolicy`.
    #[model(in_place, one_of = CANNED)]
    pub acl: Option<String>,
    /// The name of the bucket.
    #[model(replace, check = check_bucket)]
    pub bucket: String,
}

/// The grants of a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AccessPolicy {
    /// The grants. Their order does not matter.
    #[model(set, default = [], length = 0..=100)]
    pub grants: Vec<AccessGrant>,
    /// The owner of the bucket.
    pub owner: AccessOwner,
}

/// The owner of a bucket.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AccessOwner {
    /// The canonical user ID of the account.
    pub id: String,
}

/// A permission of a grantee.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct AccessGrant {
    /// The grantee of the permission.
    pub grantee: Grantee,
    /// The permission.
    #[model(one_of = ["FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"])]
    pub permission: String,
}

/// The grantee of a permission.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct Grantee {
    /// The email address of the account, for the type `AmazonCustomerByEmail`.
    pub email_address: Option<String>,
    /// The canonical user ID of the account, for the type `CanonicalUser`.
    pub id: Option<String>,
    /// The type of the grantee.
    #[model(one_of = ["CanonicalUser", "AmazonCustomerByEmail", "Group"])]
    pub r#type: String,
    /// The URI of the group, for the type `Group`.
    pub uri: Option<String>,
}

/// The outputs of an access control list.
#[derive(Clone, Debug, Model)]
pub struct BucketAclState {}

/// The access control list of a bucket.
pub struct BucketAcl;

impl Kind for BucketAcl {
    const TOKEN: &'static str = "agentic:s3:BucketAcl";
    const ID: &'static str = "the name of the bucket";
    const IMPORT_ID: fn(&str) -> &str = settings::bucket_of;
    const ACTIONS: Actions = Actions {
        create: &["s3:PutBucketAcl"],
        read: &["s3:GetBucketAcl"],
        update: &["s3:PutBucketAcl"],
        delete: &["s3:PutBucketAcl"],
    };
    const APART: &'static [Prop<Self::Args>] = &[BucketAclArgs::BUCKET];

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::BUCKET_ACL;

    type Args = BucketAclArgs;
    type State = BucketAclState;

    fn rules(args: &BucketAclInputs, failures: &mut Failures) {
        match (args.acl.is_set(), args.access_control_policy.is_set()) {
            (true, true) => {
                failures.add(BucketAclArgs::ACL, "conflicts with accessControlPolicy; give only one of them");
            }
            (false, false) => {
                failures
                    .add(BucketAclArgs::ACL, "is missing; give it, such as private, or accessControlPolicy");
            }
            _ => {}
        }
        let policy = args.access_control_policy.get();
        for (index, grant) in policy.and_then(|it| it.grants.get()).into_iter().flatten().enumerate() {
            let Some(grantee) = grant.get().and_then(|grant| grant.grantee.get()) else { continue };
            let at = Path::from(BucketAclArgs::ACCESS_CONTROL_POLICY).key(AccessPolicy::GRANTS);
            let at = at.index(index).key(AccessGrant::GRANTEE);
            check_grantee(grantee, &at, failures);
        }
    }

    async fn create(cx: &Cx, args: &BucketAclArgs) -> Result<String> {
        put(cx, args).await.map_err(naming(&args.bucket))?;
        Ok(args.bucket.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        look(cx, id, false).await
    }

    async fn refresh(cx: &Cx, id: &str, old: &BucketAclArgs) -> Result<Option<Live<Self>>> {
        look(cx, id, old.access_control_policy.is_some()).await
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<BucketAclArgs>) -> Result<()> {
        put(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, _args: &BucketAclArgs) -> Result<()> {
        match put_canned(cx, id, PRIVATE).await {
            // Lists are disabled, and none grants anything.
            Err(error) if error.code() == Some("AccessControlListNotSupported") => Ok(()),
            put => put,
        }
    }
}

/// The list as it is told: grant by grant where that is asked for, or where it has no name.
async fn look(cx: &Cx, id: &str, by_grants: bool) -> Result<Option<Live<BucketAcl>>> {
    let there = setting(cx.client::<Client>()?.get_bucket_acl().bucket(id).send()).await;
    let Some(Some(there)) = found(there)? else { return Ok(None) };
    let canned = canned_in(&there).filter(|_| !by_grants);
    let args = BucketAclArgs {
        access_control_policy: canned.is_none().then(|| policy_in(&there)),
        acl: canned.map(str::to_owned),
        bucket: id.to_owned(),
    };
    Ok(Some(Live { args: args.into(), state: BucketAclState {} }))
}

fn policy_in(there: &GetBucketAclOutput) -> AccessPolicy {
    let grant = |grant: &types::Grant| {
        let grantee = grant.grantee()?;
        Some(AccessGrant {
            grantee: Grantee {
                email_address: grantee.email_address.clone(),
                id: grantee.id.clone(),
                r#type: grantee.r#type.as_str().to_owned(),
                uri: grantee.uri.clone(),
            },
            permission: grant.permission()?.as_str().to_owned(),
        })
    };
    let owner = there.owner().and_then(|owner| owner.id.clone()).unwrap_or_default();
    AccessPolicy {
        grants: there.grants().iter().filter_map(grant).collect(),
        owner: AccessOwner { id: owner },
    }
}

async fn put(cx: &Cx, args: &BucketAclArgs) -> Result<()> {
    let Some(policy) = &args.access_control_policy else {
        return put_canned(cx, &args.bucket, args.acl.as_deref().unwrap_or(PRIVATE)).await;
    };
    let grant = |grant: &AccessGrant| -> Result<types::Grant, Error> {
        let who = &grant.grantee;
        let grantee = types::Grantee::builder()
            .r#type(Type::from(who.r#type.as_str()))
            .set_email_address(who.email_address.clone())
            .set_id(who.id.clone())
            .set_uri(who.uri.clone())
            .build()?;
        let permission = Permission::from(grant.permission.as_str());
        Ok(types::Grant::builder().grantee(grantee).permission(permission).build())
    };
    let grants: Vec<_> = policy.grants.iter().map(grant).collect::<Result<_>>()?;
    let owner = types::Owner::builder().id(&policy.owner.id).build();
    let policy = AccessControlPolicy::builder().set_grants(Some(grants)).owner(owner).build();
    let put = cx.client::<Client>()?.put_bucket_acl().bucket(&args.bucket);
    put.access_control_policy(policy).send().await?;
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Grantee.html>
fn check_grantee(grantee: &GranteeInput, at: &Path, failures: &mut Failures) {
    let all = [
        ("CanonicalUser", Grantee::ID, grantee.id.is_set()),
        ("AmazonCustomerByEmail", Grantee::EMAIL_ADDRESS, grantee.email_address.is_set()),
        ("Group", Grantee::URI, grantee.uri.is_set()),
    ];
    let Some(kind) = grantee.r#type.get() else { return };
    for (of, prop, is_set) in all {
        match (of == kind, is_set) {
            (true, false) => failures.add(at.key(prop), format!("is missing; the type {kind} requires it")),
            (false, true) => failures.add(
                at.key(prop),
                format!("is only for the type {of}, and the type is {kind}; leave it out"),
            ),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    #[test]
    fn all_that_aws_would_refuse_is_told_at_once() {
        let told = |args: serde_json::Value| -> Vec<String> {
            let input =
                BucketAclArgs::read(Value::from_json(&args).as_object().unwrap(), &mut Failures::new());
            let mut failures = Failures::new();
            BucketAcl::rules(&input, &mut failures);
            failures.iter().map(|failure| failure.path.to_string()).collect()
        };
        assert_eq!(told(json!({ "acl": "private" })), [""; 0]);
        assert_eq!(told(json!({})), ["acl"]);
        let grants = json!([{ "grantee": { "type": "Group", "id": "me" }, "permission": "READ" }]);
        let both =
            json!({ "acl": "private", "accessControlPolicy": { "owner": { "id": "me" }, "grants": grants } });
        let at = "accessControlPolicy.grants[0].grantee";
        assert_eq!(told(both), ["acl".to_owned(), format!("{at}.id"), format!("{at}.uri")]);
    }
}
