//! How a name is made of a URN for a resource whose program gives none, and what must be remembered
//! for it.

use std::collections::HashMap;

use super::hash::{digest, unheard_of};
use super::names::NameRule;
use super::proto::check_request::AutonamingOptions;
use super::proto::check_request::autonaming_options::Mode;
use crate::model::{Object, Table, Value};

/// The argument of every kind whose names are made here: the name in the cloud that the program would
/// like.
pub const PREFERRED_NAME: &str = "preferredName";

/// The argument that a name begins with, by the argument that has the whole name.
const PREFIXES: [(&str, &str); 5] = [
    ("name", "namePrefix"),
    ("identifier", "identifierPrefix"),
    ("clusterIdentifier", "clusterIdentifierPrefix"),
    ("bucket", "bucketPrefix"),
    ("keyName", "keyNamePrefix"),
];

/// The argument that the name of these arguments begins with, where one is made here.
pub fn prefix_of(table: &Table) -> Option<&'static str> {
    let named = table.fields.iter().find(|field| field.autoname)?;
    PREFIXES.iter().find(|(name, _)| *name == named.name).map(|(_, prefix)| *prefix)
}

/// Whether this is an argument that a name begins with.
pub fn is_prefix(argument: &str) -> bool {
    PREFIXES.iter().any(|(_, prefix)| *prefix == argument)
}

/// What this process has seen of resources that may be about to be replaced.
///
/// A replacement is checked like a first instance; only what came before tells that its name must
/// differ from that of the one that it replaces.
#[derive(Default)]
pub struct Memory(HashMap<String, Seen>);

/// What is known of an instance of the same resource that a new one takes the place of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Replaced {
    /// There is none: this is the first.
    #[default]
    Nothing,
    /// The one with this id.
    Id(String),
    /// One whose id the engine did not tell.
    Something,
}

/// What was seen of one resource.
#[derive(Clone, Default)]
pub struct Seen {
    replaced: Replaced,
    /// The names of the instance, and what they were made from.
    names: Object,
}

impl Memory {
    pub fn seen(&self, urn: &str) -> Seen {
        self.0.get(urn).cloned().unwrap_or_default()
    }

    pub fn exists(&mut self, urn: &str, names: Object) {
        let seen = self.0.entry(urn.to_owned()).or_default();
        if seen.replaced == Replaced::Nothing {
            seen.replaced = Replaced::Something;
        }
        seen.names = names;
    }

    pub fn has_id(&mut self, urn: &str, id: &str) {
        self.0.entry(urn.to_owned()).or_default().replaced = Replaced::Id(id.to_owned());
    }
}

/// What there is to make a name of.
pub struct Wanted<'a> {
    /// The arguments of the kind.
    pub args: &'static Table,
    /// What a name may look like.
    pub rule: Option<&'static NameRule>,
    /// Whether a replacement takes the name of what it replaces while that still exists.
    pub shares_name: bool,
    pub urn: &'a str,
    /// The name of the resource in the program.
    pub name: &'a str,
    /// The name in the cloud that the program would like.
    pub preferred: Option<Value>,
    /// What the name is to begin with.
    pub prefix: Option<Value>,
    /// What tells the stack from another one of the same project and name.
    pub discriminator: Option<&'a str>,
    /// What the engine is configured to do.
    pub engine: Option<&'a AutonamingOptions>,
}

