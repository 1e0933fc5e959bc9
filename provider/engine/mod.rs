//! What is Pulumi's: the plugin protocol and property values on the wire.

pub mod proto;
