//! The package schema that Pulumi's SDKs are made from, written from the tables.

mod description;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::unsupported::Unsupported;
use crate::model::{Change, Field, Same, Shape, Table};
pub use description::KEPT;
use description::{Side, describe};

/// Writes the schema of the package, part by part.
#[derive(Default)]
pub struct Schema {
    types: BTreeMap<String, (&'static str, Json)>,
    resources: Map<String, Json>,
    functions: Map<String, Json>,
    provider: Json,
    config: Json,
}

/// What a resource is, for its entry in the schema.
pub struct Resource<'a> {
    pub token: &'a str,
    /// The token of the same resource, where this is another name for it.
    pub alias_of: Option<&'a str>,
    pub inputs: &'static Table,
    /// What it has beside its inputs.
    pub outputs: &'static Table,
    /// Fields that all resources of its sort have as well.
    pub common: &'a [Field],
    /// Outputs that all resources of its sort have as well.
    pub added: &'a [Field],
    /// Arguments that are known by name, and refused.
    pub unsupported: &'a [Unsupported],
    /// How it is imported; nothing for a component.
    pub id: Option<&'a str>,
    pub component: bool,
}

impl Schema {
    /// The provider's own configuration.
    pub fn provider(&mut self, description: &str, table: &'static Table, refused: &[Unsupported]) {
        let place = Place::of("agentic:index:Provider");
        let variables = self.properties(&place, table.fields.iter(), Side::Config);
        let mut properties = self.properties(&place, table.fields.iter(), Side::Plain);
        self.config = json!({ "variables": variables });
        // The outputs of a provider are its arguments, and the generators take only text there.
        let is_text = |property: &Json| property["type"] == "string";
        let outputs: Map<String, Json> = properties
            .iter()
            .filter(|(_, it)| is_text(it))
            .map(|(name, it)| (name.clone(), it.clone()))
            .collect();
        properties.extend(refused.iter().map(unsupported));
        self.provider =
            json!({ "description": description, "inputProperties": properties, "properties": outputs });
    }

    pub fn resource(&mut self, resource: &Resource) {
        let place = Place { named_by_struct: resource.component, ..Place::of(resource.token) };
        let (inputs, outputs) = (resource.inputs, resource.outputs);
        let given = || inputs.fields.iter().chain(resource.common);
        let mut input_properties = self.properties(&place, given(), Side::Input);
        let kept = |field: &&Field| outputs.field(field.name).is_none();
        let mut properties = Map::new();
        let mut required = Vec::new();
        if !resource.component {
            properties = self.properties(&place, given().filter(kept), Side::Output);
            required.extend(given().filter(kept).filter(|f| is_always_there(f)).map(|f| f.name));
        }
        let shown = || outputs.fields.iter().chain(resource.added);
        properties.extend(self.properties(&place, shown(), Side::Output));
        required.extend(shown().filter(|field| field.required || field.told).map(|field| field.name));
        required.sort_unstable();
        let state = state_inputs(&input_properties, self.properties(&place, shown(), Side::Input));
        input_properties.extend(resource.unsupported.iter().map(unsupported));
        let mut required_inputs: Vec<&str> = given().filter(|f| must_be_given(f)).map(|f| f.name).collect();
        required_inputs.sort_unstable();
        let mut description = inputs.doc.to_owned();
        if let Some(id) = resource.id {
            let command = format!("pulumi import {} <name> <id>", resource.token);
            description.push_str(&format!("\n\n## Import\n\nImport with `{command}`, where `<id>` is {id}."));
        }
        if let Some(first) = resource.alias_of {
            description.push_str(&format!(
                "\n\nThis is another name for `{first}`. The state keeps the name that a resource was created with: to change it, give the resource the alias `{{ type: \"<the old name>\" }}`."
            ));
        }
        let mut entry = json!({
            "description": description,
            "inputProperties": input_properties,
            "requiredInputs": required_inputs,
            "properties": properties,
            "required": required,
        });
        match resource.component {
            true => entry["isComponent"] = json!(true),
            false => entry["stateInputs"] = json!({ "type": "object", "properties": state }),
        }
        self.resources.insert(resource.token.to_owned(), entry);
    }

