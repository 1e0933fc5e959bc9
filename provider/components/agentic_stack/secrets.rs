//! The secrets of a stack: generated, or with values that the program gives, and read by services that
//! name them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::agents::StackAgentInput;
use super::stack_roles::{StackRole, StackRoleInput};
use super::{AgenticStack, AgenticStackArgs, Builder, ServiceInput};
use crate::components::agent_runtime::Agent;
use crate::components::policy::all;
use crate::components::workload::Workload;
use crate::components::{Child, Inputs, Options};
use crate::kinds::password::{Password, PasswordInputs};
use crate::kinds::secretsmanager::{Secret, SecretInputs, SecretVersion, SecretVersionInputs};
use crate::model::{Failures, In, Model, Path};

/// A secret of a stack. Its value is generated unless `value` or `values` is specified.
#[derive(Clone, Debug, Model)]
pub struct StackSecret {
    /// The characters that the generated value must not contain.
    pub exclude_characters: Option<String>,
    /// The key of the generated value in the JSON object of the secret. Defaults to `password` with
    /// a `template`. Without a template, the secret is the generated value alone.
    #[model(length = 1..=255)]
    pub generate_key: Option<String>,
    /// The ARN, ID or alias of the KMS key that encrypts the secret. Defaults to the AWS managed
    /// key.
    pub kms_key_id: Option<String>,
    /// The number of characters of the generated value.
    #[model(default = 32, range = 8..=128)]
    pub length: i64,
    /// The other entries of the JSON object with the generated value, such as
    /// `{ username: "postgres" }`.
    pub template: Option<BTreeMap<String, String>>,
    /// The value of the secret, as text.
    #[model(secret)]
    pub value: Option<String>,
    /// The value of the secret as a JSON object: its values, by key, such as API keys.
    #[model(secret)]
    pub values: Option<BTreeMap<String, String>>,
}

/// The secrets that are there, by name: their ARNs, and the versions of their values.
pub type Secrets = BTreeMap<String, (In<String>, In<String>)>;

/// What names a secret of the stack and, behind a colon, a key in it; ARNs name others.
fn reference(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with("arn:") {
        return None;
    }
    Some(match text.split_once(':') {
        Some((name, key)) => (name, Some(key)),
        None => (text, None),
    })
}

/// What must hold of the secrets, and of those who name them.
pub fn rules(args: &Inputs<AgenticStack>, failures: &mut Failures) {
    let secrets = args.secrets.get();
    for (name, secret) in secrets.into_iter().flatten() {
        let Some(secret) = secret.get() else { continue };
        let at = Path::from(AgenticStackArgs::SECRETS).key(name.as_str());
        let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || !name.chars().all(is_legal) {
            failures
                .add(at.clone(), format!("is called {name:?}; use letters, digits, hyphens and underscores"));
        }
        let given = [
            (StackSecret::VALUE, secret.value.is_set()),
            (StackSecret::VALUES, secret.values.is_set()),
            (StackSecret::TEMPLATE, secret.template.is_set()),
        ];
        let mut given = given.into_iter().filter(|(_, given)| *given);
        if let Some((first, _)) = given.next() {
            for (other, _) in given {
                failures.add(at.key(other), format!("conflicts with {first}; give only one of them"));
            }
        }
    }
    let known = secrets.map(|secrets| secrets.keys().collect::<Vec<_>>()).unwrap_or_default();
    for (name, service) in args.services.get().into_iter().flatten() {
        let Some(service) = service.get() else { continue };
        let at = Path::from(AgenticStackArgs::SERVICES).key(name.as_str());
        check_names(&service.workload.secrets, &known, &at.key(Workload::SECRETS), failures);
        for (sidecar, container) in service.workload.sidecars.get().into_iter().flatten() {
            if let Some(container) = container.get() {
                let at = at.key(Workload::SIDECARS).key(sidecar.as_str()).key(Workload::SECRETS);
                check_names(&container.secrets, &known, &at, failures);
            }
        }
    }
    for (_, named) in readers(args) {
        check_whole(named, &known, failures);
    }
}

/// Holds what agents and roles name against the secrets of the stack. They read secrets as a whole.
fn check_whole(given: Vec<(Path, &In<String>)>, known: &[&String], failures: &mut Failures) {
    for (at, text) in given {
        let Some((name, key)) = text.get().and_then(|text| reference(text)) else { continue };
        match key {
            Some(key) => {
                let reason =
                    format!("is \"{name}:{key}\", but secrets are read as a whole here; give {name:?}");
                failures.add(at, reason);
            }
            None => check_name(name, known, at, failures),
        }
    }
}

