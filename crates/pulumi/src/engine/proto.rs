//! The messages and services of `proto/`, compiled by `build.rs`.
//!
//! Package `pulumirpc` lies here, `google.rpc` in [`rpc`]; the well-known types are those of
//! [`prost_types`], and `google.protobuf.Empty` is `()`.

tonic::include_proto!("pulumirpc");

/// `google.rpc`: the error details that a gRPC status carries.
pub mod rpc {
    tonic::include_proto!("google.rpc");
}