    pub fn function(
        &mut self,
        token: &str,
        args: &'static Table,
        result: &[Field],
        common: &[Field],
        refused: &[Unsupported],
    ) {
        let place = Place::of(token);
        let mut inputs = self.properties(&place, args.fields.iter().chain(common), Side::Plain);
        inputs.extend(refused.iter().map(unsupported));
        let outputs = self.properties(&place, result.iter(), Side::Output);
        let given: Vec<&str> = args.fields.iter().filter(|f| must_be_given(f)).map(|f| f.name).collect();
        let told: Vec<&str> = result.iter().filter(|f| f.required || f.told).map(|f| f.name).collect();
        let entry = json!({
            "description": args.doc,
            "inputs": { "type": "object", "properties": inputs, "required": given },
            "outputs": { "type": "object", "properties": outputs, "required": told },
        });
        self.functions.insert(token.to_owned(), entry);
    }

    /// Types that no property has to be of, as a schema writes them.
    pub fn add_type(&mut self, token: &str, entry: Json) {
        self.types.insert(token.to_owned(), ("", entry));
    }

    /// Values with names: each a type of its own, and in programs a constant.
    pub fn constants<'a>(
        &mut self,
        token: &str,
        description: &str,
        values: impl Iterator<Item = (&'a str, &'a Json)>,
    ) {
        let values: Vec<Json> = values.map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.add_type(token, json!({ "description": description, "type": "string", "enum": values }));
    }

    /// The whole document, with the public home of the project, which is empty until there is one.
    pub fn finish(self, version: &str, repository: &str) -> Json {
        let types: Map<String, Json> =
            self.types.into_iter().map(|(token, (_, entry))| (token, entry)).collect();
        let mut document = json!({
            "name": "agentic",
            "displayName": "Agentic",
            "version": version,
            "description": "Deploy a whole agent platform on AWS: networks, load balancers, Fargate services, databases, secrets, scaling, alarms and DNS.",
            "keywords": ["pulumi", "agentic", "aws", "category/cloud", "kind/component"],
            "license": "Apache-2.0",
            "publisher": "agentic",
            "meta": { "moduleFormat": "(.*)", "supportPack": true },
            "language": {
                // The names of types are those that Pulumi's bridged packages have, such as its AWS package.
                "nodejs": {
                    "compatibility": "tfbridge20",
                    "packageName": "pulumi-agentic",
                    "packageDescription": "A Pulumi provider that deploys a whole agent platform on AWS.",
                    "respectSchemaVersion": true,
                    "dependencies": { "@pulumi/pulumi": "^3.142.0" },
                },
                "python": {
                    "compatibility": "tfbridge20",
                    "packageName": "pulumi_agentic",
                    "respectSchemaVersion": true,
                    "inputTypes": "classes-and-dicts",
                    "pyproject": { "enabled": true },
                    "requires": { "pulumi": ">=3.142.0,<4.0.0" },
                },
                "go": { "respectSchemaVersion": true },
                "csharp": { "respectSchemaVersion": true },
            },
            "config": self.config,
            "provider": self.provider,
            "types": types,
            "resources": self.resources,
            "functions": self.functions,
        });
        for (name, address) in addresses(version, repository) {
            document[name] = json!(address);
        }
        document
    }

    fn properties<'a>(
        &mut self,
        place: &Place,
        fields: impl Iterator<Item = &'a Field>,
        side: Side,
    ) -> Map<String, Json> {
        let mut properties = Map::new();
        for field in fields {
            let mut property = self.shape(&place.within(field), &field.shape, field.plain, side);
            if let (Some(kind), Side::Input) = (field.resource, side) {
                or_resource(&mut property, kind);
            }
            if let (Some(inside), Side::Input | Side::Plain) = (field.within, side) {
                property = self.or_within(&place.around(field), field, inside, property);
            }
            if let (Same::Policy, Shape::Json, true) = (field.same, field.shape, side != Side::Output)
                && let Some(forms) = property["oneOf"].as_array_mut()
            {
                forms.push(json!({ "$ref": format!("#/types/{POLICY_DOCUMENT}") }));
            }
            property["description"] = json!(describe(field, side));
            if field.secret {
                property["secret"] = json!(true);
            }
            if side == Side::Input && field.change == Change::Replace {
                property["willReplaceOnChanges"] = json!(true);
            }
            if let Some(alias) = field.alias.filter(|_| side != Side::Output) {
                let mut other = property.clone();
                other["description"] = json!(format!("Alias of `{}`.", field.name));
                properties.insert(alias.to_owned(), other);
            }
            properties.insert(field.name.to_owned(), property);
        }
        properties
    }

    /// The property by itself, or as the only one of an object.
    fn or_within(&mut self, place: &Place, field: &Field, inside: &str, property: Json) -> Json {
        let token = format!("agentic:{}:{}", place.module, place.name);
        let mut inner = property.clone();
        inner["description"] = json!(field.doc);
        let entry = json!({ "description": field.doc, "type": "object", "properties": { inside: inner } });
        self.types.insert(token.clone(), (field.doc, entry));
        json!({ "oneOf": [property, { "$ref": format!("#/types/{token}") }] })
    }

    fn shape(&mut self, place: &Place, shape: &Shape, plain: bool, side: Side) -> Json {
        let mut json = match shape {
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Integer => json!({ "type": "integer" }),
            Shape::Number => json!({ "type": "number" }),
            Shape::String => json!({ "type": "string" }),
            Shape::Json if side == Side::Output => json!({ "type": "string" }),
            Shape::Json => json!({ "oneOf": [{ "type": "string" }, { "$ref": "pulumi.json#/Any" }] }),
            Shape::Any => json!({ "$ref": "pulumi.json#/Any" }),
            Shape::Asset => json!({ "$ref": "pulumi.json#/Asset" }),
            Shape::Array(item) => {
                json!({ "type": "array", "items": self.shape(place, item, plain, side) })
            }
            Shape::Map(item) => {
                json!({ "type": "object", "additionalProperties": self.shape(place, item, plain, side) })
            }
            Shape::Object(table) => json!({ "$ref": format!("#/types/{}", self.object(place, table)) }),
        };
        if plain {
            json["plain"] = json!(true);
        }
        json
    }

    /// The token of a nested type, which is written down on the way.
    fn object(&mut self, place: &Place, table: &'static Table) -> String {
        let place = match table.type_name {
            Some(name) => Place { name: name.to_owned(), ..place.clone() },
            None if place.named_by_struct => Place { name: table.name.to_owned(), ..place.clone() },
            None => place.clone(),
        };
        let token = format!("agentic:{}:{}", place.module, place.name);
        if let Some((doc, _)) = self.types.get(&token) {
            assert_eq!(*doc, table.doc, "two types of the name {token}");
            return token;
        }
        // Written down first, so that a type may hold itself.
        self.types.insert(token.clone(), (table.doc, Json::Null));
        let properties = self.properties(&place, table.fields.iter(), Side::Nested);
        let required: Vec<&str> = table.fields.iter().filter(|f| must_be_given(f)).map(|f| f.name).collect();
        let entry = json!({
            "description": table.doc, "type": "object", "properties": properties, "required": required,
        });
        self.types.insert(token.clone(), (table.doc, entry));
        token
    }
}

