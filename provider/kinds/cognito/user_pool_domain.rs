//! The domain of a user pool, at which its sign-in pages are.

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    CustomDomainConfigType, DomainDescriptionType, DomainStatusType,
};

use super::user_pool;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::kinds::{Actions, Kind, Live, Update, begin, claim_alike, is_wanted, taken};
use crate::model::{Failures, Model, Prop};

/// The domain of a Cognito user pool, at which its sign-in pages and OAuth endpoints are: a prefix of
/// `auth.<region>.amazoncognito.com`, or a domain of the account. A user pool has at most one of each.
#[derive(Clone, Debug, Model)]
pub struct UserPoolDomainArgs {
    /// The ARN of the certificate of a custom domain, which must be in `us-east-1`.
    #[model(in_place)]
    pub certificate_arn: Option<String>,
    /// The domain: a prefix that is unique in the region, such as `shop-users`, or with
    /// `certificateArn` a full domain name, such as `auth.example.com`, whose parent domain must have
    /// an A record.
    #[model(replace, length = 1..=63)]
    pub domain: String,
    /// The version of the sign-in pages: 1 is the classic hosted UI, 2 managed login, which requires
    /// the tier `ESSENTIALS` or `PLUS` and a branding style.
    #[model(in_place, aws_default, resets = 1, told, range = 1..=2)]
    pub managed_login_version: Option<i64>,
    /// The ID of the user pool.
    #[model(replace)]
    pub user_pool_id: String,
}

/// The outputs of a domain.
#[derive(Clone, Debug, Model)]
pub struct UserPoolDomainState {
    /// The host name of the CloudFront distribution, which the DNS record of a custom domain must
    /// point to.
    pub cloudfront_distribution: String,
    /// The ID of the hosted zone of CloudFront, for alias records.
    pub cloudfront_distribution_zone_id: String,
    /// The host name of the sign-in pages.
    pub host: String,
}

/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html>
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// The domain of a user pool.
pub struct UserPoolDomain;

impl Kind for UserPoolDomain {
    const TOKEN: &'static str = "agentic:cognito:UserPoolDomain";
    const ID: &'static str = "the domain, such as `shop-users` or `auth.example.com`";
    const ACTIONS: Actions = Actions {
        create: &["cognito-idp:CreateUserPoolDomain", "cognito-idp:DescribeUserPool"],
        read: &["cognito-idp:DescribeUserPoolDomain"],
        update: &["cognito-idp:UpdateUserPoolDomain"],
        delete: &["cognito-idp:DeleteUserPoolDomain", "cognito-idp:DescribeUserPoolDomain"],
    };
    // https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-add-custom-domain.html
    const READY: Option<Wait> =
        Some(Wait { goal: "the domain is active", usual: [5, 300], budget: Duration::from_secs(60 * 60) });
    const GONE: Option<Wait> =
        Some(Wait { goal: "the domain is gone", usual: [5, 300], budget: Duration::from_secs(30 * 60) });
    const APART: &'static [Prop<Self::Args>] = &[UserPoolDomainArgs::DOMAIN];

    type Args = UserPoolDomainArgs;
    type State = UserPoolDomainState;

    fn rules(args: &UserPoolDomainInputs, failures: &mut Failures) {
        if let Some(arn) = args.certificate_arn.get().filter(|arn| !arn.contains(":acm:us-east-1:")) {
            let reason =
                format!("is {arn:?}; the certificate of a custom domain must be one of ACM in us-east-1");
            failures.add(UserPoolDomainArgs::CERTIFICATE_ARN, reason);
        }
        let Some(domain) = args.domain.get() else { return };
        let custom = args.certificate_arn.is_set();
        if custom != domain.contains('.') {
            let reason = if custom {
                format!(
                    "is {domain:?}; with certificateArn, give a full domain name, such as auth.example.com"
                )
            } else {
                format!("is {domain:?}, which is not a prefix; give certificateArn for a domain of your own")
            };
            failures.add(UserPoolDomainArgs::DOMAIN, reason);
        } else if !custom && let Some(problem) = prefix_problem(domain) {
            failures.add(UserPoolDomainArgs::DOMAIN, format!("is {domain:?}; {problem}"));
        }
    }

