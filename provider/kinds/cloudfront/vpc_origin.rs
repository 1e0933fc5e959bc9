//! A load balancer within a VPC that CloudFront reaches without the internet.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    self, OriginProtocolPolicy, OriginSslProtocols, SslProtocol, Tags, VpcOriginEndpointConfig as Config,
};

use super::distribution::{CloudFrontTags, pairs};
use super::{quantity, told};
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result, found};
use crate::aws::wait::{Poll, Wait};
use crate::engine::unsupported::Unsupported;
use crate::kinds::{Actions, Kind, Live, TaggedBy, Update, claim};
use crate::model::Model;

/// The endpoint that CloudFront connects to.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VpcOriginEndpoint {
    /// The ARN of the internal load balancer, Network Load Balancer or EC2 instance.
    #[model(check = check_endpoint)]
    pub arn: String,
    /// The port for HTTP.
    #[model(default = 80, range = 1..=65535)]
    pub http_port: i64,
    /// The port for HTTPS.
    #[model(default = 443, range = 1..=65535)]
    pub https_port: i64,
    /// The name of the VPC origin, unique in the account.
    #[model(length = 1..=64)]
    pub name: String,
    /// The protocol with which CloudFront connects to the origin: HTTPS, HTTP, or the protocol of
    /// the viewer (`match-viewer`).
    #[model(default = "https-only", one_of = ["http-only", "https-only", "match-viewer"])]
    pub origin_protocol_policy: String,
    /// The TLS protocols that CloudFront can use. Defaults to `TLSv1.2`.
    #[model(aws_default)]
    pub origin_ssl_protocols: Option<VpcOriginProtocols>,
}

/// TLS protocols.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct VpcOriginProtocols {
    /// The protocols.
    #[model(set, one_of = ["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"])]
    pub items: Vec<String>,
    /// The number of protocols. Defaults to the number of `items`.
    #[model(aws_default)]
    pub quantity: Option<i64>,
}

/// A CloudFront VPC origin: lets distributions use an internal load balancer or an instance in a
/// private subnet as their origin, so that nothing but CloudFront reaches it from the internet. The
/// VPC must have an internet gateway, and the security group of the origin must allow the connections.
#[derive(Clone, Debug, Model)]
pub struct VpcOriginArgs {
    /// The tags of the VPC origin.
    #[model(in_place, default = {})]
    pub tags: BTreeMap<String, String>,
    /// The endpoint that CloudFront connects to.
    #[model(in_place)]
    pub vpc_origin_endpoint_config: VpcOriginEndpoint,
}

/// The outputs of a VPC origin.
#[derive(Clone, Debug, Model)]
pub struct VpcOriginState {
    /// The ARN of the VPC origin.
    pub arn: String,
    /// The version of the VPC origin.
    #[model(in_place)]
    pub etag: String,
}

/// A load balancer within a VPC that CloudFront reaches.
pub struct VpcOrigin;

impl Kind for VpcOrigin {
    const TOKEN: &'static str = "agentic:cloudfront:VpcOrigin";
    const ID: &'static str = "the ID of the VPC origin, such as `vo_0a1b2c3d4e`";
    const TAGS: TaggedBy = TaggedBy::service::<CloudFrontTags>();
    const ACTIONS: Actions = Actions {
        create: &[
            "cloudfront:CreateVpcOrigin",
            "cloudfront:ListVpcOrigins",
            "cloudfront:GetVpcOrigin",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeTargetGroups",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeSubnets",
            "ec2:DescribeRegions",
            "ec2:DescribeAddresses",
        ],
        read: &["cloudfront:GetVpcOrigin"],
        update: &["cloudfront:GetVpcOrigin", "cloudfront:UpdateVpcOrigin"],
        delete: &["cloudfront:GetVpcOrigin", "cloudfront:DeleteVpcOrigin"],
    };
    const READY: Option<Wait> = Some(Wait {
        goal: "the VPC origin is deployed",
        usual: [120, 900],
        budget: Duration::from_secs(45 * 60),
    });
    const GONE: Option<Wait> = Some(Wait {
        goal: "the VPC origin is deleted",
        usual: [60, 900],
        budget: Duration::from_secs(45 * 60),
    });
    const PATIENCE: Duration = Duration::from_secs(20 * 60);
    const HELD: Duration = Duration::from_secs(60 * 60);
    const GLOBAL: bool = true;

    const UNSUPPORTED: &'static [Unsupported] = super::unsupported::VPC_ORIGIN;

    type Args = VpcOriginArgs;
    type State = VpcOriginState;

    async fn create(cx: &Cx, args: &VpcOriginArgs) -> Result<String> {
        let wanted = &args.vpc_origin_endpoint_config;
        if let Some(id) = named(cx, &wanted.name).await? {
            return claim::<Self>(cx, &id, args, None, "CloudFront VPC origin").await;
        }
        let tags = Tags::builder().set_items(Some(pairs(cx.owned(&args.tags))?)).build();
        let make = cx.client::<Client>()?.create_vpc_origin().tags(tags);
        let made = make.vpc_origin_endpoint_config(wanted.over(None)?).send().await?;
        Ok(told(made.vpc_origin, "the VPC origin that it created")?.id)
    }