fn check_names(
    given: &In<BTreeMap<String, In<String>>>,
    known: &[&String],
    at: &Path,
    failures: &mut Failures,
) {
    for (variable, text) in given.get().into_iter().flatten() {
        if let Some((name, _)) = text.get().and_then(|text| reference(text)) {
            check_name(name, known, at.key(variable.as_str()), failures);
        }
    }
}

fn check_name(name: &str, known: &[&String], at: Path, failures: &mut Failures) {
    if !known.iter().any(|known| *known == name) {
        let nearest = known.iter().map(|known| (strsim::jaro_winkler(known, name), known));
        let nearest = nearest.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.8);
        let advice = match nearest {
            Some((_, nearest)) => format!("did you mean {nearest:?}?"),
            None => "give the ARN of a secret or parameter, or add it to secrets of the stack".to_owned(),
        };
        failures.add(at, format!("is {name:?}, but the stack has no such secret; {advice}"));
    }
}

/// The secrets that an agent names, with their paths.
fn of_agent<'a>(agent: &'a StackAgentInput, at: &Path) -> Vec<(Path, &'a In<String>)> {
    let at = at.key(Agent::SECRETS.name());
    let all = agent.agent.secrets.get().into_iter().flatten();
    all.map(|(variable, text)| (at.key(variable.as_str()), text)).collect()
}

/// The secrets that a role names, with their paths.
fn of_role<'a>(role: &'a StackRoleInput, at: &Path) -> Vec<(Path, &'a In<String>)> {
    let at = at.key(StackRole::SECRETS.name());
    let all = role.secrets.get().into_iter().flatten().enumerate();
    all.map(|(index, text)| (at.index(index), text)).collect()
}

/// The secrets that one reader names, by path.
type Named<'a> = Vec<(Path, &'a In<String>)>;

/// Who reads secrets as a whole, by path: the secrets that each names.
fn readers(args: &Inputs<AgenticStack>) -> Vec<(Path, Named<'_>)> {
    let agents = args.agents.get().into_iter().flatten().filter_map(|(name, agent)| {
        let at = Path::from(AgenticStackArgs::AGENTS).key(name.as_str());
        let named = of_agent(agent.get()?, &at);
        Some((at, named))
    });
    let roles = args.roles.get().into_iter().flatten().filter_map(|(name, role)| {
        let at = Path::from(AgenticStackArgs::ROLES).key(name.as_str());
        let named = of_role(role.get()?, &at);
        Some((at, named))
    });
    agents.chain(roles).collect()
}

/// The keys of the account's own that encrypt what agents and roles read, by their paths.
pub fn keys(args: &Inputs<AgenticStack>) -> BTreeMap<String, Vec<In<String>>> {
    let key = |text: &In<String>| {
        let (name, _) = reference(text.get()?)?;
        let key = args.secrets.get()?.get(name)?.get()?.kms_key_id.clone();
        key.is_set().then_some(key)
    };
    let all = readers(args)
        .into_iter()
        .map(|(at, named)| (at.to_string(), named.into_iter().filter_map(|(_, text)| key(text)).collect()));
    all.collect()
}

