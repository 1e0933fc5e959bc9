//! The schemas of tools. Pulumi's types of them have an end, AWS's have none: what is further inside
//! is JSON.
//! <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_SchemaDefinition.html>

mod json;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_bedrockagentcorecontrol::error::BuildError;
use aws_sdk_bedrockagentcorecontrol::types::{self, SchemaDefinition, SchemaType};
use serde_json::Value as Json_;

use crate::aws::error::{Error, ErrorKind, Result};
use crate::model::{Json, Model, Value};
use json::{
    check_items, check_properties, items_json, properties_json, read, read_properties, same_properties,
};

/// The location of the description of an API or of tools. Exactly one of the properties must be
/// given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct SchemaSource {
    /// The description as inline text.
    pub inline_payload: Option<InlineSchema>,
    /// The description in Amazon S3.
    pub s3: Option<SchemaObject>,
}

/// An inline description.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct InlineSchema {
    /// The description as text, in JSON or YAML.
    #[model(length = 1..=1_048_576, same = same_text)]
    pub payload: String,
}

/// A description in Amazon S3.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct SchemaObject {
    /// The ID of the account that owns the bucket. Defaults to that of the gateway.
    #[model(length = 12..=12)]
    pub bucket_owner_account_id: Option<String>,
    /// The URI of the object, such as `s3://bucket/openapi.json`.
    #[model(length = 6..=2048, check = check_uri)]
    pub uri: String,
}

/// The tools of a Lambda function. Exactly one of the properties must be given.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolSchema {
    /// The inline descriptions of the tools.
    #[model(set, length = 1..=1000)]
    pub inline_payloads: Option<Vec<ToolDefinition>>,
    /// The description of the tools in Amazon S3.
    pub s3: Option<SchemaObject>,
}

/// A tool.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolDefinition {
    /// The description of the tool, by which agents choose it.
    pub description: String,
    /// The input of the tool.
    pub input_schema: ToolData,
    /// The name of the tool.
    pub name: String,
    /// The output of the tool.
    pub output_schema: Option<ToolData>,
}

/// The input or output of a tool.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolData {
    /// The description of the data.
    pub description: Option<String>,
    /// The items of an array.
    pub items: Option<ToolItems>,
    /// The properties of an object.
    #[model(set, default = [])]
    pub properties: Vec<ToolProperty>,
    /// The type of the data.
    #[model(one_of = TYPES)]
    pub r#type: String,
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolProperty {
    /// The description of the property.
    pub description: Option<String>,
    /// The items of an array.
    pub items: Option<ToolItems>,
    /// The name of the property.
    pub name: String,
    /// The properties of an object.
    #[model(set, default = [])]
    pub properties: Vec<ToolInnerProperty>,
    /// Whether the property is required.
    #[model(default = false)]
    pub required: bool,
    /// The type of the property.
    #[model(one_of = TYPES)]
    pub r#type: String,
}

/// The items of an array.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolItems {
    /// The description of the items.
    pub description: Option<String>,
    /// The items of items that are arrays.
    pub items: Option<ToolInnerItems>,
    /// The properties of items that are objects.
    #[model(set, default = [])]
    pub properties: Vec<ToolInnerProperty>,
    /// The type of the items.
    #[model(one_of = TYPES)]
    pub r#type: String,
}

/// The items of an inner array.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolInnerItems {
    /// The description of the items.
    pub description: Option<String>,
    /// The schema of the items of items that are arrays, as JSON text or as an object.
    #[model(json, check = check_items)]
    pub items_json: Option<Json>,
    /// The schemas of the properties of items that are objects, by name, as JSON text or as an
    /// object. To mark properties as required, use the form `{ "properties": {...}, "required":
    /// [...] }`.
    #[model(same = same_properties, check = check_properties)]
    pub properties_json: Option<Json>,
    /// The type of the items.
    #[model(one_of = TYPES)]
    pub r#type: String,
}

