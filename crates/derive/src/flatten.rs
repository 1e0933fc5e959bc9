//! Fields whose own fields stand in the object around them: `#[model(flatten)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Field, Ident, Type};

use crate::inside_option;

/// A struct whose properties appear as if they were written in the struct that embeds it.
pub struct Part {
    ident: Ident,
    ty: Type,
}

impl Part {
    /// The part that a field is, if it is one.
    pub fn read(field: &Field) -> Result<Option<Self>, Error> {
        let is_flat = |attribute: &syn::Attribute| {
            attribute.path().is_ident("model")
                && attribute.parse_args::<Ident>().is_ok_and(|word| word == "flatten")
        };
        if !field.attrs.iter().any(is_flat) {
            return Ok(None);
        }
        if inside_option(&field.ty).is_some() {
            return Err(Error::new_spanned(field, "what is flattened is always there: leave out Option"));
        }
        let ident = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "a field needs a name"))?;
        Ok(Some(Part { ident, ty: field.ty.clone() }))
    }
}

/// What the derive writes for the parts of a struct, each where its own fields are handled.
pub struct Written {
    pub inputs: TokenStream,
    pub decode: TokenStream,
    pub settle: TokenStream,
    pub settled: TokenStream,
    pub encode: TokenStream,
    pub encode_input: TokenStream,
    pub dependencies: TokenStream,
}

pub fn write(parts: &[Part]) -> Written {
    let idents: Vec<_> = parts.iter().map(|part| &part.ident).collect();
    let types: Vec<_> = parts.iter().map(|part| &part.ty).collect();
    let settled: Vec<_> = (0..parts.len()).map(|index| format_ident!("part_{index}")).collect();
    Written {
        inputs: quote!(#(
            /// Properties that others have as well.
            pub #idents: <#types as crate::model::Model>::Input,
        )*),
        decode: quote!(#(
            #idents: <#types as crate::model::Model>::decode_part(fields, at, failures),
        )*),
        settle: quote!(#(
            let #settled = <#types as crate::model::Model>::settle_fields(&input.#idents, at, failures);
        )*),
        settled: quote!(#(#idents: #settled?,)*),
        encode: quote!(#(fields.extend(crate::model::Model::encode_fields(&self.#idents));)*),
        encode_input: quote!(#(
            fields.extend(<#types as crate::model::Model>::encode_input_fields(&input.#idents));
        )*),
        dependencies: quote!(#(
            <#types as crate::model::Model>::each_dependency(&input.#idents, visit);
        )*),
    }
}

/// The fields of a struct: its own, and those of its parts behind them.
pub fn fields(own: impl Iterator<Item = TokenStream>, parts: &[Part]) -> TokenStream {
    if parts.is_empty() {
        return quote!(&[#(#own),*]);
    }
    let types = parts.iter().map(|part| &part.ty);
    quote!({
        const PARTS: &[&[crate::model::Field]] =
            &[&[#(#own),*], #(<#types as crate::model::Model>::TABLE.fields),*];
        const ALL: [crate::model::Field; crate::model::derive::count(PARTS)] =
            crate::model::derive::join(PARTS);
        &ALL
    })
}
