//! The symbols of properties.

use std::fmt;
use std::marker::PhantomData;

use super::{Field, Model, Path};

/// The symbol of a property of the struct `M`, such as `VpcArgs::CIDR_BLOCK`. The derive writes one
/// for each field, and nothing else makes one: what is no property has no symbol, and that of
/// another struct has another type.
///
/// ```
/// # use agentic_pulumi::model::{self, Model};
/// /// The arguments of a network.
/// #[derive(Model)]
/// struct NetworkArgs {
///     /// The range of its addresses.
///     #[model(replace)]
///     cidr_block: String,
/// }
///
/// # fn main() {
/// assert_eq!(NetworkArgs::CIDR_BLOCK.name(), "cidrBlock");
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # use agentic_pulumi::model::{self, Model};
/// # /// The arguments of a network.
/// # #[derive(Model)]
/// # struct NetworkArgs {
/// #     /// The range of its addresses.
/// #     #[model(replace)]
/// #     cidr_block: String,
/// # }
/// # fn main() {
/// assert_eq!(NetworkArgs::CIDR_BLOKC.name(), "cidrBlock");
/// # }
/// ```
///
/// ```compile_fail,E0308
/// # use agentic_pulumi::model::{self, Model};
/// # /// The arguments of a network.
/// # #[derive(Model)]
/// # struct NetworkArgs {
/// #     /// The range of its addresses.
/// #     #[model(replace)]
/// #     cidr_block: String,
/// # }
/// # /// The arguments of a part of a network.
/// # #[derive(Model)]
/// # struct SubnetArgs {
/// #     /// The range of its addresses.
/// #     #[model(replace)]
/// #     cidr_block: String,
/// # }
/// # fn main() {
/// assert!(NetworkArgs::CIDR_BLOCK == SubnetArgs::CIDR_BLOCK);
/// # }
/// ```
pub struct Prop<M> {
    name: &'static str,
    of: PhantomData<fn() -> M>,
}

/// The symbol of a field. For the derive.
pub const fn prop<M>(name: &'static str) -> Prop<M> {
    Prop { name, of: PhantomData }
}

impl<M> Prop<M> {
    /// The name of the property on the wire.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<M: Model> Prop<M> {
    /// The property with this name on the wire, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        M::TABLE.field(name).map(Self::of)
    }

    /// The properties of the struct that are such.
    pub fn such(is_one: impl Fn(&Field) -> bool) -> impl Iterator<Item = Self> {
        M::TABLE.fields.iter().filter(move |field| is_one(field)).map(Self::of)
    }

    fn of(field: &Field) -> Self {
        prop(field.name)
    }
}

impl<M> Clone for Prop<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Prop<M> {}

impl<M> PartialEq for Prop<M> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl<M> Eq for Prop<M> {}

impl<M> fmt::Debug for Prop<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<M> fmt::Display for Prop<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<M> From<Prop<M>> for String {
    fn from(prop: Prop<M>) -> Self {
        prop.name.to_owned()
    }
}

impl<M> From<Prop<M>> for Path {
    /// The path of a property of the arguments.
    fn from(prop: Prop<M>) -> Self {
        Path::root().key(prop)
    }
}
