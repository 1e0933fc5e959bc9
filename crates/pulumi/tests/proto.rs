//! Holds `proto/` against Pulumi's own descriptors: what is there is whole and the same, and what
//! is not there is listed here. `proto/official.py` says how `proto/official.txt` is made.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use prost::Message;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet, ServiceDescriptorProto,
    field_descriptor_proto::Label,
};

/// What Pulumi has and `proto/` has not: whole messages, enums, services and RPCs.
const LEFT_OUT: [&str; 46] = [
    // Callbacks into the program.
    "pulumirpc.Callbacks",
    "pulumirpc.CallbackInvokeRequest",
    "pulumirpc.CallbackInvokeResponse",
    // The engine's calls for language hosts.
    "pulumirpc.Engine.SetRootResource",
    "pulumirpc.SetRootResourceRequest",
    "pulumirpc.SetRootResourceResponse",
    "pulumirpc.Engine.StartDebugging",
    "pulumirpc.StartDebuggingRequest",
    "pulumirpc.Engine.RequirePulumiVersion",
    "pulumirpc.RequirePulumiVersionRequest",
    "pulumirpc.RequirePulumiVersionResponse",
    // Packages.
    "pulumirpc.PackageResolver",
    "pulumirpc.PackageDependency",
    "pulumirpc.PackageParameterization",
    "pulumirpc.PackageSpec",
    "pulumirpc.PluginDependency",
    "pulumirpc.ResourceMonitor.RegisterPackage",
    "pulumirpc.RegisterPackageRequest",
    "pulumirpc.RegisterPackageResponse",
    "pulumirpc.Parameterization",
    // What programs do, and components of this plugin do not.
    "pulumirpc.ResourceMonitor.GetDeploymentInfo",
    "pulumirpc.DeploymentInfo",
    "pulumirpc.ResourceMonitorFeature",
    "pulumirpc.ResourceMonitor.Call",
    "pulumirpc.ResourceCallRequest",
    "pulumirpc.ResourceMonitor.ReadResource",
    "pulumirpc.ReadResourceRequest",
    "pulumirpc.ReadResourceResponse",
    "pulumirpc.ResourceMonitor.SignalAndWaitForShutdown",
    "pulumirpc.ResourceMonitor.RegisterStackTransform",
    "pulumirpc.ResourceMonitor.RegisterStackInvokeTransform",
    "pulumirpc.TransformRequest",
    "pulumirpc.TransformResponse",
    "pulumirpc.TransformResourceOptions",
    "pulumirpc.TransformInvokeRequest",
    "pulumirpc.TransformInvokeResponse",
    "pulumirpc.TransformInvokeOptions",
    "pulumirpc.ResourceMonitor.RegisterResourceHook",
    "pulumirpc.RegisterResourceHookRequest",
    "pulumirpc.ResourceHookRequest",
    "pulumirpc.ResourceHookResponse",
    "pulumirpc.ResourceOptions",
    "pulumirpc.ResourceMonitor.RegisterErrorHook",
    "pulumirpc.RegisterErrorHookRequest",
    "pulumirpc.ErrorHookRequest",
    "pulumirpc.ErrorHookResponse",
];

#[test]
fn our_protos_say_what_pulumis_say() {
    assert_eq!(differences(&ours()), Vec::<String>::new());
}

#[test]
fn what_is_left_out_exists() {
    let official = official();
    let unknown =
        LEFT_OUT.iter().filter(|name| !official.iter().any(|fact| is_about(fact, name))).collect::<Vec<_>>();
    assert!(unknown.is_empty(), "Pulumi has no such things: {unknown:?}");
}

