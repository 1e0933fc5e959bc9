//! `#[derive(Model)]`: from a struct of properties to its table, its decoder and its encoder.
//!
//! Every field needs a doc comment, and every field of a struct named `...Args` says what a change
//! does: `#[model(in_place)]` or `#[model(replace)]`. A struct of component arguments says
//! `#[model(component)]` instead. Beside the struct, the derive writes its twin as programs give
//! it, with parts that may be absent, unknown or secret: `VpcInputs` for `VpcArgs`, `VpcOutputs`
//! for `VpcState`, `PortInput` for a nested `Port`. Arguments of a kind have another twin, for what
//! AWS tells of them: `VpcObserved` for `VpcArgs`. Each field also becomes a symbol of the struct:
//! `VpcArgs::CIDR_BLOCK` for `cidr_block`.
//!
//! A nested struct has no name of its own in the SDKs: its type is called after the place where it
//! stands. `#[model(type_name = "...")]` gives it one that all of its places share.
//!
//! `#[model(flatten)]` embeds a struct whose properties appear in the object around it.

mod attributes;
mod deflated;
mod flatten;
mod observed;

use attributes::{FieldAttributes, StructAttributes};
use flatten::Part;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Field, Fields, GenericArgument, Ident, PathArguments, Type};

/// Writes `agentic::model::Model` for a struct.
#[proc_macro_derive(Model, attributes(model))]
pub fn derive_model(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// The bytes of a file of the crate that is compiled, deflated: `deflated!("schema/schema.json")`.
#[proc_macro]
pub fn deflated(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let name = syn::parse_macro_input!(input as syn::LitStr);
    deflated::expand(&name).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream, Error> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "a model is a struct"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "a model has named fields"));
    };
    let attributes = StructAttributes::read(input)?;
    let mut problems: Option<Error> = None;
    let mut properties = Vec::new();
    let mut parts = Vec::new();
    for field in &named.named {
        let read = Part::read(field).and_then(|part| match part {
            Some(part) => {
                parts.push(part);
                Ok(())
            }
            None => {
                properties.push(Property::read(field, attributes.needs_change)?);
                Ok(())
            }
        });
        match read {
            Ok(()) => {}
            Err(error) => match &mut problems {
                Some(all) => all.combine(error),
                None => problems = Some(error),
            },
        }
    }
    match problems {
        Some(error) => Err(error),
        None => {
            let mut written = write(&input.ident, &attributes, &properties, &parts);
            if attributes.needs_change && parts.is_empty() {
                written.extend(observed::write(&input.ident, &properties));
            }
            Ok(written)
        }
    }
}

struct Property {
    ident: Ident,
    wire_name: String,
    /// The type of the value, without the `Option` around it.
    inner: Type,
    optional: bool,
    attributes: FieldAttributes,
}