impl Wanted<'_> {
    /// Whether a resource keeps the name that it has by these inputs.
    pub fn stays(&self, olds: &Object) -> bool {
        if let (Some(prefix), Some(rule)) = (&self.prefix, self.rule) {
            let Some(beginning) = prefix.as_str().map(|prefix| rule.beginning(prefix)) else { return false };
            let begins = |name: &Value| name.as_str().is_some_and(|name| name.starts_with(&beginning));
            return names(self.args, olds).values().any(begins);
        }
        self.preferred.as_ref().is_none_or(|wish| self.makes(wish, &names(self.args, olds)))
    }

    /// A name for an instance that is made now.
    pub fn make(&self, seen: &Seen) -> Result<Value, String> {
        let Some(rule) = self.rule else {
            return Err("give a name".to_owned());
        };
        let replaced = if self.shares_name { &Replaced::Nothing } else { &seen.replaced };
        let unique = |name: &str| rule.unique(name, &self.seed(replaced));
        if let Some(prefix) = &self.prefix {
            let Some(text) = prefix.as_str() else { return Ok(Value::Unknown) };
            let name = Value::from(rule.prefixed(text, &self.seed(replaced)));
            return Ok(if prefix.is_secret() { name.into_secret() } else { name });
        }
        if let Some(wish) = &self.preferred {
            let Some(text) = wish.as_str() else {
                // What is no text is not known yet, or fails the check by itself.
                return Ok(Value::Unknown);
            };
            let taken = *replaced != Replaced::Nothing && self.makes(wish, &seen.names);
            let taken = taken || self.discriminator.is_some();
            let name = Value::from(if taken { unique(text) } else { rule.fit(text) });
            return Ok(if wish.is_secret() { name.into_secret() } else { name });
        }
        Ok(Value::from(match self.engine.map(|wish| (wish.mode(), wish.proposed_name.as_str())) {
            None if rule.bare => rule.fit(self.name),
            None => unique(self.name),
            Some((Mode::Propose, proposed)) => rule.fit(proposed),
            Some((Mode::Enforce, proposed)) => proposed.to_owned(),
            Some((Mode::Disable, _)) => {
                return Err("is missing; give a name, since automatic naming is switched off".to_owned());
            }
        }))
    }

    /// What the end of a name is made from.
    fn seed(&self, replaced: &Replaced) -> String {
        let replaced = match replaced {
            Replaced::Nothing => String::new(),
            Replaced::Id(id) => format!("\n{id}"),
            Replaced::Something => unheard_of(),
        };
        let discriminator = self.discriminator.map(|text| format!("\n\n{text}")).unwrap_or_default();
        digest(&[self.urn.as_bytes(), replaced.as_bytes(), discriminator.as_bytes()])
    }

    /// Whether these names are what a preferred one makes.
    fn makes(&self, wish: &Value, names: &Object) -> bool {
        if let Some(known) = names.get(PREFERRED_NAME) {
            return known == wish.peel();
        }
        let fitting = self.rule.zip(wish.as_str()).map(|(rule, wish)| Value::from(rule.fit(wish)));
        names.values().any(|name| Some(name) == fitting.as_ref())
    }
}

/// Another name where the first turned out to be taken by the instance that is being replaced: the
/// same again for the same number.
pub fn another(rule: &NameRule, first: &str, urn: &str, number: u8) -> String {
    rule.unique(first, &digest(&[urn.as_bytes(), &[number]]))
}

