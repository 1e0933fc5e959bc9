//! What the derive writes down about a struct: the one source of schema, decoding and diff.

use std::ops::Deref;

use super::{Object, Value};

/// A struct of arguments, of state, or nested in either.
#[derive(Debug)]
pub struct Table {
    /// The struct's name.
    pub name: &'static str,
    /// The name of its type in the SDKs, where several places share one on purpose.
    pub type_name: Option<&'static str>,
    pub doc: &'static str,
    pub fields: &'static [Field],
}

/// One property.
#[derive(Clone, Copy)]
pub struct Field {
    /// The name on the wire, in camel case.
    pub name: &'static str,
    pub doc: &'static str,
    pub shape: Shape,
    /// AWS always tells which value it picked, so that the output is always there.
    pub told: bool,
    /// Beside the field, since most fields have few.
    pub rules: &'static Rules,
}

/// What holds of a property.
pub struct Rules {
    /// Whether a value must be there: it is neither optional nor has a default.
    pub required: bool,
    pub change: Change,
    /// The arguments that an output, or the value that AWS picks, depends on; it stays as it is while
    /// they do.
    pub follows: &'static [&'static str],
    pub same: Same,
    pub default: Option<Default_>,
    /// The value is encrypted in the state and never printed.
    pub secret: bool,
    /// A value is made from the resource's name when none is given.
    pub autoname: bool,
    /// AWS picks a value when none is given, which is then an output and no change.
    pub aws_default: bool,
    /// What becomes of a value that a program takes out, where AWS would keep it.
    pub resets: Resets,
    /// Which values mean the same as none: something is switched off.
    pub off: Option<fn(&Value) -> bool>,
    /// An import writes the value down although AWS may have picked it: another instance would need
    /// it too.
    pub imported: bool,
    /// AWS never gives the value back, so that reading keeps the one last given.
    pub write_only: bool,
    /// What a program omits is left to resources of their own: what is there stays, and is neither an
    /// output nor drift. What a program gives is the whole.
    pub if_given: bool,
    /// A value must be there, and yet the types of the SDKs let a program omit it, as those of another package
    /// with the same resource do.
    pub optional_type: bool,
    /// The value must be known when a component is constructed.
    pub plain: bool,
    /// Another spelling that programs may use.
    pub alias: Option<&'static str>,
    /// The kind of resource that may stand for its ID, such as `iam.Role`.
    pub resource: Option<&'static str>,
    /// Programs may give it as the only property of this name of an object.
    pub within: Option<&'static str>,
    /// Smallest and largest number.
    pub range: Option<(f64, f64)>,
    /// Fewest and most characters of a text, or items of a list.
    pub length: Option<(usize, usize)>,
    /// The only legal texts.
    pub one_of: &'static [&'static str],
    /// The only legal numbers.
    pub numbers: &'static [i64],
    /// What else must hold of each known text or number.
    pub check: Option<Check>,
}

/// Holds a known value against a rule: what is wrong, and what would be right.
pub type Check = fn(&Value) -> Result<(), String>;

/// What a property holds.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Boolean,
    Integer,
    Number,
    String,
    /// A JSON document, as text or as an object.
    Json,
    Any,
    /// A file, or what is in it: an asset of Pulumi.
    Asset,
    Array(&'static Shape),
    Map(&'static Shape),
    Object(&'static Table),
}

/// What a changed property does to its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// AWS can change it in place.
    InPlace,
    /// The resource must be replaced.
    Replace,
    /// An output; or, in a nested struct, what the property around it says.
    Inherited,
}

/// What becomes of a value that a program takes out, where AWS picks one when none is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Resets {
    /// It stays.
    Never,
    /// The kind puts AWS's own value in its place.
    ByKind,
    /// This value takes its place, which AWS gives by itself.
    To(Default_),
}

/// When what AWS has is what a program wants.
#[derive(Debug, Clone, Copy)]
pub enum Same {
    Exact,
    /// The order of a list carries no meaning.
    Set,
    /// Texts are compared as JSON documents.
    Json,
    /// Texts are compared as IAM policies: one item means the same as a list of it, and the order
    /// of a list carries no meaning.
    Policy,
    /// Upper and lower case carry no meaning.
    AnyCase,
    /// AWS may have more than was asked for.
    Floor,
    /// AWS may have a later minor version than was asked for, and `16` means any `16.x`.
    Version,
    /// What the function says of what AWS has and what is wanted.
    By(fn(&Value, &Value) -> bool),
}

/// A value that stands in for one that is not given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default_ {
    Bool(bool),
    Integer(i64),
    Number(f64),
    String(&'static str),
    List,
    Map,
}

impl Default_ {
    pub fn value(&self) -> Value {
        match *self {
            Default_::Bool(value) => Value::Bool(value),
            Default_::Integer(value) => Value::Number(value as f64),
            Default_::Number(value) => Value::Number(value),
            Default_::String(value) => Value::from(value),
            Default_::List => Value::Array(Vec::new()),
            Default_::Map => Value::Object(Default::default()),
        }
    }
}

