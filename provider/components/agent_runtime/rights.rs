//! What the role of an agent may do.
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html>

use serde_json::{Value as Json_, json};

use super::Builder;
use crate::aws::clients::partition;
use crate::components::policy::{all, allow, repository_arn, secret_arn};
use crate::components::{Child, Scope};
use crate::kinds::bedrock::AgentcoreMemory;
use crate::model::In;

/// What an agent does with its memory.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrockagentcore.html>
const MEMORY: [&str; 10] = [
    "bedrock-agentcore:CreateEvent",
    "bedrock-agentcore:DeleteEvent",
    "bedrock-agentcore:GetEvent",
    "bedrock-agentcore:GetMemory",
    "bedrock-agentcore:GetMemoryRecord",
    "bedrock-agentcore:ListActors",
    "bedrock-agentcore:ListEvents",
    "bedrock-agentcore:ListMemoryRecords",
    "bedrock-agentcore:ListSessions",
    "bedrock-agentcore:RetrieveMemoryRecords",
];

impl Builder<'_> {
    pub(super) fn statements(
        &self,
        image: &In<String>,
        memory: Option<&Child<AgentcoreMemory>>,
    ) -> Vec<In<Json_>> {
        let (at, agent, start) = (self.at, &self.args.agent, self.start());
        let runtimes = "log-group:/aws/bedrock-agentcore/runtimes";
        let directory = "workload-identity-directory/default";
        let mut statements = vec![
            allow(
                &["logs:CreateLogGroup", "logs:DescribeLogStreams"],
                known([arn(at, "logs", &format!("{runtimes}/{start}*"))]),
            ),
            // Groups can be listed all together only.
            allow(&["logs:DescribeLogGroups"], known([arn(at, "logs", "log-group:*")])),
            allow(
                &["logs:CreateLogStream", "logs:PutLogEvents"],
                known([arn(at, "logs", &format!("{runtimes}/{start}*:log-stream:*"))]),
            ),
            publishing(&["bedrock-agentcore"], &agent.metrics),
            allow(
                &[
                    "bedrock-agentcore:GetWorkloadAccessToken",
                    "bedrock-agentcore:GetWorkloadAccessTokenForJWT",
                    "bedrock-agentcore:GetWorkloadAccessTokenForUserId",
                ],
                known([
                    arn(at, "bedrock-agentcore", directory),
                    arn(at, "bedrock-agentcore", &format!("{directory}/workload-identity/{start}*")),
                ]),
            ),
        ];
        statements.extend(self.artifact(image));
        statements.extend(tracing(&agent.tracing));
        if let Some(memory) = memory {
            statements.push(allow(&MEMORY, memory.out.arn.clone().map(|arn| vec![arn])));
        }
        statements.extend(reading(agent.secrets.get().into_iter().flatten().map(|(_, arn)| arn.clone())));
        statements.extend(models(at, &agent.models));
        statements
    }

    /// The right to get what runs: the image, or the code.
    fn artifact(&self, image: &In<String>) -> Vec<In<Json_>> {
        let region = self.at.region().unwrap_or_default();
        if self.args.agent.code.is_set() {
            let partition = partition(region);
            let code = self.args.agent.code.clone();
            let object = code.and_then(|code| code.bucket.zip(code.key));
            let object =
                object.map(move |(bucket, key)| vec![format!("arn:{partition}:s3:::{bucket}/{key}")]);
            return vec![allow(&["s3:GetObject", "s3:GetObjectVersion"], object)];
        }
        let partition = partition(region);
        let repository = image.clone().map(move |image| {
            // An image of the public registry needs no right of its own.
            repository_arn(&image, partition).into_iter().collect::<Vec<_>>()
        });
        let mut statements = Vec::new();
        if repository.get().is_none_or(|arns| !arns.is_empty()) {
            statements.push(allow(&["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], repository));
        }
        // The token is one for all repositories of the account.
        statements.push(allow(&["ecr:GetAuthorizationToken"], known(["*".to_owned()])));
        statements
    }
}

/// The right to publish metrics in these namespaces of CloudWatch and in those that the program gives.
/// Metrics are no resources of IAM, but their namespaces are a condition.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html>
pub fn publishing(usual: &[&str], given: &In<Vec<In<String>>>) -> In<Json_> {
    let usual = usual.iter().map(|&name| In::from(name));
    let all = all(usual.chain(given.get().cloned().unwrap_or_default()));
    allow(&["cloudwatch:PutMetricData"], known(["*".to_owned()])).zip(all).map(|(mut statement, all)| {
        let names = if let [one] = all.as_slice() { json!(one) } else { json!(all) };
        statement["Condition"] = json!({ "StringEquals": { "cloudwatch:namespace": names } });
        statement
    })
}

/// The right to send traces, where this says so. X-Ray has no resources for what is sent to it.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html>
pub fn tracing(is_on: &In<bool>) -> Option<In<Json_>> {
    let actions = [
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ];
    (is_on.get() == Some(&true)).then(|| allow(&actions, known(["*".to_owned()])))
}

/// The right to read these secrets.
pub fn reading(secrets: impl IntoIterator<Item = In<String>>) -> Option<In<Json_>> {
    let secrets: Vec<In<String>> = secrets.into_iter().map(|arn| arn.map(secret_arn)).collect();
    (!secrets.is_empty()).then(|| allow(&["secretsmanager:GetSecretValue"], all(secrets)))
}

/// The ARN of something in the account that the caller is in; IAM fills in nothing, so that any
/// account stands for the own one, which alone can be reached.
fn arn(at: &Scope, service: &str, what: &str) -> String {
    let region = at.region().unwrap_or("*");
    format!("arn:{}:{service}:{region}:*:{what}", partition(region))
}

fn known(arns: impl IntoIterator<Item = String>) -> In<Vec<String>> {
    In::known(arns.into_iter().collect())
}

/// The right to invoke models. A foundation model belongs to no account; an inference profile hands
/// requests on to its model in several regions.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html>
pub fn models(at: &Scope, models: &In<Vec<In<String>>>) -> Option<In<Json_>> {
    let models = models.get().filter(|models| !models.is_empty())?.clone();
    let region = at.region().unwrap_or("*").to_owned();
    let arns = all(models).map(move |models| {
        let partition = partition(&region);
        let mut arns: Vec<String> = Vec::new();
        for model in models {
            if model.starts_with("arn:") {
                arns.push(model);
                continue;
            }
            match profile(&model) {
                Some(bare) => {
                    arns.push(format!("arn:{partition}:bedrock:{region}:*:inference-profile/{model}"));
                    arns.push(format!("arn:{partition}:bedrock:*::foundation-model/{bare}"));
                }
                None => arns.push(format!("arn:{partition}:bedrock:{region}::foundation-model/{model}")),
            }
        }
        arns
    });
    Some(allow(&["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"], arns))
}

/// The model of an inference profile, whose ID has the area before that of the model.
fn profile(model: &str) -> Option<&str> {
    let (area, rest) = model.split_once('.')?;
    let is_area = ["us", "us-gov", "eu", "apac", "au", "ca", "jp", "global"].contains(&area);
    (is_area && rest.contains('.')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::profile;

    #[test]
    fn an_inference_profile_is_told_by_its_area() {
        assert_eq!(profile("eu.anthropic.claude-sonnet-4-5"), Some("anthropic.claude-sonnet-4-5"));
        assert_eq!(profile("anthropic.claude-sonnet-4-5"), None);
        assert_eq!(profile("eu.amazon"), None);
    }
}
