//! What the configuration of the stack says for Pulumi's AWS package: `aws:region` and the like.
//!
//! The engine tells a provider the configuration of its own namespace, and no other. But it runs the
//! plugin in the directory of the project, where the configuration is; and the URN of the provider
//! names project and stack. Encrypted values stay with the engine.
//! <https://www.pulumi.com/docs/reference/projects/stack-settings-file/>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use yaml_rust2::{Yaml, YamlLoader};

use crate::model::{Object, Value};

/// What a provider that no program has made is told beyond its own configuration.
pub fn complete(mut given: Object, urn: &str) -> Object {
    let Some((stack, project)) = of_default_provider(urn) else { return given };
    let Ok(here) = std::env::current_dir() else { return given };
    let found = settings(&here, project, stack);
    let is_given = |given: &Object, names: &[&str]| names.iter().any(|name| given.contains_key(*name));
    for (name, instead) in TAKEN {
        if let Some(value) = found.get(*name).filter(|_| !is_given(&given, instead)) {
            given.insert((*name).to_owned(), value.clone());
        }
    }
    given
}

/// The settings that are taken, each with those of our own beside which it counts no more.
const TAKEN: &[(&str, &[&str])] = &[
    ("allowedAccountIds", &["allowedAccountIds"]),
    ("assumeRole", &["assumeRole", "assumeRoles", "profile", "accessKey"]),
    ("assumeRoles", &["assumeRole", "assumeRoles", "profile", "accessKey"]),
    ("defaultTags", &["defaultTags"]),
    ("maxRetries", &["maxRetries"]),
    ("profile", &["profile", "accessKey"]),
    ("region", &["region"]),
];

/// Stack and project of `urn:pulumi:dev::app::pulumi:providers:agentic::default_0_1_0`. A provider that
/// a program makes says everything itself.
fn of_default_provider(urn: &str) -> Option<(&str, &str)> {
    let mut parts = urn.strip_prefix("urn:pulumi:")?.splitn(4, "::");
    let (stack, project, _) = (parts.next()?, parts.next()?, parts.next()?);
    let name = parts.next()?;
    (name == "default" || name.starts_with("default_")).then_some((stack, project))
}

/// The settings of the namespace `aws`, those of the stack before those of the project.
fn settings(here: &Path, project: &str, stack: &str) -> BTreeMap<String, Value> {
    let Some((directory, about)) = find_project(here, project) else { return BTreeMap::new() };
    let mut settings = of_namespace(&about, project);
    let apart = text(&about, "stackConfigDir");
    let directory = apart.map_or_else(|| directory.clone(), |apart| directory.join(apart));
    let mut of_stack = ["yaml", "yml"].into_iter();
    let of_stack = of_stack.find_map(|ending| read(&directory.join(format!("Pulumi.{stack}.{ending}"))));
    if let Some(of_stack) = of_stack {
        settings.extend(of_namespace(&of_stack, project));
    }
    settings
}

/// The directory of the project, here or above, and what its file says.
fn find_project(here: &Path, project: &str) -> Option<(PathBuf, Yaml)> {
    here.ancestors().find_map(|directory| {
        let mut files = ["Pulumi.yaml", "Pulumi.yml"].into_iter().map(|name| directory.join(name));
        let about = files.find_map(|file| read(&file))?;
        (text(&about, "name")? == project).then(|| (directory.to_owned(), about))
    })
}

fn read(file: &Path) -> Option<Yaml> {
    YamlLoader::load_from_str(&std::fs::read_to_string(file).ok()?).ok()?.into_iter().next()
}