impl Shape {
    fn mark_secrets(&self, value: &mut Value) {
        match (self, value) {
            (Shape::Object(table), Value::Object(fields)) => table.mark_secrets(fields),
            (Shape::Array(item), Value::Array(items)) => {
                items.iter_mut().for_each(|it| item.mark_secrets(it))
            }
            (Shape::Map(item), Value::Object(fields)) => {
                fields.values_mut().for_each(|it| item.mark_secrets(it))
            }
            _ => {}
        }
    }
}

impl Table {
    /// Marks what must not be shown, also within other properties.
    pub fn mark_secrets(&self, fields: &mut Object) {
        for field in self.fields {
            match fields.remove(field.name) {
                Some(value) if field.secret => {
                    drop(fields.insert(field.name.to_owned(), value.into_secret()))
                }
                Some(mut value) => {
                    field.shape.mark_secrets(&mut value);
                    fields.insert(field.name.to_owned(), value);
                }
                None => {}
            }
        }
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The names a program may use here, other spellings included.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().flat_map(|field| std::iter::once(field.name).chain(field.alias))
    }
}

impl Rules {
    /// Nothing special, for the derive to start from.
    pub const fn new(required: bool) -> Self {
        Rules {
            required,
            change: Change::Inherited,
            follows: &[],
            same: Same::Exact,
            default: None,
            secret: false,
            autoname: false,
            aws_default: false,
            resets: Resets::Never,
            off: None,
            imported: false,
            write_only: false,
            if_given: false,
            optional_type: false,
            plain: false,
            alias: None,
            resource: None,
            within: None,
            range: None,
            length: None,
            one_of: &[],
            numbers: &[],
            check: None,
        }
    }
}

impl Deref for Field {
    type Target = Rules;

    fn deref(&self) -> &Rules {
        self.rules
    }
}

impl Field {
    /// A field with nothing special about it.
    pub const fn new(name: &'static str, doc: &'static str, shape: Shape, required: bool) -> Self {
        static REQUIRED: Rules = Rules::new(true);
        static OPTIONAL: Rules = Rules::new(false);
        Field { name, doc, shape, told: false, rules: if required { &REQUIRED } else { &OPTIONAL } }
    }

    /// Whether a value stays where a program takes it out of a resource that has it.
    pub fn is_kept(&self) -> bool {
        self.aws_default && self.resets == Resets::Never || self.if_given
    }

    /// Whether a program that had this value takes it out, and another is to take its place.
    pub fn is_taken_out(&self, old: Option<&Value>, new: Option<&Value>) -> bool {
        let is_given = |value: &&Value| !value.is_null();
        let is_other = |old: &Value| match self.resets {
            Resets::Never => false,
            Resets::ByKind => true,
            Resets::To(usual) => *old.peel() != usual.value(),
        };
        new.filter(is_given).is_none() && old.filter(is_given).is_some_and(is_other)
    }

    /// Whether the value means the same as leaving the property out.
    pub fn is_none(&self, value: &Value) -> bool {
        let is_empty = match value.peel() {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        };
        let is_list = matches!(self.shape, Shape::Array(_) | Shape::Map(_));
        let absent_is_empty = is_list && !self.aws_default && !self.if_given;
        absent_is_empty && is_empty || self.is_off(value)
    }

    /// Whether something is switched off by the value.
    pub fn is_off(&self, value: &Value) -> bool {
        self.off.is_some_and(|off| !value.has_unknown() && off(value.peel()))
    }
}

/// How many fields there are in all of these. For the derive.
pub const fn count(parts: &[&[Field]]) -> usize {
    let (mut index, mut count) = (0, 0);
    while index < parts.len() {
        count += parts[index].len();
        index += 1;
    }
    count
}

/// The fields of a struct and of those that it embeds, in one row. A name that comes twice does not
/// compile. For the derive.
pub const fn join<const N: usize>(parts: &[&[Field]]) -> [Field; N] {
    let mut all = [Field::new("", "", Shape::Any, false); N];
    let (mut part, mut filled) = (0, 0);
    while part < parts.len() {
        let mut index = 0;
        while index < parts[part].len() {
            let field = parts[part][index];
            let mut before = 0;
            while before < filled {
                assert!(!all[before].shares_a_name_with(&field), "a property comes twice");
                before += 1;
            }
            all[filled] = field;
            filled += 1;
            index += 1;
        }
        part += 1;
    }
    all
}

impl Field {
    const fn shares_a_name_with(&self, other: &Field) -> bool {
        let (ours, theirs) = ([Some(self.name), self.rules.alias], [Some(other.name), other.rules.alias]);
        let mut index = 0;
        while index < 4 {
            if let (Some(one), Some(two)) = (ours[index / 2], theirs[index % 2])
                && is_same_text(one.as_bytes(), two.as_bytes())
            {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// `==` of texts is not to be had in constants.
const fn is_same_text(one: &[u8], two: &[u8]) -> bool {
    if one.len() != two.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != two[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {:?}", self.name, self.shape)
    }
}
