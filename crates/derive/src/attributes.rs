//! What a struct and its fields say of themselves in doc comments and `#[model(...)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{
    Attribute, DeriveInput, Error, Expr, ExprArray, ExprLit, ExprRange, Field, Lit, LitStr, Meta, Token,
};

/// What a struct says of itself.
pub struct StructAttributes {
    pub doc: String,
    /// Whether each field must say what a change does.
    pub needs_change: bool,
    /// The name of its type in the SDKs, where several places share one.
    pub type_name: Option<String>,
}

impl StructAttributes {
    pub fn read(input: &DeriveInput) -> Result<Self, Error> {
        let mut needs_change = input.ident.to_string().ends_with("Args");
        let mut type_name = None;
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("model")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("component") {
                    needs_change = false;
                    Ok(())
                } else if meta.path.is_ident("type_name") {
                    type_name = Some(meta.value()?.parse::<LitStr>()?.value());
                    Ok(())
                } else {
                    Err(unknown(&meta))
                }
            })?;
        }
        let doc = doc_of(&input.attrs);
        if doc.is_empty() {
            return Err(Error::new_spanned(&input.ident, "a model needs a doc comment"));
        }
        Ok(StructAttributes { doc, needs_change, type_name })
    }
}

/// What a field says of itself.
pub struct FieldAttributes {
    pub doc: String,
    pub name: Option<String>,
    /// Whether a value is put in when none is given.
    pub filled: bool,
    /// Whether AWS always tells the value.
    pub told: bool,
    /// Assignments to the rules of the field.
    pub settings: Vec<TokenStream>,
}

impl FieldAttributes {
    pub fn read(field: &Field, needs_change: bool) -> Result<Self, Error> {
        let mut read = FieldAttributes {
            doc: doc_of(&field.attrs),
            name: None,
            filled: false,
            told: false,
            settings: Vec::new(),
        };
        if read.doc.is_empty() {
            return Err(Error::new_spanned(field, "a property needs a doc comment"));
        }
        let mut has_change = false;
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("model")) {
            attribute.parse_nested_meta(|meta| {
                has_change |= meta.path.is_ident("in_place") || meta.path.is_ident("replace");
                read.take(&meta)
            })?;
        }
        if needs_change && !has_change {
            let problem = "an argument says what a change does: #[model(in_place)] or #[model(replace)]";
            return Err(Error::new_spanned(field, problem));
        }
        Ok(read)
    }

    fn take(&mut self, meta: &ParseNestedMeta) -> Result<(), Error> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        let setting = match word.as_str() {
            "in_place" => quote!(change = crate::model::Change::InPlace),
            "replace" => quote!(change = crate::model::Change::Replace),
            "follows" => {
                let arguments: ExprArray = meta.value()?.parse()?;
                let symbols = arguments.elems.iter();
                quote!(follows = {
                    const FOLLOWS: &[&str] = &[#(crate::model::Prop::name(#symbols)),*];
                    FOLLOWS
                })
            }
            "set" => quote!(same = crate::model::Same::Set),
            "json" => quote!(same = crate::model::Same::Json),
            "policy" => quote!(same = crate::model::Same::Policy),
            "any_case" => quote!(same = crate::model::Same::AnyCase),
            "floor" => quote!(same = crate::model::Same::Floor),
            "version" => quote!(same = crate::model::Same::Version),
            "same" => {
                let function: Expr = meta.value()?.parse()?;
                quote!(same = crate::model::Same::By(#function))
            }
            "autoname" => {
                self.filled = true;
                quote!(autoname = true)
            }
            "secret" => quote!(secret = true),
            "aws_default" => quote!(aws_default = true),
            "resets" if meta.input.peek(Token![=]) => {
                let value = default_of(&meta.value()?.parse()?)?;
                quote!(resets = crate::model::Resets::To(#value))
            }
            "resets" => quote!(resets = crate::model::Resets::ByKind),
            "told" => {
                self.told = true;
                return Ok(());
            }
            "off" => {
                let function: Expr = meta.value()?.parse()?;
                quote!(off = Some(#function))
            }
            "imported" => quote!(imported = true),
            "write_only" => quote!(write_only = true),
            "if_given" => quote!(if_given = true),
            "plain" => quote!(plain = true),
            "optional_type" => quote!(optional_type = true),
            "name" => {
                self.name = Some(meta.value()?.parse::<LitStr>()?.value());
                return Ok(());
            }
            "alias" => {
                let alias: LitStr = meta.value()?.parse()?;
                quote!(alias = Some(#alias))
            }
            "or" => {
                let kind: LitStr = meta.value()?.parse()?;
                quote!(resource = Some(#kind))
            }
            "within" => {
                let property: LitStr = meta.value()?.parse()?;
                quote!(within = Some(#property))
            }
            "default" => {
                let default = default_of(&meta.value()?.parse()?)?;
                self.filled = true;
                quote!(default = Some(#default))
            }
            "range" => {
                let (low, high) = bounds(&meta.value()?.parse()?)?;
                quote!(range = Some(((#low) as f64, (#high) as f64)))
            }
            "length" => {
                let (low, high) = bounds(&meta.value()?.parse()?)?;
                quote!(length = Some((#low, #high)))
            }
            "one_of" => {
                let choices: Expr = meta.value()?.parse()?;
                quote!(one_of = &#choices)
            }
            "numbers" => {
                let choices: Expr = meta.value()?.parse()?;
                quote!(numbers = &#choices)
            }
            "check" => {
                let check: Expr = meta.value()?.parse()?;
                quote!(check = Some(|value| match value.as_str() {
                    Some(text) => (#check)(text),
                    None => Ok(()),
                }))
            }
            _ => return Err(unknown(meta)),
        };
        self.settings.push(setting);
        Ok(())
    }
}

fn unknown(meta: &ParseNestedMeta) -> Error {
    let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    meta.error(format!("a model knows nothing of `{word}`"))
}

fn default_of(expression: &Expr) -> Result<TokenStream, Error> {
    let variant = match expression {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Bool(value) => quote!(Bool(#value)),
            Lit::Int(value) => quote!(Integer(#value)),
            Lit::Float(value) => quote!(Number(#value)),
            Lit::Str(value) => quote!(String(#value)),
            other => return Err(Error::new_spanned(other, "a default is a boolean, number or text")),
        },
        Expr::Array(array) if array.elems.is_empty() => quote!(List),
        Expr::Block(block) if block.block.stmts.is_empty() => quote!(Map),
        Expr::Path(path) => quote!(String(#path)),
        other => return Err(Error::new_spanned(other, "a default is a literal, [] or {}")),
    };
    Ok(quote!(crate::model::Default_::#variant))
}

fn bounds(expression: &Expr) -> Result<(Expr, Expr), Error> {
    match expression {
        Expr::Range(ExprRange { start: Some(low), end: Some(high), .. }) => {
            Ok(((**low).clone(), (**high).clone()))
        }
        other => Err(Error::new_spanned(other, "bounds are written low..=high")),
    }
}

/// The text of the doc comment, with line breaks inside a paragraph taken out.
fn doc_of(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) = &pair.value else { continue };
        if !pair.path.is_ident("doc") {
            continue;
        }
        let line = line.value();
        let line = line.trim();
        let joins = !text.is_empty() && !text.ends_with('\n') && !line.is_empty() && !line.starts_with("- ");
        if line.is_empty() {
            text.push_str("\n\n");
        } else if joins {
            text.push(' ');
            text.push_str(line);
        } else {
            if line.starts_with("- ") && !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(line);
        }
    }
    text.trim().to_owned()
}
