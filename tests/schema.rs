//! `schema/schema.json` is what the tables say. `UPDATE=1 cargo test --test schema` writes it anew.

#![allow(clippy::unwrap_used)]

use std::{env, fs, path::Path};

#[test]
fn the_committed_schema_is_the_one_the_tables_make() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/schema.json");
    let made = format!("{:#}\n", agentic::package::schema());
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &made).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == made, "schema/schema.json is stale: run `make sdk`");
}
