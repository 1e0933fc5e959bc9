//! `deflated!`: a file that is compiled in, in little space.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::{Error, LitStr};

pub fn expand(name: &LitStr) -> Result<TokenStream, Error> {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path = Path::new(&root).join(name.value());
    let deflated = fs::read(&path).and_then(|text| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&text)?;
        encoder.finish()
    });
    let deflated =
        deflated.map_err(|error| Error::new_spanned(name, format!("{}: {error}", path.display())))?;
    let bytes = Literal::byte_string(&deflated);
    // The compiler reads the file too, so that cargo compiles again when it changes.
    Ok(quote!({
        const _: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/", #name));
        #bytes
    }))
}
