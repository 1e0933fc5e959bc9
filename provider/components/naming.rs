//! The names that a component gives in AWS.

use std::collections::BTreeMap;

use super::tags::Tags;
use super::{Built, Scope, must_know};
use crate::aws::context::digest;
use crate::model::{In, Model, Path};

/// The names and tags of the resources of a component.
#[derive(Clone, Debug, Model)]
pub struct Placed {
    /// The pattern of names in AWS, with the placeholder `{type}`. Defaults to the name of the
    /// component, followed by the type.
    #[model(check = check_type)]
    pub naming: Option<String>,
    /// Names in AWS that override `naming`, by type, such as `{ logs: "/ecs/api" }`,
    /// `{ primary: "orders" }` or `{ bucket: "example-app" }`.
    #[model(default = {})]
    pub names: BTreeMap<String, String>,
    /// The tags of all resources.
    #[model(default = {})]
    pub tags: BTreeMap<String, String>,
}

/// The names of the parts of one component: a pattern with a place for the type, and names that
/// differ from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Names {
    pattern: String,
    /// Whether nobody asked for the pattern.
    is_ours: bool,
    /// Whether it is made of the component's own name in the program.
    is_of_component: bool,
    own: BTreeMap<String, String>,
}

impl Names {
    /// Names by a pattern such as `shop-dev-{type}`.
    pub fn by(pattern: &str) -> Self {
        Names { pattern: pattern.to_owned(), is_ours: false, is_of_component: false, own: BTreeMap::new() }
    }

    /// Names by the arguments of a component.
    pub fn given(at: &Scope, placed: &PlacedInput) -> Built<Self> {
        let given = must_know(&placed.naming, Placed::NAMING)?;
        let pattern = given.cloned().unwrap_or_else(|| format!("{}-{{type}}", at.name));
        let is_ours = given.is_none();
        Names { is_ours, is_of_component: is_ours, ..Names::by(&pattern) }.with(&placed.names)
    }

    /// The same, but for the things whose names are given, by their type.
    pub fn with(mut self, names: &Given) -> Built<Self> {
        for (kind, name) in must_know(names, Placed::NAMES)?.into_iter().flatten() {
            let name = must_know(name, Path::from(Placed::NAMES).key(kind))?.cloned();
            self.own.extend(name.map(|name| (kind.clone(), name)));
        }
        Ok(self)
    }

    /// The name of a thing of this type, such as `vpc` or `nodejs-task`.
    pub fn of(&self, kind: &str) -> String {
        self.own.get(kind).cloned().unwrap_or_else(|| self.pattern.replace("{type}", kind))
    }

    /// Whether the program leaves it to us how a thing of this type is called.
    pub fn is_ours(&self, kind: &str) -> bool {
        self.is_ours && !self.own.contains_key(kind)
    }

    /// Whether the name of a thing of this type comes from that of the component alone. It stays when
    /// the component is renamed with an alias.
    pub fn is_of_component(&self, kind: &str) -> bool {
        self.is_of_component && !self.own.contains_key(kind)
    }

    /// The names of the parts of one part, such as `shop-dev-nodejs-{type}`.
    pub fn part(&self, name: &str) -> Names {
        let start = format!("{name}-");
        let own = self.own.iter();
        let own = own.filter_map(|(kind, name)| Some((kind.strip_prefix(&start)?.to_owned(), name.clone())));
        let pattern = self.pattern.replace("{type}", &format!("{name}-{{type}}"));
        Names { pattern, own: own.collect(), ..*self }
    }

    /// The arguments with which a part names all that it makes by these names, and tags it.
    pub fn placed(&self, tags: &Tags) -> PlacedInput {
        let own = self.own.iter().map(|(kind, name)| (kind.clone(), name.clone().into()));
        PlacedInput { naming: self.pattern.as_str().into(), names: In::entries(own), tags: tags.0.clone() }
    }
}

/// Names by type, as a program gives them.
type Given = In<BTreeMap<String, In<String>>>;

/// Project and environment of a stack, from which its names are made.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The project without the environment that it may end with.
    project: String,
    environment: String,
}

impl Identity {
    pub fn new(project: &str, environment: &str) -> Self {
        let bare = project.strip_suffix(environment).and_then(|bare| bare.strip_suffix('-'));
        let project = bare.filter(|bare| !bare.is_empty()).unwrap_or(project);
        Identity { project: project.to_owned(), environment: environment.to_owned() }
    }