/// What follows from the project's public home: where Pulumi downloads the plugin, and what the registry
/// shows.
fn addresses(version: &str, repository: &str) -> Vec<(&'static str, String)> {
    let repository = repository.trim_end_matches('/');
    if repository.is_empty() {
        return Vec::new();
    }
    let (download, logo) = match repository.strip_prefix("https://github.com/") {
        // By GitHub's API, since only that knows the latest version.
        Some(path) => (
            format!("github://api.github.com/{path}"),
            format!("https://raw.githubusercontent.com/{path}/v{version}/docs/logo.svg"),
        ),
        // As Forgejo and Gitea have it. Pulumi puts the version in.
        None => (
            format!("{repository}/releases/download/v${{VERSION}}"),
            format!("{repository}/raw/tag/v{version}/docs/logo.svg"),
        ),
    };
    let owner = repository.rsplit('/').nth(1).unwrap_or_default().to_lowercase();
    let mut addresses = vec![
        ("pluginDownloadURL", download),
        ("repository", repository.to_owned()),
        ("homepage", repository.to_owned()),
        ("logoUrl", logo),
    ];
    // Some owners have names that no namespace may have.
    if owner.starts_with(|c: char| c.is_ascii_lowercase())
        && owner.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        addresses.push(("namespace", owner));
    }
    addresses
}