impl Builder<'_> {
    /// Makes the secrets, and gives their ARNs.
    pub(super) fn secrets(&self) -> Secrets {
        let wanted = self.args.secrets.get().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, secret)| Some((name, secret.get()?)));
        wanted.map(|(name, secret)| (name.clone(), self.secret(name, secret))).collect()
    }

    fn secret(&self, name: &str, wanted: &StackSecretInput) -> (In<String>, In<String>) {
        let label = format!("{name}-secret");
        let secret = SecretInputs { kms_key_id: wanted.kms_key_id.clone(), ..SecretInputs::default() };
        let secret: Child<Secret> = self.at.child(&label, secret, Options::named(self.identity.path(name)));
        let text = if wanted.value.is_set() {
            wanted.value.clone()
        } else if wanted.values.is_set() {
            let values = wanted.values.clone().and_then(|values| object(values, None));
            values.map(|values| values.to_string())
        } else {
            self.generated(name, wanted)
        };
        let version = SecretVersionInputs {
            secret_id: secret.id.clone(),
            secret_string: text.into_secret(),
            ..SecretVersionInputs::default()
        };
        let version: Child<SecretVersion> =
            self.at.child(&format!("{label}-version"), version, Options::default());
        // Whoever reads the secret needs what is in it.
        (secret.id.depending_on([&version.urn]), version.out.version_id)
    }

    fn generated(&self, name: &str, wanted: &StackSecretInput) -> In<String> {
        let password = PasswordInputs {
            exclude_characters: wanted.exclude_characters.clone(),
            length: wanted.length.clone(),
            ..PasswordInputs::default()
        };
        let label = format!("{name}-secret-value");
        let made: Child<Password> = self.at.child(&label, password, Options::default());
        let value = made.out.result.clone();
        if !wanted.template.is_set() && !wanted.generate_key.is_set() {
            return value;
        }
        let key = wanted.generate_key.clone().or("password".to_owned());
        let template = wanted.template.clone().or(BTreeMap::new());
        let pair = key.zip(value);
        template.and_then(move |template| object(template, Some(pair))).map(|object| object.to_string())
    }

    /// The arguments with the ARNs of the stack's secrets in the place of their names.
    pub(super) fn with_secrets(mut args: Inputs<AgenticStack>, secrets: &Secrets) -> Inputs<AgenticStack> {
        let arn = |text: In<String>| match text.get().and_then(|text| reference(text)) {
            Some((name, key)) => {
                let key = key.map(str::to_owned);
                let arn = secrets.get(name).map(|(arn, _)| arn.clone()).unwrap_or_default();
                arn.map(|arn| key.map_or(arn.clone(), |key| format!("{arn}:{key}::")))
            }
            None => text,
        };
        let resolved = |map: In<BTreeMap<String, In<String>>>| {
            map.map(|map| map.into_iter().map(|(name, text)| (name, arn(text))).collect())
        };
        args.services = args.services.map(|services| {
            let services = services.into_iter().map(|(name, service)| {
                let service = service.map(|mut service| {
                    let versions = versions(&service, secrets);
                    service.workload.triggers = service.workload.triggers.map(|mut triggers| {
                        triggers.extend(versions);
                        triggers
                    });
                    service.workload.secrets = resolved(service.workload.secrets);
                    service.workload.sidecars = service.workload.sidecars.map(|sidecars| {
                        let sidecars = sidecars.into_iter().map(|(name, sidecar)| {
                            let sidecar = sidecar.map(|mut sidecar| {
                                sidecar.secrets = resolved(sidecar.secrets);
                                sidecar
                            });
                            (name, sidecar)
                        });
                        sidecars.collect()
                    });
                    service
                });
                (name, service)
            });
            services.collect()
        });
        args.agents = args.agents.map(|agents| {
            let agents = agents.into_iter().map(|(name, agent)| {
                let agent = agent.map(|mut agent| {
                    agent.agent.secrets = resolved(agent.agent.secrets);
                    agent
                });
                (name, agent)
            });
            agents.collect()
        });
        args.roles = args.roles.map(|roles| {
            let roles = roles.into_iter().map(|(name, role)| {
                let role = role.map(|mut role| {
                    role.secrets = role.secrets.map(|all| all.into_iter().map(arn).collect());
                    role
                });
                (name, role)
            });
            roles.collect()
        });
        args
    }
}

/// The versions of the secrets that a service names: tasks read a secret when they start, and what it
/// holds now is for new ones.
fn versions(service: &ServiceInput, secrets: &Secrets) -> Vec<(String, In<String>)> {
    let sidecars = service.workload.sidecars.get().into_iter().flatten().filter_map(|(_, it)| it.get());
    let maps = sidecars.map(|sidecar| &sidecar.secrets).chain([&service.workload.secrets]);
    let texts = maps.filter_map(In::get).flat_map(BTreeMap::values).filter_map(In::get);
    let names: BTreeSet<&str> = texts.filter_map(|text| reference(text)).map(|(name, _)| name).collect();
    let known = names.into_iter().filter_map(|name| Some((name, secrets.get(name)?)));
    known.map(|(name, (_, version))| (format!("{name}Secret"), version.clone())).collect()
}

/// A JSON object of these entries, and of one more.
fn object(entries: BTreeMap<String, In<String>>, more: Option<In<(String, String)>>) -> In<Json> {
    let entries = entries.into_iter().map(|(key, value)| value.map(|value| (key, value)));
    all(entries.chain(more)).map(|pairs| {
        let pairs = pairs.into_iter().map(|(key, value)| (key, Json::from(value)));
        Json::Object(pairs.collect::<Map<_, _>>())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_with_a_key_or_without() {
        assert_eq!(reference("api"), Some(("api", None)));
        assert_eq!(reference("api:KEY"), Some(("api", Some("KEY"))));
        assert_eq!(reference("arn:aws:secretsmanager:eu-west-1:1:secret:a-b"), None);
    }
}