#[test]
fn every_slip_is_a_difference() {
    type Slip = (&'static str, fn(&mut FileDescriptorSet));
    let slips: [Slip; 9] = [
        ("number", |set| field(set, "DiffRequest", "old_inputs").number = Some(9)),
        ("type", |set| field(set, "CreateRequest", "timeout").r#type = Some(2)),
        ("message type", |set| {
            field(set, "ReadRequest", "inputs").type_name = Some(".google.protobuf.Value".into());
        }),
        ("label", |set| field(set, "DiffResponse", "diffs").label = Some(1)),
        ("presence", |set| field(set, "ConstructRequest", "protect").proto3_optional = None),
        ("oneof", |set| field(set, "ListResponse", "result").oneof_index = None),
        ("field left out", |set| {
            message(set, "CheckRequest").field.retain(|field| field.name() != "randomSeed");
        }),
        ("RPC left out", |set| {
            service(set, "ResourceProvider").method.retain(|rpc| rpc.name() != "Cancel");
        }),
        ("streaming", |set| {
            let rpcs = &mut service(set, "ResourceProvider").method;
            let list = rpcs.iter_mut().find(|rpc| rpc.name() == "List").unwrap();
            list.server_streaming = Some(false);
        }),
    ];
    for (slip, make) in slips {
        let mut set = ours();
        make(&mut set);
        assert!(!differences(&set).is_empty(), "{slip}: not seen");
    }
}

/// The facts that only one side knows, `-` for Pulumi's and `+` for those of `proto/`.
fn differences(ours: &FileDescriptorSet) -> Vec<String> {
    let ours = facts(ours);
    let official = official()
        .into_iter()
        .filter(|fact| !LEFT_OUT.iter().any(|name| is_about(fact, name)))
        .collect::<BTreeSet<_>>();
    let missing = official.difference(&ours).map(|fact| format!("- {fact}"));
    let wrong = ours.difference(&official).map(|fact| format!("+ {fact}"));
    missing.chain(wrong).collect()
}

fn official() -> BTreeSet<String> {
    include_str!("proto/official.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The descriptors of `proto/`, as `build.rs` compiled them.
fn ours() -> FileDescriptorSet {
    FileDescriptorSet::decode(&include_bytes!(concat!(env!("OUT_DIR"), "/proto.bin"))[..]).unwrap()
}

fn is_about(fact: &str, name: &str) -> bool {
    fact.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.']))
}

fn facts(set: &FileDescriptorSet) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for file in &set.file {
        if file.package() == "google.protobuf" {
            continue;
        }
        for message in &file.message_type {
            message_facts(file.package(), file.syntax(), message, &mut facts);
        }
        for r#enum in &file.enum_type {
            enum_facts(file.package(), r#enum, &mut facts);
        }
        for service in &file.service {
            service_facts(file.package(), service, &mut facts);
        }
    }
    facts
}

fn message_facts(scope: &str, syntax: &str, message: &DescriptorProto, facts: &mut BTreeSet<String>) {
    let name = format!("{scope}.{}", message.name());
    let is_map = message.options.as_ref().is_some_and(|options| options.map_entry());
    let kind = if is_map { "map entry" } else { "message" };
    facts.insert(format!("{name} = {kind} {syntax}"));
    for field in &message.field {
        facts.insert(format!("{name}.{} = {}", field.name(), field_fact(message, field)));
    }
    for nested in &message.nested_type {
        message_facts(&name, syntax, nested, facts);
    }
    for r#enum in &message.enum_type {
        enum_facts(&name, r#enum, facts);
    }
}

fn field_fact(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let mut words = vec![field.number().to_string()];
    if field.proto3_optional() {
        words.push("optional".into());
    } else if let Some(index) = field.oneof_index {
        words.push(format!("oneof {}", message.oneof_decl[index as usize].name()));
    } else if field.label() != Label::Optional {
        words.push(field.label().as_str_name().trim_start_matches("LABEL_").to_lowercase());
    }
    words.push(field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase());
    if let Some(name) = &field.type_name {
        words.push(name.trim_start_matches('.').to_owned());
    }
    words.join(" ")
}

fn enum_facts(scope: &str, r#enum: &EnumDescriptorProto, facts: &mut BTreeSet<String>) {
    let name = format!("{scope}.{}", r#enum.name());
    facts.insert(format!("{name} = enum"));
    for value in &r#enum.value {
        facts.insert(format!("{name}.{} = {}", value.name(), value.number()));
    }
}

fn service_facts(scope: &str, service: &ServiceDescriptorProto, facts: &mut BTreeSet<String>) {
    let name = format!("{scope}.{}", service.name());
    facts.insert(format!("{name} = service"));
    for rpc in &service.method {
        let side = |streams: bool, message: &str| {
            let stream = if streams { "stream " } else { "" };
            format!("({stream}{})", message.trim_start_matches('.'))
        };
        facts.insert(format!(
            "{name}.{} = rpc {} returns {}",
            rpc.name(),
            side(rpc.client_streaming(), rpc.input_type()),
            side(rpc.server_streaming(), rpc.output_type()),
        ));
    }
}

fn message<'a>(set: &'a mut FileDescriptorSet, name: &str) -> &'a mut DescriptorProto {
    let messages = set.file.iter_mut().flat_map(|file| &mut file.message_type);
    messages.into_iter().find(|message| message.name() == name).unwrap()
}

fn field<'a>(set: &'a mut FileDescriptorSet, of: &str, name: &str) -> &'a mut FieldDescriptorProto {
    let fields = &mut message(set, of).field;
    fields.iter_mut().find(|field| field.name() == name).unwrap()
}

fn service<'a>(set: &'a mut FileDescriptorSet, name: &str) -> &'a mut ServiceDescriptorProto {
    let services = set.file.iter_mut().flat_map(|file| &mut file.service);
    services.into_iter().find(|service| service.name() == name).unwrap()
}