/// A property of an inner object.
#[derive(Clone, Debug, PartialEq, Model)]
pub struct ToolInnerProperty {
    /// The description of the property.
    pub description: Option<String>,
    /// The schema of the items of an array, as JSON text or as an object.
    #[model(json, check = check_items)]
    pub items_json: Option<Json>,
    /// The name of the property.
    pub name: String,
    /// The schemas of the properties of an object, by name, as JSON text or as an object. To mark
    /// properties as required, use the form `{ "properties": {...}, "required": [...] }`.
    #[model(same = same_properties, check = check_properties)]
    pub properties_json: Option<Json>,
    /// Whether the property is required.
    #[model(default = false)]
    pub required: bool,
    /// The type of the property.
    #[model(one_of = TYPES)]
    pub r#type: String,
}

const TYPES: [&str; 6] = ["string", "number", "object", "array", "boolean", "integer"];

impl SchemaSource {
    pub fn to_aws(&self) -> Result<types::ApiSchemaConfiguration> {
        match (&self.inline_payload, &self.s3) {
            (Some(inline), _) => Ok(types::ApiSchemaConfiguration::InlinePayload(inline.payload.clone())),
            (None, Some(object)) => Ok(types::ApiSchemaConfiguration::S3(object.to_aws())),
            (None, None) => Err(Error::new(ErrorKind::Invalid, "a schema has no location")),
        }
    }

    pub fn shown(schema: &types::ApiSchemaConfiguration) -> Option<Self> {
        match schema {
            types::ApiSchemaConfiguration::InlinePayload(payload) => Some(Self::inline(payload)),
            types::ApiSchemaConfiguration::S3(object) => Some(Self::object(object)),
            _ => None,
        }
    }

    pub fn inline(payload: &str) -> Self {
        SchemaSource { inline_payload: Some(InlineSchema { payload: payload.to_owned() }), s3: None }
    }

    pub fn object(object: &types::S3Configuration) -> Self {
        SchemaSource { inline_payload: None, s3: Some(SchemaObject::shown(object)) }
    }
}

impl SchemaObject {
    pub fn to_aws(&self) -> types::S3Configuration {
        let owner = self.bucket_owner_account_id.clone();
        types::S3Configuration::builder().uri(&self.uri).set_bucket_owner_account_id(owner).build()
    }

    fn shown(object: &types::S3Configuration) -> Self {
        SchemaObject {
            bucket_owner_account_id: object.bucket_owner_account_id.clone(),
            uri: object.uri.clone().unwrap_or_default(),
        }
    }
}

impl ToolSchema {
    pub fn to_aws(&self) -> Result<types::ToolSchema> {
        if let Some(object) = &self.s3 {
            return Ok(types::ToolSchema::S3(object.to_aws()));
        }
        let tools = self.inline_payloads.iter().flatten();
        let tools: Result<_> = tools.map(ToolDefinition::to_aws).collect();
        Ok(types::ToolSchema::InlinePayload(tools?))
    }

    pub fn shown(schema: &types::ToolSchema) -> Option<Self> {
        match schema {
            types::ToolSchema::InlinePayload(tools) => {
                let tools = tools.iter().map(ToolDefinition::shown).collect();
                Some(ToolSchema { inline_payloads: Some(tools), s3: None })
            }
            types::ToolSchema::S3(object) => {
                Some(ToolSchema { inline_payloads: None, s3: Some(SchemaObject::shown(object)) })
            }
            _ => None,
        }
    }
}

impl ToolDefinition {
    fn to_aws(&self) -> Result<types::ToolDefinition> {
        let made = types::ToolDefinition::builder()
            .name(&self.name)
            .description(&self.description)
            .input_schema(self.input_schema.to_aws()?)
            .set_output_schema(self.output_schema.as_ref().map(ToolData::to_aws).transpose()?)
            .build()?;
        Ok(made)
    }

    fn shown(tool: &types::ToolDefinition) -> Self {
        ToolDefinition {
            description: tool.description.clone(),
            input_schema: ToolData::shown(tool.input_schema.as_ref()),
            name: tool.name.clone(),
            output_schema: tool.output_schema.as_ref().map(|schema| ToolData::shown(Some(schema))),
        }
    }
}

/// A property as AWS takes it: its name, whether it must be given, and its schema.
type Property = (String, bool, SchemaDefinition);