    async fn create(cx: &Cx, args: &UserPoolDomainArgs) -> Result<String> {
        let domain = &args.domain;
        match find(cx, domain).await? {
            Some(there) if is_wanted(live(cx, there.clone()).args, args) => {
                claim_alike::<Self>(cx, domain, "user pool domain", is_of_state(cx, &args.user_pool_id))
                    .await?;
            }
            Some(_) => return Err(taken(None, "user pool domain", domain)),
            None => {
                begin(cx, domain);
                let call = cx.client::<Client>()?.create_user_pool_domain().domain(domain);
                let made = call
                    .user_pool_id(&args.user_pool_id)
                    .set_custom_domain_config(custom(args)?)
                    .set_managed_login_version(args.managed_login_version.map(|version| version as i32))
                    .send()
                    .await
                    .map_err(Error::from);
                made.map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => error.with_hint(
                        "A prefix is unique in the region, over all accounts: choose another domain.",
                    ),
                    _ => error,
                })?;
            }
        }
        Ok(domain.clone())
    }

    async fn ready(cx: &Cx, id: &str, _args: &UserPoolDomainArgs) -> Result<Poll> {
        let Some(domain) = find(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match domain.status {
            None | Some(DomainStatusType::Active) => Poll::Ready(()),
            Some(DomainStatusType::Failed) => {
                let message = format!("Cognito could not set up the domain {id}");
                let hint = "Check that the certificate covers it and that its parent domain has an A record; then delete it and run `pulumi up` again.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            Some(status) => Poll::Pending(status.as_str().to_lowercase()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        Ok(find(cx, id).await?.map(|domain| live(cx, domain)))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<UserPoolDomainArgs>) -> Result<()> {
        let new = &update.new;
        let call =
            cx.client::<Client>()?.update_user_pool_domain().domain(id).user_pool_id(&new.user_pool_id);
        call.set_custom_domain_config(custom(new)?)
            .set_managed_login_version(new.managed_login_version.map(|version| version as i32))
            .send()
            .await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, args: &UserPoolDomainArgs) -> Result<()> {
        let call = cx.client::<Client>()?.delete_user_pool_domain().domain(id);
        call.user_pool_id(&args.user_pool_id).send().await?;
        Ok(())
    }
}

async fn is_of_state(cx: &Cx, pool: &str) -> Result<bool> {
    let pool = user_pool::find(cx, pool).await?;
    let tags = pool.and_then(|pool| pool.user_pool_tags).unwrap_or_default();
    Ok(cx.standing(tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))).is_of_state())
}

/// Cognito answers with an empty description for a domain that is not there.
async fn find(cx: &Cx, domain: &str) -> Result<Option<DomainDescriptionType>> {
    let client = cx.client::<Client>()?;
    let look = move |domain: String| {
        let call = client.describe_user_pool_domain().domain(domain);
        async move { Ok(found(call.send().await)?.and_then(|answer| answer.domain_description)) }
    };
    let domain: Option<DomainDescriptionType> = cx.alone(domain.to_owned(), look).await?;
    Ok(domain.filter(|domain| domain.domain.is_some() && domain.user_pool_id.is_some()))
}

fn live(cx: &Cx, domain: DomainDescriptionType) -> Live<UserPoolDomain> {
    let certificate = domain.custom_domain_config.map(|config| config.certificate_arn);
    let certificate = certificate.filter(|arn| !arn.is_empty());
    let name = domain.domain.clone().unwrap_or_default();
    let region = cx.region().unwrap_or_default();
    let host = match certificate {
        Some(_) => name,
        None => format!("{name}.auth.{region}.amazoncognito.com"),
    };
    Live {
        args: UserPoolDomainObserved {
            certificate_arn: Some(certificate),
            domain: domain.domain,
            managed_login_version: Some(domain.managed_login_version.map(i64::from)),
            user_pool_id: domain.user_pool_id,
        },
        state: UserPoolDomainState {
            cloudfront_distribution: domain.cloud_front_distribution.unwrap_or_default(),
            cloudfront_distribution_zone_id: CLOUDFRONT_ZONE.to_owned(),
            host,
        },
    }
}

fn custom(args: &UserPoolDomainArgs) -> Result<Option<CustomDomainConfigType>> {
    let config = args.certificate_arn.as_ref();
    Ok(config.map(|arn| CustomDomainConfigType::builder().certificate_arn(arn).build()).transpose()?)
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html>
fn prefix_problem(prefix: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !prefix.chars().all(legal) || prefix.starts_with('-') || prefix.ends_with('-') {
        return Some("a prefix has lowercase letters, digits and, between them, hyphens".to_owned());
    }
    let reserved = ["aws", "amazon", "cognito"].into_iter().find(|word| prefix.contains(word));
    reserved.map(|word| format!("a prefix cannot contain {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(domain: &str, certificate: Option<&str>) -> Vec<String> {
        let inputs = UserPoolDomainInputs {
            domain: domain.to_owned().into(),
            certificate_arn: certificate.map(str::to_owned).into(),
            ..UserPoolDomainInputs::default()
        };
        let mut failures = Failures::new();
        UserPoolDomain::rules(&inputs, &mut failures);
        failures.iter().map(|failure| failure.path.to_string()).collect()
    }

    #[test]
    fn a_domain_is_a_prefix_or_has_a_certificate() {
        let east = "arn:aws:acm:us-east-1:123456789012:certificate/1";
        assert!(told("shop-users", None).is_empty() && told("auth.example.com", Some(east)).is_empty());
        for wrong in ["auth.example.com", "Shop", "-shop", "my-aws-shop", "cognito"] {
            assert_eq!(told(wrong, None), ["domain"], "{wrong}");
        }
        assert_eq!(told("shop", Some(east)), ["domain"]);
        let west = "arn:aws:acm:eu-west-1:123456789012:certificate/1";
        assert_eq!(told("auth.example.com", Some(west)), ["certificateArn"]);
    }
}
