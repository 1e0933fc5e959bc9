//! Compiles `proto/` to Rust for `crates/pulumi`; needs no `protoc`.

use std::{env, error::Error, fs, path::Path};

const PROTOS: [&str; 4] =
    ["google/rpc/status.proto", "pulumi/engine.proto", "pulumi/errors.proto", "pulumi/resource.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    let protos = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", protos.display());
    let mut compiler = protox::Compiler::new([protos])?;
    compiler.include_imports(true).include_source_info(true).open_files(PROTOS)?;
    tonic_prost_build::configure()
        .btree_map(".")
        .codec_path("crate::engine::codec::Codec")
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;
    // `tests/proto.rs` reads this.
    let descriptors = Path::new(&env::var("OUT_DIR")?).join("proto.bin");
    fs::write(descriptors, compiler.encode_file_descriptor_set())?;
    Ok(())
}