/// The type of a policy, which a program may give as text or as any object as well.
const POLICY_DOCUMENT: &str = "agentic:iam:PolicyDocument";

/// What a look-up of a resource by its ID may tell of it: all that it has, and none of it need be.
fn state_inputs(inputs: &Map<String, Json>, outputs: Map<String, Json>) -> Map<String, Json> {
    let mut all = inputs.clone();
    all.extend(outputs);
    for property in all.values_mut().filter_map(Json::as_object_mut) {
        property.remove("description");
        property.remove("willReplaceOnChanges");
    }
    all
}

/// An argument that is refused. Any value can be given, so that the sentence is what a program sees.
fn unsupported(argument: &Unsupported) -> (String, Json) {
    let said = argument.description();
    let any = json!({ "$ref": "pulumi.json#/Any", "description": said, "deprecationMessage": said });
    (argument.name.to_owned(), any)
}

/// The place that a nested type is named after: `agentic:lb:Listener` and the names of the properties
/// down to it make `agentic:lb:ListenerDefaultActionForward`, as in Pulumi's AWS package.
#[derive(Clone)]
struct Place {
    module: String,
    name: String,
    /// Types of components are called as their structs are, since several components share them.
    named_by_struct: bool,
}

impl Place {
    fn of(token: &str) -> Self {
        let mut parts = token.split(':').skip(1);
        let module = parts.next().unwrap_or("index").to_owned();
        Place { module, name: capital(parts.next().unwrap_or_default()), named_by_struct: false }
    }

    /// The place of what a property holds: of one item, where it is a list.
    fn within(&self, field: &Field) -> Self {
        let step = match field.shape {
            Shape::Array(_) | Shape::Map(_) => capital(&singular(field.name)),
            _ => capital(field.name),
        };
        Place { name: format!("{}{step}", self.name), ..self.clone() }
    }