impl Property {
    fn read(field: &Field, needs_change: bool) -> Result<Self, Error> {
        let attributes = FieldAttributes::read(field, needs_change)?;
        let ident = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "a field needs a name"))?;
        let wire_name = attributes.name.clone().unwrap_or_else(|| camel_case(&ident.to_string()));
        let (inner, optional) = match inside_option(&field.ty) {
            Some(inner) => (inner, true),
            None => (field.ty.clone(), false),
        };
        Ok(Property { ident, wire_name, inner, optional, attributes })
    }

    fn table_entry(&self) -> TokenStream {
        let (name, doc, inner) = (&self.wire_name, &self.attributes.doc, &self.inner);
        let required = !self.optional && !self.attributes.filled;
        let field = quote! {
            crate::model::Field::new(#name, #doc, <#inner as crate::model::Property>::SHAPE, #required)
        };
        let (told, settings) = (self.attributes.told, &self.attributes.settings);
        if settings.is_empty() {
            return quote!(crate::model::Field { told: #told, ..#field });
        }
        quote! {
            crate::model::Field {
                told: #told,
                rules: &const {
                    let mut rules = crate::model::Rules::new(#required);
                    #(rules.#settings;)*
                    rules
                },
                ..#field
            }
        }
    }
}

fn write(
    ident: &Ident,
    attributes: &StructAttributes,
    properties: &[Property],
    parts: &[Part],
) -> TokenStream {
    let input_ident = input_name(ident);
    let input_doc = format!("[`{ident}`] as a program gives it: parts may be absent, unknown or secret.");
    let (name, doc) = (ident.to_string(), &attributes.doc);
    let type_name = match &attributes.type_name {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    };
    let fields = flatten::fields(properties.iter().map(Property::table_entry), parts);
    let part = flatten::write(parts);
    let (part_inputs, part_decode, part_settle) = (&part.inputs, &part.decode, &part.settle);
    let (part_settled, part_encode, part_encode_input) = (&part.settled, &part.encode, &part.encode_input);
    let part_dependencies = &part.dependencies;
    let idents: Vec<_> = properties.iter().map(|p| &p.ident).collect();
    let docs: Vec<_> = properties.iter().map(|p| &p.attributes.doc).collect();
    let inners: Vec<_> = properties.iter().map(|p| &p.inner).collect();
    let indices: Vec<_> = (0..properties.len()).collect();
    // A name of their own, since a property may be called `input` or `at`.
    let settled: Vec<_> = indices.iter().map(|index| format_ident!("settled_{index}")).collect();
    let settle = properties.iter().enumerate().map(|(index, property)| {
        let (ident, inner, settled) = (&property.ident, &property.inner, &settled[index]);
        let function = if property.optional { quote!(settle_optional) } else { quote!(settle_required) };
        quote! {
            let #settled = crate::model::derive::#function::<#inner>(
                &input.#ident, &Self::TABLE.fields[#index], at, failures,
            );
        }
    });
    let encode = properties.iter().map(|property| {
        let (ident, name) = (&property.ident, &property.wire_name);
        if property.optional {
            quote! {
                if let Some(value) = &self.#ident {
                    fields.insert(#name.to_owned(), crate::model::Property::encode(value));
                }
            }
        } else {
            quote!(fields.insert(#name.to_owned(), crate::model::Property::encode(&self.#ident));)
        }
    });

    let symbols = properties.iter().map(|property| {
        let symbol = format_ident!("{}", property.ident.unraw().to_string().to_uppercase());
        let (name, doc) = (&property.wire_name, format!("The symbol of `{}`.", property.wire_name));
        quote! {
            #[doc = #doc]
            pub const #symbol: crate::model::Prop<Self> = crate::model::derive::prop(#name);
        }
    });

    quote! {
        #[allow(dead_code)]
        impl #ident {
            #(#symbols)*
        }

        #[doc = #input_doc]
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct #input_ident {
            #(#[doc = #docs] pub #idents: crate::model::In<<#inners as crate::model::Property>::Input>,)*
            #part_inputs
        }

        impl crate::model::Model for #ident {
            // A static is in the program once, what a constant refers to once for each use.
            const TABLE: &'static crate::model::Table = {
                static TABLE: crate::model::Table = crate::model::Table {
                    name: #name,
                    type_name: #type_name,
                    doc: #doc,
                    fields: #fields,
                };
                &TABLE
            };

            type Input = #input_ident;

            fn decode_part(
                fields: &crate::model::Object,
                at: &crate::model::Path,
                failures: &mut crate::model::Failures,
            ) -> #input_ident {
                #input_ident {
                    #(#idents: crate::model::derive::take::<#inners>(
                        fields, &Self::TABLE.fields[#indices], at, failures,
                    ),)*
                    #part_decode
                }
            }

            fn settle_fields(
                input: &#input_ident,
                at: &crate::model::Path,
                failures: &mut crate::model::Failures,
            ) -> Option<Self> {
                #(#settle)*
                #part_settle
                Some(Self { #(#idents: #settled?,)* #part_settled })
            }

            fn encode_fields(&self) -> crate::model::Object {
                let mut fields = crate::model::Object::new();
                #(#encode)*
                #part_encode
                fields
            }

            fn encode_input_fields(input: &#input_ident) -> crate::model::Object {
                let mut fields = crate::model::Object::new();
                #(crate::model::derive::put_input::<#inners>(
                    &mut fields, Self::TABLE.fields[#indices].name, &input.#idents,
                );)*
                #part_encode_input
                fields
            }

            fn each_dependency(
                input: &#input_ident,
                visit: &mut dyn FnMut(&'static str, crate::model::Dependencies),
            ) {
                #(visit(
                    Self::TABLE.fields[#indices].name,
                    crate::model::derive::field_dependencies::<#inners>(&input.#idents),
                );)*
                #part_dependencies
            }
        }
    }
}

fn input_name(ident: &Ident) -> Ident {
    let name = ident.to_string();
    if let Some(stem) = name.strip_suffix("Args") {
        format_ident!("{stem}Inputs")
    } else if let Some(stem) = name.strip_suffix("State") {
        format_ident!("{stem}Outputs")
    } else {
        format_ident!("{name}Input")
    }
}

fn inside_option(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if last.ident != "Option" {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner.clone()),
        _ => None,
    }
}

fn camel_case(snake: &str) -> String {
    let mut words = snake.trim_start_matches("r#").split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_are_in_camel_case() {
        assert_eq!(camel_case("cidr_block"), "cidrBlock");
        assert_eq!(camel_case("r#type"), "type");
    }

    #[test]
    fn a_field_without_doc_or_change_is_refused() {
        let refusal = |text: &str| match syn::parse_str::<DeriveInput>(text) {
            Ok(input) => expand(&input).map_or_else(|error| error.to_string(), |_| String::new()),
            Err(error) => error.to_string(),
        };
        assert!(refusal("/// A.\nstruct VpcArgs { #[model(in_place)] a: bool }").contains("doc comment"));
        assert!(refusal("/// A.\nstruct VpcArgs { /// A.\n a: bool }").contains("in_place"));
        assert!(refusal("struct VpcState { /// A.\n a: bool }").contains("doc comment"));
        assert!(
            refusal("/// A.\nstruct VpcState { /// A.\n #[model(nonsense)] a: bool }").contains("nonsense")
        );
        assert_eq!(refusal("/// A.\nstruct VpcArgs { /// A.\n #[model(replace)] a: bool }"), "");
        let part = "/// A.\nstruct VpcArgs { #[model(flatten)] a: Part }";
        assert_eq!(refusal(part), "");
        assert!(refusal(&part.replace("Part", "Option<Part>")).contains("leave out Option"));
    }
}
