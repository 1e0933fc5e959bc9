//! The accounts with which Elastic Load Balancing writes access logs.

use crate::aws::clients::partition;
use crate::aws::context::Cx;
use crate::aws::error::{Error, ErrorKind, Result};
use crate::kinds::Function;
use crate::model::Model;

/// Gets the account that writes the access logs of load balancers in a region. Newer regions have
/// no such account. A bucket policy for the service principal
/// `logdelivery.elasticloadbalancing.amazonaws.com` works in all regions.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetServiceAccountArgs {}

/// The account that writes access logs.
#[derive(Clone, Debug, Model)]
pub struct GetServiceAccountResult {
    /// The ARN of the account.
    pub arn: String,
    /// The ID of the account.
    pub id: String,
}

/// Tells the account of a region.
pub struct GetServiceAccount;

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
const ACCOUNTS: &[(&str, &str)] = &[
    ("us-east-1", "127311923021"),
    ("us-east-2", "033677994240"),
    ("us-west-1", "027434742980"),
    ("us-west-2", "797873946194"),
    ("af-south-1", "098369216593"),
    ("ap-east-1", "754344448648"),
    ("ap-southeast-3", "589379963580"),
    ("ap-south-1", "718504428378"),
    ("ap-northeast-3", "383597477331"),
    ("ap-northeast-2", "600734575887"),
    ("ap-southeast-1", "114774131450"),
    ("ap-southeast-2", "783225319266"),
    ("ap-northeast-1", "582318560864"),
    ("ca-central-1", "985666609251"),
    ("eu-central-1", "054676820928"),
    ("eu-west-1", "156460612806"),
    ("eu-west-2", "652711504416"),
    ("eu-south-1", "635631232127"),
    ("eu-west-3", "009996457667"),
    ("eu-north-1", "897822967062"),
    ("me-south-1", "076674570225"),
    ("sa-east-1", "507241528517"),
    ("us-gov-west-1", "048591011584"),
    ("us-gov-east-1", "190560391635"),
    ("cn-north-1", "638102146993"),
    ("cn-northwest-1", "037604701340"),
];

impl Function for GetServiceAccount {
    const TOKEN: &'static str = "agentic:elb:getServiceAccount";
    const ACTIONS: &'static [&'static str] = &[];

    type Args = GetServiceAccountArgs;
    type Result = GetServiceAccountResult;

    async fn call(cx: &Cx, _args: &GetServiceAccountArgs) -> Result<GetServiceAccountResult> {
        let region = cx.region().unwrap_or_default();
        let Some((_, id)) = ACCOUNTS.iter().find(|(known, _)| *known == region) else {
            let message =
                format!("Elastic Load Balancing has no account of its own for access logs in {region:?}");
            let hint = "Let the bucket's policy allow s3:PutObject to the service logdelivery.elasticloadbalancing.amazonaws.com.";
            return Err(Error::new(ErrorKind::NotFound, message).with_hint(hint));
        };
        Ok(GetServiceAccountResult {
            arn: format!("arn:{}:iam::{id}:root", partition(region)),
            id: (*id).to_owned(),
        })
    }
}
