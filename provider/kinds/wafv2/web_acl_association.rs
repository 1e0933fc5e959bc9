//! A web ACL in front of a load balancer or an API.

use aws_sdk_wafv2::Client;

use super::web_acl;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::kinds::{Actions, Kind, Live, Update, bad_id, begin, claim_alike};
use crate::model::{Model, Prop};

/// An association of a web ACL with a load balancer, an API or another resource that AWS WAF
/// protects. A CloudFront distribution uses its property `webAclId` instead.
#[derive(Clone, Debug, Model)]
pub struct WebAclAssociationArgs {
    /// The ARN of the resource to protect: an Application Load Balancer, a stage of a REST API, an
    /// AppSync API, a Cognito user pool and others. A resource has at most one web ACL.
    #[model(replace, check = check_resource)]
    pub resource_arn: String,
    /// The ARN of the web ACL, in the same region. A change leaves no gap in the protection.
    #[model(in_place, check = check_web_acl)]
    pub web_acl_arn: String,
}

/// The outputs of a web ACL association.
#[derive(Clone, Debug, Model)]
pub struct WebAclAssociationState {}

/// A web ACL in front of something.
pub struct WebAclAssociation;

impl Kind for WebAclAssociation {
    const TOKEN: &'static str = "agentic:wafv2:WebAclAssociation";
    const ID: &'static str = "the ARN of the protected resource";
    // The ARN of the web ACL, a comma, and the ARN of what it protects.
    const IMPORT_ID: fn(&str) -> &str = |id| id.rsplit(',').next().unwrap_or(id);
    // Beside WAF's own actions it takes that of the service which is protected:
    // https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
    /// WAF acts on a load balancer with permissions of Elastic Load Balancing.
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>
    const ACTIONS: Actions = Actions {
        create: &[
            "wafv2:GetWebACLForResource",
            "wafv2:AssociateWebACL",
            "elasticloadbalancing:CreateWebACLAssociation",
            "elasticloadbalancing:GetLoadBalancerWebACL",
            "elasticloadbalancing:SetWebACL",
            "wafv2:ListTagsForResource",
        ],
        read: &["wafv2:GetWebACLForResource", "elasticloadbalancing:GetLoadBalancerWebACL"],
        update: &[
            "wafv2:AssociateWebACL",
            "elasticloadbalancing:CreateWebACLAssociation",
            "elasticloadbalancing:SetWebACL",
        ],
        delete: &[
            "wafv2:DisassociateWebACL",
            "wafv2:GetWebACLForResource",
            "elasticloadbalancing:DeleteWebACLAssociation",
            "elasticloadbalancing:GetLoadBalancerWebACL",
            "elasticloadbalancing:SetWebACL",
        ],
    };
    const APART: &'static [Prop<Self::Args>] = &[WebAclAssociationArgs::RESOURCE_ARN];

    type Args = WebAclAssociationArgs;
    type State = WebAclAssociationState;

    async fn create(cx: &Cx, args: &WebAclAssociationArgs) -> Result<String> {
        // Associating puts the web ACL in the place of another.
        match web_acl_of(cx, &args.resource_arn).await? {
            Some(there) if there == args.web_acl_arn => {
                let of_state = web_acl::is_of_state(cx, &there);
                claim_alike::<Self>(cx, &args.resource_arn, "association with the web ACL", of_state).await?;
            }
            Some(there) => {
                let text =
                    format!("{} is already associated with another web ACL, {there}", args.resource_arn);
                let hint = "Remove that association first, or take it over with `pulumi import`.";
                return Err(Error::new(ErrorKind::AlreadyExists, text).with_hint(hint));
            }
            None => {
                begin(cx, &args.resource_arn);
                associate(cx, args).await?;
            }
        }
        Ok(args.resource_arn.clone())
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        if !id.starts_with("arn:") {
            return Err(bad_id(id, Self::ID));
        }
        Ok(web_acl_of(cx, id).await?.map(|web_acl_arn| Live {
            args: WebAclAssociationArgs { resource_arn: id.to_owned(), web_acl_arn }.into(),
            state: WebAclAssociationState {},
        }))
    }

    async fn update(cx: &Cx, _id: &str, update: &Update<WebAclAssociationArgs>) -> Result<()> {
        associate(cx, &update.new).await
    }

    async fn delete(cx: &Cx, id: &str, args: &WebAclAssociationArgs) -> Result<()> {
        // A web ACL that somebody else has put there since is not ours to take away.
        if web_acl_of(cx, id).await?.is_some_and(|there| there == args.web_acl_arn) {
            cx.client::<Client>()?.disassociate_web_acl().resource_arn(id).send().await?;
        }
        Ok(())
    }
}

/// The ARN of the web ACL in front of something; nothing also where that is gone itself.
async fn web_acl_of(cx: &Cx, resource: &str) -> Result<Option<String>> {
    let get = cx.client::<Client>()?.get_web_acl_for_resource().resource_arn(resource);
    Ok(found(get.send().await)?.and_then(|answer| answer.web_acl).map(|acl| acl.arn))
}

async fn associate(cx: &Cx, args: &WebAclAssociationArgs) -> Result<()> {
    let associate = cx.client::<Client>()?.associate_web_acl().resource_arn(&args.resource_arn);
    associate.web_acl_arn(&args.web_acl_arn).send().await?;
    Ok(())
}

/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html>
fn check_resource(arn: &str) -> Result<(), String> {
    if arn.contains(":cloudfront:") {
        return Err(format!("is {arn:?}; set webAclId of the distribution instead"));
    }
    if arn.contains(":loadbalancer/") && !arn.contains(":loadbalancer/app/") {
        return Err(format!("is {arn:?}; AWS WAF supports only Application Load Balancers"));
    }
    match arn.starts_with("arn:") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give an ARN, such as that of a load balancer")),
    }
}

fn check_web_acl(arn: &str) -> Result<(), String> {
    if arn.contains(":wafv2:") && arn.contains(":global/webacl/") {
        return Err(format!("is {arn:?}, of the scope CLOUDFRONT; give a web ACL of the scope REGIONAL"));
    }
    match arn.starts_with("arn:") && arn.contains(":wafv2:") && arn.contains(":regional/webacl/") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a web ACL")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_waf_cannot_bring_together_is_refused() {
        let of = |what: &str| {
            check_resource(&format!("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/{what}"))
        };
        assert_eq!(of("app/api/1"), Ok(()));
        assert!(of("net/api/1").unwrap_err().contains("only Application Load Balancers"));
        assert!(check_resource("arn:aws:cloudfront::1:distribution/E1").unwrap_err().contains("webAclId"));
        assert!(check_resource("api").is_err());
        assert_eq!(check_web_acl("arn:aws:wafv2:us-east-1:1:regional/webacl/main/a1"), Ok(()));
        let global = check_web_acl("arn:aws:wafv2:us-east-1:1:global/webacl/main/a1");
        assert!(global.unwrap_err().contains("scope REGIONAL"));
        assert!(check_web_acl("a1").is_err());
    }
}
