//! What a web ACL does with a request.

use aws_sdk_wafv2::types;

use super::{Empty, one_of};
use crate::aws::error::Result;
use crate::model::{Failures, Model, Path};

/// Blocks the request.
#[derive(Clone, Debug, Model)]
pub struct Block {
    /// The response to send instead of a plain 403.
    pub custom_response: Option<CustomResponse>,
}

/// The response to blocked requests.
#[derive(Clone, Debug, Model)]
pub struct CustomResponse {
    /// The HTTP status code of the response, such as 429.
    #[model(range = 200..=599)]
    pub response_code: i64,
    /// The headers to add to the response.
    #[model(set, default = [])]
    pub response_headers: Vec<ResponseHeader>,
}

/// A header of a response.
#[derive(Clone, Debug, Model)]
pub struct ResponseHeader {
    /// The name of the header.
    #[model(length = 1..=64)]
    pub name: String,
    /// The value of the header.
    #[model(length = 1..=255)]
    pub value: String,
}

impl Block {
    fn to_aws(&self) -> Result<types::BlockAction> {
        let response = self.custom_response.as_ref().map(|response| {
            let header = |header: &ResponseHeader| {
                types::CustomHttpHeader::builder().name(&header.name).value(&header.value).build()
            };
            let headers = response.response_headers.iter().map(header).collect::<Result<Vec<_>, _>>()?;
            types::CustomResponse::builder()
                .response_code(response.response_code as i32)
                .set_response_headers(Some(headers).filter(|headers| !headers.is_empty()))
                .build()
        });
        Ok(types::BlockAction::builder().set_custom_response(response.transpose()?).build())
    }

    fn from_aws(block: &types::BlockAction) -> Self {
        let header = |header: &types::CustomHttpHeader| ResponseHeader {
            name: header.name.clone(),
            value: header.value.clone(),
        };
        Block {
            custom_response: block.custom_response().map(|response| CustomResponse {
                response_code: response.response_code.into(),
                response_headers: response.response_headers().iter().map(header).collect(),
            }),
        }
    }
}

/// The action for requests that match. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct Action {
    /// Allows the request.
    pub allow: Option<Empty>,
    /// Blocks the request.
    pub block: Option<Block>,
    /// Requires the user to solve a CAPTCHA puzzle.
    pub captcha: Option<Empty>,
    /// Runs a silent challenge that verifies that the client is a browser.
    pub challenge: Option<Empty>,
    /// Counts the request, and continues with the next rule.
    pub count: Option<Empty>,
}

impl Action {
    pub(super) fn to_aws(&self) -> Result<types::RuleAction> {
        let allow = self.allow.as_ref().map(|_| types::AllowAction::builder().build());
        let captcha = self.captcha.as_ref().map(|_| types::CaptchaAction::builder().build());
        let challenge = self.challenge.as_ref().map(|_| types::ChallengeAction::builder().build());
        let count = self.count.as_ref().map(|_| types::CountAction::builder().build());
        Ok(types::RuleAction::builder()
            .set_allow(allow)
            .set_block(self.block.as_ref().map(Block::to_aws).transpose()?)
            .set_captcha(captcha)
            .set_challenge(challenge)
            .set_count(count)
            .build())
    }

    pub(super) fn from_aws(action: &types::RuleAction) -> Self {
        Action {
            allow: action.allow().map(|_| Empty {}),
            block: action.block().map(Block::from_aws),
            captcha: action.captcha().map(|_| Empty {}),
            challenge: action.challenge().map(|_| Empty {}),
            count: action.count().map(|_| Empty {}),
        }
    }

    pub(super) fn check(input: &<Action as Model>::Input, at: &Path, failures: &mut Failures) {
        let parts = [
            (Action::ALLOW.name(), input.allow.is_set()),
            (Action::BLOCK.name(), input.block.is_set()),
            (Action::CAPTCHA.name(), input.captcha.is_set()),
            (Action::CHALLENGE.name(), input.challenge.is_set()),
            (Action::COUNT.name(), input.count.is_set()),
        ];
        one_of(at, "action", &parts, failures);
    }
}

/// The action for requests that no rule terminates. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct DefaultAction {
    /// Allows the request.
    pub allow: Option<Empty>,
    /// Blocks the request.
    pub block: Option<Block>,
}

impl DefaultAction {
    pub(super) fn to_aws(&self) -> Result<types::DefaultAction> {
        let allow = self.allow.as_ref().map(|_| types::AllowAction::builder().build());
        let block = self.block.as_ref().map(Block::to_aws).transpose()?;
        Ok(types::DefaultAction::builder().set_allow(allow).set_block(block).build())
    }

    pub(super) fn from_aws(action: &types::DefaultAction) -> Self {
        DefaultAction { allow: action.allow().map(|_| Empty {}), block: action.block().map(Block::from_aws) }
    }
}