    /// Names by `pattern`, or as `{project}-{environment}-{type}`.
    ///
    /// The suffix comes from the URN of the component, so that it is the same from run to run.
    pub fn names(&self, pattern: Option<&str>, urn: &str) -> Names {
        let suffix = &digest(&[urn.as_bytes()])[..7];
        let is_ours = pattern.is_none();
        let pattern = pattern.unwrap_or("{project}-{environment}-{type}");
        let pattern = pattern.replace("{project}", &self.project).replace("{environment}", &self.environment);
        Names { is_ours, ..Names::by(&pattern.replace("{suffix}", suffix)) }
    }

    /// The name of a secret: a path, as is usual for secrets.
    pub fn path(&self, rest: &str) -> String {
        format!("{}/{}/{rest}", self.project, self.environment)
    }

    /// Whether the environment is one that people rely on.
    pub fn is_production(&self) -> bool {
        let name = self.environment.to_ascii_lowercase();
        name == "prod" || name == "production" || name == "live"
    }
}

/// Holds a pattern of a stack against the places that it may have.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    check(pattern, &["{project}", "{environment}", "{type}", "{suffix}"])
}

/// Holds a pattern of a part of a stack against the one place that it has.
pub fn check_type(pattern: &str) -> Result<(), String> {
    check(pattern, &["{type}"])
}

fn check(pattern: &str, places: &[&str]) -> Result<(), String> {
    if !pattern.contains("{type}") {
        return Err(format!("is {pattern:?}; it must contain {{type}}, so that names differ"));
    }
    let rest = places.iter().fold(pattern.to_owned(), |rest, place| rest.replace(place, ""));
    match rest.find(['{', '}']) {
        Some(_) => Err(format!("is {pattern:?}; its placeholders are {}", places.join(" "))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::components::Trouble;

    #[test]
    fn names_say_project_environment_and_type_once_each() {
        let identity = Identity::new("agentic-aws-stage3v3", "stage3v3");
        let names = identity.names(None, "urn:a");
        assert_eq!(names.of("vpc"), "agentic-aws-stage3v3-vpc");
        assert_eq!(names.part("nodejs").of("task"), "agentic-aws-stage3v3-nodejs-task");
        assert_eq!(identity.path("database/master"), "agentic-aws/stage3v3/database/master");
        assert_eq!(Identity::new("shop", "dev").names(None, "urn:a").of("vpc"), "shop-dev-vpc");
        assert_eq!(Identity::new("dev", "dev").names(None, "urn:a").of("vpc"), "dev-dev-vpc");
    }

    #[test]
    fn names_are_ours_where_a_program_says_nothing_of_them() {
        let identity = Identity::new("shop", "dev");
        let names = identity.names(None, "urn:a");
        assert!(names.is_ours("bucket") && names.part("web").is_ours("bucket"));
        assert!(!identity.names(Some("{project}-{type}"), "urn:a").is_ours("bucket"));
        let given = In::entries([("web-bucket", In::from("example"))]);
        let names = names.with(&given).ok().unwrap();
        assert!(!names.is_ours("web-bucket") && !names.part("web").is_ours("bucket"));
        assert!(names.is_ours("other-bucket"));
    }

    #[test]
    fn a_suffix_is_the_same_from_run_to_run() {
        let pattern = Some("{project}-{environment}-{type}-{suffix}");
        let name = |urn| Identity::new("shop", "dev").names(pattern, urn).of("vpc");
        assert_eq!(name("urn:a"), name("urn:a"));
        assert!(name("urn:a") != name("urn:b") && name("urn:a").starts_with("shop-dev-vpc-"));
    }

    #[test]
    fn a_name_that_is_given_wins_over_the_pattern() {
        let given = In::entries([("cluster", In::from("main")), ("api-logs", In::from("/ecs/api"))]);
        let Ok(names) = Names::by("shop-{type}").with(&given) else { panic!("all names are known") };
        assert_eq!((names.of("cluster"), names.of("vpc")), ("main".to_owned(), "shop-vpc".to_owned()));
        let part = names.part("api");
        assert_eq!((part.of("logs"), part.of("task")), ("/ecs/api".to_owned(), "shop-api-task".to_owned()));
        assert!(part.placed(&Tags::default()).names.get().is_some_and(|own| own.len() == 1));
        let unknown = Names::by("shop-{type}").with(&In::entries([("vpc", In::unknown())]));
        let Err(Trouble::Invalid(failures)) = unknown else { panic!("a name that is not known") };
        let paths: Vec<String> = failures.iter().map(|failure| failure.path.to_string()).collect();
        assert_eq!(paths, ["names.vpc"]);
    }

    #[test]
    fn a_pattern_without_the_type_is_refused() {
        assert!(check_pattern("{project}-{type}").is_ok());
        assert!(check_pattern("{project}").is_err() && check_pattern("{type}-{region}").is_err());
    }
}