/// The names among the inputs of a resource, and what they were made from.
pub fn names(table: &Table, inputs: &Object) -> Object {
    let is_name = |key: &str| key == PREFERRED_NAME || table.field(key).is_some_and(|field| field.autoname);
    let names = inputs.iter().filter(|(key, value)| is_name(key) && !value.is_null());
    names.map(|(key, value)| (key.clone(), value.peel().clone())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::engine::names::{HYPHENED, PLAIN};
    use crate::model::Model;

    /// The arguments of a target group.
    #[derive(Model)]
    #[allow(dead_code)]
    struct TargetGroupArgs {
        /// The name.
        #[model(replace, autoname)]
        name: String,
    }

    const RULE: NameRule =
        NameRule { what: "target group", max: 32, alphabet: HYPHENED, inner: "-", ..PLAIN };

    const URN: &str = "urn:pulumi:dev::app::agentic:lb:TargetGroup::web";

    fn wanted(preferred: &str) -> Wanted<'static> {
        Wanted {
            args: TargetGroupArgs::TABLE,
            rule: Some(&RULE),
            shares_name: false,
            urn: URN,
            name: "web",
            preferred: Some(Value::from(preferred)).filter(|_| !preferred.is_empty()),
            prefix: None,
            discriminator: None,
            engine: None,
        }
    }

    fn inputs(name: &str, preferred: &str) -> Object {
        let all = [("name", name), (PREFERRED_NAME, preferred)];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(key, value)| (key.to_owned(), Value::from(value))).collect()
    }

    /// The name of a replacement of the instance that has these inputs.
    fn replacement(preferred: &str, olds: &Object) -> String {
        let (wanted, mut memory) = (wanted(preferred), Memory::default());
        memory.exists(URN, names(wanted.args, olds));
        memory.has_id(URN, "arn:1");
        wanted.make(&memory.seen(URN)).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn a_preferred_name_is_the_name_as_far_as_aws_takes_it() {
        let first = |preferred: &str| wanted(preferred).make(&Seen::default()).unwrap();
        assert_eq!(first("app-web-tg"), Value::from("app-web-tg"));
        assert_eq!(first("app_web.tg"), Value::from("app-web-tg"));
        assert_eq!(first(&"long".repeat(9)).as_str().unwrap().len(), 32);
        let unknown = Wanted { preferred: Some(Value::Unknown), ..wanted("") };
        assert_eq!(unknown.make(&Seen::default()), Ok(Value::Unknown));
        let secret = Wanted { preferred: Some(Value::from("a").into_secret()), ..wanted("") };
        assert!(secret.make(&Seen::default()).unwrap().is_secret());
    }

    #[test]
    fn a_replacement_has_a_suffix_while_the_name_is_taken() {
        let beside = replacement("web-tg", &inputs("web-tg", "web-tg"));
        assert!(beside.starts_with("web-tg-") && beside.len() == 14, "{beside}");
        assert_eq!(beside, replacement("web-tg", &inputs("web-tg", "web-tg")));
        assert_eq!(beside, replacement("web-tg", &inputs("web-tg", "")));
        assert_eq!(replacement("api-tg", &inputs("web-tg", "web-tg")), "api-tg");
        assert_eq!(replacement("web-tg", &inputs("web-0a1b2c3", "")), "web-tg");
    }

    #[test]
    fn a_name_stays_while_what_it_was_made_from_does() {
        let stays = |preferred: &str, olds: &Object| wanted(preferred).stays(olds);
        assert!(stays("web-tg", &inputs("web-tg-0a1b2c3", "web-tg")));
        assert!(stays("web_tg", &inputs("web-tg", "")));
        assert!(stays("", &inputs("web-tg", "web-tg")));
        assert!(!stays("api-tg", &inputs("web-tg", "web-tg")));
        assert!(!stays("web-tg", &inputs("web-0a1b2c3", "")));
    }

    #[test]
    fn a_name_begins_with_its_prefix_and_stays_while_it_does() {
        let with = |prefix: &str| Wanted { prefix: Some(Value::from(prefix)), ..wanted("") };
        let made = |prefix: &str| with(prefix).make(&Seen::default()).unwrap().as_str().unwrap().to_owned();
        assert_eq!(prefix_of(TargetGroupArgs::TABLE), Some("namePrefix"));
        for (prefix, length) in [("web-", 11), ("web", 11), ("web_api-", 15), (&"long".repeat(9), 32)] {
            let name = made(prefix);
            assert_eq!((name.len(), RULE.check(&name)), (length, Ok(())), "{name}");
            assert!(with(prefix).stays(&inputs(&name, "")), "{name}");
        }
        assert!(made("web-").starts_with("web-") && made("web-") != made("web-x"));
        assert!(!with("api-").stays(&inputs(&made("web-"), "")));
        assert!(
            with("web-").make(&Seen { replaced: Replaced::Id("a".into()), ..Seen::default() }).unwrap()
                != Value::from(made("web-"))
        );
        let unknown = Wanted { prefix: Some(Value::Unknown), ..wanted("") };
        assert!(!unknown.stays(&inputs("web-1", "")) && unknown.make(&Seen::default()) == Ok(Value::Unknown));
        let slashed = NameRule { alphabet: crate::engine::names::PRINTABLE, inner: "", ..RULE };
        assert!(
            slashed.prefixed("/app/", "x").starts_with("/app/") && slashed.prefixed("/app/", "x").len() == 12
        );
    }
}