    /// The place of an object around what a property holds.
    fn around(&self, field: &Field) -> Self {
        Place { name: format!("{}{}", self.name, capital(field.name)), ..self.clone() }
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// One of what a list holds.
fn singular(name: &str) -> String {
    let endings = [("lias", "lias"), ("liases", "lias"), ("ies", "y"), ("ss", "ss"), ("sses", "ss")];
    let further = [("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", "")];
    let ending = endings
        .iter()
        .chain(&further)
        .find_map(|(plural, one)| name.strip_suffix(plural).map(|stem| format!("{stem}{one}")));
    ending.unwrap_or_else(|| name.to_owned())
}

/// Lets a resource stand where its ID is wanted, which may be deep in a list.
fn or_resource(property: &mut Json, kind: &str) {
    match property.get_mut("items") {
        Some(items) => or_resource(items, kind),
        None => {
            let token = format!("#/resources/agentic:{}", kind.replace('.', ":"));
            *property = json!({ "oneOf": [{ "type": "string" }, { "$ref": token }] });
        }
    }
}

/// A property with two spellings is given by either of them, which a schema has no word for; that
/// one is there is checked later.
fn must_be_given(field: &Field) -> bool {
    field.required && field.alias.is_none() && !field.optional_type
}

fn is_always_there(field: &Field) -> bool {
    field.required || field.autoname || field.default.is_some() || field.told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::unsupported::without;
    use crate::model::Model;

    /// A metric.
    #[derive(Clone, Model)]
    #[allow(dead_code)]
    struct Metric {
        /// The type.
        #[model(alias = "kind")]
        metric_type: String,
        /// The label.
        label: String,
    }

    /// A policy.
    #[derive(Model)]
    #[allow(dead_code)]
    struct PolicyArgs {
        /// The metric.
        #[model(in_place)]
        metric: Metric,
        /// The names of the roles.
        #[model(in_place, or = "iam.Role")]
        roles: Vec<String>,
        /// The labels.
        #[model(in_place, within = "tags")]
        labels: std::collections::BTreeMap<String, String>,
    }

    /// What AWS says.
    #[derive(Model)]
    struct PolicyState {}

    #[test]
    fn all_addresses_follow_from_the_public_home() {
        let at = |repository| Schema::default().finish("1.2.3", repository);
        let told = at("https://github.com/Acme/platform/");
        assert_eq!(told["namespace"], "acme");
        assert_eq!(at("https://github.com/4ever/platform").get("namespace"), None);
        let told = at("https://github.com/acme/platform/");
        assert_eq!(told["pluginDownloadURL"], "github://api.github.com/acme/platform");
        assert_eq!(told["repository"], "https://github.com/acme/platform");
        let logo = "https://raw.githubusercontent.com/acme/platform/v1.2.3/docs/logo.svg";
        assert_eq!(told["logoUrl"], logo);
        let told = at("https://git.example.com/acme/platform");
        let download = "https://git.example.com/acme/platform/releases/download/v${VERSION}";
        assert_eq!(told["pluginDownloadURL"], download);
        assert_eq!(at("").get("pluginDownloadURL"), None);
        assert_eq!(at("").get("logoUrl"), None);
    }

    #[test]
    fn a_type_is_called_after_its_place() {
        let place = |names: &[&'static str]| {
            let of_list = |place: Place, name: &&'static str| {
                place.within(&Field::new(name, "", Shape::Array(&Shape::String), false))
            };
            names.iter().fold(Place::of("agentic:lb:Listener"), of_list).name
        };
        assert_eq!(place(&["defaultActions", "targetGroups"]), "ListenerDefaultActionTargetGroup");
        assert_eq!(place(&["policies", "addresses", "patches", "boxes"]), "ListenerPolicyAddressPatchBox");
        assert_eq!(place(&["aliases", "clientAlias", "ingress"]), "ListenerAliasClientAliasIngress");
        let single = Field::new("restrictions", "", Shape::String, false);
        assert_eq!(Place::of("agentic:ec2:getVpc").within(&single).name, "GetVpcRestrictions");
    }

    fn policies() -> Json {
        let mut schema = Schema::default();
        schema.resource(&Resource {
            token: "agentic:app:Policy",
            alias_of: None,
            inputs: PolicyArgs::TABLE,
            outputs: PolicyState::TABLE,
            common: &[],
            added: &[],
            unsupported: &[without("metrics", "give metric")],
            id: None,
            component: false,
        });
        schema.finish("0.0.0", "")
    }

    #[test]
    fn a_resource_stands_for_its_id_and_an_object_for_what_it_holds() {
        let schema = policies();
        let policy = &schema["resources"]["agentic:app:Policy"];
        let either = json!([{ "type": "string" }, { "$ref": "#/resources/agentic:iam:Role" }]);
        assert_eq!(policy["inputProperties"]["roles"]["items"]["oneOf"], either);
        assert_eq!(policy["properties"]["roles"]["items"], json!({ "type": "string" }));
        let labels = &policy["inputProperties"]["labels"]["oneOf"];
        assert_eq!(labels[1], json!({ "$ref": "#/types/agentic:app:PolicyLabels" }));
        let inside = &schema["types"]["agentic:app:PolicyLabels"]["properties"]["tags"];
        assert_eq!(inside["additionalProperties"], json!({ "type": "string" }));
        assert_eq!(policy["properties"]["labels"]["type"], json!("object"));
    }

    #[test]
    fn either_spelling_is_enough_in_nested_types_too() {
        let whole = policies();
        let policy = &whole["resources"]["agentic:app:Policy"];
        let refused = &policy["inputProperties"]["metrics"];
        assert_eq!(refused["deprecationMessage"], json!("Not supported: give metric."));
        assert_eq!(policy["stateInputs"]["properties"]["metric"].get("description"), None);
        assert!(policy["stateInputs"]["properties"].get("metrics").is_none());
        let metric = &whole["types"]["agentic:app:PolicyMetric"];
        assert_eq!(metric["required"], json!(["label"]));
        assert_eq!(metric["properties"]["kind"]["type"], json!("string"));
        assert_eq!(metric["properties"]["kind"]["description"], json!("Alias of `metricType`."));
    }
}
