//! The twin of the arguments of a kind for what AWS tells of them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::Property;

pub fn write(ident: &Ident, properties: &[Property]) -> TokenStream {
    let name = ident.to_string();
    let observed = format_ident!("{}Observed", name.strip_suffix("Args").unwrap_or(&name));
    let doc = format!("[`{ident}`] as AWS tells of them; what is absent it does not tell.");
    let idents: Vec<_> = properties.iter().map(|property| &property.ident).collect();
    let docs: Vec<_> = properties.iter().map(|property| &property.attributes.doc).collect();
    let encode = properties.iter().map(|property| {
        let (ident, name) = (&property.ident, &property.wire_name);
        let value = match property.optional {
            true => quote!(told.as_ref().map_or(crate::model::Value::Null, crate::model::Property::encode)),
            false => quote!(crate::model::Property::encode(told)),
        };
        quote! {
            if let Some(told) = &observed.#ident {
                fields.insert(#name.to_owned(), #value);
            }
        }
    });
    let observe = properties.iter().map(|property| {
        let (ident, name, inner) = (&property.ident, &property.wire_name, &property.inner);
        let value = if property.optional { quote!(Some(value)) } else { quote!(value) };
        quote! {
            if let Some(value) = told.get(#name).and_then(crate::model::derive::told::<#inner>) {
                observed.#ident = Some(#value);
            }
        }
    });
    let tags = match properties.iter().any(|property| property.ident == "tags") {
        true => quote!(Some(&mut observed.tags)),
        false => quote!(None),
    };
    let types = properties.iter().map(|property| {
        let inner = &property.inner;
        if property.optional { quote!(Option<#inner>) } else { quote!(#inner) }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Default)]
        pub struct #observed {
            #(#[doc = #docs] pub #idents: Option<#types>,)*
        }

        impl From<#ident> for #observed {
            fn from(told: #ident) -> Self {
                Self { #(#idents: Some(told.#idents),)* }
            }
        }

        impl crate::model::Arguments for #ident {
            type Observed = #observed;

            fn overlaid(self, observed: #observed) -> Self {
                Self { #(#idents: observed.#idents.unwrap_or(self.#idents),)* }
            }

            fn encode_observed(observed: &#observed) -> crate::model::Object {
                let mut fields = crate::model::Object::new();
                #(#encode)*
                fields
            }

            fn observe(observed: &mut #observed, told: &crate::model::Object) {
                #(#observe)*
            }

            #[allow(unused_variables)]
            fn observed_tags(
                observed: &mut #observed,
            ) -> Option<&mut Option<std::collections::BTreeMap<String, String>>> {
                #tags
            }
        }
    }
}