fn of_namespace(file: &Yaml, project: &str) -> BTreeMap<String, Value> {
    let Some(config) = field(file, "config").and_then(Yaml::as_hash) else { return BTreeMap::new() };
    let own = |key: &Yaml, value: &Yaml| {
        let (namespace, name) = key.as_str()?.split_once(':')?;
        // The form of old versions, `aws:config:region`.
        let name = name.strip_prefix("config:").unwrap_or(name);
        (namespace == "aws" && namespace != project).then_some(())?;
        let value = match value {
            // A project may declare a setting, with the value that it has unless a stack says otherwise.
            Yaml::Hash(_) if text(value, "secure").is_some() => return None,
            Yaml::Hash(_) => field(value, "value").or_else(|| field(value, "default")).unwrap_or(value),
            plain => plain,
        };
        Some((name.to_owned(), as_engine_has_it(&json(value)?)))
    };
    config.iter().filter_map(|(key, value)| own(key, value)).collect()
}

/// The engine writes what is not a string as JSON text.
fn as_engine_has_it(value: &Json) -> Value {
    match value {
        Json::String(text) => Value::from(text.as_str()),
        other => Value::from(other.to_string()),
    }
}

/// The value, where nothing of it is encrypted.
fn json(value: &Yaml) -> Option<Json> {
    Some(match value {
        Yaml::String(text) | Yaml::Real(text) => Json::from(text.as_str()),
        Yaml::Integer(number) => Json::from(*number),
        Yaml::Boolean(flag) => Json::from(*flag),
        Yaml::Array(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Yaml::Hash(_) if text(value, "secure").is_some() => return None,
        Yaml::Hash(fields) => {
            let entry = |(key, value): (&Yaml, &Yaml)| Some((key.as_str()?.to_owned(), json(value)?));
            Json::Object(fields.iter().map(entry).collect::<Option<_>>()?)
        }
        Yaml::Null | Yaml::Alias(_) | Yaml::BadValue => return None,
    })
}

fn field<'a>(of: &'a Yaml, name: &str) -> Option<&'a Yaml> {
    let fields = of.as_hash()?;
    fields.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

fn text<'a>(of: &'a Yaml, name: &str) -> Option<&'a str> {
    field(of, name)?.as_str()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    fn told(files: &[(&str, &str)], within: &str) -> BTreeMap<String, Value> {
        let root = std::env::temp_dir().join(format!("stack-config-{}", crate::engine::hash::unheard_of()));
        fs::create_dir_all(root.join(within)).unwrap();
        for (name, text) in files {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let found = settings(&root.join(within), "app", "dev");
        fs::remove_dir_all(&root).unwrap();
        found
    }

    #[test]
    fn a_stack_says_it_before_its_project() {
        let files = [
            (
                "Pulumi.yaml",
                "name: app\nconfig:\n  aws:region:\n    default: us-east-1\n  aws:profile: dev\n",
            ),
            (
                "Pulumi.dev.yaml",
                "config:\n  aws:region: eu-west-1\n  aws:defaultTags:\n    tags:\n      team: a\n  aws:secretKey:\n    secure: AAAB\n  app:region: x\n",
            ),
        ];
        let found = told(&files, "src");
        assert_eq!(found["region"], Value::from("eu-west-1"));
        assert_eq!(found["profile"], Value::from("dev"));
        assert_eq!(found["defaultTags"], Value::from(r#"{"tags":{"team":"a"}}"#));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn the_files_of_another_project_say_nothing() {
        let files =
            [("Pulumi.yaml", "name: other\n"), ("Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n")];
        assert!(told(&files, "src").is_empty());
        let apart = [
            ("Pulumi.yaml", "name: app\nstackConfigDir: stacks\n"),
            ("stacks/Pulumi.dev.yaml", "config:\n  aws:config:region: eu-west-1\n"),
        ];
        assert_eq!(told(&apart, "src")["region"], Value::from("eu-west-1"));
    }

    #[test]
    fn only_a_provider_that_no_program_made_is_completed() {
        let urn = |name: &str| format!("urn:pulumi:dev::app::pulumi:providers:agentic::{name}");
        assert_eq!(of_default_provider(&urn("default_0_1_0")), Some(("dev", "app")));
        assert_eq!(of_default_provider(&urn("west")), None);
        assert_eq!(of_default_provider(""), None);
    }
}
