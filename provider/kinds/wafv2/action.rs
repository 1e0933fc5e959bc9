//! What a web ACL does with a request.

use aws_sdk_wafv2::types;

use super::one_of;
use crate::aws::error::Result;
use crate::model::{Failures, Model, Path};

macro_rules! block {
    ($block:ident, $response:ident, $header:ident) => {
        /// Blocks the request.
        #[derive(Clone, Debug, Model)]
        pub struct $block {
            /// The response to send instead of a plain 403.
            pub custom_response: Option<$response>,
        }

        /// The response to blocked requests.
        #[derive(Clone, Debug, Model)]
        pub struct $response {
            /// The HTTP status code of the response, such as 429.
            #[model(range = 200..=599)]
            pub response_code: i64,
            /// The headers to add to the response.
            #[model(set, default = [])]
            pub response_headers: Vec<$header>,
        }

        /// A header of a response.
        #[derive(Clone, Debug, Model)]
        pub struct $header {
            /// The name of the header.
            #[model(length = 1..=64)]
            pub name: String,
            /// The value of the header.
            #[model(length = 1..=255)]
            pub value: String,
        }

        impl $block {
            fn to_aws(&self) -> Result<types::BlockAction> {
                let response = self.custom_response.as_ref().map(|response| {
                    let header = |header: &$header| {
                        types::CustomHttpHeader::builder().name(&header.name).value(&header.value).build()
                    };
                    let headers =
                        response.response_headers.iter().map(header).collect::<Result<Vec<_>, _>>()?;
                    types::CustomResponse::builder()
                        .response_code(response.response_code as i32)
                        .set_response_headers(Some(headers).filter(|headers| !headers.is_empty()))
                        .build()
                });
                Ok(types::BlockAction::builder().set_custom_response(response.transpose()?).build())
            }

            fn from_aws(block: &types::BlockAction) -> Self {
                let header = |header: &types::CustomHttpHeader| $header {
                    name: header.name.clone(),
                    value: header.value.clone(),
                };
                $block {
                    custom_response: block.custom_response().map(|response| $response {
                        response_code: response.response_code.into(),
                        response_headers: response.response_headers().iter().map(header).collect(),
                    }),
                }
            }
        }
    };
}

macro_rules! action {
    ($action:ident, $allow:ident, $block:ident, $captcha:ident, $challenge:ident, $count:ident) => {
        /// The action for requests that match. Specify exactly one.
        #[derive(Clone, Debug, Model)]
        pub struct $action {
            /// Allows the request.
            pub allow: Option<$allow>,
            /// Blocks the request.
            pub block: Option<$block>,
            /// Requires the user to solve a CAPTCHA puzzle.
            pub captcha: Option<$captcha>,
            /// Runs a silent challenge that verifies that the client is a browser.
            pub challenge: Option<$challenge>,
            /// Counts the request, and continues with the next rule.
            pub count: Option<$count>,
        }

        /// Allows the request.
        #[derive(Clone, Debug, Model)]
        pub struct $allow {}

        /// Requires the user to solve a CAPTCHA puzzle.
        #[derive(Clone, Debug, Model)]
        pub struct $captcha {}

        /// Runs a silent challenge that verifies that the client is a browser.
        #[derive(Clone, Debug, Model)]
        pub struct $challenge {}

        /// Counts the request, and continues with the next rule.
        #[derive(Clone, Debug, Model)]
        pub struct $count {}

        impl $action {
            pub(super) fn to_aws(&self) -> Result<types::RuleAction> {
                let allow = self.allow.as_ref().map(|_| types::AllowAction::builder().build());
                let captcha = self.captcha.as_ref().map(|_| types::CaptchaAction::builder().build());
                let challenge = self.challenge.as_ref().map(|_| types::ChallengeAction::builder().build());
                let count = self.count.as_ref().map(|_| types::CountAction::builder().build());
                Ok(types::RuleAction::builder()
                    .set_allow(allow)
                    .set_block(self.block.as_ref().map($block::to_aws).transpose()?)
                    .set_captcha(captcha)
                    .set_challenge(challenge)
                    .set_count(count)
                    .build())
            }

            pub(super) fn from_aws(action: &types::RuleAction) -> Self {
                $action {
                    allow: action.allow().map(|_| $allow {}),
                    block: action.block().map($block::from_aws),
                    captcha: action.captcha().map(|_| $captcha {}),
                    challenge: action.challenge().map(|_| $challenge {}),
                    count: action.count().map(|_| $count {}),
                }
            }

            pub(super) fn check(input: &<$action as Model>::Input, at: &Path, failures: &mut Failures) {
                let parts = [
                    ($action::ALLOW, input.allow.is_set()),
                    ($action::BLOCK, input.block.is_set()),
                    ($action::CAPTCHA, input.captcha.is_set()),
                    ($action::CHALLENGE, input.challenge.is_set()),
                    ($action::COUNT, input.count.is_set()),
                ];
                one_of(at, "action", &parts, failures);
            }
        }
    };
}

block!(
    WebAclDefaultActionBlock,
    WebAclDefaultActionBlockCustomResponse,
    WebAclDefaultActionBlockCustomResponseResponseHeader
);

block!(
    WebAclRuleActionBlock,
    WebAclRuleActionBlockCustomResponse,
    WebAclRuleActionBlockCustomResponseResponseHeader
);

block!(
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseBlock,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseBlockCustomResponse,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseBlockCustomResponseResponseHeader
);

action!(
    WebAclRuleAction,
    WebAclRuleActionAllow,
    WebAclRuleActionBlock,
    WebAclRuleActionCaptcha,
    WebAclRuleActionChallenge,
    WebAclRuleActionCount
);

action!(
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUse,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseAllow,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseBlock,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCaptcha,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseChallenge,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCount
);

/// The action for requests that no rule terminates. Specify exactly one.
#[derive(Clone, Debug, Model)]
pub struct WebAclDefaultAction {
    /// Allows the request.
    pub allow: Option<WebAclDefaultActionAllow>,
    /// Blocks the request.
    pub block: Option<WebAclDefaultActionBlock>,
}

/// Allows the request.
#[derive(Clone, Debug, Model)]
pub struct WebAclDefaultActionAllow {}

impl WebAclDefaultAction {
    pub(super) fn to_aws(&self) -> Result<types::DefaultAction> {
        let allow = self.allow.as_ref().map(|_| types::AllowAction::builder().build());
        let block = self.block.as_ref().map(WebAclDefaultActionBlock::to_aws).transpose()?;
        Ok(types::DefaultAction::builder().set_allow(allow).set_block(block).build())
    }

    pub(super) fn from_aws(action: &types::DefaultAction) -> Self {
        WebAclDefaultAction {
            allow: action.allow().map(|_| WebAclDefaultActionAllow {}),
            block: action.block().map(WebAclDefaultActionBlock::from_aws),
        }
    }
}
