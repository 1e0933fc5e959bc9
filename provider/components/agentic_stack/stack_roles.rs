//! Roles of a stack beside those of its services and agents.

use std::collections::BTreeMap;

use serde_json::Value as Json_;

use super::automation::Automation;
use super::grants::{Grants, Holder};
use super::services::Around;
use super::words::{LONGEST_NAME, check_word};
use super::{AgenticStack, AgenticStackArgs, Builder, ServiceInput};
use crate::components::Inputs;
use crate::components::agent_runtime::rights;
use crate::components::policy::{allow, attach_anew, decrypt, policy_with, role};
use crate::model::{Failures, In, Json, Model, Path};

/// An IAM role of a stack, which has only the permissions that follow from its arguments.
#[derive(Clone, Debug, Model)]
pub struct StackRole {
    /// The AWS service that assumes the role, such as `bedrock-agentcore.amazonaws.com`.
    #[model(check = check_service)]
    pub service: String,
    /// The resources of the stack that the role may use.
    #[model(default = {})]
    pub grants: Grants,
    /// The names of the CloudWatch log groups that the role may create and write to. A `*` at the end
    /// matches any number of characters.
    #[model(default = [], check = check_group)]
    pub log_groups: Vec<String>,
    /// The CloudWatch namespaces in which the role may publish metrics.
    #[model(default = [])]
    pub metrics: Vec<String>,
    /// The models that the role may invoke: IDs of foundation models or inference profiles, or ARNs.
    #[model(default = [])]
    pub models: Vec<String>,
    /// The secrets that the role may read: names of `secrets` of the stack, or ARNs.
    #[model(default = [])]
    pub secrets: Vec<String>,
    /// Whether the role may send traces to AWS X-Ray.
    #[model(default = false)]
    pub tracing: bool,
    /// An IAM policy document for the role, as JSON text or as an object, in addition to the
    /// permissions that follow from the other arguments.
    #[model(policy)]
    pub policy: Option<Json>,
}

/// What must hold of the roles, and of what they are granted.
pub fn rules(args: &Inputs<AgenticStack>, services: &[(&String, &ServiceInput)], failures: &mut Failures) {
    for (name, role) in args.roles.get().into_iter().flatten() {
        let at = Path::from(AgenticStackArgs::ROLES).key(name.as_str());
        if let Err(reason) = check_word(name, LONGEST_NAME) {
            failures.add(at.clone(), reason);
        }
        let Some(grants) = role.get().and_then(|role| role.grants.get()) else { continue };
        let at = at.key(StackRole::GRANTS.name());
        Holder { grants, is_public: false, at: at.clone() }.rules(args, services, failures);
        if grants.calls.get().is_some_and(|calls| !calls.is_empty()) {
            let at = at.key(Grants::CALLS.name());
            failures.add(at, "is for agents, since calling a service takes no permission; leave it out");
        }
    }
}

impl Builder<'_> {
    /// Makes the roles, and gives their ARNs by name.
    pub(super) fn given_roles(
        &self,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> BTreeMap<String, In<String>> {
        let wanted = self.args.roles.get().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, role)| Some((name, role.get()?)));
        let made = wanted.map(|(name, wanted)| {
            let label = format!("{name}-role");
            let service = wanted.service.get().map_or("", String::as_str);
            let made = role(self.at, &label, service);
            let statements = self.rights(name, wanted, around, automation);
            let document = policy_with(statements, wanted.policy.clone());
            if !document.is_set() {
                return (name.clone(), made.out.arn);
            }
            let attached = attach_anew(self.at, &format!("{label}-policy"), &made, document);
            (name.clone(), made.out.arn.clone().depending_on([&attached.urn]))
        });
        made.collect()
    }

    fn rights(
        &self,
        name: &str,
        role: &StackRoleInput,
        around: &Around<'_>,
        automation: Option<&Automation>,
    ) -> Vec<In<Json_>> {
        let is_empty = |list: &In<Vec<In<String>>>| list.get().is_none_or(Vec::is_empty);
        let mut statements = Vec::new();
        let groups = role.log_groups.get().into_iter().flatten().filter_map(In::get);
        let groups: Vec<String> = groups.map(|group| format!("log-group:{group}")).collect();
        if !groups.is_empty() {
            let arns = |end: &str| {
                In::known(groups.iter().map(|group| self.arn("logs", &format!("{group}{end}"))).collect())
            };
            statements.push(allow(&["logs:CreateLogGroup", "logs:DescribeLogStreams"], arns("")));
            statements.push(allow(&["logs:CreateLogStream", "logs:PutLogEvents"], arns(":log-stream:*")));
        }
        if !is_empty(&role.metrics) {
            statements.push(rights::publishing(&[], &role.metrics));
        }
        statements.extend(rights::tracing(&role.tracing));
        statements.extend(rights::reading(role.secrets.get().cloned().unwrap_or_default()));
        statements.extend(self.decrypting(AgenticStackArgs::ROLES.name(), name));
        statements.extend(rights::models(self.at, &role.models));
        let grants = role.grants.get().cloned().unwrap_or_default();
        statements.extend(self.granted(name, &grants, around, automation));
        statements
    }

    /// The right to decrypt the secrets that an agent or a role reads.
    pub(super) fn decrypting(&self, of: &str, name: &str) -> Vec<In<Json_>> {
        let at = Path::root().key(of).key(name).to_string();
        let keys = self.keys.get(&at).into_iter().flatten();
        keys.map(|key| decrypt(key.clone(), self.at.region().unwrap_or("*"))).collect()
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
fn check_service(service: &str) -> Result<(), String> {
    let is_one = service.ends_with(".amazonaws.com") || service.ends_with(".amazonaws.com.cn");
    match is_one && !service.contains(['*', ' ']) {
        true => Ok(()),
        false => Err(format!(
            "is {service:?}; give the principal of an AWS service, such as bedrock-agentcore.amazonaws.com"
        )),
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
fn check_group(group: &str) -> Result<(), String> {
    let name = group.strip_suffix('*').unwrap_or(group);
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
    match !name.is_empty() && name.chars().all(is_legal) {
        true => Ok(()),
        false => Err(format!("is {group:?}; give the name of a log group, such as /shop/dev/*")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_for_a_service_and_writes_to_logs_of_its_own() {
        assert!(check_service("bedrock.amazonaws.com").is_ok());
        assert!(check_service("*").is_err() && check_service("bedrock").is_err());
        assert!(check_group("/shop/dev/*").is_ok() && check_group("/shop/dev/agents").is_ok());
        assert!(check_group("*").is_err() && check_group("/shop/*/dev").is_err());
    }
}
