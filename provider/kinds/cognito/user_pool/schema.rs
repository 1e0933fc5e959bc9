//! The attributes of users.

use crate::model::Model;

/// An attribute of users.
#[derive(Clone, Debug, Model)]
pub struct Schema {
    /// The type of the values.
    #[model(one_of = ["String", "Number", "DateTime", "Boolean"])]
    pub attribute_data_type: String,
    /// Whether only administrators can change the attribute. AWS recommends using the attribute
    /// permissions of clients instead.
    #[model(default = false)]
    pub developer_only_attribute: bool,
    /// Whether the value of the attribute can change.
    #[model(default = false)]
    pub mutable: bool,
    /// The name of the attribute, without `custom:`.
    #[model(length = 1..=20)]
    pub name: String,
    /// The constraints on numeric values.
    pub number_attribute_constraints: Option<NumberAttributeConstraints>,
    /// Whether users must have the attribute. Custom attributes cannot be required.
    #[model(default = false)]
    pub required: bool,
    /// The constraints on string values.
    pub string_attribute_constraints: Option<StringAttributeConstraints>,
}

/// The constraints on numeric values.
#[derive(Clone, Debug, Model)]
pub struct NumberAttributeConstraints {
    /// The maximum value.
    pub max_value: Option<String>,
    /// The minimum value.
    pub min_value: Option<String>,
}

/// The constraints on string values.
#[derive(Clone, Debug, Model)]
pub struct StringAttributeConstraints {
    /// The maximum number of characters.
    pub max_length: Option<String>,
    /// The minimum number of characters.
    pub min_length: Option<String>,
}