    async fn ready(cx: &Cx, id: &str, _args: &VpcOriginArgs) -> Result<Poll> {
        let Some((there, _)) = get(cx, id).await? else {
            return Ok(Poll::Pending("not visible yet".to_owned()));
        };
        Ok(match there.status.as_str() {
            "Deployed" => Poll::Ready(()),
            "Failed" => {
                let message = format!("CloudFront could not deploy the VPC origin {id}");
                let hint = "The origin must be internal and in private subnets with a free address, and its VPC must have an internet gateway.";
                Poll::Failed(Error::new(ErrorKind::Failed, message).with_hint(hint))
            }
            status => Poll::Pending(status.to_owned()),
        })
    }

    async fn read(cx: &Cx, id: &str) -> Result<Option<Live<Self>>> {
        let Some((there, etag)) = get(cx, id).await? else { return Ok(None) };
        let config = told(there.vpc_origin_endpoint_config, "the settings of the VPC origin")?;
        Ok(Some(Live {
            args: VpcOriginObserved {
                vpc_origin_endpoint_config: Some(VpcOriginEndpoint::from_aws(&config)),
                ..VpcOriginObserved::default()
            },
            state: VpcOriginState { arn: there.arn, etag },
        }))
    }

    async fn update(cx: &Cx, id: &str, update: &Update<VpcOriginArgs>) -> Result<()> {
        if !update.any(&[VpcOriginArgs::VPC_ORIGIN_ENDPOINT_CONFIG]) {
            return Ok(());
        }
        let Some((there, etag)) = get(cx, id).await? else { return Err(missing(id)) };
        let config = update.new.vpc_origin_endpoint_config.over(there.vpc_origin_endpoint_config)?;
        let put = cx.client::<Client>()?.update_vpc_origin().id(id).if_match(etag);
        put.vpc_origin_endpoint_config(config).send().await?;
        Ok(())
    }

    async fn delete(cx: &Cx, id: &str, _args: &VpcOriginArgs) -> Result<()> {
        let Some((there, etag)) = get(cx, id).await? else { return Err(missing(id)) };
        if there.status == "Deploying" {
            return Err(Error::new(ErrorKind::NotReady, format!("CloudFront is still deploying {id}")));
        }
        cx.client::<Client>()?.delete_vpc_origin().id(id).if_match(etag).send().await?;
        Ok(())
    }
}

impl VpcOriginEndpoint {
    fn from_aws(there: &Config) -> Self {
        VpcOriginEndpoint {
            arn: there.arn.clone(),
            http_port: there.http_port.into(),
            https_port: there.https_port.into(),
            name: there.name.clone(),
            origin_protocol_policy: there.origin_protocol_policy.as_str().to_owned(),
            origin_ssl_protocols: there.origin_ssl_protocols().map(|there| VpcOriginProtocols {
                items: there.items().iter().map(|protocol| protocol.as_str().to_owned()).collect(),
                quantity: Some(there.quantity.into()),
            }),
        }
    }

    /// This, laid over what there is.
    fn over(&self, there: Option<Config>) -> Result<Config> {
        let items: Vec<_> = match &self.origin_ssl_protocols {
            Some(given) => given.items.iter().map(|it| SslProtocol::from(it.as_str())).collect(),
            None => vec![SslProtocol::TlSv12],
        };
        let protocols = OriginSslProtocols::builder().quantity(quantity(&items)).set_items(Some(items));
        let mut built = Config::builder()
            .arn(&self.arn)
            .name(&self.name)
            .http_port(self.http_port as i32)
            .https_port(self.https_port as i32)
            .origin_protocol_policy(OriginProtocolPolicy::from(self.origin_protocol_policy.as_str()))
            .origin_ssl_protocols(protocols.build()?)
            .build()?;
        built.ip_address_type = there.and_then(|there| there.ip_address_type);
        Ok(built)
    }
}

/// A VPC origin, and the version of it that a change must name.
async fn get(cx: &Cx, id: &str) -> Result<Option<(types::VpcOrigin, String)>> {
    let client = cx.client::<Client>()?;
    let look = move |id: String| {
        let get = client.get_vpc_origin().id(id);
        async move {
            let answer = found(get.send().await)?;
            Ok(answer.and_then(|answer| Some((answer.vpc_origin?, answer.e_tag.unwrap_or_default()))))
        }
    };
    cx.alone(id.to_owned(), look).await
}

/// The id and the ARN of the VPC origin of this name.
async fn named(cx: &Cx, name: &str) -> Result<Option<String>> {
    let client = cx.client::<Client>()?;
    let mut marker = None;
    loop {
        let page = client.list_vpc_origins().set_marker(marker).send().await?;
        let page = told(page.vpc_origin_list, "the list of VPC origins")?;
        if let Some(there) = page.items().iter().find(|item| item.name() == name) {
            return Ok(Some(there.id.clone()));
        }
        marker = page.next_marker.filter(|marker| page.is_truncated && !marker.is_empty());
        if marker.is_none() {
            return Ok(None);
        }
    }
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no VPC origin {id}"))
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html>
fn check_endpoint(arn: &str) -> Result<(), String> {
    let is_one = arn.contains(":loadbalancer/app/") || arn.contains(":loadbalancer/net/");
    match is_one || arn.contains(":instance/") {
        true => Ok(()),
        false => Err(format!("is {arn:?}; give the ARN of a load balancer or of an EC2 instance")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_load_balancer_or_an_instance() {
        let of = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer";
        assert!(check_endpoint(&format!("{of}/app/web/1")).is_ok());
        assert!(check_endpoint("arn:aws:ec2:eu-west-1:1:instance/i-1").is_ok());
        assert!(check_endpoint(&format!("{of}/gwy/web/1")).is_err() && check_endpoint("web").is_err());
    }
}