fn definition(
    r#type: &str,
    description: &Option<String>,
    items: Option<SchemaDefinition>,
    properties: Vec<Property>,
) -> Result<SchemaDefinition, BuildError> {
    let required: Vec<String> =
        properties.iter().filter(|(_, required, _)| *required).map(|(name, _, _)| name.clone()).collect();
    let properties: HashMap<_, _> = properties.into_iter().map(|(name, _, schema)| (name, schema)).collect();
    SchemaDefinition::builder()
        .r#type(SchemaType::from(r#type))
        .set_description(description.clone())
        .set_items(items.map(Box::new))
        .set_properties(Some(properties).filter(|all| !all.is_empty()))
        .set_required(Some(required).filter(|all| !all.is_empty()))
        .build()
}

/// The properties of an object by name, each with whether it must be given.
fn properties_of(schema: &SchemaDefinition) -> Vec<(String, bool, &SchemaDefinition)> {
    let required = schema.required.as_deref().unwrap_or_default();
    let all: BTreeMap<_, _> = schema.properties.iter().flatten().collect();
    all.into_iter().map(|(name, schema)| (name.clone(), required.contains(name), schema)).collect()
}

impl ToolData {
    fn to_aws(&self) -> Result<SchemaDefinition> {
        let items = self.items.as_ref().map(ToolItems::to_aws).transpose()?;
        let properties: Result<_> = self.properties.iter().map(ToolProperty::to_aws).collect();
        Ok(definition(&self.r#type, &self.description, items, properties?)?)
    }

    fn shown(schema: Option<&SchemaDefinition>) -> Self {
        let properties = schema.map(properties_of).unwrap_or_default();
        ToolData {
            description: schema.and_then(|schema| schema.description.clone()),
            items: schema.and_then(|schema| schema.items.as_deref()).map(ToolItems::shown),
            properties: properties.into_iter().map(ToolProperty::shown).collect(),
            r#type: schema.map_or("", |schema| schema.r#type.as_str()).to_owned(),
        }
    }
}

impl ToolProperty {
    fn to_aws(&self) -> Result<Property> {
        let items = self.items.as_ref().map(ToolItems::to_aws).transpose()?;
        let properties: Result<_> = self.properties.iter().map(ToolInnerProperty::to_aws).collect();
        let schema = definition(&self.r#type, &self.description, items, properties?)?;
        Ok((self.name.clone(), self.required, schema))
    }

    fn shown((name, required, schema): (String, bool, &SchemaDefinition)) -> Self {
        ToolProperty {
            description: schema.description.clone(),
            items: schema.items.as_deref().map(ToolItems::shown),
            name,
            properties: properties_of(schema).into_iter().map(ToolInnerProperty::shown).collect(),
            required,
            r#type: schema.r#type.as_str().to_owned(),
        }
    }
}

impl ToolItems {
    fn to_aws(&self) -> Result<SchemaDefinition> {
        let items = self.items.as_ref().map(ToolInnerItems::to_aws).transpose()?;
        let properties: Result<_> = self.properties.iter().map(ToolInnerProperty::to_aws).collect();
        Ok(definition(&self.r#type, &self.description, items, properties?)?)
    }

    fn shown(schema: &SchemaDefinition) -> Self {
        ToolItems {
            description: schema.description.clone(),
            items: schema.items.as_deref().map(|schema| ToolInnerItems {
                description: schema.description.clone(),
                items_json: items_json(schema),
                properties_json: properties_json(schema),
                r#type: schema.r#type.as_str().to_owned(),
            }),
            properties: properties_of(schema).into_iter().map(ToolInnerProperty::shown).collect(),
            r#type: schema.r#type.as_str().to_owned(),
        }
    }
}

impl ToolInnerItems {
    fn to_aws(&self) -> Result<SchemaDefinition> {
        inner(&self.r#type, &self.description, self.items_json.as_ref(), self.properties_json.as_ref())
    }
}

impl ToolInnerProperty {
    fn to_aws(&self) -> Result<Property> {
        let (items, properties) = (self.items_json.as_ref(), self.properties_json.as_ref());
        let schema = inner(&self.r#type, &self.description, items, properties)?;
        Ok((self.name.clone(), self.required, schema))
    }

    fn shown((name, required, schema): (String, bool, &SchemaDefinition)) -> Self {
        ToolInnerProperty {
            description: schema.description.clone(),
            items_json: items_json(schema),
            name,
            properties_json: properties_json(schema),
            required,
            r#type: schema.r#type.as_str().to_owned(),
        }
    }
}

fn inner(
    r#type: &str,
    description: &Option<String>,
    items: Option<&Json>,
    properties: Option<&Json>,
) -> Result<SchemaDefinition> {
    let invalid = |reason: String| Error::new(ErrorKind::Invalid, format!("a schema {reason}"));
    let items = items.map(|Json(items)| read(items)).transpose().map_err(invalid)?;
    let properties = properties.map(|Json(all)| read_properties(all)).transpose().map_err(invalid)?;
    Ok(definition(r#type, description, items, properties.unwrap_or_default())?)
}

/// Whether two texts mean the same, which may be JSON.
fn same_text(actual: &Value, wanted: &Value) -> bool {
    let (Some(actual), Some(wanted)) = (actual.as_str(), wanted.as_str()) else { return false };
    let parsed = |text: &str| serde_json::from_str::<Json_>(text).ok();
    actual.trim() == wanted.trim() || parsed(actual).is_some_and(|json| Some(json) == parsed(wanted))
}

/// <https://docs.aws.amazon.com/bedrock-agentcore-control/latest/APIReference/API_S3Configuration.html>
fn check_uri(uri: &str) -> Result<(), String> {
    match uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(()),
        _ => Err(format!("is {uri:?}; give the URI of an object, such as s3://bucket/openapi.json")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_comes_back_as_it_was_sent() {
        let deep = json!({
            "required": ["sku"],
            "properties": { "sku": { "type": "string" }, "tags": { "type": "array", "items": { "type": "string" } } },
        });
        let line = ToolInnerProperty {
            description: Some("A line".into()),
            items_json: None,
            name: "line".into(),
            properties_json: Some(Json(deep.clone())),
            required: true,
            r#type: "object".into(),
        };
        let rows = ToolItems {
            description: None,
            items: Some(ToolInnerItems {
                description: None,
                items_json: Some(Json(json!({ "type": "array", "items": { "type": "number" } }))),
                properties_json: None,
                r#type: "array".into(),
            }),
            properties: Vec::new(),
            r#type: "array".into(),
        };
        let property =
            |name: &str, items: Option<ToolItems>, properties: Vec<ToolInnerProperty>, of: &str| {
                let (description, name, r#type) = (None, name.to_owned(), of.to_owned());
                ToolProperty { description, items, name, properties, required: of == "array", r#type }
            };
        let input = ToolData {
            description: Some("An order".into()),
            items: None,
            properties: vec![
                property("order", None, vec![line], "object"),
                property("rows", Some(rows), Vec::new(), "array"),
            ],
            r#type: "object".into(),
        };
        let tool = ToolDefinition {
            description: "Places an order".into(),
            input_schema: input,
            name: "order".into(),
            output_schema: None,
        };
        let sent = tool.to_aws().unwrap();
        assert_eq!(sent.input_schema.as_ref().unwrap().required, Some(vec!["rows".to_owned()]));
        assert_eq!(ToolDefinition::shown(&sent), tool);
    }

    #[test]
    fn an_api_may_be_described_with_other_spaces() {
        let same = |a: &str, b: &str| same_text(&Value::from(a), &Value::from(b));
        assert!(same(r#"{"openapi":"3.0.0"}"#, "{ \"openapi\": \"3.0.0\" }\n"));
        assert!(same("openapi: 3.0.0\n", "openapi: 3.0.0"));
        assert!(!same("openapi: 3.0.0", "openapi: 3.0.1"));
        assert!(check_uri("s3://bucket/api.yaml").is_ok());
        assert!(check_uri("s3://bucket").is_err() && check_uri("https://bucket/a").is_err());
    }
}
