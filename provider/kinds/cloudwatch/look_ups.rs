//! Look-ups of log groups.

use std::collections::BTreeMap;

use super::LogGroup;
use crate::aws::context::Cx;
use crate::aws::error::Result;
use crate::kinds::LookUp;
use crate::model::Model;

/// Gets a CloudWatch Logs log group by its name.
#[derive(Clone, Debug, Model)]
#[model(component)]
pub struct GetLogGroupArgs {
    /// The name of the log group.
    pub name: String,
    /// The tags that the log group must have. Other tags are ignored.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// Finds a log group.
pub struct GetLogGroup;

impl LookUp for GetLogGroup {
    const TOKEN: &'static str = "agentic:cloudwatch:getLogGroup";
    const WHAT: &'static str = "log group";

    type Kind = LogGroup;
    type Args = GetLogGroupArgs;

    async fn find(_cx: &Cx, args: &GetLogGroupArgs) -> Result<Vec<String>> {
        Ok(vec![args.name.clone()])
    }
}
